//! Every cause: when it is found, when it isn't, and what comes before what.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that can't go on fails"
)]

use std::time::Duration;

use harness::case::mode::ExitMode;
use harness::case::played::PlayedServices;
use harness::case::{expected, input};
use harness::diagnosis::{Diagnosis, Evidence, diagnose, diagnose_fatal};
use harness::judge::{CaseVerdict, Note, notes};
use harness::matching::actual;
use harness::process::exit::Exit;
use harness::transcript::{Ending, InVain, Transcript};

const INPUT: &str = r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1","n2"]}}
{"src":"c1","dest":"n1","body":{"type":"topology","msg_id":2,"topology":{"n1":["n3"]}}}
{"src":"c1","dest":"n1","body":{"type":"read","msg_id":3}}
"#;

const EXPECTED: &str = r#"{"src":"n1","dest":"c0","body":{"type":"init_ok","in_reply_to":1,"msg_id":0}}
{"src":"n1","dest":"c1","body":{"type":"topology_ok","in_reply_to":2,"msg_id":1}}
{"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":3,"msg_id":2}}
"#;

fn transcript() -> Transcript {
    Transcript {
        sent_line: 3,
        ..Transcript::clean("")
    }
}

fn found(input: &str, expected: &str, stdout: &str, transcript: &Transcript) -> Vec<Diagnosis> {
    let input = input::parse(input.as_bytes()).unwrap();
    let evidence = Evidence {
        steps: &input.steps,
        cluster: input.directives.cluster.as_ref(),
        requests: &input.requests,
        expected: &expected::parse(expected.as_bytes()).unwrap(),
        services: &PlayedServices::default(),
        actual: &actual::lines(stdout.as_bytes(), 1000),
        transcript,
    };
    let found = diagnose(evidence);
    let fatal: Vec<_> = found
        .iter()
        .filter(|cause| cause.facts().kind.fatal)
        .cloned()
        .collect();
    assert_eq!(diagnose_fatal(evidence), fatal);
    found
}

/// The names of the causes and their lines, in order.
fn names(found: &[Diagnosis]) -> Vec<String> {
    let name = |diagnosis: &Diagnosis| {
        let text = format!("{diagnosis:?}");
        let name = text.split([' ', '{']).next().unwrap().to_owned();
        let place = [" line: ", " request: "].iter().find_map(|field| {
            let (_, rest) = text.split_once(field)?;
            rest.split([',', ' ', '}']).next().map(str::to_owned)
        });
        place.map_or(name.clone(), |place| format!("{name} {place}"))
    };
    found.iter().map(name).collect()
}

#[track_caller]
fn check_all(input: &str, expected: &str, stdout: &str, transcript: &Transcript, causes: &[&str]) {
    let found = found(input, expected, stdout, transcript);
    assert_eq!(names(&found), causes, "{stdout}\n{found:#?}");
}

#[track_caller]
fn check(stdout: &str, causes: &[&str]) {
    check_all(INPUT, EXPECTED, stdout, &transcript(), causes);
}

/// The expected lines with one replaced.
fn with(line: usize, text: &str) -> String {
    let mut lines: Vec<_> = EXPECTED.lines().collect();
    lines[line - 1] = text;
    lines.join("\n") + "\n"
}

/// The expected lines and one more.
fn and(text: &str) -> String {
    format!("{EXPECTED}{text}\n")
}

#[test]
fn a_right_answer_has_no_cause() {
    check(EXPECTED, &[]);
}

