//! Cases with a cluster in virtual time: the nodes are played by the tests.

use std::collections::VecDeque;

mod set_up;

use super::*;
use crate::case::mode::PaceMode;
use crate::case::settings::CaseSettings;
use crate::case::{CaseFiles, expected, input};

/// A run whose clock and nodes are the test's.
struct Run<'case> {
    script: ClusterScript<'case>,
    now: Duration,
    done: VecDeque<String>,
}

fn case(head: &str, lines: &str, expected_text: &str) -> Case {
    let input = input::parse(format!("{head}\n{lines}").as_bytes()).unwrap();
    let expected = expected::parse(expected_text.as_bytes()).unwrap();
    let files = CaseFiles::new("x.in".into());
    Case::new(files, input, Some(expected), CaseSettings::default())
}

impl<'case> Run<'case> {
    fn of(case: &'case Case, rules: &'case Rules) -> Self {
        Self::with(case, rules, PaceMode::Lockstep, Awaited::Expected)
    }

    fn with(case: &'case Case, rules: &'case Rules, pace: PaceMode, awaited: Awaited) -> Self {
        let manner = Manner {
            mode: MatchMode::Exact,
            pace,
            awaited,
            timeout: Duration::from_secs(5),
        };
        let cluster = case.directives.cluster.as_ref().unwrap();
        Self {
            script: ClusterScript::new(case, cluster, rules, manner, 1000),
            now: Duration::ZERO,
            done: VecDeque::new(),
        }
    }

    /// What is done at a time, as in `kill 1` or `0 gets read #1`.
    fn at(&mut self, milliseconds: u64) -> Vec<String> {
        self.now = Duration::from_millis(milliseconds);
        self.script.advance(self.now);
        while let Some(action) = self.script.next_action() {
            self.done.push_back(match action {
                ProcessAction::Start(node) => format!("start {node}"),
                ProcessAction::Kill(node) => format!("kill {node}"),
                ProcessAction::Pause(node) => format!("pause {node}"),
                ProcessAction::Resume(node) => format!("resume {node}"),
                ProcessAction::Send(node, bytes) => {
                    let message = crate::json::read(&bytes).unwrap();
                    let kind = message::kind(&message).unwrap();
                    let id = message::msg_id(&message).unwrap_or_default();
                    format!("{node} gets {kind} #{id}")
                }
            });
        }
        self.done.drain(..).collect()
    }

    fn says(&mut self, node: usize, dest: &str, body: &str) {
        let line = format!("{{\"src\":\"n{node}\",\"dest\":\"{dest}\",\"body\":{{{body}}}}}");
        self.script.heard(self.now, node, line.as_bytes());
    }

    fn answers(&mut self, node: usize, client: &str, kind: &str, to: u64) {
        self.says(
            node,
            client,
            &format!("\"type\":\"{kind}\",\"in_reply_to\":{to}"),
        );
    }

    /// Two nodes are set up, and what is done then.
    fn set_up(&mut self) -> Vec<String> {
        let started = ["start 0", "0 gets init #1", "start 1", "1 gets init #2"];
        assert_eq!(self.at(0), started);
        self.answers(0, "c0", "init_ok", 1);
        self.answers(1, "c0", "init_ok", 2);
        assert_eq!(self.at(1), ["0 gets topology #3", "1 gets topology #4"]);
        self.answers(0, "c0", "topology_ok", 3);
        assert_eq!(self.at(2), [""; 0], "n1 isn't ready");
        self.answers(1, "c0", "topology_ok", 4);
        self.at(3)
    }

    fn output(&self) -> String {
        String::from_utf8(self.script.told.output.bytes().to_vec()).unwrap()
    }
}

const TWO: &str = "@cluster n0 n1";
const READ: &str = r#"{"src":"c1","dest":"n0","body":{"type":"read","msg_id":1}}"#;
const NEXT: &str = r#"{"src":"c1","dest":"n1","body":{"type":"next","msg_id":2}}"#;
const READ_OK: &str = r#"{"src":"n0","dest":"c1","body":{"type":"read_ok","in_reply_to":1}}"#;
const NEXT_OK: &str = r#"{"src":"n1","dest":"c1","body":{"type":"next_ok","in_reply_to":2}}"#;

