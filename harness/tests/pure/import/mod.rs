//! Importing samples, in each of their three forms: what becomes of each line, and what is told.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod headings;
mod properties;

use std::fmt::Write;

use harness::import::finding::{ImportFinding, SourceWarning};
use harness::import::folder::File;
use harness::import::{self, Import, Unrecognized};

const INIT: &str = r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}}"#;
const INIT_OK: &str =
    r#"{"src": "n1", "dest": "c0", "body": {"type": "init_ok", "in_reply_to": 1, "msg_id": 0}}"#;
const READ: &str = r#"{"src":"c1","dest":"n1","body":{"type":"read","msg_id":2}}"#;
const READ_OK: &str = r#"{"src":"n1","dest":"c1","body":{"type":"read_ok","in_reply_to":2}}"#;

/// An import as one text: each case's name, mode and files, then the warnings, but for what samples leave
/// out: nearly all do, and a test of its own has that.
fn shown(import: &Import) -> String {
    let mut text = String::new();
    for case in &import.cases {
        let input = String::from_utf8_lossy(&case.input);
        let expected = case.expected.as_deref().map(String::from_utf8_lossy);
        let expected = expected.unwrap_or("(no file)\n".into());
        let (name, mode) = (&case.name, case.mode_name());
        write!(text, "== {name} ({mode})\n{input}--\n{expected}").unwrap();
    }
    let leaves_out =
        |warning: &&SourceWarning| matches!(warning.finding, ImportFinding::LeftOut { .. });
    for warning in import
        .warnings
        .iter()
        .filter(|warning| !leaves_out(warning))
    {
        writeln!(text, "WARN {}: {}", warning.place, warning.finding).unwrap();
    }
    text
}

/// Whether a text is imported as this; `INIT` and its like stand for their messages in both.
#[track_caller]
fn check(source: &str, wanted: &str) {
    let import = import::from_text("src", filled(source).as_bytes());
    assert_eq!(shown(&import.unwrap()), filled(wanted), "of:\n{source}");
}

fn filled(text: &str) -> String {
    let names = [
        ("$INIT_OK", INIT_OK),
        ("$INIT", INIT),
        ("$READ_OK", READ_OK),
        ("$READ", READ),
    ];
    names
        .into_iter()
        .fold(text.to_owned(), |text, (name, message)| {
            text.replace(name, message)
        })
}

#[track_caller]
fn check_folder(files: &[(&str, &str)], wanted: &str) {
    let import = import::from_folder(&folder(files)).unwrap();
    assert_eq!(shown(&import), filled(wanted));
}

fn folder(files: &[(&str, &str)]) -> Vec<File> {
    let file = |(name, text): &(&str, &str)| File {
        name: (*name).to_owned(),
        path: (*name).to_owned(),
        bytes: filled(text).into_bytes(),
    };
    files.iter().map(file).collect()
}

#[test]
fn a_page_gives_its_samples_and_nothing_of_its_task() {
    check(
        "TASK\nInput\n\nWrite a node. Its Timeout: 500ms\n\nSample Test Cases\n\n\
         First oneTimeout: 5000ms\nInput\n$INIT\n\nExpected Output\n$INIT_OK\n\
         Second: a/b!Timeout: 1500ms\nInput\n$INIT\n$READ\nExpected Output\n$INIT_OK\n$READ_OK\n\n\
         Hints\n\nHint 1\nDo it\nOVERVIEW\n",
        "== first-one (exact)\n# First one\n$INIT\n--\n$INIT_OK\n\
         == second-a-b (exact)\n# Second: a/b!\n@timeout 1s 500ms\n$INIT\n$READ\n--\n$INIT_OK\n$READ_OK\n",
    );
}

