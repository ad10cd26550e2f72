//! What an expected JSON value matches: itself, but for the placeholders in it.
//!
//! A placeholder is a string such as `"<int 1..>"`, or the key `"<...>"`. Compiling
//! finds them all; whether a value matches is for [`crate::matching::compare`].

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;

use regex::Regex;
use serde_json::{Map, Number, Value};

use super::nearest::nearest;
use crate::{json, number};

/// The key that stands for any further keys.
pub const REST: &str = "<...>";

/// The first element of an array whose elements may come in any order.
pub const UNORDERED: &str = "<unordered>";

/// What a value must be like.
#[derive(Debug, Clone)]
pub enum Pattern {
    Scalar(Value),
    /// An array with these elements in this order.
    Array(Vec<Pattern>),
    /// An array with these elements in any order.
    Unordered(Vec<Pattern>),
    /// An object with these fields.
    Object {
        /// The fields, in the order in which they are written.
        fields: Vec<(String, Pattern)>,
        /// What further fields must be like; `None`: there may be none.
        rest: Option<Box<Pattern>>,
    },
    Placeholder {
        text: String,
        placeholder: Placeholder,
    },
}

impl Pattern {
    /// Adds the names that it binds.
    pub fn collect_names(&self, names: &mut BTreeSet<String>) {
        match self {
            Self::Scalar(_) => {}
            Self::Array(elements) | Self::Unordered(elements) => {
                for element in elements {
                    element.collect_names(names);
                }
            }
            Self::Object { fields, rest } => {
                for (_, field) in fields {
                    field.collect_names(names);
                }
                if let Some(rest) = rest {
                    rest.collect_names(names);
                }
            }
            Self::Placeholder { placeholder, .. } => {
                if let Placeholder::Id(name) | Placeholder::Capture(name) = placeholder {
                    names.insert(name.clone());
                }
            }
        }
    }

    /// The value as it is written in `.expected`.
    pub fn to_value(&self) -> Value {
        let all = |elements: &[Self]| elements.iter().map(Self::to_value).collect::<Vec<_>>();
        match self {
            Self::Scalar(Value::String(text)) if is_bracketed(text) => {
                format!("<={}", text.get(1..).unwrap_or_default()).into()
            }
            Self::Scalar(value) => value.clone(),
            Self::Array(elements) => all(elements).into(),
            Self::Unordered(elements) => {
                let mut elements = all(elements);
                elements.insert(0, UNORDERED.into());
                elements.into()
            }
            Self::Object { fields, rest } => {
                let fields = fields
                    .iter()
                    .map(|(key, field)| (key.clone(), field.to_value()));
                let rest = rest.iter().map(|rest| (REST.to_owned(), rest.to_value()));
                Value::Object(fields.chain(rest).collect())
            }
            Self::Placeholder { text, .. } => text.as_str().into(),
        }
    }
}

/// A string that stands for a value.
#[derive(Debug, Clone)]
pub enum Placeholder {
    Any,
    String,
    Bool,
    Array,
    Object,
    /// A number without a fraction, in a range.
    Int(Range),
    /// A number in a range.
    Number(Range),
    /// A string that the regular expression finds.
    Regex(Regex),
    /// An integer, the same wherever the name stands.
    Id(String),
    /// Any value, the same wherever the name stands.
    Capture(String),
}

/// An inclusive range of numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Range {
    /// The least.
    pub min: Option<Number>,
    pub max: Option<Number>,
}

impl Range {
    /// Whether the number is in the range.
    pub fn contains(&self, number: &Number) -> bool {
        let from_min = |min| number::compare(number, min) != Ordering::Less;
        let to_max = |max| number::compare(number, max) != Ordering::Greater;
        self.min.as_ref().is_none_or(from_min) && self.max.as_ref().is_none_or(to_max)
    }
}

/// A string in angle brackets that is no placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPlaceholder {
    pub text: String,
    /// What is wrong with it.
    pub fault: PlaceholderFault,
}

