//! What can be wrong with logs, with its evidence. `words` says it in sentences.

use std::time::Duration;

use super::{KafkaMessage, LogKey};

/// Something that makes a run invalid: the first of its kind, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KafkaFinding {
    pub key: LogKey,
    pub fault: KafkaFault,
    pub time: Duration,
    /// Which other nodes did the same.
    pub others: Vec<usize>,
    pub times: usize,
    /// In how many logs.
    pub keys: usize,
}

/// What is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KafkaFault {
    /// Two messages at one offset.
    InconsistentOffsets([LogEntry; 2]),
    /// One message at two offsets.
    Duplicate([LogEntry; 2]),
    /// A poll showed what nobody sent to this log; to which other log it was sent.
    Phantom(LogEntry, Option<LogKey>),
    /// A poll ended before the message that it showed was sent.
    FutureRead(LogEntry, Duration),
    /// Each of some transactions polled what the next one sent, and the last one what the first one did.
    CircularReads(LogEntry, ChainedReads),
    /// An operation polled what a transaction sent, which polled what another one sent, and so on, and had ended
    /// before the last of them was asked for.
    FutureReadOver(LogEntry, ChainedReads, Duration),
    /// A poll showed a message whose send was refused for certain.
    FailedSendShown(LogEntry, Witness),
    /// A transaction polled what it sent itself.
    OwnSendShown(LogEntry),
    /// A message was polled, and an acknowledged one before it never.
    LostWrite { entry: LogEntry, passed: LogEntry },
    /// An acknowledged message was never polled.
    Unseen {
        message: KafkaMessage,
        offset: Option<i64>,
        sent: Witness,
    },
    /// An acknowledged message was polled, but in the end these nodes did not show it.
    UnseenOnNodes(KafkaMessage, Witness, Vec<usize>),
    /// A poll began behind a message that it had to show.
    PollSkip {
        entry: LogEntry,
        start: PollStart,
        skipped: LogEntry,
    },
    /// A poll went back behind what its client had been shown.
    NonmonotonicPoll(LogEntry, PollStart),
    /// A poll showed what is before the offset that it was asked for.
    BeforeAsked(LogEntry, PollStart),
    /// A poll showed a key that it was not asked for.
    Unasked(LogEntry),
    /// A poll left out a message between two others.
    IntPollSkip([LogEntry; 2], LogEntry),
    /// A poll showed two messages in the wrong order.
    IntNonmonotonicPoll([LogEntry; 2]),
    /// A client's later send got no higher offset.
    NonmonotonicSend([LogEntry; 2]),
    /// A transaction's later send got no higher offset.
    IntNonmonotonicSend([LogEntry; 2]),
    /// A send got an offset below one that a poll had shown before.
    SendBehindPoll([LogEntry; 2]),
    /// A send got an offset below all from which clients ask.
    NegativeOffset(LogEntry),
    /// An offset was listed as committed that is higher than all that were committed by then.
    CommitTooHigh(ListedCommit),
    /// In the end an offset was listed that was never committed, or none.
    CommitLost(ListedCommit),
}

/// What the transactions polled that sent what the one before polled, each with its log.
pub type ChainedReads = Vec<(LogKey, LogEntry)>;

/// What a node listed as committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedCommit {
    /// `None`: nothing.
    pub offset: Option<i64>,
    /// The highest offset that was to be committed by then.
    pub highest: Option<i64>,
    pub shown: Witness,
}

/// A message at an offset, and the reply that tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    pub offset: i64,
    pub message: KafkaMessage,
    pub witness: Witness,
}

/// A reply, or a request without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    pub part: ReplyPart,
    pub node: usize,
    /// Whose request it was, 0: the harness's; `None`: that is not known.
    pub client: Option<usize>,
    /// When the reply came; without one, when it was asked for.
    pub time: Duration,
}

/// What a node did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyPart {
    /// It was asked, and nobody knows what came of it.
    Asked,
    Acknowledged,
    Refused,
    Shown,
}

/// From where a poll had to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollStart {
    /// From the offset that was asked for.
    Asked(i64),
    /// After the offset that the client was shown last.
    After(i64),
}

/// Something one should know of logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KafkaWarning {
    /// Sends of one client got lower offsets than earlier ones of others.
    Reordered(ReorderedSends),
    /// Commits were lost, perhaps with a node that died.
    LostCommit(KafkaFinding),
    /// Maelstrom finds anomalies only as commits were refused.
    RefusedCommit { names: Vec<&'static str> },
}

/// Sends that got lower offsets than earlier ones of other clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReorderedSends {
    /// Of which log the first is.
    pub key: LogKey,
    /// The earlier and the later send.
    pub entries: [LogEntry; 2],
    pub times: usize,
}

