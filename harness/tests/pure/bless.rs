//! What blessing writes: a file that the same run passes, and that keeps what still matches.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on fails"
)]

use harness::bless::{BlessRefused, Blessing, Run, bless};
use harness::case::mode::{MatchMode, MsgIdMode};
use harness::case::settings::Settings;
use harness::case::{Case, CaseFiles, expected, input};
use harness::judge::{Trial, Verdict};
use harness::matching::bindings::KnownIds;
use harness::matching::difference::Rules;
use harness::transcript::{Ending, Transcript};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

// No init: the node may play more than one part.
const INPUT: &str = r#"{"src":"c0","dest":"n1","body":{"type":"read","msg_id":1}}
{"src":"c1","dest":"n1","body":{"type":"read","msg_id":2}}
{"src":"c1","dest":"n2","body":{"type":"read","msg_id":3}}
"#;

struct Setting {
    input: String,
    old: Option<String>,
    mode: MatchMode,
    msg_id: MsgIdMode,
    transcript: Transcript,
}

impl Setting {
    fn new(old: Option<&str>, output: &str) -> Self {
        Self {
            input: INPUT.to_owned(),
            old: old.map(str::to_owned),
            mode: MatchMode::Exact,
            msg_id: MsgIdMode::Renamed,
            transcript: Transcript::clean(output),
        }
    }

    fn case(&self, expected_text: Option<&str>) -> (Case, Rules) {
        let input = input::parse(self.input.as_bytes()).unwrap();
        let expected = expected_text.map(|text| expected::parse(text.as_bytes()).unwrap());
        let rules = Rules {
            msg_id: self.msg_id,
            known: KnownIds::of(&input.requests, expected.as_deref().unwrap_or_default()),
            ..Rules::default()
        };
        let case = Case::new(
            CaseFiles::new("x.in".into()),
            input,
            expected,
            Settings::default(),
        );
        (case, rules)
    }

    fn bless(&self) -> Result<Blessing, BlessRefused> {
        let (case, rules) = self.case(self.old.as_deref());
        bless(Run {
            case: &case,
            old: self.old.as_deref().zip(case.expected.as_deref()),
            mode: self.mode,
            msg_id: self.msg_id,
            ignored: &rules.ignored,
            transcript: &self.transcript,
            adds_missing: false,
        })
    }

    /// Whether the same run passes with this `.expected`.
    fn passes(&self, text: &str) -> bool {
        let (case, rules) = self.case(Some(text));
        let expected = case.expected.as_deref().unwrap();
        let trial = Trial {
            case: &case,
            expected,
            mode: self.mode,
            rules: &rules,
        };
        let passes = trial.passes(&self.transcript);
        let judged = matches!(trial.judge(&self.transcript), Verdict::Passed);
        assert_eq!(judged, passes, "one verdict, with or without its reasons");
        passes
    }
}

#[track_caller]
fn check(setting: &Setting, wants: &str) {
    match setting.bless() {
        Ok(Blessing::Changed(text)) => {
            assert_eq!(text, wants);
            assert!(setting.passes(&text), "{text}");
        }
        other => panic!("{other:?}"),
    }
}

const READ: &str = r#"{"src":"n1","dest":"c1","body":{"type":"read_ok","messages":[1,2],"in_reply_to":2,"msg_id":41}}"#;
const MORE: &str = r#"{"src":"n1","dest":"c1","body":{"type":"read_ok","messages":[1,2],"in_reply_to":3,"msg_id":40}}"#;

#[test]
fn a_new_file_shows_every_message_numbered_from_0_spaced_as_the_course_does() {
    check(
        &Setting::new(None, &format!("{READ}\n{MORE}\n")),
        r#"{"src": "n1", "dest": "c1", "body": {"type": "read_ok", "messages": [1, 2], "in_reply_to": 2, "msg_id": 0}}
{"src": "n1", "dest": "c1", "body": {"type": "read_ok", "messages": [1, 2], "in_reply_to": 3, "msg_id": 1}}
"#,
    );
    let silent = Setting::new(None, "").bless();
    assert_eq!(
        silent,
        Err(BlessRefused::Silent),
        "any silent node would pass"
    );
    let mut nothing_asked = Setting::new(None, "");
    nothing_asked.input = INPUT.replace("msg_id", "other");
    check(&nothing_asked, "");
}

