//! EDGE. What to start: a node's program, arguments, environment and working folder.
//!
//! A node doesn't run in the folder of the harness, so arguments that name a file of the user are made
//! absolute before it starts.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{self, Path, PathBuf};

/// What to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The program, a file; never looked up in `$PATH`.
    pub program: PathBuf,
    pub args: Vec<OsString>,
    /// What is added to its environment.
    pub env: Vec<(String, String)>,
    /// Its working folder; `None`: that of the harness.
    pub folder: Option<PathBuf>,
}

/// The arguments with each path of an existing file made absolute. A relative path counts from the first
/// of the `folders` that has such a file; the empty path stands for the folder of the harness.
pub fn with_absolute_paths(args: &[OsString], folders: &[&Path]) -> Vec<OsString> {
    args.iter()
        .map(|arg| absolute_argument(arg, folders))
        .collect()
}

fn absolute_argument(arg: &OsStr, folders: &[&Path]) -> OsString {
    let bytes = arg.as_bytes();
    let value = match memchr::memchr(b'=', bytes) {
        // An option with its value, as in --config=node.json.
        Some(equals) if bytes.starts_with(b"-") => bytes.get(equals + 1..).unwrap_or_default(),
        None if bytes.starts_with(b"-") => return arg.to_owned(),
        Some(_) | None => bytes,
    };
    let Some(absolute) = existing(OsStr::from_bytes(value), folders) else {
        return arg.to_owned();
    };
    let option = bytes.get(..bytes.len() - value.len()).unwrap_or_default();
    let mut whole = OsStr::from_bytes(option).to_owned();
    whole.push(absolute);
    whole
}

/// The absolute path of what an argument names, if there is such a file. A folder counts only where the
/// argument is a path without doubt, for `test` or `n1` may be a word that a folder happens to have as
/// its name.
fn existing(value: &OsStr, folders: &[&Path]) -> Option<PathBuf> {
    let named = Path::new(value);
    if named.is_absolute() || value.is_empty() {
        return None;
    }
    let is_path = value.as_bytes().contains(&b'/') || value == "." || value == "..";
    let is_there =
        |path: &PathBuf| fs::metadata(path).is_ok_and(|found| is_path || !found.is_dir());
    let mut found = folders.iter().map(|folder| folder.join(named));
    path::absolute(found.find(is_there)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_that_name_files_become_absolute_and_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let (case, here) = (folder.path().join("case"), folder.path().join("here"));
        for name in ["case/data", "here/data", "here/word"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        for name in ["case/data/x", "here/data/x", "here/data/y", "here/config"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let folders = [case.as_path(), here.as_path()];
        let check = |arg: &str, expected: String| {
            let args = with_absolute_paths(&[arg.into()], &folders);
            assert_eq!(args, [OsString::from(expected)], "{arg}");
        };
        let (case, here) = (case.display(), here.display());
        check("data/x", format!("{case}/data/x"));
        check("data/y", format!("{here}/data/y"));
        check("config", format!("{here}/config"));
        check("--config=config", format!("--config={here}/config"));
        check("-c=./config", format!("-c={here}/config"));
        check("./word", format!("{here}/word"));
        check(".", format!("{case}"));
        for other in [
            "word",
            "none",
            "data/z",
            "--config",
            "-",
            "--x=",
            "--x=none",
            "a=config",
            "",
            "/etc",
            "{\"a\":1}",
        ] {
            check(other, other.to_owned());
        }
        let no_text = OsString::from(OsStr::from_bytes(b"a\xff"));
        let args = with_absolute_paths(std::slice::from_ref(&no_text), &folders);
        assert_eq!(args, [no_text]);
    }
}
