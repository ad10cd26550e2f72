//! Histories of keys, and what is said of them.

use std::fmt::Write;

use crate::cluster::checker;
use crate::cluster::checker::finding::{Finding, Unchecked, Unjudged, Verdict};
use crate::cluster::format::bare;
use crate::cluster::limit::Limit;
use crate::cluster::names::Names;
use crate::cluster::recording::Recording;
use crate::cluster::workload::findings::WorkloadFinding;
use crate::cluster::workload::kind::WorkloadKind;

/// A history of lines as in `1 invoke write x 3`; each takes a millisecond.
fn history(lines: &str) -> Recording {
    let mut text = String::new();
    for line in lines.lines() {
        let [process, kind, function, key, value] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        writeln!(
            text,
            r#"{{"process":{process},"type":"{kind}","f":"{function}","key":"{key}","value":{value}}}"#
        )
        .unwrap();
    }
    bare::read(WorkloadKind::LinKv, text.as_bytes()).unwrap()
}

/// The sentences on what is wrong.
fn told(recording: &Recording, verdict: &Verdict) -> Vec<String> {
    let names = Names::new(&recording.settings, &[]);
    let findings = verdict.findings.iter().map(|finding| match finding {
        Finding::Workload(WorkloadFinding::LinKv(found)) => found.words(&names),
        other => panic!("{other:?}"),
    });
    findings.collect()
}

fn judged(lines: &str) -> Vec<String> {
    let recording = history(lines);
    told(&recording, &checker::judge(&recording, Limit::NONE))
}

#[test]
fn that_a_key_is_not_there_yet_is_an_answer_and_an_unknown_write_is_none() {
    let unchecked = |lines: [&str; 2]| {
        let mut recording = bare::read(WorkloadKind::LinKv, lines.join("\n").as_bytes()).unwrap();
        recording.is_bare = false;
        let findings = checker::judge(&recording, Limit::NONE).findings;
        findings.iter().any(|finding| {
            let nothing = |why: &Unchecked| matches!(why, Unchecked::NothingAcknowledged { .. });
            matches!(finding, Finding::Unchecked(why) if nothing(why))
        })
    };
    let absent = r#"{"process":1,"type":"fail","f":"read","key":"x","error":[20,"no such key"]}"#;
    assert!(!unchecked([
        r#"{"process":1,"type":"invoke","f":"read","key":"x"}"#,
        absent
    ]));
    let unknown = r#"{"process":1,"type":"info","f":"write","key":"x","value":1}"#;
    let write = r#"{"process":1,"type":"invoke","f":"write","key":"x","value":1}"#;
    assert!(unchecked([write, unknown]));
}

#[test]
fn request_without_a_reply_is_told_with_the_result_that_shows_that_it_took_effect() {
    let lines = "\
1 invoke write x 3
2 invoke write x 5
2 ok write x 5
3 invoke read x null
3 ok read x 3
2 invoke write x 5
2 ok write x 5
3 invoke read x null
3 ok read x 3";
    let says = "not linearizable: key \"x\": process 3 read 3 (0.008–0.009 s), but process 1's write 3 was not \
                answered (0.001–no reply; had taken effect by 0.005 s, as process 3's read of 3 shows) and \
                process 2's write 5 was acknowledged (0.006–0.007 s)";
    assert_eq!(judged(lines), [says]);
}

#[test]
fn request_under_way_is_told_with_what_would_be_impossible_had_it_helped() {
    let lines = "\
1 invoke write x 5
1 ok write x 5
2 invoke cas x [5,3]
3 invoke cas x [5,4]
3 ok cas x [5,4]
4 invoke read x null
4 ok read x 3";
    let says = "not linearizable: key \"x\": process 4 read 3 (0.006–0.007 s), but process 3's cas 5→4 was \
                acknowledged (0.004–0.005 s); process 2's cas 5→3 was under way, but it would make process 3's \
                cas 5→4 at 0.005 s impossible";
    assert_eq!(judged(lines), [says]);
}

/// Two keys of which each shows an old value.
const TWO_WRONG: &str = "\
1 invoke write x 3
1 ok write x 3
2 invoke write y 3
2 ok write y 3
1 invoke read y null
1 ok read y null
2 invoke read x null
2 ok read x null";

#[test]
fn what_is_found_does_not_depend_on_which_key_is_done_first() {
    let recording = history(TWO_WRONG);
    let in_order = checker::judge(&recording, Limit::NONE);
    let backwards = |count: usize, work: &(dyn Fn(usize) + Sync)| (0..count).rev().for_each(work);
    let other = checker::judge(&recording, Limit::until(&|| false, &backwards));
    assert_eq!(in_order.findings, other.findings);
    let told = told(&recording, &in_order);
    assert!(
        told[0].contains("key \"y\"") && told[1].contains("key \"x\""),
        "{told:#?}"
    );
}

#[test]
fn wrong_key_is_explained_though_another_one_takes_all_the_time() {
    let mut lines = String::new();
    // More orders than can be tried.
    for kind in ["invoke", "ok"] {
        for process in 10..50 {
            writeln!(lines, "{process} {kind} write z {}", process % 20).unwrap();
        }
    }
    lines += "1 invoke read z null\n1 ok read z null\n";
    let recording = history(&(lines + TWO_WRONG));
    let limit = Limit::until(&|| true, &|count, work| (0..count).for_each(work));
    let verdict = checker::judge(&recording, limit);
    assert!(matches!(verdict.unjudged[..], [Unjudged::GaveUp { .. }]));
    let told = told(&recording, &verdict);
    let is_explained = |told: &String| told.contains("but the value was 3 at");
    assert!(
        told.len() == 2 && told.iter().all(is_explained),
        "{told:#?}"
    );
}