#[test]
fn each_step_waits_for_the_answer_that_the_one_before_was_promised() {
    let (rules, expected) = (Rules::default(), format!("{READ_OK}\n{NEXT_OK}"));
    let case = case(TWO, &format!("{READ}\n@kill n0\n{NEXT}"), &expected);
    let mut run = Run::of(&case, &rules);
    assert_eq!(run.set_up(), ["0 gets read #1"]);
    assert_eq!(run.at(900), [""; 0]);
    run.answers(0, "c1", "read_ok", 1);
    assert_eq!(run.at(901), ["kill 0", "1 gets next #2"]);
    run.answers(1, "c1", "next_ok", 2);
    assert_eq!(run.script.ending(), None);
    run.at(902);
    assert_eq!(run.script.ending(), Some(Ending::Done));
    assert_eq!(run.output(), format!("{expected}\n"));
}

#[test]
fn background_message_to_a_client_is_told_and_is_no_expected_line() {
    let mut rules = Rules::default();
    rules.background.types.add("beat").unwrap();
    let case = case(TWO, READ, READ_OK);
    let mut run = Run::of(&case, &rules);
    assert_eq!(run.set_up(), ["0 gets read #1"]);
    run.answers(0, "c1", "beat", 1);
    run.at(900);
    assert_eq!(run.script.ending(), None);
    run.answers(0, "c1", "read_ok", 1);
    run.at(901);
    assert_eq!(run.script.ending(), Some(Ending::Done));
    assert_eq!(run.output().lines().count(), 2);
}

#[test]
fn an_answer_is_not_waited_for_for_ever_nor_one_that_nobody_promised_or_can_give() {
    let rules = Rules::default();
    let late = case(TWO, &format!("{READ}\n@kill n1\n{READ}"), READ_OK);
    let mut run = Run::of(&late, &rules);
    assert_eq!(run.set_up(), ["0 gets read #1"]);
    assert_eq!(run.script.deadline(), Duration::from_millis(1003));
    assert_eq!(run.at(1002), [""; 0]);
    assert_eq!(run.at(1003), ["kill 1", "0 gets read #1"]);

    let unpromised = case(
        TWO,
        &format!("{READ}\n@kill n1\n{NEXT}").replace("n1\",", "n0\","),
        NEXT_OK,
    );
    let mut run = Run::of(&unpromised, &rules);
    assert_eq!(run.set_up(), ["0 gets read #1"]);
    assert_eq!(run.script.awaits_delivery(), Some(0));
    assert_eq!(run.at(4), [""; 0], "it has to be taken first");
    run.script.delivered();
    assert_eq!(run.at(5), ["kill 1", "0 gets next #2"]);

    let paused = case(
        TWO,
        &format!("@pause n0\n{READ}\n{NEXT}\n@resume n0\n{NEXT}"),
        READ_OK,
    );
    let mut run = Run::of(&paused, &rules);
    let done = ["pause 0", "0 gets read #1", "1 gets next #2"];
    assert_eq!(run.set_up(), done);
    run.script.delivered();
    assert_eq!(run.at(4), ["resume 0"], "now it can answer");
    run.answers(0, "c1", "read_ok", 1);
    assert_eq!(run.at(5), ["1 gets next #2"]);
}

#[test]
fn nodes_reach_each_other_over_the_network_and_its_faults() {
    let rules = Rules::default();
    let head = "@cluster n0 n1 --latency 10";
    let lines =
        format!("@cut n0 -> n1\n{READ}\n@heal\n@loss 1\n{READ}\n@heal\n@duplicate 1\n{READ}");
    let case = case(head, &lines, "");
    let mut run = Run::of(&case, &rules);
    run.set_up();
    let forward = "\"type\":\"forward\",\"msg_id\":7";
    run.says(0, "n1", forward);
    run.says(1, "n0", forward);
    assert_eq!(run.at(5), [""; 0], "both are under way");
    assert_eq!(run.script.deadline(), Duration::from_millis(13));
    assert_eq!(run.at(13), ["0 gets forward #7"], "the other one is cut");
    run.script.delivered();
    assert_eq!(run.at(14), ["0 gets read #1"]);
    run.says(0, "n1", forward);
    assert_eq!(run.at(24), [""; 0], "lost");
    run.script.delivered();
    assert_eq!(run.at(25), ["0 gets read #1"]);
    run.says(0, "n1", forward);
    assert_eq!(run.at(35), ["1 gets forward #7", "1 gets forward #7"]);
}

#[test]
fn a_restarted_node_is_told_anew_who_it_is_before_the_case_goes_on() {
    let rules = Rules::default();
    let case = case(
        TWO,
        &format!("@restart n1\n{READ}\n@kill n1\n@restart n1\n{READ}"),
        READ_OK,
    );
    let mut run = Run::of(&case, &rules);
    assert_eq!(run.set_up(), ["kill 1", "start 1", "1 gets init #5"]);
    run.answers(1, "c0", "init_ok", 5);
    assert_eq!(run.at(10), ["1 gets topology #6"]);
    run.answers(1, "c0", "topology_ok", 6);
    assert_eq!(run.at(11), ["0 gets read #1"]);
    run.answers(0, "c1", "read_ok", 1);
    assert_eq!(run.at(12), ["kill 1", "start 1", "1 gets init #7"]);
}

