//! Lines of a text that look like headings of samples: told where no form is known, so that their user sees
//! what to rename.

use super::blocks::Fence;
use super::label::COLONS;
use super::source::SourceLine;

/// How long such a line is at most, in characters.
const LENGTH_MAX: usize = 60;

/// What stands in such headings, in small letters.
const WORDS: [&str; 16] = [
    "input", "output", "expected", "stdin", "stdout", "request", "response", "sample", "example",
    "输入", "输出", "輸入", "輸出", "期望", "预期", "样例",
];

/// How many of them are named.
const NAMED_MAX: usize = 10;

/// A line that looks like a heading.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NearHeading {
    /// The line, from 1.
    pub line: usize,
    pub text: String,
    /// Whether messages stand right below it.
    pub above_messages: bool,
}

/// Which lines look like headings, and what to do with them.
pub fn looks_like_headings(near: &[NearHeading]) -> String {
    let shown: Vec<_> = near
        .iter()
        .take(NAMED_MAX)
        .map(|near| format!("{} (`{}`)", near.line, near.text))
        .collect();
    let more = match near.len().saturating_sub(NAMED_MAX) {
        _ if near.is_empty() => return "; no line looks like a heading".to_owned(),
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let lines = if near.len() == 1 { "line" } else { "lines" };
    let shown = shown.join(", ");
    format!(
        "; looks like a heading: {lines} {shown}{more}; name the two above each sample `Input` and \
         `Expected Output`"
    )
}

/// The lines that look like headings: short ones right above messages or a block of them, and those with a
/// word for input or output that are marked as a heading.
pub fn headings(lines: &[SourceLine]) -> Vec<NearHeading> {
    let mut below_is_message = false;
    let mut found: Vec<_> = outside_blocks(lines)
        .into_iter()
        .rev()
        .filter_map(|(line, outside)| {
            let words = line.words();
            let above_messages = below_is_message;
            if words.is_empty() || Fence::open(&line.text()).is_some() {
                return None;
            }
            below_is_message = words.starts_with('{');
            let is_heading = outside && is_short(&words) && (above_messages || is_marked(&words));
            is_heading.then(|| NearHeading {
                line: line.place.line,
                text: super::source::shown(&words),
                above_messages,
            })
        })
        .collect();
    found.reverse();
    found
}

/// Each line, and whether it stands outside of fenced blocks.
fn outside_blocks(lines: &[SourceLine]) -> Vec<(&SourceLine, bool)> {
    let mut fence: Option<Fence> = None;
    let outside = |line: &SourceLine| {
        let text = line.text();
        match fence {
            Some(open) if open.is_closed_by(&text) => fence = None,
            Some(_) => return false,
            None => fence = Fence::open(&text),
        }
        true
    };
    let marks: Vec<_> = lines.iter().map(outside).collect();
    lines.iter().zip(marks).collect()
}

fn is_short(words: &str) -> bool {
    !words.starts_with(['{', '[', '"', '}', ']']) && words.chars().count() <= LENGTH_MAX
}

/// Whether a line has one of the words and is set apart: as a heading, bold, with a colon, or alone.
fn is_marked(words: &str) -> bool {
    let lower = words.to_lowercase();
    let is_apart = words.starts_with(['#', '*', '【'])
        || words.ends_with(COLONS)
        || words.split_whitespace().count() <= 2;
    is_apart && WORDS.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::source;

    #[track_caller]
    fn check(text: &str, wanted: &[(usize, &str, bool)]) {
        let lines = source::lines("x", text.as_bytes());
        let found = headings(&lines);
        let found: Vec<_> = found
            .iter()
            .map(|near| (near.line, near.text.as_str(), near.above_messages))
            .collect();
        assert_eq!(found, wanted, "{text}");
    }

    #[test]
    fn headings_above_messages_and_marked_words_are_found() {
        check(
            "The task\n\nAnfrage\n\n{\"a\":1}\nAntwort:\n```json\n{\"b\":2}\n```\n",
            &[(3, "Anfrage", true), (6, "Antwort:", true)],
        );
        check(
            "## Test inputs\nThe input is a line that has one message.\n输入数据：\n**Expected**\n",
            &[
                (1, "## Test inputs", false),
                (3, "输入数据：", false),
                (4, "**Expected**", false),
            ],
        );
    }

    #[test]
    fn messages_and_what_stands_in_blocks_are_no_headings() {
        check("{\"input\":1}\n{\"a\":2}\n", &[]);
        check(
            "```\nInput:\n{\"a\":1}\n```\nInputs {\n",
            &[(5, "Inputs {", false)],
        );
        check(&format!("{}:\n{{}}\n", "long ".repeat(20)), &[]);
    }
}
