//! Causes in sentences: what a person should fix first.

use std::fmt::Write;
use std::time::Duration;

use serde_json::Value;

use super::protocol::{guessed, is_service, lacking, line_ends, not_found, refused, service_meant};
use super::{escape, nodes};
use crate::case::expected::is_ellipsis;
use crate::diagnosis::{Diagnosis, Stuck};
use crate::output::BYTES_EACH;
use crate::phrases::fit;
use crate::phrases::{VALUE_WIDTH_MAX, duration, exited, quoted, shown, size, value_text};
use crate::process::exit::Exit;
use crate::transcript::InVain;

/// A sentence and the node's own bytes that it speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    pub sentence: String,
    /// The bytes, and the one of them, from 0, to point at.
    pub bytes: Option<(Vec<u8>, Option<usize>)>,
}

/// A cause. `input` and `expected` are the names of the case's files.
pub fn diagnosis(diagnosis: &Diagnosis, input: &str, expected: &str) -> Explained {
    let bytes = diagnosis.facts().bytes;
    Explained {
        sentence: cause(diagnosis, input, expected),
        bytes: bytes.map(|(bytes, offset)| (bytes.to_vec(), offset)),
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "a table: one sentence for each cause"
)]
fn cause(diagnosis: &Diagnosis, input: &str, expected: &str) -> String {
    match diagnosis {
        Diagnosis::BadExit {
            exit,
            last_words,
            all_right,
            counts,
        } => {
            if !counts {
                return late_exit(*exit, last_words);
            }
            let end = if *all_right {
                "; what it wrote was right, but it should read on until its input ends, and then exit \
                 with status 0"
            } else {
                ""
            };
            bad_exit("the node", *exit, "", last_words) + end
        }
        Diagnosis::Crashed {
            node,
            exit,
            last_words,
        } => {
            let node = fit::told(node);
            bad_exit(
                &node,
                *exit,
                ", though the harness had not killed it",
                last_words,
            )
        }
        Diagnosis::Broke {
            node,
            rule,
            bytes,
            guess,
            count,
        } => {
            let guess = guess.as_ref().map(guessed);
            nodes::broke(node, rule, bytes, guess.as_deref()) + &such_breaches(*count)
        }
        Diagnosis::AskedInVain {
            request,
            within,
            times,
        } => nodes::asked_in_vain(&format!("{input}:{request}"), *within, *times),
        Diagnosis::LeftEarly { sent_line: 0 } => {
            "the node exited before the case had sent it anything".to_owned()
        }
        Diagnosis::LeftEarly { sent_line } => format!(
            "the node exited (with status 0) before it had been told everything: \
             the last line that was sent is {input}:{sent_line}"
        ),
        Diagnosis::Flooded {
            output_max,
            in_values,
        } => {
            let (limit, bytes) = (size(*output_max), BYTES_EACH);
            let (wrote, now) = if *in_values {
                let values = output_max / BYTES_EACH;
                let now = format!(" (now {limit}, with one value for every {bytes} bytes)");
                (format!("{values} JSON values and lines"), now)
            } else {
                (limit, String::new())
            };
            format!(
                "the node wrote more than {wrote} to stdout and was stopped: does it write without end? \
                 `@output-max` in {input} raises the limit{now}"
            )
        }
        Diagnosis::NotJson {
            line,
            guess,
            count,
            or_more,
            ..
        } => {
            format!(
                "stdout line {line} is {}{}",
                guessed(guess),
                such_lines(*count, *or_more)
            )
        }
        Diagnosis::NoEnvelope {
            line, field, found, ..
        } => no_envelope(*line, field, found.as_ref()),
        Diagnosis::Malformed {
            line, malformed, ..
        } => {
            format!("stdout line {line} is a message {}", refused(malformed))
        }
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
            "stdout line {line} has msg_id {}, which line {first} had already: \
             each message of a node needs a number of its own",
            value_text(id)
        ),
        Diagnosis::BadId { line, found } => format!(
            "stdout line {line} has the msg_id {}: it must be an integer",
            shown(found)
        ),
        Diagnosis::UnknownDestination { line, destination } if is_service(destination) => {
            format!(
                "stdout line {line} goes to {destination}, a service of Maelstrom that nobody plays in this \
                 case: let the harness do so with `@service {destination}` in the head of the .in"
            )
        }
        Diagnosis::UnknownDestination { line, destination } => format!(
            "stdout line {line} goes to {}, but nobody in this case has that name{}",
            quoted(destination),
            service_meant(destination)
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
        Diagnosis::TimedOut {
            timeout,
            state,
            waited,
        } => timed_out(*timeout, *state) + &waited.map(busy).unwrap_or_default(),
        Diagnosis::NotFlushed(late) => not_flushed(input, late),
        Diagnosis::HeldBack {
            waiting,
            name,
            binds,
            others,
        } => format!(
            "{}: the node didn't write the message with {} ({expected}:{binds})",
            held_back(input, *waiting, *others),
            fit::told(name)
        ),
        Diagnosis::Unlinked {
            line,
            kind,
            request,
            id,
            found,
        } => {
            let kind = fit::told(kind);
            let wrong = match found {
                None => "has no in_reply_to".to_owned(),
                Some(found) => format!("has the in_reply_to {}", shown(found)),
            };
            format!(
                "stdout line {line}, {} {kind}, {wrong}: as the answer to {input}:{request} it \
                 needs {}, a number, in its body",
                article(&kind),
                value_text(id)
            )
        }
        Diagnosis::ErrorReply {
            request,
            kind,
            code,
            text,
        } => format!(
            "the node answered the {} request on {input}:{request} with error {}: {}",
            fit::told(kind),
            shown(code),
            fit::text(text, VALUE_WIDTH_MAX)
        ),
        Diagnosis::NothingSent { line, .. } => format!(
            "no line of {input} is JSON, from {input}:{line} on, so the node got no message: is it the \
             right file?"
        ),
        Diagnosis::NoMessageExpected { line, .. } => format!(
            "no line of {expected} is JSON, from {expected}:{line} on, so the node's messages are compared \
             with text: is it the right file?"
        ),
        Diagnosis::ExpectedNotJson { line, reason } => format!(
            "{expected}:{line} looks like JSON, but is none ({}), so it is compared as text",
            fit::told(reason)
        ),
        Diagnosis::ExpectedText { line, bytes } => expected_text(expected, *line, bytes),
        Diagnosis::InputNotJson { line, reason } => format!(
            "{input}:{line} looks like JSON, but is none ({}); it was sent as it stands",
            fit::told(reason)
        ),
        Diagnosis::WrongOrder => {
            "these are the right messages, but in the wrong order; if any order is right, say \
                                  `@match unordered` in the .in"
                .to_owned()
        }
        Diagnosis::Silent => "the node wrote nothing to stdout: does it answer, \
             and does it flush its stdout?"
            .to_owned(),
        Diagnosis::MissingReply {
            rested,
            request,
            kind,
            id,
            count,
        } => format!(
            "the {} request on {input}:{request} (msg_id {id}) got no reply{}{}",
            fit::told(kind),
            match count {
                1 => String::new(),
                _ => format!(", and {} more got none either", count - 1),
            },
            rested.map(gave_up).unwrap_or_default(),
        ),
    }
}

