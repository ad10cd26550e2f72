//! From a sample to the two files of a case, which the harness's own parsers have read.

use std::fmt::Write;

use crate::case::mode::MatchMode;
use crate::case::settings::TIMEOUT_DEFAULT;
use crate::case::slips;
use crate::case::syntax::{self, SyntaxError};
use crate::case::{ExpectedLine, Input, InputMessage, Step, answered, expected, input};
use crate::json;
use crate::phrases;

use super::draft::Draft;
use super::finding::{ImportFinding, LineMeaning, SourceWarning};
use super::mend;
use super::mode::Answered;
use super::slug::GivenNames;
use super::source::{self, SourceLine};

/// A case to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedCase {
    /// The files' name, without extension.
    pub name: String,
    /// How its messages are compared.
    pub mode: MatchMode,
    /// What goes into the `.in`.
    pub input: Vec<u8>,
    /// What goes into the `.expected`; `None` if the source doesn't say.
    pub expected: Option<Vec<u8>>,
}

impl ImportedCase {
    /// How the mode is written.
    pub fn mode_name(&self) -> &'static str {
        name_of(self.mode)
    }
}

/// Makes the case that a draft describes; `None` if it can't be run, which is told.
pub fn make(
    draft: &Draft,
    names: &mut GivenNames,
    warnings: &mut Vec<SourceWarning>,
) -> Option<ImportedCase> {
    let mut tell = |finding| {
        warnings.push(SourceWarning {
            place: draft.place.clone(),
            finding,
        });
    };
    let title = draft.title.clone();
    if draft.input.is_empty() {
        tell(ImportFinding::NoInput { title });
        return None;
    }
    match &draft.expected {
        None => tell(ImportFinding::NoExpected { title }),
        Some(lines) if lines.is_empty() => tell(ImportFinding::EmptyExpected { title }),
        Some(_) => {}
    }
    let messages = joined(&draft.input, warnings, sent);
    let expected = draft.expected.as_ref();
    let expected = expected.map(|lines| joined(lines, warnings, compared));
    match check(draft, messages, expected, warnings) {
        Ok(case) => Some(ImportedCase {
            name: names.give(&draft.title),
            ..case
        }),
        Err(error) => {
            let (title, reason) = (draft.title.clone(), error.problem.to_string());
            warnings.push(SourceWarning {
                place: draft.place.clone(),
                finding: ImportFinding::NotLoadable { title, reason },
            });
            None
        }
    }
}

/// Reads the files as a run would, chooses the mode, and reads them again with their head.
fn check(
    draft: &Draft,
    messages: Vec<u8>,
    expected: Option<Vec<u8>>,
    warnings: &mut Vec<SourceWarning>,
) -> Result<ImportedCase, SyntaxError> {
    let read: Option<Vec<ExpectedLine>> = expected.as_deref().map(expected::parse).transpose()?;
    let requests = input::parse(&messages)?.requests;
    let left_out = read.as_deref();
    let left_out = left_out.and_then(|expected| left_out_of(draft, &requests, expected));
    let answered = read.map_or(Answered::All, |expected| Answered::of(&requests, &expected));
    let mode = answered.mode();
    warnings.extend(left_out);
    let mut text = head(draft, answered, warnings).into_bytes();
    text.extend(messages);
    input::parse(&text)?;
    Ok(ImportedCase {
        name: String::new(),
        mode,
        input: text,
        expected,
    })
}

/// Which replies a sample leaves out.
fn left_out_of(
    draft: &Draft,
    requests: &[InputMessage],
    expected: &[ExpectedLine],
) -> Option<SourceWarning> {
    /// How many are named.
    const NAMED_MAX: usize = 5;
    let left_out = answered::unpromised(requests, expected);
    let named = left_out.iter().take(NAMED_MAX);
    (!left_out.is_empty()).then(|| SourceWarning {
        place: draft.place.clone(),
        finding: ImportFinding::LeftOut {
            title: draft.title.clone(),
            kinds: named.map(|request| source::shown(request.kind())).collect(),
            count: left_out.len(),
        },
    })
}

