//! Who wants to ride a line on the date: expected passengers grouped by stops and wanted time.
//!
//! Wanted times are kept to the nearest point of the departure grid and counted at the first stop of the pattern (the
//! wanted boarding less the running time to the boarding stop), so that the deviation of a passenger from a departure
//! is one subtraction. Passengers of a group may be split over departures, but never in halves.

use std::collections::BTreeMap;

use crate::calendar::DayType;
use crate::demand::DemandDays;
use crate::ids::PatternId;
use crate::scenario::Scenario;
use crate::time::{Duration, ServiceTime};
use crate::units::{Fen, rounded_quotient};

/// Passengers with the same wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DemandGroup {
    /// Position of the boarding stop in the pattern.
    pub from_stop: usize,
    /// Position of the alighting stop.
    pub to_stop: usize,
    /// The departure from the first stop that would suit best.
    pub wanted_departure: ServiceTime,
    /// How many.
    pub passengers: i32,
}

impl DemandGroup {
    /// Is the group on board between this stop and the next?
    pub fn rides(&self, segment: usize) -> bool {
        self.from_stop <= segment && segment < self.to_stop
    }

    /// What one passenger's deviation costs on a departure; `None` if it is more than passengers accept.
    pub fn deviation_cost(&self, scenario: &Scenario, departure: ServiceTime) -> Option<Fen> {
        let lines = &scenario.policy.lines;
        let deviation = Duration::from_seconds((departure - self.wanted_departure).seconds().abs());
        (deviation <= lines.max_deviation).then(|| lines.passenger_hour.per_hour(deviation))
    }
}

/// The groups of a pattern on a day, in the order of stops and time.
pub fn demand_groups(scenario: &Scenario, day: &DayType, pattern: PatternId) -> Vec<DemandGroup> {
    let grid = i64::from(scenario.policy.lines.departure_grid.seconds());
    let departures = &scenario.pattern(pattern).departures;
    let mut passengers = BTreeMap::new();
    for demand in &scenario.line_demand {
        if demand.pattern == pattern && occurs(demand.days, day) && demand.passengers > 0 {
            let wanted = demand.wanted_boarding - departures[demand.from_stop];
            let wanted = rounded_quotient(i64::from(wanted.seconds()), grid) * grid;
            let wanted = ServiceTime::from_seconds(i32::try_from(wanted).expect("a time of day"));
            *passengers.entry((demand.from_stop, demand.to_stop, wanted)).or_default() += demand.passengers;
        }
    }
    let group = |((from_stop, to_stop, wanted_departure), passengers)| DemandGroup {
        from_stop,
        to_stop,
        wanted_departure,
        passengers,
    };
    passengers.into_iter().map(group).collect()
}

fn occurs(days: DemandDays, day: &DayType) -> bool {
    match days {
        DemandDays::Every => true,
        DemandDays::Kind(kind) => day.kind == kind,
        DemandDays::School => day.is_school_day,
        DemandDays::Market(market) => day.markets.contains(&market),
    }
}
