//! What reaches nodes of a cluster while they are set up, and how its lines follow each other.

use super::*;

const FORWARD: &str = "\"type\":\"forward\",\"msg_id\":7";

#[test]
fn before_its_first_init_ok_a_node_gets_nothing_but_init_and_then_what_was_held_back() {
    let rules = Rules::default();
    let case = case(TWO, READ, READ_OK);
    let mut run = Run::of(&case, &rules);
    run.at(0);
    run.answers(0, "c0", "init_ok", 1);
    run.says(0, "n1", FORWARD);
    assert_eq!(run.at(1), ["0 gets topology #3"]);
    run.answers(0, "c0", "topology_ok", 3);
    assert_eq!(run.at(500), [""; 0]);
    run.answers(1, "c0", "init_ok", 2);
    assert_eq!(run.at(501), ["1 gets topology #4", "1 gets forward #7"]);
}

#[test]
fn before_its_init_ok_after_a_restart_a_node_misses_what_is_sent_to_it() {
    let rules = Rules::default();
    let case = case(TWO, &format!("{READ}\n@restart n1\n{READ}"), READ_OK);
    let mut run = Run::of(&case, &rules);
    run.set_up();
    run.answers(0, "c1", "read_ok", 1);
    assert_eq!(run.at(10), ["kill 1", "start 1", "1 gets init #5"]);
    run.says(0, "n1", FORWARD);
    assert_eq!(run.at(11), [""; 0]);
    run.answers(1, "c0", "init_ok", 5);
    assert_eq!(run.at(12), ["1 gets topology #6"]);
    run.says(0, "n1", FORWARD);
    assert_eq!(run.at(13), ["1 gets forward #7"]);
}

#[test]
fn bad_line_in_place_of_init_ok_ends_the_case_at_once() {
    let rules = Rules::default();
    let case = case(TWO, READ, READ_OK);
    let mut run = Run::of(&case, &rules);
    run.at(0);
    run.script.heard(run.now, 1, b"listening");
    run.at(1);
    assert_eq!(run.script.ending(), Some(Ending::Failed));
    let mishaps = run.script.finish().mishaps;
    assert!(matches!(&mishaps[..], [Mishap::Broke { node, .. }] if node == "n1"));
}

#[test]
fn without_a_topology_a_node_gets_no_such_message() {
    let rules = Rules::default();
    let case = case("@cluster n0 n1 --topology none", READ, READ_OK);
    let mut run = Run::of(&case, &rules);
    run.at(0);
    run.answers(0, "c0", "init_ok", 1);
    assert_eq!(run.at(1), [""; 0]);
    run.answers(1, "c0", "init_ok", 2);
    assert_eq!(run.at(2), ["0 gets read #1"]);
    run.answers(0, "c1", "read_ok", 1);
    run.at(3);
    assert_eq!(run.script.ending(), Some(Ending::Done));
}

#[test]
fn where_all_is_sent_at_once_no_line_waits_for_another() {
    let rules = Rules::default();
    let case = case(
        TWO,
        &format!("{READ}\n{NEXT}"),
        &format!("{READ_OK}\n{NEXT_OK}"),
    );
    let mut run = Run::with(&case, &rules, PaceMode::AllAtOnce, Awaited::Expected);
    assert_eq!(run.set_up(), ["0 gets read #1", "1 gets next #2"]);
    run.answers(1, "c1", "next_ok", 2);
    run.at(10);
    assert_eq!(
        run.script.ending(),
        None,
        "the case waits for what it expects"
    );
}

#[test]
fn a_blessed_cluster_has_time_for_a_reply_that_was_not_expected_so_far() {
    let rules = Rules::default();
    let case = case(TWO, &format!("{READ}\n{NEXT}"), NEXT_OK);
    let mut run = Run::with(&case, &rules, PaceMode::Lockstep, Awaited::EveryReply);
    assert_eq!(run.set_up(), ["0 gets read #1"]);
    run.answers(0, "c1", "read_ok", 1);
    assert_eq!(run.at(20), ["1 gets next #2"]);
    assert_eq!(run.at(900), [""; 0]);
    assert_eq!(run.script.ending(), None);
    run.answers(1, "c1", "next_ok", 2);
    run.at(910);
    assert_eq!(run.script.ending(), Some(Ending::Done));
}

#[test]
fn a_sleep_after_the_last_message_comes_before_the_end() {
    let rules = Rules::default();
    let case = case(TWO, &format!("{READ}\n@sleep 300ms"), READ_OK);
    let mut run = Run::of(&case, &rules);
    run.set_up();
    run.answers(0, "c1", "read_ok", 1);
    run.at(10);
    assert_eq!(run.script.ending(), None);
    run.at(309);
    assert_eq!(run.script.ending(), None);
    run.at(310);
    assert_eq!(run.script.ending(), Some(Ending::Done));
}
