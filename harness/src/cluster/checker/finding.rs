//! What can be wrong with a run, with its evidence. Values only: [`crate::report`] has the words.
//!
//! Many values with the same fate at the same node are one finding, with the first few of them and
//! one explanation, that of the first.

use std::time::Duration;

use super::figures::{FaultFigure, Figures};
use crate::cluster::history::{Breach, Reason, Silence};
use crate::cluster::journal::Party;
use crate::cluster::numbering::{NoInteger, ReusedNumber};
use crate::cluster::resends::Resent;
use crate::cluster::spread::{Attempt, Death};
use crate::cluster::traffic::Stream;
use crate::net::fault::FaultKind;
use crate::process::exit::Exit;

/// How many of many values are named.
pub const NAMED_MAX: usize = 5;

/// What came of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// What makes it invalid, and what explains that: in the order of [`super::order`].
    pub findings: Vec<Finding>,
    /// Why it could not be judged: the machine was too busy.
    pub unjudged: Vec<Unjudged>,
    /// What one should know of it even so, in the same order.
    pub warnings: Vec<Warning>,
    /// What was measured.
    pub figures: Figures,
}

impl Verdict {
    /// Whether nothing is wrong, and all was judged.
    pub fn is_valid(&self) -> bool {
        self.judgement() == Judgement::Valid
    }

    /// All in all. What is wrong is wrong, whatever else could not be judged.
    pub fn judgement(&self) -> Judgement {
        match (self.findings.is_empty(), self.unjudged.is_empty()) {
            (false, _) => Judgement::Invalid,
            (true, false) => Judgement::Unjudged,
            (true, true) => Judgement::Valid,
        }
    }
}

/// A verdict in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Nothing is wrong.
    Valid,
    /// Something is wrong.
    Invalid,
    /// Nothing is known to be wrong, but something could not be judged.
    Unjudged,
}

/// Something that may be wrong, but the machine was so busy that the nodes can't be blamed for it.
#[derive(Debug, Clone, PartialEq)]
pub enum Unjudged {
    /// A node did not answer a request of the set-up, and for much of the time had no CPU.
    StillStarting {
        /// The first such node: what is known of it.
        silence: Silence,
        /// Who else.
        others: Vec<usize>,
    },
    /// A quantile of the stable latencies above its budget, which would be kept without the delays
    /// that a busy machine brought about.
    TooSlow {
        /// Which quantile, 0 to 1.
        quantile: f64,
        /// What it is.
        latency: Duration,
        /// What it would be at most without these delays.
        undelayed: Duration,
        /// What it may be.
        budget: Duration,
    },
}

