//! How nodes behaved: crashes that no fault caused, breaches of the protocol.
//!
//! What many nodes do in the same way is one finding: that of the first.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::mem::{self, Discriminant};

use super::finding::{Finding, Unjudged, Warning};
use crate::cluster::history::{Breach, Silence, What, Work};
use crate::cluster::recording::Recording;
use crate::cluster::resends::Resends;
use crate::cluster::second_replies::SecondReplies;
use crate::cluster::service_clues::ServiceClues;
use crate::cluster::service_use::ServiceUse;
use crate::cluster::settings::Settings;
use crate::diagnosis::{self, Guess};
use crate::message::rule::{Rule, SET_UP_REQUESTS};
use crate::process::exit::Exit;

/// How nodes behaved.
#[derive(Debug, Default)]
pub struct Conduct {
    /// The crashes, then the breaches.
    pub findings: Vec<Finding>,
    /// Nodes that had not the CPU to start.
    pub unjudged: Vec<Unjudged>,
}

/// What nodes did, in the order of time.
pub fn judge(recording: &Recording) -> Conduct {
    let nodes = recording.settings.nodes.len();
    let (mut crashes, mut breaches) = (Findings::default(), Findings::default());
    let mut unjudged = Vec::new();
    // By node, the latest.
    let mut silences: BTreeMap<usize, &Silence> = BTreeMap::new();
    for event in &recording.events {
        match &event.what {
            What::Silent(silence) => _ = silences.insert(silence.node, silence),
            What::Crashed { node, exit, stderr } if *node < nodes => {
                let owed = silences
                    .remove(node)
                    .map(|silence| silence.request.to_string());
                let owed = owed.filter(|request| SET_UP_REQUESTS.contains(&request.as_str()));
                let same = Same::Crash(
                    *exit,
                    diagnosis::last_words(stderr.as_bytes()),
                    owed.clone(),
                );
                crashes.add(*node, same, 1, || Finding::Crashed {
                    node: *node,
                    others: Vec::new(),
                    time: event.time,
                    exit: *exit,
                    stderr: stderr.clone(),
                    owed: owed.clone(),
                });
            }
            What::Broke(breach) if breach.node < nodes => {
                let is_silent = matches!(breach.rule, Rule::NotSetUp { .. });
                let silence = is_silent.then(|| silences.remove(&breach.node)).flatten();
                let starved =
                    |silence: &&Silence| was_starved(breach, silence, &recording.settings);
                if let Some(silence) = silence.filter(starved) {
                    starve(&mut unjudged, silence);
                    continue;
                }
                breaches.add(breach.node, same(breach, silence), breach.times, || {
                    Finding::Broke {
                        breach: Breach::clone(breach),
                        others: Vec::new(),
                        time: event.time,
                        count: 0,
                        silence: silence.cloned(),
                    }
                });
            }
            What::Began(_)
            | What::Invoked(_)
            | What::Completed { .. }
            | What::Late { .. }
            | What::FaultBegan { .. }
            | What::FaultEnded { .. }
            | What::Recovered { .. }
            | What::Crashed { .. }
            | What::Delayed { .. }
            | What::Machine(_)
            | What::Broke(_) => {}
        }
    }
    let mut findings = crashes.all;
    findings.extend(breaches.all);
    Conduct { findings, unjudged }
}

/// Whether a node that was not set up had less than its time, as it got no CPU for much of it. One that
/// wrote something else is wrong on any machine.
pub fn was_starved(breach: &Breach, silence: &Silence, settings: &Settings) -> bool {
    let is_silent = matches!(breach.rule, Rule::NotSetUp { answer: None, .. });
    let timeout = settings.init_timeout;
    // The engine waits until a node has had its time but for a twentieth.
    let needed = timeout / 10 * 9;
    let starved =
        |work: Work| work.elapsed >= timeout && work.elapsed.saturating_sub(work.waited) < needed;
    is_silent && silence.work.is_some_and(starved)
}

/// One more such node. There are no more requests to tell apart than there are in the set-up.
fn starve(unjudged: &mut Vec<Unjudged>, silence: &Silence) {
    for one in unjudged.iter_mut() {
        if let Unjudged::StillStarting {
            silence: first,
            others,
        } = one
            && first.request == silence.request
        {
            others.push(silence.node);
            return;
        }
    }
    unjudged.push(Unjudged::StillStarting {
        silence: silence.clone(),
        others: Vec::new(),
    });
}

