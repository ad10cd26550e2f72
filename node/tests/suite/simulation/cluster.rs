//! A cluster of real nodes over the simulated network, in virtual time. It carries and keeps
//! count; what is right or wrong about it is said elsewhere.

use std::collections::HashMap;
use std::slice;
use std::time::Duration;

use harness::net::network::{ArrivalFate, Network};
use node::lifecycle::Lifecycle;
use node::message::{Body, Incoming, Init, MsgId, NodeId, Outgoing, Payload, Request, Topology};
use node::node::Moment;
use node::outbox::Output;
use node::settings::Settings;

use super::ablation::{Ablation, Safeguard, original};
use super::foreign::{Manners, is_foreign};
use super::wire;

/// A node and what is known about it from outside.
struct Member {
    /// None while it is dead.
    process: Option<Lifecycle>,
    /// None: it lacks nothing.
    ablation: Option<Ablation>,
    /// How many messages this incarnation has sent.
    sent: u64,
}

/// What is told to every node that starts.
pub struct Setup {
    pub settings: Settings,
    /// What the nodes lack.
    pub without: Option<Safeguard>,
    /// The neighbors that the topology lists for each node.
    pub neighbors: Vec<Vec<usize>>,
    /// Whether messages become lines on their way.
    pub lines: bool,
}

pub struct Cluster {
    pub now: Duration,
    pub network: Network<Incoming>,
    setup: Setup,
    names: Vec<NodeId>,
    members: Vec<Member>,
    /// From each node to each other that was alive to get it.
    pub sent: Vec<u64>,
    /// The numbers of the clients' broadcasts that were confirmed.
    pub confirmed: Vec<u64>,
    /// All that has been sent between nodes, also to dead ones, if it is kept.
    pub journal: Vec<(Duration, Outgoing)>,
    /// When a value, as a number, first came to a node from another one; kept with the journal.
    pub seen: HashMap<(usize, u64), Duration>,
    pub keeps_journal: bool,
    /// A node of another kind.
    pub foreigner: Option<(usize, Manners)>,
}

impl Cluster {
    pub fn new(setup: Setup, network: Network<Incoming>) -> Self {
        let size = setup.neighbors.len();
        let names = (0..size).map(|node| NodeId::from(format!("n{node}").as_str()));
        let dead = || Member {
            process: None,
            ablation: None,
            sent: 0,
        };
        let mut cluster = Self {
            now: Duration::ZERO,
            network,
            names: names.collect(),
            members: (0..size).map(|_| dead()).collect(),
            sent: vec![0; size],
            confirmed: Vec::new(),
            journal: Vec::new(),
            seen: HashMap::new(),
            keeps_journal: false,
            foreigner: None,
            setup,
        };
        for node in 0..size {
            cluster.start(node);
        }
        cluster
    }

    pub fn len(&self) -> usize {
        self.members.len()
    }

    pub fn is_alive(&self, node: usize) -> bool {
        self.members[node].process.is_some()
    }

    /// Starts a node, empty, whatever it was before.
    pub fn start(&mut self, node: usize) {
        let mut settings = self.setup.settings.clone();
        settings.seed = settings.seed.wrapping_mul(31).wrapping_add(node as u64);
        let topology = self.topology();
        let (name, names) = (&self.names[node], &self.names);
        let ablation = |without| Ablation::new(without, name, names, &topology);
        self.members[node] = Member {
            process: Some(Lifecycle::new(settings)),
            ablation: self.setup.without.map(ablation),
            sent: 0,
        };
        let init = Init {
            node_id: self.names[node].clone(),
            node_ids: self.names.clone(),
        };
        self.ask(node, Request::Init(init));
        self.ask(node, Request::Topology(topology));
    }

    fn topology(&self) -> Topology {
        let name = |node: &usize| self.names[*node].clone();
        let lists = self.setup.neighbors.iter().enumerate();
        lists
            .map(|(node, list)| (name(&node), list.iter().map(name).collect()))
            .collect()
    }

    pub fn crash(&mut self, node: usize) {
        self.members[node].process = None;
    }

    /// A client asks, if the node is alive, and is answered at once.
    pub fn ask(&mut self, node: usize, request: Request) -> Option<Payload> {
        self.tell(node, u64::MAX, request)
    }

    /// A client makes a request that has this number; the answer may come later.
    pub fn tell(&mut self, node: usize, number: u64, request: Request) -> Option<Payload> {
        let message = Incoming {
            src: NodeId::from("c1"),
            dest: self.names[node].clone(),
            body: Body::Request {
                msg_id: Some(MsgId::from(number)),
                request,
            },
        };
        self.hand_over(node, message)
    }

