//! How JSON is spaced in a file: `{"a": 1}` or `{"a":1}`.

use serde_json::Value;

use crate::json;

/// The spacing of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As in `{"a": 1, "b": [2, 3]}`, the way that the course writes it.
    Spaced,
    /// As in `{"a":1,"b":[2,3]}`.
    Compact,
}

impl Style {
    /// That of the first JSON object of a file.
    pub fn of(text: &str) -> Self {
        let is_compact = text.lines().find_map(|line| {
            let value = json::read(line.trim().as_bytes()).ok()?;
            let compact = value.to_string();
            value.is_object().then(|| compact == line.trim())
        });
        if is_compact.unwrap_or_default() {
            Self::Compact
        } else {
            Self::Spaced
        }
    }

    /// A value on one line.
    pub fn write(self, value: &Value) -> String {
        match (self, value) {
            (Self::Spaced, Value::Object(fields)) => {
                let field = |(key, value): (&String, &Value)| {
                    format!("{}: {}", Value::from(key.as_str()), self.write(value))
                };
                let fields: Vec<_> = fields.iter().map(field).collect();
                format!("{{{}}}", fields.join(", "))
            }
            (Self::Spaced, Value::Array(elements)) => {
                let elements: Vec<_> = elements.iter().map(|value| self.write(value)).collect();
                format!("[{}]", elements.join(", "))
            }
            _ => value.to_string(),
        }
    }
}

/// Whether two lines have the same JSON value to the letter, or are the same text.
pub fn says_the_same(one: &str, other: &str) -> bool {
    match (json::read(one.as_bytes()), json::read(other.as_bytes())) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}
