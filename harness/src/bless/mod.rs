//! What a case's `.expected` would have to say for a run of it to pass. Pure: nothing is written
//! here, and nothing is judged to be right; that a node ran cleanly is all that can be told.
//!
//! A node that answers otherwise when it is run again is not to be pinned down on one answer: [`open`] leaves
//! open what differs. [`pairs`] finds the line of the old file that each message stands for, `merge` keeps of that
//! line what still matches, `layout` keeps comments where they were.

mod fitting;
mod ids;
mod layout;
mod merge;
pub mod open;
mod outcome;
pub mod pairs;
pub mod remarks;
mod style;

use std::collections::BTreeSet;

pub use outcome::{BlessOutcome, BlessTally};

use crate::case::StepPlaceholder;
use crate::case::background::Background;
use crate::case::mode::{MatchMode, MsgIdMode};
use crate::case::{Case, ExpectedLine, InputMessage, Step, answered, expected};
use crate::diagnosis::{self, Diagnosis};
use crate::json;
use crate::judge::Trial;
use crate::matching::actual::{self, ActualLine};
use crate::matching::bindings::KnownIds;
use crate::matching::difference::Rules;
use crate::message;
use crate::service::kind::ServiceKind;
use crate::transcript::Transcript;
use ids::Ids;
use layout::Layout;
use merge::Merge;
use remarks::Remark;
use style::Style;

/// How many lines an `.expected` may get.
const LINES_MAX: usize = 100_000;

/// What is to be done with an `.expected`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blessing {
    /// It says what the node answers.
    Unchanged,
    Changed(String),
}

/// Why a run is not written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlessRefused {
    Unclean {
        diagnoses: Vec<Diagnosis>,
        /// The end of the node's stderr.
        stderr: Vec<u8>,
    },
    /// A message was held back to the end, so this is not all that the node would say.
    HeldBack {
        /// Its line in the `.in`.
        line: usize,
        name: String,
    },
    /// Nothing would bind a name that the `.in` uses.
    LosesName {
        /// The line of the `.in`.
        line: usize,
        name: String,
    },
    /// A request got no reply, and the file would say that this is right.
    Unanswered {
        /// The first of them: its line in the `.in`.
        line: usize,
        kind: String,
        count: usize,
        /// A service that the node asks and nobody plays: it may wait for that one.
        service: Option<ServiceKind>,
    },
    /// It doesn't pass as it is, and nothing but replies was to be added.
    Fails,
    /// The node wrote nothing, though it was asked: any node that says nothing would pass.
    Silent,
    /// The node wrote more lines than anybody would read in a golden file.
    TooManyLines {
        /// How many may be written down.
        lines_max: usize,
    },
    /// Somebody edited the `.expected` while the case ran.
    Edited,
    /// The node wrote something that no `.expected` can show.
    Inexpressible,
}

impl BlessRefused {
    fn unclean(diagnoses: Vec<Diagnosis>, transcript: &Transcript) -> Self {
        let stderr = transcript.stderr.clone();
        Self::Unclean { diagnoses, stderr }
    }
}

/// A run that is to be written down.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    pub case: &'a Case,
    /// What its `.expected` says now, as text and line by line, if there is one.
    pub old: Option<(&'a str, &'a [ExpectedLine])>,
    /// Which sequences of messages pass.
    pub mode: MatchMode,
    /// How `msg_id`s are compared.
    pub msg_id: MsgIdMode,
    /// The types of messages that aren't compared, and never written down.
    pub background: &'a Background,
    pub transcript: &'a Transcript,
    /// Whether nothing changes but that replies are added which the `.expected` leaves out.
    pub adds_missing: bool,
    /// Whether requests may be left without a reply.
    pub is_partial: bool,
}

/// What stands before replies that were added: they are those of one node, and nobody's sample.
const ADDED: &str = "# added by harness bless --missing, as a node answered:";

impl<'a> Run<'a> {
    fn expected(&self) -> &'a [ExpectedLine] {
        self.old.map(|(_, expected)| expected).unwrap_or_default()
    }

    fn rules(&self, expected: &[ExpectedLine]) -> Rules {
        Rules {
            msg_id: self.msg_id,
            known: KnownIds::of(&self.case.requests, expected).counted_anew(self.case.restarted()),
            background: self.background.clone(),
        }
    }

    /// What the run is judged by if it is held against these lines.
    fn trial<'b>(&'b self, expected: &'b [ExpectedLine], rules: &'b Rules) -> Trial<'b> {
        Trial {
            case: self.case,
            expected,
            mode: self.mode,
            rules,
        }
    }

    /// Whether the run passes for these lines.
    fn passes(&self, expected: &[ExpectedLine]) -> bool {
        let rules = self.rules(expected);
        self.trial(expected, &rules).passes(self.transcript)
    }
}

