//! What the words of a command line make of a test.

use clap::Parser;

use super::*;
use crate::txn::model::Model;

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    test: TestArguments,
}

fn settings(line: &str) -> Settings {
    let words = std::iter::once("test").chain(line.split_whitespace());
    Line::try_parse_from(words)
        .unwrap()
        .test
        .settings(7)
        .unwrap()
}

#[test]
fn without_a_word_it_is_maelstroms_default() {
    let default = Settings {
        seed: 7,
        ..Settings::default()
    };
    assert_eq!(settings(""), default);
    assert_eq!(
        settings("-w broadcast --node-count 5 --time-limit 60 --rate 5"),
        default
    );
}

#[test]
fn maelstroms_flags_mean_what_they_mean_there() {
    let test = settings(
        "-w broadcast --nodes a,b,n --time-limit 2.5 --rate 100 --concurrency 4n --latency 100 \
         --latency-dist exponential --topology tree4 --nemesis partition,kill \
         --nemesis-interval 3 --availability total",
    );
    assert_eq!(test.nodes, ["a", "b", "n"]);
    assert_eq!(test.clients, 12);
    assert_eq!(test.time_limit, Duration::from_millis(2500));
    assert_eq!(test.latency, Duration::from_millis(100));
    assert_eq!(test.distribution, Distribution::Exponential);
    assert_eq!(test.topology, Topology::Tree(4));
    assert_eq!(test.nemesis, [FaultKind::Partition, FaultKind::Kill]);
    assert_eq!(test.nemesis_interval, Duration::from_secs(3));
    assert_eq!(test.budgets.availability, Some(1.0));
    assert_eq!(settings("--concurrency 3").clients, 3);
}

#[test]
fn timeouts_are_settings() {
    let test = settings("--profile 3c --client-timeout 300ms --init-timeout 30 --exit-timeout 0");
    assert_eq!(test.client_timeout, Duration::from_millis(300));
    assert_eq!(test.init_timeout, Duration::from_secs(30));
    assert_eq!(test.exit_timeout, Duration::ZERO);
}

#[test]
fn a_profile_is_a_challenge_and_what_is_said_beats_it() {
    for (profile, nodes, rate, latency, budget) in [
        ("3a", 1, 10.0, 0, None),
        ("3b", 5, 10.0, 0, None),
        ("3c", 5, 10.0, 0, None),
        ("3d", 25, 100.0, 100, Some((30.0, 400, 600))),
        ("3e", 25, 100.0, 100, Some((20.0, 1000, 2000))),
    ] {
        let test = settings(&format!("--profile {profile}"));
        assert_eq!(
            (test.nodes.len(), test.clients, test.rate),
            (nodes, nodes, rate)
        );
        assert_eq!(test.time_limit, Duration::from_secs(20));
        assert_eq!(test.latency, Duration::from_millis(latency));
        assert_eq!(test.nemesis.len(), usize::from(profile == "3c"));
        let milliseconds = Duration::from_millis;
        let budgets = budget.map(|(messages, median, maximum)| Budgets {
            availability: None,
            messages_per_operation: Some(messages),
            latency: vec![(0.5, milliseconds(median)), (1.0, milliseconds(maximum))],
        });
        assert_eq!(test.budgets, budgets.unwrap_or_default());
    }
    for (profile, nodes) in [("5a", 1), ("5b", 2), ("5c", 2)] {
        let test = settings(&format!("--profile {profile}"));
        assert_eq!(test.workload, WorkloadKind::Kafka);
        assert_eq!(
            (test.nodes.len(), test.clients, test.rate),
            (nodes, 2 * nodes, 1000.0)
        );
        assert_eq!(test.time_limit, Duration::from_secs(20));
        let test = settings(&format!("--profile {profile} --node-count 3"));
        assert_eq!(test.clients, 6, "two for each node");
    }
    for (profile, nodes, model, cuts) in [
        ("6a", 1, Model::ReadUncommitted, false),
        ("6b", 2, Model::ReadUncommitted, false),
        ("6c", 2, Model::ReadCommitted, true),
    ] {
        let test = settings(&format!("--profile {profile}"));
        assert_eq!(test.workload, WorkloadKind::TxnRwRegister);
        assert_eq!(
            (test.nodes.len(), test.clients, test.rate),
            (nodes, 2 * nodes, 1000.0)
        );
        assert_eq!(test.judging.models, [model]);
        assert_eq!(test.judging.converges, nodes > 1);
        assert_eq!(test.nemesis.is_empty(), !cuts);
        let total = (profile != "6b").then_some(1.0);
        assert_eq!(test.budgets.availability, total);
        let test = settings(&format!(
            "--profile {profile} --consistency-models pl-3,causal"
        ));
        assert_eq!(test.judging.models, [Model::Serializable, Model::Causal]);
    }
    for faults in ["--nemesis kill", "--loss 0.1"] {
        let test = settings(&format!("--profile 3d {faults}"));
        assert_eq!(test.budgets.messages_per_operation, Some(30.0));
        assert_eq!(test.budgets.latency, [], "what is cut off arrives late");
    }
    let test = settings("--profile 3d --node-count 3 --max-latency P99=5 --nemesis kill");
    assert_eq!(test.nodes.len(), 3);
    assert_eq!(test.budgets.latency, [(0.99, Duration::from_millis(5))]);
    assert_eq!(test.nemesis, [FaultKind::Kill]);
    let both = settings("--profile 3c --nemesis kill,partition").nemesis;
    assert_eq!(both, [FaultKind::Partition, FaultKind::Kill]);
}

