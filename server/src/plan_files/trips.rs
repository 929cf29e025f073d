//! Departures of the lines in plan.json.

use sanban_engine::ids::{BlockId, PatternId, TripId};
use sanban_engine::plan::Trip;
use sanban_engine::scenario::Scenario;
use sanban_engine::time::ServiceTime;
use serde::{Deserialize, Serialize};

use super::PlanFileError;
use super::bounds;
use super::codes::trip_code;
use super::lookup::{Lookup, at};
use crate::planned_day::PlannedDay;

/// A departure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TripRow {
    /// Unique in the file and in the GTFS beside it.
    pub trip_id: String,
    /// The line.
    pub route_id: String,
    /// Position of the pattern among those of the line.
    pub pattern: usize,
    /// The direction.
    pub direction_id: u8,
    /// From the first stop.
    pub departure: ServiceTime,
    /// What works it.
    pub vehicle_type_id: String,
    /// Calls in order.
    pub stop_times: Vec<StopTimeRow>,
}

/// A call of a departure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StopTimeRow {
    /// Where.
    pub stop_id: String,
    /// Arrival.
    pub arrival: ServiceTime,
    /// Departure.
    pub departure: ServiceTime,
    /// Passengers expected on board after it; absent at the last call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_load: Option<i32>,
}

impl TripRow {
    pub(super) fn new(day: &PlannedDay<'_>, id: TripId) -> Self {
        let trip = day.timetable.trip(id);
        let route = day.line_of(trip);
        Self {
            trip_id: trip_code(day.scenario, trip),
            route_id: route.code.clone(),
            pattern: route.patterns.iter().position(|&pattern| pattern == trip.pattern).unwrap_or(0),
            direction_id: day.pattern_of(trip).direction,
            departure: trip.departure,
            vehicle_type_id: day.scenario.fleet.vehicle_types[trip.vehicle_type.index()].code.clone(),
            stop_times: stop_times(day.scenario, trip),
        }
    }

    pub(super) fn trip(&self, lookup: &Lookup<'_>, block: Option<BlockId>) -> Result<Trip, PlanFileError> {
        let field = || format!("trip {}", self.trip_id);
        let wrong = |why: &str| PlanFileError { field: field(), why: why.to_owned() };
        let route = lookup.scenario.routes.iter().find(|route| route.code == self.route_id);
        let pattern = route.and_then(|route| route.patterns.get(self.pattern)).copied();
        let pattern: PatternId = pattern.ok_or_else(|| wrong("unknown line or pattern"))?;
        let trip = Trip {
            pattern,
            departure: self.departure,
            vehicle_type: at(field, lookup.vehicle_type(&self.vehicle_type_id))?,
            block: block.ok_or_else(|| wrong("in no block"))?,
            expected_load: self.stop_times.iter().filter_map(|call| call.expected_load).collect(),
        };
        let mut loads = trip.expected_load.iter();
        at(field, loads.try_for_each(|&load| bounds::amount("expected_load", load)))?;
        if stop_times(lookup.scenario, &trip) != self.stop_times {
            return Err(wrong("its stop times are not those of the line"));
        }
        Ok(trip)
    }
}

fn stop_times(scenario: &Scenario, trip: &Trip) -> Vec<StopTimeRow> {
    let pattern = scenario.pattern(trip.pattern);
    let call = |(index, &stop)| StopTimeRow {
        stop_id: scenario.network.place(stop).code.clone(),
        arrival: trip.departure + pattern.arrivals[index],
        departure: trip.departure + pattern.departures[index],
        expected_load: trip.expected_load.get(index).copied(),
    };
    pattern.stops.iter().enumerate().map(call).collect()
}
