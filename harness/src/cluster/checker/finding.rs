//! What can be wrong with a run, with its evidence. Values only: [`crate::report`] has the words.
//!
//! What is wrong with what replies show is known to the workload.

use std::time::Duration;

use super::fault_figure::FaultFigure;
use super::figures::Figures;
use crate::cluster::history::{Breach, Reason, Silence};
use crate::cluster::resends::Resent;
use crate::cluster::second_replies::SecondReply;
use crate::cluster::service_clues::{ServiceErrors, WrittenKey};
use crate::cluster::service_use::UnknownRequest;
use crate::cluster::traffic::Stream;
use crate::cluster::workload::findings::{WorkloadFinding, WorkloadWarning};
use crate::net::fault::FaultKind;
use crate::process::exit::Exit;

/// What came of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// What makes it invalid, and what explains that: in the order of [`super::order`].
    pub findings: Vec<Finding>,
    /// Why it could not be judged.
    pub unjudged: Vec<Unjudged>,
    /// What one should know of it even so, in the same order.
    pub warnings: Vec<Warning>,
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
    Valid,
    Invalid,
    /// Nothing is known to be wrong, but something could not be judged.
    Unjudged,
}

/// Something that may be wrong, but could not be judged.
#[derive(Debug, Clone, PartialEq)]
pub enum Unjudged {
    /// A node did not answer a request of the set-up, and for much of the time had no CPU: the machine is too
    /// busy.
    StillStarting {
        /// The first such node: what is known of it.
        silence: Silence,
        others: Vec<usize>,
    },
    /// A quantile of the stable latencies above its budget, which would be kept without the delays
    /// that a busy machine brought about.
    TooSlow {
        /// Which quantile, 0 to 1.
        quantile: f64,
        latency: Duration,
        /// What it would be at most without these delays.
        undelayed: Duration,
        budget: Duration,
    },
    /// Fewer requests succeeded than wanted, but for those that were answered too late, and would have been
    /// answered in time without the delays that a busy machine brought about.
    Unavailable {
        ok: usize,
        /// How many were late for the machine's sake.
        late: usize,
        counted: usize,
        budget: f64,
    },
    /// Live nodes that did not answer their final read, and had less than their time for it on a busy machine.
    Unanswered {
        /// The first such node: when it was asked.
        node: usize,
        others: Vec<usize>,
        asked: Duration,
        /// What it had of the time that the harness waits.
        had: Duration,
        timeout: Duration,
    },
    /// The time or the memory that a checker may take was used up.
    GaveUp {
        /// How many operations it had judged.
        judged: usize,
        of: usize,
    },
    /// A history that anything wrote has nothing that could be checked.
    NothingToCheck(Unchecked),
    /// Two transactions may have written one value, and somebody read it: whose it is can't be told.
    AmbiguousWrite { key: String, value: String },
    /// There may be a cycle among transactions that was not found.
    CyclesOpen {
        /// How many transactions there are.
        transactions: usize,
        /// Of which kind; `None`: there was no time to look for any.
        kind: Option<&'static str>,
    },
}

/// Something that makes a run invalid.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// Something that should have been checked could not be.
    Unchecked(Unchecked),
    /// A node exited though the harness had not killed it.
    Crashed {
        node: usize,
        /// Who did so later, in the same way.
        others: Vec<usize>,
        time: Duration,
        exit: Exit,
        /// The part of its stderr that tells most.
        stderr: String,
        /// The request of the set-up that it had not answered.
        owed: Option<String>,
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
    /// What the replies show is wrong.
    Workload(WorkloadFinding),
    /// A live node did not answer the final read.
    Unanswered {
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
        ok: usize,
        counted: usize,
        /// How many must, 0 to 1.
        budget: f64,
        /// The first that did not: the node, when it was asked, and why.
        first: Option<(usize, Duration, Option<Reason>)>,
    },
    /// More messages of nodes than the budget allows.
    TooManyMessages {
        /// How many there were between nodes.
        messages: u64,
        /// How many there were to services and from them.
        service_messages: u64,
        operations: usize,
        /// How many for each are allowed.
        budget: f64,
    },
    /// A quantile of the stable latencies above its budget.
    TooSlow {
        /// Which quantile, 0 to 1.
        quantile: f64,
        latency: Duration,
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
    /// No request that gives something was acknowledged.
    NothingAcknowledged {
        requests: usize,
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

/// Far more messages between two nodes than any way of telling others what is new needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Storm {
    /// Where there were most.
    pub thickest: Stream,
    /// From how many nodes to how many others there were so many.
    pub links: usize,
}

/// Something one should know of a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Warning {
    /// Of what the replies show.
    Workload(WorkloadWarning),
    Storm(Storm),
    /// Nodes sent values again and again to others that had acknowledged them: the example in which one
    /// value was sent most often, and from how many nodes to how many others that was.
    Resent {
        example: Resent,
        /// How many pairs of nodes did so.
        pairs: usize,
    },
    /// Nothing came of a kind of faults that was asked for: that proved nothing.
    IdleKind {
        kind: FaultKind,
        faults: usize,
    },
    /// Nothing came of one fault, though something did of others of its kind.
    IdleFault(FaultFigure),
    /// All partitions were rings: every node could reach a majority, and none was isolated.
    OnlyRings {
        cuts: Vec<usize>,
    },
    /// Nodes answered one request of a client more than once.
    AnsweredTwice {
        /// The first node that did.
        node: usize,
        others: Vec<usize>,
        /// An example, of the first one.
        example: SecondReply,
    },
    /// Nodes asked services what these don't know.
    UnknownRequest {
        /// The first node that did, and an example.
        example: UnknownRequest,
        others: Vec<usize>,
    },
    /// A service answered errors, in a run that is not valid.
    ServiceErrors(ServiceErrors),
    /// Several nodes wrote one key of a service, in a run that is not valid.
    SharedKey(WrittenKey),
    /// So many messages are only counted in the files, and not written down.
    LeftOut(u64),
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
