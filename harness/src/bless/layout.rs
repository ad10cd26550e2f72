//! The lines of an old file that aren't messages, kept where they stood: the comments and blank lines
//! before a message go where that message goes.

use std::collections::BTreeSet;

use super::pairs::Pair;
use crate::case::ExpectedLine;

/// A file in the making.
#[derive(Debug)]
pub struct Layout<'a> {
    /// For each line of the old `.expected` what stands before it, and itself.
    blocks: Vec<Block<'a>>,
    stays: BTreeSet<usize>,
    /// How many blocks of lines that go were dealt with.
    gone: usize,
    tail: Vec<&'a str>,
    text: String,
    line_end: &'static str,
}

#[derive(Debug)]
struct Block<'a> {
    before: Vec<&'a str>,
    line: &'a str,
}

impl<'a> Layout<'a> {
    /// Nothing is written yet. `order` says which of the old lines stay.
    pub fn new(old: &'a str, expected: &[ExpectedLine], order: &[Pair]) -> Self {
        let line_end = if old.contains("\r\n") { "\r\n" } else { "\n" };
        let old = old.strip_prefix('\u{feff}').unwrap_or(old);
        let mut lines = old.lines();
        let (mut blocks, mut taken) = (Vec::new(), 0);
        for line in expected {
            let before: Vec<_> = lines.by_ref().take(line.number - 1 - taken).collect();
            taken = line.number;
            blocks.push(Block {
                before,
                line: lines.next().unwrap_or_default(),
            });
        }
        let mut layout = Self {
            blocks,
            stays: order.iter().filter_map(|(_, partner)| *partner).collect(),
            gone: 0,
            tail: lines.collect(),
            text: String::new(),
            line_end,
        };
        layout.write_head();
        if layout.blocks.is_empty() {
            // A file that expected nothing so far: what it says, it says of what comes.
            for line in std::mem::take(&mut layout.tail) {
                layout.write(line);
            }
        }
        layout
    }

    /// An old line as it stands there.
    pub fn old_line(&self, partner: usize) -> Option<&'a str> {
        Some(self.blocks.get(partner)?.line)
    }

    /// Adds a message; `partner`: the old line that it stands for.
    pub fn push(&mut self, partner: Option<usize>, line: &str) {
        if let Some(partner) = partner {
            self.write_gone(partner);
            self.write_before(partner);
        }
        self.write(line);
    }

    pub fn finish(mut self) -> String {
        self.write_gone(self.blocks.len());
        for line in std::mem::take(&mut self.tail) {
            self.write(line);
        }
        self.text
    }

    /// What stands above the first blank line of the file, or with it, speaks of the whole file.
    fn write_head(&mut self) {
        let Some(first) = self.blocks.first_mut() else {
            return;
        };
        let is_blank = |line: &&str| line.trim().is_empty();
        let head = first
            .before
            .iter()
            .rposition(is_blank)
            .map_or(0, |at| at + 1);
        for line in first.before.drain(..head).collect::<Vec<_>>() {
            self.write(line);
        }
    }

    /// Writes the comments of old lines before `end` that go.
    fn write_gone(&mut self, end: usize) {
        for position in self.gone..end {
            if !self.stays.contains(&position) {
                self.write_before(position);
            }
        }
        self.gone = self.gone.max(end);
    }

    fn write_before(&mut self, position: usize) {
        let block = self.blocks.get_mut(position);
        for line in block
            .map(|block| std::mem::take(&mut block.before))
            .unwrap_or_default()
        {
            self.write(line);
        }
    }

    fn write(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push_str(self.line_end);
    }
}
