//! What happens in a run: all of it follows from a seed, and all of it can be taken away bit by
//! bit. It decides nothing about nodes.

use std::fmt;
use std::time::Duration;

use fastrand::Rng;
use harness::net::network::Distribution;

/// Which faults a run has, and so what has to hold without the help of which safeguard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// No anti-entropy; one node dies for good and the network is good: the fallback has to do.
    OneDies,
    /// No anti-entropy; nobody dies, but the network is bad: trying again has to do.
    BadNetwork,
    /// Everything at once, and everything to help against it.
    Everything,
}

/// How the nodes are connected, by the topology that they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Each node with the next.
    Line,
    /// Level by level, each node with so many children.
    Tree(usize),
    /// Row by row in a square.
    Grid,
    /// Every pair.
    Total,
}

/// Something that happens to the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A client gives a value to a node, in one of its spellings.
    Broadcast {
        /// The node.
        node: usize,
        /// The number that it is.
        value: u64,
        /// How it is written.
        decimal: bool,
    },
    /// Nothing gets from the first node of a pair to the second.
    Cut(Vec<(usize, usize)>),
    /// All cuts end.
    Mend,
    /// A node stops, and all it knows is gone.
    Crash(usize),
    /// A node starts anew, empty.
    Restart(usize),
}

/// All that happens in a run.
#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    pub mode: Mode,
    pub nodes: usize,
    pub shape: Shape,
    pub gossip_interval: Duration,
    pub flush_interval: Duration,
    pub latency: Duration,
    pub distribution: Distribution,
    pub loss: f64,
    pub duplicate: f64,
    /// By time.
    pub steps: Vec<(Duration, Step)>,
}

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

impl Plan {
    /// What `seed` means.
    pub fn new(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let mode = match seed % 4 {
            0 => Mode::OneDies,
            1 => Mode::BadNetwork,
            _ => Mode::Everything,
        };
        let mut plan = Self::quiet(seed, mode, &mut random);
        plan.add_values(&mut random);
        match mode {
            Mode::OneDies => {
                let (node, time) = plan.somewhere(&mut random);
                plan.push(time, Step::Crash(node));
            }
            Mode::BadNetwork => plan.spoil_network(&mut random),
            Mode::Everything => {
                plan.spoil_network(&mut random);
                plan.add_crashes(&mut random);
            }
        }
        plan.steps.sort_by_key(|(time, _)| *time);
        plan
    }

    /// How many steps are faults.
    pub fn faults(&self) -> usize {
        let steps = self.steps.iter().filter(|(_, step)| match step {
            Step::Cut(links) => !links.is_empty(),
            Step::Crash(_) | Step::Restart(_) => true,
            Step::Broadcast { .. } | Step::Mend => false,
        });
        steps.count() + usize::from(self.loss > 0.0) + usize::from(self.duplicate > 0.0)
    }

    /// How many steps are values.
    pub fn values(&self) -> usize {
        let is_value = |(_, step): &&(Duration, Step)| matches!(step, Step::Broadcast { .. });
        self.steps.iter().filter(is_value).count()
    }

    /// Nodes and a network that is merely slow.
    fn quiet(seed: u64, mode: Mode, random: &mut Rng) -> Self {
        let nodes_max = [4, 4, 8, 12, 25][random.usize(..5)];
        let shapes = [
            Shape::Line,
            Shape::Tree(2),
            Shape::Tree(4),
            Shape::Grid,
            Shape::Total,
        ];
        let distributions = [
            Distribution::Constant,
            Distribution::Uniform,
            Distribution::Exponential,
        ];
        Self {
            seed,
            mode,
            nodes: random.usize(1..=nodes_max),
            shape: shapes[random.usize(..5)],
            gossip_interval: match mode {
                Mode::Everything => at(random.u64(1000..=5000)),
                _ => Duration::ZERO,
            },
            flush_interval: at([0, 0, 0, 50, 150][random.usize(..5)]),
            latency: at([0, 5, 20, 100, 200][random.usize(..5)]),
            distribution: distributions[random.usize(..3)],
            loss: 0.0,
            duplicate: 0.0,
            steps: Vec::new(),
        }
    }

