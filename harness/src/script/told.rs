//! What came of the run of a case with a cluster, for its transcript. Values only.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::output::Output;
use crate::transcript::{AskedInVain, InVain, Mishap};

/// How many mishaps are kept: a node may break the rules with every line.
const MISHAPS_MAX: usize = 1000;

/// What came of a run.
#[derive(Debug, Default)]
pub struct Told {
    /// The lines that reached clients.
    pub output: Output,
    pub lines: usize,
    /// The line of the `.in` that was sent last; 0 if none was.
    pub sent_line: usize,
    /// Whether all steps were done.
    pub is_done: bool,
    /// What the names in the `.in` stood for.
    pub names: BTreeMap<String, Value>,
    /// The message that was held back to the end.
    pub in_vain: Option<InVain>,
    /// What nodes did that nobody may do.
    pub mishaps: Vec<Mishap>,
    /// The requests that never got the expected answer.
    pub asked_in_vain: Vec<AskedInVain>,
}

impl Told {
    /// A line has reached a client.
    pub fn line(&mut self, line: &[u8]) {
        self.lines += 1;
        self.output.push(line, false, |_| {});
        self.output.push(b"\n", false, |_| {});
    }

    /// A node did what nobody may do.
    pub fn mishap(&mut self, mishap: Mishap) {
        if self.mishaps.len() < MISHAPS_MAX {
            self.mishaps.push(mishap);
        }
    }
}
