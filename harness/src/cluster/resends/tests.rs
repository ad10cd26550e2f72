//! Values that are sent again: for nothing, and for a reason.

use super::*;

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A message from one node to another, with the values in it.
fn says(
    (from, to): (usize, usize),
    sent: u64,
    kind: &str,
    fields: &str,
    values: &[usize],
) -> Carried {
    Carried {
        id: sent,
        sent: at(sent),
        values: values.to_vec(),
        line: format!(r#"{{"src":"x","dest":"y","body":{{"type":"{kind}"{fields}}}}}"#).into(),
        ..Carried::delivered(at(sent + 5), Party::Node(from), Party::Node(to), kind)
    }
}

/// Node 0 sends 7 to node 1, with this `msg_id`.
fn seven(sent: u64, id: u64) -> Carried {
    let fields = format!(r#","message":7,"msg_id":{id}"#);
    says((0, 1), sent, "broadcast", &fields, &[7])
}

/// Node 1 answers the message with this `msg_id`.
fn ok(sent: u64, id: u64) -> Carried {
    let fields = format!(r#","in_reply_to":{id}"#);
    says((1, 0), sent, "broadcast_ok", &fields, &[])
}

fn found(all: impl IntoIterator<Item = Carried>) -> Vec<Resent> {
    let mut resends = Resends::default();
    for carried in all {
        resends.carried(&carried);
    }
    resends.all().collect()
}

#[test]
fn what_is_sent_after_its_acknowledgement_came_is_counted() {
    let all =
        (0..4).flat_map(|number| [seven(100 * number, number), ok(100 * number + 10, number)]);
    let resent = Resent {
        from: 0,
        to: 1,
        value: 7,
        acknowledged: at(15),
        times: 3,
        all: 3,
    };
    assert_eq!(found(all), [resent]);
}

#[test]
fn an_acknowledgement_may_name_its_value_instead() {
    let ack = || says((1, 0), 10, "broadcast_ack", r#","message":7"#, &[7]);
    let bare = |sent| says((0, 1), sent, "tell", r#","value":7"#, &[7]);
    let times = |all| found(all).first().map(|resent: &Resent| resent.times);
    assert_eq!(times(vec![bare(0), ack(), bare(100), bare(200)]), Some(2));
    assert_eq!(times(vec![bare(0), bare(100), bare(200)]), None);
}

#[test]
fn what_nobody_acknowledged_may_be_sent_again() {
    let unheard = Carried {
        fate: Fate::Cut(1),
        ..ok(10, 0)
    };
    assert_eq!(found([seven(0, 0), unheard, seven(100, 1)]), []);
    let refused = says((1, 0), 10, "error", r#","in_reply_to":0,"code":11"#, &[]);
    assert_eq!(found([seven(0, 0), refused, seven(100, 1)]), []);
    // It crossed the acknowledgement on the way.
    assert_eq!(found([seven(0, 0), ok(10, 0), seven(12, 1)]), []);
    // Another one acknowledged it, or this one another value.
    let of_another = says((2, 0), 10, "broadcast_ok", r#","in_reply_to":0"#, &[]);
    assert_eq!(found([seven(0, 0), of_another, seven(100, 1)]), []);
    assert_eq!(found([seven(0, 0), ok(10, 5), seven(100, 1)]), []);
    let eight = says((0, 1), 100, "broadcast", r#","message":8,"msg_id":1"#, &[8]);
    assert_eq!(found([seven(0, 0), ok(10, 0), eight]), []);
}

#[test]
fn a_node_that_gossips_all_that_it_has_repeats_itself() {
    let gossip = |sent| {
        says(
            (0, 1),
            sent,
            "gossip",
            r#","messages":[7],"msg_id":1"#,
            &[7],
        )
    };
    assert_eq!(found([gossip(0), ok(10, 1), gossip(100), gossip(200)]), []);
}

#[test]
fn a_node_that_was_killed_knows_of_nothing_and_needs_it_again() {
    for node in [0, 1] {
        let mut resends = Resends::default();
        resends.carried(&seven(0, 0));
        resends.carried(&ok(10, 0));
        let fault = Fault::Restart(node);
        let what = What::FaultBegan { number: 1, fault };
        resends.event(&Event { time: at(50), what });
        // It was written before that, and comes after it.
        resends.carried(&ok(45, 0));
        resends.carried(&seven(100, 1));
        assert_eq!(resends.all().count(), 0, "{node}");
    }
}

#[test]
fn so_much_is_watched_and_no_more() {
    let mut resends = Resends::default();
    for number in 0..3000 {
        let value = usize::try_from(number).unwrap();
        let fields = format!(r#","message":{number},"msg_id":{number}"#);
        resends.carried(&says((0, 1), number, "broadcast", &fields, &[value]));
        let ack = format!(r#","message":{number}"#);
        resends.carried(&says((1, 0), number, "x_ack", &ack, &[value]));
    }
    let pair = &resends.pairs[&(0, 1)];
    assert!(pair.unanswered.len() <= UNANSWERED_MAX);
    assert_eq!(pair.acknowledged.len(), ACKNOWLEDGED_MAX);
}
