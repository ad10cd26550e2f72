//! Both files of a stored run, read together: each line, whether they are whole, and whether they agree
//! with themselves and each other. Bytes in; where the files are is known to [`crate::cluster::store`].

use super::rest::RestLine;
use super::seal::Seal;
use super::{FormatError, Names, Problem, history_reader, messages, rest};
use crate::cluster::consistency::{EventCheck, MessageCheck};
use crate::cluster::history::Event;
use crate::cluster::journal::Carried;
use crate::cluster::settings::Settings;

/// What the files of a run say.
#[derive(Debug)]
pub struct Stored {
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
pub fn read(history: &[u8], messages: &[u8]) -> Result<Stored, (Which, FormatError)> {
    let of_history = |error| (Which::History, error);
    let of_messages = |error| (Which::Messages, error);
    let (lines, seal) = Seal::split(history).map_err(of_history)?;
    let (settings, events) = history_reader::read(lines).map_err(of_history)?;
    let events = whole_lines(events).map_err(of_history)?;
    let names = Names::of(&settings.nodes);
    let (whole, others) = messages.split_at(rest::start(messages));
    let carried = whole_lines(messages::read(whole, &names)).map_err(of_messages)?;
    let rest = rest::read(others, carried.len() + 1, &names).map_err(of_messages)?;
    if let Some(seal) = &seal {
        seal.holds_events(lines).map_err(of_history)?;
        seal.holds_messages(messages).map_err(of_messages)?;
    }
    let check = check_events(&settings, &events).map_err(of_history)?;
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
    Ok(Stored {
        settings,
        events,
        carried,
        rest,
        is_whole: seal.is_some(),
    })
}

fn check_events(settings: &Settings, events: &[Event]) -> Result<EventCheck, FormatError> {
    let mut check = EventCheck::new(settings);
    // The settings are line 1.
    for (line, event) in (2..).zip(events) {
        let taken = check.take(event);
        taken.map_err(|found| Problem::Contradicts(found).on(line))?;
    }
    Ok(check)
}

fn check_messages<'a>(
    settings: &'a Settings,
    events: EventCheck,
    carried: &[Carried],
) -> Result<MessageCheck<'a>, FormatError> {
    let mut check = MessageCheck::new(settings, events);
    for (line, carried) in (1..).zip(carried) {
        let taken = check.take(carried);
        taken.map_err(|found| Problem::Contradicts(found).on(line))?;
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
