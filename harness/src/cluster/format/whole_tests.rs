//! Whole runs in virtual time, written, damaged, and read again: none of them is valid then.

use std::collections::BTreeSet;
use std::time::Duration;

use fastrand::Rng;

use super::history::{HistoryWriter, write_settings};
use super::seal::{Seal, Sum};
use super::stored::{self, StoredFiles, Which};
use super::*;
use crate::cluster::checker::finding::Warning;
use crate::cluster::engine::tests::fake_node::Way;
use crate::cluster::engine::tests::registers::any_register_settings;
use crate::cluster::engine::tests::service_node::Design;
use crate::cluster::engine::tests::services::any_service_settings;
use crate::cluster::engine::tests::store_node::StoreFault;
use crate::cluster::engine::tests::virtual_time::run_watched;
use crate::cluster::engine::tests::{
    any_counter_settings, any_echo_settings, any_id_settings, any_set_settings, any_settings,
};
use crate::cluster::history::{Event, What};
use crate::cluster::journal::Carried;
use crate::cluster::judged::Judged;
use crate::cluster::limit::Limit;
use crate::cluster::recording::Recording;
use crate::cluster::rest::{Kept, RestLine};
use crate::cluster::settings::Settings;
use crate::cluster::workload::figures::WorkloadFigures;
use crate::net::fault::FaultKind;

/// The files of a run: the history without its seal, and the messages.
#[derive(Debug, Clone)]
struct Files {
    history: Vec<u8>,
    messages: Vec<u8>,
}

impl Files {
    fn of(settings: &Settings, way: Way) -> (Self, Recording) {
        let mut writer = HistoryWriter::new(settings);
        let mut files = Self {
            history: Vec::new(),
            messages: Vec::new(),
        };
        write_settings(settings, &mut files.history);
        let recording = run_watched(settings.clone(), way, &mut |events, carried| {
            for event in events {
                writer.write(event, &mut files.history);
            }
            for (one, _) in carried {
                messages::write(one, &mut files.messages);
            }
        });
        (files, recording)
    }

    fn sealed(&self) -> Vec<u8> {
        let seal = Seal {
            history: Sum::of(&self.history),
            messages: Sum::of(&self.messages),
        };
        let mut history = self.history.clone();
        seal.write(&mut history);
        history
    }
}

fn lines(file: &[u8]) -> Vec<&[u8]> {
    file.split_inclusive(|byte| *byte == b'\n').collect()
}

type Read = Result<StoredFiles, (Which, FormatError)>;

fn is_valid(read: Read) -> bool {
    read.is_ok_and(|stored| {
        let is_whole = stored.is_whole;
        let recording =
            Recording::replay(stored.settings, stored.events, stored.carried, stored.rest);
        let judged = if is_whole {
            Judged::of(recording, Limit::NONE)
        } else {
            Judged::of_part(recording, Limit::NONE)
        };
        judged.verdict.is_valid()
    })
}

fn valid_run() -> Files {
    let settings = Settings {
        time_limit: Duration::from_secs(2),
        rate: 10.0,
        nodes: crate::cluster::settings::names(3),
        clients: 3,
        recovery: Duration::from_secs(3),
        seed: 3,
        ..Settings::default()
    };
    let (files, _) = Files::of(&settings, Way::Right);
    assert!(is_valid(stored::read(&files.sealed(), &files.messages)));
    files
}

