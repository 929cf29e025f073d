//! The contraction hierarchy of a road graph: prepared by `fast_paths`, searched here.
//!
//! `fast_paths` answers one pair at a time and keeps its hierarchy to itself, but serializes it; [`FastGraphMirror`]
//! reads that back by field name. The version is pinned in `Cargo.toml`, and a field that is renamed, added or
//! removed fails every test of the network. See the decision record on contraction hierarchies.
//!
//! Invariant: every arc of a [`Hierarchy`] leads from a node to one of higher rank; nodes are renumbered by rank.

use fast_paths::InputGraph;
use serde::Deserialize;

use super::shortest_ways::{Adjacency, NO_WAY, Search};

/// Upward arcs out of every node, and upward arcs into every node seen backwards.
pub(super) struct Hierarchy {
    /// By node of the road graph.
    ranks: Vec<u32>,
    /// By rank: arcs to higher ranks.
    forward: Adjacency,
    /// By rank: arcs from higher ranks, as (the higher rank, weight).
    backward: Adjacency,
}

/// Which way an upward search goes.
#[derive(Clone, Copy)]
pub(super) enum Direction {
    /// From a source along the arcs.
    Forward,
    /// From a target against the arcs.
    Backward,
}

/// What `fast_paths::FastGraph` serializes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FastGraphMirror {
    num_nodes: usize,
    ranks: Vec<u32>,
    edges_fwd: Vec<FastEdgeMirror>,
    #[serde(rename = "first_edge_ids_fwd")]
    _first_edge_ids_fwd: Vec<usize>,
    edges_bwd: Vec<FastEdgeMirror>,
    #[serde(rename = "first_edge_ids_bwd")]
    _first_edge_ids_bwd: Vec<usize>,
}

/// An upward edge: `base_node` is the lower end, whichever way it is driven.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FastEdgeMirror {
    base_node: u32,
    adj_node: u32,
    weight: u64,
    #[serde(rename = "replaced_in_edge")]
    _replaced_in_edge: u64,
    #[serde(rename = "replaced_out_edge")]
    _replaced_out_edge: u64,
}

impl Hierarchy {
    /// Of the graph with these arcs `(from, to, weight)`; weights are positive.
    pub(super) fn new(nodes: usize, arcs: impl Iterator<Item = (u32, u32, u64)>) -> Self {
        let mut input = InputGraph::new();
        for (from, to, weight) in arcs.filter(|(from, to, _)| from != to) {
            input.add_edge(from as usize, to as usize, weight as usize);
        }
        input.freeze();
        let prepared = serde_json::to_vec(&fast_paths::prepare(&input)).expect("a hierarchy is plain numbers");
        let mirror: FastGraphMirror =
            serde_json::from_slice(&prepared).expect("fast_paths is pinned to the version whose fields these are");
        Self::from_mirror(nodes, mirror)
    }

    fn from_mirror(nodes: usize, mirror: FastGraphMirror) -> Self {
        let mut ranks = mirror.ranks;
        // Nodes after the last one that has an arc are unknown to fast_paths; they rank above all and reach nothing.
        ranks.extend((mirror.num_nodes..nodes).map(|node| node as u32));
        let by_rank = |edges: Vec<FastEdgeMirror>| {
            let arc =
                |edge: FastEdgeMirror| (ranks[edge.base_node as usize], ranks[edge.adj_node as usize], edge.weight);
            Adjacency::new(nodes, edges.into_iter().map(arc).collect())
        };
        let (forward, backward) = (by_rank(mirror.edges_fwd), by_rank(mirror.edges_bwd));
        Self { ranks, forward, backward }
    }

    /// How many nodes there are.
    pub(super) fn nodes(&self) -> usize {
        self.ranks.len()
    }

    /// Visits the nodes of the upward search from a node, as ranks with weights; together, a forward search and a
    /// backward one meet at the top of every fastest way. Nodes that a higher one reaches better are left out: no
    /// fastest way goes up through them.
    pub(super) fn climb(&self, search: &mut Search, direction: Direction, from: u32, mut visit: impl FnMut(u32, u64)) {
        let (upward, downward) = match direction {
            Direction::Forward => (&self.forward, &self.backward),
            Direction::Backward => (&self.backward, &self.forward),
        };
        search.run(upward, self.ranks[from as usize], NO_WAY - 1, |search, rank, weight| {
            let is_better = |&(higher, arc): &(u32, u64)| search.weight(higher).saturating_add(arc) < weight;
            if downward.leaving(rank).iter().any(is_better) {
                return false;
            }
            visit(rank, weight);
            true
        });
    }
}
