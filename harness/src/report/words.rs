//! Mismatches, notes, refusals and errors of cases, in sentences.
//!
//! A sentence says what is wrong, where, and what to do, and names the node's own
//! words. All that comes from a node or a file is escaped.

use std::fmt::Write;
use std::path::Path;

use rustix::io::Errno;
use serde_json::Value;

use super::causes;
use super::{alike, escape};
use crate::bless::BlessRefused;
use crate::case::{CaseError, CaseFiles, find};
use crate::escape::file_name;
use crate::excerpt::Excerpt;
use crate::json::key;
use crate::judge::Note;
use crate::matching::Mismatch;
use crate::matching::bindings::Binding;
use crate::matching::difference::{DIFFERENCES_MAX, Difference, DifferenceKind};
use crate::outcome::{NotRun, RunEnd, Runs};
use crate::phrases::{self, VALUE_WIDTH_MAX, fit, shown, value_text};
use crate::script::grace::GRACE;

/// How much of a path is shown, in columns.
const PATH_WIDTH_MAX: usize = 200;

/// How many differences of one message are told.
const DIFFERENCES_TOLD: usize = 5;

/// Where and how the output parts from what was expected, without the file's name.
pub fn mismatch(excerpt: &Excerpt) -> Vec<String> {
    let on_line = |line: Option<usize>| line.map_or_else(String::new, |line| line.to_string());
    let actual_line = on_line(excerpt.actual_line);
    match &excerpt.mismatch {
        Mismatch::Differs { differences, .. } => {
            let mut sentences = differing(differences, &actual_line);
            if let [only] = sentences.as_mut_slice()
                && alike::has_texts_alike(excerpt)
                && !differences.iter().any(alike::differs_unseen)
            {
                only.push_str(": the two lines look alike, but have different characters");
            }
            sentences
        }
        Mismatch::Missing { .. } => vec![match excerpt.looked_at {
            None => "this message never came".to_owned(),
            Some(lines) => format!(
                "this message is not among the first {lines} lines of stdout; the lines after them were \
                 not looked at"
            ),
        }],
        Mismatch::Unexpected { .. } if excerpt.past_end => vec![format!(
            "stdout line {actual_line} is one message too many: nothing expects it"
        )],
        Mismatch::Unexpected { .. } => vec![format!(
            "stdout line {actual_line} came before this message, and nothing expects it"
        )],
        Mismatch::Late { .. } => vec![format!(
            "this message came in the wrong place, on stdout line {} instead of {actual_line}",
            on_line(excerpt.came_on)
        )],
    }
}

fn differing(differences: &[Difference], actual_line: &str) -> Vec<String> {
    let told = differences.iter().take(DIFFERENCES_TOLD).map(difference);
    let mut sentences: Vec<_> = told.collect();
    if let Some(first) = sentences.first_mut() {
        let _ = write!(first, " (stdout line {actual_line})");
    }
    let untold = differences.len().saturating_sub(DIFFERENCES_TOLD);
    if untold > 0 {
        let or_more = if differences.len() == DIFFERENCES_MAX {
            " or more"
        } else {
            ""
        };
        let plural = if untold == 1 { "" } else { "s" };
        sentences.push(format!("and {untold}{or_more} other difference{plural}"));
    }
    sentences.extend(in_another_order(differences));
    sentences
}

/// That the list with the first difference has the elements that it should have, in another order.
fn in_another_order(differences: &[Difference]) -> Option<String> {
    let list = differences.first()?.path.array()?;
    let of_list = differences.iter();
    let of_list = of_list.filter(|difference| difference.path.array().as_ref() == Some(&list));
    let both = of_list.map(|difference| match &difference.kind {
        DifferenceKind::Value { expected, actual } => Some((key::of(expected), key::of(actual))),
        DifferenceKind::Missing { .. }
        | DifferenceKind::Unexpected { .. }
        | DifferenceKind::Id { .. }
        | DifferenceKind::Name { .. }
        | DifferenceKind::Text => None,
    });
    let both: Option<Vec<_>> = both.collect();
    let (mut expected, mut actual): (Vec<_>, Vec<_>) = both?.into_iter().unzip();
    expected.sort_unstable();
    actual.sort_unstable();
    // There may be more differences than these.
    let is_so = expected == actual && differences.len() < DIFFERENCES_MAX;
    let list = fit::text(&list.to_string(), PATH_WIDTH_MAX);
    is_so.then(|| {
        format!("{list} has these elements in another order (\"<unordered>\" as its first element allows any)")
    })
}

