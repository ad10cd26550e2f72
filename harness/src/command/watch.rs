//! EDGE. `harness watch`: runs again whenever a case, a golden file, a `harness.toml` or the node
//! changes or a key is pressed, until Ctrl-C.
//!
//! Looks at the files a few times a second: that works on every file system, and needs no thread.

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs, iter};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::keys::{Keys, WatchKey};
use super::run::Ready;
use super::screen::{self, say};
use super::{Failed, interrupts};
use crate::case::{self, find};
use crate::cli::run::RunArguments;
use crate::escape::file_name;
use crate::interrupt::Interrupt;
use crate::outcome::ExitCode;
use crate::watcher::Watcher;

/// How long between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How many changed files are named.
const NAMED_MAX: usize = 3;

pub fn watch(arguments: &RunArguments) -> Result<ExitCode, Failed> {
    let mut arguments = arguments.clone();
    let mut first = Ready::new(&arguments)?;
    first.alone()?;
    let mut ready = Some(first);
    let interrupt = interrupts::catch()?;
    let _watcher = Watcher::start();
    let mut watched = Watched::default();
    let mut last = ExitCode::Passed;
    loop {
        if let Some(ready) = &mut ready {
            watched.nodes = ready.alone()?.files();
        }
        let before = watched.look(&arguments);
        if let Some(mut ready) = ready.take() {
            ready.alone()?.failures_first();
            last = ready.run(&arguments, &interrupt)?;
        }
        if interrupt.is_raised() {
            return Ok(ExitCode::Interrupted);
        }
        match watched.next(&arguments, &before, &interrupt) {
            WaitEnd::Interrupted => return Ok(ExitCode::Interrupted),
            WaitEnd::Key(WatchKey::Quit) => return Ok(last),
            WaitEnd::Key(WatchKey::All) => arguments.failed = false,
            WaitEnd::Key(WatchKey::Failed) => arguments.failed = true,
            WaitEnd::Key(WatchKey::Again) => {}
            WaitEnd::Changed(changed) => say(&format!("\nchanged: {changed}")),
        }
        let mut next = Ready::new(&arguments);
        if matches!(
            next,
            Err(Failed::NothingFailed(_) | Failed::NoFailedList(_))
        ) {
            say("no case failed; all run");
            arguments.failed = false;
            next = Ready::new(&arguments);
        }
        match next {
            Ok(next) => ready = Some(next),
            Err(failed) => {
                screen::complain(&failed);
                last = ExitCode::CouldNotRun;
            }
        }
    }
}

/// What a wait ended with.
enum WaitEnd {
    Changed(String),
    Key(WatchKey),
    Interrupted,
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

    /// Waits until something is other than `before`, and no longer changes, or a key is pressed.
    fn next(&self, arguments: &RunArguments, before: &Versions, interrupt: &Interrupt) -> WaitEnd {
        let keys = Keys::open();
        say(match keys {
            Some(_) => "waiting for a change; a all, f failed, Enter again, q quit",
            None => "waiting for a change; Ctrl-C ends",
        });
        let mut last = before.clone();
        loop {
            let timeout = Timespec::try_from(LOOK_EVERY).ok();
            let signals = PollFd::from_borrowed_fd(interrupt.as_fd(), PollFlags::IN);
            let typed = keys.as_ref().map(|keys| PollFd::new(keys, PollFlags::IN));
            let mut ends: Vec<_> = iter::once(signals).chain(typed).collect();
            // An error is a signal's, and then the user wants to end.
            let _ = poll(&mut ends, timeout.as_ref());
            if interrupt.is_raised() {
                return WaitEnd::Interrupted;
            }
            let is_typed = ends.get(1).is_some_and(|end| !end.revents().is_empty());
            if let Some(key) = keys.as_ref().filter(|_| is_typed).and_then(Keys::read) {
                return WaitEnd::Key(key);
            }
            let now = self.look(arguments);
            // A file that is still being written is waited for.
            if now == last && now != *before {
                return WaitEnd::Changed(changed(before, &now));
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
