//! Small histories, each with its anomalies by name, and the models that they break.

use super::analysis::{Analysis, analyze};
use super::anomaly::{AnomalyKind, CycleKind, Extra, LinkReason};
use super::atom::Atom;
use super::effort::Effort;
use super::model::{Model, RuledOut};
use super::{Access, Ended, MicroOperation, ObjectKind, Observed, Transaction};

mod notation;
mod properties;
mod stores;

use notation::{History, names};

/// The anomalies of lists, of transactions that all overlap.
fn lists(transactions: &[&str]) -> Vec<&'static str> {
    names(&History::concurrent(transactions).analyze(ObjectKind::List))
}

fn registers(transactions: &[&str]) -> Vec<&'static str> {
    names(&History::concurrent(transactions).analyze(ObjectKind::Register))
}

#[test]
fn a_right_history_has_no_anomaly() {
    assert_eq!(lists(&["wx1 ry", "rx1 wy1", "rx1 ry1"]), [""; 0]);
    assert_eq!(registers(&["wx1 ry", "rx1 wy1", "rx1 ry1"]), [""; 0]);
    assert_eq!(lists(&[]), [""; 0]);
}

#[test]
fn a_read_by_itself_can_be_wrong() {
    for (history, anomaly) in [
        (&["rx7"][..], "garbage-read"),
        (&["rx1 wx1"], "future-read"),
        (&["wx1 rx"], "internal"),
        (&["wx1", "rx rx1"], "internal"),
        (&["fail wx1", "rx1"], "G1a"),
        (&["wx1 wx2", "rx1"], "G1b"),
    ] {
        assert!(lists(history).contains(&anomaly), "{history:?}");
        assert!(registers(history).contains(&anomaly), "{history:?}");
    }
    assert!(lists(&["wx1", "wx2", "rx121"]).contains(&"duplicate-elements"));
    assert!(lists(&["wx1", "wx2", "rx12", "rx2"]).contains(&"incompatible-order"));
    assert!(lists(&["fail wx1", "wx2", "rx12"]).contains(&"dirty-update"));
    assert_eq!(lists(&["wx1 wx2", "rx21"])[0], "reordered-appends");
    assert_eq!(
        lists(&["info wx1", "rx1"]),
        [""; 0],
        "it may have committed"
    );
    let own = |history: &[&str], objects| {
        let analysis = History::concurrent(history).analyze(objects);
        analysis.has(AnomalyKind::OwnWrite)
    };
    for (history, is_own) in [
        (&["wx1 rx1 rx"][..], true),
        (&["wx1 rx1 rx1"], false),
        (&["wx1", "rx1 rx"], false),
    ] {
        assert_eq!(own(history, ObjectKind::Register), is_own, "{history:?}");
        assert_eq!(own(history, ObjectKind::List), is_own, "{history:?}");
    }
    let aborted = History::serial(&["rx1", "fail wx1"]).analyze(ObjectKind::Register);
    assert_eq!(names(&aborted), ["early-read", "G1a"]);
    let late = History::serial(&["rx1", "wx1"]).analyze(ObjectKind::Register);
    assert_eq!(names(&late), ["early-read", "G1c-realtime"]);
}

#[test]
fn cycles_are_named_by_their_dependencies() {
    let all = ["wx1 wy1", "wx2 wy2", "rx12 ry21"];
    assert_eq!(lists(&all), ["G0"]);
    assert_eq!(lists(&["wx1 ry1", "wy1 rx1"]), ["G1c"]);
    assert_eq!(lists(&["wx1 wy1", "rx1 ry"]), ["G-single-item"]);
    assert_eq!(lists(&["rx wy1", "ry wx1"]), ["G2-item"]);
    let nonadjacent = ["wx1", "wy1", "rx1 ry", "ry1 rx"];
    assert_eq!(lists(&nonadjacent), ["G-nonadjacent-item"]);
    assert_eq!(
        lists(&["wx1", "rx wx2", "rx wx3", "rx123"])[0],
        "lost-update"
    );
    assert_eq!(
        registers(&["rx1 wx2", "rx2 wx1"]),
        ["cyclic-versions", "G1c"]
    );
}

#[test]
fn the_order_of_sessions_and_of_real_time_counts_where_a_model_wants_it() {
    let stale = ["wx1", "rx"];
    let history = History::serial(&stale);
    assert_eq!(
        names(&history.analyze(ObjectKind::List)),
        ["G-single-item-realtime"]
    );
    let history = history.of_one_session();
    assert_eq!(
        names(&history.analyze(ObjectKind::List)),
        ["G-single-item-process"]
    );
    assert_eq!(names(&history.analyze_plain(ObjectKind::List)), [""; 0]);
}

#[test]
fn each_edge_of_a_cycle_says_why_it_is_there() {
    let analysis = History::concurrent(&["wx1 wy1", "rx1 ry"]).analyze(ObjectKind::List);
    let super::anomaly::AnomalyEvidence::Cycle(links) = &analysis.anomalies[0].evidence else {
        panic!("{analysis:?}");
    };
    let key = |name: &str| Atom::of(&name.into());
    assert_eq!(
        links
            .iter()
            .map(|link| link.why.clone())
            .collect::<Vec<_>>(),
        [
            LinkReason::Missed {
                key: key("y"),
                read: None,
                after: Atom::Integer(1)
            },
            LinkReason::Observed {
                key: key("x"),
                value: Atom::Integer(1)
            }
        ]
    );
}