/// The comments and the directives.
fn head(draft: &Draft, answered: Answered, warnings: &mut Vec<SourceWarning>) -> String {
    let mut head = comment(&draft.case_title());
    for line in &draft.note {
        head.push_str(&comment(&line.words()));
    }
    let left_out = match answered {
        Answered::All | Answered::First => None,
        Answered::Later => Some(
            "Some requests have no reply here, though later ones do: anything may stand in between.",
        ),
        Answered::None => {
            Some("No request has a reply here: anything may stand before, in between and after.")
        }
    };
    head.extend(left_out.map(comment));
    match &draft.timeout {
        // Writing to a string doesn't fail.
        Some((_, Ok(timeout))) if *timeout != TIMEOUT_DEFAULT => {
            let _ = writeln!(head, "@timeout {}", phrases::duration(*timeout));
        }
        Some((place, Err(text))) => warnings.push(SourceWarning {
            place: place.clone(),
            finding: ImportFinding::BadTimeout { text: text.clone() },
        }),
        _ => {}
    }
    let mode = answered.mode();
    if mode != MatchMode::Exact {
        let _ = writeln!(head, "@match {}", name_of(mode));
    }
    head
}

/// A comment, on one line and without characters that act on a terminal.
fn comment(text: &str) -> String {
    format!("# {}\n", source::shown(text))
}

fn name_of(mode: MatchMode) -> &'static str {
    let all = MatchMode::ALL.iter();
    let found = all.clone().find(|(_, known)| *known == mode);
    found.map_or("exact", |(name, _)| name)
}

/// How a line of a source is written into a file of the case, and what there is to tell about it.
type WrittenLine = (Vec<u8>, Vec<ImportFinding>);

fn joined(
    lines: &[SourceLine],
    warnings: &mut Vec<SourceWarning>,
    write: fn(&SourceLine) -> WrittenLine,
) -> Vec<u8> {
    let mut text = Vec::new();
    for line in lines {
        let (bytes, findings) = write(line);
        text.extend(bytes);
        text.push(b'\n');
        warnings.extend(findings.into_iter().map(|finding| SourceWarning {
            place: line.place.clone(),
            finding,
        }));
    }
    text
}

/// A line of the `.in`. Neither comments nor directives nor names can be sent.
fn sent(line: &SourceLine) -> WrittenLine {
    let bytes = &line.bytes;
    let not_sent = |taken_for| {
        let text = [b"# not sent: ".as_slice(), bytes].concat();
        (text, vec![ImportFinding::NotSent { taken_for }])
    };
    if syntax::comment(bytes).is_some() || slips::of_line(bytes).is_some() {
        return not_sent(LineMeaning::Comment);
    }
    if bytes.trim_ascii_start().starts_with(b"@") {
        return not_sent(LineMeaning::Directive);
    }
    let (bytes, findings) = message(line);
    match name_in(&bytes) {
        Some(name) => not_sent(LineMeaning::Name(name)),
        None => (bytes, findings),
    }
}

fn message(line: &SourceLine) -> WrittenLine {
    let Err(error) = json::read(&line.bytes) else {
        return (line.bytes.clone(), Vec::new());
    };
    let spaced = std::str::from_utf8(&line.bytes).ok().and_then(mend::spaced);
    if let Some(spaced) = spaced.filter(|line| json::read(line.as_bytes()).is_ok()) {
        return (spaced.into_bytes(), vec![ImportFinding::Spaced]);
    }
    let reason = error.to_string();
    let mut findings = vec![ImportFinding::SentAsItStands { reason }];
    findings.extend(mend::smart_quotes(&line.text()));
    (line.bytes.clone(), findings)
}

/// A string in the message that the harness would take for a name.
fn name_in(message: &[u8]) -> Option<String> {
    let Input { steps, .. } = input::parse(message).ok()?;
    steps.iter().find_map(|step| match step {
        Step::Send { names, .. } => names.first().map(|name| name.text.clone()),
        Step::Sleep { .. } | Step::Act { .. } => None,
    })
}

/// A line of the `.expected`.
fn compared(line: &SourceLine) -> WrittenLine {
    let text = line.text();
    let is_text = std::str::from_utf8(&line.bytes).is_ok();
    let bytes = text.as_bytes();
    let is_comment = syntax::comment(bytes).is_some() || slips::of_line(bytes).is_some();
    let is_directive = input::known_verb(&text).map(|_| LineMeaning::Directive);
    let taken_for = is_comment.then_some(LineMeaning::Comment).or(is_directive);
    let (text, mut findings) = match taken_for {
        Some(taken_for) => {
            let text = format!("# not compared: {text}");
            (text, vec![ImportFinding::NotCompared { taken_for }])
        }
        None => mend::expected(&text),
    };
    findings.extend((!is_text).then_some(ImportFinding::NotUtf8));
    (text.into_bytes(), findings)
}
