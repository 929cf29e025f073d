//! What the policy asks of the departures of a direction, and what a set of departures still owes, in words.

use crate::policy::LinePolicy;
use crate::time::ServiceTime;

/// Rules that the departures (ascending) break; empty when they keep them all.
pub fn shortfalls(policy: &LinePolicy, departures: &[ServiceTime]) -> Vec<String> {
    let (Some(&first), Some(&last)) = (departures.first(), departures.last()) else {
        return vec!["no departure".to_owned()];
    };
    let mut found = Vec::new();
    if first > policy.first_departure_by {
        found.push(format!("first departure {first}, wanted by {}", policy.first_departure_by));
    }
    if last < policy.last_departure_from {
        found.push(format!("last departure {last}, wanted from {}", policy.last_departure_from));
    }
    if (departures.len() as i64) < i64::from(policy.least_departures) {
        found.push(format!("{} departures, at least {} wanted", departures.len(), policy.least_departures));
    }
    for pair in departures.windows(2).filter(|pair| pair[1] - pair[0] > policy.largest_gap) {
        found.push(format!("no departure between {} and {}", pair[0], pair[1]));
    }
    found
}

/// Sets of positions in a grid of candidate departures, and which of them must hold a departure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first position.
    pub first: usize,
    /// One past the last.
    pub end: usize,
    /// The window counts only if there is a departure here; `None`: always.
    pub condition: Option<usize>,
}

/// The windows whose departures together say what [`shortfalls`] says of first, last and gap.
///
/// Between the hours that the first and last departure are bound to, every stretch as long as the largest gap needs a
/// departure, whatever else is chosen; such unconditional rows make a strong relaxation. Outside, a stretch counts
/// only if the departure before (in the morning) or after it (in the evening) is made.
pub fn windows(policy: &LinePolicy, grid: &[ServiceTime]) -> Vec<Window> {
    let count = grid.len();
    let by = grid.iter().rposition(|&time| time <= policy.first_departure_by).unwrap_or(0);
    let from = grid.iter().position(|&time| time >= policy.last_departure_from).unwrap_or(count - 1);
    let always = |first, end| Window { first, end, condition: None };
    let mut found = vec![always(0, by + 1), always(from, count)];
    let steps = (policy.largest_gap.seconds() / policy.departure_grid.seconds()).max(1) as usize;
    for before in 0..count {
        let after = before + steps + 1;
        if after >= count {
            break;
        }
        let condition = match (before >= by, after <= from) {
            (true, true) => None,
            (false, _) => Some(before),
            (true, false) => Some(after),
        };
        // A long morning stretch may also reach into the evening: then both ends must be departures for it to
        // count, and the condition on the earlier end alone would claim too much.
        if before < by && after > from {
            continue;
        }
        found.push(Window { first: before + 1, end: after, condition });
    }
    found
}

/// At least so many departures on the grid keep the rules; what is fewer is missing, whatever else is chosen.
pub fn least_departures(policy: &LinePolicy, grid: &[ServiceTime]) -> usize {
    let mut always: Vec<Window> =
        windows(policy, grid).into_iter().filter(|window| window.condition.is_none()).collect();
    always.sort_by_key(|window| (window.end, window.first));
    // Windows that share no grid point each need a departure of their own.
    let (mut apart, mut end) = (0, 0);
    for window in always.iter().filter(|window| window.first < window.end) {
        if window.first >= end {
            (apart, end) = (apart + 1, window.end);
        }
    }
    apart.max(usize::try_from(policy.least_departures).unwrap_or(0).min(grid.len()))
}
