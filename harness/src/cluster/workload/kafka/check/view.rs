//! The sends, polls, commits and assigns of a run as they are judged: in the order in which they were
//! asked for, each with its session.
//!
//! A session is a client from one loss of its offsets to the next: it forgets them when it crashes, and
//! when it doesn't learn what came of a request. In a history of others a process is one.

use std::collections::BTreeMap;

use crate::cluster::checker::story::{Moment, Operation, Story};
use crate::cluster::history::{Outcome, Phase};
use crate::cluster::workload::kafka::finding::{LogEntry, ReplyPart, Witness};
use crate::cluster::workload::kafka::{
    KafkaMessage, KafkaReply, KafkaRequest, LogKey, Messages, Offsets,
};
use crate::cluster::workload::{Reply, Request};

/// What was done, in order.
#[derive(Debug, Default)]
pub struct View<'a> {
    pub deeds: Vec<Deed<'a>>,
    /// Whether nodes and clients are not known.
    pub is_bare: bool,
}

/// A send, a poll, a commit or an assign.
#[derive(Debug, Clone, Copy)]
pub struct Deed<'a> {
    pub operation: &'a Operation<'a>,
    pub session: usize,
    pub done: DeedKind<'a>,
    pub ended: Option<Moment>,
}

/// What a deed came to. Polls and assigns without a good reply are left out.
#[derive(Debug, Clone, Copy)]
pub enum DeedKind<'a> {
    Send {
        key: &'a LogKey,
        message: &'a KafkaMessage,
        fate: DeedFate,
    },
    Poll {
        from: Option<&'a Offsets>,
        messages: &'a Messages,
    },
    Commit {
        offsets: &'a Offsets,
        fate: DeedFate,
    },
    Assign {
        keys: &'a [LogKey],
        committed: Option<&'a Offsets>,
    },
}

/// What became of a send or a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeedFate {
    /// It came about; at which offset, as far as there is one and it is told.
    Acknowledged(Option<i64>),
    /// It certainly did not come about.
    Refused,
    /// It may have come about.
    Unknown,
}

impl<'a> View<'a> {
    /// Of a whole run. `end`: which end of an operation counts, the client's or what a late reply tells.
    pub fn of(
        story: &'a Story<'a>,
        is_bare: bool,
        end: impl Fn(&Operation<'a>) -> Option<(Moment, &'a Outcome)>,
    ) -> Self {
        let mut deeds = Vec::new();
        // By client and node, as the harness asks several nodes at once.
        let mut sessions = BTreeMap::new();
        let mut count = 0;
        for operation in &story.operations {
            let Request::Kafka(request) = &operation.asked.request else {
                continue;
            };
            let asker = (operation.asked.client, operation.asked.node);
            let session = *sessions.entry(asker).or_insert_with(|| {
                count += 1;
                count
            });
            let end = end(operation);
            let (reply, fate) = came_to(end.map(|(_, outcome)| outcome));
            let done = match (request, reply) {
                (KafkaRequest::Several { all, .. }, Some(KafkaReply::Several(replies))) => {
                    let all = all.iter().zip(replies);
                    all.filter_map(|(one, reply)| done(one, Some(reply), fate))
                        .collect()
                }
                (KafkaRequest::Several { all, .. }, _) => {
                    all.iter().filter_map(|one| done(one, None, fate)).collect()
                }
                (one, reply) => Vec::from_iter(done(one, reply, fate)),
            };
            deeds.extend(done.into_iter().map(|done| Deed {
                operation,
                session,
                done,
                ended: end.map(|(ended, _)| ended),
            }));
            if !matches!(
                operation.end,
                Some((_, Outcome::Ok(_) | Outcome::Failed(_)))
            ) {
                sessions.remove(&asker);
            }
        }
        Self { deeds, is_bare }
    }

    /// Those of which this holds.
    pub fn filtered(&self, holds: impl Fn(&Deed<'a>) -> bool) -> Self {
        Self {
            deeds: self
                .deeds
                .iter()
                .filter(|deed| holds(deed))
                .copied()
                .collect(),
            is_bare: self.is_bare,
        }
    }

    /// How this deed is told.
    pub fn witness(&self, deed: &Deed<'_>) -> Witness {
        let asked = deed.operation.asked;
        let part = match deed.done {
            DeedKind::Send { fate, .. } | DeedKind::Commit { fate, .. } => match fate {
                DeedFate::Acknowledged(_) => ReplyPart::Acknowledged,
                DeedFate::Refused => ReplyPart::Refused,
                DeedFate::Unknown => ReplyPart::Asked,
            },
            DeedKind::Poll { .. } | DeedKind::Assign { .. } => ReplyPart::Shown,
        };
        let time = deed.ended.unwrap_or(deed.operation.invoked).time;
        Witness {
            part,
            node: asked.node,
            client: (!self.is_bare).then_some(asked.client),
            time,
        }
    }

    /// A message at an offset, as this deed tells it.
    pub fn entry(&self, deed: &Deed<'_>, offset: i64, message: &KafkaMessage) -> LogEntry {
        LogEntry {
            offset,
            message: message.clone(),
            witness: self.witness(deed),
        }
    }
}

impl Deed<'_> {
    /// Whether it was done in the end.
    pub fn is_final(&self) -> bool {
        self.operation.asked.phase == Phase::FinalReads
    }

    /// Whether the harness itself asked this node.
    pub fn is_harness_of(&self, node: usize) -> bool {
        let asked = self.operation.asked;
        (asked.client, asked.node) == (0, node)
    }

    /// Whether its reply came before another was asked for.
    pub fn is_before(&self, other: &Self) -> bool {
        self.ended
            .is_some_and(|ended| ended < other.operation.invoked)
    }
}

/// The reply, if it was a good one, and what it means.
fn came_to(outcome: Option<&Outcome>) -> (Option<&KafkaReply>, DeedFate) {
    match outcome {
        Some(Outcome::Ok(Reply::Kafka(reply))) => (Some(reply), DeedFate::Acknowledged(None)),
        Some(Outcome::Failed(_)) => (None, DeedFate::Refused),
        Some(Outcome::Ok(_) | Outcome::Unknown(_)) | None => (None, DeedFate::Unknown),
    }
}

fn done<'a>(
    request: &'a KafkaRequest,
    reply: Option<&'a KafkaReply>,
    fate: DeedFate,
) -> Option<DeedKind<'a>> {
    match (request, reply) {
        (KafkaRequest::Send { key, message }, reply) => {
            let fate = match reply {
                Some(KafkaReply::Sent(offset)) => DeedFate::Acknowledged(*offset),
                _ => fate,
            };
            Some(DeedKind::Send { key, message, fate })
        }
        (KafkaRequest::Poll(from), Some(KafkaReply::Polled(messages))) => Some(DeedKind::Poll {
            from: from.as_ref(),
            messages,
        }),
        (KafkaRequest::Commit(offsets), _) => Some(DeedKind::Commit { offsets, fate }),
        (KafkaRequest::Assign(keys), Some(KafkaReply::Assigned(committed))) => {
            Some(DeedKind::Assign {
                keys,
                committed: committed.as_ref(),
            })
        }
        (
            KafkaRequest::Poll(_)
            | KafkaRequest::Assign(_)
            | KafkaRequest::Crash
            | KafkaRequest::Several { .. },
            _,
        ) => None,
    }
}