#[test]
fn model_that_is_said_of_single_objects_is_refused_with_that_of_transactions() {
    for (name, model) in [
        ("linearizable", "strict-serializable"),
        ("Sequential", "strong-session-serializable"),
    ] {
        let refused = parse_models(name).unwrap_err();
        assert!(refused.starts_with(&format!("{name:?} is said of single objects")));
        assert!(refused.ends_with(model), "{refused}");
    }
    let refused = parse_models("read-commited").unwrap_err();
    assert!(
        refused.ends_with("did you mean read-committed?"),
        "{refused}"
    );
}

#[test]
fn what_makes_no_sense_is_refused() {
    for line in [
        "--time-limit 0",
        "--time-limit -1",
        "--time-limit x",
        "--time-limit 1e300",
        "--time-limit 1e300s",
        "--time-limit 0ms",
        "--time-limit 3x",
        "--time-limit infs",
        "--time-limit -1s",
        "--recovery 11s",
        "--client-timeout 0",
        "--client-timeout x",
        "--init-timeout 0ms",
        "--init-timeout -1",
        "--exit-timeout -1",
        "--latency 1y",
        "--rate 0",
        "--rate nan",
        "--loss 1.5",
        "--loss -0.1",
        "--availability 2",
        "--concurrency 0",
        "--concurrency n",
        "--topology ring",
        "--nemesis crash",
        "--recovery 11",
        "--max-latency 50=400",
        "--max-latency P101=4",
        "--nodes c1",
        "--nodes a/b",
        "--nodes ..",
        "--node-count 0",
        "--node-count 2 --nodes a",
        "--latency -1",
        "-w lin_kv",
        "--profile 3f",
        "--test-count 0",
        "--test-count 1000000000",
        "--node-count 1001",
        "--node-count 1000000000",
        "--rate 1e300",
        "--jobs 1000000000",
        "--concurrency 18446744073709551615n",
        "--seed -1",
    ] {
        let words = std::iter::once("test").chain(line.split_whitespace());
        assert!(Line::try_parse_from(words).is_err(), "{line}");
    }
    let same = Line::try_parse_from(["test", "--nodes", "a,b,a"]).unwrap();
    assert_eq!(
        same.test.settings(0),
        Err(BadTest::SameName("a".to_owned()))
    );
}

