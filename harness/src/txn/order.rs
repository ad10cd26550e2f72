//! The order of transactions in their sessions and in real time.

use std::collections::HashMap;

use super::graph::{Dependency, Edge, EdgeKinds, PROCESS, REALTIME};
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

/// What had ended before another one began came before it. Left out is what follows from two others, so that
/// there are about as many edges as transactions times how many of them are under way at once.
pub fn realtime(transactions: &[Transaction<'_>], arcs: &mut Vec<Dependency>) {
    let mut ends: Vec<_> = transactions
        .iter()
        .enumerate()
        .filter(|(_, transaction)| transaction.is_committed())
        .filter_map(|(txn, transaction)| Some((transaction.completed?, txn)))
        .collect();
    ends.sort_unstable();
    let mut ends = ends.into_iter().peekable();
    // Those that ended last: none of them had ended when another of them began.
    let mut frontier: Vec<(usize, usize)> = Vec::new();
    for (txn, transaction) in transactions.iter().enumerate() {
        while let Some((end, ended)) = ends.next_if(|(end, _)| *end < transaction.invoked) {
            let began = transactions.get(ended).map_or(0, |ended| ended.invoked);
            frontier.retain(|(before, _)| *before > began);
            frontier.push((end, ended));
        }
        if transaction.ended != Ended::Aborted {
            let before = frontier.iter();
            arcs.extend(before.map(|(_, before)| arc(*before, txn, REALTIME)));
        }
    }
}

/// Whether one had ended when the other began.
pub fn is_before(transactions: &[Transaction<'_>], from: u32, to: u32) -> bool {
    let from = transactions.get(place(from)).and_then(|it| it.completed);
    let to = transactions.get(place(to)).map(|it| it.invoked);
    from.zip(to).is_some_and(|(ended, began)| ended < began)
}
