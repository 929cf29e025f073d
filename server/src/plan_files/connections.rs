//! Who changes lines, in plan.json: by the code of the transfer and of the two trips, with the times at both stops.

use sanban_engine::ids::{LineTransferId, TripId};
use sanban_engine::plan::{ConnectedRides, Connection, Timetable};
use sanban_engine::scenario::Scenario;
use sanban_engine::time::{Duration, ServiceTime};
use serde::{Deserialize, Serialize};

use super::PlanFileError;
use super::blocks::Services;
use super::bounds;
use super::codes::trip_code;
use super::lookup::{Lookup, at};
use crate::planned_day::PlannedDay;

/// Passengers who change from one line to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectionRow {
    /// Of the scenario's `line_transfers.csv`.
    pub transfer_id: String,
    /// How many people.
    pub passengers: i32,
    /// How they ride; absent where no departures meet for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rides: Option<RidesRow>,
}

/// Two departures that meet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RidesRow {
    /// They come by this trip …
    pub from_trip_id: String,
    /// … alight here …
    pub from_stop_id: String,
    /// … then …
    pub arrival: ServiceTime,
    /// … and go on with that trip …
    pub to_trip_id: String,
    /// … which they board here …
    pub to_stop_id: String,
    /// … then.
    pub departure: ServiceTime,
    /// So long they wait, beyond walking and the least time to change.
    pub wait_s: Duration,
}

impl ConnectionRow {
    pub(super) fn new(day: &PlannedDay<'_>, connection: &Connection) -> Self {
        let transfer = &day.scenario.line_transfers[connection.transfer.index()];
        Self {
            transfer_id: transfer.code.clone(),
            passengers: transfer.passengers,
            rides: connection.rides.map(|rides| RidesRow::new(day.scenario, day.timetable, connection.transfer, rides)),
        }
    }

    /// The trips and `known` tell the times: a row that says others doesn't fit.
    pub(super) fn connection(
        &self,
        lookup: &Lookup<'_>,
        (services, known): (&Services<'_>, &Timetable),
    ) -> Result<Connection, PlanFileError> {
        let field = || format!("connection {}", self.transfer_id);
        let wrong = |why: String| PlanFileError { field: field(), why };
        let transfers = &lookup.scenario.line_transfers;
        let position = transfers.iter().position(|transfer| transfer.code == self.transfer_id);
        let position = position.ok_or_else(|| wrong(format!("unknown transfer {}", self.transfer_id)))?;
        let transfer = LineTransferId::from_index(position);
        if transfers[position].passengers != self.passengers {
            return Err(wrong(format!("{} people change", transfers[position].passengers)));
        }
        let Some(row) = &self.rides else { return Ok(Connection { transfer, rides: None }) };
        let trip = |code: &str| {
            let known = services.trips.get(code).copied().map(TripId::from_index);
            known.ok_or_else(|| wrong(format!("unknown trip {code}")))
        };
        at(field, bounds::seconds("wait_s", row.wait_s))?;
        let rides = ConnectedRides { from: trip(&row.from_trip_id)?, to: trip(&row.to_trip_id)?, wait: row.wait_s };
        let patterns = [rides.from, rides.to].map(|trip| known.trip(trip).pattern);
        if patterns != [transfers[position].from_pattern, transfers[position].to_pattern] {
            return Err(wrong("its trips are not of its lines and directions".to_owned()));
        }
        if RidesRow::new(lookup.scenario, known, transfer, rides) != *row {
            return Err(wrong("its stops and times are not those of its trips".to_owned()));
        }
        Ok(Connection { transfer, rides: Some(rides) })
    }
}

impl RidesRow {
    /// Of trips of the transfer's patterns.
    fn new(scenario: &Scenario, timetable: &Timetable, transfer: LineTransferId, rides: ConnectedRides) -> Self {
        let transfer = &scenario.line_transfers[transfer.index()];
        let (from, to) = (timetable.trip(rides.from), timetable.trip(rides.to));
        let (first, second) = (scenario.pattern(from.pattern), scenario.pattern(to.pattern));
        let code = |place| scenario.network.place(place).code.clone();
        Self {
            from_trip_id: trip_code(scenario, from),
            from_stop_id: code(first.stops[transfer.from_stop]),
            arrival: from.departure + first.arrivals[transfer.from_stop],
            to_trip_id: trip_code(scenario, to),
            to_stop_id: code(second.stops[transfer.to_stop]),
            departure: to.departure + second.departures[transfer.to_stop],
            wait_s: rides.wait,
        }
    }
}
