//! What the lines of a Markdown text are: headings, labels, fences; as much of it as samples need.

use super::label::SampleLabel;
use super::source::SourceLine;
use super::title::plain;

/// How many fences there are.
pub fn fences(lines: &[SourceLine]) -> usize {
    lines
        .iter()
        .filter(|line| Fence::open(&line.text()).is_some())
        .count()
}

/// The lines with nothing where fenced blocks stand.
pub fn without_blocks(lines: &[SourceLine]) -> Vec<SourceLine> {
    let mut fence: Option<Fence> = None;
    let blank = |line: &SourceLine| {
        let text = line.text();
        let open = fence;
        fence = match open {
            Some(open) => Some(open).filter(|open| !open.is_closed_by(&text)),
            None => Fence::open(&text),
        };
        let mut line = line.clone();
        if open.is_some() || fence.is_some() {
            line.bytes.clear();
        }
        line
    };
    lines.iter().map(blank).collect()
}

/// A line of backticks or tildes above a block.
#[derive(Debug, Clone, Copy)]
pub struct Fence {
    mark: char,
    length: usize,
    indent: usize,
}

impl Fence {
    /// The fence that a line is, if it is one.
    pub fn open(text: &str) -> Option<Self> {
        let fence = text.trim_start();
        let mark = fence
            .chars()
            .next()
            .filter(|mark| matches!(mark, '`' | '~'))?;
        let info = fence.trim_start_matches(mark);
        let length = fence.len() - info.len();
        let is_fence = length >= 3 && !(mark == '`' && info.contains('`'));
        let indent = text.len() - fence.len();
        is_fence.then_some(Self {
            mark,
            length,
            indent,
        })
    }

    /// Whether a line is its end.
    pub fn is_closed_by(self, text: &str) -> bool {
        let text = text.trim();
        text.len() >= self.length && text.chars().all(|character| character == self.mark)
    }

    /// A line of the block without the blanks that its fence has, too.
    pub fn content(self, line: &SourceLine) -> SourceLine {
        let blanks = line.bytes.iter().take(self.indent);
        let indent = blanks.take_while(|byte| byte.is_ascii_whitespace()).count();
        let mut line = line.clone();
        line.bytes.drain(..indent);
        line
    }
}

/// The label that a line is, bold or a heading or with something in parentheses after it.
fn label(words: &str) -> Option<SampleLabel> {
    let words = words.split(['(', '（']).next().unwrap_or_default();
    let marks = |c: char| c.is_whitespace() || "#*_:：`>-".contains(c);
    SampleLabel::of(words.trim_matches(marks))
}

/// What a line is, outside blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlockMark {
    Blank,
    Fence,
    /// What announces a block, with its level, if it is a heading.
    Label(SampleLabel, Option<usize>),
    /// A heading, with its level and its text.
    Heading(usize, String),
    /// Anything else, and all that stands in a block.
    Text,
}

impl BlockMark {
    fn of(line: &SourceLine) -> Self {
        let words = line.words();
        let level = words.len() - words.trim_start_matches('#').len();
        let rest = words.get(level..).unwrap_or_default();
        let is_heading = (1..=6).contains(&level) && rest.starts_with([' ', '\t']);
        match label(&words) {
            _ if words.is_empty()
                || words.len() >= 3 && words.chars().all(|c| "-*_".contains(c)) =>
            {
                Self::Blank
            }
            _ if Fence::open(&line.text()).is_some() => Self::Fence,
            Some(label) => Self::Label(label, is_heading.then_some(level)),
            None if is_heading => {
                Self::Heading(level, rest.trim_matches([' ', '\t', '#']).to_owned())
            }
            // `**1. Title**`, as deep as no heading.
            None if words.starts_with("**") && words.ends_with("**") && plain(&words).1 => {
                Self::Heading(7, words)
            }
            None => Self::Text,
        }
    }
}

/// What each line is. A label must have a block before the next heading or label, else it is text:
/// a task may well have a chapter on its input.
pub fn marks(lines: &[SourceLine]) -> Vec<BlockMark> {
    let mut marks = Vec::with_capacity(lines.len());
    let mut fence: Option<Fence> = None;
    for line in lines {
        let text = line.text();
        match fence {
            Some(open) if open.is_closed_by(&text) => fence = None,
            Some(_) => {}
            None => {
                fence = Fence::open(&text);
                marks.push(BlockMark::of(line));
                continue;
            }
        }
        marks.push(BlockMark::Text);
    }
    let mut has_block = false;
    for (mark, line) in marks.iter_mut().zip(lines).rev() {
        match mark {
            BlockMark::Fence => has_block = true,
            BlockMark::Label(_, level) if !has_block => {
                let words = line.words().trim_matches([' ', '#']).to_owned();
                *mark = level.map_or(BlockMark::Text, |level| BlockMark::Heading(level, words));
            }
            BlockMark::Label(..) | BlockMark::Heading(..) => has_block = false,
            BlockMark::Blank | BlockMark::Text => {}
        }
    }
    marks
}
