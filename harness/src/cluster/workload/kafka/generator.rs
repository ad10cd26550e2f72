//! What clients ask of logs, as Maelstrom's do: half of their requests send, half poll. One in 64 assigns the
//! key of that request instead, a third of these all keys besides of which messages were sent that no poll has
//! shown. Now and then a client crashes.

use std::collections::BTreeSet;
use std::time::Duration;

use fastrand::Rng;

use super::consumer::Consumer;
use super::offsets::{last, raise};
use super::{KafkaMessage, KafkaReply, KafkaRequest, LogKey, Offsets};
use crate::cluster::history::Outcome;
use crate::cluster::settings::Settings;
use crate::cluster::workload::Reply;
use crate::cluster::workload::key_pool::KeyPool;

/// How often a request assigns instead.
const ASSIGNS: f64 = 1.0 / 64.0;

/// How often an assign takes all keys with messages that were not polled.
const ASSIGNS_UNPOLLED: f64 = 1.0 / 3.0;

/// Each client crashes once in this time.
const CRASH_GAP: Duration = Duration::from_secs(30);

/// Of more requests than this none is a crash, however few there are.
const CRASHES_MAX: f64 = 0.1;

/// Where the requests of a load come from.
#[derive(Debug)]
pub struct KafkaGenerator {
    pool: KeyPool,
    clients: Vec<Consumer>,
    /// How many messages were sent. Each has a number of its own, also among those of other keys: so one that
    /// comes to another key is seen there.
    messages: i64,
    /// How probable a crash is.
    crashes: f64,
    /// The highest offset of each key that a send got, and that a poll showed.
    sent: Offsets,
    polled: Offsets,
}

impl KafkaGenerator {
    pub fn new(settings: &Settings) -> Self {
        let clients = settings.clients.saturating_add(1);
        // How many crashes are due in the time of one request.
        let requests = CRASH_GAP.as_secs_f64() * settings.rate;
        let crashes = f64::from(u32::try_from(clients).unwrap_or(u32::MAX)) / requests;
        Self {
            pool: KeyPool::new(settings.keys),
            clients: vec![Consumer::default(); clients],
            messages: 0,
            crashes: crashes.min(CRASHES_MAX),
            sent: Offsets::new(),
            polled: Offsets::new(),
        }
    }

    /// What this client asks next.
    pub fn next(&mut self, random: &mut Rng, client: usize) -> KafkaRequest {
        if random.f64() < self.crashes {
            return KafkaRequest::Crash;
        }
        if random.f64() < ASSIGNS {
            return self.assign(random);
        }
        if random.bool() {
            let client = self.clients.get(client);
            return client.map_or(KafkaRequest::Crash, Consumer::poll);
        }
        let (key, _) = self.pool.write(random);
        self.messages += 1;
        KafkaRequest::Send {
            key: name(key),
            message: KafkaMessage::Number(self.messages),
        }
    }

    fn assign(&self, random: &mut Rng) -> KafkaRequest {
        let mut keys = BTreeSet::from([name(self.pool.read(random))]);
        if random.f64() < ASSIGNS_UNPOLLED {
            let unpolled = self
                .sent
                .iter()
                .filter(|(key, sent)| self.polled.get(*key).is_none_or(|polled| polled < *sent));
            keys.extend(unpolled.map(|(key, _)| key.clone()));
        }
        KafkaRequest::Assign(keys.into_iter().collect())
    }

    /// A client's request ended: what it asks at once.
    pub fn ended(
        &mut self,
        client: usize,
        request: &KafkaRequest,
        outcome: &Outcome,
    ) -> Option<KafkaRequest> {
        match (request, outcome) {
            (
                KafkaRequest::Send { key, .. },
                Outcome::Ok(Reply::Kafka(KafkaReply::Sent(Some(offset)))),
            ) => raise(&mut self.sent, key, *offset),
            (_, Outcome::Ok(Reply::Kafka(KafkaReply::Polled(messages)))) => {
                for (key, offset) in last(messages) {
                    raise(&mut self.polled, &key, offset);
                }
            }
            _ => {}
        }
        self.clients.get_mut(client)?.ended(request, outcome)
    }
}

fn name(key: usize) -> LogKey {
    key.to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requests(settings: &Settings, count: usize) -> Vec<KafkaRequest> {
        let mut generator = KafkaGenerator::new(settings);
        let mut random = Rng::with_seed(1);
        (0..count).map(|_| generator.next(&mut random, 1)).collect()
    }

    #[test]
    fn half_sends_half_polls_few_assigns_and_crashes() {
        let settings = Settings {
            rate: 1000.0,
            clients: 4,
            ..Settings::default()
        };
        let requests = requests(&settings, 64_000);
        let count = |function| {
            let of_it = requests.iter();
            of_it.filter(|one| one.function() == function).count()
        };
        assert!((31_000..32_000).contains(&count("send")));
        assert!((31_000..32_000).contains(&count("poll")));
        assert!((900..1_100).contains(&count("assign")));
        assert!((1..30).contains(&count("crash")));
        let keys = requests.iter().filter_map(|request| match request {
            KafkaRequest::Send { key, .. } => Some(key),
            _ => None,
        });
        let keys: BTreeSet<_> = keys.collect();
        assert!((1_900..2_100).contains(&keys.len()), "16 messages for each");
    }

    #[test]
    fn few_requests_are_not_all_crashes() {
        let settings = Settings {
            rate: 0.1,
            clients: 100,
            ..Settings::default()
        };
        let requests = requests(&settings, 1_000);
        let crashes = requests.iter();
        let crashes = crashes.filter(|one| **one == KafkaRequest::Crash).count();
        assert!((50..150).contains(&crashes), "{crashes}");
    }
}
