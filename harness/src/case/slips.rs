//! Mistakes in a case's file that nobody makes on purpose: another encoding, marks of an unsolved merge,
//! comments as other languages write them. The file is wrong there; without this the node would be told
//! rubbish, and blamed for its answer.

use serde::de::IgnoredAny;

use super::syntax::{Problem, Refusal, SyntaxError};

/// How `git` marks two versions between which nobody has chosen yet.
const MERGE_MARKS: [&[u8]; 2] = [b"<<<<<<<", b">>>>>>>"];

/// How many bytes are looked at for a zero: what is sent may be any rubbish.
const LOOKED_AT: usize = 1024;

/// Whether a file is text of another encoding.
///
/// # Errors
/// That it is.
pub fn check_encoding(bytes: &[u8]) -> Result<(), SyntaxError> {
    let is_marked = (bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff"))
        && bytes.iter().take(LOOKED_AT).any(|byte| *byte == 0);
    let is_zero_after = |offset: usize| {
        let both = bytes.get(offset).zip(bytes.get(offset + 1));
        both.is_some_and(|(first, second)| first.is_ascii_graphic() && *second == 0)
    };
    if is_marked || (is_zero_after(0) && is_zero_after(2)) {
        return Err(SyntaxError {
            line: 1,
            column: 1,
            problem: Problem::Utf16,
        });
    }
    Ok(())
}

/// The mistake in a line, with its column.
pub fn of_line(line: &[u8]) -> Option<Refusal> {
    let text = line.trim_ascii_start();
    let start = line.len() - text.len() + 1;
    if MERGE_MARKS.iter().any(|mark| is_mark(text, mark)) {
        return Some((start, Problem::MergeMark));
    }
    if text.starts_with(b"//") {
        return Some((start, Problem::ForeignComment));
    }
    let is_like_json = matches!(text.first(), Some(b'{' | b'['));
    let offset = is_like_json.then(|| comment_after(line)).flatten()?;
    let before = String::from_utf8_lossy(line.get(..offset).unwrap_or_default());
    Some((before.chars().count() + 1, Problem::ForeignComment))
}

fn is_mark(text: &[u8], mark: &[u8]) -> bool {
    let rest = text.strip_prefix(mark);
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b' ' | b'\r')))
}

/// Where a comment starts behind a JSON value.
fn comment_after(line: &[u8]) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_slice(line).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    let rest = line.get(values.byte_offset()..)?;
    let comment = rest.trim_ascii_start();
    let is_one = comment.starts_with(b"//") || comment.starts_with(b"#");
    is_one.then_some(line.len() - comment.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_is_known_with_and_without_its_mark() {
        let little: Vec<u8> = "{\"a\":1}".bytes().flat_map(|byte| [byte, 0]).collect();
        let big: Vec<u8> = "{\"a\":1}".bytes().flat_map(|byte| [0, byte]).collect();
        for bytes in [
            little.clone(),
            [b"\xff\xfe".to_vec(), little].concat(),
            [b"\xfe\xff".to_vec(), big].concat(),
        ] {
            let error = check_encoding(&bytes).unwrap_err();
            assert_eq!(error.problem, Problem::Utf16);
        }
        for right in ["", "{", "{}", "a\0", "\u{feff}{}", "größe"] {
            assert_eq!(check_encoding(right.as_bytes()), Ok(()), "{right}");
        }
    }

    #[test]
    fn mistakes_of_a_line_have_a_column_and_rubbish_is_none() {
        let slip = |line: &str| of_line(line.as_bytes());
        for (line, column, problem) in [
            ("<<<<<<< HEAD", 1, Problem::MergeMark),
            (">>>>>>> a branch", 1, Problem::MergeMark),
            ("  // a comment", 3, Problem::ForeignComment),
            ("{\"é\":1} // a comment", 9, Problem::ForeignComment),
            ("[1] # a comment", 5, Problem::ForeignComment),
        ] {
            assert_eq!(slip(line), Some((column, problem)), "{line}");
        }
        for line in [
            "{\"a\":\"// # <<<<<<< \"}",
            "{\"a\":",
            "{}{}",
            "/ x",
            "<<<<<<<<",
            "1 // 2",
            "",
        ] {
            assert_eq!(slip(line), None, "{line}");
        }
    }
}
