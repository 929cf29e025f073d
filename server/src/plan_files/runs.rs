//! Student and market runs in plan.json, the bells moved for them, and whom they leave behind.
//!
//! People are known by their village and school or market, and by their number.

use std::collections::BTreeMap;

use sanban_engine::fleet::Product;
use sanban_engine::ids::{BlockId, RunId};
use sanban_engine::plan::{Hub, LeftBehind, MovedBell, Run, RunCall, RunDemand, RunDirection, RunRiders};
use sanban_engine::scenario::Scenario;
use sanban_engine::time::ServiceTime;
use serde::{Deserialize, Serialize};

use super::PlanFileError;
use super::bounds;
use super::lookup::{Lookup, at};
use crate::planned_day::PlannedDay;

/// A student or market run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRow {
    /// Unique in the file; of a market run also the trip_id in the GTFS beside it.
    pub run_id: String,
    /// `student` or `market`.
    pub product: Product,
    /// Schools or markets, in the order of the calls.
    pub hubs: Vec<HubRow>,
    /// `inward` or `outward`.
    pub direction: RunDirection,
    /// What works it.
    pub vehicle_type_id: String,
    /// In order of time, at least two.
    pub calls: Vec<CallRow>,
}

/// Where a run gathers people to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HubRow {
    /// A school.
    SchoolId(String),
    /// A market.
    MarketId(String),
}

/// A call of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallRow {
    /// Where.
    pub place_id: String,
    /// Arrival.
    pub arrival: ServiceTime,
    /// Departure; at the last call everybody has got off.
    pub departure: ServiceTime,
    /// Who gets on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub boardings: Vec<RidersRow>,
    /// Who gets off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alightings: Vec<RidersRow>,
}

/// Some of a demand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RidersRow {
    /// Whose.
    pub of: DemandRow,
    /// How many people.
    pub people: i32,
    /// Luggage units of all of them.
    pub luggage: i32,
}

/// Who rides on runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DemandRow {
    /// Pupils of a village at a school.
    Pupils {
        /// Where they live.
        village_id: String,
        /// Where they learn.
        school_id: String,
        /// Do they live at school between blocks of school days?
        boards: bool,
    },
    /// Market goers of a village.
    Goers {
        /// Where they live.
        village_id: String,
        /// Where they go.
        market_id: String,
    },
}

/// A bell that is rung at another time than the scenario says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MovedBellRow {
    /// The school.
    pub school_id: String,
    /// Minutes later (negative: earlier), both bells.
    pub minutes: i32,
}

/// People whom no run brings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftBehindRow {
    /// Who.
    pub of: DemandRow,
    /// Which way.
    pub direction: RunDirection,
    /// How many.
    pub people: i32,
    /// How many of the group ride a line instead.
    pub on_lines: i32,
}

impl RunRow {
    pub(super) fn new(day: &PlannedDay<'_>, id: RunId) -> Self {
        let (scenario, run) = (day.scenario, day.timetable.run(id));
        let riders = |riders: &[RunRiders]| riders.iter().map(|riders| RidersRow::new(scenario, riders)).collect();
        let call = |call: &RunCall| CallRow {
            place_id: day.place(call.place).code.clone(),
            arrival: call.arrival,
            departure: call.departure,
            boardings: riders(&call.boardings),
            alightings: riders(&call.alightings),
        };
        Self {
            run_id: day.run_code(id).to_owned(),
            product: run.product,
            hubs: run.hubs.iter().map(|&hub| HubRow::new(scenario, hub)).collect(),
            direction: run.direction,
            vehicle_type_id: scenario.fleet.vehicle_types[run.vehicle_type.index()].code.clone(),
            calls: run.calls.iter().map(call).collect(),
        }
    }

    pub(super) fn run(&self, lookup: &Lookup<'_>, block: Option<BlockId>) -> Result<Run, PlanFileError> {
        let field = || format!("run {}", self.run_id);
        let hubs = self.hubs.iter().map(|hub| hub.hub(lookup)).collect();
        let calls = self.calls.iter().map(|call| call.call(lookup)).collect();
        let run = Run {
            product: self.product,
            hubs: at(field, hubs)?,
            direction: self.direction,
            vehicle_type: at(field, lookup.vehicle_type(&self.vehicle_type_id))?,
            block: at(field, block.ok_or_else(|| "in no block".to_owned()))?,
            calls: at(field, calls)?,
        };
        match impossibility(&run) {
            None => Ok(run),
            Some(why) => Err(PlanFileError { field: field(), why }),
        }
    }
}

