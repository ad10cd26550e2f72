//! The picture of a failing exchange: when there is one, what is in it, and how it looks.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that can't go on fails"
)]

use harness::case::background::Background;
use harness::case::mode::MatchMode;
use harness::case::settings::CaseSettings;
use harness::case::{Case, CaseFiles, expected, input};
use harness::judge::{CaseVerdict, Trial};
use harness::matching::bindings::KnownIds;
use harness::matching::difference::Rules;
use harness::report::diagram::lines;
use harness::transcript::Transcript;

/// The picture of a run, 80 columns wide; empty if there is none.
fn drawn(mode: MatchMode, input_text: &str, expected_text: &str, output: &str) -> String {
    drawn_of(mode, input_text, expected_text, &Transcript::clean(output))
}

fn drawn_of(
    mode: MatchMode,
    input_text: &str,
    expected_text: &str,
    transcript: &Transcript,
) -> String {
    drawn_with(
        Background::default(),
        mode,
        input_text,
        expected_text,
        transcript,
    )
}

fn drawn_with(
    background: Background,
    mode: MatchMode,
    input_text: &str,
    expected_text: &str,
    transcript: &Transcript,
) -> String {
    let input = input::parse(input_text.as_bytes()).unwrap();
    let expected = expected::parse(expected_text.as_bytes()).unwrap();
    let case = Case::new(
        CaseFiles::new("x.in".into()),
        input,
        None,
        CaseSettings::default(),
    );
    let rules = Rules {
        known: KnownIds::of(&case.requests, &expected),
        background,
        ..Rules::default()
    };
    let trial = Trial {
        case: &case,
        expected: &expected,
        mode,
        rules: &rules,
    };
    let CaseVerdict::Failed(failure) = trial.judge(transcript) else {
        panic!("it passes");
    };
    let Some(diagram) = failure.diagram else {
        return String::new();
    };
    let lines: Vec<_> = lines(&diagram, 80)
        .into_iter()
        .map(|line| line.text)
        .collect();
    lines.join("\n")
}

const INPUT: &str = r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1","n2"]}}
{"src":"c1","dest":"n1","body":{"type":"broadcast","msg_id":2,"message":7}}
{"src":"n2","dest":"n1","body":{"type":"broadcast_ack","in_reply_to":"<id:fwd>"}}
{"src":"c1","dest":"n1","body":{"type":"read","msg_id":3}}
"#;

const EXPECTED: &str = r#"{"src":"n1","dest":"c0","body":{"type":"init_ok","in_reply_to":1}}
{"src":"n1","dest":"c1","body":{"type":"broadcast_ok","in_reply_to":2}}
{"src":"n1","dest":"n2","body":{"type":"broadcast","message":7,"msg_id":"<id:fwd>"}}
{"src":"n1","dest":"c1","body":{"type":"read_ok","messages":[7],"in_reply_to":3}}
"#;

fn said() -> String {
    EXPECTED.replace("\"<id:fwd>\"", "5")
}

#[track_caller]
fn check(mode: MatchMode, output: &str, wants: &str) {
    assert_eq!(
        drawn(mode, INPUT, EXPECTED, output),
        wants.trim_start_matches('\n')
    );
}

#[test]
fn a_wrong_message_is_marked_in_its_place() {
    check(
        MatchMode::Exact,
        &said().replace("[7]", "[]"),
        r"
... 2 messages
  c1 -- broadcast #2 message=7 --> n1                                   in 2
  c1 <-- broadcast_ok to #2 ------ n1                                   stdout 2
                                   n1 -- broadcast #5 message=7 --> n2  stdout 3
                                   n1 <-- broadcast_ack ----------- n2  in 3
  c1 -- read #3 -----------------> n1                                   in 4
! c1 <-- read_ok to #3 message… -- n1                                   stdout 4",
    );
}

#[test]
fn a_message_that_never_came_is_drawn_where_it_should_stand() {
    let lost = |line: usize| {
        let said = said();
        let kept = said.lines().enumerate().filter(|(at, _)| at + 1 != line);
        let kept: Vec<_> = kept.map(|(_, line)| line.to_owned() + "\n").collect();
        kept.concat()
    };
    check(
        MatchMode::Exact,
        &lost(4),
        r"
... 2 messages
  c1 -- broadcast #2 message=7 --> n1                                   in 2
  c1 <-- broadcast_ok to #2 ------ n1                                   stdout 2
                                   n1 -- broadcast #5 message=7 --> n2  stdout 3
                                   n1 <-- broadcast_ack ----------- n2  in 3
  c1 -- read #3 -----------------> n1                                   in 4
! c1 <.. read_ok to #3 message… .. n1                                   missing 4",
    );
    check(
        MatchMode::Contains,
        &lost(2),
        r#"
  c0 -- init #1 node_id="n1" … --> n1                                   in 1
  c0 <-- init_ok to #1 ----------- n1                                   stdout 1
                                   n1 -- broadcast #5 message=7 --> n2  stdout 2
  c1 -- broadcast #2 message=7 --> n1                                   in 2
! c1 <.. broadcast_ok to #2 ...... n1                                   missing 2
                                   n1 <-- broadcast_ack ----------- n2  in 3
  c1 -- read #3 -----------------> n1                                   in 4
... 1 message"#,
    );
    check(
        MatchMode::Unordered,
        &lost(3),
        r#"
  c0 -- init #1 node_id="n1" no… --> n1                                in 1
  c0 <-- init_ok to #1 ------------- n1                                stdout 1
  c1 -- broadcast #2 message=7 ----> n1                                in 2
  c1 <-- broadcast_ok to #2 -------- n1                                stdout 2
!                                    n1 .. broadcast message=7 ..> n2  missing 3
                                     n1 <-- broadcast_ack -------- n2  in 3
  c1 -- read #3 -------------------> n1                                in 4
... 1 message"#,
    );
}

