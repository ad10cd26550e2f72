//! The place where an output parts from what was expected, cut out to be shown. Data, no words.

use crate::case::ExpectedLine;
use crate::matching::Mismatch;
use crate::matching::actual::{ActualLine, ActualLines};
use crate::matching::bindings::Binding;
use crate::matching::difference::DifferenceKind;
use crate::matching::marks::{self, MarkedLine};

/// How many lines that agree are shown before the place.
const CONTEXT_BEFORE: usize = 2;

/// The place and what stands around it.
#[derive(Debug, Clone)]
pub struct Excerpt {
    /// The line of `.expected`, from 1.
    pub line: usize,
    pub mismatch: Mismatch,
    /// How many lines of the node's stdout were looked at, where there are more.
    pub looked_at: Option<usize>,
    /// Whether everything expected had come by then.
    pub past_end: bool,
    /// The line of the node's stdout that `mismatch` speaks of, where it does.
    pub actual_line: Option<usize>,
    /// The line of the node's stdout on which a late message came.
    pub came_on: Option<usize>,
    /// The messages, in the order to show them.
    pub rows: Vec<Row>,
    /// Ids among these messages that were renamed.
    pub renamed: Vec<Binding>,
}

/// One line to show.
#[derive(Debug, Clone)]
pub struct Row {
    pub side: Side,
    /// Its number there, from 1.
    pub number: usize,
    /// Its text with its marks.
    pub line: MarkedLine,
}

/// Where a line is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// From `.expected`, for orientation.
    Context,
    /// From `.expected`, and not as the node wrote it.
    Expected,
    /// From the node, and not as expected.
    Actual,
    /// From `.expected`, and not from the node.
    Missing,
    /// From the node, and not in `.expected`.
    Surplus,
}

/// Cuts out the place of a mismatch. `in_order`: whether the order of the messages counts.
pub fn of(
    mismatch: Mismatch,
    in_order: bool,
    expected: &[ExpectedLine],
    ActualLines {
        lines: actual,
        total,
        ..
    }: &ActualLines,
    bindings: &[Binding],
) -> Excerpt {
    let (at, actual_at, late_at) = match &mismatch {
        Mismatch::Missing { expected } => (*expected, None, None),
        Mismatch::Differs {
            expected, actual, ..
        }
        | Mismatch::Unexpected { expected, actual } => (*expected, Some(*actual), None),
        Mismatch::Late {
            expected,
            actual,
            came_as,
        } => (*expected, Some(*actual), Some(*came_as)),
    };
    let line_of = |position: Option<usize>| Some(actual.get(position?)?.number);
    let rows = rows(&mismatch, in_order, at, expected, actual);
    Excerpt {
        looked_at: Some(actual.len()).filter(|looked_at| looked_at < total),
        line: place(at, expected),
        past_end: at >= expected.len(),
        actual_line: line_of(actual_at),
        came_on: line_of(late_at),
        renamed: renamed(&mismatch, &rows, bindings),
        rows,
        mismatch,
    }
}

/// The line of the expected message, or the last line for what comes after all of them.
fn place(at: usize, expected: &[ExpectedLine]) -> usize {
    expected
        .get(at)
        .or(expected.last())
        .map_or(1, |line| line.number)
}

fn rows(
    mismatch: &Mismatch,
    in_order: bool,
    at: usize,
    expected: &[ExpectedLine],
    actual: &[ActualLine],
) -> Vec<Row> {
    // Where order doesn't count, nothing stands around a message.
    let context_before = if in_order { CONTEXT_BEFORE } else { 0 };
    let before = expected
        .get(at.saturating_sub(context_before)..at)
        .unwrap_or_default();
    let mut rows: Vec<_> = before.iter().map(context).collect();
    let expected_line = expected.get(at);
    match mismatch {
        Mismatch::Differs {
            actual: came,
            differences,
            ..
        } => {
            if let (Some(expected), Some(actual)) = (expected_line, actual.get(*came)) {
                let (left, right) = marks::mark(expected, actual, differences);
                rows.push(row(Side::Expected, expected.number, left));
                rows.push(row(Side::Actual, actual.number, right));
            }
            rows.extend(expected.get(at + 1).filter(|_| in_order).map(context));
        }
        Mismatch::Missing { .. } => {
            rows.extend(expected_line.map(missing));
            rows.extend(expected.get(at + 1).filter(|_| in_order).map(context));
        }
        Mismatch::Unexpected { actual: came, .. } => {
            rows.extend(actual.get(*came).map(surplus));
            rows.extend(expected_line.map(context));
        }
        Mismatch::Late {
            actual: came,
            came_as,
            ..
        } => {
            rows.extend(expected_line.map(missing));
            rows.extend(actual.get(*came).map(surplus));
            rows.extend(actual.get(*came_as).filter(|_| came_as > came).map(surplus));
        }
    }
    rows
}

fn context(line: &ExpectedLine) -> Row {
    row(
        Side::Context,
        line.number,
        MarkedLine::plain(&marks::expected_text(line)),
    )
}

fn missing(line: &ExpectedLine) -> Row {
    row(
        Side::Missing,
        line.number,
        MarkedLine::plain(&marks::expected_text(line)),
    )
}

fn surplus(line: &ActualLine) -> Row {
    row(
        Side::Surplus,
        line.number,
        MarkedLine::plain(&marks::actual_text(line)),
    )
}

fn row(side: Side, number: usize, line: MarkedLine) -> Row {
    Row { side, number, line }
}

/// The ids that were renamed in the lines that are shown, and one that a clash speaks of.
fn renamed(mismatch: &Mismatch, rows: &[Row], bindings: &[Binding]) -> Vec<Binding> {
    let shown = |line: usize| {
        rows.iter()
            .any(|row| !matches!(row.side, Side::Actual | Side::Surplus) && row.number == line)
    };
    let clash = mismatch.differences().iter().find_map(|difference| {
        let DifferenceKind::Id { bound, .. } = &difference.kind else {
            return None;
        };
        Some(bound.line)
    });
    bindings
        .iter()
        .filter(|binding| binding.expected != binding.actual)
        .filter(|binding| shown(binding.line) || clash == Some(binding.line))
        .cloned()
        .collect()
}
