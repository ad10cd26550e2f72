//! EDGE. Whether this runs in GitHub Actions, and where.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::{env, io};

use rustix::fs::OFlags;

use super::Failed;
use crate::report::annotations::Folders;

/// Whether what is written here is read as a log of GitHub Actions.
pub fn is_here() -> bool {
    env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

/// Adds a piece of Markdown to the summary of the job, if there is one.
///
/// # Errors
/// That it can't be written.
pub fn add_to_summary(text: impl FnOnce() -> String) -> Result<(), Failed> {
    let file = env::var_os("GITHUB_STEP_SUMMARY").filter(|file| !file.is_empty());
    let Some(file) = file.map(PathBuf::from) else {
        return Ok(());
    };
    // A pipe that nobody reads is an error, not something to wait for.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let opened = File::options()
        .append(true)
        .create(true)
        .custom_flags(flags)
        .open(&file);
    let written = opened.and_then(|mut opened| opened.write_all(text().as_bytes()));
    written.map_err(|error| Failed::UnwritableReport { file, error })
}

/// This folder and that of the repository; where none is named, this one.
pub fn folders() -> io::Result<Folders> {
    let here = env::current_dir()?;
    let root = env::var_os("GITHUB_WORKSPACE").filter(|root| !root.is_empty());
    let root = root.map_or_else(|| here.clone(), Into::into);
    Ok(Folders {
        // As it is named by the system here, it must be there.
        root: root.canonicalize().unwrap_or(root),
        here,
    })
}
