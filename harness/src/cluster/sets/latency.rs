//! Whether the latencies keep their budgets; and where they don't, whether the machine explains it.
//!
//! The harness records when a timer of its fired late, and for how long nodes could have run and got no
//! CPU. What of that fell into the time in which a value spread is taken off the latency of this value,
//! never more. Where the budget would be kept then, the nodes may be right: the run can't be judged. Where
//! it would not, they are too slow on any machine. So a busy machine excuses no node that waits by itself
//! (to send its messages together, say): only time counts that somebody wanted to use and could not.

use std::time::Duration;

use super::set_full;
use crate::cluster::checker::finding::{Finding, Unchecked, Unjudged};
use crate::cluster::delays::Delays;
use crate::cluster::history::Event;
use crate::cluster::settings::Budgets;

/// What came of the latencies.
#[derive(Debug, Default)]
pub struct Slow {
    pub findings: Vec<Finding>,
    /// Budgets that may have been missed for the machine's sake.
    pub unjudged: Vec<Unjudged>,
}

/// Holds the stable latencies, in milliseconds and sorted, against the budgets.
pub fn judge(budgets: &Budgets, events: &[Event], stable: &[u64]) -> Slow {
    let mut slow = Slow::default();
    // A budget that nothing can be held against is not kept.
    if stable.is_empty() && !budgets.latency.is_empty() {
        slow.findings
            .push(Finding::Unchecked(Unchecked::NoLatencies));
    }
    let mut undelayed = None;
    for (quantile, budget) in budgets.latency.iter().copied() {
        let Some(latency) = set_full::quantile(stable, quantile).map(Duration::from_millis) else {
            continue;
        };
        if latency <= budget {
            continue;
        }
        let undelayed = undelayed.get_or_insert_with(|| without_delays(events));
        let least = set_full::quantile(undelayed, quantile).map(Duration::from_millis);
        match least.filter(|least| *least <= budget) {
            Some(undelayed) => slow.unjudged.push(Unjudged::TooSlow {
                quantile,
                latency,
                undelayed,
                budget,
            }),
            None => slow.findings.push(Finding::TooSlow {
                quantile,
                latency,
                budget,
            }),
        }
    }
    slow
}

/// The stable latencies without the delays that fell into them, sorted; none if nobody was delayed.
fn without_delays(events: &[Event]) -> Vec<u64> {
    let delays = Delays::of(events);
    if delays.is_empty() {
        return Vec::new();
    }
    let windows = set_full::stable_windows(events).into_iter();
    let least = windows.map(|window| {
        let left = delays.undelayed(window.known, window.until);
        u64::try_from(left.as_millis()).unwrap_or(u64::MAX)
    });
    let mut least: Vec<_> = least.collect();
    least.sort_unstable();
    least
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::checker::finding::Judgement;
    use crate::cluster::checker::tests::made::{Made, at, shown};
    use crate::cluster::history::{Delayed, What};
    use crate::cluster::judged::Judged;
    use crate::cluster::limit::Limit;

    /// A run in which values 0 and 1 are acknowledged at 1,000 and 3,000 ms, and a read begins 500 ms later
    /// that doesn't show them yet; what delayed somebody, from when to when and for how long, and the
    /// budget for the median.
    fn judged(delays: &[(u64, u64, u64, Delayed)], budget: u64) -> Slow {
        let mut made = Made::of(2).set(|settings| {
            settings.budgets.latency = vec![(0.5, at(budget))];
        });
        let mut delays = delays.iter().peekable();
        let mut until = |made: Made, end: u64| {
            std::iter::from_fn(|| delays.next_if(|(_, to, ..)| *to < end)).fold(
                made,
                |made, (from, to, by, who)| {
                    let (since, by, who) = (at(*from), at(*by), *who);
                    made.event(*to, What::Delayed { since, by, who })
                },
            )
        };
        for (value, time, before) in [(0, 1000, vec![]), (1, 3000, vec![0])] {
            made = until(made, time).broadcast(time, 0, value);
            made = until(made, time + 500).read(time + 500, 1, shown(&before));
        }
        let made = until(made, 9000).ends(&[Some(&[0, 1]), Some(&[0, 1])]);
        let verdict = Judged::of(made.recording, Limit::NONE).verdict;
        Slow {
            findings: verdict.findings,
            unjudged: verdict.unjudged,
        }
    }

    fn is_excused(delays: &[(u64, u64, u64, Delayed)], budget: u64) -> bool {
        let slow = judged(delays, budget);
        assert_eq!(slow.findings.len() + slow.unjudged.len(), 1, "{slow:?}");
        slow.findings.is_empty()
    }

    #[test]
    fn a_missed_budget_is_too_slow_where_nothing_was_delayed() {
        assert!(!is_excused(&[], 400));
        let kept = judged(&[], 500);
        assert_eq!((kept.findings.len(), kept.unjudged.len()), (0, 0));
    }

    #[test]
    fn delays_that_explain_the_excess_leave_it_unjudged() {
        use Delayed::{Harness, Node};
        for who in [Harness, Node] {
            let enough = [(1100, 1200, 100, who), (3100, 3200, 100, who)];
            assert!(is_excused(&enough, 400), "{who:?}");
            assert!(!is_excused(&enough, 399), "{who:?}");
        }
        let both = [
            (1100, 1150, 50, Harness),
            (1000, 1400, 50, Node),
            (3100, 3150, 50, Harness),
            (3000, 3400, 50, Node),
        ];
        assert!(is_excused(&both, 400));
        let slow = judged(&both, 400);
        let unjudged = Unjudged::TooSlow {
            quantile: 0.5,
            latency: at(500),
            undelayed: at(400),
            budget: at(400),
        };
        assert_eq!(slow.unjudged, [unjudged]);
    }

    #[test]
    fn delays_at_another_time_excuse_nothing() {
        use Delayed::{Harness, Node};
        let before_and_after = [
            (0, 990, 900, Node),
            (1510, 2900, 1300, Harness),
            (3600, 8000, 4000, Node),
        ];
        assert!(!is_excused(&before_and_after, 499));
        // Only what of them fell into the time in which the value spread.
        let long = [(1700, 1800, 700, Node), (3700, 3800, 700, Node)];
        assert!(is_excused(&long, 100), "it lasted from 1,100 ms on");
        assert!(!is_excused(&long, 99));
        let edge = [(900, 1100, 200, Harness), (2900, 3100, 200, Harness)];
        assert!(is_excused(&edge, 400));
        assert!(!is_excused(&edge, 399));
        // The median is not better for one value.
        assert!(!is_excused(&[(1000, 1500, 500, Node)], 400));
    }

    #[test]
    fn what_is_wrong_besides_is_wrong_on_a_busy_machine() {
        let made = Made::of(2).broadcast(1000, 0, 0);
        let judged = Judged::of(made.ends(&[Some(&[0]), Some(&[])]).recording, Limit::NONE);
        let mut verdict = judged.verdict;
        verdict.unjudged.push(Unjudged::TooSlow {
            quantile: 0.5,
            latency: at(500),
            undelayed: at(400),
            budget: at(400),
        });
        assert_eq!(verdict.judgement(), Judgement::Invalid);
        verdict.findings.clear();
        assert_eq!(verdict.judgement(), Judgement::Unjudged);
        assert!(!verdict.is_valid());
    }
}
