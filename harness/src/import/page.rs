//! The text of a task's page, copied.
//!
//! Under `Sample Test Cases`: a title line that ends in `Timeout: 5000ms`, `Input`, lines,
//! `Expected Output`, lines, the next title or `Hints`. What stands before and after is the
//! task, and no business of ours. A title may also stand alone above its timeout or its `Input`. A plain
//! `Output` stands in many a task's text, too: it counts only after an input, and outside the samples
//! only if that input is a message. Where input and output have numbers, these must agree. An
//! `Explanation` or `Your Output` belongs to no sample, nor does the word of the button that copies one.

use super::draft::{Draft, Reading};
use super::finding::ImportFinding;
use super::label::{self, SampleLabel};
use super::source::{SourceLine, SourcePlace};
use super::title::split_timeout;

/// Finds the samples of a page; none if it is no page.
pub fn read(lines: &[SourceLine]) -> Reading {
    let words: Vec<_> = lines.iter().map(SourceLine::words).collect();
    let mut parser = PageParser {
        lines,
        follows: followers(&words),
        words,
        reading: Reading::default(),
        open: None,
        number: None,
        part: PagePart::Outside,
    };
    for index in 0..lines.len() {
        parser.line(index);
    }
    parser.close();
    parser.reading
}

/// How many lines are the label `Input`, and how many `Expected Output`.
pub fn labels(lines: &[SourceLine]) -> (usize, usize) {
    let labels = lines
        .iter()
        .filter_map(|line| SampleLabel::of(&line.words()));
    let (inputs, outputs): (Vec<_>, Vec<_>) =
        labels.partition(|label| *label == SampleLabel::Input);
    (inputs.len(), outputs.len())
}

/// A line that says what comes after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heading {
    Samples,
    Part(SampleLabel),
    /// What stands beside a sample.
    Aside,
    End,
}

impl Heading {
    const INPUT: Self = Self::Part(SampleLabel::Input);
    const EXPECTED: Self = Self::Part(SampleLabel::Expected);
    const OUTPUT: Self = Self::Part(SampleLabel::Output);

    fn of(words: &str) -> Option<Self> {
        match label::bare(words).to_ascii_lowercase().as_str() {
            "sample test cases" | "测试样例" | "测试用例" | "样例测试用例" | "示例测试用例" => {
                Some(Self::Samples)
            }
            "hints" | "提示" => Some(Self::End),
            "explanation" | "your output" | "解释" | "样例解释" | "样例说明" | "你的输出"
            | "您的输出" | "实际输出" => Some(Self::Aside),
            _ if words == "OVERVIEW" => Some(Self::End),
            _ => SampleLabel::of(words).map(Self::Part),
        }
    }
}

/// What follows a line, blank ones apart.
#[derive(Debug, Clone, Copy, Default)]
struct Follower {
    next: Option<usize>,
    heading: Option<Heading>,
    /// Whether an `Input` that comes next is that of a sample.
    is_before_sample: bool,
}

impl Follower {
    /// Whether an `Input` before this is that of a sample, wherever it stands. One without an output is,
    /// if it has a message and the next one is.
    fn is_sample(&self, words: &[String]) -> bool {
        let next = self.next.and_then(|next| words.get(next));
        let is_message = next.is_some_and(|next| next.starts_with('{'));
        match self.heading {
            Some(Heading::EXPECTED) => true,
            Some(Heading::OUTPUT) => is_message,
            Some(Heading::INPUT) => is_message && self.is_before_sample,
            _ => false,
        }
    }
}

fn followers(words: &[String]) -> Vec<Follower> {
    let mut follower = Follower::default();
    let mut all = vec![follower; words.len()];
    for ((index, line), place) in words.iter().enumerate().zip(&mut all).rev() {
        *place = follower;
        if let Some(heading) = Heading::of(line).filter(|heading| *heading != Heading::Aside) {
            follower.is_before_sample = heading == Heading::INPUT && follower.is_sample(words);
            follower.heading = Some(heading);
        }
        if !line.is_empty() && !is_button(line) {
            follower.next = Some(index);
        }
    }
    all
}

/// Where in the page a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PagePart {
    /// In the text of the task.
    Outside,
    /// Where a title must come.
    Titles,
    /// Between a title and its `Input`.
    Head,
    Input,
    Expected,
    /// Beside a sample that may go on.
    Aside,
}

struct PageParser<'page> {
    lines: &'page [SourceLine],
    words: Vec<String>,
    follows: Vec<Follower>,
    reading: Reading,
    open: Option<Draft>,
    /// The number of its `Input`.
    number: Option<String>,
    part: PagePart,
}

