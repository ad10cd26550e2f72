//! What clients ask in the load, one request after the other.

use fastrand::Rng;

use super::Request;
use super::kind::WorkloadKind;
use crate::cluster::history::Outcome;
use crate::cluster::settings::Settings;

/// Where the requests of a load come from.
#[derive(Debug)]
pub struct Generator {
    workload: WorkloadKind,
    /// How many values were given.
    values: usize,
}

impl Generator {
    /// Nothing was asked yet.
    pub fn new(settings: &Settings) -> Self {
        Self {
            workload: settings.workload,
            values: 0,
        }
    }

    /// What this client asks next.
    pub fn next(&mut self, random: &mut Rng, _client: usize) -> Request {
        let request = self.workload.next(random, self.values);
        self.values += usize::from(request.value().is_some());
        request
    }

    /// A client's request ended: what it asks at once.
    pub fn ended(&mut self, _client: usize, _: &Request, _: &Outcome) -> Option<Request> {
        None
    }
}
