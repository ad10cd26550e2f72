//! The `.expected` file: what the node must write, a JSON value or a text a line.

use std::collections::BTreeSet;

use serde_json::Value;

use super::input;
use super::pattern::{self, BadPlaceholder, Pattern};
use super::slips;
use super::syntax::{self, Problem, Refusal, SyntaxError};
use crate::json::repeated::RepeatedKey;
use crate::json::{self, repeated};

/// One line that the node must write.
#[derive(Debug, Clone)]
pub struct ExpectedLine {
    /// Where it stands in the `.expected`, from 1.
    pub number: usize,
    pub content: ExpectedContent,
}

/// What a line of `.expected` says.
#[derive(Debug, Clone)]
pub enum ExpectedContent {
    /// A JSON value, compared as JSON.
    Json {
        /// The value as it is written.
        value: Value,
        pattern: Pattern,
    },
    /// A line that is no JSON, compared as text.
    Text(String),
}

impl ExpectedLine {
    /// The line as a JSON value, if it is one.
    pub fn json(&self) -> Option<&Value> {
        match &self.content {
            ExpectedContent::Json { value, .. } => Some(value),
            ExpectedContent::Text(_) => None,
        }
    }

    /// Adds the names that the line binds.
    pub fn collect_names(&self, names: &mut BTreeSet<String>) {
        if let ExpectedContent::Json { pattern, .. } = &self.content {
            pattern.collect_names(names);
        }
    }
}

/// Whether a line is the `...` by which people say that something is left out.
pub fn is_ellipsis(line: &str) -> bool {
    matches!(line.trim(), "..." | "\u{2026}")
}

/// Parses an `.expected`; a file without a line expects that the node says nothing.
pub fn parse(bytes: &[u8]) -> Result<Vec<ExpectedLine>, SyntaxError> {
    slips::check_encoding(bytes)?;
    syntax::lines(bytes)
        .filter(|(_, line)| syntax::comment(line).is_none())
        .map(|(number, line)| {
            let line = syntax::text(number, line)?;
            let content = content(line).map_err(|(column, problem)| SyntaxError {
                line: number,
                column,
                problem,
            })?;
            Ok(ExpectedLine { number, content })
        })
        .collect()
}

fn content(line: &str) -> Result<ExpectedContent, Refusal> {
    let Ok(value) = json::read(line.as_bytes()) else {
        if let Some(refusal) = slips::of_line(line.as_bytes()) {
            return Err(refusal);
        }
        // A directive must never silently do nothing.
        if let Some(verb) = input::known_verb(line) {
            let before = line.chars().take_while(|character| *character != '@');
            return Err((before.count() + 1, Problem::InExpected { verb }));
        }
        return Ok(ExpectedContent::Text(line.to_owned()));
    };
    no_repeated_key(line, &value)?;
    let bad = |bad: BadPlaceholder| {
        let column = syntax::column(line, &bad.text);
        (column, Problem::BadPlaceholder(bad))
    };
    Ok(ExpectedContent::Json {
        pattern: pattern::compile(&value).map_err(bad)?,
        value,
    })
}

/// Of two equal keys one would be looked at: whoever wrote both meant something else.
fn no_repeated_key(line: &str, value: &Value) -> Result<(), Refusal> {
    if !repeated::has_any(line.as_bytes(), value) {
        return Ok(());
    }
    let Some(RepeatedKey { offset, key }) = repeated::find(line.as_bytes()) else {
        return Ok(());
    };
    let before = line.get(..offset).unwrap_or_default();
    let column = before.chars().count() + 1;
    Err((column, Problem::RepeatedKey { key }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_numbers_and_kinds() {
        let lines = parse(b"# title\n\n{\"a\": 1}\r\nplain text\n# end\n[2]").unwrap();
        let shown = |line: &ExpectedLine| match &line.content {
            ExpectedContent::Json { value, .. } => format!("{} {value}", line.number),
            ExpectedContent::Text(text) => format!("{} text {text}", line.number),
        };
        let shown: Vec<_> = lines.iter().map(shown).collect();
        assert_eq!(shown, [r#"3 {"a":1}"#, "4 text plain text", "6 [2]"]);
    }

    #[test]
    fn a_placeholder_that_is_none_has_a_place() {
        let error = parse(b"{}\n{\"a\": \"<itn>\"}").unwrap_err();
        assert_eq!((error.line, error.column), (2, 7));
        assert!(error.problem.to_string().contains("did you mean `<int>`"));
    }

    #[test]
    fn a_key_that_stands_twice_has_a_place() {
        let error = parse("{}\n{\"é\": {\"a\": 1, \"a\": 2}}".as_bytes()).unwrap_err();
        assert_eq!((error.line, error.column), (2, 16));
        assert!(
            error
                .problem
                .to_string()
                .contains("the key `a` stands twice")
        );
    }

    #[test]
    fn a_line_that_is_no_text_has_a_place() {
        let error = parse(b"{}\nab\xff").unwrap_err();
        assert_eq!((error.line, error.column), (2, 3));
    }
}
