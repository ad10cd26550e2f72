//! How a node misbehaved, in sentences, and after them what it wrote itself.

use std::time::Duration;

use super::silence;
use crate::cluster::engine::LINE_MAX;
use crate::cluster::history::{Breach, Silence};
use crate::cluster::names::{Names, WIDTH_MAX, time};
use crate::cluster::requests;
use crate::diagnosis::{self, Guess};
use crate::message::malformed::Malformed;
use crate::message::reply::{ReplyFault, ReplyTo, SetUpAnswer};
use crate::message::rule::Rule;
use crate::phrases::exited;
use crate::phrases::fit;
use crate::process::exit::Exit;
use crate::report::{escape, protocol};
use crate::{json, message};

/// How many of the last lines of what a node wrote are shown.
const LINES_MAX: usize = 5;

/// How wide what a node wrote is shown with a caret below it, in columns: both stay on their lines.
const POINTED_MAX: usize = 64;

/// A crash of `node`, and later of `others`; `owed`: the request of the set-up that it had not answered.
pub fn crashed(
    (node, others): (usize, &[usize]),
    time: Duration,
    (exit, stderr): (Exit, &str),
    owed: Option<&str>,
    names: &Names<'_>,
) -> Vec<String> {
    let (who, when) = (names.and_others(node, others), when(time, others));
    let how = exited(exit);
    let to = if others.is_empty() { "it" } else { "them" };
    let mut first = format!("crash: {who} {how} {when}, though the harness had not killed {to}");
    let not_found = protocol::not_found(exit);
    if !not_found.is_empty() {
        first += not_found;
        first += protocol::line_ends(stderr.as_bytes());
    }
    if owed == Some("topology") {
        first += "; ";
        first += OTHER_WORKLOAD;
    }
    let stderr = silence::stderr_of(node, stderr, names);
    std::iter::once(first).chain(stderr).collect()
}

/// A breach of the protocol. `silence`: what is known of its node, if it is that it did not answer.
pub fn broke(
    breach: &Breach,
    when: Duration,
    silence: Option<&Silence>,
    names: &Names<'_>,
) -> Vec<String> {
    broken(breach, &[], (when, 1), silence, names)
}

/// What a node may be that answers `init` and nothing of this workload.
const OTHER_WORKLOAD: &str =
    "it answered init: is it a node for another workload, without a handler for topology?";

/// The same, after what it answered.
const OTHER_WORKLOAD_AFTER: &str =
    "; is it a node for another workload, without a handler for topology?";

/// The first of `count` breaches.
pub fn broken(
    breach: &Breach,
    others: &[usize],
    (first, count): (Duration, usize),
    silence: Option<&Silence>,
    names: &Names<'_>,
) -> Vec<String> {
    let times = match count {
        count if count == 1 + others.len() => String::new(),
        count => format!(" ({count} times)"),
    };
    let (who, since) = (names.and_others(breach.node, others), when(first, others));
    let rule = rule(&breach.rule, &breach.line);
    let first = match silence.filter(|silence| is_starting(breach, Some(silence))) {
        Some(silence) => format!(
            "not ready: {}",
            silence::still_starting(silence, others, names)
        ),
        None => format!("protocol: {who} {since} {rule}{times}"),
    };
    let offset = match breach.rule {
        Rule::NotJson { .. } => guess(&breach.line).as_ref().and_then(Guess::offset),
        Rule::Malformed(Malformed::RepeatedKey { offset, .. }) => {
            Some(offset).filter(|offset| *offset < breach.line.len())
        }
        Rule::Lacks { .. }
        | Rule::Malformed(_)
        | Rule::ForeignSource { .. }
        | Rule::UnknownDestination { .. }
        | Rule::BadReply(_)
        | Rule::NotSetUp { .. }
        | Rule::Flood { .. } => None,
    };
    if let Some(silence) = silence {
        let mut lines = with_lines(first, &escape::utf8(&breach.line));
        let wrote = lines.split_off(1);
        let first = lines.pop().unwrap_or_default();
        let more = silence::with_stderr(first, silence, names);
        let (first, stderr) = more.split_at_checked(1).unwrap_or_default();
        return [first, &wrote, stderr].concat();
    }
    if offset.is_none() {
        return with_lines(first, &escape::utf8(&breach.line));
    }
    let shown = fit::pointed(&breach.line, offset, POINTED_MAX);
    std::iter::once(first).chain(shown).collect()
}

/// Whether a node had read nothing, not even the request that it did not answer.
fn is_starting(breach: &Breach, silence: Option<&Silence>) -> bool {
    let has_read = silence
        .and_then(|silence| silence.work)
        .map(|work| work.has_read);
    matches!(breach.rule, Rule::NotSetUp { answer: None, .. }) && has_read == Some(false)
}

/// When something was done, by the first of those who did it.
fn when(first: Duration, others: &[usize]) -> String {
    let first = time(first);
    if others.is_empty() {
        format!("at {first}")
    } else {
        format!("from {first} on")
    }
}

/// What a line that is no JSON may be; `None` where too much of it is cut off.
fn guess(line: &[u8]) -> Option<Guess> {
    let guess = diagnosis::guess_of(line);
    let may_be_cut = line.len() >= LINE_MAX;
    let rests_on_all = matches!(
        guess,
        Guess::SeveralLines | Guess::BrokenJson { .. } | Guess::PythonWord
    );
    (!may_be_cut || !rests_on_all).then_some(guess)
}