#[test]
fn what_only_an_odd_read_shows_did_not_come_after_the_others() {
    // 9 was undone, as far as anybody knows; that it came after 4, and before 4 elsewhere, proves nothing.
    let all = ["info wx9 wy9", "wx1 wx3 wx4 wy4", "rx19", "rx134", "ry9"];
    let found = History::concurrent(&all).analyze_plain(ObjectKind::List);
    assert_eq!(names(&found), ["incompatible-order"]);
}

#[test]
fn many_readers_and_writers_of_one_version_need_no_edge_for_each_pair() {
    let readers = vec!["rx"; 2_000];
    let writes: Vec<_> = (1..=2_000).map(|value| format!("wx{value}")).collect();
    let all = writes.iter().map(String::as_str);
    let all: Vec<_> = readers.into_iter().chain(all).collect();
    let analysis = History::concurrent(&all).analyze_plain(ObjectKind::Register);
    assert!(analysis.edges < 10_000, "{}", analysis.edges);
    assert_eq!(names(&analysis), [""; 0]);
}

#[test]
fn many_that_overlap_need_no_edge_for_each_pair_in_real_time() {
    let mut all = vec!["rx"; 2_000];
    all[0] = "wx1";
    all.extend(vec!["rx1"; 1_999]);
    all.push("rx");
    all.extend(vec!["rx1"; 2_000]);
    let history = History::concurrent(&all).in_batches(2_000);
    let analysis = history.analyze(ObjectKind::List);
    assert!(analysis.edges < 20_000, "{}", analysis.edges);
    assert_eq!(names(&analysis), ["G-single-item-realtime"]);
    let members = analysis.anomalies[0].evidence.transactions();
    assert_eq!(members, [3_999, 0], "what had ended before");
}

#[test]
fn search_that_is_given_up_tells_a_cycle_that_is_as_bad() {
    let effort = || Effort::until(&|| false).with_patience(|_| 0);
    let nonadjacent = ["wx1", "wy1", "rx1 ry", "ry1 rx"];
    for (history, told) in [
        (&["wx1 wy1", "wx2 wy2", "rx12 ry21"][..], "G0"),
        (&["wx1 ry1", "wy1 rx1"], "G1c"),
        (&["wx1 wy1", "rx1 ry"], "G-single-item"),
        (&nonadjacent, "G-nonadjacent-item"),
        (&["rx wy1", "ry wx1"], "G2-item"),
    ] {
        let history = History::concurrent(history);
        let found = history.analyze_with(ObjectKind::List, Extra::None, &effort());
        assert_eq!(names(&found), [told]);
        assert!(!found.open.is_empty());
    }
    let history = History::concurrent(&nonadjacent);
    let found = history.analyze_with(ObjectKind::List, Extra::None, &effort());
    let single = (CycleKind::GSingle, Extra::None);
    assert!(
        found.open.contains(&single),
        "whether there is one is unknown"
    );
}

#[test]
fn lists_that_differ_are_told_beside_elements_that_stand_twice() {
    let of_two_keys = ["wx1", "wx2", "rx121", "wy1", "wy2", "ry12", "ry2"];
    let of_one_key = ["wx1", "wx2", "rx121", "rx2"];
    let in_one_read = ["wx1", "wx2", "rx12", "rx212"];
    for history in [&of_two_keys[..], &of_one_key, &in_one_read] {
        let found = lists(history);
        let both = ["duplicate-elements", "incompatible-order"];
        assert_eq!(found[..2], both, "{history:?}");
    }
}

#[test]
fn a_value_that_two_transactions_wrote_is_ambiguous() {
    let analysis = History::concurrent(&["wx1", "wx1", "rx1"]).analyze(ObjectKind::Register);
    assert!(analysis.ambiguous.is_some());
    let analysis = History::concurrent(&["wx1", "fail wx1", "rx1"]).analyze(ObjectKind::Register);
    assert_eq!((names(&analysis), analysis.ambiguous), (vec![], None));
}

#[test]
fn models_forbid_what_their_weaker_ones_forbid() {
    for model in Model::all() {
        assert_eq!(Model::named(model.name()), Some(model));
        assert!(model.implies(Model::ReadUncommitted), "{model:?}");
        assert!(Model::StrictSerializable.implies(model), "{model:?}");
    }
    assert_eq!(Model::named("pl-2.99"), Some(Model::RepeatableRead));
    assert_eq!(Model::named("read-commited"), None);
    let not = |history: &[&str]| {
        let analysis = History::concurrent(history).analyze(ObjectKind::List);
        let kinds = analysis.anomalies.iter().map(|anomaly| anomaly.kind);
        let RuledOut { not, also_not } = RuledOut::by(&kinds.collect());
        assert!(also_not.contains(&Model::StrictSerializable));
        not.into_iter().map(Model::name).collect::<Vec<_>>()
    };
    assert_eq!(not(&["rx wy1", "ry wx1"]), ["repeatable-read"]);
    assert_eq!(
        not(&["wx1 wy1", "rx1 ry"]),
        ["consistent-view", "repeatable-read"]
    );
    assert_eq!(not(&["wx1 ry1", "wy1 rx1"]), ["read-committed"]);
}

#[test]
fn of_many_anomalies_of_one_kind_the_same_one_is_told_each_time() {
    let of_key = |key| {
        [
            format!("fail w{key}1"),
            format!("w{key}2"),
            format!("r{key}12"),
        ]
    };
    let all: Vec<_> = ('a'..='z').flat_map(of_key).collect();
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    let told = || {
        format!(
            "{:?}",
            History::concurrent(&all)
                .analyze(ObjectKind::List)
                .anomalies
        )
    };
    let first = told();
    assert!(first.contains("DirtyUpdate"), "{first}");
    for _ in 0..5 {
        assert_eq!(told(), first);
    }
}
