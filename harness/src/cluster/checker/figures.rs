//! What was measured of a run, valid or not.

use std::time::Duration;

use super::fault_figure::FaultFigure;
use crate::cluster::history::Machine;
use crate::cluster::sets::figures::SetFigures;
use crate::cluster::workload::figures::WorkloadFigures;

/// What was measured.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures {
    /// The requests of the load and the final reads.
    pub operations: usize,
    /// The requests of the load to nodes that no fault had stopped.
    pub counted: usize,
    /// How many of those succeeded.
    pub ok: usize,
    /// The requests of the load that had no answer when the run ended, before their time was over.
    pub cut_short: usize,
    /// Messages between nodes, dropped ones included, copies not.
    pub messages: u64,
    /// Messages to services and from them.
    pub service_messages: u64,
    /// What was measured of the replies.
    pub replies: Option<WorkloadFigures>,
    /// The faults, in the order of their numbers.
    pub faults: Vec<FaultFigure>,
    /// How busy the machine was, if that is known.
    pub machine: Option<Machine>,
}

/// A machine on which no timer fires later than this is not busy.
const LATE_MIN: Duration = Duration::from_millis(50);

/// Nor is one on which 99% of them fire no later than this.
const LATE_P99_MIN: Duration = Duration::from_millis(10);

/// Fewer timers have no quantile worth the name.
const TIMERS_MIN: u64 = 100;

/// Nor one on which nodes waited for less than this part of the time that they ran.
const WAITED_PART_MIN: u32 = 10;

impl Machine {
    /// Whether one should know of it when one looks at latencies.
    pub fn is_busy(&self) -> bool {
        let nodes_waited = self.waited >= LATE_MIN && self.waited > self.cpu / WAITED_PART_MIN;
        // Of a few timers the latest is no rule.
        let often_late = self.timers >= TIMERS_MIN && self.late_p99 >= LATE_P99_MIN;
        self.late_max >= LATE_MIN || often_late || nodes_waited
    }
}

impl Figures {
    /// What was measured of a set, if it was one.
    pub fn set(&self) -> Option<&SetFigures> {
        self.replies.as_ref()?.set()
    }

    /// How many of the requests that count succeeded, 0 to 1; `None` if none counts.
    pub fn availability(&self) -> Option<f64> {
        (self.counted > 0).then(|| ratio(self.ok, self.counted))
    }

    /// Messages between nodes per request; `None` if there was no request.
    pub fn messages_per_operation(&self) -> Option<f64> {
        self.per_operation(self.messages)
    }

    /// Messages to services and from them per request, if nodes used any.
    pub fn service_messages_per_operation(&self) -> Option<f64> {
        let messages = Some(self.service_messages).filter(|messages| *messages > 0);
        self.per_operation(messages?)
    }

    /// Messages that no client sent or got: what Maelstrom counts as messages of servers.
    pub fn server_messages(&self) -> u64 {
        self.messages.saturating_add(self.service_messages)
    }

    /// How many that are for each request; `None` if there was none.
    pub fn per_operation(&self, messages: u64) -> Option<f64> {
        let messages = usize::try_from(messages).unwrap_or(usize::MAX);
        (self.operations > 0).then(|| ratio(messages, self.operations))
    }
}

/// A part of a whole that is something.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of requests and messages are far below 2^52"
)]
pub fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}