#[test]
fn a_page_that_was_cut_or_copied_otherwise_is_read_too() {
    // From the middle of a page to the middle of its last sample.
    check(
        "  One Timeout: 5000ms  \n\tinput:\n$INIT\nEXPECTED OUTPUT\n$INIT_OK\nTwoTimeout: 5000ms\nInput\n$INIT",
        "== one (exact)\n# One\n$INIT\n--\n$INIT_OK\n\
         == two (exact)\n# Two\n$INIT\n--\n(no file)\n\
         WARN src:6: `Two` has no expected output: only its .in is written, and the case fails \
         until there is an .expected\n",
    );
    // The timeout on a line of its own, or none.
    check(
        "Sample Test Cases\nOne\nTimeout: 5000ms\nInput\n$INIT\nExpected Output\n$INIT_OK\n\
         Two\nInput\n$INIT\nExpected Output\n$INIT_OK\nThree\nTimeout: 1s\nwith a note\nInput\n$INIT\n\
         Expected Output\n$INIT_OK\nHints",
        "== one (exact)\n# One\n$INIT\n--\n$INIT_OK\n== two (exact)\n# Two\n$INIT\n--\n$INIT_OK\n\
         == three (exact)\n# Three\n# with a note\n@timeout 1s\n$INIT\n--\n$INIT_OK\n",
    );
    // Without any title, then with one that is cut off.
    check(
        "Input\n$INIT\nExpected Output\n$INIT_OK\nLastTimeout: 5000ms\n",
        "== case-1 (exact)\n# Case 1\n$INIT\n--\n$INIT_OK\n\
         WARN src:1: this sample has no title; it is called `Case 1`\n\
         WARN src:5: `Last` has no input: not imported\n",
    );
}

#[test]
fn nothing_of_a_sample_is_dropped_silently() {
    check(
        "Sample Test Cases\nSome words\nand more\n\nOneTimeout: 0ms\na note\nInput\n$INIT\nExpected Output\n\n\
         Expected Output\n\
         TwoTimeout: 5000ms\nExpected Output\n$INIT_OK\nThreeTimeout: 5s\nwords\nFourTimeout: 5s\nInput\n\
         Expected Output\n$INIT_OK\n",
        "== one (exact)\n# One\n# a note\n$INIT\n--\n\
         WARN src:2: these 2 lines belong to no part of a case: Some words ...\n\
         WARN src:5: the expected output of `One` is empty: its node must say nothing\n\
         WARN src:5: `0ms` is no time that a case can have: left out\n\
         WARN src:11: this line belongs to no part of a case: Expected Output\n\
         WARN src:12: `Two` has no input: not imported\n\
         WARN src:15: `Three` has no input: not imported\n\
         WARN src:16: this line belongs to no part of a case: words\n\
         WARN src:17: `Four` has no input: not imported\n",
    );
}

#[test]
fn replies_that_a_sample_leaves_out_are_told() {
    let source = "OneTimeout: 5000ms\nInput\n$INIT\n$READ\nExpected Output\n$INIT_OK\n\
         TwoTimeout: 5000ms\nInput\n$INIT\n$READ\nExpected Output\n$INIT_OK\n$READ_OK\n";
    let import = import::from_text("src", filled(source).as_bytes()).unwrap();
    let told: Vec<_> = import
        .warnings
        .iter()
        .map(|it| it.finding.to_string())
        .collect();
    let says = "`One` leaves out the reply to read: a node without these replies passes (`harness bless --missing` \
                adds the replies of a node that you trust)";
    assert_eq!(told, [says]);
}

#[test]
fn what_is_unanswered_chooses_the_mode() {
    check(
        "OneTimeout: 5000ms\nInput\n$INIT\n$READ\nExpected Output\n$INIT_OK\n\
         TwoTimeout: 2s\nInput\n$INIT\n$READ\nExpected Output\n$READ_OK\n\
         BodiesTimeout: 5s\nInput\n$INIT\n$READ\nExpected Output\n\
         {\"type\": \"init_ok\", \"in_reply_to\": 1}\n{\"type\": \"read_ok\", \"in_reply_to\": 2}\n",
        "== one (prefix)\n# One\n@match prefix\n$INIT\n$READ\n--\n$INIT_OK\n\
         == two (contains)\n# Two\n\
         # Some requests have no reply here, though later ones do: anything may stand in between.\n\
         @timeout 2s\n@match contains\n$INIT\n$READ\n--\n$READ_OK\n\
         == bodies (exact)\n# Bodies\n$INIT\n$READ\n--\n\
         {\"type\": \"init_ok\", \"in_reply_to\": 1}\n{\"type\": \"read_ok\", \"in_reply_to\": 2}\n",
    );
}

#[test]
fn patterns_are_mended_and_the_rest_of_the_line_stays() {
    check(
        "OneTimeout: 5000ms\nInput\n$INIT\nExpected Output\n\
         {\"src\": \"n1\",  \"body\": {\"id\": \".*\", \"to\": \"n1-.*\", \"is\": \"<any>\", \"v\": .*, \"o\": {...}, \
         \"a\": [...], ...}}\n",
        "== one (exact)\n# One\n$INIT\n--\n\
         {\"src\": \"n1\",  \"body\": {\"id\": \"<any>\", \"to\": \"<re:^n1\\\\-.*$>\", \"is\": \"<=any>\", \
         \"v\": \"<any>\", \"o\": \"<object>\", \"a\": \"<array>\", \"<...>\": \"<any>\"}}\n\
         WARN src:5: `<any>` stands for this very text: where the value may differ, write `.*` on the page, or a \
         placeholder in the .expected\n",
    );
}

