//! Writing `history.jsonl`: a line for each event.
//!
//! ```text
//! {"time":3.204118000,"type":"invoke","operation":17,"process":"c3","node":"n3","f":"broadcast","value":9,"phase":"load"}
//! {"time":3.304211000,"type":"ok","operation":17,"process":"c3","node":"n3","f":"broadcast","value":9}
//! {"time":3.311508000,"type":"ok","operation":18,"process":"c1","node":"n1","f":"read","value":[1,2,9,2],"phantoms":["\"x\""]}
//! {"time":8.311508000,"type":"info","operation":19,"process":"c2","node":"n2","f":"broadcast","value":10,"error":"timed-out"}
//! {"time":4.000000000,"type":"fault","number":2,"fault":"cut","parts":[["n0","n3"],["n1","n2","n4"]]}
//! {"time":9.100000000,"type":"fault-end","number":2}
//! ```
//!
//! A read's `value` has the known values in their order, then those once more that it showed twice;
//! what nobody had broadcast stands, as JSON, in the strings of `phantoms`; `"null":true` says that the
//! reply had `null` for an empty list. The other types are
//! `phase`, `recovered`, `crash`, `breach`, `silent`, `delayed` and `machine`.

use std::collections::BTreeMap;

use super::Names;
use super::object::Object;
use crate::cluster::history::{
    Breach, Delayed, Event, Invocation, Outcome, Phase, Reason, Request, Shown, Silence, What,
};
use crate::message::malformed::Malformed;
use crate::message::rule::Rule;
use crate::net::fault::{Cut, Fault};
use crate::process::exit::Exit;

/// All parts of a run, as they are called in the file.
pub(super) const PHASES: [(&str, Phase); 5] = [
    ("set-up", Phase::SetUp),
    ("load", Phase::Load),
    ("recovery", Phase::Recovery),
    ("final-reads", Phase::FinalReads),
    ("end", Phase::End),
];

/// The reasons that are only a word, as they are called in the file; an answer with an error is
/// `answered`.
pub(super) const REASONS: [(&str, Reason); 5] = [
    ("node-dead", Reason::NodeDead),
    ("node-died", Reason::NodeDied),
    ("timed-out", Reason::TimedOut),
    ("run-ended", Reason::RunEnded),
    ("malformed", Reason::Malformed),
];

/// Who was delayed, as it is called in the file.
pub(super) const DELAYED: [(&str, Delayed); 2] =
    [("harness", Delayed::Harness), ("node", Delayed::Node)];

/// Writes the events of one run. It remembers the requests under way, so that the end of each says
/// what it is the end of.
#[derive(Debug)]
pub struct HistoryWriter {
    names: Names,
    open: BTreeMap<usize, Invocation>,
}

impl HistoryWriter {
    /// For a run with these nodes.
    pub fn new(names: Names) -> Self {
        Self {
            names,
            open: BTreeMap::new(),
        }
    }

    /// Adds the line of an event; they come in their order.
    pub fn write(&mut self, event: &Event, out: &mut Vec<u8>) {
        let mut object = Object::open(out);
        object.put_time("time", event.time);
        match &event.what {
            What::Began(phase) => {
                object.put("type", "phase").put("phase", phase_name(*phase));
            }
            What::Invoked(invocation) => {
                self.open.insert(invocation.operation, invocation.clone());
                object.put("type", "invoke");
                self.write_request(&mut object, invocation);
                if let Request::Broadcast(value) = invocation.request {
                    object.put("value", &value);
                }
                object.put("phase", phase_name(invocation.phase));
            }
            What::Completed { operation, outcome } => {
                self.write_end(&mut object, *operation, outcome);
            }
            What::FaultBegan { .. }
            | What::FaultEnded { .. }
            | What::Recovered { .. }
            | What::Crashed { .. }
            | What::Silent(_)
            | What::Delayed { .. }
            | What::Machine(_)
            | What::Broke(_) => self.write_incident(&mut object, &event.what),
        }
        object.close();
    }

    fn write_request(&self, object: &mut Object, invocation: &Invocation) {
        object
            .put("operation", &invocation.operation)
            .put_client("process", invocation.client)
            .put("node", self.names.node(invocation.node))
            .put("f", invocation.request.kind());
    }

    fn write_end(&mut self, object: &mut Object, operation: usize, outcome: &Outcome) {
        let (kind, f) = match outcome {
            Outcome::Acknowledged => ("ok", Some("broadcast")),
            Outcome::Shown(_) => ("ok", Some("read")),
            Outcome::Failed(_) => ("fail", None),
            Outcome::Unknown(_) => ("info", None),
        };
        object.put("type", kind);
        let begun = self.open.remove(&operation);
        if let Some(invocation) = &begun {
            self.write_request(object, invocation);
        } else {
            object.put("operation", &operation);
            object.put_some("f", f);
        }
        match (outcome, begun.map(|invocation| invocation.request)) {
            (Outcome::Shown(shown), _) => write_shown(object, shown),
            (_, Some(Request::Broadcast(value))) => _ = object.put("value", &value),
            _ => {}
        }
        if let Outcome::Failed(reason) | Outcome::Unknown(reason) = outcome {
            write_reason(object, reason);
        }
    }

