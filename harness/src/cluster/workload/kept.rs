//! Values of nodes that are kept for as long as a run lasts: of a long one the start, and a number that
//! stands for the rest, so that two different ones stay different.

use serde_json::Value;

/// How much is kept of a value, in bytes of its JSON.
pub const LENGTH_MAX: usize = 1000;

/// The value, or a text that stands for it where it is long.
pub fn kept(value: Value) -> Value {
    // In JSON, no byte of a string becomes more than six, as `\u0000` does.
    let is_short = value
        .as_str()
        .is_some_and(|text| 6 * text.len() + 2 <= LENGTH_MAX);
    if is_short {
        return value;
    }
    let text = value.to_string();
    if text.len() <= LENGTH_MAX {
        return value;
    }
    let start: String = text.chars().take(LENGTH_MAX / 10).collect();
    format!("{start}… ({} bytes, {:x})", text.len(), hash(&text)).into()
}

fn hash(text: &str) -> u64 {
    // FNV-1a: the same on every machine, as it stands in files.
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