#[test]
fn what_is_too_large_to_be_judged_is_refused() {
    let thousand = (0..1001).map(|n| format!("a{n}")).collect::<Vec<_>>();
    for (line, limit) in [
        (
            format!("--nodes {}", thousand.join(",")),
            Some("1001 nodes are too many"),
        ),
        (
            "--node-count 251 --topology total".to_owned(),
            Some("too many for --topology total"),
        ),
        ("--node-count 1000".to_owned(), None),
        ("--concurrency 10001".to_owned(), Some("10001 clients")),
        (
            "--node-count 1000 --concurrency 1000000n".to_owned(),
            Some("1000000000 clients"),
        ),
        (
            "--rate 1000 --time-limit 101".to_owned(),
            Some("101000 requests"),
        ),
        ("--rate 1000 --time-limit 100".to_owned(), None),
        (
            "--rate 100000 --time-limit 1e6".to_owned(),
            Some("100000000000 requests"),
        ),
        (
            "--nemesis partition --nemesis-interval 1e-9".to_owned(),
            Some("30000000000 faults"),
        ),
        (
            "--nemesis kill,pause --nemesis-interval 0.01".to_owned(),
            Some("6000 faults"),
        ),
        ("--nemesis-interval 1e-9".to_owned(), None),
        (
            "--nemesis partition --nemesis-interval 0.03".to_owned(),
            None,
        ),
    ] {
        let words = std::iter::once("test").chain(line.split_whitespace());
        let made = Line::try_parse_from(words).unwrap().test.settings(7);
        match (made, limit) {
            (Ok(_), None) => {}
            (Err(BadTest::TooLarge(found)), Some(limit)) => {
                assert!(found.to_string().contains(limit), "{line}: {found}");
            }
            (made, _) => panic!("{line}: {made:?}"),
        }
    }
}

#[test]
fn every_time_may_have_its_unit() {
    for (plain, with_unit) in [
        ("--time-limit 3", "--time-limit 3s"),
        ("--time-limit 0.3", "--time-limit 300ms"),
        ("--time-limit 2.5", "--time-limit 2.5s"),
        ("--time-limit 90", "--time-limit 1m30s"),
        ("--nemesis-interval 4", "--nemesis-interval 4s"),
        ("--recovery 0", "--recovery 0s"),
        ("--recovery 2", "--recovery 2000ms"),
        ("--client-timeout 0.3", "--client-timeout 300ms"),
        ("--init-timeout 30", "--init-timeout 30s"),
        ("--exit-timeout 0", "--exit-timeout 0ms"),
        ("--latency 100", "--latency 100ms"),
        ("--latency 100", "--latency 0.1s"),
        (
            "--max-latency P50=400,P100=1000",
            "--max-latency P50=400ms,P100=1s",
        ),
    ] {
        assert_eq!(settings(plain), settings(with_unit), "{with_unit}");
    }
}