/// A breach, as what stands after the node's name. `line`: what it wrote, as far as it was kept.
pub fn rule(rule: &Rule, line: &[u8]) -> String {
    let short = |text: &str| fit::short(text, WIDTH_MAX);
    match rule {
        Rule::NotJson { reason } => match guess(line) {
            Some(guess) => format!("wrote a line that is {}", protocol::guessed(&guess)),
            None => format!("wrote a line that is no JSON: {}", short(reason)),
        },
        Rule::Lacks { field } => lacks(field, line),
        Rule::Malformed(malformed) => format!("wrote a message {}", protocol::refused(malformed)),
        Rule::ForeignSource { source } => {
            let source = short(source);
            let hint = if message::client(&source).is_some() {
                " (a reply swaps the src and the dest of its request)"
            } else {
                ""
            };
            format!("wrote a message with src {source}, which is not its own name{hint}")
        }
        Rule::UnknownDestination { destination } => {
            format!(
                "wrote to {}, which is no node, client or service of this cluster{}",
                short(destination),
                protocol::service_meant(destination)
            )
        }
        Rule::BadReply(fault) => format!("wrote a bad reply: {}", bad_reply(fault)),
        Rule::NotSetUp {
            request,
            answer: Some(answer),
        } => {
            // Maelstrom's libraries answer so to what they know no handler of.
            let is_unknown = matches!(answer, SetUpAnswer::Error { code, .. } if code == "10");
            let hint = if *request == "topology" && is_unknown {
                OTHER_WORKLOAD_AFTER
            } else {
                ""
            };
            let answer = short(&set_up_answer(request, answer));
            format!("answered {request} with {answer}{hint}")
        }
        Rule::NotSetUp {
            request: "topology",
            answer: None,
        } if line.is_empty() => format!("did not answer topology in time; {OTHER_WORKLOAD}"),
        Rule::NotSetUp { request, .. } if line.is_empty() => {
            format!("did not answer {request} in time; does it flush its stdout?")
        }
        Rule::NotSetUp { request, .. } => {
            format!("did not answer {request} in time; its output begins with")
        }
        Rule::Flood { bytes } => format!("wrote without end, and was stopped after {bytes} bytes"),
    }
}

const STRING_LINK: &str = "has a string, not a number, as `in_reply_to`";

fn bad_reply(fault: &ReplyFault) -> String {
    let short = |text: &str| fit::short(text, WIDTH_MAX);
    match fault {
        ReplyFault::OtherType { request, reply } => {
            format!("`{request}` was answered with `{}`", short(reply))
        }
        ReplyFault::Lacks { reply, key } => format!("`{}` without `{}`", short(reply), short(key)),
        ReplyFault::NoArray { reply, key } => {
            format!("`{}` whose `{}` is no array", short(reply), short(key))
        }
        ReplyFault::KeyNoInteger { reply, key } => {
            format!("`{}` whose `{}` is no integer", short(reply), short(key))
        }
        ReplyFault::KeyOtherForm { reply, key, form } => {
            let [reply, key, form] = [reply, key, form].map(|text| short(text));
            format!("`{reply}` whose `{key}` is no {form}")
        }
        ReplyFault::ExtraKey { reply, key } => {
            let (reply, key) = (short(reply), short(key));
            format!("`{reply}` with an extra key, `{key}`")
        }
        ReplyFault::NoInteger { reply } => {
            format!("`{}` with a `msg_id` that is no integer", short(reply))
        }
        ReplyFault::Unlinked { reply, link } => {
            let problem = match link {
                ReplyTo::Missing => "has no `in_reply_to`",
                ReplyTo::String => STRING_LINK,
                ReplyTo::Other => "has the `msg_id` of no request as `in_reply_to`",
            };
            format!(
                "`{}` that {problem}, so that no client takes it",
                short(reply)
            )
        }
        ReplyFault::OtherClient {
            reply,
            client,
            asker,
        } => {
            let [client, asker] = [*client, *asker].map(message::client_name);
            format!(
                "{} to {client}, though it was {asker} that asked",
                short(reply)
            )
        }
    }
}

fn set_up_answer(request: &str, answer: &SetUpAnswer) -> String {
    match answer {
        SetUpAnswer::Error { code, text } => match requests::error_name(code) {
            Some(name) => format!("error {code} ({name}): {text}"),
            None => format!("error {code}: {text}"),
        },
        SetUpAnswer::OtherType { reply } => format!("`{reply}`, not `{request}_ok`"),
        SetUpAnswer::Unended => {
            "a line that has no line break at its end, so nobody could read it".to_owned()
        }
        SetUpAnswer::Unlinked { reply, link } => {
            let problem = match link {
                ReplyTo::Missing => "has no `in_reply_to`",
                ReplyTo::String => STRING_LINK,
                ReplyTo::Other => "does not have the `msg_id` of the request as `in_reply_to`",
            };
            format!("`{reply}` that {problem}")
        }
        SetUpAnswer::NothingElse => "nothing else".to_owned(),
    }
}

/// A line that is JSON and lacks something; said better where the whole line is there.
fn lacks(field: &str, line: &[u8]) -> String {
    let message = json::read(line).ok();
    let fault = message.as_ref().and_then(diagnosis::lacks);
    match fault.filter(|(missing, _)| *missing == field) {
        Some((_, found)) => {
            let lacking = protocol::lacking(field, found);
            format!("wrote a line that is no message: {lacking}")
        }
        None if field.is_empty() => "wrote a line that is no message".to_owned(),
        None => format!("wrote a message without {field}"),
    }
}

/// A sentence, and the last lines of what a node wrote.
fn with_lines(first: String, text: &str) -> Vec<String> {
    let lines: Vec<_> = text.lines().collect();
    let skipped = lines.len().saturating_sub(LINES_MAX);
    let shown = lines.iter().skip(skipped);
    let shown = shown.map(|line| fit::short(line, WIDTH_MAX));
    std::iter::once(first).chain(shown).collect()
}
