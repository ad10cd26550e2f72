//! A depth-first search for an order that explains all results.
//!
//! A configuration is the next return that is not explained yet, the operations under way that have taken
//! effect, the unknown ones that have, and the value. Some rules keep their number small; none loses an order:
//!
//! - An operation that is legal now and changes nothing is taken at once.
//! - An unknown one is taken only where its value makes another one legal that is not so now. So is one that need
//!   not have taken effect, or else at its return.
//! - Of unknown ones that do the same, the earliest is taken first.
//! - A configuration that was visited with fewer unknown ones is not entered.

use super::timeline::{OperationId, Timeline};
use super::visited::VisitedConfigurations;
use super::{Bound, Contradicted, Linearization, ValueId};

/// So many steps lie between two looks at the clock.
const STEPS_BETWEEN_LOOKS: u64 = 1 << 10;

/// What can be done next.
#[derive(Debug, Clone, Copy)]
enum Move {
    /// The operation in this slot takes effect.
    Known(usize),
    Unknown(usize),
    /// The operation that returns has not.
    Pass,
}

/// A configuration to come back to, and what has not been tried there.
#[derive(Debug)]
struct SearchFrame {
    at: usize,
    value: ValueId,
    order: usize,
    /// Where its moves begin among all that are left.
    moves: usize,
}

struct OrderSearch<'t> {
    timeline: &'t Timeline,
    at: usize,
    value: ValueId,
    /// By slot, the operation in it.
    under_way: Vec<Option<OperationId>>,
    /// By slot, by bits, whether it has taken effect.
    taken: Vec<u64>,
    /// By unknown operation, by bits, whether it has.
    used: Vec<u64>,
    order: Vec<OperationId>,
    frames: Vec<SearchFrame>,
    /// The moves left in all frames, the next one last.
    moves: Vec<Move>,
    /// The bits of `taken` and `used` in each frame.
    bits: Vec<u64>,
    visited: VisitedConfigurations,
    key: Vec<u64>,
    furthest: usize,
    /// The order that led there; not written down before it is left.
    furthest_order: Option<Vec<OperationId>>,
}

/// Looks for an order.
pub fn run(timeline: &Timeline, starts: &[ValueId], bound: Bound<'_>) -> Linearization {
    let mut search = OrderSearch::new(timeline);
    let mut steps = 0_u64;
    for start in starts {
        search.begin(*start);
        loop {
            search.settle();
            if search.at == timeline.returns.len() {
                return Linearization::Found(numbers(&search.order));
            }
            steps += 1;
            let is_look = steps.is_multiple_of(STEPS_BETWEEN_LOOKS);
            if is_last_step(bound) || is_look && search.is_out_of(bound) {
                let (passed, of) = (search.furthest, timeline.returns.len());
                return Linearization::GaveUp { passed, of };
            }
            if search.is_new() {
                search.open();
            }
            if !search.advance() {
                break;
            }
        }
    }
    search.keep_order();
    let step = timeline.returns.get(search.furthest);
    Linearization::Impossible(Contradicted {
        operation: step.map_or(0, |step| step.operation as usize),
        before: numbers(&search.furthest_order.unwrap_or_default()),
    })
}

/// Takes one of the steps that are left; whether there is none.
fn is_last_step(bound: Bound<'_>) -> bool {
    let Some(left) = bound.steps else {
        return false;
    };
    left.set(left.get().saturating_sub(1));
    left.get() == 0
}

fn numbers(order: &[OperationId]) -> Vec<usize> {
    order.iter().map(|operation| *operation as usize).collect()
}

impl<'t> OrderSearch<'t> {
    fn new(timeline: &'t Timeline) -> Self {
        Self {
            timeline,
            at: 0,
            value: 0,
            under_way: vec![None; timeline.slots],
            taken: vec![0; timeline.slots.div_ceil(64)],
            used: vec![0; timeline.unknown.len().div_ceil(64)],
            order: Vec::new(),
            frames: Vec::new(),
            moves: Vec::new(),
            bits: Vec::new(),
            visited: VisitedConfigurations::default(),
            key: Vec::new(),
            furthest: 0,
            furthest_order: None,
        }
    }

    /// Nothing has happened, and the register holds this.
    fn begin(&mut self, start: ValueId) {
        self.under_way.fill(None);
        self.taken.fill(0);
        self.used.fill(0);
        self.order.clear();
        self.at = 0;
        self.value = start;
        self.call();
    }

