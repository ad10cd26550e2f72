//! Warnings, which make no run invalid, and the effects of faults, in sentences.

use super::words::storm;
use crate::cluster::checker::fault_figure::FaultFigure;
use crate::cluster::checker::finding::Warning;
use crate::cluster::names::{self, Names, grouped, time};
use crate::cluster::requests;
use crate::cluster::resends::Resent;
use crate::cluster::second_replies::WrittenReply;
use crate::cluster::service_clues::{ServiceErrors, WrittenKey};
use crate::cluster::service_use::UnknownRequest;
use crate::message;
use crate::net::fault::Fault;
use crate::net::fault::FaultKind;
use crate::phrases::fit;

/// A warning in one sentence.
pub fn warning(warning: &Warning, names: &Names<'_>) -> String {
    match warning {
        Warning::Storm(what) => storm(what, names),
        Warning::Resent { example, pairs } => resent(example, *pairs, names),
        Warning::Workload(what) => what.words(names),
        Warning::IdleKind { kind, faults } => idle(*kind, *faults, names.count()),
        Warning::IdleFault(figure) => {
            let nothing = did_nothing(figure.span.fault.kind());
            format!("{} {nothing}: it proved nothing", span(figure, names))
        }
        Warning::OnlyRings { cuts } => only_rings(cuts, names),
        Warning::AnsweredTwice {
            node,
            others,
            example,
        } => {
            let (first, second) = (&example.first, &example.second);
            format!(
                "{} answered a request more than once: {}'s {} at {} answers msg_id {}, as its {} at {} did",
                names.and_others(*node, others),
                names.node(*node),
                reply(second),
                time(second.sent),
                example.number,
                reply(first),
                time(first.sent),
            )
        }
        Warning::UnknownRequest { example, others } => unknown_request(example, others, names),
        Warning::ServiceErrors(errors) => service_errors(errors, names),
        Warning::SharedKey(key) => shared_key(key, names),
        Warning::LeftOut(messages) => format!(
            "messages.jsonl leaves out {} messages to stay below 48 MB: they are counted and judged all \
             the same",
            grouped(*messages)
        ),
        Warning::NothingLost => "no message was lost, in spite of --loss".to_owned(),
        Warning::NothingDuplicated => {
            "no message arrived twice, in spite of --duplicate".to_owned()
        }
    }
}

/// What a warning is called where it is counted.
pub fn label(warning: &Warning) -> &'static str {
    match warning {
        Warning::Storm(_) => "storm",
        Warning::Resent { .. } => "resent",
        Warning::Workload(what) => what.label(),
        Warning::AnsweredTwice { .. } => "answered twice",
        Warning::UnknownRequest { .. } => "unknown request",
        Warning::ServiceErrors(_) => "service errors",
        Warning::SharedKey(_) => "shared key",
        Warning::IdleKind { .. } | Warning::IdleFault(_) => "idle",
        Warning::OnlyRings { .. } => "only rings",
        Warning::LeftOut(_) => "not written down",
        Warning::NothingLost => "nothing lost",
        Warning::NothingDuplicated => "nothing duplicated",
    }
}

fn unknown_request(example: &UnknownRequest, others: &[usize], names: &Names<'_>) -> String {
    let known = example.service.requests().join(", ");
    let service = example.service.name();
    let times = match example.times {
        1 => String::new(),
        times => format!(" (the first of {times} such requests)"),
    };
    format!(
        "{} sent {service} a request of type {} at {}{times}, which {service} does not know: it knows {known}, \
         and answered error 10. Maelstrom's would never answer",
        names.and_others(example.node, others),
        fit::told(&example.kind),
        time(example.sent),
    )
}

fn service_errors(errors: &ServiceErrors, names: &Names<'_>) -> String {
    let code = errors.code.to_string();
    let name = requests::error_name(&code).map_or_else(String::new, |name| format!(" ({name})"));
    let advice = match errors.code {
        20 => "; cas makes the key where create_if_not_exists is true",
        22 => "; each such cas changed nothing: the node has to read again and try again",
        _ => "",
    };
    format!(
        "{} answered {} request{} of {} with error {code}{name}{advice}",
        errors.service.name(),
        grouped(errors.times),
        if errors.times == 1 { "" } else { "s" },
        names.subject(&errors.nodes),
    )
}

