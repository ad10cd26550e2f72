//! Whole runs of cases at the edges, with a node that says what it hears.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use assert_cmd::cargo::cargo_bin;

/// Runs a case with a node that writes each line back; what was printed, and the exit status.
fn run(input: &[u8], expected: &[u8]) -> (String, i32) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    fs::write(file("case.in"), input).unwrap();
    fs::write(file("case.expected"), expected).unwrap();
    fs::write(
        file("harness.toml"),
        "\u{feff}timeout = \"20s\"\r\noutput-max = \"64MiB\"\r\n",
    )
    .unwrap();
    fs::write(file("echo"), "#!/bin/sh\nexec cat\n").unwrap();
    fs::set_permissions(file("echo"), fs::Permissions::from_mode(0o755)).unwrap();
    let output = assert_cmd::Command::new(cargo_bin!("harness"))
        .args(["run", ".", "--bin", "./echo"])
        .env_remove("GITHUB_ACTIONS")
        .env("XDG_CACHE_HOME", folder.path())
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    (said, output.status.code().unwrap())
}

#[track_caller]
fn check(name: &str, input: &[u8], expected: &[u8], status: i32, says: &str) {
    let (said, code) = run(input, expected);
    assert_eq!(code, status, "{name}: {said}");
    assert!(said.contains(says), "{name}: {said}");
    assert!(!said.contains("panicked"), "{name}: {said}");
    // Whatever a node writes, nobody has to read megabytes.
    assert!(said.len() < 100_000, "{name}: {} bytes", said.len());
}

#[test]
fn what_is_sent_as_it_stands_comes_back_and_passes() {
    let deep = "[".repeat(10_000) + &"]".repeat(10_000) + "\n";
    for (name, text) in [
        (
            "marks and Windows line ends",
            "\u{feff}{\"a\":1}\r\n\r\n{\"b\":2}\r\n",
        ),
        ("no newline at the end", "{\"a\":1}"),
        (
            "numbers",
            "[18446744073709551616,1e400,-0,123456789012345678901234567890]\n",
        ),
        ("a lone surrogate", "\"\\ud800\"\n"),
        ("a NUL", "a\0b\n"),
        ("depth", &deep),
    ] {
        check(
            name,
            text.as_bytes(),
            text.as_bytes(),
            0,
            "1 passed, 0 failed",
        );
    }
}

#[test]
fn what_differs_at_an_edge_is_told_shortly() {
    let long = format!("\"{}\"\n", "x".repeat(1 << 20));
    let lines = "{\"a\":1}\n".repeat(20_000);
    let deep = "[".repeat(10_000) + "\n";
    for (name, input, expected, status, says) in [
        (
            "a long line",
            long.as_str(),
            "\"y\"\n",
            1,
            "case.expected:1",
        ),
        ("many lines", &lines, "{\"a\":1}\n", 1, "0 passed, 1 failed"),
        ("depth", &deep, "[]\n", 1, "levels"),
        (
            "equal keys",
            "{\"a\":1,\"a\":2}\n",
            "{\"a\":2}\n",
            1,
            "twice in one object",
        ),
        (
            "equal keys expected",
            "{}\n",
            "{\"a\":1,\"a\":2}\n",
            2,
            "case.expected:1:8: the key `a` stands twice",
        ),
        ("nothing to send", "\n", "", 2, "case.in:1:1: no message"),
        ("nothing expected", "{}\n", "\n", 1, "0 passed, 1 failed"),
    ] {
        check(name, input.as_bytes(), expected.as_bytes(), status, says);
    }
}

#[test]
#[ignore = "`make fuzz` runs it: it takes a while"]
fn fifty_megabytes_and_a_million_lines_are_run() {
    let long = format!("\"{}\"\n", "x".repeat(50 << 20));
    let lines = "{\"a\":1}\n".repeat(1_000_000);
    check(
        "a long line",
        long.as_bytes(),
        b"\"y\"\n",
        1,
        "0 passed, 1 failed",
    );
    check(
        "many lines",
        lines.as_bytes(),
        lines.as_bytes(),
        0,
        "1 passed, 0 failed",
    );
}
