//! A run on the terminal, for people: each failure with its cause, its place, the messages around
//! it and the command that runs it alone; the count at the end.

use std::io::{self, Write};
use std::path::Path;

use anstyle::{AnsiColor, Effects, Style};

use super::{causes, diagram, escape, fit, words};
use crate::case::CaseFiles;
use crate::case::find::Unreadable;
use crate::diagnosis::Diagnosis;
use crate::diagram::{Diagram, Mark};
use crate::excerpt::{Excerpt, Row, Side};
use crate::judge::Failure;
use crate::matching::marks::MarkedLine;
use crate::outcome::{CaseResult, NotRun, Outcome, RunEnd, Slowest, Tally};

pub(super) const RED: Style = AnsiColor::Red.on_default();
pub(super) const GREEN: Style = AnsiColor::Green.on_default();
pub(super) const YELLOW: Style = AnsiColor::Yellow.on_default();
pub(super) const DIM: Style = Style::new().effects(Effects::DIMMED);
const BOLD: Style = Style::new().effects(Effects::BOLD);

/// How wide messages are where no terminal says: a whole one of an ordinary size.
const WIDTH_DEFAULT: usize = 120;

/// How narrow prose gets.
const WIDTH_MIN: usize = 30;

/// How many lines of stderr are shown.
const STDERR_LINES_MAX: usize = 12;

/// How many of the node's own bytes are looked at on either side of a place.
const BYTES_MAX: usize = 1024;

/// Everything below the headline of a case stands this far in.
pub(super) const INDENT: &str = "  ";

/// Renders a run as it goes.
#[derive(Debug)]
pub struct Terminal<W> {
    pub(super) out: W,
    width: usize,
    prose_width: usize,
    verbose: bool,
    again: Again,
    /// Why a case could not be run, the last time: a node that doesn't start is told once.
    not_run_last: Option<String>,
    /// Whether an empty line is due before the next case.
    gap: bool,
}

/// What runs a case alone in the same way, but for the case's name.
#[derive(Debug, Clone)]
pub struct Again {
    /// The harness, as the user called it.
    pub harness: String,
    /// What goes before the case.
    pub before: Vec<String>,
    /// What goes after it.
    pub after: Vec<String>,
}

impl Again {
    /// The command line that does something (`run`, `bless`) with a case alone.
    pub fn command(&self, verb: &str, case: &Path) -> String {
        let (verb, case) = (verb.to_owned(), case.display().to_string());
        let words = [&self.harness, &verb].into_iter();
        let words = words.chain(&self.before).chain([&case]).chain(&self.after);
        words::quoted_words(&words.cloned().collect::<Vec<_>>())
    }
}

