//! A scenario's date as a problem of freight: its trips and market runs with the holds of their vehicle types, its consignments with
//! the stops that can be reached on foot, its vehicles that carry goods and nothing else.

use std::sync::Arc;

use super::problem::{Access, FreightProblem, Goods, Hold, Service, ServiceCall};
use super::runs::{FreightVehicle, RunCosts, RunGoods, RunsProblem};
use crate::calendar::CalendarError;
use crate::fleet::{Product, Products};
use crate::ids::{PlaceId, RunId, TripId};
use crate::network::PlaceKind;
use crate::plan::{FreightCarrier, Run, RunCall, RunRiders, Timetable, Trip};
use crate::scenario::Scenario;
use crate::time::Duration;
use crate::units::{Fen, Metres};

/// The consignments of the timetable's date over the holds of its trips and market runs. Student runs carry none: nobody gets to a
/// hold beside a road while pupils are on board.
pub fn problem_of_day(scenario: &Scenario, timetable: &Timetable) -> Result<FreightProblem, CalendarError> {
    let day = scenario.day_type(timetable.date)?;
    let trips = timetable.trips_with_ids().map(|(id, trip)| of_trip(scenario, id, trip));
    let runs = timetable.runs.iter().enumerate().filter(|(_, run)| run.product == Product::Market);
    let runs = runs.map(|(index, run)| of_run(scenario, RunId::from_index(index), run));
    let of_day = scenario.consignments.iter().enumerate().filter(|(_, consignment)| consignment.days.includes(&day));
    let goods = of_day.map(|(index, consignment)| Goods {
        consignment: index,
        load: Hold::of(consignment.load),
        ready: consignment.window.earliest,
        due: consignment.window.latest,
        is_perishable: consignment.is_perishable,
        origins: accesses(scenario, consignment.from),
        destinations: accesses(scenario, consignment.to),
        distance: scenario.network.travel.distance(consignment.from, consignment.to),
    });
    Ok(FreightProblem {
        services: trips.chain(runs).collect(),
        stations: stations(scenario),
        goods: goods.collect(),
        policy: scenario.policy.freight,
    })
}

/// Passengers of lines have their luggage with them: it takes nothing of the hold.
fn of_trip(scenario: &Scenario, id: TripId, trip: &Trip) -> Service {
    let pattern = scenario.pattern(trip.pattern);
    let calls = pattern.stops.iter().enumerate().map(|(stop, &place)| ServiceCall {
        place,
        arrival: trip.departure + pattern.arrivals[stop],
        departure: trip.departure + pattern.departures[stop],
    });
    let hold = Hold::of(scenario.fleet.vehicle_types[trip.vehicle_type.index()].capacity);
    Service { carrier: FreightCarrier::Trip(id), calls: calls.collect(), holds: vec![hold; pattern.stops.len() - 1] }
}

/// Between calls goods have what the luggage on board leaves of the hold.
fn of_run(scenario: &Scenario, id: RunId, run: &Run) -> Service {
    let policy = &scenario.policy.freight;
    let hold = Hold::of(scenario.fleet.vehicle_types[run.vehicle_type.index()].capacity);
    let units = |riders: &[RunRiders]| riders.iter().map(|riders| riders.luggage).sum::<i32>();
    let left = |room: i32, units: i32, each: i32| (i64::from(room) - i64::from(units) * i64::from(each)).max(0) as i32;
    let mut on_board = 0;
    let beside_luggage = |call: &RunCall| {
        on_board += units(&call.boardings) - units(&call.alightings);
        Hold {
            kilograms: left(hold.kilograms, on_board, policy.luggage_unit_kilograms),
            litres: left(hold.litres, on_board, policy.luggage_unit_litres),
        }
    };
    let calls = run.calls.iter().map(|call| ServiceCall {
        place: call.place,
        arrival: call.arrival,
        departure: call.departure,
    });
    Service {
        carrier: FreightCarrier::Run(id),
        calls: calls.collect(),
        holds: run.calls[..run.calls.len() - 1].iter().map(beside_luggage).collect(),
    }
}

/// The place itself, where runs may call, and the stops near it: goods are carried as fast as people walk.
fn accesses(scenario: &Scenario, place: PlaceId) -> Vec<Access> {
    let policy = &scenario.policy.freight;
    let near = scenario.network.walks.from(place).iter();
    let near = near.filter(|link| link.distance <= policy.access && link.stop != place);
    let access = |stop, duration| Access { place: stop, duration, cost: policy.carrying_hour.per_hour(duration) };
    std::iter::once(access(place, Duration::ZERO)).chain(near.map(|link| access(link.stop, link.duration))).collect()
}

/// By township and sub-centre: the stops and markets near its seat and nearer to no other.
fn stations(scenario: &Scenario) -> Vec<Vec<PlaceId>> {
    let mut stations = vec![Vec::new(); scenario.townships.len()];
    let may_belong = |kind: PlaceKind| matches!(kind, PlaceKind::Stop | PlaceKind::Market);
    for (id, place) in scenario.network.places_with_ids().filter(|(_, place)| may_belong(place.kind)) {
        let distance = |township: usize| scenario.townships[township].position.distance_to(place.position);
        let nearest = (0..stations.len()).map(|township| (distance(township), township)).min();
        let near = nearest.filter(|&(distance, _): &(Metres, usize)| distance <= scenario.policy.freight.station);
        near.into_iter().for_each(|(_, township)| stations[township].push(id));
    }
    stations
}

/// What holds leave over of these consignments, for the vehicles that are permitted for freight alone, in their shift pieces.
/// Their costs are those of the dearest of their types.
pub fn runs_of_day(scenario: &Scenario, left_over: &[usize]) -> RunsProblem {
    let fleet = &scenario.fleet;
    let only_freight = Products::from(Product::Freight);
    let mut costs = RunCosts { per_kilometre: Fen(0), per_hour: Fen(0), per_day: Fen(0) };
    let mut vehicles = Vec::new();
    for vehicle in fleet.vehicles_for(Product::Freight).filter(|&id| fleet.vehicle(id).products == only_freight) {
        let kind = fleet.type_of(vehicle);
        costs = RunCosts {
            per_kilometre: costs.per_kilometre.max(kind.cost_per_kilometre),
            per_hour: costs.per_hour.max(kind.cost_per_hour),
            per_day: costs.per_day.max(kind.cost_per_day),
        };
        let pieces = fleet.shift_pieces.iter().filter(|piece| piece.vehicle == vehicle);
        vehicles.push(FreightVehicle {
            vehicle,
            depot: fleet.depot_place(vehicle),
            capacity: Hold::of(kind.capacity),
            windows: pieces.map(|piece| piece.window).collect(),
        });
    }
    let goods = left_over.iter().map(|&consignment| {
        let wanted = &scenario.consignments[consignment];
        RunGoods {
            consignment,
            from: wanted.from,
            to: wanted.to,
            load: Hold::of(wanted.load),
            window: wanted.window,
            handling: scenario.policy.dwell.of(wanted.load),
        }
    });
    RunsProblem { travel: Arc::new(scenario.network.travel.clone()), vehicles, costs, goods: goods.collect() }
}