#[test]
fn every_run_agrees_with_itself_and_is_judged_as_when_it_ran() {
    let ways = [
        Way::Right,
        Way::NeverRetries,
        Way::Forgets,
        Way::Crashes,
        Way::EndsLate(1),
        Way::AnswersLate,
    ];
    let broadcast = ways.map(|way| (any_settings as fn(u64) -> Settings, way));
    let echo = [Way::Right, Way::Shouts, Way::AnswersLate, Way::Crashes];
    let echo = echo.map(|way| (any_echo_settings as fn(u64) -> Settings, way));
    let sets = [Way::Right, Way::Forgets, Way::ShowsTwice, Way::AnswersLate];
    let sets = sets.map(|way| (any_set_settings as fn(u64) -> Settings, way));
    let counters = [Way::Right, Way::NoDedup, Way::Invents, Way::AnswersLate];
    let counters = counters.map(|way| (any_counter_settings as fn(u64) -> Settings, way));
    let ids = [Way::Right, Way::NamelessIds, Way::AnswersLate];
    let ids = ids.map(|way| (any_id_settings as fn(u64) -> Settings, way));
    let services = [Design::KeyPerNode, Design::Remembers, Design::AsksForMore].map(Way::Asks);
    let services = services.map(|way| (any_service_settings as fn(u64) -> Settings, way));
    let registers = [StoreFault::None, StoreFault::AsksSeqKv].map(Way::Stores);
    let registers = registers.map(|way| (any_register_settings as fn(u64) -> Settings, way));
    for seed in 1..2 {
        for (settings, way) in broadcast
            .into_iter()
            .chain(echo)
            .chain(sets)
            .chain(ids)
            .chain(counters)
            .chain(services)
            .chain(registers)
        {
            let settings = settings(seed);
            let (files, recording) = Files::of(&settings, way);
            let read = stored::read(&files.sealed(), &files.messages);
            let stored = read.unwrap_or_else(|error| panic!("{seed} {way:?}: {error:?}"));
            let again =
                Recording::replay(stored.settings, stored.events, stored.carried, stored.rest);
            assert_eq!(again.events, recording.events, "{seed} {way:?}");
            let verdict = Judged::of(recording, Limit::NONE).verdict;
            assert_eq!(
                Judged::of(again, Limit::NONE).verdict,
                verdict,
                "{seed} {way:?}"
            );
        }
    }
}

#[test]
fn what_is_cut_off_at_a_line_end_is_never_valid() {
    let files = valid_run();
    let sealed = files.sealed();
    let mut length = 0;
    for line in lines(&sealed) {
        let read = stored::read(&sealed[..length], &files.messages);
        assert!(!is_valid(read), "history of {length} bytes");
        length += line.len();
    }
    length = 0;
    for line in lines(&files.messages) {
        let read = stored::read(&sealed, &files.messages[..length]);
        assert!(!is_valid(read), "{length} bytes of messages");
        length += line.len();
    }
}

#[test]
fn two_runs_in_one_file_and_lines_after_the_last_are_refused() {
    let files = valid_run();
    let sealed = files.sealed();
    let twice = sealed.repeat(2);
    for (history, messages) in [
        (twice, files.messages.clone()),
        (sealed.clone(), files.messages.repeat(2)),
        ([&sealed[..], b"\n"].concat(), files.messages.clone()),
        ([&sealed[..], b"{}\n"].concat(), files.messages.clone()),
        ([&sealed[..], b"x"].concat(), files.messages.clone()),
    ] {
        assert!(stored::read(&history, &messages).is_err());
    }
}

/// A file without one of its lines, or with one twice, or with two exchanged.
fn damaged(file: &[u8], at: usize, how: usize) -> Vec<u8> {
    let mut lines = lines(file);
    match how {
        0 => drop(lines.remove(at)),
        1 => lines.insert(at, lines[at]),
        _ => {
            let other = (at + 1) % lines.len();
            lines.swap(at, other);
        }
    }
    lines.concat()
}

#[test]
fn a_line_taken_out_doubled_or_moved_is_seen_by_the_checksum() {
    let files = valid_run();
    let sealed = files.sealed();
    let mut random = Rng::with_seed(1);
    for how in 0..3 {
        for _ in 0..20 {
            let at = random.usize(..lines(&sealed).len());
            let read = stored::read(&damaged(&sealed, at, how), &files.messages);
            assert!(!is_valid(read), "history, line {at}, {how}");
            let at = random.usize(..lines(&files.messages).len());
            let read = stored::read(&sealed, &damaged(&files.messages, at, how));
            assert!(!is_valid(read), "messages, line {at}, {how}");
        }
    }
}

/// The same history with the numbers of its lines put right.
fn numbered(history: &[u8]) -> Vec<u8> {
    let mut index = 0;
    let lines = lines(history).into_iter().map(|line| {
        let Some((_, rest)) = str::from_utf8(line).unwrap().split_once(",\"time\"") else {
            return line.to_vec();
        };
        index += 1;
        format!("{{\"index\":{},\"time\"{rest}", index - 1).into_bytes()
    });
    lines.collect::<Vec<_>>().concat()
}

