//! From ways to junctions and road pieces: split, cut off what can't be reached, join what needs no junction.
//!
//! 1. Every two neighbouring nodes of a usable way are a segment. At a barrier the segments that vehicles use end before
//!    it, and a step of one metre for people leads on.
//! 2. Of the segments that vehicles use, the largest strongly connected part stays; of the others, what is attached to it.
//! 3. Segments are joined to pieces through nodes where nothing begins, ends, crosses or changes.

use std::collections::{BTreeMap, BTreeSet};

use sanban_engine::ids::RoadNodeId;
use sanban_engine::network::Position;
use sanban_engine::network::roads::{RoadClass, RoadEdge, RoadGraph, driving_time};
use sanban_engine::units::Metres;
use serde::Serialize;

use super::pbf::Extract;
use super::tags::{Driving, LeftOut, WayUse};

/// A junction or end of a road.
#[derive(Clone, Debug, PartialEq)]
pub struct Junction {
    /// `n` and the OSM id; the sides of a barrier get a number each.
    pub code: String,
    /// Where it is.
    pub position: Position,
}

/// A road between two junctions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Piece {
    /// Position in the table of junctions.
    pub from: usize,
    /// Position in the table of junctions.
    pub to: usize,
    /// Its length, at least one metre.
    pub length_m: u32,
    /// Usual speed.
    pub speed_km_h: u32,
    /// Its class.
    pub class: RoadClass,
    /// Do vehicles go only from → to?
    pub is_oneway: bool,
}

/// Ways and their length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Extent {
    /// How many ways are concerned, whole or in part.
    pub ways: usize,
    /// Their length, each road counted once.
    pub km: f64,
}

/// What was kept and what was not.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Junctions written.
    pub junctions: usize,
    /// Pieces written.
    pub pieces: usize,
    /// Barriers at which vehicles are stopped.
    pub barriers: usize,
    /// Kept, by class.
    pub kept: BTreeMap<RoadClass, Extent>,
    /// Left out, by reason.
    pub left_out: BTreeMap<LeftOut, Extent>,
}

/// The roads of an extract.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoadMap {
    /// By OSM id.
    pub junctions: Vec<Junction>,
    /// By junctions; a two-way piece begins at its smaller junction.
    pub pieces: Vec<Piece>,
    /// What was kept and what was not.
    pub summary: Summary,
}

impl RoadMap {
    /// As the engine sees it: a two-way piece is two edges.
    pub fn to_road_graph(&self) -> RoadGraph {
        let edge = |piece: &Piece, from, to| RoadEdge {
            from: RoadNodeId::from_index(from),
            to: RoadNodeId::from_index(to),
            length: Metres(i64::from(piece.length_m)),
            duration: driving_time(Metres(i64::from(piece.length_m)), i64::from(piece.speed_km_h)),
            class: piece.class,
            unfit_at_night: false,
        };
        let edges = self.pieces.iter().flat_map(|piece| {
            let back = (!piece.is_oneway).then(|| edge(piece, piece.to, piece.from));
            std::iter::once(edge(piece, piece.from, piece.to)).chain(back)
        });
        RoadGraph { nodes: self.junctions.iter().map(|junction| junction.position).collect(), edges: edges.collect() }
    }
}

/// Two neighbouring nodes of a way. Oneways go from → to.
#[derive(Clone, Debug)]
struct Segment {
    ends: [usize; 2],
    metres: f64,
    kind: Kind,
    way: usize,
}

/// Segments of one kind can be joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kind {
    class: RoadClass,
    speed_km_h: u32,
    is_oneway: bool,
}

/// A node of the map before joining: an OSM node, or one side of a barrier (numbered from 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Vertex {
    osm_id: i64,
    side: u32,
}

/// Builds the map; it is empty if vehicles can't drive from anywhere to somewhere else and back.
pub fn build(extract: &Extract, longest_piece_metres: Option<u32>) -> RoadMap {
    let mut tally = Tally::default();
    let mut draft = Draft::new(extract, &mut tally);
    draft.keep_main_network(&mut tally);
    let mut map = Joiner::new(&draft, longest_piece_metres).join();
    if map.pieces.iter().all(|piece| !piece.class.is_driven()) {
        map = RoadMap::default();
    }
    map.summary = Summary {
        junctions: map.junctions.len(),
        pieces: map.pieces.len(),
        barriers: extract.barriers.len(),
        kept: tally.kept.into_iter().map(|(class, counted)| (class, counted.extent())).collect(),
        left_out: tally.left_out.into_iter().map(|(reason, counted)| (reason, counted.extent())).collect(),
    };
    map
}

