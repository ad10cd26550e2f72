//! What makes a run of each workload wrong.

use super::kind::WorkloadKind;
use super::replies::RepliesJudged;
use super::{counter, echo, kafka, lin_kv, txn, unique_ids};
use crate::cluster::checker::story::Story;
use crate::cluster::limit::Limit;
use crate::cluster::recording::Recording;
use crate::cluster::sets;
use crate::txn::ObjectKind;

/// Judges the replies of a run.
pub fn judge(recording: &Recording, story: &Story<'_>, limit: Limit<'_>) -> RepliesJudged {
    match recording.settings.workload {
        WorkloadKind::Broadcast | WorkloadKind::GSet => sets::judge::judge(recording, story),
        WorkloadKind::GCounter | WorkloadKind::PnCounter => counter::check::judge(recording, story),
        WorkloadKind::Kafka => kafka::check::judge(recording, story),
        WorkloadKind::Echo => echo::check::judge(story),
        WorkloadKind::LinKv => lin_kv::check::judge(recording, story, limit),
        WorkloadKind::TxnListAppend => txn::check::judge(recording, story, ObjectKind::List, limit),
        WorkloadKind::TxnRwRegister => {
            txn::check::judge(recording, story, ObjectKind::Register, limit)
        }
        WorkloadKind::UniqueIds => unique_ids::check::judge(story),
    }
}