const SHOWS: &str =
    r#"{"src":"n0","dest":"c1","body":{"type":"read_ok","messages":[1],"in_reply_to":1}}"#;

fn shows(run: &mut Run<'_>, messages: &str, to: u64) {
    let body = format!("\"type\":\"read_ok\",\"messages\":{messages},\"in_reply_to\":{to}");
    run.says(0, "c1", &body);
}

#[test]
fn what_is_asked_eventually_is_asked_ever_more_rarely_until_the_answer_is_right() {
    let rules = Rules::default();
    let case = case(
        TWO,
        &format!("@eventually 3s\n{READ}\n{NEXT}"),
        &format!("{SHOWS}\n{NEXT_OK}"),
    );
    let mut run = Run::of(&case, &rules);
    assert_eq!(run.set_up(), ["0 gets read #1"]);
    let mut now = 3;
    for (to, gap) in [
        (1, 10),
        (1_000_000, 20),
        (1_000_001, 40),
        (1_000_002, 80),
        (1_000_003, 160),
        (1_000_004, 250),
        (1_000_005, 250),
    ] {
        shows(&mut run, "[]", to);
        assert_eq!(run.script.deadline(), Duration::from_millis(now + gap));
        assert_eq!(run.at(now + gap - 1), [""; 0]);
        now += gap;
        let next = 1_000_000.max(to + 1);
        assert_eq!(run.at(now), [format!("0 gets read #{next}")]);
    }
    assert_eq!(run.output(), "", "what is wrong is dropped");
    shows(&mut run, "[1]", 1_000_006);
    assert_eq!(run.at(now + 1), ["1 gets next #2"]);
    shows(&mut run, "[1]", 1_000_002);
    assert_eq!(
        run.output(),
        format!("{SHOWS}\n"),
        "as if it answered the first"
    );
    shows(&mut run, "[1]", 1_000_006);
    assert_eq!(
        run.output(),
        format!("{SHOWS}\n{SHOWS}\n"),
        "a second answer to the one that counts"
    );
}

#[test]
fn a_try_without_an_answer_is_followed_by_another_and_its_late_answer_still_counts() {
    let rules = Rules::default();
    let case = case(TWO, &format!("@eventually 3s\n{READ}\n{NEXT}"), SHOWS);
    let mut run = Run::of(&case, &rules);
    assert_eq!(run.set_up(), ["0 gets read #1"]);
    assert_eq!(run.at(1002), [""; 0]);
    assert_eq!(run.at(1003), ["0 gets read #1000000"]);
    shows(&mut run, "[1]", 1);
    assert_eq!(run.at(1004), ["1 gets next #2"]);
    assert_eq!(run.output(), format!("{SHOWS}\n"));
}

#[test]
fn when_the_time_is_over_the_last_answer_stands() {
    let rules = Rules::default();
    let case = case(
        TWO,
        &format!("@eventually 15ms\n{READ}\n{NEXT}"),
        &format!("{SHOWS}\n{NEXT_OK}"),
    );
    let mut run = Run::of(&case, &rules);
    run.set_up();
    shows(&mut run, "[2]", 1);
    assert_eq!(run.at(13), ["0 gets read #1000000"]);
    assert_eq!(run.at(17), [""; 0]);
    assert_eq!(run.script.deadline(), Duration::from_millis(18));
    assert_eq!(run.at(18), ["1 gets next #2"]);
    assert_eq!(run.output(), format!("{}\n", SHOWS.replace("[1]", "[2]")));
    shows(&mut run, "[1]", 1_000_000);
    let told = run.script.finish();
    assert_eq!(told.lines, 1, "too late");
    let (line, within, times) = (3, Duration::from_millis(15), 2);
    assert_eq!(
        told.asked_in_vain,
        [crate::transcript::AskedInVain {
            line,
            within,
            times
        }]
    );
}

