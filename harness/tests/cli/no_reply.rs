//! A sample that asks for little is told as that: what it lets a node leave out.

use crate::fake::Cases;

const INPUT: &str = r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}}
{"src":"c1","dest":"n1","body":{"type":"add","msg_id":2}}
{"src":"c1","dest":"n1","body":{"type":"read","msg_id":3}}
"#;

const INIT_OK: &str = "{\"src\":\"n1\",\"dest\":\"c0\",\"body\":{\"type\":\"init_ok\",\"in_reply_to\":1,\"msg_id\":0}}\n";

#[test]
fn case_that_passes_without_replies_says_which() {
    let cases = Cases::one(&format!("@match prefix\n{INPUT}"), INIT_OK);
    let says = [
        "note: the add request on ./case.in:3 and 1 other request got no reply, and ./case.expected wants none",
        "1 passed, 1 of them check only `init`\n",
    ];
    let last = "golden: 1 passed, 0 failed";
    cases.write("stdout", INIT_OK);
    let lazy = ["replay", "stdout"];
    cases.run_with(&["."], &lazy).check(0, &says, last);
    cases
        .run("good")
        .check(0, &[], last)
        .never_says("no reply")
        .never_says("only `init`");
    let json = cases.run_with(&[".", "--format", "json"], &lazy);
    assert!(json.stdout.contains("\"only_init\":1"), "{}", json.stdout);
    assert!(
        json.stdout.contains("\"kind\":\"no_reply\""),
        "{}",
        json.stdout
    );
}
