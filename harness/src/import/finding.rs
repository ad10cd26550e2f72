//! What an import has to tell about its source, as values; their words are the last thing here.

use std::fmt;

use super::near::{self, NearHeading};
use super::source::SourcePlace;

/// Something about a line of the source that its user should look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceWarning {
    pub place: SourcePlace,
    pub finding: ImportFinding,
}

impl SourceWarning {
    /// Whether it tells which replies a sample leaves out: nearly all samples do.
    pub fn is_left_out(&self) -> bool {
        matches!(self.finding, ImportFinding::LeftOut { .. })
    }
}

/// What there is to tell about a line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ImportFinding {
    /// Text that belongs to no part of a case.
    Unused {
        /// Its first line.
        text: String,
        /// How many lines it has.
        lines: usize,
    },
    /// A fenced block that no label announces.
    UnusedBlock,
    /// A fence that is never closed.
    OpenFence,
    /// A sample without a title.
    NoTitle {
        /// The one that it was given.
        title: String,
    },
    /// A title with nothing to send: no case.
    NoInput { title: String },
    /// A sample that doesn't say what the node must answer.
    NoExpected { title: String },
    /// A sample in which the node must say nothing.
    EmptyExpected { title: String },
    /// Requests whose replies a sample leaves out: a node passes that gives none.
    LeftOut {
        title: String,
        /// The types of the requests, the first ones.
        kinds: Vec<String>,
        /// How many requests there are.
        count: usize,
    },
    /// A timeout that is none.
    BadTimeout { text: String },
    /// A line to send that is no JSON.
    SentAsItStands { reason: String },
    /// A line that would mean something else in the `.in`.
    NotSent { taken_for: LineMeaning },
    /// An expected line that would mean something else in the `.expected`.
    NotCompared { taken_for: LineMeaning },
    /// An expected line that is `...`: the page leaves something out there.
    Ellipsis,
    /// An expected line that is no JSON.
    ComparedAsText { reason: String },
    /// Typographic quotes in a line that is no JSON.
    SmartQuotes,
    /// Spaces that JSON doesn't know, replaced by plain ones.
    Spaced,
    /// Bytes that are no UTF-8, replaced by U+FFFD.
    NotUtf8,
    /// A string that looks like a placeholder of the harness, which pages don't have.
    TakenLiterally { text: String },
    /// A message over several lines, which stands on one now.
    Joined { lines: usize },
    /// A key that looks like a pattern: keys can't be patterns.
    PatternKey { key: String },
    /// A key that means "any further keys".
    RestKey,
    /// A pattern that is too large.
    PatternTooLarge,
    /// An array with `...` among its elements: they are no longer compared.
    Loosened,
    /// A bare `.*` among the elements of an array.
    OneElement,
    /// A sample in the form that the rest of the source doesn't have.
    OtherForm { title: String },
    /// An input without output where no samples stand.
    Chapter { title: String },
    /// `input.jsonl` is none of the numbered ones.
    NotRepeated,
    /// A file of samples without its other half.
    Alone {
        /// The one that is missing.
        missing: String,
    },
    /// A file that is named almost like samples.
    NotRead,
    /// Samples of a folder that stand in the task's text, too.
    Repeated { count: usize },
    /// A text without samples that looks as if it had some.
    NoSample {
        /// The lines that look like headings.
        near: Vec<NearHeading>,
    },
    /// A text in an encoding that isn't UTF-8.
    Utf16,
    /// A file or folder of a course that can't be read.
    NotReadable { reason: String },
    /// A case that the harness could not run.
    NotLoadable {
        title: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// What a line would be taken for in an `.in`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineMeaning {
    Comment,
    Directive,
    /// A message with a name that an `.expected` must bind.
    Name(String),
}

impl fmt::Display for LineMeaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comment => f.write_str("a comment"),
            Self::Directive => f.write_str("a directive"),
            Self::Name(name) => write!(f, "a name that the .expected binds, `{name}`"),
        }
    }
}

