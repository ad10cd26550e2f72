//! Folders of cases with hostile words in all of their places.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::Value;

use super::{WORDS, json, name, text};
use crate::fake::{self, Cases};

pub const PING: &str = "{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"x\",\"msg_id\":1}}\n";

/// Every word in every place. In process: that many nodes take long.
pub fn every() -> Cases {
    let cases = Cases::new();
    for (number, word) in WORDS.iter().enumerate() {
        add(&cases, number, word, |_| true);
        add_errors(&cases, number, word, |_| true);
    }
    cases
}

/// Every word, and every place, but not each in each. The first case has a node that answers at once:
/// the harness waits for that one, to tell whether it flushes.
pub fn few() -> Cases {
    let cases = Cases::new();
    symlink(fake::node(), cases.path().join("node")).unwrap();
    cases.add("cases/0", &format!("@args good\n{PING}"), PING);
    for (number, word) in WORDS.iter().enumerate() {
        add(&cases, number, word, |place| place == number % 5);
        add_errors(&cases, number, word, |place| place == number % 17);
    }
    cases
}

/// Cases with this word in all of their texts: one for each of the things that a node may say, if it is
/// `wanted`.
fn add(cases: &Cases, number: usize, word: &[u8], wanted: impl Fn(usize) -> bool) {
    let (word_json, one_line) = (json(word), text(word).replace('\n', " "));
    let said: [(&str, Vec<u8>); 5] = [
        (
            "fields",
            format!(
                "{{\"src\":{word_json},\"dest\":{word_json},\"body\":{{\"type\":{word_json},{word_json}:{word_json},\
                 \"msg_id\":{word_json},\"in_reply_to\":{word_json}}}}}\n"
            )
            .into(),
        ),
        (
            "value",
            format!(
                "{{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{{\"type\":\"x_ok\",{word_json}:{word_json},\
                 \"in_reply_to\":1}}}}\n"
            )
            .into(),
        ),
        (
            "error",
            format!(
                "{{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{{\"type\":\"error\",\"code\":{word_json},\"text\":{word_json},\
                 \"in_reply_to\":1}}}}\n"
            )
            .into(),
        ),
        (
            "unlinked",
            format!(
                "{{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{{\"type\":{word_json},\"in_reply_to\":{word_json}}}}}\n"
            )
            .into(),
        ),
        ("raw", [word, b"\n{\"src\":", word, b"\n"].concat()),
    ];
    let input = format!(
        "# {one_line}\n@env GREETING={}\n\
         {{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{{\"type\":{word_json},\"msg_id\":1,{word_json}:{word_json}}}}}\n\
         {{\"src\":{word_json},\"dest\":\"n1\",\"body\":{{\"type\":{word_json},\"msg_id\":2}}}}\n",
        one_line.replace('\0', "")
    );
    let expected = format!(
        "{{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{{\"type\":\"x_ok\",{word_json}:[{word_json}],\"msg_id\":1,\
         \"in_reply_to\":1,\"more\":{{{word_json}:{word_json}}}}}}}\n# {one_line}\n"
    );
    for (place, (kind, bytes)) in said.into_iter().enumerate() {
        if !wanted(place) {
            continue;
        }
        let said = format!("said/{number}-{kind}");
        cases.write(&said, "");
        fs::write(cases.path().join(&said), bytes).unwrap();
        let folder = cases.path().join("cases").join(kind).join(name(word));
        fs::create_dir_all(&folder).unwrap();
        let status = if kind == "raw" { " 3" } else { "" };
        let input = format!("@args says {said}{status}\n{input}");
        let stem = folder.join(name(word)).into_os_string();
        let file = |extension: &str| {
            let mut file = stem.clone();
            file.push(extension);
            file
        };
        fs::write(file(".in"), &input).unwrap();
        match kind {
            "unlinked" => fs::write(file("-orphan.expected"), &expected).unwrap(),
            _ => fs::write(file(".expected"), &expected).unwrap(),
        }
    }
    cases.add(
        &format!("cases/skip/{number}"),
        &format!("@skip {one_line}\n{PING}"),
        "",
    );
    // Nothing is expected: a node that answers fails as expected, and one that is silent does not.
    let node = ["good", "silent"][number % 2];
    let xfail = format!("@args {node}\n@xfail {one_line}\n{PING}");
    cases.add(&format!("cases/xfail/{number}"), &xfail, "");
}

/// Cases that can't be run, each with the word where it is wrong.
fn add_errors(cases: &Cases, number: usize, word: &[u8], wanted: impl Fn(usize) -> bool) {
    let (word_json, one_line) = (json(word), text(word).replace('\n', " "));
    let toml = format!("\"{}\"", toml_escaped(&text(word)));
    let cases_of = [
        ("verb", format!("@{one_line}\n{PING}"), String::new()),
        (
            "timeout",
            format!("@timeout {one_line}\n{PING}"),
            String::new(),
        ),
        ("args", format!("@args '{one_line}\n{PING}"), String::new()),
        (
            "cluster",
            format!("@cluster n0 {one_line}\n{PING}"),
            String::new(),
        ),
        (
            "option",
            format!("@cluster n0 --{one_line}\n{PING}"),
            String::new(),
        ),
        (
            "kill",
            format!("@cluster n0\n@kill {one_line}\n{PING}"),
            String::new(),
        ),
        (
            "client",
            format!("@cluster n0\n{{\"src\":{word_json},\"dest\":\"n0\",\"body\":{{}}}}\n"),
            String::new(),
        ),
        (
            "receiver",
            format!("@cluster n1\n{PING}"),
            format!("{{\"src\":\"n1\",\"dest\":{word_json},\"body\":{{}}}}\n"),
        ),
        (
            "placeholder",
            PING.to_owned(),
            format!("{}\n", Value::from(format!("<re:({one_line}>"))),
        ),
        (
            "unknown",
            PING.to_owned(),
            format!("{}\n", Value::from(format!("<{one_line}>"))),
        ),
        (
            "name",
            format!(
                "{{\"src\":\"c1\",\"x\":{}}}\n",
                Value::from(format!("<id:{one_line}>"))
            ),
            String::new(),
        ),
        (
            "twice",
            PING.to_owned(),
            format!("{{{word_json}:1,{word_json}:2}}\n"),
        ),
    ];
    for (place, (kind, input, expected)) in cases_of.into_iter().enumerate() {
        if wanted(place) {
            cases.add(&format!("cases/errors/{number}-{kind}"), &input, &expected);
        }
    }
    let configs = [
        ("key", format!("{toml} = 1\n")),
        ("match", format!("match = {toml}\n")),
        ("toml", format!("bin = {}\n", text(word))),
        ("bin", format!("bin = {toml}\n")),
        (
            "env",
            format!("env = {{ {toml} = {toml} }}\nargs = [{toml}]\n"),
        ),
    ];
    for (place, (kind, config)) in (12..).zip(configs) {
        if wanted(place) {
            let folder = format!("cases/configs/{number}-{kind}");
            cases.add(&format!("{folder}/case"), PING, "");
            cases.write(&format!("{folder}/harness.toml"), &config);
        }
    }
}

fn toml_escaped(text: &str) -> String {
    let escaped = text.chars().map(|c| format!("\\U{:08X}", u32::from(c)));
    escaped.collect()
}
