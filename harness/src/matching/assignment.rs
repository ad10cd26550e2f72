//! Who belongs to whom when order doesn't count: each of the left (expected) gets a partner of its
//! own among the right (actual), if there is any way at all.
//!
//! A greedy pairing would let a wildcard steal the partner of something stricter. So those that
//! share no name with another are paired by augmenting paths, which finds a pairing whenever one
//! exists; those that share names (`<any:x>` here and there, an id and the answer to it) are tried
//! one after the other before, going back where that leads nowhere.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::bindings::{Bindings, Checkpoint};
use super::pairing::{Assignment, Pairing, PairingProblem};

/// How often pairs that share names are tried before the search gives up. Nothing that a person
/// would write comes near.
const TRIES_MAX: usize = 1_000_000;

/// How many of those that share none are paired meanwhile, all attempts taken together.
const PAIRED_MAX: usize = 20_000_000;

/// Pairs all of the left if that is possible, and as many as it can if not.
///
/// `pair` says whether two match given what is bound, and binds their names if so.
pub fn assign(
    problem: &PairingProblem,
    bindings: &mut Bindings,
    pair: &mut dyn FnMut(usize, usize, &mut Bindings) -> bool,
) -> Assignment {
    let all: Vec<_> = (0..problem.candidates.lefts()).collect();
    let mut widest = Pairing::new(problem);
    let possible = widest.augment(&all, &[]);
    let sharing = sharing(problem);
    if sharing.is_empty() && possible {
        return widest.bound(&all, bindings, pair);
    }
    if possible && let Some(found) = search(problem, &sharing, bindings, pair) {
        return found;
    }
    greedy(problem, &sharing, bindings, pair)
}

/// The lefts that share a name with another, those that are tied to each other one after the other.
fn sharing(problem: &PairingProblem) -> Vec<usize> {
    let mut users: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (left, names) in problem.names.iter().enumerate() {
        for name in names {
            users.entry(name).or_default().push(left);
        }
    }
    users.retain(|_, lefts| lefts.len() > 1);
    let choices = |left: usize| problem.candidates.of(left).len();
    let mut roots: Vec<_> = users.values().flatten().copied().collect();
    roots.sort_by_key(|left| (choices(*left), *left));
    let (mut order, mut seen) = (Vec::new(), BTreeSet::new());
    for root in roots {
        let mut queue = VecDeque::from([root]);
        while let Some(left) = queue.pop_front() {
            if !seen.insert(left) {
                continue;
            }
            order.push(left);
            let names = problem.names.get(left).into_iter().flatten();
            queue.extend(names.filter_map(|name| users.get(name.as_str())).flatten());
        }
    }
    order
}

/// The lefts that share no name.
fn free(problem: &PairingProblem, sharing: &[usize]) -> Vec<usize> {
    let sharing: BTreeSet<_> = sharing.iter().collect();
    let all = 0..problem.candidates.lefts();
    all.filter(|left| !sharing.contains(left)).collect()
}

/// Tries every way to pair those that share names, until the others can be paired too.
fn search<'problem>(
    problem: &'problem PairingProblem,
    sharing: &[usize],
    bindings: &mut Bindings,
    pair: &mut dyn FnMut(usize, usize, &mut Bindings) -> bool,
) -> Option<Assignment> {
    let free = free(problem, sharing);
    let wanted = wanted(problem, &free);
    let mut pairing = Pairing::new(problem);
    let mut paired = 0;
    let mut completed = |pairing: &Pairing<'problem>| {
        paired += free.len();
        let mut whole = pairing.clone();
        let is_complete = paired <= PAIRED_MAX && whole.augment(&free, sharing);
        is_complete.then_some(whole)
    };
    // For each of `sharing` that is being tried: its next candidate, and where things stood.
    let mut levels: Vec<(usize, Checkpoint)> = vec![(0, bindings.mark())];
    let mut tries = 0;
    while !levels.is_empty() {
        let depth = levels.len() - 1;
        let Some((next, mark)) = levels.last_mut() else {
            break;
        };
        let (position, mark) = (*next, *mark);
        *next += 1;
        bindings.roll_back(mark);
        let Some(&left) = sharing.get(depth) else {
            if let Some(whole) = completed(&pairing) {
                return Some(whole.bound(&free, bindings, pair));
            }
            levels.pop();
            continue;
        };
        pairing.release(left);
        let Some(&right) = problem.candidates.of(left).get(position) else {
            levels.pop();
            continue;
        };
        tries += 1;
        if tries > TRIES_MAX {
            return None;
        }
        if pairing.is_free(right) && pair(left, right, bindings) {
            pairing.join(left, right);
            // Where something else needs it, nothing that comes after can help.
            if !wanted.contains(&right) || completed(&pairing).is_some() {
                levels.push((0, bindings.mark()));
            }
        }
    }
    None
}

