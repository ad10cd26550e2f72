//! How anomalies are told: what happened, why it can't be, and who the transactions are.

use std::fmt::Write as _;

use super::finding::{AnomalyFinding, Member};
use super::notation::{list, operations, version};
use crate::cluster::names::{Names, time};
use crate::txn::anomaly::{AnomalyEvidence, AnomalyKind, CycleLink, LinkReason};
use crate::txn::atom::Atom;
use crate::txn::{Ended, ObjectKind};

/// How many transactions of a cycle are told.
const LINKS_MAX: usize = 8;

impl AnomalyFinding {
    pub fn words(&self) -> String {
        let mut words = self.anomaly.kind.name().to_owned();
        if let Some(model) = self.model {
            _ = write!(words, " (forbidden by {})", model.name());
        }
        _ = write!(words, ": {}", self.sentence());
        if self.anomaly.count > 1 {
            _ = write!(words, " ({} times in all)", self.anomaly.count);
        }
        words
    }

    /// The transactions that are told.
    pub fn told(&self) -> &[Member] {
        self.members.get(..LINKS_MAX).unwrap_or(&self.members)
    }

    /// Why each transaction of a cycle must have come before the next.
    pub fn reasons(&self) -> Vec<String> {
        let AnomalyEvidence::Cycle(links) = &self.anomaly.evidence else {
            return Vec::new();
        };
        let told = links.iter().take(LINKS_MAX);
        told.map(|link| {
            let (from, to) = (self.name(link.from), self.name(link.to));
            format!("{from} < {to} ({}): {}", link.why.kind(), self.why(link))
        })
        .collect()
    }

    /// Who its transactions are, a line each.
    pub fn details(&self, names: &Names<'_>) -> Vec<String> {
        let told = self.told().iter().enumerate();
        let told = told.map(|(at, member)| format!("T{}: {}", at + 1, self.who(member, names)));
        told.collect()
    }

    /// How a transaction is called: by its place in the evidence.
    fn name(&self, txn: usize) -> String {
        let place = self.members.iter().position(|member| member.txn == txn);
        place.map_or_else(|| format!("transaction {txn}"), |at| format!("T{}", at + 1))
    }

    fn sentence(&self) -> String {
        match &self.anomaly.evidence {
            AnomalyEvidence::Reply { reader } => {
                format!(
                    "the reply to {} has other operations than its request",
                    self.name(*reader)
                )
            }
            AnomalyEvidence::Read {
                reader,
                writer,
                key,
                value,
            } => self.read((*reader, *writer), (key, value)),
            AnomalyEvidence::Internal {
                reader,
                key,
                expected,
                found,
            } => self.internal(*reader, key, (expected, found)),
            AnomalyEvidence::Reads {
                key,
                readers: [one, other],
                lists: [first, second],
            } => {
                let (first, second) = (list(first), list(second));
                let read = format!("{} read {first} of key {key}", self.name(*one));
                let also = match self.name(*other) {
                    _ if one == other => format!("and {second}"),
                    other => format!("but {other} read {second}"),
                };
                format!("{read}, {also}: neither is the beginning of the other")
            }
            AnomalyEvidence::Writes {
                key,
                writers: [one, other],
                values: [first, second],
                read,
            } => self.writes(key, [(*one, first), (*other, second)], read.as_ref()),
            AnomalyEvidence::Values { key, values } => self.values(key, values),
            AnomalyEvidence::Cycle(links) => self.cycle(links),
        }
    }

    fn read(
        &self,
        (reader, writer): (usize, Option<usize>),
        (key, value): (&Atom, &Atom),
    ) -> String {
        let by = writer.map_or_else(String::new, |writer| self.name(writer));
        let reader = self.name(reader);
        let wrote = match self.objects {
            ObjectKind::List => "appended",
            ObjectKind::Register => "wrote",
        };
        let read = format!("{reader} read {value} of key {key}");
        match self.anomaly.kind {
            AnomalyKind::G1a => format!("{read}, which {by} {wrote}, but {by} was aborted"),
            AnomalyKind::G1b => format!(
                "{read}, an intermediate value: {by} {wrote} it, and then another one before it committed"
            ),
            AnomalyKind::EarlyRead => format!("{read} before {by}, which {wrote} it, had begun"),
            AnomalyKind::FutureRead | AnomalyKind::FutureRegisterRead => {
                format!("{read}, which it {wrote} only later")
            }
            AnomalyKind::ReorderedAppends => {
                format!(
                    "{reader} read key {key} with {value} after an element that {by} appended later"
                )
            }
            AnomalyKind::DuplicateElements => format!("{read} twice in one list"),
            AnomalyKind::GarbageRead
            | AnomalyKind::WrongReply
            | AnomalyKind::OwnWrite
            | AnomalyKind::ChangedRead
            | AnomalyKind::IncompatibleOrder
            | AnomalyKind::CyclicVersions
            | AnomalyKind::DirtyUpdate
            | AnomalyKind::LostUpdate
            | AnomalyKind::Cycle(..) => format!("{read}, which no client {wrote}"),
        }
    }

    fn internal(&self, reader: usize, key: &Atom, (expected, found): (&[Atom], &[Atom])) -> String {
        let reader = self.name(reader);
        let (expected, found) = (self.shown(expected), self.shown(found));
        if self.anomaly.kind == AnomalyKind::OwnWrite {
            format!(
                "{reader} read {found} of key {key}, but by what it had read and written before it should be \
                 {expected}: it does not see its own write"
            )
        } else {
            format!(
                "{reader} read {found} of key {key}, which contradicts {expected}, as it had read and written it \
                 before"
            )
        }
    }

