//! The verdict on one run: what the case expects against what happened. Pure.

use crate::case::mode::MatchMode;
use crate::case::{Case, ExpectedLine, answered};
use crate::diagnosis::{self, Diagnosis, Evidence, beyond};
use crate::diagram::{self, Diagram};
use crate::excerpt::{self, Excerpt};
use crate::matching::actual::{self, ActualLines};
use crate::matching::bindings::Bindings;
use crate::matching::difference::Rules;
use crate::matching::{self, Agreement, Mismatch};
use crate::process::exit::Exit;
use crate::transcript::{Ending, InVain, Transcript};

/// How many lines beyond the expected ones are looked at where they make the case fail anyway; a
/// flood has millions.
const SURPLUS_LINES_MAX: usize = 1000;

/// How many lines beyond the expected ones are looked at where they are allowed, and must still be
/// good ones.
const ALLOWED_LINES_MAX: usize = 1_000_000;

/// The verdict on a case that was run.
#[derive(Debug, Clone)]
pub enum CaseVerdict {
    /// The node did what it should.
    Passed,
    Failed(Box<Failure>),
}

/// Why a case failed: the evidence, not the words.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The causes, what to fix first coming first.
    pub diagnoses: Vec<Diagnosis>,
    /// Where the output parts from what was expected, if it does.
    pub excerpt: Option<Excerpt>,
    /// The exchange around that place, if there is enough of one.
    pub diagram: Option<Diagram>,
    /// The end of the node's stderr.
    pub stderr: Vec<u8>,
}

impl Failure {
    /// What explains the mismatch, or fails the case by itself.
    pub fn causes(&self) -> impl Iterator<Item = &Diagnosis> {
        self.diagnoses
            .iter()
            .filter(|diagnosis| !diagnosis.is_consequence())
    }

    /// What came of the mismatch.
    pub fn consequences(&self) -> impl Iterator<Item = &Diagnosis> {
        self.diagnoses
            .iter()
            .filter(|diagnosis| diagnosis.is_consequence())
    }
}

/// Something worth saying about a run, whatever its verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// The node didn't exit when its input had ended, and was killed.
    Lingered,
    /// The node left children behind, which were ended.
    LeftChildren,
    /// The reply to a line was waited for in vain, and came once stdin was closed.
    NotFlushed(InVain),
    /// The node exited badly, once its stdin was closed.
    BadExit {
        exit: Exit,
        /// The line of its stderr that names the error, or the last one.
        last_words: Vec<u8>,
    },
    /// The last line has no line break.
    Unended,
    /// Requests got no reply, and need none by the `.expected`.
    NoReply {
        /// The first of them: its line in the `.in`.
        line: usize,
        kind: String,
        count: usize,
        /// Whether only `init` needs its reply, so that a node passes that does nothing else.
        only_init: bool,
    },
}

/// What a run is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Trial<'a> {
    pub case: &'a Case,
    /// What its `.expected` says.
    pub expected: &'a [ExpectedLine],
    /// Which sequences of messages pass.
    pub mode: MatchMode,
    pub rules: &'a Rules,
}

impl<'a> Trial<'a> {
    pub fn judge(self, transcript: &Transcript) -> CaseVerdict {
        let actual = self.read(transcript);
        let evidence = self.evidence(&actual, transcript);
        let Agreement { mismatch, bindings } = self.agree(self.mode, evidence);
        let diagnoses = if mismatch.is_some() {
            let mut diagnoses = diagnosis::diagnose(evidence);
            diagnoses.extend(self.wrong_order(evidence));
            diagnoses
        } else {
            let mut diagnoses = self.fatal(evidence);
            for diagnosis in &mut diagnoses {
                if let Diagnosis::BadExit { all_right, .. } = diagnosis {
                    *all_right = true;
                }
            }
            diagnoses
        };
        if mismatch.is_none() && diagnoses.is_empty() {
            return CaseVerdict::Passed;
        }
        let wrong = diagnoses.iter().find_map(|found| found.facts().stdout);
        let diagram = diagram::of(
            self.case,
            &self.rules.background.services,
            self.expected,
            &actual,
            mismatch.as_ref(),
            wrong,
            transcript.sent_line,
        );
        let diagram = diagram.and_then(|diagram| {
            let unread = actual.total - actual.lines.len();
            let is_denied = matches!(mismatch, Some(Mismatch::Missing { .. }));
            // What seems to be missing may stand on a line that was not looked at.
            (unread == 0 || !is_denied).then(|| Diagram {
                left_out: diagram.left_out + unread,
                ..diagram
            })
        });
        let ids: Vec<_> = bindings.ids().cloned().collect();
        let in_order = self.mode != MatchMode::Unordered;
        let cut_out = |mismatch| excerpt::of(mismatch, in_order, self.expected, &actual, &ids);
        CaseVerdict::Failed(Box::new(Failure {
            diagnoses,
            excerpt: mismatch.map(cut_out),
            diagram,
            stderr: transcript.stderr.clone(),
        }))
    }

    /// Whether a run passes: the verdict without its reasons, which take most of the time.
    pub fn passes(self, transcript: &Transcript) -> bool {
        let actual = self.read(transcript);
        let evidence = self.evidence(&actual, transcript);
        self.agree(self.mode, evidence).mismatch.is_none() && self.fatal(evidence).is_empty()
    }