fn difference(difference: &Difference) -> String {
    let path = if difference.path.is_root() {
        "this line".to_owned()
    } else {
        fit::text(&difference.path.to_string(), PATH_WIDTH_MAX)
    };
    let is_msg_id = path == "body.msg_id" || path == "msg_id";
    match &difference.kind {
        DifferenceKind::Missing { expected } if is_msg_id && expected.is_number() => {
            format!(
                "{path} is missing; any number will do that no other message has (a reply passes without \
                 one where the .expected shows none)"
            )
        }
        DifferenceKind::Value { expected, actual }
            if is_msg_id && expected.is_number() && !actual.is_number() =>
        {
            format!("{path} should be a number, is {}", shown(actual))
        }
        DifferenceKind::Value { expected, actual } if alike::differs_unseen(difference) => format!(
            "{path} should be {}, is {}: they look alike, but have different characters",
            written_out(expected),
            written_out(actual)
        ),
        DifferenceKind::Value { expected, actual } => {
            format!("{path} should be {}, is {}", shown(expected), shown(actual))
        }
        DifferenceKind::Missing { expected } => {
            format!("{path} is missing; it should be {}", shown(expected))
        }
        DifferenceKind::Unexpected { actual } => {
            format!("{path} should not be there; it is {}", shown(actual))
        }
        DifferenceKind::Id {
            expected,
            actual,
            bound,
        } => id_clash(&path, expected, actual, bound),
        DifferenceKind::Name {
            expected,
            actual,
            bound,
        } => format!(
            "{path} should be {} again, as on line {}, is {}: both are {}",
            shown(&bound.value),
            bound.line,
            shown(actual),
            fit::told(expected)
        ),
        DifferenceKind::Text => format!("{path} differs"),
    }
}

/// A string that looks like another, cut where it is long.
fn written_out(value: &Value) -> String {
    fit::text(&alike::written_out(&value.to_string()), VALUE_WIDTH_MAX)
}

fn id_clash(path: &str, expected: &str, actual: &str, bound: &Binding) -> String {
    let is_taken = bound.actual == actual;
    let (expected, actual) = (value_text(expected), value_text(actual));
    let line = bound.line;
    if is_taken {
        format!(
            "{path}: the node's {actual} matched {} on line {line} already, \
             so it can't match {expected} here",
            value_text(&bound.expected)
        )
    } else {
        format!(
            "{path} should be {}, which matched {expected} on line {line}; it is {actual}",
            value_text(&bound.actual)
        )
    }
}

pub fn renamed(bindings: &[Binding]) -> Option<String> {
    let one = |binding: &Binding| {
        format!(
            "{} matched expected {}",
            value_text(&binding.actual),
            value_text(&binding.expected)
        )
    };
    let all: Vec<_> = bindings.iter().map(one).collect();
    (!all.is_empty()).then(|| format!("msg_id {}", all.join(", ")))
}

/// That a case passed at last.
pub fn flaky(runs: Runs) -> String {
    let tries = if runs.failed == 1 { "try" } else { "tries" };
    format!(
        "it passed on try {}, after {} failed {tries}; the first failed so:",
        runs.total, runs.failed
    )
}

/// How often a case failed that ran more than once.
pub fn failed_runs(runs: Runs) -> String {
    match runs {
        Runs { total, failed } if failed == total => format!("it failed in all {total} runs"),
        Runs { total, failed } => format!("it failed in {failed} of {total} runs"),
    }
}

/// Which node is run where nobody named one.
pub fn default_node(program: &Path) -> String {
    let program = file_name(program);
    format!("node: {program}, built beside the harness; --bin names another")
}

/// That a selection has nothing to run.
pub const RAN_NOTHING: &str = "nothing was run: every selected case has `@skip`";

/// That nothing checks an `.expected`.
pub fn orphan(expected: &Path) -> String {
    let input = expected.with_extension(find::INPUT_EXTENSION);
    format!("nothing checks it: there is no {}", file_name(&input))
}

/// That a case passed that shouldn't.
pub fn unexpected_pass(reason: &str) -> String {
    let reason = fit::told(reason);
    format!("it passes, but says `@xfail {reason}`: remove that line")
}

