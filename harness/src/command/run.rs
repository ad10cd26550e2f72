//! EDGE. `harness run`: the cases against a node.

use std::num::NonZeroUsize;

use super::Failed;
use super::reports::Reports;
use super::selection::{command_line, default_program, jobs, select};
use crate::cli::RunArguments;
use crate::family;
use crate::golden::{self, Attempts, Options};
use crate::interrupt::Interrupt;
use crate::outcome::Exit;
use crate::play::Setup;

pub fn run(arguments: &RunArguments) -> Result<Exit, Failed> {
    let (found, planned) = select(&arguments.node.selection)?;
    let settings = command_line(&arguments.node)?;
    let program = default_program(&planned, &settings)?;
    // From here on a Ctrl-C ends the run in good order, reports included.
    let interrupt = Interrupt::catch()?;
    let mut reports = Reports::open(arguments, planned.len())?;
    let options = Options {
        setup: Setup { program, settings },
        jobs: jobs(&arguments.node),
        attempts: attempts(arguments),
        failures_max: failures_max(arguments),
        reports_begun: reports.want_begun(),
    };
    family::adopt_orphans();
    reports.begin(&found);
    let end = golden::run(planned, &options, &interrupt, |event| reports.event(event));
    reports.finish(end)
}

fn attempts(arguments: &RunArguments) -> Attempts {
    match (arguments.repeat, arguments.retries) {
        (Some(times), _) => Attempts::Repeat(times.get()),
        (None, retries) => Attempts::Retries(retries.unwrap_or_default()),
    }
}

fn failures_max(arguments: &RunArguments) -> Option<usize> {
    let fail_fast = arguments.fail_fast.then_some(1);
    fail_fast.or(arguments.max_fail.map(NonZeroUsize::get))
}
