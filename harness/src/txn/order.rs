//! The order of transactions in their sessions and in real time.

use std::collections::{HashMap, VecDeque};

use super::dependencies::Dependencies;
use super::effort::{Effort, TimeIsOver};
use super::graph::{Dependency, Edge, EdgeKinds, PASS, PROCESS, REALTIME};
use super::interning::{number, place};
use super::{Ended, Transaction};

fn arc(from: usize, to: usize, kind: EdgeKinds) -> Dependency {
    let to = number(to);
    Dependency {
        from: number(from),
        edge: Edge { to, kind },
    }
}

/// The committed transactions of a session came one after the other. What may have happened ends a session, as
/// in Maelstrom: its client goes on under another name.
pub fn sessions(transactions: &[Transaction<'_>], arcs: &mut Vec<Dependency>) {
    let mut last: HashMap<usize, usize> = HashMap::new();
    for (txn, transaction) in transactions.iter().enumerate() {
        let Some(session) = transaction.session else {
            continue;
        };
        match transaction.ended {
            Ended::Committed => {
                if let Some(before) = last.insert(session, txn) {
                    arcs.push(arc(before, txn, PROCESS));
                }
            }
            Ended::Unknown => _ = last.remove(&session),
            Ended::Aborted => {}
        }
    }
}

/// Where more than so many had ended last, they all come before a hub, and that before what begins then.
const CROWD: usize = 64;

/// What had ended before another one began came before it. Left out is what follows from two others, so that
/// there are about as many edges as transactions times how many of them are under way at once.
pub fn realtime(
    transactions: &[Transaction<'_>],
    all: &mut Dependencies,
    effort: &Effort<'_>,
) -> Result<(), TimeIsOver> {
    let mut ends: Vec<_> = transactions
        .iter()
        .enumerate()
        .filter(|(_, transaction)| transaction.is_committed())
        .filter_map(|(txn, transaction)| Some((transaction.completed?, txn)))
        .collect();
    ends.sort_unstable();
    let mut ends = ends.into_iter().peekable();
    // Those that ended last: none of them had ended when another of them began.
    let mut frontier: VecDeque<(usize, usize)> = VecDeque::new();
    let mut hubs = Hubs::default();
    for (txn, transaction) in transactions.iter().enumerate() {
        while let Some((end, ended)) = ends.next_if(|(end, _)| *end < transaction.invoked) {
            let began = transactions.get(ended).map_or(0, |ended| ended.invoked);
            while frontier.front().is_some_and(|(before, _)| *before <= began) {
                frontier.pop_front();
            }
            frontier.push_back((end, ended));
            hubs.ended.push(ended);
        }
        effort.spend(frontier.len().min(CROWD))?;
        if transaction.ended == Ended::Aborted {
            continue;
        }
        if frontier.len() > CROWD {
            hubs.began(txn, all);
        } else {
            let before = frontier.iter();
            all.arcs
                .extend(before.map(|(_, before)| arc(*before, txn, REALTIME)));
        }
    }
    Ok(())
}

/// Hubs, one after the other, between what had ended and what began then.
#[derive(Default)]
struct Hubs {
    last: Option<usize>,
    /// What has ended since the last one.
    ended: Vec<usize>,
}

impl Hubs {
    fn began(&mut self, txn: usize, all: &mut Dependencies) {
        let last = self.last.filter(|_| self.ended.is_empty());
        let hub = last.unwrap_or_else(|| self.next(all));
        all.arcs.push(arc(hub, txn, PASS));
    }

    fn next(&mut self, all: &mut Dependencies) -> usize {
        let hub = place(all.hub());
        let last = self.last.replace(hub).into_iter();
        all.arcs.extend(last.map(|last| arc(last, hub, PASS)));
        let ended = self.ended.drain(..);
        let ended = ended.map(|ended| arc(ended, hub, REALTIME));
        all.arcs.extend(ended);
        hub
    }
}

/// Whether one had ended when the other began.
pub fn is_before(transactions: &[Transaction<'_>], from: u32, to: u32) -> bool {
    let from = transactions.get(place(from)).and_then(|it| it.completed);
    let to = transactions.get(place(to)).map(|it| it.invoked);
    from.zip(to).is_some_and(|(ended, began)| ended < began)
}