#[test]
fn what_an_in_or_an_expected_cannot_say_stands_there_as_a_comment() {
    check(
        "OneTimeout: 5000ms\nInput\n$INIT\n# not\n @skip it\n{\"src\":\"c1\",\"body\":{\"v\":\"<id:x>\"}}\nExpected Output\n\
         $INIT_OK\n # neither\n@is text\n@match prefix\n",
        "== one (exact)\n# One\n$INIT\n# not sent: # not\n# not sent:  @skip it\n\
         # not sent: {\"src\":\"c1\",\"body\":{\"v\":\"<id:x>\"}}\n--\n$INIT_OK\n\
         # not compared:  # neither\n@is text\n# not compared: @match prefix\n\
         WARN src:4: this input would be taken for a comment: it stands in the .in as a comment and is not sent\n\
         WARN src:5: this input would be taken for a directive: it stands in the .in as a comment and is not sent\n\
         WARN src:6: this input would be taken for a name that the .expected binds, `<id:x>`: it stands in the .in \
         as a comment and is not sent\n\
         WARN src:9: this output would be taken for a comment: it stands in the .expected as a comment and is not compared\n\
         WARN src:10: this output is no JSON, expected value at column 1; it is compared as text, so no node that writes only messages can pass: mend or delete this line of the .expected\n\
         WARN src:11: this output would be taken for a directive: it stands in the .expected as a comment and is not \
         compared\n",
    );
    check(
        "OneTimeout: 5000ms\nInput\n# only\nExpected Output\n$INIT_OK\nTwoTimeout: 5s\nInput\n$INIT\nExpected Output\n$INIT_OK\n",
        "== two (exact)\n# Two\n$INIT\n--\n$INIT_OK\n\
         WARN src:1: `One` is no case that can be run: no message stands here: such a case would prove nothing; \
         not imported\n\
         WARN src:3: this input would be taken for a comment: it stands in the .in as a comment and is not sent\n",
    );
}

#[test]
fn message_over_several_lines_is_put_on_one() {
    check(
        "OneTimeout: 5000ms\nInput\n{\n  \"a\": \"}\\\"\",\n  \"b\": [\n    {\"c\": 1}\n  ]\n}\n$INIT\n\
         Expected Output\n{ \"a\": .*,\n  ... }\n$INIT_OK\n",
        "== one (exact)\n# One\n{ \"a\": \"}\\\"\", \"b\": [ {\"c\": 1} ] }\n$INIT\n--\n\
         { \"a\": \"<any>\", \"<...>\": \"<any>\" }\n$INIT_OK\n\
         WARN src:3: this message stands on 6 lines; they were joined into one, for nodes read one message a line\n\
         WARN src:11: this message stands on 2 lines; they were joined into one, for nodes read one message a line\n",
    );
    // A line that lacks its end takes no other with it.
    check(
        "OneTimeout: 5000ms\nInput\n{\"a\": {\n$INIT\n}\nExpected Output\n$INIT_OK\n",
        "== one (exact)\n# One\n{\"a\": {\n$INIT\n}\n--\n$INIT_OK\n\
         WARN src:3: this input is no JSON, EOF while parsing an object at column 7; it is sent as it stands\n\
         WARN src:5: this input is no JSON, expected value at column 1; it is sent as it stands\n",
    );
}

#[test]
fn dots_on_a_line_of_their_own_are_told_with_what_to_do() {
    check(
        "OneTimeout: 5000ms\nInput\n$INIT\nExpected Output\n$INIT_OK\n ...\n",
        "== one (exact)\n# One\n$INIT\n--\n$INIT_OK\n ...\n\
         WARN src:6: `...` is compared as text, so no node that writes only messages can pass: delete this line of the \
         .expected; if other messages may stand there, write `@match contains` in the .in\n",
    );
}

