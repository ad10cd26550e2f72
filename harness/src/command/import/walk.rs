//! EDGE. The files of a course: all that may hold samples at and below a folder, with their bytes.
//!
//! Hidden files are left out, links to folders are not followed, and what can't be read is told.

use std::fs::{self, File};
use std::path::Path;

use walkdir::{DirEntry, WalkDir};

use super::{Refused, read_up_to};
use crate::escape;
use crate::import::course::{CourseFile, is_candidate};
use crate::import::finding::{ImportFinding, SourceWarning};
use crate::import::folder;
use crate::import::source::SourcePlace;

/// How many files and folders are looked at: more than any course has.
const ENTRIES_MAX: usize = 100_000;

/// How large a file may be, in bytes. A task's text is far smaller; a log that lies beside it need not be.
const FILE_MAX: u64 = 4 * 1024 * 1024;

/// How much is read of all files together, in bytes.
const BYTES_MAX: usize = 64 * 1024 * 1024;

/// What stands at and below a folder.
#[derive(Debug, Default)]
pub struct CourseFolder {
    /// The files that may hold samples, by path.
    pub files: Vec<CourseFile>,
    /// What stands directly in the folder, by name.
    pub names: Vec<String>,
    pub warnings: Vec<SourceWarning>,
}

/// Reads what may hold samples at and below a folder.
pub fn walk(source: &Path) -> Result<CourseFolder, Refused> {
    let mut found = CourseFolder::default();
    let mut bytes = 0;
    let entries = WalkDir::new(source).min_depth(1).into_iter();
    for (count, entry) in entries.filter_entry(|entry| !is_hidden(entry)).enumerate() {
        if count >= ENTRIES_MAX {
            return Err(too_much(source, format!("more than {ENTRIES_MAX} files")));
        }
        match entry {
            Ok(entry) => bytes += found.entry(source, &entry),
            Err(error) => {
                let path = error.path().unwrap_or(source).to_path_buf();
                let error = error.into_io_error();
                let reason = error.map_or("it can't be read".to_owned(), |it| it.to_string());
                found.warn(&path, reason);
            }
        }
        if bytes > BYTES_MAX {
            let mebibytes = BYTES_MAX / (1024 * 1024);
            return Err(too_much(
                source,
                format!("more than {mebibytes} MiB of texts"),
            ));
        }
    }
    found.files.sort_by(|one, other| one.path.cmp(&other.path));
    found.names.sort();
    Ok(found)
}

fn too_much(source: &Path, what: String) -> Refused {
    Refused::TooMuch {
        source: source.to_path_buf(),
        what,
    }
}

impl CourseFolder {
    /// Takes an entry, and tells how many bytes were read of it.
    fn entry(&mut self, source: &Path, entry: &DirEntry) -> usize {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = fs::metadata(path);
        let is_folder = kind.as_ref().is_ok_and(fs::Metadata::is_dir);
        if entry.depth() == 1 {
            let end = if is_folder { "/" } else { "" };
            self.names.push(format!("{name}{end}"));
        }
        if is_folder {
            if entry.path_is_symlink() {
                self.warn(path, "a link to a folder is not followed".to_owned());
            }
            return 0;
        }
        if !is_candidate(&name) {
            return 0;
        }
        // A pipe or a device may have no end.
        let bytes = match kind {
            Ok(kind) if !kind.is_file() => Err("it is no file, but a pipe or a device".to_owned()),
            Ok(_) => File::open(path)
                .and_then(|file| read_up_to(FILE_MAX, file))
                .map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match bytes {
            Ok(bytes) => {
                let size = bytes.len();
                self.files.push(CourseFile {
                    path: path.strip_prefix(source).unwrap_or(path).to_path_buf(),
                    file: folder::File {
                        name,
                        path: shown(path),
                        bytes,
                    },
                });
                size
            }
            Err(reason) => {
                self.warn(path, reason);
                0
            }
        }
    }

    fn warn(&mut self, path: &Path, reason: String) {
        let file = shown(path).into();
        self.warnings.push(SourceWarning {
            place: SourcePlace { file, line: 1 },
            finding: ImportFinding::NotReadable { reason },
        });
    }
}

fn shown(path: &Path) -> String {
    escape::utf8(path.as_os_str().as_encoded_bytes())
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}
