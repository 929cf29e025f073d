//! Dedicated freight runs for what holds leave over: a problem of rides on demand whose passengers are goods.

use std::sync::Arc;

use super::problem::Hold;
use crate::fleet::Product;
use crate::ids::{PlaceId, VehicleId};
use crate::network::TravelTimes;
use crate::ondemand::{
    Miss, Objective, Pace, Problem, Refusal, RequestIndex, RequestSpec, ScheduledStop, SearchOptions, Solution,
    StopKind, StopSpec, VehicleSpec, best_insertion, improve,
};
use crate::plan::{
    FreightItinerary, FreightPlan, FreightRun, FreightStatus, FreightVisit, NoRun, RunMiss, RunObstacle,
};
use crate::stop_signal::StopSignal;
use crate::time::{Duration, TimeWindow};
use crate::units::{Fen, Load};

/// A vehicle that may carry goods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreightVehicle {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// Where it leaves from and returns to.
    pub depot: PlaceId,
    /// Its room.
    pub capacity: Hold,
    /// When it is free and has a driver: shift pieces or what other services leave of them. A run keeps within one.
    pub windows: Vec<TimeWindow>,
}

/// What dedicated runs cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunCosts {
    /// Per kilometre driven.
    pub per_kilometre: Fen,
    /// Per hour driven.
    pub per_hour: Fen,
    /// Per run.
    pub per_day: Fen,
}

/// A consignment for a dedicated run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunGoods {
    /// Position among the consignments of whoever made the problem.
    pub consignment: usize,
    /// Where it waits.
    pub from: PlaceId,
    /// Where it is wanted.
    pub to: PlaceId,
    /// What it takes.
    pub load: Hold,
    /// From when loading may begin to when it must be unloaded.
    pub window: TimeWindow,
    /// How long loading takes, and unloading.
    pub handling: Duration,
}

/// Vehicles and what they are to carry.
#[derive(Clone, Debug)]
pub struct RunsProblem {
    /// Between all places.
    pub travel: Arc<TravelTimes>,
    /// In any order.
    pub vehicles: Vec<FreightVehicle>,
    /// The same for all of them.
    pub costs: RunCosts,
    /// In any order.
    pub goods: Vec<RunGoods>,
}

/// How long to search, from which seed, by how many threads; the latter has no influence on the result.
#[derive(Clone, Copy, Debug)]
pub struct RunOptions {
    /// Destroy-and-repair rounds.
    pub rounds: u64,
    /// Seed of the ChaCha8 generators.
    pub seed: u64,
    /// At most so many threads.
    pub threads: usize,
}

/// What dedicated runs carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runs {
    /// By vehicle, then window.
    pub runs: Vec<FreightRun>,
    /// Consignments that no run carries, ascending.
    pub refused: Vec<(usize, NoRun)>,
    /// Of the runs.
    pub cost: Fen,
}

/// The on-demand solver counts in so many parts of a fen: then a metre and a second have whole prices.
const PARTS_OF_FEN: i64 = 3_600_000;

impl Default for RunOptions {
    fn default() -> Self {
        Self { rounds: 2_000, seed: 1, threads: 1 }
    }
}

/// The runs; as many consignments as possible, then at little cost.
pub fn plan_runs(problem: &RunsProblem, options: &RunOptions, stop: StopSignal) -> Runs {
    let objective = Objective {
        per_metre: problem.costs.per_kilometre.0 * PARTS_OF_FEN / 1_000,
        per_driving_second: problem.costs.per_hour.0 * PARTS_OF_FEN / 3_600,
        per_vehicle: problem.costs.per_day.0 * PARTS_OF_FEN,
        per_unserved: 1_000_000_000_000_000,
        per_changed_vehicle: 0,
        per_shifted_second: 0,
    };
    let windows = |vehicle| move |&window: &TimeWindow| (vehicle, window);
    let pieces: Vec<(&FreightVehicle, TimeWindow)> =
        problem.vehicles.iter().flat_map(|vehicle| vehicle.windows.iter().map(windows(vehicle))).collect();
    let specs = pieces
        .iter()
        .map(|&(vehicle, window)| VehicleSpec::at(vehicle.depot, window, load_of(vehicle.capacity), Product::Freight));
    let mut rides = Problem::new(Arc::clone(&problem.travel), specs.collect(), objective);
    for goods in &problem.goods {
        rides.push_request(request_of(goods));
    }
    let search = SearchOptions { pace: Pace::Rounds(options.rounds), seed: options.seed, threads: options.threads };
    let solution = match (problem.goods.is_empty(), pieces.is_empty()) {
        (false, false) => improve(&rides, Solution::empty(&rides), &search, &|_| {}, stop),
        _ => Solution::empty(&rides),
    };
    // A search that was stopped may leave over what still fits; what is refused must not.
    let mut solution = solution;
    let mut refused = Vec::new();
    for request in solution.unserved(&rides).collect::<Vec<RequestIndex>>() {
        match best_insertion(&rides, &solution, rides.wanted(request)) {
            Ok(insertion) => solution.insert(&rides, request, insertion),
            Err(_) => refused.push(request),
        }
    }
    let refused = refused.into_iter().filter_map(|request| {
        let refusal = best_insertion(&rides, &solution, rides.wanted(request)).err()?;
        Some((problem.goods[request.index()].consignment, no_run(&pieces, refusal)))
    });
    let mut refused: Vec<(usize, NoRun)> = refused.collect();
    refused.sort_by_key(|&(consignment, _)| consignment);
    let unserved = solution.unserved(&rides).count() as i64 * objective.per_unserved;
    let cost = Fen((solution.cost(&rides) - unserved) / PARTS_OF_FEN);
    let used = (0..pieces.len()).filter(|&piece| !solution.stops(piece).is_empty());
    let runs = used.map(|piece| run_of(problem, pieces[piece], solution.schedule(&rides, piece)));
    let mut runs: Vec<FreightRun> = runs.collect();
    runs.sort_by_key(|run| (run.vehicle, run.window.earliest));
    Runs { runs, refused, cost }
}