fn shared_key(key: &WrittenKey, names: &Names<'_>) -> String {
    format!(
        "{} wrote the key {} of {} with write, {} times: that undoes what another node has written since this \
         one read it; cas does not",
        names.subject(&key.nodes),
        fit::told(&key.key),
        key.service.name(),
        grouped(key.times),
    )
}

fn resent(example: &Resent, pairs: usize, names: &Names<'_>) -> String {
    let (from, to) = (names.node(example.from), names.node(example.to));
    let others = match example.all.saturating_sub(example.times) {
        0 => String::new(),
        all => format!(", and other values {}", times(all)),
    };
    let pairs = match pairs.saturating_sub(1) {
        0 => String::new(),
        more => format!(
            " (as {} did)",
            names::count(more, "other pair of nodes", "other pairs of nodes")
        ),
    };
    format!(
        "resent: {from} sent {to} the value {} again {} after {to} had acknowledged it at {}{others}{pairs}: \
         do the retries stop at the acknowledgement?",
        example.value,
        times(example.times),
        time(example.acknowledged)
    )
}

fn times(number: u64) -> String {
    match number {
        1 => "once".to_owned(),
        number => format!("{} times", grouped(number)),
    }
}

/// A reply, as in `read_ok to c2`.
fn reply(reply: &WrittenReply) -> String {
    let client = message::client_name(reply.client);
    format!("{} to {client}", fit::told(&reply.kind))
}

/// What a fault did, as in `cut #2 n0 n3 | n1 n2 n4, 4.000 s – 9.100 s: 31 messages dropped`.
pub fn fault(figure: &FaultFigure, names: &Names<'_>) -> String {
    let messages = |number: u64| match number {
        1 => "1 message".to_owned(),
        number => format!("{number} messages"),
    };
    let dropped = messages(figure.effect.dropped);
    let did = match figure.span.fault {
        Fault::Cut(_) => format!("{dropped} dropped"),
        Fault::Pause(_) => format!("{} waited", messages(figure.effect.waited)),
        // Where there are no values, none were taken.
        Fault::Kill(_) | Fault::Restart(_) if figure.taken == 0 => format!("{dropped} dropped"),
        Fault::Kill(_) | Fault::Restart(_) => {
            let values = names::count(figure.taken, "value", "values");
            format!("{dropped} dropped, {values} taken from it")
        }
    };
    format!("{}: {did}", span(figure, names))
}

fn span(figure: &FaultFigure, names: &Names<'_>) -> String {
    let span = &figure.span;
    let until = match span.ended {
        Some(ended) => format!("{} – {}", time(span.began), time(ended)),
        None => format!("from {} on", time(span.began)),
    };
    let (name, target) = (names.fault(span.number), names.target(&span.fault));
    format!("{name} {target}, {until}")
}

fn idle(kind: FaultKind, faults: usize, nodes: usize) -> String {
    let name = kind.name();
    let what = match faults {
        0 if nodes < 2 => format!("no {name} happened (a single node is spared)"),
        0 => {
            let free = match kind {
                FaultKind::Partition => "",
                FaultKind::Kill | FaultKind::Pause | FaultKind::Restart => {
                    ", and only where two nodes are up"
                }
            };
            format!(
                "no {name} happened (the first comes one --nemesis-interval after the start{free})"
            )
        }
        1 => format!("the only {name} {}", did_nothing(kind)),
        _ => format!("none of {faults} {name}s {}", did_something(kind)),
    };
    format!("{what}: this run proved nothing about {name}s")
}

fn only_rings(cuts: &[usize], names: &Names<'_>) -> String {
    let which = match cuts {
        [cut] => format!("the only partition ({}) was a ring", names.fault(*cut)),
        _ => format!("all {} partitions were rings", cuts.len()),
    };
    format!(
        "{which}, in which every node could still reach a majority: no node was isolated \
         (--test-count 4 tries every shape)"
    )
}

fn did_nothing(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Partition => "dropped no message",
        FaultKind::Pause => "kept no message waiting",
        FaultKind::Kill | FaultKind::Restart => "took no value and dropped no message",
    }
}

fn did_something(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Partition => "dropped a message",
        FaultKind::Pause => "kept a message waiting",
        FaultKind::Kill | FaultKind::Restart => "took a value or dropped a message",
    }
}
