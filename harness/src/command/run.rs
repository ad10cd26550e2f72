//! EDGE. `harness run`: the cases against a node.

use std::collections::BTreeSet;
use std::env;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use super::last_run::{self, LastRun};
use super::reports::Reports;
use super::selection::{common_program, jobs, needs_default, select, setup};
use super::{Failed, interrupts};
use crate::case::find::Found;
use crate::cli::{NodeArguments, RunArguments};
use crate::golden::{self, Attempts, Planned, Runner};
use crate::interrupt::Interrupt;
use crate::outcome::Exit;
use crate::parallel::WorkEvent;
use crate::play::{self, Setup};
use crate::report::again::{TestedNode, UsedList};
use crate::script::owed::Awaited;
use crate::watcher::Watcher;

pub fn run(arguments: &RunArguments) -> Result<Exit, Failed> {
    let ready = Ready::new(arguments)?;
    // From here on a Ctrl-C ends the run in good order, reports included.
    let interrupt = interrupts::catch()?;
    let _watcher = Watcher::start();
    ready.run(arguments, &interrupt)
}

/// All that a run needs.
pub struct Ready {
    found: Found,
    /// The cases, in the order in which they will be run.
    pub planned: Vec<Planned>,
    /// What is said about all of them.
    pub setup: Setup,
    last_run: LastRun,
    /// The list that selected the cases, if one did.
    failed_list: Option<UsedList>,
}

impl Ready {
    /// Finds the cases and the node.
    pub fn new(arguments: &RunArguments) -> Result<Self, Failed> {
        let (found, mut planned) = select(&arguments.node.selection)?;
        let last_run = LastRun::load(&arguments.node);
        let failed_list = if arguments.failed {
            planned.retain(|planned| last_run.has_failed(&planned.files));
            let list = failed_list(arguments, planned.len(), &last_run)?;
            if planned.is_empty() {
                return Err(Failed::NothingFailed(list));
            }
            Some(list)
        } else {
            None
        };
        let setup = setup(&arguments.node, &planned, Awaited::Expected)?;
        Ok(Self {
            found,
            planned,
            setup,
            last_run,
            failed_list,
        })
    }

    /// The files that the nodes of these cases are made of, as far as a command line tells.
    pub fn nodes(&self) -> BTreeSet<PathBuf> {
        let setup = &self.setup;
        let mut nodes = BTreeSet::new();
        for planned in &self.planned {
            let Ok(case) = planned.case() else { continue };
            let settings = setup.settings.over(&case.settings());
            let launch = play::launch(&settings, &setup.program, &planned.files);
            nodes.insert(launch.program);
            // An interpreter's script stands among the arguments.
            nodes.extend(launch.args.into_iter().map(PathBuf::from));
        }
        nodes
    }

    /// Puts the cases first that failed last.
    pub fn failures_first(&mut self) {
        let last_run = &self.last_run;
        self.planned
            .sort_by_key(|planned| !last_run.has_failed(&planned.files));
    }

    /// Runs them.
    pub fn run(self, arguments: &RunArguments, interrupt: &Interrupt) -> Result<Exit, Failed> {
        // Only where it matters: it takes all cases to be read.
        let files = [&arguments.json, &arguments.junit, &arguments.html];
        let writes = files.iter().any(|file| file.is_some());
        let node_files = if writes {
            self.nodes()
        } else {
            BTreeSet::new()
        };
        let Self {
            found,
            planned,
            setup,
            mut last_run,
            failed_list,
        } = self;
        let names_no_node = needs_default(&planned, &setup.settings);
        let program = setup.program.clone();
        let node = TestedNode {
            bin: match &arguments.node.bin {
                Some(named) => Some(named.clone()),
                None if names_no_node => Some(shown(&program)),
                None => common_program(&planned),
            },
            args: Some(arguments.node.node_args.clone()).filter(|args| !args.is_empty()),
        };
        let mut reports = Reports::open(arguments, planned.len(), &node, &node_files)?;
        let runner = Runner {
            setup,
            jobs: jobs(&arguments.node),
            interrupt,
        };
        if let Some(list) = &failed_list {
            reports.failed_list(list);
        }
        if names_no_node {
            reports.default_node(&shown(&program));
        }
        reports.begin(&found);
        let (attempts, failures_max) = (attempts(arguments), failures_max(arguments));
        let end = golden::run(&runner, planned, attempts, failures_max, |event| {
            if let WorkEvent::Done(outcome) = &event {
                last_run.judged(&outcome.files, outcome.result.is_failure());
            }
            reports.event(event);
        });
        // A run is none the worse where nothing can be kept of it.
        let _ = last_run.store();
        reports.finish(end)
    }
}

/// The list that `--failed` takes its cases from.
fn failed_list(
    arguments: &RunArguments,
    cases: usize,
    last_run: &LastRun,
) -> Result<UsedList, Failed> {
    let NodeArguments { bin, node_args, .. } = &arguments.node;
    let node = TestedNode {
        bin: bin.clone(),
        args: Some(node_args.clone()).filter(|args| !args.is_empty()),
    };
    if !LastRun::can_be_kept() {
        return Err(Failed::NothingKept);
    }
    match last_run.written() {
        None => Err(Failed::NoFailedList(node)),
        Some(written) => Ok(UsedList {
            node,
            cases,
            written,
            age: last_run::now().saturating_sub(written),
        }),
    }
}

/// A program below this folder as its path from here.
fn shown(program: &Path) -> PathBuf {
    let here = env::current_dir().unwrap_or_default();
    program.strip_prefix(here).unwrap_or(program).to_path_buf()
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
