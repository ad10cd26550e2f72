//! Which match mode a sample asks for. Samples leave out what can vary, nearly always at the end:
//! what is left unanswered tells where other messages may stand.

use crate::case::mode::MatchMode;
use crate::case::{ExpectedLine, InputMessage, answered};

/// Which requests a sample answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// All, or nothing is expected at all.
    All,
    /// The first ones.
    First,
    /// Later ones, but not all before them.
    Later,
    /// None of them: what it shows may come after an `init_ok`, say.
    None,
}

impl Answered {
    /// Those that a sample answers.
    pub fn of(requests: &[InputMessage], expected: &[ExpectedLine]) -> Self {
        if expected.is_empty() {
            // A prefix of nothing would let any node pass.
            return Self::All;
        }
        let answered = answered::of(requests, expected);
        let answered: Vec<_> = answered.into_iter().map(|(_, answered)| answered).collect();
        let first_unanswered = answered.iter().position(|answered| !answered);
        let last_answered = answered.iter().rposition(|answered| *answered);
        match (first_unanswered, last_answered) {
            (None, _) => Self::All,
            (Some(_), None) => Self::None,
            (Some(first), Some(last)) if first < last => Self::Later,
            _ => Self::First,
        }
    }

    /// The mode in which a node passes that also answers what the sample leaves unanswered.
    pub fn mode(self) -> MatchMode {
        match self {
            Self::All => MatchMode::Exact,
            Self::First => MatchMode::Prefix,
            Self::Later | Self::None => MatchMode::Contains,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{expected, input};

    fn request(source: &str, kind: &str, id: usize) -> String {
        format!(r#"{{"src":"{source}","dest":"n1","body":{{"type":"{kind}","msg_id":{id}}}}}"#)
    }

    fn reply(dest: &str, kind: &str, id: &str) -> String {
        format!(r#"{{"src":"n1","dest":"{dest}","body":{{"type":"{kind}","in_reply_to":{id}}}}}"#)
    }

    #[track_caller]
    fn check(input: &[String], expected: &[String], mode: MatchMode) {
        let input = input::parse(input.join("\n").as_bytes()).unwrap();
        let expected = expected::parse(expected.join("\n").as_bytes()).unwrap();
        let answered = Answered::of(&input.requests, &expected);
        assert_eq!(answered.mode(), mode);
    }

    fn three() -> [String; 3] {
        [
            request("c0", "init", 1),
            request("c1", "add", 2),
            request("c1", "read", 3),
        ]
    }

    #[test]
    fn what_is_unanswered_and_where_chooses_the_mode() {
        let all = [
            reply("c0", "init_ok", "1"),
            reply("c1", "add_ok", "2"),
            reply("c1", "error", "3"),
        ];
        check(&three(), &all, MatchMode::Exact);
        check(&three(), &all[..2], MatchMode::Prefix);
        check(&three(), &all[..1], MatchMode::Prefix);
        check(&three(), &all[1..], MatchMode::Contains);
        check(
            &three(),
            &[all[0].clone(), all[2].clone()],
            MatchMode::Contains,
        );
        check(
            &three(),
            &["no reply at all".to_owned()],
            MatchMode::Contains,
        );
        check(&three(), &[], MatchMode::Exact);
    }

    #[test]
    fn a_reply_answers_the_one_who_asked() {
        let two = [request("c1", "add", 1), request("c2", "add", 1)];
        check(&two, &[reply("c2", "add_ok", "1")], MatchMode::Contains);
        check(&two, &[reply("c1", "add_ok", "1")], MatchMode::Prefix);
        let both = [reply("c2", "add_ok", "1"), reply("c1", "add_ok", "1")];
        check(&two, &both, MatchMode::Exact);
        let twice = [request("c1", "add", 1), request("c1", "add", 1)];
        check(&twice, &[reply("c1", "add_ok", "1")], MatchMode::Prefix);
    }

    #[test]
    fn bodies_without_envelope_answer_by_their_ids() {
        let body = |id| format!(r#"{{"type":"x_ok","in_reply_to":{id}}}"#);
        check(&three(), &[body(1), body(2), body(3)], MatchMode::Exact);
        check(&three(), &[body(1)], MatchMode::Prefix);
        check(&three(), &[body(3)], MatchMode::Contains);
        let bare = [r#"{"type":"x","msg_id":1}"#.to_owned()];
        check(&bare, &[reply("c9", "x_ok", "1")], MatchMode::Exact);
    }

    #[test]
    fn what_wants_no_answer_is_not_unanswered() {
        for other in [
            request("n2", "broadcast_ok", 9),
            request("n2", "broadcast_ack", 9),
            request("n2", "error", 9),
            r#"{"src":"c1","dest":"n1","body":{"type":"gossip"}}"#.to_owned(),
            r#"{"src":"n2","dest":"n1","body":{"type":"x","msg_id":9,"in_reply_to":0}}"#.to_owned(),
            "rubbish".to_owned(),
        ] {
            let input = [request("c0", "init", 1), other];
            check(&input, &[reply("c0", "init_ok", "1")], MatchMode::Exact);
        }
    }

    #[test]
    fn an_open_reply_answers_its_own_kind_first() {
        check(
            &three(),
            &[
                reply("c0", "init_ok", "1"),
                reply("c1", "read_ok", "\"<any>\""),
            ],
            MatchMode::Contains,
        );
        for open in [
            "\"<any>\"",
            r#"{"src":"n1","dest":"c1","body":"<object>"}"#,
            r#"{"src":"n1","dest":"c1","body":{"type":"add_ok","<...>":"<any>"}}"#,
        ] {
            let expected = [reply("c0", "init_ok", "1"), open.to_owned()];
            check(&three(), &expected, MatchMode::Prefix);
        }
    }
}
