//! The command line, already valid.

mod dashes;
pub mod run;
pub mod test;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use run::RunArguments;
use test::TestArguments;
use test::limits::NODES_MAX;
use test::values::parse_seconds;

use crate::case::argument;
use crate::case::mode::PaceMode;
use crate::starting_point::Language;

/// Golden files for Maelstrom nodes: feed, normalize, compare, explain.
#[derive(Debug, Parser)]
#[command(name = "harness", version, arg_required_else_help = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Arguments {
    /// Those of a command line; its first word is the program.
    ///
    /// # Errors
    /// What is wrong with it, or the help that was asked for.
    pub fn of(words: &[OsString]) -> Result<Self, clap::Error> {
        match dashes::refused(words) {
            Some(advice) => Err(Self::command().error(ErrorKind::UnknownArgument, advice)),
            None => Self::try_parse_from(words),
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run cases and compare what the node answers with what it should
    Run(RunArguments),
    /// Run cases again whenever one of them or the node changes, those that failed first
    Watch(RunArguments),
    /// Test a cluster: start nodes, carry their messages, break things, judge what happened
    Test(Box<TestArguments>),
    /// Judge a stored cluster run again from its files, or a history that anything wrote
    Check(CheckArguments),
    /// Say what passes, fails or takes longer in one run of cases than in an earlier one
    Compare(CompareArguments),
    /// Start a new case: write its .in; or a new node (--node)
    New(NewArguments),
    /// Make cases from what a course gives: a task's page, a Markdown text, a folder of samples, or
    /// a folder with many of them
    Import(ImportArguments),
    /// Write the .expected of cases anew, from what the node answers
    Bless(BlessArguments),
    /// Look for cases that wrong nodes pass
    Audit(AuditArguments),
    /// List cases, without running them
    List(Selection),
    /// Show how a case would be run, and where each setting comes from
    #[command(
        after_help = "match: exact: the expected messages and no others, in their order; unordered: in any \
order; prefix: they come first, whatever follows; contains: in their order, others between them. \
msg_id: renamed: the node's numbers may differ, each expected one always standing for the same; exact: they \
are equal; ignored: they may be anything. pace: lockstep: a line is sent once the reply to the one before \
has come; all-at-once: as fast as the node takes them."
    )]
    Config(NodeArguments),
    /// Write what completes this command line in a shell to stdout
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write a man page to stdout
    Man {
        /// The command that it is of, as in `harness man run` [default: all of harness]
        #[arg(value_name = "COMMAND", value_parser = PossibleValuesParser::new(COMMANDS))]
        of: Option<String>,
    },
}

/// The names of the commands.
const COMMANDS: [&str; 13] = [
    "run",
    "watch",
    "test",
    "check",
    "compare",
    "new",
    "import",
    "bless",
    "audit",
    "list",
    "config",
    "completions",
    "man",
];

/// Which cases.
#[derive(Debug, Clone, Args)]
pub struct Selection {
    /// Folders of cases, or single cases (the .in, the .expected, or the name without either), or globs in
    /// quotes, as in 'cases/*/echo-*'
    #[arg(default_value = "cases")]
    pub paths: Vec<PathBuf>,

    /// Only cases whose path or title contains this text; of several texts one is enough
    #[arg(long, value_name = "TEXT")]
    pub filter: Vec<String>,

    /// No case whose path or title contains this text; may stand more than once
    #[arg(long, value_name = "TEXT")]
    pub exclude: Vec<String>,
}

/// Which cases, and how their node is run.
#[derive(Debug, Clone, Args)]
pub struct NodeArguments {
    /// Which cases.
    #[command(flatten)]
    pub selection: Selection,

    /// The node: a file, never looked up in $PATH [default, for cases of the harness's own repository:
    /// the `node` built beside the harness]; for harness run also a glob in quotes, and several times
    #[arg(long, value_name = "PATH")]
    pub bin: Vec<PathBuf>,

