//! Values as Clojure prints them: in the texts of Maelstrom's errors.

use std::fmt::Write;

use serde_json::Value;

/// A value as `pr` prints it: strings in quotes, null as `nil`.
pub fn printed(value: &Value) -> String {
    let mut text = String::new();
    print(value, &mut text);
    text
}

/// A value as `str` joins it to a text: a string without its quotes, null as nothing.
pub fn joined(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => printed(value),
    }
}

fn print(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push_str("nil"),
        // Strings of Clojure have the escapes of JSON.
        Value::Bool(_) | Value::Number(_) | Value::String(_) => text.push_str(&value.to_string()),
        Value::Array(elements) => {
            text.push('[');
            for (place, element) in elements.iter().enumerate() {
                text.push_str(if place > 0 { " " } else { "" });
                print(element, text);
            }
            text.push(']');
        }
        Value::Object(fields) => {
            text.push('{');
            for (place, (key, value)) in fields.iter().enumerate() {
                let comma = if place > 0 { ", " } else { "" };
                // Keys are keywords there. Writing to a string never fails.
                let _ = write!(text, "{comma}:{key} ");
                print(value, text);
            }
            text.push('}');
        }
    }
}