#[test]
fn an_answer_without_an_envelope_means_a_request_of_the_input() {
    let said = "{\"type\":\"a_ok\",\"in_reply_to\":2}\n{\"type\":\"b_ok\",\"in_reply_to\":3,\"msg_id\":2}\n";
    let wants = "{\"type\":\"a_ok\",\"in_reply_to\":2}\n{\"type\":\"b_ok\",\"in_reply_to\":3,\"msg_id\":0}\n";
    check(&Setting::new(Some("{\"type\":\"x\"}\n"), said), wants);
}

#[test]
fn what_agrees_is_not_touched() {
    let old = "# said so\n{\"body\": {\"in_reply_to\":2, \"messages\": [\"<int>\",2], \"type\":\"read_ok\"}, \"dest\":\"c1\",\"src\":\"n1\"}\n";
    assert_eq!(
        Setting::new(Some(old), READ).bless(),
        Ok(Blessing::Unchanged)
    );
}

#[test]
fn placeholders_that_still_match_comments_and_lines_that_agree_stay() {
    let old = r#"# The whole file

# first
{"src":"n1","dest":"c1","body":{"type":"<string>","messages":["<int 1..>","<int 9..>"],"in_reply_to":2}}

# second
{"src":"n1", "dest":"c1", "body":{"type":"read_ok","messages":["<unordered>",2,"<int>"],"in_reply_to":3}}
# third
{"src":"n1","dest":"c9","body":{"type":"gone","msg_id":7}}
# the end
"#;
    let wants = r#"# The whole file

# first
{"src":"n1","dest":"c1","body":{"type":"<string>","messages":["<int 1..>",2],"in_reply_to":2}}

# second
{"src":"n1", "dest":"c1", "body":{"type":"read_ok","messages":["<unordered>",2,"<int>"],"in_reply_to":3}}
# third
# the end
"#;
    check(
        &Setting::new(Some(old), &format!("{READ}\n{MORE}\n")),
        wants,
    );
    // And where the messages change places, their comments go with them.
    let wants = r#"# The whole file


# second
{"src":"n1", "dest":"c1", "body":{"type":"read_ok","messages":["<unordered>",2,"<int>"],"in_reply_to":3}}
# first
{"src":"n1","dest":"c1","body":{"type":"<string>","messages":["<int 1..>",2],"in_reply_to":2}}
# third
# the end
"#;
    check(
        &Setting::new(Some(old), &format!("{MORE}\n{READ}\n")),
        wants,
    );
}

#[test]
fn open_objects_stay_open_and_what_looks_like_a_placeholder_is_written_out() {
    let open = r#"{"src":"n1","dest":"c1","body":{"type":"x","in_reply_to":2,"a":"<=b>","<...>":"<int>"}}"#;
    let said = r#"{"src":"n1","dest":"c1","body":{"type":"y","in_reply_to":2,"a":"<b>","c":1,"d":"<d>","e":["<unordered>"]}}"#;
    let wants = r#"{"src":"n1","dest":"c1","body":{"type":"y","in_reply_to":2,"a":"<=b>","<...>":"<int>","d":"<=d>","e":["<=unordered>"]}}"#;
    check(&Setting::new(Some(open), said), &format!("{wants}\n"));
}

#[test]
fn names_stay_where_they_hold() {
    let old = r#"{"src":"n1","dest":"n2","body":{"type":"a","v":"<any:v>","msg_id":"<id:x>"}}
{"src":"n1","dest":"n3","body":{"type":"b","v":"<any:v>","msg_id":5}}
"#;
    let said = |other: i64| {
        format!(
            "{}\n{}\n",
            json!({"src":"n1","dest":"n2","body":{"type":"a","v":7,"msg_id":30}}),
            json!({"src":"n1","dest":"n3","body":{"type":"b","v":other,"w":1,"msg_id":31}})
        )
    };
    let wants = |other: &str| {
        format!(
            "{}\n{{\"src\":\"n1\",\"dest\":\"n3\",\"body\":{{\"type\":\"b\",\"v\":{other},\"msg_id\":0,\"w\":1}}}}\n",
            old.lines().next().unwrap()
        )
    };
    check(&Setting::new(Some(old), &said(7)), &wants("\"<any:v>\""));
    check(&Setting::new(Some(old), &said(8)), &wants("8"));
}

