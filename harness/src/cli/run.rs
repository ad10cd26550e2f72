//! The command line of `harness run` and `harness watch`.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{COUNT_MAX, NodeArguments, parse_count};

/// How to run cases, and what to tell of it.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Exit status: 0 all passed; 1 a case failed; 2 something could not be run \
(bad arguments, a bad case, no such node, nothing selected); 130 interrupted. Of several nodes the worst."
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct RunArguments {
    /// Which cases and which node.
    #[command(flatten)]
    pub node: NodeArguments,

    /// The nodes, from a file with a line NAME: PROGRAM ARGUMENTS for each; paths count from the file, and a
    /// line without arguments takes NODE ARGS
    #[arg(long, value_name = "FILE", conflicts_with = "bin")]
    pub bins: Option<PathBuf>,

    /// Only the I-th of N equal shares of the selected cases, as in 1/4: each machine of N runs another one
    #[arg(long, value_name = "I/N", value_parser = parse_share, allow_hyphen_values = true)]
    pub partition: Option<CaseShare>,

    /// Run and tell the cases in an order that this number gives, or a `random` one; it is printed
    #[arg(long, value_name = "SEED", value_parser = parse_shuffle, allow_hyphen_values = true)]
    pub shuffle: Option<Shuffle>,

    /// Only cases that failed when they were last run from this folder with this node and these NODE ARGS
    #[arg(long)]
    pub failed: bool,

    /// Begin no further case after the first failure (of a node)
    #[arg(long, conflicts_with = "max_fail")]
    pub fail_fast: bool,

    /// Begin no further case after so many failures (of a node)
    #[arg(long, value_name = "N", value_parser = parse_count, allow_hyphen_values = true)]
    pub max_fail: Option<NonZeroUsize>,

    /// Run a case that fails again, so many times at most; one that passes then is flaky
    #[arg(long, value_name = "N", value_parser = parse_retries, conflicts_with = "repeat")]
    pub retries: Option<usize>,

    /// Run each case so many times; it must pass every time
    #[arg(long, value_name = "N", value_parser = parse_count, allow_hyphen_values = true)]
    pub repeat: Option<NonZeroUsize>,

    /// Tell which cases took longest, of all and of each folder
    #[arg(long, value_name = "N", value_parser = parse_count, allow_hyphen_values = true)]
    pub slowest: Option<NonZeroUsize>,

    /// What to write to stdout
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,

    /// Write JSON lines to a file, too (the format is described in cases/README.md)
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Write a JUnit report to a file, too
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,

    /// Write the failures as a page to a file, too
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,

    /// Show failures as annotations in a log of GitHub Actions
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
    pub annotations: When,

    /// Show each case in full, also those that pass, and those that fail with a cause that was shown
    #[arg(long, short, conflicts_with = "quiet")]
    pub verbose: bool,

    /// Show only the first line of each failure and the last line
    #[arg(long, short)]
    pub quiet: bool,
}

/// One of several equal shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseShare {
    /// Which one, from 1.
    pub number: NonZeroUsize,
    /// How many there are, at least as many.
    pub of: NonZeroUsize,
}

/// By what the order of cases is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shuffle {
    /// By a seed that nobody has said.
    AtRandom,
    /// By this seed.
    By(u64),
}

impl fmt::Display for CaseShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

/// What to write to stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people
    Human,
    /// JSON lines, and no other text
    Json,
}

/// When to write annotations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// Where GitHub Actions runs this
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}

fn parse_retries(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number <= COUNT_MAX);
    number.ok_or_else(|| format!("it must be a number from 0 to {COUNT_MAX}"))
}

fn parse_share(text: &str) -> Result<CaseShare, String> {
    let parts = text.split_once('/');
    let share = parts.and_then(|(number, of)| {
        let (number, of) = (parse_count(number).ok()?, parse_count(of).ok()?);
        (number <= of).then_some(CaseShare { number, of })
    });
    share.ok_or_else(|| "it must be a share and their number, as in 1/4 to 4/4".to_owned())
}

fn parse_shuffle(text: &str) -> Result<Shuffle, String> {
    if text == "random" {
        return Ok(Shuffle::AtRandom);
    }
    let seed = text.parse().ok().map(Shuffle::By);
    seed.ok_or_else(|| format!("it must be a number from 0 to {}, or random", u64::MAX))
}
