//! A node's run, told moment by moment.

use std::sync::LazyLock;

use super::*;
use crate::case::settings::CaseSettings;
use crate::case::{CaseFiles, expected, input};

const PING: &str = r#"{"src":"c1","dest":"n1","body":{"type":"ping","msg_id":1}}"#;
const PONG: &str = r#"{"src":"n1","dest":"c1","body":{"type":"pong","in_reply_to":1}}"#;

fn case(input_text: &str, expected_text: &str) -> Case {
    let input = input::parse(input_text.as_bytes()).unwrap();
    Case::new(
        CaseFiles::new("x.in".into()),
        input,
        Some(expected::parse(expected_text.as_bytes()).unwrap()),
        CaseSettings::default(),
    )
}

fn start(case: &Case, timeout: Duration) -> Script<'_> {
    play(case, |manner| Manner { timeout, ..manner })
}

/// At once, unless it is said otherwise: what is sent then waits for nothing.
fn play(case: &Case, manner: impl Fn(Manner) -> Manner) -> Script<'_> {
    static RULES: LazyLock<Rules> = LazyLock::new(Rules::default);
    let all_at_once = Manner {
        mode: MatchMode::Exact,
        pace: PaceMode::AllAtOnce,
        awaited: Awaited::Expected,
        timeout: TIMEOUT,
    };
    Script::new(case, &RULES, manner(all_at_once))
}

fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// The node has read everything and does nothing, or works.
fn look(script: &mut Script<'_>, now: u64, wants_more: bool) {
    let now = milliseconds(now);
    assert!(script.asks_for_look(now), "at {now:?}");
    let is_delivered = true;
    let work = Some((Duration::ZERO, wants_more));
    script.looked(now, Glance { is_delivered, work });
}

const TIMEOUT: Duration = Duration::from_secs(5);

fn sends(script: &mut Script<'_>, now: Duration) -> bool {
    matches!(script.next(now), Some(Action::Send(_)))
}

mod lockstep;

#[test]
fn everything_is_sent_at_once_and_then_the_input_is_closed() {
    let case = case(&format!("{PING}\n{PING}"), PONG);
    let mut script = start(&case, TIMEOUT);
    assert!(sends(&mut script, Duration::ZERO));
    assert!(sends(&mut script, Duration::ZERO));
    assert_eq!(script.next(Duration::ZERO), Some(Action::CloseInput));
    assert_eq!(script.next(Duration::ZERO), None);
    assert_eq!(script.deadline(), TIMEOUT);
}

#[test]
fn a_sleep_begins_when_what_came_before_it_is_answered() {
    let case = case(&format!("{PING}\n@sleep 600ms\n{PING}"), PONG);
    let mut script = start(&case, TIMEOUT);
    assert!(sends(&mut script, Duration::ZERO));
    assert_eq!(script.next(milliseconds(20)), None, "not yet answered");
    assert_eq!(script.deadline(), milliseconds(100), "to look at the node");
    script.heard(milliseconds(290), PONG.as_bytes());
    assert_eq!(script.next(milliseconds(290)), None, "not yet read");
    assert!(script.awaits_delivery());
    script.delivered();
    assert_eq!(script.next(milliseconds(300)), None, "asleep");
    assert_eq!(script.deadline(), milliseconds(900));
    assert_eq!(script.next(milliseconds(899)), None);
    assert!(sends(&mut script, milliseconds(900)));
}

#[test]
fn a_sleep_does_not_wait_for_ever_for_an_answer_nor_for_one_that_nobody_promised() {
    let unanswered = case(&format!("{PING}\n@sleep 1ms\n{PING}"), PONG);
    let mut script = start(&unanswered, TIMEOUT);
    assert!(sends(&mut script, Duration::ZERO));
    assert_eq!(script.next(milliseconds(0)), None);
    look(&mut script, 100, false);
    assert_eq!(script.next(milliseconds(999)), None);
    look(&mut script, 1000, false);
    script.delivered();
    assert_eq!(script.next(milliseconds(1000)), None, "asleep");
    assert!(sends(&mut script, milliseconds(1001)));

    let unpromised = case(&format!("{PING}\n@sleep 1ms\n{PING}"), "");
    let mut script = start(&unpromised, TIMEOUT);
    assert!(sends(&mut script, Duration::ZERO));
    script.delivered();
    assert_eq!(script.next(Duration::ZERO), None);
    assert!(sends(&mut script, milliseconds(1)));
}