fn load_of(hold: Hold) -> Load {
    Load { freight_kilograms: hold.kilograms, freight_litres: hold.litres, ..Load::ZERO }
}

fn request_of(goods: &RunGoods) -> RequestSpec {
    let TimeWindow { earliest, latest } = goods.window;
    let begin_by = latest - goods.handling;
    let stop = |place, window| StopSpec { place, window, service: goods.handling };
    RequestSpec {
        pickup: stop(goods.from, TimeWindow::new(earliest, begin_by.max(earliest))),
        dropoff: stop(goods.to, TimeWindow::new(earliest.min(begin_by), begin_by)),
        load: load_of(goods.load),
        ride_time_limit: None,
        product: Product::Freight,
        vehicle: None,
    }
}

fn run_of(
    problem: &RunsProblem,
    (vehicle, window): (&FreightVehicle, TimeWindow),
    times: crate::ondemand::VehicleTimes,
) -> FreightRun {
    let visit = |stop: &ScheduledStop| {
        let goods = &problem.goods[stop.request.index()];
        let loads = stop.kind == StopKind::Pickup;
        FreightVisit {
            place: if loads { goods.from } else { goods.to },
            consignment: goods.consignment,
            loads,
            arrival: stop.arrival,
            begin: stop.begin,
            departure: stop.departure,
        }
    };
    FreightRun {
        vehicle: vehicle.vehicle,
        window,
        leaves_depot: times.leaves,
        visits: times.stops.iter().map(visit).collect(),
        returns: times.returns,
    }
}

fn no_run(pieces: &[(&FreightVehicle, TimeWindow)], refusal: Refusal) -> NoRun {
    let (even_alone, nearest) = match refusal {
        Refusal::ImpossibleAlone(nearest) => (true, nearest),
        Refusal::NoInsertion(nearest) => (false, nearest),
    };
    let obstacle = match nearest.miss {
        Miss::Capacity { dimension, short_by } if Load::DIMENSION_NAMES[dimension] == "freight kilograms" => {
            RunObstacle::Kilograms { short_by }
        }
        Miss::Capacity { short_by, .. } => RunObstacle::Litres { short_by },
        Miss::Late { by, .. } => RunObstacle::Late { by },
        _ => RunObstacle::Other,
    };
    let nearest = pieces.get(nearest.vehicle).map(|&(vehicle, window)| RunMiss {
        vehicle: vehicle.vehicle,
        window,
        obstacle,
        suffices: nearest.suffices,
    });
    NoRun { even_alone, nearest }
}

/// Consignments in holds and on runs together; `itineraries` are those of [`super::load_holds`].
pub fn with_runs(itineraries: Vec<FreightItinerary>, runs: Runs) -> FreightPlan {
    let run_of = |consignment: usize| {
        runs.runs.iter().position(|run| run.visits.iter().any(|visit| visit.consignment == consignment))
    };
    let refused = |consignment: usize| {
        let position = runs.refused.binary_search_by_key(&consignment, |&(refused, _)| refused).ok()?;
        Some(runs.refused[position].1.clone())
    };
    let settled = itineraries.into_iter().map(|itinerary| {
        let status = match itinerary.status {
            FreightStatus::NotCarried { left_over, no_run } => match run_of(itinerary.consignment) {
                Some(run) => FreightStatus::OnRun { run, left_over },
                None => FreightStatus::NotCarried { left_over, no_run: refused(itinerary.consignment).or(no_run) },
            },
            carried => carried,
        };
        FreightItinerary { status, ..itinerary }
    });
    FreightPlan { itineraries: settled.collect(), runs: runs.runs }
}
