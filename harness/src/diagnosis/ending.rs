//! How the run ended: badly, never, or without a word.

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
