//! The nouns of sentences about a cluster: nodes, faults, times, values.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crate::cluster::checker::fault_figure::FaultFigure;
use crate::cluster::journal::Party;
use crate::cluster::sets::finding::Values;
use crate::cluster::settings::Settings;
use crate::cluster::workload::terms::Terms;
use crate::escape::file_name;
use crate::net::fault::{Cut, Fault};
use crate::phrases::fit;

/// The parts of a cluster with no more nodes are told node by node.
const NODES_LISTED_MAX: usize = 9;

/// How many nodes of a part of a larger one are named.
const NODES_NAMED_MAX: usize = 4;

/// How much of what a node wrote is shown, in columns.
pub const WIDTH_MAX: usize = 120;

/// How the nodes and the faults of a run are called.
#[derive(Debug, Default)]
pub struct Names<'a> {
    nodes: &'a [String],
    faults: BTreeMap<usize, &'static str>,
    terms: Terms,
    /// The folder of the run, with a slash at its end; empty where its files are named from there.
    folder: String,
}

impl<'a> Names<'a> {
    pub fn new(settings: &'a Settings, faults: &[FaultFigure]) -> Self {
        let noun = |figure: &FaultFigure| (figure.span.number, figure.span.fault.noun());
        Self {
            nodes: &settings.nodes,
            faults: faults.iter().map(noun).collect(),
            terms: settings.workload.terms(),
            folder: String::new(),
        }
    }

    /// The same, with files as they are named from elsewhere: the run's folder is this one.
    #[must_use]
    pub fn in_folder(self, folder: &Path) -> Self {
        let folder = format!("{}/", file_name(folder).trim_end_matches('/'));
        Self { folder, ..self }
    }

    /// The file that has what a node wrote to stderr.
    pub fn log(&self, node: usize) -> String {
        format!("{}nodes/{}.log", self.folder, self.node(node))
    }

    /// How what clients ask is called.
    pub fn terms(&self) -> Terms {
        self.terms
    }

    /// How many nodes there are.
    pub fn count(&self) -> usize {
        self.nodes.len()
    }

    pub fn node(&self, node: usize) -> String {
        let name = self.nodes.get(node);
        name.map_or_else(|| format!("node {node}"), |name| fit::told(name))
    }

    /// Some nodes, as in `n0, n1 and n2`.
    pub fn nodes(&self, nodes: &[usize]) -> String {
        let names: Vec<_> = nodes.iter().map(|node| self.node(*node)).collect();
        match names.split_last() {
            Some((last, before)) if !before.is_empty() => {
                format!("{} and {last}", before.join(", "))
            }
            _ => names.concat(),
        }
    }

    /// A node and others that did as it did, as in `n0 and 4 others`.
    pub fn and_others(&self, node: usize, others: &[usize]) -> String {
        let node = self.node(node);
        match others {
            [] => node,
            [other] => format!("{node} and {}", self.node(*other)),
            _ => format!("{node} and {} others", others.len()),
        }
    }

    /// Some nodes as a subject: of many the first few, and all of them as such.
    pub fn subject(&self, nodes: &[usize]) -> String {
        let rest = (0..self.count()).filter(|node| !nodes.contains(node));
        match rest.collect::<Vec<_>>()[..] {
            [] if nodes.len() > 1 => "all nodes".to_owned(),
            [but] if nodes.len() > NODES_NAMED_MAX - 2 => {
                format!("all nodes but {}", self.node(but))
            }
            _ => self.first(nodes),
        }
    }

    /// Some nodes beside these: `all others`, if they are.
    pub fn others(&self, nodes: &[usize], than: &[usize]) -> String {
        let is_in = |node: &usize| nodes.contains(node) || than.contains(node);
        if nodes.len() > 1 && (0..self.count()).all(|node| is_in(&node)) {
            "all others".to_owned()
        } else {
            self.first(nodes)
        }
    }

    fn first(&self, nodes: &[usize]) -> String {
        match nodes.split_at_checked(NODES_NAMED_MAX - 1) {
            Some((named, more)) if more.len() > 1 => {
                let named: Vec<_> = named.iter().map(|node| self.node(*node)).collect();
                format!("{} and {} others", named.join(", "), more.len())
            }
            _ => self.nodes(nodes),
        }
    }

    pub fn party(&self, party: Party) -> String {
        match party {
            Party::Node(node) => self.node(node),
            Party::Client(_) => "a client".to_owned(),
            Party::Service(service) => service.name().to_owned(),
        }
    }

    /// A fault, as in `cut #2`.
    pub fn fault(&self, number: usize) -> String {
        let noun = self.faults.get(&number).unwrap_or(&"fault");
        format!("{noun} #{number}")
    }

    /// What a fault strikes, as in `n0 n3 | n1 n2 n4`.
    pub fn target(&self, fault: &Fault) -> String {
        let list = |nodes: &Vec<usize>| {
            let names: Vec<_> = nodes.iter().map(|node| self.node(*node)).collect();
            names.join(" ")
        };
        match fault {
            Fault::Cut(Cut::Split(parts)) if self.nodes.len() <= NODES_LISTED_MAX => {
                parts.iter().map(list).collect::<Vec<_>>().join(" | ")
            }
            Fault::Cut(Cut::Split(parts)) => self.sizes(parts),
            Fault::Cut(Cut::Ring(ring)) if ring.len() <= NODES_LISTED_MAX => {
                format!("ring {}", list(ring))
            }
            Fault::Cut(Cut::Ring(ring)) => format!("ring of {} nodes", ring.len()),
            Fault::Cut(Cut::OneWay(from, to)) => format!("{} -> {}", list(from), list(to)),
            Fault::Kill(node) | Fault::Pause(node) | Fault::Restart(node) => self.node(*node),
        }
    }
}

impl Names<'_> {
    /// The parts of a large cluster: the first few of each, and how many it has.
    fn sizes(&self, parts: &[Vec<usize>]) -> String {
        let part = |part: &Vec<usize>| {
            let named = part.iter().take(NODES_NAMED_MAX);
            let mut words: Vec<_> = named.map(|node| self.node(*node)).collect();
            if part.len() > NODES_NAMED_MAX {
                words.push(format!("… ({} nodes)", part.len()));
            }
            words.join(" ")
        };
        parts.iter().map(part).collect::<Vec<_>>().join(" | ")
    }
}

/// A time since the start, as in `3.204 s`.
pub fn time(time: Duration) -> String {
    format!("{}.{:03} s", time.as_secs(), time.subsec_millis())
}

/// Values: one by itself, of many the first few.
pub fn values(values: &Values) -> String {
    let named: Vec<_> = values.named.iter().map(ToString::to_string).collect();
    let named = named.join(", ");
    match values.count {
        1 => named,
        count if count > values.named.len() => format!("{count} values ({named}, …)"),
        count => format!("{count} values ({named})"),
    }
}

/// A number with its thousands apart: `12,345`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

pub fn count(number: usize, one: &str, many: &str) -> String {
    let noun = if number == 1 { one } else { many };
    format!("{number} {noun}")
}

/// What a quantile of the latencies is called, as in `the median latency is`.
pub fn reaches(quantile: f64) -> String {
    match percent(quantile).as_str() {
        "50%" => "the median latency is".to_owned(),
        "100%" => "the longest latency is".to_owned(),
        part => format!("{part} of the latencies reach"),
    }
}

/// A part of a whole, as in `99.9%`.
pub fn percent(part: f64) -> String {
    // Through thousandths of a percent, as 0.999 times 100 has many digits.
    let percent = (part * 100_000.0).round() / 1000.0;
    format!("{percent}%")
}