/// That a sample leaves out replies.
fn left_out(title: &str, kinds: &[String], count: usize) -> String {
    let others = match count.saturating_sub(kinds.len()) {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    format!(
        "`{title}` leaves out the reply to {}{others}: a node without these replies passes (`harness bless \
         --missing` adds the replies of a node that you trust)",
        kinds.join(", ")
    )
}

impl fmt::Display for ImportFinding {
    #[expect(
        clippy::too_many_lines,
        reason = "a table: one sentence for each finding"
    )]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unused { text, lines: 1 } => {
                write!(f, "this line belongs to no part of a case: {text}")
            }
            Self::Unused { text, lines } => {
                write!(
                    f,
                    "these {lines} lines belong to no part of a case: {text} ..."
                )
            }
            Self::UnusedBlock => {
                f.write_str("no `Input` or `Expected output` stands above this block: left out")
            }
            Self::OpenFence => f.write_str("this block is never closed: it goes on to the end"),
            Self::NoTitle { title } => {
                write!(f, "this sample has no title; it is called `{title}`")
            }
            Self::NoInput { title } => write!(f, "`{title}` has no input: not imported"),
            Self::NoExpected { title } => write!(
                f,
                "`{title}` has no expected output: only its .in is written, and the case fails \
                 until there is an .expected"
            ),
            Self::EmptyExpected { title } => write!(
                f,
                "the expected output of `{title}` is empty: its node must say nothing"
            ),
            Self::LeftOut {
                title,
                kinds,
                count,
            } => f.write_str(&left_out(title, kinds, *count)),
            Self::BadTimeout { text } => {
                write!(f, "`{text}` is no time that a case can have: left out")
            }
            Self::SentAsItStands { reason } => {
                write!(
                    f,
                    "this input is no JSON, {reason}; it is sent as it stands"
                )
            }
            Self::NotSent { taken_for } => write!(
                f,
                "this input would be taken for {taken_for}: it stands in the .in as a comment \
                 and is not sent"
            ),
            Self::NotCompared { taken_for } => write!(
                f,
                "this output would be taken for {taken_for}: it stands in the .expected as a comment \
                 and is not compared",
            ),
            Self::Ellipsis => f.write_str(
                "`...` is compared as text, so no node that writes only messages can pass: delete this \
                 line of the .expected; if other messages may stand there, write `@match contains` in \
                 the .in",
            ),
            Self::ComparedAsText { reason } => {
                write!(
                    f,
                    "this output is no JSON, {reason}; it is compared as text, so no node that writes \
                     only messages can pass: mend or delete this line of the .expected"
                )
            }
            Self::SmartQuotes => f.write_str(
                "typographic quotes stand here where JSON wants \"; the page may have changed them",
            ),
            Self::Spaced => f.write_str(
                "spaces that JSON doesn't know were replaced by plain ones (a page may add them)",
            ),
            Self::NotUtf8 => {
                f.write_str("bytes that are no UTF-8 were replaced by U+FFFD in this line")
            }
            Self::TakenLiterally { text } => write!(
                f,
                "`{text}` stands for this very text: where the value may differ, write `.*` on the page, \
                 or a placeholder in the .expected"
            ),
            Self::Joined { lines } => write!(
                f,
                "this message stands on {lines} lines; they were joined into one, for nodes read one \
                 message a line"
            ),
            Self::PatternKey { key } => write!(
                f,
                "the key `{key}` looks like a pattern, but keys are compared as they stand"
            ),
            Self::RestKey => {
                f.write_str("the key `<...>` can't be expected: here it means any further keys")
            }
            Self::PatternTooLarge => {
                f.write_str("a pattern in this line is too large: any string passes there")
            }
            Self::Loosened => {
                f.write_str("`...` stands among the elements of an array: any array passes there")
            }
            Self::OneElement => {
                f.write_str("`.*` stands among the elements of an array: taken for one element")
            }
            Self::OtherForm { title } => write!(
                f,
                "`{title}` is a sample in another form than the others: not imported; \
                 import it from a text of its own"
            ),
            Self::Chapter { title } => write!(
                f,
                "the input under `{title}` has no expected output and stands apart from the \
                 samples: not imported"
            ),
            Self::NotRepeated => f.write_str(
                "this repeats none of the numbered inputs, so it is imported as a case of its own",
            ),
            Self::Alone { missing } => write!(f, "there is no {missing} beside it: not imported"),
            Self::NotRead => f.write_str("neither input-N.jsonl nor expected-N.txt: not imported"),
            Self::Repeated { count: 1 } => {
                f.write_str("this sample stands in the text of its task, too: imported once")
            }
            Self::Repeated { count } => write!(
                f,
                "{count} samples of this folder stand in the text of its task, too: imported once"
            ),
            Self::NoSample { near } => write!(
                f,
                "no sample is in this text{}",
                near::looks_like_headings(near)
            ),
            Self::Utf16 => f.write_str("this is UTF-16 text; save it as UTF-8: not imported"),
            Self::NotReadable { reason } => write!(f, "{reason}: not imported"),
            Self::NotLoadable { title, reason } => {
                write!(
                    f,
                    "`{title}` is no case that can be run: {reason}; not imported"
                )
            }
        }
    }
}
