//! The `.expected` file: what the node must write, a JSON value or a text a line.

use serde_json::Value;

use super::syntax::{self, SyntaxError};

/// One line that the node must write.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpectedLine {
    /// Where it stands in the `.expected`, from 1.
    pub number: usize,
    /// What it says.
    pub content: ExpectedContent,
}

/// What a line of `.expected` says.
#[derive(Debug, Clone, PartialEq)]
pub enum ExpectedContent {
    /// A JSON value, compared as JSON.
    Json(Value),
    /// A line that is no JSON, compared as text.
    Text(String),
}

impl ExpectedLine {
    /// The line as a JSON value, if it is one.
    pub fn json(&self) -> Option<&Value> {
        match &self.content {
            ExpectedContent::Json(value) => Some(value),
            ExpectedContent::Text(_) => None,
        }
    }
}

/// Parses an `.expected`; a file without a line expects that the node says nothing.
pub fn parse(bytes: &[u8]) -> Result<Vec<ExpectedLine>, SyntaxError> {
    syntax::lines(bytes)
        .filter(|(_, line)| syntax::comment(line).is_none())
        .map(|(number, line)| {
            let line = syntax::text(number, line)?;
            let content = match serde_json::from_str(line) {
                Ok(value) => ExpectedContent::Json(value),
                Err(_) => ExpectedContent::Text(line.to_owned()),
            };
            Ok(ExpectedLine { number, content })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_keep_their_numbers_and_kinds() {
        let lines = parse(b"# title\n\n{\"a\": 1}\r\nplain text\n# end\n[2]").unwrap();
        let shown: Vec<_> = lines
            .into_iter()
            .map(|line| (line.number, line.content))
            .collect();
        assert_eq!(
            shown,
            [
                (3, ExpectedContent::Json(json!({"a": 1}))),
                (4, ExpectedContent::Text("plain text".to_owned())),
                (6, ExpectedContent::Json(json!([2]))),
            ]
        );
    }

    #[test]
    fn a_line_that_is_no_text_has_a_place() {
        let error = parse(b"{}\nab\xff").unwrap_err();
        assert_eq!((error.line, error.column), (2, 3));
    }
}
