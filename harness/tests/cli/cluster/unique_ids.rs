//! `harness test -w unique-ids`: right nodes and wrong ones, and what is said of them.

use super::{results, runs, test};
use crate::fake::Cases;

const IDS: [&str; 4] = ["--profile", "2", "--time-limit", "1"];

#[test]
fn ids_are_unique_or_told_and_judged_again_as_they_were() {
    let none_happened = "warning: no partition happened";
    for (way, status, interval, warns) in
        [("right", 0, "0.3", false), ("nameless-ids", 1, "10", true)]
    {
        let folder = Cases::new();
        let ran = test(
            &folder,
            &[&IDS[..], &["--nemesis-interval", interval]].concat(),
            way,
        );
        assert_eq!(ran.status, status, "{way}: {}", ran.stdout);
        let head = "unique-ids: 3 nodes, 1 s at 1000 requests a second, partition";
        assert!(ran.stdout.starts_with(head), "{way}: {}", ran.stdout);
        // What a partition drops is nothing where nodes don't talk to each other; but one there was to be.
        assert_eq!(
            ran.stdout.contains(none_happened),
            warns,
            "{way}: {}",
            ran.stdout
        );
        assert_eq!(
            ran.stdout.contains("warning"),
            warns,
            "{way}: {}",
            ran.stdout
        );
        let results = results(&runs(&folder)[0]);
        let maelstrom = &results["maelstrom"];
        assert_eq!(maelstrom["valid?"], status == 0, "{way}");
        assert_eq!(
            maelstrom["duplicated-count"].as_u64() > Some(0),
            status == 1
        );
        let checked = folder.harness(&["check", "out"]);
        assert_eq!((checked.status, &*checked.stderr), (status, ""), "{way}");
        if status == 1 {
            let line = ran
                .stdout
                .lines()
                .find(|line| line.contains("duplicate id: "));
            let line = line.unwrap();
            assert!(
                line.contains(" gave id ") && line.contains(" the same at 0."),
                "{line}"
            );
            assert!(checked.stdout.contains(line), "{}", checked.stdout);
        }
    }
}

#[test]
fn a_request_for_an_id_that_fails_is_one_too_many_for_the_second_challenge() {
    let folder = Cases::new();
    // A pause outlasts the timeout, and a busy machine doesn't.
    let stops =
        "--profile 2 --time-limit 2 --nemesis pause --nemesis-interval 0.8 --client-timeout 0.5";
    let ran = test(&folder, &stops.split(' ').collect::<Vec<_>>(), "right");
    // What a fault stopped doesn't count.
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains("100.00% of those to nodes that no fault had stopped"),
        "{}",
        ran.stdout
    );
}
