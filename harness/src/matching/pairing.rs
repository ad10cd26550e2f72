//! Partners for as many as possible, by augmenting paths: who finds none free makes another change.
//!
//! Those with equal candidates have one list of them, and are looked at as one; where a search ended
//! is remembered. So a million equal messages are paired in a moment, with or without success. What
//! is shared beside the candidates, names and ids, is not known here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::bindings::Bindings;
use super::candidates::Candidates;

/// What is to be paired.
#[derive(Debug, Clone, Default)]
pub struct PairingProblem {
    /// For each left, those of the right that it matches when names and ids are left aside.
    pub candidates: Candidates,
    /// For each left, the names and ids that it binds or looks at.
    pub names: Vec<BTreeSet<String>>,
    /// How many there are on the right.
    pub rights: usize,
}

/// Who was paired with whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assignment {
    /// For each left, its partner.
    pub partners: Vec<Option<usize>>,
    /// Those of the left without a partner.
    pub left_alone: Vec<usize>,
    /// Those of the right without a partner.
    pub right_alone: Vec<usize>,
}

/// A pairing under construction.
#[derive(Debug, Clone)]
pub struct Pairing<'a> {
    problem: &'a PairingProblem,
    /// For each left, its right.
    pub partners: Vec<Option<usize>>,
    /// For each right, its left.
    owners: Vec<Option<usize>>,
}

impl<'a> Pairing<'a> {
    /// Nobody has a partner yet.
    pub fn new(problem: &'a PairingProblem) -> Self {
        Self {
            problem,
            partners: vec![None; problem.candidates.lefts()],
            owners: vec![None; problem.rights],
        }
    }

    /// Whether a right has no owner.
    pub fn is_free(&self, right: usize) -> bool {
        self.owners.get(right).is_some_and(Option::is_none)
    }

    fn owner(&self, right: usize) -> Option<usize> {
        *self.owners.get(right)?
    }

    /// Makes partners of two.
    pub fn join(&mut self, left: usize, right: usize) {
        if let (Some(partner), Some(owner)) =
            (self.partners.get_mut(left), self.owners.get_mut(right))
        {
            *partner = Some(right);
            *owner = Some(left);
        }
    }

    /// Takes a left's partner from it.
    pub fn release(&mut self, left: usize) {
        let partner = self.partners.get_mut(left).and_then(Option::take);
        if let Some(owner) = partner.and_then(|right| self.owners.get_mut(right)) {
            *owner = None;
        }
    }

    /// Finds partners for as many of `lefts` as possible, and says whether all have one.
    pub fn augment(&mut self, lefts: &[usize]) -> bool {
        self.augment_with(lefts, &[])
    }

    /// Finds partners for as many of `lefts` as possible; `fixed` keep theirs. Says whether all
    /// have one.
    pub fn augment_with(&mut self, lefts: &[usize], fixed: &[usize]) -> bool {
        let mut hope = Hope::new(&self.problem.candidates, fixed);
        let mut complete = true;
        for &left in lefts {
            complete &= self.augment_one(left, &mut hope);
        }
        complete
    }

    /// Finds a partner for one, others changing theirs where that helps.
    fn augment_one(&mut self, start: usize, hope: &mut Hope) -> bool {
        let candidates = &self.problem.candidates;
        let Some(first) = candidates.list_of(start) else {
            return false;
        };
        // How each list was come to: by a right of an earlier list, whose owner has this one.
        let mut reached: BTreeMap<usize, Option<AugmentingStep>> = BTreeMap::from([(first, None)]);
        let mut queue = VecDeque::from([first]);
        while let Some(list) = queue.pop_front() {
            if hope.is_lost(list) {
                continue;
            }
            if let Some(right) = hope.free(list, self) {
                self.take_over(start, list, right, &reached, hope);
                return true;
            }
            let mut place = hope.own(list, self);
            while let Some(&right) = candidates.list(list).get(place) {
                place += 1;
                let owner = self.owner(right).filter(|owner| !hope.is_fixed(*owner));
                let Some((owner, next)) = owner.and_then(|o| Some((o, candidates.list_of(o)?)))
                else {
                    continue;
                };
                if reached.contains_key(&next) || hope.is_lost(next) {
                    continue;
                }
                reached.insert(next, Some(AugmentingStep { list, right, owner }));
                if let Some(right) = hope.free(next, self) {
                    self.take_over(start, next, right, &reached, hope);
                    return true;
                }
                queue.push_back(next);
            }
        }
        hope.lose(reached.into_keys());
        false
    }

    /// Gives the free `right` to who came to its list, and so on with what that one had before.
    fn take_over(
        &mut self,
        start: usize,
        mut list: usize,
        mut right: usize,
        reached: &BTreeMap<usize, Option<AugmentingStep>>,
        hope: &mut Hope,
    ) {
        while let Some(Some(step)) = reached.get(&list) {
            self.join(step.owner, right);
            // It was one of its own.
            hope.forget_own(list);
            (list, right) = (step.list, step.right);
        }
        self.join(start, right);
    }

    /// As [`Pairing::bound_free`], of all.
    pub fn bound(
        self,
        bindings: &mut Bindings,
        pair: &mut dyn FnMut(usize, usize, &mut Bindings) -> bool,
    ) -> Assignment {
        let all: Vec<_> = (0..self.partners.len()).collect();
        self.bound_free(&all, bindings, pair)
    }