/// A text among expected messages.
fn expected_text(expected: &str, line: usize, bytes: &[u8]) -> String {
    let advice = if is_ellipsis(&String::from_utf8_lossy(bytes)) {
        ": delete it; if other messages may stand there, write `@match contains` in the .in"
    } else {
        ""
    };
    format!(
        "{expected}:{line} is no message, so no node that writes only messages can pass{advice}"
    )
}

fn held_back(input: &str, waiting: usize, others: usize) -> String {
    let others = match others {
        0 => String::new(),
        1 => ", nor was the message after it".to_owned(),
        _ => format!(", nor were the {others} messages after it"),
    };
    format!("{input}:{waiting} was held back and never sent{others}")
}

/// That a node wrote something only once stdin was closed.
pub fn not_flushed(input: &str, late: &InVain) -> String {
    let line = late.line;
    let came = match &late.name {
        None => format!("no answer to {input}:{line} came until stdin was closed"),
        Some(name) => format!(
            "the message with {}, which {input}:{line} answers, came only once stdin was closed",
            fit::told(name)
        ),
    };
    format!(
        "{came}: flush stdout after each message, and answer before the input ends (Maelstrom never closes stdin); \
         a slow node has more time with a longer --timeout"
    )
}

/// That a node exited badly, though nobody can see that under Maelstrom.
pub fn late_exit(exit: Exit, last_words: &[u8]) -> String {
    bad_exit("the node", exit, " once stdin was closed", last_words)
}

fn bad_exit(node: &str, exit: Exit, though: &str, last_words: &[u8]) -> String {
    let mut sentence = format!("{node} {}{though}{}", exited(exit), not_found(exit));
    if !last_words.is_empty() {
        let words = fit::text(&escape::utf8(last_words), LAST_WORDS_WIDTH_MAX);
        let _ = write!(sentence, ": {words}{}", line_ends(last_words));
    }
    sentence
}

/// How much of a node's last words is shown, in columns.
const LAST_WORDS_WIDTH_MAX: usize = 200;

fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    }
}

