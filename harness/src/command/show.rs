//! `harness list` and `harness config`: what would be run, and how, without running it.

use std::iter;

use super::own_node::OwnNode;
use super::screen::{self, Screen};
use super::selection::{command_line, complain_of_unreadable, select};
use super::{Failed, nodes};
use crate::case::Case;
use crate::cli::{NodeArguments, Selection};
use crate::escape::file_name;
use crate::golden::Planned;
use crate::outcome::ExitCode;
use crate::phrases::fit;
use crate::report::{self, words};

pub fn list(selection: &Selection) -> Result<ExitCode, Failed> {
    show(selection, |_, case| {
        let name = file_name(&case.files.input);
        vec![format!("{name}  {}", fit::told(&case.title))]
    })
}

pub fn config(arguments: &NodeArguments) -> Result<ExitCode, Failed> {
    let settings = command_line(arguments, &nodes::one(arguments)?)?;
    let mut own = OwnNode::new();
    show(&arguments.selection, |planned, case| {
        let settings = settings.over(&case.settings());
        let is_own = own.is_for_case(planned);
        let default_bin = is_own.then(|| own.program());
        let lines = report::config::lines(&settings, default_bin, &case.files.input);
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

/// Shows something of each case that can be read, and says which can't.
fn show(
    selection: &Selection,
    mut lines: impl FnMut(&Planned, &Case) -> Vec<String>,
) -> Result<ExitCode, Failed> {
    let (found, planned) = select(selection)?;
    let screen = Screen::open(false);
    let mut exit = complain_of_unreadable(&found).unwrap_or(ExitCode::Passed);
    for planned in &planned {
        match planned.case() {
            Ok(case) => {
                let lines = lines(planned, case);
                let lines = lines.iter().flat_map(|line| [line.trim_end(), "\n"]);
                // If nobody reads it, that is no error.
                let _ = screen.show(&lines.collect::<String>());
            }
            Err(error) => {
                screen::complain(&words::case_error(error));
                exit = ExitCode::CouldNotRun;
            }
        }
    }
    Ok(exit)
}
