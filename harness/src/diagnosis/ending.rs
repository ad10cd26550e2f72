//! How the run ended: badly, never, or without a word.

use std::collections::BTreeSet;

use super::{Diagnosis, Evidence, Stuck};
use crate::transcript::Ending;

pub fn bad_exit(evidence: Evidence<'_>) -> Option<Diagnosis> {
    match evidence.transcript.ending {
        Ending::Exited(exit) if !exit.is_success() => Some(Diagnosis::BadExit { exit }),
        _ => None,
    }
}

pub fn flooded(evidence: Evidence<'_>) -> Option<Diagnosis> {
    match evidence.transcript.ending {
        Ending::Flooded { output_max } => Some(Diagnosis::Flooded { output_max }),
        _ => None,
    }
}

pub fn timed_out(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let transcript = evidence.transcript;
    let Ending::TimedOut { timeout } = transcript.ending else {
        return None;
    };
    let state = match transcript.unread {
        Some(unread) if unread > 0 => Stuck::NotReading { unread },
        _ if !transcript.input_closed => Stuck::InputOpen,
        Some(_) => Stuck::Idle,
        None => Stuck::StillRunning,
    };
    Some(Diagnosis::TimedOut { timeout, state })
}

pub fn silent(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let silent = evidence.actual.total == 0 && !evidence.expected.is_empty();
    silent.then_some(Diagnosis::Silent)
}

pub fn not_flushed(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let in_vain = evidence.transcript.in_vain.as_ref()?;
    let waiting = in_vain.line;
    in_vain
        .came_late
        .then_some(Diagnosis::NotFlushed { waiting })
}

pub fn held_back(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let in_vain = evidence.transcript.in_vain.as_ref()?;
    let text = in_vain.name.as_ref().filter(|_| !in_vain.came_late)?;
    let name = text.strip_suffix('>')?.split_once(':')?.1;
    let binds = evidence.expected.iter().find(|line| {
        let mut names = BTreeSet::new();
        line.collect_names(&mut names);
        names.contains(name)
    })?;
    Some(Diagnosis::HeldBack {
        waiting: in_vain.line,
        name: text.clone(),
        binds: binds.number,
    })
}
