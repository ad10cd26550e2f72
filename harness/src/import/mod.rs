//! Cases from what a course gives its students.
//!
//! A source has one of three forms: the text of a task's page ([`page`]), a task in Markdown
//! ([`markdown`]), a folder of samples ([`folder`]). Each is cut into drafts, and each draft is
//! made into a case that the harness's own parsers have read ([`mod@case`]). A folder with many of them is a
//! [`course`]. Nothing is read or
//! written here, and nothing that the source says is dropped without a [`SourceWarning`].

pub mod blocks;
pub mod case;
pub mod course;
pub mod draft;
pub mod finding;
pub mod folder;
pub mod joined;
pub mod label;
pub mod markdown;
pub mod mend;
pub mod mode;
pub mod near;
pub mod page;
pub mod slug;
pub mod source;
pub mod task_title;
pub mod title;

use std::{fmt, iter};

pub use case::ImportedCase;
use draft::{Draft, Reading};
pub use finding::{ImportFinding, SourceWarning};
use near::NearHeading;
use slug::GivenNames;
use source::SourceLine;

/// What an import makes of a source.
#[derive(Debug, Default)]
pub struct Import {
    /// The cases, in the order in which they stand there.
    pub cases: Vec<ImportedCase>,
    /// What its user should look at, by place.
    pub warnings: Vec<SourceWarning>,
}

/// The form of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceForm {
    /// The text of a task's page.
    Page,
    Markdown,
    Samples,
}

/// Why a source has none of the three forms: what was found instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unrecognized {
    /// Text in an encoding that isn't UTF-8.
    Utf16,
    Text {
        /// How many lines it has that aren't blank.
        lines: usize,
        /// How many of them are the label `Input`.
        inputs: usize,
        /// How many are the label `Expected Output`.
        expecteds: usize,
        /// How many open or close a fenced block.
        fences: usize,
        /// The lines that look like headings.
        near: Vec<NearHeading>,
    },
    Folder {
        /// The names of the files in it.
        names: Vec<String>,
    },
}

/// How many files of a folder are named.
const NAMES_MAX: usize = 10;

impl fmt::Display for Unrecognized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Utf16 => f.write_str("this is UTF-16 text; save it as UTF-8"),
            Self::Text {
                lines,
                inputs,
                expecteds,
                fences,
                near,
            } => write!(
                f,
                "no sample is in it: looked for a page's text (a title, `Input` on a line of its \
                 own, messages, `Expected Output`, messages) or Markdown (a heading, `Input:` and \
                 a fenced block, `Expected output:` and a fenced block); found lines: {lines}, \
                 `Input`: {inputs}, `Expected Output`: {expecteds}, fences: {fences}{}",
                near::looks_like_headings(near)
            ),
            Self::Folder { names } => {
                f.write_str("no sample is in it: looked for input-N.jsonl with expected-N.txt; ")?;
                let shown: Vec<_> = names.iter().take(NAMES_MAX).map(String::as_str).collect();
                match names.len().saturating_sub(NAMES_MAX) {
                    _ if names.is_empty() => f.write_str("found no files"),
                    0 => write!(f, "found {}", shown.join(", ")),
                    more => write!(f, "found {} and {more} more", shown.join(", ")),
                }
            }
        }
    }
}

/// Makes cases from a text: a page's, or Markdown. `name` is what warnings call it.
///
/// # Errors
/// What was found in a text that has neither form.
pub fn from_text(name: &str, bytes: &[u8]) -> Result<Import, Unrecognized> {
    let (_, reading) = read_text(name, bytes)?;
    Ok(import(reading, &mut GivenNames::default()))
}

/// Finds the samples of a text, and the form that they have.
fn read_text(name: &str, bytes: &[u8]) -> Result<(SourceForm, Reading), Unrecognized> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(Unrecognized::Utf16);
    }
    let lines = source::lines(name, bytes);
    let markdown = markdown::read(&lines);
    let page = if markdown.drafts.is_empty() {
        page::read(&lines)
    } else {
        page::read(&blocks::without_blocks(&lines))
    };
    let (form, reading) = more_of(markdown, page);
    if reading.drafts.is_empty() {
        return Err(unrecognized(&lines));
    }
    Ok((form, reading))
}

/// The form in which there are more samples; those in the other are told.
fn more_of(markdown: Reading, page: Reading) -> (SourceForm, Reading) {
    let whole = |reading: &Reading| {
        reading
            .drafts
            .iter()
            .filter(|draft| draft.is_whole())
            .count()
    };
    let is_page = markdown.drafts.is_empty() || whole(&page) > whole(&markdown);
    let (form, mut reading, other) = if is_page {
        (SourceForm::Page, page, markdown)
    } else {
        (SourceForm::Markdown, markdown, page)
    };
    for draft in other.drafts.into_iter().filter(Draft::is_whole) {
        let title = draft.title;
        reading.warn(&draft.place, ImportFinding::OtherForm { title });
    }
    (form, reading)
}

/// Makes cases from the files of a folder; only those that [`folder::is_part`] names need their
/// bytes.
///
/// # Errors
/// The names that were found, if none is that of a sample.
pub fn from_folder(files: &[folder::File]) -> Result<Import, Unrecognized> {
    let reading = folder::read(files);
    if reading.drafts.is_empty() {
        let names = files.iter().map(|file| file.name.clone()).collect();
        return Err(Unrecognized::Folder { names });
    }
    Ok(import(reading, &mut GivenNames::default()))
}

fn unrecognized(lines: &[SourceLine]) -> Unrecognized {
    let (inputs, expecteds) = page::labels(lines);
    Unrecognized::Text {
        lines: lines.iter().filter(|line| !line.words().is_empty()).count(),
        inputs,
        expecteds,
        fences: blocks::fences(lines),
        near: near::headings(lines),
    }
}

/// Makes cases of what was found; `names` are those of the folder that they go to.
fn import(reading: Reading, names: &mut GivenNames) -> Import {
    let mut import = Import {
        cases: Vec::new(),
        warnings: reading.warnings,
    };
    for (index, mut draft) in reading.drafts.into_iter().enumerate() {
        draft.title = source::shown(&draft.title);
        if draft.title.is_empty() {
            let title = format!("Case {}", index + 1);
            draft.title.clone_from(&title);
            let finding = ImportFinding::NoTitle { title };
            let place = draft.place.clone();
            import.warnings.push(SourceWarning { place, finding });
        }
        for lines in iter::once(&mut draft.input).chain(&mut draft.expected) {
            joined::join(lines, &mut import.warnings);
        }
        let case = case::make(&draft, names, &mut import.warnings);
        import.cases.extend(case);
    }
    import
        .warnings
        .sort_by(|one, other| one.place.cmp(&other.place));
    import
}
