//! Paths as short as they can be told apart: `ann`, `bob` for `students/ann/node.py` and
//! `students/bob/node.py`, as the heads of rows and columns.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use crate::escape::file_name;

/// The names, in the order of the paths: of each as many parts from its end as tell it from all others, and
/// without the last part where all of them have the same. Equal paths get equal names.
pub fn short_names(paths: &[&Path]) -> Vec<String> {
    let parts: Vec<Vec<_>> = paths.iter().map(|path| parts(path)).collect();
    let mut counts: BTreeMap<&[Component<'_>], usize> = BTreeMap::new();
    let mut distinct = parts.clone();
    distinct.sort();
    distinct.dedup();
    for path in &distinct {
        for start in 0..path.len() {
            *counts
                .entry(path.get(start..).unwrap_or_default())
                .or_default() += 1;
        }
    }
    // A path that is the end of another one shares all of its own ends with it.
    let tells = |end: &[Component<'_>]| counts.get(end) == Some(&1);
    let last = distinct.first().and_then(|path| path.last());
    let is_shared = distinct.len() > 1
        && distinct
            .iter()
            .all(|path| path.len() > 1 && path.last() == last);
    let name = |path: &Vec<Component<'_>>| {
        let mut ends = (0..path.len()).rev().filter_map(|start| path.get(start..));
        let short = ends.find(|end| tells(end)).unwrap_or(path);
        let kept = short.len() - usize::from(is_shared && short.len() > 1);
        let short: PathBuf = short.iter().take(kept).collect();
        file_name(&short)
    };
    parts.iter().map(name).collect()
}

/// The parts of a path, without those that lead nowhere.
fn parts(path: &Path) -> Vec<Component<'_>> {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    let parts: Vec<_> = parts.collect();
    if parts.is_empty() {
        vec![Component::CurDir]
    } else {
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(paths: &[&str], names: &[&str]) {
        let paths: Vec<_> = paths.iter().map(Path::new).collect();
        assert_eq!(short_names(&paths), names, "{paths:?}");
    }

    #[test]
    fn paths_are_as_short_as_they_can_be_told_apart() {
        check(
            &["students/ann/node.py", "students/bob/node.py"],
            &["ann", "bob"],
        );
        check(&["a/x.py", "b/y.py"], &["x.py", "y.py"]);
        check(&["a/x", "b/x", "c/y"], &["a/x", "b/x", "y"]);
        check(&["x", "a/x"], &["x", "a/x"]);
        check(&["./cases/echo", "cases/read"], &["echo", "read"]);
        check(&["cases"], &["cases"]);
        check(&["a/cases"], &["cases"]);
        check(&[".", "cases"], &[".", "cases"]);
        check(&["a/n", "./a/n", "b/n"], &["a", "a", "b"]);
        check(&["a/v1/n", "a/v2/n", "b/v1/n"], &["a/v1", "v2", "b/v1"]);
        check(&["/n", "/a/n"], &["/", "a"]);
        check(&["a\u{1b}b/n", "c/n"], &["a\\u{1b}b", "c"]);
        check(&[], &[]);
    }
}
