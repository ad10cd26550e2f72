//! A document as its readers see it: sections, and the fenced blocks that they show. Knows nothing of
//! what is in a block.

use std::collections::VecDeque;
use std::fs;
use std::path::Path;

/// A fenced block.
pub struct Block {
    /// What stands behind its fence.
    pub language: String,
    pub text: String,
    /// Of its fence, from 1.
    line: usize,
}

/// A section that shows something. Whoever proves it takes its blocks, one after the other.
pub struct Section {
    pub document: &'static str,
    pub heading: String,
    blocks: VecDeque<Block>,
}

pub fn text_of(document: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::read_to_string(root.join(document)).unwrap()
}

/// The sections of a document that have blocks.
pub fn sections(document: &'static str) -> Vec<Section> {
    let text = text_of(document);
    let mut sections = vec![Section::new(document, "")];
    let mut lines = text.lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let block = lines.by_ref().map(|(line, _)| line);
            let block: Vec<_> = block.take_while(|line| *line != "```").collect();
            sections.last_mut().unwrap().blocks.push_back(Block {
                language: language.to_owned(),
                text: block.join("\n") + "\n",
                line: number,
            });
        } else if line.starts_with('#') {
            sections.push(Section::new(document, line.trim_start_matches('#').trim()));
        } else {
            assert!(!line.contains("```"), "{document}:{number}: what is this?");
        }
    }
    sections.retain(|section| !section.blocks.is_empty());
    sections
}

impl Section {
    fn new(document: &'static str, heading: &str) -> Self {
        Self {
            document,
            heading: heading.to_owned(),
            blocks: VecDeque::new(),
        }
    }

    /// The next block, which must be of this language.
    #[track_caller]
    pub fn take(&mut self, language: &str) -> String {
        let place = format!("{}, {:?}", self.document, self.heading);
        let block = self.blocks.pop_front();
        let block = block.unwrap_or_else(|| panic!("{place} shows no further {language}"));
        assert_eq!(block.language, language, "{place}, line {}", block.line);
        block.text
    }

    /// The next block is one that no test can run.
    #[track_caller]
    pub fn excuse(&mut self, language: &str, reason: &str) {
        let text = self.take(language);
        assert_ne!(reason, "", "why is this not run?\n{text}");
    }

    /// What nobody took.
    pub fn left(&self) -> Vec<String> {
        let place = |block: &Block| format!("{}:{}", self.document, block.line);
        self.blocks.iter().map(place).collect()
    }
}
