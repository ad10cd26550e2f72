//! EDGE. Writes files whole or not at all: whoever reads one, or ends the harness, never sees half.
//! And reads nothing but files.

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{FlockOperation, flock};
use tempfile::{Builder, NamedTempFile};

/// What a new file's permissions are, but for the user's mask.
const MODE_DEFAULT: u32 = 0o666;

/// Those of a file that can be run.
const MODE_PROGRAM: u32 = 0o777;

/// What the name of a file begins and ends with that is being written.
const PARTIAL: (&str, &str) = (".harness-", ".part");

/// How much of a file is read at once that is read line by line, in bytes.
const BLOCK: usize = 1 << 18;

/// Reads a file. What is none, such as a pipe or a device, may have no end, or nobody who writes it.
///
/// # Errors
/// Those of the system, and where it is no file.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    is_file(path)?;
    fs::read(path)
}

/// Reads a file line by line: what it gives adds the next line with its break to a text, and nothing in the end.
///
/// # Errors
/// As [`read`].
pub fn lines(path: &Path) -> io::Result<impl FnMut(&mut Vec<u8>) -> io::Result<()>> {
    is_file(path)?;
    let mut file = BufReader::with_capacity(BLOCK, File::open(path)?);
    Ok(move |line: &mut Vec<u8>| file.read_until(b'\n', line).map(drop))
}

fn is_file(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.is_file() {
        Ok(())
    } else {
        Err(io::Error::other("it is no file"))
    }
}

/// Makes a file anew, and open. A link that has its name goes, and what it leads to stays.
///
/// # Errors
/// Those of the system.
pub fn anew(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => File::create_new(path),
    }
}

/// Writes a file. What stood there before is there until the new one is complete; a link stays one,
/// and what it leads to is written.
///
/// # Errors
/// Those of the system; then nothing has changed.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let file = beside(&target, bytes, MODE_DEFAULT)?;
    if let Ok(metadata) = fs::metadata(&target) {
        file.as_file().set_permissions(metadata.permissions())?;
    }
    file.persist(&target)?;
    Ok(())
}

/// Writes a file that isn't there yet.
///
/// # Errors
/// As [`fn@write`], and where something is there, if only a link that leads nowhere.
pub fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    beside(path, bytes, MODE_DEFAULT)?.persist_noclobber(path)?;
    Ok(())
}

/// Writes a file that isn't there yet and can be run.
///
/// # Errors
/// As [`fn@create`].
pub fn create_program(path: &Path, bytes: &[u8]) -> io::Result<()> {
    beside(path, bytes, MODE_PROGRAM)?.persist_noclobber(path)?;
    Ok(())
}

/// Writes a file in the place of whatever file or link has its name.
///
/// # Errors
/// As [`fn@write`].
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    beside(path, bytes, MODE_DEFAULT)?.persist(path)?;
    Ok(())
}

/// A file in the same folder, which goes away again unless it gets the other's name.
fn beside(path: &Path, bytes: &[u8], mode: u32) -> io::Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = partial(folder, &Permissions::from_mode(mode))?;
    file.write_all(bytes)?;
    Ok(file)
}

/// A new file in the folder, which goes away again unless it gets another name. Those that a killed harness
/// left there go first.
///
/// # Errors
/// Those of the system.
pub fn partial(folder: &Path, permissions: &Permissions) -> io::Result<NamedTempFile> {
    remove_partial(folder);
    loop {
        let file = Builder::new()
            .prefix(PARTIAL.0)
            .suffix(PARTIAL.1)
            .permissions(permissions.clone())
            .tempfile_in(folder)?;
        // Where files can't be locked, another harness might take it for left behind, and then it fails.
        let _ = flock(&file, FlockOperation::LockExclusive);
        // It may have done so before it was locked.
        if file.path().exists() {
            return Ok(file);
        }
    }
}

/// Removes what harnesses left in a folder that are gone: nobody holds its lock. Once for each folder, for
/// it may have many files.
fn remove_partial(folder: &Path) {
    static DONE: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let mut done = DONE.lock().unwrap_or_else(PoisonError::into_inner);
    if !done.insert(folder.to_path_buf()) {
        return;
    }
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_partial = |entry: &fs::DirEntry| {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        let is_named =
            name.starts_with(PARTIAL.0.as_bytes()) && name.ends_with(PARTIAL.1.as_bytes());
        is_named && entry.file_type().is_ok_and(|kind| kind.is_file())
    };
    for entry in entries.filter(is_partial) {
        let is_left = |file: &File| flock(file, FlockOperation::NonBlockingLockExclusive).is_ok();
        if File::open(entry.path()).is_ok_and(|file| is_left(&file)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_file_is_made_and_replaced_with_its_permissions_through_links() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        write(&file, b"one").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        symlink("file", &link).unwrap();
        write(&link, b"two").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"two");
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_is_to_be_new_replaces_nothing_and_what_replaces_follows_no_link() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        create(&file, b"one").unwrap();
        let error = create(&file, b"two").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&file).unwrap(), b"one");
        let link = folder.path().join("link");
        symlink("file", &link).unwrap();
        replace(&link, b"two").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"one");
        assert_eq!(fs::read(&link).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_a_killed_harness_left_goes_and_what_is_being_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in [".harness-abcdef.part", ".harness-notes", "x.part"] {
            fs::write(path(name), "").unwrap();
        }
        let written = Builder::new()
            .prefix(PARTIAL.0)
            .suffix(PARTIAL.1)
            .tempfile_in(folder.path())
            .unwrap();
        flock(&written, FlockOperation::LockExclusive).unwrap();
        write(&path("report"), b"new").unwrap();
        assert!(!path(".harness-abcdef.part").exists());
        assert!(path(".harness-notes").exists() && path("x.part").exists());
        assert!(written.path().exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
    }

    #[test]
    fn where_it_cannot_be_written_nothing_changes() {
        let folder = tempfile::tempdir().unwrap();
        assert!(write(&folder.path().join("none/file"), b"x").is_err());
        assert!(write(folder.path(), b"x").is_err(), "a folder");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