/// The commands that the challenges of Gossip Glomers give, but for the program and its node, with the profile
/// that stands for each.
const CHALLENGES: [(&str, &str); 16] = [
    ("1", "-w echo --node-count 1 --time-limit 10"),
    (
        "2",
        "-w unique-ids --time-limit 30 --rate 1000 --node-count 3 --availability total --nemesis partition",
    ),
    (
        "3a",
        "-w broadcast --node-count 1 --time-limit 20 --rate 10",
    ),
    (
        "3b",
        "-w broadcast --node-count 5 --time-limit 20 --rate 10",
    ),
    (
        "3c",
        "-w broadcast --node-count 5 --time-limit 20 --rate 10 --nemesis partition",
    ),
    (
        "3d",
        "-w broadcast --node-count 25 --time-limit 20 --rate 100 --latency 100 --max-msgs-per-op 30 \
         --max-latency P50=400,P100=600",
    ),
    (
        "3e",
        "-w broadcast --node-count 25 --time-limit 20 --rate 100 --latency 100 --max-msgs-per-op 20 \
         --max-latency P50=1000,P100=2000",
    ),
    (
        "4",
        "-w g-counter --node-count 3 --rate 100 --time-limit 20 --nemesis partition",
    ),
    (
        "5a",
        "-w kafka --node-count 1 --concurrency 2n --time-limit 20 --rate 1000",
    ),
    (
        "5b",
        "-w kafka --node-count 2 --concurrency 2n --time-limit 20 --rate 1000",
    ),
    (
        "5c",
        "-w kafka --node-count 2 --concurrency 2n --time-limit 20 --rate 1000",
    ),
    (
        "6a",
        "-w txn-rw-register --node-count 1 --time-limit 20 --rate 1000 --concurrency 2n --consistency-models \
         read-uncommitted --availability total",
    ),
    (
        "6b",
        "-w txn-rw-register --node-count 2 --concurrency 2n --time-limit 20 --rate 1000 --consistency-models \
         read-uncommitted",
    ),
    (
        "6b --availability total --nemesis partition",
        "-w txn-rw-register --node-count 2 --concurrency 2n --time-limit 20 --rate 1000 --consistency-models \
         read-uncommitted --availability total --nemesis partition",
    ),
    (
        "6c",
        "-w txn-rw-register --node-count 2 --concurrency 2n --time-limit 20 --rate 1000 --consistency-models \
         read-committed --availability total --nemesis partition",
    ),
    (
        "6c --consistency-models read-committed,snapshot-isolation",
        "-w txn-rw-register --node-count 2 --concurrency 2n --time-limit 20 --rate 1000 --consistency-models \
         read-committed,snapshot-isolation --availability total --nemesis partition",
    ),
];

#[test]
fn commands_of_the_challenges_are_what_their_profiles_are() {
    for (profile, command) in CHALLENGES {
        let by_profile = settings(&format!("--profile {profile}"));
        let mut by_command = settings(command);
        // That both nodes must agree in the end is no flag of Maelstrom's.
        by_command.judging.converges = by_profile.judging.converges;
        assert_eq!(by_command, by_profile, "{profile}");
    }
}

#[test]
fn commands_of_maelstroms_guide_are_taken() {
    for (command, workload, clients) in [
        (
            "-w lin-kv --node-count 3 --concurrency 4n --rate 30 --time-limit 60 --nemesis partition \
             --nemesis-interval 10 --test-count 10",
            WorkloadKind::LinKv,
            12,
        ),
        (
            "-w lin-kv --time-limit 10 --rate 10 --node-count 1 --concurrency 2n",
            WorkloadKind::LinKv,
            2,
        ),
        (
            "-w lin-kv --node-count 3 --concurrency 10n --rate 100",
            WorkloadKind::LinKv,
            30,
        ),
        (
            "-w txn-list-append --time-limit 10 --node-count 2 --rate 100 --consistency-models serializable",
            WorkloadKind::TxnListAppend,
            2,
        ),
        (
            "-w txn-list-append --time-limit 10 --node-count 1 --rate 5",
            WorkloadKind::TxnListAppend,
            1,
        ),
        ("-w g-set --time-limit 20 --rate 10", WorkloadKind::GSet, 5),
        (
            "-w g-counter --time-limit 20 --rate 10",
            WorkloadKind::GCounter,
            5,
        ),
        (
            "-w pn-counter --time-limit 30 --rate 10 --nemesis partition",
            WorkloadKind::PnCounter,
            5,
        ),
        (
            "-w broadcast --time-limit 5 --rate 10 --topology tree4",
            WorkloadKind::Broadcast,
            5,
        ),
    ] {
        let settings = settings(command);
        assert_eq!(
            (settings.workload, settings.clients),
            (workload, clients),
            "{command}"
        );
    }
}
