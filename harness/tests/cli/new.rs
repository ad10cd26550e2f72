//! The start of a case.

use crate::fake::{self, Cases};

#[test]
fn a_new_case_is_blessed_and_passes() {
    let cases = Cases::new();
    let echo = r#"{"type":"echo","echo":1}"#;
    let ran = cases.harness(&["new", "a/read-twice", "read", "read", echo, "--nodes", "2"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(
        ran.stdout.contains("wrote a/read-twice.in\n"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains(" bless a/read-twice.in --bin NODE\n"),
        "{}",
        ran.stdout
    );
    let text = cases.read("a/read-twice.in");
    assert!(text.starts_with("# Read twice\n{\"src\":\"c0\""), "{text}");
    assert_eq!(text.lines().count(), 5);
    let node = fake::node().to_str().unwrap();
    let last = "bless: 1 new, 0 changed, 0 unchanged";
    cases
        .harness(&["bless", "a", "--bin", node])
        .check(0, &[], last);
    cases
        .run("good")
        .check(0, &[], "golden: 1 passed, 0 failed");
}

#[test]
fn nothing_that_exists_is_touched_and_no_odd_name_is_taken() {
    let cases = Cases::new();
    cases.write("there.expected", "kept");
    cases.write("here.in", "kept");
    for (name, says) in [
        ("there", "there.expected is there already"),
        ("here.in", "here.in is there already"),
        ("folder/", "can't be a case's name"),
        ("..", "can't be a case's name"),
        (".hidden", "can't be a case's name"),
        ("here.in/below", "can't be written"),
    ] {
        let ran = cases.harness(&["new", name]);
        assert_eq!(ran.status, 2, "{name}: {}", ran.stdout);
        assert!(ran.stderr.contains(says), "{name}: {}", ran.stderr);
    }
    let ran = cases.harness(&["new", "bad", "two words"]);
    assert!(
        ran.stderr.contains("`two words` is no request"),
        "{}",
        ran.stderr
    );
    assert_eq!(cases.read("there.expected"), "kept");
    assert_eq!(std::fs::read_dir(cases.path()).unwrap().count(), 2);
}
