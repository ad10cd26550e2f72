//! The verdict on one run: what the case expects against what happened. Pure.

use crate::case::{Case, ExpectedLine};
use crate::diagnosis::{self, Diagnosis, Evidence};
use crate::excerpt::{self, Excerpt};
use crate::matching::actual;
use crate::matching::exact::{self, Agreement};
use crate::matching::ids::KnownIds;
use crate::transcript::{Ending, Transcript};

/// How many lines beyond the expected ones are looked at; a flood has millions.
const SURPLUS_LINES_MAX: usize = 10_000;

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
pub fn judge(case: &Case, expected: &[ExpectedLine], transcript: &Transcript) -> Verdict {
    let limit = expected.len().saturating_add(SURPLUS_LINES_MAX);
    let actual = actual::lines(&transcript.output, limit);
    let known = KnownIds::of(&case.requests, expected);
    let agreement = exact::compare(expected, &actual.lines, &known);
    let mut diagnoses = diagnosis::diagnose(Evidence {
        requests: &case.requests,
        expected,
        actual: &actual,
        transcript,
    });
    let Agreement { mismatch, ids, .. } = agreement;
    if mismatch.is_none() {
        diagnoses.retain(Diagnosis::is_fatal);
        if diagnoses.is_empty() {
            return Verdict::Passed;
        }
    }
    let excerpt =
        mismatch.map(|mismatch| excerpt::of(mismatch, expected, &actual.lines, ids.bindings()));
    Verdict::Failed(Box::new(Failure {
        diagnoses,
        excerpt,
        stderr: transcript.stderr.clone(),
    }))
}

/// What is worth saying about a run, whatever its verdict.
pub fn notes(transcript: &Transcript) -> Vec<Note> {
    let lingered = (transcript.ending == Ending::Lingered).then_some(Note::Lingered);
    let left_children = transcript.left_children.then_some(Note::LeftChildren);
    lingered.into_iter().chain(left_children).collect()
}
