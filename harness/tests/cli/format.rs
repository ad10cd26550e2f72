//! The format of cases, row by row: each directive and each key of `harness.toml` with a case that
//! passes for it and one that fails without it or with another. Placeholders, modes and ids have
//! their tables in `matching.rs`, causes in `diagnosis.rs`.

use std::time::Duration;

use crate::fake::{self, Cases, Ran};

const PING: &str = "{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"ping\",\"msg_id\":1}}\n";
const PONG: &str = "{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"ping_ok\",\"in_reply_to\":1,\"msg_id\":0}}\n";

/// A case under a `harness.toml`, with the node named there.
struct Row {
    /// What stands in the `harness.toml` beside `bin`.
    config: &'static str,
    /// What stands in the head of the `.in`.
    head: &'static str,
    /// The `.in` without its head.
    input: String,
    expected: String,
}

impl Row {
    fn new(config: &'static str, head: &'static str, input: &str, expected: &str) -> Self {
        Self {
            config,
            head,
            input: input.to_owned(),
            expected: expected.to_owned(),
        }
    }

    fn run(&self) -> Ran {
        let cases = Cases::new();
        let input = format!("{}{}", self.head, self.input);
        cases.add("case", &input, &self.expected);
        let node = fake::node().display();
        let config = format!("bin = \"{node}\"\n{}", self.config);
        cases.write("harness.toml", &config);
        cases.harness(&["run", "."])
    }

    #[track_caller]
    fn passes(&self) {
        let ran = self.run();
        ran.check(0, &[], "golden: 1 passed, 0 failed");
    }

    #[track_caller]
    fn fails(&self, says: &str) {
        let ran = self.run();
        ran.check(1, &[says], "golden: 0 passed, 1 failed");
    }
}

fn pings(config: &'static str, head: &'static str, expected: &str) -> Row {
    Row::new(config, head, PING, expected)
}

#[test]
fn timeout() {
    let slow = format!("{PING}@sleep 400ms\n{PING}");
    let both = PONG.repeat(2).replacen("\"msg_id\":0", "\"msg_id\":1", 1);
    let row = |config, head| Row::new(config, head, &slow, &both);
    row("", "@timeout 9s\n").passes();
    row("timeout = \"9s\"", "").passes();
    row("timeout = \"100ms\"", "@timeout 9s\n").passes();
    row("", "@timeout 100ms\n").fails("timed out after 100ms");
    row("timeout = \"100ms\"", "").fails("timed out after 100ms");
    row("timeout = \"9s\"", "@timeout 100ms\n").fails("timed out after 100ms");
}

#[test]
fn match_modes() {
    let other = PONG.replace("ping_ok", "x_ok");
    let ok = |id: u32| {
        PONG.replace("_to\":1", &format!("_to\":{id}"))
            .replace(",\"msg_id\":0", "")
    };
    let input = format!("{PING}{}", PING.replace(":1}", ":2}"));
    let row = |config, head, lines: &[String]| Row::new(config, head, &input, &lines.concat());
    for (config, head) in [
        ("match = \"exact\"", ""),
        ("match = \"contains\"", "@match exact\n"),
        ("", ""),
    ] {
        row(config, head, &[ok(1), ok(2)]).passes();
        row(config, head, &[ok(2), ok(1)]).fails("in the wrong order");
    }
    for (config, head) in [("match = \"unordered\"", ""), ("", "@match unordered\n")] {
        row(config, head, &[ok(2), ok(1)]).passes();
        row(config, head, &[ok(1)]).fails("one message too many");
    }
    for (config, head) in [("match = \"prefix\"", ""), ("", "@match prefix\n")] {
        row(config, head, &[ok(1)]).passes();
        row(config, head, &[ok(2)]).fails("case.expected:1");
    }
    for (config, head) in [("match = \"contains\"", ""), ("", "@match contains\n")] {
        row(config, head, &[ok(2)]).passes();
        row(config, head, std::slice::from_ref(&other)).fails("case.expected:1");
    }
}

#[test]
fn msg_ids() {
    let renumbered = PONG.replace("\"msg_id\":0", "\"msg_id\":7");
    for (config, head) in [
        ("msg_id = \"renamed\"", ""),
        ("msg_id = \"exact\"", "@msg-id renamed\n"),
    ] {
        pings(config, head, &renumbered).passes();
        pings(config, head, &PONG.replace("_to\":1", "_to\":7")).fails("body.in_reply_to");
    }
    for (config, head) in [("msg_id = \"exact\"", ""), ("", "@msg-id exact\n")] {
        pings(config, head, PONG).passes();
        pings(config, head, &renumbered).fails("body.msg_id should be 7, is 0");
    }
    let same = format!("{PONG}{PONG}").replace(",\"msg_id\":0", ",\"msg_id\":5");
    let twice = format!("{PING}{PING}");
    for (config, head) in [("msg_id = \"ignored\"", ""), ("", "@msg-id ignored\n")] {
        Row::new(config, head, &twice, &same).passes();
        Row::new(config, head, PING, &same).fails("case.expected:2");
    }
    Row::new("", "", &twice, &same).fails("body.msg_id");
}

