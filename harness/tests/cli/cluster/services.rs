//! `harness test` with nodes that ask Maelstrom's services: that these answer, and what is said of it.

use super::{lines, results, runs, test_of};
use crate::fake::{self, Cases, Ran};

const THREE: [&str; 4] = ["--node-count", "3", "--rate", "60"];

/// A counter whose sum is in seq-kv.
fn count(folder: &Cases, way: &str, more: &[&str]) -> Ran {
    let load = [
        &["-w", "g-counter", "--time-limit", "1"][..],
        &["--recovery", "1", "--seed", "7"],
        more,
    ];
    let node_arguments = [way, folder.token()];
    test_of(
        folder,
        fake::service_node(),
        &load.concat(),
        &node_arguments,
    )
}

#[test]
fn a_counter_in_seq_kv_is_right_whatever_is_cut_off_and_its_messages_are_counted_apart() {
    let folder = Cases::new();
    let faults = [
        "--nemesis",
        "partition,restart",
        "--nemesis-interval",
        "0.2",
    ];
    let ran = count(&folder, "counts", &[&THREE[..], &faults].concat());
    let says = [
        "  messages          0 between nodes, 0.00 per request\n",
        " messages to and from services, ",
    ];
    ran.check(0, &says, "cluster: 1 valid, 0 not valid");
    let messages = &results(&runs(&folder)[0])["messages"];
    assert_eq!(messages["between_nodes"], 0);
    assert!(
        messages["services"]["seq-kv"].as_u64().unwrap() > 20,
        "{messages}"
    );
    assert!(
        messages["services_per_request"].as_f64().unwrap() > 1.0,
        "{messages}"
    );
    let read = lines(&folder, "out/messages.jsonl").into_iter();
    let replies = read.filter(|line| line["src"]["service"] == "seq-kv");
    let mut states = replies.map(|line| line["served"]["state"].as_u64());
    assert!(states.all(|state| state.is_some()));
    let checked = folder.harness(&["check", "out"]);
    checked.check(0, &says, "cluster: 1 valid, 0 not valid");
    let page = folder.read("out/report.html");
    assert!(page.contains(r#""nodes":["n0","n1","n2","seq-kv"]"#));
}

#[test]
fn a_node_that_trusts_an_old_answer_of_seq_kv_is_told_which_state_it_came_from() {
    let folder = Cases::new();
    let many = ["--node-count", "5", "--rate", "200"];
    let ran = count(
        &folder,
        "remembers",
        &[&many[..], &["--max-msgs-per-op", "0.5"]].concat(),
    );
    let says = [
        "  wrong total: n",
        "  too many messages: 0 between nodes and ",
        "; n",
        " of seq-kv at ",
        ": it may answer from the past; only a write that changes something brings a client to the newest \
         state",
    ];
    ran.check(1, &says, "cluster: 0 valid, 1 not valid");
    let checked = folder.harness(&["check", "out"]);
    checked.check(1, &says, "cluster: 0 valid, 1 not valid");
}

#[test]
fn a_request_that_no_service_knows_is_warned_of() {
    let folder = Cases::new();
    let ran = count(&folder, "asks-for-more", &THREE);
    let says = "and 2 others sent seq-kv a request of type increment at ";
    let knows = "which seq-kv does not know: it knows read, write, cas, and answered error 10";
    ran.check(0, &[says, knows], "cluster: 1 valid, 0 not valid");
}
