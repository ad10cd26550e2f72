//! One expected message against one that the node wrote.
//!
//! JSON is compared as JSON: key order and spacing mean nothing, numbers count
//! by value, placeholders match what they say. The two id fields go through the
//! [`Bindings`]. The differences of a message are found in the order in which
//! `.expected` shows its keys. The walk itself is in [`super::comparison`].

use super::actual::{ActualContent, ActualLine};
use super::bindings::Bindings;
use super::comparison::Comparison;
use super::difference::{DIFFERENCES_MAX, Difference, DifferenceKind, Rules};
use super::path::Path;
use crate::case::ExpectedLine;
use crate::case::expected::ExpectedContent;

/// Compares two lines; binds their ids and names when they match and leaves `bindings` as it was
/// when not.
pub fn lines(
    expected: &ExpectedLine,
    actual: &ActualLine,
    rules: &Rules,
    bindings: &mut Bindings,
) -> Vec<Difference> {
    lines_up_to(DIFFERENCES_MAX, expected, actual, rules, bindings)
}

fn lines_up_to(
    differences_max: usize,
    expected: &ExpectedLine,
    actual: &ActualLine,
    rules: &Rules,
    bindings: &mut Bindings,
) -> Vec<Difference> {
    match (&expected.content, &actual.content) {
        (ExpectedContent::Json { value, pattern }, ActualContent::Json(actual)) => {
            let mark = bindings.mark();
            let mut comparison = Comparison::new(expected.number, value, actual, rules, bindings);
            comparison.differences_max = differences_max;
            comparison.values(pattern, actual);
            let differences = comparison.differences;
            if !differences.is_empty() {
                bindings.roll_back(mark);
            }
            differences
        }
        (ExpectedContent::Text(expected), ActualContent::NotJson { .. })
            if actual.is_text(expected) =>
        {
            Vec::new()
        }
        _ => vec![Difference {
            path: Path::default(),
            kind: DifferenceKind::Text,
        }],
    }
}

/// Whether two lines match; binds their ids and names if they do.
pub fn matches(
    expected: &ExpectedLine,
    actual: &ActualLine,
    rules: &Rules,
    bindings: &mut Bindings,
) -> bool {
    lines_up_to(1, expected, actual, rules, bindings).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::expected;
    use crate::matching::actual;

    /// The differences, each as `path: kind`.
    fn check(expected_text: &str, actual_text: &str, shows: &[&str]) {
        let expected = expected::parse(expected_text.as_bytes()).unwrap();
        let actual = actual::lines(actual_text.as_bytes(), 100).lines;
        let mut bindings = Bindings::default();
        let found: Vec<_> = lines(&expected[0], &actual[0], &Rules::default(), &mut bindings)
            .into_iter()
            .map(|difference| format!("{}: {}", difference.path, name(&difference.kind)))
            .collect();
        assert_eq!(found, shows, "{expected_text} against {actual_text}");
        assert!(shows.is_empty() || bindings.ids().next().is_none());
    }

    fn name(kind: &DifferenceKind) -> &'static str {
        match kind {
            DifferenceKind::Value { .. } => "value",
            DifferenceKind::Missing { .. } => "missing",
            DifferenceKind::Unexpected { .. } => "unexpected",
            DifferenceKind::Id { .. } => "id",
            DifferenceKind::Name { .. } => "name",
            DifferenceKind::Text => "text",
        }
    }

    #[test]
    fn json_is_compared_as_json() {
        check(
            r#"{"a": 1, "b": [true, null]}"#,
            r#"{"b":[true,null],"a":1.0}"#,
            &[],
        );
        check(r#"{"a":"x"}"#, r#"{"a":"\u0078"}"#, &[]);
        check(r#"{"a":1}"#, r#"{"a":"1"}"#, &["a: value"]);
        check(r#"{"a":null}"#, r"{}", &["a: missing"]);
        check(r"[1,2]", r"[1,2,3]", &["[2]: unexpected"]);
        check(r"[1,2,3]", r"[1,3]", &["[1]: value", "[2]: missing"]);
        check(
            r#"{"body":{"x":1,"y":{"z":[0]}}}"#,
            r#"{"body":{"y":{"z":[1]},"w":0},"v":0}"#,
            &[
                "body.x: missing",
                "body.y.z[0]: value",
                "body.w: unexpected",
                "v: unexpected",
            ],
        );
    }

    #[test]
    fn ids_may_have_any_number_and_may_be_left_unsaid_but_not_left_out() {
        check(r#"{"body":{"msg_id":1}}"#, r#"{"body":{"msg_id":17}}"#, &[]);
        check(r#"{"msg_id":1}"#, r#"{"msg_id":17}"#, &[]);
        check(r#"{"body":{}}"#, r#"{"body":{"msg_id":17}}"#, &[]);
        check(
            r#"{"body":{"msg_id":1}}"#,
            r#"{"body":{}}"#,
            &["body.msg_id: missing"],
        );
        check(
            r#"{"body":{"msg_id":1}}"#,
            r#"{"body":{"msg_id":"1"}}"#,
            &["body.msg_id: value"],
        );
        check(
            r#"{"body":{"msg_id":1}}"#,
            r#"{"body":{"msg_id":1.5}}"#,
            &["body.msg_id: value"],
        );
        check(
            r#"{"body":{"v":{"msg_id":1}}}"#,
            r#"{"body":{"v":{"msg_id":2}}}"#,
            &["body.v.msg_id: value"],
        );
        check(
            r#"{"body":{"in_reply_to":1}}"#,
            r#"{"body":{"in_reply_to":2}}"#,
            &["body.in_reply_to: value"],
        );
    }

    #[test]
    fn integer_id_in_an_envelope_may_be_left_unsaid() {
        check(r#"{"body":{}}"#, r#"{"id":7,"body":{}}"#, &[]);
        check(
            r#"{"body":{}}"#,
            r#"{"id":"7","body":{}}"#,
            &["id: unexpected"],
        );
        check(
            r#"{"id":7,"body":{}}"#,
            r#"{"id":8,"body":{}}"#,
            &["id: value"],
        );
        check(
            r#"{"body":{}}"#,
            r#"{"body":{"id":7}}"#,
            &["body.id: unexpected"],
        );
        check(
            r#"{"type":"x"}"#,
            r#"{"type":"x","id":7}"#,
            &["id: unexpected"],
        );
    }

    #[test]
    fn text_is_compared_as_text() {
        check("hello world", "hello world\r\n", &[]);
        check("hello world", "hello  world\n", &[": text"]);
        check("hello", r#"{"hello":1}"#, &[": text"]);
        check(r#"{"hello":1}"#, "hello", &[": text"]);
    }
}
