//! Whether the transactions of a run keep the consistency models that they are to keep.

use super::convergence::{self, NotConverged};
use super::figures::TxnFigures;
use super::finding::{AnomalyFinding, Member, TxnFinding};

use crate::cluster::checker::finding::{Finding, Unjudged, Warning};
use crate::cluster::checker::story::{Operation, Story};
use crate::cluster::checker::unanswered;
use crate::cluster::history::{Outcome, Phase};
use crate::cluster::limit::Limit;
use crate::cluster::recording::Recording;
use crate::cluster::workload::figures::WorkloadFigures;
use crate::cluster::workload::findings::{WorkloadFinding, WorkloadWarning};
use crate::cluster::workload::replies::{RepliesJudged, nothing};
use crate::cluster::workload::{Reply, Request};
use crate::txn::analysis::{Analysis, analyze};
use crate::txn::anomaly::{Anomaly, AnomalyKind, Extra};
use crate::txn::effort::Effort;
use crate::txn::model::Model;
use crate::txn::{Access, Ended, ObjectKind, Observed, Transaction};

/// A transaction with the operation that it was.
type AskedTxn<'s, 'a> = (&'s Operation<'a>, Transaction<'a>);

pub fn judge(
    recording: &Recording,
    story: &Story<'_>,
    objects: ObjectKind,
    limit: Limit<'_>,
) -> RepliesJudged {
    let models = recording.settings.judging.models();
    let clients = recording.settings.clients;
    let all = story.operations.iter();
    let all: Vec<AskedTxn<'_, '_>> = all.filter_map(|one| transaction(one, clients)).collect();
    let of_clients = all
        .iter()
        .filter(|(operation, _)| operation.asked.client != 0);
    let load: Vec<_> = of_clients
        .map(|(_, transaction)| transaction.clone())
        .collect();
    let (asked, transactions): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    let extra = models.iter().map(|model| model.extra()).max();
    let extra = extra.unwrap_or(Extra::None);
    let is_over = || limit.is_over();
    let effort = Effort::until(&is_over);
    let analysis = analyze(&transactions, objects, extra, &effort);
    let elle = match elle(&analysis, models) {
        // Maelstrom asks nothing in the end.
        Some(false) if load.len() < transactions.len() => {
            elle(&analyze(&load, objects, extra, &effort), models)
        }
        known => known,
    };
    let figures = TxnFigures::of(&load, &analysis, models, elle);
    let tell = Tell {
        asked: &asked,
        transactions: &transactions,
        objects,
        models,
        is_bare: recording.is_bare,
    };
    let mut judged = tell.judged(&analysis);
    if figures.committed == 0 {
        judged.nothing.push(nothing(story, story.operations.iter()));
    }
    let state = convergence::judge(story);
    judged
        .findings
        .extend(unanswered::judge(recording, story, &state.answered));
    if let Some(differ) = state.differ {
        add_convergence(differ, recording.settings.judging.converges, &mut judged);
    }
    if let Some(nothing) = nothing_shown(&transactions) {
        let warning = WorkloadWarning::Txn(nothing);
        judged.warnings.push(Warning::Workload(warning));
    }
    judged.unjudged = unjudged(&analysis, models, asked.len());
    judged.figures = Some(WorkloadFigures::Txn(figures));
    judged
}

/// Whether reads might as well come from a store that keeps nothing.
fn nothing_shown(transactions: &[Transaction<'_>]) -> Option<TxnFinding> {
    let committed = transactions.iter().filter(|txn| txn.is_committed());
    let writes = |txn: &&Transaction<'_>| {
        let mut all = txn.operations.iter();
        all.any(|one| matches!(one.access, Access::Write(_)))
    };
    let wrote = committed.clone().filter(writes).count();
    let all = committed.flat_map(|txn| txn.operations);
    let mut reads = all.filter_map(|one| match &one.access {
        Access::Read(observed) => Some(observed),
        Access::Write(_) => None,
    });
    let is_nothing = |observed: &Observed| match observed {
        Observed::Nothing => true,
        Observed::One(_) => false,
        Observed::List(values) => values.is_empty(),
    };
    let first = reads.next()?;
    let is_any = !is_nothing(first) || !reads.all(is_nothing);
    (wrote > 0 && !is_any).then_some(TxnFinding::NothingShown { wrote })
}

/// Whether Elle finds nothing that these models forbid, as far as that is known.
fn elle(analysis: &Analysis, models: &[Model]) -> Option<bool> {
    let mut kinds = analysis.anomalies.iter().map(|anomaly| anomaly.kind);
    if kinds.any(|kind| models.iter().any(|model| model.forbids(kind))) {
        return Some(false);
    }
    let is_unknown = analysis.is_cut_short || analysis.ambiguous.is_some();
    (!is_unknown && open(analysis, models).is_none()).then_some(true)
}

/// A kind of cycles of which there may be one, and with that a model that is not known to be broken.
fn open(analysis: &Analysis, models: &[Model]) -> Option<AnomalyKind> {
    let kinds = analysis.open.iter();
    let mut kinds = kinds.map(|(kind, extra)| AnomalyKind::Cycle(*kind, *extra));
    let is_broken = |model: &Model| {
        let mut found = analysis.anomalies.iter();
        found.any(|anomaly| model.forbids_strictly(anomaly.kind))
    };
    let unknown: Vec<_> = models.iter().filter(|model| !is_broken(model)).collect();
    kinds.find(|kind| unknown.iter().any(|model| model.forbids(*kind)))
}

/// The transaction that a request is, as far as it is known what became of it.
fn transaction<'s, 'a>(operation: &'s Operation<'a>, clients: usize) -> Option<AskedTxn<'s, 'a>> {
    let Request::Txn(request) = &operation.asked.request else {
        return None;
    };
    let asked = operation.asked;
    let (end, late) = (operation.known(), operation.late.is_some());
    let (ended, completed, operations, said) = match end {
        Some((end, Outcome::Ok(Reply::Txn(reply)))) => {
            let said = (!request.fits(reply)).then_some(&*request.operations);
            (Ended::Committed, Some(end.place), &*reply.operations, said)
        }
        Some((_, Outcome::Failed(_))) => (Ended::Aborted, None, &*request.operations, None),
        Some((_, Outcome::Ok(_) | Outcome::Unknown(_))) | None => {
            (Ended::Unknown, None, &*request.operations, None)
        }
    };
    // The harness asks several nodes at once.
    let session = match asked.client {
        0 => clients + 1 + asked.node,
        client => client,
    };
    let transaction = Transaction {
        session: (!late).then_some(session),
        invoked: operation.invoked.place,
        completed,
        ended,
        operations,
        asked: said,
    };
    Some((operation, transaction))
}

/// What it takes to tell an anomaly.
struct Tell<'t, 's, 'a> {
    asked: &'t [&'s Operation<'a>],
    transactions: &'t [Transaction<'a>],
    objects: ObjectKind,
    models: &'t [Model],
    is_bare: bool,
}

