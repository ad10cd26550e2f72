//! Partners for as many as possible, by augmenting paths: who finds none free makes another change.
//!
//! Those with equal candidates have one list of them, and are looked at as one; where a search ended
//! is remembered. So a million equal messages are paired in a moment, with or without success. What
//! is shared beside the candidates, names and ids, is not known here.

use std::collections::BTreeSet;

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

    /// Finds partners for as many of `lefts` as possible; `fixed` keep theirs. Says whether all have one.
    pub fn augment(&mut self, lefts: &[usize], fixed: &[usize]) -> bool {
        let mut search = PathSearch {
            owned: vec![0; self.problem.candidates.lists()],
            closed: BTreeSet::new(),
            fixed: fixed.iter().copied().collect(),
        };
        let mut complete = true;
        for &left in lefts {
            complete &= self.augment_one(left, &mut search);
        }
        complete
    }

    /// Finds a partner for one, others changing theirs where that helps.
    fn augment_one(&mut self, start: usize, search: &mut PathSearch) -> bool {
        let candidates = &self.problem.candidates;
        let first = candidates.list_of(start);
        let Some(first) = first.filter(|first| search.closed.insert(*first)) else {
            return false;
        };
        let mut seen = vec![first];
        // The lists on the path, each with how many of its rights were tried, and between them the rights that
        // would change hands, each with its owner.
        let (mut path, mut changes) = (vec![(first, 0)], Vec::new());
        while let Some((list, tried)) = path.last_mut() {
            if let Some(mut right) = search.free(*list, self) {
                for (taken, owner) in changes.into_iter().rev() {
                    self.join(owner, right);
                    right = taken;
                }
                self.join(start, right);
                for list in seen {
                    search.closed.remove(&list);
                }
                return true;
            }
            let Some(&right) = candidates.list(*list).get(*tried) else {
                path.pop();
                changes.pop();
                continue;
            };
            *tried += 1;
            let owner = self
                .owner(right)
                .filter(|owner| !search.fixed.contains(owner));
            let next = owner.and_then(|owner| Some((owner, candidates.list_of(owner)?)));
            if let Some((owner, next)) = next.filter(|(_, next)| search.closed.insert(*next)) {
                seen.push(next);
                path.push((next, 0));
                changes.push((right, owner));
            }
        }
        false
    }

    /// Binds the names of those that share none. One that can't (its id is used twice) is alone.
    pub fn bound(
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

/// What searches for augmenting paths remember while none that has a partner loses it.
struct PathSearch {
    /// For each list, how many at its start have owners.
    owned: Vec<usize>,
    /// The lists that the search under way has seen, and those from which no path leads to a right without
    /// owner, now or later: they were seen by a search that found none.
    closed: BTreeSet<usize>,
    /// The lefts that keep their partners.
    fixed: BTreeSet<usize>,
}

impl PathSearch {
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
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

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
            let complete = pairing.augment(&lefts, &[]);
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
}
