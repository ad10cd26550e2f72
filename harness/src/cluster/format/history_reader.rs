//! Reading `history.jsonl`: the settings, then each event as it was written.
//!
//! What a line repeats from an earlier one (the end of a request: whose, of what) is for those who
//! read it by eye, and passed over here.

use std::time::Duration;

use fixedbitset::FixedBitSet;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::history_writer::{DELAYED, PHASES, REASONS};
use super::{FormatError, Lines, Names, Problem, client_called, object, settings};
use crate::cluster::history::{
    Breach, Delayed, Event, Invocation, Machine, Outcome, Phase, Reason, Request, Shown, Silence,
    What, Work,
};
use crate::cluster::settings::Settings;
use crate::message::malformed::Malformed;
use crate::message::rule::Rule;
use crate::net::fault::{Cut, Fault};
use crate::process::exit::Exit;

/// No run has so many values. One that is greater is a mistake, and would cost much memory.
pub const VALUE_MAX: usize = 1 << 24;

/// What a message can lack; see [`Rule::Lacks`].
pub const FIELDS: [&str; 5] = ["", "src", "dest", "body", "body.type"];

/// What the harness asks of a node before the load; see [`Rule::NotSetUp`].
pub const SET_UP_REQUESTS: [&str; 2] = ["init", "topology"];

/// What a node can leave unanswered; see [`Silence::request`].
pub const REQUESTS: [&str; 4] = ["init", "topology", "broadcast", "read"];

/// The events of a file, in their order.
#[derive(Debug, Clone)]
pub struct Events<'a> {
    lines: Lines<'a>,
    names: Names,
}

/// Reads the settings, and prepares to read the events.
pub fn read(text: &[u8]) -> Result<(Settings, Events<'_>), FormatError> {
    let mut lines = Lines::of(text);
    let settings = settings::read(lines.next())?;
    let names = Names::of(&settings.nodes);
    Ok((settings, Events { lines, names }))
}

impl Iterator for Events<'_> {
    type Item = Result<Event, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.lines.next()?;
        let event = line.decode::<Raw>().and_then(|raw| {
            let event = raw.event(&self.names);
            event.map_err(|problem| problem.on(line.number))
        });
        Some(event)
    }
}

/// A line as it stands: all keys that any event has.
#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    time: &'a RawValue,
    r#type: String,
    operation: Option<usize>,
    process: Option<String>,
    node: Option<String>,
    f: Option<String>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    room: Option<usize>,
    phantoms: Option<Vec<String>>,
    null: Option<bool>,
    phase: Option<String>,
    error: Option<String>,
    code: Option<String>,
    text: Option<String>,
    number: Option<usize>,
    fault: Option<String>,
    parts: Option<Vec<Vec<String>>>,
    ring: Option<Vec<String>>,
    from: Option<Vec<String>>,
    to: Option<Vec<String>>,
    status: Option<i32>,
    signal: Option<i32>,
    stderr: Option<String>,
    rule: Option<String>,
    reason: Option<String>,
    field: Option<String>,
    key: Option<String>,
    found: Option<String>,
    src: Option<String>,
    dest: Option<String>,
    problem: Option<String>,
    request: Option<String>,
    answer: Option<String>,
    bytes: Option<u64>,
    times: Option<usize>,
    line: Option<String>,
    escaped: Option<String>,
    who: Option<String>,
    #[serde(borrow)]
    since: Option<&'a RawValue>,
    #[serde(borrow)]
    by: Option<&'a RawValue>,
    #[serde(borrow)]
    elapsed: Option<&'a RawValue>,
    #[serde(borrow)]
    cpu: Option<&'a RawValue>,
    #[serde(borrow)]
    waited: Option<&'a RawValue>,
    has_read: Option<bool>,
    cores: Option<usize>,
    timers: Option<u64>,
    #[serde(borrow)]
    late_max: Option<&'a RawValue>,
    #[serde(borrow)]
    late_p99: Option<&'a RawValue>,
}

/// What must be there.
fn need<T>(key: &'static str, value: Option<T>) -> Result<T, Problem> {
    value.ok_or(Problem::Lacks(key))
}

fn time(key: &'static str, raw: Option<&RawValue>) -> Result<Duration, Problem> {
    object::time(key, need(key, raw)?)
}

/// The one of these words that stands there.
fn word(
    key: &'static str,
    value: Option<String>,
    words: &[&'static str],
) -> Result<&'static str, Problem> {
    let value = need(key, value)?;
    let found = words.iter().find(|word| **word == value);
    found.copied().ok_or_else(|| Problem::means(key, value))
}

