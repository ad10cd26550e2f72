//! Ways of making a right history wrong, each with the name of what must be found. `None`: there was
//! nothing to change.

use super::simulated::{Asked, keys_of};
use crate::cluster::history::{Outcome, Phase, Reason};
use crate::cluster::workload::Reply;
use crate::cluster::workload::kafka::{
    KafkaMessage, KafkaReply, KafkaRequest, LogKey, Messages, Offsets,
};

pub enum Mutation {
    Change(fn(&mut [Asked]) -> Option<()>),
    Add(fn(&mut Vec<Asked>) -> Option<()>),
}

use Mutation::{Add, Change};

impl Mutation {
    pub fn apply(&self, all: &mut Vec<Asked>) -> Option<()> {
        match self {
            Change(change) => change(all),
            Add(add) => add(all),
        }
    }
}

pub const MUTATIONS: &[(&str, Mutation)] = &[
    ("inconsistent-offsets", Change(give_an_offset_twice)),
    ("duplicate", Change(show_a_message_again)),
    ("phantom", Change(show_what_nobody_sent)),
    ("phantom", Change(show_what_went_to_another_key)),
    ("G1a", Change(refuse_what_is_shown)),
    ("G1c-realtime", Change(send_after_it_is_shown)),
    ("lost-write", Change(lose_a_message)),
    ("unseen", Change(lose_the_last_message)),
    ("int-nonmonotonic-poll", Change(swap_neighbours)),
    ("int-poll-skip", Change(leave_out_inside)),
    ("poll-skip", Change(leave_out_the_first)),
    ("nonmonotonic-poll", Add(show_the_last_again)),
    ("poll-before-asked", Add(show_what_was_committed)),
    ("poll-unasked", Change(show_another_key)),
    ("nonmonotonic-send", Change(swap_offsets_of_a_client)),
    ("send-behind-poll", Change(fill_a_gap)),
    ("negative-offset", Change(give_a_negative_offset)),
    ("commit-too-high", Change(list_more_than_was_committed)),
    ("lost-commit", Change(forget_commits)),
    ("lost-commit", Change(list_what_was_never_committed)),
];

fn sent(asked: &Asked) -> Option<(&LogKey, &KafkaMessage, i64)> {
    match (&asked.request, asked.reply()) {
        (KafkaRequest::Send { key, message }, Some(KafkaReply::Sent(Some(offset)))) => {
            Some((key, message, *offset))
        }
        _ => None,
    }
}

fn polled(asked: &mut Asked) -> Option<&mut Messages> {
    match asked.reply_mut() {
        Some(KafkaReply::Polled(messages)) => Some(messages),
        _ => None,
    }
}

/// The polls of the load.
fn polls(all: &mut [Asked]) -> impl Iterator<Item = &mut Messages> {
    let load = all.iter_mut().filter(|asked| asked.phase == Phase::Load);
    load.filter_map(polled)
}

/// A list of so many messages at least that a poll of the load shows.
fn list(all: &mut [Asked], least: usize) -> Option<&mut Vec<(i64, KafkaMessage)>> {
    let mut lists = polls(all).flat_map(Messages::values_mut);
    lists.find(|list| list.len() >= least)
}

fn set_offset(asked: &mut Asked, new: i64) -> Option<()> {
    match asked.reply_mut()? {
        KafkaReply::Sent(offset) => *offset = Some(new),
        _ => return None,
    }
    Some(())
}

/// Takes a message from all polls.
fn hide(all: &mut [Asked], key: &LogKey, message: &KafkaMessage) {
    for messages in all.iter_mut().filter_map(polled) {
        if let Some(list) = messages.get_mut(key) {
            list.retain(|(_, other)| other != message);
        }
    }
}

fn give_an_offset_twice(all: &mut [Asked]) -> Option<()> {
    let (key, _, offset) = all.iter().find_map(sent)?;
    let key = key.clone();
    let is_other =
        |asked: &Asked| sent(asked).is_some_and(|(other, _, at)| *other == key && at != offset);
    let place = all.iter().position(is_other)?;
    set_offset(&mut all[place], offset)
}

fn show_a_message_again(all: &mut [Asked]) -> Option<()> {
    let list = list(all, 1)?;
    let (offset, message) = list.last()?.clone();
    list.push((offset + 1, message));
    Some(())
}

fn show_what_nobody_sent(all: &mut [Asked]) -> Option<()> {
    list(all, 1)?.last_mut()?.1 = KafkaMessage::Json("\"x\"".into());
    Some(())
}

fn show_what_went_to_another_key(all: &mut [Asked]) -> Option<()> {
    let (key, message, _) = all.iter().find_map(sent)?;
    let (key, message) = (key.clone(), message.clone());
    let mut lists = polls(all).flatten().filter(|(other, _)| **other != key);
    let (_, list) = lists.find(|(_, list)| !list.is_empty())?;
    list.last_mut()?.1 = message;
    Some(())
}

fn refuse_what_is_shown(all: &mut [Asked]) -> Option<()> {
    let asked = all.iter_mut().find(|asked| sent(asked).is_some())?;
    asked.end = Outcome::Failed(Reason::NodeDead);
    Some(())
}

fn send_after_it_is_shown(all: &mut [Asked]) -> Option<()> {
    let (_, message) = list(all, 1)?.first()?.clone();
    let end = all.iter().map(|asked| asked.ended).max()?;
    let is_it = |asked: &&mut Asked| sent(asked).is_some_and(|(_, other, _)| *other == message);
    let asked = all.iter_mut().find(is_it)?;
    (asked.invoked, asked.ended) = (end + 1, end + 2);
    Some(())
}

