//! Nodes that are wrong from the start: what is found, and how soon.

use serde_json::json;

use super::*;
use crate::cluster::judged::Judged;
use crate::cluster::limit::Limit;
use crate::report::cluster::{silence, summary, words};

/// What is wrong with a run of five nodes, in words, and when it ended.
fn introduced(way: Way) -> (Vec<String>, Duration) {
    let recording = run(settings(1), way);
    let last = recording.events.last().unwrap();
    assert_eq!(last.what, What::Began(Phase::End));
    let ended = last.time;
    let judged = Judged::of(recording, Limit::NONE);
    let names = summary::names(&judged);
    let findings = judged.verdict.findings.iter();
    let words = findings.map(|finding| words::finding(finding, &names).join("\n"));
    (words.collect(), ended)
}

const NOT_READY: &str =
    "nothing to check: the load never began, as not every node was ready for it";

#[test]
fn nodes_that_are_silent_at_init_end_the_run_in_time() {
    let (findings, ended) = introduced(Way::SilentAtInit);
    let silent = "protocol: n0 and 4 others from 10.000 s on did not answer init in time; \
                  does it flush its stdout?";
    assert_eq!(findings, [silent, NOT_READY]);
    assert_eq!(ended.as_secs(), 10);
}

#[test]
fn what_breaks_a_rule_is_named_as_for_a_case_and_not_waited_for_long() {
    for (line, says) in [
        (
            "Hello, NAME",
            "wrote a line that is no JSON: is it a log line? Logs go to stderr",
        ),
        (
            "",
            "wrote a line that is empty: every line must be a message",
        ),
        (
            "{'src': 'NAME', 'dest': 'c0', 'body': {'type': 'init_ok', 'in_reply_to': ID}}",
            "wrote a line that is no JSON but a Python dictionary as print shows it: use json.dumps",
        ),
        (
            r#"{"type":"init_ok","in_reply_to":ID}"#,
            r#"wrote a line that is no message: it has no src (a message is {"src": …, "dest": …, "body": {"type": …, …}})"#,
        ),
        (
            r#"{"src":"NAME","dest":"c0","body":"{}"}"#,
            "wrote a line that is no message: its body is a string, not an object (is it made JSON twice?)",
        ),
        (
            "[1]",
            "wrote a line that is no message: a message is an object",
        ),
        (
            r#"{"src":"c0","dest":"NAME","body":{"type":"init_ok","in_reply_to":ID}}"#,
            "wrote a message with src c0, which is not its own name (a reply swaps the src and the dest of its request)",
        ),
        (
            r#"{"src":"NAME","dest":"c1","body":{"type":"init_ok","in_reply_to":ID}}"#,
            "wrote a bad reply: init_ok to c1, though it was c0 that asked",
        ),
    ] {
        let (findings, ended) = introduced(Way::Introduces(line));
        let first = findings[0].lines().next().unwrap();
        assert_eq!(
            first,
            format!("protocol: n0 and 4 others from 0.000 s on {says}")
        );
        let shown = line.replace("NAME", "n0").replace("ID", "1");
        assert!(findings[0].ends_with(&shown), "{findings:?}");
        let silent = "protocol: n0 and 4 others from 2.000 s on answered init with nothing else";
        assert_eq!(findings[1..], [silent, NOT_READY], "{line}");
        assert_eq!(ended.as_secs(), 2, "{line}");
    }
}

#[test]
fn a_line_that_is_not_ended_is_told_and_one_that_is_ended_late_is_heard() {
    let (findings, ended) = introduced(Way::EndsLate(3600));
    let says = "protocol: n0 and 4 others from 2.000 s on answered init with a line that has no line \
                break at its end, so nobody could read it\n\
                {\"src\":\"n0\",\"dest\":\"c0\",\"body\":{\"type\":\"init_ok\",\"in_reply_to\":1}}";
    assert_eq!(findings, [says, NOT_READY]);
    assert_eq!(ended.as_secs(), 2);
    let (findings, _) = introduced(Way::EndsLate(1));
    assert_eq!(findings, [""; 0]);
}

