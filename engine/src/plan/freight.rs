//! Where every consignment of a date travels: in the holds of passenger services, on a dedicated freight run, or not at all.
//!
//! Plain data. Every reason claims only what was proved for this very plan; who finds and who checks it is not known here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{PlaceId, RunId, TripId, VehicleId};
use crate::time::{Duration, ServiceTime, TimeWindow};
use crate::units::Fen;

/// A passenger service in whose hold goods travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FreightCarrier {
    /// A trip of the timetable; its calls are the stops of its pattern.
    Trip(TripId),
    /// A market run; its calls are its own. Student runs carry no goods.
    Run(RunId),
}

/// Goods in one hold from one call to a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FreightLeg {
    /// The service.
    pub carrier: FreightCarrier,
    /// Position of the call at which they are loaded, among the calls of the service.
    pub loaded_at: usize,
    /// Position of the call at which they are unloaded; after `loaded_at`.
    pub unloaded_at: usize,
}

/// One consignment of the date: every one has an itinerary, if only one that says why it stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreightItinerary {
    /// Position among the consignments of the scenario.
    pub consignment: usize,
    /// In the order of travel; empty unless it travels in holds.
    pub legs: Vec<FreightLeg>,
    /// How it travels, or why not.
    pub status: FreightStatus,
}

/// How a consignment travels, or why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum FreightStatus {
    /// In holds, as the legs say.
    InHolds,
    /// On a dedicated run.
    OnRun {
        /// Position among the runs of the plan.
        run: usize,
        /// Why it doesn't travel in holds.
        left_over: LeftOver,
    },
    /// Not at all.
    NotCarried {
        /// Why it doesn't travel in holds.
        left_over: LeftOver,
        /// Why no dedicated run carries it; `None` while none were planned.
        no_run: Option<NoRun>,
    },
}

/// One end of a consignment's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FreightEnd {
    /// Where it waits.
    Origin,
    /// Where it is wanted.
    Destination,
}

/// Why a consignment does not travel in holds. The first three were proved for empty holds of any size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum LeftOver {
    /// No service calls near enough to this end.
    #[error("no service calls near its {}", match end { FreightEnd::Origin => "origin", FreightEnd::Destination => "destination" })]
    NoService {
        /// Which end.
        end: FreightEnd,
    },
    /// Services call at both ends, but no chain of them, with as many transfers as policy permits, leads from one to the
    /// other, whatever the time.
    #[error("no services lead from its origin to its destination")]
    NoConnection,
    /// Services lead there, none within the window. Of the two ways to miss it the lesser is told.
    #[error(transparent)]
    Window(WindowMiss),
    /// Services lead there within the window, but each of these ways has a segment whose empty hold is too small.
    #[error("larger than the holds on the way: at most {most_kilograms} kg, at most {most_litres} l")]
    HoldsTooSmall {
        /// The heaviest consignment that some way within the window could carry, whatever its volume.
        most_kilograms: i32,
        /// The largest consignment that some way within the window could carry, whatever its weight.
        most_litres: i32,
    },
    /// Empty holds would do, but with what this plan loads every way within the window that costs less than leaving it over
    /// has a segment without room. On the way that would be cheapest in empty holds it is short of most here.
    #[error("holds are full: {kilograms_left} kg and {litres_left} l are left where it would be cheapest")]
    HoldsFull {
        /// The service.
        carrier: FreightCarrier,
        /// Between this call and the next.
        after_call: usize,
        /// Room that this plan leaves there.
        kilograms_left: i32,
        /// Room that this plan leaves there.
        litres_left: i32,
    },
    /// Even in empty holds the cheapest way within the window costs as much as leaving it over, or more.
    #[error("holds cost {by} more than to leave it to a dedicated run")]
    Dearer {
        /// By so much, or less than a fen more.
        by: Fen,
    },
}

/// How near the services come to a window that they miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", tag = "miss")]
pub enum WindowMiss {
    /// The earliest delivery of goods that are ready when they are.
    #[error("arrives {by} after it is due")]
    Late {
        /// Handed over at the destination at this time.
        delivered: ServiceTime,
        /// So long after it is due.
        by: Duration,
    },
    /// The last departure of goods that arrive in time.
    #[error("the last service that is in time leaves at {leaves}, goods would have to be ready {by} sooner")]
    Missed {
        /// Where it leaves.
        from: PlaceId,
        /// When.
        leaves: ServiceTime,
        /// Goods would have to be ready so much sooner.
        by: Duration,
    },
    /// Services that leave late enough all arrive too late to go on, and those that arrive in time leave too early: only by being
    /// ready sooner and due later could it travel.
    #[error("services leave before it is ready and arrive after it is due")]
    Both,
}