fn such_lines(count: usize, or_more: bool) -> String {
    match (count, or_more) {
        (1, false) => String::new(),
        (_, false) => format!(" ({count} such lines)"),
        (_, true) => format!(" ({count} or more such lines)"),
    }
}

fn such_breaches(count: usize) -> String {
    match count {
        1 => String::new(),
        SUCH_LINES_MAX.. => format!(" ({SUCH_LINES_MAX} or more breaches of the protocol)"),
        _ => format!(" ({count} breaches of the protocol)"),
    }
}

/// No more breaches of a run are kept, so a count of so many may be too small.
const SUCH_LINES_MAX: usize = 1000;

fn no_envelope(line: usize, field: &str, found: Option<&Value>) -> String {
    format!(
        "stdout line {line} is no message: {}",
        lacking(field, found)
    )
}

fn their_requests(requests: &[String]) -> String {
    match requests {
        [] => "it sent no request".to_owned(),
        [only] => format!("its only request has msg_id {}", value_text(only)),
        [first, second] => format!(
            "its 2 requests have other ids ({} and {})",
            value_text(first),
            value_text(second)
        ),
        [first, second, .., last] => format!(
            "its {} requests have other ids ({}, {}, … {})",
            requests.len(),
            value_text(first),
            value_text(second),
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
        Stuck::Owing => format!("{after}: the nodes still owe messages to clients"),
        Stuck::InputOpen => format!("{after}, before the case had sent all its messages"),
        Stuck::Awaited => format!("{after}: the node was still working on the messages sent to it"),
    }
}

/// That a reply may only be slow.
fn gave_up(rested: Duration) -> String {
    let rested = duration(rested);
    format!("; the node rested for {rested} without it, and a longer --timeout waits longer")
}

/// What may have been the reason that it took so long.
fn busy(waited: Duration) -> String {
    format!(
        "; the machine was busy (the node waited {} ms for a CPU): give it more time with --timeout, or run fewer \
         cases at once with --jobs",
        waited.as_millis()
    )
}

fn list(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| quoted(name)).collect();
    names.join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::Guess;
    use crate::json;

    #[test]
    fn missing_reply_may_only_be_slow() {
        let told = |rested, count| {
            let missing = Diagnosis::MissingReply {
                rested,
                request: 3,
                kind: "read".to_owned(),
                id: "2".to_owned(),
                count,
            };
            diagnosis(&missing, "a.in", "a.expected").sentence
        };
        let says = "the read request on a.in:3 (msg_id 2) got no reply";
        assert_eq!(told(None, 1), says);
        assert_eq!(
            told(Some(Duration::from_millis(1250)), 2),
            format!(
                "{says}, and 1 more got none either; the node rested for 1s 250ms without it, and a longer \
                 --timeout waits longer"
            )
        );
    }

    #[test]
    fn node_that_had_no_cpu_is_not_blamed_alone() {
        let timed_out = |waited| Diagnosis::TimedOut {
            timeout: Duration::from_millis(500),
            state: Stuck::Awaited,
            waited,
        };
        let told = |waited| diagnosis(&timed_out(waited), "a.in", "a.expected").sentence;
        let node = "timed out after 500ms: the node was still working on the messages sent to it";
        assert_eq!(told(None), node);
        assert_eq!(
            told(Some(Duration::from_micros(345_678))),
            format!(
                "{node}; the machine was busy (the node waited 345 ms for a CPU): give it more time with \
                 --timeout, or run fewer cases at once with --jobs"
            )
        );
    }

    #[test]
    fn flood_is_told_by_the_bound_that_it_broke() {
        let told = |in_values| {
            let output_max = 2 << 20;
            let flooded = Diagnosis::Flooded {
                output_max,
                in_values,
            };
            diagnosis(&flooded, "a.in", "a.expected").sentence
        };
        let [bytes, values] = [told(false), told(true)];
        assert!(bytes.starts_with("the node wrote more than 2 MiB to stdout and was stopped"));
        assert!(
            bytes.ends_with("`@output-max` in a.in raises the limit"),
            "{bytes}"
        );
        assert!(
            values.contains("more than 131072 JSON values and lines to stdout"),
            "{values}"
        );
        let now = "raises the limit (now 2 MiB, with one value for every 16 bytes)";
        assert!(values.ends_with(now), "{values}");
    }

    #[test]
    fn what_is_nested_too_deep_is_told_with_the_depth_that_is_read() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(json::read(nested(127).as_bytes()).is_ok());
        assert!(json::read(nested(128).as_bytes()).is_err());
        let words = "JSON that is nested deeper than 127 levels, which is not read";
        assert_eq!(guessed(&Guess::TooDeep), words);
    }
}