#[test]
fn rubbish_is_sent_and_compared_as_it_stands() {
    check(
        "OneTimeout: 5000ms\nInput\n$INIT\nnot json\nExpected Output\n$INIT_OK\nNode n.* is up\n{'a': 1}\n",
        "== one (exact)\n# One\n$INIT\nnot json\n--\n$INIT_OK\nNode n.* is up\n{'a': 1}\n\
         WARN src:4: this input is no JSON, expected ident at column 2; it is sent as it stands\n\
         WARN src:7: this output is no JSON, expected value at column 1; it is compared as text, so no node that writes only messages can pass: mend or delete this line of the .expected\n\
         WARN src:8: this output is no JSON, key must be a string at column 2; it is compared as text, so no node that writes only messages can pass: mend or delete this line of the .expected\n",
    );
}

#[test]
fn what_copying_does_to_characters_has_an_outcome() {
    check(
        "\u{feff}One\u{a0}\u{a0}Timeout: 5000ms\u{a0}\r\n\u{a0}\r\n\tInput\u{a0}\r\n{\u{a0}\"a\": \"\u{a0}\"}\r\n{\u{201c}a\u{201d}: 1}\r\n\
         Expected Output\r\n\t{\"a\":\t1}\r\n{\u{a0}\"a\": .*}\r\n{\u{201c}a\u{201d}: 1}\r\n",
        "== one (exact)\n# One\n{ \"a\": \"\u{a0}\"}\n{\u{201c}a\u{201d}: 1}\n--\n\
         \t{\"a\":\t1}\n{ \"a\": \"<any>\"}\n{\u{201c}a\u{201d}: 1}\n\
         WARN src:4: spaces that JSON doesn't know were replaced by plain ones (a page may add them)\n\
         WARN src:5: this input is no JSON, key must be a string at column 2; it is sent as it stands\n\
         WARN src:5: typographic quotes stand here where JSON wants \"; the page may have changed them\n\
         WARN src:8: spaces that JSON doesn't know were replaced by plain ones (a page may add them)\n\
         WARN src:9: this output is no JSON, key must be a string at column 2; it is compared as text, so no node that writes only messages can pass: mend or delete this line of the .expected\n\
         WARN src:9: typographic quotes stand here where JSON wants \"; the page may have changed them\n",
    );
    let source =
        b"One\xffTimeout: 5s\nInput\n{\"a\":\"\xff\"}\nExpected Output\n{\"a\":\"\xff\"}\n";
    let import = import::from_text("src", source).unwrap();
    let case = import.cases.first().unwrap();
    assert!(
        case.input.ends_with(b"{\"a\":\"\xff\"}\n"),
        "bytes are sent as they stand"
    );
    assert_eq!(
        case.expected.as_deref(),
        Some("{\"a\":\"\u{fffd}\"}\n".as_bytes())
    );
    let told: Vec<_> = import
        .warnings
        .iter()
        .map(|warning| warning.place.line)
        .collect();
    assert_eq!(told, [3, 5]);
    assert_eq!(
        import::from_text("src", b"\xff\xfeI\0").unwrap_err(),
        Unrecognized::Utf16
    );
}

#[test]
fn titles_make_names_that_stay_in_their_folder() {
    let long = "long ".repeat(60);
    for (title, name) in [
        ("../../etc/passwd", "etc-passwd"),
        ("a\0b\u{1b}[31m", "a-b-31m"),
        ("🦀", "case"),
        ("..", "case"),
        (
            long.as_str(),
            long.trim_end().replace(' ', "-").get(..99).unwrap(),
        ),
    ] {
        let source =
            format!("{title}Timeout: 5s\nInput\n{INIT}\nExpected Output\n{INIT_OK}\n").repeat(2);
        let import = import::from_text("src", source.as_bytes()).unwrap();
        let names: Vec<_> = import.cases.iter().map(|case| case.name.clone()).collect();
        assert_eq!(names, [name.to_owned(), format!("{name}-2")]);
        let head = import
            .cases
            .first()
            .unwrap()
            .input
            .split(|byte| *byte == b'\n')
            .next()
            .unwrap();
        assert!(!head.iter().any(u8::is_ascii_control), "{title:?}");
    }
}

#[test]
fn markdown_gives_its_samples_with_their_notes() {
    check(
        "# The task\n\nSome words.\n\n## Input\n\nOne message a line.\n\n```json\n{\"an\": \"example\"}\n```\n\n\
         ## 1. Introduction\n\n## Sample Test Cases\n\n### 1. First `one`\n\nIt says\nwhat it is.\n\nInput:\n\n```\n$INIT\n```\n\n\
         Expected output:\n```\n$INIT_OK\n```\n\n---\n\n### 2. Second (Timeout: 3000ms)\n**Input:**\n~~~json\n$INIT\n\n$READ\n~~~\n\
         **EXPECTED OUTPUT**\n````text\n$INIT_OK\n````\n\n## Hints\n\nMore words.\n",
        "== first-one (exact)\n# First one\n# It says\n# what it is.\n$INIT\n--\n$INIT_OK\n\
         == second (prefix)\n# Second\n@timeout 3s\n@match prefix\n$INIT\n$READ\n--\n$INIT_OK\n\
         WARN src:1: the input under `The task` has no expected output and stands apart from the \
         samples: not imported\n\
         WARN src:7: this line belongs to no part of a case: One message a line.\n",
    );
}