impl<W: Write> Terminal<W> {
    /// Renders to `out`, which takes care of colors. `width`: that of the terminal in columns, if
    /// it is one; elsewhere prose isn't wrapped. `verbose`: cases that pass are shown too.
    pub fn new(out: W, width: Option<usize>, verbose: bool, again: Again) -> Self {
        Self {
            out,
            width: width.unwrap_or(WIDTH_DEFAULT),
            prose_width: width.map_or(usize::MAX, |width| width.max(WIDTH_MIN)),
            verbose,
            again,
            not_run_last: None,
            gap: false,
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

    /// A path that could not be searched for cases.
    pub fn unreadable(&mut self, unreadable: &Unreadable) -> io::Result<()> {
        let reason = escape::text(&unreadable.reason);
        self.headline(RED, "ERROR", &file_name(&unreadable.path), &reason)
    }

    /// Whether there is anything to show of a case.
    pub fn shows(&self, outcome: &Outcome) -> bool {
        self.verbose || !outcome.notes.is_empty() || !matches!(outcome.result, CaseResult::Passed)
    }

    /// One case.
    pub fn outcome(&mut self, outcome: &Outcome) -> io::Result<()> {
        let name = file_name(&outcome.files.input);
        let title = escape::text(&outcome.title);
        match &outcome.result {
            CaseResult::Passed if !self.shows(outcome) => return Ok(()),
            CaseResult::Passed => {
                let milliseconds = outcome.duration.as_millis();
                let title = if title.is_empty() { title } else { title + " " };
                self.headline(GREEN, "PASS", &name, &format!("{title}({milliseconds} ms)"))?;
            }
            CaseResult::Flaky(first) => {
                self.headline(YELLOW, "FLAKY", &name, &title)?;
                self.line(&words::flaky(outcome.runs))?;
                if let CaseResult::Failed(failure) = first.as_ref() {
                    self.failure(outcome, failure)?;
                }
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
                let sentence = words::not_run(reason);
                if self.not_run_last.as_ref() == Some(&sentence) {
                    return self.line("for the same reason");
                }
                self.line(&sentence)?;
                self.not_run_last = Some(sentence);
            }
        }
        if outcome.runs.total > 1 && outcome.result.is_failure() {
            self.line(&words::failed_runs(outcome.runs))?;
        }
        for note in &outcome.notes {
            self.line(&format!("note: {}", words::note(note)))?;
        }
        self.gap = matches!(outcome.result, CaseResult::Failed(_) | CaseResult::Flaky(_));
        match outcome.result {
            CaseResult::Failed(_)
            | CaseResult::Flaky(_)
            | CaseResult::UnexpectedPass { .. }
            | CaseResult::NotRun(NotRun::NotStarted { .. }) => self.again(&outcome.files.input),
            _ => Ok(()),
        }
    }

    /// The cases that took longest.
    pub fn slowest(&mut self, slowest: &Slowest) -> io::Result<()> {
        if slowest.cases().is_empty() {
            return Ok(());
        }
        writeln!(self.out, "the slowest:")?;
        for (duration, files) in slowest.cases() {
            let (milliseconds, name) = (duration.as_millis(), file_name(&files.input));
            writeln!(self.out, "{INDENT}{milliseconds:>6} ms  {name}")?;
        }
        Ok(())
    }

    /// The count, as the last line.
    pub fn tally(&mut self, tally: Tally, end: RunEnd) -> io::Result<()> {
        if tally.not_run > 0 {
            let cases = if tally.not_run == 1 { "case" } else { "cases" };
            writeln!(self.out, "{} {cases} could not be run", tally.not_run)?;
        }
        match end {
            RunEnd::Complete => {}
            RunEnd::Interrupted => writeln!(
                self.out,
                "interrupted; what was still running is not counted"
            )?,
            RunEnd::EnoughFailures { left } => {
                let cases = if left == 1 { "case" } else { "cases" };
                writeln!(self.out, "that is enough failures: {left} {cases} not run")?;
            }
        }
        if tally.passed == 0 && tally.failed == 0 && tally.skipped > 0 {
            writeln!(self.out, "every case was skipped: nothing was checked")?;
        }
        let Tally {
            passed,
            failed,
            skipped,
            flaky,
            ..
        } = tally;
        write!(self.out, "golden: {passed} passed, {failed} failed")?;
        if skipped > 0 {
            write!(self.out, ", {skipped} skipped")?;
        }
        if flaky > 0 {
            write!(self.out, ", {flaky} flaky")?;
        }
        writeln!(self.out)?;
        self.out.flush()
    }

    pub(super) fn headline(
        &mut self,
        style: Style,
        word: &str,
        name: &str,
        text: &str,
    ) -> io::Result<()> {
        if std::mem::take(&mut self.gap) {
            writeln!(self.out)?;
        }
        let style = style | Effects::BOLD;
        let colon = if text.is_empty() { "" } else { ": " };
        let line = format!("{style}{word}{style:#} {BOLD}{name}{BOLD:#}{colon}{text}");
        self.wrapped(&line, "", INDENT)
    }

    fn failure(&mut self, outcome: &Outcome, failure: &Failure) -> io::Result<()> {
        let expected = file_name(&outcome.files.expected());
        self.diagnoses(&outcome.files, &failure.diagnoses)?;
        if let Some(excerpt) = &failure.excerpt {
            self.excerpt(&expected, excerpt)?;
        }
        if let Some(diagram) = &failure.diagram {
            self.diagram(diagram)?;
        }
        self.stderr(&failure.stderr)
    }

    pub(super) fn diagnoses(
        &mut self,
        files: &CaseFiles,
        diagnoses: &[Diagnosis],
    ) -> io::Result<()> {
        let (input, expected) = (file_name(&files.input), file_name(&files.expected()));
        for diagnosis in diagnoses {
            let explained = causes::diagnosis(diagnosis, &input, &expected);
            self.line(&explained.sentence)?;
            if let Some((bytes, offset)) = explained.bytes {
                self.bytes(&bytes, offset)?;
            }
        }
        Ok(())
    }

    fn nothing_expected(&mut self, outcome: &Outcome) -> io::Result<()> {
        let expected = file_name(&outcome.files.expected());
        self.line(&format!(
            "there is no {expected}: write down what the node must answer, one message a line, or"
        ))?;
        let command = self.again.command("bless", &outcome.files.input);
        writeln!(
            self.out,
            "{INDENT}make it from what your node answers: {command}"
        )
    }

    /// The node's own bytes, with a caret under one of them.
    fn bytes(&mut self, bytes: &[u8], offset: Option<usize>) -> io::Result<()> {
        let (before, after) = bytes.split_at(offset.unwrap_or_default().min(bytes.len()));
        let before = before
            .get(before.len().saturating_sub(BYTES_MAX)..)
            .unwrap_or_default();
        let after = after.get(..after.len().min(BYTES_MAX)).unwrap_or_default();
        let (before, after) = (escape::bytes(before), escape::bytes(after));
        let line = match (offset, after.chars().next()) {
            (Some(_), at @ Some(character)) => fit::around(
                &before,
                at,
                after.get(character.len_utf8()..).unwrap_or_default(),
            ),
            _ => MarkedLine::plain(&(before + &after)),
        };
        let spans = fit::fit(&line, self.width.saturating_sub(6));
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
                _ => self.wrapped(sentence, "    ", "      ")?,
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

    fn diagram(&mut self, diagram: &Diagram) -> io::Result<()> {
        let width = self.width.saturating_sub(INDENT.len());
        for line in diagram::lines(diagram, width) {
            let style = match line.mark {
                Mark::None => DIM,
                Mark::Wrong => RED,
                Mark::Missing => GREEN,
            };
            writeln!(self.out, "{INDENT}{style}{}{style:#}", line.text)?;
        }
        Ok(())
    }

    fn row(&mut self, row: &Row, digits: usize) -> io::Result<()> {
        let (word, style) = match row.side {
            Side::Context => ("expected", DIM),
            Side::Missing => ("missing", GREEN),
            Side::Surplus => ("surplus", RED),
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
        let command = self.again.command("run", case);
        // Not wrapped: it is there to be copied.
        writeln!(self.out, "{INDENT}again: {command}")
    }

    pub(super) fn line(&mut self, text: &str) -> io::Result<()> {
        let inner = [INDENT, INDENT].concat();
        self.wrapped(text, INDENT, &inner)
    }

    /// Writes prose, broken between words where a terminal would break it within them.
    fn wrapped(&mut self, text: &str, first: &str, others: &str) -> io::Result<()> {
        let options = textwrap::Options::new(self.prose_width)
            .initial_indent(first)
            .subsequent_indent(others)
            .break_words(false)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        for line in textwrap::wrap(text, options) {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }
}

/// A file's name, safe to show.
pub fn file_name(file: &Path) -> String {
    escape::text(&file.display().to_string())
}