/// That a case doesn't say what the node must answer.
pub fn nothing_expected(expected: &Path) -> String {
    let expected = file_name(expected);
    format!("there is no {expected}: write down what the node must answer, one message a line")
}

/// What else was counted, as the end of a last line: nothing of what there is none of.
pub fn counts(all: &[(usize, &str)]) -> String {
    let some = all.iter().filter(|(count, _)| *count > 0);
    some.map(|(count, what)| format!(", {count} {what}"))
        .collect::<Vec<_>>()
        .concat()
}

/// That a run ended before its last case.
pub fn run_end(end: RunEnd) -> Option<String> {
    match end {
        RunEnd::Complete => None,
        RunEnd::Interrupted => {
            Some("interrupted; what was still running is not counted".to_owned())
        }
        RunEnd::EnoughFailures { left } => {
            let cases = if left == 1 { "case" } else { "cases" };
            Some(format!("that is enough failures: {left} {cases} not run"))
        }
    }
}

/// Something worth saying about a run.
pub fn note(note: &Note, files: &CaseFiles) -> String {
    match note {
        Note::Lingered => format!(
            "the node did not exit within {} of the end of its input (a thread that is no daemon keeps \
             a process alive); it was killed",
            phrases::duration(GRACE)
        ),
        Note::LeftChildren => {
            "the node left child processes behind when it exited; they were killed".to_owned()
        }
        Note::NotFlushed(late) => causes::not_flushed(&file_name(&files.input), late),
        Note::BadExit { exit, last_words } => causes::late_exit(*exit, last_words),
        Note::Unended => {
            "the last line has no line break at its end, so Maelstrom would not read it".to_owned()
        }
        Note::NoReply {
            line, kind, count, ..
        } => {
            let (input, expected) = (file_name(&files.input), file_name(&files.expected()));
            let others = match count - 1 {
                0 => String::new(),
                1 => " and 1 other request".to_owned(),
                others => format!(" and {others} other requests"),
            };
            let kind = fit::told(kind);
            format!(
                "the {kind} request on {input}:{line}{others} got no reply, and {expected} wants none"
            )
        }
    }
}

/// Why a case was not blessed.
pub fn refused(refused: &BlessRefused, input: &str, expected: &str) -> String {
    match refused {
        BlessRefused::Unclean { .. } => "the node did not run cleanly".to_owned(),
        BlessRefused::HeldBack { line, name } => {
            let name = fit::told(name);
            format!(
                "{input}:{line} was held back and never sent: the node wrote no message that {expected} \
                 shows with {name}; bless the case without that line of the .in, write {name} into \
                 {expected}, then add the line"
            )
        }
        BlessRefused::LosesName { line, name } => format!(
            "{input}:{line} uses {}, and no message of the node's would bind it any more",
            fit::told(name)
        ),
        BlessRefused::TooManyLines { lines_max } => format!(
            "the node wrote more than {lines_max} lines, too many for {expected} to be read; say \
             `@match contains` in {input}, and write the lines that count yourself"
        ),
        BlessRefused::Unanswered {
            line,
            kind,
            count,
            service,
        } => {
            let others = match count - 1 {
                0 => String::new(),
                1 => " and one other".to_owned(),
                others => format!(" and {others} others"),
            };
            let kind = fit::told(kind);
            let unanswered =
                format!("the node gave no reply to the {kind} request on {input}:{line}{others}");
            match service {
                Some(service) => format!(
                    "{unanswered}, and asks {service}, which nobody plays in this case: let the harness do so \
                     with `@service {service}` in the head of the .in",
                    service = service.name()
                ),
                None => format!(
                    "{unanswered}, and so would pass one that gives none; if that is right, say --partial"
                ),
            }
        }
        BlessRefused::Fails => format!(
            "the node fails {input} as it is, so none of its replies is added to {expected}; \
             `harness run` shows why"
        ),
        BlessRefused::Silent => format!(
            "the node answered nothing, so any node that says nothing would pass; if that is right, \
             write an empty {expected} yourself"
        ),
        BlessRefused::Edited => {
            format!("{expected} was edited while the case ran: bless it again")
        }
        BlessRefused::Inexpressible => "the node wrote something that no .expected can show \
             (bytes that are no text, a blank line, or text that starts with #)"
            .to_owned(),
    }
}