    /// What a node holds.
    pub fn read(&mut self, node: usize) -> Option<Vec<u64>> {
        match self.ask(node, Request::Read)? {
            Payload::ReadOk { messages } => {
                let number = |text| original(text).trim_end_matches(".0").parse().unwrap();
                Some(messages.iter().map(number).collect())
            }
            other => panic!("{other:?} is no answer to a read"),
        }
    }

    /// Lets everything happen that happens until then.
    pub fn run_until(&mut self, end: Duration) {
        while let Some(next) = self.next_time().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            while let Some(arrival) = self.network.arrive(self.now) {
                if arrival.fate == ArrivalFate::Delivered
                    && self.is_alive(arrival.to)
                    && self.understands(arrival.to, arrival.from, &arrival.message)
                {
                    self.note_arrival(arrival.to, &arrival.message);
                    self.hand_over(arrival.to, arrival.message);
                }
            }
            self.tick();
        }
        self.now = end;
    }

    /// A foreigner may say that it doesn't understand.
    fn understands(&mut self, node: usize, from: usize, message: &Incoming) -> bool {
        let manners = self.foreigner.filter(|(foreigner, _)| *foreigner == node);
        let Some((_, manners)) = manners.filter(|_| is_foreign(message)) else {
            return true;
        };
        if manners == Manners::Refuses {
            let error = Incoming {
                src: self.names[node].clone(),
                dest: message.src.clone(),
                body: Body::NotSupported,
            };
            self.network.send(self.now, node, from, error);
        }
        false
    }

    fn next_time(&self) -> Option<Duration> {
        let processes = self
            .members
            .iter()
            .filter_map(|member| member.process.as_ref());
        let deadlines = processes.filter_map(Lifecycle::next_deadline);
        deadlines.chain(self.network.next_arrival()).min()
    }

    fn tick(&mut self) {
        for node in 0..self.members.len() {
            let Some(process) = &mut self.members[node].process else {
                continue;
            };
            if process.next_deadline().is_some_and(|due| due <= self.now) {
                let output = process.tick(self.now);
                self.take(node, output);
            }
        }
    }

    fn note_arrival(&mut self, node: usize, message: &Incoming) {
        let Body::Request { request, .. } = &message.body else {
            return;
        };
        let values = match request {
            Request::Broadcast { message, .. } if self.keeps_journal => slice::from_ref(message),
            Request::Batch(batch) if self.keeps_journal => &batch.messages,
            _ => return,
        };
        for value in values {
            let number = value.as_json().parse().unwrap();
            self.seen.entry((node, number)).or_insert(self.now);
        }
    }

    fn hand_over(&mut self, node: usize, message: Incoming) -> Option<Payload> {
        let member = &mut self.members[node];
        let message = match &mut member.ablation {
            Some(ablation) => ablation.hear(message),
            None => message,
        };
        let process = member.process.as_mut()?;
        let output = process.handle(Moment::at(self.now), message);
        self.take(node, output)
    }

    /// Sends what goes to nodes; returns what goes to the client.
    fn take(&mut self, from: usize, output: Output) -> Option<Payload> {
        let mut answer = None;
        for message in output.messages {
            assert_eq!(
                message.msg_id, self.members[from].sent,
                "numbered one by one"
            );
            self.members[from].sent += 1;
            let Some(to) = self.names.iter().position(|name| *name == message.dest) else {
                if let (Payload::BroadcastOk, Some(number)) =
                    (&message.payload, &message.in_reply_to)
                {
                    self.confirmed.push(number.to_string().parse().unwrap());
                }
                answer = Some(message.payload);
                continue;
            };
            let said = match &self.members[from].ablation {
                Some(ablation) => ablation.say(message),
                None => Some(message),
            };
            let Some(message) = said else {
                continue;
            };
            self.sent[from] += u64::from(self.is_alive(to));
            let is_foreigner = self.foreigner.is_some_and(|(node, _)| node == from);
            let mut incoming = wire::directly(&message);
            if self.setup.lines {
                let read = wire::by_line(&message);
                assert_eq!(read, incoming, "{message}");
                incoming = read;
            }
            if is_foreigner && is_foreign(&incoming) {
                continue;
            }
            self.network.send(self.now, from, to, incoming);
            if self.keeps_journal {
                self.journal.push((self.now, message));
            }
        }
        answer
    }
}