/// What is wrong with a placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceholderFault {
    /// There is none of that name; this one looks most like it.
    Unknown { nearest: &'static str },
    /// It wants something else after its name.
    Argument { wants: &'static str },
    /// It may not stand here.
    Misplaced { belongs: &'static str },
    /// The regular expression is wrong.
    Regex { reason: String },
}

impl fmt::Display for BadPlaceholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = &self.text;
        match &self.fault {
            PlaceholderFault::Unknown { nearest } => write!(
                f,
                "there is no placeholder `{text}`; did you mean `{nearest}`? \
                 (The string itself is written `<={}`)",
                text.trim_start_matches('<')
            ),
            PlaceholderFault::Argument { wants } => write!(f, "`{text}` wants {wants}"),
            PlaceholderFault::Misplaced { belongs } => write!(f, "`{text}` belongs {belongs}"),
            PlaceholderFault::Regex { reason } => {
                write!(f, "the regular expression in `{text}` is wrong: {reason}")
            }
        }
    }
}

/// Makes the pattern that a value is.
///
/// # Errors
/// The first placeholder that is none.
pub fn compile(value: &Value) -> Result<Pattern, BadPlaceholder> {
    Ok(match value {
        Value::String(text) => match placeholder(text)? {
            Meaning::Placeholder(placeholder) => Pattern::Placeholder {
                text: text.clone(),
                placeholder,
            },
            Meaning::Text(text) => Pattern::Scalar(text.into()),
        },
        Value::Array(elements) => array(elements)?,
        Value::Object(fields) => object(fields)?,
        Value::Null | Value::Bool(_) | Value::Number(_) => Pattern::Scalar(value.clone()),
    })
}

fn array(elements: &[Value]) -> Result<Pattern, BadPlaceholder> {
    let compile_all =
        |elements: &[Value]| elements.iter().map(compile).collect::<Result<Vec<_>, _>>();
    match elements.split_first() {
        Some((first, rest)) if first == UNORDERED => Ok(Pattern::Unordered(compile_all(rest)?)),
        _ => Ok(Pattern::Array(compile_all(elements)?)),
    }
}

fn object(fields: &Map<String, Value>) -> Result<Pattern, BadPlaceholder> {
    let named = fields.iter().filter(|(key, _)| *key != REST);
    let compile_field = |(key, value): (&String, &Value)| Ok((key.clone(), compile(value)?));
    let rest = json::member(fields, REST).map(compile).transpose()?;
    Ok(Pattern::Object {
        fields: named.map(compile_field).collect::<Result<_, _>>()?,
        rest: rest.map(Box::new),
    })
}

enum Meaning {
    Placeholder(Placeholder),
    Text(String),
}

/// The simple placeholders, and the forms of the others, for the advice on a misspelt one.
const KNOWN: [&str; 13] = [
    "<any>",
    "<string>",
    "<bool>",
    "<array>",
    "<object>",
    "<int>",
    "<number>",
    "<int 1..>",
    "<number 0..1>",
    "<re:REGEX>",
    "<id:NAME>",
    "<any:NAME>",
    UNORDERED,
];

/// Words that others have for these, which look like none of them.
const SYNONYMS: [(&str, &str); 12] = [
    ("float", "<number>"),
    ("double", "<number>"),
    ("decimal", "<number>"),
    ("integer", "<int>"),
    ("uint", "<int 0..>"),
    ("str", "<string>"),
    ("text", "<string>"),
    ("boolean", "<bool>"),
    ("list", "<array>"),
    ("map", "<object>"),
    ("dict", "<object>"),
    ("regex", "<re:REGEX>"),
];

/// The placeholder that is meant by a string that is none.
fn meant(inner: &str) -> &'static str {
    let word = inner.split([':', ' ']).next().unwrap_or_default();
    let synonym = SYNONYMS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(word));
    synonym.map_or_else(|| nearest(KNOWN, &format!("<{inner}>")), |(_, meant)| meant)
}

