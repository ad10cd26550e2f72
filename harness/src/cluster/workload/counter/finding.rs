//! What can be wrong with a counter, with its evidence, and how it is told.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::cluster::names::{self, Names, time};
use crate::cluster::service_use::StaleAnswer;
use crate::cluster::stale_words;

/// What nodes show in the end: each sum, with those that show it.
pub type ShownSums = Vec<(i64, Vec<usize>)>;

/// Something that makes a run invalid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CounterFinding {
    /// A read showed what no adds sent by then can sum to.
    Impossible {
        /// The first node that did.
        node: usize,
        others: Vec<usize>,
        shown: i64,
        time: Duration,
        /// The least that adds sent by then can sum to, and the most.
        bounds: (i128, i128),
        /// How many such reads there were.
        reads: usize,
    },
    /// In the end nodes show what the acknowledged adds and some of those of unknown fate can't sum to.
    WrongTotal {
        nodes: Vec<usize>,
        shown: i64,
        /// When the first of these reads ended.
        time: Duration,
        total: Total,
        /// What the first of them that was answered from the past was answered.
        stale: Option<StaleAnswer>,
    },
    /// In the end nodes show different sums, each of which could be right.
    Disagree {
        /// What nodes show, and which ones.
        shown: ShownSums,
        /// What the first of them that was answered from the past was answered.
        stale: Option<StaleAnswer>,
    },
}

/// Something one should know of a counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CounterWarning {
    /// A node showed less than before.
    WentBack(WentBack),
    /// In the end nodes show different sums, and some adds were never answered: such a one may come about
    /// at any time, also between two final reads.
    MayConverge {
        /// What nodes show, and which ones.
        shown: ShownSums,
    },
    /// There are more sums that adds can have than are told apart.
    TooManySums {
        /// How many reads were held against the least and the greatest alone.
        reads: usize,
        /// Whether those were, too, that tell in the end whether all was kept.
        in_the_end: bool,
    },
}

/// A node of a counter that only grows showed less than before, in one life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WentBack {
    /// The first node that did.
    pub node: usize,
    pub others: Vec<usize>,
    /// What it had shown, and when that read ended.
    pub before: (i64, Duration),
    /// What it showed, and when that read was asked for.
    pub after: (i64, Duration),
    pub times: usize,
}

/// What was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    /// What the acknowledged adds sum to.
    pub sum: i128,
    /// How many of them there are.
    pub adds: usize,
    /// How many adds have an unknown fate.
    pub unknown: usize,
    /// The least and the most that some of those sum to.
    pub unknown_bounds: (i128, i128),
}

/// What was measured of a counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterFigures {
    pub total: Total,
    /// What each node showed in the end.
    pub finals: Vec<i64>,
    /// How many of these Maelstrom's rule takes for wrong: it doesn't ask whether they are the same.
    pub wrong: usize,
}

impl CounterFinding {
    /// Its place among the findings of a counter.
    pub fn rank(&self) -> u8 {
        match self {
            Self::WrongTotal { .. } => 0,
            Self::Disagree { .. } => 1,
            Self::Impossible { .. } => 2,
        }
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Self::Impossible { .. } => "impossible_sum",
            Self::WrongTotal { .. } => "wrong_total",
            Self::Disagree { .. } => "disagree",
        }
    }

    /// What it is called where it is counted.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Impossible { .. } => "impossible sum",
            Self::WrongTotal { .. } => "wrong total",
            Self::Disagree { .. } => "not converged",
        }
    }

    /// The moment that it is about, if it is about one.
    pub fn time(&self) -> Option<Duration> {
        match self {
            Self::Impossible { time, .. } | Self::WrongTotal { time, .. } => Some(*time),
            Self::Disagree { .. } => None,
        }
    }

    pub fn words(&self, names: &Names<'_>) -> String {
        match self {
            Self::Impossible {
                node,
                others,
                shown,
                time: read,
                bounds: (least, most),
                reads,
            } => {
                let who = names.and_others(*node, others);
                let reads = match reads {
                    1 => format!("in a read answered at {}", time(*read)),
                    _ => format!("in {reads} reads, the first answered at {}", time(*read)),
                };
                let why = if least == most {
                    format!("the adds sent by then sum to {least}")
                } else if i128::from(*shown) < *least || i128::from(*shown) > *most {
                    format!("the adds sent by then sum to {least} at least and {most} at most")
                } else {
                    "no choice of the adds sent by then sums to that".to_owned()
                };
                format!("impossible sum: {who} showed {shown} {reads}, but {why}")
            }
            Self::WrongTotal {
                nodes,
                shown,
                time: read,
                total,
                stale,
            } => {
                let (who, show) = (
                    names.subject(nodes),
                    if nodes.len() == 1 { "shows" } else { "show" },
                );
                let at = time(*read);
                let stale = stale_words(*stale, names);
                format!(
                    "wrong total: {who} {show} {shown} in the end (read at {at}), but {}{stale}",
                    total.words()
                )
            }
            Self::Disagree { shown, stale } => {
                let stale = stale_words(*stale, names);
                format!("{}{stale}", not_converged(shown, names))
            }
        }
    }
}