    fn shown(&self, values: &[Atom]) -> String {
        match (self.objects, values) {
            (ObjectKind::Register, [value]) => value.to_string(),
            (ObjectKind::Register, _) => "nothing".to_owned(),
            (ObjectKind::List, values) => list(values),
        }
    }

    fn writes(
        &self,
        key: &Atom,
        [(one, first), (other, second)]: [(usize, &Atom); 2],
        read: Option<&Atom>,
    ) -> String {
        let (one, other) = (self.name(one), self.name(other));
        if self.anomaly.kind == AnomalyKind::DirtyUpdate {
            return format!(
                "{other} appended {second} to key {key} after {first} of {one}, but {one} was aborted"
            );
        }
        let read = version(key, read, self.objects);
        format!(
            "{one} and {other} both read {read} and then wrote it, {one} {first} and {other} {second}: \
             one of them did not see the other"
        )
    }

    fn values(&self, key: &Atom, values: &[(Atom, usize)]) -> String {
        let last = values.last().into_iter();
        let pairs = last.chain(values).zip(values).take(LINKS_MAX);
        let told = pairs.map(|((before, _), (after, txn))| {
            format!(
                "{} read {before} of key {key} and then wrote {after}",
                self.name(*txn)
            )
        });
        let told = told.collect::<Vec<_>>().join(", ");
        format!("{told}: each of these values came after the others")
    }

    /// Why each transaction comes before the next, and the last before the first.
    fn cycle(&self, links: &[CycleLink]) -> String {
        let told = links.iter().take(LINKS_MAX).enumerate();
        let told = told.map(|(at, link)| {
            let (from, to) = (self.name(link.from), self.name(link.to));
            let yet = match at + 1 {
                1 => "",
                last if last == links.len() => "yet ",
                _ => "",
            };
            format!("{yet}{from} < {to}, because {}", self.why(link))
        });
        let mut told = told.collect::<Vec<_>>().join("; ");
        if let Some(more @ 1..) = links.len().checked_sub(LINKS_MAX) {
            _ = write!(told, "; and {more} more until T1 again");
        }
        told
    }

    fn why(&self, link: &CycleLink) -> String {
        let (from, to) = (self.name(link.from), self.name(link.to));
        let is_list = self.objects == ObjectKind::List;
        match &link.why {
            LinkReason::Replaced { key, before, after } if is_list => {
                format!("{to} appended {after} to key {key} after {from} appended {before}")
            }
            LinkReason::Replaced { key, before, after } => {
                format!(
                    "{to} read {before} of key {key}, which {from} wrote, and then wrote {after}"
                )
            }
            LinkReason::Observed { key, value } if is_list => {
                format!("{to} read {from}'s append of {value} to key {key}")
            }
            LinkReason::Observed { key, value } => {
                format!("{to} read {from}'s write of {value} to key {key}")
            }
            LinkReason::Missed { key, read, after } => {
                let wrote = if is_list { "append" } else { "write" };
                let read = version(key, read.as_ref(), self.objects);
                format!("{from} read {read} and not {to}'s {wrote} of {after} to it")
            }
            LinkReason::Process => format!("{from} came before {to} in the same session"),
            LinkReason::Realtime => format!("{from} had ended before {to} began"),
        }
    }

    /// What a transaction did, who asked, and when.
    pub fn who(&self, member: &Member, names: &Names<'_>) -> String {
        let node = names.node(member.node);
        let who = match member.client {
            None => node,
            Some(0) => format!("final read of {node}"),
            Some(client) => format!("c{client} at {node}"),
        };
        let began = time(member.invoked);
        let when = match (member.outcome, member.ended) {
            (Ended::Committed, Some(ended)) => format!("from {began} to {}", time(ended)),
            (Ended::Aborted, Some(ended)) => format!("from {began}, aborted at {}", time(ended)),
            (Ended::Committed | Ended::Aborted | Ended::Unknown, _) => {
                format!("from {began}, outcome unknown")
            }
        };
        let did = operations(&member.operations, self.objects);
        let asked = member.asked.as_ref().map_or_else(String::new, |asked| {
            format!(", asked for [{}]", operations(asked, self.objects))
        });
        format!("[{did}]{asked} ({who}, {when})")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::txn::anomaly::Anomaly;

    #[test]
    fn one_transaction_that_reads_two_lists_is_told_as_one() {
        let lists = [vec![1, 2], vec![2]].map(|list| list.into_iter().map(Atom::Integer).collect());
        let evidence = AnomalyEvidence::Reads {
            key: Atom::Integer(5),
            readers: [7, 7],
            lists,
        };
        let members = evidence.transactions().into_iter().map(|txn| Member {
            txn,
            client: Some(1),
            is_final: false,
            node: 0,
            invoked: Duration::ZERO,
            ended: None,
            outcome: Ended::Committed,
            operations: Vec::new(),
            asked: None,
        });
        let finding = AnomalyFinding {
            members: members.collect(),
            anomaly: Anomaly {
                kind: AnomalyKind::IncompatibleOrder,
                evidence,
                count: 1,
            },
            model: None,
            objects: ObjectKind::List,
        };
        assert_eq!(finding.told().len(), 1);
        assert_eq!(
            finding.words(),
            "incompatible-order: T1 read [1, 2] of key 5, and [2]: neither is the beginning of the other"
        );
    }
}