/// The rights that some of these lefts may take.
fn wanted(problem: &PairingProblem, lefts: &[usize]) -> BTreeSet<usize> {
    let candidates = &problem.candidates;
    let lists: BTreeSet<_> = lefts
        .iter()
        .filter_map(|left| candidates.list_of(*left))
        .collect();
    let rights = lists.into_iter().flat_map(|list| candidates.list(list));
    rights.copied().collect()
}

/// Pairs one after the other, those that share names first, as far as that goes.
fn greedy(
    problem: &PairingProblem,
    sharing: &[usize],
    bindings: &mut Bindings,
    pair: &mut dyn FnMut(usize, usize, &mut Bindings) -> bool,
) -> Assignment {
    let mut pairing = Pairing::new(problem);
    for &left in sharing {
        for &right in problem.candidates.of(left) {
            if pairing.is_free(right) && pair(left, right, bindings) {
                pairing.join(left, right);
                break;
            }
        }
    }
    let free = free(problem, sharing);
    pairing.augment(&free, sharing);
    pairing.bound(&free, bindings, pair)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::candidates::Candidates;

    fn problem(candidates: &[&[usize]], rights: usize) -> PairingProblem {
        let mut all = Candidates::default();
        for list in candidates {
            let list = all.add_list(list.to_vec());
            all.add_left(list);
        }
        PairingProblem {
            candidates: all,
            names: vec![BTreeSet::new(); candidates.len()],
            rights,
        }
    }

    fn pairs(problem: &PairingProblem) -> Assignment {
        assign(problem, &mut Bindings::default(), &mut |_, _, _| true)
    }

    #[test]
    fn a_wildcard_steals_nobodys_partner() {
        let found = pairs(&problem(&[&[0, 1, 2], &[0, 1], &[0]], 3));
        assert_eq!(found.partners, [Some(2), Some(1), Some(0)]);
    }

    #[test]
    fn who_has_no_partner_is_named_on_both_sides() {
        let found = pairs(&problem(&[&[0], &[0], &[1, 2]], 4));
        assert_eq!(found.left_alone, [1]);
        assert_eq!(found.right_alone, [2, 3]);
    }

    /// A name that two share is bound to a number; right `r` of left `l` binds it to `values[l][r]`.
    #[test]
    fn those_that_share_a_name_agree_on_it() {
        let mut problem = problem(&[&[0, 1], &[2, 3], &[0, 1, 2, 3], &[0, 1, 2, 3]], 4);
        for left in 0..2 {
            problem.names[left].insert("x".to_owned());
        }
        let values = [[7, 8, 0, 0], [0, 0, 9, 8]];
        let mut pair = |left: usize, right: usize, bindings: &mut Bindings| {
            left > 1
                || bindings
                    .bind_name("x", &values[left][right].into(), 1)
                    .is_ok()
        };
        let mut bindings = Bindings::default();
        let found = assign(&problem, &mut bindings, &mut pair);
        assert_eq!(found.partners[..2], [Some(1), Some(3)]);
        assert!(found.left_alone.is_empty());
        assert_eq!(bindings.named("x"), Some(&8.into()));
    }

    #[test]
    fn going_back_finds_the_only_way() {
        // Both 0 and 1 could take 0; only if 0 takes 1 is anything left for 2.
        let mut problem = problem(&[&[0, 1], &[1, 2], &[0]], 3);
        for left in 0..2 {
            problem.names[left].insert("x".to_owned());
        }
        let found = pairs(&problem);
        assert_eq!(found.partners, [Some(1), Some(2), Some(0)]);
    }

    #[test]
    fn what_others_need_is_tried_no_further() {
        // Two that share a name could take anything; what is left of it is at the end.
        const OTHERS: usize = 1000;
        let everyone: Vec<_> = (0..OTHERS + 2).collect();
        let own: Vec<_> = everyone.chunks(1).take(OTHERS).collect();
        let lists = [&[&everyone[..], &everyone[..]], &own[..]].concat();
        let mut problem = problem(&lists, OTHERS + 2);
        for left in 0..2 {
            problem.names[left].insert("x".to_owned());
        }
        let found = pairs(&problem);
        assert_eq!(found.partners[..2], [Some(OTHERS), Some(OTHERS + 1)]);
        assert!(found.left_alone.is_empty());
    }

    #[test]
    fn thousands_of_one_shape_are_no_trouble() {
        let everyone: Vec<_> = (0..2000).collect();
        let lists: Vec<&[usize]> = vec![&everyone; 2000];
        assert!(pairs(&problem(&lists, 2000)).left_alone.is_empty());
    }
}