#[test]
fn markdown_may_be_loosely_written() {
    check(
        "1. A list\n\n**1. One**\n\nTimeout: 2s\n\n- Input (stdin):\n\n  ```jsonl\n  $INIT\n    $READ\n  ```\n\n\
         - `Output`\n  ```\n  $INIT_OK\n  ```\n\n## 2) Two ##\n#### Description\nA note.\n#### Input\n```\n$INIT\n```\n\
         #### expected output:\n```\n$INIT_OK\n```\n",
        "== one (prefix)\n# One\n@timeout 2s\n@match prefix\n$INIT\n  $READ\n--\n$INIT_OK\n\
         == two (exact)\n# Two\n# #### Description\n# A note.\n$INIT\n--\n$INIT_OK\n",
    );
    // Two samples under one heading, then one under none that its reader would call so.
    check(
        "# One\nInput:\n```\n$INIT\n```\nExpected output:\n```\n$INIT_OK\n```\nInput:\n```\n$READ\n```\n\
         Expected output:\n```\n$READ_OK\n```\n",
        "== one (exact)\n# One\n$INIT\n--\n$INIT_OK\n== one-2 (exact)\n# One\n$READ\n--\n$READ_OK\n",
    );
    check(
        "Input:\n```\n$INIT\n```\nExpected output:\n```\n$INIT_OK\n```\n",
        "== case-1 (exact)\n# Case 1\n$INIT\n--\n$INIT_OK\nWARN src:1: this sample has no title; it is called `Case 1`\n",
    );
}

#[test]
fn nothing_of_a_markdown_sample_is_dropped_silently() {
    check(
        "### 1. One\nInput:\nwords\n```\n$INIT\n```\n```\na block\n```\nExpected output:\n```\n```\nmore\n\
         ### 2. Two\na note\n### 3. Three\nInput:\n```\n$INIT\n```\n### 4. Four\nExpected output:\n```\n$INIT_OK\n```\n\
         ### 5. Five\nInput:\n```\n$INIT\n@sleep 1s\n```\nExpected output:\n```\n$INIT_OK\n{\"a\": [1, ...]}\n",
        "== one (exact)\n# One\n$INIT\n--\n\
         == three (exact)\n# Three\n$INIT\n--\n(no file)\n\
         == five (exact)\n# Five\n$INIT\n# not sent: @sleep 1s\n--\n$INIT_OK\n{\"a\": \"<array>\"}\n\
         WARN src:1: the expected output of `One` is empty: its node must say nothing\n\
         WARN src:3: this line belongs to no part of a case: words\n\
         WARN src:7: no `Input` or `Expected output` stands above this block: left out\n\
         WARN src:13: this line belongs to no part of a case: more\n\
         WARN src:14: `Two` has no input: not imported\n\
         WARN src:15: this line belongs to no part of a case: a note\n\
         WARN src:16: `Three` has no expected output: only its .in is written, and the case fails until there is \
         an .expected\n\
         WARN src:21: `Four` has no input: not imported\n\
         WARN src:30: this input would be taken for a directive: it stands in the .in as a comment and is not sent\n\
         WARN src:33: this block is never closed: it goes on to the end\n\
         WARN src:35: `...` stands among the elements of an array: any array passes there\n",
    );
}

#[test]
fn of_two_forms_in_one_text_the_rarer_is_told() {
    let page = "OneTimeout: 5s\nInput\n$INIT\nExpected Output\n$INIT_OK\n";
    let markdown = "# Two\nInput:\n```\n$READ\n```\nOutput:\n```\n$READ_OK\n```\n";
    check(
        &format!("{markdown}{markdown}{page}"),
        "== two (exact)\n# Two\n$READ\n--\n$READ_OK\n== two-2 (exact)\n# Two\n$READ\n--\n$READ_OK\n\
         WARN src:19: these 5 lines belong to no part of a case: OneTimeout: 5s ...\n\
         WARN src:19: `One` is a sample in another form than the others: not imported; \
         import it from a text of its own\n",
    );
    check(
        &format!("{markdown}Sample Test Cases\n{page}{page}"),
        "== one (exact)\n# One\n$INIT\n--\n$INIT_OK\n== one-2 (exact)\n# One\n$INIT\n--\n$INIT_OK\n\
         WARN src:1: `Two` is a sample in another form than the others: not imported; \
         import it from a text of its own\n",
    );
}

