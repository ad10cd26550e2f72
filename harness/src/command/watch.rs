//! EDGE. `harness watch`: runs again whenever a case, a golden file, a `harness.toml` or the node
//! changes, until Ctrl-C.
//!
//! Looks at the files a few times a second: that works on every file system, and needs no thread.

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::run::Ready;
use super::screen::{self, say};
use super::{Failed, interrupts};
use crate::case::{self, find};
use crate::cli::RunArguments;
use crate::escape::file_name;
use crate::interrupt::Interrupt;
use crate::outcome::Exit;
use crate::watcher::Watcher;

/// How long between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How many changed files are named.
const NAMED_MAX: usize = 3;

pub fn watch(arguments: &RunArguments) -> Result<Exit, Failed> {
    let mut ready = Some(Ready::new(arguments)?);
    let interrupt = interrupts::catch()?;
    let _watcher = Watcher::start();
    let mut watched = Watched::default();
    loop {
        if let Some(ready) = &ready {
            watched.nodes = ready.nodes();
        }
        let before = watched.look(arguments);
        if let Some(mut ready) = ready.take() {
            ready.failures_first();
            // Whatever it amounts to, there will be another one.
            ready.run(arguments, &interrupt)?;
        }
        if interrupt.is_raised() {
            return Ok(Exit::Interrupted);
        }
        say("waiting for a change; Ctrl-C ends");
        let Some(changed) = watched.next(arguments, &before, &interrupt) else {
            return Ok(Exit::Interrupted);
        };
        say(&format!("\nchanged: {changed}"));
        match Ready::new(arguments) {
            Ok(next) => ready = Some(next),
            Err(failed) => screen::complain(&failed),
        }
    }
}

/// When a file or its rights were last changed (seconds, nanoseconds), how long it is, and which one
/// it is.
type Version = (i64, i64, u64, u64);

/// Files and their versions.
type Versions = BTreeMap<PathBuf, Version>;

/// What is looked at beside the cases.
#[derive(Default)]
struct Watched {
    nodes: BTreeSet<PathBuf>,
}

impl Watched {
    /// How everything stands now.
    fn look(&self, arguments: &RunArguments) -> Versions {
        let mut paths = self.nodes.clone();
        // Where nothing can be found, that is what changes when something can be.
        let found = find::find(&arguments.node.selection.paths).unwrap_or_default();
        for files in found.cases {
            paths.extend(case::config_files(&files.input));
            paths.extend([files.expected(), files.input]);
        }
        paths.extend(found.orphans);
        paths.iter().filter_map(|path| version(path)).collect()
    }

    /// Waits until something is other than `before`, and no longer changes; says what. `None`: the
    /// user wants to end.
    fn next(
        &self,
        arguments: &RunArguments,
        before: &Versions,
        interrupt: &Interrupt,
    ) -> Option<String> {
        let mut last = before.clone();
        loop {
            let timeout = Timespec::try_from(LOOK_EVERY).ok();
            let mut ends = [PollFd::from_borrowed_fd(interrupt.as_fd(), PollFlags::IN)];
            // An error is a signal's, and then the user wants to end.
            let _ = poll(&mut ends, timeout.as_ref());
            if interrupt.is_raised() {
                return None;
            }
            let now = self.look(arguments);
            // A file that is still being written is waited for.
            if now == last && now != *before {
                return Some(changed(before, &now));
            }
            last = now;
        }
    }
}

fn version(path: &Path) -> Option<(PathBuf, Version)> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let version = (
        metadata.ctime(),
        metadata.ctime_nsec(),
        metadata.len(),
        metadata.ino(),
    );
    Some((path.to_path_buf(), version))
}

/// The names of the files that differ.
fn changed(before: &Versions, now: &Versions) -> String {
    let all: BTreeSet<_> = before.keys().chain(now.keys()).collect();
    let differs = |path: &&&PathBuf| before.get(**path) != now.get(**path);
    let changed: Vec<_> = all.iter().filter(differs).collect();
    // Those of a node are absolute.
    let here = env::current_dir().unwrap_or_default();
    let shown = |path: &&&PathBuf| file_name(path.strip_prefix(&here).unwrap_or(path));
    let named = changed.iter().take(NAMED_MAX).map(shown);
    let named = named.collect::<Vec<_>>().join(", ");
    match changed.len().saturating_sub(NAMED_MAX) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
