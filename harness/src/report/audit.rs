//! What cases let through, for people: each weak one with what passes, the count at the end.

use std::io::{self, Write};

use super::terminal::{RED, Terminal, YELLOW, file_name};
use super::{escape, words};
use crate::audit::{Change, Impostor, Outcome, Reply, Tally, Weakness};
use crate::case::CaseFiles;

/// How many weaknesses of one case are told.
const WEAKNESSES_TOLD: usize = 5;

/// Renders an audit as it goes.
pub struct Report<W> {
    terminal: Terminal<W>,
}

impl<W: Write> Report<W> {
    /// Renders as the terminal does.
    pub fn new(terminal: Terminal<W>) -> Self {
        Self { terminal }
    }

    /// One case.
    pub fn outcome(&mut self, files: &CaseFiles, outcome: &Outcome) -> io::Result<()> {
        let input = file_name(&files.input);
        match outcome {
            Outcome::Audited(weaknesses) if weaknesses.is_empty() => Ok(()),
            Outcome::Audited(weaknesses) => {
                self.terminal.headline(YELLOW, "WEAK", &input, "")?;
                self.weaknesses(files, weaknesses)
            }
            Outcome::Fails => self.failing(
                &input,
                "your node fails it, so there is nothing to audit: `harness run` says why",
            ),
            Outcome::NothingExpected => {
                let expected = file_name(&files.expected());
                self.failing(&input, &format!("there is no {expected}"))
            }
            Outcome::Skipped { reason } => {
                let reason = escape::text(reason);
                self.terminal.headline(YELLOW, "SKIP", &input, &reason)
            }
            Outcome::NotRun(reason) => {
                self.terminal.headline(RED, "ERROR", &input, "")?;
                self.terminal.line(&words::not_run(reason))
            }
        }
    }

    /// The count, as the last line.
    pub fn tally(&mut self, tally: Tally) -> io::Result<()> {
        let Tally {
            audited,
            weak,
            failing,
            skipped,
            not_run,
        } = tally;
        let out = &mut self.terminal.out;
        write!(out, "audit: {audited} audited, {weak} weak")?;
        let rest = [
            (failing, "failing"),
            (skipped, "skipped"),
            (not_run, "not run"),
        ];
        for (count, what) in rest {
            if count > 0 {
                write!(out, ", {count} {what}")?;
            }
        }
        writeln!(out)?;
        out.flush()
    }

    fn failing(&mut self, input: &str, why: &str) -> io::Result<()> {
        self.terminal.headline(RED, "FAIL", input, "")?;
        self.terminal.line(why)
    }

    fn weaknesses(&mut self, files: &CaseFiles, weaknesses: &[Weakness]) -> io::Result<()> {
        for weakness in weaknesses.iter().take(WEAKNESSES_TOLD) {
            self.terminal.line(&sentence(weakness, files))?;
        }
        match weaknesses.len().saturating_sub(WEAKNESSES_TOLD) {
            0 => Ok(()),
            more => self.terminal.line(&format!("and {more} more")),
        }
    }
}

fn sentence(weakness: &Weakness, files: &CaseFiles) -> String {
    match weakness {
        Weakness::Impostor(impostor) => format!("a node that {} passes", does(*impostor)),
        Weakness::Change(change, reply) => {
            let reply = of_reply(reply, files);
            match change {
                Change::Dropped => format!("{reply} may be missing"),
                Change::Doubled => format!("{reply} may come twice"),
                Change::Moved => format!("{reply} may come last"),
                Change::Value { path, .. } if path.is_root() => format!("{reply} may be anything"),
                Change::Value { path, line } => {
                    let path = escape::text(&path.to_string());
                    let expected = file_name(&files.expected());
                    let place = line.map(|line| format!(" ({expected}:{line})"));
                    let place = place.unwrap_or_default();
                    format!("{path} in {reply} may be anything{place}")
                }
            }
        }
    }
}

fn does(impostor: Impostor) -> &'static str {
    match impostor {
        Impostor::Silent => "does nothing",
        Impostor::InitOnly => "answers init, and nothing else,",
        Impostor::YesMan => "answers everything with an empty ..._ok",
        Impostor::Echo => "answers everything with ..._ok and the request's own fields",
        Impostor::Mirror => "writes back each line as it came",
    }
}

fn of_reply(reply: &Reply, files: &CaseFiles) -> String {
    let (line, kind) = (reply.line, escape::text(&reply.kind));
    match reply.request {
        Some(request) => {
            let input = file_name(&files.input);
            format!("the reply to {input}:{request} (stdout line {line}, {kind})")
        }
        None => format!("stdout line {line}"),
    }
}
