//! What a person should fix first: causes, looked for in what the node wrote and how it ended.
//!
//! Each cause is looked for by one small function and reported once, at its first place. What
//! `.expected` itself shows is never diagnosed. The words are made by the report.

pub mod beyond;
mod ending;
pub mod facts;
mod lines;
mod names;
mod nodes;
mod replies;

use std::time::Duration;

pub use ending::{error_lines, fell_over, last_words, telling_part};
pub use lines::{guess_of, lacks};

use facts::DiagnosisKind;
use serde_json::Value;

use crate::case::cluster::Cluster;
use crate::case::played::PlayedServices;
use crate::case::{ExpectedLine, InputMessage, Step};
use crate::matching::actual::ActualLines;
use crate::message::Id;
use crate::message::malformed::Malformed;
use crate::message::rule::Rule;
use crate::process::exit::Exit;
use crate::transcript::{InVain, Transcript};

/// A cause, with its evidence. Line numbers without another word are those of the node's stdout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Diagnosis {
    /// The node exited with a status other than 0, or by a signal.
    BadExit {
        exit: Exit,
        /// The line of its stderr that names the error, or the last one.
        last_words: Vec<u8>,
        /// Whether all that it wrote was right.
        all_right: bool,
        /// Whether it fails the case: it came before stdin was closed, or the case says so.
        counts: bool,
    },
    /// A node of a cluster exited though the harness had not killed it.
    Crashed {
        node: String,
        exit: Exit,
        /// The line of its stderr that names the error, or the last one.
        last_words: Vec<u8>,
    },
    /// A node of a cluster broke a rule of the protocol.
    Broke {
        node: String,
        rule: Rule,
        /// The line that it wrote; empty where it is about none.
        bytes: Vec<u8>,
        /// What it may be, if it is no JSON.
        guess: Option<Guess>,
        /// How many breaches there are, by all nodes.
        count: usize,
    },
    /// The node exited with status 0, but before it had been told everything.
    LeftEarly {
        /// The line of the `.in` that was sent last.
        sent_line: usize,
    },
    /// The node wrote more than is kept.
    Flooded {
        /// How much is kept, in bytes.
        output_max: usize,
        /// Whether it is not too many bytes, but too many values.
        in_values: bool,
    },
    /// A line is no JSON.
    NotJson {
        line: usize,
        /// Its bytes.
        bytes: Vec<u8>,
        guess: Guess,
        /// How many such lines there are.
        count: usize,
        /// Whether there may be more, on lines that were not looked at.
        or_more: bool,
    },
    /// A line is JSON, but no message.
    NoEnvelope {
        line: usize,
        /// Its bytes.
        bytes: Vec<u8>,
        /// The first field that a message must have and this one hasn't, as a path; empty: it
        /// is no object.
        field: &'static str,
        /// What stands there instead; `None`: nothing.
        found: Option<Value>,
    },
    /// A line is a message, but one that Maelstrom refuses, or has a key twice.
    Malformed {
        line: usize,
        /// Its bytes, or those around the place.
        bytes: Vec<u8>,
        /// What is wrong with it; an offset is one in the bytes.
        malformed: Malformed,
    },
    /// A `src` that isn't the node's id.
    ForeignSource {
        line: usize,
        /// The `src`.
        source: String,
        /// The ids that the node has, as the case says.
        nodes: Vec<String>,
    },
    /// One sender used a `msg_id` twice.
    ReusedId {
        /// The line of the second message.
        line: usize,
        /// The line of the first.
        first: usize,
        id: Id,
    },
    /// A `msg_id` that is no integer.
    BadId {
        line: usize,
        /// The `msg_id`.
        found: Value,
    },
    /// A `dest` that the case knows nobody by.
    UnknownDestination {
        line: usize,
        /// The `dest`.
        destination: String,
    },
    /// An `in_reply_to` that answers no message.
    ReplyToNothing {
        line: usize,
        receiver: String,
        /// The `in_reply_to`.
        id: Id,
        /// The ids of that receiver's requests, in order.
        requests: Vec<Id>,
    },
    /// A second answer to one request.
    DoubleReply {
        /// The line of the second answer.
        line: usize,
        /// The line of the first.
        first: usize,
        /// The request's line in the `.in`.
        request: usize,
    },
    /// An answer that doesn't say, or not rightly, what it answers.
    Unlinked {
        line: usize,
        kind: String,
        /// The request that it seems to answer: its line in the `.in`.
        request: usize,
        /// That request's `msg_id`.
        id: Id,
        /// What stands in its `in_reply_to`; `None`: there is none.
        found: Option<Value>,
    },
    /// A request got an error for an answer, and should have got another one.
    ErrorReply {
        /// The request's line in the `.in`.
        request: usize,
        kind: String,
        code: Value,
        text: String,
    },
    /// The case's time was over.
    TimedOut {
        timeout: Duration,
        /// What the node was doing, as far as one can tell.
        state: Stuck,
        /// How long it waited for a CPU, where that was much of its time.
        waited: Option<Duration>,
    },
    /// What the case waited for came only when its input was closed.
    NotFlushed(InVain),
    /// A message was held back to the end: the one that it answers never came.
    HeldBack {
        /// Its line in the `.in`.
        waiting: usize,
        name: String,
        /// The line of `.expected` that would have bound it.
        binds: usize,
        /// How many messages come after it, which were not sent either.
        others: usize,
    },
    /// No line of the `.in` is JSON, though the `.expected` shows messages.
    NothingSent {
        /// Its first line.
        line: usize,
        bytes: Vec<u8>,
    },
    /// No line of the `.expected` is JSON, though the node wrote messages.
    NoMessageExpected {
        /// Its first line.
        line: usize,
        bytes: Vec<u8>,
    },
    /// A line of the `.expected` looks like JSON, but is none: it is compared as text.
    ExpectedNotJson {
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A line of the `.expected` is a text among messages, and the node printed no text.
    ExpectedText { line: usize, bytes: Vec<u8> },
    /// A line of the `.in` looks like JSON, but is none: it was sent as it stands.
    InputNotJson {
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A request was asked again and again, and its answer was never the expected one.
    AskedInVain {
        /// Its line in the `.in`.
        request: usize,
        within: Duration,
        times: usize,
    },
    /// The messages are the right ones, but for their order.
    WrongOrder,
    /// The node wrote nothing at all.
    Silent,
    /// A request that `.expected` has an answer to got none.
    MissingReply {
        /// For how long the node had rested when its reply was not waited for any longer, if it was waited for.
        rested: Option<Duration>,
        /// The request's line in the `.in`.
        request: usize,
        kind: String,
        /// Its `msg_id`.
        id: Id,
        /// How many such requests there are.
        count: usize,
    },
}

/// What a line that is no JSON may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guess {
    Empty,
    /// Two messages that share the line; the second starts at this byte.
    TwoMessages(usize),
    /// Something like `{'src': 'n1'}`, as Python prints a dictionary.
    PythonDictionary,
    /// An object as JavaScript prints it, its keys not quoted.
    JavaScriptObject,
    /// A word of Python's where JSON has another.
    PythonWord,
    /// A byte-order mark before the message.
    ByteOrderMark,
    /// The start of a message that goes on on the next line.
    SeveralLines,
    /// JSON that is nested deeper than the harness reads.
    TooDeep,
    /// JSON that breaks off where the node stopped.
    CutShort,
    /// JSON that goes wrong.
    BrokenJson {
        /// At this byte.
        offset: usize,
        /// Why, as the JSON parser says it.
        reason: String,
    },
    LogLine,
}

