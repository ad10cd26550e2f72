//! Several nodes over the same cases, as a table: a row for each node with its counts in each folder and the
//! cause that most of its failures have.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use textwrap::core::display_width;

use super::again::TestedNode;
use super::gist;
use super::page::{BOLD, GREEN, Page, RED};
use super::short_names::short_names;
use crate::cause::Causes;
use crate::folders::FolderTotals;
use crate::judge::Note;
use crate::outcome::{CaseOutcome, CaseResult, ExitCode, RunEnd, Tally};
use crate::phrases::fit;

/// How wide the name of a node gets, in columns.
const NAME_WIDTH_MAX: usize = 24;

/// How wide the name of a folder gets, in columns.
const FOLDER_WIDTH_MAX: usize = 16;

/// Where a cause has less room than this, the folders make way for it; in columns.
const CAUSE_WIDTH_MIN: usize = 20;

/// How many first cases of causes are remembered.
const SENTENCES_MAX: usize = 1000;

/// A node that had its turn.
#[derive(Debug)]
pub struct NodeTotal {
    pub node: TestedNode,
    pub result: NodeResult,
}

/// What became of a node.
#[derive(Debug)]
pub enum NodeResult {
    Ran {
        /// How many of its cases came to which end.
        tally: Tally,
        /// How many in each folder.
        folders: FolderTotals,
        /// What most of its failures come of, or else what is to be said of those that passed.
        commonest: Option<CommonCause>,
        /// How its run came to its end.
        end: RunEnd,
    },
    NotRun {
        reason: String,
        exit: ExitCode,
    },
}

/// A cause that cases have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommonCause {
    /// How many cases have it.
    pub cases: usize,
    /// What is wrong with the first of them, in a sentence.
    pub sentence: String,
}

/// Looks for the commonest cause while cases come.
#[derive(Debug, Default)]
pub struct CauseCount {
    causes: Causes,
    /// Of the first cases of causes, and of those that are like no other.
    sentences: BTreeMap<PathBuf, String>,
    /// How many cases passed though the node does not flush.
    unflushed: usize,
}

impl CauseCount {
    pub fn add(&mut self, outcome: &CaseOutcome) {
        let is_one = |note: &Note| matches!(note, Note::NotFlushed(_));
        self.unflushed += usize::from(outcome.notes.iter().any(is_one));
        let is_flaky = matches!(outcome.result, CaseResult::Flaky(_));
        if !is_flaky && !outcome.result.is_failure() || self.causes.add(outcome) {
            return;
        }
        if self.sentences.len() < SENTENCES_MAX {
            let input = outcome.files.input.clone();
            self.sentences.insert(input, gist::brief(outcome));
        }
    }

    /// What most failures come of; where there is none, that the node does not flush, if so.
    pub fn commonest(&self) -> Option<CommonCause> {
        let group = self.causes.commonest();
        let of_group = group.and_then(|group| {
            let sentence = self.sentences.get(&group.first.input)?.clone();
            let cases = group.more + 1;
            Some(CommonCause { cases, sentence })
        });
        let first = || {
            let sentence = self.sentences.values().next()?.clone();
            Some(CommonCause { cases: 1, sentence })
        };
        let unflushed = || {
            (self.unflushed > 0).then(|| CommonCause {
                cases: self.unflushed,
                sentence: "passes, but does not flush its stdout".to_owned(),
            })
        };
        of_group.or_else(first).or_else(unflushed)
    }
}

impl NodeTotal {
    pub fn exit(&self) -> ExitCode {
        match &self.result {
            NodeResult::Ran { tally, end, .. } => tally.exit(*end),
            NodeResult::NotRun { exit, .. } => *exit,
        }
    }

    /// How many of its cases came to which end.
    pub fn tally(&self) -> Tally {
        match &self.result {
            NodeResult::Ran { tally, .. } => *tally,
            NodeResult::NotRun { .. } => Tally::default(),
        }
    }

    pub fn was_run(&self) -> bool {
        matches!(self.result, NodeResult::Ran { .. })
    }

    /// Whether it was, and passed.
    pub fn has_passed(&self) -> bool {
        self.was_run() && self.exit() == ExitCode::Passed
    }

    fn name(&self) -> String {
        let name = self.node.name.as_deref().unwrap_or_default();
        fit::short(name, NAME_WIDTH_MAX)
    }

    /// Its counts in a folder, or in all.
    fn counts(&self, folder: Option<&Path>) -> String {
        let NodeResult::Ran { tally, folders, .. } = &self.result else {
            return String::new();
        };
        let of_folder = |folder| {
            let found = folders.all().find(|(known, _)| *known == folder);
            found.map(|(_, total)| total.tally)
        };
        let counted = folder.map_or(Some(*tally), of_folder);
        counted.map_or_else(|| "-".to_owned(), counts)
    }

