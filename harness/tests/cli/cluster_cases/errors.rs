//! What can be wrong in a case with a cluster: each with its place and advice.

use super::{Case, LINE, are_wrong};

const READ: &str = "c1 n0 get []";

/// The lines of a case, and what is said of them.
const WRONG: [(&[&str], &str); 44] = [
    (
        &["@cluster", READ],
        "./case.in:1:10: `@cluster` wants names of nodes, as in",
    ),
    (
        &["@cluster n0 n0", READ],
        "./case.in:1:13: `@cluster` wants each node once, not `n0`",
    ),
    (
        &["@cluster n0 c1", READ],
        "./case.in:1:13: `@cluster` wants names of nodes, as in `n0` (`c1` is a client's), not `c1`",
    ),
    (
        &["@cluster n0,n1", READ],
        "./case.in:1:10: `@cluster` wants names of nodes with spaces between them, as in `n0 n1 n2`, not",
    ),
    (
        &["@cluster n0 --topolgy line", READ],
        "./case.in:1:13: there is no option `--topolgy`; did you mean `--topology`?",
    ),
    (
        &["@cluster n0 --topology lin", READ],
        "./case.in:1:24: `@cluster --topology` wants `grid`, `line`",
    ),
    (
        &["@cluster n0 --latency 5ms", READ],
        "./case.in:1:23: `@cluster --latency` wants milliseconds, as in `10`, not `5ms`",
    ),
    (
        &["@cluster n0 --latency-dist even", READ],
        "./case.in:1:28: `@cluster --latency-dist` wants `constant`, `uniform` or",
    ),
    (
        &["@cluster n0 --seed", READ],
        "./case.in:1:20: `@cluster --seed` wants a number, as in `7`",
    ),
    (
        &["@cluster n0 --seed 1 --seed 2", READ],
        "./case.in:1:22: `@cluster` wants each option once, not `--seed`",
    ),
    (
        &[LINE, LINE, READ],
        "./case.in:2:1: `@cluster` stands twice; the first is on line 1",
    ),
    (
        &[LINE, READ, LINE],
        "./case.in:3:1: `@cluster` belongs in the head",
    ),
    (
        &[LINE, "@kil n1", READ],
        "./case.in:2:1: there is no directive `@kil`; did you mean `@kill`?",
    ),
    (
        &[LINE, "@kill", READ],
        "./case.in:2:7: `@kill` wants the name of one node",
    ),
    (
        &[LINE, "@kill n1 n2", READ],
        "./case.in:2:10: `@kill` wants the name of one node, not `n2`",
    ),
    (
        &[LINE, "@kill n7", READ],
        "./case.in:2:7: `@cluster` names no node `n7`; did you mean `n0`?",
    ),
    (
        &[LINE, "@kill n1", "@kill n1", READ],
        "./case.in:3:1: `@kill` means nothing here: n1 is dead since line 2",
    ),
    (
        &[LINE, "@kill n1", "@pause n1", READ],
        "./case.in:3:1: `@pause` means nothing here: n1 is dead since line 2",
    ),
    (
        &[LINE, "@pause n1", "@pause n1", READ],
        "./case.in:3:1: `@pause` means nothing here: n1 stands still since line 2",
    ),
    (
        &[LINE, "@resume n1", READ],
        "./case.in:2:1: `@resume` means nothing here: n1 is running",
    ),
    (
        &[LINE, "@restart n1", "@resume n1", READ],
        "./case.in:3:1: `@resume` means nothing here: n1 is running",
    ),
    (
        &[LINE, "@kill n0", READ],
        "./case.in:3:20: n0 is dead since line 2: nobody can ask it",
    ),
    (
        &[LINE, "@heal", READ],
        "./case.in:2:1: `@heal` means nothing here: nothing is wrong",
    ),
    (
        &[LINE, "@kill n1", "@heal", READ],
        "./case.in:3:1: `@heal` means nothing here: nothing is wrong",
    ),
    (
        &[LINE, "@cut n0 | n1", "@heal n0", READ],
        "./case.in:3:7: `@heal` wants no argument: it heals everything, not `n0`",
    ),
    (
        &[LINE, "@cut n0 n1", READ],
        "./case.in:2:6: `@cut` wants nodes on both sides, as in `n0 n1 | n2` or `n0 -> n2`, not `n0 n1`",
    ),
    (
        &[LINE, "@cut n0 | n1 -> n2", READ],
        "./case.in:2:6: `@cut` wants nodes on both sides",
    ),
    (
        &[LINE, "@cut n0 -> n1 -> n2", READ],
        "./case.in:2:6: `@cut` wants nodes on both sides",
    ),
    (
        &[LINE, "@cut n0 n1 | n0", READ],
        "./case.in:2:14: `@cut` wants each node once, not `n0`",
    ),
    (
        &[LINE, "@cut n0 | n4", READ],
        "./case.in:2:11: `@cluster` names no node `n4`",
    ),
    (
        &[LINE, "@loss 2", READ],
        "./case.in:2:7: `@loss` wants a probability, as in `0.1`, not `2`",
    ),
    (
        &[LINE, "@loss NaN", READ],
        "./case.in:2:7: `@loss` wants a probability",
    ),
    (
        &[LINE, "@loss 0", READ],
        "./case.in:2:1: `@loss` means nothing here: it is 0 already",
    ),
    (
        &[LINE, "@duplicate", READ],
        "./case.in:2:12: `@duplicate` wants a probability, as in `0.1`",
    ),
    (
        &[LINE, "@eventually", READ],
        "./case.in:2:13: `@eventually` wants a time above zero, as in `3s`",
    ),
    (
        &[LINE, "@eventually 1s", "@kill n1", READ],
        "./case.in:2:1: `@eventually` means nothing here: it must stand right before a request",
    ),
    (
        &[LINE, READ, "@eventually 1s"],
        "./case.in:3:1: `@eventually` means nothing here: it must stand right before a request",
    ),
    (
        &[LINE, "@pause n0", "@eventually 1s", READ],
        "./case.in:3:1: `@eventually` means nothing here: n0 stands still since line 2",
    ),
    (
        &[LINE, READ, "@kill n1"],
        "./case.in:3:1: `@kill` means nothing here: no message comes after it",
    ),
    (
        &[LINE, "@sleep 1s", READ],
        "./case.in:2:1: `@sleep` means nothing here",
    ),
    (
        &[LINE, "c0 n0 get []"],
        "./case.in:2:8: c0 is the harness, which sends init and topology itself",
    ),
    (
        &[LINE, "n1 n0 get []"],
        "./case.in:2:8: in a case with `@cluster` clients ask (c1, c2, ...), and nodes speak for themselves: not `n1`",
    ),
    (
        &[LINE, "c1 n5 get []"],
        "./case.in:2:20: `@cluster` names no node `n5`; did you mean `n0`?",
    ),
    (
        &[LINE, "c1 c2 get []"],
        "./case.in:2:20: `@cluster` names no node `c2`",
    ),
];

