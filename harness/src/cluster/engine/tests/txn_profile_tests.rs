//! The challenges 6a, 6b and 6c as `harness test --profile` sets them up, with right nodes and wrong ones.

use super::profile_tests::profile;
use super::txn_node::TxnDesign;
use super::*;

/// How a node runs transactions, and how the verdict calls what is wrong with it; `None`: nothing is that the
/// challenge asks for.
type Row = (TxnDesign, Option<&'static str>);

use TxnDesign as D;

const UNAVAILABLE: Option<&str> = Some("unavailable");
const DIFFERS: Option<&str> = Some("not-converged");

// A row each.
#[rustfmt::skip]
const SINGLE: [Row; 10] = [
    (D::Alone, None),
    (D::Gossip, None),
    (D::ShowsNothing, None),
    (D::ShowsIntermediate, None),
    (D::MissesOwnWrites, None),
    (D::KeepsAborted, UNAVAILABLE),
    (D::LeavesOut, Some("wrong-reply")),
    (D::ChangesWrites, Some("wrong-reply")),
    (D::Invents, Some("garbage-read")),
    (D::Interleaves, Some("G0")),
];

#[rustfmt::skip]
const UNCOMMITTED: [Row; 10] = [
    (D::Gossip, None),
    (D::ShowsIntermediate, None),
    (D::MissesOwnWrites, None),
    (D::TellsOnce, None),
    (D::NeverTells, DIFFERS),
    (D::KeepsWhatCameLast, DIFFERS),
    (D::LeavesOut, Some("wrong-reply")),
    (D::ChangesWrites, Some("wrong-reply")),
    (D::Invents, Some("garbage-read")),
    (D::Interleaves, Some("G0")),
];

#[rustfmt::skip]
const UNCOMMITTED_CUT: [Row; 4] = [
    (D::Gossip, None),
    (D::TellsOnce, DIFFERS),
    (D::NeverTells, DIFFERS),
    (D::KeepsAborted, UNAVAILABLE),
];

#[rustfmt::skip]
const COMMITTED: [Row; 10] = [
    (D::Gossip, None),
    (D::TellsOnce, DIFFERS),
    (D::NeverTells, DIFFERS),
    (D::KeepsWhatCameLast, DIFFERS),
    (D::KeepsAborted, Some("G1a")),
    (D::ShowsIntermediate, Some("G1b")),
    (D::MissesOwnWrites, Some("internal")),
    (D::LeavesOut, Some("wrong-reply")),
    (D::Invents, Some("garbage-read")),
    (D::Interleaves, Some("G1c")),
];

/// How the verdict calls what is wrong.
fn wrong(settings: Settings, design: TxnDesign) -> Vec<&'static str> {
    let (verdict, _) = judge(&run(settings, Way::Transacts(design)));
    assert!(verdict.unjudged.is_empty(), "{:?}", verdict.unjudged);
    let names = verdict.findings.iter().map(|finding| match finding {
        Finding::Workload(WorkloadFinding::Txn(finding)) => finding.name(),
        Finding::Unavailable { .. } => "unavailable",
        other => panic!("{design:?}: {other:#?}"),
    });
    names.collect()
}

/// In how many of the seeds the verdict of a challenge names what is wrong with a node; a right one never fails.
/// `shorter`: how many times shorter than it is the challenge takes.
fn caught(words: &str, (design, expected): Row, seeds: u64, shorter: u32) -> u64 {
    let is_caught = |seed: &u64| {
        let mut settings = profile(words, *seed);
        settings.time_limit /= shorter;
        settings.nemesis_interval /= shorter;
        settings.recovery /= shorter.min(20);
        let found = wrong(settings, design);
        if expected.is_none() {
            assert_eq!(found, [""; 0], "{words} {design:?} seed {seed}");
        }
        expected.is_some_and(|expected| found.contains(&expected))
    };
    (0..seeds).filter(is_caught).count() as u64
}

const CUT: &str = "6b --availability total --nemesis partition";

#[test]
fn short_challenges_of_transactions_pass_right_nodes_and_fail_wrong_ones() {
    for (words, rows) in [
        ("6a", &SINGLE[..2]),
        ("6b", &UNCOMMITTED[..2]),
        (CUT, &UNCOMMITTED_CUT[..2]),
        ("6c", &COMMITTED),
    ] {
        // Two transactions interleave so in the whole load, and seldom in a hundredth of it.
        for row in rows.iter().filter(|row| row.0 != D::Interleaves) {
            let is_caught = caught(words, *row, 1, 100) == 1;
            assert_eq!(is_caught, row.1.is_some(), "{words} {row:?}");
        }
    }
}

fn over_seeds(words: &str, rows: &[Row]) {
    for (design, expected) in rows {
        let count = caught(words, (*design, *expected), 20, 1);
        let Some(expected) = expected else {
            continue;
        };
        eprintln!("--profile {words}: {design:?} is caught by {expected} in {count} of 20");
        // Few transactions of this load both read and write the same two keys, as it takes with registers.
        let is_rare = *expected == "G0";
        assert!(count == 20 || is_rare && count > 0, "{words} {design:?}");
    }
}

#[test]
#[ignore = "4 million transactions: make fuzz runs it"]
fn right_and_wrong_nodes_over_seeds_of_6a() {
    over_seeds("6a", &SINGLE);
}

#[test]
#[ignore = "4 million transactions: make fuzz runs it"]
fn right_and_wrong_nodes_over_seeds_of_6b() {
    over_seeds("6b", &UNCOMMITTED);
}

#[test]
#[ignore = "1.6 million transactions: make fuzz runs it"]
fn right_and_wrong_nodes_over_seeds_of_6b_with_partitions() {
    over_seeds(CUT, &UNCOMMITTED_CUT);
}

#[test]
#[ignore = "4 million transactions: make fuzz runs it"]
fn right_and_wrong_nodes_over_seeds_of_6c() {
    over_seeds("6c", &COMMITTED);
}
