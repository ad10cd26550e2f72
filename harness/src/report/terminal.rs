//! A run on the terminal, for people: each failure with its cause, its place, the messages around
//! it and the command that runs it alone; the count at the end.

use std::io::{self, Write};
use std::path::Path;

use anstyle::{AnsiColor, Effects, Style};

use super::{escape, fit, words};
use crate::excerpt::{Excerpt, Row, Side};
use crate::judge::Failure;
use crate::outcome::{CaseResult, NotRun, Outcome, Tally};

const RED: Style = AnsiColor::Red.on_default();
const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const DIM: Style = Style::new().effects(Effects::DIMMED);
const BOLD: Style = Style::new().effects(Effects::BOLD);

/// How many lines of stderr are shown.
const STDERR_LINES_MAX: usize = 12;

/// How many of the node's own bytes are looked at on either side of a place.
const BYTES_MAX: usize = 1024;

/// Everything below the headline of a case stands this far in.
const INDENT: &str = "  ";

/// Renders a run as it goes.
#[derive(Debug)]
pub struct Terminal<W> {
    out: W,
    width: usize,
    verbose: bool,
    again: Again,
}

/// What runs a case alone in the same way, but for the case's name.
#[derive(Debug, Clone)]
pub struct Again {
    /// The harness and what goes before the case.
    pub before: Vec<String>,
    /// What goes after it.
    pub after: Vec<String>,
}

impl Again {
    fn command(&self, case: &Path) -> String {
        let case = case.display().to_string();
        let words = self.before.iter().chain([&case]).chain(&self.after);
        words::quoted_words(&words.cloned().collect::<Vec<_>>())
    }
}

impl<W: Write> Terminal<W> {
    /// Renders to `out`, which takes care of colors, `width` columns wide. `verbose`: cases that
    /// pass are shown too.
    pub fn new(out: W, width: usize, verbose: bool, again: Again) -> Self {
        Self {
            out,
            width,
            verbose,
            again,
        }
    }

    /// An `.expected` that nothing checks.
    pub fn orphan(&mut self, expected: &Path) -> io::Result<()> {
        let name = file_name(expected);
        let input = file_name(&expected.with_extension("in"));
        self.headline(
            YELLOW,
            "WARN",
            &name,
            &format!("nothing checks it: there is no {input}"),
        )
    }

    /// One case.
    pub fn outcome(&mut self, outcome: &Outcome) -> io::Result<()> {
        let name = file_name(&outcome.files.input);
        let title = escape::text(&outcome.title);
        match &outcome.result {
            CaseResult::Passed if outcome.notes.is_empty() && !self.verbose => return Ok(()),
            CaseResult::Passed => {
                let milliseconds = outcome.duration.as_millis();
                self.headline(
                    GREEN,
                    "PASS",
                    &name,
                    &format!("{title} ({milliseconds} ms)"),
                )?;
            }
            CaseResult::FailedAsExpected { reason } => {
                self.headline(YELLOW, "XFAIL", &name, &escape::text(reason))?;
            }
            CaseResult::UnexpectedPass { reason } => {
                self.headline(RED, "FAIL", &name, &title)?;
                let reason = escape::text(reason);
                self.line(&format!(
                    "it passes, but says `@xfail {reason}`: remove that line"
                ))?;
            }
            CaseResult::Skipped { reason } => {
                self.headline(YELLOW, "SKIP", &name, &escape::text(reason))?;
            }
            CaseResult::Failed(failure) => {
                self.headline(RED, "FAIL", &name, &title)?;
                self.failure(outcome, failure)?;
            }
            CaseResult::NothingExpected => {
                self.headline(RED, "FAIL", &name, &title)?;
                self.nothing_expected(outcome)?;
            }
            CaseResult::NotRun(reason) => {
                self.headline(RED, "ERROR", &name, &title)?;
                self.line(&words::not_run(reason))?;
            }
        }
        for note in &outcome.notes {
            self.line(&format!("note: {}", words::note(note)))?;
        }
        match outcome.result {
            CaseResult::Failed(_)
            | CaseResult::UnexpectedPass { .. }
            | CaseResult::NotRun(NotRun::NotStarted { .. }) => self.again(&outcome.files.input),
            _ => Ok(()),
        }
    }

    /// The count, as the last line.
    pub fn tally(&mut self, tally: Tally, interrupted: bool) -> io::Result<()> {
        if tally.not_run > 0 {
            let cases = if tally.not_run == 1 { "case" } else { "cases" };
            writeln!(self.out, "{} {cases} could not be run", tally.not_run)?;
        }
        if interrupted {
            writeln!(
                self.out,
                "interrupted; what was still running is not counted"
            )?;
        }
        let Tally {
            passed,
            failed,
            skipped,
            ..
        } = tally;
        write!(self.out, "golden: {passed} passed, {failed} failed")?;
        if skipped > 0 {
            write!(self.out, ", {skipped} skipped")?;
        }
        writeln!(self.out)?;
        self.out.flush()
    }

