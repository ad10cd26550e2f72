//! What a node acknowledged may go down with it, unless nodes are to be durable: then what was before the
//! death of a node, and what was under way, is not compared with what came after it.

use super::view::Deed;
use crate::cluster::checker::story::Moment;
use crate::cluster::history::{Event, What};
use crate::cluster::recording::Recording;
use crate::net::fault::FaultKind;

/// When nodes died that may take messages with them.
pub fn deaths(recording: &Recording) -> Vec<Moment> {
    if recording.settings.durable {
        return Vec::new();
    }
    let events = recording.events.iter().enumerate();
    let deaths = events.filter(|(_, event)| match &event.what {
        What::FaultBegan { fault, .. } => match fault.kind() {
            FaultKind::Kill | FaultKind::Restart => true,
            FaultKind::Partition | FaultKind::Pause => false,
        },
        What::Crashed { .. } => true,
        What::Began(_)
        | What::Invoked(_)
        | What::Completed { .. }
        | What::Late { .. }
        | What::FaultEnded { .. }
        | What::Recovered { .. }
        | What::Silent(_)
        | What::Delayed { .. }
        | What::Machine(_)
        | What::Broke(_) => false,
    });
    let moment = |(place, event): (usize, &Event)| Moment {
        place,
        time: event.time,
    };
    deaths.map(moment).collect()
}

/// After how many deaths a deed was done; `None`: one was meanwhile.
pub fn life_of(deed: &Deed<'_>, deaths: &[Moment]) -> Option<usize> {
    let before = |moment: Moment| deaths.partition_point(|death| *death < moment);
    let life = before(deed.operation.invoked);
    let ended = deed.ended.map_or(deaths.len(), before);
    (life == ended).then_some(life)
}
