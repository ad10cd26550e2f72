//! What a node writes that is no part of the comparison: background messages of some types, and what it asks of
//! services that the harness plays. Pure.

use serde_json::Value;

use super::InputMessage;
use super::ignored::IgnoredTypes;
use super::played::PlayedServices;

/// The messages that aren't compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Background {
    pub types: IgnoredTypes,
    pub services: PlayedServices,
}

impl Background {
    /// Whether all messages are compared.
    pub fn is_empty(&self) -> bool {
        self.types.is_empty() && self.services.is_empty()
    }

    /// Whether a message is none that is compared.
    pub fn has(&self, message: &Value) -> bool {
        self.types.has(message) || self.services.asked_by(message).is_some()
    }

    /// Whether a line is such a message.
    pub fn has_line(&self, line: &[u8]) -> bool {
        self.types.has_line(line) || self.services.asked_by_line(line).is_some()
    }

    /// Whether the usual reply to a request is not compared.
    pub fn has_reply_to(&self, request: &InputMessage) -> bool {
        self.types.has_reply_to(request)
    }
}
