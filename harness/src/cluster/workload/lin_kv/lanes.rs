//! A few operations in lanes on a time axis, for a terminal:
//!
//! ```text
//! c2 (n0)  ├─ write 5 ──┤
//! c7 (n2)                       ├─ read 3 ──┤
//!          12.290      12.310   12.400     12.441 s
//! ```
//!
//! The axis has the order of calls and returns, not their distances: between a write and the read that
//! contradicts it may lie a millisecond or an hour.

use std::time::Duration;

use unicode_width::UnicodeWidthStr;

use crate::cluster::names::time;

/// A wider diagram is none: it would not fit on a terminal.
const WIDTH_MAX: usize = 110;

/// So many columns lie between two moments at least: enough for each time below its own, or fewer where the
/// diagram would be too wide.
const GAPS: [usize; 2] = [8, 3];

/// An operation in its lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneOperation {
    pub lane: String,
    pub label: String,
    pub asked: Duration,
    /// When its end was known, if it was.
    pub ended: Option<Duration>,
}

/// A lane with what stands in it so far.
struct LaneRow {
    name: String,
    text: String,
    /// The first column that is free.
    free: usize,
}

/// The lines of a diagram; none where it would be too wide or says nothing.
pub fn draw(operations: &[LaneOperation]) -> Vec<String> {
    if operations.len() < 2 {
        return Vec::new();
    }
    let is_narrow = |lines: &Vec<String>| lines.iter().all(|line| line.width() <= WIDTH_MAX);
    let mut all = GAPS.into_iter().map(|gap| drawn(operations, gap));
    all.find(is_narrow).unwrap_or_default()
}

fn drawn(operations: &[LaneOperation], gap: usize) -> Vec<String> {
    let moments = moments(operations);
    let columns = columns(operations, &moments, gap);
    let at = |moment: Option<Duration>| {
        let place = moment.and_then(|moment| moments.binary_search(&moment).ok());
        place.and_then(|place| columns.get(place)).copied()
    };
    let end = columns.last().copied().unwrap_or_default() + gap;
    let mut rows: Vec<LaneRow> = Vec::new();
    for one in operations {
        let from = at(Some(one.asked)).unwrap_or_default();
        let until = at(one.ended).unwrap_or(end.max(from + needed(one)));
        bar(&mut rows, one, from, until);
    }
    let name = rows.iter().map(|row| row.name.width()).max();
    let name = name.unwrap_or_default() + 2;
    let lines = rows.iter().map(|row| {
        let gap = " ".repeat(name - row.name.width());
        format!("{}{gap}{}", row.name, row.text)
    });
    let axis = format!("{}{}", " ".repeat(name), axis(&moments, &columns));
    lines.chain([axis]).collect()
}

/// When something was asked or ended, each moment once.
fn moments(operations: &[LaneOperation]) -> Vec<Duration> {
    let asked = operations.iter().map(|one| one.asked);
    let ended = operations.iter().filter_map(|one| one.ended);
    let mut moments: Vec<_> = asked.chain(ended).collect();
    moments.sort_unstable();
    moments.dedup();
    moments
}

fn needed(one: &LaneOperation) -> usize {
    one.label.width() + 5
}

/// The column of each moment: each operation has room for its label.
fn columns(operations: &[LaneOperation], moments: &[Duration], gap: usize) -> Vec<usize> {
    let mut columns: Vec<usize> = Vec::new();
    for moment in moments {
        let next = columns.last().map_or(0, |before| before + gap);
        let ending = operations.iter().filter(|one| one.ended == Some(*moment));
        let ends = ending.filter_map(|one| {
            let asked = moments.binary_search(&one.asked).ok()?;
            Some(columns.get(asked)? + needed(one))
        });
        columns.push(ends.max().unwrap_or_default().max(next));
    }
    columns
}

/// Draws an operation in the lane of its client, or in one more where they overlap.
fn bar(rows: &mut Vec<LaneRow>, one: &LaneOperation, from: usize, until: usize) {
    let is_free = |row: &LaneRow| row.name == one.lane && row.free <= from;
    let free = rows.iter().position(is_free);
    let place = free.unwrap_or(rows.len());
    if free.is_none() {
        rows.push(LaneRow {
            name: one.lane.clone(),
            text: String::new(),
            free: 0,
        });
    }
    let Some(row) = rows.get_mut(place) else {
        return;
    };
    let end = if one.ended.is_some() { "┤" } else { "…" };
    let room = (until - from).saturating_sub(one.label.width() + 4);
    let (gap, line) = (" ".repeat(from - row.free), "─".repeat(room));
    row.text = format!("{}{gap}├─ {} ─{line}{end}", row.text, one.label);
    row.free = until + 1;
}

/// The times below their columns, as far as there is room for them.
fn axis(moments: &[Duration], columns: &[usize]) -> String {
    let mut line = String::new();
    for (moment, column) in moments.iter().zip(columns) {
        let is_first = line.is_empty();
        if is_first || *column > line.width() {
            line.push_str(&" ".repeat(column - line.width()));
            line.push_str(time(*moment).trim_end_matches(" s"));
        }
    }
    line + " s"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(lane: &str, label: &str, asked: u64, ended: Option<u64>) -> LaneOperation {
        LaneOperation {
            lane: lane.to_owned(),
            label: label.to_owned(),
            asked: Duration::from_millis(asked),
            ended: ended.map(Duration::from_millis),
        }
    }

    #[test]
    fn each_operation_stands_in_the_lane_of_its_client_in_the_order_of_time() {
        let lines = draw(&[
            one("c2 (n0)", "write 5", 12_290, Some(12_310)),
            one("c10 (n1)", "cas 5→1", 12_300, None),
            one("c2 (n0)", "read 3", 12_400, Some(12_441)),
        ]);
        let expected = "\
c2 (n0)   ├─ write 5 ──────┤       ├─ read 3 ──┤
c10 (n1)          ├─ cas 5→1 ─────────────────────────…
          12.290  12.300  12.310  12.400     12.441 s";
        assert_eq!(lines.join("\n"), expected);
    }

    #[test]
    fn operations_of_one_client_that_overlap_stand_in_two_lanes() {
        let lines = draw(&[
            one("c1", "write 5", 1, None),
            one("c1", "read 3", 2, Some(3)),
        ]);
        assert_eq!(lines.len(), 3, "{lines:#?}");
    }

    #[test]
    fn a_diagram_that_is_too_wide_for_a_terminal_is_none() {
        let many = (0..20).map(|time| one("c1", "write 5", 2 * time, Some(2 * time + 1)));
        assert!(draw(&many.collect::<Vec<_>>()).is_empty());
    }
}
