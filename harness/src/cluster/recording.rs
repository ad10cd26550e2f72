//! Everything about a run that is judged.
//!
//! A live run fills it as things happen; `harness check` fills it from the files of a stored run.
//! Both show it events and messages in the order of time, and at the same time the events first.
//! Nothing is judged here.

use super::history::Event;
use super::journal::Carried;
use super::numbering::Numbering;
use super::resends::Resends;
use super::settings::Settings;
use super::spread::Spread;
use super::traffic::Traffic;

/// What happened in a run, so far.
#[derive(Debug, Clone)]
pub struct Recording {
    /// What the run was to be.
    pub settings: Settings,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// Where each value is, and what brought it there or didn't.
    pub spread: Spread,
    /// How many messages there were.
    pub traffic: Traffic,
    /// How nodes numbered them.
    pub numbering: Numbering,
    /// What was sent again though it had been acknowledged.
    pub resends: Resends,
}

impl Recording {
    /// Nothing has happened.
    pub fn new(settings: Settings) -> Self {
        Self {
            spread: Spread::new(settings.nodes.len()),
            settings,
            events: Vec::new(),
            traffic: Traffic::default(),
            numbering: Numbering::default(),
            resends: Resends::default(),
        }
    }

    /// A run that is over, from what was kept of it: events and messages each in their own order.
    pub fn replay(
        settings: Settings,
        events: impl IntoIterator<Item = Event>,
        messages: impl IntoIterator<Item = Carried>,
    ) -> Self {
        let mut recording = Self::new(settings);
        let mut events = events.into_iter().peekable();
        for carried in messages {
            while let Some(event) = events.next_if(|event| event.time <= carried.settled) {
                recording.event(event);
            }
            recording.carried(&carried);
        }
        events.for_each(|event| recording.event(event));
        recording
    }

    /// Something happened.
    pub fn event(&mut self, event: Event) {
        self.spread.event(&event);
        self.traffic.event(&event);
        self.numbering.event(&event);
        self.resends.event(&event);
        self.events.push(event);
    }

    /// The way of a message has ended.
    pub fn carried(&mut self, carried: &Carried) {
        self.spread.carried(carried);
        self.traffic.carried(carried);
        self.numbering.carried(carried);
        self.resends.carried(carried);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cluster::fault::Fault;
    use crate::cluster::history::{Invocation, Phase, Request, What};
    use crate::cluster::journal::{Fate, Party};

    fn arrives(settled: Duration, node: usize) -> Carried {
        Carried {
            id: 0,
            sent: settled,
            due: settled,
            settled,
            source: Party::Client(1),
            destination: Party::Node(node),
            fate: Fate::Delivered,
            kind: "broadcast".to_owned(),
            values: vec![7],
            line: Vec::new(),
        }
    }

    #[test]
    fn what_was_kept_apart_is_told_in_the_order_of_time() {
        let asked = Invocation {
            operation: 0,
            client: 1,
            node: 0,
            request: Request::Broadcast(7),
            phase: Phase::Load,
        };
        let at = Duration::from_millis;
        let fault = Fault::Restart(0);
        let events = [
            (at(10), What::Invoked(asked)),
            (at(20), What::FaultBegan { number: 1, fault }),
            (at(30), What::FaultEnded { number: 1 }),
        ];
        let events = events.map(|(time, what)| Event { time, what });
        for (arrivals, holders, taken) in [
            (vec![at(10)], vec![], 1),
            (vec![at(20)], vec![], 0),
            (vec![at(30)], vec![0], 0),
            (vec![at(15), at(40)], vec![0], 1),
        ] {
            let messages = arrivals.into_iter().map(|time| arrives(time, 0));
            let settings = Settings::default();
            let recording = Recording::replay(settings, events.clone(), messages);
            assert_eq!(recording.spread.holders(7), holders);
            assert_eq!(recording.spread.taken(1), taken);
            assert_eq!(recording.events, events);
        }
    }
}
