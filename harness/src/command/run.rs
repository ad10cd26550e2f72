//! EDGE. `harness run`: the cases against a node.

use std::collections::BTreeSet;
use std::env;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use super::again::again;
use super::last_run::{self, LastRun};
use super::nodes::{self, BadNodes};
use super::reports::Reports;
use super::selection::{common_program, jobs, needs_default, select, setup, share_of, shuffled};
use super::{Failed, interrupts};
use crate::case::CaseFiles;
use crate::case::find::Found;
use crate::cli::run::RunArguments;
use crate::golden::{self, Attempts, Planned, Runner};
use crate::interrupt::Interrupt;
use crate::outcome::ExitCode;
use crate::parallel::WorkEvent;
use crate::play::{self, Setup};
use crate::report::again::{TestedNode, UsedList};
use crate::report::json::RunPlan;
use crate::script::owed::Awaited;
use crate::watcher::Watcher;

pub fn run(arguments: &RunArguments) -> Result<ExitCode, Failed> {
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
    files: Vec<CaseFiles>,
    /// By what they are shuffled.
    shuffle: Option<u64>,
    nodes: ReadyNodes,
}

/// What runs the cases.
enum ReadyNodes {
    One(Box<ReadyNode>),
    /// In turn. Each is looked at when its turn has come: one that can't be run is no reason not to run others.
    Several(Vec<TestedNode>),
}

/// A node with its cases.
pub struct ReadyNode {
    node: TestedNode,
    planned: Vec<Planned>,
    setup: Setup,
    last_run: LastRun,
    /// The list that selected the cases, if one did.
    failed_list: Option<UsedList>,
}

impl Ready {
    /// Finds the cases and the nodes.
    pub fn new(arguments: &RunArguments) -> Result<Self, Failed> {
        let (found, planned) = select(&arguments.node.selection)?;
        let mut planned = match arguments.partition {
            Some(share) => share_of(planned, share)?,
            None => planned,
        };
        let shuffle = arguments.shuffle;
        let shuffle = shuffle.map(|shuffle| shuffled(&mut planned, shuffle));
        let files = planned.iter().map(|planned| planned.files.clone());
        let files = files.collect();
        let mut nodes = nodes::named(&arguments.node, arguments.bins.as_deref())?;
        let nodes = match (nodes.pop(), nodes.is_empty()) {
            (Some(node), true) => {
                ReadyNodes::One(Box::new(ReadyNode::new(arguments, node, planned)?))
            }
            (last, _) => {
                nodes.extend(last);
                ReadyNodes::Several(nodes)
            }
        };
        Ok(Self {
            found,
            files,
            shuffle,
            nodes,
        })
    }

    /// The one node, for a command that takes no more.
    pub fn alone(&mut self) -> Result<&mut ReadyNode, BadNodes> {
        match &mut self.nodes {
            ReadyNodes::One(node) => Ok(node),
            ReadyNodes::Several(nodes) => Err(BadNodes::Several { count: nodes.len() }),
        }
    }

    /// Runs the cases with each node.
    pub fn run(self, arguments: &RunArguments, interrupt: &Interrupt) -> Result<ExitCode, Failed> {
        let plan = RunPlan {
            cases: self.files.len(),
            nodes: 1,
            partition: arguments.partition.map(|share| share.to_string()),
            shuffle: self.shuffle,
        };
        match self.nodes {
            ReadyNodes::One(node) => node.run_alone(arguments, plan, &self.found, interrupt),
            ReadyNodes::Several(nodes) => {
                let several = Several {
                    found: &self.found,
                    files: &self.files,
                    nodes,
                };
                several.run(arguments, plan, interrupt)
            }
        }
    }
}

impl ReadyNode {
    fn new(
        arguments: &RunArguments,
        node: TestedNode,
        mut planned: Vec<Planned>,
    ) -> Result<Self, Failed> {
        let last_run = LastRun::load(&node);
        let failed_list = if arguments.failed {
            planned.retain(|planned| last_run.has_failed(&planned.files));
            let list = failed_list(&node, planned.len(), &last_run)?;
            if planned.is_empty() {
                return Err(Failed::NothingFailed(list));
            }
            Some(list)
        } else {
            None
        };
        let setup = setup(&arguments.node, &node, &planned, Awaited::Expected)?;
        Ok(Self {
            node,
            planned,
            setup,
            last_run,
            failed_list,
        })
    }

