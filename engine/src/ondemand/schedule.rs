//! Does a schedule exist for a sequence of stops, and which is the earliest?
//!
//! Every constraint on the begins `t` of service has the form `t[a] >= t[b] + c`: driving pushes a later stop,
//! a limit of ride time, duration or waiting pushes an *earlier* one (the pickup must not be too long before the drop-off). Such a
//! system has a least solution or none. It is found by sweeping forwards over the driving constraints and backwards over
//! the limits until nothing moves. A longest path visits each limit at most once, so that more sweeps than limits
//! prove a contradiction: the answer is exact, not heuristic. Usually two sweeps do.
//!
//! The least solution is the schedule shown to people: everything as early as possible, except that departures are
//! delayed as far as ride times and route durations demand (the forward slack of Cordeau & Laporte 2003).

use crate::ids::PlaceId;
use crate::network::TravelTimes;

/// A stop (or the depot at either end) as the schedule sees it; times in the problem's unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub place: PlaceId,
    pub earliest: i64,
    pub latest: i64,
    pub service: i64,
    /// Begins at most `limit.1` after the node at position `limit.0` begins.
    pub limit: Option<(u32, i64)>,
    /// The vehicle stands at most so long between the node before and this one.
    pub max_wait: Option<i64>,
}

/// Driving time in the problem's unit.
#[inline]
pub(super) fn driving_time(travel: &TravelTimes, from: &Node, to: &Node) -> i64 {
    i64::from(travel.duration(from.place, to.place).seconds())
}

/// The least begins that respect everything, in `begin`; false (and `begin` is meaningless) when there are none.
pub(super) fn least_schedule(travel: &TravelTimes, nodes: &[Node], begin: &mut Vec<i64>) -> bool {
    begin.clear();
    begin.extend(nodes.iter().map(|node| node.earliest));
    let limits =
        nodes.iter().map(|node| usize::from(node.limit.is_some()) + usize::from(node.max_wait.is_some())).sum();
    for _sweep in 0..=limits {
        for position in 0..nodes.len() {
            if position > 0 {
                let before = &nodes[position - 1];
                let arrival = begin[position - 1] + before.service + driving_time(travel, before, &nodes[position]);
                begin[position] = begin[position].max(arrival);
            }
            if begin[position] > nodes[position].latest {
                return false;
            }
        }
        let mut moved = false;
        for position in (0..nodes.len()).rev() {
            if let (Some(wait), Some(before)) = (nodes[position].max_wait, position.checked_sub(1)) {
                let driving = driving_time(travel, &nodes[before], &nodes[position]);
                let at_least = begin[position] - wait - driving - nodes[before].service;
                if begin[before] < at_least {
                    begin[before] = at_least;
                    moved = true;
                }
            }
            if let Some((pushed, limit)) = nodes[position].limit {
                let at_least = begin[position] - limit;
                if begin[pushed as usize] < at_least {
                    begin[pushed as usize] = at_least;
                    moved = true;
                }
            }
        }
        if !moved {
            return true;
        }
    }
    false
}
