//! EDGE. The folder that a node of a golden case runs in: an empty one, so that no two nodes or runs see
//! each other's files; or one that the user chose.
//!
//! All empty ones of a harness lie in one folder below the system's for temporary files. One that a node
//! left as it was is given to another node: to make and remove a folder for each takes a twentieth of the
//! time of a small case. Where the harness is killed, [`crate::watcher`] removes them all.

use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{self, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::{env, fs, mem, process};

/// The environment variable by which a node's descendant is known; its value begins with [`run`].
pub const TAG_VARIABLE: &str = "HARNESS_RUN";

/// The rights of an empty folder, whatever the user's mask.
const MODE: u32 = 0o755;

/// A node's working folder.
#[derive(Debug)]
pub struct Workplace {
    path: PathBuf,
    is_fresh: bool,
}

impl Workplace {
    /// A folder of the user's.
    ///
    /// # Errors
    /// Where it is no folder.
    pub fn chosen(path: &Path) -> io::Result<Self> {
        if !fs::metadata(path)?.is_dir() {
            return Err(ErrorKind::NotADirectory.into());
        }
        let path = path.to_path_buf();
        let is_fresh = false;
        Ok(Self { path, is_fresh })
    }

    /// An empty folder for one node. When this is dropped, what is in it is removed.
    ///
    /// # Errors
    /// Those of the system.
    pub fn fresh() -> io::Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let is_fresh = true;
        // Whoever clears the folder for temporary files may have taken it.
        if let Some(path) = unused().pop().filter(|path| path.is_dir()) {
            return Ok(Self { path, is_fresh });
        }
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let all = folder_of(run())?;
        let path = all.join(count.to_string());
        let made = match fs::create_dir(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                match fs::create_dir(&all) {
                    Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                    // Another case may have been sooner.
                    _ => fs::create_dir(&path),
                }
            }
            made => made,
        };
        made?;
        fs::set_permissions(&path, fs::Permissions::from_mode(MODE))?;
        Ok(Self { path, is_fresh })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        if !self.is_fresh {
            return;
        }
        if is_unused(&self.path) {
            unused().push(mem::take(&mut self.path));
        } else {
            remove(&self.path);
        }
    }
}

/// The empty folders that no node has at the moment: at most as many as nodes ran at once.
fn unused() -> MutexGuard<'static, Vec<PathBuf>> {
    static UNUSED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
    // A list of paths is whole whatever panicked meanwhile.
    UNUSED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a folder is as it was made.
fn is_unused(folder: &Path) -> bool {
    let is_empty = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    let is_as_made = |found: fs::Metadata| found.is_dir() && found.mode() & 0o7777 == MODE;
    is_empty && fs::symlink_metadata(folder).is_ok_and(is_as_made)
}

/// The name of this run of the harness, which no other run has, even if its process id is the same: that
/// id, a hyphen, and a random number.
pub fn run() -> &'static str {
    static RUN: OnceLock<String> = OnceLock::new();
    RUN.get_or_init(|| format!("{}-{:08x}", process::id(), fastrand::u32(..)))
}

/// Where the fresh folders of this harness are.
pub fn place() -> PathBuf {
    folder_of(run()).unwrap_or_else(|_| env::temp_dir())
}

/// Removes the folder of a harness that has ended; `run`: what [`run`] was for it.
pub fn remove_all_of(run: &str) {
    if let Ok(folder) = folder_of(run) {
        remove(&folder);
    }
}

fn folder_of(run: &str) -> io::Result<PathBuf> {
    path::absolute(env::temp_dir().join(format!("harness-{run}")))
}

/// What can't be removed stays: it does no harm.
fn remove(folder: &Path) {
    if fs::remove_dir_all(folder).is_err() {
        allow_all_in(folder);
        let _ = fs::remove_dir_all(folder);
    }
}

/// A node may have made folders that nobody may change.
fn allow_all_in(folder: &Path) {
    let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders.for_each(|folder| allow_all_in(&folder.path()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_folder_goes_with_all_that_is_in_it() {
        let (one, other) = (Workplace::fresh().unwrap(), Workplace::fresh().unwrap());
        assert_ne!(one.path(), other.path());
        let path = one.path().to_path_buf();
        fs::create_dir_all(path.join("locked/inside")).unwrap();
        fs::write(path.join("locked/inside/file"), "").unwrap();
        let nobody = fs::Permissions::from_mode(0o000);
        fs::set_permissions(path.join("locked"), nobody).unwrap();
        drop(one);
        assert!(!path.exists());
        assert!(other.path().is_dir());
        let path = other.path().to_path_buf();
        drop(other);
        assert!(path.is_dir() && fs::read_dir(&path).unwrap().next().is_none());
        for rights in [0o500, 0o777] {
            let changed = Workplace::fresh().unwrap();
            let path = changed.path().to_path_buf();
            fs::set_permissions(&path, fs::Permissions::from_mode(rights)).unwrap();
            drop(changed);
            assert!(!path.exists(), "{rights:o}");
        }
        // What a watcher does for a harness.
        let _ = fs::remove_dir(place());
    }

    #[test]
    fn a_folder_that_was_chosen_stays_and_must_be_one() {
        let folder = tempfile::tempdir().unwrap();
        drop(Workplace::chosen(folder.path()).unwrap());
        assert!(folder.path().is_dir());
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = |path: &Path| Workplace::chosen(path).unwrap_err().kind();
        assert_eq!(error(&file), ErrorKind::NotADirectory);
        assert_eq!(error(&folder.path().join("none")), ErrorKind::NotFound);
    }
}