#[test]
fn a_sleep_after_the_last_message_waits_before_stdin_is_closed() {
    let case = case(&format!("{PING}\n@sleep 600ms"), PONG);
    let mut script = start(&case, TIMEOUT);
    assert!(sends(&mut script, Duration::ZERO));
    script.heard(milliseconds(10), PONG.as_bytes());
    script.delivered();
    assert_eq!(script.next(milliseconds(10)), None, "asleep");
    assert_eq!(script.next(milliseconds(609)), None);
    assert_eq!(script.next(milliseconds(610)), Some(Action::CloseInput));
}

#[test]
fn a_node_that_said_it_all_has_a_moment_to_exit() {
    let case = case(PING, PONG);
    let mut script = start(&case, TIMEOUT);
    while script.next(Duration::ZERO).is_some() {}
    script.heard(milliseconds(100), PONG.as_bytes());
    assert_eq!(script.deadline(), milliseconds(600));
    assert_eq!(script.next(milliseconds(599)), None);
    assert_eq!(
        script.next(milliseconds(600)),
        Some(Action::Stop(Stop::Lingered))
    );
}

#[test]
fn where_any_more_may_come_the_last_answer_is_the_last_of_all() {
    let second = [PING, PONG].map(|line| line.replace(":1}", ":2}"));
    let input = format!("{PING}\n{}", second[0]);
    let said = r#"{"src":"n1","dest":"n2","body":{"type":"news"}}"#;
    for (expected, lingers) in [
        (format!("{PONG}\n{}", second[1]), Some(700)),
        (second[1].clone(), Some(700)),
        (PONG.to_owned(), Some(700)),
        // What else would come, nobody knows.
        (format!("{PONG}\n{said}"), None),
        (format!("{PONG}\n{PONG}"), None),
    ] {
        let case = case(&input, &expected);
        let mode = MatchMode::Contains;
        let mut script = play(&case, |manner| Manner { mode, ..manner });
        while script.next(Duration::ZERO).is_some() {}
        for (now, line) in [(50, said), (100, PONG), (200, &second[1])] {
            script.heard(milliseconds(now), line.as_bytes());
        }
        let end = lingers.map_or(TIMEOUT, milliseconds);
        assert_eq!(script.deadline(), end, "{expected}");
        let stop = lingers.map_or(Stop::TimedOut, |_| Stop::Lingered);
        assert_eq!(script.next(end), Some(Action::Stop(stop)), "{expected}");
    }
}

#[test]
fn where_every_answer_is_wanted_it_is_waited_for() {
    let second = [PING, PONG].map(|line| line.replace(":1}", ":2}"));
    let input = format!("{PING}\n{}", second[0]);
    let case = case(&input, PONG);
    let awaited = Awaited::EveryReply;
    let mut script = play(&case, |manner| Manner { awaited, ..manner });
    while script.next(Duration::ZERO).is_some() {}
    script.heard(milliseconds(100), PONG.as_bytes());
    assert_eq!(script.deadline(), TIMEOUT);
    script.heard(milliseconds(3000), second[1].as_bytes());
    assert_eq!(script.deadline(), milliseconds(3500));
    let mut script = play(&case, |manner| Manner { awaited, ..manner });
    while script.next(Duration::ZERO).is_some() {}
    script.heard(milliseconds(100), PONG.as_bytes());
    let stop = script.next(TIMEOUT);
    assert_eq!(
        stop,
        Some(Action::Stop(Stop::Lingered)),
        "it owes nothing that is expected"
    );
}

const BEAT: &str = r#"{"src":"n1","dest":"n2","body":{"type":"beat","in_reply_to":1}}"#;

