//! The figures of two tests of a cluster, in a table.

use std::path::Path;

use super::page::{BOLD, INDENT, Page};
use crate::cluster::names::grouped;
use crate::escape::file_name;
use crate::phrases::fit;
use crate::two_runs::run_figures::{FigureOfTwo, FigureUnit, TestResults, beside};

/// A row for the verdicts, and one for each figure; then the commands, where they differ.
pub fn put(page: &mut Page, of: [(&Path, &TestResults); 2]) {
    let [(before, first), (after, second)] = of;
    let mut rows = vec![
        [
            first.workload.clone(),
            file_name(before),
            file_name(after),
            String::new(),
        ],
        [
            "verdict".to_owned(),
            verdict(first).to_owned(),
            verdict(second).to_owned(),
            String::new(),
        ],
    ];
    rows.extend(beside(first, second).iter().map(row));
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths = [0, 1, 2].map(width);
    for (place, [name, one, other, change]) in rows.iter().enumerate() {
        let [first, second, third] = widths;
        let rest = format!("  {one:>second$}  {other:>third$}  {change}");
        let rest = rest.trim_end();
        match place {
            0 => page.put(&format!(
                "{BOLD}{name:0$}{rest}{BOLD:#}",
                first + INDENT.len()
            )),
            _ => page.put(&format!("{INDENT}{name:first$}{rest}")),
        }
    }
    if first.command != second.command {
        for (folder, results) in of {
            let command = results
                .command
                .as_deref()
                .map_or("not known".into(), fit::told);
            page.put(&format!("{INDENT}{}: {command}", file_name(folder)));
        }
    }
}

fn verdict(results: &TestResults) -> &'static str {
    match results.is_valid {
        Some(true) => "valid",
        Some(false) => "NOT VALID",
        None => "not judged",
    }
}

fn row(both: &FigureOfTwo) -> [String; 4] {
    let told = |value: Option<f64>| {
        let value = value.map(|value| told(value, both.figure.unit));
        value.unwrap_or_else(|| "-".to_owned())
    };
    let change = both
        .before
        .zip(both.after)
        .filter(|(before, _)| *before > 0.0);
    let change = change.map(|(before, after)| (after / before - 1.0) * 100.0);
    let change = change.filter(|change| change.abs() >= 0.5);
    [
        both.figure.name.to_owned(),
        told(both.before),
        told(both.after),
        change.map_or_else(String::new, |change| format!("{change:+.0}%")),
    ]
}

fn told(value: f64, unit: FigureUnit) -> String {
    match unit {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count; what is no number or too large becomes the nearest"
        )]
        FigureUnit::Count => grouped(value as u64),
        FigureUnit::Part => format!("{:.2}%", value * 100.0),
        FigureUnit::Each => format!("{value:.2}"),
        FigureUnit::Milliseconds => format!("{value:.1} ms"),
    }
}