#[test]
fn the_timeout_ends_it_and_says_who_was_not_set_up() {
    let rules = Rules::default();
    let case = case(TWO, READ, READ_OK);
    let mut run = Run::of(&case, &rules);
    run.at(0);
    run.answers(0, "c0", "init_ok", 1);
    run.at(1);
    run.answers(0, "c0", "topology_ok", 3);
    assert_eq!(run.at(4999), [""; 0]);
    run.at(5000);
    assert_eq!(run.script.ending(), Some(Ending::TimedOut));
    let rule = Rule::NotSetUp {
        request: "init",
        answer: None,
    };
    let (node, line) = ("n1".to_owned(), Vec::new());
    assert_eq!(
        run.script.finish().mishaps,
        [Mishap::Broke { node, rule, line }]
    );
}

#[test]
fn an_answer_without_a_line_break_is_told_when_the_time_is_over() {
    let rules = Rules::default();
    let case = case(TWO, READ, READ_OK);
    let line = br#"{"src":"n0","dest":"c0","body":{"type":"init_ok","in_reply_to":1}}"#;
    // What was ended meanwhile is no longer there.
    for (lines, answer) in [
        (&[(0, &line[..])][..], true),
        (&[], false),
        (&[(0, b"{")], false),
    ] {
        let mut run = Run::of(&case, &rules);
        run.at(0);
        run.script.unended([(0, &line[..])].into_iter());
        run.script.unended(lines.iter().copied());
        run.at(5000);
        let mishaps = run.script.finish().mishaps;
        let [
            Mishap::Broke {
                rule, line: shown, ..
            },
        ] = &mishaps[..]
        else {
            panic!("{mishaps:?}");
        };
        assert_eq!(shown, if answer { &line[..] } else { b"" });
        let Rule::NotSetUp {
            request,
            answer: said,
        } = rule
        else {
            panic!("{rule:?}");
        };
        assert_eq!((*request, said.is_some()), ("init", answer));
    }
}

#[test]
fn what_ends_a_case_at_once_and_what_does_not() {
    let rules = Rules::default();
    let case = case(TWO, &format!("@pause n1\n{READ}"), READ_OK);
    let mut run = Run::of(&case, &rules);
    run.set_up();
    run.script.heard(run.now, 1, b"a log line");
    run.says(0, "n0 ", "\"type\":\"x\"");
    assert_eq!(run.script.ending(), None);
    assert_eq!(run.script.told.mishaps.len(), 2);
    run.answers(0, "c1", "read_ok", 1);
    assert_eq!(
        run.at(5),
        ["kill 1"],
        "who stands still can't end by itself"
    );
    run.script.exited(0, Exit::Status(1), b"");
    run.script.heard_last(run.now, 1, b"{\"src\":\"n1\",\"de");
    assert_eq!(run.script.told.mishaps.len(), 2, "it is over");

    for end in [
        |run: &mut Run<'_>| run.script.exited(0, Exit::Status(0), b""),
        |run: &mut Run<'_>| run.script.flooded(0, 1),
        |run: &mut Run<'_>| run.answers(0, "c0", "error", 1),
    ] {
        let mut run = Run::of(&case, &rules);
        run.at(0);
        end(&mut run);
        assert_eq!(run.script.ending(), Some(Ending::Failed));
        assert_eq!(run.script.told.mishaps.len(), 1);
    }
    let mut run = Run::of(&case, &rules);
    run.set_up();
    run.says(0, "c1", &format!("\"type\":\"{}\"", "x".repeat(1000)));
    let output_max = 1000;
    assert_eq!(run.script.ending(), Some(Ending::Flooded { output_max }));
}

#[test]
fn a_message_is_held_back_until_its_name_is_said() {
    let rules = Rules::default();
    let again = READ.replace("\"msg_id\":1", "\"msg_id\":2,\"in_reply_to\":\"<id:x>\"");
    let pushed = r#"{"src":"n0","dest":"c1","body":{"type":"push","msg_id":"<id:x>"}}"#;
    let case = case(
        TWO,
        &format!("{READ}\n{again}"),
        &format!("{READ_OK}\n{pushed}"),
    );
    for is_said in [true, false] {
        let mut run = Run::of(&case, &rules);
        run.set_up();
        run.answers(0, "c1", "read_ok", 1);
        assert_eq!(run.at(10), [""; 0]);
        assert_eq!(run.script.deadline(), Duration::from_millis(1003));
        if is_said {
            run.says(0, "c1", "\"type\":\"push\",\"msg_id\":77");
            assert_eq!(run.at(20), ["0 gets read #2"]);
            assert_eq!(run.script.finish().names.get("x"), Some(&77.into()));
        } else {
            assert_eq!(run.at(2503), [""; 0]);
            let in_vain = run.script.finish().in_vain.unwrap();
            assert_eq!((in_vain.line, in_vain.name.as_deref()), (3, Some("<id:x>")));
        }
    }
}
