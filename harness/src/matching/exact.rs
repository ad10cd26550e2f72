//! The `exact` mode: the same messages in the same order.
//!
//! The first place at which the two sequences part is classified, so that a
//! message left out, one too many, one that came late and one that differs are
//! told apart.

use super::actual::ActualLine;
use super::compare::{self, Difference};
use super::ids::{KnownIds, Renaming};
use crate::case::ExpectedLine;
use crate::message;

/// How far ahead a message is looked for when the two sequences part.
const LOOKAHEAD_MAX: usize = 1000;

/// How far the two sequences agree, and how they part.
#[derive(Debug, Clone, Default)]
pub struct Agreement {
    /// How many messages agree, from the first on.
    pub matched: usize,
    /// How the sequences part; `None`: they are the same.
    pub mismatch: Option<Mismatch>,
    /// The ids of the messages that agree.
    pub ids: Renaming,
}

/// How two sequences part. All numbers are positions in the sequences, from 0.
#[derive(Debug, Clone, PartialEq)]
pub enum Mismatch {
    /// One message differs.
    Differs {
        /// Which one was expected.
        expected: usize,
        /// Which one came.
        actual: usize,
        /// At which places; never empty.
        differences: Vec<Difference>,
    },
    /// One message never came.
    Missing {
        /// Which one.
        expected: usize,
    },
    /// One message too many came.
    Unexpected {
        /// The expected one in whose place it came.
        expected: usize,
        /// Which one it is.
        actual: usize,
    },
    /// One message came, but later than it should.
    Late {
        /// Which one was expected.
        expected: usize,
        /// Which one came in its place.
        actual: usize,
        /// Where it came.
        came_as: usize,
    },
}

/// Compares two sequences.
pub fn compare(expected: &[ExpectedLine], actual: &[ActualLine], known: &KnownIds) -> Agreement {
    let mut ids = Renaming::default();
    let mut matched = 0;
    loop {
        let differences = match (expected.get(matched), actual.get(matched)) {
            (Some(expected), Some(actual)) => compare::lines(expected, actual, known, &mut ids),
            (None, None) => {
                break Agreement {
                    matched,
                    mismatch: None,
                    ids,
                };
            }
            _ => Vec::new(),
        };
        if differences.is_empty() && matched < expected.len().min(actual.len()) {
            matched += 1;
            continue;
        }
        let parting = Parting {
            expected: expected.get(matched..).unwrap_or_default(),
            actual: actual.get(matched..).unwrap_or_default(),
            known,
            ids: &mut ids,
        };
        let mismatch = Some(parting.classify(matched, differences));
        break Agreement {
            matched,
            mismatch,
            ids,
        };
    }
}

/// What is left of both sequences where they part.
struct Parting<'a> {
    expected: &'a [ExpectedLine],
    actual: &'a [ActualLine],
    known: &'a KnownIds,
    ids: &'a mut Renaming,
}