/// The acknowledged sends to one key, by offset.
fn sends_of_one(all: &[Asked]) -> Option<(LogKey, Vec<(i64, KafkaMessage)>)> {
    let key = keys_of(all).into_iter().next()?;
    let sends = all.iter().filter_map(sent).filter(|(of, ..)| **of == key);
    let mut sends: Vec<_> = sends
        .map(|(_, message, at)| (at, message.clone()))
        .collect();
    sends.sort();
    Some((key, sends))
}

fn lose_a_message(all: &mut [Asked]) -> Option<()> {
    let (key, sends) = sends_of_one(all)?;
    let (_, message) = sends.get(..2)?.first()?;
    hide(all, &key, message);
    Some(())
}

fn lose_the_last_message(all: &mut [Asked]) -> Option<()> {
    let (key, sends) = sends_of_one(all)?;
    let (last, message) = sends.last()?;
    hide(all, &key, message);
    // Those of unknown fate behind it, too.
    for messages in all.iter_mut().filter_map(polled) {
        if let Some(list) = messages.get_mut(&key) {
            list.retain(|(offset, _)| offset < last);
        }
    }
    Some(())
}

fn swap_neighbours(all: &mut [Asked]) -> Option<()> {
    list(all, 2)?.swap(0, 1);
    Some(())
}

fn leave_out_inside(all: &mut [Asked]) -> Option<()> {
    list(all, 3)?.remove(1);
    Some(())
}

fn leave_out_the_first(all: &mut [Asked]) -> Option<()> {
    list(all, 2)?.remove(0);
    Some(())
}

/// The client polls on from there, and is shown the same.
fn show_the_last_again(all: &mut Vec<Asked>) -> Option<()> {
    let is_poll = |asked: &Asked| match asked.reply() {
        Some(KafkaReply::Polled(shown)) => shown.values().any(|list| !list.is_empty()),
        _ => false,
    };
    let place = all.iter().position(is_poll)?;
    let mut again = all.get(place)?.clone();
    let shown = polled(&mut again)?.clone();
    let KafkaRequest::Poll(Some(from)) = &mut again.request else {
        return None;
    };
    for (key, offset) in from {
        let last = shown.get(key).and_then(|list| list.last());
        *offset = last.map_or(*offset, |(last, _)| last + 1);
    }
    again.invoked = again.ended;
    all.insert(place + 1, again);
    Some(())
}

/// A poll that begins behind the start of a log shows one message more before it, to a client that has seen
/// none of them.
fn show_what_was_committed(all: &mut Vec<Asked>) -> Option<()> {
    let end = all.iter().map(|asked| asked.ended).max()?;
    let (key, sends) = sends_of_one(all)?;
    let [before, after] = sends.get(..2)?.to_vec().try_into().ok()?;
    let from = KafkaRequest::Poll(Some([(key.clone(), after.0)].into()));
    let shown = KafkaReply::Polled([(key, vec![before])].into());
    let last = all.last()?.clone();
    all.push(Asked {
        // A node of its own, as the harness has a session for each.
        client: 9,
        request: from,
        invoked: end + 1,
        ended: end + 2,
        end: Outcome::Ok(Reply::Kafka(shown)),
        ..last
    });
    Some(())
}

fn show_another_key(all: &mut [Asked]) -> Option<()> {
    let list = list(all, 1)?.clone();
    polls(all).next()?.insert("other".into(), list);
    Some(())
}

fn swap_offsets_of_a_client(all: &mut [Asked]) -> Option<()> {
    for first in 0..all.len() {
        let Some((key, _, low)) = sent(&all[first]) else {
            continue;
        };
        for second in first + 1..all.len() {
            if all[second].client != all[first].client {
                continue;
            }
            match (&all[second].end, sent(&all[second])) {
                (Outcome::Unknown(_), _) => break,
                (_, Some((other, _, high))) if other == key => {
                    set_offset(&mut all[first], high)?;
                    return set_offset(&mut all[second], low);
                }
                _ => {}
            }
        }
    }
    None
}

fn fill_a_gap(all: &mut [Asked]) -> Option<()> {
    let polls = all.iter().filter_map(|asked| match asked.reply() {
        Some(KafkaReply::Polled(messages)) => Some((asked.ended, messages.clone())),
        _ => None,
    });
    for (ended, messages) in polls.collect::<Vec<_>>() {
        for (key, list) in messages {
            let Some((offset, _)) = list.last() else {
                continue;
            };
            let is_later = |asked: &Asked| {
                asked.invoked > ended && sent(asked).is_some_and(|(other, ..)| *other == key)
            };
            if let Some(place) = all.iter().position(is_later) {
                let message = sent(&all[place])?.1.clone();
                hide(all, &key, &message);
                return set_offset(&mut all[place], offset - 1);
            }
        }
    }
    None
}

fn give_a_negative_offset(all: &mut [Asked]) -> Option<()> {
    let place = all.iter().position(|asked| sent(asked).is_some())?;
    set_offset(&mut all[place], -1)
}

fn listed(all: &mut [Asked], phase: Phase) -> Option<&mut Offsets> {
    let mut listed = all.iter_mut().filter(|asked| asked.phase == phase);
    listed.find_map(|asked| match asked.reply_mut()? {
        KafkaReply::Assigned(Some(offsets)) if !offsets.is_empty() => Some(offsets),
        _ => None,
    })
}

fn list_more_than_was_committed(all: &mut [Asked]) -> Option<()> {
    *listed(all, Phase::Load)?.values_mut().next()? += 1_000;
    Some(())
}

fn forget_commits(all: &mut [Asked]) -> Option<()> {
    listed(all, Phase::FinalReads)?.clear();
    Some(())
}

fn list_what_was_never_committed(all: &mut [Asked]) -> Option<()> {
    *listed(all, Phase::FinalReads)?.values_mut().next()? -= 1;
    Some(())
}
