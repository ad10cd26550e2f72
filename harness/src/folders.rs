//! How the cases of each folder came out, for a summary of a run. Pure.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::outcome::{CaseOutcome, Slowest, Tally};

/// The folders of a run, in the order of their paths.
#[derive(Debug, Clone)]
pub struct FolderTotals {
    slowest_max: usize,
    folders: BTreeMap<PathBuf, FolderTotal>,
}

/// How the cases right in one folder came out.
#[derive(Debug, Clone)]
pub struct FolderTotal {
    /// How many came to which end.
    pub tally: Tally,
    /// How long they ran, taken together.
    pub duration: Duration,
    pub slowest: Slowest,
}

impl FolderTotals {
    /// No folder yet. Of each so many of the slowest cases are kept.
    pub fn new(slowest_max: usize) -> Self {
        let folders = BTreeMap::new();
        Self {
            slowest_max,
            folders,
        }
    }

    pub fn add(&mut self, outcome: &CaseOutcome) {
        let folder = self.folder_of(&outcome.files.input);
        folder.tally.add(&outcome.result);
        folder.duration += outcome.duration;
        folder.slowest.add(outcome);
    }

    /// Counts what may have been a case, but could not be read.
    pub fn add_unreadable(&mut self, path: &Path) {
        self.folder_of(path).tally.add_unreadable();
    }

    /// The folders with their totals.
    pub fn all(&self) -> impl ExactSizeIterator<Item = (&Path, &FolderTotal)> {
        let folders = self.folders.iter();
        folders.map(|(folder, total)| (folder.as_path(), total))
    }

    fn folder_of(&mut self, path: &Path) -> &mut FolderTotal {
        // `case.in` lies where `./case.in` does.
        let named = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = named.unwrap_or(Path::new(".")).to_path_buf();
        let slowest_max = self.slowest_max;
        self.folders.entry(folder).or_insert_with(|| FolderTotal {
            tally: Tally::default(),
            duration: Duration::ZERO,
            slowest: Slowest::new(slowest_max),
        })
    }
}