impl Parting<'_> {
    fn classify(mut self, at: usize, differences: Vec<Difference>) -> Mismatch {
        let (Some(expected), Some(actual)) = (self.expected.first(), self.actual.first()) else {
            return if self.actual.is_empty() {
                Mismatch::Missing { expected: at }
            } else {
                Mismatch::Unexpected {
                    expected: at,
                    actual: at,
                }
            };
        };
        let ahead = |position: usize| at + position;
        let came_as = self.position_of_expected(expected);
        let expected_as = self.position_of_actual(actual);
        match (expected_as, came_as) {
            (Some(_), None) => return Mismatch::Missing { expected: at },
            (None, Some(_)) => {
                return Mismatch::Unexpected {
                    expected: at,
                    actual: at,
                };
            }
            (Some(_), Some(position)) => {
                return Mismatch::Late {
                    expected: at,
                    actual: at,
                    came_as: ahead(position),
                };
            }
            (None, None) => {}
        }
        if !alike(expected, actual) && !same_kind(expected, actual) {
            let like_actual = self.rest_of_expected().any(|line| alike(line, actual));
            let like_expected = self.rest_of_actual().any(|line| alike(expected, line));
            match (like_actual, like_expected) {
                (true, false) => return Mismatch::Missing { expected: at },
                (false, true) => {
                    return Mismatch::Unexpected {
                        expected: at,
                        actual: at,
                    };
                }
                _ => {}
            }
        }
        Mismatch::Differs {
            expected: at,
            actual: at,
            differences,
        }
    }

    /// Where the first expected message came after all.
    fn position_of_expected(&mut self, expected: &ExpectedLine) -> Option<usize> {
        let rest = self.actual.iter().take(LOOKAHEAD_MAX).enumerate().skip(1);
        for (position, actual) in rest {
            if matches(expected, actual, self.known, self.ids) {
                return Some(position);
            }
        }
        None
    }

    /// Where the first actual message is expected after all.
    fn position_of_actual(&mut self, actual: &ActualLine) -> Option<usize> {
        let rest = self.expected.iter().take(LOOKAHEAD_MAX).enumerate().skip(1);
        for (position, expected) in rest {
            if matches(expected, actual, self.known, self.ids) {
                return Some(position);
            }
        }
        None
    }

    fn rest_of_expected(&self) -> impl Iterator<Item = &ExpectedLine> {
        self.expected.iter().take(LOOKAHEAD_MAX).skip(1)
    }

    fn rest_of_actual(&self) -> impl Iterator<Item = &ActualLine> {
        self.actual.iter().take(LOOKAHEAD_MAX).skip(1)
    }
}

/// Whether two lines match, without binding their ids.
fn matches(
    expected: &ExpectedLine,
    actual: &ActualLine,
    known: &KnownIds,
    ids: &mut Renaming,
) -> bool {
    let mark = ids.mark();
    let same = compare::lines(expected, actual, known, ids).is_empty();
    ids.roll_back(mark);
    same
}

/// Whether two messages are likely meant to be the same one: replies to one request, or
/// messages of one type to one node.
fn alike(expected: &ExpectedLine, actual: &ActualLine) -> bool {
    let (Some(expected), Some(actual)) = (expected.json(), actual.json()) else {
        return false;
    };
    if message::destination(expected) != message::destination(actual) {
        return false;
    }
    match (message::in_reply_to(expected), message::in_reply_to(actual)) {
        (Some(expected), Some(actual)) => expected == actual,
        (None, None) => message::kind(expected) == message::kind(actual),
        _ => false,
    }
}