/// Why a case could not be run: the place, if there is one, and the sentence.
pub fn not_run(reason: &NotRun) -> String {
    match reason {
        NotRun::BadCase(error) => case_error(error),
        NotRun::NotStarted {
            program,
            error,
            first_line,
        } => {
            let program = file_name(program);
            format!(
                "{program} could not be started: {}",
                start_error(error, first_line.as_deref())
            )
        }
        NotRun::NoWorkplace {
            folder,
            is_fresh,
            error,
        } => format!(
            "the node can't run in the folder {}: {error}{}",
            file_name(folder),
            if *is_fresh {
                "; it is made below the folder that TMPDIR names"
            } else {
                ""
            }
        ),
        NotRun::NeverSpoke(_) => {
            "the node gave no answer at all, and `@xfail` stands for wrong answers: \
             see that the node starts, or say `@skip`"
                .to_owned()
        }
        NotRun::Broken(error) => format!("the harness could not watch the node: {error}"),
    }
}

fn start_error(error: &std::io::Error, first_line: Option<&[u8]>) -> String {
    let interpreter = first_line.and_then(|line| line.strip_prefix(b"#!"));
    let errno = Errno::from_io_error(error);
    match (error.kind(), interpreter) {
        (std::io::ErrorKind::NotFound, Some(interpreter)) => {
            let windows = if interpreter.ends_with(b"\r") {
                ": it ends in \\r, so the file has Windows line ends"
            } else {
                ""
            };
            let line = escape::bytes(interpreter);
            format!("there is no such interpreter as its first line names, #!{line}{windows}")
        }
        (std::io::ErrorKind::PermissionDenied, _) => {
            "it is not executable; chmod +x makes it so".to_owned()
        }
        _ if errno == Some(Errno::NOEXEC) => {
            "it is no program for this machine; a script needs a first line like \
             #!/usr/bin/env python3"
                .to_owned()
        }
        // No more processes, no more files for this process, no more files at all.
        _ if matches!(errno, Some(Errno::AGAIN | Errno::MFILE | Errno::NFILE)) => {
            format!("{error}; a smaller --jobs may help")
        }
        _ => error.to_string(),
    }
}

/// What is wrong with a case's files, place first.
pub fn case_error(error: &CaseError) -> String {
    match error {
        CaseError::Unreadable { file, error } => format!("{}: {error}", file_name(file)),
        CaseError::Syntax { file, error } => format!(
            "{}:{}:{}: {}",
            file_name(file),
            error.line,
            error.column,
            fit::told(&error.problem.to_string())
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::path::Path as MessagePath;

    #[test]
    fn list_in_another_order_is_told_as_one() {
        let differ = |pairs: &[(usize, Value, Value)]| {
            let all = pairs.iter().map(|(place, expected, actual)| {
                let mut path = MessagePath::default();
                path.push_key("messages");
                path.push_index(*place);
                let (expected, actual) = (expected.clone(), actual.clone());
                let kind = DifferenceKind::Value { expected, actual };
                Difference { path, kind }
            });
            all.collect::<Vec<_>>()
        };
        let told = |differences: &[Difference]| differing(differences, "1").last().cloned();
        let says = "messages has these elements in another order (\"<unordered>\" as its first element allows any)";
        let swapped = differ(&[(0, 1.into(), 3.into()), (2, 3.into(), 1.into())]);
        assert_eq!(told(&swapped).as_deref(), Some(says));
        let mut longer = swapped.clone();
        longer.push(Difference {
            kind: DifferenceKind::Unexpected { actual: 4.into() },
            path: differ(&[(3, Value::Null, Value::Null)])[0].path.clone(),
        });
        let others = [
            differ(&[(0, 1.into(), 3.into())]),
            differ(&[(0, 1.into(), 3.into()), (2, 3.into(), 2.into())]),
            differ(&[(0, 1.into(), 3.into()), (2, 3.into(), "1".into())]),
            longer,
        ];
        for other in others {
            assert_ne!(told(&other).as_deref(), Some(says), "{other:?}");
        }
    }

    #[test]
    fn an_id_that_is_too_long_to_be_shown_is_itself_all_the_same() {
        let long = "1".repeat(100);
        let bound = Binding {
            sender: "n1".to_owned(),
            expected: "7".to_owned(),
            actual: long.clone(),
            line: 2,
        };
        let sentence = id_clash("body.msg_id", "8", &long, &bound);
        let says = "matched 7 on line 2 already, so it can't match 8 here";
        assert!(sentence.contains(says), "{sentence}");
    }
}
