//! An audit as its user sees it.

use crate::fake::{self, Cases, Ran};

const INPUT: &str = r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}}
{"src":"c1","dest":"n1","body":{"type":"read","msg_id":2}}
"#;

const INIT: &str =
    "{\"src\":\"n1\",\"dest\":\"c0\",\"body\":{\"type\":\"init_ok\",\"in_reply_to\":1}}\n";
const READ: &str =
    "{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"read_ok\",\"in_reply_to\":2}}\n";

fn audit(cases: &Cases, way: &str) -> Ran {
    let node = fake::node().to_str().unwrap();
    cases.harness(&["audit", ".", "--bin", node, "--", way])
}

#[test]
fn weak_cases_are_listed_with_what_passes() {
    let cases = Cases::new();
    cases.add("init-only", &format!("@match prefix\n{INPUT}"), INIT);
    cases.add("yes", INPUT, &format!("{INIT}{READ}"));
    let ran = audit(&cases, "good");
    ran.check(
        1,
        &[
            "WEAK ./init-only.in\n  a node that answers init, and nothing else, passes\n",
            "WEAK ./yes.in\n  a node that answers everything with an empty ..._ok passes\n",
        ],
        "audit: 2 audited, 2 weak",
    );
}

#[test]
fn what_a_case_does_not_look_at_is_named() {
    let cases = Cases::new();
    let said = READ.replace("_to\":2", "_to\":2,\"value\":5,\"at\":\"n1\"");
    let shown = said.replace("\"value\":5", "\"value\":\"<any>\"");
    cases.add("open", INPUT, &format!("# init\n{INIT}{shown}"));
    cases.add("half", &format!("@match contains\n{INPUT}"), &said);
    cases.write("output", &format!("{INIT}{said}"));
    let node = fake::node().to_str().unwrap();
    let arguments = ["audit", ".", "--bin", node, "--", "replay", "output"];
    cases.harness(&arguments).check(
        1,
        &[
            "WEAK ./half.in\n  the reply to ./half.in:2 (stdout line 1, init_ok) may be missing\n",
            "WEAK ./open.in\n  body.value in the reply to ./open.in:2 (stdout line 2, read_ok) may be another \
             (./open.expected:3)\n",
        ],
        "audit: 2 audited, 2 weak",
    );
}

#[test]
fn what_cannot_be_audited_is_said() {
    let cases = Cases::new();
    cases.add("fails", INPUT, READ);
    cases.write("bare.in", INPUT);
    cases.add("bad", "@nothing\n{}", "");
    cases.add("skipped", &format!("@skip not today\n{INPUT}"), INIT);
    let says = [
        "FAIL ./fails.in\n  your node fails it",
        "FAIL ./bare.in\n  there is no ./bare.expected",
        "ERROR ./bad.in\n  ./bad.in:1:1: there is no directive",
        "SKIP ./skipped.in: not today",
    ];
    let last = "audit: 0 audited, 0 weak, 2 failing, 1 skipped, 1 not run";
    audit(&cases, "good").check(2, &says, last);
}
