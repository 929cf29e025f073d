//! Dijkstra's search over a compact adjacency: for short searches on foot, and as the slow reference of the
//! contraction hierarchy.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The weight of what can't be reached.
pub(crate) const NO_WAY: u64 = u64::MAX;

/// Arcs of a directed graph with dense nodes, grouped by the node they leave.
#[derive(Clone, Debug)]
pub(crate) struct Adjacency {
    /// Arcs of node `n` are `arcs[first[n]..first[n + 1]]`.
    first: Vec<usize>,
    arcs: Vec<(u32, u64)>,
}

impl Adjacency {
    /// From arcs `(from, to, weight)` in any order.
    pub(crate) fn new(nodes: usize, mut arcs: Vec<(u32, u32, u64)>) -> Self {
        arcs.sort_unstable();
        let mut first = vec![0; nodes + 1];
        for &(from, _, _) in &arcs {
            first[from as usize + 1] += 1;
        }
        for node in 0..nodes {
            first[node + 1] += first[node];
        }
        Self { first, arcs: arcs.into_iter().map(|(_, to, weight)| (to, weight)).collect() }
    }

    /// Targets and weights of the arcs that leave a node.
    #[inline]
    pub(crate) fn leaving(&self, node: u32) -> &[(u32, u64)] {
        &self.arcs[self.first[node as usize]..self.first[node as usize + 1]]
    }
}

/// The memory of one search after another over graphs of the same size.
pub(crate) struct Search {
    weights: Vec<u64>,
    touched: Vec<u32>,
    queue: BinaryHeap<Reverse<(u64, u32)>>,
}

impl Search {
    /// For graphs with this many nodes.
    pub(crate) fn new(nodes: usize) -> Self {
        Self { weights: vec![NO_WAY; nodes], touched: Vec::new(), queue: BinaryHeap::new() }
    }

    /// The least weight at which this search has seen a node; [`NO_WAY`] where it hasn't.
    #[inline]
    pub(crate) fn weight(&self, node: u32) -> u64 {
        self.weights[node as usize]
    }

    /// Visits nodes in order of weight (ties by node) up to the limit. `visit` returns whether to go on from there.
    pub(crate) fn run(
        &mut self,
        graph: &Adjacency,
        source: u32,
        limit: u64,
        mut visit: impl FnMut(&Self, u32, u64) -> bool,
    ) {
        for node in self.touched.drain(..) {
            self.weights[node as usize] = NO_WAY;
        }
        self.queue.clear();
        self.reach(source, 0);
        while let Some(Reverse((weight, node))) = self.queue.pop() {
            if weight > self.weight(node) || !visit(self, node, weight) {
                continue;
            }
            for &(to, arc) in graph.leaving(node) {
                if weight + arc <= limit {
                    self.reach(to, weight + arc);
                }
            }
        }
    }

    fn reach(&mut self, node: u32, weight: u64) {
        let known = &mut self.weights[node as usize];
        if weight < *known {
            if *known == NO_WAY {
                self.touched.push(node);
            }
            *known = weight;
            self.queue.push(Reverse((weight, node)));
        }
    }
}
