//! The way of every consignment in plan.json: in holds, on a dedicated run, or why it stays.

use sanban_engine::ids::{PlaceId, RunId, TripId};
use sanban_engine::plan::{
    FreightCarrier, FreightEnd, FreightItinerary, FreightLeg, FreightPlan, FreightRun, FreightStatus, FreightVisit,
    LeftOver, NoRun, RunMiss, RunObstacle, WindowMiss,
};
use sanban_engine::time::{Duration, ServiceTime, TimeWindow};
use sanban_engine::units::Fen;
use serde::{Deserialize, Serialize};

use super::PlanFileError;
use super::blocks::Services;
use super::bounds;
use super::codes::freight_run_code;
use super::lookup::{Lookup, at};
use crate::planned_day::PlannedDay;

/// All consignments of the date, and the runs dedicated to them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreightRows {
    /// One per consignment.
    pub itineraries: Vec<ItineraryRow>,
    /// The dedicated runs.
    pub runs: Vec<FreightRunRow>,
}

/// How a consignment travels, or why not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItineraryRow {
    /// The consignment.
    pub consignment_id: String,
    /// In the order of travel; empty unless it travels in holds.
    pub legs: Vec<LegRow>,
    /// How it travels.
    pub status: StatusRow,
}

/// Goods in one hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LegRow {
    /// The service.
    pub carrier: CarrierRow,
    /// Position of the call at which they are loaded.
    pub loaded_at: usize,
    /// Position of the call at which they are unloaded.
    pub unloaded_at: usize,
}

/// A passenger service with a hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CarrierRow {
    /// A trip of the file.
    TripId(String),
    /// A market run of the file.
    RunId(String),
}

/// How a consignment travels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum StatusRow {
    /// In holds.
    InHolds,
    /// On a dedicated run.
    OnRun {
        /// A run of the file.
        freight_run_id: String,
        /// Why it doesn't travel in holds.
        left_over: LeftOverRow,
    },
    /// Not at all.
    NotCarried {
        /// Why it doesn't travel in holds.
        left_over: LeftOverRow,
        /// Why no dedicated run carries it; absent while none were planned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        no_run: Option<NoRunRow>,
    },
}

/// Why a consignment doesn't travel in holds; what each claims is described at the engine's `LeftOver`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "described at the engine's `LeftOver` and `WindowMiss`")]
pub enum LeftOverRow {
    NoService { end: FreightEnd },
    NoConnection,
    Late { delivered: ServiceTime, by_s: Duration },
    Missed { from_place_id: String, leaves: ServiceTime, by_s: Duration },
    LateAndMissed,
    HoldsTooSmall { most_kilograms: i32, most_litres: i32 },
    HoldsFull { carrier: CarrierRow, after_call: usize, kilograms_left: i32, litres_left: i32 },
    Dearer { by_fen: Fen },
}

/// Why no dedicated run carries a consignment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoRunRow {
    /// Not even a vehicle with nothing else to do could.
    pub even_alone: bool,
    /// What came nearest to fitting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<RunMissRow>,
}

/// What was in the way of putting a consignment on a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunMissRow {
    /// The vehicle that came nearest.
    pub vehicle_id: String,
    /// In this stretch of its time.
    pub window: TimeWindow,
    /// What was in the way.
    pub obstacle: RunObstacle,
    /// Nothing else was.
    pub suffices: bool,
}

/// A dedicated run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreightRunRow {
    /// Unique in the file.
    pub freight_run_id: String,
    /// The vehicle.
    pub vehicle_id: String,
    /// The stretch of its time that the run keeps within.
    pub window: TimeWindow,
    /// Leaves the depot.
    pub leaves_depot: ServiceTime,
    /// In order of time.
    pub visits: Vec<FreightVisitRow>,
    /// Is back.
    pub returns: ServiceTime,
}

/// One consignment loaded or unloaded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreightVisitRow {
    /// Where.
    pub place_id: String,
    /// Which.
    pub consignment_id: String,
    /// Loaded, else unloaded.
    pub loads: bool,
    /// The vehicle arrives.
    pub arrival: ServiceTime,
    /// Loading or unloading begins.
    pub begin: ServiceTime,
    /// It is done.
    pub departure: ServiceTime,
}

impl FreightRows {
    pub(super) fn new(day: &PlannedDay<'_>, plan: &FreightPlan) -> Self {
        let rows = Rows { day };
        Self {
            itineraries: plan.itineraries.iter().map(|itinerary| rows.itinerary(itinerary)).collect(),
            runs: plan.runs.iter().enumerate().map(|(index, run)| rows.run(index, run)).collect(),
        }
    }

    pub(super) fn plan(&self, lookup: &Lookup<'_>, services: &Services<'_>) -> Result<FreightPlan, PlanFileError> {
        let reader = Reader { lookup, services, runs: &self.runs };
        let itinerary =
            |row: &ItineraryRow| at(|| format!("consignment {}", row.consignment_id), reader.itinerary(row));
        let run = |row: &FreightRunRow| at(|| format!("freight run {}", row.freight_run_id), reader.run(row));
        Ok(FreightPlan {
            itineraries: self.itineraries.iter().map(itinerary).collect::<Result<_, _>>()?,
            runs: self.runs.iter().map(run).collect::<Result<_, _>>()?,
        })
    }
}

