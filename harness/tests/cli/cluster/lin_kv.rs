//! `harness test -w lin-kv`: a store that asks a service, which is linearizable or not, and what is said of it.

use super::{lines, results, runs, test_of};
use crate::fake::{self, Cases, Ran};

const LOAD: [&str; 8] = [
    "-w",
    "lin-kv",
    "--node-count",
    "3",
    "--time-limit",
    "1",
    "--rate",
    "150",
];

/// Stores that keep everything in this service.
fn store(folder: &Cases, service: &str, seed: u64, more: &[&str]) -> Ran {
    let node_arguments = ["stores-in", service, folder.token()];
    let seed = seed.to_string();
    let load = [&LOAD[..], &["--seed", &seed], more].concat();
    test_of(folder, fake::service_node(), &load, &node_arguments)
}

#[test]
fn a_store_in_lin_kv_is_linearizable_and_its_history_is_one_of_others() {
    let folder = Cases::new();
    let faults = ["--nemesis", "partition,pause", "--nemesis-interval", "0.2"];
    let ran = store(&folder, "lin-kv", 7, &faults);
    let says = [
        "lin-kv: 3 nodes, 1 s at 150 requests a second, 6 clients in groups of 6",
        "  keys              1, ",
        "  Maelstrom's rule  valid\n",
    ];
    ran.check(0, &says, "cluster: 1 valid, 0 not valid");
    let results = results(&runs(&folder)[0]);
    assert_eq!(results["lin_kv"]["keys"], 1);
    assert_eq!(results["maelstrom"]["valid?"], true);
    let checked = folder.harness(&["check", "out"]);
    checked.check(0, &says, "cluster: 1 valid, 0 not valid");
    let history = folder.harness(&["check", "-w", "lin-kv", "out/history.jsonl"]);
    history.check(0, &says[1..], "cluster: 1 valid, 0 not valid");
    let asked = lines(&folder, "out/history.jsonl").into_iter();
    let mut asked = asked.filter(|line| line["type"] == "invoke");
    assert!(asked.all(|line| line["key"] == 0));
}

#[test]
fn a_store_in_seq_kv_shows_old_values_and_what_contradicts_them_is_told_and_drawn() {
    // On a busy machine few requests are made in a second: then nobody may have read what was old.
    let tried = (7..12).map(|seed| {
        let folder = Cases::new();
        let ran = store(&folder, "seq-kv", seed, &[]);
        (folder, ran)
    });
    let mut stale = tried.filter(|(_, ran)| ran.status == 1);
    let (folder, ran) = stale.next().expect("one of five runs reads an old value");
    let says = ["  not linearizable: key 0: c", "    c", " (n", "├─ ", "─┤"];
    ran.check(1, &says, "cluster: 0 valid, 1 not valid");
    let checked = folder.harness(&["check", "out"]);
    checked.check(1, &says, "cluster: 0 valid, 1 not valid");
    let page = folder.read("out/report.html");
    for part in ["<figure class=\"lanes\"", "bar last", "<i class=\"point\""] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn clients_that_make_no_whole_group_are_refused_with_a_number_that_does() {
    let folder = Cases::new();
    let ran = store(&folder, "lin-kv", 7, &["--concurrency", "1n"]);
    let says = "lin-kv needs clients in groups of two a node, of which one reads and one writes: --concurrency \
                makes 3, which is no multiple of 6; leave it out, or say 2n or 4n";
    assert!(ran.stderr.contains(says), "{}", ran.stderr);
    assert_eq!(ran.status, 2);
}
