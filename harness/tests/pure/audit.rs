//! What an audit finds in weak cases, and that it finds nothing in strong ones.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use harness::audit::{Change, Impostor, Weakness, weaknesses};
use harness::case::mode::{MatchMode, MsgIdMode};
use harness::case::settings::CaseSettings;
use harness::case::{Case, CaseFiles, expected, input};
use harness::judge::Trial;
use harness::matching::bindings::KnownIds;
use harness::matching::difference::Rules;
use harness::transcript::Transcript;

const INPUT: &str = r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1","n2"]}}
{"src":"c1","dest":"n1","body":{"type":"add","msg_id":2,"delta":5}}
{"src":"c1","dest":"n1","body":{"type":"read","msg_id":3}}
"#;

const INIT: &str =
    r#"{"src":"n1","dest":"c0","body":{"type":"init_ok","in_reply_to":1,"msg_id":0}}"#;
const ADD: &str = r#"{"src":"n1","dest":"c1","body":{"type":"add_ok","in_reply_to":2,"msg_id":1}}"#;
const READ: &str = r#"{"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":3,"msg_id":2,"value":5,"at":"n1"}}"#;

/// The weaknesses of a case whose node says what `output` says, each as a word or two.
fn found(input_text: &str, expected_text: &str, mode: MatchMode, output: &str) -> Vec<String> {
    let input = input::parse(input_text.as_bytes()).unwrap();
    let expected = expected::parse(expected_text.as_bytes()).unwrap();
    let rules = Rules {
        msg_id: MsgIdMode::Renamed,
        known: KnownIds::of(&input.requests, &expected),
        ..Rules::default()
    };
    let case = Case::new(
        CaseFiles::new("x.in".into()),
        input,
        None,
        CaseSettings::default(),
    );
    let trial = Trial {
        case: &case,
        expected: &expected,
        mode,
        rules: &rules,
    };
    let found = weaknesses(trial, &Transcript::clean(output));
    found.unwrap().iter().map(told).collect()
}

fn told(weakness: &Weakness) -> String {
    match weakness {
        Weakness::Impostor(impostor) => format!("{impostor:?}"),
        Weakness::Change(change, reply) => {
            let line = reply
                .request
                .map_or("text".to_owned(), |line| line.to_string());
            match change {
                Change::Value { path, line: shown } => format!("{line}: {path} {}", shown.unwrap()),
                _ => format!("{line}: {change:?}"),
            }
        }
    }
}

#[track_caller]
fn check(mode: MatchMode, expected: &[&str], wants: &[&str]) {
    let output = [INIT, ADD, READ].join("\n") + "\n";
    let found = found(INPUT, &expected.join("\n"), mode, &output);
    assert_eq!(found, wants, "{mode:?} {expected:?}");
}

#[test]
fn a_case_that_shows_everything_is_strong_in_any_mode() {
    for (_, mode) in MatchMode::ALL {
        check(mode, &[INIT, ADD, READ], &[]);
    }
}

#[test]
fn background_message_may_be_missing_or_say_anything() {
    let input = input::parse(INPUT.as_bytes()).unwrap();
    let expected = expected::parse([INIT, ADD, READ].join("\n").as_bytes()).unwrap();
    let mut rules = Rules {
        known: KnownIds::of(&input.requests, &expected),
        ..Rules::default()
    };
    rules.background.types.add("beat").unwrap();
    let case = Case::new(
        CaseFiles::new("x.in".into()),
        input,
        None,
        CaseSettings::default(),
    );
    let trial = Trial {
        case: &case,
        expected: &expected,
        mode: MatchMode::Exact,
        rules: &rules,
    };
    let beat = READ
        .replace("read_ok", "beat")
        .replace("\"msg_id\":2", "\"msg_id\":9");
    let output = Transcript::clean([INIT, &beat, ADD, READ, ""].join("\n"));
    assert_eq!(weaknesses(trial, &output), Some(Vec::new()));
}

#[test]
fn nodes_that_solve_nothing_pass_weak_cases() {
    use MatchMode::{Contains, Exact, Prefix};
    check(Prefix, &[], &["Silent", "InitOnly", "YesMan", "Echo"]);
    check(Prefix, &[INIT], &["InitOnly", "YesMan"]);
    check(Contains, &[INIT, ADD], &["YesMan"]);
    let input = INPUT.replace("add", "keep");
    let keep = ADD
        .replace("add_ok", "keep_ok")
        .replace("}}", ",\"delta\":5}}");
    let output = format!("{INIT}\n{keep}\n{READ}\n");
    let expected = format!(
        "{}\n{keep}",
        r#"{"src":"n1","dest":"c0","body":{"type":"init_ok","in_reply_to":1,"<...>":"<any>"}}"#
    );
    assert_eq!(found(&input, &expected, Contains, &output), ["Echo"]);
    // Where echoing is the task, a node that echoes is right.
    let echo = |text: &str| text.replace("keep", "echo");
    let (input, output) = (echo(&input), echo(&output));
    let found_there = found(&input, &echo(&expected), Contains, &output);
    assert_eq!(found_there, ["3: Dropped"]);
    let input = "{\"src\":\"n1\",\"dest\":\"n1\",\"body\":{\"type\":\"x\"}}";
    assert_eq!(found(input, input, Exact, input), ["Mirror"]);
}

