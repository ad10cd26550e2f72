//! The `.in` file: comments, directives, and the messages that the node reads.
//!
//! A message is sent byte for byte as it stands, whether it is JSON or not: a
//! case may show what a node does with rubbish. What can be read as a message
//! is also kept as an [`InputMessage`] for the judge.

use std::time::Duration;

use serde_json::Value;

use super::act::{self, Act};
use super::argument;
use super::cluster::Cluster;
use super::fates::NodeFates;
use super::ignored::IgnoredTypes;
use super::mode::{ExitMode, MatchMode, MsgIdMode, PaceMode};
use super::nearest::nearest;
use super::played::PlayedServices;
use super::settings::{CaseSettings, Origin, Said};
use super::slips;
use super::steps::{InputMessage, Step, StepPlaceholder};
use super::syntax::{self, Problem, Refusal, SyntaxError, SyntaxWord};
use crate::json;

/// A parsed `.in`.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// The first comment, empty if there is none.
    pub title: String,
    /// What the head asks for.
    pub directives: Directives,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// The messages among the steps that are JSON.
    pub requests: Vec<InputMessage>,
}

/// What the head of an `.in` says about its own run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directives {
    /// `@timeout`, `@output-max`, `@args`, `@env`, `@match`, `@msg-id`, `@pace`, `@exit`,
    /// `@ignore`.
    pub settings: CaseSettings,
    /// `@skip`: why the case isn't run.
    pub skip: Option<String>,
    /// `@xfail`: why the case is expected to fail.
    pub xfail: Option<String>,
    /// `@cluster`: the nodes; `None`: there is one, and the case plays all the others.
    pub cluster: Option<Cluster>,
}

/// The verbs, for the advice on a misspelt one.
const VERBS: [&str; 14] = [
    "timeout",
    "output-max",
    "match",
    "msg-id",
    "pace",
    "exit",
    "ignore",
    "service",
    "args",
    "env",
    "skip",
    "xfail",
    "cluster",
    "sleep",
];

/// The verb of the directive that a line is, if it is one that exists.
pub fn known_verb(line: &str) -> Option<&'static str> {
    let verb = line.trim_start().strip_prefix('@')?;
    let verb = verb
        .split_whitespace()
        .next()
        .filter(|it| verb.starts_with(it))?;
    let mut all = VERBS.into_iter().chain(act::VERBS);
    all.find(|known| *known == verb)
}

/// Parses an `.in`; stops at the first broken rule.
pub fn parse(bytes: &[u8]) -> Result<Input, SyntaxError> {
    slips::check_encoding(bytes)?;
    let mut parser = Parser::default();
    for (number, line) in syntax::lines(bytes) {
        parser.line(number, line)?;
    }
    parser.finish()
}

