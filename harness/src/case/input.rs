//! The `.in` file: comments, directives, and the messages that the node reads.
//!
//! A message is sent byte for byte as it stands, whether it is JSON or not: a
//! case may show what a node does with rubbish. What can be read as a message
//! is also kept as a [`Request`] for the judge.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use super::act::{self, Act};
use super::cluster::{Cluster, Refusal};
use super::fates::Fates;
use super::mode::{MatchMode, MsgIdMode};
use super::settings::{Origin, Said, Settings};
use super::syntax::{self, Problem, SyntaxError, Word};
use crate::json;
use crate::message::{self, Id};

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
    pub requests: Vec<Request>,
}

/// What the head of an `.in` says about its own run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directives {
    /// `@timeout`, `@args`, `@env`, `@match`, `@msg-id`.
    pub settings: Settings,
    /// `@skip`: why the case isn't run.
    pub skip: Option<String>,
    /// `@xfail`: why the case is expected to fail.
    pub xfail: Option<String>,
    /// `@cluster`: the nodes; `None`: there is one, and the case plays all the others.
    pub cluster: Option<Cluster>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Send a line.
    Send {
        /// Where it stands in the `.in`.
        line: usize,
        /// The line, its newline included.
        bytes: Vec<u8>,
        /// The placeholders in it, whose values the node has to say first.
        names: Vec<Placeholder>,
        /// `@eventually`: for how long it is asked again until it gets the expected answer.
        within: Option<Duration>,
    },
    /// Do something to the cluster.
    Act {
        /// Where it stands in the `.in`.
        line: usize,
        /// What.
        act: Act,
        /// How it is written, as in `@kill n1`.
        text: String,
    },
    /// Let time pass before the next message.
    Sleep {
        /// Where it stands in the `.in`.
        line: usize,
        /// How long.
        duration: Duration,
    },
}

/// A name that `.expected` binds, used in a message of the `.in`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// How it is written, as in `<id:fwd>`.
    pub text: String,
    /// The name alone.
    pub name: String,
}

/// A JSON message of the `.in`, as the judge sees it.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where it stands in the `.in`.
    pub line: usize,
    /// The message.
    pub message: Value,
}

impl Request {
    /// Who sent it; empty if it doesn't say.
    pub fn source(&self) -> &str {
        message::source(&self.message).unwrap_or_default()
    }

    /// Its `msg_id`.
    pub fn msg_id(&self) -> Option<Id> {
        message::msg_id(&self.message)
    }

    /// Its `body.type`; empty if it doesn't say.
    pub fn kind(&self) -> &str {
        message::kind(&self.message).unwrap_or_default()
    }
}

/// The verbs, for the advice on a misspelt one.
const VERBS: [&str; 9] = [
    "timeout", "match", "msg-id", "args", "env", "skip", "xfail", "cluster", "sleep",
];