/// Why no dedicated run carries a consignment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoRun {
    /// True: no freight vehicle could carry it even if it had nothing else to do. False: none can besides its present
    /// stops in their present order.
    pub even_alone: bool,
    /// What came nearest to fitting; `None` without any vehicle.
    pub nearest: Option<RunMiss>,
}

/// What was in the way of putting a consignment on a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunMiss {
    /// The vehicle that came nearest …
    pub vehicle: VehicleId,
    /// … in this stretch of its time.
    pub window: TimeWindow,
    /// What was in the way.
    pub obstacle: RunObstacle,
    /// Nothing else was: with just that much leeway it could be carried.
    pub suffices: bool,
}

/// A rule in the way of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum RunObstacle {
    /// It is too heavy.
    Kilograms {
        /// By so much, where the vehicle is fullest.
        short_by: i32,
    },
    /// It is too large.
    Litres {
        /// By so much, where the vehicle is fullest.
        short_by: i32,
    },
    /// So much too late: at its origin or destination, for another consignment, or back at the depot.
    Late {
        /// By how much.
        by: Duration,
    },
    /// Anything else the vehicle is bound by.
    Other,
}

impl LeftOver {
    /// The same in a few words, without figures.
    pub const fn in_brief(&self) -> &'static str {
        match self {
            Self::NoService { end: FreightEnd::Origin } => "no service calls near their origin",
            Self::NoService { end: FreightEnd::Destination } => "no service calls near their destination",
            Self::NoConnection => "no services lead there",
            Self::Window(_) => "no services lead there in time",
            Self::HoldsTooSmall { .. } => "they are larger than the holds on the way",
            Self::HoldsFull { .. } => "holds are full",
            Self::Dearer { .. } => "holds cost as much as a dedicated run, or more",
        }
    }
}

impl NoRun {
    /// The same in a few words, without figures.
    pub const fn in_brief(&self) -> &'static str {
        match self {
            Self { nearest: None, .. } => "there is no freight vehicle",
            Self { even_alone: true, .. } => "no freight vehicle could carry them alone",
            Self { even_alone: false, .. } => "no freight vehicle can carry them besides its other goods",
        }
    }
}

/// What one vehicle does on a dedicated freight run: out of its depot and back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreightRun {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// The stretch of its time that the run keeps within.
    pub window: TimeWindow,
    /// Leaves the depot.
    pub leaves_depot: ServiceTime,
    /// In order of time; never empty.
    pub visits: Vec<FreightVisit>,
    /// Is back.
    pub returns: ServiceTime,
}

/// One consignment loaded or unloaded on a dedicated run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreightVisit {
    /// Where.
    pub place: PlaceId,
    /// Position among the consignments of the scenario.
    pub consignment: usize,
    /// Loaded, else unloaded.
    pub loads: bool,
    /// The vehicle arrives.
    pub arrival: ServiceTime,
    /// Loading or unloading begins; the vehicle may have waited.
    pub begin: ServiceTime,
    /// It is done.
    pub departure: ServiceTime,
}

/// All consignments of a date.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreightPlan {
    /// One per consignment of the date, ascending.
    pub itineraries: Vec<FreightItinerary>,
    /// The dedicated runs.
    pub runs: Vec<FreightRun>,
}

/// How many consignments travel which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FreightCounts {
    /// In holds of trips all the way.
    pub on_trips: usize,
    /// In the hold of a market run, on all of their way or a part of it.
    pub on_market_runs: usize,
    /// On dedicated runs.
    pub on_freight_runs: usize,
    /// Not at all.
    pub not_carried: usize,
}

impl FreightPlan {
    /// How many travel which way.
    pub fn counts(&self) -> FreightCounts {
        let mut counts = FreightCounts::default();
        for itinerary in &self.itineraries {
            let uses_a_run = || itinerary.legs.iter().any(|leg| matches!(leg.carrier, FreightCarrier::Run(_)));
            *match itinerary.status {
                FreightStatus::InHolds if uses_a_run() => &mut counts.on_market_runs,
                FreightStatus::InHolds => &mut counts.on_trips,
                FreightStatus::OnRun { .. } => &mut counts.on_freight_runs,
                FreightStatus::NotCarried { .. } => &mut counts.not_carried,
            } += 1;
        }
        counts
    }

    /// Why consignments don't travel at all, in words, and how many for the same reasons.
    pub fn reasons_not_carried(&self) -> BTreeMap<String, usize> {
        let mut reasons = BTreeMap::new();
        for itinerary in &self.itineraries {
            if let FreightStatus::NotCarried { left_over, no_run } = &itinerary.status {
                let no_run = no_run.as_ref().map(|no_run| format!("; {}", no_run.in_brief()));
                let reason = format!("{}{}", left_over.in_brief(), no_run.unwrap_or_default());
                *reasons.entry(reason).or_default() += 1;
            }
        }
        reasons
    }
}