impl PageParser<'_> {
    fn line(&mut self, index: usize) {
        let (Some(line), Some(words)) = (self.lines.get(index), self.words.get(index).cloned())
        else {
            return;
        };
        let follower = self.follows.get(index).copied().unwrap_or_default();
        let is_content = |heading: &Heading| {
            *heading == Heading::OUTPUT
                && !matches!(
                    self.part,
                    PagePart::Input | PagePart::Aside | PagePart::Outside
                )
        };
        match Heading::of(&words).filter(|heading| !is_content(heading)) {
            _ if words.is_empty() => {}
            Some(Heading::Samples) => self.turn(PagePart::Titles),
            Some(Heading::End) if self.part == PagePart::Outside => {}
            Some(Heading::End) => self.turn(PagePart::Outside),
            Some(Heading::Aside) => self.aside(line, &words),
            Some(Heading::INPUT) => self.input(line, &words, follower),
            Some(Heading::Part(_)) => self.expected(line, &words),
            None if self.is_title(&words, follower) => self.title(&words, &line.place),
            None => self.content(line, &words),
        }
    }

    fn turn(&mut self, part: PagePart) {
        self.close();
        self.part = part;
    }

    fn aside(&mut self, line: &SourceLine, words: &str) {
        match self.part {
            PagePart::Input | PagePart::Expected | PagePart::Aside => {
                self.part = PagePart::Aside;
                self.reading.unused(line);
            }
            PagePart::Outside | PagePart::Titles | PagePart::Head => self.content(line, words),
        }
    }

    fn input(&mut self, line: &SourceLine, words: &str, follower: Follower) {
        match self.part {
            // A heading of the task's own text.
            PagePart::Outside if !follower.is_sample(&self.words) => return,
            PagePart::Head => {}
            PagePart::Outside
            | PagePart::Titles
            | PagePart::Input
            | PagePart::Expected
            | PagePart::Aside => {
                self.title("", &line.place);
            }
        }
        self.part = PagePart::Input;
        self.number = label::number(words);
    }

    fn expected(&mut self, line: &SourceLine, words: &str) {
        let (input, output) = (&self.number, label::number(words));
        let is_another = input.is_some() && output.is_some() && *input != output;
        match (self.part, &mut self.open) {
            (PagePart::Head | PagePart::Input | PagePart::Aside, Some(draft))
                if !is_another && draft.expected.is_none() =>
            {
                draft.expected = Some(Vec::new());
                self.part = PagePart::Expected;
            }
            (PagePart::Outside, _) => {}
            // What stands below it is no more of this sample than its heading.
            (PagePart::Expected | PagePart::Input | PagePart::Aside, _) => {
                self.turn(PagePart::Titles);
                self.reading.unused(line);
            }
            _ => self.reading.unused(line),
        }
    }

    /// Whether a line that is no label is a title.
    fn is_title(&self, words: &str, follower: Follower) -> bool {
        if words.starts_with(['{', '"'])
            || self.part == PagePart::Head && split_timeout(words).is_none()
        {
            return false;
        }
        let next = follower.next.and_then(|next| self.words.get(next));
        let before_input = next.is_some_and(|next| Heading::of(next) == Some(Heading::INPUT));
        let before_timeout =
            next.is_some_and(|next| is_timeout(next)) && follower.heading == Some(Heading::INPUT);
        match split_timeout(words) {
            Some(("", _)) => self.part != PagePart::Head && before_input,
            Some(_) if self.part == PagePart::Outside => {
                matches!(follower.heading, Some(Heading::INPUT | Heading::EXPECTED))
            }
            Some(_) => true,
            None if words.starts_with('[') => false,
            None if self.part == PagePart::Outside => {
                before_timeout || before_input && follower.is_before_sample
            }
            None => before_input || before_timeout,
        }
    }

    fn title(&mut self, words: &str, place: &SourcePlace) {
        self.close();
        let (title, timeout) = match split_timeout(words) {
            Some((title, timeout)) => (title, Some((place.clone(), timeout))),
            None => (words, None),
        };
        let mut draft = Draft::new(title.to_owned(), place.clone());
        draft.timeout = timeout;
        self.open = Some(draft);
        self.number = None;
        self.part = PagePart::Head;
    }

    fn content(&mut self, line: &SourceLine, words: &str) {
        let Some(draft) = &mut self.open else {
            if self.part == PagePart::Titles {
                self.reading.unused(line);
            }
            return;
        };
        match self.part {
            PagePart::Head => match split_timeout(words) {
                Some(("", timeout)) => draft.timeout = Some((line.place.clone(), timeout)),
                _ => draft.note.push(line.clone()),
            },
            PagePart::Aside => self.reading.unused(line),
            PagePart::Input => add(&mut draft.input, line, words),
            PagePart::Outside | PagePart::Titles | PagePart::Expected => {
                add(draft.expected.get_or_insert_default(), line, words);
            }
        }
    }

    /// Ends the open sample. One with neither input nor output was cut off.
    fn close(&mut self) {
        let Some(draft) = self.open.take() else {
            return;
        };
        if self.part == PagePart::Head {
            let title = draft.title.clone();
            self.reading
                .warn(&draft.place, ImportFinding::NoInput { title });
            for line in &draft.note {
                self.reading.unused(line);
            }
        } else {
            self.reading.drafts.push(draft);
        }
        self.part = PagePart::Titles;
    }
}

/// Adds a line to a part of a sample, but for the button's word above the first.
fn add(part: &mut Vec<SourceLine>, line: &SourceLine, words: &str) {
    if !(part.is_empty() && is_button(words)) {
        part.push(line.clone());
    }
}

fn is_button(words: &str) -> bool {
    words.eq_ignore_ascii_case("copy") || words == "复制"
}

fn is_timeout(words: &str) -> bool {
    matches!(split_timeout(words), Some(("", _)))
}