#[derive(Default)]
struct Tally {
    kept: BTreeMap<RoadClass, Counted>,
    left_out: BTreeMap<LeftOut, Counted>,
}

#[derive(Default)]
struct Counted {
    ways: BTreeSet<usize>,
    metres: f64,
}

impl Counted {
    fn add(&mut self, way: usize, metres: f64) {
        self.ways.insert(way);
        self.metres += metres;
    }

    fn extent(self) -> Extent {
        Extent { ways: self.ways.len(), km: (self.metres / 10.0).round() / 100.0 }
    }
}

struct Draft<'a> {
    extract: &'a Extract,
    /// Ascending up to the sides of barriers, which follow.
    vertices: Vec<Vertex>,
    segments: Vec<Segment>,
}

impl<'a> Draft<'a> {
    fn new(extract: &'a Extract, tally: &mut Tally) -> Self {
        let vertices = extract.positions.keys().map(|&osm_id| Vertex { osm_id, side: 0 }).collect();
        let mut draft = Self { extract, vertices, segments: Vec::new() };
        for (way, read) in extract.ways.iter().enumerate() {
            for pair in read.nodes.windows(2) {
                let (Some(&from), Some(&to)) = (extract.positions.get(&pair[0]), extract.positions.get(&pair[1]))
                else {
                    tally.left_out.entry(LeftOut::NodesMissing).or_default().add(way, 0.0);
                    continue;
                };
                let metres = from.exact_distance_to(to);
                match read.verdict {
                    Err(reason) => tally.left_out.entry(reason).or_default().add(way, metres),
                    Ok(_) if pair[0] == pair[1] => {}
                    Ok(usage) => draft.add_segment(way, [pair[0], pair[1]], metres, usage),
                }
            }
        }
        draft
    }

    fn add_segment(&mut self, way: usize, mut nodes: [i64; 2], metres: f64, usage: WayUse) {
        if usage.driving == Driving::Backward {
            nodes.reverse();
        }
        let is_oneway = usage.driving != Driving::Both;
        let kind = Kind { class: usage.class, speed_km_h: usage.speed_km_h, is_oneway };
        let ends =
            nodes.map(|osm_id| if kind.class.is_driven() { self.side(way, osm_id) } else { self.vertex(osm_id) });
        self.segments.push(Segment { ends, metres, kind, way });
    }

    fn vertex(&self, osm_id: i64) -> usize {
        let plain = &self.vertices[..self.extract.positions.len()];
        plain.binary_search(&Vertex { osm_id, side: 0 }).expect("the node has a position")
    }

    /// Where a vehicle stands that has come to this node: at a barrier, on its own side of it.
    fn side(&mut self, way: usize, osm_id: i64) -> usize {
        let barrier = self.vertex(osm_id);
        if self.extract.barriers.binary_search(&osm_id).is_err() {
            return barrier;
        }
        let sides = self.vertices[self.extract.positions.len()..].iter().filter(|vertex| vertex.osm_id == osm_id);
        let side = self.vertices.len();
        self.vertices.push(Vertex { osm_id, side: sides.count() as u32 + 1 });
        let on_foot = Kind { class: RoadClass::Footpath, speed_km_h: 4, is_oneway: false };
        self.segments.push(Segment { ends: [side, barrier], metres: 1.0, kind: on_foot, way });
        side
    }

    fn position(&self, vertex: usize) -> Position {
        self.extract.positions[&self.vertices[vertex].osm_id]
    }