/// What stands after a finding on what a node read in the past.
fn stale_words(stale: Option<StaleAnswer>, names: &Names<'_>) -> String {
    stale.map_or_else(String::new, |stale| {
        format!("; {}", stale_words::stale(stale, names))
    })
}

fn not_converged(shown: &[(i64, Vec<usize>)], names: &Names<'_>) -> String {
    let shown = shown.iter().map(|(sum, nodes)| {
        let show = if nodes.len() == 1 { "shows" } else { "show" };
        format!("{} {show} {sum}", names.subject(nodes))
    });
    let shown: Vec<_> = shown.collect();
    format!("not converged: in the end {}", shown.join(", "))
}

impl CounterWarning {
    /// What it is called where it is counted.
    pub fn label(&self) -> &'static str {
        match self {
            Self::WentBack(_) => "went back",
            Self::MayConverge { .. } => "not converged",
            Self::TooManySums { .. } => "too many sums",
        }
    }

    /// The moment that it is about, if it is about one.
    pub fn time(&self) -> Option<Duration> {
        match self {
            Self::WentBack(back) => Some(back.after.1),
            Self::MayConverge { .. } | Self::TooManySums { .. } => None,
        }
    }

    pub fn words(&self, names: &Names<'_>) -> String {
        match self {
            Self::WentBack(back) => back.words(names),
            Self::MayConverge { shown } => format!(
                "{}; adds that were not answered may still come about",
                not_converged(shown, names)
            ),
            Self::TooManySums { reads, in_the_end } => {
                let reads = names::count(*reads, "read was", "reads were");
                let too = if *in_the_end {
                    "; so were the totals in the end, of adds of unknown fate"
                } else {
                    ""
                };
                format!(
                    "too many possible sums: {reads} only held against the least and the greatest sum of the \
                     adds sent by then, not against each sum between{too}"
                )
            }
        }
    }
}

impl WentBack {
    pub fn words(&self, names: &Names<'_>) -> String {
        let who = names.and_others(self.node, &self.others);
        let ((before, shown), (after, asked)) = (self.before, self.after);
        let times = match self.times {
            1 => String::new(),
            times => format!(" ({times} times)"),
        };
        format!(
            "{who} went back: it showed {before} in a read answered at {}, and {after} in one asked for at \
             {}{times}; a counter that only grows may do so where it reads an older state",
            time(shown),
            time(asked)
        )
    }
}

impl Total {
    fn words(&self) -> String {
        let adds = match self.adds {
            1 => "acknowledged add sums".to_owned(),
            adds => format!("{adds} acknowledged adds sum"),
        };
        let sum = self.sum;
        let (least, most) = self.unknown_bounds;
        match self.unknown {
            0 => format!("the {adds} to {sum}"),
            1 => format!(
                "the {adds} to {sum}, and one of unknown fate to {}",
                least + most
            ),
            unknown => format!(
                "the {adds} to {sum}, and {unknown} of unknown fate to something from {least} to {most}"
            ),
        }
    }
}

impl CounterFigures {
    /// What Maelstrom's own rule says, in a word.
    pub fn maelstrom(&self) -> &'static str {
        if self.wrong == 0 {
            "valid"
        } else {
            "not valid"
        }
    }

    /// What became of the requests, after their number.
    pub fn requests(&self) -> String {
        let adds = names::count(self.total.adds, "add", "adds");
        format!(", {adds} acknowledged")
    }

    /// The rows of a summary.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let Total {
            sum,
            unknown,
            unknown_bounds: (least, most),
            ..
        } = self.total;
        let unknown = match unknown {
            0 => String::new(),
            unknown => format!("; {unknown} of unknown fate add {least} to {most}"),
        };
        let finals = names::count(self.finals.len(), "final read", "final reads");
        let says = format!("{}: {} of {finals} wrong", self.maelstrom(), self.wrong);
        vec![
            ("sum", format!("{sum}{unknown}")),
            ("Maelstrom's rule", says),
        ]
    }

    /// For programs; Maelstrom's figures under its names.
    pub fn results(&self) -> Map<String, Value> {
        let (least, most) = self.total.unknown_bounds;
        let sum = self.total.sum;
        let counter = json!({
            "acknowledged": self.total.adds,
            "sum": sum,
            "unknown": self.total.unknown,
        });
        let maelstrom = json!({
            "valid?": self.wrong == 0,
            "final-reads": self.finals,
            "acceptable": [[sum.saturating_add(least), sum.saturating_add(most)]],
        });
        let all = [("counter", counter), ("maelstrom", maelstrom)];
        all.into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }
}
