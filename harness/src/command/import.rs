//! EDGE. `harness import`: reads what a course gives, writes cases.
//!
//! What a source means is for [`crate::import`]. A file is there whole or not at all, and none
//! that is there already is replaced unless its user says so.

mod refused;
mod table;
mod walk;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

pub use refused::Refused;

use super::screen::say;
use super::{Failed, interrupts};
use crate::case::find::{EXPECTED_EXTENSION, INPUT_EXTENSION};
use crate::cli::ImportArguments;
use crate::escape::file_name;
use crate::files;
use crate::import::course::{self, Course, CourseFile};
use crate::import::{self, Import, ImportedCase, SourceForm, SourceWarning, Unrecognized};
use crate::outcome::ExitCode;
use crate::phrases::fit;
use crate::report::{escape, shell};

/// How much is read of one file, in bytes: more than any course gives.
const SOURCE_MAX: u64 = 64 * 1024 * 1024;

/// A case, and its path without an extension.
struct ToWrite<'import> {
    stem: PathBuf,
    case: &'import ImportedCase,
}

impl<'import> ToWrite<'import> {
    fn new(folder: &Path, case: &'import ImportedCase) -> Self {
        let stem = folder.join(&case.name);
        Self { stem, case }
    }

    /// Its `.in` or `.expected`. A name has no dot.
    fn path(&self, extension: &str) -> PathBuf {
        self.stem.with_extension(extension)
    }
}

pub fn import(arguments: &ImportArguments) -> Result<ExitCode, Failed> {
    let source = &arguments.source;
    if source.is_dir() {
        return import_folder(arguments);
    }
    import_one(arguments, &read(source).map_err(Failed::Import)?)
}

/// Imports a folder of samples, or all tasks of a course.
fn import_folder(arguments: &ImportArguments) -> Result<ExitCode, Failed> {
    let source = &arguments.source;
    let found = walk::walk(source).map_err(Failed::Import)?;
    let name = fs::canonicalize(source).unwrap_or_else(|_| source.clone());
    let name = name.file_name().unwrap_or_default().to_string_lossy();
    let mut course = course::read(&name, &found.files);
    course.warnings.extend(found.warnings.iter().cloned());
    course
        .warnings
        .sort_by(|one, other| one.place.cmp(&other.place));
    match &course.tasks[..] {
        [] => {
            warn(&course.warnings);
            let (source, names) = (source.clone(), found.names);
            let found = Unrecognized::Folder { names };
            Err(Failed::Import(Refused::Unrecognized { source, found }))
        }
        // One folder of samples is no course.
        [task] if task.form == SourceForm::Samples && task.source == Path::new("") => {
            let is_direct = |file: &CourseFile| file.path.components().count() == 1;
            let files = found.files.into_iter().filter(is_direct);
            let files: Vec<_> = files.map(|file| file.file).collect();
            let mut import = import::from_folder(&files).map_err(|found| {
                let source = source.clone();
                Failed::Import(Refused::Unrecognized { source, found })
            })?;
            import.warnings.extend(found.warnings);
            import
                .warnings
                .sort_by(|one, other| one.place.cmp(&other.place));
            import_one(arguments, &import)
        }
        _ => import_course(arguments, &course),
    }
}

fn import_course(arguments: &ImportArguments, course: &Course) -> Result<ExitCode, Failed> {
    let cases = course.tasks.iter().flat_map(|task| {
        let folder = arguments.dest.join(&task.folder);
        let cases = task.cases.iter();
        cases.map(move |case| ToWrite::new(&folder, case))
    });
    let exit = write(&cases.collect::<Vec<_>>(), arguments, |_| {})?;
    if exit == ExitCode::Passed {
        let (left_out, mut warnings): (Vec<_>, Vec<_>) = course
            .warnings
            .iter()
            .cloned()
            .partition(SourceWarning::is_left_out);
        // Nearly all samples leave out replies: told once, and the table counts their modes.
        warnings.extend(left_out.first().cloned());
        warn(&warnings);
        if let more @ 1.. = left_out.len().saturating_sub(1) {
            say(&format!("     and {more} more samples leave out replies"));
        }
        for line in table::lines(&arguments.source, &course.tasks) {
            say(&line);
        }
        let cases = course.tasks.iter().map(|task| task.cases.len()).sum();
        tally(cases, warnings.len(), &arguments.dest);
    }
    Ok(exit)
}

/// Imports one text or folder of samples.
fn import_one(arguments: &ImportArguments, import: &Import) -> Result<ExitCode, Failed> {
    let cases = import.cases.iter();
    let cases: Vec<_> = cases
        .map(|case| ToWrite::new(&arguments.dest, case))
        .collect();
    if cases.is_empty() {
        warn(&import.warnings);
    }
    let exit = write(&cases, arguments, |case| {
        let (input, mode) = (case.path(INPUT_EXTENSION), case.case.mode_name());
        say(&format!("wrote {} ({mode})", file_name(&input)));
    })?;
    if exit == ExitCode::Passed {
        warn(&import.warnings);
        tally(cases.len(), import.warnings.len(), &arguments.dest);
    }
    Ok(exit)
}