    fn headline(&mut self, style: Style, word: &str, name: &str, text: &str) -> io::Result<()> {
        let style = style | Effects::BOLD;
        let colon = if text.is_empty() { "" } else { ": " };
        writeln!(
            self.out,
            "{style}{word}{style:#} {BOLD}{name}{BOLD:#}{colon}{text}"
        )
    }

    fn failure(&mut self, outcome: &Outcome, failure: &Failure) -> io::Result<()> {
        let input = file_name(&outcome.files.input);
        let expected = file_name(&outcome.files.expected());
        for diagnosis in &failure.diagnoses {
            let explained = words::diagnosis(diagnosis, &input, &expected);
            self.line(&explained.sentence)?;
            if let Some((bytes, offset)) = explained.bytes {
                self.bytes(&bytes, offset)?;
            }
        }
        if let Some(excerpt) = &failure.excerpt {
            self.excerpt(&expected, excerpt)?;
        }
        self.stderr(&failure.stderr)
    }

    fn nothing_expected(&mut self, outcome: &Outcome) -> io::Result<()> {
        let expected = file_name(&outcome.files.expected());
        self.line(&format!(
            "there is no {expected}: write down what the node must answer, one message a line"
        ))
    }

    /// The node's own bytes, with a caret under one of them.
    fn bytes(&mut self, bytes: &[u8], offset: Option<usize>) -> io::Result<()> {
        let (before, after) = bytes.split_at(offset.unwrap_or_default().min(bytes.len()));
        let before = before
            .get(before.len().saturating_sub(BYTES_MAX)..)
            .unwrap_or_default();
        let after = after.get(..after.len().min(BYTES_MAX)).unwrap_or_default();
        let (before, after) = (escape::bytes(before), escape::bytes(after));
        let mut at = after.chars();
        let line = fit::around(&before, at.next().filter(|_| offset.is_some()), at.as_str());
        let spans = match offset {
            Some(_) => fit::fit(&line, self.width - 6),
            None => fit::fit(
                &crate::matching::marks::MarkedLine::plain(&after),
                self.width - 6,
            ),
        };
        let text: String = spans.iter().map(|span| span.text.as_str()).collect();
        writeln!(self.out, "{INDENT}{INDENT}| {text}")?;
        match fit::carets(&spans) {
            carets if carets.is_empty() => Ok(()),
            carets => writeln!(self.out, "{INDENT}{INDENT}| {carets}"),
        }
    }

    fn excerpt(&mut self, expected: &str, excerpt: &Excerpt) -> io::Result<()> {
        let line = excerpt.line;
        for (position, sentence) in words::mismatch(excerpt).iter().enumerate() {
            match position {
                0 => self.line(&format!("{BOLD}{expected}:{line}{BOLD:#}: {sentence}"))?,
                _ => self.line(&format!("{INDENT}{sentence}"))?,
            }
        }
        let numbers = excerpt.rows.iter().map(|row| row.number.to_string().len());
        let digits = numbers.max().unwrap_or(1);
        for row in &excerpt.rows {
            self.row(row, digits)?;
        }
        match words::renamed(&excerpt.renamed) {
            Some(sentence) => self.line(&sentence),
            None => Ok(()),
        }
    }

    fn row(&mut self, row: &Row, digits: usize) -> io::Result<()> {
        let (word, style) = match row.side {
            Side::Context => ("", DIM),
            Side::Expected => ("expected", GREEN),
            Side::Actual => ("actual", RED),
        };
        let gutter = format!("{INDENT}{word:>8} {:>digits$} | ", row.number);
        let spans = fit::fit(&row.line, self.width.saturating_sub(gutter.len()));
        write!(self.out, "{style}{gutter}{style:#}")?;
        for span in &spans {
            let style = match (span.differs, row.side) {
                (true, _) => style | Effects::BOLD | Effects::UNDERLINE,
                (false, Side::Context) => style,
                (false, _) => Style::new(),
            };
            write!(self.out, "{style}{}{style:#}", span.text)?;
        }
        writeln!(self.out)?;
        match fit::carets(&spans) {
            carets if carets.is_empty() => Ok(()),
            carets => {
                let blank = " ".repeat(gutter.len() - 2);
                writeln!(self.out, "{style}{blank}| {carets}{style:#}")
            }
        }
    }

    fn stderr(&mut self, stderr: &[u8]) -> io::Result<()> {
        let lines: Vec<_> = stderr
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.trim_ascii().is_empty())
            .collect();
        if lines.is_empty() {
            return Ok(());
        }
        self.line("the node's stderr ends with")?;
        let start = lines.len().saturating_sub(STDERR_LINES_MAX);
        for line in lines.get(start..).unwrap_or_default() {
            self.bytes(line, None)?;
        }
        Ok(())
    }

    fn again(&mut self, case: &Path) -> io::Result<()> {
        let command = self.again.command(case);
        self.line(&format!("again: {command}"))
    }

    fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{INDENT}{text}")
    }
}

/// A file's name, safe to show.
pub fn file_name(file: &Path) -> String {
    escape::text(&file.display().to_string())
}
