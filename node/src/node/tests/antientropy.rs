//! Who is told what a node has, and when.

use super::*;

/// Whom a node tells what it has, of its own accord, within so many milliseconds; `n9` says a word
/// before each time.
fn told(bench: &mut Bench, milliseconds: u64, n9_lives: bool) -> Vec<String> {
    let mut told = Vec::new();
    let end = bench.milliseconds + milliseconds;
    while bench.milliseconds < end {
        bench.milliseconds += 250;
        let now = Duration::from_millis(bench.milliseconds);
        let output = show(&bench.node.tick(now));
        let whom = output.iter().filter_map(|line| line.get(3..5));
        told.extend(whom.map(str::to_owned));
        if n9_lives {
            let word =
                br#"{"src":"n9","dest":"n1","body":{"type":"broadcast_ack","in_reply_to":77}}"#;
            bench.node.handle(Moment::at(now), parse(word).unwrap());
        }
    }
    told
}

fn gossiping(seed: u64) -> Bench {
    Bench::with(&Settings {
        gossip_interval: Duration::from_secs(5),
        seed,
        ..Settings::default()
    })
}

#[test]
fn who_has_just_spoken_hears_first_and_often_and_nobody_else_twice_before_all_others() {
    for seed in 0..20 {
        let told = told(&mut gossiping(seed), 35_000, true);
        assert_eq!(told[0], "n9", "seed {seed}: {told:?}");
        let to_n9 = told.iter().filter(|peer| *peer == "n9").count();
        assert!((4..=5).contains(&to_n9), "seed {seed}: {told:?}");
        let mut others: Vec<_> = told.iter().filter(|peer| *peer != "n9").collect();
        let count = others.len();
        others.sort();
        others.dedup();
        assert!(count <= 3 && others.len() == count, "seed {seed}: {told:?}");
    }
}

#[test]
fn who_learns_what_it_had_missed_compares_again_soon() {
    let mut bench = gossiping(1);
    assert_eq!(told(&mut bench, 3000, false), [""; 0]);
    let repair = r#"{"type":"broadcast","message":7,"repair":true,"msg_id":1}"#;
    bench.check(
        "n2",
        repair,
        &[r#"to n2 {"type": "broadcast_ack", "in_reply_to": 1, "msg_id": 0}"#],
    );
    assert_eq!(told(&mut bench, 1000, false), [""; 0]);
    assert_eq!(
        told(&mut bench, 500, false).len(),
        1,
        "after a quarter of an interval"
    );
    bench.check(
        "n2",
        repair,
        &[r#"to n2 {"type": "broadcast_ack", "in_reply_to": 1, "msg_id": 2}"#],
    );
    assert_eq!(
        told(&mut bench, 4500, false),
        [""; 0],
        "that was nothing new"
    );
    assert_eq!(told(&mut bench, 750, false).len(), 1);
}