#[test]
fn what_was_never_sent_is_not_drawn_as_sent() {
    let said = said();
    let transcript = Transcript {
        sent_line: 2,
        ..Transcript::clean(said.lines().take(2).collect::<Vec<_>>().join("\n"))
    };
    assert_eq!(
        drawn_of(MatchMode::Exact, INPUT, EXPECTED, &transcript),
        r#"
  c0 -- init #1 node_id="n1" no… --> n1                                in 1
  c0 <-- init_ok to #1 ------------- n1                                stdout 1
  c1 -- broadcast #2 message=7 ----> n1                                in 2
  c1 <-- broadcast_ok to #2 -------- n1                                stdout 2
!                                    n1 .. broadcast message=7 ..> n2  missing 3
                                     n1 <.. broadcast_ack ........ n2  unsent 3
  c1 .. read #3 ...................> n1                                unsent 4"#
            .trim_start_matches('\n')
    );
}

#[test]
fn a_message_that_came_late_is_marked_where_it_came() {
    let said = said();
    let lines: Vec<_> = said.lines().collect();
    let [init, broadcast, forward, read] = lines[..] else {
        panic!("{said}");
    };
    check(
        MatchMode::Exact,
        &[init, forward, broadcast, read].join("\n"),
        r#"
  c0 -- init #1 node_id="n1" … --> n1                                   in 1
  c0 <-- init_ok to #1 ----------- n1                                   stdout 1
                                   n1 -- broadcast #5 message=7 --> n2  stdout 2
  c1 -- broadcast #2 message=7 --> n1                                   in 2
! c1 <-- broadcast_ok to #2 ------ n1                                   stdout 3
                                   n1 <-- broadcast_ack ----------- n2  in 3
  c1 -- read #3 -----------------> n1                                   in 4
... 1 message"#,
    );
}

