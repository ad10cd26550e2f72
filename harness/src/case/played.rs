//! `@service`: Maelstrom's services that the harness plays for a case's node. Pure.

use std::collections::BTreeSet;

use memchr::{memchr, memmem};
use serde_json::Value;

use crate::service::kind::ServiceKind;
use crate::{json, message};

/// What a directive should have named.
const WANTS: &str = "services, each once: `lin-kv`, `seq-kv`, `lww-kv`, `lin-tso`";

/// The services of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlayedServices(BTreeSet<ServiceKind>);

impl PlayedServices {
    /// Adds the service of this name.
    ///
    /// # Errors
    /// What should stand there instead.
    pub fn add(&mut self, name: &str) -> Result<(), &'static str> {
        let service = ServiceKind::named(name).ok_or(WANTS)?;
        self.0.insert(service).then_some(()).ok_or(WANTS)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is the name of one.
    pub fn plays(&self, name: &str) -> bool {
        ServiceKind::named(name).is_some_and(|service| self.0.contains(&service))
    }

    /// Their names, with spaces between them.
    pub fn names(&self) -> String {
        let names: Vec<_> = self.0.iter().map(|service| service.name()).collect();
        names.join(" ")
    }

    /// The service that a message asks. What says nobody's name, or has no body with a type, asks none: it is a
    /// fault of the node.
    pub fn asked_by(&self, message: &Value) -> Option<ServiceKind> {
        if self.is_empty() {
            return None;
        }
        let service = ServiceKind::named(message::destination(message)?)?;
        let is_request = message.get("src").is_some_and(Value::is_string)
            && message.get("body").is_some_and(Value::is_object)
            && message::kind(message).is_some();
        (is_request && self.0.contains(&service)).then_some(service)
    }

    /// The message in a line that asks a service, and which.
    pub fn asked_by_line(&self, line: &[u8]) -> Option<(ServiceKind, Value)> {
        let names = |service: &ServiceKind| memmem::find(line, service.name().as_bytes()).is_some();
        // A name may be written with escapes. Most lines name none, and it costs more to read them.
        let may_be = self.0.iter().any(names) || memchr(b'\\', line).is_some();
        if self.is_empty() || !may_be {
            return None;
        }
        let message = json::read(line).ok()?;
        Some((self.asked_by(&message)?, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_asked_by_messages_to_it_that_have_a_body_with_a_type() {
        let mut played = PlayedServices::default();
        let request = r#"{"src":"n1","dest":"seq-kv","body":{"type":"read","key":"x","msg_id":1}}"#;
        assert_eq!(played.asked_by_line(request.as_bytes()), None);
        played.add("seq-kv").unwrap();
        let asked = |line: &str| {
            let found = played.asked_by_line(line.as_bytes());
            found.map(|(service, _)| service)
        };
        assert_eq!(asked(request), Some(ServiceKind::SeqKv));
        let escaped = request.replace("seq-kv", "seq\\u002dkv");
        assert_eq!(asked(&escaped), Some(ServiceKind::SeqKv));
        for none in [
            r#"{"src":"n1","dest":"lin-kv","body":{"type":"read","key":"seq-kv","msg_id":1}}"#,
            r#"{"src":"n1","dest":"seq-kv","body":{"key":"x"}}"#,
            r#"{"src":"n1","dest":"seq-kv"}"#,
            r#"{"dest":"seq-kv","body":{"type":"read"}}"#,
            "seq-kv",
        ] {
            assert_eq!(asked(none), None, "{none}");
        }
        assert!(played.add("seq-kv").is_err());
        assert!(played.add("seqkv").is_err());
    }
}
