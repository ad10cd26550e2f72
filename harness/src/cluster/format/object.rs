//! One line of a file: a flat object, written key by key, and the two kinds of values in it that JSON
//! has no word for: exact times, and bytes that may be no text.

use std::fmt::Write;
use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;

use super::Problem;

/// An object that is being written, and ends its line.
pub(super) struct Object<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> Object<'a> {
    pub(super) fn open(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out }
    }

    /// Keys are words of ours: nothing in them needs an escape.
    fn key(&mut self, key: &str) {
        if self.out.last() != Some(&b'{') {
            self.out.push(b',');
        }
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    pub(super) fn put(&mut self, key: &str, value: &(impl Serialize + ?Sized)) -> &mut Self {
        self.key(key);
        json(self.out, value);
        self
    }

    pub(super) fn put_some(&mut self, key: &str, value: Option<&(impl Serialize + ?Sized)>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    pub(super) fn put_time(&mut self, key: &str, time: Duration) -> &mut Self {
        self.key(key);
        write_time(self.out, time);
        self
    }

    /// Shares (0 to 1), each with its time.
    pub(super) fn put_pairs(&mut self, key: &str, pairs: &[(f64, Duration)]) {
        self.key(key);
        for (index, (share, time)) in pairs.iter().enumerate() {
            self.out
                .extend_from_slice(if index == 0 { b"[[" } else { b",[" });
            json(self.out, share);
            self.out.push(b',');
            write_time(self.out, *time);
            self.out.push(b']');
        }
        self.out.push(b']');
    }

    /// A client, by the name that it has in messages.
    pub(super) fn put_client(&mut self, key: &str, number: usize) -> &mut Self {
        self.key(key);
        self.out.extend_from_slice(b"\"c");
        json(self.out, &number);
        self.out.push(b'"');
        self
    }

    /// What is JSON already, as it stands.
    pub(super) fn put_raw(&mut self, key: &str, raw: &[u8]) {
        self.key(key);
        self.out.extend_from_slice(raw);
    }

    /// A line that somebody wrote: as a text, if it is one; otherwise with backslashes before what
    /// is none, and under another key.
    pub(super) fn put_line(&mut self, line: &[u8]) {
        match std::str::from_utf8(line) {
            Ok(text) => self.put("line", text),
            Err(_) => self.put("escaped", &escape(line)),
        };
    }

    pub(super) fn close(self) {
        self.out.extend_from_slice(b"}\n");
    }
}

fn json(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    let start = out.len();
    // Neither a vector nor the values that are written here refuse.
    let _ = serde_json::to_writer(&mut *out, value);
    let written = out.get(start..).unwrap_or_default();
    if is_inert(written) {
        return;
    }
    let inert = crate::escape::json(&String::from_utf8_lossy(written));
    out.truncate(start);
    out.extend_from_slice(inert.as_bytes());
}

/// Whether no character of a line acts on the terminal of whoever looks at it.
pub(super) fn is_inert(line: &[u8]) -> bool {
    let is_plain = |byte: &u8| (b' '..=b'~').contains(byte);
    let acts = |text: &str| text.chars().any(crate::escape::acts);
    line.iter().all(is_plain) || std::str::from_utf8(line).is_ok_and(|text| !acts(text))
}

/// Seconds, with all nine decimals.
pub(super) fn write_time(out: &mut Vec<u8>, time: Duration) {
    json(out, &time.as_secs());
    out.push(b'.');
    let mut unit = 100_000_000;
    while unit > 0 {
        // A digit: what it is cut to is all there is.
        let digit = u8::try_from(time.subsec_nanos() / unit % 10).unwrap_or_default();
        out.push(b'0' + digit);
        unit /= 10;
    }
}

/// Reads seconds with at most nine decimals: each nanosecond as it was written, never by a float.
pub(super) fn time(key: &'static str, raw: &RawValue) -> Result<Duration, Problem> {
    let parse = |text: &str| {
        let (seconds, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if decimals.len() > 9 || !are_digits(seconds) || !are_digits(decimals) {
            return None;
        }
        let nanoseconds = format!("{decimals:0<9}").parse().ok()?;
        Some(Duration::new(seconds.parse().ok()?, nanoseconds))
    };
    parse(raw.get()).ok_or_else(|| Problem::means(key, raw.get()))
}

/// Bytes as text: a backslash twice, a byte that is no UTF-8 as in `\xff`.
fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(&chunk.valid().replace('\\', "\\\\"));
        for byte in chunk.invalid() {
            // Writing to a string doesn't fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// The line that [`Object::put_line`] wrote.
pub(super) fn line(line: Option<&str>, escaped: Option<&str>) -> Result<Vec<u8>, Problem> {
    match (line, escaped) {
        (Some(line), _) => Ok(line.as_bytes().to_vec()),
        (None, Some(escaped)) => {
            unescape(escaped).ok_or_else(|| Problem::means("escaped", escaped))
        }
        (None, None) => Err(Problem::Lacks("line")),
    }
}

fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut parts = text.split('\\');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    while let Some(part) = parts.next() {
        if part.is_empty() {
            // Between two backslashes: they stand for one, and what follows is plain.
            bytes.push(b'\\');
            bytes.extend_from_slice(parts.next()?.as_bytes());
        } else {
            let code = part.strip_prefix('x')?;
            let (code, plain) = code.split_at_checked(2)?;
            // A sign would pass for a digit.
            if code.starts_with('+') {
                return None;
            }
            bytes.push(u8::from_str_radix(code, 16).ok()?);
            bytes.extend_from_slice(plain.as_bytes());
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Duration> {
        let raw = RawValue::from_string(text.to_owned()).unwrap();
        time("time", &raw).ok()
    }

    #[test]
    fn times_keep_each_nanosecond() {
        for (time, text) in [
            (Duration::ZERO, "0.000000000"),
            (Duration::from_nanos(1), "0.000000001"),
            (Duration::from_micros(3_204_118), "3.204118000"),
            (Duration::MAX, "18446744073709551615.999999999"),
        ] {
            let mut out = Vec::new();
            write_time(&mut out, time);
            assert_eq!(String::from_utf8(out).unwrap(), text);
            assert_eq!(read(text), Some(time));
        }
    }

    #[test]
    fn others_may_write_times_shorter() {
        assert_eq!(read("3.204118"), Some(Duration::from_micros(3_204_118)));
        assert_eq!(read("60"), Some(Duration::from_secs(60)));
        for text in [
            "-1",
            "1e3",
            "0.0000000001",
            "18446744073709551616",
            "\"1\"",
            "null",
            "[]",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_escaped_and_come_back() {
        for (bytes, text) in [
            (&b"a\xff\\b"[..], "a\\xff\\\\b"),
            (b"\\\\\xc3(", "\\\\\\\\\\xc3("),
            (b"\xffff", "\\xffff"),
            (b"", ""),
        ] {
            assert_eq!(escape(bytes), text);
            assert_eq!(unescape(text).as_deref(), Some(bytes));
        }
        for text in ["\\", "\\x", "\\xf", "\\xgg", "\\n", "\\x+f", "\\x\u{e9}"] {
            assert_eq!(unescape(text), None, "{text}");
        }
    }
}
