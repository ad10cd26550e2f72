//! What can be wrong with a reply, with its evidence. [`crate::report`] has the words.

use serde::{Deserialize, Serialize};

/// How much of a text that a node wrote is kept, in bytes.
const TEXT_MAX: usize = 1000;

/// Cuts a text that a node wrote where it is long.
pub fn cut(text: &mut String) {
    let ends = (0..=TEXT_MAX.min(text.len())).rev();
    let end = ends.into_iter().find(|end| text.is_char_boundary(*end));
    text.truncate(end.unwrap_or_default());
}

/// What is wrong with a reply to a client.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "kebab-case")]
pub enum ReplyFault {
    /// It is of another type than answers the request.
    OtherType {
        /// The type of the request.
        request: String,
        reply: String,
    },
    Lacks {
        reply: String,
        key: String,
    },
    /// What should be an array is none.
    NoArray {
        reply: String,
        key: String,
    },
    /// What should be an integer of at most 64 bits is none.
    KeyNoInteger {
        reply: String,
        key: String,
    },
    /// A key of it is something else than it should be.
    KeyOtherForm {
        reply: String,
        key: String,
        form: String,
    },
    /// It has a key that its type doesn't have.
    ExtraKey {
        reply: String,
        key: String,
    },
    /// It has a `msg_id` that is no integer.
    NoInteger {
        reply: String,
    },
    /// It answers no request: nobody asked so.
    Unlinked {
        reply: String,
        link: ReplyTo,
    },
    /// It went to another client than asked.
    OtherClient {
        reply: String,
        client: usize,
        asker: usize,
    },
}

/// What a node answered to a request of the set-up instead of what it should.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "kebab-case")]
pub enum SetUpAnswer {
    Error {
        /// Its `code`, as it stands.
        code: String,
        /// Its `text`.
        text: String,
    },
    /// A message of another type.
    OtherType { reply: String },
    /// A line that it did not end.
    Unended,
    /// A message that has no `in_reply_to`, or another one.
    Unlinked { reply: String, link: ReplyTo },
    /// Nothing else than what broke another rule.
    NothingElse,
}

/// What stands as `in_reply_to`, where it is not the `msg_id` of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReplyTo {
    Missing,
    /// A number as a string.
    String,
    Other,
}

impl ReplyFault {
    /// Cuts the texts that a node wrote where they are long.
    pub fn shorten(&mut self) {
        match self {
            Self::OtherType { reply, .. }
            | Self::NoInteger { reply }
            | Self::Unlinked { reply, .. }
            | Self::OtherClient { reply, .. } => cut(reply),
            Self::Lacks { reply, key }
            | Self::NoArray { reply, key }
            | Self::KeyNoInteger { reply, key }
            | Self::ExtraKey { reply, key } => [reply, key].into_iter().for_each(cut),
            Self::KeyOtherForm { reply, key, form } => {
                [reply, key, form].into_iter().for_each(cut);
            }
        }
    }
}

impl SetUpAnswer {
    /// Cuts the texts that a node wrote where they are long.
    pub fn shorten(&mut self) {
        match self {
            Self::Error { code, text } => [code, text].into_iter().for_each(cut),
            Self::OtherType { reply } | Self::Unlinked { reply, .. } => cut(reply),
            Self::Unended | Self::NothingElse => {}
        }
    }
}