    /// How many cases run at once [default: twice the number of cores]
    #[arg(long, value_name = "N", value_parser = parse_jobs, allow_hyphen_values = true)]
    pub jobs: Option<NonZeroUsize>,

    /// How long a case may take from start to exit; overrides the cases [default: 5s]
    #[arg(long, value_name = "TIME", value_parser = parse_seconds, allow_hyphen_values = true)]
    pub timeout: Option<Duration>,

    /// When lines are sent; overrides the cases: lockstep (each line after the replies to the lines
    /// before it) or all-at-once [default: lockstep]
    #[arg(long, value_name = "PACE", value_parser = parse_pace())]
    pub pace: Option<PaceMode>,

    /// The node's arguments; they override those of the cases
    #[arg(last = true, value_name = "NODE ARGS")]
    pub node_args: Vec<OsString>,
}

/// Which cases to bless, and how.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(
    after_help = "Placeholders and lines that still match stay, and so do comments; msg_ids are \
numbered from 0. A case whose node did not run cleanly is left alone; so is one whose node answers otherwise when \
it is run again, or leaves a request without a reply, unless a flag says what to do.

Exit status: 0 every .expected says what the node answers; 1 a case was refused, or --dry-run \
shows a change; 2 something \
could not be run, or CI or TF_BUILD is set; 130 interrupted."
)]
pub struct BlessArguments {
    /// Which cases and which node.
    #[command(flatten)]
    pub node: NodeArguments,

    /// Show what would be written, and write nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Only add the replies that an .expected leaves out, and mark them as added
    #[arg(long)]
    pub missing: bool,

    /// Leave open what differs when the node is run again: a placeholder that fits all runs is written there
    #[arg(long)]
    pub open: bool,

    /// Write also where the node leaves requests without a reply
    #[arg(long, conflicts_with = "missing")]
    pub partial: bool,

    /// Write even where the variable CI or `TF_BUILD` is set
    #[arg(long)]
    pub force: bool,
}

/// What to import, and where to.
#[derive(Debug, Args)]
#[command(
    after_help = "The form of SOURCE is recognized by itself. Exit status: 0 imported, warnings \
included; 2 nothing could be imported or written."
)]
pub struct ImportArguments {
    /// A text file (a page's text, or Markdown), a folder with input-N.jsonl and expected-N.txt, a
    /// folder with such texts and folders below it, or - for a text on stdin
    pub source: PathBuf,

    /// The folder that gets NAME.in and NAME.expected, in the folders that SOURCE has; it is made if it
    /// isn't there
    pub dest: PathBuf,

    /// Replace files that exist
    #[arg(long)]
    pub force: bool,
}

/// Which cases to audit.
#[derive(Debug, Args)]
#[command(
    after_help = "Each case is judged against nodes that do nothing, answer only init, say yes to \
everything or send back what they got; then your node, which must pass, is run, and what it wrote is \
changed on purpose: a reply left out, doubled, moved, each value in it replaced by others of its kind. \
A case that passes all the same is weak. Order under @match unordered, what else may come under prefix \
and contains, and further keys under \"<...>\" count for nothing; a reply that nobody looks for counts.

Exit status: 0 no case is weak; 1 one is, or your node fails one; 2 something could not be run; 130 \
interrupted."
)]
pub struct AuditArguments {
    /// Which cases and which node.
    #[command(flatten)]
    pub node: NodeArguments,
}

/// What is to be in a new case, or in which language a new node is.
#[derive(Debug, Args)]
pub struct NewArguments {
    /// The case, as in cases/read-twice, or the node, as in `my_node.py`; a file that exists is never
    /// touched
    pub file: PathBuf,

    /// Write a node in this language instead of a case: it answers init and echo
    #[arg(long, value_name = "LANGUAGE", conflicts_with_all = ["requests", "title", "nodes"])]
    pub node: Option<Language>,

