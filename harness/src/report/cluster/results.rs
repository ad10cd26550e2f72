//! The results of a run as JSON: `results.json`.

use serde_json::{Map, Value, json};

use super::summary::{names, purpose_name};
use super::{silence, warnings, words};
use crate::cluster::checker::figures::Figures;
use crate::cluster::checker::finding::{Finding, Judgement, Unjudged};
use crate::cluster::history::Machine;
use crate::cluster::judged::Judged;
use crate::cluster::recording::Recording;

/// The whole file. `again`: the command that repeats the run.
pub fn results(judged: &Judged, again: &str) -> Value {
    let names = names(judged);
    let verdict = &judged.verdict;
    let figures = &verdict.figures;
    let findings = verdict.findings.iter().map(|finding| {
        json!({"kind": kind(finding), "text": words::finding(finding, &names).join("\n")})
    });
    let unjudged = verdict.unjudged.iter().map(|one| {
        let kind = match one {
            Unjudged::StillStarting { .. } => "still_starting",
            Unjudged::TooSlow { .. } => "too_slow",
            Unjudged::Unavailable { .. } => "unavailable",
            Unjudged::Unanswered { .. } => "unanswered",
            Unjudged::NothingToCheck(_) => "nothing_to_check",
            Unjudged::GaveUp { .. } | Unjudged::CyclesOpen { .. } => "gave_up",
            Unjudged::AmbiguousWrite { .. } => "ambiguous_write",
        };
        json!({"kind": kind, "text": silence::unjudged(one, &names).join("\n")})
    });
    let warned = verdict
        .warnings
        .iter()
        .map(|warning| warnings::warning(warning, &names));
    let faults = figures
        .faults
        .iter()
        .map(|fault| warnings::fault(fault, &names));
    let mut all = json!({
        "workload": judged.recording.settings.workload.name(),
        "valid": match verdict.judgement() {
            Judgement::Valid => json!(true),
            Judgement::Invalid => json!(false),
            // No program takes it for a success.
            Judgement::Unjudged => Value::Null,
        },
        "seed": judged.recording.settings.seed,
        "again": again,
        "findings": findings.collect::<Value>(),
        "unjudged": unjudged.collect::<Value>(),
        "warnings": warned.collect::<Value>(),
        "requests": {
            "count": figures.operations,
            "counted": figures.counted,
            "ok": figures.ok,
            "availability": figures.availability(),
        },
        "messages": messages(figures, &judged.recording),
        "faults": faults.collect::<Value>(),
        "machine": figures.machine.as_ref().map(machine),
    });
    if let (Some(all), Some(replies)) = (all.as_object_mut(), &figures.replies) {
        all.extend(replies.results());
    }
    all
}

fn machine(machine: &Machine) -> Value {
    json!({
        "cores": machine.cores,
        "timers": machine.timers,
        "late_max_ms": machine.late_max.as_secs_f64() * 1000.0,
        "late_p99_ms": machine.late_p99.as_secs_f64() * 1000.0,
        "nodes_cpu_s": machine.cpu.as_secs_f64(),
        "nodes_waited_s": machine.waited.as_secs_f64(),
        "busy": machine.is_busy(),
    })
}

fn messages(figures: &Figures, recording: &Recording) -> Value {
    let traffic = &recording.traffic;
    let fates = traffic.fates();
    let purposes = traffic.purposes().iter();
    let purposes = purposes.map(|(purpose, number)| (purpose_name(purpose), Value::from(*number)));
    let services = traffic.services().iter();
    let services = services.map(|(service, number)| (service.name().into(), (*number).into()));
    json!({
        "between_nodes": figures.messages,
        "per_request": figures.messages_per_operation(),
        "services": services.collect::<Map<_, _>>(),
        "services_per_request": figures.service_messages_per_operation(),
        "purposes": purposes.collect::<Map<_, _>>(),
        "delivered": fates.delivered,
        "lost": fates.lost,
        "cut": fates.cut,
        "dead": fates.dead,
        "no_room": fates.no_room,
        "under_way": fates.under_way,
        "not_written_down": recording.rest.messages(),
    })
}

fn kind(finding: &Finding) -> &'static str {
    match finding {
        Finding::Unchecked(_) => "unchecked",
        Finding::Crashed { .. } => "crashed",
        Finding::Broke { .. } => "protocol",
        Finding::Storm(_) => "storm",
        Finding::Workload(what) => what.kind(),
        Finding::Unanswered { .. } => "unanswered",
        Finding::Unavailable { .. } => "unavailable",
        Finding::TooManyMessages { .. } => "too_many_messages",
        Finding::TooSlow { .. } => "too_slow",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cluster::journal::{Carried, Fate, Party};
    use crate::cluster::limit::Limit;
    use crate::cluster::settings::Settings;

    #[test]
    fn each_fate_has_its_number() {
        let fates = [
            ("delivered", Fate::Delivered),
            ("lost", Fate::Lost),
            ("cut", Fate::Cut(1)),
            ("dead", Fate::Dead(None)),
            ("no_room", Fate::NoRoom),
            ("under_way", Fate::UnderWay),
        ];
        let mut recording = Recording::new(Settings::default());
        let mut id = 0;
        for (count, (_, fate)) in (1..).zip(fates) {
            for _ in 0..count {
                let (from, to) = (Party::Node(0), Party::Node(1));
                recording.carried(&Carried {
                    id,
                    fate,
                    ..Carried::delivered(Duration::ZERO, from, to, "x")
                });
                id += 1;
            }
        }
        let results = results(&Judged::of(recording, Limit::NONE), "again");
        for (count, (name, _)) in (1..).zip(fates) {
            assert_eq!(results["messages"][name], count, "{name}");
        }
        assert_eq!(results["messages"]["between_nodes"], id);
        assert_eq!(results["messages"]["purposes"]["x"], id);
    }
}
