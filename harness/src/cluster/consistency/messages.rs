//! The messages of a run against each other, their own lines, and the events.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::{Contradiction, EventCheck, Incomplete, SeenOperation};
use crate::cluster::envelope::{self, Envelope};
use crate::cluster::journal::{Carried, Fate, Party};
use crate::cluster::settings::Settings;
use crate::message;
use crate::net::fault::Fault;

/// Looks at the messages of a run, one after the other, when all events are known.
#[derive(Debug)]
pub struct MessageCheck<'a> {
    settings: &'a Settings,
    events: EventCheck,
    time: Option<Duration>,
    /// How often each message came.
    copies: BTreeMap<u64, u8>,
    /// By client and node, the operations whose requests have not come yet.
    requests: BTreeMap<(usize, usize), VecDeque<usize>>,
    /// By node, client and type, when answers came.
    answers: BTreeMap<(usize, usize, String), Vec<Duration>>,
}

impl<'a> MessageCheck<'a> {
    pub fn new(settings: &'a Settings, events: EventCheck) -> Self {
        let mut requests: BTreeMap<_, VecDeque<_>> = BTreeMap::new();
        let sent = events.operations.iter().filter(|one| one.was_sent);
        for operation in sent {
            let asked = &operation.asked;
            let of_both = requests.entry((asked.client, asked.node)).or_default();
            of_both.push_back(asked.operation);
        }
        Self {
            settings,
            events,
            time: None,
            copies: BTreeMap::new(),
            requests,
            answers: BTreeMap::new(),
        }
    }

    /// Takes the next message.
    ///
    /// # Errors
    /// How it contradicts those before, its own line, or an event.
    pub fn take(&mut self, carried: &Carried) -> Result<(), Contradiction> {
        if self.time.is_some_and(|before| carried.settled <= before) {
            return Err(Contradiction::NotLater);
        }
        self.time = Some(carried.settled);
        let is_late = carried.due > carried.settled && carried.fate != Fate::UnderWay;
        if carried.sent > carried.due || carried.sent > carried.settled || is_late {
            return Err(Contradiction::SentLater);
        }
        self.count(carried)?;
        self.is_dropped_by_its_fault(carried)?;
        self.says_what_it_is(carried)?;
        match (carried.source, carried.destination) {
            (Party::Client(client), Party::Node(node)) => self.request(client, node, carried),
            (Party::Node(node), Party::Client(client)) => {
                self.answer(node, client, carried);
                Ok(())
            }
            (Party::Node(_), Party::Node(_) | Party::Service(_))
            | (Party::Service(_), Party::Node(_)) => Ok(()),
            (Party::Client(_) | Party::Service(_), Party::Client(_) | Party::Service(_)) => {
                Err(Contradiction::NotAsked)
            }
        }
    }

    /// Nothing more comes.
    ///
    /// # Errors
    /// What is missing.
    pub fn finish(self) -> Result<(), Incomplete> {
        let missing = (0..).zip(self.copies.keys());
        if let Some((missing, _)) = missing.into_iter().find(|(next, id)| next != *id) {
            return Err(Incomplete::Message(missing));
        }
        let mut left = self.requests.values().filter_map(VecDeque::front);
        if let Some(left) = left.next() {
            return Err(Incomplete::Request(*left));
        }
        let mut operations = self.events.operations.iter();
        match operations.find(|operation| !self.has_answer(operation)) {
            Some(operation) => Err(Incomplete::Answer(operation.asked.operation)),
            None => Ok(()),
        }
    }

    /// Each has a number of its own, but for those that the network doubled.
    fn count(&mut self, carried: &Carried) -> Result<(), Contradiction> {
        let most = if self.settings.duplicate > 0.0 && carried.is_between_nodes() {
            2
        } else {
            1
        };
        let copies = self.copies.entry(carried.id).or_default();
        *copies = copies.saturating_add(1);
        if *copies > most {
            return Err(Contradiction::TooManyCopies(carried.id));
        }
        Ok(())
    }