    fn add_values(&mut self, random: &mut Rng) {
        let numbers = random.u64(1..=8);
        for _ in 0..random.u64(1..=numbers) {
            let (node, time) = self.somewhere(random);
            let value = random.u64(..numbers);
            let decimal = random.u8(..4) == 0;
            self.push(
                time,
                Step::Broadcast {
                    node,
                    value,
                    decimal,
                },
            );
        }
    }

    fn spoil_network(&mut self, random: &mut Rng) {
        self.loss = [0.0, 0.05, 0.3][random.usize(..3)];
        self.duplicate = [0.0, 0.0, 0.2][random.usize(..3)];
        for _ in 0..random.usize(..4) {
            let links = self.some_links(random);
            let (_, time) = self.somewhere(random);
            self.push(time, Step::Cut(links));
            if random.bool() {
                let (_, time) = self.somewhere(random);
                self.push(time, Step::Mend);
            }
        }
    }

    /// Those between two parts of the cluster, in one direction or both.
    fn some_links(&self, random: &mut Rng) -> Vec<(usize, usize)> {
        let sides: Vec<_> = (0..self.nodes).map(|_| random.bool()).collect();
        let both_ways = random.bool();
        let all = (0..self.nodes).flat_map(|from| (0..self.nodes).map(move |to| (from, to)));
        all.filter(|(from, to)| sides[*from] != sides[*to] && (both_ways || sides[*from]))
            .collect()
    }

    fn add_crashes(&mut self, random: &mut Rng) {
        for _ in 0..random.usize(..4) {
            let (node, time) = self.somewhere(random);
            self.push(time, Step::Crash(node));
            if random.u8(..4) > 0 {
                let (_, time) = self.somewhere(random);
                self.push(time, Step::Restart(node));
            }
        }
    }

    /// A node and a time; often those of a value, or soon after: there is most to go wrong.
    fn somewhere(&self, random: &mut Rng) -> (usize, Duration) {
        let anywhere = (random.usize(..self.nodes), at(random.u64(..8000)));
        let (near, soon) = (random.bool(), at(random.u64(..200)));
        match random.choice(&self.steps) {
            Some((time, Step::Broadcast { node, .. })) if near => (*node, *time + soon),
            _ => anywhere,
        }
    }

    fn push(&mut self, time: Duration, step: Step) {
        self.steps.push((time, step));
    }
}

/// The neighbors that the topology lists for each node.
pub fn neighbors(shape: Shape, nodes: usize) -> Vec<Vec<usize>> {
    let mut lists = vec![Vec::new(); nodes];
    for (left, right) in edges(shape, nodes) {
        lists[left].push(right);
        lists[right].push(left);
    }
    lists
}

fn edges(shape: Shape, nodes: usize) -> Vec<(usize, usize)> {
    let all = 0..nodes;
    match shape {
        Shape::Line => all.skip(1).map(|node| (node - 1, node)).collect(),
        Shape::Tree(children) => {
            let parent = |node| (node - 1) / children;
            all.skip(1).map(|node| (parent(node), node)).collect()
        }
        Shape::Grid => {
            let side = (1..=5).find(|side| side * side >= nodes).unwrap_or(5);
            let right = all.clone().map(|node| (node, node + 1));
            let right = right.filter(|(_, right)| right % side != 0);
            let edges = right.chain(all.map(|node| (node, node + side)));
            edges.filter(|(_, other)| *other < nodes).collect()
        }
        Shape::Total => {
            let others = |node| (node + 1..nodes).map(move |other| (node, other));
            all.flat_map(others).collect()
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed,
            mode,
            nodes,
            shape,
            latency,
            distribution,
            loss,
            duplicate,
            ..
        } = self;
        writeln!(f, "seed {seed}, {mode:?}: {nodes} nodes, {shape:?}")?;
        writeln!(
            f,
            "  latency {latency:?} {distribution:?}, loss {loss}, duplicate {duplicate}"
        )?;
        let (gossip, flush) = (self.gossip_interval, self.flush_interval);
        writeln!(f, "  gossip interval {gossip:?}, flush interval {flush:?}")?;
        for (time, step) in &self.steps {
            writeln!(f, "  {time:>8.3?}  {step:?}")?;
        }
        Ok(())
    }
}
