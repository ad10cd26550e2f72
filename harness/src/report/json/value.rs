//! What a node wrote, as something that every reader of JSON can take: not too much, not too deep.

use serde_json::{Number, Value};

/// Above this many bytes a text is cut, and a value stands as text.
const BYTES_MAX: usize = 64 * 1024;

/// A value that is nested deeper stands as text: readers have a limit, and a record adds to it.
const DEPTH_MAX: usize = 100;

/// A value as it stands, or as the start of its text where it is too much.
pub fn carried(value: &Value) -> Value {
    if depth_exceeds(value, DEPTH_MAX) {
        return Value::from(cut(&value.to_string()));
    }
    match value.to_string() {
        text if text.len() > BYTES_MAX => Value::from(cut(&text)),
        _ => value.clone(),
    }
}

fn depth_exceeds(value: &Value, depth_max: usize) -> bool {
    let exceeds = |value| depth_max == 0 || depth_exceeds(value, depth_max - 1);
    match value {
        Value::Array(elements) => elements.iter().any(exceeds),
        Value::Object(fields) => fields.values().any(exceeds),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// An id by its digits, as a number.
pub fn id(digits: &str) -> Value {
    if digits.len() > BYTES_MAX {
        return Value::from(cut(digits));
    }
    let number = serde_json::from_str::<Number>(digits);
    number.map_or_else(|_| Value::from(digits), Value::Number)
}

/// The start of a text, with an ellipsis where something is left out.
pub fn cut(text: &str) -> String {
    if text.len() <= BYTES_MAX {
        return text.to_owned();
    }
    let mut ends = (0..=BYTES_MAX).rev();
    let end = ends.find(|end| text.is_char_boundary(*end));
    let start = text.get(..end.unwrap_or_default());
    format!("{}…", start.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_carried_as_it_stands_as_long_as_readers_can_take_it() {
        let value: Value = serde_json::from_str(r#"{"b":[1.0,12345678901234567890123]}"#).unwrap();
        assert_eq!(carried(&value), value);
        let nested = |depth: usize| -> Value {
            serde_json::from_str(&("[".repeat(depth) + &"]".repeat(depth))).unwrap()
        };
        assert!(carried(&nested(101)).is_array());
        assert!(carried(&nested(102)).is_string());
        let long = Value::from("é".repeat(BYTES_MAX));
        let text = carried(&long).as_str().unwrap().to_owned();
        assert!(text.starts_with("\"é") && text.ends_with("é…"));
        assert!(text.len() <= BYTES_MAX + 3);
    }

    #[test]
    fn an_id_is_a_number() {
        assert_eq!(
            id("-12345678901234567890123").to_string(),
            "-12345678901234567890123"
        );
        assert_eq!(id("x").to_string(), "\"x\"");
    }
}