#[test]
fn arguments_and_environment() {
    let row = |config, head, expected| Row::new(config, head, "x\n", expected);
    let args = "[\"arguments\", \"a b\"] None\n";
    row("", "@args arguments 'a b'\n", args).passes();
    row("args = [\"arguments\", \"a b\"]", "", args).passes();
    row(
        "args = [\"arguments\", \"c\"]",
        "@args arguments 'a b'\n",
        args,
    )
    .passes();
    row("", "@args arguments a b\n", args).fails("case.expected:1");
    row("args = [\"arguments\", \"c\"]", "", args).fails("case.expected:1");

    let hello = "[\"arguments\"] Some(\"hello you\")\n";
    let set = "args = [\"arguments\"]\nenv = { GREETING = \"hello you\" }";
    let own = "@args arguments\n@env GREETING=hello you\n";
    row(set, "", hello).passes();
    row("", own, hello).passes();
    row("env = { GREETING = \"bye\" }", own, hello).passes();
    row(set, "@env GREETING=bye\n", hello).fails("case.expected:1");
    row("", "@args arguments\n", hello).fails("case.expected:1");
}

#[test]
fn skip_and_xfail() {
    let skipped = pings("", "@skip a reason\n", "wrong\n").run();
    skipped.check(
        2,
        &[
            "SKIP ./case.in: a reason",
            "nothing was run: every selected case has `@skip`",
        ],
        "golden: 0 passed, 0 failed, 1 skipped",
    );
    pings("", "", "wrong\n").fails("case.expected:1");
    pings("", "@xfail a reason\n", "wrong\n").passes();
    pings("", "@xfail a reason\n", PONG).fails("it passes, but says `@xfail a reason`");
}

#[test]
fn sleep() {
    let second = PONG.replace("\"msg_id\":0", "\"msg_id\":1");
    let row = Row::new(
        "",
        "",
        &format!("{PING}@sleep 300ms\n{PING}"),
        &format!("{PONG}{second}"),
    );
    let ran = row.run();
    ran.check(0, &[], "golden: 1 passed, 0 failed");
    assert!(ran.elapsed >= Duration::from_millis(300));
    // What should have come before it has a moment, and no more.
    let silent = Row::new(
        "args = [\"silent\"]",
        "@timeout 9s\n",
        &row.input,
        &row.expected,
    );
    silent.fails("this message never came");
}

#[test]
fn comments_blank_lines_and_text() {
    let input = format!("\n  # A title\n\n{PING}\n# said\n\n");
    Row::new("", "", &input, &format!("# before\n\n{PONG}\n# after\n")).passes();
    Row::new("", "", &input, &format!("#{PONG}")).fails("one message too many");
    Row::new(
        "args = [\"garbage\"]",
        "",
        PING,
        &format!("Starting node\n{PONG}"),
    )
    .fails("is it a log line?");
    let escaped = "Starting node \u{1b}[31mn1\u{1b}[0m\n";
    Row::new(
        "args = [\"garbage\"]",
        "",
        PING,
        &format!("{escaped}{PONG}"),
    )
    .passes();
}

#[test]
fn an_unknown_word_is_an_error_with_its_place_and_the_nearest_one() {
    for (config, head, expected, says) in [
        (
            "",
            "@tiemout 5s\n",
            PONG,
            "./case.in:1:1: there is no directive `@tiemout`; did you mean `@timeout`?",
        ),
        ("", "@match any\n", PONG, "./case.in:1:8: `@match` wants"),
        (
            "",
            "@sleep 1s\n",
            PONG,
            "./case.in:1:1: `@sleep` means nothing here",
        ),
        (
            "tiemout = \"5s\"",
            "",
            PONG,
            "harness.toml:2:1: there is no key `tiemout`; did you mean `timeout`?",
        ),
        ("timeout = true", "", PONG, "harness.toml:2:"),
        (
            "",
            "",
            "{\"a\": \"<itn>\"}\n",
            "./case.expected:1:7: there is no placeholder `<itn>`; did you mean `<int>`?",
        ),
    ] {
        let ran = pings(config, head, expected).run();
        ran.check(2, &[says], "golden: 0 passed, 1 failed");
    }
}