#[test]
fn lines_that_are_no_message() {
    for text in [
        "log line",
        "",
        "  ",
        "{'src':'n1'}",
        "{ src: 1 }",
        "{\"a\":True}",
        "{\"a\":",
        "{\"a\":}",
        "\u{feff}{}",
    ] {
        check(&format!("{text}\n{EXPECTED}"), &["NotJson 1"]);
    }
    check(&and("{\"src\":"), &["NotJson 4"]);
    check(&and("42"), &["NoEnvelope 4"]);
    check(
        &and(r#"{"dest":"c1","body":{"type":"x"}}"#),
        &["NoEnvelope 4"],
    );
    check(
        &and(r#"{"src":1,"dest":"c1","body":{"type":"x"}}"#),
        &["NoEnvelope 4"],
    );
    check(
        &and(r#"{"src":"n1","dest":"c1","body":"{}"}"#),
        &["NoEnvelope 4"],
    );
    check(
        &and(r#"{"src":"n1","dest":"c1","body":{}}"#),
        &["NoEnvelope 4"],
    );
}

#[test]
fn envelopes_that_maelstrom_refuses_are_diagnosed_in_right_answers_too() {
    let first = r#"{"src":"n1","dest":"c0","body":{"type":"init_ok","in_reply_to":1,"msg_id":0}}"#;
    assert!(EXPECTED.starts_with(first));
    for (written, causes) in [
        (
            first.replace(r#"{"src""#, r#"{"src":"n2","src""#),
            vec!["Malformed 1"],
        ),
        (
            first.replace(r#""type""#, r#""type":"error","type""#),
            vec!["Malformed 1"],
        ),
        (
            first.replace(r#"{"src""#, r#"{"extra":1,"src""#),
            vec!["Malformed 1"],
        ),
        (
            first.replace(r#"{"src""#, r#"{"id":"1","src""#),
            vec!["Malformed 1"],
        ),
        (first.replace(r#"{"src""#, r#"{"id":1,"src""#), vec![]),
    ] {
        let rest = EXPECTED.strip_prefix(first).unwrap();
        let named = names(&found(
            INPUT,
            EXPECTED,
            &format!("{written}{rest}"),
            &transcript(),
        ));
        let fatal: Vec<_> = named
            .iter()
            .filter(|name| name.starts_with("Malformed"))
            .collect();
        assert_eq!(fatal, causes.iter().collect::<Vec<_>>(), "{written}");
    }
}

#[test]
fn reply_below_a_flood_of_surplus_lines_is_not_denied() {
    let surplus = "{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"more\"}}\n".repeat(1500);
    let (first, reply) = EXPECTED.trim_end().rsplit_once('\n').unwrap();
    let stdout = format!("{first}\n{surplus}{reply}\n");
    let denied = |stdout: &str, transcript: &Transcript| {
        let transcript = Transcript {
            output: stdout.into(),
            ..transcript.clone()
        };
        let found = names(&found(INPUT, EXPECTED, stdout, &transcript));
        found.contains(&"MissingReply 3".to_owned())
    };
    assert!(!denied(&stdout, &transcript()));
    let without = format!("{first}\n{surplus}");
    assert!(denied(&without, &transcript()));
    // What would have come is not known.
    let flooded = Transcript {
        ending: Ending::Flooded { output_max: 9 },
        ..transcript()
    };
    assert!(!denied(&without, &flooded));
}

#[test]
fn line_that_the_bound_cut_is_no_fault_of_its_own() {
    let (first, _) = EXPECTED.split_once('\n').unwrap();
    let stdout = format!("{first}\n{{\"src\":\"n1\",\"dest");
    let with = |ending| {
        let transcript = Transcript {
            output: stdout.clone().into(),
            ending,
            ..transcript()
        };
        names(&found(INPUT, EXPECTED, &stdout, &transcript))
    };
    let is_told = |names: Vec<String>| names.contains(&"NotJson 2".to_owned());
    assert!(!is_told(with(Ending::Flooded { output_max: 9 })));
    assert!(is_told(with(Ending::TimedOut)));
}

#[test]
fn envelopes_that_the_case_itself_shows_are_not_diagnosed() {
    let input =
        r#"{"src":"c1","dest":"n1","body":{"type":"echo","msg_id":3,"echo":{"k":1,"k":2}}}"#;
    let expected = r#"{"id":"x","extra":1,"src":"n1","dest":"c1","body":{"type":"echo_ok","in_reply_to":3,"echo":{"k":2}}}"#;
    let written = expected.replace(r#"{"k":2}"#, r#"{"k":1,"k":2}"#);
    check_all(input, expected, &format!("{written}\n"), &transcript(), &[]);
    let input = input.replace(r#","k":2"#, "");
    check_all(
        &input,
        expected,
        &format!("{written}\n"),
        &transcript(),
        &["Malformed 1"],
    );
}

#[test]
fn lines_that_the_expected_file_shows_are_not_diagnosed() {
    check_all(
        INPUT,
        &and("log line"),
        &and("log line"),
        &transcript(),
        &[],
    );
    check_all(
        INPUT,
        &and("log line"),
        &and("other line"),
        &transcript(),
        &["NotJson 4"],
    );
    check_all(INPUT, "only text", "other text", &transcript(), &[]);
    let bare = r#"{"type":"x"}"#;
    check_all(INPUT, &and(bare), &and(bare), &transcript(), &[]);
}

#[test]
fn guesses_name_what_a_line_may_be() {
    let guess = |text: &str| {
        let found = found(INPUT, EXPECTED, text, &transcript());
        let text = format!("{:?}", found[0]);
        let guess = text.split_once("guess: ").unwrap().1;
        guess.split([',', ' ', '(']).next().unwrap().to_owned()
    };
    assert_eq!(guess("\n"), "Empty");
    assert_eq!(guess("Starting\n"), "LogLine");
    assert_eq!(guess("{}{}\n"), "TwoMessages");
    assert_eq!(guess("{'a': 1}\n"), "PythonDictionary");
    assert_eq!(guess("{ src: 'n1' }\n"), "JavaScriptObject");
    assert_eq!(guess("{\"a\": True}\n"), "PythonWord");
    assert_eq!(guess("{\"a\": NaN}\n"), "PythonWord");
    assert_eq!(guess("\u{feff}{}\n"), "ByteOrderMark");
    assert_eq!(guess("{\n"), "SeveralLines");
    assert_eq!(guess("{\"a\": [1"), "CutShort");
    assert_eq!(guess("{\"a\": 1,}\n"), "BrokenJson");
    assert_eq!(guess(&format!("{}\n", "[".repeat(200))), "TooDeep");
}

#[test]
fn names_and_ids() {
    check(
        &and(r#"{"src":"n2","dest":"c1","body":{"type":"x"}}"#),
        &["ForeignSource 4"],
    );
    check(
        &and(r#"{"src":"n1","dest":"c1","body":{"type":"x","msg_id":1}}"#),
        &["ReusedId 4"],
    );
    check(
        &and(r#"{"src":"n1","dest":"c1","body":{"type":"x","msg_id":1.0}}"#),
        &["ReusedId 4"],
    );
    for bad in ["1.5", "\"1\"", "null", "[]", "true"] {
        let line = format!(r#"{{"src":"n1","dest":"c1","body":{{"type":"x","msg_id":{bad}}}}}"#);
        check(&and(&line), &["BadId 4"]);
        check_all(INPUT, &and(&line), &and(&line), &transcript(), &[]);
    }
    check(
        &and(r#"{"src":"n1","dest":"n9","body":{"type":"x"}}"#),
        &["UnknownDestination 4"],
    );
    for known in ["n2", "n3", "c0"] {
        check(
            &and(&format!(
                r#"{{"src":"n1","dest":"{known}","body":{{"type":"x"}}}}"#
            )),
            &[],
        );
    }
    let without_init = INPUT.lines().skip(1).collect::<Vec<_>>().join("\n");
    let foreign = and(r#"{"src":"n2","dest":"c1","body":{"type":"x"}}"#);
    let causes = [
        "ForeignSource 4",
        "UnknownDestination 1",
        "ReplyToNothing 1",
    ];
    let expected: String = EXPECTED.lines().skip(1).collect::<Vec<_>>().join("\n");
    check_all(&without_init, &expected, &foreign, &transcript(), &causes);
}

#[test]
fn what_the_expected_file_shows_of_names_and_ids_is_not_diagnosed() {
    let reused = r#"{"src":"n1","dest":"c1","body":{"type":"x","msg_id":1}}"#;
    check_all(INPUT, &and(reused), &and(reused), &transcript(), &[]);
    let foreign = r#"{"src":"n2","dest":"n9","body":{"type":"x"}}"#;
    check_all(INPUT, &and(foreign), &and(foreign), &transcript(), &[]);
    let nothing = r#"{"src":"n1","dest":"c1","body":{"type":"x","in_reply_to":99}}"#;
    check_all(INPUT, &and(nothing), &and(nothing), &transcript(), &[]);
}

#[test]
fn answers() {
    check(
        &and(r#"{"src":"n1","dest":"c1","body":{"type":"x","in_reply_to":99}}"#),
        &["ReplyToNothing 4"],
    );
    check(
        &and(r#"{"src":"n1","dest":"c0","body":{"type":"x","in_reply_to":3}}"#),
        &["ReplyToNothing 4"],
    );
    check(
        &and(r#"{"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":3}}"#),
        &["DoubleReply 4"],
    );
    let first_two = EXPECTED.lines().take(2).collect::<Vec<_>>().join("\n");
    check(&first_two, &["MissingReply 3"]);
    check(
        &with(
            3,
            r#"{"src":"n1","dest":"c1","body":{"type":"read_ok","msg_id":2}}"#,
        ),
        &["Unlinked 3"],
    );
    check(
        &with(
            3,
            r#"{"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":"3"}}"#,
        ),
        &["Unlinked 3"],
    );
    check(
        &with(
            3,
            r#"{"src":"n1","dest":"c1","body":{"type":"error","code":13,"text":"boom","in_reply_to":3}}"#,
        ),
        &["ErrorReply 3"],
    );
    // An answer to the node's own message is one to something.
    check(
        &and(r#"{"src":"n1","dest":"n1","body":{"type":"x","in_reply_to":2}}"#),
        &[],
    );
}

#[test]
fn a_request_that_was_not_sent_needs_no_reply() {
    let first_two = EXPECTED.lines().take(2).collect::<Vec<_>>().join("\n");
    let stopped = Transcript {
        sent_line: 2,
        input_closed: false,
        ..transcript()
    };
    check_all(INPUT, EXPECTED, &first_two, &stopped, &["LeftEarly"]);
}

#[test]
fn two_nodes_of_a_cluster_may_answer_the_same_number() {
    let input = "@cluster n0 n1\n\
        {\"src\":\"c1\",\"dest\":\"n0\",\"body\":{\"type\":\"read\",\"msg_id\":1}}\n\
        {\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"read\",\"msg_id\":1}}\n";
    let reply = |node: usize| {
        format!(
            "{{\"src\":\"n{node}\",\"dest\":\"c1\",\"body\":{{\"type\":\"read_ok\",\"in_reply_to\":1}}}}\n"
        )
    };
    let each_once = reply(0) + &reply(1);
    check_all(input, &reply(0), &each_once, &transcript(), &[]);
    let one_twice = each_once + &reply(1);
    check_all(
        input,
        &reply(0),
        &one_twice,
        &transcript(),
        &["DoubleReply 3"],
    );
}

#[test]
fn what_passes_may_be_worth_a_note() {
    let passed = |transcript: &Transcript| notes(transcript, &CaseVerdict::Passed);
    assert_eq!(passed(&Transcript::clean("")), []);
    assert_eq!(passed(&Transcript::clean("{}\n")), []);
    assert_eq!(passed(&Transcript::clean("{}\n{}")), [Note::Unended]);
    let stays = |ending| Transcript {
        ending,
        ..Transcript::clean("{}\n")
    };
    assert_eq!(passed(&stays(Ending::Lingered)), [Note::Lingered]);
    assert_eq!(passed(&stays(Ending::TimedOut)), [Note::Lingered]);
}

#[test]
fn endings() {
    let ending = |ending| Transcript {
        ending,
        ..transcript()
    };
    let check_ending = |transcript: &Transcript, stdout: &str, causes: &[&str]| {
        check_all(INPUT, EXPECTED, stdout, transcript, causes);
    };
    let exited = |input_closed, exit_mode| Transcript {
        input_closed,
        exit_mode,
        ..ending(Ending::Exited(Exit::Status(3)))
    };
    let early = exited(false, ExitMode::Any);
    check_ending(&early, EXPECTED, &["BadExit"]);
    check_ending(&exited(true, ExitMode::Strict), EXPECTED, &["BadExit"]);
    check_ending(&exited(true, ExitMode::Any), EXPECTED, &[]);
    check_ending(&ending(Ending::Exited(Exit::Signal(11))), "", &["BadExit"]);
    check_ending(
        &ending(Ending::Flooded { output_max: 1 }),
        EXPECTED,
        &["Flooded"],
    );
    check_ending(&ending(Ending::TimedOut), EXPECTED, &["TimedOut"]);
    check_ending(&ending(Ending::Lingered), EXPECTED, &[]);
    check_ending(&transcript(), "", &["Silent"]);
    check_ending(&ending(Ending::TimedOut), "", &["TimedOut", "Silent"]);
    let deaf = Transcript {
        unread: Some(7),
        ..ending(Ending::TimedOut)
    };
    check_ending(&deaf, "", &["TimedOut"]);
    let late = Transcript {
        unread: Some(7),
        duration: Duration::from_secs(5),
        ..ending(Ending::Lingered)
    };
    check_ending(&late, EXPECTED, &["TimedOut"]);
    let refused = Transcript {
        input_refused: true,
        ..transcript()
    };
    check_ending(&refused, EXPECTED, &["LeftEarly"]);
    let in_vain = |name: Option<&str>, came_late| Transcript {
        in_vain: Some(InVain {
            line: 2,
            name: name.map(str::to_owned),
            came_late,
            rested: Duration::ZERO,
        }),
        ..transcript()
    };
    check_ending(&in_vain(None, true), EXPECTED, &["NotFlushed(InVain 2"]);
    check_ending(&in_vain(None, false), EXPECTED, &[]);
    let named = EXPECTED.replace("\"msg_id\":1", "\"msg_id\":\"<id:x>\"");
    check_all(
        INPUT,
        &named,
        EXPECTED,
        &in_vain(Some("<id:x>"), false),
        &["HeldBack"],
    );
    check_all(
        INPUT,
        &named,
        EXPECTED,
        &in_vain(Some("<id:x>"), true),
        &["NotFlushed(InVain 2"],
    );
}

#[test]
fn files_that_were_meant_to_be_json() {
    let broken = EXPECTED.replace("\"msg_id\":0}}", "\"msg_id\":0}");
    check_all(
        INPUT,
        &broken,
        EXPECTED,
        &transcript(),
        &["ExpectedNotJson 1"],
    );
    let dots = EXPECTED.replacen('\n', "\n...\n", 1);
    check_all(INPUT, &dots, EXPECTED, &transcript(), &["ExpectedText 2"]);
    // A node may print text between its messages.
    let other = dots.replace("topology_ok", "other_ok");
    check_all(INPUT, &other, &dots, &transcript(), &[]);
    let broken = INPUT.replace("\"msg_id\":3}}", "\"msg_id\":3}");
    let stdout = EXPECTED.lines().take(2).collect::<Vec<_>>().join("\n");
    check_all(
        &broken,
        EXPECTED,
        &stdout,
        &transcript(),
        &["InputNotJson 3"],
    );
}

#[test]
fn what_to_fix_first_comes_first() {
    let crashed = Transcript {
        ending: Ending::Exited(Exit::Status(1)),
        ..transcript()
    };
    let stdout =
        "log line\n{\"src\":\"n2\",\"dest\":\"n9\",\"body\":{\"type\":\"x\",\"in_reply_to\":99}}\n";
    let causes = [
        "BadExit",
        "NotJson 1",
        "ForeignSource 2",
        "UnknownDestination 2",
        "ReplyToNothing 2",
        "MissingReply 1",
    ];
    check_all(INPUT, EXPECTED, stdout, &crashed, &causes);
}

#[test]
fn only_what_no_output_can_excuse_is_fatal() {
    let causes = |stdout: &str, transcript: &Transcript| found(INPUT, EXPECTED, stdout, transcript);
    let fatal = [
        causes(
            EXPECTED,
            &Transcript {
                ending: Ending::Exited(Exit::Status(3)),
                input_closed: false,
                ..transcript()
            },
        ),
        causes(
            EXPECTED,
            &Transcript {
                ending: Ending::TimedOut,
                ..transcript()
            },
        ),
        causes(
            EXPECTED,
            &Transcript {
                input_refused: true,
                ..transcript()
            },
        ),
        causes(&and("log"), &transcript()),
        causes(&and("42"), &transcript()),
        causes(
            &and(r#"{"src":"n2","dest":"c1","body":{"type":"x"}}"#),
            &transcript(),
        ),
        causes(
            &and(r#"{"src":"n1","dest":"c1","body":{"type":"x","msg_id":1}}"#),
            &transcript(),
        ),
    ];
    assert!(
        fatal
            .iter()
            .all(|causes| causes.len() == 1 && causes[0].facts().kind.fatal),
        "{fatal:?}"
    );
    let others = [
        causes(
            &and(r#"{"src":"n1","dest":"n9","body":{"type":"x"}}"#),
            &transcript(),
        ),
        causes(
            &and(r#"{"src":"n1","dest":"c1","body":{"type":"x","in_reply_to":99}}"#),
            &transcript(),
        ),
        causes("", &transcript()),
    ];
    assert!(
        others
            .iter()
            .all(|causes| causes.len() == 1 && !causes[0].facts().kind.fatal),
        "{others:?}"
    );
}

#[test]
fn node_that_waited_for_a_cpu_for_much_of_its_time_is_told_so() {
    let waited = |milliseconds| {
        let transcript = Transcript {
            ending: Ending::TimedOut,
            timeout: Duration::from_secs(1),
            waited: Duration::from_millis(milliseconds),
            ..transcript()
        };
        match found(INPUT, EXPECTED, "", &transcript).first() {
            Some(Diagnosis::TimedOut { waited, .. }) => *waited,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(waited(249), None);
    assert_eq!(waited(250), Some(Duration::from_millis(250)));
}

#[test]
fn reply_that_was_waited_for_in_vain_is_missing_with_the_time_that_it_had() {
    let rested = |line, milliseconds| {
        let in_vain = InVain {
            line,
            name: None,
            came_late: false,
            rested: Duration::from_millis(milliseconds),
        };
        let transcript = Transcript {
            in_vain: Some(in_vain),
            ..transcript()
        };
        let stdout = EXPECTED.lines().take(2).map(|line| line.to_owned() + "\n");
        let stdout: String = stdout.collect();
        let found = found(INPUT, EXPECTED, &stdout, &transcript);
        let missing = found.iter().find_map(|found| match found {
            Diagnosis::MissingReply { rested, .. } => Some(*rested),
            _ => None,
        });
        missing.unwrap()
    };
    assert_eq!(rested(3, 1250), Some(Duration::from_millis(1250)));
    assert_eq!(rested(2, 1250), None, "another one");
    assert_eq!(rested(3, 0), None);
}
