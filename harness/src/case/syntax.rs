//! What can be wrong in a case's file, and the lines that all its files share.
//!
//! Comments, blank lines, line ends and the byte-order mark are one thing for
//! `.in` and `.expected`; what a line means is for their own parsers.

use std::fmt;

use serde_json::Value;

use super::pattern::BadPlaceholder;
use super::settings::Origin;
use crate::escape::file_name;

/// A place in a file and the rule that is broken there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    pub problem: Problem,
}

/// A rule that a case's file can break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// `@verb` that doesn't exist, with the nearest one that does.
    UnknownDirective {
        verb: String,
        /// The known verb that looks most like it.
        nearest: &'static str,
    },
    /// A directive of the head after the first message.
    NotInHead {
        verb: &'static str,
        /// The line of the first message.
        first_message: usize,
    },
    /// `@sleep` with no message before it.
    NotAfterMessage { verb: &'static str },
    /// A directive that may stand once, twice.
    Repeated {
        verb: &'static str,
        /// The line on which it stood first.
        first: usize,
    },
    /// A directive without its argument, or with one that it can't take.
    BadArgument {
        verb: &'static str,
        /// What it takes, with an example.
        wants: &'static str,
        found: String,
    },
    /// An `.in` that sends nothing: any node at all would pass it.
    NoMessage,
    /// A `harness.toml` that is no TOML.
    NotToml { reason: String },
    /// A key in a `harness.toml` that doesn't exist, with the nearest one that does.
    UnknownKey {
        key: String,
        /// The known key that looks most like it.
        nearest: &'static str,
        all: String,
    },
    /// A value in a `harness.toml` that its key can't take.
    BadValue {
        key: &'static str,
        /// What it takes, with an example.
        wants: &'static str,
        found: String,
    },
    /// A string in angle brackets that is no placeholder.
    BadPlaceholder(BadPlaceholder),
    /// A name in the `.in` that no message of the `.expected` binds.
    UnboundName {
        text: String,
        /// The bound name that looks most like it.
        nearest: Option<String>,
    },
    /// An expected message of a type that isn't compared.
    Ignored {
        kind: String,
        /// Who says that it isn't.
        by: Origin,
    },
    /// A client's request whose reply isn't compared.
    IgnoredReply {
        kind: String,
        /// Who says that it isn't.
        by: Origin,
    },
    /// An expected message to a service that the harness plays.
    ForService {
        service: &'static str,
        /// Who says that it does.
        by: Origin,
    },
    /// A key that stands twice in one object of an `.expected`: only one of them would count.
    RepeatedKey { key: String },
    /// A file in UTF-16.
    Utf16,
    /// A mark of a merge that nobody has finished.
    MergeMark,
    /// A directive in an `.expected`.
    InExpected { verb: &'static str },
    /// A comment that starts with `//`, or stands behind a message.
    ForeignComment,
    /// Bytes that are no UTF-8 where only text makes sense.
    NotUtf8,
    /// A directive that needs a cluster, in a case without one.
    NoCluster { verb: &'static str },
    /// An option of `@cluster` that doesn't exist, with the nearest one that does.
    UnknownOption {
        option: String,
        /// The known option that looks most like it.
        nearest: &'static str,
    },
    /// A name that no node of the cluster has.
    UnknownNode {
        name: String,
        /// The node's name that looks most like it.
        nearest: String,
    },
    /// A directive that would change nothing.
    InVain { verb: &'static str, reason: String },
    /// `@eventually` without a message right after it.
    NotBeforeRequest { verb: &'static str },
    /// A line in a case with a cluster that is no message.
    NoEnvelope,
    /// A sender in a case with a cluster that is no client.
    NoClient { found: String },
    /// A message to a node that was killed.
    DeadNode {
        node: String,
        /// The line that killed it.
        killed: usize,
    },
    /// An expected message that never reaches a client.
    NotForClient { destination: String },
}

fn no_such(f: &mut fmt::Formatter<'_>, what: &str, text: &str, nearest: &str) -> fmt::Result {
    write!(f, "there is no {what} `{text}`; did you mean `{nearest}`?")
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownDirective { verb, nearest } => {
                no_such(f, "directive", &format!("@{verb}"), &format!("@{nearest}"))
            }
            Self::NotInHead {
                verb,
                first_message,
            } => write!(
                f,
                "`@{verb}` belongs in the head of the file, \
                 before the first message (line {first_message})"
            ),
            Self::NotAfterMessage { verb } => write!(
                f,
                "`@{verb}` means nothing here: it must stand after a message"
            ),
            Self::Repeated { verb, first } => {
                write!(f, "`@{verb}` stands twice; the first is on line {first}")
            }
            Self::BadArgument { verb, wants, found } if found.is_empty() => {
                write!(f, "`@{verb}` wants {wants}")
            }
            Self::BadArgument { verb, wants, found } => {
                write!(f, "`@{verb}` wants {wants}, not `{found}`")
            }
            Self::NotToml { reason } => write!(f, "this is no TOML: {reason}"),
            Self::UnknownKey { key, nearest, all } => {
                no_such(f, "key", key, nearest)?;
                write!(f, " The keys are {all}")
            }
            Self::BadValue { key, wants, found } => {
                write!(f, "`{key}` wants {wants}, not `{found}`")
            }
            Self::NoMessage => {
                f.write_str("no message stands here: such a case would prove nothing")
            }
            Self::UnboundName { text, nearest } => {
                write!(f, "no message in the .expected has `{text}`")?;
                let kind = text.split(':').next().unwrap_or_default();
                match nearest {
                    Some(name) => write!(f, "; did you mean `{kind}:{name}>`?"),
                    None => Ok(()),
                }
            }
            Self::Ignored { kind, by } => ignored(f, "is expected here", kind, by),
            Self::IgnoredReply { kind, by } => {
                ignored(f, "answers this request", &format!("{kind}_ok"), by)
            }
            Self::ForService { service, by } => for_service(f, service, by),
            Self::BadPlaceholder(bad) => write!(f, "{bad}"),
            Self::RepeatedKey { key } => write!(
                f,
                "the key `{key}` stands twice in one object: only one of the two would count"
            ),
            Self::Utf16 => f.write_str("this file is UTF-16; save it as UTF-8"),
            Self::MergeMark => f.write_str(
                "this is a conflict marker of an unfinished merge: keep one of the versions",
            ),
            Self::InExpected { verb } => write!(f, "`@{verb}` belongs in the .in"),
            Self::ForeignComment => {
                f.write_str("a comment stands on a line of its own, and starts with `#`")
            }
            Self::NotUtf8 => f.write_str("this line is no UTF-8 text"),
            Self::NoCluster { verb } => write!(
                f,
                "`@{verb}` needs a cluster: `@cluster n0 n1 n2` in the head of the file"
            ),
            Self::UnknownOption { option, nearest } => no_such(f, "option", option, nearest),
            Self::UnknownNode { name, nearest } => write!(
                f,
                "`@cluster` names no node `{name}`; did you mean `{nearest}`?"
            ),
            Self::InVain { verb, reason } => {
                write!(f, "`@{verb}` means nothing here: {reason}")
            }
            Self::NotBeforeRequest { verb } => write!(
                f,
                "`@{verb}` means nothing here: it must stand right before a request"
            ),
            Self::NoEnvelope => f.write_str(
                "in a case with `@cluster` every line is a message, with src, dest and body",
            ),
            Self::NoClient { found } if found == "c0" => {
                f.write_str("c0 is the harness, which sends init and topology itself")
            }
            Self::NoClient { found } => write!(
                f,
                "in a case with `@cluster` clients ask (c1, c2, ...), and nodes speak for \
                 themselves: not `{found}`"
            ),
            Self::DeadNode { node, killed } => {
                write!(f, "{node} is dead since line {killed}: nobody can ask it")
            }
            Self::NotForClient { destination } => write!(
                f,
                "in a case with `@cluster` only what reaches clients (c1, c2, ...) is expected, \
                 nothing to `{destination}`"
            ),
        }
    }
}

/// Which directive or key says so.
fn said(by: &Origin, what: &str) -> String {
    match by {
        Origin::CommandLine => "the command line".to_owned(),
        Origin::Case { line } => format!("`@{what}` on line {line} of the .in"),
        Origin::Config { file, line } => {
            format!("`{what}` on line {line} of {}", file_name(file))
        }
    }
}

fn for_service(f: &mut fmt::Formatter<'_>, service: &str, by: &Origin) -> fmt::Result {
    write!(
        f,
        "a message to {service} is expected here, but {} lets the harness play {service}: what the node asks \
         of it is no part of the comparison",
        said(by, "service")
    )
}

fn ignored(f: &mut fmt::Formatter<'_>, does: &str, kind: &str, by: &Origin) -> fmt::Result {
    let by = said(by, "ignore");
    write!(
        f,
        "a message of type `{kind}` {does}, but {by} takes messages of that type out of the comparison"
    )
}

/// A word of a directive's argument, and its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyntaxWord<'line> {
    /// Where it starts, from 1, in characters.
    pub column: usize,
    pub text: &'line str,
}

/// A column, and the rule that is broken there.
pub type Refusal = (usize, Problem);

impl SyntaxWord<'_> {
    /// That the directive wants something else.
    pub fn refused(&self, verb: &'static str, wants: &'static str) -> Refusal {
        let found = self.text.to_owned();
        (self.column, Problem::BadArgument { verb, wants, found })
    }
}