    /// What a client asks for: types, as in `read`, or bodies, as in '{"type":"echo","echo":1}'
    pub requests: Vec<String>,

    /// The case's title [default: made of its name]
    #[arg(long)]
    pub title: Option<String>,

    /// How many nodes the node is told of
    #[arg(long, value_name = "N", value_parser = parse_nodes, allow_hyphen_values = true, default_value = "1")]
    pub nodes: NonZeroUsize,
}

/// Which stored run to judge.
#[derive(Debug, Args)]
#[command(
    after_help = "A history is a file of JSON lines, with requests and their ends as Jepsen has them: \
{\"process\":3,\"type\":\"invoke\",\"f\":\"add\",\"value\":4}, then the same with \"type\":\"ok\", \"fail\" or \"info\"; \
\"time\" in nanoseconds and \"index\" may be missing, and \"final\":true marks the reads in the end of sets and counters.

Exit status: 0 it was valid; 1 it was not; 2 it could not be judged, or its files can't be read."
)]
pub struct CheckArguments {
    /// The folder of a run, as in store/latest; with -w the file of a history that anything wrote
    #[arg(value_name = "DIR | FILE")]
    pub path: PathBuf,

    /// The requests in that history
    #[arg(short, long, value_enum, value_name = "NAME")]
    pub workload: Option<test::Workload>,

    /// How to judge it, where not as it was
    #[command(flatten)]
    pub judging: test::JudgingArguments,
}

/// Which two runs to compare.
#[derive(Debug, Args)]
#[command(
    after_help = "Each FILE holds the JSON lines of a run, from --json FILE or --format json. A case takes \
longer if it passed in both runs and took at least 1.5 times as long and 100 ms more.

Exit status: 0 nothing fails that passed; 1 something does; 2 a FILE is no whole report, or the second run \
ended before it came to cases of the first."
)]
pub struct CompareArguments {
    /// The report of the earlier run of cases; or the folder of a test of a cluster
    #[arg(value_name = "FILE")]
    pub before: PathBuf,

    /// The report of the later run; or the folder of another test
    #[arg(value_name = "FILE")]
    pub after: PathBuf,
}

/// More of anything nobody counts, or waits for.
const COUNT_MAX: usize = 1_000_000;

/// More threads help nobody.
const JOBS_MAX: usize = 1000;

/// How many runs a test has at most: each has its folder.
const RUNS_MAX: usize = 10_000;

/// How many keys clients use at a time at most.
const KEYS_MAX: usize = 10_000;

fn parse_up_to(text: &str, most: usize) -> Result<NonZeroUsize, String> {
    let number = text.parse().ok();
    let number = number.filter(|number: &NonZeroUsize| number.get() <= most);
    number.ok_or_else(|| format!("it must be a number from 1 to {most}"))
}

fn parse_count(text: &str) -> Result<NonZeroUsize, String> {
    parse_up_to(text, COUNT_MAX)
}

fn parse_jobs(text: &str) -> Result<NonZeroUsize, String> {
    parse_up_to(text, JOBS_MAX)
}

fn parse_runs(text: &str) -> Result<NonZeroUsize, String> {
    parse_up_to(text, RUNS_MAX)
}

fn parse_keys(text: &str) -> Result<NonZeroUsize, String> {
    parse_up_to(text, KEYS_MAX)
}

fn parse_nodes(text: &str) -> Result<NonZeroUsize, String> {
    parse_up_to(text, NODES_MAX)
}

fn parse_pace() -> impl TypedValueParser<Value = PaceMode> {
    let names = PaceMode::ALL.map(|(name, _)| name);
    PossibleValuesParser::new(names)
        .map(|name| argument::known(&PaceMode::ALL, &name).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
        let commands = Arguments::command();
        let names: Vec<_> = commands
            .get_subcommands()
            .map(clap::Command::get_name)
            .collect();
        assert_eq!(names, COMMANDS);
    }
}
