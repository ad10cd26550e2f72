//! Nodes whose first answer is wrong, as processes: they are told what they wrote, and what to do
//! about it, as by `harness run`; nobody waits until a node that wrote something is overdue.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::{AT_ONCE, each_of, results, runs, test_of, texts};
use crate::fake::Cases;

/// A node that answers `init` with its first argument, in which NAME and ID stand for its name and
/// the request's `msg_id`, and says nothing more. Where UNENDED follows there is no line break.
const NODE: &str = r#"#!/bin/sh
read -r line
name=${line#*'"dest":"'} name=${name%%'"'*}
id=${line##*'"msg_id":'} id=${id%%[!0-9]*}
said=$1
while :; do
    case $said in
        *NAME*) said=${said%%NAME*}$name${said#*NAME} ;;
        *ID*) said=${said%%ID*}$id${said#*ID} ;;
        *) break ;;
    esac
done
case $said in
    *UNENDED) printf '%s' "${said%UNENDED}" ;;
    *) printf '%s\n' "$said" ;;
esac
while read -r line; do :; done
"#;

/// What a node writes, and what is said of it.
const FIRST_LINES: [(&str, &str); 7] = [
    (
        "Hello, I am NAME",
        "wrote a line that is no JSON: is it a log line? Logs go to stderr\n    Hello, I am n",
    ),
    (
        "{'src': 'NAME', 'dest': 'c0', 'body': {'type': 'init_ok', 'in_reply_to': ID}}",
        "wrote a line that is no JSON but a Python dictionary as print shows it: use json.dumps\n    \
         {'src': 'n",
    ),
    (
        r#"{"src":"NAME","dest":"c0",}"#,
        "wrote a line that is broken JSON: trailing comma\n    \
         {\"src\":\"n",
    ),
    (
        "",
        "wrote a line that is empty: every line must be a message\n",
    ),
    (
        r#"{"src":"NAME","dest":"c0","body":{"type":"error","code":11,"text":"not yet","in_reply_to":ID}}"#,
        "answered init with error 11 (temporarily-unavailable): not yet\n    {\"src\":\"n",
    ),
    (
        r#"{"src":"NAME","dest":"c0","body":{"type":"init_ok","in_reply_to":"ID"}}"#,
        "answered init with `init_ok` that has a string, not a number, as `in_reply_to`\n    {\"src\":\"n",
    ),
    (
        r#"{"src":"NAME","dest":"c0","body":{"type":"init_ok","in_reply_to":ID}}UNENDED"#,
        "answered init with a line that has no line break at its end, so nobody could read it\n    \
         {\"src\":\"n",
    ),
];

#[test]
fn a_node_that_is_wrong_from_the_start_is_told_what_it_wrote() {
    each_of(AT_ONCE, &FIRST_LINES, |(line, says)| {
        let folder = Cases::new();
        folder.write("node", NODE);
        let node = folder.path().join("node");
        fs::set_permissions(&node, Permissions::from_mode(0o755)).unwrap();
        let ran = test_of(
            &folder,
            &node,
            &["--node-count", "2"],
            &[line, folder.token()],
        );
        assert_eq!(ran.status, 1, "{line}: {}", ran.stdout);
        let (live, verdict) = ran.stdout.split_once("NOT VALID").unwrap();
        for part in [live, verdict] {
            let part = part.replace("\n      ", "\n    ");
            assert_eq!(part.matches(says).count(), 1, "{line}: {part}");
        }
        assert!(!ran.stdout.contains("flush"), "{line}: {}", ran.stdout);
        let texts = texts(&results(&runs(&folder)[0]), "findings");
        let last = "nothing to check: the load never began, as not every node was ready for it";
        assert_eq!(texts.last().map(String::as_str), Some(last));
        assert!(texts.len() <= 3, "{line}: {texts:#?}");
    });
}