/// What no vehicle can do, whatever it is permitted: rules of policy are the checker's business.
fn impossibility(run: &Run) -> Option<String> {
    if !matches!(run.product, Product::Student | Product::Market) {
        return Some(format!("{} is no product of runs", run.product.word()));
    }
    if run.calls.len() < 2 {
        return Some("a run has two calls at least".to_owned());
    }
    let mut on_board: BTreeMap<RunDemand, (i32, i32)> = BTreeMap::new();
    let mut time = run.calls[0].arrival;
    for (index, call) in run.calls.iter().enumerate() {
        let number = index + 1;
        if call.arrival < time || call.departure < call.arrival {
            return Some(format!("call {number} is not after the one before it, or leaves before it arrives"));
        }
        time = call.departure;
        for riders in call.boardings.iter().chain(&call.alightings) {
            if riders.people < 0 || riders.luggage < 0 {
                return Some(format!("call {number} has fewer people or luggage than none"));
            }
        }
        for (riders, sign) in
            call.alightings.iter().map(|riders| (riders, -1)).chain(call.boardings.iter().map(|riders| (riders, 1)))
        {
            let (people, luggage) = on_board.entry(riders.of).or_default();
            *people = people.saturating_add(sign * riders.people);
            *luggage = luggage.saturating_add(sign * riders.luggage);
            if *people < 0 || *luggage < 0 {
                return Some(format!("at call {number} more alight than are on board"));
            }
        }
    }
    let everybody_is_off = on_board.values().all(|&left| left == (0, 0));
    (!everybody_is_off).then(|| "not everybody is off at the end".to_owned())
}

impl HubRow {
    fn new(scenario: &Scenario, hub: Hub) -> Self {
        match hub {
            Hub::School(school) => Self::SchoolId(scenario.school(school).code.clone()),
            Hub::Market(market) => Self::MarketId(scenario.market(market).code.clone()),
        }
    }

    fn hub(&self, lookup: &Lookup<'_>) -> Result<Hub, String> {
        match self {
            Self::SchoolId(code) => lookup.school(code).map(Hub::School),
            Self::MarketId(code) => lookup.market(code).map(Hub::Market),
        }
    }
}

impl CallRow {
    fn call(&self, lookup: &Lookup<'_>) -> Result<RunCall, String> {
        let riders = |rows: &[RidersRow]| rows.iter().map(|row| row.riders(lookup)).collect::<Result<Vec<_>, _>>();
        Ok(RunCall {
            place: lookup.place(&self.place_id)?,
            arrival: self.arrival,
            departure: self.departure,
            boardings: riders(&self.boardings)?,
            alightings: riders(&self.alightings)?,
        })
    }
}

impl RidersRow {
    fn new(scenario: &Scenario, riders: &RunRiders) -> Self {
        Self { of: DemandRow::new(scenario, riders.of), people: riders.people, luggage: riders.luggage }
    }

    fn riders(&self, lookup: &Lookup<'_>) -> Result<RunRiders, String> {
        bounds::at_one_call("people", self.people)?;
        bounds::at_one_call("luggage", self.luggage)?;
        Ok(RunRiders { of: lookup.demand(&self.of)?, people: self.people, luggage: self.luggage })
    }
}

impl DemandRow {
    fn new(scenario: &Scenario, demand: RunDemand) -> Self {
        let village = |village: sanban_engine::ids::VillageId| {
            scenario.network.place(scenario.villages[village.index()].place).code.clone()
        };
        match demand {
            RunDemand::Pupils(id) => {
                let group = &scenario.student_groups[id.index()];
                let school_id = scenario.school(group.school).code.clone();
                Self::Pupils { village_id: village(group.village), school_id, boards: group.boards }
            }
            RunDemand::Goers(id) => {
                let goers = &scenario.market_goers[id.index()];
                let market_id = scenario.market(goers.market).code.clone();
                Self::Goers { village_id: village(goers.village), market_id }
            }
        }
    }
}

impl MovedBellRow {
    pub(super) fn new(scenario: &Scenario, bell: &MovedBell) -> Self {
        Self { school_id: scenario.school(bell.school).code.clone(), minutes: bell.minutes }
    }

    pub(super) fn bell(&self, lookup: &Lookup<'_>) -> Result<MovedBell, PlanFileError> {
        let field = || "moved_bells".to_owned();
        let school = at(field, lookup.school(&self.school_id))?;
        at(field, bounds::minutes("minutes", self.minutes))?;
        Ok(MovedBell { school, minutes: self.minutes })
    }
}

impl LeftBehindRow {
    pub(super) fn new(scenario: &Scenario, left: &LeftBehind) -> Self {
        let LeftBehind { of, direction, people, on_lines } = *left;
        Self { of: DemandRow::new(scenario, of), direction, people, on_lines }
    }

    pub(super) fn left_behind(&self, lookup: &Lookup<'_>) -> Result<LeftBehind, PlanFileError> {
        let field = || "left_behind".to_owned();
        let of = at(field, lookup.demand(&self.of))?;
        at(field, bounds::amount("people", self.people))?;
        at(field, bounds::amount("on_lines", self.on_lines))?;
        Ok(LeftBehind { of, direction: self.direction, people: self.people, on_lines: self.on_lines })
    }
}
