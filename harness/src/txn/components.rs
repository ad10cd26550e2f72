//! Strongly connected components: Tarjan's algorithm, with a stack of its own instead of recursion.

use super::interning::{number, place};

/// Not visited yet.
const NEW: u32 = u32::MAX;

/// Which component each node is in.
#[derive(Debug)]
pub struct Components {
    /// By node, its component. A component has a greater number than those that it leads to.
    component: Vec<u32>,
    /// By component, how many nodes it has.
    sizes: Vec<u32>,
}

impl Components {
    /// The component of a node.
    pub fn of(&self, node: u32) -> u32 {
        self.component.get(place(node)).copied().unwrap_or(NEW)
    }

    /// How many nodes the component of a node has.
    pub fn size(&self, node: u32) -> u32 {
        let size = self.sizes.get(place(self.of(node)));
        size.copied().unwrap_or_default()
    }

    /// Whether two nodes can reach each other.
    pub fn are_one(&self, one: u32, other: u32) -> bool {
        self.of(one) == self.of(other)
    }

    /// Whether no node can reach itself over another one.
    pub fn are_single(&self) -> bool {
        self.sizes.iter().all(|size| *size == 1)
    }
}

/// The state of the search.
struct Tarjan {
    index: Vec<u32>,
    low: Vec<u32>,
    next: u32,
    open: Vec<u32>,
    /// The nodes from the first to the one looked at, each with how many of its edges were followed.
    way: Vec<(u32, usize)>,
    found: Components,
}

/// Finds the components among so many nodes. `after(node, nth)` is where the nth edge of a node leads:
/// `None` after the last, `Some(None)` where it doesn't count.
pub fn find(nodes: u32, after: impl Fn(u32, usize) -> Option<Option<u32>>) -> Components {
    let new = || vec![NEW; place(nodes)];
    let mut tarjan = Tarjan {
        index: new(),
        low: new(),
        next: 0,
        open: Vec::new(),
        way: Vec::new(),
        found: Components {
            component: new(),
            sizes: Vec::new(),
        },
    };
    for node in 0..nodes {
        if get(&tarjan.index, node) == NEW {
            tarjan.enter(node);
            tarjan.walk(&after);
        }
    }
    tarjan.found
}

fn get(numbers: &[u32], node: u32) -> u32 {
    numbers.get(place(node)).copied().unwrap_or(NEW)
}

fn set(numbers: &mut [u32], node: u32, value: u32) {
    if let Some(known) = numbers.get_mut(place(node)) {
        *known = value;
    }
}

impl Tarjan {
    fn enter(&mut self, node: u32) {
        set(&mut self.index, node, self.next);
        set(&mut self.low, node, self.next);
        self.next += 1;
        self.open.push(node);
        self.way.push((node, 0));
    }

    fn walk(&mut self, after: &impl Fn(u32, usize) -> Option<Option<u32>>) {
        while let Some((node, nth)) = self.way.last_mut() {
            let (from, edge) = (*node, *nth);
            *nth += 1;
            match after(from, edge) {
                None => self.leave(from),
                Some(Some(to)) if get(&self.index, to) == NEW => self.enter(to),
                // What is in a component already is not on the way.
                Some(Some(to)) if self.found.of(to) == NEW => {
                    self.lower(from, get(&self.index, to));
                }
                Some(Some(_) | None) => {}
            }
        }
    }

    fn lower(&mut self, node: u32, low: u32) {
        let low = low.min(get(&self.low, node));
        set(&mut self.low, node, low);
    }

    fn leave(&mut self, node: u32) {
        self.way.pop();
        let low = get(&self.low, node);
        if let Some((before, _)) = self.way.last().copied() {
            self.lower(before, low);
        }
        if low != get(&self.index, node) {
            return;
        }
        let component = number(self.found.sizes.len());
        let mut size = 0;
        while let Some(member) = self.open.pop() {
            set(&mut self.found.component, member, component);
            size += 1;
            if member == node {
                break;
            }
        }
        self.found.sizes.push(size);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_together_that_reach_each_other() {
        let edges: [&[u32]; 6] = [&[1], &[2], &[0, 3], &[4], &[3], &[5]];
        let all = find(6, |node, nth| {
            edges[place(node)].get(nth).map(|to| Some(*to))
        });
        let together = |one, other| all.are_one(one, other);
        assert!(together(0, 2) && together(3, 4) && !together(2, 3) && !together(4, 5));
        assert_eq!([all.size(0), all.size(3), all.size(5)], [3, 2, 1]);
        assert!(all.of(0) > all.of(3), "what leads somewhere comes after it");
    }

    #[test]
    fn long_chain_needs_no_recursion() {
        let last = 100_000;
        let all = find(last + 1, |node, nth| {
            (nth == 0).then_some(Some(if node == last { 0 } else { node + 1 }))
        });
        assert_eq!(all.size(0), last + 1);
    }
}
