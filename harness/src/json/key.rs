//! When two JSON values are one to Maelstrom: there 1 is not 1.0, nor "1", but 1.0 is 1.00, and an object is
//! what it has under its keys, in whichever order.

use serde_json::Value;

/// A text that two values share where Maelstrom takes them for one.
pub fn of(value: &Value) -> String {
    let mut key = String::new();
    write(value, &mut key);
    key
}

/// The value, with the fields of each object in the order of their names.
pub fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(elements) => elements.iter().map(sorted).collect(),
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            let fields = fields.into_iter();
            let fields = fields.map(|(name, value)| (name.clone(), sorted(value)));
            Value::Object(fields.collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn write(value: &Value, key: &mut String) {
    match value {
        Value::Number(number) => {
            let text = number.to_string();
            match number.as_f64() {
                // What has a fraction or an exponent is a double.
                Some(double) if text.contains(['.', 'e', 'E']) => {
                    key.push_str(&double.to_string());
                    key.push('f');
                }
                _ => key.push_str(&text),
            }
        }
        Value::Array(elements) => {
            key.push('[');
            for element in elements {
                write(element, key);
                key.push(',');
            }
            key.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            key.push('{');
            for (name, value) in fields {
                key.push_str(&Value::from(name.as_str()).to_string());
                key.push(':');
                write(value, key);
                key.push(',');
            }
            key.push('}');
        }
        Value::Null | Value::Bool(_) | Value::String(_) => key.push_str(&value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(json: &str) -> String {
        of(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn values_are_one_where_maelstrom_takes_them_for_one() {
        for (one, other) in [
            ("1.0", "1.00"),
            ("10.0", "1e1"),
            (r#"{"a":1,"b":[2.0]}"#, r#"{"b":[2.00],"a":1}"#),
            (r#""\u0061""#, r#""a""#),
        ] {
            assert_eq!(key(one), key(other));
        }
        let all = [
            "1",
            "1.0",
            r#""1""#,
            "[1]",
            r#"{"1":1}"#,
            "null",
            "true",
            "9007199254740993",
            "9007199254740992",
            r#"["1,"]"#,
            r#"["1",""]"#,
            "[[1],2]",
            "[[1,2]]",
        ];
        for (place, one) in all.iter().enumerate() {
            for other in &all[..place] {
                assert_ne!(key(one), key(other));
            }
        }
    }
}
