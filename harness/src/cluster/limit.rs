//! What checkers may use: time, and cores. Whoever may take long asks now and then whether the time is over, and
//! says then how far it came. Pure: the clock and the threads are somebody else's.

use std::fmt;
use std::sync::OnceLock;

/// Does something for each number below another one, in any order, several at once where it can.
type ForEach<'a> = &'a (dyn Fn(usize, &(dyn Fn(usize) + Sync)) + Sync);

/// The time that the checkers of a run have together, and the cores to use it on.
#[derive(Clone, Copy)]
pub struct Limit<'a> {
    is_over: &'a (dyn Fn() -> bool + Sync),
    for_each: ForEach<'a>,
}

impl<'a> Limit<'a> {
    /// All the time in the world, on one core.
    pub const NONE: Limit<'static> = Limit {
        is_over: &|| false,
        for_each: &|count, work| (0..count).for_each(work),
    };

    /// It is over once `is_over` says so. `for_each` does what it is given for each number below its first
    /// argument, in any order, several at once where it can.
    pub fn until(is_over: &'a (dyn Fn() -> bool + Sync), for_each: ForEach<'a>) -> Self {
        Self { is_over, for_each }
    }

    /// Whether it is over; asks a clock.
    pub fn is_over(&self) -> bool {
        (self.is_over)()
    }

    /// What comes of each item, on as many cores as there are.
    pub fn map<I: Sync, O: Send + Sync>(
        &self,
        items: &[I],
        work: impl Fn(&I) -> O + Sync,
    ) -> Vec<O> {
        let outputs: Vec<OnceLock<O>> = items.iter().map(|_| OnceLock::new()).collect();
        (self.for_each)(items.len(), &|place| {
            if let (Some(item), Some(output)) = (items.get(place), outputs.get(place)) {
                output.get_or_init(|| work(item));
            }
        });
        let all = outputs.into_iter().zip(items);
        all.map(|(output, item)| output.into_inner().unwrap_or_else(|| work(item)))
            .collect()
    }
}

impl fmt::Debug for Limit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Limit")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_stand_in_the_order_of_the_items_whichever_was_done_first_or_at_all() {
        let backwards = |count: usize, work: &(dyn Fn(usize) + Sync)| {
            (1..count).rev().for_each(work);
        };
        let limit = Limit::until(&|| false, &backwards);
        for limit in [limit, Limit::NONE] {
            assert_eq!(limit.map(&[1, 2, 3], |item| item * 2), [2, 4, 6]);
        }
    }
}
