//! The JSON lines of a run, read again. Pure.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

/// Which case it is: with which of several nodes, and its path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CaseKey {
    /// The name of the node, if there are several.
    pub node: Option<String>,
    /// The `.in`, without `./`.
    pub input: String,
}

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseReport {
    /// In general.
    pub state: CaseState,
    /// What to fix first, if anything.
    pub sentence: Option<String>,
    /// How long it ran, in milliseconds.
    pub duration_ms: u64,
}

/// What became of a case, as far as runs are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseState {
    /// It passed, or failed as expected.
    Passed,
    /// It passed when tried again.
    Flaky,
    /// It failed or could not be run.
    Failed,
    /// It was not to be run.
    Skipped,
}

/// What the JSON lines of a run say.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct RunReport {
    pub cases: BTreeMap<CaseKey, CaseReport>,
    /// Whether it came to all cases of all nodes.
    pub is_complete: bool,
}

/// Why lines are no report of a run.
#[derive(Debug, PartialEq, Eq)]
pub enum BadRunReport {
    /// A line that is no record.
    NoRecord {
        /// Which one, from 1.
        line: usize,
        /// What the JSON reader says.
        reason: String,
    },
    /// The first line is no `run`, or of another version of the format, or a later line is a `run`, too.
    NotOneRun {
        /// Which line, from 1.
        line: usize,
    },
    /// A result that is not known.
    UnknownResult {
        /// The line, from 1.
        line: usize,
    },
    /// A case that came before.
    CaseTwice {
        /// The line, from 1.
        line: usize,
    },
    /// There is no `summary`: the run, or the copy, was broken off.
    NoSummary,
}

impl fmt::Display for BadRunReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRecord { line, reason } => {
                write!(f, "line {line} is no record of a run: {reason}")
            }
            Self::NotOneRun { line } => write!(
                f,
                "line {line}: a report has one `run` with schema 1, in its first line"
            ),
            Self::UnknownResult { line } => write!(f, "line {line}: this result is not known"),
            Self::CaseTwice { line } => write!(f, "line {line}: this case stands above already"),
            Self::NoSummary => f.write_str("the last line, its `summary`, is missing"),
        }
    }
}

/// A record, as far as it matters here.
#[derive(Deserialize)]
struct ReportLine {
    r#type: String,
    schema: Option<u32>,
    node: Option<String>,
    input: Option<String>,
    path: Option<String>,
    result: Option<String>,
    sentence: Option<String>,
    reason: Option<String>,
    duration_ms: Option<u64>,
    not_run: Option<String>,
    end: Option<String>,
}

/// Reads the JSON lines of a run.
pub fn parse(text: &str) -> Result<RunReport, BadRunReport> {
    let mut report = RunReport {
        is_complete: true,
        ..RunReport::default()
    };
    let mut has_summary = false;
    for (number, text) in (1..).zip(text.lines()) {
        let line: ReportLine =
            serde_json::from_str(text).map_err(|error| BadRunReport::NoRecord {
                line: number,
                reason: error.to_string(),
            })?;
        if (number == 1) != (line.r#type == "run") || number == 1 && line.schema != Some(1) {
            return Err(BadRunReport::NotOneRun { line: number });
        }
        match line.r#type.as_str() {
            "case" | "unreadable" => {
                let (key, case) = case(line).ok_or(BadRunReport::UnknownResult { line: number })?;
                if report.cases.insert(key, case).is_some() {
                    return Err(BadRunReport::CaseTwice { line: number });
                }
            }
            "node" => report.is_complete &= line.not_run.is_none(),
            "summary" => {
                has_summary = true;
                report.is_complete &= line.end.is_some_and(|end| end == "complete");
            }
            // Others may come with another version of the harness.
            _ => {}
        }
    }
    if has_summary {
        Ok(report)
    } else {
        Err(BadRunReport::NoSummary)
    }
}

fn case(line: ReportLine) -> Option<(CaseKey, CaseReport)> {
    // What can't be searched counts as a case that could not be run.
    let state = match line.result.as_deref().unwrap_or("error") {
        "passed" | "xfail" => CaseState::Passed,
        "flaky" => CaseState::Flaky,
        "failed" | "xpass" | "error" => CaseState::Failed,
        "skipped" => CaseState::Skipped,
        _ => return None,
    };
    let input = line.input.or(line.path)?;
    let key = CaseKey {
        node: line.node,
        input: input.strip_prefix("./").unwrap_or(&input).to_owned(),
    };
    let case = CaseReport {
        state,
        sentence: line.sentence.or(line.reason),
        duration_ms: line.duration_ms.unwrap_or_default(),
    };
    Some((key, case))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = r#"{"type":"run","schema":1}"#;
    const SUMMARY: &str = r#"{"type":"summary","end":"complete"}"#;

    #[test]
    fn what_is_no_report_has_its_line() {
        let case = r#"{"type":"case","input":"a","result":"passed"}"#;
        let other = r#"{"type":"new kind","result":7}"#;
        let check = |lines: &[&str], says: &str| {
            let error = parse(&lines.join("\n")).unwrap_err().to_string();
            assert!(error.contains(says), "{lines:?}: {error}");
        };
        check(&[], "`summary`, is missing");
        check(&[RUN, case], "`summary`, is missing");
        check(&["no JSON"], "line 1 is no record of a run: ");
        check(&[RUN, "[]"], "line 2 is no record of a run: ");
        check(&[RUN, other, SUMMARY], "line 2 is no record");
        check(&[case, SUMMARY], "line 1: a report has one `run`");
        check(&[RUN, RUN], "line 2: a report has one `run`");
        check(
            &[r#"{"type":"run","schema":2}"#],
            "line 1: a report has one `run`",
        );
        check(
            &[RUN, case, case, SUMMARY],
            "line 3: this case stands above",
        );
        check(
            &[RUN, &case.replace("passed", "x")],
            "line 2: this result is not known",
        );
        check(
            &[RUN, r#"{"type":"case"}"#],
            "line 2: this result is not known",
        );
        assert!(parse(&[RUN, r#"{"type":"new kind"}"#, SUMMARY].join("\n")).is_ok());
    }
}