/// Something that makes a run invalid.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// Something that should have been checked could not be.
    Unchecked(Unchecked),
    /// A node exited though the harness had not killed it.
    Crashed {
        /// Which one.
        node: usize,
        /// Who did so later, in the same way.
        others: Vec<usize>,
        /// When.
        time: Duration,
        /// How.
        exit: Exit,
        /// The part of its stderr that tells most.
        stderr: String,
        /// The request of the set-up that it had not answered.
        owed: Option<&'static str>,
    },
    /// A node broke a rule of the protocol.
    Broke {
        /// How, the first time.
        breach: Breach,
        /// Who did so later, in the same way.
        others: Vec<usize>,
        /// When, the first time.
        time: Duration,
        /// How often they broke that rule.
        count: usize,
        /// Where a request was not answered: what is known of the first node.
        silence: Option<Silence>,
    },
    /// Messages stormed. That fails no run; of one that failed it may be the cause.
    Storm(Storm),
    /// Acknowledged values are missing in the end from nodes that live.
    Lost {
        /// From which ones, for the same reason.
        nodes: Vec<usize>,
        /// Which ones.
        values: Values,
        /// Of the first of them: how it was acknowledged.
        acknowledged: Acknowledged,
        /// Of the first of them, at the first node: why it is missing.
        why: Why,
        /// If that is the node that a client gave them to: who else lacks them, as no node shows them
        /// and nobody sent them there.
        also: Vec<usize>,
    },
    /// No live node has them, and none ought to: with `durable` that is no excuse.
    Gone(Gone),
    /// A node had shown values, and later, in the same life, did not.
    Vanished {
        /// Which one.
        node: usize,
        /// Which ones.
        values: Values,
        /// Of the first of them: when the last read that showed it before ended.
        shown: Duration,
        /// When the read that did not show it was asked for.
        asked: Duration,
    },
    /// A node showed what nobody had broadcast.
    Phantom {
        /// Which one.
        node: usize,
        /// Who else did, where all are strings.
        others: Vec<usize>,
        /// Whether all of it are values that were broadcast, as strings.
        as_strings: bool,
        /// The first few, as JSON.
        shown: Vec<String>,
        /// How many different ones.
        count: usize,
        /// When the first read that showed one ended.
        read: Duration,
        /// In how many reads.
        reads: usize,
    },
    /// A node showed values more than once in one read.
    Duplicate {
        /// Which one.
        node: usize,
        /// Which ones.
        values: Values,
        /// When the first such read ended.
        read: Duration,
        /// In how many reads.
        reads: usize,
    },
    /// A live node did not answer the final read.
    Unanswered {
        /// Which one.
        node: usize,
        /// Who else did not, for the same reason.
        others: Vec<usize>,
        /// When it was asked; `None` if it was not.
        asked: Option<Duration>,
        /// Why there is no answer, as far as that is known.
        reason: Option<Reason>,
        /// What is known of it.
        silence: Option<Silence>,
    },
    /// Fewer requests succeeded than must.
    Unavailable {
        /// How many succeeded.
        ok: usize,
        /// Of how many.
        counted: usize,
        /// How many must, 0 to 1.
        budget: f64,
        /// The first that did not: the node, when it was asked, and why.
        first: Option<(usize, Duration, Option<Reason>)>,
    },
    /// More messages between nodes than the budget allows.
    TooManyMessages {
        /// How many.
        messages: u64,
        /// For how many requests.
        operations: usize,
        /// How many for each are allowed.
        budget: f64,
    },
    /// A quantile of the stable latencies above its budget.
    TooSlow {
        /// Which quantile, 0 to 1.
        quantile: f64,
        /// What it is.
        latency: Duration,
        /// What it may be.
        budget: Duration,
    },
}

/// What could not be checked.
#[derive(Debug, Clone, PartialEq)]
pub enum Unchecked {
    /// The files of the run end in the middle: the harness was stopped.
    BrokenOff,
    /// The load never began, as not every node got ready for it.
    NotReady,
    /// No broadcast was acknowledged.
    NothingAcknowledged {
        /// How many there were.
        broadcasts: usize,
        /// Why the first of them was not, and by whom, as far as that is known.
        first: Option<(usize, Reason)>,
        /// What is known of that node, if it did not answer.
        silence: Option<Silence>,
    },
    /// No node answered a final read.
    NothingRead,
    /// The availability, as no request counts.
    NoAvailability,
    /// The messages per request, as there was no request.
    NoOperations,
    /// The latencies, as no value was stable.
    NoLatencies,
}

/// Some values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Values {
    /// The first few.
    pub named: Vec<usize>,
    /// How many in all.
    pub count: usize,
}

impl Values {
    /// One more; smaller ones are to come first.
    pub fn add(&mut self, value: usize) {
        if self.named.len() < NAMED_MAX {
            self.named.push(value);
        }
        self.count += 1;
    }
}

impl FromIterator<usize> for Values {
    fn from_iter<I: IntoIterator<Item = usize>>(values: I) -> Self {
        let mut all = Self::default();
        values.into_iter().for_each(|value| all.add(value));
        all
    }
}

/// That a broadcast was acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledged {
    /// By which node.
    pub node: usize,
    /// When.
    pub time: Duration,
}