#[test]
fn a_folder_gives_its_samples_by_number() {
    check_folder(
        &[
            ("README.md", ""),
            ("expected-1.txt", "$INIT_OK"),
            ("expected-10.txt", "$INIT_OK\r\n$READ_OK"),
            (
                "expected-2.txt",
                "{\"body\": {\"in_reply_to\": 1, \"v\": .*}}\nup.*\n",
            ),
            ("input-1.jsonl", "\u{feff}$INIT\n\n"),
            ("input-10.jsonl", "$INIT\r\n$READ\r\n"),
            ("input-2.jsonl", "$INIT\n# no\n$READ"),
            ("input.jsonl", "$INIT"),
        ],
        "== sample-1 (exact)\n# Sample 1\n$INIT\n--\n$INIT_OK\n\
         == sample-2 (prefix)\n# Sample 2\n@match prefix\n$INIT\n# not sent: # no\n$READ\n--\n\
         {\"body\": {\"in_reply_to\": 1, \"v\": \"<any>\"}}\nup.*\n\
         == sample-10 (exact)\n# Sample 10\n$INIT\n$READ\n--\n$INIT_OK\n$READ_OK\n\
         WARN expected-2.txt:2: this output is no JSON, expected value at column 1; it is compared as text, so no node that writes only messages can pass: mend or delete this line of the .expected\n\
         WARN input-2.jsonl:2: this input would be taken for a comment: it stands in the .in as a comment and is not sent\n",
    );
}

#[test]
fn halves_and_strangers_in_a_folder_are_told() {
    check_folder(
        &[
            ("Input-3.jsonl", "$INIT"),
            ("expected-2.txt", "$INIT_OK"),
            ("expected.txt", "$READ_OK\n"),
            ("input-1.jsonl", "$INIT"),
            ("input-4.jsonl", "\n"),
            ("input.jsonl", "$READ"),
        ],
        "== sample-1 (exact)\n# Sample 1\n$INIT\n--\n(no file)\n\
         == sample (exact)\n# Sample\n$READ\n--\n$READ_OK\n\
         WARN Input-3.jsonl:1: neither input-N.jsonl nor expected-N.txt: not imported\n\
         WARN expected-2.txt:1: there is no input-2.jsonl beside it: not imported\n\
         WARN input-1.jsonl:1: `Sample 1` has no expected output: only its .in is written, and the case fails until \
         there is an .expected\n\
         WARN input-4.jsonl:1: `Sample 4` has no input: not imported\n\
         WARN input.jsonl:1: this repeats none of the numbered inputs, so it is imported as a case of its own\n",
    );
    check_folder(
        &[("input.jsonl", "$INIT"), ("expected.txt", "")],
        "== sample (exact)\n# Sample\n$INIT\n--\n\
         WARN input.jsonl:1: the expected output of `Sample` is empty: its node must say nothing\n",
    );
}

#[test]
fn what_has_no_form_is_an_error_that_says_what_was_found() {
    for (source, found) in [
        (
            "",
            "found lines: 0, `Input`: 0, `Expected Output`: 0, fences: 0",
        ),
        (
            "words\n\n{}\n",
            "found lines: 2, `Input`: 0, `Expected Output`: 0, fences: 0",
        ),
        (
            "Sample Test Cases\nTitleTimeout: 5s\n",
            "found lines: 2, `Input`: 0",
        ),
        (
            "Input\n{}\n# Words\n```\n```\n",
            "found lines: 5, `Input`: 1, `Expected Output`: 0, fences: 2",
        ),
    ] {
        let error = import::from_text("src", source.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(error.contains(found), "{source:?}: {error}");
        assert!(error.contains("looked for a page's text"), "{error}");
    }
    let error =
        import::from_folder(&folder(&[("main.py", ""), ("expected-1.txt", "x")])).unwrap_err();
    let error = error.to_string();
    assert!(
        error.ends_with(
            "looked for input-N.jsonl with expected-N.txt; found main.py, expected-1.txt"
        ),
        "{error}"
    );
}
