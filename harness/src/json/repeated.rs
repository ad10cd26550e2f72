//! A key that stands twice in one object: of such a pair every reader takes one, and says nothing.

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
    /// What it says.
    pub key: String,
}

/// The first key that stands twice in one object of a line of JSON.
pub fn find(line: &[u8]) -> Option<RepeatedKey> {
    let mut key = None;
    let mut reader = serde_json::Deserializer::from_slice(line);
    let error = Walk(&mut key).deserialize(&mut reader).err()?;
    let key = key?;
    // The reader stopped right after the key.
    let before = line.get(..error.column()).unwrap_or(line);
    let spelt = Value::from(key.as_str()).to_string();
    let offset = memmem::rfind(before, spelt.as_bytes()).unwrap_or_default();
    Some(RepeatedKey { offset, key })
}

/// Looks at every object of a value, and stops at a key that it has seen in the same one.
struct Walk<'found>(&'found mut Option<String>);

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
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

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while elements.next_element_seed(Walk(&mut *self.0))?.is_some() {}
        Ok(())
    }

    /// A number with more digits than a machine's comes as a map of one key, too.
    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut keys = BTreeSet::new();
        while let Some(key) = fields.next_key::<String>()? {
            if keys.contains(&key) {
                *self.0 = Some(key);
                return Err(A::Error::custom("a key stands twice"));
            }
            keys.insert(key);
            fields.next_value_seed(Walk(&mut *self.0))?;
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
}
