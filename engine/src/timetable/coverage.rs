//! What the policy asks of the departures of a direction, and what a set of departures still owes, in words.

use crate::calendar::DayType;
use crate::ids::{PatternId, SchoolId};
use crate::plan::Hub;
use crate::policy::LinePolicy;
use crate::scenario::Scenario;
use crate::time::{ServiceTime, TimeWindow};

/// A school or market that a departure of a direction has to reach in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The school's or market's code.
    pub code: String,
    /// When whoever rides the line should be there.
    pub wanted: TimeWindow,
    /// Departures from the first stop that bring them there then.
    pub departures: TimeWindow,
}

/// The schools and markets that policy wants reached by a direction on a date: those within a walk of a stop where somebody may
/// alight.
pub fn arrivals(scenario: &Scenario, day: &DayType, pattern: PatternId) -> Vec<Arrival> {
    let policy = &scenario.policy;
    let mut hubs = Vec::new();
    if policy.lines.reach_bells > 0 && day.is_school_day {
        hubs.extend(scenario.schools.iter().enumerate().map(|(index, school)| {
            let id = SchoolId::from_index(index);
            (Hub::School(id), school.place, policy.students.at_school(school.bell_start))
        }));
    }
    if policy.lines.reach_markets > 0 {
        hubs.extend(day.markets.iter().map(|&id| {
            let market = scenario.market(id);
            (Hub::Market(id), market.place, policy.markets.at_market(market.hours.earliest))
        }));
    }
    let line = scenario.pattern(pattern);
    let reached = |(hub, place, wanted): (Hub, _, TimeWindow)| {
        let walks = scenario.network.walks.from(place);
        let near = line.stops.iter().enumerate().filter_map(|(position, stop)| {
            let link = walks.iter().find(|link| link.stop == *stop && link.distance <= policy.walking.limit)?;
            Some((link.duration, position))
        });
        // Where the line begins nobody arrives.
        let (walk, position) = near.min().filter(|&(_, position)| position > 0)?;
        let ride = line.arrivals[position] + walk;
        let departures = TimeWindow::new(wanted.earliest - ride, wanted.latest - ride);
        Some(Arrival { code: hub.code(scenario).to_owned(), wanted, departures })
    };
    hubs.into_iter().filter_map(reached).collect()
}

/// Rules that the departures (ascending) break; empty when they keep them all.
pub fn shortfalls(policy: &LinePolicy, arrivals: &[Arrival], departures: &[ServiceTime]) -> Vec<String> {
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
    for Arrival { code, wanted, departures: reaching } in arrivals {
        if !departures.iter().any(|&departure| reaching.contains(departure)) {
            found.push(format!("nobody reaches {code} between {} and {}", wanted.earliest, wanted.latest));
        }
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

/// Of each arrival the candidate departures that make it; none where the grid has none.
pub fn arrival_windows(arrivals: &[Arrival], grid: &[ServiceTime]) -> Vec<Window> {
    let window = |arrival: &Arrival| {
        let first = grid.partition_point(|&time| time < arrival.departures.earliest);
        let end = grid.partition_point(|&time| time <= arrival.departures.latest);
        Window { first, end, condition: None }
    };
    arrivals.iter().map(window).filter(|window| window.first < window.end).collect()
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