/// The words of a text that starts at a column.
pub fn words(text: &str, column: usize) -> Vec<SyntaxWord<'_>> {
    let mut words = Vec::new();
    let mut column = column;
    for text in text.split(char::is_whitespace) {
        if !text.is_empty() {
            words.push(SyntaxWord { column, text });
        }
        column += text.chars().count() + 1;
    }
    words
}

/// The lines of a file with their numbers (from 1), without line ends, byte-order mark or
/// blank lines.
pub fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    without_mark(bytes)
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.trim_ascii().is_empty())
}

/// A file without the byte-order mark that some editors put at its start.
pub fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Where a string stands in a line of JSON, in characters from 1; 1 if it is spelt otherwise there.
pub fn column(line: &str, text: &str) -> usize {
    let before = line.split_once(&Value::from(text).to_string());
    before.map_or(0, |(before, _)| before.chars().count()) + 1
}

/// The text of a comment line, or `None` if it isn't one.
pub fn comment(line: &[u8]) -> Option<&[u8]> {
    Some(line.trim_ascii().strip_prefix(b"#")?.trim_ascii())
}

pub fn text(number: usize, line: &[u8]) -> Result<&str, SyntaxError> {
    std::str::from_utf8(line)
        .map_err(|error| not_utf8(number, line.get(..error.valid_up_to()).unwrap_or_default()))
}

/// That a line is no text right after what is.
pub(super) fn not_utf8(line: usize, valid: &[u8]) -> SyntaxError {
    SyntaxError {
        line,
        column: String::from_utf8_lossy(valid).chars().count() + 1,
        problem: Problem::NotUtf8,
    }
}
