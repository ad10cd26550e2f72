//! EDGE. Which cases failed when they were last run from this folder, kept in the user's cache: what
//! `--failed` runs again. Where there is no such place, nothing is kept and nothing is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use rustix::fs::{FlockOperation, flock};

use crate::case::CaseFiles;
use crate::files;

/// The cases that failed, each by the real path of its `.in`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LastRun {
    failed: BTreeSet<PathBuf>,
    /// Whether each that was judged since then has failed.
    judged: BTreeMap<PathBuf, bool>,
}

impl LastRun {
    /// What is known of runs from this folder; `None` if there is nothing.
    pub fn load() -> Option<Self> {
        let bytes = fs::read(place()?).ok()?;
        // A path can hold anything but a NUL.
        let names = bytes.split(|byte| *byte == 0);
        let names = names.filter(|name| !name.is_empty());
        Some(Self {
            failed: names.map(|name| OsStr::from_bytes(name).into()).collect(),
            judged: BTreeMap::new(),
        })
    }

    /// Whether there is a place for it.
    pub fn can_be_kept() -> bool {
        place().is_some()
    }

    /// Whether a case failed.
    pub fn has_failed(&self, files: &CaseFiles) -> bool {
        self.failed.contains(&real(files))
    }

    /// A case was run.
    pub fn judged(&mut self, files: &CaseFiles, failed: bool) {
        self.judged.insert(real(files), failed);
    }

    /// Keeps what is known, that included which another harness has kept meanwhile.
    ///
    /// # Errors
    /// Those of the system.
    pub fn store(&self) -> io::Result<()> {
        let Some(place) = place() else {
            return Ok(());
        };
        let folder = place.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(folder)?;
        // Held until this returns, so that two harnesses do it one after the other.
        let lock = fs::File::open(folder)?;
        let _ = flock(&lock, FlockOperation::LockExclusive);
        let mut failed = Self::load().unwrap_or_default().failed;
        for (path, has_failed) in &self.judged {
            if *has_failed {
                failed.insert(path.clone());
            } else {
                failed.remove(path);
            }
        }
        let names: Vec<_> = failed
            .iter()
            .map(|path| path.as_os_str().as_bytes())
            .collect();
        files::replace(&place, &names.join(&0))
    }
}

fn real(files: &CaseFiles) -> PathBuf {
    fs::canonicalize(&files.input).unwrap_or_else(|_| files.input.clone())
}

/// Where it is kept: in the user's cache, below the path of this folder.
fn place() -> Option<PathBuf> {
    let named = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let home = || named("HOME").map(|home| home.join(".cache"));
    let cache = named("XDG_CACHE_HOME").or_else(home)?;
    let here = env::current_dir().ok()?;
    let here = here.strip_prefix("/").unwrap_or(&here);
    Some(
        cache
            .join("harness")
            .join(here)
            .join(Path::new("failed-cases.list")),
    )
}