    /// What fails a run that agrees; of a clean run, nothing. Where any more may come, a node that only stays
    /// owes nothing: while it ran nobody could know.
    pub fn fatal(self, evidence: Evidence<'_>) -> Vec<Diagnosis> {
        let mut fatal = diagnosis::diagnose_fatal(evidence);
        if self.mode == MatchMode::Contains {
            fatal.retain(|diagnosis| !diagnosis.says_it_only_stays());
        }
        fatal
    }

    /// The lines that are looked at.
    fn read(self, transcript: &Transcript) -> ActualLines {
        let surplus = match (self.mode, transcript.ending) {
            (_, Ending::Flooded { .. }) | (MatchMode::Exact | MatchMode::Unordered, _) => {
                SURPLUS_LINES_MAX
            }
            (MatchMode::Prefix | MatchMode::Contains, _) => ALLOWED_LINES_MAX,
        };
        let limit = self.expected.len().saturating_add(surplus);
        actual::lines_but(&self.rules.background, &transcript.output, limit)
    }

    /// What there is to look at in a run.
    pub fn evidence(self, actual: &'a ActualLines, transcript: &'a Transcript) -> Evidence<'a> {
        Evidence {
            steps: &self.case.steps,
            cluster: self.case.directives.cluster.as_ref(),
            requests: &self.case.requests,
            expected: self.expected,
            services: &self.rules.background.services,
            actual,
            transcript,
        }
    }

    fn agree(self, mode: MatchMode, evidence: Evidence<'_>) -> Agreement {
        let lines = &evidence.actual.lines;
        let bound = bound(evidence.transcript);
        matching::agree(mode, self.expected, lines, self.rules, bound)
    }

    /// Whether only the order is wrong.
    fn wrong_order(self, evidence: Evidence<'_>) -> Option<Diagnosis> {
        let may_be = self.mode == MatchMode::Exact && self.expected.len() == evidence.actual.total;
        let is_it = may_be
            && self
                .agree(MatchMode::Unordered, evidence)
                .mismatch
                .is_none();
        is_it.then_some(Diagnosis::WrongOrder)
    }
}

/// A name stands for what it stood for when the harness used it.
fn bound(transcript: &Transcript) -> Bindings {
    let mut bindings = Bindings::default();
    for (name, value) in &transcript.names {
        // Nothing is bound yet that it could clash with.
        let _ = bindings.bind_name(name, value, 0);
    }
    bindings
}

/// That a case passed though the node left requests without a reply that it might have given. Where every
/// message counts, silence is what the case asks for.
pub fn no_reply(trial: Trial<'_>, transcript: &Transcript) -> Option<Note> {
    let Trial {
        case,
        expected,
        mode,
        ..
    } = trial;
    if matches!(mode, MatchMode::Exact | MatchMode::Unordered) {
        return None;
    }
    let mut unanswered = answered::unpromised(&case.requests, expected);
    if unanswered.is_empty() || case.directives.cluster.is_some() {
        return None;
    }
    let answers = beyond::look_from(0, &transcript.output, true);
    unanswered.retain(|request| {
        let id = request.msg_id().unwrap_or_default();
        // A body without an envelope doesn't say for whom it is.
        let by = |receiver: &str| answers.contains(&(receiver.to_owned(), id.clone()));
        !by(request.source()) && !by("")
    });
    let first = unanswered.first()?;
    let promised = answered::of(&case.requests, expected);
    let promised = promised.iter().filter(|(_, answered)| *answered);
    let promised: Vec<_> = promised.map(|(request, _)| request.kind()).collect();
    Some(Note::NoReply {
        line: first.line,
        kind: first.kind().to_owned(),
        count: unanswered.len(),
        only_init: !promised.is_empty() && promised.iter().all(|kind| *kind == "init"),
    })
}

fn bad_exit(transcript: &Transcript) -> Option<Note> {
    let Ending::Exited(exit) = transcript.ending else {
        return None;
    };
    (!exit.is_success()).then(|| Note::BadExit {
        exit,
        last_words: diagnosis::last_words(&transcript.stderr),
    })
}

/// What is worth saying about a run besides its verdict.
pub fn notes(transcript: &Transcript, verdict: &CaseVerdict) -> Vec<Note> {
    let stayed = match transcript.ending {
        Ending::Lingered => !transcript.timed_out(),
        Ending::TimedOut => matches!(verdict, CaseVerdict::Passed),
        Ending::Exited(_) | Ending::Flooded { .. } | Ending::Done | Ending::Failed => false,
    };
    let lingered = stayed.then_some(Note::Lingered);
    let left_children = transcript.left_children.then_some(Note::LeftChildren);
    let diagnoses = match verdict {
        CaseVerdict::Failed(failure) => failure.diagnoses.as_slice(),
        CaseVerdict::Passed => &[],
    };
    let is_told = |diagnosis: &Diagnosis| matches!(diagnosis, Diagnosis::NotFlushed(_));
    let not_flushed = transcript
        .not_flushed()
        .filter(|_| !diagnoses.iter().any(is_told))
        .map(|in_vain| Note::NotFlushed(in_vain.clone()));
    let is_exit = |diagnosis: &Diagnosis| matches!(diagnosis, Diagnosis::BadExit { .. });
    let bad_exit = bad_exit(transcript).filter(|_| !diagnoses.iter().any(is_exit));
    let is_cut = transcript.output.last().is_some_and(|last| *last != b'\n');
    let unended = (is_cut && matches!(verdict, CaseVerdict::Passed)).then_some(Note::Unended);
    let of_node = [lingered, left_children, not_flushed, bad_exit, unended];
    of_node.into_iter().flatten().collect()
}