#[test]
fn another_line_that_is_ended_late_leaves_the_answer_its_time() {
    let line = br#"{"src":"n0","dest":"n1","body":{"type":"hello"}}"#;
    let mut engine = Engine::new(settings(1));
    let mut killed = |now: u64, line_ends: bool| {
        let now = Duration::from_secs(now);
        engine.unended(now, 0, line);
        if line_ends {
            engine.heard(now, 0, line);
        }
        engine.advance(now);
        let actions = std::iter::from_fn(|| engine.next_action());
        actions
            .filter(|action| *action == ProcessAction::Kill(0))
            .count()
    };
    assert_eq!([killed(0, false), killed(1, true)], [0, 0]);
    // Another one is begun, and never ended.
    assert_eq!([2, 3, 4].map(|now| killed(now, false)), [0, 0, 1]);
}

#[test]
fn json_that_goes_wrong_has_a_caret_where_it_does() {
    for (line, says) in [
        (
            r#"{"src":"NAME","dest":"c0","body":{"type":"init_ok"},}"#,
            "broken JSON: trailing comma\n\
             {\"src\":\"n0\",\"dest\":\"c0\",\"body\":{\"type\":\"init_ok\"},}\n\
             \x20                                                 ^",
        ),
        (
            r#"{"src":"NAME"}{"src":"NAME"}"#,
            "two messages at once: each message needs a line of its own \
             (is the newline missing, or do two threads write at once?)\n\
             {\"src\":\"n0\"}{\"src\":\"n0\"}\n\
             \x20           ^",
        ),
    ] {
        let (findings, _) = introduced(Way::Introduces(line));
        let start = "protocol: n0 and 4 others from 0.000 s on wrote a line that is ";
        assert_eq!(findings[0], format!("{start}{says}"));
    }
}

#[test]
fn an_answer_that_is_none_ends_the_set_up_at_once() {
    for (line, says) in [
        (
            r#"{"src":"NAME","dest":"c0","body":{"type":"error","code":11,"text":"not yet","in_reply_to":ID}}"#,
            "answered init with error 11 (temporarily-unavailable): not yet",
        ),
        (
            r#"{"src":"NAME","dest":"c0","body":{"type":"error","code":1000,"text":"no","in_reply_to":ID}}"#,
            "answered init with error 1000: no",
        ),
        (
            r#"{"src":"NAME","dest":"c0","body":{"type":"echo_ok","in_reply_to":ID}}"#,
            "answered init with `echo_ok`, not `init_ok`",
        ),
        (
            r#"{"src":"NAME","dest":"c0","body":{"type":"init_ok"}}"#,
            "answered init with `init_ok` that has no `in_reply_to`",
        ),
        (
            r#"{"src":"NAME","dest":"c0","body":{"type":"init_ok","in_reply_to":"ID"}}"#,
            "answered init with `init_ok` that has a string, not a number, as `in_reply_to`",
        ),
        (
            r#"{"src":"NAME","dest":"c0","body":{"type":"init_ok","in_reply_to":77}}"#,
            "answered init with `init_ok` that does not have the `msg_id` of the request as `in_reply_to`",
        ),
    ] {
        let (findings, ended) = introduced(Way::Introduces(line));
        let shown = line.replace("NAME", "n0").replace("ID", "1");
        let first = format!("protocol: n0 and 4 others from 0.000 s on {says}\n{shown}");
        assert_eq!(findings, [&first, NOT_READY]);
        assert!(ended < Duration::from_millis(1), "{line}: {ended:?}");
    }
}

