//! Envelopes that Maelstrom refuses fail a case in any match mode, with the node's bytes; of replies that
//! stand far below nothing untrue is said.

use crate::fake::Cases;

const INPUT: &str = "{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"ping\",\"msg_id\":1}}\n";
const ANSWER: &str =
    "{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"ping_ok\",\"in_reply_to\":1}}\n";

#[test]
fn envelope_that_maelstrom_refuses_fails_with_the_bytes_and_advice() {
    let cases = Cases::new();
    for (name, mode) in [("exact", ""), ("contains", "@match contains\n")] {
        cases.add(name, &format!("{mode}{INPUT}"), ANSWER);
    }
    for (start, sentence) in [
        (
            "{\"src\":\"n7\",\"src\"",
            "stdout line 1 is a message with the key \"src\" twice in one object: write each key once",
        ),
        (
            "{\"more\":0,\"src\"",
            "stdout line 1 is a message with the key \"more\" beside src, dest and body: Maelstrom \
             refuses it; put it into the body",
        ),
        (
            "{\"id\":\"7\",\"src\"",
            "stdout line 1 is a message with the id \"7\" beside src, dest and body: Maelstrom takes \
             only an integer there; leave it out",
        ),
    ] {
        cases.write("stdout", &ANSWER.replacen("{\"src\"", start, 1));
        let ran = cases.run_with(&["."], &["replay", "stdout"]);
        ran.check(1, &[sentence, start], "golden: 0 passed, 2 failed");
    }
    cases.write("stdout", &ANSWER.replacen('{', "{\"id\":7,", 1));
    let ran = cases.run_with(&["."], &["replay", "stdout"]);
    ran.check(0, &[], "golden: 2 passed, 0 failed");
}

#[test]
fn reply_far_below_surplus_lines_is_told_as_it_is() {
    let surplus = "{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"more\"}}\n".repeat(3000);
    let cases = Cases::one(INPUT, ANSWER);
    cases.add("unordered", &format!("@match unordered\n{INPUT}"), ANSWER);
    cases.write("stdout", &format!("{surplus}{ANSWER}"));
    let ran = cases.run_with(&["."], &["replay", "stdout"]);
    let says = [
        "case.expected:1: body.type should be \"ping_ok\", is \"more\" (stdout line 1)",
        "... 2999 messages",
        "unordered.expected:1: this message is not among the first 1001 lines of stdout; the lines after \
         them were not looked at",
    ];
    ran.check(1, &says, "golden: 0 passed, 2 failed");
    ran.never_says("got no reply")
        .never_says("never came")
        .never_says("missing 1  ");
}
