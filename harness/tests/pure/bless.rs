//! What blessing writes: a file that the same run passes, and that keeps what still matches.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on fails"
)]

use harness::bless::open::{Opened, open};
use harness::bless::{BlessRefused, Blessing, Run, bless};
use harness::case::mode::{MatchMode, MsgIdMode};
use harness::case::settings::CaseSettings;
use harness::case::{Case, CaseFiles, expected, input};
use harness::judge::{CaseVerdict, Trial};
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
    is_partial: bool,
    ignores_beats: bool,
}

impl Setting {
    fn new(old: Option<&str>, output: &str) -> Self {
        Self {
            input: INPUT.to_owned(),
            old: old.map(str::to_owned),
            mode: MatchMode::Exact,
            msg_id: MsgIdMode::Renamed,
            transcript: Transcript::clean(output),
            is_partial: true,
            ignores_beats: false,
        }
    }

    fn case(&self, expected_text: Option<&str>) -> (Case, Rules) {
        let input = input::parse(self.input.as_bytes()).unwrap();
        let expected = expected_text.map(|text| expected::parse(text.as_bytes()).unwrap());
        let mut rules = Rules {
            msg_id: self.msg_id,
            known: KnownIds::of(&input.requests, expected.as_deref().unwrap_or_default()),
            ..Rules::default()
        };
        if self.ignores_beats {
            rules.background.types.add("beat").unwrap();
        }
        let case = Case::new(
            CaseFiles::new("x.in".into()),
            input,
            expected,
            CaseSettings::default(),
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
            background: &rules.background,
            transcript: &self.transcript,
            adds_missing: false,
            is_partial: self.is_partial,
        })
    }

    /// What leaves open what differs between the run and these outputs.
    fn open(&self, text: &str, others: &[&str]) -> Option<Opened> {
        let (case, rules) = self.case(None);
        let others = others.iter().map(|output| Transcript::clean(*output));
        let runs: Vec<_> = [self.transcript.clone()]
            .into_iter()
            .chain(others)
            .collect();
        let run = Run {
            case: &case,
            old: None,
            mode: self.mode,
            msg_id: self.msg_id,
            background: &rules.background,
            transcript: &self.transcript,
            adds_missing: false,
            is_partial: false,
        };
        open(run, text, &runs)
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
        let judged = matches!(trial.judge(&self.transcript), CaseVerdict::Passed);
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

#[test]
fn request_without_a_reply_is_refused_unless_the_file_has_none_to_it() {
    let mut setting = Setting::new(None, &format!("{READ}\n"));
    setting.is_partial = false;
    let unanswered = |line, count| {
        let kind = "read".to_owned();
        Err(BlessRefused::Unanswered {
            line,
            kind,
            count,
            service: None,
        })
    };
    assert_eq!(setting.bless(), unanswered(1, 2));
    // Who wrote this one knows that the others get none.
    setting.old = Some(READ.replace("[1,2]", "[1]"));
    check(&setting, &format!("{READ}\n").replace("41}", "0}"));
    setting.old = Some(MORE.to_owned());
    assert_eq!(setting.bless(), unanswered(3, 1));
}

#[test]
fn file_that_leaves_more_open_keeps_all_else_to_the_letter() {
    let old = "# The file\r\n\r\n# one\r\n{\"type\":\"read_ok\",\"v\":1.0,\"in_reply_to\":2}\r\n# two\r\n\
               {\"type\":\"x\",\"v\":[\"<int>\",1],\"in_reply_to\":3}\r\n# end\r\n";
    let said = |v: u32| {
        format!(
            "{{\"type\":\"read_ok\",\"v\":1,\"in_reply_to\":2}}\n\
             {{\"type\":\"x\",\"v\":[5,{v}],\"in_reply_to\":3}}\n"
        )
    };
    let setting = Setting::new(None, &said(1));
    let opened = setting.open(old, &[&said(0)]).unwrap();
    assert_eq!(opened.text, old.replace(",1]", ",\"<int 0..>\"]"));
    let places: Vec<_> = opened
        .places
        .iter()
        .map(|it| (it.line, it.path.to_string()))
        .collect();
    assert_eq!(places, [(6, "v[1]".to_owned())]);
}

/// What `--open` writes for a node that said `first`, then `second`.
fn opened(first: &str, second: &str) -> Option<String> {
    let setting = Setting::new(None, first);
    let Ok(Blessing::Changed(text)) = setting.bless() else {
        panic!("{first} is not blessed");
    };
    Some(setting.open(&text, &[second])?.text)
}

fn replies(bodies: &[Value]) -> String {
    let reply = |(at, body): (usize, &Value)| {
        let mut message = json!({"src": "n1", "dest": "c1", "body": body});
        message["body"]["type"] = "read_ok".into();
        message["body"]["in_reply_to"] = (at + 2).into();
        format!("{message}\n")
    };
    bodies.iter().enumerate().map(reply).collect()
}

#[track_caller]
fn check_open(first: &[Value], second: &[Value], wants: &[Value]) {
    let text = opened(&replies(first), &replies(second)).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let wants = replies(wants);
    let wants = wants
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    assert_eq!(lines.collect::<Vec<Value>>(), wants.collect::<Vec<Value>>());
}

#[test]
fn value_that_every_run_has_at_several_places_gets_a_name_unless_it_is_a_time() {
    let time = "<re:^\\d+:\\d+$>";
    check_open(
        &[
            json!({"id": 7, "at": 1, "began": "14:38", "ended": "14:38"}),
            json!({"of": [7], "token": "a1", "same": "a1"}),
        ],
        &[
            json!({"id": 9, "at": 2, "began": "14:39", "ended": "14:39"}),
            json!({"of": [9], "token": "b2", "same": "b2"}),
        ],
        &[
            json!({"id": "<id:id>", "at": "<int 1..>", "began": time, "ended": time}),
            json!({"of": ["<id:id>"], "token": "<any:token>", "same": "<any:token>"}),
        ],
    );
}

#[test]
fn what_is_built_otherwise_is_open_as_a_whole() {
    check_open(
        &[json!({"list": [1], "map": {"a": 1}, "in": {"x": {"y": true}}, "what": 1})],
        &[json!({"list": [1, 2], "map": {"b": 1}, "in": {"x": {"y": false}}, "what": "1"})],
        &[json!({
            "list": "<array>", "map": "<object>", "in": {"x": {"y": "<bool>"}}, "what": "<any>"
        })],
    );
    for (first, second) in [(json!({"a": 1}), json!({})), (json!({}), json!({"a": 1}))] {
        let [first, second] = [first, second].map(|body| replies(&[body]));
        assert_eq!(
            opened(&first, &second),
            None,
            "a key that is not always there"
        );
    }
    let [one, two] = [1, 2].map(|count| replies(&vec![json!({}); count]));
    assert_eq!(
        opened(&one, &two),
        None,
        "a message that is not always there"
    );
    assert_eq!(opened(&two, &one), None, "nor that");
}

#[test]
fn ids_are_left_open_only_where_their_numbers_count() {
    let said = |id: u32| READ.replace("41", &id.to_string()) + "\n";
    let mut setting = Setting::new(None, &said(41));
    setting.msg_id = MsgIdMode::Exact;
    let Ok(Blessing::Changed(text)) = setting.bless() else {
        panic!("it is blessed");
    };
    let opened = setting.open(&text, &[&said(50)]).unwrap().text;
    assert!(opened.contains("\"msg_id\": \"<int 1..>\""), "{opened}");
    setting.msg_id = MsgIdMode::Renamed;
    let opened = setting.open(&text, &[&said(50)]).unwrap();
    assert_eq!((opened.text, opened.places), (text, Vec::new()));
}

/// A value that each run has otherwise, by its number, or that all have.
fn varying() -> impl Strategy<Value = usize> {
    0..8usize
}

/// The value of a kind at a place in a run. No two places share one.
fn varied(kind: usize, place: usize, run: usize) -> Value {
    let number = 1000 * place + 10 * run + 1;
    match kind {
        0 => json!(number),
        1 => json!(format!("n1-{number}")),
        2 => serde_json::from_str(&format!("{number}.5")).unwrap(),
        3 => {
            let mut list = vec![place, place + 1, place + 2, place + 3];
            list.rotate_left(run);
            json!(list)
        }
        4 => json!({"at": number, "fixed": [place, "x"]}),
        5 => json!([number, "<x>"]),
        6 => json!(place),
        _ => json!("<fixed>"),
    }
}

/// Whether all that a value shows is what it stands for, or a placeholder stands where two values differ.
fn is_tight(shown: &Value, first: &Value, second: &Value) -> bool {
    match (shown, first, second) {
        (Value::Object(shown), Value::Object(first), Value::Object(second)) => {
            let mut fields = shown.iter();
            fields.all(|(key, value)| is_tight(value, &first[key], &second[key]))
        }
        (Value::Array(shown), Value::Array(first), Value::Array(second))
            if shown.len() == first.len() =>
        {
            let values = shown.iter().zip(first).zip(second);
            values
                .into_iter()
                .all(|((shown, first), second)| is_tight(shown, first, second))
        }
        (Value::String(shown), Value::String(first), _) if *shown == first.replace('<', "<=") => {
            true
        }
        _ if first == second => shown == first,
        _ => shown != first && (shown.is_string() || shown[0] == "<unordered>"),
    }
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

proptest! {
    // Enough, and quick.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_left_open_passes_whatever_two_runs_said(
        said in messages(),
        other in messages(),
        values in vec(value(), 7),
        is_alike in any::<bool>(),
        (mode, msg_id) in modes(),
    ) {
        let mut other = other;
        if is_alike {
            other.clone_from(&said);
            for (message, value) in other.iter_mut().zip(values) {
                message["body"]["v"] = value;
            }
        }
        let mut setting = Setting::new(None, &text(&said));
        (setting.mode, setting.msg_id) = (mode, msg_id);
        let Ok(Blessing::Changed(blessed)) = setting.bless() else {
            return Ok(());
        };
        let other = text(&other);
        let opened = setting.open(&blessed, &[&other]);
        // Only values differ, each in its place.
        let is_ordered = matches!(mode, MatchMode::Exact | MatchMode::Prefix);
        prop_assert!(opened.is_some() || !is_alike || !is_ordered, "{blessed}\n{other}");
        if let Some(opened) = opened {
            prop_assert!(setting.passes(&opened.text), "{}", opened.text);
            setting.transcript = Transcript::clean(other.as_str());
            prop_assert!(setting.passes(&opened.text), "{}\n{other}", opened.text);
        }
    }

    #[test]
    fn background_messages_change_no_verdict_and_nothing_that_is_blessed(
        old in messages(),
        said in messages(),
        is_same in any::<bool>(),
        places in vec(any::<Index>(), 1..6),
        (mode, msg_id) in modes(),
    ) {
        let output: Vec<_> = said.iter().map(Value::to_string).collect();
        let expected = text(if is_same { &said } else { &old }).replace('<', "<=");
        let mut setting = Setting::new(Some(&expected), &output.join("\n"));
        (setting.mode, setting.msg_id) = (mode, msg_id);
        let passes = setting.passes(&expected);
        let blessed = setting.bless();
        let mut noisy = output;
        for (beat, place) in places.iter().enumerate() {
            let body = json!({"type": "beat", "msg_id": 900 + beat, "in_reply_to": 2});
            let message = json!({"src": "n1", "dest": "c1", "body": body});
            noisy.insert(place.index(noisy.len() + 1), message.to_string());
        }
        setting.ignores_beats = true;
        setting.transcript = Transcript::clean(noisy.join("\n"));
        prop_assert_eq!(setting.passes(&expected), passes, "{}", noisy.join("\n"));
        match (setting.bless(), blessed) {
            // The lines of stdout have other numbers.
            (Err(BlessRefused::Unclean { .. }), Err(BlessRefused::Unclean { .. })) => {}
            (noisy, blessed) => prop_assert_eq!(noisy, blessed),
        }
    }

    #[test]
    fn what_is_left_open_passes_each_run_and_is_no_more_than_what_differed(
        kinds in vec(vec(varying(), 0..5), 1..3),
        (mode, _) in modes(),
    ) {
        let said = |run: usize| {
            let body = |(at, kinds): (usize, &Vec<usize>)| {
                let fields = kinds.iter().enumerate();
                let field = |(place, kind): (usize, &usize)| {
                    (format!("f{place}"), varied(*kind, 10 * at + place, run))
                };
                Value::Object(fields.map(field).collect())
            };
            replies(&kinds.iter().enumerate().map(body).collect::<Vec<_>>())
        };
        let [first, second, third] = [0, 1, 2].map(said);
        let mut setting = Setting::new(None, &first);
        setting.mode = mode;
        let Ok(Blessing::Changed(text)) = setting.bless() else {
            panic!("{first} is not blessed");
        };
        let opened = setting.open(&text, &[&second]).unwrap();
        for output in [&first, &second, &third] {
            setting.transcript = Transcript::clean(output.as_str());
            prop_assert!(setting.passes(&opened.text), "{output}\n{}", opened.text);
        }
        let read = |line: &str| serde_json::from_str::<Value>(line).unwrap();
        let lines = opened.text.lines().zip(first.lines()).zip(second.lines());
        for ((shown, first), second) in lines {
            let all = [shown, first, second].map(read);
            prop_assert!(is_tight(&all[0], &all[1], &all[2]), "{shown}\n{first}\n{second}");
        }
        // Any value that did not differ still counts.
        let changed = first.replace("\"type\":\"read_ok\"", "\"type\":\"read_no\"");
        setting.transcript = Transcript::clean(changed);
        prop_assert!(!setting.passes(&opened.text));
    }
}