impl Tell<'_, '_, '_> {
    fn judged(&self, analysis: &Analysis) -> RepliesJudged {
        let mut judged = RepliesJudged::default();
        for anomaly in &analysis.anomalies {
            let broken = |model: &&Model| model.forbids_strictly(anomaly.kind);
            if let Some(model) = self.models.iter().find(broken) {
                let finding = WorkloadFinding::Txn(self.finding(anomaly, Some(*model)));
                judged.findings.push(Finding::Workload(finding));
            } else if anomaly.kind == AnomalyKind::OwnWrite {
                let warning = WorkloadWarning::Txn(self.finding(anomaly, None));
                judged.warnings.push(Warning::Workload(warning));
            }
        }
        judged
    }

    fn finding(&self, anomaly: &Anomaly, model: Option<Model>) -> TxnFinding {
        let members = anomaly.evidence.transactions().into_iter();
        let members = members.filter_map(|txn| self.member(txn));
        TxnFinding::Anomaly(Box::new(AnomalyFinding {
            anomaly: anomaly.clone(),
            model,
            objects: self.objects,
            members: members.collect(),
        }))
    }

    fn member(&self, txn: usize) -> Option<Member> {
        let operation = self.asked.get(txn)?;
        let transaction = self.transactions.get(txn)?;
        let is_known = transaction.is_committed() || transaction.ended == Ended::Aborted;
        let ended = operation.known().filter(|_| is_known);
        Some(Member {
            txn,
            client: (!self.is_bare).then_some(operation.asked.client),
            is_final: operation.asked.phase > Phase::Load,
            node: operation.asked.node,
            invoked: operation.invoked.time,
            ended: ended.map(|(end, _)| end.time),
            outcome: transaction.ended,
            operations: transaction.operations.to_vec(),
            asked: transaction.asked.map(<[_]>::to_vec),
        })
    }
}