/// Why a node lacks a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It got it, from a client (then it acknowledged it itself, or should have) or a node, and
    /// does not show it.
    NotShown {
        /// From whom.
        from: Party,
        /// When.
        at: Duration,
        /// The pause in which that waited for the node to go on.
        pause: Option<usize>,
    },
    /// It got it only when it had been asked already.
    TooLate {
        /// From whom.
        from: Party,
        /// When.
        at: Duration,
        /// When it was asked.
        asked: Duration,
    },
    /// The message sent last with it never arrived.
    Dropped {
        /// That message.
        attempt: Attempt,
        /// The pause in which the node stood still when the message was dropped.
        pause: Option<usize>,
    },
    /// It had got it, its life ended, and no node sent it again.
    Forgotten(Death),
    /// Nobody sent it a message with it.
    NeverSent {
        /// Those who showed it in a read.
        shown_by: Vec<usize>,
    },
}

/// Far more messages between two nodes than any way of telling others what is new needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Storm {
    /// Where there were most.
    pub thickest: Stream,
    /// From how many nodes to how many others there were so many.
    pub links: usize,
}

/// Values that went down with the nodes that held them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// Which ones.
    pub values: Values,
    /// Of the first of them: how it was acknowledged.
    pub acknowledged: Acknowledged,
    /// The end of the last node that held them.
    pub death: Death,
}

/// Something one should know of a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Warning {
    /// Values went down with the nodes that held them.
    Gone(Gone),
    /// Values were not acknowledged in time, and some live nodes show them and others do not.
    Partial {
        /// Which ones.
        values: Values,
        /// Of the first of them: who shows it.
        shown: Vec<usize>,
        /// And who does not.
        missing: Vec<usize>,
    },
    /// Messages stormed.
    Storm(Storm),
    /// Nodes sent values again and again to others that had acknowledged them: the example in which one
    /// value was sent most often, and from how many nodes to how many others that was.
    Resent {
        /// The example.
        example: Resent,
        /// How many pairs of nodes did so.
        pairs: usize,
    },
    /// Nothing came of a kind of faults that was asked for: that proved nothing.
    IdleKind {
        /// Which kind.
        kind: FaultKind,
        /// How many there were.
        faults: usize,
    },
    /// Nothing came of one fault, though something did of others of its kind.
    IdleFault(FaultFigure),
    /// All partitions were rings: every node could reach a majority, and none was isolated.
    OnlyRings {
        /// Their numbers.
        cuts: Vec<usize>,
    },
    /// Nodes gave one `msg_id` to different messages.
    ReusedId {
        /// The first node that did.
        node: usize,
        /// Who else did.
        others: Vec<usize>,
        /// An example, of the first one.
        again: ReusedNumber,
    },
    /// Nodes gave messages a `msg_id` that is no integer.
    NoInteger {
        /// The first node that did.
        node: usize,
        /// Who else did.
        others: Vec<usize>,
        /// An example, of the first one.
        no_integer: NoInteger,
    },
    /// Nodes answered one request of a client more than once.
    AnsweredTwice {
        /// The first node that did.
        node: usize,
        /// Who else did.
        others: Vec<usize>,
        /// An example, of the first one.
        again: ReusedNumber,
    },
    /// So many messages are only counted in the files, and not written down.
    LeftOut(u64),
    /// Nodes replied with `null` for an empty list.
    NullList {
        /// The first node that did.
        node: usize,
        /// Who else did.
        others: Vec<usize>,
        /// The type of the reply.
        reply: &'static str,
        /// The key of the list.
        key: &'static str,
        /// When the first of these replies came.
        time: Duration,
        /// How many there were.
        count: usize,
    },
    /// Messages were to get lost, and none did.
    NothingLost,
    /// Messages were to arrive twice, and none did.
    NothingDuplicated,
}

impl Warning {
    /// Whether something that was to be tried was not tried at all.
    pub fn proved_nothing(&self) -> bool {
        matches!(
            self,
            Self::IdleKind { .. }
                | Self::OnlyRings { .. }
                | Self::NothingLost
                | Self::NothingDuplicated
        )
    }
}
