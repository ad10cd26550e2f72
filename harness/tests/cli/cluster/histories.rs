//! `harness check -w`: histories that anything wrote; a folder of them with the verdicts that are right.

use std::path::Path;

use crate::fake::{self, Cases};

const SET: &str = r#"{"process":0,"type":"invoke","f":"add","value":7}
{"process":0,"type":"ok","f":"add","value":7}
{"process":1,"type":"invoke","f":"read","value":null,"final":true}
{"process":1,"type":"ok","f":"read","value":[7],"final":true}
"#;

#[test]
fn a_history_of_others_is_judged_or_refused() {
    let folder = Cases::new();
    folder.write("right.jsonl", SET);
    folder.write("lost.jsonl", &SET.replace("[7]", "[]"));
    folder.write("bad.jsonl", &SET.replacen("invoke", "ok", 1));
    let check = |arguments: &[&str]| folder.harness(&[&["check"], arguments].concat());
    let ran = check(&["-w", "g-set", "right.jsonl"]);
    let says = "g-set: 2 requests of 2 processes\nvalid\n\n  requests          2, 1 add acknowledged, \
                100.00% succeeded\n";
    assert!(ran.stdout.starts_with(says), "{}", ran.stdout);
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    let ran = check(&["--workload", "g-set", "lost.jsonl"]);
    let says = "  lost: process 1 lacks 7, acknowledged by process 0 at 0.002 s\n";
    assert!(
        ran.status == 1 && ran.stdout.contains(says),
        "{}",
        ran.stdout
    );
    for (arguments, says) in [
        (
            &["-w", "g-set", "bad.jsonl"][..],
            "bad.jsonl: line 1: process 0 waits for no answer",
        ),
        (
            &["-w", "echo", "right.jsonl"],
            "right.jsonl: line 1: `f`: echo has no request \"add\"",
        ),
        (
            &["right.jsonl"],
            "right.jsonl is a file: -w NAME says which requests are in it",
        ),
        (
            &["-w", "g-set", "none.jsonl"],
            "the history none.jsonl can't be read: No such file",
        ),
        (
            &["-w", "g-set", "."],
            ". is a folder, and -w NAME wants a file: without -w the folder of a run is judged again",
        ),
    ] {
        let ran = check(arguments);
        assert_eq!((ran.status, &*ran.stdout), (2, ""), "{arguments:?}");
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
}

const STALE_READ: &str = r#"{"process":1,"type":"invoke","f":"write","key":"x","value":3}
{"process":1,"type":"ok","f":"write","key":"x","value":3}
{"process":2,"type":"invoke","f":"write","key":"x","value":5}
{"process":2,"type":"ok","f":"write","key":"x","value":5}
{"process":4,"type":"invoke","f":"cas","key":"x","value":[2,3]}
{"process":3,"type":"invoke","f":"read","key":"x"}
{"process":3,"type":"ok","f":"read","key":"x","value":3}
"#;

#[test]
fn a_read_of_an_old_value_is_told_with_the_write_that_it_missed() {
    let folder = Cases::new();
    folder.write("stale.jsonl", STALE_READ);
    folder.write("other-key.jsonl", &STALE_READ.replacen("\"x\"", "1", 2));
    folder.write(
        "fresh.jsonl",
        &STALE_READ.replace(r#""value":3}"#, r#""value":5}"#),
    );
    let check = |file: &str| folder.harness(&["check", "-w", "lin-kv", file]);
    let ran = check("stale.jsonl");
    let says = "  not linearizable: key \"x\": process 3 read 3 (0.006–0.007 s), but the value was 5 at 0.004 s, \
                when process 2's write 5 was acknowledged; the last request that could write 3 ended at 0.002 s; \
                process 4's cas 2→3 was under way, but needs 2
    process 2  ├─ write 5 ──┤
    process 3                      ├─ read 3 ──┤
               0.003       0.004   0.006      0.007 s
";
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
    assert_eq!(ran.status, 1);
    let ran = check("other-key.jsonl");
    let says = "process 3 read 3 (0.006–0.007 s), but the value was 5 at 0.004 s";
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
    let refused = STALE_READ.replace(
        r#""type":"ok","f":"read","key":"x","value":3"#,
        r#""type":"fail","f":"cas","key":"x","value":[5,3],"error":[22,"busy"]"#,
    );
    let refused = refused.replace(
        r#""f":"read","key":"x""#,
        r#""f":"cas","key":"x","value":[5,3]"#,
    );
    folder.write("refused.jsonl", &refused);
    let ran = check("refused.jsonl");
    let says = "(error 22 to cas 5→3) (0.006–0.007 s), but the value was 5 at 0.004 s, when";
    let switch =
        "; with --cas-conflicts error 22 only says that nothing was done, and nothing is wrong\n";
    assert!(
        ran.stdout.contains(says) && ran.stdout.contains(switch),
        "{}",
        ran.stdout
    );
    let ran = folder.harness(&["check", "-w", "lin-kv", "--cas-conflicts", "refused.jsonl"]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    let ran = check("fresh.jsonl");
    for says in [
        "\nvalid\n",
        "  requests          4 for 1 key, ",
        "rule  valid\n",
    ] {
        assert!(ran.stdout.contains(says), "{}", ran.stdout);
    }
    assert_eq!(ran.status, 0);
}

#[test]
#[ignore = "needs a folder of histories with their verdicts: make histories HISTORIES=DIR"]
fn each_history_of_a_folder_has_its_verdict() {
    let folder = std::env::var("HISTORIES").expect("HISTORIES names the folder");
    let folder = Path::new(&folder);
    let table = std::fs::read_to_string(folder.join("verdicts.tsv")).unwrap();
    let (mut judged, mut skipped, mut wrong) = (0, 0, Vec::new());
    for row in table.lines().skip(1) {
        let columns: Vec<_> = row.split('\t').collect();
        let [file, workload, options, valid, anomalies, model, _] = columns[..] else {
            panic!("{row}");
        };
        let models = ["--consistency-models", model];
        let models = models.iter().filter(|_| !model.is_empty());
        let ran = fake::harness()
            .args(["check", "-w", workload])
            .args(options.split_whitespace())
            .args(models)
            .arg(folder.join(file))
            .output()
            .unwrap();
        let text = String::from_utf8(ran.stdout).unwrap();
        let error = String::from_utf8(ran.stderr).unwrap();
        if error.contains("invalid value") {
            skipped += 1;
            continue;
        }
        judged += 1;
        let expected = match valid {
            "true" => Some(0),
            "false" => Some(1),
            _ => Some(2),
        };
        let plain = text.replace("-item", "");
        let mut anomalies = anomalies.split_whitespace();
        let named = anomalies.all(|one| {
            one.split('|')
                .any(|name| plain.contains(&name.replace("-item", "")))
        });
        if ran.status.code() != expected || !named {
            wrong.push(format!("{row}\n{text}{error}"));
        }
    }
    println!("{judged} judged, {skipped} of workloads that are not here");
    assert!(judged > 0, "no row can be judged");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
