//! Which cases there are: the `.in` files at and below the paths that were named.
//!
//! Hidden folders are left out. Nothing is read but names.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::CaseFiles;

/// The extension of what the node reads.
pub const INPUT_EXTENSION: &str = "in";
/// The extension of what the node must answer.
pub const EXPECTED_EXTENSION: &str = "expected";

/// What stands at and below the paths, each list sorted by path and free of duplicates.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The cases.
    pub cases: Vec<CaseFiles>,
    /// `.expected` files that no `.in` stands beside: nothing checks them.
    pub orphans: Vec<PathBuf>,
}

/// A path that can't be searched.
#[derive(Debug)]
pub enum FindError {
    /// Nothing is there.
    Missing(PathBuf),
    /// It is a file, but no part of a case.
    NotACase(PathBuf),
    /// A folder that can't be read, or a loop of links.
    Unreadable(walkdir::Error),
}

impl fmt::Display for FindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => write!(
                f,
                "there is no {}; name a folder of cases, or one case's .in file",
                path.display()
            ),
            Self::NotACase(path) => write!(
                f,
                "{} is no case: a case is NAME.in with NAME.expected beside it",
                path.display()
            ),
            Self::Unreadable(error) => write!(f, "{error}"),
        }
    }
}

/// Finds the cases. A path names a folder, a case's `.in` or `.expected`, or a case without
/// its extension.
pub fn find(paths: &[PathBuf]) -> Result<Found, FindError> {
    let mut inputs = BTreeSet::new();
    let mut expecteds = BTreeSet::new();
    for path in paths {
        if path.is_dir() {
            walk(path, &mut inputs, &mut expecteds)?;
        } else {
            inputs.insert(single(path)?);
        }
    }
    let orphans = expecteds
        .into_iter()
        .filter(|path| !inputs.contains(&path.with_extension(INPUT_EXTENSION)))
        .collect();
    let cases = inputs.into_iter().map(CaseFiles::new).collect();
    Ok(Found { cases, orphans })
}

fn walk(
    folder: &Path,
    inputs: &mut BTreeSet<PathBuf>,
    expecteds: &mut BTreeSet<PathBuf>,
) -> Result<(), FindError> {
    let entries = WalkDir::new(folder)
        .follow_links(true)
        .into_iter()
        .filter_entry(|entry| !is_hidden_folder(entry));
    for entry in entries {
        let entry = entry.map_err(FindError::Unreadable)?;
        if !entry.file_type().is_file() {
            continue;
        }
        let path = entry.into_path();
        if has_extension(&path, INPUT_EXTENSION) {
            inputs.insert(path);
        } else if has_extension(&path, EXPECTED_EXTENSION) {
            expecteds.insert(path);
        }
    }
    Ok(())
}

/// The `.in` of the one case that `path` names.
fn single(path: &Path) -> Result<PathBuf, FindError> {
    let is_input = has_extension(path, INPUT_EXTENSION);
    if is_input && path.is_file() {
        return Ok(path.to_path_buf());
    }
    let input = if has_extension(path, EXPECTED_EXTENSION) {
        path.with_extension(INPUT_EXTENSION)
    } else {
        let mut name = path.as_os_str().to_owned();
        name.push(".");
        name.push(INPUT_EXTENSION);
        PathBuf::from(name)
    };
    match (!is_input && input.is_file(), path.exists()) {
        (true, _) => Ok(input),
        (false, true) => Err(FindError::NotACase(path.to_path_buf())),
        (false, false) => Err(FindError::Missing(path.to_path_buf())),
    }
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

fn is_hidden_folder(entry: &DirEntry) -> bool {
    let hidden = entry.file_name().to_string_lossy().starts_with('.');
    entry.depth() > 0 && entry.file_type().is_dir() && hidden
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    fn found(folder: &Path, paths: &[&str]) -> Vec<String> {
        let paths: Vec<_> = paths.iter().map(|path| folder.join(path)).collect();
        let found = find(&paths).unwrap();
        let name = |path: &Path| path.strip_prefix(folder).unwrap().display().to_string();
        let cases = found.cases.iter().map(|files| name(&files.input));
        let orphans = found.orphans.iter().map(|path| name(path) + " (orphan)");
        cases.chain(orphans).collect()
    }

    #[test]
    fn folders_files_and_names_select_each_case_once_in_order() {
        let folder = tree(&[
            "b/two.in",
            "b/two.expected",
            "a/one.in",
            "a/lost.expected",
            "a/.hidden/x.in",
            "a/notes.md",
        ]);
        let all = ["a/one.in", "b/two.in", "a/lost.expected (orphan)"];
        assert_eq!(found(folder.path(), &[""]), all);
        assert_eq!(
            found(folder.path(), &["b", "b/two.expected", "b/two"]),
            ["b/two.in"]
        );
    }

    #[test]
    fn a_path_that_is_no_case_is_an_error() {
        let folder = tree(&["notes.md", "lost.expected"]);
        let error = |name: &str| find(&[folder.path().join(name)]).unwrap_err();
        assert!(matches!(error("none"), FindError::Missing(_)));
        assert!(matches!(error("none.in"), FindError::Missing(_)));
        assert!(matches!(error("notes.md"), FindError::NotACase(_)));
        assert!(matches!(error("lost.expected"), FindError::NotACase(_)));
    }
}
