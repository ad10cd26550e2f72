//! Both files of a stored run, read together: each line, whether they are whole, and whether they agree
//! with themselves and each other. Bytes in; where the files are is known to [`crate::cluster::store`].

use super::seal::Seal;
use super::{FormatError, history, messages};
use crate::cluster::consistency::{EventCheck, MessageCheck};
use crate::cluster::history::Event;
use crate::cluster::journal::Carried;
use crate::cluster::rest::RestLine;
use crate::cluster::settings::Settings;

/// What the files of a run say.
#[derive(Debug)]
pub struct StoredFiles {
    /// What the run was to be.
    pub settings: Settings,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// The messages, in the order in which their ways ended.
    pub carried: Vec<Carried>,
    /// What there is of those that were one too many.
    pub rest: Vec<RestLine>,
    /// Whether the run came to its end. If not, the harness was stopped, and the files say what there
    /// was by then.
    pub is_whole: bool,
}

/// One of the two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// `history.jsonl`.
    History,
    /// `messages.jsonl`.
    Messages,
}

/// Reads both files.
///
/// # Errors
/// What is wrong in which file. That a run without a seal ends in the middle of a line is none.
pub fn read(history: &[u8], messages: &[u8]) -> Result<StoredFiles, (Which, FormatError)> {
    let of_history = |error| (Which::History, error);
    let of_messages = |error| (Which::Messages, error);
    let (lines, seal) = Seal::split(history).map_err(of_history)?;
    let read = read_history(lines);
    let is_same = || seal.map_or(Ok(()), |seal| seal.holds_events(lines));
    let (settings, events, check) = unless_changed(read, is_same).map_err(of_history)?;
    let read = read_messages(messages, settings.nodes.len());
    let is_same = || seal.map_or(Ok(()), |seal| seal.holds_messages(messages));
    let (carried, rest) = unless_changed(read, is_same).map_err(of_messages)?;
    if seal.is_some() {
        let end = check.finish().map_err(FormatError::Incomplete);
        end.map_err(of_history)?;
        // Of a run that was stopped either file may go further than the other.
        let check = check_messages(&settings, check, &carried).map_err(of_messages)?;
        if rest.is_empty() {
            let end = check.finish().map_err(FormatError::Incomplete);
            end.map_err(of_messages)?;
        }
    }
    Ok(StoredFiles {
        settings,
        events,
        carried,
        rest,
        is_whole: seal.is_some(),
    })
}

fn read_history(text: &[u8]) -> Result<(Settings, Vec<Event>, EventCheck), FormatError> {
    let (settings, events) = history::read(text)?;
    let mut check = EventCheck::default();
    // The settings are line 1.
    let checked = (2..).zip(events).map(|(line, event)| {
        let event = event?;
        let taken = check.take(&event);
        taken.map_err(|what| FormatError::Contradicts { line, what })?;
        Ok(event)
    });
    let events = whole_lines(checked)?;
    Ok((settings, events, check))
}

fn read_messages(text: &[u8], nodes: usize) -> Result<(Vec<Carried>, Vec<RestLine>), FormatError> {
    let (whole, others) = text.split_at(messages::rest_start(text));
    let carried = whole_lines(messages::read(whole, nodes))?;
    let rest = whole_lines(messages::read_rest(others, carried.len(), nodes))?;
    Ok((carried, rest))
}

/// What was read, unless the file was changed: then that is told, not what it led to.
fn unless_changed<T>(
    read: Result<T, FormatError>,
    is_same: impl Fn() -> Result<(), FormatError>,
) -> Result<T, FormatError> {
    if matches!(read, Ok(_) | Err(FormatError::Contradicts { .. })) {
        is_same()?;
    }
    read
}

fn check_messages<'a>(
    settings: &'a Settings,
    events: EventCheck,
    carried: &[Carried],
) -> Result<MessageCheck<'a>, FormatError> {
    let mut check = MessageCheck::new(settings, events);
    for (line, carried) in (1..).zip(carried) {
        let taken = check.take(carried);
        taken.map_err(|what| FormatError::Contradicts { line, what })?;
    }
    Ok(check)
}

/// All whole lines; the last one may be cut off.
fn whole_lines<T>(
    lines: impl Iterator<Item = Result<T, FormatError>>,
) -> Result<Vec<T>, FormatError> {
    let is_cut_off =
        |line: &Result<T, FormatError>| matches!(line, Err(FormatError::CutOff { .. }));
    lines.take_while(|line| !is_cut_off(line)).collect()
}
