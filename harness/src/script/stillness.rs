//! Whether a node rests: it has read all its input, wants no processor and uses hardly any. Pure: it is told
//! from time to time what the node does, and asks for that only while something waits for the node to rest.

use std::time::Duration;

/// How long a node rests until it is taken to be done with what it was sent last.
pub const CALM: Duration = Duration::from_millis(20);

/// What part of its time a node may work and still rest: a runtime has threads that look after it.
const WORK_PART: u32 = 10;

/// How a node stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glance {
    /// Whether it has read all it was sent, or reads no more.
    pub is_delivered: bool,
    /// How much processor time it has had since it was started, and whether it wants more at once;
    /// `None` where the system can't tell.
    pub work: Option<(Duration, bool)>,
}

/// For how long a node has been seen to rest.
#[derive(Debug, Default)]
pub struct Stillness {
    since: Duration,
    /// When it was first looked at, and how much processor time it had had by then.
    first: Option<(Duration, Duration)>,
    lasted: Duration,
}

impl Stillness {
    /// Something happened that it may have to deal with.
    pub fn broken(&mut self, now: Duration) {
        *self = Self {
            since: now,
            ..Self::default()
        };
    }

    /// When to look at the node to learn whether it rests for so long.
    pub fn next_look(&self, long: Duration) -> Duration {
        let first_after = (long / 10).max(CALM).min(long);
        let after = self.first.map_or(first_after, |_| long);
        self.since.saturating_add(after)
    }

    /// The node stands like this.
    pub fn looked(&mut self, now: Duration, look: Glance) {
        let (worked, wants_more) = look.work.unwrap_or_default();
        if !look.is_delivered || wants_more {
            return self.broken(now);
        }
        let (first, worked_before) = *self.first.get_or_insert((now, worked));
        let worked = worked.saturating_sub(worked_before);
        if worked > now.saturating_sub(first) / WORK_PART + TICK {
            return self.broken(now);
        }
        self.lasted = now.saturating_sub(self.since);
    }

    /// Whether the node has rested for so long.
    pub fn has_lasted(&self, long: Duration) -> bool {
        self.lasted >= long
    }
}

/// How exactly a system tells processor time.
const TICK: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    fn look(is_delivered: bool, worked: u64, wants_more: bool) -> Glance {
        Glance {
            is_delivered,
            work: Some((ms(worked), wants_more)),
        }
    }

    #[test]
    fn a_node_that_does_nothing_rests() {
        let mut still = Stillness::default();
        still.broken(ms(5));
        assert_eq!(still.next_look(CALM), ms(25));
        assert_eq!(still.next_look(ms(1000)), ms(105));
        still.looked(ms(105), look(true, 40, false));
        assert!(still.has_lasted(CALM) && !still.has_lasted(ms(1000)));
        assert_eq!(still.next_look(ms(1000)), ms(1005));
        still.looked(ms(1005), look(true, 130, false));
        assert!(still.has_lasted(ms(1000)));
        still.broken(ms(1005));
        assert!(!still.has_lasted(CALM));
    }

    #[test]
    fn a_node_that_reads_works_or_wants_to_work_does_not_rest() {
        for other in [
            look(false, 40, false),
            look(true, 40, true),
            look(true, 160, false),
        ] {
            let mut still = Stillness::default();
            still.looked(ms(100), look(true, 40, false));
            still.looked(ms(1000), other);
            assert!(!still.has_lasted(CALM), "{other:?}");
            assert_eq!(still.next_look(ms(1000)), ms(1100));
        }
    }

    #[test]
    fn where_the_system_tells_nothing_of_work_only_reading_counts() {
        let mut still = Stillness::default();
        let (is_delivered, work) = (true, None);
        still.looked(ms(100), Glance { is_delivered, work });
        still.looked(ms(1000), Glance { is_delivered, work });
        assert!(still.has_lasted(ms(1000)));
    }
}
