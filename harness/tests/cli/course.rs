//! `harness import` of a whole course: tasks of every form at once, and what stands beside them.

use std::fs::{self, File};
use std::os::unix::fs::symlink;

use crate::fake::Cases;

fn ping(id: usize) -> String {
    format!("{{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{{\"type\":\"ping\",\"msg_id\":{id}}}}}\n")
}

fn pong(id: usize) -> String {
    format!(
        "{{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{{\"type\":\"ping_ok\",\"in_reply_to\":{id}}}}}\n"
    )
}

/// A page with two samples.
fn page(input: &str, expected: &str) -> String {
    let sample = |title: &str, id| {
        let (asked, reply) = (ping(id), pong(id));
        format!("{title}Timeout: 20s\n{input}\n{asked}{expected}\n{reply}")
    };
    format!(
        "A node that pings\nWords.\n\n{}{}",
        sample("First", 1),
        sample("Second", 2)
    )
}

/// A task in Markdown with two samples.
fn markdown(title: &str, input: &str, expected: &str) -> String {
    let sample = |name: &str, id| {
        let (asked, reply) = (ping(id), pong(id));
        format!("### {name}\n{input}\n```\n{asked}```\n{expected}\n```\n{reply}```\n")
    };
    let (one, two) = (sample("1. One", 3), sample("2. Two", 4));
    format!("# {title}\nWords.\n{one}{two}")
}

/// Six tasks with twelve samples, nested, in three forms and two languages.
fn write_course(cases: &Cases) {
    cases.write(
        "track/README.md",
        "# The course\nSend:\n```\n{}\n```\nGet:\n```\n{}\n```\n",
    );
    cases.write("track/01-ping/page.txt", &page("Input", "Expected Output"));
    let english = markdown("Pings", "Input:", "Expected output:");
    cases.write("track/02-more/README.md", &english);
    let chinese = markdown("回声", "输入：", "期望输出：");
    cases.write("track/中文/任务/task.md", &chinese);
    cases.write("track/中文/页面.txt", &page("样例输入", "样例输出"));
    cases.write("track/deep/er/a.md", &english);
    cases.write("track/deep/er/a/samples/input-1.jsonl", &ping(7));
    cases.write("track/deep/er/a/samples/expected-1.txt", &pong(7));
    cases.write("track/deep/er/b.md", &english);
    cases.write("track/deep/er/README.md", "# Deep\n");
    for number in 5..7 {
        cases.write(
            &format!("track/03-files/samples/input-{number}.jsonl"),
            &ping(number),
        );
        cases.write(
            &format!("track/03-files/samples/expected-{number}.txt"),
            &pong(number),
        );
    }
    cases.write("track/03-files/README.md", "# Files\nNo sample.\n");
    cases.write("track/03-files/solution.py", "print('input')\n");
}

#[test]
fn course_of_every_form_is_imported_at_once() {
    let cases = Cases::new();
    write_course(&cases);
    let ran = cases.harness(&["import", "track/", "cases"]);
    let table = "\
task                      form      cases  exact  prefix  contains  warnings
track/01-ping/page.txt    page          2      2       0         0         0
track/02-more/README.md   Markdown      2      2       0         0         0
track/03-files/samples/   samples       2      2       0         0         0
track/deep/er/a/samples/  samples       1      1       0         0         0
track/deep/er/a.md        Markdown      2      2       0         0         0
track/deep/er/b.md        Markdown      2      2       0         0         0
track/中文/任务/task.md   Markdown      2      2       0         0         0
track/中文/页面.txt       page          2      2       0         0         0
8 tasks                                15     15       0         0         0
next: harness run cases --bin PATH
imported: 15 cases, 0 warnings
";
    assert_eq!(
        (ran.status, ran.stdout.as_str()),
        (0, table),
        "{}",
        ran.stderr
    );
    for (case, title) in [
        ("01-ping/first", "A node that pings: First"),
        ("02-more/two", "Pings: Two"),
        ("03-files/samples/sample-5", "Files: Sample 5"),
        ("deep/er/a/one", "Pings: One"),
        ("deep/er/b/one", "Pings: One"),
        ("deep/er/a/samples/sample-1", "a: Sample 1"),
        ("中文/任务/one", "回声: One"),
        ("中文/second", "A node that pings: Second"),
    ] {
        let text = cases.read(&format!("cases/{case}.in"));
        assert_eq!(
            text.lines().next(),
            Some(format!("# {title}").as_str()),
            "{case}"
        );
    }
    let run = |way| cases.run_with(&["cases"], way);
    run(&["good"]).check(0, &[], "golden: 15 passed, 0 failed");
    // A node that answers otherwise fails each of them.
    cases.write("said", &pong(99));
    run(&["replay", "said"]).check(1, &[], "golden: 0 passed, 15 failed");
}

