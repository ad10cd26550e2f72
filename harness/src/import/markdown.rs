//! A task in Markdown: `### 1. Title`, perhaps a paragraph (the note), `Input:` and a fenced block,
//! `Expected output:` and a fenced block.
//!
//! Labels may be bold or headings, of any level and case. A heading without such blocks is the
//! task's own text, and no business of ours.

use super::blocks::{BlockMark, Fence, marks};
use super::draft::{Draft, Reading};
use super::finding::ImportFinding;
use super::label::SampleLabel;
use super::source::SourceLine;
use super::title::{plain, split_timeout};

/// Finds the samples of a Markdown text; none if it is no such text.
pub fn read(lines: &[SourceLine]) -> Reading {
    let mut parser = MarkdownParser {
        marks: marks(lines),
        reading: Reading::default(),
        section: None,
        fence: None,
        bare: Vec::new(),
        drafts: Vec::new(),
    };
    for (index, line) in lines.iter().enumerate() {
        parser.line(index, line);
    }
    parser.end();
    parser.reading
}

/// What stands under one heading.
struct Section<'source> {
    level: usize,
    numbered: bool,
    draft: Draft,
    /// The block that comes next.
    awaits: Option<SampleLabel>,
    has_input: bool,
    /// Text and blocks that belong to no part of the sample, if it is one.
    unused: Vec<(&'source SourceLine, Option<ImportFinding>)>,
}

impl Section<'_> {
    fn is_sample(&self) -> bool {
        self.has_input || self.draft.expected.is_some()
    }
}

struct MarkdownParser<'source> {
    marks: Vec<BlockMark>,
    reading: Reading,
    section: Option<Section<'source>>,
    /// The open fence, where it stands, and what its block is.
    fence: Option<(Fence, &'source SourceLine, Option<SampleLabel>)>,
    /// Numbered headings with nothing under them that is a sample.
    bare: Vec<Section<'source>>,
    /// The samples, each with how deep its heading is.
    drafts: Vec<(usize, Draft)>,
}

impl<'source> MarkdownParser<'source> {
    fn line(&mut self, index: usize, line: &'source SourceLine) {
        if let Some((fence, _, label)) = self.fence {
            return self.block(line, fence, label);
        }
        match self.marks.get(index).cloned().unwrap_or(BlockMark::Blank) {
            BlockMark::Blank => {}
            BlockMark::Fence => self.fence(line),
            BlockMark::Label(label, _) => self.label(label, line),
            BlockMark::Heading(level, title) => self.heading(level, &title, line),
            BlockMark::Text => self.text(line),
        }
    }

    fn block(&mut self, line: &SourceLine, fence: Fence, label: Option<SampleLabel>) {
        if fence.is_closed_by(&line.text()) {
            self.fence = None;
            return;
        }
        let Some(section) = &mut self.section else {
            return;
        };
        match label {
            _ if line.words().is_empty() => {}
            Some(SampleLabel::Input) => section.draft.input.push(fence.content(line)),
            Some(SampleLabel::Expected | SampleLabel::Output) => {
                let expected = section.draft.expected.get_or_insert_default();
                expected.push(fence.content(line));
            }
            None => {}
        }
    }

    fn fence(&mut self, line: &'source SourceLine) {
        let label = self
            .section
            .as_mut()
            .and_then(|section| section.awaits.take());
        self.fence = Fence::open(&line.text()).map(|fence| (fence, line, label));
        if let (Some(section), None) = (&mut self.section, label) {
            section
                .unused
                .push((line, Some(ImportFinding::UnusedBlock)));
        }
    }

    fn label(&mut self, label: SampleLabel, line: &SourceLine) {
        let is_next = |section: &Section<'_>| match label {
            SampleLabel::Input => !section.is_sample(),
            SampleLabel::Expected | SampleLabel::Output => section.draft.expected.is_none(),
        };
        if !self.section.as_ref().is_some_and(is_next) {
            // Two samples under one heading have one title.
            let before = self.section.as_ref();
            let (level, title) = before.map_or((0, String::new()), |before| {
                (before.level, before.draft.title.clone())
            });
            self.close();
            self.open(level, title, false, line);
        }
        if let Some(section) = &mut self.section {
            section.awaits = Some(label);
            match label {
                SampleLabel::Input => section.has_input = true,
                SampleLabel::Expected | SampleLabel::Output => {
                    section.draft.expected = Some(Vec::new());
                }
            }
        }
    }

    fn heading(&mut self, level: usize, title: &str, line: &'source SourceLine) {
        let (title, timeout) = match split_timeout(title) {
            Some((title, timeout)) => (title, Some((line.place.clone(), timeout))),
            None => (title, None),
        };
        let (title, numbered) = plain(title);
        let open = self.section.as_mut();
        // A chapter within a numbered sample, such as `#### Description`.
        if let Some(section) = open.filter(|open| open.numbered && level > open.level && !numbered)
        {
            match timeout {
                Some(timeout) if title.is_empty() => section.draft.timeout = Some(timeout),
                _ => self.text(line),
            }
            return;
        }
        self.close();
        self.open(level, title, numbered, line);
        if let Some(section) = &mut self.section {
            section.draft.timeout = timeout;
        }
    }

    fn text(&mut self, line: &'source SourceLine) {
        let Some(section) = &mut self.section else {
            return;
        };
        match split_timeout(&line.words()) {
            Some((title, timeout)) if title.trim_matches(['-', '*', ' ']).is_empty() => {
                section.draft.timeout = Some((line.place.clone(), timeout));
            }
            _ if section.is_sample() => section.unused.push((line, None)),
            _ => section.draft.note.push(line.clone()),
        }
    }

    fn open(&mut self, level: usize, title: String, numbered: bool, line: &SourceLine) {
        self.section = Some(Section {
            level,
            numbered,
            draft: Draft::new(title, line.place.clone()),
            awaits: None,
            has_input: false,
            unused: Vec::new(),
        });
    }

    fn close(&mut self) {
        let Some(section) = self.section.take() else {
            return;
        };
        if !section.is_sample() {
            self.bare
                .extend(Some(section).filter(|section| section.numbered));
            return;
        }
        for (line, finding) in section.unused {
            match finding {
                Some(finding) => self.reading.warn(&line.place, finding),
                None => self.reading.unused(line),
            }
        }
        self.drafts.push((section.level, section.draft));
    }

    /// Tells of what the end cut off, and sorts out what only looks like a sample or only doesn't.
    fn end(&mut self) {
        if let Some((_, line, _)) = self.fence.take() {
            self.reading.warn(&line.place, ImportFinding::OpenFence);
        }
        self.close();
        let whole = self.drafts.iter().filter(|(_, draft)| draft.is_whole());
        let levels: Vec<_> = whole.map(|(level, _)| *level).collect();
        for section in std::mem::take(&mut self.bare) {
            if levels.contains(&section.level) {
                self.no_input(section.draft);
            }
        }
        for (level, draft) in std::mem::take(&mut self.drafts) {
            // A chapter on the input, with an example, is no sample beside others that are whole.
            let is_chapter = draft.expected.is_none() && !levels.is_empty();
            if is_chapter && !levels.contains(&level) {
                let title = draft.title;
                self.reading
                    .warn(&draft.place, ImportFinding::Chapter { title });
            } else {
                self.reading.drafts.push(draft);
            }
        }
    }

    fn no_input(&mut self, draft: Draft) {
        let title = draft.title;
        self.reading
            .warn(&draft.place, ImportFinding::NoInput { title });
        for line in &draft.note {
            self.reading.unused(line);
        }
    }
}
