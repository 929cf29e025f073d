//! Who changes from one line to another.

use super::codes::AllCodes;
use super::lines::Lines;
use super::people::demand_days;
use super::places::amount;
use super::{At, Problems};
use crate::demand::LineTransfer;
use crate::ids::{PatternId, PlaceId};
use crate::network::Network;
use crate::policy::Policy;
use crate::scenario::Pattern;
use crate::scenario::tables::{LineTransferRow, Row, Tables};
use crate::time::Duration;

/// Where there is a network, it is also asked whether people would walk from stop to stop.
pub fn line_transfers(
    tables: &Tables,
    (codes, lines): (&AllCodes, &Lines),
    (policy, network): (&Policy, Option<&Network>),
    problems: &mut Problems,
) -> Vec<LineTransfer> {
    let mut transfers = Vec::new();
    for numbered in &tables.line_transfers {
        let (at, row) = (At { file: LineTransferRow::FILE, line: numbered.line }, &numbered.row);
        amount(i64::from(row.passengers), at, "passengers", problems);
        if row.passengers == 0 {
            problems.add(at, "passengers", "nobody is expected", "write 1 or more, or leave the row out");
        }
        let days = demand_days(&row.days, codes, at, problems);
        let from_route = codes.routes.find(&row.from_route_id, at, "from_route_id", problems);
        let to_route = codes.routes.find(&row.to_route_id, at, "to_route_id", problems);
        let from = codes.stops.find(&row.from_stop_id, at, "from_stop_id", problems);
        let to = codes.stops.find(&row.to_stop_id, at, "to_stop_id", problems);
        if from_route.is_some() && from_route == to_route {
            let why = format!("is line {}, from which they come", row.to_route_id);
            problems.add(at, "to_route_id", why, "name another line, or leave the row out: who stays does not change");
            continue;
        }
        let (Some(days), Some(from_route), Some(to_route)) = (days, from_route, to_route) else { continue };
        let (Some(from), Some(to)) = (from, to) else { continue };
        let (from, to) = (PlaceId::from_index(codes.stop_place(from)), PlaceId::from_index(codes.stop_place(to)));
        // Nobody alights at the first stop of a trip or boards at its last.
        let alights = |pattern: &Pattern| (1..pattern.stops.len()).find(|&position| pattern.stops[position] == from);
        let boards = |pattern: &Pattern| (0..pattern.stops.len() - 1).rfind(|&position| pattern.stops[position] == to);
        let alighting = lines.call_of(from_route, row.from_direction_id, &alights);
        let boarding = lines.call_of(to_route, row.to_direction_id, &boards);
        if alighting.is_none() && !lines.has_gaps {
            let why = format!("nobody can alight here from line {} in that direction", row.from_route_id);
            problems.add(at, "from_stop_id", why, "name a stop after the first of its trips, and their direction_id");
        }
        if boarding.is_none() && !lines.has_gaps {
            let why = format!("nobody can board line {} here in that direction", row.to_route_id);
            problems.add(at, "to_stop_id", why, "name a stop before the last of its trips, and their direction_id");
        }
        let (Some((from_pattern, from_stop)), Some((to_pattern, to_stop))) = (alighting, boarding) else { continue };
        let walk = network.map_or(Some(Duration::ZERO), |network| {
            let near = |link: &&crate::network::walking::WalkLink| {
                link.stop == to && link.distance <= policy.bus_first.total_walk
            };
            network.walks.from(from).iter().find(near).map(|link| link.duration)
        });
        let Some(walk) = walk else {
            let why = format!("is no stop within a walk of \"{}\"", row.from_stop_id);
            problems.add(at, "to_stop_id", why, "name a nearer stop: bus_first.total_walk_m says how far people walk");
            continue;
        };
        transfers.push(LineTransfer {
            code: row.transfer_id.clone(),
            from_pattern,
            from_stop,
            to_pattern,
            to_stop,
            walk,
            days,
            wanted_arrival: row.wanted_arrival,
            passengers: row.passengers,
        });
    }
    transfers
}

impl Lines {
    /// The first pattern of a line and direction that calls as wanted, and where among its stops.
    fn call_of(
        &self,
        route: usize,
        direction: i32,
        call: &dyn Fn(&Pattern) -> Option<usize>,
    ) -> Option<(PatternId, usize)> {
        self.routes[route].patterns.iter().find_map(|&id| {
            let pattern = &self.patterns[id.index()];
            if i32::from(pattern.direction) != direction {
                return None;
            }
            call(pattern).map(|position| (id, position))
        })
    }
}