    fn keep_main_network(&mut self, tally: &mut Tally) {
        let component_of = self.components();
        let mut sizes: BTreeMap<usize, usize> = BTreeMap::new();
        for &component in &component_of {
            *sizes.entry(component).or_default() += 1;
        }
        let largest = sizes.values().max().copied().unwrap_or(0);
        let main = component_of.iter().find(|component| sizes[component] == largest).copied();

        let is_main = |segment: &Segment| segment.ends.iter().all(|&end| Some(component_of[end]) == main);
        let mut is_attached = vec![false; self.vertices.len()];
        let mut to_visit = Vec::new();
        for segment in self.segments.iter().filter(|segment| segment.kind.class.is_driven() && is_main(segment)) {
            for end in segment.ends {
                if !std::mem::replace(&mut is_attached[end], true) {
                    to_visit.push(end);
                }
            }
        }
        let mut paths_at: Vec<Vec<usize>> = vec![Vec::new(); self.vertices.len()];
        for segment in self.segments.iter().filter(|segment| !segment.kind.class.is_driven()) {
            let [from, to] = segment.ends;
            paths_at[from].push(to);
            paths_at[to].push(from);
        }
        while let Some(vertex) = to_visit.pop() {
            for &next in &paths_at[vertex] {
                if !std::mem::replace(&mut is_attached[next], true) {
                    to_visit.push(next);
                }
            }
        }
        self.segments.retain(|segment| {
            let class = segment.kind.class;
            let verdict = match class.is_driven() {
                true if !is_main(segment) => Err(LeftOut::CutOff),
                false if !is_attached[segment.ends[0]] => Err(LeftOut::LoosePath),
                _ => Ok(()),
            };
            match verdict {
                Ok(()) => tally.kept.entry(class).or_default().add(segment.way, segment.metres),
                Err(reason) => tally.left_out.entry(reason).or_default().add(segment.way, segment.metres),
            }
            verdict.is_ok()
        });
    }

    fn components(&self) -> Vec<usize> {
        let edge = |[from, to]: [usize; 2], kind: Kind| RoadEdge {
            from: RoadNodeId::from_index(from),
            to: RoadNodeId::from_index(to),
            length: Metres(1),
            duration: driving_time(Metres(1), i64::from(kind.speed_km_h)),
            class: kind.class,
            unfit_at_night: false,
        };
        let edges = self.segments.iter().flat_map(|segment| {
            let [from, to] = segment.ends;
            let back = (!segment.kind.is_oneway).then(|| edge([to, from], segment.kind));
            std::iter::once(edge(segment.ends, segment.kind)).chain(back)
        });
        let nodes = (0..self.vertices.len()).map(|vertex| self.position(vertex)).collect();
        RoadGraph { nodes, edges: edges.collect() }.driven_components()
    }
}

/// Joins segments to pieces.
struct Joiner<'a> {
    draft: &'a Draft<'a>,
    longest_piece_metres: f64,
    segments_at: Vec<Vec<usize>>,
    is_used: Vec<bool>,
    /// Ends of finished pieces as vertices.
    pieces: Vec<([usize; 2], f64, Kind)>,
}