/// Finds what the `.expected` should say.
///
/// # Errors
/// Why it can't be said.
pub fn bless(run: Run<'_>) -> Result<Blessing, BlessRefused> {
    // A case without an .expected lacks more than some replies.
    let run = Run {
        adds_missing: run.adds_missing && run.old.is_some(),
        ..run
    };
    if run.old.is_some() && run.passes(run.expected()) {
        if !run.adds_missing || answered::unpromised(&run.case.requests, run.expected()).is_empty()
        {
            return Ok(Blessing::Unchanged);
        }
    } else if run.adds_missing {
        return Err(BlessRefused::Fails);
    }
    let actual = actual::lines_but(run.background, &run.transcript.output, LINES_MAX);
    let rules = run.rules(run.expected());
    let trial = run.trial(run.expected(), &rules);
    let evidence = trial.evidence(&actual, run.transcript);
    let mut fatal = trial.fatal(evidence);
    // Nothing says yet how much the node owed when it fell over.
    fatal.extend(diagnosis::fell_over(evidence).filter(|_| fatal.is_empty()));
    if !fatal.is_empty() {
        return Err(BlessRefused::unclean(fatal, run.transcript));
    }
    if actual.lines.len() < actual.total
        && matches!(run.mode, MatchMode::Exact | MatchMode::Unordered)
    {
        return Err(BlessRefused::TooManyLines {
            lines_max: LINES_MAX,
        });
    }
    let is_asked = run
        .case
        .requests
        .iter()
        .any(|request| request.msg_id().is_some());
    if actual.total == 0 && is_asked {
        return Err(BlessRefused::Silent);
    }
    if let Some(refused) = held_back(run.transcript) {
        return Err(refused);
    }
    if let Some(refused) = unanswered(run) {
        return Err(refused);
    }
    let missing = if run.adds_missing {
        missing(run, &actual.lines)
    } else {
        BTreeSet::new()
    };
    if run.adds_missing && missing.is_empty() {
        return Ok(Blessing::Unchanged);
    }
    let written = [true, false]
        .into_iter()
        .filter(|keeps| *keeps || !run.adds_missing)
        .map(|keeps| write(run, &actual.lines, keeps, &missing))
        .find_map(|text| {
            Some((expected::parse(text.as_bytes()).ok()?, text))
                .filter(|(lines, _)| run.passes(lines))
        });
    let (lines, text) = written.ok_or(BlessRefused::Inexpressible)?;
    match lost_name(run.case, &lines) {
        Some((line, name)) => Err(BlessRefused::LosesName { line, name }),
        None => Ok(Blessing::Changed(text)),
    }
}

/// The positions of the replies that the `.expected` leaves out.
fn missing(run: Run<'_>, actual: &[ActualLine]) -> BTreeSet<usize> {
    let left_out = answered::unpromised(&run.case.requests, run.expected());
    let left_out = left_out
        .iter()
        .filter_map(|request| Some((request.source(), request.msg_id()?)));
    let left_out: BTreeSet<_> = left_out.collect();
    let is_one = |line: &ActualLine| {
        let reply = line.json().and_then(message::answer);
        reply.is_some_and(|(receiver, id)| match receiver {
            // A body without an envelope doesn't say for whom it is.
            "" => left_out.iter().any(|(_, left_out)| *left_out == id),
            receiver => left_out.contains(&(receiver, id)),
        })
    };
    let all = actual.iter().enumerate();
    all.filter(|(_, line)| is_one(line))
        .map(|(position, _)| position)
        .collect()
}