/// Writes the cases, or none of them where a file would be replaced.
fn write(
    cases: &[ToWrite<'_>],
    arguments: &ImportArguments,
    written: impl Fn(&ToWrite<'_>),
) -> Result<ExitCode, Failed> {
    if cases.is_empty() {
        let source = arguments.source.clone();
        return Err(Failed::Import(Refused::NoCase { source }));
    }
    refuse_existing(cases, arguments).map_err(Failed::Import)?;
    // From here on a signal waits until a file is whole.
    let interrupt = interrupts::catch()?;
    let mut folder = None;
    for case in cases {
        if interrupt.is_raised() {
            return Ok(ExitCode::Interrupted);
        }
        let parent = case.stem.parent();
        if let Some(parent) = parent.filter(|_| parent != folder) {
            fs::create_dir_all(parent).map_err(|error| unwritable(parent, error))?;
        }
        folder = parent;
        write_case(case, arguments)?;
        written(case);
    }
    if arguments.force {
        tell_old(cases);
    }
    Ok(ExitCode::Passed)
}

/// How many old cases are named.
const OLD_MAX: usize = 20;

/// Tells of the cases beside those that were written: an earlier import may have made them.
fn tell_old(cases: &[ToWrite<'_>]) {
    let written: BTreeSet<_> = cases
        .iter()
        .map(|case| case.path(INPUT_EXTENSION))
        .collect();
    let folders: BTreeSet<_> = cases.iter().filter_map(|case| case.stem.parent()).collect();
    // One that can't be read is said to be so by whatever runs its cases.
    let entries = folders
        .into_iter()
        .filter_map(|folder| fs::read_dir(folder).ok());
    let files = entries.flatten().flatten().map(|entry| entry.path());
    let is_old = |file: &PathBuf| {
        file.extension().is_some_and(|it| it == INPUT_EXTENSION) && !written.contains(file)
    };
    let old: BTreeSet<_> = files.filter(is_old).collect();
    for file in old.iter().take(OLD_MAX) {
        say(&format!(
            "old: {}: no sample of this source makes it; remove it and its .expected if an earlier import made it",
            file_name(file)
        ));
    }
    if let more @ 1.. = old.len().saturating_sub(OLD_MAX) {
        say(&format!("     and {more} more cases"));
    }
}

fn warn(warnings: &[SourceWarning]) {
    for warning in warnings {
        let place = fit::told(&warning.place.to_string());
        let finding = fit::whole(&warning.finding.to_string());
        say(&format!("WARN {place}: {finding}"));
    }
}

/// What to do next, and the last line, which is plain.
fn tally(cases: usize, warnings: usize, folder: &Path) {
    let words = ["harness", "run"].map(OsString::from).into_iter();
    let words = words.chain([shell::path(folder), "--bin".into(), "PATH".into()]);
    let command = shell::quoted(&words.collect::<Vec<_>>());
    say(&format!("next: {command}"));
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
    read_up_to(SOURCE_MAX, source)
}

fn read_up_to(most: u64, source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = source.take(most + 1).read_to_end(&mut bytes)?;
    if u64::try_from(read).is_ok_and(|read| read <= most) {
        return Ok(bytes);
    }
    let mebibytes = most / (1024 * 1024);
    Err(io::Error::other(format!(
        "it is larger than {mebibytes} MiB"
    )))
}

fn refuse_existing(cases: &[ToWrite<'_>], arguments: &ImportArguments) -> Result<(), Refused> {
    // A link that leads nowhere exists, too.
    let exists = |file: &PathBuf| file.symlink_metadata().is_ok();
    for case in cases.iter().filter(|case| case.case.expected.is_none()) {
        let file = case.path(EXPECTED_EXTENSION);
        if exists(&file) {
            return Err(Refused::Stale { file });
        }
    }
    let both = |case: &ToWrite<'_>| [INPUT_EXTENSION, EXPECTED_EXTENSION].map(|end| case.path(end));
    let files: Vec<_> = cases.iter().flat_map(both).filter(exists).collect();
    if files.is_empty() || arguments.force {
        return Ok(());
    }
    Err(Refused::Exists { files })
}

/// Writes the `.expected` first: without its `.in` it is no case, so no case is ever half there.
fn write_case(case: &ToWrite<'_>, arguments: &ImportArguments) -> Result<(), Failed> {
    let ToWrite { case: imported, .. } = case;
    let expected = imported
        .expected
        .as_ref()
        .map(|bytes| (EXPECTED_EXTENSION, bytes));
    for (extension, bytes) in expected
        .into_iter()
        .chain([(INPUT_EXTENSION, &imported.input)])
    {
        let file = case.path(extension);
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
