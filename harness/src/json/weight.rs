//! How much memory lines of JSON take once they are read, as their bytes let one guess: a small number
//! takes fifty times what is written, and a node may write megabytes of them. All is in bytes.

/// What a line takes by itself, in bytes.
const LINE: usize = 160;

/// An element of an array, or a field's value, with its digits.
const ELEMENT: usize = 104;

/// An array that isn't empty: it has room for four elements as soon as it has one.
const ARRAY: usize = 336;

/// An object that isn't empty, with its first fields.
const OBJECT: usize = 352;

/// A field's key.
const KEY: usize = 64;

/// How long a line of a node that runs may be, in bytes, so that what it says is heard: whether it is
/// an answer that an `@sleep` waits for, or the message that a peer is to answer.
pub const HEARD_BYTES_MAX: usize = 1024 * 1024;

/// The most memory that such a line may take, in bytes.
pub const HEARD_MAX: usize = 4 * 1024 * 1024;

/// Whether a line is heard while its node runs.
pub fn is_heard(line: &[u8]) -> bool {
    line.len() <= HEARD_BYTES_MAX && of(line, HEARD_MAX) < HEARD_MAX
}

/// About how many bytes some lines take in memory, or `enough` if that is less.
pub fn of(lines: &[u8], enough: usize) -> usize {
    weigh(lines, enough).0
}

/// Where a line takes `enough` bytes in memory, if it takes so many.
pub fn reached_at(line: &[u8], enough: usize) -> Option<usize> {
    let (weight, at) = weigh(line, enough);
    (weight >= enough).then_some(at)
}

/// What some lines take, and how far they were looked at.
fn weigh(lines: &[u8], enough: usize) -> (usize, usize) {
    let mut weight = LINE + 2 * lines.len();
    let mut is_text = false;
    let mut bytes = lines.iter();
    while weight < enough
        && let Some(byte) = bytes.next()
    {
        weight += match byte {
            b'\n' => {
                is_text = false;
                LINE
            }
            b'"' => {
                is_text = !is_text;
                0
            }
            b'\\' if is_text => {
                bytes.next();
                0
            }
            b',' if !is_text => ELEMENT,
            b':' if !is_text => KEY,
            b'[' if !is_text && bytes.as_slice().first() != Some(&b']') => ARRAY,
            b'{' if !is_text && bytes.as_slice().first() != Some(&b'}') => OBJECT,
            _ => 0,
        };
    }
    (weight.min(enough), lines.len() - bytes.len())
}

/// Whether so many bytes of text could take so many bytes of memory, whatever they say.
pub fn may_reach(bytes: usize, weight: usize) -> bool {
    bytes.saturating_mul(OBJECT + 2).saturating_add(LINE) >= weight
}

#[cfg(test)]
mod tests {
    use std::mem::size_of;

    use serde_json::Value;

    use super::*;

    #[test]
    fn it_is_no_less_than_what_is_taken() {
        // A number's digits have an allocation of their own, of 32 bytes at least.
        assert!(size_of::<Value>() + 32 <= ELEMENT);
        assert!(4 * size_of::<Value>() + 16 + 32 <= ARRAY);
    }

    #[test]
    fn each_value_counts_and_what_is_text_does_not() {
        for (line, weight) in [
            ("", 0),
            ("12", 0),
            ("[1,1]", ARRAY + ELEMENT),
            ("[[],[{}]]", 2 * ARRAY + ELEMENT),
            (r#"{"a":1,"b":2}"#, OBJECT + ELEMENT + 2 * KEY),
            (r#"["[,:{\",","]"]"#, ARRAY + ELEMENT),
            ("a \"b\n[1]\n", ARRAY + 2 * LINE),
        ] {
            let bytes = LINE + 2 * line.len();
            assert_eq!(of(line.as_bytes(), usize::MAX), bytes + weight, "{line}");
            assert!(may_reach(line.len(), bytes + weight));
        }
    }

    #[test]
    fn nobody_looks_further_than_is_asked() {
        assert_eq!(of(&b"[".repeat(1000), 5000), 5000);
        assert_eq!(reached_at(b"[[[[", LINE + 8 + 2 * ARRAY), Some(2));
        assert_eq!(reached_at(b"[[[[", LINE + 9 + 4 * ARRAY), None);
        assert!(!may_reach(10, 5000));
    }
}
