//! The modes `exact` and `prefix`: the same messages in the same order, and perhaps more after them.
//!
//! The first place at which the two sequences part is classified, so that a
//! message left out, one too many, one that came late and one that differs are
//! told apart.

use super::actual::ActualLine;
use super::bindings::Bindings;
use super::compare;
use super::difference::{Difference, Rules};
use super::{Agreement, Mismatch, alike, same_kind};
use crate::case::ExpectedLine;

/// Compares two sequences; `more` may come after what is expected.
pub fn compare(
    expected: &[ExpectedLine],
    actual: &[ActualLine],
    more: bool,
    rules: &Rules,
    mut bindings: Bindings,
) -> Agreement {
    let mut matched = 0;
    let mut differences = Vec::new();
    while let (Some(expected), Some(actual)) = (expected.get(matched), actual.get(matched)) {
        differences = compare::lines(expected, actual, rules, &mut bindings);
        if !differences.is_empty() {
            break;
        }
        matched += 1;
    }
    let expected = expected.get(matched..).unwrap_or_default();
    let actual = actual.get(matched..).unwrap_or_default();
    if expected.is_empty() && (more || actual.is_empty()) {
        return Agreement {
            mismatch: None,
            bindings,
        };
    }
    let parting = Parting {
        expected,
        actual,
        rules,
        bindings: &mut bindings,
    };
    let mismatch = Some(parting.classify(matched, differences));
    Agreement { mismatch, bindings }
}

/// What is left of both sequences where they part.
struct Parting<'a> {
    expected: &'a [ExpectedLine],
    actual: &'a [ActualLine],
    rules: &'a Rules,
    bindings: &'a mut Bindings,
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
            // What came in its place is expected too, further on, though it may not be right.
            (None, Some(position)) if self.rest_of_expected().any(|line| alike(line, actual)) => {
                return Mismatch::Late {
                    expected: at,
                    actual: at,
                    came_as: ahead(position),
                };
            }
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
        let rest = self.actual.iter().enumerate().skip(1);
        for (position, actual) in rest {
            if matches(expected, actual, self.rules, self.bindings) {
                return Some(position);
            }
        }
        None
    }

    /// Where the first actual message is expected after all.
    fn position_of_actual(&mut self, actual: &ActualLine) -> Option<usize> {
        let rest = self.expected.iter().enumerate().skip(1);
        for (position, expected) in rest {
            if matches(expected, actual, self.rules, self.bindings) {
                return Some(position);
            }
        }
        None
    }

    fn rest_of_expected(&self) -> impl Iterator<Item = &ExpectedLine> {
        self.expected.iter().skip(1)
    }

    fn rest_of_actual(&self) -> impl Iterator<Item = &ActualLine> {
        self.actual.iter().skip(1)
    }
}

/// Whether two lines match, without binding their ids.
fn matches(
    expected: &ExpectedLine,
    actual: &ActualLine,
    rules: &Rules,
    bindings: &mut Bindings,
) -> bool {
    let mark = bindings.mark();
    let same = compare::matches(expected, actual, rules, bindings);
    bindings.roll_back(mark);
    same
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::expected;
    use crate::matching::actual;
    use crate::matching::bindings::KnownIds;

    /// Checks how two sequences part, in words.
    fn check(expected_text: &str, actual_text: &str, shows: &str) {
        let expected = expected::parse(expected_text.as_bytes()).unwrap();
        let actual = actual::lines(actual_text.as_bytes(), 100).lines;
        let rules = Rules {
            known: KnownIds::of(&[], &expected),
            ..Rules::default()
        };
        let agreement = compare(&expected, &actual, false, &rules, Bindings::default());
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
