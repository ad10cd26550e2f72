//! What is wrong with logs, in sentences.

use super::finding::{
    ChainedReads, KafkaFault, KafkaFinding, KafkaWarning, ListedCommit, LogEntry, PollStart,
    ReorderedSends, ReplyPart, Witness,
};
use super::{KafkaMessage, LogKey};
use crate::cluster::names::{Names, WIDTH_MAX, time};
use crate::phrases::fit;

impl KafkaFinding {
    pub fn words(&self, names: &Names<'_>) -> String {
        let what = fault(&self.fault, &quoted(&self.key), names);
        let mut more = Vec::new();
        if self.times > 1 {
            more.push(format!("{} times", self.times));
        }
        if self.keys > 1 {
            more.push(format!("for {} keys", self.keys));
        }
        if !self.others.is_empty() {
            more.push(format!("also by {}", names.others(&self.others, &[])));
        }
        let more = match more.join(", ") {
            more if more.is_empty() => more,
            more => format!(" ({more})"),
        };
        format!("{}: {what}{more}", self.fault.name())
    }
}

fn fault(fault: &KafkaFault, key: &str, names: &Names<'_>) -> String {
    let told = |entry: &LogEntry| told(entry, names);
    match fault {
        KafkaFault::InconsistentOffsets([first, second])
        | KafkaFault::Duplicate([first, second]) => {
            format!("{key} has {}, and {}", told(first), told(second))
        }
        KafkaFault::Phantom(entry, None) => {
            format!("a poll of {key} shows {}, which nobody sent", told(entry))
        }
        KafkaFault::Phantom(entry, Some(other)) => {
            let (entry, other) = (told(entry), quoted(other));
            format!("a poll of {key} shows {entry}, which was sent to {other}")
        }
        KafkaFault::FutureRead(entry, sent) => {
            let (entry, sent) = (told(entry), time(*sent));
            format!("a poll of {key} shows {entry}, which was sent only at {sent}")
        }
        KafkaFault::CircularReads(entry, rest) => {
            let chain = chained(entry, rest, names);
            format!("a poll of {key} shows {chain}, which the transaction of that poll sent")
        }
        KafkaFault::FutureReadOver(entry, rest, sent) => {
            let (chain, sent) = (chained(entry, rest, names), time(*sent));
            format!("a poll of {key} shows {chain}, which was sent only at {sent}")
        }
        KafkaFault::FailedSendShown(entry, refused) => {
            let (entry, refused) = (told(entry), witness(refused, names));
            format!("a poll of {key} shows {entry}, whose send was {refused}")
        }
        KafkaFault::OwnSendShown(entry) => {
            let entry = told(entry);
            format!("a transaction polls what it sent to {key} itself: {entry}")
        }
        KafkaFault::LostWrite { entry, passed } => {
            let (entry, passed) = (told(entry), told(passed));
            format!("no poll of {key} shows {entry}, though one shows {passed}")
        }
        KafkaFault::Unseen {
            message,
            offset,
            sent,
        } => {
            let (message, sent) = (self::message(message), witness(sent, names));
            format!("no poll of {key} shows {message}{} ({sent})", at(*offset))
        }
        KafkaFault::UnseenOnNodes(message, sent, nodes) => {
            let (message, sent) = (self::message(message), witness(sent, names));
            let nodes = names.subject(nodes);
            format!("{message} of {key} ({sent}) is missing on {nodes} in the end")
        }
        KafkaFault::PollSkip {
            entry,
            start,
            skipped,
        } => {
            let (from, entry, skipped) = (from(*start), told(entry), told(skipped));
            format!("a poll of {key} {from} begins with {entry}, and skips {skipped}")
        }
        KafkaFault::NonmonotonicPoll(entry, start) => {
            format!(
                "a poll of {key} {} goes back to {}",
                from(*start),
                told(entry)
            )
        }
        KafkaFault::BeforeAsked(entry, start) => {
            format!("a poll of {key} {} shows {}", from(*start), told(entry))
        }
        KafkaFault::Unasked(entry) => {
            format!("a poll that did not ask for {key} shows {}", told(entry))
        }
        KafkaFault::IntPollSkip([before, after], skipped) => {
            let (before, after, skipped) = (before.offset, told(after), told(skipped));
            format!("a poll of {key} shows after offset {before} {after}, and skips {skipped}")
        }
        KafkaFault::IntNonmonotonicPoll([before, after]) => {
            let (before, after) = (before.offset, told(after));
            format!("a poll of {key} shows after offset {before} {after}")
        }
        KafkaFault::NonmonotonicSend([before, after])
        | KafkaFault::IntNonmonotonicSend([before, after]) => {
            let (before, after) = (told(before), told(after));
            format!("{key} has {after}, which its client sent after {before}")
        }
        KafkaFault::SendBehindPoll([polled, sent]) => {
            let (polled, sent) = (told(polled), told(sent));
            format!(
                "{key} has {sent}, which was sent after {polled}: a client that polls on from there never \
                 sees it"
            )
        }
        KafkaFault::NegativeOffset(entry) => {
            format!("{key} has {}: clients poll from offset 0 on", told(entry))
        }
        KafkaFault::CommitTooHigh(listed) => format!(
            "{}: a client that polls on from there misses messages",
            listed.words(key, "by then", names)
        ),
        KafkaFault::CommitLost(listed) => listed.words(key, "before the end", names),
    }
}