#[test]
fn course_replaces_nothing_that_exists() {
    let cases = Cases::new();
    write_course(&cases);
    cases.write("cases/02-more/two.expected", "mine");
    let ran = cases.harness(&["import", "track", "cases"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert_eq!(
        ran.stderr,
        "error: nothing was written, because these exist: cases/02-more/two.expected; --force replaces \
         them\n"
    );
    assert_eq!(fs::read_dir(cases.path().join("cases")).unwrap().count(), 1);
    let last = "imported: 15 cases, 0 warnings";
    let forced = ["import", "track", "cases", "--force"];
    cases.harness(&forced).check(0, &[], last);
    assert_eq!(cases.read("cases/02-more/two.expected"), pong(4));
    // Into the course itself, and again: cases are no tasks.
    cases
        .harness(&["import", "track", "track"])
        .check(0, &[], last);
    let again = cases.harness(&["import", "track", "track", "--force"]);
    again.check(0, &[], last);
}

#[test]
fn sample_that_stands_in_text_and_folder_is_imported_once() {
    let cases = Cases::new();
    cases.write("track/echo/task.md", &markdown("Echo", "Input:", "Output:"));
    for (number, id) in [(1, 3), (2, 4), (3, 5)] {
        cases.write(
            &format!("track/echo/samples/input-{number}.jsonl"),
            &ping(id),
        );
        cases.write(
            &format!("track/echo/samples/expected-{number}.txt"),
            &pong(id),
        );
    }
    cases.harness(&["import", "track", "out"]).check(
        0,
        &["WARN track/echo/samples/input-1.jsonl:1: 2 samples of this folder stand in the text of its \
           task, too: imported once\n"],
        "imported: 3 cases, 1 warning",
    );
    assert!(
        cases
            .read("out/echo/samples/sample-3.in")
            .starts_with("# Echo: Sample 3\n")
    );
}

#[test]
fn what_cannot_be_read_in_a_course_is_told_and_the_rest_is_imported() {
    let cases = Cases::new();
    cases.write("track/good.md", &markdown("Good", "Input:", "Output:"));
    let path = |name: &str| cases.path().join("track").join(name);
    File::create(path("huge.md"))
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    fs::write(path("image.png"), [0xff; 100]).unwrap();
    fs::write(path("bytes.txt"), (0..=255).collect::<Vec<u8>>()).unwrap();
    fs::write(path("wide.txt"), b"\xff\xfeI\0").unwrap();
    symlink("..", path("loop")).unwrap();
    symlink("/dev/zero", path("zero.md")).unwrap();
    symlink("nowhere", path("broken.md")).unwrap();
    symlink("nowhere", path("broken.py")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        path("pipe.txt"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    cases.write(
        "track/other/statement.md",
        "# Other\n#### Anfrage\n```\n{}\n```\nAntwort:\n```\n{}\n```\n",
    );
    let ran = cases.harness(&["import", "track", "out"]);
    let told: Vec<_> = ran
        .stdout
        .lines()
        .filter(|line| line.starts_with("WARN "))
        .collect();
    assert_eq!(
        told,
        [
            "WARN track/broken.md:1: No such file or directory (os error 2): not imported",
            "WARN track/huge.md:1: it is larger than 4 MiB: not imported",
            "WARN track/loop:1: a link to a folder is not followed: not imported",
            "WARN track/other/statement.md:2: no sample is in this text; looks like a heading: lines 2 \
             (`#### Anfrage`), 6 (`Antwort:`); name the two above each sample `Input` and `Expected Output`",
            "WARN track/pipe.txt:1: it is no file, but a pipe or a device: not imported",
            "WARN track/wide.txt:1: this is UTF-16 text; save it as UTF-8: not imported",
            "WARN track/zero.md:1: it is no file, but a pipe or a device: not imported",
        ],
        "{}",
        ran.stdout
    );
    ran.check(
        0,
        &["track/good.md  Markdown      2"],
        "imported: 2 cases, 7 warnings",
    );
}

#[test]
fn course_without_samples_says_what_stands_there() {
    let cases = Cases::new();
    cases.write("track/a/task.md", "# A\nRequest\n```\n{}\n```\n");
    cases.write("track/main.py", "");
    let ran = cases.harness(&["import", "track", "out"]);
    assert_eq!(ran.status, 2);
    assert_eq!(
        ran.stdout,
        "WARN track/a/task.md:2: no sample is in this text; looks like a heading: line 2 (`Request`); \
         name the two above each sample `Input` and `Expected Output`\n"
    );
    assert!(ran.stderr.contains("found a/, main.py"), "{}", ran.stderr);
    assert!(!cases.path().join("out").exists());
}

#[test]
fn course_with_too_much_in_it_is_refused() {
    let cases = Cases::new();
    for number in 0..17 {
        let name = format!("track/{number}.md");
        cases.write(&name, "");
        let file = File::options().write(true).open(cases.path().join(&name));
        file.unwrap().set_len(4 << 20).unwrap();
    }
    let ran = cases.harness(&["import", "track", "out"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
    assert_eq!(
        ran.stderr,
        "error: track holds more than 64 MiB of texts; import the folders in it one by one\n"
    );
}