/// What two crashes or two breaches have in common that a person would mend both at once.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Same<'a> {
    /// The exit, the line of stderr that says why, and the request of the set-up that was not answered.
    Crash(Exit, Vec<u8>, Option<String>),
    /// Lines that are no JSON go wrong at many places for one reason.
    NotJson(Discriminant<Guess>),
    /// No answer to `init` or `topology`; whether the node wrote anything, and whether it read anything.
    Silent(&'a Rule, bool, Option<bool>),
    Rule(&'a Rule),
}

fn same<'a>(breach: &'a Breach, silence: Option<&Silence>) -> Same<'a> {
    let has_read = silence.and_then(|silence| Some(silence.work?.has_read));
    match &breach.rule {
        Rule::NotJson { .. } => {
            Same::NotJson(mem::discriminant(&diagnosis::guess_of(&breach.line)))
        }
        rule @ Rule::NotSetUp { answer: None, .. } => {
            Same::Silent(rule, breach.line.is_empty(), has_read)
        }
        rule @ (Rule::Lacks { .. }
        | Rule::Malformed(_)
        | Rule::ForeignSource { .. }
        | Rule::UnknownDestination { .. }
        | Rule::BadReply(_)
        | Rule::NotSetUp { .. }
        | Rule::Flood { .. }) => Same::Rule(rule),
    }
}

/// Findings, each with those that are told with it. Nodes may do wrong without end: none is compared
/// with the others.
#[derive(Debug, Default)]
struct Findings<'a> {
    all: Vec<Finding>,
    places: HashMap<Same<'a>, usize>,
    /// Which nodes a finding names already.
    named: HashSet<(usize, usize)>,
}

impl<'a> Findings<'a> {
    fn add(&mut self, by: usize, same: Same<'a>, times: usize, make: impl FnOnce() -> Finding) {
        let next = self.all.len();
        let place = *self.places.entry(same).or_insert(next);
        let is_new = place == next;
        if is_new {
            self.all.push(make());
        }
        match self.all.get_mut(place) {
            Some(Finding::Broke {
                breach,
                others,
                count,
                ..
            }) => {
                *count = count.saturating_add(times);
                if breach.node != by && self.named.insert((place, by)) {
                    others.push(by);
                }
            }
            Some(Finding::Crashed { others, .. }) if !is_new => others.push(by),
            _ => {}
        }
    }
}

/// How often one value is sent at least after its acknowledgement to be told: a message or two may cross
/// it on the way, and a node that looks around now and then does not send for ever.
const RESENT_MIN: u64 = 10;

/// That nodes sent what was acknowledged again and again. It is a waste, and no fault.
pub fn warn_of_resends(resends: &Resends) -> Option<Warning> {
    let all: Vec<_> = resends
        .all()
        .filter(|one| one.times >= RESENT_MIN)
        .collect();
    let example = all.iter().max_by_key(|one| one.times)?;
    Some(Warning::Resent {
        example: *example,
        pairs: all.len(),
    })
}

/// That nodes answered a request more than once. Maelstrom's protocol wants one answer, but doesn't look
/// after it: so a run is valid with it, too.
pub fn warn_of_second_replies(replies: &SecondReplies) -> Option<Warning> {
    let mut all = replies.examples();
    let (node, example) = all.next()?;
    Some(Warning::AnsweredTwice {
        node,
        example: example.clone(),
        others: all.map(|(other, _)| other).collect(),
    })
}

/// The first node that asked a service what that does not know, and who else did.
pub fn warn_of_unknown_requests(services: &ServiceUse) -> Option<Warning> {
    let mut all = services.unknown();
    let example = all.next()?.clone();
    let mut others: Vec<_> = all.map(|unknown| unknown.node).collect();
    others.retain(|node| *node != example.node);
    others.dedup();
    Some(Warning::UnknownRequest { example, others })
}

/// What the traffic with services tells of why a run is not valid.
pub fn clues(services: &ServiceClues) -> impl Iterator<Item = Warning> {
    let shared = services.shared_key().cloned().map(Warning::SharedKey);
    let errors = services.errors().into_iter().cloned();
    shared.into_iter().chain(errors.map(Warning::ServiceErrors))
}