#[test]
fn replies_that_nobody_looks_for_may_be_missing() {
    check(MatchMode::Prefix, &[INIT, ADD, READ], &[]);
    let with_value =
        r#"{"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":3,"value":5,"at":"n1"}}"#;
    check(MatchMode::Contains, &[INIT, with_value], &["2: Dropped"]);
}

#[test]
fn values_that_may_be_anything_are_named() {
    let any = |old: &str, new: &str| READ.replace(old, new);
    let exact = |read: &str, wants: &[&str]| check(MatchMode::Exact, &[INIT, ADD, read], wants);
    exact(&any(":5", ":\"<any>\""), &["3: body.value 3"]);
    exact(&any(":5", ":\"<any:x>\""), &["3: body.value 3"]);
    exact(&any("\"n1\"}", "\"<any>\"}"), &["3: body.at 3"]);
    exact(&any(":5", ":\"<int>\""), &["3: body.value 3"]);
    exact(&any(":5", ":\"<int 5..>\""), &[]);
    exact(&any("\"n1\"}", "\"<string>\"}"), &["3: body.at 3"]);
    exact(&any("\"n1\"}", "\"<re:1>\"}"), &[]);
    exact(&any("\"c1\"", "\"<any>\""), &["3: dest 3"]);
    exact(&any("\"read_ok\"", "\"<string>\""), &["3: body.type 3"]);
    exact(&any("to\":3", "to\":\"<int>\""), &["3: body.in_reply_to 3"]);
    // Further keys are left open in so many words.
    exact(&any(",\"at\":\"n1\"", ",\"<...>\":\"<any>\""), &[]);
}

#[test]
fn the_words_of_an_error_are_free_and_its_code_is_not() {
    let error = READ
        .replace("\"read_ok\"", "\"error\"")
        .replace(":5", ":5,\"code\":11,\"text\":\"no\"");
    let output = [INIT, ADD, &error].join("\n");
    let shown = |code: &str| {
        let shown = error.replace("\"no\"", "\"<string>\"").replace(":11", code);
        found(
            INPUT,
            &[INIT, ADD, &shown].join("\n"),
            MatchMode::Exact,
            &output,
        )
    };
    assert_eq!(shown(":11"), [""; 0]);
    assert_eq!(shown(":\"<int>\""), ["3: body.code 3"]);
}

#[test]
fn order_counts_unless_the_mode_says_otherwise() {
    check(MatchMode::Unordered, &[READ, ADD, INIT], &[]);
}

#[test]
fn text_is_audited_too() {
    let input = "add 5\nread\n";
    let output = "ok\nfive\n";
    assert_eq!(found(input, output, MatchMode::Exact, output), [""; 0]);
    let found = found(input, "ok\n", MatchMode::Contains, output);
    assert_eq!(found, ["text: Dropped"]);
}

#[test]
fn a_run_that_fails_is_not_audited() {
    let input = input::parse(INPUT.as_bytes()).unwrap();
    let case = Case::new(
        CaseFiles::new("x.in".into()),
        input,
        None,
        CaseSettings::default(),
    );
    let expected = expected::parse(INIT.as_bytes()).unwrap();
    let trial = Trial {
        case: &case,
        expected: &expected,
        mode: MatchMode::Exact,
        rules: &Rules::default(),
    };
    assert_eq!(weaknesses(trial, &Transcript::clean("")), None);
    assert!(weaknesses(trial, &Transcript::clean(INIT)).is_some());
}

#[test]
fn impostors_answer_every_request_and_nothing_else() {
    let replies = r#"{"src":"n2","dest":"n1","body":{"type":"x_ok","in_reply_to":9}}"#;
    let input = input::parse(format!("{INPUT}{replies}\nnot json").as_bytes()).unwrap();
    let lines = |impostor: Impostor| impostor.output(&input.requests).unwrap().lines().count();
    let counts: Vec<_> = Impostor::ALL.into_iter().map(lines).collect();
    assert_eq!(counts, [0, 1, 3, 3, 4]);
}
