//! `@ignore`: background messages are no part of the comparison, and stay messages of the node.

use crate::fake::{self, Cases};

const INPUT: &str = r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1","n2"]}}
{"src":"c1","dest":"n1","body":{"type":"read","msg_id":2}}
{"src":"c1","dest":"n1","body":{"type":"write","msg_id":3}}
"#;

const EXPECTED: &str = r#"{"src":"n1","dest":"c0","body":{"type":"init_ok","in_reply_to":1,"msg_id":0}}
{"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":2,"msg_id":1}}
{"src":"n1","dest":"c1","body":{"type":"write_ok","in_reply_to":3,"msg_id":2}}
"#;

const PASSED: &str = "golden: 1 passed, 0 failed";
const FAILED: &str = "golden: 0 passed, 1 failed";

#[test]
fn background_messages_are_not_compared_in_any_mode_nor_counted() {
    for mode in ["exact", "unordered", "prefix"] {
        let head = format!("@exit strict\n@match {mode}\n");
        let cases = Cases::one(&format!("{head}{INPUT}"), EXPECTED);
        cases.run("beats").check(1, &["beat"], FAILED);
        cases.write("case.in", &format!("{head}@ignore gossip beat\n{INPUT}"));
        cases.run("beats").check(0, &[], PASSED);
    }
    let cases = Cases::one(INPUT, EXPECTED);
    cases.write("harness.toml", "ignore = [\"beat\"]\n");
    cases.run("beats").check(0, &[], PASSED);
    let node = fake::node().to_str().unwrap();
    let shown = cases.harness(&["config", ".", "--bin", node]);
    let says = "  ignore     beat  (./harness.toml:1)";
    assert!(shown.stdout.contains(says), "{}", shown.stdout);
    // A case under it may want others.
    cases.write("case.in", &format!("@ignore gossip\n{INPUT}"));
    cases.run("beats").check(1, &["beat"], FAILED);
}

#[test]
fn failure_beside_background_messages_is_the_nodes_and_its_picture_shows_them() {
    let expected = EXPECTED.replace("write_ok", "written");
    let cases = Cases::one(&format!("@ignore beat\n{INPUT}"), &expected);
    cases.run("beats").check(
        1,
        &[
            "./case.expected:3: body.type",
            "n1 -- beat #902 beat=2 --> n2",
            "actual 6 |",
            "stdout 6",
        ],
        FAILED,
    );
}

#[test]
fn malformed_background_message_fails_all_the_same() {
    let lines: Vec<_> = EXPECTED.lines().collect();
    for (beat, says) in [
        (
            r#"{"src":"n1","dest":"n2","x":1,"body":{"type":"beat"}}"#,
            "the key \"x\" beside src, dest and body",
        ),
        (r#"{"src":"n1","body":{"type":"beat"}}"#, "dest"),
        (r#"{"src":"n7","dest":"n2","body":{"type":"beat"}}"#, "n7"),
        (
            r#"{"src":"n1","dest":"n2","body":{"type":"beat","msg_id":1}}"#,
            "msg_id 1",
        ),
    ] {
        let cases = Cases::one(&format!("@ignore beat\n{INPUT}"), EXPECTED);
        let output = [lines[0], lines[1], beat, lines[2], ""].join("\n");
        cases.write("output", &output);
        let output = cases.path().join("output");
        let ran = cases.run_with(&["."], &["replay", output.to_str().unwrap()]);
        assert_eq!(ran.status, 1, "{beat}: {}", ran.stdout);
        assert!(ran.stdout.contains(says), "{beat}: {}", ran.stdout);
    }
}

#[test]
fn expected_message_that_is_ignored_is_told_at_its_line() {
    let beat = "{\"src\":\"n1\",\"dest\":\"n2\",\"body\":{\"type\":\"beat\"}}\n";
    let cases = Cases::one(
        &format!("@ignore beat\n{INPUT}"),
        &format!("{EXPECTED}{beat}"),
    );
    let says = "./case.expected:4:1: a message of type `beat` is expected here, but `@ignore` on line 1 of \
                the .in takes messages of that type out of the comparison";
    cases.run("beats").check(2, &[says], FAILED);
    cases.write("case.in", INPUT);
    cases.write("harness.toml", "timeout = \"9s\"\nignore = [\"beat\"]\n");
    let says = "expected here, but `ignore` on line 2 of ./harness.toml takes";
    cases.run("beats").check(2, &[says], FAILED);
    cases.write("harness.toml", "ignore = [\"read_ok\"]\n");
    let says = "./case.in:2:1: a message of type `read_ok` answers this request, but `ignore` on line 1 of";
    cases.run("beats").check(2, &[says], FAILED);
    // What answers another node may be of no interest.
    let peers = INPUT.replace("c1", "n2");
    cases.add(
        "case",
        &peers,
        &EXPECTED.lines().take(1).collect::<String>(),
    );
    let ignore = "ignore = [\"beat\", \"read_ok\", \"write_ok\"]\n";
    cases.write("harness.toml", ignore);
    cases.run("beats").check(0, &[], PASSED);
}

#[test]
fn background_messages_of_a_cluster_to_its_clients_are_not_compared() {
    // The harness itself introduces the nodes of a cluster.
    let lines = |text: &str| text.split_inclusive('\n').skip(1).collect::<String>();
    let (input, expected) = (lines(INPUT), lines(EXPECTED));
    let ignore = format!("@ignore beat\n@cluster n1 n2\n{input}");
    let cases = Cases::one(&ignore, &expected);
    let run = |cases: &Cases| cases.run_with(&[".", "--timeout", "60s"], &["beats", "c1"]);
    run(&cases).check(0, &[], PASSED);
    cases.write("case.expected", &expected.replace("write_ok", "written"));
    run(&cases).check(
        1,
        &["./case.expected:2: body.type", "c1 <-- beat #"],
        FAILED,
    );
    cases.add("case", &format!("@cluster n1 n2\n{input}"), &expected);
    run(&cases).check(1, &["beat"], FAILED);
}

#[test]
fn background_messages_are_never_blessed() {
    let cases = Cases::new();
    cases.write("case.in", &format!("@ignore beat\n{INPUT}"));
    let node = fake::node().to_str().unwrap();
    let ran = cases.harness(&["bless", ".", "--bin", node, "--", "beats"]);
    ran.check(0, &[], "bless: 1 new, 0 changed, 0 unchanged")
        .never_says("beat");
    assert_eq!(cases.read("case.expected").lines().count(), 3);
    cases.run("beats").check(0, &[], PASSED);
}
