//! Faults that meet nothing, and those that do: each with the one message that makes the difference.

use std::fmt::Write;

use super::*;

/// Runs a case: `0` and `1` are requests to these nodes, other lines stand for themselves. Before a node
/// answers the request on line `at`, the node `from` writes to the other one.
/// What met nothing, as `LINE..LINE`; `..` with nothing after it: to the end of the case.
fn idle(lines: &[&str], writes: &[(usize, usize)]) -> Vec<String> {
    let (mut text, mut expected) = (String::new(), String::new());
    for (position, line) in lines.iter().enumerate() {
        let id = position + 2;
        if line.starts_with('@') {
            let _ = writeln!(text, "{line}");
            continue;
        }
        let _ = writeln!(
            text,
            "{{\"src\":\"c1\",\"dest\":\"n{line}\",\"body\":{{\"type\":\"x\",\"msg_id\":{id}}}}}"
        );
        let _ = writeln!(
            expected,
            "{{\"src\":\"n{line}\",\"dest\":\"c1\",\"body\":{{\"type\":\"x_ok\",\"in_reply_to\":{id}}}}}"
        );
    }
    let (case, rules) = (case(TWO, &text, &expected), Rules::default());
    let mut run = Run::of(&case, &rules);
    for now in 0..100 {
        for done in run.at(now) {
            let words: Vec<_> = done.split([' ', '#']).collect();
            let [node, "gets", kind, _, id] = words[..] else {
                continue;
            };
            let (node, id) = (node.parse().unwrap(), id.parse().unwrap());
            run.script.unread(node, 0);
            match kind {
                "x" => {
                    for (_, from) in writes.iter().filter(|(at, _)| *at as u64 == id) {
                        run.says(
                            *from,
                            &format!("n{}", 1 - from),
                            "\"type\":\"forward\",\"msg_id\":9",
                        );
                    }
                    run.answers(node, "c1", "x_ok", id);
                }
                "forward" => {}
                _ => run.answers(node, "c0", &format!("{kind}_ok"), id),
            }
        }
    }
    assert_eq!(run.script.ending(), Some(Ending::Done), "{text}");
    let until = |fault: &crate::transcript::IdleFault| match &fault.until {
        Some(until) => format!("{}..{}", fault.place.line, until.line),
        None => format!("{}..", fault.place.line),
    };
    run.script.finish().idle.iter().map(until).collect()
}

#[track_caller]
fn meets_nothing(lines: &[&str], writes: &[(usize, usize)], found: &str) {
    assert_eq!(idle(lines, writes).join(" "), found);
}

#[test]
fn a_cut_that_no_message_comes_to() {
    meets_nothing(&["0", "@cut n0 | n1", "@heal", "1"], &[], "3..4");
    meets_nothing(&["0", "@cut n0 | n1", "1", "@heal", "1"], &[], "3..5");
    meets_nothing(&["0", "@cut n0 | n1", "1"], &[], "3..");
    meets_nothing(&["0", "@cut n0 | n1", "1"], &[(4, 0)], "");
    let one_way = ["0", "@cut n0 -> n1", "1", "@heal", "0"];
    meets_nothing(&one_way, &[(4, 0)], "");
    meets_nothing(&one_way, &[(2, 0), (4, 1), (6, 0)], "3..5");
    let twice = ["@cut n0 -> n1", "@cut n0 | n1", "1"];
    meets_nothing(&twice, &[(4, 0)], "");
    meets_nothing(&twice, &[(4, 1)], "2..");
}

#[test]
fn loss_that_loses_nothing_and_duplication_that_doubles_nothing() {
    for (done, undone) in [("@loss 1", "@loss 0"), ("@duplicate 1", "@duplicate 0")] {
        let lines = ["0", done, "1", undone, "0"];
        meets_nothing(&lines, &[(2, 0), (6, 0)], "3..5");
        meets_nothing(&lines, &[(4, 0)], "");
        meets_nothing(&["0", done, "@heal", "0"], &[], "3..4");
        meets_nothing(&["0", done, "0"], &[], "3..");
    }
}

#[test]
fn a_pause_in_which_nobody_writes_to_the_node() {
    meets_nothing(&["0", "@pause n1", "@resume n1", "1"], &[], "3..4");
    meets_nothing(&["0", "@pause n1", "0", "@heal", "0"], &[(4, 1)], "3..5");
    meets_nothing(&["0", "@pause n1", "0", "@resume n1", "1"], &[(4, 0)], "");
    meets_nothing(&["0", "@pause n1", "0", "@kill n1", "0"], &[(6, 0)], "3..5");
    meets_nothing(&["0", "@pause n1", "0"], &[], "3..");
    // What it would have sent may have stood still with it.
    meets_nothing(&["1", "@pause n1", "0", "@resume n1", "0"], &[], "");
    meets_nothing(&["1", "0", "@pause n1", "@resume n1", "0"], &[], "4..5");
}

#[test]
fn a_kill_after_which_nobody_writes_to_the_node() {
    meets_nothing(&["0", "@kill n1", "0"], &[], "3..");
    meets_nothing(&["0", "@kill n1", "0"], &[(4, 0)], "");
    // What it was told may have died with it.
    meets_nothing(&["1", "@kill n1", "0"], &[], "");
    meets_nothing(&["1", "0", "@kill n1", "0"], &[], "4..");
    meets_nothing(&["1", "0", "@kill n1", "0", "@restart n1", "1"], &[], "");
    meets_nothing(&["0", "@kill n1", "0", "@restart n1", "1"], &[], "3..5");
    meets_nothing(&["0", "@kill n1", "0", "@restart n1", "1"], &[(4, 0)], "");
}

#[test]
fn a_restart_that_takes_nothing() {
    meets_nothing(&["0", "@restart n1", "1"], &[], "3..");
    meets_nothing(&["0", "@restart n1", "1"], &[(2, 0)], "");
    meets_nothing(&["0", "1", "@restart n1", "1"], &[], "");
    meets_nothing(&["1", "@restart n1", "@restart n1", "1"], &[], "4..");
}