    /// Binds the names of those that share none. One that can't (its id is used twice) is alone.
    pub fn bound_free(
        mut self,
        free: &[usize],
        bindings: &mut Bindings,
        pair: &mut dyn FnMut(usize, usize, &mut Bindings) -> bool,
    ) -> Assignment {
        for &left in free {
            let partner = self.partners.get(left).copied().flatten();
            if partner.is_some_and(|right| !pair(left, right, bindings)) {
                self.release(left);
            }
        }
        let alone = |side: &[Option<usize>]| {
            let alone = side
                .iter()
                .enumerate()
                .filter(|(_, partner)| partner.is_none());
            alone.map(|(index, _)| index).collect()
        };
        Assignment {
            left_alone: alone(&self.partners),
            right_alone: alone(&self.owners),
            partners: self.partners,
        }
    }
}

/// How one comes from a list to that of the owner of one of its rights.
struct AugmentingStep {
    list: usize,
    right: usize,
    owner: usize,
}

/// Where in the lists of candidates there may still be something to find, while none that has a
/// partner loses it.
struct Hope {
    /// For each list, how many at its start have owners.
    owned: Vec<usize>,
    /// For each list, how many at its start have owners with the same list.
    own: Vec<usize>,
    /// The lists from which no way leads to a right without owner, now or later.
    lost: Vec<bool>,
    /// The lefts that keep their partners.
    fixed: BTreeSet<usize>,
}

impl Hope {
    fn new(candidates: &Candidates, fixed: &[usize]) -> Self {
        let lists = candidates.lists();
        Self {
            owned: vec![0; lists],
            own: vec![0; lists],
            lost: vec![false; lists],
            fixed: fixed.iter().copied().collect(),
        }
    }

    fn is_fixed(&self, left: usize) -> bool {
        self.fixed.contains(&left)
    }

    fn is_lost(&self, list: usize) -> bool {
        self.lost.get(list).copied().unwrap_or(true)
    }

    fn lose(&mut self, lists: impl Iterator<Item = usize>) {
        for list in lists {
            if let Some(lost) = self.lost.get_mut(list) {
                *lost = true;
            }
        }
    }

    /// The first right of a list that has no owner.
    fn free(&mut self, list: usize, pairing: &Pairing<'_>) -> Option<usize> {
        let rights = pairing.problem.candidates.list(list);
        let place = self.owned.get_mut(list)?;
        while rights
            .get(*place)
            .is_some_and(|right| !pairing.is_free(*right))
        {
            *place += 1;
        }
        rights.get(*place).copied()
    }

    /// How many at the start of a list have owners with the same list.
    fn own(&mut self, list: usize, pairing: &Pairing<'_>) -> usize {
        let candidates = &pairing.problem.candidates;
        let Some(place) = self.own.get_mut(list) else {
            return 0;
        };
        let owner = |place: usize| pairing.owner(*candidates.list(list).get(place)?);
        while owner(*place).and_then(|owner| candidates.list_of(owner)) == Some(list) {
            *place += 1;
        }
        *place
    }

    /// One of those with this list gave its partner to another.
    fn forget_own(&mut self, list: usize) {
        if let Some(place) = self.own.get_mut(list) {
            *place = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many as a search without any memory pairs.
    fn most(problem: &PairingProblem) -> usize {
        fn find(
            problem: &PairingProblem,
            left: usize,
            seen: &mut BTreeSet<usize>,
            owners: &mut BTreeMap<usize, usize>,
        ) -> bool {
            for &right in problem.candidates.of(left) {
                if !seen.insert(right) {
                    continue;
                }
                let owner = owners.get(&right).copied();
                if owner.is_none_or(|owner| find(problem, owner, seen, owners)) {
                    owners.insert(right, left);
                    return true;
                }
            }
            false
        }
        let mut owners = BTreeMap::new();
        let lefts = 0..problem.candidates.lefts();
        lefts
            .filter(|left| find(problem, *left, &mut BTreeSet::new(), &mut owners))
            .count()
    }

    #[test]
    fn as_many_as_possible_are_paired_with_candidates_of_theirs() {
        for seed in 0..20_000 {
            let mut random = fastrand::Rng::with_seed(seed);
            let rights = random.usize(0..14);
            let mut candidates = Candidates::default();
            for _ in 0..random.usize(1..9) {
                let chance = random.f64() * random.f64();
                let list = (0..rights).filter(|_| random.f64() < chance).collect();
                candidates.add_list(list);
            }
            for _ in 0..random.usize(0..15) {
                candidates.add_left(random.usize(0..candidates.lists()));
            }
            let lefts: Vec<_> = (0..candidates.lefts()).collect();
            let names = Vec::new();
            let problem = PairingProblem {
                candidates,
                names,
                rights,
            };
            let mut pairing = Pairing::new(&problem);
            let complete = pairing.augment(&lefts);
            let found: Vec<_> = pairing.partners.iter().flatten().collect();
            let distinct: BTreeSet<_> = found.iter().collect();
            assert_eq!(found.len(), distinct.len(), "seed {seed}");
            assert_eq!(found.len(), most(&problem), "seed {seed}: {problem:?}");
            assert_eq!(complete, found.len() == lefts.len(), "seed {seed}");
            for (left, right) in pairing.partners.iter().enumerate() {
                assert!(right.is_none_or(|right| problem.candidates.of(left).contains(&right)));
            }
        }
    }

    /// The last one finds its partner only if it is known that 0 went to another list meanwhile.
    #[test]
    fn what_changed_hands_is_looked_at_again() {
        let mut candidates = Candidates::default();
        let lists: [&[usize]; 6] = [&[0, 1, 2], &[1, 3], &[2, 4], &[5, 6], &[6, 7], &[0, 5]];
        for list in lists {
            candidates.add_list(list.to_vec());
        }
        for list in [0, 1, 2, 0, 3, 4, 5, 0] {
            candidates.add_left(list);
        }
        let problem = PairingProblem {
            candidates,
            names: Vec::new(),
            rights: 8,
        };
        assert!(Pairing::new(&problem).augment(&[0, 1, 2, 3, 4, 5, 6, 7]));
    }
}