#[test]
fn it_is_seen_even_where_the_file_is_sealed_again() {
    let files = valid_run();
    for how in 0..3 {
        let count = lines(&files.history).len();
        // Without its end a run goes on, and its settings say nothing of it.
        for at in 0..count - 1 {
            let changed = Files {
                history: numbered(&damaged(&files.history, at, how)),
                ..files.clone()
            };
            let read = stored::read(&changed.sealed(), &changed.messages);
            assert!(!is_valid(read), "history, line {at} of {count}, {how}");
        }
        for at in 0..lines(&files.messages).len() {
            let messages = damaged(&files.messages, at, how);
            let changed = Files {
                messages,
                ..files.clone()
            };
            let read = stored::read(&changed.sealed(), &changed.messages);
            assert!(read.is_err(), "messages, line {at}, {how}");
        }
    }
}

/// Which problem a changed history or changed messages have, with a new seal.
#[track_caller]
fn contradicts(files: &Files, from: &str, to: &str, wanted: &Contradiction) {
    let change = |file: &[u8]| {
        let text = String::from_utf8(file.to_vec()).unwrap();
        text.replacen(from, to, 1).into_bytes()
    };
    let changed = Files {
        history: change(&files.history),
        messages: change(&files.messages),
    };
    let read = stored::read(&changed.sealed(), &changed.messages);
    let Err((_, FormatError::Contradicts { what, .. })) = read else {
        panic!("{from}: {read:?}");
    };
    assert_eq!(what, *wanted, "{from}");
}

#[test]
fn what_cannot_have_been_is_named() {
    let files = valid_run();
    for (from, to, wanted) in [
        (
            r#""type":"phase","phase":"load""#,
            r#""type":"phase","phase":"set-up""#,
            Contradiction::PhaseOrder,
        ),
        (
            r#""index":1,"#,
            r#""index":2,"#,
            Contradiction::IndexOrder(2),
        ),
        (
            r#""type":"invoke","f":"broadcast","value":0,"#,
            r#""type":"invoke","f":"broadcast","value":1,"#,
            Contradiction::ValueOrder(1),
        ),
        (
            r#""dest":{"node":1},"fate":"delivered""#,
            r#""dest":{"node":1},"fate":{"cut":1}"#,
            Contradiction::NotDropped(1),
        ),
        (
            r#""type":"broadcast_ok","values":[]"#,
            r#""type":"read_ok","values":[]"#,
            Contradiction::OtherMessage,
        ),
        (
            r#""type":"broadcast","values":[0]"#,
            r#""type":"broadcast","values":[]"#,
            Contradiction::NotAsked,
        ),
    ] {
        contradicts(&files, from, to, &wanted);
    }
}

#[test]
fn an_acknowledgement_needs_a_request_and_an_answer() {
    let files = valid_run();
    let text = String::from_utf8(files.messages.clone()).unwrap();
    let answer = text
        .lines()
        .position(|line| line.contains("\"type\":\"broadcast_ok\""));
    let mut all: Vec<_> = text.lines().collect();
    let line = all.remove(answer.unwrap()).to_owned();
    let id = |line: &str| {
        let rest = line.strip_prefix("{\"id\":").unwrap();
        rest.split(',').next().unwrap().parse::<u64>().unwrap()
    };
    // Where no number is missing, the answer is.
    let last = all.iter().map(|line| id(line)).max().unwrap();
    let others = all.iter().map(|other| {
        other.replacen(
            &format!("{{\"id\":{last},"),
            &format!("{{\"id\":{},", id(&line)),
            1,
        )
    });
    let messages: String = others.map(|line| line + "\n").collect();
    let changed = Files {
        messages: messages.into_bytes(),
        ..files
    };
    let read = stored::read(&changed.sealed(), &changed.messages);
    let Err((Which::Messages, FormatError::Incomplete(Incomplete::Answer(_)))) = read else {
        panic!("{read:?}");
    };
}

