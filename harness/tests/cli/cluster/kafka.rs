//! `harness check -w kafka`: what is said of logs.

use crate::fake::Cases;

/// Two messages of one client, a poll that shows the second, and what was committed.
const LOG: &str = r#"{"process":1,"type":"invoke","f":"send","value":[["send","7",1]]}
{"process":1,"type":"ok","f":"send","value":[["send","7",[4,1]]]}
{"process":1,"type":"invoke","f":"send","value":[["send","7",2]]}
{"process":1,"type":"ok","f":"send","value":[["send","7",[5,2]]]}
{"process":2,"type":"invoke","f":"assign","value":["7"]}
{"process":2,"type":"ok","f":"assign","value":{"7":4}}
{"process":2,"type":"invoke","f":"poll","value":[["poll",{"7":4}]]}
{"process":2,"type":"ok","f":"poll","value":[["poll",{"7":[[4,1],[5,2]]}]]}
{"process":2,"type":"invoke","f":"commit","value":{"7":5}}
{"process":2,"type":"ok","f":"commit","value":{"7":5}}
{"process":2,"type":"invoke","f":"assign","value":["7"],"final":true}
{"process":2,"type":"ok","f":"assign","value":{"7":5},"final":true}
"#;

#[test]
fn each_fault_of_a_log_has_its_sentence() {
    let folder = Cases::new();
    let check = |text: &str| {
        folder.write("history.jsonl", text);
        folder.harness(&["check", "-w", "kafka", "history.jsonl"])
    };
    let right = LOG.replace("{\"7\":4}}\n", "{}}\n");
    let ran = check(&right);
    let says = "kafka: 6 requests of 2 processes\nvalid\n\n  requests          6, 2 sends acknowledged, \
                100.00% succeeded\n  logs              2 messages of 1 key, shown 2 times in 1 poll\n";
    assert!(ran.stdout.starts_with(says), "{}", ran.stdout);
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    for (from, to, says) in [
        (
            "{}}\n",
            "{\"7\":4}}\n",
            "commit-too-high: process 2 listed at 0.006 s offset 4 of key \"7\" as committed, and none was \
             committed by then: a client that polls on from there misses messages",
        ),
        (
            "[[4,1],[5,2]]",
            "[[5,2]]",
            "poll-skip: a poll of key \"7\" from offset 4 on begins with message 2 at offset 5 (shown by \
             process 2 at 0.008 s), and skips message 1 at offset 4 (acknowledged by process 1 at 0.002 s)",
        ),
        (
            "[[4,1],[5,2]]",
            "[[4,1]]",
            "unseen: no poll of key \"7\" shows message 2 at offset 5 (acknowledged by process 1 at 0.004 s)",
        ),
        (
            "[[4,1],[5,2]]",
            "[[4,1],[5,2],[6,\"x\"]]",
            "phantom: a poll of key \"7\" shows message \"x\" at offset 6 (shown by process 2 at 0.008 s), \
             which nobody sent",
        ),
        (
            "[5,2]]]}",
            "[4,2]]]}",
            "inconsistent-offsets: key \"7\" has message 1 at offset 4 (acknowledged by process 1 at 0.002 s), \
             and message 2 at offset 4 (acknowledged by process 1 at 0.004 s)",
        ),
        (
            "{\"7\":5},\"final\"",
            "{},\"final\"",
            "lost-commit: process 2 listed at 0.012 s no offset of key \"7\" as committed, and the highest \
             committed before the end is 5",
        ),
    ] {
        let wrong = right.replacen(from, to, 1);
        assert_ne!(wrong, right);
        let ran = check(&wrong);
        assert!(
            ran.stdout.contains(&format!("  {says}\n")),
            "{}",
            ran.stdout
        );
        assert_eq!((ran.status, &*ran.stderr), (1, ""));
    }
}
