//! Breaches of Maelstrom's message format that a case sends or expects itself: its node may write them, too.

use serde_json::Value;

use super::pattern::is_bracketed;
use super::{ExpectedLine, Step};
use crate::json::repeated;
use crate::message::id;
use crate::message::malformed::Allowed;

/// What the node of a case may write: keys that the `.in` sends twice, and envelopes as the `.expected`
/// shows them.
pub fn of(steps: &[Step], expected: &[ExpectedLine]) -> Allowed {
    let mut allowed = Allowed::default();
    for step in steps {
        if let Step::Send { bytes, .. } = step {
            allowed.repeated.extend(repeated::all(bytes));
        }
    }
    let shown = expected.iter().filter_map(ExpectedLine::json);
    for envelope in shown.filter_map(Value::as_object) {
        allowed.unknown.extend(envelope.keys().cloned());
        allowed.bad_id |= envelope.get("id").is_some_and(is_bad_id);
    }
    allowed
}

fn is_bad_id(shown: &Value) -> bool {
    let is_placeholder = shown.as_str().is_some_and(is_bracketed);
    id(shown).is_none() && !is_placeholder
}