/// Whether two messages are of one type and go to one node.
fn same_kind(expected: &ExpectedLine, actual: &ActualLine) -> bool {
    let key = |message| Some((message::destination(message)?, message::kind(message)?));
    let expected = expected.json().and_then(key);
    expected.is_some() && expected == actual.json().and_then(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::expected;
    use crate::matching::actual;

    /// Checks how two sequences part, in words.
    fn check(expected_text: &str, actual_text: &str, shows: &str) {
        let expected = expected::parse(expected_text.as_bytes()).unwrap();
        let actual = actual::lines(actual_text.as_bytes(), 100).lines;
        let known = KnownIds::of(&[], &expected);
        let agreement = compare(&expected, &actual, &known);
        let found = match agreement.mismatch {
            None => "same".to_owned(),
            Some(Mismatch::Differs {
                actual,
                differences,
                ..
            }) => {
                format!("{actual} differs at {}", differences[0].path)
            }
            Some(Mismatch::Missing { expected }) => format!("{expected} missing"),
            Some(Mismatch::Unexpected { actual, .. }) => format!("{actual} unexpected"),
            Some(Mismatch::Late {
                expected, came_as, ..
            }) => {
                format!("{expected} came as {came_as}")
            }
        };
        assert_eq!(found, shows, "{expected_text}\nagainst\n{actual_text}");
    }

    const REPLIES: &str = r#"{"src":"n1","dest":"c1","body":{"type":"a_ok","in_reply_to":1,"msg_id":0}}
{"src":"n1","dest":"c1","body":{"type":"b_ok","in_reply_to":2,"msg_id":1}}
{"src":"n1","dest":"c1","body":{"type":"c_ok","v":[7],"in_reply_to":3,"msg_id":2}}"#;

    fn edited(edit: impl Fn(&mut Vec<String>)) -> String {
        let mut lines: Vec<_> = REPLIES.lines().map(str::to_owned).collect();
        edit(&mut lines);
        lines.join("\n")
    }

    #[test]
    fn the_place_at_which_sequences_part_is_classified() {
        check(REPLIES, REPLIES, "same");
        check("", "", "same");
        check(REPLIES, "", "0 missing");
        check("", REPLIES, "0 unexpected");
        check(REPLIES, &edited(|lines| _ = lines.remove(1)), "1 missing");
        check(REPLIES, &edited(|lines| _ = lines.pop()), "2 missing");
        check(REPLIES, &edited(|lines| lines.swap(1, 2)), "1 came as 2");
        check(
            REPLIES,
            &edited(|lines| {
                lines.insert(
                    1,
                    r#"{"src":"n1","dest":"n2","body":{"type":"x"}}"#.to_owned(),
                );
            }),
            "1 unexpected",
        );
        check(
            REPLIES,
            &edited(|lines| lines[1] = lines[1].replace("b_ok", "error")),
            "1 differs at body.type",
        );
        check(
            REPLIES,
            &edited(|lines| lines[2] = lines[2].replace("[7]", "[8]")),
            "2 differs at body.v[0]",
        );
        check(
            REPLIES,
            &edited(|lines| lines[0] = lines[0].replace("to\":1", "to\":9")),
            "0 differs at body.in_reply_to",
        );
    }

    #[test]
    fn a_changed_message_after_a_lost_one_does_not_hide_the_loss() {
        let actual = edited(|lines| {
            lines.remove(1);
            lines[1] = lines[1].replace("[7]", "[8]");
        });
        check(REPLIES, &actual, "1 missing");
        let actual = edited(|lines| {
            lines[0] = lines[0].replace("a_ok", "z_ok");
            lines.insert(
                0,
                r#"{"src":"n1","dest":"n2","body":{"type":"x"}}"#.to_owned(),
            );
        });
        check(REPLIES, &actual, "0 unexpected");
    }

    #[test]
    fn ids_match_up_to_renaming_across_the_sequence() {
        let renamed = |pairs: [(usize, &str); 3]| {
            edited(|lines| {
                for (line, id) in pairs {
                    lines[line] =
                        lines[line].replace(&format!("msg_id\":{line}"), &format!("msg_id\":{id}"));
                }
            })
        };
        check(
            REPLIES,
            &renamed([(0, "17"), (1, "3"), (2, "99999999999999999999")]),
            "same",
        );
        check(REPLIES, &renamed([(0, "2"), (1, "0"), (2, "1")]), "same");
        check(
            REPLIES,
            &renamed([(0, "5"), (1, "6"), (2, "5")]),
            "2 differs at body.msg_id",
        );
    }

    #[test]
    fn a_reply_to_a_renamed_id_must_point_at_the_right_one() {
        let expected = r#"{"src":"n1","dest":"n2","body":{"type":"x","msg_id":1}}
{"src":"n1","dest":"n2","body":{"type":"x","msg_id":2}}
{"src":"n2","dest":"n1","body":{"type":"y","in_reply_to":1}}"#;
        let actual = |reply: &str| {
            format!(
                r#"{{"src":"n1","dest":"n2","body":{{"type":"x","msg_id":11}}}}
{{"src":"n1","dest":"n2","body":{{"type":"x","msg_id":12}}}}
{{"src":"n2","dest":"n1","body":{{"type":"y","in_reply_to":{reply}}}}}"#
            )
        };
        check(expected, &actual("11"), "same");
        check(expected, &actual("12"), "2 differs at body.in_reply_to");
        check(expected, &actual("1"), "2 differs at body.in_reply_to");
    }
}
