//! What was blessed, for people: each file with its differences, each case that was left alone with
//! the reason, the count at the end.

use std::io::{self, Write};

use anstyle::Style;
use similar::{ChangeTag, TextDiff};

use super::terminal::{DIM, GREEN, INDENT, RED, Terminal, YELLOW, file_name};
use super::{escape, words};
use crate::bless::{Outcome, Refused, Tally};
use crate::case::CaseFiles;
use crate::outcome::NotRun;

/// How many lines that stay are shown around a change.
const CONTEXT: usize = 2;

/// Renders a blessing as it goes.
pub struct Report<W> {
    terminal: Terminal<W>,
    dry_run: bool,
}

impl<W: Write> Report<W> {
    /// Renders as the terminal does. `dry_run`: nothing is written, and that is said.
    pub fn new(terminal: Terminal<W>, dry_run: bool) -> Self {
        Self { terminal, dry_run }
    }

    /// One case.
    pub fn outcome(&mut self, files: &CaseFiles, outcome: &Outcome) -> io::Result<()> {
        let (input, expected) = (file_name(&files.input), file_name(&files.expected()));
        match outcome {
            Outcome::Unchanged => Ok(()),
            Outcome::Changed { old: None, new } => {
                self.terminal.headline(GREEN, "NEW", &expected, "")?;
                self.differences("", new)
            }
            Outcome::Changed {
                old: Some(old),
                new,
            } => {
                self.terminal.headline(YELLOW, "CHANGED", &expected, "")?;
                self.differences(old, new)
            }
            Outcome::Skipped { reason } => {
                let reason = escape::text(reason);
                self.terminal.headline(YELLOW, "SKIP", &input, &reason)
            }
            Outcome::Refused(refused) => {
                self.terminal.headline(RED, "REFUSED", &input, "")?;
                self.refused(files, refused)
            }
            Outcome::NotRun(reason) => self.not_run(&input, reason),
        }
    }

    /// The count, as the last line.
    pub fn tally(&mut self, tally: Tally) -> io::Result<()> {
        let Tally {
            new,
            changed,
            unchanged,
            skipped,
            refused,
            failed,
        } = tally;
        let out = &mut self.terminal.out;
        if self.dry_run && new + changed > 0 {
            writeln!(out, "nothing was written: this was a dry run")?;
        }
        write!(
            out,
            "bless: {new} new, {changed} changed, {unchanged} unchanged"
        )?;
        for (count, what) in [
            (skipped, "skipped"),
            (refused, "refused"),
            (failed, "failed"),
        ] {
            if count > 0 {
                write!(out, ", {count} {what}")?;
            }
        }
        writeln!(out)?;
        out.flush()
    }

    fn refused(&mut self, files: &CaseFiles, refused: &Refused) -> io::Result<()> {
        if let Refused::Unclean(diagnoses) = refused {
            return self.terminal.diagnoses(files, diagnoses);
        }
        let (input, expected) = (file_name(&files.input), file_name(&files.expected()));
        self.terminal
            .line(&words::refused(refused, &input, &expected))
    }

    fn not_run(&mut self, input: &str, reason: &NotRun) -> io::Result<()> {
        self.terminal.headline(RED, "ERROR", input, "")?;
        self.terminal.line(&words::not_run(reason))
    }

    /// Where two texts differ, line by line.
    fn differences(&mut self, old: &str, new: &str) -> io::Result<()> {
        let diff = TextDiff::from_lines(old, new);
        for (position, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
            if position > 0 {
                writeln!(self.terminal.out, "{INDENT}...")?;
            }
            for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
                let (sign, style) = match change.tag() {
                    ChangeTag::Delete => ("-", RED),
                    ChangeTag::Insert => ("+", GREEN),
                    ChangeTag::Equal => (" ", DIM),
                };
                let line = change.value().trim_end_matches(['\r', '\n']);
                self.difference(style, sign, line)?;
            }
        }
        Ok(())
    }

    fn difference(&mut self, style: Style, sign: &str, line: &str) -> io::Result<()> {
        let line = escape::text(line);
        writeln!(self.terminal.out, "{INDENT}{style}{sign} {line}{style:#}")
    }
}