/// What a node whose time was over was doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stuck {
    /// It never took these last bytes of its input.
    NotReading { unread: u64 },
    /// It read everything, and still ran.
    Idle,
    /// It still ran; nobody can tell whether it read everything.
    StillRunning,
    /// It is a cluster, whose nodes still owed messages to clients.
    Owing,
    /// The case waited for it, or slept, and still had lines to send.
    InputOpen,
    /// It had been sent all lines, and the case waited for it before stdin was closed.
    Awaited,
}

impl Diagnosis {
    /// Whether it comes of the mismatch, while the others explain that.
    pub fn is_consequence(&self) -> bool {
        matches!(self, Self::HeldBack { .. })
    }

    /// Whether it says no more than that a node which has read everything doesn't exit.
    pub fn says_it_only_stays(&self) -> bool {
        let stays = |state: &Stuck| matches!(state, Stuck::Idle | Stuck::StillRunning);
        matches!(self, Self::TimedOut { state, .. } if stays(state))
    }
}

/// All that a diagnosis may look at.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// What the `.in` does.
    pub steps: &'a [Step],
    /// The nodes, if the case has a cluster.
    pub cluster: Option<&'a Cluster>,
    /// The messages of the `.in`.
    pub requests: &'a [InputMessage],
    /// The lines of the `.expected`.
    pub expected: &'a [ExpectedLine],
    /// The services that the harness plays.
    pub services: &'a PlayedServices,
    pub actual: &'a ActualLines,
    pub transcript: &'a Transcript,
}