#[test]
fn the_first_line_of_a_node_that_answers_nobody_is_shown() {
    let line = r#"{"src":"NAME","dest":"NAME","body":{"type":"init_ok","in_reply_to":ID}}"#;
    let (findings, ended) = introduced(Way::Introduces(line));
    let shown = line.replace("NAME", "n0").replace("ID", "1");
    let silent = "protocol: n0 and 4 others from 10.000 s on did not answer init in time; \
                  its output begins with";
    assert_eq!(findings, [&format!("{silent}\n{shown}"), NOT_READY]);
    assert_eq!(ended.as_secs(), 10);
}

#[test]
fn a_node_that_logs_and_then_answers_goes_on() {
    let mut engine = Engine::new(Settings {
        nodes: names(1),
        ..settings(1)
    });
    let at = Duration::from_millis;
    engine.advance(at(0));
    engine.heard(at(1), 0, b"starting ...");
    engine.advance(at(1));
    assert_eq!(engine.deadline(), Some(at(2001)));
    let ok = |kind: &str, id| {
        let body = json!({"type": kind, "in_reply_to": id});
        json!({"src": "n0", "dest": "c0", "body": body}).to_string()
    };
    engine.heard(at(1500), 0, ok("init_ok", 1).as_bytes());
    engine.advance(at(1500));
    assert_eq!(
        engine.deadline(),
        Some(at(11_500)),
        "topology has its own time"
    );
    // An answer that comes twice is no answer to what is asked next.
    engine.heard(at(1501), 0, ok("init_ok", 1).as_bytes());
    engine.heard(at(1600), 0, ok("topology_ok", 2).as_bytes());
    engine.advance(at(1600));
    assert_eq!(engine.phase(), Phase::Load);
}

#[test]
fn once_a_node_failed_the_others_have_a_second_chance_and_no_more() {
    let mut engine = Engine::new(Settings {
        nodes: names(2),
        ..settings(1)
    });
    let at = Duration::from_millis;
    engine.advance(at(0));
    let body = json!({"type": "error", "code": 11, "text": "no", "in_reply_to": 1});
    let no = json!({"src": "n0", "dest": "c0", "body": body}).to_string();
    engine.heard(at(1), 0, no.as_bytes());
    engine.advance(at(1));
    assert_eq!(engine.phase(), Phase::SetUp);
    assert_eq!(engine.deadline(), Some(at(2001)));
    engine.advance(at(2001));
    assert_eq!(engine.phase(), Phase::End);
}

#[test]
fn lines_of_one_kind_are_one_finding_wherever_they_go_wrong() {
    let mut engine = Engine::new(settings(1));
    engine.advance(Duration::ZERO);
    engine.heard(Duration::ZERO, 0, b"2024 started");
    engine.heard(Duration::ZERO, 1, b"started");
    let (verdict, _) = judge(&engine.into_recording());
    let broke = verdict.findings.iter();
    let broke: Vec<_> = broke
        .filter(|finding| matches!(finding, Finding::Broke { .. }))
        .collect();
    assert!(
        matches!(&broke[..], [Finding::Broke { others, count: 2, .. }] if *others == [1]),
        "{broke:?}"
    );
}

/// A node that is asked `init` at 0 s, and what is done to it at these times if it is seen like this.
struct Slow {
    engine: Engine,
    is_runnable: bool,
}

impl Slow {
    fn starts() -> Self {
        let mut engine = Engine::new(Settings {
            nodes: names(1),
            ..settings(1)
        });
        engine.has_cores(2);
        engine.advance(Duration::ZERO);
        Self {
            engine,
            is_runnable: false,
        }
    }

    /// Until when it is waited for after all; `None`: it is given up.
    fn looked_at(&mut self, now: u64, waited: u64, has_read: bool) -> Option<u64> {
        let now = Duration::from_secs(now);
        assert_eq!(self.engine.overdue(now), [0]);
        let examined = Examined {
            stderr: "loading\n".to_owned(),
            cpu: Some(Duration::from_millis(3100)),
            waited: Some(Duration::from_secs(waited)),
            has_read: Some(has_read),
            is_runnable: self.is_runnable,
        };
        self.engine.examined(0, examined);
        self.engine.advance(now);
        let is_up = self.engine.phase() == Phase::SetUp;
        self.engine
            .deadline()
            .filter(|_| is_up)
            .map(|deadline| deadline.as_secs())
    }

