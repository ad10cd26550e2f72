//! EDGE. `harness import`: reads what a course gives, writes cases.
//!
//! What a source means is for [`crate::import`]. A file is there whole or not at all, and none
//! that is there already is replaced unless its user says so.

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::screen::say;
use super::{Failed, interrupts};
use crate::case::find::{EXPECTED_EXTENSION, INPUT_EXTENSION};
use crate::cli::ImportArguments;
use crate::escape::file_name;
use crate::files;
use crate::import::folder::{self, is_part};
use crate::import::{self, Import, ImportedCase, Unrecognized};
use crate::outcome::Exit;
use crate::phrases::fit;
use crate::report::{escape, shell};

/// How much is read of one file, in bytes: more than any course gives.
const SOURCE_MAX: u64 = 64 * 1024 * 1024;

/// How many files an error names.
const FILES_NAMED: usize = 10;

/// Why nothing was imported.
#[derive(Debug)]
pub enum Refused {
    /// The source can't be read.
    Unreadable {
        /// The source.
        source: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The source has none of the forms.
    Unrecognized {
        /// The source.
        source: PathBuf,
        /// What was found instead.
        found: Unrecognized,
    },
    /// No sample of the source could be made into a case; the warnings say why.
    NoCase {
        /// The source.
        source: PathBuf,
    },
    /// Files that would be replaced.
    Exists {
        /// The files.
        files: Vec<PathBuf>,
    },
    /// An old `.expected` that would belong to a case without one.
    Stale {
        /// The file.
        file: PathBuf,
    },
    /// A file can't be written.
    Unwritable {
        /// The file or folder.
        file: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { source, error } => write!(f, "{}: {error}", file_name(source)),
            Self::Unrecognized { source, found } => {
                let found = fit::told(&found.to_string());
                write!(f, "{}: {found}", file_name(source))
            }
            Self::NoCase { source } => {
                write!(f, "no sample in {} could be imported", file_name(source))
            }
            Self::Exists { files } => {
                let named: Vec<_> = files.iter().take(FILES_NAMED).collect();
                let named: Vec<_> = named.into_iter().map(|file| file_name(file)).collect();
                let more = match files.len().saturating_sub(FILES_NAMED) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                write!(
                    f,
                    "nothing was written, because these exist: {}{more}; --force replaces them",
                    named.join(", ")
                )
            }
            Self::Stale { file } => write!(
                f,
                "nothing was written: {} exists, and the source says nothing to replace it with; \
                 move it away",
                file_name(file)
            ),
            Self::Unwritable { file, error } => write!(f, "{}: {error}", file_name(file)),
        }
    }
}

pub fn import(arguments: &ImportArguments) -> Result<Exit, Failed> {
    let import = read(&arguments.source).map_err(Failed::Import)?;
    if import.cases.is_empty() {
        warn(&import);
        let source = arguments.source.clone();
        return Err(Failed::Import(Refused::NoCase { source }));
    }
    refuse_existing(&import.cases, arguments).map_err(Failed::Import)?;
    let folder = &arguments.dest;
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, error))?;
    // From here on a signal waits until a file is whole.
    let interrupt = interrupts::catch()?;
    for case in &import.cases {
        if interrupt.is_raised() {
            return Ok(Exit::Interrupted);
        }
        write_case(case, arguments)?;
        let (input, mode) = (path(arguments, case, INPUT_EXTENSION), case.mode_name());
        say(&format!("wrote {} ({mode})", file_name(&input)));
    }
    warn(&import);
    tally(&import, folder);
    Ok(Exit::Passed)
}

fn warn(import: &Import) {
    for warning in &import.warnings {
        let place = fit::told(&warning.place.to_string());
        let finding = fit::told(&warning.finding.to_string());
        say(&format!("WARN {place}: {finding}"));
    }
}

