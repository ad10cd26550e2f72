//! Why nothing was imported, in sentences.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::escape::file_name;
use crate::import::Unrecognized;
use crate::phrases::fit;

/// How many files an error names.
const FILES_NAMED: usize = 10;

/// Why nothing was imported.
#[derive(Debug)]
pub enum Refused {
    /// The source can't be read.
    Unreadable { source: PathBuf, error: io::Error },
    /// The source has none of the forms.
    Unrecognized {
        source: PathBuf,
        found: Unrecognized,
    },
    /// The folder has more than can be searched.
    TooMuch {
        source: PathBuf,
        /// What there is too much of, as in "more than 3 files".
        what: String,
    },
    /// No sample of the source could be made into a case; the warnings say why.
    NoCase { source: PathBuf },
    /// Files that would be replaced.
    Exists { files: Vec<PathBuf> },
    /// An old `.expected` that would belong to a case without one.
    Stale { file: PathBuf },
    /// A file can't be written.
    Unwritable { file: PathBuf, error: io::Error },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { source, error } => write!(f, "{}: {error}", file_name(source)),
            Self::Unrecognized { source, found } => {
                let found = fit::whole(&found.to_string());
                write!(f, "{}: {found}", file_name(source))
            }
            Self::TooMuch { source, what } => write!(
                f,
                "{} holds {what}; import the folders in it one by one",
                file_name(source)
            ),
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
