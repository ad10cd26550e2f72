//! What is done to the network and the nodes, and how it ends.

use super::Router;
use super::inbox::Early;
use crate::cluster::journal::Fate;
use crate::net::fault::Fault;

impl Router {
    /// A fault begins. What it does to processes is done elsewhere.
    pub fn begin(&mut self, number: usize, fault: &Fault) {
        match fault {
            Fault::Cut(cut) => {
                let cut = self.network.cut(cut.links());
                self.cuts.insert(number, cut);
                self.faults.insert(cut, number);
            }
            Fault::Kill(node) | Fault::Restart(node) => self.died(*node, Some(number)),
            Fault::Pause(node) => {
                if let Some(place) = self.nodes.get_mut(*node) {
                    place.paused = Some(number);
                }
            }
        }
    }

    /// A fault ends. A node that is started again has to be announced by [`Router::lives`].
    pub fn end(&mut self, number: usize) {
        if let Some(cut) = self.cuts.remove(&number) {
            self.faults.remove(&cut);
            self.network.mend(cut);
        }
        for node in 0..self.nodes.len() {
            let place = self.nodes.get_mut(node);
            if let Some(place) = place.filter(|place| place.paused == Some(number)) {
                place.paused = None;
                self.release(node, None);
            }
        }
    }

    /// A node is dead; by which fault, if any.
    pub fn died(&mut self, node: usize, by: Option<usize>) {
        self.drop_waiting(node, Fate::Dead(by));
        if let Some(place) = self.nodes.get_mut(node) {
            place.dead = Some(Fate::Dead(by));
            place.deaths += 1;
            place.last_death = place.dead;
            place.forget_pipe();
        }
    }

    /// A node is started, the first time or again. Until [`Router::answered_init`] it gets nothing but
    /// what the harness asks it.
    pub fn starts(&mut self, node: usize) {
        if let Some(place) = self.nodes.get_mut(node) {
            let died = place.dead.take();
            place.early = Some(died.map_or(Early::HeldBack, Early::Dropped));
            place.unread = 0;
        }
    }

    /// A node has answered `init`: messages reach it from now on.
    pub fn answered_init(&mut self, node: usize) {
        if let Some(place) = self.nodes.get_mut(node) {
            place.early = None;
        }
    }

    /// A dead node was started again.
    pub fn lives(&mut self, node: usize) {
        if let Some(place) = self.nodes.get_mut(node) {
            place.dead = None;
            place.forget_pipe();
        }
    }

    /// From now on, messages between nodes get lost with this probability.
    pub fn lose(&mut self, probability: f64) {
        self.network.lose(probability);
    }

    /// From now on, messages between nodes arrive twice with this probability.
    pub fn duplicate(&mut self, probability: f64) {
        self.network.duplicate(probability);
    }

    /// Ends what is wrong with the network: cuts, loss, duplication.
    pub fn heal(&mut self) {
        self.network.heal();
    }
}
