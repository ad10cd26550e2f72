//! The table of all diagnoses, but for their sentences: what programs call them, whether they fail a case,
//! and where to look. Who adds a [`Diagnosis`] adds a row here, a sentence in `report/causes.rs`, and what
//! looks for it to the list in [`super`].

use super::{Diagnosis, Guess};
use crate::message::malformed::Malformed;

/// A kind of diagnosis; what looks for one that is not fatal need not look where the output agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiagnosisKind {
    /// Its name in reports: part of their format, and never renamed.
    pub name: &'static str,
    /// Whether it fails a case whatever else the node wrote; the others explain a mismatch.
    pub fatal: bool,
}

pub(super) const BAD_EXIT: DiagnosisKind = DiagnosisKind::fatal("bad_exit");
pub(super) const LATE_BAD_EXIT: DiagnosisKind = DiagnosisKind::explains("bad_exit");
pub(super) const CRASHED: DiagnosisKind = DiagnosisKind::fatal("crashed");
pub(super) const BROKE: DiagnosisKind = DiagnosisKind::fatal("broke");
pub(super) const LEFT_EARLY: DiagnosisKind = DiagnosisKind::fatal("left_early");
pub(super) const FLOODED: DiagnosisKind = DiagnosisKind::fatal("flooded");
pub(super) const NOT_JSON: DiagnosisKind = DiagnosisKind::fatal("not_json");
pub(super) const NO_ENVELOPE: DiagnosisKind = DiagnosisKind::fatal("no_envelope");
pub(super) const REPEATED_KEY: DiagnosisKind = DiagnosisKind::fatal("repeated_key");
pub(super) const UNKNOWN_KEY: DiagnosisKind = DiagnosisKind::fatal("unknown_key");
pub(super) const BAD_ENVELOPE_ID: DiagnosisKind = DiagnosisKind::fatal("bad_envelope_id");
pub(super) const FOREIGN_SOURCE: DiagnosisKind = DiagnosisKind::fatal("foreign_source");
pub(super) const REUSED_ID: DiagnosisKind = DiagnosisKind::fatal("reused_id");
pub(super) const BAD_ID: DiagnosisKind = DiagnosisKind::fatal("bad_id");
pub(super) const TIMED_OUT: DiagnosisKind = DiagnosisKind::fatal("timed_out");
pub(super) const UNKNOWN_DESTINATION: DiagnosisKind =
    DiagnosisKind::explains("unknown_destination");
pub(super) const REPLY_TO_NOTHING: DiagnosisKind = DiagnosisKind::explains("reply_to_nothing");
pub(super) const DOUBLE_REPLY: DiagnosisKind = DiagnosisKind::explains("double_reply");
pub(super) const UNLINKED: DiagnosisKind = DiagnosisKind::explains("unlinked");
pub(super) const ERROR_REPLY: DiagnosisKind = DiagnosisKind::explains("error_reply");
pub(super) const NOT_FLUSHED: DiagnosisKind = DiagnosisKind::explains("not_flushed");
pub(super) const HELD_BACK: DiagnosisKind = DiagnosisKind::explains("held_back");
pub(super) const NOTHING_SENT: DiagnosisKind = DiagnosisKind::explains("nothing_sent");
pub(super) const NO_MESSAGE_EXPECTED: DiagnosisKind =
    DiagnosisKind::explains("no_message_expected");
pub(super) const EXPECTED_NOT_JSON: DiagnosisKind = DiagnosisKind::explains("expected_not_json");
pub(super) const INPUT_NOT_JSON: DiagnosisKind = DiagnosisKind::explains("input_not_json");
pub(super) const ASKED_IN_VAIN: DiagnosisKind = DiagnosisKind::explains("asked_in_vain");
pub(super) const WRONG_ORDER: DiagnosisKind = DiagnosisKind::explains("wrong_order");
pub(super) const SILENT: DiagnosisKind = DiagnosisKind::explains("silent");
pub(super) const MISSING_REPLY: DiagnosisKind = DiagnosisKind::explains("missing_reply");

/// What is known of a diagnosis, whoever reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts<'a> {
    pub kind: DiagnosisKind,
    /// The line of the node's stdout that it speaks of.
    pub stdout: Option<usize>,
    /// The line of the `.in` that it speaks of.
    pub input: Option<usize>,
    /// The line of the `.expected` that it speaks of.
    pub expected: Option<usize>,
    /// The bytes that it speaks of, and the one of them, from 0, to point at.
    pub bytes: Option<(&'a [u8], Option<usize>)>,
}

impl DiagnosisKind {
    const fn fatal(name: &'static str) -> Self {
        Self { name, fatal: true }
    }

    const fn explains(name: &'static str) -> Self {
        Self { name, fatal: false }
    }

