//! Which cases there are: the `.in` files at and below the paths that were named.
//!
//! Hidden files and folders are left out. Nothing is read but names.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use glob::MatchOptions;
use walkdir::{DirEntry, WalkDir};

use super::CaseFiles;
use crate::escape;

/// The extension of what the node reads.
pub const INPUT_EXTENSION: &str = "in";
/// The extension of what the node must answer.
pub const EXPECTED_EXTENSION: &str = "expected";

/// How a glob is read: as a shell does, and hidden files are left out.
pub const GLOB: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// What stands at and below the paths, each list sorted by path and free of duplicates.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub cases: Vec<CaseFiles>,
    /// `.expected` files that no `.in` stands beside: nothing checks them.
    pub orphans: Vec<PathBuf>,
    /// What could not be searched: there may be cases in it.
    pub unreadable: Vec<Unreadable>,
}

/// A folder that can't be read, a link that leads nowhere or round in a circle.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unreadable {
    pub path: PathBuf,
    pub reason: String,
}

/// A path that can't be searched.
#[derive(Debug)]
pub enum FindError {
    Missing(PathBuf),
    /// It is a file, but no part of a case.
    NotACase(PathBuf),
    /// No path matches the glob.
    NoMatch(PathBuf),
    /// It isn't a path that is there, nor a glob.
    BadGlob {
        path: PathBuf,
        reason: &'static str,
    },
}

impl fmt::Display for FindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => write!(
                f,
                "there is no folder or case named {}; name a folder of cases, or one case's .in file",
                escape::file_name(path)
            ),
            Self::NotACase(path) => write!(
                f,
                "{} is no case: a case is NAME.in with NAME.expected beside it",
                escape::file_name(path)
            ),
            Self::NoMatch(path) => write!(
                f,
                "no file or folder matches {}: * stands for anything but /, and ** for folders",
                escape::file_name(path)
            ),
            Self::BadGlob { path, reason } => {
                write!(f, "{} is no glob: {reason}", escape::file_name(path))
            }
        }
    }
}

/// Finds the cases. A path names a folder, a case's `.in` or `.expected`, a case without its extension,
/// or, where nothing has that name, all that match it as a glob.
pub fn find(paths: &[PathBuf]) -> Result<Found, FindError> {
    let mut search = Search::default();
    for path in paths {
        if path.is_dir() {
            search.walk(path);
            continue;
        }
        match (single(path), path.to_str().filter(|path| is_glob(path))) {
            (Err(FindError::Missing(_)), Some(pattern)) => search.glob(pattern)?,
            (input, _) => search.inputs.push(input?),
        }
    }
    Ok(search.finish())
}

#[derive(Default)]
struct Search {
    inputs: Vec<PathBuf>,
    expecteds: Vec<PathBuf>,
    unreadable: BTreeSet<Unreadable>,
}

impl Search {
    fn walk(&mut self, folder: &Path) {
        // Sorted within each folder by names, they are nearly in the order of paths, which takes long to
        // compare: names of a thousand cases begin alike.
        // All in a folder begin with its path, so their bytes have the order of the names, and compare faster.
        let by_bytes = |a: &DirEntry, b: &DirEntry| {
            let [a, b] = [a, b].map(|entry| entry.path().as_os_str());
            a.cmp(b)
        };
        let entries = WalkDir::new(folder).follow_links(true).sort_by(by_bytes);
        for entry in entries.into_iter().filter_entry(|entry| !is_hidden(entry)) {
            match entry {
                Ok(entry) if entry.file_type().is_file() => self.file(entry.into_path()),
                Ok(_) => {}
                Err(error) => self.error(folder, &error),
            }
        }
    }

    /// All that a glob matches: the cases among the files, and those in the folders.
    fn glob(&mut self, pattern: &str) -> Result<(), FindError> {
        let inputs = format!("{pattern}.{INPUT_EXTENSION}");
        let mut matches = false;
        for pattern in [pattern, &inputs] {
            let paths = glob::glob_with(pattern, GLOB).map_err(|error| FindError::BadGlob {
                path: pattern.into(),
                reason: error.msg,
            })?;
            for path in paths {
                matches = true;
                match path {
                    Ok(path) if path.is_dir() => self.walk(&path),
                    Ok(path) => match single(&path) {
                        Ok(input) => self.inputs.push(input),
                        Err(_) => self.file(path),
                    },
                    Err(error) => {
                        let (path, reason) = (error.path().into(), error.error().to_string());
                        self.unreadable.insert(Unreadable { path, reason });
                    }
                }
            }
        }
        let no_match = FindError::NoMatch(pattern.into());
        matches.then_some(()).ok_or(no_match)
    }

    fn file(&mut self, path: PathBuf) {
        if has_extension(&path, INPUT_EXTENSION) {
            self.inputs.push(path);
        } else if has_extension(&path, EXPECTED_EXTENSION) {
            self.expecteds.push(path);
        }
    }

