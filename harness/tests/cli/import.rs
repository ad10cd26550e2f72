//! `harness import`: what it writes, what it prints, what it never touches; and that what it wrote
//! can be run.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;

use crate::fake::{Cases, wait_for};

/// The text of the task's page, as one copies it.
const PAGE: &str = include_str!("pages/task.txt");

const PING: &str = r#"{"src":"c1","dest":"n1","body":{"type":"ping","msg_id":1}}"#;
const PONG: &str = r#"{"src":"n1","dest":"c1","body":{"type":"ping_ok","in_reply_to":1}}"#;

/// How many samples are imported by one that is interrupted.
const SAMPLES: usize = 800;

/// The files of a folder with what stands in them, by name.
fn files(folder: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let read = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        (name, fs::read_to_string(entry.path()).unwrap())
    };
    let mut files: Vec<_> = entries.map(read).collect();
    files.sort();
    files
}

fn samples() -> Vec<(String, String)> {
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases/task/samples"))
}

#[test]
fn the_page_of_the_task_gives_its_samples_byte_for_byte() {
    let cases = Cases::new();
    cases.write("page.txt", PAGE);
    let ran = cases.harness(&["import", "page.txt", "a/b"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert_eq!(
        ran.stdout,
        "wrote a/b/broadcast-with-no-neighbors.in (exact)\n\
         wrote a/b/failure-stats-initially-zero.in (exact)\n\
         next: harness run a/b --bin PATH\n\
         imported: 2 cases, 0 warnings\n"
    );
    assert_eq!(files(&cases.path().join("a/b")), samples());
    for name in [
        "broadcast-with-no-neighbors",
        "failure-stats-initially-zero",
    ] {
        let (input, expected) = (format!("a/b/{name}.in"), format!("a/b/{name}.expected"));
        let ran = cases.run_with(&[&input], &["replay", &expected]);
        ran.check(0, &[], "golden: 1 passed, 0 failed");
    }
}

#[test]
fn a_text_may_come_on_stdin() {
    let cases = Cases::new();
    cases.write(
        "page.txt",
        &PAGE
            .replace('\n', "\r\n")
            .replace("Hints", "Input\n{}\nHints"),
    );
    let output = Command::new(cargo_bin!("harness"))
        .args(["import", "-", "out"])
        .current_dir(cases.path())
        .stdin(File::open(cases.path().join("page.txt")).unwrap())
        .output()
        .unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stdout}");
    assert!(
        stdout.contains("WARN -:41: this sample has no title; it is called `Case 3`\n"),
        "{stdout}"
    );
    assert!(
        stdout.ends_with("imported: 3 cases, 2 warnings\n"),
        "{stdout}"
    );
    let written = files(&cases.path().join("out"));
    for sample in samples() {
        assert!(written.contains(&sample), "{sample:?}");
    }
    assert_eq!(written.len(), 5, "the third has no .expected");
}

#[test]
fn cases_of_every_form_run() {
    let cases = Cases::new();
    let pong_more = PONG.replace("ping_ok", "pong-.*").replace('1', "2");
    let asks = format!("{PING}\n{}\n", PING.replace(":1", ":2"));
    cases.write(
        "task.md",
        &format!(
            "### 1. Prefix\nInput:\n```\n{asks}```\nExpected output:\n```\n{PONG}\n```\n\
             ### 2. Contains\nInput:\n```\n{asks}```\nExpected output:\n```\n{}\n```\n",
            PONG.replace(":1", ":2")
        ),
    );
    cases.write("samples/input-1.jsonl", &asks);
    cases.write(
        "samples/expected-1.txt",
        &format!("{PONG}\n{{\"src\":.*,\"dest\":\"c.*\",\"body\":{{...}}}}"),
    );
    cases.write("samples/notes.txt", "words");
    cases.write(
        "page.txt",
        &format!("TextTimeout: 20s\nInput\n{PING}\nExpected Output\nhello\n"),
    );
    cases.harness(&["import", "task.md", "out/md"]).check(
        0,
        &[
            "wrote out/md/prefix.in (prefix)",
            "wrote out/md/contains.in (contains)",
        ],
        "imported: 2 cases, 2 warnings",
    );
    cases.harness(&["import", "samples", "out/folder"]).check(
        0,
        &["wrote out/folder/sample-1.in (exact)"],
        "imported: 1 case, 0 warnings",
    );
    cases
        .run_with(&["out"], &["good"])
        .check(0, &[], "golden: 3 passed, 0 failed");
    // A node that answers otherwise fails them all.
    cases.write("said", &pong_more.replace("n1", "n2"));
    cases
        .run_with(&["out"], &["replay", "said"])
        .check(1, &[], "golden: 0 passed, 3 failed");

    cases.harness(&["import", "page.txt", "out/page"]).check(
        0,
        &["WARN page.txt:5: this output is no JSON, expected value at column 1; it is compared as text, so no node that writes only messages can pass: mend or delete this line of the .expected"],
        "imported: 1 case, 1 warning",
    );
    cases.write("said", "hello\n");
    cases
        .run_with(&["out/page"], &["replay", "said"])
        .check(0, &[], "golden: 1 passed, 0 failed");
}

#[test]
fn files_that_exist_are_replaced_only_on_demand() {
    let cases = Cases::new();
    cases.write("page.txt", PAGE);
    cases.write("out/failure-stats-initially-zero.expected", "mine");
    let ran = cases.harness(&["import", "page.txt", "out"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert_eq!(
        ran.stderr,
        "error: nothing was written, because these exist: out/failure-stats-initially-zero.expected; \
         --force replaces them\n"
    );
    assert_eq!(
        files(&cases.path().join("out")).len(),
        1,
        "nothing else was written"
    );

    cases.write("out/renamed.in", PING);
    cases.write("out/below/other.in", PING);
    let old = "old: out/renamed.in: no sample of this source makes it; remove it and its .expected if an \
               earlier import made it\n";
    let ran = cases.harness(&["import", "page.txt", "out", "--force"]);
    ran.check(0, &[old], "imported: 2 cases, 0 warnings");
    assert_eq!(ran.stdout.matches("old: ").count(), 1, "{}", ran.stdout);
    for file in ["out/renamed.in", "out/below/other.in"] {
        fs::remove_file(cases.path().join(file)).unwrap();
    }
    fs::remove_dir(cases.path().join("out/below")).unwrap();
    fs::remove_file(cases.path().join("out/broadcast-with-no-neighbors.in")).unwrap();

    cases.write("elsewhere", "untouched");
    let link = cases.path().join("out/broadcast-with-no-neighbors.in");
    symlink("../elsewhere", &link).unwrap();
    cases
        .harness(&["import", "page.txt", "out", "--force"])
        .check(0, &[], "imported: 2 cases, 0 warnings");
    assert_eq!(files(&cases.path().join("out")), samples());
    assert_eq!(
        fs::read_to_string(cases.path().join("elsewhere")).unwrap(),
        "untouched"
    );
    let ordinary = fs::metadata(cases.path().join("elsewhere"))
        .unwrap()
        .permissions();
    let written = fs::metadata(&link).unwrap().permissions();
    assert_eq!(written.mode(), ordinary.mode(), "as any new file");

    cases.write("cut.txt", &format!("CutTimeout: 5s\nInput\n{PING}\n"));
    cases.write("out/cut.expected", "mine");
    let ran = cases.harness(&["import", "cut.txt", "out", "--force"]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr.contains("out/cut.expected exists"),
        "{}",
        ran.stderr
    );
    assert!(!cases.path().join("out/cut.in").exists());
}

#[test]
fn what_cannot_be_imported_is_refused_with_a_reason() {
    let cases = Cases::new();
    cases.write("words.txt", "words\n");
    cases.write("folder/main.py", "");
    cases.write("page.txt", PAGE);
    cases.write("empty.txt", "EmptyTimeout: 5s\nInput\nExpected Output\nx\n");
    let refused = |arguments: &[&str], says: &[&str]| {
        let ran = cases.harness(&[&["import"], arguments].concat());
        assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.stdout);
        for text in says {
            assert!(ran.stderr.contains(text), "{arguments:?}: {}", ran.stderr);
        }
        assert!(!cases.path().join("out").exists(), "{arguments:?}");
        ran
    };
    refused(&["nowhere", "out"], &["error: nowhere: No such file"]);
    refused(
        &["words.txt", "out"],
        &[
            "error: words.txt: no sample",
            "looked for",
            "found lines: 1",
        ],
    );
    refused(
        &["folder", "out"],
        &["error: folder: no sample", "input-N.jsonl", "found main.py"],
    );
    refused(&["page.txt", "words.txt"], &["error: words.txt: "]);
    refused(&["page.txt"], &["<DEST>"]);
    let ran = refused(
        &["empty.txt", "out"],
        &["error: no sample in empty.txt could be imported"],
    );
    assert_eq!(
        ran.stdout,
        "WARN empty.txt:1: `Empty` has no input: not imported\n"
    );
}

#[test]
fn nothing_in_a_source_acts_on_the_terminal() {
    let cases = Cases::new();
    cases.write(
        "page.txt",
        &format!("A\u{1b}[31m/../\0\u{202e}Timeout: 5s\nInput\n{PING}\n\u{1b}]0;x\nExpected Output\n{PONG}\n\u{1b}[2J\n"),
    );
    let ran = cases.harness(&["import", "page.txt", "-out"]);
    assert_eq!(
        ran.status, 2,
        "a folder that looks like an option wants `--`"
    );
    let ran = cases.harness(&["import", "page.txt", "--", "-out"]);
    ran.check(
        0,
        &[
            "wrote -out/a-31m.in (exact)",
            "next: harness run ./-out --bin PATH",
        ],
        "imported: 1 case, 2 warnings",
    );
    assert!(
        !ran.stdout.contains(['\u{1b}', '\u{202e}', '\0']),
        "{:?}",
        ran.stdout
    );
    let input = fs::read_to_string(cases.path().join("-out/a-31m.in")).unwrap();
    assert!(
        !input.lines().next().unwrap().contains(['\u{1b}', '\0']),
        "{input:?}"
    );
    assert!(
        input.ends_with("\n\u{1b}]0;x\n"),
        "a message is sent byte for byte: {input:?}"
    );
}

#[test]
fn an_interrupt_leaves_no_half_file() {
    let cases = Cases::new();
    let sample = format!("SameTimeout: 5s\nInput\n{PING}\nExpected Output\n{PONG}\n");
    cases.write("page.txt", &sample.repeat(SAMPLES));
    // What it says of its files is more than a pipe holds: until somebody reads, it can't end.
    let folder = "o".repeat(64 * 1024 / SAMPLES * 2);
    let mut import = Command::new(cargo_bin!("harness"))
        .args(["import", "page.txt", &folder])
        .current_dir(cases.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let out = cases.path().join(folder);
    wait_for("file", || out.join("same.in").exists().then_some(()));
    let id = rustix::process::Pid::from_child(&import);
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    import
        .stdout
        .take()
        .unwrap()
        .read_to_end(&mut Vec::new())
        .unwrap();
    assert_eq!(import.wait().unwrap().code(), Some(130));
    let files = files(&out);
    for pair in files.chunks(2) {
        let [(expected, answer), (input, request)] = pair else {
            panic!("half a case: {pair:?}");
        };
        assert_eq!(
            expected.strip_suffix(".expected"),
            input.strip_suffix(".in")
        );
        assert_eq!(*answer, format!("{PONG}\n"));
        assert_eq!(*request, format!("# Same\n{PING}\n"));
    }
    assert!(
        files.len() < 2 * SAMPLES,
        "it was over before it was interrupted"
    );
}
