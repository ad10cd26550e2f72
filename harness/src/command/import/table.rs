//! The table that ends the import of a course: each task with its cases.

use std::path::Path;

use crate::case::mode::MatchMode;
use crate::escape::file_name;
use crate::import::SourceForm;
use crate::import::course::CourseTask;
use crate::phrases::fit;

const HEADINGS: [&str; 7] = [
    "task", "form", "cases", "exact", "prefix", "contains", "warnings",
];

/// The lines of the table.
pub fn lines(source: &Path, tasks: &[CourseTask]) -> Vec<String> {
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    rows.extend(tasks.iter().map(|task| row(source, task)));
    rows.push(total(tasks));
    let widths: Vec<_> = (0..HEADINGS.len())
        .map(|column| width(&rows, column))
        .collect();
    rows.iter().map(|row| line(row, &widths)).collect()
}

fn row(source: &Path, task: &CourseTask) -> [String; 7] {
    let (form, end) = match task.form {
        SourceForm::Page => ("page", ""),
        SourceForm::Markdown => ("Markdown", ""),
        SourceForm::Samples => ("samples", "/"),
    };
    let of = |mode| count_of(std::slice::from_ref(task), mode);
    [
        file_name(&source.join(&task.source)) + end,
        form.to_owned(),
        task.cases.len().to_string(),
        of(MatchMode::Exact),
        of(MatchMode::Prefix),
        of(MatchMode::Contains),
        task.warnings.to_string(),
    ]
}

fn total(tasks: &[CourseTask]) -> [String; 7] {
    let sum = |count: fn(&CourseTask) -> usize| tasks.iter().map(count).sum::<usize>().to_string();
    let name = match tasks.len() {
        1 => "1 task".to_owned(),
        count => format!("{count} tasks"),
    };
    [
        name,
        String::new(),
        sum(|task| task.cases.len()),
        count_of(tasks, MatchMode::Exact),
        count_of(tasks, MatchMode::Prefix),
        count_of(tasks, MatchMode::Contains),
        sum(|task| task.warnings),
    ]
}

fn count_of(tasks: &[CourseTask], mode: MatchMode) -> String {
    let cases = tasks.iter().flat_map(|task| &task.cases);
    cases.filter(|case| case.mode == mode).count().to_string()
}

fn width(rows: &[[String; 7]], column: usize) -> usize {
    let cells = rows.iter().filter_map(|row| row.get(column));
    cells.map(|cell| fit::width(cell)).max().unwrap_or_default()
}

/// Words to the left, numbers to the right.
fn line(row: &[String; 7], widths: &[usize]) -> String {
    let cell = |(column, (cell, width)): (usize, (&String, &usize))| {
        let blanks = " ".repeat(width.saturating_sub(fit::width(cell)));
        if column < 2 {
            format!("{cell}{blanks}")
        } else {
            format!("{blanks}{cell}")
        }
    };
    let cells: Vec<_> = row.iter().zip(widths).enumerate().map(cell).collect();
    cells.join("  ")
}
