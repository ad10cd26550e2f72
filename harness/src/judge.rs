//! The verdict on one run: what the case expects against what happened. Pure.

use crate::case::mode::MatchMode;
use crate::case::{Case, ExpectedLine};
use crate::diagnosis::{self, Diagnosis, Evidence};
use crate::excerpt::{self, Excerpt};
use crate::matching::bindings::Bindings;
use crate::matching::compare::Rules;
use crate::matching::{self, Agreement, actual};
use crate::transcript::{Ending, Transcript};

/// How many lines beyond the expected ones are looked at where they make the case fail anyway; a
/// flood has millions.
const SURPLUS_LINES_MAX: usize = 1000;

/// How many lines beyond the expected ones are looked at where they are allowed, and must still be
/// good ones.
const ALLOWED_LINES_MAX: usize = 1_000_000;

/// The verdict on a case that was run.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// The node did what it should.
    Passed,
    /// It didn't.
    Failed(Box<Failure>),
}

/// Why a case failed: the evidence, not the words.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The causes, what to fix first coming first.
    pub diagnoses: Vec<Diagnosis>,
    /// Where the output parts from what was expected, if it does.
    pub excerpt: Option<Excerpt>,
    /// The end of the node's stderr.
    pub stderr: Vec<u8>,
}

/// Something worth saying about a run, whatever its verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// The node didn't exit when its input had ended, and was killed.
    Lingered,
    /// The node left children behind, which were ended.
    LeftChildren,
}

/// Judges a run. `expected` is what the case's `.expected` says.
pub fn judge(
    case: &Case,
    expected: &[ExpectedLine],
    mode: MatchMode,
    rules: &Rules,
    transcript: &Transcript,
) -> Verdict {
    let surplus = match (mode, transcript.ending) {
        (_, Ending::Flooded { .. }) | (MatchMode::Exact | MatchMode::Unordered, _) => {
            SURPLUS_LINES_MAX
        }
        (MatchMode::Prefix | MatchMode::Contains, _) => ALLOWED_LINES_MAX,
    };
    let limit = expected.len().saturating_add(surplus);
    let actual = actual::lines(&transcript.output, limit);
    let bound = bound(transcript);
    let agreement = matching::agree(mode, expected, &actual.lines, rules, bound.clone());
    let evidence = Evidence {
        steps: &case.steps,
        requests: &case.requests,
        expected,
        actual: &actual,
        transcript,
    };
    let Agreement { mismatch, bindings } = agreement;
    let diagnoses = if mismatch.is_some() {
        let mut diagnoses = diagnosis::diagnose(evidence);
        if mode == MatchMode::Exact && expected.len() == actual.total {
            let any_order =
                matching::agree(MatchMode::Unordered, expected, &actual.lines, rules, bound);
            diagnoses.extend(
                any_order
                    .mismatch
                    .is_none()
                    .then_some(Diagnosis::WrongOrder),
            );
        }
        diagnoses
    } else {
        diagnosis::diagnose_fatal(evidence)
    };
    if mismatch.is_none() && diagnoses.is_empty() {
        return Verdict::Passed;
    }
    let ids: Vec<_> = bindings.ids().cloned().collect();
    let in_order = mode != MatchMode::Unordered;
    let excerpt =
        mismatch.map(|mismatch| excerpt::of(mismatch, in_order, expected, &actual.lines, &ids));
    Verdict::Failed(Box::new(Failure {
        diagnoses,
        excerpt,
        stderr: transcript.stderr.clone(),
    }))
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

/// What is worth saying about a run, whatever its verdict.
pub fn notes(transcript: &Transcript) -> Vec<Note> {
    let lingered = (transcript.ending == Ending::Lingered && !transcript.timed_out())
        .then_some(Note::Lingered);
    let left_children = transcript.left_children.then_some(Note::LeftChildren);
    lingered.into_iter().chain(left_children).collect()
}
