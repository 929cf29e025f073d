//! Vehicle days and the duties of their drivers in plan.json.

use std::collections::BTreeMap;

use sanban_engine::ids::{BlockId, RunId, TripId};
use sanban_engine::plan::{Block, Duty, DutyPiece};
use sanban_engine::time::{Duration, ServiceTime, TimeWindow};
use serde::{Deserialize, Serialize};

use super::PlanFileError;
use super::bounds;
use super::codes::duty_code;
use super::lookup::{Lookup, at};
use crate::planned_day::PlannedDay;

/// A vehicle day, or a piece of one between leaving the depot and being back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockRow {
    /// Unique in the file and in the GTFS beside it.
    pub block_id: String,
    /// The vehicle.
    pub vehicle_id: String,
    /// Where it sleeps.
    pub depot_id: String,
    /// Out of the depot.
    pub leaves_depot: ServiceTime,
    /// Back.
    pub returns: ServiceTime,
    /// In order of time.
    pub trip_ids: Vec<String>,
    /// In order of time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub run_ids: Vec<String>,
}

/// A driver's day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DutyRow {
    /// Unique in the file.
    pub duty_id: String,
    /// Where the driver signs on and off.
    pub depot_id: String,
    /// Signs on.
    pub sign_on: ServiceTime,
    /// Signs off.
    pub sign_off: ServiceTime,
    /// In order of time.
    pub pieces: Vec<DutyPieceRow>,
    /// In order of time.
    pub rests: Vec<RestRow>,
    /// Seconds at the wheel.
    pub driving_s: Duration,
    /// Seconds that are paid.
    pub paid_s: Duration,
    /// Who works it, once a rota says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver_id: Option<String>,
}

/// Work on one vehicle without a change of drivers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DutyPieceRow {
    /// What the vehicle does.
    pub block_id: String,
    /// Takes it over.
    pub begin: ServiceTime,
    /// Leaves it.
    pub end: ServiceTime,
    /// Where it is taken over.
    pub from_place_id: String,
    /// Where it is left.
    pub to_place_id: String,
}

/// A rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestRow {
    /// From then …
    pub begin: ServiceTime,
    /// … until then.
    pub end: ServiceTime,
}

/// Positions of trips and runs by the codes of a file, and in which block each was found.
pub(super) struct Services<'a> {
    pub(super) trips: BTreeMap<&'a str, usize>,
    pub(super) runs: BTreeMap<&'a str, usize>,
    /// By position of the trip.
    pub(super) block_of_trip: Vec<Option<BlockId>>,
    /// By position of the run.
    pub(super) block_of_run: Vec<Option<BlockId>>,
}

impl BlockRow {
    pub(super) fn new(day: &PlannedDay<'_>, index: usize) -> Self {
        let block = &day.timetable.blocks[index];
        let vehicle = day.scenario.fleet.vehicle(block.vehicle);
        Self {
            block_id: day.block_code(index).to_owned(),
            vehicle_id: vehicle.code.clone(),
            depot_id: day.scenario.fleet.depots[vehicle.depot.index()].code.clone(),
            leaves_depot: block.leaves_depot,
            returns: block.returns,
            trip_ids: block.trips.iter().map(|&trip| day.trip_code(trip)).collect(),
            run_ids: block.runs.iter().map(|&run| day.run_code(run).to_owned()).collect(),
        }
    }

    /// The block, which its trips and runs are told.
    pub(super) fn block(
        &self,
        id: BlockId,
        lookup: &Lookup<'_>,
        services: &mut Services<'_>,
    ) -> Result<Block, PlanFileError> {
        let field = || format!("block {}", self.block_id);
        let vehicle = at(field, lookup.vehicle(&self.vehicle_id))?;
        let mut trips = Vec::new();
        for code in &self.trip_ids {
            let index = services.trips.get(code.as_str()).copied();
            let index = at(field, index.ok_or_else(|| format!("unknown trip {code}")))?;
            services.block_of_trip[index] = Some(id);
            trips.push(TripId::from_index(index));
        }
        let mut runs = Vec::new();
        for code in &self.run_ids {
            let index = services.runs.get(code.as_str()).copied();
            let index = at(field, index.ok_or_else(|| format!("unknown run {code}")))?;
            services.block_of_run[index] = Some(id);
            runs.push(RunId::from_index(index));
        }
        Ok(Block { vehicle, leaves_depot: self.leaves_depot, returns: self.returns, trips, runs })
    }
}

impl DutyRow {
    pub(super) fn new(day: &PlannedDay<'_>, index: usize) -> Self {
        let duty = &day.timetable.duties[index];
        let code = |place| day.place(place).code.clone();
        let piece = |piece: &DutyPiece| DutyPieceRow {
            block_id: day.block_code(piece.block.index()).to_owned(),
            begin: piece.begin,
            end: piece.end,
            from_place_id: code(piece.from),
            to_place_id: code(piece.to),
        };
        Self {
            duty_id: duty_code(index),
            depot_id: day.scenario.fleet.depots[duty.depot.index()].code.clone(),
            sign_on: duty.sign_on,
            sign_off: duty.sign_off,
            pieces: duty.pieces.iter().map(piece).collect(),
            rests: duty.rests.iter().map(|rest| RestRow { begin: rest.earliest, end: rest.latest }).collect(),
            driving_s: duty.driving,
            paid_s: duty.paid,
            driver_id: duty.driver.clone(),
        }
    }

    /// The duty; `blocks` are the positions of the file's blocks by their codes.
    pub(super) fn duty(&self, lookup: &Lookup<'_>, blocks: &BTreeMap<&str, usize>) -> Result<Duty, PlanFileError> {
        let field = || format!("duty {}", self.duty_id);
        let piece = |row: &DutyPieceRow| {
            let block = blocks.get(row.block_id.as_str()).copied();
            Ok(DutyPiece {
                block: BlockId::from_index(block.ok_or_else(|| format!("unknown block {}", row.block_id))?),
                begin: row.begin,
                end: row.end,
                from: lookup.place(&row.from_place_id)?,
                to: lookup.place(&row.to_place_id)?,
            })
        };
        let pieces: Vec<DutyPiece> = at(field, self.pieces.iter().map(piece).collect())?;
        let follow_each_other = pieces.windows(2).all(|pair| pair[0].end <= pair[1].begin);
        if pieces.is_empty() || !follow_each_other || pieces.iter().any(|piece| piece.end < piece.begin) {
            let why = "its pieces are none, end before they begin, or are not in order of time".to_owned();
            return Err(PlanFileError { field: field(), why });
        }
        at(field, bounds::seconds("driving_s", self.driving_s))?;
        at(field, bounds::seconds("paid_s", self.paid_s))?;
        Ok(Duty {
            depot: at(field, lookup.depot(&self.depot_id))?,
            sign_on: self.sign_on,
            sign_off: self.sign_off,
            pieces,
            rests: self.rests.iter().map(|rest| TimeWindow::new(rest.begin, rest.end)).collect(),
            driving: self.driving_s,
            paid: self.paid_s,
            driver: self.driver_id.clone(),
        })
    }
}