/// Parses an `.in`; stops at the first broken rule.
pub fn parse(bytes: &[u8]) -> Result<Input, SyntaxError> {
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
    fates: Option<Fates>,
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
        if let Some(fates) = &self.fates {
            let sent = fates.send(&String::from_utf8_lossy(line), message.as_ref());
            sent.map_err(|refusal| at(number, refusal))?;
        }
        let within = self.within(message.as_ref())?;
        let mut names = Vec::new();
        if let Some(message) = message {
            collect_names(&message, &mut names, &mut BTreeSet::new());
            self.input.requests.push(Request {
                line: number,
                message,
            });
        }
        let mut bytes = line.to_vec();
        bytes.push(b'\n');
        self.input.steps.push(Step::Send {
            line: number,
            bytes,
            names,
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
                nearest: syntax::nearest(all, verb),
            };
            return Err(at(number, (column, problem)));
        };
        let placed = self.place(number, verb);
        placed.map_err(|problem| at(number, (column, problem)))?;
        let done = match verb {
            "cluster" => self.cluster(number, argument_column, &words),
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

    fn cluster(&mut self, line: usize, column: usize, words: &[Word<'_>]) -> Result<(), Refusal> {
        let cluster = Cluster::parse(line, column, words)?;
        self.fates = Some(Fates::new(cluster.clone()));
        self.input.directives.cluster = Some(cluster);
        Ok(())
    }

    /// Something is done to the cluster; `columns`: those of the verb and of its argument.
    fn act(
        &mut self,
        line: usize,
        verb: &'static str,
        columns: (usize, usize),
        words: &[Word<'_>],
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
                None => Err(Problem::NotBetweenMessages { verb }),
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
                let value = parse_positive(argument).ok_or(wants)?;
                settings.timeout = Some(Said { value, by });
            }
            "match" => {
                let wants = "`exact`, `unordered`, `prefix` or `contains`";
                let value = parse_name(&MatchMode::ALL, argument).ok_or(wants)?;
                settings.match_mode = Some(Said { value, by });
            }
            "msg-id" => {
                let wants = "`renamed`, `exact` or `ignored`";
                let value = parse_name(&MsgIdMode::ALL, argument).ok_or(wants)?;
                settings.msg_id = Some(Said { value, by });
            }
            "args" => {
                let wants = "arguments with closed quotes, as in `--ack-timeout 50ms`";
                let value = shlex::split(argument)
                    .filter(|args| !args.is_empty() && !argument.contains('\0'));
                settings.args = Some(Said {
                    value: value.ok_or(wants)?,
                    by,
                });
            }
            "env" => {
                let value = parse_variable(argument).ok_or("KEY=VALUE")?;
                settings.env.push(Said { value, by });
            }
            "skip" => directives.skip = Some(parse_reason(argument).ok_or("a reason")?),
            "xfail" => directives.xfail = Some(parse_reason(argument).ok_or("a reason")?),
            _ => {
                self.input.steps.push(Step::Sleep {
                    line: number,
                    duration: parse_positive(argument).ok_or("a time above zero, as in `600ms`")?,
                });
                self.open = Some((number, "sleep"));
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
            Some((line, verb)) if verb == "sleep" => {
                Err(at(line, (1, Problem::NotBetweenMessages { verb })))
            }
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

/// The names in a message, each once, in the order in which they stand.
fn collect_names(value: &Value, names: &mut Vec<Placeholder>, known: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            let inner = text
                .strip_prefix('<')
                .and_then(|text| text.strip_suffix('>'));
            let name = inner.and_then(|inner| {
                inner
                    .strip_prefix("id:")
                    .or_else(|| inner.strip_prefix("any:"))
            });
            if let Some(name) = name.filter(|_| known.insert(text.clone())) {
                names.push(Placeholder {
                    text: text.clone(),
                    name: name.to_owned(),
                });
            }
        }
        Value::Array(elements) => elements
            .iter()
            .for_each(|value| collect_names(value, names, known)),
        Value::Object(fields) => fields
            .values()
            .for_each(|value| collect_names(value, names, known)),
        _ => {}
    }
}

fn parse_name<T: Copy>(all: &[(&str, T)], name: &str) -> Option<T> {
    let found = all.iter().find(|(known, _)| *known == name)?;
    Some(found.1)
}

fn parse_reason(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

pub(super) fn parse_positive(text: &str) -> Option<Duration> {
    humantime::parse_duration(text)
        .ok()
        .filter(|duration| !duration.is_zero())
}

fn parse_variable(text: &str) -> Option<(String, String)> {
    let (key, value) = text.split_once('=')?;
    let valid = !key.is_empty() && !key.contains(char::is_whitespace) && !text.contains('\0');
    valid.then(|| (key.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_error(input: &str, line: usize, column: usize, says: &str) {
        let error = parse(input.as_bytes()).expect_err(input);
        assert_eq!((error.line, error.column), (line, column), "{input}");
        let text = error.problem.to_string();
        assert!(text.contains(says), "{input}: {text}");
    }

    #[test]
    fn the_head_the_title_and_the_steps_are_read() {
        let input = parse(
            b"\xef\xbb\xbf\n#\n# A title\r\n# more\n@timeout 1500ms\n@args --a 'b c'\n\
              @env A=1=2\n@env B=\n{\"src\":\"c1\"}\r\n@sleep 1s\n  not json\n# end\n",
        )
        .unwrap();
        assert_eq!(input.title, "A title");
        let settings = &input.directives.settings;
        assert_eq!(settings.timeout(), Duration::from_millis(1500));
        let args = settings.args.clone().unwrap();
        assert_eq!(
            (args.value, args.by),
            (
                vec!["--a".to_owned(), "b c".to_owned()],
                Origin::Case { line: 6 }
            )
        );
        let env: Vec<_> = settings.env.iter().map(|said| &said.value).collect();
        assert_eq!(
            env,
            [
                &("A".to_owned(), "1=2".to_owned()),
                &("B".to_owned(), String::new())
            ]
        );
        assert_eq!(
            input.steps,
            [
                Step::Send {
                    line: 9,
                    bytes: b"{\"src\":\"c1\"}\n".to_vec(),
                    names: vec![],
                    within: None
                },
                Step::Sleep {
                    line: 10,
                    duration: Duration::from_secs(1)
                },
                Step::Send {
                    line: 11,
                    bytes: b"  not json\n".to_vec(),
                    names: vec![],
                    within: None
                },
            ]
        );
        assert_eq!(input.requests.len(), 1);
    }

    #[test]
    fn a_directive_never_silently_does_nothing() {
        check_error("@tiemout 5s\n{}", 1, 1, "did you mean `@timeout`?");
        check_error("{}\n  @slep 1s\n{}", 2, 3, "did you mean `@sleep`?");
        check_error("{}\n@timeout 5s", 2, 1, "before the first message (line 1)");
        check_error("@skip a\n@skip b\n{}", 2, 1, "the first is on line 1");
        check_error("@sleep 1s\n{}", 1, 1, "between two messages");
        check_error("{}\n@sleep 1s\n", 2, 1, "between two messages");
        check_error("{}\n@sleep 1s\n@sleep 1s\n", 3, 1, "between two messages");
        check_error("@timeout\n{}", 1, 10, "wants a time above zero");
        check_error("@timeout 5\n{}", 1, 10, "not `5`");
        check_error("@timeout 0s\n{}", 1, 10, "above zero");
        check_error("@args 'x\n{}", 1, 7, "closed quotes");
        check_error("@env X\n{}", 1, 6, "KEY=VALUE");
        check_error("@env =X\n{}", 1, 6, "KEY=VALUE");
        check_error("@skip\n{}", 1, 7, "a reason");
        check_error("@xfail\n{}", 1, 8, "a reason");
        check_error(
            "@match exactly\n{}",
            1,
            8,
            "`exact`, `unordered`, `prefix` or `contains`, not `exactly`",
        );
        check_error(
            "@msg-id same\n{}",
            1,
            9,
            "`renamed`, `exact` or `ignored`, not `same`",
        );
        check_error("@\n{}", 1, 1, "no directive `@`");
        check_error("# only a title\n", 1, 1, "prove nothing");
        check_error("", 1, 1, "prove nothing");
    }

    #[test]
    fn names_are_found_wherever_they_stand() {
        let input =
            parse(br#"{"body":{"in_reply_to":"<id:a b>","x":["<any:v>","<id:a b>","<int>"]}}"#)
                .unwrap();
        let Step::Send { names, .. } = &input.steps[0] else {
            panic!("{input:?}");
        };
        let names: Vec<_> = names
            .iter()
            .map(|name| (name.text.as_str(), name.name.as_str()))
            .collect();
        assert_eq!(names, [("<id:a b>", "a b"), ("<any:v>", "v")]);
    }

    #[test]
    fn a_directive_that_is_no_text_is_an_error_and_a_message_may_be_anything() {
        let error = parse(b"@skip \xff\n{}").unwrap_err();
        assert_eq!((error.column, error.problem), (7, Problem::NotUtf8));
        assert_eq!(parse(b"\xff\xfe").unwrap().steps.len(), 1);
    }
}
