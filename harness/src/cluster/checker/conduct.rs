//! How nodes behaved: crashes that no fault caused, breaches of the protocol.

use super::finding::Finding;
use crate::cluster::history::{Breach, Event, What};

/// The crashes, then the breaches; the same rule broken by the same node is one finding.
pub fn judge(events: &[Event], nodes: usize) -> Vec<Finding> {
    let mut findings: Vec<_> = events.iter().filter_map(crash).collect();
    let mut breaches = Vec::new();
    for event in events {
        if let What::Broke(breach) = &event.what {
            count(&mut breaches, event, breach);
        }
    }
    findings.extend(breaches);
    findings.retain(|finding| match finding {
        Finding::Crashed { node, .. } => *node < nodes,
        Finding::Broke { breach, .. } => breach.node < nodes,
        _ => true,
    });
    findings
}

fn crash(event: &Event) -> Option<Finding> {
    let What::Crashed { node, exit, stderr } = &event.what else {
        return None;
    };
    Some(Finding::Crashed {
        node: *node,
        time: event.time,
        exit: *exit,
        stderr: stderr.clone(),
    })
}

fn count(findings: &mut Vec<Finding>, event: &Event, new: &Breach) {
    for finding in findings.iter_mut() {
        if let Finding::Broke { breach, count, .. } = finding
            && (breach.node, &breach.rule) == (new.node, &new.rule)
        {
            *count += 1;
            return;
        }
    }
    findings.push(Finding::Broke {
        breach: new.clone(),
        time: event.time,
        count: 1,
    });
}
