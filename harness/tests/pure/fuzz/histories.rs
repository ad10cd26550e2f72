//! Histories that anything wrote: whatever stands in them, they are judged and told, or refused with a line.

use std::path::Path;

use harness::cluster::format::bare;
use harness::cluster::judged::Judged;
use harness::cluster::limit::Limit;
use harness::cluster::workload::kind::WorkloadKind;
use harness::report::cluster::{results, summary};
use proptest::prelude::*;
use proptest::sample::select;

use super::parsers::is_of;
use super::samples::Form;
use super::texts::text;

const WORDS: &[&str] = &[
    "\"type\":\"ok\"",
    "\"type\":\"info\"",
    "\"type\":\"fail\"",
    "\"type\":\"invoke\"",
    "\"type\":\"late\",\"operation\":0",
    "\"process\":1",
    "\"value\":null",
    "\"error\":[22,\"x\"]",
    "\"error\":[20,\"x\"]",
    "\"final\":true",
    "\"key\":\"x\"",
    "[[\"r\",\"x\",[1,2]],[\"append\",\"y\",3]]",
    "[[\"w\",\"x\",1],[\"r\",\"x\",2]]",
    "[[\"poll\",{\"7\":[[0,1],[9,2]]}]]",
    "[[\"send\",\"7\",[4611686018427387904,2]]]",
    "9223372036854775808",
    "-1",
];

const COUNTER: Form = Form {
    good: r#"{"process":0,"type":"invoke","f":"add","value":3}
{"process":0,"type":"ok","f":"add","value":3}
{"process":1,"type":"invoke","f":"read","value":null,"final":true}
{"process":1,"type":"ok","f":"read","value":3,"final":true}
"#,
    words: WORDS,
};

const SET: Form = Form {
    good: r#"{"process":0,"type":"invoke","f":"add","value":3}
{"process":0,"type":"info","f":"add","value":3}
{"process":1,"type":"invoke","f":"read","value":null,"final":true}
{"process":1,"type":"ok","f":"read","value":[3],"final":true}
"#,
    words: WORDS,
};

const IDS: Form = Form {
    good: r#"{"process":0,"type":"invoke","f":"generate"}
{"process":1,"type":"invoke","f":"generate"}
{"process":0,"type":"ok","f":"generate","value":1}
{"process":1,"type":"ok","f":"generate","value":{"a":[1.0]}}
"#,
    words: WORDS,
};

const KEYS: Form = Form {
    good: r#"{"time":10,"process":0,"type":"invoke","f":"write","key":"x","value":1}
{"time":20,"process":1,"type":"invoke","f":"cas","key":"x","value":[1,2]}
{"time":30,"process":0,"type":"ok","f":"write","key":"x","value":1}
{"time":40,"process":1,"type":"fail","f":"cas","key":"x","value":[1,2],"error":[22,"no"]}
{"time":50,"process":2,"type":"invoke","f":"read","key":"x","value":null}
{"time":60,"process":2,"type":"ok","f":"read","key":"x","value":7}
"#,
    words: WORDS,
};

const LOGS: Form = Form {
    good: r#"{"process":0,"type":"invoke","f":"assign","value":["7"]}
{"process":0,"type":"ok","f":"assign","value":["7"]}
{"process":1,"type":"invoke","f":"send","value":[["send","7",1]]}
{"process":1,"type":"ok","f":"send","value":[["send","7",[5,1]]]}
{"process":0,"type":"invoke","f":"poll","value":[["poll"]]}
{"process":0,"type":"ok","f":"poll","value":[["poll",{"7":[[5,1]]}]]}
{"process":1,"type":"invoke","f":"crash"}
{"process":1,"type":"info","f":"crash"}
"#,
    words: WORDS,
};

const LISTS: Form = Form {
    good: r#"{"process":0,"type":"invoke","f":"txn","value":[["append","x",1],["r","y",null]]}
{"process":1,"type":"invoke","f":"txn","value":[["append","y",2],["r","x",null]]}
{"process":0,"type":"ok","f":"txn","value":[["append","x",1],["r","y",[]]]}
{"process":1,"type":"ok","f":"txn","value":[["append","y",2],["r","x",[1]]]}
"#,
    words: WORDS,
};

const REGISTERS: Form = Form {
    good: r#"{"process":0,"type":"invoke","f":"txn","value":[["w","x",1],["r","y",null]]}
{"process":1,"type":"invoke","f":"txn","value":[["r","x",null],["w","x",2]]}
{"process":0,"type":"info","f":"txn","value":[["w","x",1],["r","y",null]]}
{"process":1,"type":"ok","f":"txn","value":[["r","x",1],["w","x",2]]}
"#,
    words: WORDS,
};

/// A workload, and what a history of its looks like.
const FORMS: [(WorkloadKind, Form); 8] = [
    (WorkloadKind::PnCounter, COUNTER),
    (WorkloadKind::GSet, SET),
    (WorkloadKind::Broadcast, SET),
    (WorkloadKind::UniqueIds, IDS),
    (WorkloadKind::LinKv, KEYS),
    (WorkloadKind::Kafka, LOGS),
    (WorkloadKind::TxnListAppend, LISTS),
    (WorkloadKind::TxnRwRegister, REGISTERS),
];

proptest! {
    #![proptest_config(super::config())]

    #[test]
    fn a_history_of_others_is_judged_and_told_or_has_a_place(
        (workload, bytes) in select(&FORMS[..])
            .prop_flat_map(|(workload, form)| (Just(workload), text(form))),
    ) {
        match bare::read(workload, &bytes) {
            Err(error) => is_of(&bytes, &error)?,
            Ok(recording) => {
                let judged = Judged::of(recording, Limit::NONE);
                let results = results::results(&judged, "again");
                prop_assert!(results.is_object());
                let told = summary::complaints(&judged, Path::new("out"));
                let is_valid = judged.verdict.is_valid();
                prop_assert!(is_valid || !told.is_empty(), "{:?}", judged.verdict);
                prop_assert!(told.iter().all(|one| !one.trim().is_empty()));
            }
        }
    }
}

#[test]
fn each_form_is_a_history() {
    for (workload, form) in FORMS {
        if workload != WorkloadKind::Broadcast {
            let read = bare::read(workload, form.good.as_bytes());
            assert!(read.is_ok(), "{workload:?}: {:?}", read.err());
        }
    }
}
