//! EDGE. `harness new`: the start of a case, or of a node.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::again::harness_name;
use super::{Failed, screen};
use crate::case::{CaseFiles, find};
use crate::cli::NewArguments;
use crate::escape::file_name;
use crate::files;
use crate::outcome::ExitCode;
use crate::report::shell;
use crate::skeleton::{self, Wanted};
use crate::starting_point::Language;

pub fn new(arguments: &NewArguments) -> Result<ExitCode, Failed> {
    match arguments.node {
        Some(language) => node(language, &arguments.file),
        None => case(arguments),
    }
}

fn node(language: Language, file: &Path) -> Result<ExitCode, Failed> {
    let extension = language.extension();
    if file.extension().is_none_or(|found| found != extension) {
        let file = file.to_path_buf();
        return Err(Failed::BadNodeName { file, extension });
    }
    let write = if language.is_executable() {
        files::create_program
    } else {
        files::create
    };
    let text = language.text().as_bytes();
    let written = make_folder(file).and_then(|()| write(file, text));
    written.map_err(|error| {
        let file = file.to_path_buf();
        if error.kind() == io::ErrorKind::AlreadyExists {
            Failed::FileExists { file }
        } else {
            Failed::Unwritable { file, error }
        }
    })?;
    screen::say(&format!(
        "wrote {}: it answers init and echo",
        file_name(file)
    ));
    screen::say("next:");
    for command in language.next(file) {
        screen::say(&format!("  {command}"));
    }
    Ok(ExitCode::Passed)
}

fn make_folder(file: &Path) -> io::Result<()> {
    file.parent().map_or(Ok(()), fs::create_dir_all)
}

fn case(arguments: &NewArguments) -> Result<ExitCode, Failed> {
    let files = CaseFiles::new(input_path(&arguments.file)?);
    for file in [&files.input, &files.expected()] {
        if file.exists() {
            let file = file.clone();
            return Err(Failed::FileExists { file });
        }
    }
    let title = arguments
        .title
        .clone()
        .unwrap_or_else(|| title(&files.input));
    let wanted = Wanted {
        title: &title,
        nodes: arguments.nodes.get(),
        requests: &arguments.requests,
    };
    let text = skeleton::write(&wanted).map_err(Failed::BadRequest)?;
    let written = make_folder(&files.input);
    let written = written.and_then(|()| files::create(&files.input, text.as_bytes()));
    written.map_err(|error| Failed::Unwritable {
        file: files.input.clone(),
        error,
    })?;
    say(&files);
    Ok(ExitCode::Passed)
}

/// The `.in` of a case that is named with or without it.
fn input_path(case: &Path) -> Result<PathBuf, Failed> {
    let extension = case.extension().and_then(|extension| extension.to_str());
    let known = [find::INPUT_EXTENSION, find::EXPECTED_EXTENSION];
    let stem = match extension {
        Some(extension) if known.contains(&extension) => case.with_extension(""),
        _ => case.to_path_buf(),
    };
    let name = stem.file_name().and_then(|name| name.to_str());
    match name {
        Some(name)
            if !name.starts_with('.') && !case.as_os_str().as_encoded_bytes().ends_with(b"/") =>
        {
            Ok(stem.with_file_name(format!("{name}.{}", find::INPUT_EXTENSION)))
        }
        _ => Err(Failed::BadCaseName {
            name: case.to_path_buf(),
        }),
    }
}

/// A title made of a name: `read-twice` becomes `Read twice`.
fn title(input: &Path) -> String {
    let name = input.file_stem().unwrap_or_default().to_string_lossy();
    let words = name.replace(['-', '_'], " ");
    let mut letters = words.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.clone()).collect()
}

fn say(files: &CaseFiles) {
    let (bless, bin, node) = ("bless".into(), "--bin".into(), "NODE".into());
    let input = shell::path(&files.input);
    let bless = shell::quoted(&[harness_name(), bless, input, bin, node]);
    let name = file_name(&files.input);
    screen::say(&format!("wrote {name}"));
    screen::say("next: edit it, then write down what your node answers, and read it:");
    screen::say(&format!("  {bless}"));
}
