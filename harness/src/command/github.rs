//! EDGE. Whether this runs in GitHub Actions, and where.

use std::{env, io};

use crate::report::annotations::Folders;

/// Whether what is written here is read as a log of GitHub Actions.
pub fn is_here() -> bool {
    env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
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