    fn is_out_of(&self, bound: Bound<'_>) -> bool {
        self.visited.bytes() > bound.memory || (bound.is_over)()
    }

    /// The operations called before the next return are under way.
    fn call(&mut self) {
        let called = self.timeline.returns.get(self.at);
        for (slot, operation) in called.iter().flat_map(|step| &step.called) {
            if let Some(place) = self.under_way.get_mut(*slot) {
                *place = Some(*operation);
            }
        }
    }

    fn is_taken(&self, slot: usize) -> bool {
        self.taken
            .get(slot / 64)
            .is_some_and(|word| word >> (slot % 64) & 1 == 1)
    }

    fn is_used(&self, unknown: usize) -> bool {
        self.used
            .get(unknown / 64)
            .is_some_and(|word| word >> (unknown % 64) & 1 == 1)
    }

    /// Takes what changes nothing and passes the returns that are explained, as far as that goes.
    fn settle(&mut self) {
        loop {
            while let Some(step) = self.timeline.returns.get(self.at) {
                if !self.is_taken(step.slot) {
                    break;
                }
                self.pass();
            }
            let Some(slot) = self.pure_one() else {
                return;
            };
            self.take(slot);
        }
    }

    /// The operation under way that can be taken at once.
    fn pure_one(&self) -> Option<usize> {
        let mut slots = self.under_way.iter().enumerate();
        let found = slots.find(|(slot, operation)| {
            let access =
                operation.and_then(|operation| self.timeline.accesses.get(operation as usize));
            access.is_some_and(|access| access.is_pure() && access.is_legal(self.value))
                && !self.is_taken(*slot)
        });
        found.map(|(slot, _)| slot)
    }

    /// The next return is over.
    fn pass(&mut self) {
        let Some(step) = self.timeline.returns.get(self.at) else {
            return;
        };
        if let Some(place) = self.under_way.get_mut(step.slot) {
            *place = None;
        }
        if let Some(word) = self.taken.get_mut(step.slot / 64) {
            *word &= !(1 << (step.slot % 64));
        }
        self.at += 1;
        self.call();
        if self.at > self.furthest {
            self.furthest = self.at;
            self.furthest_order = None;
        }
    }

    fn take(&mut self, slot: usize) {
        if let Some(word) = self.taken.get_mut(slot / 64) {
            *word |= 1 << (slot % 64);
        }
        let operation = self.under_way.get(slot).copied().flatten();
        self.apply(operation);
    }

    fn apply(&mut self, operation: Option<OperationId>) {
        let Some(operation) = operation else {
            return;
        };
        self.order.push(operation);
        if let Some(access) = self.timeline.accesses.get(operation as usize) {
            self.value = access.apply(self.value);
        }
    }

    /// Whether this configuration leads anywhere.
    fn is_new(&mut self) -> bool {
        self.key.clear();
        self.key
            .push((self.at as u64) << 32 | u64::from(self.value));
        self.key.extend_from_slice(&self.taken);
        self.visited.insert(&self.key, &self.used)
    }

    /// Notes what can be done in this configuration, the most urgent last.
    fn open(&mut self) {
        let first = self.moves.len();
        let returning = self.timeline.returns.get(self.at);
        let optional = returning.is_some_and(|step| self.is_optional(step.operation));
        self.moves.extend(optional.then_some(Move::Pass));
        self.add_unknown();
        self.add_known();
        self.frames.push(SearchFrame {
            at: self.at,
            value: self.value,
            order: self.order.len(),
            moves: first,
        });
        self.bits.extend_from_slice(&self.taken);
        self.bits.extend_from_slice(&self.used);
    }

    fn is_optional(&self, operation: OperationId) -> bool {
        let optional = self.timeline.optional.get(operation as usize);
        optional.copied().unwrap_or_default()
    }

