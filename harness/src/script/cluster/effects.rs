//! Which of the things that are done to a case's cluster meet nothing: a cut that no message comes to,
//! say, since it is healed too soon. A case passes for any node then, however wrong its repair is.
//!
//! Follows what becomes of messages; does nothing to them. Where nobody can tell whether something was
//! met, it is taken to have been.

use crate::case::act::Act;
use crate::cluster::journal::{Carried, Fate, Party};
use crate::net::network::Chances;
use crate::transcript::{IdleFault, IdleKind, Place};

/// What was done so far, and what it met.
#[derive(Debug)]
pub struct Effects {
    open: Vec<Open>,
    idle: Vec<IdleFault>,
    /// Which nodes have been told something in their present life.
    was_told: Vec<bool>,
    /// The node that a client spoke to last.
    told_last: Option<usize>,
}

/// Something that was done, and that may still meet something.
#[derive(Debug)]
struct Open {
    place: Place,
    what: EffectCause,
    has_met: bool,
}

#[derive(Debug)]
enum EffectCause {
    Cut(Vec<(usize, usize)>),
    Kill(usize),
    Pause(usize),
    Loss(Chances),
    Duplication(Chances),
}

/// How things stand when something is done.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// What chance has done so far.
    pub chances: Chances,
    /// Whether the node that it is done to has something yet to read.
    pub has_unread: bool,
}

impl Effects {
    /// Nothing is done yet to so many nodes.
    pub fn new(nodes: usize) -> Self {
        Self {
            open: Vec::new(),
            idle: Vec::new(),
            was_told: vec![false; nodes],
            told_last: None,
        }
    }

    /// A client speaks to a node.
    pub fn told(&mut self, node: usize) {
        self.told_last = Some(node);
        self.reached(node);
    }

    /// A message has come to the end of its way.
    pub fn carried(&mut self, message: &Carried) {
        let (Party::Node(from), Party::Node(to)) = (message.source, message.destination) else {
            return;
        };
        match message.fate {
            Fate::Delivered => self.reached(to),
            Fate::Cut(_) => {
                self.met(
                    |what| matches!(what, EffectCause::Cut(links) if links.contains(&(from, to))),
                );
            }
            Fate::Dead(_) => {
                self.met(|what| matches!(what, EffectCause::Kill(node) if *node == to));
            }
            Fate::Lost | Fate::NoRoom | Fate::UnderWay => {}
        }
    }

    /// Something is sent to a node that can take it.
    fn reached(&mut self, node: usize) {
        if let Some(was_told) = self.was_told.get_mut(node) {
            *was_told = true;
        }
        self.met(|what| matches!(what, EffectCause::Pause(paused) if *paused == node));
    }

    fn met(&mut self, by: impl Fn(&EffectCause) -> bool) {
        for open in self.open.iter_mut().filter(|open| by(&open.what)) {
            open.has_met = true;
        }
    }

    /// A line of the case is about to do this.
    pub fn act(&mut self, place: Place, act: &Act, now: Now) {
        match act {
            Act::Cut(cut) => self.open(place, EffectCause::Cut(cut.links()), false),
            Act::Kill(node) => {
                let paused = |what: &EffectCause| matches!(what, EffectCause::Pause(paused) if paused == node);
                self.close(Some(&place), now.chances, paused);
                let has_met = self.is_aimed_at(*node) || now.has_unread;
                self.open(place, EffectCause::Kill(*node), has_met);
            }
            Act::Restart(node) => self.restart(*node, &place, now),
            Act::Pause(node) => {
                let has_met = self.is_aimed_at(*node) || now.has_unread;
                self.open(place, EffectCause::Pause(*node), has_met);
            }
            Act::Resume(node) => {
                self.close(Some(&place), now.chances, |what| what.node() == Some(*node));
            }
            Act::Heal => self.close(Some(&place), now.chances, |what| {
                !matches!(what, EffectCause::Kill(_))
            }),
            Act::Lose(probability) => {
                self.close(Some(&place), now.chances, |what| {
                    matches!(what, EffectCause::Loss(_))
                });
                if *probability > 0.0 {
                    self.open(place, EffectCause::Loss(now.chances), false);
                }
            }
            Act::Duplicate(probability) => {
                self.close(Some(&place), now.chances, |what| {
                    matches!(what, EffectCause::Duplication(_))
                });
                if *probability > 0.0 {
                    self.open(place, EffectCause::Duplication(now.chances), false);
                }
            }
        }
    }

    /// Right after a word to a node, what is done to it is aimed at what it makes of that: nobody sees
    /// what it would have sent.
    fn is_aimed_at(&self, node: usize) -> bool {
        self.told_last == Some(node)
    }

    fn open(&mut self, place: Place, what: EffectCause, has_met: bool) {
        self.open.push(Open {
            place,
            what,
            has_met,
        });
    }

    /// A node is started again: it has lost what it was told, even if nobody missed it meanwhile.
    fn restart(&mut self, node: usize, place: &Place, now: Now) {
        let had = self.was_told.get_mut(node).is_some_and(std::mem::take);
        let killed = |what: &EffectCause| matches!(what, EffectCause::Kill(dead) if *dead == node);
        if had {
            self.met(killed);
        }
        let was_dead = self.open.iter().any(|open| killed(&open.what));
        self.close(Some(place), now.chances, |what| what.node() == Some(node));
        if !had && !was_dead && !now.has_unread {
            self.idle.push(IdleFault {
                place: place.clone(),
                kind: IdleKind::Restart,
                until: None,
            });
        }
    }

    /// The case was done: what is still wrong meets nothing more.
    pub fn end(&mut self, chances: Chances) {
        self.close(None, chances, |_| true);
    }

    /// What met nothing, in the order of the lines.
    pub fn finish(mut self) -> Vec<IdleFault> {
        self.idle.sort_by_key(|fault| fault.place.line);
        self.idle
    }

    fn close(
        &mut self,
        until: Option<&Place>,
        chances: Chances,
        is_over: impl Fn(&EffectCause) -> bool,
    ) {
        let over = self.open.extract_if(.., |open| is_over(&open.what));
        let idle = over.filter(|open| !open.has_met && !open.what.was_drawn(chances));
        let told = idle.map(|open| IdleFault {
            place: open.place,
            kind: open.what.kind(),
            until: until.cloned(),
        });
        self.idle.extend(told);
    }
}

impl EffectCause {
    /// The node that it is done to, if it is one.
    fn node(&self) -> Option<usize> {
        match self {
            Self::Kill(node) | Self::Pause(node) => Some(*node),
            Self::Cut(_) | Self::Loss(_) | Self::Duplication(_) => None,
        }
    }

    /// Whether chance has struck since it began.
    fn was_drawn(&self, chances: Chances) -> bool {
        match self {
            Self::Loss(then) => chances.lost > then.lost,
            Self::Duplication(then) => chances.doubled > then.doubled,
            Self::Cut(_) | Self::Kill(_) | Self::Pause(_) => false,
        }
    }

    fn kind(&self) -> IdleKind {
        match self {
            Self::Cut(_) => IdleKind::Cut,
            Self::Kill(_) => IdleKind::Kill,
            Self::Pause(_) => IdleKind::Pause,
            Self::Loss(_) => IdleKind::Loss,
            Self::Duplication(_) => IdleKind::Duplication,
        }
    }
}