    /// What there is to say of it beside its counts.
    pub fn remark(&self) -> String {
        match &self.result {
            NodeResult::NotRun { reason, .. } => format!("not run: {reason}"),
            NodeResult::Ran { commonest, end, .. } => {
                let end = match end {
                    RunEnd::Complete => None,
                    RunEnd::Interrupted => Some("interrupted".to_owned()),
                    RunEnd::EnoughFailures { left } => Some(format!("{left} not begun")),
                };
                let cause = commonest.as_ref();
                let cause = cause.map(|cause| format!("{}x {}", cause.cases, cause.sentence));
                let said: Vec<_> = end.into_iter().chain(cause).collect();
                said.join("; ")
            }
        }
    }
}

fn counts(tally: Tally) -> String {
    let Tally {
        passed,
        failed,
        flaky,
        ..
    } = tally;
    match flaky {
        0 => format!("{passed}/{failed}"),
        flaky => format!("{passed}/{failed}/{flaky}"),
    }
}

/// The table; only the totals of each node where its folders don't fit.
pub fn table(page: &mut Page, nodes: &[NodeTotal]) {
    let mut folders: BTreeSet<&Path> = BTreeSet::new();
    for node in nodes {
        if let NodeResult::Ran { folders: of, .. } = &node.result {
            folders.extend(of.all().map(|(folder, _)| folder));
        }
    }
    let folders: Vec<_> = folders.into_iter().collect();
    let all = columns(nodes, &folders);
    let room = |columns: &[Column]| {
        let widths = columns.iter().map(|column| column.width + 2);
        page.width().saturating_sub(widths.sum())
    };
    let remarks = nodes.iter().map(|node| display_width(&node.remark()));
    let wanted = remarks.max().unwrap_or_default().min(CAUSE_WIDTH_MIN);
    let columns = if folders.len() > 1 && room(&all) >= wanted {
        all
    } else {
        columns(nodes, &[])
    };
    // Where no terminal is, nothing is cut.
    let widths = columns.iter().map(|column| column.width + 2);
    let room = page.prose_width().saturating_sub(widths.sum());
    page.put("passed/failed of each node, or passed/failed/flaky:");
    let heads = row(columns
        .iter()
        .map(|column| (column.head.as_str(), column.width)));
    let remark = fit::short("commonest cause", room);
    page.put(&format!("{BOLD}{}{BOLD:#}", (heads + &remark).trim_end()));
    for (position, node) in nodes.iter().enumerate() {
        let cells = columns.iter().map(|column| {
            let cell = column.cells.get(position);
            (cell.map_or("", String::as_str), column.width)
        });
        let style = if node.exit() == ExitCode::Passed {
            GREEN
        } else {
            RED
        };
        let line = row(cells) + &fit::short(&node.remark(), room);
        page.put(&format!("{style}{}{style:#}", line.trim_end()));
    }
}

/// A column of the table.
struct Column {
    head: String,
    cells: Vec<String>,
    width: usize,
}

/// The names, the counts in each of these folders, and in all.
fn columns(nodes: &[NodeTotal], folders: &[&Path]) -> Vec<Column> {
    let heads = short_names(folders).into_iter();
    let of_folders = folders.iter().zip(heads).map(|(folder, head)| {
        let head = fit::short(&head, FOLDER_WIDTH_MAX);
        let cells = nodes.iter().map(|node| node.counts(Some(folder)));
        Column::new(head, cells.collect())
    });
    let names = nodes.iter().map(NodeTotal::name).collect();
    let totals = nodes.iter().map(|node| node.counts(None)).collect();
    let mut columns = vec![Column::new("node".to_owned(), names)];
    columns.extend(of_folders);
    columns.push(Column::new("all".to_owned(), totals));
    columns
}

impl Column {
    fn new(head: String, cells: Vec<String>) -> Self {
        let widths = cells.iter().map(|cell| display_width(cell));
        let width = widths.chain([display_width(&head)]).max();
        Self {
            head,
            cells,
            width: width.unwrap_or_default(),
        }
    }
}

