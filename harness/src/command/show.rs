//! EDGE. `harness list` and `harness config`: what would be run, and how, without running it.

use std::io::Write;
use std::iter;

use super::Failed;
use super::selection::{beside, command_line, select};
use crate::case::Case;
use crate::cli::{NodeArguments, Selection};
use crate::outcome::Exit;
use crate::report::terminal::file_name;
use crate::report::{self, escape, words};

pub fn list(selection: &Selection) -> Result<Exit, Failed> {
    show(selection, |case| {
        let name = file_name(&case.files.input);
        vec![format!("{name}  {}", escape::text(&case.title))]
    })
}

pub fn config(arguments: &NodeArguments) -> Result<Exit, Failed> {
    let settings = command_line(arguments)?;
    let default_bin = beside()?;
    show(&arguments.selection, |case| {
        let settings = settings.over(&case.settings());
        let lines = report::config::lines(&settings, &default_bin, &case.files.input);
        let cluster = case.directives.cluster.as_ref();
        let cluster = cluster.map(|it| report::config::cluster(it, &case.files.input));
        let indented = lines
            .into_iter()
            .chain(cluster)
            .map(|line| format!("  {line}"));
        iter::once(file_name(&case.files.input))
            .chain(indented)
            .collect()
    })
}

/// Shows something of each case that can be read.
fn show(selection: &Selection, lines: impl Fn(&Case) -> Vec<String>) -> Result<Exit, Failed> {
    let (_, planned) = select(selection)?;
    let mut out = anstream::stdout().lock();
    let mut exit = Exit::Passed;
    for planned in &planned {
        match planned.case() {
            Ok(case) => lines(case)
                .iter()
                .for_each(|line| writeln_quietly(&mut out, line)),
            Err(error) => {
                let line = format!("error: {}", words::case_error(error));
                writeln_quietly(&mut anstream::stderr(), &line);
                exit = Exit::CouldNotRun;
            }
        }
    }
    Ok(exit)
}

/// Writes a line; if nobody reads it, that is no error.
fn writeln_quietly(out: &mut impl Write, line: &str) {
    let _ = writeln!(out, "{}", line.trim_end());
}