    /// What Emacs and others leave beside a file while it is edited is nobody's case.
    fn error(&mut self, folder: &Path, error: &walkdir::Error) {
        let path = error.path().unwrap_or(folder).to_path_buf();
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            return;
        }
        let reason = match error.io_error() {
            Some(error) => error.to_string(),
            None => "this link leads back to a folder above it".to_owned(),
        };
        self.unreadable.insert(Unreadable { path, reason });
    }

    fn finish(mut self) -> Found {
        for paths in [&mut self.inputs, &mut self.expecteds] {
            paths.sort();
            paths.dedup();
        }
        let with_input: HashSet<_> = self.inputs.iter().cloned().collect();
        let has_input = |path: &PathBuf| with_input.contains(&path.with_extension(INPUT_EXTENSION));
        self.expecteds.retain(|path| !has_input(path));
        let (mut seen, mut folders) = (HashSet::new(), HashMap::new());
        self.inputs
            .retain(|path| seen.insert(place(path, &mut folders)));
        Found {
            orphans: self.expecteds,
            cases: self.inputs.into_iter().map(CaseFiles::new).collect(),
            unreadable: self.unreadable.into_iter().collect(),
        }
    }
}

/// Whether something in a path may stand for something else.
pub fn is_glob(path: &str) -> bool {
    path.contains(['*', '?', '['])
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

/// Where a file really lies: its folder without links and detours, and its name there. `known`: the
/// folders that were asked for already.
fn place(path: &Path, known: &mut HashMap<PathBuf, PathBuf>) -> (PathBuf, Option<OsString>) {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let name = path.file_name().map(OsString::from);
    if let Some(real) = known.get(folder) {
        return (real.clone(), name);
    }
    let real = folder
        .canonicalize()
        .unwrap_or_else(|_| folder.to_path_buf());
    known.insert(folder.to_path_buf(), real.clone());
    (real, name)
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.')
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
            "a/.#one.in",
            "a/notes.md",
        ]);
        let all = ["a/one.in", "b/two.in", "a/lost.expected (orphan)"];
        assert_eq!(found(folder.path(), &[""]), all);
        assert_eq!(
            found(
                folder.path(),
                &["b", "b/two.expected", "b/two", "a/../b/two"]
            ),
            ["a/../b/two.in"]
        );
    }

    #[test]
    fn globs_select_cases_in_files_and_folders() {
        let folder = tree(&[
            "a/echo-1.in",
            "a/echo-1.expected",
            "a/echo-2.in",
            "a/read-1.in",
            "b/deep/echo-1.in",
            "b/echo-lost.expected",
            "b/.echo-3.in",
            "b/notes.md",
            "odd[1].in",
            "odd1.in",
        ]);
        // A link that leads round in a circle.
        std::os::unix::fs::symlink("..", folder.path().join("b/up")).unwrap();
        let found = |path| found(folder.path(), &[path]);
        assert_eq!(found("*/echo-?.in"), ["a/echo-1.in", "a/echo-2.in"]);
        assert_eq!(found("*/echo-?"), ["a/echo-1.in", "a/echo-2.in"]);
        assert_eq!(found("**/echo-1.*"), ["a/echo-1.in", "b/deep/echo-1.in"]);
        let expecteds = ["a/echo-1.in", "b/echo-lost.expected (orphan)"];
        assert_eq!(found("*/*.expected"), expecteds);
        assert_eq!(found("[ab]/d*"), ["b/deep/echo-1.in"]);
        assert_eq!(found("b/*.md"), [""; 0]);
        assert_eq!(
            found("odd[1].in"),
            ["odd[1].in"],
            "what is there is no glob"
        );
        assert_eq!(found("odd[1]"), ["odd[1].in"]);
        let error = |name: &str| find(&[folder.path().join(name)]).unwrap_err();
        assert!(matches!(error("*/none-*"), FindError::NoMatch(_)));
        assert!(
            matches!(error("b/?echo-3.in"), FindError::NoMatch(_)),
            "hidden"
        );
        assert!(matches!(error("a***"), FindError::BadGlob { .. }));
    }

    #[test]
    fn what_cannot_be_searched_is_named_and_the_rest_is_found() {
        let folder = tree(&["one.in", "sub/two.in"]);
        let link = |to: &str, name: &str| {
            std::os::unix::fs::symlink(to, folder.path().join(name)).unwrap();
        };
        link("nowhere", "broken.in");
        link("user@host.1", ".#one.in");
        link("..", "sub/up");
        let found = find(&[folder.path().to_path_buf()]).unwrap();
        assert_eq!(found.cases.len(), 2);
        let names: Vec<_> = found
            .unreadable
            .iter()
            .map(|bad| bad.path.file_name().unwrap())
            .collect();
        assert_eq!(names, ["broken.in", "up"]);
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