/// What to do next, and the last line, which is plain.
fn tally(import: &Import, folder: &Path) {
    let words = ["harness", "run"].map(OsString::from).into_iter();
    let words = words.chain([shell::path(folder), "--bin".into(), "PATH".into()]);
    let command = shell::quoted(&words.collect::<Vec<_>>());
    say(&format!("next: {command}"));
    let (cases, warnings) = (import.cases.len(), import.warnings.len());
    say(&format!(
        "imported: {cases} case{}, {warnings} warning{}",
        plural(cases),
        plural(warnings)
    ));
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn read(source: &Path) -> Result<Import, Refused> {
    let unreadable = |error| Refused::Unreadable {
        source: source.to_path_buf(),
        error,
    };
    let import = if source == Path::new("-") {
        import::from_text("-", &read_all(io::stdin()).map_err(unreadable)?)
    } else if source.is_dir() {
        import::from_folder(&files_in(source).map_err(unreadable)?)
    } else {
        let bytes = File::open(source).and_then(read_all).map_err(unreadable)?;
        import::from_text(&escape::utf8(source.as_os_str().as_encoded_bytes()), &bytes)
    };
    import.map_err(|found| Refused::Unrecognized {
        source: source.to_path_buf(),
        found,
    })
}

fn read_all(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = source.take(SOURCE_MAX + 1).read_to_end(&mut bytes)?;
    if u64::try_from(read).is_ok_and(|read| read <= SOURCE_MAX) {
        return Ok(bytes);
    }
    let mebibytes = SOURCE_MAX / (1024 * 1024);
    Err(io::Error::other(format!(
        "it is larger than {mebibytes} MiB"
    )))
}

/// What lies in a folder, by name; only what may be samples is read.
fn files_in(folder: &Path) -> io::Result<Vec<folder::File>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.starts_with('.') {
            continue;
        }
        let is_file = path.is_file();
        let bytes = if is_file && is_part(&name) {
            File::open(&path).and_then(read_all)?
        } else {
            Vec::new()
        };
        files.push(folder::File {
            name: if is_file { name } else { name + "/" },
            path: escape::utf8(path.as_os_str().as_encoded_bytes()),
            bytes,
        });
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

fn path(arguments: &ImportArguments, case: &ImportedCase, extension: &str) -> PathBuf {
    arguments.dest.join(format!("{}.{extension}", case.name))
}

fn refuse_existing(cases: &[ImportedCase], arguments: &ImportArguments) -> Result<(), Refused> {
    // A link that leads nowhere exists, too.
    let exists = |file: &PathBuf| file.symlink_metadata().is_ok();
    for case in cases.iter().filter(|case| case.expected.is_none()) {
        let file = path(arguments, case, EXPECTED_EXTENSION);
        if exists(&file) {
            return Err(Refused::Stale { file });
        }
    }
    let both = |case| [INPUT_EXTENSION, EXPECTED_EXTENSION].map(|end| path(arguments, case, end));
    let files: Vec<_> = cases.iter().flat_map(both).filter(exists).collect();
    if files.is_empty() || arguments.force {
        return Ok(());
    }
    Err(Refused::Exists { files })
}

/// Writes the `.expected` first: without its `.in` it is no case, so no case is ever half there.
fn write_case(case: &ImportedCase, arguments: &ImportArguments) -> Result<(), Failed> {
    let expected = case
        .expected
        .as_ref()
        .map(|bytes| (EXPECTED_EXTENSION, bytes));
    for (extension, bytes) in expected.into_iter().chain([(INPUT_EXTENSION, &case.input)]) {
        let file = path(arguments, case, extension);
        let written = if arguments.force {
            files::replace(&file, bytes)
        } else {
            files::create(&file, bytes)
        };
        written.map_err(|error| unwritable(&file, error))?;
    }
    Ok(())
}

fn unwritable(file: &Path, error: io::Error) -> Failed {
    Failed::Import(Refused::Unwritable {
        file: file.to_path_buf(),
        error,
    })
}
