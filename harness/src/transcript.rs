//! What happened in one run of a node: what it wrote and how it ended. No judgement.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::case::mode::ExitMode;
use crate::case::settings::TIMEOUT_DEFAULT;
use crate::message::rule::Rule;
use crate::process::exit::Exit;

/// One run, from start to end.
#[derive(Debug, Clone)]
pub struct Transcript {
    /// What the node wrote to stdout, up to the limit.
    pub output: Vec<u8>,
    /// The end of what it wrote to stderr.
    pub stderr: Vec<u8>,
    pub ending: Ending,
    /// From the start to the end.
    pub duration: Duration,
    /// Whether the node's children outlived it, until they were ended.
    pub left_children: bool,
    /// How many bytes of its input the node had not taken in the end; `None` where nobody can tell.
    pub unread: Option<u64>,
    /// Whether all messages were sent and the input was closed.
    pub input_closed: bool,
    /// The line of the `.in` that was sent last; 0 if none was.
    pub sent_line: usize,
    /// Whether the node closed its input before it had taken all that was sent.
    pub input_refused: bool,
    /// How long the node had.
    pub timeout: Duration,
    /// How long its threads could have run when its time was over, and waited for a CPU.
    pub waited: Duration,
    /// What the names in the `.in` stood for when they were used.
    pub names: BTreeMap<String, Value>,
    /// The first thing that the case waited for in vain before it closed the input.
    pub in_vain: Option<InVain>,
    /// What nodes of a cluster did that nobody may do.
    pub mishaps: Vec<Mishap>,
    /// The requests that were asked again and never got the expected answer.
    pub asked_in_vain: Vec<AskedInVain>,
    /// Whether the exit counts once stdin was closed.
    pub exit_mode: ExitMode,
}

/// What a node of a cluster did that nobody may do, whatever reaches the clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mishap {
    /// It exited though the harness had not killed it.
    Crashed {
        node: String,
        exit: Exit,
        /// The end of its stderr.
        stderr: Vec<u8>,
    },
    /// It broke a rule of the protocol.
    Broke {
        node: String,
        rule: Rule,
        /// The line that it wrote, cut where it is long; empty where it is about none.
        line: Vec<u8>,
    },
}

/// A request that was asked again until its time was over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedInVain {
    /// The line of the `.in`.
    pub line: usize,
    pub within: Duration,
    pub times: usize,
}

/// Something that the case waited for in vain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InVain {
    /// The line of the `.in` that waited.
    pub line: usize,
    /// The placeholder in it, if it was held back for one; else a reply to it was waited for.
    pub name: Option<String>,
    /// Whether it came once the input was closed.
    pub came_late: bool,
    /// Of a reply: for how long the node had rested when it was not waited for any longer.
    pub rested: Duration,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The node exited by itself.
    Exited(Exit),
    /// It had said all that it should, but didn't exit: ended after its moment.
    Lingered,
    TimedOut,
    /// It wrote more than is kept.
    Flooded {
        /// How much is kept, in bytes.
        output_max: usize,
    },
    /// The case was done with the nodes of its cluster.
    Done,
    /// A node of a cluster did what ends a case at once: it crashed, or is of no use.
    Failed,
}

impl Mishap {
    /// Whether the node said nothing by it.
    fn is_no_answer(&self) -> bool {
        match self {
            Self::Crashed { .. } => true,
            Self::Broke { rule, .. } => matches!(rule, Rule::NotSetUp { answer: None, .. }),
        }
    }
}

impl Transcript {
    /// A node that was told everything, wrote this and exited with a good word, in no time.
    pub fn clean(output: impl Into<Vec<u8>>) -> Self {
        Self {
            output: output.into(),
            stderr: Vec::new(),
            ending: Ending::Exited(Exit::Status(0)),
            duration: Duration::ZERO,
            left_children: false,
            unread: Some(0),
            input_closed: true,
            sent_line: usize::MAX,
            input_refused: false,
            timeout: TIMEOUT_DEFAULT,
            waited: Duration::ZERO,
            names: BTreeMap::new(),
            in_vain: None,
            mishaps: Vec::new(),
            asked_in_vain: Vec::new(),
            exit_mode: ExitMode::default(),
        }
    }

    /// Whether the case's time ran out on a node that owed something. One that has said all that
    /// it should owes nothing more, but to have listened.
    pub fn timed_out(&self) -> bool {
        let deaf = self.unread.is_some_and(|unread| unread > 0);
        match self.ending {
            Ending::TimedOut => true,
            Ending::Lingered => deaf && self.duration >= self.timeout,
            Ending::Exited(_) | Ending::Flooded { .. } | Ending::Done | Ending::Failed => false,
        }
    }

    /// What was waited for and came only once stdin was closed: stdout is not flushed.
    pub fn not_flushed(&self) -> Option<&InVain> {
        self.in_vain.as_ref().filter(|in_vain| in_vain.came_late)
    }

    /// Whether there never was a node to give an answer: it wrote nothing, and exited badly, exited without
    /// reading, or never read; or the nodes of a cluster never came up.
    pub fn never_spoke(&self) -> bool {
        let never_up = self.sent_line == 0 && self.mishaps.iter().any(Mishap::is_no_answer);
        self.output.is_empty() && (never_up || self.had_no_chance())
    }

    /// Whether the node crashed or never listened, so that it had no chance to say anything.
    pub fn had_no_chance(&self) -> bool {
        match self.ending {
            Ending::Exited(exit) => !exit.is_success() || self.left_early(),
            Ending::Lingered
            | Ending::TimedOut
            | Ending::Flooded { .. }
            | Ending::Done
            | Ending::Failed => self.unread.is_some_and(|unread| unread > 0),
        }
    }

    /// Whether the node's exit is a fault, however it exited: it came before its stdin was closed, or the
    /// case says so.
    pub fn exit_counts(&self) -> bool {
        let is_told_all = self.input_closed && !self.input_refused;
        !is_told_all || self.exit_mode == ExitMode::Strict
    }

    /// Whether the node was gone, though with a good word, before it had been told everything.
    pub fn left_early(&self) -> bool {
        let gone = matches!(self.ending, Ending::Exited(exit) if exit.is_success());
        gone && (!self.input_closed || self.input_refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::reply::SetUpAnswer;

    #[test]
    fn node_that_wrote_nothing_never_spoke_where_it_had_no_chance() {
        let with = |change: fn(&mut Transcript)| {
            let mut transcript = Transcript::clean("");
            change(&mut transcript);
            transcript
        };
        assert!(!with(|_| {}).never_spoke());
        assert!(with(|it| it.ending = Ending::Exited(Exit::Status(127))).never_spoke());
        assert!(with(|it| it.input_refused = true).never_spoke());
        let deaf = with(|it| (it.ending, it.unread) = (Ending::TimedOut, Some(9)));
        assert!(deaf.never_spoke());
        let spoke = Transcript {
            output: b"x\n".to_vec(),
            ..deaf
        };
        assert!(!spoke.never_spoke());
        let set_up = |answer, sent_line| Transcript {
            sent_line,
            ending: Ending::Failed,
            unread: None,
            mishaps: vec![Mishap::Broke {
                node: "n1".to_owned(),
                rule: Rule::NotSetUp {
                    request: "init",
                    answer,
                },
                line: Vec::new(),
            }],
            ..Transcript::clean("")
        };
        assert!(set_up(None, 0).never_spoke());
        assert!(!set_up(None, 3).never_spoke());
        assert!(!set_up(Some(SetUpAnswer::NothingElse), 0).never_spoke());
    }
}
