//! From ways to junctions and road pieces: split, cut off what can't be reached, join what needs no junction.
//!
//! [`draft`] makes segments and keeps what can be reached, [`join`] joins them to pieces; here is what comes of it.

mod draft;
mod join;

use std::collections::BTreeMap;

use sanban_engine::ids::RoadNodeId;
use sanban_engine::network::Position;
use sanban_engine::network::roads::{RoadClass, RoadEdge, RoadGraph, driving_time};
use sanban_engine::units::Metres;
use serde::Serialize;

use super::pbf::Extract;
use super::tags::LeftOut;
use draft::{Draft, Tally};
use join::Joiner;

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