impl KafkaFault {
    /// The name of the kind, Jepsen's where it has one, and its place among the others.
    fn kind(&self) -> (u8, &'static str) {
        match self {
            Self::Phantom(..) => (0, "phantom"),
            Self::InconsistentOffsets(_) => (1, "inconsistent-offsets"),
            Self::Duplicate(_) => (2, "duplicate"),
            Self::FailedSendShown(..) => (3, "G1a"),
            Self::CircularReads(..) => (4, "G1c"),
            Self::FutureRead(..) | Self::FutureReadOver(..) => (4, "G1c-realtime"),
            Self::NegativeOffset(_) => (5, "negative-offset"),
            Self::IntNonmonotonicPoll(_) => (6, "int-nonmonotonic-poll"),
            Self::IntPollSkip(..) => (7, "int-poll-skip"),
            Self::NonmonotonicPoll(..) => (8, "nonmonotonic-poll"),
            Self::PollSkip { .. } => (9, "poll-skip"),
            Self::BeforeAsked(..) => (10, "poll-before-asked"),
            Self::Unasked(_) => (11, "poll-unasked"),
            Self::NonmonotonicSend(_) => (12, "nonmonotonic-send"),
            Self::IntNonmonotonicSend(_) => (13, "int-nonmonotonic-send"),
            Self::SendBehindPoll(_) => (14, "send-behind-poll"),
            Self::OwnSendShown(_) => (15, "precommitted-read"),
            Self::CommitTooHigh(_) => (16, "commit-too-high"),
            Self::CommitLost(_) => (17, "lost-commit"),
            Self::LostWrite { .. } => (18, "lost-write"),
            Self::Unseen { .. } => (19, "unseen"),
            Self::UnseenOnNodes(..) => (19, "unseen-on-node"),
        }
    }

    /// Its place among the findings of logs: what a node did wrong before what came of it.
    pub fn rank(&self) -> u8 {
        self.kind().0
    }

    pub fn name(&self) -> &'static str {
        self.kind().1
    }

    /// Whether a message was polled that nobody sent.
    pub fn is_phantom(&self) -> bool {
        matches!(self, Self::Phantom(..))
    }

    /// Whether a node that died may have taken this with it.
    pub fn is_lost_commit(&self) -> bool {
        matches!(self, Self::CommitLost(_))
    }

    /// Whether Jepsen has this anomaly.
    pub fn is_jepsens(&self) -> bool {
        match self {
            Self::InconsistentOffsets(_)
            | Self::Duplicate(_)
            | Self::FailedSendShown(..)
            | Self::CircularReads(..)
            | Self::FutureRead(..)
            | Self::FutureReadOver(..)
            | Self::LostWrite { .. }
            | Self::IntNonmonotonicPoll(_)
            | Self::IntPollSkip(..)
            | Self::NonmonotonicPoll(..)
            | Self::PollSkip { .. }
            | Self::NonmonotonicSend(_)
            | Self::IntNonmonotonicSend(_)
            | Self::OwnSendShown(_)
            | Self::Unseen { .. } => true,
            Self::Phantom(..)
            | Self::NegativeOffset(_)
            | Self::BeforeAsked(..)
            | Self::Unasked(_)
            | Self::SendBehindPoll(_)
            | Self::CommitTooHigh(_)
            | Self::CommitLost(_)
            | Self::UnseenOnNodes(..) => false,
        }
    }

    /// The nodes that it names as those that did it.
    pub fn nodes(&self) -> Vec<usize> {
        if let Self::UnseenOnNodes(_, _, nodes) = self {
            nodes.clone()
        } else {
            vec![self.witness().node]
        }
    }

    /// The reply that shows it.
    pub fn witness(&self) -> &Witness {
        match self {
            Self::InconsistentOffsets([_, entry])
            | Self::Duplicate([_, entry])
            | Self::IntPollSkip([_, entry], _)
            | Self::IntNonmonotonicPoll([_, entry])
            | Self::NonmonotonicSend([_, entry])
            | Self::IntNonmonotonicSend([_, entry])
            | Self::SendBehindPoll([_, entry])
            | Self::Phantom(entry, _)
            | Self::CircularReads(entry, _)
            | Self::FutureRead(entry, _)
            | Self::FutureReadOver(entry, ..)
            | Self::FailedSendShown(entry, _)
            | Self::OwnSendShown(entry)
            | Self::LostWrite { entry, .. }
            | Self::PollSkip { entry, .. }
            | Self::NonmonotonicPoll(entry, _)
            | Self::BeforeAsked(entry, _)
            | Self::Unasked(entry)
            | Self::NegativeOffset(entry) => &entry.witness,
            Self::Unseen { sent, .. } | Self::UnseenOnNodes(_, sent, _) => sent,
            Self::CommitTooHigh(listed) | Self::CommitLost(listed) => &listed.shown,
        }
    }
}

impl KafkaFinding {
    /// Its place among the findings of logs.
    pub fn rank(&self) -> u8 {
        self.fault.rank()
    }

    pub fn name(&self) -> &'static str {
        self.fault.name()
    }
}

impl KafkaWarning {
    /// Its place among the warnings of logs.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Reordered(_) => 0,
            Self::LostCommit(_) => 1,
            Self::RefusedCommit { .. } => 2,
        }
    }

    /// What it is called where it is counted.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Reordered(_) => "reordered sends",
            Self::LostCommit(finding) => finding.name(),
            Self::RefusedCommit { .. } => "refused commits",
        }
    }

    /// The moment that it is about, if it is about one.
    pub fn time(&self) -> Option<Duration> {
        match self {
            Self::Reordered(sends) => sends.entries.last().map(|entry| entry.witness.time),
            Self::LostCommit(finding) => Some(finding.time),
            Self::RefusedCommit { .. } => None,
        }
    }
}
