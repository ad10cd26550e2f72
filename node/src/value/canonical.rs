//! One spelling for each JSON value, made in one pass over its text.
//!
//! It works on the text, not on `serde_json::Value`: with arbitrary precision
//! that takes an object with a certain private key for a number. It doesn't
//! check that the text is JSON.

use std::collections::BTreeMap;

use super::{DEPTH_MAX, ValueError, number};

/// The spelling that all texts of the same value share. `json` is one value.
pub(super) fn canonical(json: &str) -> Result<String, ValueError> {
    let mut out = String::new();
    Reader { rest: json }.value(DEPTH_MAX, &mut out)?;
    Ok(out)
}

/// What has not been read yet of a text that is known to be JSON.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// Reads one value and appends its canonical spelling.
    fn value(&mut self, depth_left: usize, out: &mut String) -> Result<(), ValueError> {
        if self.takes('[') {
            return self.array(deeper(depth_left)?, out);
        }
        if self.takes('{') {
            return self.object(deeper(depth_left)?, out);
        }
        if self.rest.starts_with('"') {
            write_string(&self.string()?, out);
            return Ok(());
        }
        match self.token(scalar_length(self.rest)) {
            word @ ("true" | "false" | "null") => out.push_str(word),
            number => out.push_str(&number::canonical(number)),
        }
        Ok(())
    }

    fn array(&mut self, depth_left: usize, out: &mut String) -> Result<(), ValueError> {
        out.push('[');
        while !self.takes(']') {
            if self.takes(',') {
                out.push(',');
            }
            self.value(depth_left, out)?;
        }
        out.push(']');
        Ok(())
    }

    /// Keys are sorted; of one that is there twice the last one counts.
    fn object(&mut self, depth_left: usize, out: &mut String) -> Result<(), ValueError> {
        let mut members = BTreeMap::new();
        while !self.takes('}') {
            self.takes(',');
            self.skip_space();
            let key = self.string()?;
            self.takes(':');
            let mut member = String::new();
            self.value(depth_left, &mut member)?;
            members.insert(key, member);
        }
        write_object(&members, out);
        Ok(())
    }

    fn string(&mut self) -> Result<String, ValueError> {
        let token = self.token(string_length(self.rest));
        Ok(serde_json::from_str(token)?)
    }

    /// Skips spaces and then `mark`, if that comes next.
    fn takes(&mut self, mark: char) -> bool {
        self.skip_space();
        let after = self.rest.strip_prefix(mark);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    fn token(&mut self, length: usize) -> &'a str {
        let (token, rest) = self
            .rest
            .split_at_checked(length)
            .unwrap_or((self.rest, ""));
        self.rest = rest;
        token
    }
}

fn deeper(depth_left: usize) -> Result<usize, ValueError> {
    depth_left.checked_sub(1).ok_or(ValueError::TooDeep)
}

fn scalar_length(text: &str) -> usize {
    text.find([',', ']', '}', ' ', '\t', '\r', '\n'])
        .unwrap_or(text.len())
}

/// The length of the string that `text` begins with, with its quotes.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

fn write_object(members: &BTreeMap<String, String>, out: &mut String) {
    out.push('{');
    for (index, (key, member)) in members.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_string(key, out);
        out.push(':');
        out.push_str(member);
    }
    out.push('}');
}

fn write_string(string: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(string).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: &str) {
        assert_eq!(canonical(json).unwrap(), expected, "{json}");
    }

    #[test]
    fn spaces_order_and_escapes_vanish() {
        check(" [ ] ", "[]");
        check("{ }", "{}");
        check("[ 1.0 ,\ttrue,\r\n[null ] , { } ]", "[1,true,[null],{}]");
        check(
            r#"{ "b" : [ 1 ] , "a\u0062" : { "c" : -0 } }"#,
            r#"{"ab":{"c":0},"b":[1]}"#,
        );
        check(
            r#"["a\"],[\\","\/\u0001\n"]"#,
            r#"["a\"],[\\","/\u0001\n"]"#,
        );
        check(r#"{"a":1,"\u0061":2}"#, r#"{"a":2}"#);
        check(r#""[1, 2]""#, r#""[1, 2]""#);
        check("1e2", "100");
    }
}
