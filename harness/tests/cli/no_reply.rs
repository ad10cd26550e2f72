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
    // Here a reply would be one message too many.
    cases.write("case.in", INPUT);
    cases
        .run_with(&["."], &lazy)
        .check(0, &[], last)
        .never_says("no reply");
}

#[test]
fn replies_that_a_sample_leaves_out_are_added_and_marked() {
    let cases = Cases::one(
        &format!("@match prefix\n{INPUT}"),
        &format!("# a sample\n{INIT_OK}"),
    );
    let node = crate::fake::node().to_str().unwrap();
    let bless = |way: &str| cases.harness(&["bless", ".", "--missing", "--bin", node, "--", way]);
    let last = "bless: 0 new, 1 changed, 0 unchanged";
    bless("good").check(0, &["CHANGED ./case.expected"], last);
    let added = "# added by harness bless --missing, as a node answered:\n";
    let replies = r#"{"src":"n1","dest":"c1","body":{"type":"add_ok","in_reply_to":2,"msg_id":1}}
{"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":3,"msg_id":2}}
"#;
    let whole = format!("# a sample\n{INIT_OK}{added}{replies}");
    assert_eq!(cases.read("case.expected"), whole);
    cases
        .run("good")
        .check(0, &[], "golden: 1 passed, 0 failed");
    cases
        .run("silent")
        .check(1, &[], "golden: 0 passed, 1 failed");

    bless("good").check(0, &[], "bless: 0 new, 0 changed, 1 unchanged");
    cases.write("case.expected", &INIT_OK.replace("init_ok", "other"));
    bless("good").check(
        1,
        &[
            "REFUSED ./case.in",
            "the node fails ./case.in as it is, so none of its replies is added",
        ],
        "bless: 0 new, 0 changed, 0 unchanged, 1 refused",
    );

    let contains = r#"{"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":3,"msg_id":2}}
"#;
    cases.add("case", &format!("@match contains\n{INPUT}"), contains);
    bless("good").check(0, &[], last);
    let first = replies.lines().next().unwrap();
    let whole = format!("{added}{INIT_OK}{first}\n{contains}");
    assert_eq!(cases.read("case.expected"), whole);
}