fn row<'a>(cells: impl Iterator<Item = (&'a str, usize)>) -> String {
    let padded = |(text, width): (&str, usize)| {
        let blank = (width + 2).saturating_sub(display_width(text));
        format!("{text}{}", " ".repeat(blank))
    };
    cells.map(padded).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::case::CaseFiles;
    use crate::escape;
    use crate::outcome::Runs;
    use crate::transcript::InVain;

    fn outcome(input: &str, result: CaseResult) -> CaseOutcome {
        CaseOutcome {
            files: CaseFiles::new(input.into()),
            title: String::new(),
            duration: Duration::ZERO,
            runs: Runs::default(),
            result,
            notes: Vec::new(),
        }
    }

    /// A node that passes all cases of so many folders but for those without an `.expected`.
    fn node(name: &str, folders: usize, failing: usize) -> NodeTotal {
        let (mut tally, mut of, mut causes) = (
            Tally::default(),
            FolderTotals::new(0),
            CauseCount::default(),
        );
        for number in 0..folders {
            let mut add = |case: &str, result| {
                let outcome = outcome(&format!("cases/task-{number}/{case}.in"), result);
                tally.add(&outcome.result);
                of.add(&outcome);
                causes.add(&outcome);
            };
            add("good", CaseResult::Passed);
            if number < failing {
                add("new", CaseResult::NothingExpected);
            }
        }
        NodeTotal {
            node: TestedNode {
                name: Some(name.to_owned()),
                ..TestedNode::default()
            },
            result: NodeResult::Ran {
                tally,
                folders: of,
                commonest: causes.commonest(),
                end: RunEnd::Complete,
            },
        }
    }

    fn lines(width: impl Into<Option<usize>>, nodes: &[NodeTotal]) -> Vec<String> {
        let mut page = Page::new(width.into());
        table(&mut page, nodes);
        let text = escape::said(&page.take(), false);
        text.lines().skip(1).map(str::to_owned).collect()
    }

    #[test]
    fn counts_of_each_folder_stand_below_each_other() {
        let mut flaky = node("flaky", 2, 0);
        if let NodeResult::Ran { tally, .. } = &mut flaky.result {
            tally.flaky = 1;
        }
        let not_run = NodeTotal {
            node: TestedNode::default(),
            result: NodeResult::NotRun {
                reason: "there is none".to_owned(),
                exit: ExitCode::CouldNotRun,
            },
        };
        assert_eq!(
            lines(80, &[node("ann", 2, 1), node("bob", 1, 0), flaky, not_run]),
            [
                "node   task-0  task-1  all    commonest cause",
                "ann    1/1     1/0     2/1    1x there is no cases/task-0/new.expected: write d…",
                "bob    1/0     -       1/0",
                "flaky  1/0     1/0     2/0/1",
                "                              not run: there is none",
            ]
        );
    }

    #[test]
    fn cause_is_whole_where_no_terminal_is() {
        let mut ann = node("ann", 2, 0);
        let sentence = "so it is ".repeat(30) + "and no otherwise";
        if let NodeResult::Ran { commonest, .. } = &mut ann.result {
            let sentence = sentence.clone();
            *commonest = Some(CommonCause { cases: 3, sentence });
        }
        let lines = lines(None, &[ann]);
        assert_eq!(
            lines[1],
            format!("ann   1/0     1/0     2/0  3x {sentence}")
        );
    }

    #[test]
    fn forty_nodes_and_eight_folders_fit_a_screen() {
        for (folders, shown) in [(8, false), (5, true)] {
            let names = (0..40).map(|number| format!("student-{number}"));
            let nodes: Vec<_> = names.map(|name| node(&name, folders, folders)).collect();
            let lines = lines(80, &nodes);
            assert_eq!(lines.len(), 41);
            assert_eq!(lines[0].contains("task-0"), shown, "{}", lines[0]);
            let widths = lines.iter().map(|line| display_width(line));
            assert!(widths.max().unwrap() <= 80, "{}", lines[1]);
            assert!(lines[40].contains("  8/8  1x ") || shown, "{}", lines[40]);
        }
        // One folder is all there is.
        assert!(lines(80, &[node("a", 1, 0)])[0].starts_with("node  all"));
        let narrow = lines(30, &[node(&"n".repeat(99), 3, 3)]);
        assert!(
            narrow.iter().all(|line| display_width(line) <= 40),
            "{narrow:?}"
        );
    }

    #[test]
    fn node_that_passes_without_a_flush_is_told_so_unless_it_fails() {
        let late = InVain {
            line: 2,
            name: None,
            came_late: true,
            rested: Duration::ZERO,
        };
        let mut passed = outcome("a.in", CaseResult::Passed);
        passed.notes.push(Note::NotFlushed(late));
        let mut causes = CauseCount::default();
        causes.add(&passed);
        causes.add(&outcome("b.in", CaseResult::Passed));
        let unflushed = CommonCause {
            cases: 1,
            sentence: "passes, but does not flush its stdout".to_owned(),
        };
        assert_eq!(causes.commonest(), Some(unflushed.clone()));
        causes.add(&outcome("c.in", CaseResult::NothingExpected));
        assert_ne!(causes.commonest(), Some(unflushed));
    }
}
