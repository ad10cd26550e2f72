//! A key that stands twice in one object: of such a pair every reader takes one, and says nothing.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

use memchr::memmem;
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// A key and where it stands again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepeatedKey {
    /// The byte, from 0; that of the line's start where the key is spelt with escapes.
    pub offset: usize,
    pub key: String,
}

/// The first key that stands twice in one object of a line of JSON.
pub fn find(line: &[u8]) -> Option<RepeatedKey> {
    find_where(line, &|_, _| true)
}

/// All keys that stand twice in one object of a line of JSON.
pub fn all(line: &[u8]) -> BTreeSet<String> {
    let keys = RefCell::new(BTreeSet::new());
    find_where(line, &|key, _| {
        keys.borrow_mut().insert(key.to_owned());
        false
    });
    keys.into_inner()
}

/// The first key that stands twice in one object and is meant, by its depth: 1 in the outermost object
/// or array.
pub fn find_where(line: &[u8], is_meant: IsMeant<'_>) -> Option<RepeatedKey> {
    let mut key = None;
    let mut reader = serde_json::Deserializer::from_slice(line);
    let walk = Walk {
        found: &mut key,
        depth: 0,
        is_meant,
    };
    let error = walk.deserialize(&mut reader).err()?;
    let key = key?;
    // The reader stopped right after the key.
    let before = line.get(..error.column()).unwrap_or(line);
    let spelt = Value::from(key.as_str()).to_string();
    let offset = memmem::rfind(before, spelt.as_bytes()).unwrap_or_default();
    Some(RepeatedKey { offset, key })
}

/// Whether any key stands twice in one object; `value`: what was read of the line. Much faster than to
/// look for it.
pub fn has_any(line: &[u8], value: &Value) -> bool {
    // Each member has one colon, and of two members with one key the value has one.
    colons(line) > members(value)
}

/// The colons outside of strings.
fn colons(line: &[u8]) -> usize {
    let (mut count, mut is_text) = (0, false);
    let mut bytes = line.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => is_text = !is_text,
            b'\\' if is_text => {
                bytes.next();
            }
            b':' if !is_text => count += 1,
            _ => {}
        }
    }
    count
}

/// The members of all objects in a value.
fn members(value: &Value) -> usize {
    match value {
        Value::Array(elements) => elements.iter().map(members).sum(),
        Value::Object(fields) => fields.len() + fields.values().map(members).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// Whether a key at some depth is looked for.
pub type IsMeant<'a> = &'a dyn Fn(&str, usize) -> bool;

/// Looks at every object of a value, and stops at a key that it has seen in the same one.
struct Walk<'found, 'meant> {
    found: &'found mut Option<String>,
    depth: usize,
    is_meant: IsMeant<'meant>,
}

impl Walk<'_, '_> {
    /// What looks at the values inside.
    fn inside(&mut self) -> Walk<'_, '_> {
        Walk {
            found: self.found,
            depth: self.depth + 1,
            is_meant: self.is_meant,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        while elements.next_element_seed(self.inside())?.is_some() {}
        Ok(())
    }

    /// A number with more digits than a machine's comes as a map of one key, too.
    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<(), A::Error> {
        let mut keys = BTreeSet::new();
        while let Some(key) = fields.next_key::<String>()? {
            if keys.contains(&key) && (self.is_meant)(&key, self.depth + 1) {
                *self.found = Some(key);
                return Err(A::Error::custom("a key stands twice"));
            }
            keys.insert(key);
            fields.next_value_seed(self.inside())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_of_two_keys_is_found() {
        for (line, offset, key) in [
            (r#"{"a":1,"a":2}"#, 7, "a"),
            (
                r#"[{"b":{"a":1}},{"a":[1.5,{"a" : 1, "a"  : 2}]}]"#,
                35,
                "a",
            ),
            (r#"{"é":null,"\u00e9":"x"}"#, 0, "é"),
            (r#"{"a":{},"a":{}}"#, 8, "a"),
        ] {
            let found = find(line.as_bytes()).map(|found| (found.offset, found.key));
            assert!(
                matches!(&found, Some((_, known)) if known == key),
                "{found:?}"
            );
            let escaped = line.contains('\\');
            assert!(
                escaped || found == Some((offset, key.to_owned())),
                "{line}: {found:?}"
            );
        }
    }

    #[test]
    fn keys_of_different_objects_and_all_kinds_of_values_are_no_pair() {
        for line in [
            r#"{"a":{"a":1},"b":[{"a":-2},{"a":1e400}]}"#,
            r#"[null,true,"a","a",1,1,1.5,123456789012345678901]"#,
            "no json",
            "",
        ] {
            assert_eq!(find(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn all_keys_that_stand_twice_are_found_and_counted_without_a_look_at_each() {
        let line = br#"{"a":1,"a":2,"b":{"c":":\"","c":[]},"d":1,"e":[{"a":1,"d":1}]}"#;
        assert_eq!(all(line), ["a".to_owned(), "c".to_owned()].into());
        assert!(has_any(line, &serde_json::from_slice(line).unwrap()));
        for line in [r#"{"a":{"a":1e400},"b":[{"a":"\\\":"},{"a":"::"}]}"#, "[]"] {
            let value = serde_json::from_str(line).unwrap();
            assert!(!has_any(line.as_bytes(), &value), "{line}");
            assert_eq!(all(line.as_bytes()), BTreeSet::new());
        }
    }
}
