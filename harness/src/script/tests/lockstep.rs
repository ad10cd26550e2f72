//! Cases whose lines wait for each other.

use super::*;

const INIT: &str = r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1}}"#;
const INIT_OK: &str = r#"{"src":"n1","dest":"c0","body":{"type":"init_ok","in_reply_to":1}}"#;

/// A request of `c1` with this number.
fn asks(id: u64) -> String {
    format!(r#"{{"src":"c1","dest":"n1","body":{{"type":"read","msg_id":{id}}}}}"#)
}

fn replies(id: u64) -> String {
    format!(r#"{{"src":"n1","dest":"c1","body":{{"type":"read_ok","in_reply_to":{id}}}}}"#)
}

/// A message to another node.
fn tells(id: u64) -> String {
    format!(r#"{{"src":"n1","dest":"n2","body":{{"type":"news","msg_id":{id}}}}}"#)
}

fn lines(lines: &[&str]) -> String {
    lines.join("\n")
}

fn in_lockstep(mode: MatchMode, case: &Case) -> Script<'_> {
    let pace = PaceMode::Lockstep;
    play(case, |manner| Manner {
        mode,
        pace,
        ..manner
    })
}

fn blessed(case: &Case) -> Script<'_> {
    let (pace, awaited) = (PaceMode::Lockstep, Awaited::EveryReply);
    play(case, |manner| Manner {
        pace,
        awaited,
        ..manner
    })
}

/// What is done at a time: how many lines are sent, and whether stdin is closed.
fn done(script: &mut Script<'_>, now: u64) -> (usize, bool) {
    let mut sent = 0;
    loop {
        match script.next(milliseconds(now)) {
            Some(Action::Send(_)) => sent += 1,
            Some(Action::CloseInput) => return (sent, true),
            Some(Action::Stop(_)) | None => return (sent, false),
        }
    }
}

fn says(script: &mut Script<'_>, now: u64, line: &str) {
    script.heard(milliseconds(now), line.as_bytes());
}

const SENT: (usize, bool) = (1, false);
const NOTHING: (usize, bool) = (0, false);
const CLOSED: (usize, bool) = (0, true);

#[test]
fn each_line_waits_for_the_replies_to_those_before_it_and_the_end_for_all() {
    let input = lines(&[INIT, &asks(2), &asks(3)]);
    let modes = MatchMode::ALL.map(|(_, mode)| mode);
    for mode in modes {
        let case = case(&input, &lines(&[INIT_OK, &replies(2), &replies(3)]));
        let mut script = in_lockstep(mode, &case);
        assert_eq!(done(&mut script, 0), SENT, "{mode:?}");
        says(&mut script, 10, INIT_OK);
        assert_eq!(done(&mut script, 10), SENT);
        says(&mut script, 20, &replies(7));
        assert_eq!(done(&mut script, 20), NOTHING, "another reply");
        says(&mut script, 30, &replies(2));
        assert_eq!(done(&mut script, 30), SENT);
        says(&mut script, 40, &replies(3));
        assert_eq!(done(&mut script, 40), CLOSED, "{mode:?}");
        assert_eq!(script.finish().1, None);
    }
}

#[test]
fn only_what_is_expected_is_waited_for_but_init_ok() {
    let input = lines(&[INIT, &asks(2), &asks(3)]);
    for mode in [MatchMode::Prefix, MatchMode::Contains] {
        let case = case(&input, "");
        let mut script = in_lockstep(mode, &case);
        assert_eq!(done(&mut script, 0), SENT);
        says(&mut script, 10, INIT_OK);
        assert_eq!(done(&mut script, 10), SENT, "{mode:?}");
        // The reply is nobody's concern, but the next line had better not overtake this one.
        look(&mut script, 30, true);
        assert_eq!(done(&mut script, 30), NOTHING, "the node works");
        look(&mut script, 50, false);
        assert_eq!(done(&mut script, 50), (1, true));
    }
    let case = case(&input, "");
    let mut script = in_lockstep(MatchMode::Exact, &case);
    assert_eq!(done(&mut script, 0), SENT);
    look(&mut script, 20, false);
    assert_eq!(
        done(&mut script, 20),
        SENT,
        "nothing comes, not even init_ok"
    );
}

#[test]
fn a_node_that_says_nothing_and_rests_gets_all_the_rest_after_a_second() {
    let case = case(&lines(&[INIT, &asks(2)]), &lines(&[INIT_OK, &replies(2)]));
    let mut script = in_lockstep(MatchMode::Exact, &case);
    assert_eq!(done(&mut script, 0), SENT);
    assert_eq!(script.deadline(), milliseconds(100));
    look(&mut script, 100, false);
    assert_eq!(done(&mut script, 100), NOTHING);
    assert_eq!(script.deadline(), milliseconds(1000));
    look(&mut script, 1000, false);
    assert_eq!(done(&mut script, 1000), (1, true));
    says(&mut script, 1010, INIT_OK);
    says(&mut script, 1010, &replies(2));
    let in_vain = script.finish().1.unwrap();
    assert_eq!(
        (in_vain.line, in_vain.name, in_vain.came_late),
        (1, None, true)
    );
}

#[test]
fn a_node_that_works_or_does_not_read_is_waited_for() {
    let case = case(&lines(&[INIT, &asks(2)]), &lines(&[INIT_OK, &replies(2)]));
    let mut script = in_lockstep(MatchMode::Exact, &case);
    assert_eq!(done(&mut script, 0), SENT);
    for now in (100..4000).step_by(100) {
        look(&mut script, now, true);
        assert_eq!(done(&mut script, now), NOTHING);
    }
    for now in (4000..5000).step_by(100) {
        let (is_delivered, work) = (false, None);
        script.looked(milliseconds(now), Glance { is_delivered, work });
        assert_eq!(done(&mut script, now), NOTHING);
    }
    assert_eq!(script.next(TIMEOUT), Some(Action::Stop(Stop::TimedOut)));
}

#[test]
fn of_a_node_that_answers_only_the_lost_reply_is_given_up() {
    let input = lines(&[INIT, &asks(2), &asks(3), &asks(4)]);
    let case = case(
        &input,
        &lines(&[INIT_OK, &replies(2), &replies(3), &replies(4)]),
    );
    let mut script = in_lockstep(MatchMode::Exact, &case);
    done(&mut script, 0);
    says(&mut script, 0, INIT_OK);
    assert_eq!(done(&mut script, 0), SENT);
    look(&mut script, 125, false);
    look(&mut script, 1250, false);
    assert_eq!(done(&mut script, 1250), SENT, "and the rest in lockstep");
    says(&mut script, 1260, &replies(3));
    assert_eq!(done(&mut script, 1260), SENT);
    says(&mut script, 1270, &replies(4));
    // A message less came than is expected: half as long is waited for it.
    assert_eq!(done(&mut script, 1270), NOTHING);
    look(&mut script, 1340, false);
    look(&mut script, 1900, false);
    assert_eq!(done(&mut script, 1900), CLOSED);
    let in_vain = script.finish().1.unwrap();
    assert_eq!(
        (in_vain.line, in_vain.came_late),
        (2, false),
        "it never came"
    );
    assert_eq!(in_vain.rested, milliseconds(1250));
}

#[test]
fn a_reply_that_comes_only_after_a_later_line_holds_nothing_up() {
    let input = lines(&[INIT, &asks(2), &asks(3)]);
    let case = case(&input, &lines(&[INIT_OK, &replies(3), &replies(2)]));
    let mut script = in_lockstep(MatchMode::Exact, &case);
    done(&mut script, 0);
    says(&mut script, 10, INIT_OK);
    assert_eq!(done(&mut script, 10), (2, false));
    says(&mut script, 20, &replies(3));
    assert_eq!(done(&mut script, 20), NOTHING);
    says(&mut script, 30, &replies(2));
    assert_eq!(done(&mut script, 30), CLOSED);
}

#[test]
fn a_line_that_replies_to_the_node_waits_for_what_it_replies_to_and_for_no_more() {
    let reply = |id| {
        format!(r#"{{"src":"n2","dest":"n1","body":{{"type":"news_ok","in_reply_to":{id}}}}}"#)
    };
    for id in ["7", "\"<id:it>\""] {
        let news = tells(7).replace('7', id);
        let input = lines(&[INIT, &asks(2), &reply(id)]);
        let case = case(&input, &lines(&[INIT_OK, &news, &replies(2)]));
        let mut script = in_lockstep(MatchMode::Exact, &case);
        done(&mut script, 0);
        says(&mut script, 10, INIT_OK);
        assert_eq!(done(&mut script, 10), SENT);
        assert_eq!(done(&mut script, 11), NOTHING, "{id}");
        says(&mut script, 12, &tells(7));
        assert_eq!(
            done(&mut script, 12),
            SENT,
            "though the read isn't answered"
        );
        says(&mut script, 13, &replies(2));
        assert_eq!(done(&mut script, 13), CLOSED);
    }
}

#[test]
fn a_message_before_the_next_reply_is_waited_for_as_long_as_the_node_does_not_rest() {
    let input = lines(&[INIT, &asks(2), &asks(3)]);
    let expected = lines(&[INIT_OK, &replies(2), &tells(9), &replies(3)]);
    for comes in [true, false] {
        let case = case(&input, &expected);
        let mut script = in_lockstep(MatchMode::Exact, &case);
        done(&mut script, 0);
        says(&mut script, 10, INIT_OK);
        done(&mut script, 10);
        says(&mut script, 20, &replies(2));
        assert_eq!(done(&mut script, 20), NOTHING);
        if comes {
            says(&mut script, 25, &tells(9));
            assert_eq!(done(&mut script, 25), SENT);
        } else {
            // It may be the next line that causes it.
            look(&mut script, 40, false);
            assert_eq!(done(&mut script, 40), SENT);
            says(&mut script, 50, &tells(9));
        }
        says(&mut script, 60, &replies(3));
        assert_eq!(done(&mut script, 60), CLOSED);
        assert_eq!(script.finish().1, None);
    }
}

#[test]
fn all_that_a_case_waits_for_a_node_to_rest_has_an_end() {
    let input = lines(&[INIT, "{}", "{}", "{}"]);
    let case = case(&input, INIT_OK);
    let mut script = in_lockstep(MatchMode::Exact, &case);
    done(&mut script, 0);
    says(&mut script, 0, INIT_OK);
    assert_eq!(done(&mut script, 0), SENT);
    for now in (20..500).step_by(20) {
        look(&mut script, now, true);
        assert_eq!(done(&mut script, now), NOTHING);
    }
    assert_eq!(script.deadline(), milliseconds(500));
    assert_eq!(done(&mut script, 500), (2, true));
}

#[test]
fn text_is_waited_for_before_stdin_is_closed() {
    let case = case("a", "x\ny");
    let mut script = in_lockstep(MatchMode::Exact, &case);
    assert_eq!(done(&mut script, 0), SENT);
    says(&mut script, 900, "x");
    look(&mut script, 1000, false);
    assert_eq!(done(&mut script, 1000), NOTHING);
    look(&mut script, 1900, false);
    assert_eq!(done(&mut script, 1900), CLOSED);
    says(&mut script, 1910, "y");
    assert!(script.finish().1.unwrap().came_late);
}

#[test]
fn a_blessed_node_has_time_for_each_reply_and_for_what_it_says_after_it() {
    let mut case = case(&lines(&[INIT, &asks(2)]), "");
    case.expected = None;
    let mut script = blessed(&case);
    assert_eq!(done(&mut script, 0), SENT);
    says(&mut script, 10, INIT_OK);
    assert_eq!(done(&mut script, 10), NOTHING);
    look(&mut script, 30, false);
    assert_eq!(done(&mut script, 30), SENT);
    look(&mut script, 155, false);
    assert_eq!(done(&mut script, 155), NOTHING, "a reply is owed");
    says(&mut script, 200, &replies(2));
    assert_eq!(done(&mut script, 200), NOTHING);
    look(&mut script, 220, true);
    says(&mut script, 230, &tells(3));
    assert_eq!(done(&mut script, 230), NOTHING);
    look(&mut script, 240, false);
    assert_eq!(done(&mut script, 240), CLOSED);
}

#[test]
fn a_request_without_a_reply_costs_a_blessed_node_a_quarter_of_its_time_and_the_next_one_less() {
    let mut case = case(&lines(&[INIT, &asks(2), &asks(3), &asks(4)]), "");
    case.expected = None;
    let mut script = blessed(&case);
    done(&mut script, 0);
    says(&mut script, 0, INIT_OK);
    done(&mut script, 0);
    look(&mut script, 20, false);
    assert_eq!(done(&mut script, 20), SENT);
    look(&mut script, 145, false);
    look(&mut script, 1270, false);
    assert_eq!(done(&mut script, 1270), SENT);
    look(&mut script, 1340, false);
    look(&mut script, 1900, false);
    assert_eq!(done(&mut script, 1900), SENT);
    says(&mut script, 1980, &replies(4));
    assert_eq!(done(&mut script, 1980), NOTHING);
    look(&mut script, 2000, false);
    assert_eq!(done(&mut script, 2000), CLOSED);
}

#[test]
fn an_exit_counts_as_one_after_the_end_where_nothing_more_was_to_be_sent() {
    let case = case(&lines(&[INIT, &asks(2)]), &lines(&[INIT_OK, &replies(2)]));
    for (says_all, is_closed) in [(true, true), (false, false)] {
        let mut script = in_lockstep(MatchMode::Exact, &case);
        done(&mut script, 0);
        says(&mut script, 10, INIT_OK);
        done(&mut script, 10);
        if says_all {
            says(&mut script, 20, &replies(2));
        }
        script.exited(milliseconds(20));
        assert_eq!(script.input_closed(), is_closed);
    }
}
