//! How values stand in a run's files that JSON has no form for: times, bytes, and words of a fixed list.
//! Each module or function is named in a `#[serde(with = …)]` beside its field.

use std::borrow::Cow;

use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// A time as integer nanoseconds, as Jepsen has it. 584 years are the most.
pub mod nanoseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub fn count(time: Duration) -> u64 {
        u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
    }

    pub fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(count(*time))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_nanos)
    }
}

/// Quantiles (0 to 1), each with a time in nanoseconds.
pub mod quantiles {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::nanoseconds;

    pub fn serialize<S: Serializer>(all: &[(f64, Duration)], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(all.iter().map(|(at, time)| (at, nanoseconds::count(*time))))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<(f64, Duration)>, D::Error> {
        let all = Vec::<(f64, u64)>::deserialize(from)?.into_iter();
        Ok(all
            .map(|(at, time)| (at, Duration::from_nanos(time)))
            .collect())
    }
}

/// A line that a node wrote: a text, or the list of its bytes where it is no UTF-8.
pub mod line {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::Value;

    pub fn serialize<S: Serializer>(line: &[u8], to: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(line) {
            Ok(text) => to.serialize_str(text),
            Err(_) => line.serialize(to),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let value = Value::deserialize(from)?;
        if let Value::String(text) = value {
            return Ok(text.into_bytes());
        }
        serde_json::from_value(value).map_err(serde::de::Error::custom)
    }
}

/// A message as its sender wrote it, byte for byte, where it is an object that can stand among other
/// JSON as it is. Otherwise it stands as [`line`] does.
pub mod message {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::value::RawValue;

    pub fn serialize<S: Serializer>(line: &[u8], to: S) -> Result<S::Ok, S::Error> {
        match object(line) {
            Some(object) => object.serialize(to),
            None => super::line::serialize(line, to),
        }
    }

    /// Blanks around an object would get lost, and a line break in it would end the file's line.
    fn object(line: &[u8]) -> Option<&RawValue> {
        let text = std::str::from_utf8(line).ok()?;
        let is_one = text.starts_with('{') && text.ends_with('}') && crate::escape::is_inert(text);
        serde_json::from_str(text).ok().filter(|_| is_one)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let raw = <&RawValue>::deserialize(from)?;
        if raw.get().starts_with('{') {
            return Ok(raw.get().as_bytes().to_vec());
        }
        let mut text = serde_json::Deserializer::from_str(raw.get());
        super::line::deserialize(&mut text).map_err(serde::de::Error::custom)
    }
}

/// A word of a fixed list. (Serde takes a field that says `&'static str` to borrow from the file.)
pub type Word = &'static str;

/// The one of these words that stands there.
pub fn word<'de, D: Deserializer<'de>>(from: D, words: &'static [Word]) -> Result<Word, D::Error> {
    let found = Cow::<str>::deserialize(from)?;
    let known = words.iter().find(|word| **word == found);
    known
        .copied()
        .ok_or_else(|| D::Error::unknown_variant(&found, words))
}
