//! Histories in a line for each transaction: `wx1` appends or writes 1 to x, `rx12` reads [1, 2] of it, or the
//! register's 12, `rx` reads nothing; `fail` or `info` comes first where it did not commit.

use super::*;

/// Whether it writes, the object, and the value as it stands there.
type Word = (bool, Atom, String);

pub struct History {
    operations: Vec<(Ended, Vec<Word>)>,
    /// So many overlap, and end before the next begin.
    batch: usize,
    is_one_session: bool,
}

/// The names of the anomalies, the worst first.
pub fn names(analysis: &Analysis) -> Vec<&'static str> {
    let all = analysis.anomalies.iter();
    all.map(|anomaly| anomaly.kind.name()).collect()
}

impl History {
    pub fn concurrent(transactions: &[&str]) -> Self {
        Self {
            operations: transactions.iter().map(|text| parse(text)).collect(),
            batch: transactions.len(),
            is_one_session: false,
        }
    }

    /// One comes after the other.
    pub fn serial(transactions: &[&str]) -> Self {
        Self::concurrent(transactions).in_batches(1)
    }

    pub fn in_batches(self, batch: usize) -> Self {
        Self { batch, ..self }
    }

    pub fn of_one_session(self) -> Self {
        Self {
            is_one_session: true,
            ..self
        }
    }

    pub fn analyze(&self, objects: ObjectKind) -> Analysis {
        self.analyze_with(objects, Extra::Realtime, &Effort::until(&|| false))
    }

    pub fn analyze_plain(&self, objects: ObjectKind) -> Analysis {
        self.analyze_with(objects, Extra::None, &Effort::until(&|| false))
    }

    pub fn analyze_with(&self, objects: ObjectKind, extra: Extra, effort: &Effort<'_>) -> Analysis {
        let operations: Vec<(Ended, Vec<MicroOperation>)> = self
            .operations
            .iter()
            .map(|(ended, all)| {
                (
                    *ended,
                    all.iter().map(|one| operation(one, objects)).collect(),
                )
            })
            .collect();
        let transactions: Vec<_> = operations
            .iter()
            .enumerate()
            .map(|(at, (ended, operations))| {
                let invoked = at / self.batch * 2 * self.batch + at % self.batch;
                let completed = invoked + self.batch;
                Transaction {
                    session: Some(if self.is_one_session { 0 } else { at }),
                    invoked,
                    completed: (*ended == Ended::Committed).then_some(completed),
                    ended: *ended,
                    operations,
                    asked: None,
                }
            })
            .collect();
        analyze(&transactions, objects, extra, effort)
    }
}

fn parse(text: &str) -> (Ended, Vec<Word>) {
    let (ended, text) = match text.split_once(' ') {
        Some(("fail", rest)) => (Ended::Aborted, rest),
        Some(("info", rest)) => (Ended::Unknown, rest),
        _ => (Ended::Committed, text),
    };
    let operations = text.split_whitespace().map(|word| {
        let key = Atom::of(&word[1..2].into());
        (word.starts_with('w'), key, word[2..].to_owned())
    });
    (ended, operations.collect())
}

fn operation((is_write, key, value): &Word, objects: ObjectKind) -> MicroOperation {
    let integer = |text: &str| Atom::Integer(text.parse().unwrap());
    let access = match (is_write, value.as_str(), objects) {
        (true, value, _) => Access::Write(integer(value)),
        (false, "", _) => Access::Read(Observed::Nothing),
        (false, value, ObjectKind::Register) => Access::Read(Observed::One(integer(value))),
        (false, value, ObjectKind::List) => {
            let digits = value.chars().map(|digit| integer(&digit.to_string()));
            Access::Read(Observed::List(digits.collect()))
        }
    };
    let key = key.clone();
    MicroOperation { key, access }
}
