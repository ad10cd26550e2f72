//! Whether each node sent back what it was sent.

use std::collections::BTreeSet;

use super::finding::{EchoFigures, WrongEcho};
use super::{EchoReply, EchoRequest};
use crate::cluster::checker::finding::Finding;
use crate::cluster::checker::story::{Operation, Story};
use crate::cluster::history::{Outcome, Reason};
use crate::cluster::workload::figures::WorkloadFigures;
use crate::cluster::workload::findings::WorkloadFinding;
use crate::cluster::workload::replies::{RepliesJudged, nothing};
use crate::cluster::workload::{Reply, Request};

pub fn judge(story: &Story<'_>) -> RepliesJudged {
    let mut figures = EchoFigures {
        right: 0,
        wrong: 0,
        refused: 0,
    };
    for operation in &story.operations {
        match operation.end {
            Some((_, Outcome::Ok(Reply::Echo(EchoReply::Same)))) => figures.right += 1,
            Some((_, Outcome::Failed(Reason::Error { .. }))) => figures.refused += 1,
            Some(_) | None => {}
        }
    }
    let mut all: Vec<_> = story.operations.iter().filter_map(wrong).collect();
    figures.wrong = all.len();
    all.sort_by_key(|wrong| wrong.time);
    let found = together(all);
    let found = found.map(|wrong| Finding::Workload(WorkloadFinding::Echo(wrong)));
    let has_echoes = figures.right + figures.wrong > 0;
    RepliesJudged {
        nothing: if has_echoes {
            Vec::new()
        } else {
            vec![nothing(story, story.operations.iter())]
        },
        findings: found.into_iter().collect(),
        figures: Some(WorkloadFigures::Echo(figures)),
        ..RepliesJudged::default()
    }
}

fn wrong(operation: &Operation<'_>) -> Option<WrongEcho> {
    let Request::Echo(EchoRequest(sent)) = &operation.asked.request else {
        return None;
    };
    let (ended, Outcome::Ok(Reply::Echo(EchoReply::Other(got)))) = operation.known()? else {
        return None;
    };
    Some(WrongEcho {
        node: operation.asked.node,
        others: Vec::new(),
        sent: sent.clone(),
        got: got.clone(),
        time: ended.time,
        count: 1,
    })
}

/// All of them are one finding: the earliest, and who else did so.
fn together(all: Vec<WrongEcho>) -> Option<WrongEcho> {
    let count = all.len();
    let mut all = all.into_iter();
    let first = all.next()?;
    let mut told = BTreeSet::from([first.node]);
    let others = all.map(|wrong| wrong.node);
    Some(WrongEcho {
        others: others.filter(|node| told.insert(*node)).collect(),
        count,
        ..first
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::checker::tests::made::Made;
    use crate::cluster::history::Phase;
    use crate::cluster::workload::kind::WorkloadKind;

    /// One echo that came back, and one request that failed for this reason.
    fn figures(reason: Reason) -> EchoFigures {
        let ask = |made: Made, time| {
            let request = Request::Echo(EchoRequest("a".to_owned()));
            made.ask(time, 0, request, Phase::Load)
        };
        let made = Made::of(1).set(|settings| settings.workload = WorkloadKind::Echo);
        let made = ask(made, 100).answer(101, 0, Outcome::Ok(Reply::Echo(EchoReply::Same)));
        let made = ask(made, 200).answer(201, 1, Outcome::Failed(reason));
        match made.judge().figures.replies {
            Some(WorkloadFigures::Echo(figures)) => figures,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_an_error_is_a_refusal() {
        let error = Reason::Error {
            code: "10".to_owned(),
            text: String::new(),
        };
        assert_eq!(figures(error).refused, 1);
        assert_eq!(figures(Reason::NodeDead).refused, 0);
        assert_eq!(figures(Reason::NodeDead).maelstrom(), "valid");
    }
}
