//! Refusals claim only what brute force confirms: every order of stops, with an arithmetic of its own.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::random_day_tests::random_request;
use super::tests::*;
use super::*;
use crate::demand::{Request, WantedTime};
use crate::fleet::Product;
use crate::ids::{LegId, PlaceId};
use crate::plan::{BookedLeg, Plan, Promise};
use crate::scenario::Scenario;
use crate::scenario::sample::market_day;
use crate::time::{Duration, ServiceTime, TimeWindow};
use crate::units::Load;

/// A leg, and does it board?
type Stop<'a> = (&'a BookedLeg, bool);

/// All routes of all shift pieces, each stop where the plan has it.
fn routes<'a>(scenario: &Scenario, plan: &'a Plan) -> Vec<(usize, Vec<Stop<'a>>)> {
    let leg = |id: &LegId| &plan.legs[id];
    let pieces = scenario.fleet.shift_pieces.iter().enumerate();
    let of_piece = pieces.map(|(index, piece)| {
        let schedule = plan.schedules.iter().find(|one| one.vehicle == piece.vehicle && one.piece == piece.window);
        let visits = schedule.map_or(&[][..], |schedule| &schedule.visits);
        let stops = visits.iter().flat_map(|visit| {
            let alight = visit.alightings.iter().map(|id| (leg(id), false));
            alight.chain(visit.boardings.iter().map(|id| (leg(id), true)))
        });
        (index, stops.collect())
    });
    of_piece.collect()
}

/// Every order of stops with the leg added.
fn with_leg<'a>(stops: &[Stop<'a>], leg: &'a BookedLeg) -> Vec<Vec<Stop<'a>>> {
    let mut all = Vec::new();
    for board in 0..=stops.len() {
        for alight in board..=stops.len() {
            let mut order = stops.to_vec();
            order.insert(alight, (leg, false));
            order.insert(board, (leg, true));
            all.push(order);
        }
    }
    all
}

/// Loads fit, and times exist: relaxed over all pairs of stops until nothing moves.
fn can_be_driven(scenario: &Scenario, piece: usize, stops: &[Stop]) -> bool {
    let piece = &scenario.fleet.shift_pieces[piece];
    let (vehicle, capacity) = (scenario.fleet.vehicle(piece.vehicle), scenario.fleet.type_of(piece.vehicle).capacity);
    let mut load = Load::ZERO;
    for (leg, boards) in stops {
        if *boards {
            load += leg.load
        } else {
            load -= leg.load
        }
        if !load.fits_in(capacity) || !vehicle.products.contains(leg.product) {
            return false;
        }
    }
    let (depot, travel) = (scenario.fleet.depot_place(piece.vehicle), &scenario.network.travel);
    let place = |(leg, boards): &Stop| if *boards { leg.from } else { leg.to };
    let window = |(leg, boards): &Stop| if *boards { leg.promise.pickup } else { leg.promise.dropoff };
    let service = |(leg, boards): &Stop| if *boards { leg.boarding } else { leg.alighting };
    let mut begin: Vec<ServiceTime> = stops.iter().map(|stop| window(stop).earliest).collect();
    loop {
        let before = begin.clone();
        for at in 0..stops.len() {
            let arrival = match at.checked_sub(1) {
                None => piece.window.earliest + travel.duration(depot, place(&stops[at])),
                Some(last) => {
                    begin[last] + service(&stops[last]) + travel.duration(place(&stops[last]), place(&stops[at]))
                }
            };
            begin[at] = begin[at].max(arrival);
            if !stops[at].1 {
                let board = stops.iter().position(|(leg, boards)| *boards && std::ptr::eq(*leg, stops[at].0)).unwrap();
                begin[board] = begin[board].max(begin[at] - stops[at].0.ride_time_limit - stops[at].0.boarding);
            }
            if begin[at] > window(&stops[at]).latest {
                return false;
            }
        }
        if begin == before {
            let last = stops.len() - 1;
            let back = begin[last] + service(&stops[last]) + travel.duration(place(&stops[last]), depot);
            return back <= piece.window.latest;
        }
    }
}