    fn judged(self) -> (Vec<String>, Vec<String>) {
        let judged = Judged::of(self.engine.into_recording(), Limit::NONE);
        let names = summary::names(&judged);
        let findings = judged.verdict.findings.iter();
        let findings = findings.map(|finding| words::finding(finding, &names).join("\n"));
        let unjudged = judged.verdict.unjudged.iter();
        let unjudged = unjudged.map(|one| silence::unjudged(one, &names).join("\n"));
        (findings.collect(), unjudged.collect())
    }
}

#[test]
fn a_node_that_has_read_nothing_is_still_starting() {
    let mut slow = Slow::starts();
    assert_eq!(slow.looked_at(10, 0, false), None);
    let says = "not ready: n0 is still starting after 10 s: it used 3.1 s of CPU and has read nothing; \
                1 node on 2 cores: give it --init-timeout 30s\nloading\nstderr of n0: nodes/n0.log";
    assert_eq!(
        slow.judged(),
        (vec![says.to_owned(), NOT_READY.to_owned()], vec![])
    );
}

#[test]
fn a_node_that_has_read_init_is_asked_whether_it_flushes() {
    let mut silent = Slow::starts();
    assert_eq!(silent.looked_at(10, 0, true), None);
    let says = "protocol: n0 at 10.000 s did not answer init in time; does it flush its stdout?\n\
                loading\nstderr of n0: nodes/n0.log";
    assert_eq!(
        silent.judged(),
        (vec![says.to_owned(), NOT_READY.to_owned()], vec![])
    );
}

#[test]
fn time_without_a_cpu_is_not_counted_against_a_node_that_starts() {
    let mut slow = Slow::starts();
    assert_eq!(slow.looked_at(10, 4, false), Some(14));
    assert_eq!(slow.looked_at(14, 6, false), Some(16));
    // It had its ten seconds.
    assert_eq!(slow.looked_at(16, 6, false), None);
    let (findings, unjudged) = slow.judged();
    let says = "not ready: n0 is still starting after 16 s: it used 3.1 s of CPU, waited 6 s for more \
                and has read nothing";
    assert!(findings[0].starts_with(says), "{findings:?}");
    assert_eq!(unjudged, [""; 0]);
}

#[test]
fn a_node_that_never_had_the_cpu_to_start_is_not_judged() {
    for has_read in [false, true] {
        let mut slow = Slow::starts();
        assert_eq!(slow.looked_at(10, 9, has_read), Some(19));
        assert_eq!(slow.looked_at(19, 17, has_read), Some(27));
        assert_eq!(slow.looked_at(27, 25, has_read), Some(30));
        assert_eq!(slow.looked_at(30, 27, has_read), None);
        let (findings, unjudged) = slow.judged();
        assert_eq!(findings, [""; 0]);
        let says = "the machine is too busy: n0 is still starting after 30 s: it used 3.1 s of CPU, waited \
                    27 s for more and has";
        assert!(unjudged[0].starts_with(says), "{unjudged:?}");
        assert_eq!(unjudged.len(), 1);
    }
}

