//! The keys that clients use, as Elle draws them: a few at a time, the last of them in half of all cases, the
//! one before it in a quarter, and so on. A key that was written to often enough makes room for a new one.

use fastrand::Rng;

use crate::cluster::settings::KeyChoice;

/// The keys in use.
#[derive(Debug)]
pub struct KeyPool {
    /// Each with how often it was written to.
    active: Vec<(usize, usize)>,
    /// The key that comes next.
    next: usize,
    writes_max: usize,
}

impl KeyPool {
    /// No key was written to.
    pub fn new(choice: KeyChoice) -> Self {
        let count = choice.count.get();
        Self {
            active: (0..count).map(|key| (key, 0)).collect(),
            next: count,
            writes_max: choice.writes_max.get(),
        }
    }

    pub fn read(&self, random: &mut Rng) -> usize {
        let place = self.draw(random);
        self.active.get(place).map_or(0, |(key, _)| *key)
    }

    /// A key to write to, and how often that was done then: values that are these numbers are unique to it.
    pub fn write(&mut self, random: &mut Rng) -> (usize, usize) {
        let place = self.draw(random);
        let Some(active) = self.active.get_mut(place) else {
            return (0, 0);
        };
        active.1 += 1;
        let written = *active;
        if active.1 >= self.writes_max {
            *active = (self.next, 0);
            self.next += 1;
        }
        written
    }

    fn draw(&self, random: &mut Rng) -> usize {
        let mut place = self.active.len().saturating_sub(1);
        while place > 0 && random.bool() {
            place -= 1;
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn half_of_all_writes_go_to_the_last_key_until_it_has_enough() {
        let mut pool = KeyPool::new(KeyChoice::default());
        let mut random = Rng::with_seed(1);
        let writes: Vec<_> = (0..1600).map(|_| pool.write(&mut random)).collect();
        let mut by_key: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (key, value) in writes {
            by_key.entry(key).or_default().push(value);
        }
        let last: usize = by_key.keys().copied().max().unwrap();
        assert!((100..120).contains(&last), "{last}");
        for values in by_key.values() {
            assert_eq!(*values, (1..=values.len()).collect::<Vec<_>>());
            assert!(values.len() <= 16);
        }
        // The key that the last place holds is one of the newest.
        let reads = (0..1000).map(|_| pool.read(&mut random));
        let mut times: BTreeMap<_, usize> = BTreeMap::new();
        reads.for_each(|key| *times.entry(key).or_default() += 1);
        let most = times.values().copied().max().unwrap();
        assert!((450..550).contains(&most), "{most}");
    }
}