impl KafkaWarning {
    pub fn words(&self, names: &Names<'_>) -> String {
        match self {
            Self::Reordered(sends) => sends.words(names),
            Self::LostCommit(finding) => {
                format!("{}; a node died before", finding.words(names))
            }
            Self::RefusedCommit { names: anomalies } => format!(
                "commits were not acknowledged, and Maelstrom takes a poll whose commit is refused for none: \
                 its rule finds {}, where nothing is wrong",
                anomalies.join(", ")
            ),
        }
    }
}

impl ReorderedSends {
    fn words(&self, names: &Names<'_>) -> String {
        let [before, after] = self.entries.each_ref().map(|entry| told(entry, names));
        let times = match self.times {
            1 => String::new(),
            times => format!(" ({times} times)"),
        };
        format!(
            "{} has {after}, which was sent after {before}{times}",
            quoted(&self.key)
        )
    }
}

/// A key, as in `key "7"`.
fn quoted(key: &LogKey) -> String {
    format!("key {}", fit::short(&format!("{:?}", &**key), WIDTH_MAX))
}

fn message(message: &KafkaMessage) -> String {
    format!("message {}", fit::short(&message.to_string(), WIDTH_MAX))
}

/// As in `message 3 at offset 7 (shown by n0 to c3 at 1.234 s)`.
fn told(entry: &LogEntry, names: &Names<'_>) -> String {
    let (message, witness) = (message(&entry.message), witness(&entry.witness, names));
    format!("{message} at offset {} ({witness})", entry.offset)
}

/// A message, and what the transactions polled that sent each what stands before.
fn chained(entry: &LogEntry, rest: &ChainedReads, names: &Names<'_>) -> String {
    let rest = rest.iter().map(|(key, entry)| {
        let (key, entry) = (quoted(key), told(entry, names));
        format!(", sent by a transaction that polled {key} with {entry}")
    });
    told(entry, names) + &rest.collect::<String>()
}

/// As in `acknowledged by n0 to c3 at 1.234 s`.
fn witness(witness: &Witness, names: &Names<'_>) -> String {
    let what = match witness.part {
        ReplyPart::Asked => "sent to",
        ReplyPart::Acknowledged => "acknowledged by",
        ReplyPart::Refused => "refused by",
        ReplyPart::Shown => "shown by",
    };
    let client = witness.client.map(|client| match witness.part {
        ReplyPart::Asked => format!(" by {}", asker(client)),
        ReplyPart::Acknowledged | ReplyPart::Refused | ReplyPart::Shown => {
            format!(" to {}", asker(client))
        }
    });
    let node = names.node(witness.node);
    let at = time(witness.time);
    format!("{what} {node}{} at {at}", client.unwrap_or_default())
}

fn asker(client: usize) -> String {
    match client {
        0 => "the harness".to_owned(),
        client => format!("c{client}"),
    }
}

/// As in ` at offset 7`, where it is known.
fn at(offset: Option<i64>) -> String {
    offset.map_or_else(String::new, |offset| format!(" at offset {offset}"))
}

impl ListedCommit {
    fn words(&self, key: &str, when: &str, names: &Names<'_>) -> String {
        let to = self
            .shown
            .client
            .map(|client| format!(" to {}", asker(client)));
        let (to, node) = (to.unwrap_or_default(), names.node(self.shown.node));
        let offset = self.offset.map(|offset| format!("offset {offset}"));
        let highest = self.highest.map_or_else(
            || format!("none was committed {when}"),
            |highest| format!("the highest committed {when} is {highest}"),
        );
        format!(
            "{node} listed{to} at {} {} of {key} as committed, and {highest}",
            time(self.shown.time),
            offset.as_deref().unwrap_or("no offset")
        )
    }
}

fn from(start: PollStart) -> String {
    match start {
        PollStart::Asked(offset) => format!("from offset {offset} on"),
        PollStart::After(offset) => format!("after offset {offset}"),
    }
}