/// The leg with the widest windows that policy permits.
fn widest(
    scenario: &Scenario,
    product: Product,
    (from, to): (PlaceId, PlaceId),
    load: Load,
    wanted: Wanted,
) -> BookedLeg {
    let booked = &scenario.policy.booked;
    let direct = scenario.network.travel.duration(from, to);
    let boarding = scenario.policy.dwell.of(load);
    let share = (i64::from(direct.seconds()) * i64::from(booked.ride_time_percent) + 50) / 100;
    let limit = Duration::from_seconds(share as i32) + booked.ride_time_extra;
    let (pickup, dropoff, ride_time_limit) = match wanted {
        Wanted::Leave(time) => (TimeWindow::new(time, time + booked.max_wait), booked.hours, limit),
        // Nobody is collected so early that they would have to wait on board for the destination's window.
        Wanted::Arrive(time) => {
            let soonest = time - booked.max_wait - direct - boarding;
            (TimeWindow::new(soonest, booked.hours.latest), TimeWindow::new(time - booked.max_wait, time), limit)
        }
        Wanted::Goods(window) => (window, window, window.length()),
    };
    let promise = Promise { pickup: pickup.intersection(booked.hours), dropoff: dropoff.intersection(booked.hours) };
    BookedLeg { product, from, to, load, promise, ride_time_limit, boarding, alighting: boarding }
}

enum Wanted {
    Leave(ServiceTime),
    Arrive(ServiceTime),
    Goods(TimeWindow),
}

fn legs_of(scenario: &Scenario, request: &Request) -> Vec<BookedLeg> {
    let wanted = |time| match time {
        WantedTime::ArriveBy(time) => Wanted::Arrive(time),
        WantedTime::DepartAt(time) => Wanted::Leave(time),
    };
    match request {
        Request::Ride(ride) => {
            vec![widest(scenario, Product::Ride, (ride.from, ride.to), ride.party.load(), wanted(ride.wanted))]
        }
        Request::Consignment(goods) => {
            let load = Load { freight_kilograms: goods.kilograms, freight_litres: goods.litres, ..Load::ZERO };
            vec![widest(scenario, Product::Freight, (goods.from, goods.to), load, Wanted::Goods(goods.window))]
        }
        Request::MarketTrip(trip) => {
            let (market, there) = (scenario.market(trip.market).place, trip.party.load());
            let home = Load { luggage: trip.luggage_home, ..there };
            vec![
                widest(scenario, Product::Market, (trip.from, market), there, Wanted::Arrive(trip.arrive_by)),
                widest(scenario, Product::Market, (market, trip.from), home, Wanted::Leave(trip.return_at)),
            ]
        }
        Request::Enrolment(_) => Vec::new(),
    }
}

/// Is there any way to serve all legs beside the routes, each of which keeps its order?
fn can_be_served<'a>(scenario: &Scenario, routes: &[(usize, Vec<Stop<'a>>)], legs: &'a [BookedLeg]) -> bool {
    let Some((leg, others)) = legs.split_first() else { return true };
    routes.iter().enumerate().any(|(index, (piece, stops))| {
        with_leg(stops, leg).into_iter().filter(|order| can_be_driven(scenario, *piece, order)).any(|order| {
            let mut next = routes.to_vec();
            next[index].1 = order;
            can_be_served(scenario, &next, others)
        })
    })
}

#[test]
fn refusals_are_true() {
    let (mut insertion, mut alone, mut market) = (0, 0, 0);
    for seed in 0..16 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        // With and without buses.
        let mut area = if seed % 4 == 0 { area() } else { empty_area() };
        for id in 0..120 {
            let request = random_request(&mut random);
            let quote = area.quote(&request, at(3, 30));
            let scenario = area.scenario().clone();
            let plan = area.plan(market_day()).cloned().unwrap_or_else(|| Plan::empty(market_day()));
            let legs: Vec<BookedLeg> = legs_of(&scenario, &request)
                .into_iter()
                .zip(quote.no_line.iter().chain(std::iter::repeat(&None)))
                .filter(|(_, no_line)| no_line.is_some() || seed % 4 != 0)
                .map(|(leg, _)| leg)
                .collect();
            let present = routes(&scenario, &plan);
            let empty: Vec<_> = present.iter().map(|(piece, _)| (*piece, Vec::new())).collect();
            match quote.refusal.as_ref().map(|refusal| &refusal.reason) {
                Some(Reason::NoInsertion(_)) => {
                    assert!(!can_be_served(&scenario, &present, &legs), "seed {seed}: {request:?} {quote:?}");
                    insertion += 1;
                    market += u32::from(matches!(request, Request::MarketTrip(_)));
                }
                Some(Reason::ImpossibleAlone(_)) => {
                    assert!(!can_be_served(&scenario, &empty, &legs), "seed {seed}: {request:?} {quote:?}");
                    alone += 1;
                }
                _ => {}
            }
            if let Some(offer) = quote.offers.first() {
                let decision = area.decide(&book_command(id, offer), at(3, 30));
                area.apply(&decision).unwrap();
            }
        }
    }
    assert!(
        insertion > 20 && alone > 20 && market > 3,
        "{insertion} without insertion ({market} market), {alone} alone"
    );
}
