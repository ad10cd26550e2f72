//! Everything about a run that is judged.
//!
//! A live run fills it as things happen; `harness check` fills it from the files of a stored run.
//! Both show it events and messages in the order of time, and at the same time the events first.
//! Nothing is judged here.

use std::time::Duration;

use super::history::Event;
use super::journal::Carried;
use super::resends::Resends;
use super::rest::{self, Kept, Rest, RestLine};
use super::second_replies::SecondReplies;
use super::service_clues::ServiceClues;
use super::service_use::ServiceUse;
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
    /// Which requests nodes answered more than once.
    pub second_replies: SecondReplies,
    /// What was sent again though it had been acknowledged.
    pub resends: Resends,
    /// What nodes asked of services.
    pub service_use: ServiceUse,
    /// What they tell of a node that went wrong.
    pub service_clues: ServiceClues,
    /// Those that are not written down whole.
    pub rest: Rest,
    /// Whether nothing is known but requests and their ends: no messages, no faults, and no node's life.
    pub is_bare: bool,
}

impl Recording {
    pub fn new(settings: Settings) -> Self {
        Self::with_room(settings, rest::ROOM)
    }

    /// From the beginning to the last event.
    pub fn duration(&self) -> Duration {
        self.events
            .last()
            .map(|event| event.time)
            .unwrap_or_default()
    }

    /// Nothing has happened; so many bytes of messages are to be written down whole.
    pub fn with_room(settings: Settings, room: usize) -> Self {
        Self {
            rest: Rest::new(room),
            spread: Spread::new(settings.nodes.len()),
            traffic: Traffic::new(settings.workload),
            settings,
            is_bare: false,
            events: Vec::new(),
            second_replies: SecondReplies::default(),
            resends: Resends::default(),
            service_use: ServiceUse::default(),
            service_clues: ServiceClues::default(),
        }
    }

    /// A history of requests and their ends, and nothing else.
    pub fn of_operations(settings: Settings, events: Vec<Event>) -> Self {
        // What the others watch for is not in it: messages, faults and lives of nodes.
        Self {
            is_bare: true,
            events,
            ..Self::new(settings)
        }
    }

    /// A run that is over, from what was kept of it: events and messages each in their own order.
    pub fn replay(
        settings: Settings,
        events: impl IntoIterator<Item = Event>,
        messages: impl IntoIterator<Item = Carried>,
        rest: impl IntoIterator<Item = RestLine>,
    ) -> Self {
        let mut recording = Self::with_room(settings, usize::MAX);
        let messages = messages.into_iter().map(Ok);
        let messages = messages.chain(rest.into_iter().map(Err));
        let mut events = events.into_iter().peekable();
        for line in messages {
            if let Ok(carried) | Err(RestLine::Arrival(carried)) = &line {
                while let Some(event) = events.next_if(|event| event.time <= carried.settled) {
                    recording.event(event);
                }
            }
            match line {
                Ok(carried) => drop(recording.carried(&carried)),
                Err(line) => recording.rest_line(line),
            }
        }
        events.for_each(|event| recording.event(event));
        recording
    }

    /// What was written of messages that were one too many.
    fn rest_line(&mut self, line: RestLine) {
        match line {
            RestLine::Arrival(carried) => drop(self.spread.carried(&carried)),
            RestLine::Attempt(carried) => self.spread.attempted(&carried),
            RestLine::Count(tally) => {
                self.traffic.add(&tally);
                self.rest.count(&tally);
            }
        }
    }

    pub fn event(&mut self, event: Event) {
        self.spread.event(&event);
        self.traffic.event(&event);
        self.second_replies.event(&event);
        self.resends.event(&event);
        self.service_use.event(&event);
        self.events.push(event);
    }

    /// The way of a message has ended. Says what is to be written down of it.
    pub fn carried(&mut self, carried: &Carried) -> Kept {
        let news = self.spread.carried(carried);
        let tally = self.traffic.carried(carried);
        if self.rest.is_whole(carried) {
            self.second_replies.carried(carried);
            self.resends.carried(carried);
            self.service_use.carried(carried);
            self.service_clues.carried(carried);
            return Kept::Whole;
        }
        self.rest.count(&tally);
        if news.is_empty() {
            Kept::Counted
        } else {
            Kept::Arrival(news)
        }
    }

    /// What is to be written down in the end of messages that were one too many.
    pub fn rest_lines(&self) -> impl Iterator<Item = RestLine> {
        let since = self.rest.since();
        let attempts = since.map(|since| self.spread.attempts_since(since));
        let attempts = attempts.into_iter().flatten().map(RestLine::Attempt);
        attempts.chain(self.rest.tallies().cloned().map(RestLine::Count))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cluster::history::{Invocation, Phase, What};
    use crate::cluster::journal::Party;
    use crate::cluster::sets::SetRequest;
    use crate::cluster::workload::Request;
    use crate::net::fault::Fault;

    fn arrives(settled: Duration, node: usize) -> Carried {
        let (from, to) = (Party::Client(1), Party::Node(node));
        Carried {
            values: vec![7],
            ..Carried::delivered(settled, from, to, "broadcast")
        }
    }

    #[test]
    fn what_was_kept_apart_is_told_in_the_order_of_time() {
        let asked = Invocation {
            operation: 0,
            client: 1,
            node: 0,
            request: Request::Set(SetRequest::Add(7)),
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
            let recording = Recording::replay(settings, events.clone(), messages, []);
            assert_eq!(recording.spread.holders(7), holders);
            assert_eq!(recording.spread.taken(1), taken);
            assert_eq!(recording.events, events);
        }
    }
}
