//! What evidence means, in sentences.
//!
//! A sentence says what is wrong, where, and what to do, and names the node's own
//! words. All that comes from a node or a file is escaped.

use std::fmt::Write;
use std::time::Duration;

use serde_json::Value;

use super::{escape, fit};
use crate::case::CaseError;
use crate::diagnosis::{Diagnosis, Guess, Stuck};
use crate::excerpt::Excerpt;
use crate::judge::Note;
use crate::matching::Mismatch;
use crate::matching::bindings::Binding;
use crate::matching::compare::{DIFFERENCES_MAX, Difference, DifferenceKind};
use crate::outcome::NotRun;
use crate::transcript::Exit;

/// How much of a value is shown inside a sentence, in columns.
const VALUE_WIDTH_MAX: usize = 60;

/// How many differences of one message are told.
const DIFFERENCES_TOLD: usize = 5;

/// A sentence and the node's own bytes that it speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The sentence.
    pub sentence: String,
    /// The bytes, and the one of them, from 0, to point at.
    pub bytes: Option<(Vec<u8>, Option<usize>)>,
}

/// A cause. `input` and `expected` are the names of the case's files.
pub fn diagnosis(diagnosis: &Diagnosis, input: &str, expected: &str) -> Explained {
    let bytes = match diagnosis {
        Diagnosis::NotJson { bytes, guess, .. } => Some((bytes.clone(), offset(guess))),
        Diagnosis::NoEnvelope { bytes, .. } => Some((bytes.clone(), None)),
        _ => None,
    };
    Explained {
        sentence: cause(diagnosis, input, expected),
        bytes: bytes.filter(|(bytes, _)| !bytes.is_empty()),
    }
}

fn cause(diagnosis: &Diagnosis, input: &str, expected: &str) -> String {
    match diagnosis {
        Diagnosis::BadExit { exit } => format!("the node {}", exited(*exit)),
        Diagnosis::Flooded { output_max } => format!(
            "the node wrote more than {} MiB and was stopped: does it write without end?",
            output_max / (1024 * 1024)
        ),
        Diagnosis::NotJson {
            line, guess, count, ..
        } => {
            format!(
                "stdout line {line} is {}{}",
                guessed(guess),
                such_lines(*count)
            )
        }
        Diagnosis::NoEnvelope { line, missing, .. } => no_envelope(*line, missing),
        Diagnosis::ForeignSource {
            line,
            source,
            nodes,
        } => format!(
            "stdout line {line} has \"src\": {}, but the node's id is {}",
            quoted(source),
            list(nodes)
        ),
        Diagnosis::ReusedId { line, first, id } => format!(
            "stdout line {line} has msg_id {id}, which line {first} had already: \
             each message of a node needs a number of its own"
        ),
        Diagnosis::UnknownDestination { line, destination } => format!(
            "stdout line {line} goes to {}, but nobody in this case has that name",
            quoted(destination)
        ),
        Diagnosis::ReplyToNothing {
            line,
            receiver,
            id,
            requests,
        } => format!(
            "stdout line {line} answers msg_id {} of {}, but {}",
            value_text(id),
            quoted(receiver),
            their_requests(requests)
        ),
        Diagnosis::DoubleReply {
            line,
            first,
            request,
        } => format!(
            "stdout line {line} answers the request on {input}:{request} again; \
             line {first} did already"
        ),
        Diagnosis::TimedOut { timeout, state } => timed_out(*timeout, *state),
        Diagnosis::NotFlushed { waiting } => format!(
            "stdout is not flushed: what {input}:{waiting} waited for came only when the input \
             was closed"
        ),
        Diagnosis::HeldBack {
            waiting,
            name,
            binds,
        } => format!(
            "{input}:{waiting} was held back and never sent: the node didn't write the message \
             with {} ({expected}:{binds})",
            escape::text(name)
        ),
        Diagnosis::WrongOrder => "these are the right messages, but in the wrong order".to_owned(),
        Diagnosis::Silent => "the node wrote nothing to stdout: does it answer, \
             and does it flush what it writes?"
            .to_owned(),
        Diagnosis::MissingReply {
            request,
            kind,
            id,
            count,
        } => format!(
            "the {} request on {input}:{request} (msg_id {id}) got no reply{}",
            escape::text(kind),
            match count {
                1 => String::new(),
                _ => format!(", and {} more got none either", count - 1),
            }
        ),
    }
}