impl<'a> Joiner<'a> {
    fn new(draft: &'a Draft<'a>, longest_piece_metres: Option<u32>) -> Self {
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

    fn join(mut self) -> RoadMap {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import_osm::Tracks;
    use crate::import_osm::pbf::Way;
    use crate::import_osm::tags::judge_way;

    /// Nodes on a grid of 0.001° (111 m north, 95 m east at 31° N), written as the number `10 * north + east`.
    fn extract(ways: &[(&[i64], &str)], barriers: &[i64]) -> Extract {
        let mut extract = Extract { barriers: barriers.to_vec(), ..Extract::default() };
        for (nodes, tags) in ways {
            let tags = tags.split_whitespace().map(|pair| pair.split_once('=').unwrap()).collect();
            let verdict = judge_way(&tags, Tracks::Exclude).expect("a highway");
            extract.ways.push(Way { nodes: nodes.to_vec(), verdict });
            for &node in nodes.iter().filter(|&&node| node < 100) {
                let (north, east) = ((node / 10) as f64 * 0.001, (node % 10) as f64 * 0.001);
                extract.positions.insert(node, Position { latitude: 31.0 + north, longitude: 105.0 + east });
            }
        }
        extract
    }

    /// Every piece as `from-to length class`, `>` for oneways; no barriers.
    fn check(ways: &[(&[i64], &str)], expected: &[&str]) -> Summary {
        check_with_barriers(ways, &[], expected)
    }

    fn check_with_barriers(ways: &[(&[i64], &str)], barriers: &[i64], expected: &[&str]) -> Summary {
        let map = build(&extract(ways, barriers), None);
        let text = |piece: &Piece| {
            let code = |junction: usize| &map.junctions[junction].code[1..];
            let arrow = if piece.is_oneway { '>' } else { '-' };
            format!("{}{arrow}{} {} {:?}", code(piece.from), code(piece.to), piece.length_m, piece.class)
        };
        assert_eq!(map.pieces.iter().map(text).collect::<Vec<_>>(), expected);
        map.summary
    }

    const ROAD: &str = "highway=residential";

    #[test]
    fn bends_are_no_junctions_but_crossings_are() {
        check(&[(&[0, 1, 2, 3], ROAD)], &["0-3 286 Village"]);
        check(&[(&[0, 1], ROAD), (&[2, 1], ROAD)], &["0-2 191 Village"]);
        let crossing: [(&[i64], &str); 2] = [(&[0, 1, 2], ROAD), (&[1, 11], ROAD)];
        check(&crossing, &["0-1 95 Village", "1-2 95 Village", "1-11 111 Village"]);
    }

    #[test]
    fn a_road_is_cut_where_its_class_or_speed_changes() {
        check(&[(&[0, 1], ROAD), (&[1, 2], "highway=tertiary")], &["0-1 95 Village", "1-2 95 Township"]);
        check(&[(&[0, 1], ROAD), (&[1, 2], "highway=residential maxspeed=40")], &["0-1 95 Village", "1-2 95 Village"]);
    }

    #[test]
    fn a_dead_end_of_a_oneway_is_left_out_and_reported() {
        let oneway = "highway=residential oneway=yes";
        let summary = check(&[(&[0, 1, 2], ROAD), (&[2, 3], oneway)], &["0-2 191 Village"]);
        assert_eq!(summary.left_out[&LeftOut::CutOff], Extent { ways: 1, km: 0.1 });
    }

    #[test]
    fn a_roundabout_is_driven_one_way_round() {
        let ways: [(&[i64], &str); 3] =
            [(&[11, 12, 22, 21, 11], "highway=residential junction=roundabout"), (&[1, 11], ROAD), (&[22, 23], ROAD)];
        check(&ways, &["1-11 111 Village", "11>22 207 Village", "22>11 207 Village", "22-23 95 Village"]);
    }

    #[test]
    fn a_loop_at_the_end_of_a_road_can_be_driven_round() {
        let ways: [(&[i64], &str); 2] = [(&[0, 1], ROAD), (&[1, 2, 12, 11, 1], ROAD)];
        check(&ways, &["0-1 95 Village", "1-12 207 Village", "1-12 207 Village"]);
    }

    #[test]
    fn a_ring_that_nothing_touches_is_a_road_too() {
        check(&[(&[1, 2, 12, 11, 1], ROAD)], &["1-12 207 Village", "1-12 207 Village"]);
    }

    #[test]
    fn people_pass_a_bollard_and_vehicles_do_not() {
        let ways: [(&[i64], &str); 2] = [(&[0, 1, 2, 3], ROAD), (&[0, 10, 20, 30, 33, 3], ROAD)];
        let summary = check_with_barriers(&ways, &[2], &["2.1-2.2 2 Footpath", "2.1-2.2 1239 Village"]);
        assert_eq!((summary.barriers, summary.left_out.len()), (1, 0));
    }

    #[test]
    fn paths_stay_where_they_meet_a_road() {
        let path = "highway=path";
        let summary = check(
            &[(&[0, 1, 2], ROAD), (&[1, 11, 21], path), (&[55, 56], path)],
            &["0-1 95 Village", "1-2 95 Village", "1-21 222 Footpath"],
        );
        assert_eq!(summary.left_out[&LeftOut::LoosePath], Extent { ways: 1, km: 0.1 });
    }

    #[test]
    fn of_two_networks_the_larger_stays() {
        let summary = check(&[(&[50, 51], ROAD), (&[0, 1, 2], ROAD)], &["0-2 191 Village"]);
        assert_eq!(summary.left_out[&LeftOut::CutOff].ways, 1);
    }

    #[test]
    fn a_way_is_used_as_far_as_its_nodes_are_in_the_file() {
        let summary = check(&[(&[0, 1, 2, 777], ROAD)], &["0-2 191 Village"]);
        assert_eq!(summary.left_out[&LeftOut::NodesMissing].ways, 1);
    }

    #[test]
    fn paths_alone_make_no_road_map() {
        check(&[(&[0, 1], "highway=path")], &[]);
    }

    #[test]
    fn long_pieces_are_cut_on_request() {
        let map = build(&extract(&[(&[0, 1, 2, 3, 4, 5], ROAD)], &[]), Some(250));
        assert_eq!(map.pieces.iter().map(|piece| piece.length_m).collect::<Vec<_>>(), [191, 191, 95]);
    }
}
