//! `@service`: the harness plays Maelstrom's services for a case's node.

use crate::fake::{self, Cases, Ran};

const INPUT: &str = r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}}
{"src":"c1","dest":"n1","body":{"type":"add","msg_id":2,"delta":3}}
{"src":"c1","dest":"n1","body":{"type":"add","msg_id":3,"delta":4}}
{"src":"c1","dest":"n1","body":{"type":"read","msg_id":4}}
"#;

const EXPECTED: &str = r#"{"src":"n1","dest":"c0","body":{"type":"init_ok","in_reply_to":1}}
{"src":"n1","dest":"c1","body":{"type":"add_ok","in_reply_to":2}}
{"src":"n1","dest":"c1","body":{"type":"add_ok","in_reply_to":3}}
{"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":4,"value":7}}
"#;

const PASSED: &str = "golden: 1 passed, 0 failed";
const FAILED: &str = "golden: 0 passed, 1 failed";

/// A counter whose sum is in seq-kv.
fn count(cases: &Cases) -> Ran {
    let node = fake::service_node().to_str().unwrap();
    cases.harness(&["run", ".", "--bin", node, "--", "counts", cases.token()])
}

#[test]
fn node_whose_sum_is_in_a_service_passes_where_the_harness_plays_it() {
    for head in [
        "@service seq-kv\n",
        "@service lin-kv seq-kv\n@match contains\n",
        "@service seq-kv\n@pace all-at-once\n@match unordered\n",
    ] {
        let sum = if head.contains("all-at-once") {
            // What is read while both are added, nobody knows.
            r#""value":"<number>""#
        } else {
            r#""value":7"#
        };
        let expected = EXPECTED.replace(r#""value":7"#, sum);
        let cases = Cases::one(&format!("{head}{INPUT}"), &expected);
        count(&cases).check(0, &[], PASSED);
    }
    let cases = Cases::one(INPUT, EXPECTED);
    cases.write("harness.toml", "service = [\"seq-kv\"]\ntimeout = \"1s\"\n");
    count(&cases).check(0, &[], PASSED);
    let node = fake::service_node().to_str().unwrap();
    let shown = cases.harness(&["config", ".", "--bin", node]);
    let says = "  service    seq-kv  (./harness.toml:1)";
    assert!(shown.stdout.contains(says), "{}", shown.stdout);
    // A case under it may play none.
    cases.write("case.in", &format!("@service lin-kv\n{INPUT}"));
    let says = ["`@service seq-kv` in the head of the .in"];
    count(&cases).check(1, &says, FAILED);
}

#[test]
fn wrong_answer_of_a_node_that_asks_a_service_fails_and_its_picture_shows_what_it_asked() {
    let expected = EXPECTED.replace(r#""value":7"#, r#""value":8"#);
    let cases = Cases::one(&format!("@service seq-kv\n{INPUT}"), &expected);
    let says = ["body.value", "n1 -- read #5"];
    let ran = count(&cases);
    ran.check(1, &says, FAILED);
    assert!(!ran.stdout.contains("@service"), "{}", ran.stdout);
}

#[test]
fn bless_of_a_node_that_waits_for_a_service_says_who_could_play_it() {
    let cases = Cases::one(INPUT, EXPECTED);
    cases.write("harness.toml", "timeout = \"1s\"\n");
    let node = fake::service_node().to_str().unwrap();
    let bless = || cases.harness(&["bless", ".", "--bin", node, "--", "counts", cases.token()]);
    let says = "and asks seq-kv, which nobody plays in this case: let the harness do so with `@service seq-kv`";
    bless().check(
        1,
        &[says],
        "bless: 0 new, 0 changed, 0 unchanged, 1 refused",
    );
    cases.write("case.in", &format!("@service seq-kv\n{INPUT}"));
    bless().check(0, &[], "bless: 0 new, 0 changed, 1 unchanged");
}

#[test]
fn services_of_a_cluster_are_there_without_a_directive() {
    let init = INPUT.lines().next().unwrap();
    let rest = INPUT.replace(&format!("{init}\n"), "");
    let others = rest.replace(
        "\"dest\":\"n1\",\"body\":{\"type\":\"read\"",
        "\"dest\":\"n2\",\"body\":{\"type\":\"read\"",
    );
    let input = format!("@cluster n1 n2 --topology none\n{others}");
    let mut expected: Vec<_> = EXPECTED.lines().skip(1).map(str::to_owned).collect();
    let last = expected.pop().unwrap();
    expected.push(
        last.replace("\"src\":\"n1\"", "\"src\":\"n2\"")
            .replace('7', "\"<int 0..7>\""),
    );
    let cases = Cases::one(&input, &(expected.join("\n") + "\n"));
    count(&cases).check(0, &[], PASSED);
}

#[test]
fn directive_that_names_no_service_or_expects_what_is_asked_of_one_is_refused() {
    let asked = r#"{"src":"n1","dest":"seq-kv","body":{"type":"read","key":"sum","msg_id":1}}"#;
    for (head, expected, says) in [
        ("@service", EXPECTED.to_owned(), "./case.in:1:"),
        (
            "@service seqkv",
            EXPECTED.to_owned(),
            "`lin-kv`, `seq-kv`, `lww-kv`, `lin-tso`",
        ),
        ("@service seq-kv seq-kv", EXPECTED.to_owned(), "each once"),
        (
            "@service seq-kv",
            format!("{EXPECTED}{asked}\n"),
            "a message to seq-kv is expected here, but `@service` on line 1 of the .in",
        ),
    ] {
        let cases = Cases::one(&format!("{head}\n{INPUT}"), &expected);
        count(&cases).check(2, &[says], FAILED);
    }
}
