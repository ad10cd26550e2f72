//! Text for people as it is laid out: how wide, how far in, broken where. Colors stand in it as
//! escape sequences; whoever writes it to where there are none takes them out.

use std::mem;

use anstyle::{AnsiColor, Effects, Style};

use super::{alike, causes, diagram, stderr, words};
use crate::case::CaseFiles;
use crate::diagnosis::Diagnosis;
use crate::diagram::{Diagram, Mark};
use crate::escape::file_name;
use crate::excerpt::{Excerpt, Row, Side};
use crate::matching::marks::Span;
use crate::phrases::fit;

/// What is wrong.
pub const RED: Style = AnsiColor::Red.on_default();
/// What is right.
pub const GREEN: Style = AnsiColor::Green.on_default();
/// What should be looked at.
pub const YELLOW: Style = AnsiColor::Yellow.on_default();
/// What is to be found quickly.
pub const BOLD: Style = Style::new().effects(Effects::BOLD);
/// What is there for orientation.
pub const DIM: Style = Style::new().effects(Effects::DIMMED);

/// How wide messages are where no terminal says: a whole one of an ordinary size.
const WIDTH_DEFAULT: usize = 120;

/// How narrow prose gets.
const WIDTH_MIN: usize = 30;

/// Everything below the headline of a case stands this far in.
pub const INDENT: &str = "  ";

/// A growing text.
#[derive(Debug)]
pub struct Page {
    text: String,
    width: usize,
    prose_width: usize,
}

impl Page {
    /// An empty page. `width`: that of the terminal in columns, if it is one; elsewhere prose isn't
    /// wrapped.
    pub fn new(width: Option<usize>) -> Self {
        Self {
            text: String::new(),
            width: width.unwrap_or(WIDTH_DEFAULT),
            prose_width: width.map_or(usize::MAX, |width| width.max(WIDTH_MIN)),
        }
    }

    /// How wide prose is, in columns: without end where there is no terminal.
    pub fn prose_width(&self) -> usize {
        self.prose_width
    }

    /// How wide it is, in columns.
    pub fn width(&self) -> usize {
        self.width
    }

    /// What was put on it since the last time.
    pub fn take(&mut self) -> String {
        mem::take(&mut self.text)
    }

    /// A line as it stands.
    pub fn put(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A paragraph below a headline.
    pub fn line(&mut self, text: &str) {
        let inner = [INDENT, INDENT].concat();
        self.wrapped(text, INDENT, &inner);
    }

    /// Prose, broken between words where a terminal would break it within them.
    pub fn wrapped(&mut self, text: &str, first: &str, others: &str) {
        let options = textwrap::Options::new(self.prose_width)
            .initial_indent(first)
            .subsequent_indent(others)
            .break_words(false)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        for line in textwrap::wrap(text, options) {
            self.put(&line);
        }
    }

    /// The first line about something: a word in its color, a name, and what there is to say.
    pub fn headline(&mut self, style: Style, word: &str, name: &str, text: &str) {
        let style = style | Effects::BOLD;
        let colon = if text.is_empty() { "" } else { ": " };
        let line = format!("{style}{word}{style:#} {BOLD}{name}{BOLD:#}{colon}{text}");
        self.wrapped(&line, "", INDENT);
    }

    /// Causes, with the node's own bytes.
    pub fn diagnoses<'a>(
        &mut self,
        files: &CaseFiles,
        diagnoses: impl IntoIterator<Item = &'a Diagnosis>,
    ) {
        let (input, expected) = (file_name(&files.input), file_name(&files.expected()));
        for diagnosis in diagnoses {
            let explained = causes::diagnosis(diagnosis, &input, &expected);
            self.line(&explained.sentence);
            if let Some((bytes, offset)) = explained.bytes {
                self.bytes(&bytes, offset);
            }
        }
    }

    /// What of the node's stderr is worth showing.
    pub fn stderr(&mut self, stderr: &[u8]) {
        let lines = stderr::shown(stderr);
        if !lines.is_empty() {
            self.line("the node's stderr ends with");
        }
        for line in lines {
            match line {
                Some(line) => self.bytes(line, None),
                None => self.put(&format!("{INDENT}{INDENT}| …")),
            }
        }
    }

    /// An exchange, with the wrong message marked.
    pub fn diagram(&mut self, diagram: &Diagram) {
        for line in diagram::lines(diagram, self.width.saturating_sub(INDENT.len())) {
            let style = match line.mark {
                Mark::None => DIM,
                Mark::Wrong => RED,
                Mark::Missing => GREEN,
            };
            self.put(&format!("{INDENT}{style}{}{style:#}", line.text));
        }
    }

    /// The node's own bytes, with a caret under one of them.
    pub fn bytes(&mut self, bytes: &[u8], offset: Option<usize>) {
        let [text, carets] = fit::pointed(bytes, offset, self.width.saturating_sub(6));
        self.put(&format!("{INDENT}{INDENT}| {text}"));
        if !carets.is_empty() {
            self.put(&format!("{INDENT}{INDENT}| {carets}"));
        }
    }

    /// Where the output parts from what was expected, with the messages around it.
    pub fn excerpt(&mut self, expected: &str, excerpt: &Excerpt) {
        let line = excerpt.line;
        for (position, sentence) in words::mismatch(excerpt).iter().enumerate() {
            match position {
                0 => {
                    let place = format!("{BOLD}{expected}:{line}{BOLD:#}");
                    self.line(&format!("{place}: {sentence}"));
                }
                _ => self.wrapped(sentence, "    ", "      "),
            }
        }
        let numbers = excerpt.rows.iter().map(|row| row.number.to_string().len());
        let digits = numbers.max().unwrap_or(1);
        for row in &alike::rows(excerpt) {
            self.row(row, digits);
        }
        if let Some(sentence) = words::renamed(&excerpt.renamed) {
            self.line(&sentence);
        }
    }

    /// A message, with what differs in it marked. `digits`: how many its number may have.
    fn row(&mut self, row: &Row, digits: usize) {
        let (word, style) = match row.side {
            Side::Context => ("expected", DIM),
            Side::Missing => ("missing", GREEN),
            Side::Surplus => ("surplus", RED),
            Side::Expected => ("expected", GREEN),
            Side::Actual => ("actual", RED),
        };
        let gutter = format!("{INDENT}{word:>8} {:>digits$} | ", row.number);
        let spans = fit::fit(&row.line, self.width.saturating_sub(gutter.len()));
        let styled = |span: &Span| {
            let style = match (span.differs, row.side) {
                (true, _) => style | Effects::BOLD | Effects::UNDERLINE,
                (false, Side::Context) => style,
                (false, _) => Style::new(),
            };
            format!("{style}{}{style:#}", span.text)
        };
        let text: String = spans.iter().map(styled).collect();
        self.put(&format!("{style}{gutter}{style:#}{text}"));
        let carets = fit::carets(&spans);
        if !carets.is_empty() {
            let blank = " ".repeat(gutter.len() - 2);
            self.put(&format!("{style}{blank}| {carets}{style:#}"));
        }
    }
}
