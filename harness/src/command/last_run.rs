//! EDGE. Which cases failed when they were last run from this folder, kept in the user's cache: what
//! `--failed` runs again. Where there is no such place, nothing is kept and nothing is wrong.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use crate::case::CaseFiles;
use crate::files;

/// The cases that failed, each by the real path of its `.in`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LastRun {
    failed: BTreeSet<PathBuf>,
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
        })
    }

    /// Whether a case failed.
    pub fn has_failed(&self, files: &CaseFiles) -> bool {
        self.failed.contains(&real(files))
    }

    /// A case was run.
    pub fn judged(&mut self, files: &CaseFiles, failed: bool) {
        if failed {
            self.failed.insert(real(files));
        } else if !self.failed.is_empty() {
            self.failed.remove(&real(files));
        }
    }

    /// Keeps what is known.
    ///
    /// # Errors
    /// Those of the system.
    pub fn store(&self) -> io::Result<()> {
        let Some(place) = place() else {
            return Ok(());
        };
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        let names: Vec<_> = self
            .failed
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