/// No consistency model wants nodes to agree in the end. Some tasks do.
fn add_convergence(differ: NotConverged, is_wrong: bool, judged: &mut RepliesJudged) {
    let differ = TxnFinding::NotConverged(differ);
    if is_wrong {
        let finding = WorkloadFinding::Txn(differ);
        judged.findings.push(Finding::Workload(finding));
    } else {
        let warning = WorkloadWarning::Txn(differ);
        judged.warnings.push(Warning::Workload(warning));
    }
}

/// What there was no time for, if it can make a difference.
fn unjudged(analysis: &Analysis, models: &[Model], transactions: usize) -> Vec<Unjudged> {
    let mut all = Vec::new();
    let kind = open(analysis, models).map(AnomalyKind::name);
    if kind.is_some() || analysis.is_cut_short {
        all.push(Unjudged::CyclesOpen { transactions, kind });
    }
    if let Some(ambiguous) = &analysis.ambiguous {
        all.push(Unjudged::AmbiguousWrite {
            key: ambiguous.key.to_string(),
            value: ambiguous.value.to_string(),
        });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::format::bare;
    use crate::cluster::names::Names;
    use crate::cluster::workload::kind::WorkloadKind;
    use crate::txn::anomaly::{AnomalyEvidence, CycleKind};

    #[test]
    fn search_that_was_given_up_matters_to_models_that_are_not_known_to_be_broken() {
        let single = (CycleKind::GSingle, Extra::None);
        let mut analysis = Analysis {
            open: vec![single],
            ..Analysis::default()
        };
        let kind = Some(AnomalyKind::Cycle(single.0, single.1));
        let both = [Model::ConsistentView, Model::Serializable];
        assert_eq!(open(&analysis, &both), kind);
        assert_eq!(open(&analysis, &[Model::ReadCommitted]), None);
        analysis.anomalies.push(Anomaly {
            kind: AnomalyKind::Cycle(CycleKind::GNonadjacent, Extra::None),
            evidence: AnomalyEvidence::Cycle(Vec::new()),
            count: 1,
        });
        assert_eq!(open(&analysis, &both[..1]), kind, "it does not forbid that");
        assert_eq!(open(&analysis, &both[1..]), None, "it is broken");
        assert_eq!(elle(&analysis, &both[..1]), None);
        assert_eq!(elle(&analysis, &both), Some(false));
    }

    /// What is warned of where a transaction wrote to one object and a read of another one showed this.
    fn warnings(workload: WorkloadKind, write: &str, shown: &str) -> Vec<String> {
        let txn = |kind, shown| {
            let value = format!(r#"[["{write}",1,1],["r",2,{shown}]]"#);
            format!(r#"{{"process":0,"type":"{kind}","f":"txn","value":{value}}}"#)
        };
        let other = [("invoke"), ("ok")].map(|kind| {
            let value = format!(r#"[["{write}",2,7]]"#);
            format!(r#"{{"process":1,"type":"{kind}","f":"txn","value":{value}}}"#)
        });
        let mut text = other.to_vec();
        text.extend([txn("invoke", "null"), txn("ok", shown)]);
        let recording = bare::read(workload, text.join("\n").as_bytes()).unwrap();
        let names = Names::new(&recording.settings, &[]);
        let warnings = crate::cluster::checker::judge(&recording, Limit::NONE).warnings;
        let words = |warning: &Warning| match warning {
            Warning::Workload(what) => what.words(&names),
            other => panic!("{other:?}"),
        };
        warnings.iter().map(words).collect()
    }

    #[test]
    fn reads_that_show_nothing_prove_nothing() {
        let says = "no read showed a value, though 2 transactions with writes committed: that proves nothing \
                    about reads";
        let (list, register) = (WorkloadKind::TxnListAppend, WorkloadKind::TxnRwRegister);
        for (workload, write, shown, warns) in [
            (list, "append", "null", true),
            (list, "append", "[]", true),
            (list, "append", "[7]", false),
            (register, "w", "null", true),
            (register, "w", "7", false),
        ] {
            let expected = if warns {
                vec![says.to_owned()]
            } else {
                Vec::new()
            };
            assert_eq!(
                warnings(workload, write, shown),
                expected,
                "{workload:?} {shown}"
            );
        }
    }
}
