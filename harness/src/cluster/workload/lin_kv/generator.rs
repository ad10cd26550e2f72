//! What clients ask of lin-kv, as Maelstrom has it: groups of two clients a node have a key each; half of a
//! group only reads, the other half writes (a third) or compares and sets. A key is left for a new one when
//! too many of its requests have an unknown end, each of which makes it harder to judge.

use fastrand::Rng;
use serde_json::Value;

use super::{LinKvRequest, RegisterWish};
use crate::cluster::history::Outcome;
use crate::cluster::settings::Settings;

/// So many processes use a key: a client whose request has an unknown end becomes another process.
const PROCESSES_MAX: usize = 20;

/// So many requests with an unknown end a key has room for even in a large cluster.
const UNKNOWN_MIN: usize = 10;

/// Values are from 0 up to this: a CAS finds what it compares with now and then.
const VALUE_MAX: u8 = 4;

/// Where the requests come from.
#[derive(Debug)]
pub struct LinKvGenerator {
    nodes: usize,
    groups: Vec<KeyGroup>,
    next_key: usize,
}

/// Clients with one key.
#[derive(Debug)]
struct KeyGroup {
    key: usize,
    /// How many processes have used it.
    processes: usize,
}

/// How many clients share a key.
pub fn group_size(nodes: usize) -> usize {
    nodes.saturating_mul(2).max(1)
}

impl LinKvGenerator {
    pub fn new(settings: &Settings) -> Self {
        let nodes = settings.nodes.len();
        let processes = group_size(nodes);
        let groups = settings.clients.div_ceil(processes);
        let group = |key| KeyGroup { key, processes };
        Self {
            nodes,
            groups: (0..groups).map(group).collect(),
            next_key: groups,
        }
    }

    /// What this client asks next.
    pub fn next(&mut self, random: &mut Rng, client: usize) -> LinKvRequest {
        let key = self.key(client).into();
        let mut value = || Value::from(random.u8(0..=VALUE_MAX));
        let (from, to) = (value(), value());
        let is_reader = client.saturating_sub(1) % group_size(self.nodes) < self.nodes;
        let wish = match random.u8(0..3) {
            _ if is_reader => RegisterWish::Read,
            0 => RegisterWish::Write(to),
            _ => RegisterWish::Cas(from, to),
        };
        LinKvRequest { key, wish }
    }

    /// A request of this client ended.
    pub fn ended(&mut self, client: usize, outcome: &Outcome) {
        let group = self.group_of(client);
        if let (Some(group), Outcome::Unknown(_)) = (self.groups.get_mut(group), outcome) {
            group.processes += 1;
        }
    }

    fn group_of(&self, client: usize) -> usize {
        client.saturating_sub(1) / group_size(self.nodes)
    }

    /// The key of a client's group.
    fn key(&mut self, client: usize) -> usize {
        let place = self.group_of(client);
        let at_first = group_size(self.nodes);
        let most = PROCESSES_MAX.max(at_first + UNKNOWN_MIN);
        let Some(group) = self.groups.get_mut(place) else {
            return 0;
        };
        if group.processes > most {
            *group = KeyGroup {
                key: self.next_key,
                processes: at_first,
            };
            self.next_key += 1;
        }
        group.key
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::history::Reason;
    use crate::cluster::settings::names;

    fn generator(nodes: usize, clients: usize) -> LinKvGenerator {
        LinKvGenerator::new(&Settings {
            nodes: names(nodes),
            clients,
            ..Settings::default()
        })
    }

    #[test]
    fn half_of_a_group_reads_and_each_group_has_a_key() {
        let mut generator = generator(3, 12);
        let mut random = Rng::with_seed(1);
        let mut writes = 0;
        for client in (1..=12).cycle().take(1200) {
            let request = generator.next(&mut random, client);
            assert_eq!(request.key, Value::from((client - 1) / 6));
            let is_reader = [1, 2, 3, 7, 8, 9].contains(&client);
            assert_eq!(request.wish == RegisterWish::Read, is_reader);
            writes += usize::from(matches!(request.wish, RegisterWish::Write(_)));
        }
        assert!((150..250).contains(&writes), "{writes}");
    }

    #[test]
    fn a_key_is_left_when_too_many_ends_are_unknown() {
        for (nodes, unknown) in [(3, 15), (5, 11), (25, 11)] {
            let mut generator = generator(nodes, 4 * nodes);
            let mut random = Rng::with_seed(1);
            let lost = Outcome::Unknown(Reason::TimedOut);
            for left in (0..unknown).rev() {
                assert_eq!(generator.next(&mut random, 1).key, Value::from(0), "{left}");
                generator.ended(1, &lost);
                generator.ended(1, &Outcome::Failed(Reason::TimedOut));
            }
            let of_others = 4 * nodes;
            assert_eq!(
                generator.next(&mut random, 1).key,
                Value::from(2),
                "{nodes}"
            );
            assert_eq!(generator.next(&mut random, of_others).key, Value::from(1));
        }
    }
}