/// Writes the file; `keeps`: what still matches in the old one. `missing`: what is shown besides.
fn write(run: Run<'_>, actual: &[ActualLine], keeps: bool, missing: &BTreeSet<usize>) -> String {
    let old = run.old.map(|(text, _)| text).unwrap_or_default();
    let expected = if keeps { run.expected() } else { &[] };
    let pairs = pairs::pair(run.expected(), actual, &run.rules(run.expected()));
    let mut order = pairs::order(run.mode, run.expected(), &pairs, run.old.is_some());
    if let Some(last) = missing.last() {
        let shown: BTreeSet<_> = order.iter().map(|(position, _)| *position).collect();
        // A prefix has no gaps.
        let is_added = |position: usize| match run.mode {
            MatchMode::Prefix => position <= *last,
            MatchMode::Exact | MatchMode::Unordered | MatchMode::Contains => {
                missing.contains(&position)
            }
        };
        let added = pairs.iter().copied();
        order.extend(added.filter(|(at, _)| is_added(*at) && !shown.contains(at)));
        order.sort_unstable();
    }
    let style = Style::of(old);
    let shown: Vec<_> = order
        .iter()
        .filter_map(|(position, _)| actual.get(*position))
        .collect();
    let mut ids = Ids::of(&run.case.requests, &shown, run.msg_id);
    let mut merge = Merge::new(&run.transcript.names, &mut ids);
    let mut layout = Layout::new(old, run.expected(), &order);
    let mut is_marked = false;
    for (position, partner) in &order {
        let Some(line) = actual.get(*position) else {
            continue;
        };
        let shown = partner.and_then(|partner| expected.get(partner));
        let text = merge.line(shown, line).map_or_else(
            || String::from_utf8_lossy(&line.bytes).into_owned(),
            |value| style.write(&value),
        );
        if partner.is_none() && !missing.is_empty() && !is_marked {
            layout.push(None, ADDED);
        }
        is_marked = partner.is_none();
        let as_it_was = partner.and_then(|partner| layout.old_line(partner));
        let unchanged = as_it_was.filter(|old| keeps && style::says_the_same(old, &text));
        layout.push(*partner, unchanged.unwrap_or(&text));
    }
    layout.finish()
}

/// Why a run is not written down that leaves requests without a reply, other than those that the `.expected`
/// leaves without one now: any node that gives none would pass.
fn unanswered(run: Run<'_>) -> Option<BlessRefused> {
    if run.is_partial || run.adds_missing {
        return None;
    }
    let known = answered::unpromised(&run.case.requests, run.expected());
    let known: BTreeSet<_> = known.iter().map(|request| request.line).collect();
    let output = &run.transcript.output;
    let remarks = remarks::not_answered_once(run.case, output, run.background).into_iter();
    let unanswered = remarks.filter_map(|remark| match remark {
        Remark::Unanswered { line, kind } if !known.contains(&line) => Some((line, kind)),
        Remark::Unanswered { .. } | Remark::Repeated { .. } | Remark::Note(_) => None,
    });
    let unanswered: Vec<_> = unanswered.collect();
    let (line, kind) = unanswered.first()?.clone();
    let count = unanswered.len();
    let service = asked_in_vain(run);
    Some(BlessRefused::Unanswered {
        line,
        kind,
        count,
        service,
    })
}

/// A service that the node asked, and that neither the harness plays nor the case.
fn asked_in_vain(run: Run<'_>) -> Option<ServiceKind> {
    let lines = run.transcript.output.split(|byte| *byte == b'\n');
    let asked = lines.filter_map(|line| {
        let message = json::read(line).ok()?;
        ServiceKind::named(message::destination(&message)?)
    });
    let is_played = |service: ServiceKind| {
        let mut senders = run.case.requests.iter().map(InputMessage::source);
        run.background.services.plays(service.name()) || senders.any(|it| it == service.name())
    };
    let mut in_vain = asked.filter(|service| !is_played(*service));
    in_vain.next()
}

/// Why a run is not written down in which a message was held back to the end.
fn held_back(transcript: &Transcript) -> Option<BlessRefused> {
    let in_vain = transcript.in_vain.as_ref()?;
    let (line, name) = (in_vain.line, in_vain.name.clone()?);
    Some(match transcript.not_flushed() {
        Some(late) => BlessRefused::unclean(vec![Diagnosis::NotFlushed(late.clone())], transcript),
        None => BlessRefused::HeldBack { line, name },
    })
}

/// A name that the `.in` uses and that these lines wouldn't bind.
fn lost_name(case: &Case, lines: &[ExpectedLine]) -> Option<(usize, String)> {
    let mut bound = BTreeSet::new();
    for line in lines {
        line.collect_names(&mut bound);
    }
    let lost = |name: &&StepPlaceholder| !bound.contains(&name.name);
    case.steps.iter().find_map(|step| match step {
        Step::Send { line, names, .. } => {
            let name = names.iter().find(lost)?;
            Some((*line, name.text.clone()))
        }
        Step::Sleep { .. } | Step::Act { .. } => None,
    })
}