fn beats() -> Rules {
    let mut rules = Rules::default();
    rules.background.types.add("beat").unwrap();
    rules
}

#[test]
fn background_messages_are_no_expected_lines_and_prolong_nothing() {
    let (rules, case) = (beats(), case(PING, PONG));
    let manner = Manner {
        mode: MatchMode::Exact,
        pace: PaceMode::AllAtOnce,
        awaited: Awaited::Expected,
        timeout: TIMEOUT,
    };
    for mode in [MatchMode::Exact, MatchMode::Prefix, MatchMode::Contains] {
        let mut script = Script::new(&case, &rules, Manner { mode, ..manner });
        while script.next(Duration::ZERO).is_some() {}
        let to_client = BEAT.replace("n2", "c1");
        for line in [BEAT, &to_client] {
            assert!(script.listens());
            script.heard(milliseconds(50), line.as_bytes());
        }
        assert_eq!(
            script.deadline(),
            TIMEOUT,
            "{mode:?}: the reply is still owed"
        );
        script.heard(milliseconds(100), PONG.as_bytes());
        for now in [200, 400, 599] {
            script.heard(milliseconds(now), BEAT.as_bytes());
        }
        let end = milliseconds(600);
        assert_eq!(
            script.next(end),
            Some(Action::Stop(Stop::Lingered)),
            "{mode:?}"
        );
    }
}

#[test]
fn background_reply_is_not_waited_for_by_a_run_that_wants_every_reply() {
    let mut rules = beats();
    rules.background.types.add("ping_ok").unwrap();
    let second = [PING, PONG].map(|line| line.replace(":1}", ":2}").replace("ping", "other"));
    let case = case(&format!("{PING}\n{}", second[0]), "");
    let manner = Manner {
        mode: MatchMode::Exact,
        pace: PaceMode::Lockstep,
        awaited: Awaited::EveryReply,
        timeout: TIMEOUT,
    };
    let mut script = Script::new(&case, &rules, manner);
    assert!(sends(&mut script, Duration::ZERO));
    assert_eq!(script.wait(), Some(Wait::Calm), "nothing is owed");
}

#[test]
fn a_node_that_others_hold_up_has_another_moment_until_it_had_its_turn() {
    let case = case(PING, PONG);
    // What it has worked, and whether it goes on; when it is taken for one that stays.
    for (works, ends) in [
        (
            &[(900, 40, true), (1400, 289, true), (1900, 290, true)][..],
            1900,
        ),
        (&[(900, 40, true), (1400, 290, true)], 1400),
        (&[(900, 40, true), (1400, 41, false)], 1400),
        (&[(900, 40, false)], 900),
    ] {
        let mut script = start(&case, TIMEOUT);
        while script.next(Duration::ZERO).is_some() {}
        script.heard(milliseconds(400), PONG.as_bytes());
        assert!(!script.asks_for_look(milliseconds(899)));
        for (now, time, wants_more) in works {
            let now = milliseconds(*now);
            assert!(script.asks_for_look(now));
            let work = Some((milliseconds(*time), *wants_more));
            let is_delivered = true;
            script.looked(now, Glance { is_delivered, work });
            let stop = (now == milliseconds(ends)).then_some(Action::Stop(Stop::Lingered));
            assert_eq!(script.next(now), stop, "{works:?} at {now:?}");
        }
    }
    let mut script = start(&case, milliseconds(1000));
    while script.next(Duration::ZERO).is_some() {}
    script.heard(milliseconds(400), PONG.as_bytes());
    look(&mut script, 900, true);
    assert_eq!(script.next(milliseconds(900)), None);
    assert_eq!(script.deadline(), milliseconds(1000), "but not for ever");
    let stop = script.next(milliseconds(1000));
    assert_eq!(stop, Some(Action::Stop(Stop::Lingered)));
}

#[test]
fn a_node_that_owes_something_has_until_the_timeout() {
    let case = case(PING, PONG);
    let mut script = start(&case, TIMEOUT);
    while script.next(Duration::ZERO).is_some() {}
    assert_eq!(script.next(milliseconds(4999)), None);
    assert_eq!(script.next(TIMEOUT), Some(Action::Stop(Stop::TimedOut)));
}