#[test]
fn a_checksum_is_that_of_the_algorithm() {
    // From the tables of the algorithm's authors.
    let seal = |bytes: &[u8]| {
        let mut out = Vec::new();
        let (history, messages) = (Sum::of(bytes), Sum::default());
        Seal { history, messages }.write(&mut out);
        String::from_utf8(out).unwrap()
    };
    assert!(seal(b"foobar").contains(r#""lines":0,"checksum":9625390261332436968"#));
    assert!(seal(b"").contains(r#""checksum":14695981039346656037"#));
    let words: BTreeSet<_> = (0..1000)
        .map(|n| seal(format!("{n}\n").as_bytes()))
        .collect();
    assert_eq!(words.len(), 1000);
}

/// The same run, of which so many bytes of messages are written down: its files, and its recording.
fn with_room(settings: &Settings, way: Way, room: usize) -> (Files, Recording) {
    let (whole, _) = Files::of(settings, way);
    let stored = stored::read(&whole.sealed(), &whole.messages).unwrap();
    let mut recording = Recording::with_room(settings.clone(), room);
    let mut messages = Vec::new();
    let mut events = stored.events.into_iter().peekable();
    for carried in stored.carried {
        while let Some(event) = events.next_if(|event| event.time <= carried.settled) {
            recording.event(event);
        }
        match recording.carried(&carried) {
            Kept::Whole => messages::write(&carried, &mut messages),
            Kept::Counted => {}
            Kept::Arrival(values) => {
                let line = Vec::new();
                let arrival = Carried {
                    values,
                    line,
                    ..carried
                };
                messages::write_rest(&RestLine::Arrival(arrival), &mut messages);
            }
        }
    }
    events.for_each(|event| recording.event(event));
    for line in recording.rest_lines() {
        messages::write_rest(&line, &mut messages);
    }
    let history = whole.history;
    (Files { history, messages }, recording)
}

#[test]
fn a_run_with_more_messages_than_are_kept_is_judged_as_if_all_were() {
    // What is sent again is looked for among messages that are written down.
    let of_files =
        |warning: &Warning| matches!(warning, Warning::LeftOut(_) | Warning::Resent { .. });
    for seed in 0..4 {
        for way in [Way::Right, Way::NeverRetries, Way::Forgets] {
            let mut settings = any_settings(seed);
            settings.duplicate = 0.2;
            settings.nemesis = FaultKind::ALL.to_vec();
            let (_, whole) = Files::of(&settings, way);
            let (files, recording) = with_room(&settings, way, 10_000);
            let left_out = recording.rest.messages();
            assert!(left_out > 0, "{seed} {way:?}");
            let stored = stored::read(&files.sealed(), &files.messages).unwrap();
            assert!(stored.carried.len() < 100, "{}", stored.carried.len());
            let again =
                Recording::replay(stored.settings, stored.events, stored.carried, stored.rest);
            assert_eq!(again.traffic.purposes(), whole.traffic.purposes());
            assert_eq!(again.traffic.fates(), whole.traffic.fates());
            assert_eq!(again.traffic.copies(), whole.traffic.copies());
            assert!(again.traffic.streams().eq(whole.traffic.streams()));
            let mut all = Judged::of(whole, Limit::NONE).verdict;
            let live = Judged::of(recording, Limit::NONE).verdict;
            let mut found = Judged::of(again, Limit::NONE).verdict;
            assert_eq!(found, live, "{seed} {way:?}");
            assert!(found.warnings.contains(&Warning::LeftOut(left_out)));
            found.warnings.retain(|warning| !of_files(warning));
            all.warnings.retain(|warning| !of_files(warning));
            assert_eq!(found, all, "{seed} {way:?}");
        }
    }
}

#[test]
fn a_late_reply_stands_in_the_files_and_counts() {
    let settings = Settings {
        client_timeout: Duration::from_millis(250),
        ..any_id_settings(1)
    };
    let (files, recording) = Files::of(&settings, Way::AnswersLate);
    let late = |event: &&Event| matches!(event.what, What::Late { .. });
    let count = recording.events.iter().filter(late).count();
    assert!(count > 5, "{count}");
    let stored = stored::read(&files.sealed(), &files.messages).unwrap();
    assert_eq!(stored.events, recording.events);
    let verdict = Judged::of(recording, Limit::NONE).verdict;
    let Some(WorkloadFigures::Id(figures)) = &verdict.figures.replies else {
        panic!("{:?}", verdict.figures.replies);
    };
    assert!(figures.given >= verdict.figures.ok + count, "{figures:?}");
    let text = String::from_utf8(files.history.clone()).unwrap();
    let one = text
        .lines()
        .find(|line| line.contains(r#""late""#))
        .unwrap();
    let twice = text.replacen(one, &format!("{one}\n{one}"), 1);
    assert!(stored::read(twice.as_bytes(), &files.messages).is_err());
}
