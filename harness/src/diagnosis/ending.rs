//! How the run ended: badly, never, or without a word.

use std::collections::BTreeSet;

use super::{Diagnosis, Evidence, Stuck};
use crate::transcript::Ending;

pub fn bad_exit(evidence: Evidence<'_>) -> Option<Diagnosis> {
    match evidence.transcript.ending {
        Ending::Exited(exit) if !exit.is_success() => Some(Diagnosis::BadExit {
            exit,
            last_words: last_words(&evidence.transcript.stderr),
        }),
        _ => None,
    }
}

/// The last line of stderr that says something: where an uncaught error is named.
fn last_words(stderr: &[u8]) -> Vec<u8> {
    let mut lines = stderr.split(|byte| *byte == b'\n').rev();
    let last = lines.find(|line| !line.trim_ascii().is_empty());
    last.unwrap_or_default().trim_ascii().to_vec()
}

pub fn flooded(evidence: Evidence<'_>) -> Option<Diagnosis> {
    match evidence.transcript.ending {
        Ending::Flooded { output_max } => Some(Diagnosis::Flooded { output_max }),
        _ => None,
    }
}

pub fn timed_out(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let transcript = evidence.transcript;
    if !transcript.timed_out() {
        return None;
    }
    let state = match transcript.unread {
        Some(unread) if unread > 0 => Stuck::NotReading { unread },
        _ if !transcript.input_closed => Stuck::InputOpen,
        Some(_) => Stuck::Idle,
        None => Stuck::StillRunning,
    };
    Some(Diagnosis::TimedOut {
        timeout: transcript.timeout,
        state,
    })
}

/// A node that crashed or never listened had no chance to say anything.
pub fn silent(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let transcript = evidence.transcript;
    let no_chance = match transcript.ending {
        Ending::Exited(exit) => !exit.is_success() || transcript.left_early(),
        _ => transcript.unread.is_some_and(|unread| unread > 0),
    };
    let silent = evidence.actual.total == 0 && !evidence.expected.is_empty();
    (silent && !no_chance).then_some(Diagnosis::Silent)
}

/// A node that was gone before the case was done with it.
pub fn left_early(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let transcript = evidence.transcript;
    transcript.left_early().then_some(Diagnosis::LeftEarly {
        sent_line: transcript.sent_line,
    })
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