    /// The files that the nodes of these cases are made of, as far as a command line tells.
    pub fn files(&self) -> BTreeSet<PathBuf> {
        let setup = &self.setup;
        let mut files = BTreeSet::new();
        for planned in &self.planned {
            let Ok(case) = planned.case() else { continue };
            let settings = setup.settings.over(&case.settings());
            let launch = play::launch(&settings, &setup.program, &planned.files);
            files.insert(launch.program);
            // An interpreter's script stands among the arguments.
            files.extend(launch.args.into_iter().map(PathBuf::from));
        }
        files
    }

    /// Puts the cases first that failed last.
    pub fn failures_first(&mut self) {
        let last_run = &self.last_run;
        self.planned
            .sort_by_key(|planned| !last_run.has_failed(&planned.files));
    }

    /// Runs the cases where there is no other node.
    fn run_alone(
        self,
        arguments: &RunArguments,
        plan: RunPlan,
        found: &Found,
        interrupt: &Interrupt,
    ) -> Result<ExitCode, Failed> {
        // Only where it matters: it takes all cases to be read.
        let node_files = if writes(arguments) {
            self.files()
        } else {
            BTreeSet::new()
        };
        let program = shown(&self.setup.program);
        let is_default = needs_default(&self.planned, &self.setup.settings);
        let mut node = self.node.clone();
        if node.bin.is_none() {
            node.bin = if is_default {
                Some(program.clone())
            } else {
                common_program(&self.planned)
            };
        }
        let plan = RunPlan {
            // Those that failed, if only these are run.
            cases: self.planned.len(),
            ..plan
        };
        // Nothing that the user didn't say.
        let again = again(&arguments.node, &self.node);
        let mut reports = Reports::open(arguments, plan, (&node, again), &node_files)?;
        if let Some(list) = &self.failed_list {
            reports.failed_list(list);
        }
        if is_default {
            reports.default_node(&program);
        }
        reports.begin(found);
        self.run(arguments, interrupt, &mut reports);
        reports.finish()
    }

    /// Runs the cases, and tells of them.
    fn run(self, arguments: &RunArguments, interrupt: &Interrupt, reports: &mut Reports) {
        let Self {
            planned,
            setup,
            mut last_run,
            ..
        } = self;
        let runner = Runner {
            setup,
            jobs: jobs(&arguments.node),
            interrupt,
        };
        let (attempts, failures_max) = (attempts(arguments), failures_max(arguments));
        let end = golden::run(&runner, planned, attempts, failures_max, |event| {
            if let WorkEvent::Done(outcome) = &event {
                last_run.judged(&outcome.files, outcome.result.is_failure());
            }
            reports.event(event);
        });
        // A run is none the worse where nothing can be kept of it.
        let _ = last_run.store();
        reports.end_node(end);
    }
}

/// Several nodes, which run the same cases.
struct Several<'a> {
    found: &'a Found,
    files: &'a [CaseFiles],
    nodes: Vec<TestedNode>,
}

impl Several<'_> {
    fn run(
        self,
        arguments: &RunArguments,
        plan: RunPlan,
        interrupt: &Interrupt,
    ) -> Result<ExitCode, Failed> {
        let plan = RunPlan {
            nodes: self.nodes.len(),
            ..plan
        };
        let node_files = self.node_files();
        let node = TestedNode::default();
        let again_each = |node: &TestedNode| again(&arguments.node, node);
        let mut reports = Reports::open(arguments, plan, (&node, again_each(&node)), &node_files)?;
        reports.begin(self.found);
        for node in self.nodes {
            if interrupt.is_raised() {
                reports.interrupted();
                break;
            }
            reports.begin_node(&node, again_each(&node));
            match ReadyNode::new(arguments, node, golden::plan(self.files.to_vec())) {
                Ok(ready) => {
                    if let Some(list) = &ready.failed_list {
                        reports.failed_list(list);
                    }
                    ready.run(arguments, interrupt, &mut reports);
                }
                Err(failed) => reports.node_not_run(&failed),
            }
        }
        reports.finish()
    }

    /// What no report may replace.
    fn node_files(&self) -> BTreeSet<PathBuf> {
        let nodes = self.nodes.iter();
        let files = nodes.flat_map(|node| {
            let args = node.args.iter().flatten().map(PathBuf::from);
            node.bin.iter().cloned().chain(args)
        });
        files.collect()
    }
}

/// Whether anything is written to files.
fn writes(arguments: &RunArguments) -> bool {
    let files = [&arguments.json, &arguments.junit, &arguments.html];
    files.iter().any(|file| file.is_some())
}

/// The list that `--failed` takes its cases from.
fn failed_list(node: &TestedNode, cases: usize, last_run: &LastRun) -> Result<UsedList, Failed> {
    let node = node.clone();
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