fn placeholder(text: &str) -> Result<Meaning, BadPlaceholder> {
    let inner = text
        .strip_prefix('<')
        .and_then(|text| text.strip_suffix('>'));
    let Some(inner) = inner.filter(|_| is_bracketed(text)) else {
        return Ok(Meaning::Text(text.to_owned()));
    };
    if let Some(literal) = inner.strip_prefix('=') {
        return Ok(Meaning::Text(format!("<{literal}>")));
    }
    let bad = |fault| BadPlaceholder {
        text: text.to_owned(),
        fault,
    };
    let name = |name: &str| {
        let wants = "a name, as in `<id:fwd>`";
        let name = Some(name.to_owned()).filter(|name| !name.is_empty());
        name.ok_or_else(|| bad(PlaceholderFault::Argument { wants }))
    };
    Ok(Meaning::Placeholder(match inner {
        "any" => Placeholder::Any,
        "string" => Placeholder::String,
        "bool" => Placeholder::Bool,
        "array" => Placeholder::Array,
        "object" => Placeholder::Object,
        "int" => Placeholder::Int(Range::default()),
        "number" => Placeholder::Number(Range::default()),
        "unordered" => {
            let belongs = "at the start of an array, as in [\"<unordered>\", 1, 2]";
            return Err(bad(PlaceholderFault::Misplaced { belongs }));
        }
        "..." => {
            let belongs = "in an object, as a key: \"<...>\": \"<any>\"";
            return Err(bad(PlaceholderFault::Misplaced { belongs }));
        }
        _ => match inner.split_once([':', ' ']) {
            Some(("re", regex)) => Placeholder::Regex(Regex::new(regex).map_err(|error| {
                bad(PlaceholderFault::Regex {
                    reason: reason(&error),
                })
            })?),
            Some(("id", id)) => Placeholder::Id(name(id)?),
            Some(("any", capture)) => Placeholder::Capture(name(capture)?),
            Some(("int", range)) => Placeholder::Int(parse_range(range).map_err(bad)?),
            Some(("number", range)) => Placeholder::Number(parse_range(range).map_err(bad)?),
            _ => {
                let nearest = meant(inner);
                return Err(bad(PlaceholderFault::Unknown { nearest }));
            }
        },
    }))
}

/// Whether a string would be taken for a placeholder.
pub fn is_bracketed(text: &str) -> bool {
    text.len() > 1 && text.starts_with('<') && text.ends_with('>')
}

/// `1..`, `..2`, `1..2`.
fn parse_range(text: &str) -> Result<Range, PlaceholderFault> {
    let fault = || PlaceholderFault::Argument {
        wants: "a range after its name, as in `<int 1..>` or `<number 0..0.01>`",
    };
    let (min, max) = text.trim().split_once("..").ok_or_else(fault)?;
    let bound = |text: &str| match text.trim() {
        "" => Ok(None),
        text => serde_json::from_str(text).map(Some).map_err(|_| fault()),
    };
    let range = Range {
        min: bound(min)?,
        max: bound(max)?,
    };
    let empty = match (&range.min, &range.max) {
        (None, None) => true,
        (Some(min), Some(max)) => number::compare(min, max) == Ordering::Greater,
        _ => false,
    };
    if empty {
        return Err(fault());
    }
    Ok(range)
}

/// The last line of the parser's message: the others show the expression, which is shown anyway.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Pattern, BadPlaceholder> {
        compile(&serde_json::from_str(text).unwrap())
    }

    fn check_error(text: &str, says: &str) {
        let error = read(text).expect_err(text).to_string();
        assert!(error.contains(says), "{text}: {error}");
    }

    #[test]
    fn every_placeholder_compiles_and_is_written_back() {
        for text in [
            r#"["<any>","<string>","<bool>","<array>","<object>"]"#,
            r#"["<int>","<int 1..>","<int ..-5>","<number 0..0.01>","<number>"]"#,
            r#"["<re:^n1-\\d+$>","<id:fwd>","<any:x>","<=text>","<","<>x","x>"]"#,
            r#"{"a":["<unordered>",1,2],"<...>":"<any>"}"#,
        ] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(compile(&value).unwrap().to_value(), value);
        }
    }

    #[test]
    fn what_is_in_brackets_and_is_no_placeholder_is_an_error() {
        check_error(
            r#""<ayn>""#,
            "did you mean `<any>`? (The string itself is written `<=ayn>`)",
        );
        check_error(
            r#""<float>""#,
            "no placeholder `<float>`; did you mean `<number>`?",
        );
        check_error(r#""<Float 0..1>""#, "did you mean `<number>`?");
        check_error(r#""<list>""#, "did you mean `<array>`?");
        check_error(r#"{"a":[{"b":"<int1..>"}]}"#, "did you mean `<int 1..>`");
        check_error(r#""<int x>""#, "wants a range");
        check_error(r#""<int 3..1>""#, "wants a range");
        check_error(r#""<int ..>""#, "wants a range");
        check_error(r#""<id:>""#, "wants a name");
        check_error(r#""<re:(>""#, "unclosed group");
        check_error(r#"[1,"<unordered>"]"#, "belongs at the start of an array");
        check_error(r#"{"a":"<...>"}"#, "belongs in an object, as a key");
        check_error(r#""<>""#, "no placeholder");
    }
}