#[test]
fn what_is_wrong_in_a_case_with_a_cluster_has_its_place_and_advice() {
    are_wrong(WRONG.map(|(lines, says)| (lines.to_vec(), says.to_owned())));
}

#[test]
fn without_a_cluster_nothing_can_be_done_to_one() {
    let verbs = [
        "kill n1",
        "restart n1",
        "pause n1",
        "resume n1",
        "cut n0 | n1",
        "heal",
        "loss 1",
        "duplicate 1",
        "eventually 1s",
    ]
    .map(|verb| format!("@{verb}"));
    are_wrong(verbs.iter().map(|verb| {
        let word = verb.split(' ').next().unwrap();
        let says =
            format!("./case.in:1:1: `{word}` needs a cluster: `@cluster n0 n1 n2` in the head");
        (vec![verb.as_str(), READ], says)
    }));
}

#[test]
fn lines_that_make_no_sense_in_a_cluster_are_errors() {
    let mut text = Case::of(&[LINE, READ]);
    text.input += "{\"no\":\"message\"}\n";
    let says = "./case.in:3:1: in a case with `@cluster` every line is a message";
    text.run("floods")
        .check(2, &[says], "golden: 0 passed, 1 failed");
    let mut silent = Case::of(&[LINE, "@eventually 1s", READ]);
    silent.input = silent.input.replace("\"msg_id\":1,", "");
    let says =
        "./case.in:2:1: `@eventually` means nothing here: the message after it has no msg_id";
    silent
        .run("floods")
        .check(2, &[says], "golden: 0 passed, 1 failed");
    let mut inward = Case::of(&[LINE, READ]);
    inward.expected = inward
        .expected
        .replace("\"dest\":\"c1\"", "\"dest\":\"n1\"");
    let says = "./case.expected:1:1: in a case with `@cluster` only what reaches clients";
    inward
        .run("floods")
        .check(2, &[says], "golden: 0 passed, 1 failed");
}
