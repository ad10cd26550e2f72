//! How the run ended: badly, never, or without a word.

use std::collections::BTreeSet;

use memchr::memmem;

use super::{Diagnosis, Evidence, Stuck};
use crate::case::{InputMessage, Step};
use crate::message;
use crate::transcript::Ending;

/// A bad exit before stdin was closed, or where the case wants a good one.
pub fn bad_exit(evidence: Evidence<'_>) -> Option<Diagnosis> {
    exited_badly(evidence).filter(|_| evidence.transcript.exit_counts())
}

/// A bad exit once stdin was closed, of a node that still owed messages.
pub fn late_bad_exit(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let owes = evidence.actual.total < evidence.expected.len();
    exited_badly(evidence).filter(|_| owes && !evidence.transcript.exit_counts())
}

fn exited_badly(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let Ending::Exited(exit) = evidence.transcript.ending else {
        return None;
    };
    (!exit.is_success()).then(|| Diagnosis::BadExit {
        exit,
        last_words: last_words(&evidence.transcript.stderr),
        all_right: false,
        counts: evidence.transcript.exit_counts(),
    })
}

/// The line of stderr that names an uncaught error: the last one that looks as if it did, as it does
/// in Rust (with the line below it), Java, Go, Node.js and of many a command line; else the last one
/// that says something, as in Python.
pub fn last_words(stderr: &[u8]) -> Vec<u8> {
    let lines: Vec<_> = stderr.split(|byte| *byte == b'\n').collect();
    let lines: Vec<_> = lines
        .into_iter()
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty())
        .collect();
    let (at, count) = error_lines(&lines);
    let words: Vec<_> = lines.iter().skip(at).take(count).copied().collect();
    words.join(&b' ')
}

/// Where the error is named: the first of these lines, and how many they are.
pub fn error_lines(lines: &[&[u8]]) -> (usize, usize) {
    let mut places = lines.iter().enumerate().rev();
    let panic = places.find(|(_, line)| memmem::find(line, b" panicked at ").is_some());
    if let Some((at, _)) = panic {
        return (at, 2);
    }
    let names_error = |line: &&[u8]| {
        let line = line.trim_ascii();
        ERROR_STARTS.iter().any(|start| line.starts_with(start))
            || memmem::find(line, CARRIAGE_RETURN).is_some()
    };
    let says_something = |line: &&[u8]| !line.trim_ascii().is_empty();
    let named = lines.iter().rposition(names_error);
    let last = || lines.iter().rposition(&says_something);
    (named.or_else(last).unwrap_or_default(), 1)
}

/// So many bytes of stderr at most: its end, and before it the lines that name an error, if they stand
/// farther up, as those of Go do above a long stack trace.
pub fn telling_part(stderr: &[u8], bytes_max: usize) -> Vec<u8> {
    if stderr.len() <= bytes_max {
        return stderr.to_vec();
    }
    let lines: Vec<_> = stderr.split(|byte| *byte == b'\n').collect();
    let (at, count) = error_lines(&lines);
    let error = lines.iter().skip(at).take(count).copied();
    let mut error = error.collect::<Vec<_>>().join(&b'\n');
    error.truncate(bytes_max / 4);
    let end = stderr.get(stderr.len() - bytes_max..).unwrap_or_default();
    if memmem::find(end, &error).is_some() {
        return end.to_vec();
    }
    let end = end.get(error.len() + LEFT_OUT.len()..).unwrap_or_default();
    [&error, LEFT_OUT, end].concat()
}

/// What stands for lines that are left out.
const LEFT_OUT: &[u8] = b"\n...\n";

/// How a line starts that names an error, though others come after it.
const ERROR_STARTS: [&[u8]; 6] = [
    b"Exception in thread",
    b"panic:",
    b"fatal error:",
    b"error:",
    b"Error:",
    b"TypeError:",
];

/// What `env` says of an interpreter's name that ends in a carriage return.
const CARRIAGE_RETURN: &[u8] = b"\\r";

/// A node that waited for a CPU for one of so many parts of its time might have been in time elsewhere.
const BUSY_PART: u32 = 4;

pub fn flooded(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let Ending::Flooded { output_max } = evidence.transcript.ending else {
        return None;
    };
    let in_values = evidence.transcript.output.len() < output_max;
    Some(Diagnosis::Flooded {
        output_max,
        in_values,
    })
}

/// Whether the case still had lines to send.
fn is_unsent(evidence: Evidence<'_>) -> bool {
    evidence.steps.iter().any(|step| match step {
        Step::Send { line, .. } => *line > evidence.transcript.sent_line,
        Step::Sleep { .. } | Step::Act { .. } => false,
    })
}

pub fn timed_out(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let transcript = evidence.transcript;
    if !transcript.timed_out() {
        return None;
    }
    let state = match transcript.unread {
        Some(unread) if unread > 0 => Stuck::NotReading { unread },
        _ if !transcript.input_closed && is_unsent(evidence) => Stuck::InputOpen,
        _ if !transcript.input_closed => Stuck::Awaited,
        _ if evidence.cluster.is_some() => Stuck::Owing,
        Some(_) => Stuck::Idle,
        None => Stuck::StillRunning,
    };
    let is_much = transcript.waited >= transcript.timeout / BUSY_PART;
    Some(Diagnosis::TimedOut {
        timeout: transcript.timeout,
        state,
        waited: is_much.then_some(transcript.waited),
    })
}

/// A node that crashed or never listened had no chance to say anything.
pub fn silent(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let no_chance = evidence.transcript.had_no_chance();
    // The nodes of a cluster have said something: to the harness, when they were set up.
    let could_say_nothing = evidence.cluster.is_none();
    let silent = could_say_nothing && evidence.actual.is_empty() && !evidence.expected.is_empty();
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
    let late = evidence.transcript.not_flushed()?;
    Some(Diagnosis::NotFlushed(late.clone()))
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
        others: evidence
            .requests
            .iter()
            .filter(|request| request.line > in_vain.line)
            .count(),
    })
}

/// A node that exited badly while requests had no reply: it would have answered them, had it not fallen
/// over.
pub fn fell_over(evidence: Evidence<'_>) -> Option<Diagnosis> {
    let diagnosis = exited_badly(evidence)?;
    let requests = evidence.requests.iter();
    let wanted: Vec<_> = requests.filter(|request| request.wants_answer()).collect();
    let lines = evidence.actual.all();
    let given: BTreeSet<_> = lines
        .filter_map(|line| message::answer(line.json()?))
        .collect();
    let is_answered = |request: &&InputMessage| {
        let id = request.msg_id();
        id.is_some_and(|id| given.contains(&(request.source(), id)))
    };
    (!wanted.iter().all(is_answered)).then_some(diagnosis)
}