/// How a process ended, as the end of "the node …".
pub fn exited(exit: Exit) -> String {
    match exit {
        Exit::Status(status) => format!("exited with status {status}"),
        Exit::Signal(signal) => match signal_hook::low_level::signal_name(signal) {
            Some(name) => format!("was killed by {name} (signal {signal})"),
            None => format!("was killed by signal {signal}"),
        },
    }
}

fn guessed(guess: &Guess) -> String {
    match guess {
        Guess::Empty => "empty: every line must be a message".to_owned(),
        Guess::TwoMessages(_) => "two messages at once: each message needs a line of its own \
             (is the newline missing, or do two threads write at once?)"
            .to_owned(),
        Guess::PythonDictionary => {
            "no JSON but a Python dictionary as print shows it: use json.dumps".to_owned()
        }
        Guess::CutShort => "cut short: the node stopped in the middle of a message".to_owned(),
        Guess::BrokenJson { reason, .. } => format!("broken JSON: {}", escape::text(reason)),
        Guess::LogLine => "no JSON: is it a log line? Logs go to stderr".to_owned(),
    }
}

fn offset(guess: &Guess) -> Option<usize> {
    match guess {
        Guess::TwoMessages(offset) | Guess::BrokenJson { offset, .. } => Some(*offset),
        _ => None,
    }
}

fn such_lines(count: usize) -> String {
    match count {
        1 => String::new(),
        _ => format!(" ({count} such lines)"),
    }
}

fn no_envelope(line: usize, missing: &str) -> String {
    match missing {
        "" => format!("stdout line {line} is no message: a message is an object"),
        _ => format!(
            "stdout line {line} is no message: it has no {missing} (a message is \
             {{\"src\": …, \"dest\": …, \"body\": {{\"type\": …, …}}}})"
        ),
    }
}

fn their_requests(requests: &[String]) -> String {
    match requests {
        [] => "it sent no request".to_owned(),
        [only] => format!("its only request has msg_id {}", value_text(only)),
        [first, .., last] => format!(
            "its {} requests have other ids ({} to {})",
            requests.len(),
            value_text(first),
            value_text(last)
        ),
    }
}

fn timed_out(timeout: Duration, state: Stuck) -> String {
    let after = format!("timed out after {}", duration(timeout));
    match state {
        Stuck::NotReading { unread } => {
            format!("{after}: the node left {unread} bytes of its input unread")
        }
        Stuck::Idle => format!(
            "{after}: the node has read all its input, but still runs and still owes output"
        ),
        Stuck::StillRunning => format!("{after}: the node still runs and still owes output"),
        Stuck::InputOpen => format!("{after}, before the case had sent all its messages"),
    }
}

/// Where and how the output parts from what was expected, without the file's name.
pub fn mismatch(excerpt: &Excerpt) -> Vec<String> {
    let on_line = |line: Option<usize>| line.map_or_else(String::new, |line| line.to_string());
    let actual_line = on_line(excerpt.actual_line);
    match &excerpt.mismatch {
        Mismatch::Differs { differences, .. } => differing(differences, &actual_line),
        Mismatch::Missing { .. } => vec!["this message never came".to_owned()],
        Mismatch::Unexpected { .. } if excerpt.past_end => vec![format!(
            "stdout line {actual_line} is one message too many: nothing expects it"
        )],
        Mismatch::Unexpected { .. } => vec![format!(
            "stdout line {actual_line} came before this message, and nothing expects it"
        )],
        Mismatch::Late { .. } => vec![format!(
            "this message came in the wrong place, on stdout line {} instead of {actual_line}",
            on_line(excerpt.came_on)
        )],
    }
}

fn differing(differences: &[Difference], actual_line: &str) -> Vec<String> {
    let told = differences.iter().take(DIFFERENCES_TOLD).map(difference);
    let mut sentences: Vec<_> = told.collect();
    if let Some(first) = sentences.first_mut() {
        let _ = write!(first, " (stdout line {actual_line})");
    }
    let untold = differences.len().saturating_sub(DIFFERENCES_TOLD);
    if untold > 0 {
        let or_more = if differences.len() == DIFFERENCES_MAX {
            " or more"
        } else {
            ""
        };
        sentences.push(format!("and {untold}{or_more} other differences"));
    }
    sentences
}