    fn is_dropped_by_its_fault(&self, carried: &Carried) -> Result<(), Contradiction> {
        let (Fate::Cut(number) | Fate::Dead(Some(number))) = carried.fate else {
            return Ok(());
        };
        let fault = self.events.faults.get(&number);
        let drops = fault.is_some_and(|(fault, began, ended)| match fault {
            Fault::Cut(_) => {
                let lasts =
                    *began < carried.settled && ended.is_none_or(|ended| carried.settled < ended);
                lasts && carried.fate == Fate::Cut(number) && carried.is_between_nodes()
            }
            Fault::Kill(node) | Fault::Restart(node) => {
                let is_its_node = carried.destination == Party::Node(*node);
                *began < carried.settled && carried.fate != Fate::Cut(number) && is_its_node
            }
            Fault::Pause(_) => false,
        });
        drops.then_some(()).ok_or(Contradiction::NotDropped(number))
    }

    /// Whether what stands beside a message stands in it, too.
    fn says_what_it_is(&self, carried: &Carried) -> Result<(), Contradiction> {
        let envelope = envelope::read(&carried.line);
        let envelope = envelope.map_err(|_| Contradiction::OtherMessage)?;
        let is_it = envelope.kind == carried.kind
            && self.is_called(&envelope.source, carried.source)
            && self.is_called(&envelope.destination, carried.destination)
            && self.has_values(&envelope, carried);
        is_it.then_some(()).ok_or(Contradiction::OtherMessage)
    }

    fn is_called(&self, name: &str, party: Party) -> bool {
        match party {
            Party::Node(node) => self.settings.nodes.get(node).is_some_and(|it| it == name),
            Party::Client(client) => message::client(name) == Some(client),
            Party::Service(service) => service.name() == name,
        }
    }

    /// The values in a message between nodes are its numbers below the count of values at the time, which
    /// is known as nearly as that of the message.
    fn has_values(&self, envelope: &Envelope, carried: &Carried) -> bool {
        if !carried.is_between_nodes() {
            // Those of requests are compared with the events, and answers have none.
            return matches!(carried.source, Party::Client(_)) || carried.values.is_empty();
        }
        let given = &self.events.values;
        let at_least = given.partition_point(|time| *time < carried.sent);
        let all = envelope.values(given.len());
        let certain = all.partition_point(|value| *value < at_least);
        carried.values.len() >= certain && all.starts_with(&carried.values)
    }

    fn request(
        &mut self,
        client: usize,
        node: usize,
        carried: &Carried,
    ) -> Result<(), Contradiction> {
        let is_set_up = client == 0 && matches!(carried.kind.as_str(), "init" | "topology");
        if is_set_up {
            return Ok(());
        }
        // What waits for a node that stands still doesn't keep up what goes to others.
        let requests = self.requests.get_mut(&(client, node));
        let next = requests.and_then(VecDeque::pop_front);
        let operation = next.and_then(|number| self.events.operations.get(number));
        let is_asked = operation.is_some_and(|operation| {
            let asked = &operation.asked;
            let value: Vec<_> = asked.request.value().into_iter().collect();
            self.settings.workload.request_type(&asked.request) == carried.kind
                && value == carried.values
                && operation.began < carried.settled
        });
        is_asked.then_some(()).ok_or(Contradiction::NotAsked)
    }

    fn answer(&mut self, node: usize, client: usize, carried: &Carried) {
        let Some(kind) = carried.kind.strip_suffix("_ok") else {
            return;
        };
        let key = (node, client, kind.to_owned());
        let answers = self.answers.entry(key).or_default();
        answers.push(carried.settled);
    }

    /// Whether an operation that ended well has an answer between its beginning and its end.
    fn has_answer(&self, operation: &SeenOperation) -> bool {
        let Some(ok) = operation.ok else { return true };
        let asked = &operation.asked;
        let kind = self.settings.workload.request_type(&asked.request);
        let key = (asked.node, asked.client, kind.to_owned());
        let answers = self.answers.get(&key).map_or(&[][..], Vec::as_slice);
        let next = answers.partition_point(|time| *time <= operation.began);
        answers.get(next).is_some_and(|time| *time < ok)
    }
}