/// From ids to codes.
struct Rows<'a> {
    day: &'a PlannedDay<'a>,
}

impl Rows<'_> {
    fn place(&self, place: PlaceId) -> String {
        self.day.place(place).code.clone()
    }

    fn consignment(&self, index: usize) -> String {
        self.day.scenario.consignments[index].code.clone()
    }

    fn carrier(&self, carrier: FreightCarrier) -> CarrierRow {
        match carrier {
            FreightCarrier::Trip(trip) => CarrierRow::TripId(self.day.trip_code(trip)),
            FreightCarrier::Run(run) => CarrierRow::RunId(self.day.run_code(run).to_owned()),
        }
    }

    fn itinerary(&self, itinerary: &FreightItinerary) -> ItineraryRow {
        let leg = |leg: &FreightLeg| LegRow {
            carrier: self.carrier(leg.carrier),
            loaded_at: leg.loaded_at,
            unloaded_at: leg.unloaded_at,
        };
        let status = match &itinerary.status {
            FreightStatus::InHolds => StatusRow::InHolds,
            FreightStatus::OnRun { run, left_over } => {
                StatusRow::OnRun { freight_run_id: freight_run_code(*run), left_over: self.left_over(left_over) }
            }
            FreightStatus::NotCarried { left_over, no_run } => StatusRow::NotCarried {
                left_over: self.left_over(left_over),
                no_run: no_run.as_ref().map(|no_run| self.no_run(no_run)),
            },
        };
        let consignment_id = self.consignment(itinerary.consignment);
        ItineraryRow { consignment_id, legs: itinerary.legs.iter().map(leg).collect(), status }
    }

    fn left_over(&self, left_over: &LeftOver) -> LeftOverRow {
        match *left_over {
            LeftOver::NoService { end } => LeftOverRow::NoService { end },
            LeftOver::NoConnection => LeftOverRow::NoConnection,
            LeftOver::Window(WindowMiss::Late { delivered, by }) => LeftOverRow::Late { delivered, by_s: by },
            LeftOver::Window(WindowMiss::Missed { from, leaves, by }) => {
                LeftOverRow::Missed { from_place_id: self.place(from), leaves, by_s: by }
            }
            LeftOver::Window(WindowMiss::Both) => LeftOverRow::LateAndMissed,
            LeftOver::HoldsTooSmall { most_kilograms, most_litres } => {
                LeftOverRow::HoldsTooSmall { most_kilograms, most_litres }
            }
            LeftOver::HoldsFull { carrier, after_call, kilograms_left, litres_left } => {
                LeftOverRow::HoldsFull { carrier: self.carrier(carrier), after_call, kilograms_left, litres_left }
            }
            LeftOver::Dearer { by } => LeftOverRow::Dearer { by_fen: by },
        }
    }

    fn no_run(&self, no_run: &NoRun) -> NoRunRow {
        let miss = |miss: &RunMiss| RunMissRow {
            vehicle_id: self.day.scenario.fleet.vehicle(miss.vehicle).code.clone(),
            window: miss.window,
            obstacle: miss.obstacle,
            suffices: miss.suffices,
        };
        NoRunRow { even_alone: no_run.even_alone, nearest: no_run.nearest.as_ref().map(miss) }
    }

    fn run(&self, index: usize, run: &FreightRun) -> FreightRunRow {
        let visit = |visit: &FreightVisit| FreightVisitRow {
            place_id: self.place(visit.place),
            consignment_id: self.consignment(visit.consignment),
            loads: visit.loads,
            arrival: visit.arrival,
            begin: visit.begin,
            departure: visit.departure,
        };
        FreightRunRow {
            freight_run_id: freight_run_code(index),
            vehicle_id: self.day.scenario.fleet.vehicle(run.vehicle).code.clone(),
            window: run.window,
            leaves_depot: run.leaves_depot,
            visits: run.visits.iter().map(visit).collect(),
            returns: run.returns,
        }
    }
}

/// From codes to ids.
struct Reader<'a> {
    lookup: &'a Lookup<'a>,
    services: &'a Services<'a>,
    runs: &'a [FreightRunRow],
}