fn difference(difference: &Difference) -> String {
    let path = if difference.path.is_root() {
        "this line".to_owned()
    } else {
        escape::text(&difference.path.to_string())
    };
    match &difference.kind {
        DifferenceKind::Value { expected, actual } => {
            format!("{path} should be {}, is {}", shown(expected), shown(actual))
        }
        DifferenceKind::Missing { expected } => {
            format!("{path} is missing; it should be {}", shown(expected))
        }
        DifferenceKind::Unexpected { actual } => {
            format!("{path} should not be there; it is {}", shown(actual))
        }
        DifferenceKind::Id {
            expected,
            actual,
            bound,
        } => id_clash(&path, expected, actual, bound),
        DifferenceKind::Name {
            expected,
            actual,
            bound,
        } => format!(
            "{path} should be {} again, as on line {}, is {}: both are {}",
            shown(&bound.value),
            bound.line,
            shown(actual),
            escape::text(expected)
        ),
        DifferenceKind::Text => format!("{path} differs"),
    }
}

fn id_clash(path: &str, expected: &str, actual: &str, bound: &Binding) -> String {
    let (expected, actual) = (value_text(expected), value_text(actual));
    let line = bound.line;
    if bound.actual == actual {
        format!(
            "{path}: the node's {actual} matched {} on line {line} already, \
             so it can't match {expected} here",
            value_text(&bound.expected)
        )
    } else {
        format!(
            "{path} should be {}, which matched {expected} on line {line}; it is {actual}",
            value_text(&bound.actual)
        )
    }
}

/// What was normalized away.
pub fn renamed(bindings: &[Binding]) -> Option<String> {
    let one = |binding: &Binding| {
        format!(
            "{} matched expected {}",
            value_text(&binding.actual),
            value_text(&binding.expected)
        )
    };
    let all: Vec<_> = bindings.iter().map(one).collect();
    (!all.is_empty()).then(|| format!("msg_id {}", all.join(", ")))
}

/// Something worth saying about a run.
pub fn note(note: &Note) -> String {
    match note {
        Note::Lingered => "the node did not exit when its input ended; it was killed".to_owned(),
        Note::LeftChildren => {
            "the node left child processes behind when it exited; they were killed".to_owned()
        }
    }
}

/// Why a case could not be run: the place, if there is one, and the sentence.
pub fn not_run(reason: &NotRun) -> String {
    match reason {
        NotRun::BadCase(error) => case_error(error),
        NotRun::NotStarted { program, error } => {
            let program = escape::text(&program.display().to_string());
            format!("{program} could not be started: {}", start_error(error))
        }
        NotRun::Broken(error) => format!("the harness could not watch the node: {error}"),
    }
}

fn start_error(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            "the file is there, so the interpreter in its first line (#!…) is not".to_owned()
        }
        std::io::ErrorKind::PermissionDenied => {
            "it is not executable; chmod +x makes it so".to_owned()
        }
        _ if error.raw_os_error() == Some(EXEC_FORMAT) => {
            "it is no program for this machine; a script needs a first line like \
             #!/usr/bin/env python3"
                .to_owned()
        }
        _ => error.to_string(),
    }
}

/// `ENOEXEC`, which the standard library has no kind for.
const EXEC_FORMAT: i32 = 8;

/// What is wrong with a case's files, place first.
pub fn case_error(error: &CaseError) -> String {
    let name = |file: &std::path::Path| escape::text(&file.display().to_string());
    match error {
        CaseError::Unreadable { file, error } => format!("{}: {error}", name(file)),
        CaseError::Syntax { file, error } => format!(
            "{}:{}:{}: {}",
            name(file),
            error.line,
            error.column,
            escape::text(&error.problem.to_string())
        ),
    }
}

/// Words as one would type them in a shell, whatever is in them.
pub fn quoted_words(words: &[String]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| quoted_word(word)).collect();
    quoted.join(" ")
}

fn quoted_word(word: &str) -> String {
    if escape::text(word) == word {
        // Only a NUL can't be quoted, and that one is escaped.
        return shlex::try_quote(word).unwrap_or_default().into_owned();
    }
    let escaped = word.chars().map(|character| match character {
        '\\' | '\'' => format!("\\{character}"),
        _ if character.is_ascii_control() => format!("\\x{:02x}", u32::from(character)),
        _ if escape::text(&character.to_string()) != character.to_string() => {
            format!("\\U{:08x}", u32::from(character))
        }
        _ => character.to_string(),
    });
    format!("$'{}'", escaped.collect::<String>())
}

/// A duration as one would say it.
pub fn duration(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}

fn shown(value: &Value) -> String {
    fit::text(&value.to_string(), VALUE_WIDTH_MAX)
}

fn value_text(digits: &str) -> String {
    fit::text(digits, VALUE_WIDTH_MAX)
}

fn quoted(name: &str) -> String {
    shown(&Value::from(name))
}

fn list(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| quoted(name)).collect();
    names.join(" or ")
}