#[test]
fn each_mode_shows_what_it_did_before() {
    let line = |to: u32, v: u32| {
        format!(r#"{{"src":"n1","dest":"c1","body":{{"type":"x","in_reply_to":{to},"v":{v}}}}}"#)
    };
    let old = format!("{}\n{}\n", line(2, 0), line(3, 0));
    let said = format!("{}\n{}\n{}\n", line(3, 1), line(1, 1), line(2, 1));
    let blessed = |mode, lines: &[String]| {
        let mut setting = Setting::new(Some(&old), &said);
        setting.mode = mode;
        check(&setting, &(lines.join("\n") + "\n"));
    };
    blessed(MatchMode::Exact, &[line(3, 1), line(1, 1), line(2, 1)]);
    blessed(MatchMode::Unordered, &[line(2, 1), line(3, 1), line(1, 1)]);
    blessed(MatchMode::Prefix, &[line(3, 1), line(1, 1)]);
    blessed(MatchMode::Contains, &[line(3, 1), line(2, 1)]);
}

#[test]
fn ids_count_from_0_for_each_sender_unless_their_numbers_count() {
    let said = r#"{"src":"n1","dest":"n2","body":{"type":"a","msg_id":10}}
{"src":"n2","dest":"n1","body":{"type":"b","msg_id":10,"in_reply_to":10}}
{"src":"n2","dest":"c1","body":{"type":"c","msg_id":12,"in_reply_to":2}}
"#;
    let mut setting = Setting::new(Some("{\"a\":1}"), said);
    let wants = r#"{"src":"n1","dest":"n2","body":{"type":"a","msg_id":0}}
{"src":"n2","dest":"n1","body":{"type":"b","msg_id":0,"in_reply_to":0}}
{"src":"n2","dest":"c1","body":{"type":"c","msg_id":1,"in_reply_to":2}}
"#;
    check(&setting, wants);
    setting.msg_id = MsgIdMode::Exact;
    check(&setting, said);
}

#[test]
fn a_run_that_was_not_clean_is_refused() {
    for output in [
        "Starting\n",
        "{\"type\":\"x\"}\n",
        &format!("{READ}\n{READ}\n"),
    ] {
        let refused = Setting::new(None, output).bless();
        assert!(
            matches!(refused, Err(BlessRefused::Unclean { .. })),
            "{output}: {refused:?}"
        );
    }
    // A node that prints text, and says so.
    check(&Setting::new(Some("hello\n"), "good\nbye\n"), "good\nbye\n");
    let comment = Setting::new(Some("hello\n"), "# heading\n").bless();
    assert_eq!(comment, Err(BlessRefused::Inexpressible));
}

#[test]
fn node_that_stays_is_clean_where_any_more_may_come() {
    let stays = Transcript {
        ending: Ending::TimedOut,
        ..Transcript::clean(format!("{READ}\n"))
    };
    let mut setting = Setting::new(Some(&READ.replace("[1,2]", "[1]")), "");
    setting.transcript = stays;
    setting.mode = MatchMode::Contains;
    check(&setting, &format!("{READ}\n").replace("41}", "0}"));
    for mode in [MatchMode::Exact, MatchMode::Prefix, MatchMode::Unordered] {
        setting.mode = mode;
        let refused = setting.bless();
        assert!(
            matches!(refused, Err(BlessRefused::Unclean { .. })),
            "{mode:?}"
        );
    }
}

#[test]
fn a_name_that_the_input_uses_is_not_lost() {
    let old = r#"{"src":"n1","dest":"n2","body":{"type":"a","msg_id":"<id:x>"}}"#;
    let mut setting = Setting::new(Some(old), READ);
    setting.input = INPUT.to_owned()
        + r#"{"src":"n2","dest":"n1","body":{"type":"a_ok","in_reply_to":"<id:x>"}}"#;
    let (line, name) = (4, "<id:x>".to_owned());
    assert_eq!(setting.bless(), Err(BlessRefused::LosesName { line, name }));
}

/// Any JSON value that isn't too large; strings that look like placeholders among them.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3i64..3).prop_map(Value::from),
        "[a-c]{0,2}".prop_map(Value::from),
        prop_oneof!["<any>", "<a>", "<unordered>", "<...>", "<", "<=x>"].prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map("[a-c]", inner, 0..3)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Messages of two nodes to each other and to clients.
fn messages() -> impl Strategy<Value = Vec<Value>> {
    let message = (0..2usize, 0..4usize, value(), 0..3usize, 0..4u32);
    vec(message, 0..7).prop_map(|sketches| {
        let messages = sketches.into_iter().enumerate();
        let message = |(place, (src, dest, payload, shape, answers)): (
            usize,
            (usize, usize, Value, usize, u32),
        )| {
            let kind = ["a", "b"][place % 2];
            let mut body = json!({"type": kind, "v": payload, "msg_id": 7 * place + 3});
            if shape == 1 {
                body["in_reply_to"] = answers.into();
            }
            if shape == 2 {
                _ = body.as_object_mut().unwrap().shift_remove("msg_id");
            }
            let src = ["n1", "n2"][src];
            let dest = ["n1", "n2", "c1", "c0"][dest];
            json!({"src": src, "dest": dest, "body": body})
        };
        messages.map(message).collect()
    })
}

/// A placeholder that matches the value.
fn placeholder(value: &Value, choice: Index) -> Value {
    let fitting: &[&str] = match value {
        Value::Bool(_) => &["<any>", "<bool>"],
        Value::Number(_) => &["<any>", "<int>", "<number -3..3>", "<any:v>"],
        Value::String(_) => &["<any>", "<string>", "<re:^.*$>"],
        Value::Array(_) => &["<any>", "<array>"],
        Value::Object(_) => &["<any>", "<object>"],
        Value::Null => &["<any>"],
    };
    json!(*choice.get(fitting))
}

fn text(messages: &[Value]) -> String {
    let lines: Vec<_> = messages.iter().map(Value::to_string).collect();
    lines.join("\n")
}

fn modes() -> impl Strategy<Value = (MatchMode, MsgIdMode)> {
    let modes = MatchMode::ALL.map(|(_, mode)| mode);
    let ids = MsgIdMode::ALL.map(|(_, mode)| mode);
    (
        prop::sample::select(modes.to_vec()),
        prop::sample::select(ids.to_vec()),
    )
}

/// The messages as an `.expected` would show them that was written by hand.
fn shown(messages: &[Value], choices: &[(bool, Index)]) -> String {
    let mut shown = messages.to_vec();
    for (place, message) in shown.iter_mut().enumerate() {
        let (open, choice) = &choices[place % choices.len()];
        let v = &message["body"]["v"];
        // What stands for itself must be written so that it does.
        let is_plain = !v.to_string().contains('<');
        if *open || !is_plain {
            let placeholder = placeholder(v, *choice);
            // A name of its own: two values of one name don't match both.
            let named = placeholder
                .as_str()
                .map(|text| text.replace(":v>", &format!(":v{place}>")));
            message["body"]["v"] = named.into();
        }
    }
    text(&shown)
}

proptest! {
    #[test]
    fn blessing_then_running_passes_whatever_stood_there_before(
        old in messages(),
        said in messages(),
        choices in vec(any::<(bool, Index)>(), 1..4),
        (mode, msg_id) in modes(),
        is_new in any::<bool>(),
    ) {
        let old = shown(&old, &choices);
        let mut setting = Setting::new((!is_new).then_some(&old), &text(&said));
        (setting.mode, setting.msg_id) = (mode, msg_id);
        match setting.bless() {
            Ok(Blessing::Changed(blessed)) => {
                prop_assert!(setting.passes(&blessed), "{blessed}");
                setting.old = Some(blessed);
                prop_assert_eq!(setting.bless(), Ok(Blessing::Unchanged));
            }
            Ok(Blessing::Unchanged) => prop_assert!(!is_new && setting.passes(&old)),
            Err(BlessRefused::Unclean { diagnoses, .. }) => prop_assert!(!diagnoses.is_empty()),
            Err(BlessRefused::Silent) => prop_assert!(said.is_empty()),
            Err(refused) => prop_assert!(false, "{refused:?}"),
        }
    }

    #[test]
    fn a_placeholder_that_still_matches_stays_when_something_else_changes(
        said in messages(),
        choices in vec(any::<(bool, Index)>(), 7),
        place in any::<Index>(),
        (mode, msg_id) in modes(),
    ) {
        prop_assume!(!said.is_empty());
        let old = shown(&said, &choices);
        let mut now = said.clone();
        now[place.index(said.len())]["body"]["more"] = json!(1);
        let mut setting = Setting::new(Some(&old), &text(&now));
        (setting.mode, setting.msg_id) = (mode, msg_id);
        match setting.bless() {
            Ok(Blessing::Changed(blessed)) => {
                for line in old.lines() {
                    let line: Value = serde_json::from_str(line).unwrap();
                    let is_there = blessed.lines().any(|other| {
                        let other: Value = serde_json::from_str(other).unwrap();
                        other["body"]["v"] == line["body"]["v"] && other["dest"] == line["dest"]
                    });
                    prop_assert!(is_there, "{line}\nis gone from\n{blessed}");
                }
            }
            Ok(Blessing::Unchanged) => prop_assert!(setting.passes(&old)),
            Err(refused) => prop_assert!(matches!(refused, BlessRefused::Unclean { .. }), "{refused:?}"),
        }
    }
}