    fn add_known(&mut self) {
        let first = self.moves.len();
        let returning = self.timeline.returns.get(self.at).map(|step| step.slot);
        for (slot, operation) in self.under_way.iter().enumerate() {
            let Some(operation) = *operation else {
                continue;
            };
            let access = self.timeline.accesses.get(operation as usize);
            let can = !self.is_taken(slot);
            let Some(access) = access.filter(|one| can && one.is_legal(self.value)) else {
                continue;
            };
            // What need not take effect does so only where that helps, or when it is its last moment.
            let is_last = Some(slot) == returning;
            if !self.is_optional(operation) || is_last || self.makes_legal(access.apply(self.value))
            {
                self.moves.push(Move::Known(slot));
            }
        }
        // What returns is tried first.
        let moves = self.moves.get_mut(first..).unwrap_or_default();
        if let Some(place) = moves
            .iter()
            .position(|one| matches!(one, Move::Known(slot) if Some(*slot) == returning))
        {
            let last = moves.len() - 1;
            moves.swap(place, last);
        }
    }

    fn add_unknown(&mut self) {
        for (place, one) in self.timeline.unknown.iter().enumerate() {
            let is_earliest = !one.is_again
                || place
                    .checked_sub(1)
                    .is_none_or(|before| self.is_used(before));
            let access = self.timeline.accesses.get(one.operation as usize);
            let can = one.from <= self.at && is_earliest && !self.is_used(place);
            let Some(access) = access.filter(|access| can && access.is_legal(self.value)) else {
                continue;
            };
            let after = access.apply(self.value);
            if after != self.value && self.makes_legal(after) {
                self.moves.push(Move::Unknown(place));
            }
        }
    }

    /// Whether another value lets something happen that can't now.
    fn makes_legal(&self, after: ValueId) -> bool {
        let known = self.under_way.iter().enumerate();
        let known = known.filter(|(slot, _)| !self.is_taken(*slot));
        let known = known.filter_map(|(_, operation)| *operation);
        let unknown = self.timeline.unknown.iter().enumerate();
        let unknown = unknown.filter(|(place, one)| one.from <= self.at && !self.is_used(*place));
        let all = known.chain(unknown.map(|(_, one)| one.operation));
        let mut all = all.filter_map(|operation| self.timeline.accesses.get(operation as usize));
        all.any(|access| access.is_legal(after) && !access.is_legal(self.value))
    }

    /// Makes the next move that is left; `false` if there is none.
    fn advance(&mut self) -> bool {
        while let Some((first, at)) = self.frames.last().map(|frame| (frame.moves, frame.at)) {
            if self.moves.len() > first {
                self.restore();
                match self.moves.pop() {
                    Some(Move::Known(slot)) => self.take(slot),
                    Some(Move::Unknown(place)) => self.use_unknown(place),
                    Some(Move::Pass) => self.pass(),
                    None => {}
                }
                debug_assert!(self.at >= at, "a move never goes back");
                return true;
            }
            self.frames.pop();
            let words = self.taken.len() + self.used.len();
            self.bits.truncate(self.bits.len().saturating_sub(words));
        }
        false
    }

    fn use_unknown(&mut self, place: usize) {
        if let Some(word) = self.used.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
        let operation = self.timeline.unknown.get(place).map(|one| one.operation);
        self.apply(operation);
    }

    /// Writes down how far the search has come, before that is left.
    fn keep_order(&mut self) {
        if self.furthest_order.is_none() {
            self.furthest_order = Some(self.order.clone());
        }
    }

    /// Goes back to the configuration of the last frame.
    fn restore(&mut self) {
        let Some(frame) = self.frames.last() else {
            return;
        };
        let (at, value, order) = (frame.at, frame.value, frame.order);
        if order < self.order.len() {
            self.keep_order();
        }
        while self.at > at {
            self.unpass();
        }
        self.value = value;
        self.order.truncate(order);
        let words = self.taken.len() + self.used.len();
        let from = self.bits.len().saturating_sub(words);
        let bits = self.bits.get(from..).unwrap_or_default();
        let (taken, used) = bits.split_at_checked(self.taken.len()).unwrap_or_default();
        self.taken.copy_from_slice(taken);
        self.used.copy_from_slice(used);
    }

    /// Takes back that a return is over; the bits are taken back elsewhere.
    fn unpass(&mut self) {
        let called = self.timeline.returns.get(self.at);
        for (slot, _) in called.iter().flat_map(|step| &step.called) {
            if let Some(place) = self.under_way.get_mut(*slot) {
                *place = None;
            }
        }
        self.at -= 1;
        if let Some(step) = self.timeline.returns.get(self.at)
            && let Some(place) = self.under_way.get_mut(step.slot)
        {
            *place = Some(step.operation);
        }
    }
}
