//! From segments to pieces: joined through nodes where nothing begins, ends, crosses or changes.

use super::draft::{Draft, Kind, Segment, Vertex};
use super::{Junction, Piece, RoadMap, Summary};

/// Joins segments to pieces.
pub(super) struct Joiner<'a> {
    draft: &'a Draft<'a>,
    longest_piece_metres: f64,
    segments_at: Vec<Vec<usize>>,
    is_used: Vec<bool>,
    /// Ends of finished pieces as vertices.
    pieces: Vec<([usize; 2], f64, Kind)>,
}

impl<'a> Joiner<'a> {
    pub(super) fn new(draft: &'a Draft<'a>, longest_piece_metres: Option<u32>) -> Self {
        let mut segments_at = vec![Vec::new(); draft.vertices.len()];
        for (index, segment) in draft.segments.iter().enumerate() {
            for end in segment.ends {
                segments_at[end].push(index);
            }
        }
        Self {
            draft,
            longest_piece_metres: longest_piece_metres.map_or(f64::INFINITY, f64::from),
            segments_at,
            is_used: vec![false; draft.segments.len()],
            pieces: Vec::new(),
        }
    }

    pub(super) fn join(mut self) -> RoadMap {
        for vertex in (0..self.segments_at.len()).filter(|&vertex| !self.is_passed_through(vertex)).collect::<Vec<_>>()
        {
            self.join_from(vertex);
        }
        // What is left are rings that nothing else touches.
        for vertex in 0..self.segments_at.len() {
            self.join_from(vertex);
        }
        self.finish()
    }

    /// Does a road pass through here unchanged, and nothing else meet it?
    fn is_passed_through(&self, vertex: usize) -> bool {
        let &[one, other] = &self.segments_at[vertex][..] else { return false };
        let (one, other) = (&self.draft.segments[one], &self.draft.segments[other]);
        let goes_on = (one.ends[1] == vertex) != (other.ends[1] == vertex);
        one.kind == other.kind && (goes_on || !one.kind.is_oneway)
    }

    fn join_from(&mut self, start: usize) {
        for first in self.segments_at[start].clone() {
            if self.is_used[first] {
                continue;
            }
            let mut chain = vec![(start, 0.0)];
            let (mut vertex, mut segment) = (start, first);
            loop {
                self.is_used[segment] = true;
                let Segment { ends: [from, to], metres, .. } = self.draft.segments[segment];
                vertex = if from == vertex { to } else { from };
                chain.push((vertex, chain[chain.len() - 1].1 + metres));
                let next = self.segments_at[vertex].iter().copied().find(|&next| !self.is_used[next]);
                match next {
                    Some(next) if vertex != start && self.is_passed_through(vertex) => segment = next,
                    _ => break,
                }
            }
            let kind = self.draft.segments[first].kind;
            let is_against = kind.is_oneway && self.draft.segments[first].ends[0] != start;
            self.cut(&chain, kind, is_against);
        }
    }

    /// Cuts a chain where it gets too long, and in two if it ends where it began: a piece from a junction to itself
    /// would lead nobody along it.
    fn cut(&mut self, chain: &[(usize, f64)], kind: Kind, is_against: bool) {
        let (start, end) = (chain[0], chain[chain.len() - 1]);
        let mut from = start;
        for (index, &vertex) in chain.iter().enumerate().skip(1) {
            let is_far_end_of_loop =
                start.0 == end.0 && from == start && (vertex.1 >= end.1 / 2.0 || index == chain.len() - 2);
            let is_too_long_with_next =
                chain.get(index + 1).is_none_or(|next| next.1 - from.1 > self.longest_piece_metres);
            if is_far_end_of_loop || is_too_long_with_next {
                let ends = if is_against { [vertex.0, from.0] } else { [from.0, vertex.0] };
                self.pieces.push((ends, vertex.1 - from.1, kind));
                from = vertex;
            }
        }
    }

    fn finish(self) -> RoadMap {
        let mut used: Vec<usize> = self.pieces.iter().flat_map(|(ends, ..)| *ends).collect();
        used.sort_unstable_by_key(|&vertex| self.draft.vertices[vertex]);
        used.dedup();
        let mut junction_of = vec![usize::MAX; self.draft.vertices.len()];
        let mut junctions = Vec::with_capacity(used.len());
        for vertex in used {
            junction_of[vertex] = junctions.len();
            let Vertex { osm_id, side } = self.draft.vertices[vertex];
            let code = if side == 0 { format!("n{osm_id}") } else { format!("n{osm_id}.{side}") };
            junctions.push(Junction { code, position: self.draft.position(vertex) });
        }
        let finished = self.pieces.into_iter().map(|(ends, metres, kind)| {
            let [from, to] = ends.map(|end| junction_of[end]);
            let (from, to) = if kind.is_oneway || from < to { (from, to) } else { (to, from) };
            let length_m = (metres.round() as u32).max(1);
            Piece { from, to, length_m, speed_km_h: kind.speed_km_h, class: kind.class, is_oneway: kind.is_oneway }
        });
        let mut pieces: Vec<Piece> = finished.collect();
        pieces.sort_unstable();
        RoadMap { junctions, pieces, summary: Summary::default() }
    }
}