#[test]
fn a_node_that_closed_its_output_owes_nothing_more() {
    let case = case(PING, PONG);
    let mut script = start(&case, TIMEOUT);
    while script.next(Duration::ZERO).is_some() {}
    script.output_ended(milliseconds(50));
    assert_eq!(
        script.next(milliseconds(550)),
        Some(Action::Stop(Stop::Lingered))
    );
}

#[test]
fn a_node_that_should_say_nothing_is_not_taken_for_done_before_it_began() {
    let case = case(PING, "");
    let mut script = start(&case, TIMEOUT);
    while script.next(Duration::ZERO).is_some() {}
    assert_eq!(script.next(milliseconds(4999)), None);
    assert_eq!(script.next(TIMEOUT), Some(Action::Stop(Stop::Lingered)));
}

#[test]
fn a_short_timeout_is_no_timeout_for_a_node_that_said_it_all() {
    let case = case(PING, PONG);
    let mut script = start(&case, milliseconds(200));
    while script.next(Duration::ZERO).is_some() {}
    script.heard(milliseconds(100), PONG.as_bytes());
    assert_eq!(
        script.next(milliseconds(200)),
        Some(Action::Stop(Stop::Lingered))
    );
}

const REPLY: &str = r#"{"src":"c1","dest":"n1","body":{"type":"x","in_reply_to":"<id:ping>"}}"#;
const BINDS: &str = r#"{"src":"n1","dest":"c1","body":{"type":"pong","msg_id":"<id:ping>"}}"#;

#[test]
fn a_message_is_held_back_until_its_name_is_said() {
    let case = case(&format!("{PING}\n{REPLY}\n{PING}"), BINDS);
    let mut script = start(&case, TIMEOUT);
    assert!(sends(&mut script, Duration::ZERO));
    assert_eq!(script.next(milliseconds(1)), None, "held back");
    assert_eq!(script.deadline(), milliseconds(250), "to look at the node");
    script.heard(
        milliseconds(40),
        br#"{"src":"n1","dest":"c2","body":{"type":"pong","msg_id":6}}"#,
    );
    assert_eq!(script.next(milliseconds(40)), None, "not the one");
    script.heard(
        milliseconds(50),
        br#"{"src":"n1","dest":"c1","body":{"type":"pong","msg_id":7}}"#,
    );
    let Some(Action::Send(bytes)) = script.next(milliseconds(50)) else {
        panic!("it goes out");
    };
    let sent = REPLY.replace("\"<id:ping>\"", "7") + "\n";
    assert_eq!(String::from_utf8_lossy(&bytes), sent);
    assert!(sends(&mut script, milliseconds(50)), "and so does the next");
    assert_eq!(script.next(milliseconds(50)), Some(Action::CloseInput));
    let (names, in_vain) = script.finish();
    assert_eq!(names.get("ping"), Some(&7.into()));
    assert_eq!(in_vain, None);
}

#[test]
fn what_is_never_said_ends_the_wait_and_what_is_said_at_the_end_was_not_flushed() {
    for (said, came_late) in [
        ("", false),
        (
            r#"{"src":"n1","dest":"c1","body":{"type":"pong","msg_id":7}}"#,
            true,
        ),
    ] {
        let case = case(&format!("{PING}\n{REPLY}"), BINDS);
        let mut script = start(&case, TIMEOUT);
        assert!(sends(&mut script, Duration::ZERO));
        assert_eq!(script.next(Duration::ZERO), None);
        look(&mut script, 250, false);
        assert_eq!(script.next(milliseconds(2499)), None);
        look(&mut script, 2500, false);
        assert_eq!(script.next(milliseconds(2500)), Some(Action::CloseInput));
        script.heard(milliseconds(2600), said.as_bytes());
        let name = Some("<id:ping>".to_owned());
        assert_eq!(
            script.finish().1,
            Some(InVain {
                line: 2,
                name,
                came_late,
                rested: Duration::ZERO,
            })
        );
    }
}
