//! EDGE. Which cases failed when they were last run, kept in the user's cache for each folder that the harness
//! was called from and each node with its arguments: what `--failed` runs again. Where there is no such
//! place, nothing is kept and nothing is wrong.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, fs, io};

use rustix::fs::{FlockOperation, flock};

use crate::case::CaseFiles;
use crate::files;
use crate::report::again::TestedNode;

/// How many lists are kept for one folder: those of the nodes that ran last. One run may have many.
const LISTS_MAX: usize = 200;

/// The cases that failed, each by the real path of its `.in`.
#[derive(Debug)]
pub struct LastRun {
    node: ListedNode,
    /// What is known of earlier runs with this node; `None` if there was none.
    list: Option<FailedList>,
    /// The cases that failed since then.
    failed: BTreeSet<PathBuf>,
    /// The `.in` of those that did not: what it really is is asked when a list has any case.
    passed: Vec<PathBuf>,
}

/// A node as the command line names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct ListedNode {
    /// The real path of its program; `None` where each case has its own.
    program: Option<PathBuf>,
    args: Vec<OsString>,
}

/// The cases that failed with one node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct FailedList {
    node: ListedNode,
    /// When it was written, as seconds since 1970.
    written: u64,
    failed: BTreeSet<PathBuf>,
}

impl LastRun {
    /// What is known of runs from this folder with this node.
    pub fn load(node: &TestedNode) -> Self {
        let node = ListedNode {
            program: node.bin.as_deref().map(real),
            args: node.args.clone().unwrap_or_default(),
        };
        let mut lists = load().into_iter();
        Self {
            list: lists.find(|list| list.node == node),
            node,
            failed: BTreeSet::new(),
            passed: Vec::new(),
        }
    }

    /// Whether there is a place for it.
    pub fn can_be_kept() -> bool {
        place().is_some()
    }

    /// When it was stored, if it was, since 1970.
    pub fn written(&self) -> Option<Duration> {
        self.list
            .as_ref()
            .map(|list| Duration::from_secs(list.written))
    }

    pub fn has_failed(&self, files: &CaseFiles) -> bool {
        let list = self.list.as_ref();
        list.is_some_and(|list| list.failed.contains(&real(&files.input)))
    }

    pub fn judged(&mut self, files: &CaseFiles, failed: bool) {
        if failed {
            self.failed.insert(real(&files.input));
        } else {
            self.passed.push(files.input.clone());
        }
    }

    /// Keeps what is known, that included which another harness has kept meanwhile.
    ///
    /// # Errors
    /// Those of the system.
    pub fn store(&self) -> io::Result<()> {
        let is_judged = !self.failed.is_empty() || !self.passed.is_empty();
        let Some(place) = place().filter(|_| is_judged) else {
            return Ok(());
        };
        let folder = place.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(folder)?;
        // Held until this returns, so that two harnesses do it one after the other.
        let lock = fs::File::open(folder)?;
        let _ = flock(&lock, FlockOperation::LockExclusive);
        let mut lists = load();
        let position = lists.iter().position(|list| list.node == self.node);
        let list = position.map(|position| lists.remove(position));
        lists.insert(0, self.updated(list.unwrap_or_default()));
        lists.truncate(LISTS_MAX);
        files::replace(&place, &bytes(&lists))
    }

    fn updated(&self, mut list: FailedList) -> FailedList {
        if !list.failed.is_empty() {
            for input in &self.passed {
                list.failed.remove(&real(input));
            }
        }
        list.failed.extend(self.failed.iter().cloned());
        // Else a case that is gone would stay in it forever.
        list.failed.retain(|path| path.exists());
        list.node = self.node.clone();
        list.written = now().as_secs();
        list
    }
}

/// The time since 1970.
pub fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// The lists of this folder, the newest first.
fn load() -> Vec<FailedList> {
    let bytes = place().and_then(|place| fs::read(place).ok());
    bytes.map_or_else(Vec::new, |bytes| lists(&bytes))
}

/// What the lists of a file begin with: its first byte says what an entry is. An entry can hold anything but
/// a NUL, which ends it, for so can a path and an argument.
const NODE: u8 = b'n';
const ARGUMENT: u8 = b'a';
const WRITTEN: u8 = b'w';
const FAILED: u8 = b'f';

fn bytes(lists: &[FailedList]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut put = |tag: u8, text: &[u8]| {
        bytes.push(tag);
        bytes.extend_from_slice(text);
        bytes.push(0);
    };
    for list in lists {
        // No program has an empty path.
        let program = list.node.program.as_deref().unwrap_or(Path::new(""));
        put(NODE, program.as_os_str().as_bytes());
        for argument in &list.node.args {
            put(ARGUMENT, argument.as_bytes());
        }
        put(WRITTEN, list.written.to_string().as_bytes());
        for path in &list.failed {
            put(FAILED, path.as_os_str().as_bytes());
        }
    }
    bytes
}

/// Entries that make no sense, as those of another version, are left out.
fn lists(bytes: &[u8]) -> Vec<FailedList> {
    let mut lists: Vec<FailedList> = Vec::new();
    for entry in bytes.split(|byte| *byte == 0) {
        let Some((tag, text)) = entry.split_first() else {
            continue;
        };
        let path = || PathBuf::from(OsStr::from_bytes(text));
        match (*tag, lists.last_mut()) {
            (NODE, _) => {
                let mut list = FailedList::default();
                list.node.program = (!text.is_empty()).then(path);
                lists.push(list);
            }
            (ARGUMENT, Some(list)) => list.node.args.push(OsString::from_vec(text.to_vec())),
            (WRITTEN, Some(list)) => {
                let text = String::from_utf8_lossy(text);
                list.written = text.parse().unwrap_or_default();
            }
            (FAILED, Some(list)) => {
                list.failed.insert(path());
            }
            _ => {}
        }
    }
    lists
}

fn real(input: &Path) -> PathBuf {
    fs::canonicalize(input).unwrap_or_else(|_| input.to_path_buf())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_they_were_written() {
        let list = |program: Option<&str>, args: &[&str], failed: &[&[u8]]| FailedList {
            node: ListedNode {
                program: program.map(PathBuf::from),
                args: args.iter().map(OsString::from).collect(),
            },
            written: 7,
            failed: failed
                .iter()
                .map(|path| OsStr::from_bytes(path).into())
                .collect(),
        };
        let all = [
            list(Some("/n"), &["", "-a\nb", "f/x"], &[b"/\xff", b"/a\nb"]),
            list(None, &[], &[]),
            list(None, &["n"], &[b"/c"]),
        ];
        assert_eq!(lists(&bytes(&all)), all);
    }

    #[test]
    fn rubbish_is_no_list() {
        for rubbish in [
            &b""[..],
            b"\0\0",
            b"/old/case.in\0/other.in\0",
            b"f/a\0w1\0a\0",
        ] {
            assert_eq!(lists(rubbish), []);
        }
        let broken = lists(b"n/node\0wnever\0?\0f/a");
        assert_eq!(broken.len(), 1);
        assert_eq!((broken[0].written, broken[0].failed.len()), (0, 1));
    }
}