    const fn facts<'a>(self) -> Facts<'a> {
        Facts {
            kind: self,
            stdout: None,
            input: None,
            expected: None,
            bytes: None,
        }
    }
}

impl<'a> Facts<'a> {
    const fn stdout(mut self, line: usize) -> Self {
        self.stdout = Some(line);
        self
    }

    /// 0: nothing was sent.
    const fn input(mut self, line: usize) -> Self {
        self.input = if line > 0 { Some(line) } else { None };
        self
    }

    const fn expected(mut self, line: usize) -> Self {
        self.expected = Some(line);
        self
    }

    fn bytes(mut self, bytes: &'a [u8], offset: Option<usize>) -> Self {
        self.bytes = (!bytes.is_empty()).then_some((bytes, offset));
        self
    }
}

impl Diagnosis {
    /// What is known of it.
    pub fn facts(&self) -> Facts<'_> {
        match self {
            Self::BadExit { counts: true, .. } => BAD_EXIT.facts(),
            Self::BadExit { counts: false, .. } => LATE_BAD_EXIT.facts(),
            Self::Crashed { .. } => CRASHED.facts(),
            Self::Broke { bytes, guess, .. } => BROKE
                .facts()
                .bytes(bytes, guess.as_ref().and_then(Guess::offset)),
            Self::LeftEarly { sent_line } => LEFT_EARLY.facts().input(*sent_line),
            Self::Flooded { .. } => FLOODED.facts(),
            Self::NotJson {
                line, bytes, guess, ..
            } => NOT_JSON.facts().stdout(*line).bytes(bytes, guess.offset()),
            Self::NoEnvelope { line, bytes, .. } => {
                NO_ENVELOPE.facts().stdout(*line).bytes(bytes, None)
            }
            Self::Malformed {
                line,
                bytes,
                malformed,
            } => {
                let (kind, offset) = match malformed {
                    Malformed::RepeatedKey { offset, .. } => (REPEATED_KEY, Some(*offset)),
                    Malformed::UnknownKey { .. } => (UNKNOWN_KEY, None),
                    Malformed::BadId { .. } => (BAD_ENVELOPE_ID, None),
                };
                kind.facts().stdout(*line).bytes(bytes, offset)
            }
            Self::ForeignSource { line, .. } => FOREIGN_SOURCE.facts().stdout(*line),
            Self::ReusedId { line, .. } => REUSED_ID.facts().stdout(*line),
            Self::BadId { line, .. } => BAD_ID.facts().stdout(*line),
            Self::TimedOut { .. } => TIMED_OUT.facts(),
            Self::UnknownDestination { line, .. } => UNKNOWN_DESTINATION.facts().stdout(*line),
            Self::ReplyToNothing { line, .. } => REPLY_TO_NOTHING.facts().stdout(*line),
            Self::DoubleReply { line, request, .. } => {
                DOUBLE_REPLY.facts().stdout(*line).input(*request)
            }
            Self::Unlinked { line, request, .. } => UNLINKED.facts().stdout(*line).input(*request),
            Self::ErrorReply { request, .. } => ERROR_REPLY.facts().input(*request),
            Self::NotFlushed(late) => NOT_FLUSHED.facts().input(late.line),
            Self::HeldBack { waiting, binds, .. } => {
                HELD_BACK.facts().input(*waiting).expected(*binds)
            }
            Self::NothingSent { line, bytes } => {
                NOTHING_SENT.facts().input(*line).bytes(bytes, None)
            }
            Self::NoMessageExpected { line, bytes } => NO_MESSAGE_EXPECTED
                .facts()
                .expected(*line)
                .bytes(bytes, None),
            Self::ExpectedNotJson { line, .. } => EXPECTED_NOT_JSON.facts().expected(*line),
            Self::ExpectedText { line, bytes } => {
                EXPECTED_NOT_JSON.facts().expected(*line).bytes(bytes, None)
            }
            Self::InputNotJson { line, .. } => INPUT_NOT_JSON.facts().input(*line),
            Self::AskedInVain { request, .. } => ASKED_IN_VAIN.facts().input(*request),
            Self::WrongOrder => WRONG_ORDER.facts(),
            Self::Silent => SILENT.facts(),
            Self::MissingReply { request, .. } => MISSING_REPLY.facts().input(*request),
        }
    }
}

impl Guess {
    /// The byte to point at.
    pub fn offset(&self) -> Option<usize> {
        match self {
            Self::TwoMessages(offset) | Self::BrokenJson { offset, .. } => Some(*offset),
            Self::Empty
            | Self::PythonDictionary
            | Self::JavaScriptObject
            | Self::PythonWord
            | Self::ByteOrderMark
            | Self::SeveralLines
            | Self::TooDeep
            | Self::CutShort
            | Self::LogLine => None,
        }
    }
}
