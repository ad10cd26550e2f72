//! How nodes behaved: crashes that no fault caused, breaches of the protocol.
//!
//! What many nodes do in the same way is one finding: that of the first.

use std::mem;

use super::finding::{Finding, Warning};
use crate::cluster::history::{Breach, Event, What};
use crate::cluster::numbering::{Numbering, Numbers};
use crate::cluster::resends::Resends;
use crate::cluster::rule::Rule;
use crate::diagnosis;

/// The crashes, then the breaches.
pub fn judge(events: &[Event], nodes: usize) -> Vec<Finding> {
    let (mut crashes, mut breaches) = (Vec::new(), Vec::new());
    for event in events {
        match &event.what {
            What::Crashed { node, .. } if *node < nodes => crash(&mut crashes, event),
            What::Broke(breach) if breach.node < nodes => count(&mut breaches, event, breach),
            _ => {}
        }
    }
    crashes.extend(breaches);
    crashes
}

fn crash(findings: &mut Vec<Finding>, event: &Event) {
    let What::Crashed { node, exit, stderr } = &event.what else {
        return;
    };
    let words = |stderr: &str| diagnosis::last_words(stderr.as_bytes());
    for finding in findings.iter_mut() {
        if let Finding::Crashed {
            others,
            exit: other,
            stderr: theirs,
            ..
        } = finding
            && exit == other
            && words(stderr) == words(theirs)
        {
            others.push(*node);
            return;
        }
    }
    findings.push(Finding::Crashed {
        node: *node,
        others: Vec::new(),
        time: event.time,
        exit: *exit,
        stderr: stderr.clone(),
    });
}

fn count(findings: &mut Vec<Finding>, event: &Event, new: &Breach) {
    for finding in findings.iter_mut() {
        if let Finding::Broke {
            breach,
            others,
            count,
            ..
        } = finding
            && are_alike(breach, new)
        {
            *count += 1;
            if breach.node != new.node && !others.contains(&new.node) {
                others.push(new.node);
            }
            return;
        }
    }
    findings.push(Finding::Broke {
        breach: new.clone(),
        others: Vec::new(),
        time: event.time,
        count: 1,
    });
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

/// How nodes numbered their messages. Maelstrom's protocol wants integers that are unique, and one
/// answer to a request, but doesn't look after what is warned of here: so a run is valid with it, too.
pub fn warn(numbering: &Numbering) -> Vec<Warning> {
    let reused = example(numbering, |numbers| numbers.reused.as_ref());
    let reused = reused.map(|(node, others, again)| Warning::ReusedId {
        node,
        others,
        again,
    });
    let no_integer = example(numbering, |numbers| numbers.no_integer.as_ref());
    let no_integer = no_integer.map(|(node, others, no_integer)| Warning::NoInteger {
        node,
        others,
        no_integer,
    });
    let twice = example(numbering, |numbers| numbers.answered_twice.as_ref());
    let twice = twice.map(|(node, others, again)| Warning::AnsweredTwice {
        node,
        others,
        again,
    });
    reused.into_iter().chain(no_integer).chain(twice).collect()
}

/// The first node that did something with its numbers, who else did, and an example of the first one.
fn example<T: Clone>(
    numbering: &Numbering,
    get: fn(&Numbers) -> Option<&T>,
) -> Option<(usize, Vec<usize>, T)> {
    let nodes = numbering.nodes();
    let mut all = nodes.filter_map(|(node, numbers)| Some((node, get(numbers)?)));
    let (node, example) = all.next()?;
    let others = all.map(|(other, _)| other).collect();
    Some((node, others, example.clone()))
}

/// Whether a person would mend both at once. Lines that are no JSON go wrong at many places for one
/// reason.
fn are_alike(one: &Breach, other: &Breach) -> bool {
    let guess = |breach: &Breach| mem::discriminant(&diagnosis::guess_of(&breach.line));
    match (&one.rule, &other.rule) {
        (Rule::NotJson { .. }, Rule::NotJson { .. }) => guess(one) == guess(other),
        (Rule::NotSetUp { answer: None, .. }, _) => {
            one.rule == other.rule && one.line.is_empty() == other.line.is_empty()
        }
        _ => one.rule == other.rule,
    }
}
