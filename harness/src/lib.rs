//! Golden files for Maelstrom nodes: feed, normalize, compare, explain.
//!
//! A straight pipe. `case` finds and reads the files; `golden` runs them, and `play` each one's node:
//! `process` carries bytes, `script` says what to send and when to stop; `judge` holds the transcript
//! against what was expected, with `matching` for where the two part and `diagnosis` for why;
//! `report` finds the words, and `command` says where they go. `launch` is what is started, `workplace`
//! where it runs. `family` ends a node with all its descendants, `watcher` those of a harness that is
//! killed. `bless` writes down what a node answers, `audit` finds what a case lets through, `import` makes
//! cases of samples. `two_runs` holds two runs against each other.
//!
//! Beside it `cluster` tests whole clusters: an engine that decides, nodes at its edge, a room for each
//! workload, and a checker; `net` is what lies between the nodes, `service` plays Maelstrom's key-value
//! stores, `linear` decides whether the history of a register is linearizable, `txn` which consistency models
//! transactions break. `phrases` has what sentences of all rooms are made of.
//!
//! What has EDGE in its first line touches the world. Nothing else imports `std::io`, `fs`,
//! `process` or `thread`, or asks a clock (`case` reads its files, `outcome` and `report` hold errors
//! of the system).

#![cfg_attr(
    test,
    expect(
        clippy::wildcard_enum_match_arm,
        reason = "a test looks at the variant that it is about"
    )
)]

pub mod answers;
pub mod audit;
pub mod bless;
pub mod case;
pub mod cause;
pub mod cli;
pub mod cluster;
pub mod command;

pub mod diagnosis;
pub mod diagram;
mod encoding;
pub mod escape;
pub mod excerpt;
pub mod family;
pub mod files;
pub mod folders;
pub mod golden;
pub mod import;
pub mod interrupt;
pub mod json;
pub mod judge;
pub mod launch;
pub mod linear;
pub mod matching;
pub mod message;
pub mod net;
pub mod number;
pub mod outcome;
pub mod output;
pub mod parallel;
pub mod peers;
pub mod phrases;
pub mod play;
pub mod process;
pub mod report;
pub mod script;
pub mod service;
pub mod skeleton;
pub mod starting_point;
pub mod transcript;
pub mod two_runs;
pub mod txn;
pub mod watcher;
pub mod workplace;
