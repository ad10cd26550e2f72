//! What a node writes to stdout, kept until it is judged, with a bound; and the lines of it, as they come,
//! for whoever listens to a node that runs.
//!
//! A small number takes some fifty times its text once it is read, an array of one a hundred and fifty
//! times. So the bound is one of bytes and one of values, as their separators count them.

/// For so many bytes of the bound one value may be written.
pub const BYTES_EACH: usize = 16;

/// Up to so many bytes, with so few values, an output is read and judged beside those of others.
const SMALL_MAX: usize = 256 * 1024;
const VALUES_FEW: usize = 1024;

/// What a node has written so far.
#[derive(Debug, Default)]
pub struct Output {
    bytes: Vec<u8>,
    values: usize,
    /// Where the line starts that is not at its end.
    line_start: usize,
    /// Whether that line began when nobody listened.
    is_unheard: bool,
}

impl Output {
    /// The node wrote more. Tells of each line that ends in it; of one that began when nobody was
    /// `listening` only that it came: it is empty.
    pub fn push(&mut self, bytes: &[u8], listening: bool, mut tell: impl FnMut(&[u8])) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.values += values(bytes);
        for end in memchr::memchr_iter(b'\n', bytes) {
            let end = start + end + 1;
            let line = self.bytes.get(self.line_start..end);
            let line = line.filter(|_| !std::mem::take(&mut self.is_unheard));
            tell(line.unwrap_or_default());
            self.line_start = end;
        }
        self.is_unheard |= self.line_start < self.bytes.len() && !listening;
    }

    /// All of it so far.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether it is more than so many bytes, or has more values than belong to them.
    pub fn exceeds(&self, output_max: usize) -> bool {
        self.bytes.len() > output_max || self.values > output_max / BYTES_EACH
    }

    /// Forgets all but the first bytes.
    pub fn truncate(&mut self, output_max: usize) {
        self.bytes.truncate(output_max);
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Whether a text takes so much memory once it is read that not many should be at once.
pub fn is_large(text: &[u8]) -> bool {
    text.len() > SMALL_MAX || values(text) > VALUES_FEW
}

/// How many lines and values there are, at most: each stands behind one of these. Those in strings count.
fn values(text: &[u8]) -> usize {
    // Each by itself, for to count one byte takes few instructions for many bytes at once.
    let count = |separator| memchr::memchr_iter(separator, text).count();
    b",[{\n".iter().copied().map(count).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(chunks: &[&[u8]], listening: bool) -> Vec<String> {
        let (mut output, mut told) = (Output::default(), Vec::new());
        for chunk in chunks {
            output.push(chunk, listening, |line| {
                told.push(String::from_utf8_lossy(line).into_owned());
            });
        }
        assert_eq!(output.into_bytes(), chunks.concat());
        told
    }

    #[test]
    fn lines_are_told_however_they_come() {
        assert_eq!(
            told(&[b"a\nb", b"c", b"\n\nd\ne"], true),
            ["a\n", "bc\n", "\n", "d\n"]
        );
        assert_eq!(told(&[b"a\nb", b"c\nd\n"], false), ["a\n", "", "d\n"]);
    }

    #[test]
    fn more_bytes_or_values_than_the_bound_exceed_it() {
        let exceeds = |text: &str| {
            let mut output = Output::default();
            output.push(text.as_bytes(), false, |_| {});
            assert!(output.exceeds(text.len() - 1));
            output.exceeds(160)
        };
        assert!(!exceeds(&"x".repeat(160)) && exceeds(&"x".repeat(161)));
        for value in ["[1]", "{\"\":1}", "1,", "\n"] {
            assert!(!exceeds(&value.repeat(10)) && exceeds(&value.repeat(11)));
        }
    }

    #[test]
    fn text_of_many_bytes_or_values_is_large() {
        assert!(!is_large(&b"x".repeat(SMALL_MAX)) && is_large(&b"x".repeat(SMALL_MAX + 1)));
        assert!(!is_large(&b",".repeat(VALUES_FEW)) && is_large(&b",".repeat(VALUES_FEW + 1)));
    }
}