#[derive(Default)]
struct Parser {
    input: Input,
    title_seen: bool,
    /// The head's directives with the lines on which they stood.
    seen: Vec<(&'static str, usize)>,
    first_message: Option<usize>,
    /// What was done to the cluster, if there is one.
    fates: Option<NodeFates>,
    /// A directive between messages that no message has followed yet, with its line.
    open: Option<(usize, &'static str)>,
    /// An `@eventually` that waits for its request.
    eventually: Option<Eventually>,
}

/// An `@eventually`.
#[derive(Clone, Copy)]
struct Eventually {
    line: usize,
    column: usize,
    within: Duration,
}

impl Parser {
    fn line(&mut self, number: usize, line: &[u8]) -> Result<(), SyntaxError> {
        if let Some(comment) = syntax::comment(line) {
            self.comment(comment);
            return Ok(());
        }
        if line.trim_ascii_start().starts_with(b"@") {
            return self.directive(number, syntax::text(number, line)?);
        }
        self.message(number, line)
    }

    fn comment(&mut self, comment: &[u8]) {
        if !self.title_seen && !comment.is_empty() {
            self.title_seen = true;
            self.input.title = String::from_utf8_lossy(comment).into_owned();
        }
    }

    fn message(&mut self, number: usize, line: &[u8]) -> Result<(), SyntaxError> {
        self.first_message.get_or_insert(number);
        self.open = None;
        let message = json::read(line).ok();
        if message.is_none()
            && let Some(refusal) = slips::of_line(line)
        {
            return Err(at(number, refusal));
        }
        if let Some(fates) = &self.fates {
            let sent = fates.send(&String::from_utf8_lossy(line), message.as_ref());
            sent.map_err(|refusal| at(number, refusal))?;
        }
        let within = self.within(message.as_ref())?;
        let names = message.as_ref().map(StepPlaceholder::all_in);
        if let Some(message) = message {
            self.input.requests.push(InputMessage {
                line: number,
                message,
            });
        }
        let mut bytes = line.to_vec();
        bytes.push(b'\n');
        self.input.steps.push(Step::Send {
            line: number,
            bytes,
            names: names.unwrap_or_default(),
            within,
        });
        Ok(())
    }

    /// For how long a message is asked again.
    fn within(&mut self, message: Option<&Value>) -> Result<Option<Duration>, SyntaxError> {
        let Some(eventually) = self.eventually.take() else {
            return Ok(None);
        };
        let fates = self.fates.as_ref().zip(message);
        match fates.and_then(|(fates, message)| fates.unanswerable(message)) {
            None => Ok(Some(eventually.within)),
            Some(reason) => {
                let verb = "eventually";
                let problem = Problem::InVain { verb, reason };
                Err(at(eventually.line, (eventually.column, problem)))
            }
        }
    }

    fn directive(&mut self, number: usize, line: &str) -> Result<(), SyntaxError> {
        self.no_open_eventually()?;
        let start = line.find('@').unwrap_or_default();
        let rest = line.get(start + 1..).unwrap_or_default();
        let (verb, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let column = line.chars().take_while(|c| *c != '@').count() + 1;
        let argument_column = column + 1 + verb.chars().count() + 1;
        let words = syntax::words(argument, argument_column);
        let all = VERBS.into_iter().chain(act::VERBS);
        let Some(verb) = all.clone().find(|known| *known == verb) else {
            let problem = Problem::UnknownDirective {
                verb: verb.to_owned(),
                nearest: nearest(all, verb),
            };
            return Err(at(number, (column, problem)));
        };
        let placed = self.place(number, verb);
        placed.map_err(|problem| at(number, (column, problem)))?;
        let done = match verb {
            "cluster" => self.cluster(number, argument_column, &words),
            "ignore" => self.ignore(number, argument_column, &words),
            "service" => self.service(number, argument_column, &words),
            _ if act::VERBS.contains(&verb) => {
                let columns = (column, argument_column);
                self.act(number, verb, columns, &words)
            }
            _ => self.apply(number, verb, argument.trim()).map_err(|wants| {
                let found = argument.trim().to_owned();
                let problem = Problem::BadArgument { verb, wants, found };
                (argument_column, problem)
            }),
        };
        done.map_err(|refusal| at(number, refusal))
    }

    fn cluster(
        &mut self,
        line: usize,
        column: usize,
        words: &[SyntaxWord<'_>],
    ) -> Result<(), Refusal> {
        let cluster = Cluster::parse(line, column, words)?;
        self.fates = Some(NodeFates::new(cluster.clone()));
        self.input.directives.cluster = Some(cluster);
        Ok(())
    }

    /// Messages of these types are no part of the comparison.
    fn ignore(
        &mut self,
        line: usize,
        column: usize,
        words: &[SyntaxWord<'_>],
    ) -> Result<(), Refusal> {
        let mut value = IgnoredTypes::default();
        let nothing = [SyntaxWord { column, text: "" }];
        for word in if words.is_empty() { &nothing } else { words } {
            let added = value.add(word.text);
            added.map_err(|wants| word.refused("ignore", wants))?;
        }
        let by = Origin::Case { line };
        self.input.directives.settings.ignore = Some(Said { value, by });
        Ok(())
    }

    /// The harness plays these services.
    fn service(
        &mut self,
        line: usize,
        column: usize,
        words: &[SyntaxWord<'_>],
    ) -> Result<(), Refusal> {
        let mut value = PlayedServices::default();
        let nothing = [SyntaxWord { column, text: "" }];
        for word in if words.is_empty() { &nothing } else { words } {
            let added = value.add(word.text);
            added.map_err(|wants| word.refused("service", wants))?;
        }
        let by = Origin::Case { line };
        self.input.directives.settings.services = Some(Said { value, by });
        Ok(())
    }

    /// Something is done to the cluster; `columns`: those of the verb and of its argument.
    fn act(
        &mut self,
        line: usize,
        verb: &'static str,
        columns: (usize, usize),
        words: &[SyntaxWord<'_>],
    ) -> Result<(), Refusal> {
        let (column, argument_column) = columns;
        let Some(fates) = &mut self.fates else {
            return Err((column, Problem::NoCluster { verb }));
        };
        if verb == "eventually" {
            let within = act::within(argument_column, words)?;
            self.eventually = Some(Eventually {
                line,
                column,
                within,
            });
            return Ok(());
        }
        let act = Act::parse(verb, argument_column, words, fates.cluster())?;
        let done = fates.act(line, verb, &act);
        done.map_err(|problem| (column, problem))?;
        self.open = Some((line, verb));
        let words = words.iter().map(|word| word.text);
        let words: Vec<_> = std::iter::once(verb).chain(words).collect();
        let text = format!("@{}", words.join(" "));
        self.input.steps.push(Step::Act { line, act, text });
        Ok(())
    }

    /// Whether the directive may stand here.
    fn place(&mut self, number: usize, verb: &'static str) -> Result<(), Problem> {
        if act::VERBS.contains(&verb) {
            return Ok(());
        }
        if verb == "sleep" {
            return match self.input.steps.first() {
                Some(_) => Ok(()),
                None => Err(Problem::NotAfterMessage { verb }),
            };
        }
        if let Some(first_message) = self.first_message {
            return Err(Problem::NotInHead {
                verb,
                first_message,
            });
        }
        let earlier = self.seen.iter().find(|(seen, _)| *seen == verb);
        if let (Some((_, first)), true) = (earlier, verb != "env") {
            return Err(Problem::Repeated {
                verb,
                first: *first,
            });
        }
        self.seen.push((verb, number));
        Ok(())
    }

    /// Takes the argument, or says what it should have been.
    fn apply(
        &mut self,
        number: usize,
        verb: &'static str,
        argument: &str,
    ) -> Result<(), &'static str> {
        let by = Origin::Case { line: number };
        let directives = &mut self.input.directives;
        let settings = &mut directives.settings;
        match verb {
            "timeout" => {
                let wants = "a time above zero, as in `5s`";
                let value = argument::positive(argument).ok_or(wants)?;
                settings.timeout = Some(Said { value, by });
            }
            "output-max" => {
                let wants = "a size of at most 64 MiB, as in `16MiB`, `512KiB` or `1000`";
                let value = argument::size(argument).ok_or(wants)?;
                settings.output_max = Some(Said { value, by });
            }
            "match" => {
                let wants = "`exact`, `unordered`, `prefix` or `contains`";
                let value = argument::known(&MatchMode::ALL, argument).ok_or(wants)?;
                settings.match_mode = Some(Said { value, by });
            }
            "msg-id" => {
                let wants = "`renamed`, `exact` or `ignored`";
                let value = argument::known(&MsgIdMode::ALL, argument).ok_or(wants)?;
                settings.msg_id = Some(Said { value, by });
            }
            "pace" => {
                let wants = "`lockstep` or `all-at-once`";
                let value = argument::known(&PaceMode::ALL, argument).ok_or(wants)?;
                settings.pace = Some(Said { value, by });
            }
            "exit" => {
                let wants = "`strict` or `any`";
                let value = argument::known(&ExitMode::ALL, argument).ok_or(wants)?;
                settings.exit = Some(Said { value, by });
            }
            "args" => {
                let wants = "arguments with closed quotes, as in `--ack-timeout 50ms`";
                let value = shlex::split(argument)
                    .filter(|args| !args.is_empty() && !argument.contains('\0'));
                settings.args = Some(Said {
                    value: value.ok_or(wants)?.into_iter().map(Into::into).collect(),
                    by,
                });
            }
            "env" => {
                let value = argument::variable(argument).ok_or("KEY=VALUE")?;
                settings.env.push(Said { value, by });
            }
            "skip" => directives.skip = Some(argument::reason(argument).ok_or("a reason")?),
            "xfail" => directives.xfail = Some(argument::reason(argument).ok_or("a reason")?),
            _ => {
                self.input.steps.push(Step::Sleep {
                    line: number,
                    duration: argument::positive(argument)
                        .ok_or("a time above zero, as in `600ms`")?,
                });
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Input, SyntaxError> {
        self.no_open_eventually()?;
        if self.first_message.is_none() {
            return Err(at(1, (1, Problem::NoMessage)));
        }
        match self.open {
            None => Ok(self.input),
            Some((line, verb)) => {
                let reason = "no message comes after it".to_owned();
                Err(at(line, (1, Problem::InVain { verb, reason })))
            }
        }
    }

    /// An `@eventually` is about the message right after it.
    fn no_open_eventually(&self) -> Result<(), SyntaxError> {
        match self.eventually {
            None => Ok(()),
            Some(Eventually { line, column, .. }) => {
                let verb = "eventually";
                Err(at(line, (column, Problem::NotBeforeRequest { verb })))
            }
        }
    }
}

fn at(line: usize, (column, problem): Refusal) -> SyntaxError {
    SyntaxError {
        line,
        column,
        problem,
    }
}

#[cfg(test)]
mod tests;