impl Reader<'_> {
    fn carrier(&self, row: &CarrierRow) -> Result<FreightCarrier, String> {
        match row {
            CarrierRow::TripId(code) => {
                let trip = self.services.trips.get(code.as_str()).ok_or_else(|| format!("unknown trip {code}"))?;
                Ok(FreightCarrier::Trip(TripId::from_index(*trip)))
            }
            CarrierRow::RunId(code) => {
                let run = self.services.runs.get(code.as_str()).ok_or_else(|| format!("unknown run {code}"))?;
                Ok(FreightCarrier::Run(RunId::from_index(*run)))
            }
        }
    }

    fn itinerary(&self, row: &ItineraryRow) -> Result<FreightItinerary, String> {
        let leg = |leg: &LegRow| {
            if leg.unloaded_at <= leg.loaded_at {
                return Err("it is unloaded before it is loaded".to_owned());
            }
            bounds::amount("loaded_at", leg.loaded_at)?;
            bounds::amount("unloaded_at", leg.unloaded_at)?;
            let carrier = self.carrier(&leg.carrier)?;
            Ok(FreightLeg { carrier, loaded_at: leg.loaded_at, unloaded_at: leg.unloaded_at })
        };
        let status = match &row.status {
            StatusRow::InHolds => FreightStatus::InHolds,
            StatusRow::OnRun { freight_run_id, left_over } => {
                let run = self.runs.iter().position(|run| run.freight_run_id == *freight_run_id);
                let run = run.ok_or_else(|| format!("unknown freight run {freight_run_id}"))?;
                FreightStatus::OnRun { run, left_over: self.left_over(left_over)? }
            }
            StatusRow::NotCarried { left_over, no_run } => FreightStatus::NotCarried {
                left_over: self.left_over(left_over)?,
                no_run: no_run.as_ref().map(|no_run| self.no_run(no_run)).transpose()?,
            },
        };
        Ok(FreightItinerary {
            consignment: self.lookup.consignment(&row.consignment_id)?,
            legs: row.legs.iter().map(leg).collect::<Result<_, _>>()?,
            status,
        })
    }

    fn left_over(&self, row: &LeftOverRow) -> Result<LeftOver, String> {
        Ok(match row {
            LeftOverRow::NoService { end } => LeftOver::NoService { end: *end },
            LeftOverRow::NoConnection => LeftOver::NoConnection,
            LeftOverRow::Late { delivered, by_s } => {
                bounds::seconds("by_s", *by_s)?;
                LeftOver::Window(WindowMiss::Late { delivered: *delivered, by: *by_s })
            }
            LeftOverRow::Missed { from_place_id, leaves, by_s } => {
                let from = self.lookup.place(from_place_id)?;
                bounds::seconds("by_s", *by_s)?;
                LeftOver::Window(WindowMiss::Missed { from, leaves: *leaves, by: *by_s })
            }
            LeftOverRow::LateAndMissed => LeftOver::Window(WindowMiss::Both),
            LeftOverRow::HoldsTooSmall { most_kilograms, most_litres } => {
                bounds::amount("most_kilograms", *most_kilograms)?;
                bounds::amount("most_litres", *most_litres)?;
                LeftOver::HoldsTooSmall { most_kilograms: *most_kilograms, most_litres: *most_litres }
            }
            LeftOverRow::HoldsFull { carrier, after_call, kilograms_left, litres_left } => {
                bounds::amount("after_call", *after_call)?;
                bounds::amount("kilograms_left", *kilograms_left)?;
                bounds::amount("litres_left", *litres_left)?;
                LeftOver::HoldsFull {
                    carrier: self.carrier(carrier)?,
                    after_call: *after_call,
                    kilograms_left: *kilograms_left,
                    litres_left: *litres_left,
                }
            }
            LeftOverRow::Dearer { by_fen } => {
                bounds::fen("by_fen", *by_fen)?;
                LeftOver::Dearer { by: *by_fen }
            }
        })
    }

    fn no_run(&self, row: &NoRunRow) -> Result<NoRun, String> {
        let miss = |miss: &RunMissRow| {
            let vehicle = self.lookup.vehicle(&miss.vehicle_id)?;
            match miss.obstacle {
                RunObstacle::Kilograms { short_by } | RunObstacle::Litres { short_by } => {
                    bounds::amount("short_by", short_by)?;
                }
                RunObstacle::Late { by } => bounds::seconds("by", by)?,
                RunObstacle::Other => {}
            }
            Ok::<_, String>(RunMiss { vehicle, window: miss.window, obstacle: miss.obstacle, suffices: miss.suffices })
        };
        Ok(NoRun { even_alone: row.even_alone, nearest: row.nearest.as_ref().map(miss).transpose()? })
    }

    fn run(&self, row: &FreightRunRow) -> Result<FreightRun, String> {
        let visit = |row: &FreightVisitRow| {
            Ok(FreightVisit {
                place: self.lookup.place(&row.place_id)?,
                consignment: self.lookup.consignment(&row.consignment_id)?,
                loads: row.loads,
                arrival: row.arrival,
                begin: row.begin,
                departure: row.departure,
            })
        };
        let visits: Vec<FreightVisit> = row.visits.iter().map(visit).collect::<Result<_, String>>()?;
        if visits.windows(2).any(|pair| pair[1].arrival < pair[0].departure) {
            return Err("its visits are not in order of time".to_owned());
        }
        Ok(FreightRun {
            vehicle: self.lookup.vehicle(&row.vehicle_id)?,
            window: row.window,
            leaves_depot: row.leaves_depot,
            visits,
            returns: row.returns,
        })
    }
}