/// One that looks for a cause.
type Look = fn(Evidence<'_>) -> Option<Diagnosis>;

/// All that look for causes, what to fix first coming first; of a look that finds several kinds, one.
const LOOKS: [(DiagnosisKind, Look); 27] = [
    (facts::NOTHING_SENT, lines::nothing_sent),
    (facts::NO_MESSAGE_EXPECTED, lines::no_message_expected),
    (facts::BAD_EXIT, ending::bad_exit),
    (facts::LATE_BAD_EXIT, ending::late_bad_exit),
    (facts::CRASHED, nodes::crashed),
    (facts::BROKE, nodes::broke),
    (facts::LEFT_EARLY, ending::left_early),
    (facts::FLOODED, ending::flooded),
    (facts::NOT_JSON, lines::not_json),
    (facts::REPEATED_KEY, lines::malformed),
    (facts::NO_ENVELOPE, lines::no_envelope),
    (facts::FOREIGN_SOURCE, names::foreign_source),
    (facts::BAD_ID, replies::bad_id),
    (facts::REUSED_ID, replies::reused_id),
    (facts::UNKNOWN_DESTINATION, names::unknown_destination),
    (facts::REPLY_TO_NOTHING, replies::reply_to_nothing),
    (facts::DOUBLE_REPLY, replies::double_reply),
    (facts::UNLINKED, replies::unlinked),
    (facts::ERROR_REPLY, replies::error_reply),
    (facts::NOT_FLUSHED, ending::not_flushed),
    (facts::HELD_BACK, ending::held_back),
    (facts::TIMED_OUT, ending::timed_out),
    (facts::ASKED_IN_VAIN, nodes::asked_in_vain),
    (facts::SILENT, ending::silent),
    (facts::MISSING_REPLY, replies::missing_reply),
    (facts::EXPECTED_NOT_JSON, lines::expected_not_json),
    (facts::INPUT_NOT_JSON, lines::input_not_json),
];

/// Looks for every cause; what to fix first comes first.
pub fn diagnose(evidence: Evidence<'_>) -> Vec<Diagnosis> {
    let found = LOOKS.iter().filter_map(|(_, look)| look(evidence));
    found.collect()
}

/// Looks only for what fails a case that agrees with its `.expected`: nearly all cases do, and
/// the other causes are looked for at some length.
pub fn diagnose_fatal(evidence: Evidence<'_>) -> Vec<Diagnosis> {
    let fatal = LOOKS.iter().filter(|(kind, _)| kind.fatal);
    fatal.filter_map(|(_, look)| look(evidence)).collect()
}

/// The lines that are messages, with their numbers: JSON, with an envelope unless `.expected` shows
/// that there is none.
fn messages(evidence: Evidence<'_>) -> impl Iterator<Item = (usize, &Value)> {
    let bare = lines::shows_bare_bodies(evidence);
    let lines = evidence.actual.all();
    let messages = lines.filter_map(|line| Some((line.number, line.json()?)));
    messages.filter(move |(_, message)| bare || lacks(message).is_none())
}

/// The messages that `.expected` shows.
fn shown(evidence: Evidence<'_>) -> impl Iterator<Item = &Value> {
    evidence.expected.iter().filter_map(ExpectedLine::json)
}
