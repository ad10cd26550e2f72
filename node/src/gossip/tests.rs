//! Two sets of values, what their nodes find out about each other, and in how many messages.

use super::*;
use crate::value::Value;

fn values(numbers: impl IntoIterator<Item = u32>) -> Values {
    let mut values = Values::default();
    for number in numbers {
        values.insert(&Value::from_json(&number.to_string()).unwrap());
    }
    values
}

fn numbers(values: &Values, ids: &[ValueId]) -> Vec<u32> {
    let number = |id: &ValueId| values.get(*id).as_json().parse().unwrap();
    let mut numbers: Vec<u32> = ids.iter().map(number).collect();
    numbers.sort_unstable();
    numbers
}

/// What two nodes learn of each other when the first begins, and in how many messages.
struct Exchange {
    sent: usize,
    entries_max: usize,
    lacked_by_left: Vec<u32>,
    lacked_by_right: Vec<u32>,
}

fn exchange(left: &Values, right: &Values) -> Exchange {
    let nodes = [left, right];
    let mut indexes = [Index::default(), Index::default()];
    let mut under_way = vec![(1, vec![Summary::of_all(left)])];
    let mut lacked = [Vec::new(), Vec::new()];
    let (mut sent, mut entries_max) = (1, 1);
    while let Some((to, summaries)) = under_way.pop() {
        for summary in summaries {
            match indexes[to].compare(nodes[to], &summary) {
                Answer::Nothing => continue,
                Answer::Values(ids) => lacked[1 - to].extend(ids),
                Answer::Summaries(answer) => {
                    entries_max = entries_max.max(answer.len());
                    under_way.push((1 - to, answer));
                }
                Answer::Hashes(hashes) => {
                    entries_max = entries_max.max(hashes.len());
                    let (from, to) = (to, 1 - to);
                    let prefix = summary.prefix;
                    let found = indexes[to].difference(nodes[to], prefix, &hashes);
                    lacked[from].extend(found.theirs);
                    let asked = found
                        .ours
                        .iter()
                        .flat_map(|hash| nodes[from].with_hash(*hash));
                    lacked[to].extend(asked);
                    sent += usize::from(!found.ours.is_empty());
                }
            }
            sent += 1;
        }
    }
    Exchange {
        sent,
        entries_max,
        lacked_by_left: numbers(right, &lacked[0]),
        lacked_by_right: numbers(left, &lacked[1]),
    }
}

/// `sent_max`: in how many messages, at most.
fn check(
    left: impl Iterator<Item = u32> + Clone,
    right: impl Iterator<Item = u32> + Clone,
    sent_max: usize,
) {
    let found = exchange(&values(left.clone()), &values(right.clone()));
    let (left, right): (Vec<_>, Vec<_>) = (left.collect(), right.collect());
    let without = |all: &[u32], others: &[u32]| -> Vec<_> {
        all.iter()
            .copied()
            .filter(|number| others.binary_search(number).is_err())
            .collect()
    };
    assert_eq!(found.lacked_by_left, without(&right, &left));
    assert_eq!(found.lacked_by_right, without(&left, &right));
    assert!(found.sent <= sent_max, "{} messages", found.sent);
    assert!(
        found.entries_max <= LISTED_MAX,
        "{} entries",
        found.entries_max
    );
}

#[test]
fn who_agrees_says_nothing_and_who_does_not_finds_exactly_what_is_missing() {
    check(0..0, 0..0, 1);
    check(0..9, 0..9, 1);
    check(0..9, 0..0, 2);
    check(0..0, 0..9, 2);
    check(0..9, 5..14, 3);
    check(0..20_000, 0..20_000, 1);
    check(0..20_000, 0..0, 2);
    check(0..0, 0..20_000, 2);
    check(0..5, 3..20_000, 4);
    check(3..20_000, 0..5, 4);
    check(0..20_000, 1..20_000, 8);
    check(1..20_000, 0..20_001, 16);
    check(0..3000, 3000..6000, 80);
}

#[test]
fn prefixes_are_hexadecimal_digits() {
    for (digits, first, last) in [
        ("", 0, u64::MAX),
        ("0", 0, 0x0fff_ffff_ffff_ffff),
        ("f3", 0xf300_0000_0000_0000, 0xf3ff_ffff_ffff_ffff),
        (
            "0123456789abcdef",
            0x0123_4567_89ab_cdef,
            0x0123_4567_89ab_cdef,
        ),
    ] {
        let prefix = Prefix::parse(digits).unwrap();
        assert_eq!(prefix.range(), first..=last, "{digits}");
        assert_eq!(prefix.to_string(), digits);
    }
    for odd in ["g", "+1", "0123456789abcdef0", "é", " "] {
        assert_eq!(Prefix::parse(odd), None, "{odd}");
    }
    let parts: Vec<_> = Prefix::parse("a").unwrap().parts().collect();
    assert_eq!(parts.len(), 16);
    assert_eq!(parts[15].to_string(), "af");
    assert_eq!(
        Prefix::parse("0123456789abcdef").unwrap().parts().count(),
        0
    );
}