    fn write_incident(&self, object: &mut Object, what: &What) {
        match what {
            What::FaultBegan { number, fault } => {
                object.put("type", "fault").put("number", number);
                self.write_fault(object, fault);
            }
            What::FaultEnded { number } => {
                object.put("type", "fault-end").put("number", number);
            }
            What::Recovered { node } => {
                let node = self.names.node(*node);
                object.put("type", "recovered").put("node", node);
            }
            What::Crashed { node, exit, stderr } => {
                let node = self.names.node(*node);
                object.put("type", "crash").put("node", node);
                match exit {
                    Exit::Status(status) => object.put("status", status),
                    Exit::Signal(signal) => object.put("signal", signal),
                };
                object.put("stderr", stderr);
            }
            What::Silent(silence) => {
                let node = self.names.node(silence.node);
                object.put("type", "silent").put("node", node);
                write_silence(object, silence);
            }
            What::Delayed { since, by, who } => {
                object
                    .put("type", "delayed")
                    .put("who", delayed_name(*who))
                    .put_time("since", *since)
                    .put_time("by", *by);
            }
            What::Machine(machine) => {
                object
                    .put("type", "machine")
                    .put("cores", &machine.cores)
                    .put("timers", &machine.timers)
                    .put_time("late_max", machine.late_max)
                    .put_time("late_p99", machine.late_p99)
                    .put_time("cpu", machine.cpu)
                    .put_time("waited", machine.waited);
            }
            What::Broke(breach) => {
                let node = self.names.node(breach.node);
                object.put("type", "breach").put("node", node);
                write_breach(object, breach);
            }
            What::Began(_) | What::Invoked(_) | What::Completed { .. } => {}
        }
    }

    fn write_fault(&self, object: &mut Object, fault: &Fault) {
        object.put("fault", fault.noun());
        match fault {
            Fault::Cut(Cut::Split(parts)) => {
                let parts: Vec<_> = parts.iter().map(|part| self.names.all(part)).collect();
                object.put("parts", &parts)
            }
            Fault::Cut(Cut::Ring(ring)) => object.put("ring", &self.names.all(ring)),
            Fault::Cut(Cut::OneWay(from, to)) => object
                .put("from", &self.names.all(from))
                .put("to", &self.names.all(to)),
            Fault::Kill(node) | Fault::Pause(node) | Fault::Restart(node) => {
                object.put("node", self.names.node(*node))
            }
        };
    }
}

fn phase_name(phase: Phase) -> &'static str {
    let mut all = PHASES.into_iter();
    let found = all.find(|(_, other)| *other == phase);
    found.map_or("end", |(name, _)| name)
}

fn write_shown(object: &mut Object, shown: &Shown) {
    let values: Vec<_> = shown
        .values
        .ones()
        .chain(shown.twice.iter().copied())
        .collect();
    object.put("value", &values);
    // A set has a length of its own, which comes back, too; it is seldom another one.
    let length = shown.values.maximum().map_or(0, |value| value + 1);
    if shown.values.len() != length {
        object.put("room", &shown.values.len());
    }
    if shown.is_null {
        object.put("null", &true);
    }
    if !shown.phantoms.is_empty() {
        object.put("phantoms", &shown.phantoms);
    }
}

fn write_reason(object: &mut Object, reason: &Reason) {
    if let Reason::Error { code, text } = reason {
        object
            .put("error", "answered")
            .put("code", code)
            .put("text", text);
    }
    let mut all = REASONS.into_iter();
    if let Some((name, _)) = all.find(|(_, other)| other == reason) {
        object.put("error", name);
    }
}

fn delayed_name(who: Delayed) -> &'static str {
    let mut all = DELAYED.into_iter();
    let found = all.find(|(_, other)| *other == who);
    found.map_or("node", |(name, _)| name)
}

fn write_silence(object: &mut Object, silence: &Silence) {
    object
        .put("request", silence.request)
        .put("stderr", &silence.stderr);
    if let Some(work) = &silence.work {
        object
            .put_time("elapsed", work.elapsed)
            .put_time("cpu", work.cpu)
            .put_time("waited", work.waited)
            .put("has_read", &work.has_read)
            .put("cores", &work.cores);
    }
}

fn write_breach(object: &mut Object, breach: &Breach) {
    match &breach.rule {
        Rule::NotJson { reason } => object.put("rule", "not-json").put("reason", reason),
        Rule::Lacks { field } => object.put("rule", "lacks").put("field", field),
        Rule::Malformed(Malformed::RepeatedKey { key, offset }) => {
            object.put("rule", "repeated-key").put("key", key);
            object.put("number", offset)
        }
        Rule::Malformed(Malformed::UnknownKey { key }) => {
            object.put("rule", "unknown-key").put("key", key)
        }
        Rule::Malformed(Malformed::BadId { found }) => {
            object.put("rule", "bad-envelope-id").put("found", found)
        }
        Rule::ForeignSource { source } => object.put("rule", "foreign-source").put("src", source),
        Rule::UnknownDestination { destination } => object
            .put("rule", "unknown-destination")
            .put("dest", destination),
        Rule::BadReply { problem } => object.put("rule", "bad-reply").put("problem", problem),
        Rule::NotSetUp { request, answer } => {
            object.put("rule", "not-set-up").put("request", request);
            object.put("answer", answer)
        }
        Rule::Flood { bytes } => object.put("rule", "flood").put("bytes", bytes),
    };
    object.put_line(&breach.line);
    if breach.times != 1 {
        object.put("times", &breach.times);
    }
}
