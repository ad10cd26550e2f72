//! `harness test -w g-counter` and `-w pn-counter`: right nodes and wrong ones, and what is said of them.

use super::{AT_ONCE, each_of, results, runs, test};
use crate::fake::{self, Cases};

const LOAD: [&str; 4] = ["--rate", "60", "--recovery", "3"];

#[test]
fn a_counter_is_right_or_its_fault_is_told_and_judged_again_as_it_was() {
    let faults = ["--nemesis", "partition,pause", "--nemesis-interval", "0.3"];
    let cases = [
        ("g-counter", "counts", &[][..], 0, "adds acknowledged"),
        ("g-counter", "counts", &faults, 0, "adds acknowledged"),
        (
            "pn-counter",
            "counts",
            &faults,
            0,
            "Maelstrom's rule  valid: 0 of 5 final reads wrong",
        ),
        (
            "g-counter",
            "counts-and-drops",
            &[],
            1,
            "  wrong total: all nodes show ",
        ),
        ("pn-counter", "counts-alone", &[], 1, "  wrong total: n"),
        ("pn-counter", "counts-more", &[], 1, "  impossible sum: n"),
    ];
    each_of(AT_ONCE, &cases, |case| match case.3 {
        0 => tried(case, "1.5"),
        // A wrong node that gets few requests may be right by chance.
        _ => fake::sooner_or_later(["1.5", "6"], |time| tried(case, time)),
    });
}

/// A workload, a way of the fake node, further arguments, the exit status and what is said.
type CounterCase<'a> = (&'a str, &'a str, &'a [&'a str], i32, &'a str);

fn tried((workload, way, arguments, status, says): &CounterCase<'_>, time: &str) {
    let folder = Cases::new();
    let named = ["-w", workload, "--seed", "7", "--time-limit", time];
    let ran = test(&folder, &[&named[..], &LOAD, arguments].concat(), way);
    let told = format!("{workload}, {way}: {}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.status, *status, "{told}");
    assert!(ran.stdout.contains(says), "{told}");
    let results = results(&runs(&folder)[0]);
    assert_eq!(results["workload"], *workload);
    assert_eq!(results["maelstrom"]["valid?"], *status == 0, "{told}");
    let checked = folder.harness(&["check", "out"]);
    assert_eq!((checked.status, &*checked.stderr), (*status, ""), "{told}");
    assert!(checked.stdout.contains(says), "{told}{}", checked.stdout);
}
