//! The messages of a page, each as a row of its data.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Lanes, micros};
use crate::cluster::journal::{Carried, Fate, Party};
use crate::cluster::purpose::Purpose;
use crate::cluster::workload::kind::WorkloadKind;
use crate::report::escape;
use crate::report::html::{Report, figures};

/// How much of a line is shown, in characters.
const LINE_MAX: usize = 600;

/// How much of a type's name is, in characters.
const KIND_MAX: usize = 60;

/// A message: id, sent, settled, from, to, fate, fault, group, kind, values as runs (the first,
/// how many), line, bytes in it if it was cut.
#[derive(Serialize)]
pub(super) struct MessageRow(
    u64,
    u64,
    u64,
    i64,
    i64,
    u8,
    usize,
    usize,
    usize,
    Vec<usize>,
    String,
    usize,
);

/// A message as a row.
pub(super) fn row(
    message: &Carried,
    lanes: &Lanes,
    groups: &Groups,
    kinds: &mut Kinds,
) -> MessageRow {
    let (fate, fault) = fate(message.fate);
    let (line, cut) = line(&message.line);
    MessageRow(
        message.id,
        micros(message.sent),
        micros(message.settled),
        lanes.number(message.source),
        lanes.number(message.destination),
        fate,
        fault,
        groups.number(message),
        kinds.number(&message.kind),
        runs(values_on_the_way(message)),
        line,
        cut,
    )
}

/// An answer to a client brings no value anywhere; that to a read would have them all.
fn values_on_the_way(message: &Carried) -> &[usize] {
    match message.destination {
        Party::Node(_) => &message.values,
        Party::Client(_) | Party::Service(_) => &[],
    }
}

fn fate(fate: Fate) -> (u8, usize) {
    match fate {
        Fate::Delivered => (0, 0),
        Fate::Lost => (1, 0),
        Fate::Cut(number) => (2, number),
        Fate::Dead(number) => (3, number.unwrap_or(0)),
        Fate::NoRoom => (4, 0),
        Fate::UnderWay => (5, 0),
    }
}

/// The beginning of a line, made safe, and how many bytes there are if that isn't all.
fn line(bytes: &[u8]) -> (String, usize) {
    // A character has at most four bytes: what is behind them is cut in any case.
    let near = bytes.get(..LINE_MAX * 4).unwrap_or(bytes);
    let text = escape::utf8(near);
    let line: String = text.chars().take(LINE_MAX).collect();
    let is_whole = near.len() == bytes.len() && line.len() == text.len();
    (escape::text(&line), if is_whole { 0 } else { bytes.len() })
}

/// Numbers in ascending order as runs of consecutive ones: the first of each, and how many.
fn runs(values: &[usize]) -> Vec<usize> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for value in values {
        match runs.last_mut() {
            Some((first, count)) if *first + *count == *value => *count += 1,
            _ => runs.push((*value, 1)),
        }
    }
    runs.into_iter()
        .flat_map(|(first, count)| [first, count])
        .collect()
}

/// What messages are for. The last group is that of clients' messages; the one before, if nodes used
/// services, that of those.
pub(super) struct Groups {
    pub(super) names: Vec<String>,
    purposes: BTreeMap<Purpose, usize>,
    workload: WorkloadKind,
}

impl Groups {
    pub(super) fn of(report: &Report<'_>) -> Self {
        let known = report.judged.recording.traffic.purposes().keys();
        let mut names: Vec<_> = known.clone().map(figures::purpose).collect();
        let services = report.judged.recording.traffic.services();
        names.extend((!services.is_empty()).then(|| "of services".to_owned()));
        names.push("of clients".to_owned());
        Self {
            names,
            purposes: known.cloned().zip(0..).collect(),
            workload: report.judged.recording.settings.workload,
        }
    }

    fn number(&self, message: &Carried) -> usize {
        let clients = self.names.len() - 1;
        if message.with_service().is_some() {
            return clients.saturating_sub(1);
        }
        if !message.is_between_nodes() {
            return clients;
        }
        let purpose = self.workload.purpose(message);
        let found = self.purposes.get(&purpose);
        let found = found.or_else(|| self.purposes.get(&Purpose::Rest));
        found.copied().unwrap_or(clients)
    }
}

/// The types of messages, each once.
#[derive(Default)]
pub(super) struct Kinds {
    pub(super) names: Vec<String>,
    numbers: BTreeMap<String, usize>,
}

impl Kinds {
    fn number(&mut self, kind: &str) -> usize {
        let kind: String = kind.chars().take(KIND_MAX).collect();
        if let Some(number) = self.numbers.get(&kind) {
            return *number;
        }
        let number = self.names.len();
        self.names.push(escape::text(&kind));
        self.numbers.insert(kind, number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_safe_and_not_endless() {
        assert_eq!(line(b"{\"a\":1}"), ("{\"a\":1}".to_owned(), 0));
        assert_eq!(line(b"\0\xff\x1b[0m").0, "\\u{0}\\xff\\u{1b}[0m");
        let (text, bytes) = line("ä".repeat(10_000).as_bytes());
        assert_eq!((text.chars().count(), bytes), (LINE_MAX, 20_000));
    }

    #[test]
    fn consecutive_values_take_no_room() {
        assert_eq!(runs(&[]), [0; 0]);
        assert_eq!(runs(&[3]), [3, 1]);
        assert_eq!(runs(&[0, 1, 2, 7, 9, 10]), [0, 3, 7, 1, 9, 2]);
    }
}
