//! Everything about a run that is judged.
//!
//! A live run fills it as things happen; `harness check` fills it from the files of a stored run.
//! Both show it events and messages in the order of time, and at the same time the events first.
//! Nothing is judged here.

use super::history::Event;
use super::journal::Carried;
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
}

impl Recording {
    /// Nothing has happened.
    pub fn new(settings: Settings) -> Self {
        Self {
            spread: Spread::new(settings.nodes.len()),
            settings,
            events: Vec::new(),
            traffic: Traffic::default(),
        }
    }

    /// Something happened.
    pub fn event(&mut self, event: Event) {
        self.spread.event(&event);
        self.traffic.event(&event);
        self.events.push(event);
    }

    /// The way of a message has ended.
    pub fn carried(&mut self, carried: &Carried) {
        self.spread.carried(carried);
        self.traffic.carried(carried);
    }
}