impl Raw<'_> {
    fn event(self, names: &Names) -> Result<Event, Problem> {
        let time = object::time("time", self.time)?;
        let what = self.what(names)?;
        Ok(Event { time, what })
    }

    fn what(self, names: &Names) -> Result<What, Problem> {
        Ok(match self.r#type.as_str() {
            "phase" => What::Began(self.phase()?),
            "invoke" => What::Invoked(self.invocation(names)?),
            "ok" | "fail" | "info" => What::Completed {
                operation: need("operation", self.operation)?,
                outcome: self.outcome()?,
            },
            "fault" => What::FaultBegan {
                number: need("number", self.number)?,
                fault: self.fault(names)?,
            },
            "fault-end" => What::FaultEnded {
                number: need("number", self.number)?,
            },
            "recovered" => What::Recovered {
                node: self.node(names)?,
            },
            "crash" => What::Crashed {
                node: self.node(names)?,
                exit: self.exit()?,
                stderr: need("stderr", self.stderr)?,
            },
            "silent" => What::Silent(Silence {
                node: self.node(names)?,
                request: word("request", self.request.clone(), &REQUESTS)?,
                work: self.work()?,
                stderr: need("stderr", self.stderr)?,
            }),
            "delayed" => What::Delayed {
                since: time("since", self.since)?,
                by: time("by", self.by)?,
                who: self.delayed()?,
            },
            "machine" => What::Machine(self.machine()?),
            "breach" => What::Broke(Breach {
                node: self.node(names)?,
                line: object::line(self.line.as_deref(), self.escaped.as_deref())?,
                times: self.times.unwrap_or(1),
                rule: self.rule()?,
            }),
            _ => return Err(Problem::means("type", self.r#type)),
        })
    }

    fn node(&self, names: &Names) -> Result<usize, Problem> {
        names.node_called("node", need("node", self.node.as_deref())?)
    }

    fn phase(&self) -> Result<Phase, Problem> {
        let name = need("phase", self.phase.as_deref())?;
        let found = PHASES.into_iter().find(|(other, _)| *other == name);
        found
            .map(|(_, phase)| phase)
            .ok_or_else(|| Problem::means("phase", name))
    }

    fn invocation(&self, names: &Names) -> Result<Invocation, Problem> {
        let process = need("process", self.process.as_deref())?;
        Ok(Invocation {
            operation: need("operation", self.operation)?,
            client: client_called("process", process)?,
            node: self.node(names)?,
            request: self.request()?,
            phase: self.phase()?,
        })
    }

    fn request(&self) -> Result<Request, Problem> {
        match need("f", self.f.as_deref())? {
            "broadcast" => self.value().map(Request::Broadcast),
            "read" => Ok(Request::Read),
            other => Err(Problem::means("f", other)),
        }
    }

    fn value(&self) -> Result<usize, Problem> {
        let raw = need("value", self.value)?.get();
        let value = serde_json::from_str(raw).ok();
        let value = value.filter(|value| *value < VALUE_MAX);
        value.ok_or_else(|| Problem::means("value", raw))
    }

    fn outcome(self) -> Result<Outcome, Problem> {
        match (self.r#type.as_str(), self.f.as_deref()) {
            ("fail", _) => self.why().map(Outcome::Failed),
            ("info", _) => self.why().map(Outcome::Unknown),
            (_, Some("broadcast")) => Ok(Outcome::Acknowledged),
            (_, Some("read")) => self.shown().map(Outcome::Shown),
            (_, Some(other)) => Err(Problem::means("f", other)),
            (_, None) => Err(Problem::Lacks("f")),
        }
    }

    fn why(self) -> Result<Reason, Problem> {
        let error = need("error", self.error)?;
        if error == "answered" {
            return Ok(Reason::Error {
                code: need("code", self.code)?,
                text: need("text", self.text)?,
            });
        }
        let found = REASONS.into_iter().find(|(name, _)| *name == error);
        found
            .map(|(_, reason)| reason)
            .ok_or_else(|| Problem::means("error", error))
    }

    fn shown(self) -> Result<Shown, Problem> {
        let raw = need("value", self.value)?.get();
        let all: Option<Vec<usize>> = serde_json::from_str(raw).ok();
        let all = all.filter(|all| all.iter().all(|value| *value < VALUE_MAX));
        let all = all.ok_or_else(|| Problem::means("value", raw))?;
        // Each is known and greater than the one before; what follows was shown twice, and is none
        // of that.
        let ascending = all
            .windows(2)
            .take_while(|pair| matches!(pair, [a, b] if a < b));
        let count = all.len().min(ascending.count() + 1);
        let (known, twice) = all.split_at(count);
        let mut values: FixedBitSet = known.iter().copied().collect();
        let room = self.room.unwrap_or_default();
        if room > VALUE_MAX {
            return Err(Problem::means("room", room.to_string()));
        }
        values.grow(room);
        Ok(Shown {
            values,
            twice: twice.to_vec(),
            phantoms: self.phantoms.unwrap_or_default(),
            is_null: self.null.unwrap_or_default(),
        })
    }

    fn fault(self, names: &Names) -> Result<Fault, Problem> {
        let fault = need("fault", self.fault.as_deref())?;
        Ok(match fault {
            "cut" => Fault::Cut(self.cut(names)?),
            "kill" => Fault::Kill(self.node(names)?),
            "pause" => Fault::Pause(self.node(names)?),
            "restart" => Fault::Restart(self.node(names)?),
            other => return Err(Problem::means("fault", other)),
        })
    }

    fn cut(self, names: &Names) -> Result<Cut, Problem> {
        let nodes = |key, called: Vec<String>| {
            let numbers = called.iter().map(|name| names.node_called(key, name));
            numbers.collect::<Result<Vec<_>, _>>()
        };
        if let Some(parts) = self.parts {
            let parts = parts.into_iter().map(|part| nodes("parts", part));
            return parts.collect::<Result<_, _>>().map(Cut::Split);
        }
        if let Some(ring) = self.ring {
            return nodes("ring", ring).map(Cut::Ring);
        }
        let from = nodes("from", need("parts", self.from)?)?;
        let to = nodes("to", need("to", self.to)?)?;
        Ok(Cut::OneWay(from, to))
    }

    fn exit(&self) -> Result<Exit, Problem> {
        let signal = self.signal.map(Exit::Signal);
        need("status", self.status.map(Exit::Status).or(signal))
    }

    fn delayed(&self) -> Result<Delayed, Problem> {
        let name = need("who", self.who.as_deref())?;
        let found = DELAYED.into_iter().find(|(other, _)| *other == name);
        found
            .map(|(_, who)| who)
            .ok_or_else(|| Problem::means("who", name))
    }

    /// What a silent node had done, if that was known.
    fn work(&self) -> Result<Option<Work>, Problem> {
        if self.elapsed.is_none() {
            return Ok(None);
        }
        Ok(Some(Work {
            elapsed: time("elapsed", self.elapsed)?,
            cpu: time("cpu", self.cpu)?,
            waited: time("waited", self.waited)?,
            has_read: need("has_read", self.has_read)?,
            cores: need("cores", self.cores)?,
        }))
    }

    fn machine(&self) -> Result<Machine, Problem> {
        Ok(Machine {
            cores: need("cores", self.cores)?,
            timers: need("timers", self.timers)?,
            late_max: time("late_max", self.late_max)?,
            late_p99: time("late_p99", self.late_p99)?,
            cpu: time("cpu", self.cpu)?,
            waited: time("waited", self.waited)?,
        })
    }

    fn rule(self) -> Result<Rule, Problem> {
        let rule = need("rule", self.rule)?;
        Ok(match rule.as_str() {
            "not-json" => Rule::NotJson {
                reason: need("reason", self.reason)?,
            },
            "lacks" => Rule::Lacks {
                field: word("field", self.field, &FIELDS)?,
            },
            "repeated-key" => Rule::Malformed(Malformed::RepeatedKey {
                key: need("key", self.key)?,
                offset: need("number", self.number)?,
            }),
            "unknown-key" => Rule::Malformed(Malformed::UnknownKey {
                key: need("key", self.key)?,
            }),
            "bad-envelope-id" => Rule::Malformed(Malformed::BadId {
                found: need("found", self.found)?,
            }),
            "foreign-source" => Rule::ForeignSource {
                source: need("src", self.src)?,
            },
            "unknown-destination" => Rule::UnknownDestination {
                destination: need("dest", self.dest)?,
            },
            "bad-reply" => Rule::BadReply {
                problem: need("problem", self.problem)?,
            },
            "not-set-up" => Rule::NotSetUp {
                request: word("request", self.request, &SET_UP_REQUESTS)?,
                answer: self.answer,
            },
            "flood" => Rule::Flood {
                bytes: need("bytes", self.bytes)?,
            },
            _ => return Err(Problem::means("rule", rule)),
        })
    }
}
