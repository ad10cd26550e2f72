//! Files that are wrong in a way that nobody means: the file is named, not the node blamed.

use std::fs;

use crate::fake::Cases;

const PING: &str = "{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"ping\",\"msg_id\":1}}\n";
const PONG: &str =
    "{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"ping_ok\",\"in_reply_to\":1}}\n";

/// The UTF-16 of a text, with its mark.
fn utf_16(text: &str) -> Vec<u8> {
    let units = text.encode_utf16().flat_map(u16::to_le_bytes);
    b"\xff\xfe".iter().copied().chain(units).collect()
}

#[test]
fn file_that_is_wrong_is_named_with_its_line_and_advice() {
    let cases = Cases::new();
    let names = [
        "utf-16",
        "merge",
        "comment",
        "behind",
        "golden",
        "config/c",
        "directive",
    ];
    for name in names {
        cases.add(name, PING, PONG);
    }
    fs::write(cases.path().join("utf-16.in"), utf_16(PING)).unwrap();
    cases.write("merge.expected", &format!("<<<<<<< HEAD\n{PONG}"));
    cases.write("directive.expected", &format!("@match prefix\n{PONG}"));
    cases.write("comment.in", &format!("// a ping\n{PING}"));
    cases.write("behind.expected", &format!("{} // pong\n", PONG.trim_end()));
    fs::write(cases.path().join("golden.expected"), utf_16(PONG)).unwrap();
    fs::write(
        cases.path().join("config/harness.toml"),
        utf_16("timeout = \"5s\""),
    )
    .unwrap();
    cases.run("good").check(
        2,
        &[
            "./utf-16.in:1:1: this file is UTF-16; save it as UTF-8",
            "./merge.expected:1:1: this is a conflict marker of an unfinished merge: keep one",
            "./comment.in:1:1: a comment stands on a line of its own, and starts with `#`",
            "./behind.expected:1:68: a comment stands on a line of its own",
            "./directive.expected:1:1: `@match` belongs in the .in",
            "./golden.expected:1:1: this file is UTF-16",
            "./config/harness.toml:1:1: this file is UTF-16",
        ],
        "golden: 0 passed, 7 failed",
    );
    let cases = Cases::one(PING, PONG);
    for (line, says) in [
        (
            "timeout = \"5s\"\n// short\n",
            "./harness.toml:2:1: a comment stands",
        ),
        (
            "timeout = \"5s\"\n<<<<<<< HEAD\n",
            "./harness.toml:2:1: this is a conflict marker of an unfinished merge",
        ),
    ] {
        cases.write("harness.toml", line);
        cases
            .run("good")
            .check(2, &[says], "golden: 0 passed, 1 failed");
    }
}

#[test]
fn a_fault_in_the_settings_of_many_cases_is_told_once_with_the_keys() {
    let cases = Cases::new();
    for name in ["a", "b", "c"] {
        cases.add(name, PING, PONG);
    }
    cases.write("harness.toml", "timout = \"3s\"\n");
    let ran = cases.run("good");
    ran.check(
        2,
        &["2 more cases could not be run with the same cause as ./a.in"],
        "golden: 0 passed, 3 failed",
    );
    let says = "harness.toml:1:1: there is no key `timout`; did you mean `timeout`? The keys are bin, args,";
    assert_eq!(ran.stdout.matches(says).count(), 1, "{}", ran.stdout);
}

#[test]
fn file_without_a_message_is_named_before_the_node() {
    let cases = Cases::one("<html>\n<body>\n", PONG);
    cases.add("other", PING, "Not found\n");
    let ran = cases.run("exits-early");
    ran.check(
        1,
        &["no line of ./case.in is JSON, from ./case.in:1 on, so the node got no message"],
        "golden: 0 passed, 2 failed",
    );
    let file = ran.stdout.find("no line of ./case.in").unwrap();
    let node = ran.stdout.find("exited with status 3").unwrap();
    assert!(file < node, "{}", ran.stdout);
    cases.run("good").check(
        1,
        &["no line of ./other.expected is JSON, from ./other.expected:1 on"],
        "golden: 0 passed, 2 failed",
    );
}

#[test]
fn values_that_look_alike_are_written_out() {
    let pong = |value: &str| {
        PONG.replace(
            "\"in_reply_to\"",
            &format!("\"v\":\"{value}\",\"in_reply_to\""),
        )
    };
    for (expected, actual, says) in [
        (
            "a b",
            "a\u{a0}b",
            [
                "body.v should be \"a b\", is \"a\\u{a0}b\": they look alike, but have different characters",
                "\"v\":\"a\\u{a0}b\",",
            ],
        ),
        (
            "caf\u{e9}",
            "cafe\u{301}",
            [
                "body.v should be \"caf\\u{e9}\", is \"cafe\\u{301}\": they look alike",
                "\"v\":\"cafe\\u{301}\",",
            ],
        ),
    ] {
        let cases = Cases::one(PING, &pong(expected));
        cases.write("stdout", &pong(actual));
        let ran = cases.run_with(&["."], &["replay", "stdout"]);
        ran.check(1, &says, "golden: 0 passed, 1 failed");
    }
    let cases = Cases::one(PING, "caf\u{e9}\n");
    cases.write("stdout", "cafe\u{301}\n");
    let ran = cases.run_with(&["."], &["replay", "stdout"]);
    let says = [
        "the two lines look alike, but have different characters",
        "cafe\\u{301}",
    ];
    ran.check(1, &says, "golden: 0 passed, 1 failed");
}

#[test]
fn service_of_maelstrom_is_named_as_what_it_is() {
    let asks = PONG.replace("\"dest\":\"c1\"", "\"dest\":\"seq-kv\"");
    let cases = Cases::one(PING, PONG);
    cases.write("stdout", &asks);
    let ran = cases.run_with(&["."], &["replay", "stdout"]);
    let says = "stdout line 1 goes to seq-kv, a service of Maelstrom that nobody plays in this case: let the \
                harness do so with `@service seq-kv` in the head of the .in";
    ran.check(1, &[says], "golden: 0 passed, 1 failed");
}
