//! `harness test -w g-set`: right nodes and wrong ones, and what is said of them.

use super::{AT_ONCE, each_of, results, runs, test};
use crate::fake::Cases;

const SET: [&str; 8] = [
    "-w",
    "g-set",
    "--time-limit",
    "1.5",
    "--rate",
    "40",
    "--recovery",
    "2",
];

#[test]
fn a_set_is_right_or_its_fault_is_told_and_judged_again_as_it_was() {
    let faults = [
        "--nemesis",
        "partition,restart",
        "--nemesis-interval",
        "0.3",
    ];
    let cases = [
        ("right", &[][..], 0, "adds acknowledged"),
        ("right", &faults, 0, "adds acknowledged"),
        ("acks-and-drops", &[], 1, "  lost: n"),
        ("never-forwards", &[], 1, "  lost: n"),
        ("shows-twice", &[], 1, "  duplicate: n1 showed "),
        (
            "invents",
            &[],
            1,
            "  phantom: n1 showed 123456, which no client had added",
        ),
    ];
    each_of(AT_ONCE, &cases, |(way, arguments, status, says)| {
        let folder = Cases::new();
        let ran = test(&folder, &[&SET[..], arguments].concat(), way);
        assert_eq!(ran.status, *status, "{way}: {}", ran.stdout);
        assert!(ran.stdout.contains(says), "{way}: {}", ran.stdout);
        assert!(
            ran.stdout.starts_with("g-set: 5 nodes, 1.5 s at 40"),
            "{way}"
        );
        assert_eq!(results(&runs(&folder)[0])["workload"], "g-set");
        let checked = folder.harness(&["check", "out"]);
        assert_eq!((checked.status, &*checked.stderr), (*status, ""), "{way}");
    });
}