#[test]
fn a_node_that_knows_no_topology_may_be_of_another_workload() {
    let mut other = Slow::starts();
    let ok = r#"{"src":"n0","dest":"c0","body":{"type":"init_ok","in_reply_to":1}}"#;
    other.engine.heard(Duration::from_secs(1), 0, ok.as_bytes());
    other.engine.advance(Duration::from_secs(1));
    assert_eq!(other.looked_at(11, 0, true), None);
    let (findings, _) = other.judged();
    let says = "protocol: n0 at 11.000 s did not answer topology in time; it answered init: is it a node for \
                another workload, without a handler for topology?\nloading\nstderr of n0: nodes/n0.log";
    assert_eq!(findings[0], says);
    // So may be one that crashes of it, and one that refuses it.
    for crashes in [true, false] {
        let mut other = Slow::starts();
        let now = Duration::from_secs(1);
        other.engine.heard(now, 0, ok.as_bytes());
        other.engine.advance(now);
        if crashes {
            let words = "panic: unknown variant".to_owned();
            other.engine.exited(now, 0, Exit::Status(101), words);
        } else {
            let body = json!({"type": "error", "code": 10, "text": "no handler", "in_reply_to": 2});
            let error = json!({"src": "n0", "dest": "c0", "body": body}).to_string();
            other.engine.heard(now, 0, error.as_bytes());
        }
        other.engine.advance(now);
        let (findings, _) = other.judged();
        assert!(
            findings[0]
                .contains("is it a node for another workload, without a handler for topology?"),
            "{findings:?}"
        );
    }
}

#[test]
fn an_answer_that_comes_in_the_time_added_counts() {
    let mut slow = Slow::starts();
    assert_eq!(slow.looked_at(10, 4, false), Some(14));
    let ok = r#"{"src":"n0","dest":"c0","body":{"type":"init_ok","in_reply_to":1}}"#;
    slow.engine.heard(Duration::from_secs(13), 0, ok.as_bytes());
    slow.engine.advance(Duration::from_secs(13));
    assert_eq!(slow.engine.deadline(), Some(Duration::from_secs(23)));
}

#[test]
fn a_node_that_spoilt_its_set_up_is_wrong_on_a_busy_machine_too() {
    let mut spoilt = Slow::starts();
    spoilt.engine.heard(Duration::ZERO, 0, b"Hello");
    spoilt.engine.advance(Duration::ZERO);
    assert_eq!(spoilt.looked_at(2, 2, true), None);
    let (findings, unjudged) = spoilt.judged();
    assert_eq!(unjudged, [""; 0]);
    let first = "protocol: n0 at 0.000 s wrote a line that is no JSON";
    assert!(findings[0].starts_with(first), "{findings:?}");
}

#[test]
fn the_time_of_a_node_begins_when_its_process_runs() {
    let mut late = Slow::starts();
    late.engine.started(Duration::from_secs(3), 0);
    assert_eq!(late.engine.deadline(), Some(Duration::from_secs(13)));
    assert_eq!(late.looked_at(13, 4, false), Some(17));
    assert_eq!(late.looked_at(17, 4, false), None);
    let (findings, _) = late.judged();
    assert!(
        findings[0].contains("still starting after 14 s"),
        "{findings:?}"
    );
}

#[test]
fn a_node_that_waits_for_a_cpu_just_now_is_looked_at_again() {
    let mut slow = Slow::starts();
    slow.is_runnable = true;
    // 3.1 s of CPU and 2 s of waiting make no ten seconds: the rest may be one long wait.
    assert_eq!(slow.looked_at(12, 2, false), Some(13));
    assert_eq!(slow.looked_at(13, 9, false), Some(19));
    // It ran or waited all the time, as far as is known: nothing else is to be known.
    assert_eq!(slow.looked_at(29, 2, false), Some(30));
    assert_eq!(slow.looked_at(30, 2, false), None);
    let (findings, unjudged) = slow.judged();
    assert_eq!((findings.len(), unjudged.len()), (0, 1));
    // One that computes without end is found out at once.
    let mut endless = Slow::starts();
    endless.is_runnable = true;
    assert_eq!(endless.looked_at(10, 7, false), Some(17));
    assert_eq!(endless.looked_at(17, 7, false), Some(18));
    endless.is_runnable = false;
    assert_eq!(endless.looked_at(18, 7, false), None);
    assert_eq!(endless.judged().1, [""; 0]);
}