#[test]
fn a_line_that_is_no_message_goes_to_nobody_and_hostile_names_do_nothing() {
    check(
        MatchMode::Exact,
        &format!("Starting \u{1b}[31m n1\n{}", said()),
        r#"
! ?  <-- Starting \u{1b}[31m n1 ---------------- n1  stdout 1
  c0 -- init #1 node_id="n1" node_ids=["n1"… --> n1  in 1
  c0 <-- init_ok to #1 ------------------------- n1  stdout 2
... 6 messages"#,
    );
    check(
        MatchMode::Exact,
        &said().replace("\"c1\"", "\"\u{1b}[2Jc1 with a long name\\n\""),
        r#"
  c0 -- init #1 node_id="n1" … --> n1                                   in 1
  c0 <-- init_ok to #1 ----------- n1                                   stdout 1
! ?  <-- {"src":"n1","dest":"\… -- n1                                   stdout 2
                                   n1 -- broadcast #5 message=7 --> n2  stdout 3
  ?  <-- {"src":"n1","dest":"\… -- n1                                   stdout 4
... 3 messages"#,
    );
}

#[test]
fn replies_of_a_service_stand_behind_what_it_was_asked() {
    let input = r#"{"src":"c1","dest":"n1","body":{"type":"add","msg_id":2,"delta":3}}
{"src":"c1","dest":"n1","body":{"type":"read","msg_id":3}}
"#;
    let said = r#"{"src":"n1","dest":"seq-kv","body":{"type":"read","key":"sum","msg_id":1}}
{"src":"n1","dest":"seq-kv","body":{"type":"write","key":"sum","value":3,"msg_id":2}}
{"src":"n1","dest":"c1","body":{"type":"add_ok","in_reply_to":2}}
{"src":"n1","dest":"seq-kv","body":{"type":"read","key":"sum","msg_id":3}}
{"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":3,"value":4}}
"#;
    let expected = r#"{"src":"n1","dest":"c1","body":{"type":"add_ok","in_reply_to":2}}
{"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":3,"value":3}}
"#;
    let mut background = Background::default();
    background.services.add("seq-kv").unwrap();
    let transcript = Transcript::clean(said);
    let drawn = drawn_with(background, MatchMode::Exact, input, expected, &transcript);
    let wants = r#"
... 4 messages
                                 n1 <-- write_ok to #2 -------- seq-kv
  c1 <-- add_ok to #2 ---------- n1                                     stdout 3
  c1 -- read #3 ---------------> n1                                     in 2
                                 n1 -- read #3 key="sum" -----> seq-kv  stdout 4
                                 n1 <-- read_ok to #3 value… -- seq-kv
! c1 <-- read_ok to #3 value… -- n1                                     stdout 5"#;
    assert_eq!(drawn, wants.trim_start_matches('\n'));
}

#[test]
fn a_small_exchange_needs_no_picture() {
    let asked =
        |id: usize| format!(r#"{{"src":"c1","dest":"n1","body":{{"type":"x","msg_id":{id}}}}}"#);
    let reply = |id: usize| {
        format!(r#"{{"src":"n1","dest":"c1","body":{{"type":"x_ok","in_reply_to":{id}}}}}"#)
    };
    let drawn = |count: usize, said: &str| {
        let input: Vec<_> = (1..=count).map(asked).collect();
        let expected: Vec<_> = (1..=count).map(reply).collect();
        drawn(
            MatchMode::Exact,
            &input.join("\n"),
            &expected.join("\n"),
            said,
        )
    };
    assert_eq!(drawn(1, ""), "");
    assert_eq!(drawn(2, &reply(1).replace("x_ok", "y_ok")), "");
    assert_ne!(drawn(4, &reply(1)), "", "five messages");
    assert_ne!(drawn(1, &reply(1).replace("c1", "c2")), "", "two parties");
}

#[test]
fn a_long_exchange_shows_the_request_of_the_wrong_reply() {
    let lines = |make: &dyn Fn(usize) -> String| {
        (1..=50)
            .map(|id| make(id) + "\n")
            .collect::<Vec<_>>()
            .concat()
    };
    let input =
        lines(&|id| format!(r#"{{"src":"c1","dest":"n1","body":{{"type":"x","msg_id":{id}}}}}"#));
    let reply = |id: usize| {
        format!(r#"{{"src":"n1","dest":"c1","body":{{"type":"x_ok","in_reply_to":{id}}}}}"#)
    };
    // The first request is answered last, and wrongly.
    let expected = lines(&|line| reply(line % 50 + 1));
    let said = expected.replace(&reply(1), &reply(1).replace("x_ok", "y_ok"));
    assert_eq!(
        drawn(MatchMode::Exact, &input, &expected, &said),
        "  c1 -- x #1 ---------> n1  in 1
... 93 messages
  c1 <-- x_ok to #48 -- n1  stdout 47
  c1 -- x #49 --------> n1  in 49
  c1 <-- x_ok to #49 -- n1  stdout 48
  c1 -- x #50 --------> n1  in 50
  c1 <-- x_ok to #50 -- n1  stdout 49
! c1 <-- y_ok to #1 --- n1  stdout 50"
    );
}

#[test]
fn what_was_done_to_a_cluster_stands_between_the_messages() {
    let send = |client: &str, node: &str, id: u32| {
        format!(
            "{{\"src\":\"{client}\",\"dest\":\"{node}\",\"body\":{{\"type\":\"x\",\"msg_id\":{id}}}}}\n"
        )
    };
    let answer = |client: &str, node: &str, id: u32| {
        format!(
            "{{\"src\":\"{node}\",\"dest\":\"{client}\",\"body\":{{\"type\":\"x_ok\",\"in_reply_to\":{id}}}}}\n"
        )
    };
    let input = [
        "@cluster n0 n1 n2\n@cut n0  ->  n1\n".to_owned(),
        send("c1", "n0", 1),
        "@loss 0.5\n@sleep 1s\n@kill n1\n".to_owned(),
        send("c1", "n0", 2),
        send("c1", "n2", 3),
        "@heal\n".to_owned(),
        send("c1", "n2", 4),
    ];
    let said = [
        answer("c1", "n0", 1),
        answer("c1", "n0", 2),
        answer("c1", "n2", 3),
    ];
    let expected = said.concat() + &answer("c1", "n2", 4);
    let drawn = drawn(
        MatchMode::Exact,
        &input.concat(),
        &expected,
        &(said.concat() + &answer("c2", "n2", 4)),
    );
    let wants = r"
... 1 message
  @cut n0 -> n1
  c1 <-- x_ok to #1 -- n0  stdout 1
  @loss 0.5
  @kill n1
  c1 -- x #2 --------> n0  in 7
  c1 <-- x_ok to #2 -- n0  stdout 2
  c1 -- x #3 --------> n2  in 8
  c1 <-- x_ok to #3 -- n2  stdout 3
! c2 <-- x_ok to #4 -- n2  stdout 4
  @heal
  c1 -- x #4 --------> n2  in 10";
    assert_eq!(drawn, wants.trim_start_matches('\n'));
}
