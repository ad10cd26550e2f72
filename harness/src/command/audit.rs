//! `harness audit`: what cases let through.

use super::again::again;
use super::each::{Each, PlayEvent, each};
use super::screen::{self, Screen};
use super::{Failed, nodes};
use crate::audit::{self, AuditOutcome, AuditTally};
use crate::case::Case;
use crate::cli::AuditArguments;
use crate::golden::Runner;
use crate::outcome::ExitCode;
use crate::play::Played;
use crate::report::audit::AuditReport;
use crate::report::page::Page;
use crate::script::owed::Awaited;

pub fn audit(arguments: &AuditArguments) -> Result<ExitCode, Failed> {
    let again = again(&arguments.node, &nodes::one(&arguments.node)?);
    let mut report = AuditReport::new(Page::new(screen::width()), again);
    let screen = Screen::open(false);
    let mut tally = AuditTally::default();
    let tell = |told: PlayEvent<'_, AuditOutcome>| {
        match told {
            PlayEvent::DefaultNode(program) => report.default_node(program),
            PlayEvent::Case(files, each) => {
                let outcome = match each {
                    Each::Played(outcome) => outcome,
                    Each::Skipped { reason } => AuditOutcome::Skipped { reason },
                    Each::NotRun(reason) => AuditOutcome::NotRun(reason),
                };
                tally.add(&outcome);
                report.outcome(files, &outcome);
            }
        }
        // Where it can't be shown, the exit still tells.
        let _ = screen.show(&report.take());
    };
    let overruled = each(&arguments.node, Awaited::Expected, audited, tell)?;
    report.tally(tally);
    let _ = screen.show(&report.take());
    Ok(overruled.unwrap_or(tally.exit()))
}

fn audited(case: &Case, played: &Played, _: &Runner<'_>) -> AuditOutcome {
    let Some(expected) = &case.expected else {
        return AuditOutcome::NothingExpected;
    };
    let weaknesses = audit::weaknesses(played.trial(case, expected), &played.transcript);
    weaknesses.map_or(AuditOutcome::Fails, AuditOutcome::Audited)
}
