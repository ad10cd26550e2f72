//! Golden cases of hostile words, with nodes that say them, through all commands that read cases.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;

use roxmltree::Document;
use serde_json::Value;

use super::{WORDS, check_inert, check_once, check_text, commands, json, name, text};
use crate::fake::{self, Cases};

/// All words, each in every place of cases of its own.
pub fn cases() -> Cases {
    let cases = Cases::new();
    symlink(fake::node(), cases.path().join("node")).unwrap();
    for (number, word) in WORDS.iter().enumerate() {
        add(&cases, number, word);
        add_errors(&cases, number, word);
    }
    cases
}

/// A case with this word in all of its texts, for each of the things that a node may say.
fn add(cases: &Cases, number: usize, word: &[u8]) {
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
    for (kind, bytes) in said {
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
    let ping = "{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"x\",\"msg_id\":1}}\n";
    cases.add(
        &format!("cases/skip/{number}"),
        &format!("@skip {one_line}\n{ping}"),
        "",
    );
    let xfail = format!("@args says said/{number}-error\n@xfail {one_line}\n{ping}");
    cases.add(&format!("cases/xfail/{number}"), &xfail, "");
}

/// Cases that can't be run, each with the word where it is wrong.
fn add_errors(cases: &Cases, number: usize, word: &[u8]) {
    let ping = "{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"x\",\"msg_id\":1}}\n";
    let (word_json, one_line) = (json(word), text(word).replace('\n', " "));
    let toml = format!("\"{}\"", toml_escaped(&text(word)));
    for (kind, input, expected) in [
        ("verb", format!("@{one_line}\n{ping}"), String::new()),
        (
            "timeout",
            format!("@timeout {one_line}\n{ping}"),
            String::new(),
        ),
        ("args", format!("@args '{one_line}\n{ping}"), String::new()),
        (
            "cluster",
            format!("@cluster n0 {one_line}\n{ping}"),
            String::new(),
        ),
        (
            "option",
            format!("@cluster n0 --{one_line}\n{ping}"),
            String::new(),
        ),
        (
            "kill",
            format!("@cluster n0\n@kill {one_line}\n{ping}"),
            String::new(),
        ),
        (
            "client",
            format!("@cluster n0\n{{\"src\":{word_json},\"dest\":\"n0\",\"body\":{{}}}}\n"),
            String::new(),
        ),
        (
            "receiver",
            format!("@cluster n1\n{ping}"),
            format!("{{\"src\":\"n1\",\"dest\":{word_json},\"body\":{{}}}}\n"),
        ),
        (
            "placeholder",
            ping.to_owned(),
            format!("{}\n", Value::from(format!("<re:({one_line}>"))),
        ),
        (
            "unknown",
            ping.to_owned(),
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
            ping.to_owned(),
            format!("{{{word_json}:1,{word_json}:2}}\n"),
        ),
    ] {
        cases.add(&format!("cases/errors/{number}-{kind}"), &input, &expected);
    }
    for (kind, config) in [
        ("key", format!("{toml} = 1\n")),
        ("match", format!("match = {toml}\n")),
        ("toml", format!("bin = {}\n", text(word))),
        ("bin", format!("bin = {toml}\n")),
        (
            "env",
            format!("env = {{ {toml} = {toml} }}\nargs = [{toml}]\n"),
        ),
    ] {
        let folder = format!("cases/configs/{number}-{kind}");
        cases.add(&format!("{folder}/case"), ping, "");
        cases.write(&format!("{folder}/harness.toml"), &config);
    }
}

fn toml_escaped(text: &str) -> String {
    let escaped = text.chars().map(|c| format!("\\U{:08X}", u32::from(c)));
    escaped.collect()
}

#[test]
fn no_word_acts_in_what_commands_say_of_cases() {
    let cases = cases();
    for arguments in [
        "run cases --bin node",
        "run cases/configs",
        "config cases --bin node",
        "config cases/configs",
        "audit cases --bin node",
    ] {
        check_text(&cases, &arguments.split(' ').collect::<Vec<_>>());
    }
    // None of these makes annotations.
    for arguments in [
        "run cases --bin node --annotations never --verbose --slowest 99",
        "run cases --bin node --annotations never --format json",
        "bless cases --bin node --dry-run",
        "bless cases --bin node --force",
    ] {
        let arguments: Vec<_> = arguments.split(' ').map(OsStr::new).collect();
        check_once(&cases, &arguments);
    }
    let ran = check_text(&cases, &["list", "cases"]);
    assert!(
        ran.stdout.lines().count() > 6 * WORDS.len(),
        "{}",
        ran.stdout
    );
    for shown in [
        "\\u{1b}[5;35mblink",
        "\\u{9b}5m",
        "\\u{202e}gpj",
        "\\xff\\xc3(",
        "\\u{34f}\\u{115f}",
    ] {
        assert!(ran.stdout.contains(shown), "{shown} isn't shown");
    }
    assert!(!cases.path().join("pwned").exists());
}

#[test]
fn no_word_acts_in_a_report() {
    let cases = cases();
    let arguments = [
        "run",
        "cases",
        "--bin",
        "node",
        "--junit",
        "junit.xml",
        "--json",
        "run.jsonl",
    ];
    let ran = cases.harness(&arguments);
    assert_eq!(ran.status, 2, "{}", ran.stderr);
    let xml = cases.read("junit.xml");
    check_inert("junit.xml", &xml);
    let document = Document::parse(&xml).unwrap();
    let mut found = 0;
    for node in document.descendants() {
        check_inert("a text of junit.xml", node.text().unwrap_or_default());
        for attribute in node.attributes() {
            check_inert("an attribute of junit.xml", attribute.value());
        }
        found += usize::from(node.has_tag_name("testcase"));
        assert!(!node.has_tag_name("script") && !node.has_tag_name("img"));
    }
    let lines = cases.read("run.jsonl");
    check_inert("run.jsonl", &lines);
    let records: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of_cases = records
        .iter()
        .filter(|record| record["type"] == "case")
        .count();
    assert_eq!(found, of_cases);
    assert!(found > 20 * WORDS.len());
    assert!(!lines.contains("##["));
}

#[test]
fn no_word_makes_an_annotation_of_its_own() {
    let cases = cases();
    let run = |format| {
        let arguments = [
            "run",
            "cases",
            "--bin",
            "node",
            "--annotations",
            "always",
            "--format",
            format,
        ];
        cases.harness(&arguments)
    };
    for format in ["human", "json"] {
        let ran = run(format);
        let commands = commands(&ran);
        assert_eq!(commands.len(), 20, "ten errors, ten warnings: {commands:?}");
        for command in commands {
            let (properties, message) = command
                .strip_prefix("::error ")
                .or(command.strip_prefix("::warning "))
                .or(command.strip_prefix("::error::").map(|_| " ::"))
                .or(command.strip_prefix("::warning::").map(|_| " ::"))
                .and_then(|rest| rest.split_once("::"))
                .unwrap();
            for property in properties.trim().split(',').filter(|it| !it.is_empty()) {
                let (key, value) = property.split_once('=').unwrap();
                assert!(["file", "line", "col", "title"].contains(&key), "{command}");
                assert!(!value.contains(':'), "{command}");
            }
            check_inert("a message", message);
        }
    }
}
