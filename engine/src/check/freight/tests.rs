//! A right plan of goods in the sample town, and what breaks it.

use super::*;
use crate::fleet::Product;
use crate::ids::{RunId, TripId, VehicleId};
use crate::plan::{Block, FreightEnd, FreightRun, FreightVisit, LeftOver, RunDirection};
use crate::scenario::sample;
use crate::time::TimeWindow;

/// The sample's only consignment goes from its farthest stop to the station, a second one up to village 4.
fn town() -> Scenario {
    let mut town = sample::small_town();
    town.consignments[0].from = sample::place("S4");
    let mut second = town.consignments[0].clone();
    second.code = "C2".to_owned();
    (second.from, second.to) = (sample::place("STA"), sample::place("V4"));
    town.consignments.push(second);
    town
}

/// The first takes the 07:30 from S4, the second the van.
fn right_plan(town: &Scenario, timetable: &Timetable) -> FreightPlan {
    let is_back = |trip: &&(TripId, &Trip)| trip.1.pattern.0 == 1 && trip.1.departure == ServiceTime::hm(7, 30);
    let trips: Vec<(TripId, &Trip)> = timetable.trips_with_ids().collect();
    let (back, _) = trips.iter().find(is_back).expect("the 07:30");
    let travel = &town.network.travel;
    let [depot, station, village] = ["DEP", "STA", "V4"].map(sample::place);
    let handling = town.policy.dwell.of(town.consignments[1].load);
    let visit = |place, loads, arrival: ServiceTime| {
        let departure = arrival + handling;
        FreightVisit { place, consignment: 1, loads, arrival, begin: arrival, departure }
    };
    let loads = visit(station, true, ServiceTime::hm(7, 30));
    let unloads = visit(village, false, loads.departure + travel.duration(station, village));
    let piece = town.fleet.shift_pieces.iter().find(|piece| piece.vehicle == VehicleId(5)).expect("the van's shift");
    let run = FreightRun {
        vehicle: VehicleId(5),
        window: piece.window,
        leaves_depot: loads.arrival - travel.duration(depot, station),
        visits: vec![loads, unloads],
        returns: unloads.departure + travel.duration(village, depot),
    };
    let leg = FreightLeg { carrier: FreightCarrier::Trip(*back), loaded_at: 0, unloaded_at: 4 };
    let left_over = LeftOver::NoService { end: FreightEnd::Destination };
    FreightPlan {
        itineraries: vec![
            FreightItinerary { consignment: 0, legs: vec![leg], status: FreightStatus::InHolds },
            FreightItinerary { consignment: 1, legs: Vec::new(), status: FreightStatus::OnRun { run: 0, left_over } },
        ],
        runs: vec![run],
    }
}

/// Breaks the right plan, or what it is for, and expects exactly this rule to notice.
fn check(expected: Rule, harm: impl FnOnce(&mut FreightPlan, &mut Scenario)) {
    let mut town = town();
    let timetable = sample::hourly_timetable(&town);
    let mut plan = right_plan(&town, &timetable);
    assert_eq!(check_freight(&town, &timetable, &plan), []);
    harm(&mut plan, &mut town);
    let violations = check_freight(&town, &timetable, &plan);
    assert!(!violations.is_empty(), "{expected:?}: nothing noticed");
    assert!(violations.iter().all(|violation| violation.rule == expected), "{expected:?}: {violations:?}");
}

#[test]
fn every_broken_rule_of_holds_is_noticed() {
    check(Rule::Reference, |plan, _| plan.itineraries[0].legs[0].carrier = FreightCarrier::Trip(TripId(999)));
    check(Rule::Reference, |plan, _| plan.itineraries[0].legs[0].unloaded_at = 5);
    check(Rule::Reference, |plan, _| {
        let stranger = FreightItinerary { consignment: 9, ..plan.itineraries[0].clone() };
        plan.itineraries.push(stranger);
    });
    check(Rule::Service, |plan, _| plan.itineraries[0].legs.clear());
    check(Rule::Service, |plan, _| drop(plan.itineraries.remove(0)));
    check(Rule::Service, |plan, _| plan.itineraries[0].legs[0].loaded_at = 2);
    check(Rule::Service, |plan, _| plan.itineraries[0].legs[0].unloaded_at = 2);
    check(Rule::Time, |_, town| town.consignments[0].window.earliest = ServiceTime::hm(7, 26));
    check(Rule::Time, |_, town| town.consignments[0].window.latest = ServiceTime::hm(7, 45));
    check(Rule::Capacity, |_, town| town.consignments[0].load.freight_kilograms = 201);
    check(Rule::Capacity, |_, town| town.consignments[0].load.freight_litres = 801);
}

#[test]
fn goods_change_holds_only_at_stations_and_with_time() {
    // Off at S1 and on again an hour later; a seat of a township next to it makes it a station.
    let change = |plan: &mut FreightPlan, hours: u32| {
        let FreightCarrier::Trip(first) = plan.itineraries[0].legs[0].carrier else { panic!("{plan:?}") };
        let later = FreightCarrier::Trip(TripId(first.0 + hours));
        let second = FreightLeg { carrier: later, loaded_at: 3, unloaded_at: 4 };
        plan.itineraries[0].legs[0].unloaded_at = 3;
        plan.itineraries[0].legs.push(second);
    };
    let with_station = |town: &mut Scenario| {
        let mut seat = town.townships[0].clone();
        seat.position = town.network.place(sample::place("S1")).position;
        town.townships.push(seat);
    };
    check(Rule::Service, |plan, _| change(plan, 1));
    check(Rule::Service, |plan, town| {
        with_station(town);
        change(plan, 1);
        town.policy.freight.transfers = 0;
    });
    check(Rule::Time, |plan, town| {
        with_station(town);
        change(plan, 1);
        town.policy.freight.transfer_time = Duration::from_minutes(61);
    });
    check(Rule::Time, |plan, town| {
        with_station(town);
        change(plan, 0);
    });
}

/// Goods of village 4 to the market, with its goers who leave at 08:00 with four luggage units of 10 kg and 50 l each; then something
/// is broken.
fn check_with_goers(expected: Option<Rule>, harm: impl FnOnce(&mut FreightPlan, &mut Scenario, &mut Timetable)) {
    let mut town = town();
    town.consignments.truncate(1);
    (town.consignments[0].from, town.consignments[0].to) = (sample::place("V4"), sample::place("MKT"));
    let run = sample::market_run(RunDirection::Inward, "V4", 4).run(&town, ServiceTime::hm(8, 0));
    let mut timetable = Timetable { runs: vec![run], ..sample::hourly_timetable(&town) };
    let leg = FreightLeg { carrier: FreightCarrier::Run(RunId(0)), loaded_at: 0, unloaded_at: 1 };
    let itinerary = FreightItinerary { consignment: 0, legs: vec![leg], status: FreightStatus::InHolds };
    let mut plan = FreightPlan { itineraries: vec![itinerary], runs: Vec::new() };
    harm(&mut plan, &mut town, &mut timetable);
    let found: Vec<Rule> =
        check_freight(&town, &timetable, &plan).into_iter().map(|violation| violation.rule).collect();
    assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
}

#[test]
fn goods_ride_with_market_goers_where_these_get_on_and_off() {
    check_with_goers(None, |_, _, _| ());
    check_with_goers(Some(Rule::Reference), |plan, _, _| {
        plan.itineraries[0].legs[0].carrier = FreightCarrier::Run(RunId(1));
    });
    check_with_goers(Some(Rule::Reference), |plan, _, _| plan.itineraries[0].legs[0].unloaded_at = 2);
    check_with_goers(Some(Rule::Reference), |_, _, timetable| timetable.runs[0].vehicle_type.0 = 99);
    check_with_goers(Some(Rule::Reference), |_, _, timetable| timetable.runs[0].calls[1].place.0 = 99);
    check_with_goers(Some(Rule::Service), |_, town, _| town.consignments[0].from = sample::place("V3"));
    check_with_goers(Some(Rule::Service), |_, town, _| town.consignments[0].to = sample::place("HOS"));
    // The run leaves at 08:00, and goods are there five minutes before.
    let ready = |minute| {
        move |_: &mut FreightPlan, town: &mut Scenario, _: &mut Timetable| {
            town.consignments[0].window.earliest = ServiceTime::hm(7, minute);
        }
    };
    check_with_goers(None, ready(55));
    check_with_goers(Some(Rule::Time), ready(56));
    check_with_goers(Some(Rule::Time), |_, town, timetable| {
        town.consignments[0].window.latest = timetable.runs[0].calls[1].arrival + Duration::from_minutes(4);
    });
}

#[test]
fn no_goods_ride_with_pupils() {
    check_with_goers(Some(Rule::Product), |_, _, timetable| timetable.runs[0].product = Product::Student);
}

#[test]
fn goods_have_what_luggage_leaves_of_the_hold() {
    let check = |luggage: i32, kilograms: i32, litres: i32, fits: bool| {
        check_with_goers((!fits).then_some(Rule::Capacity), |_, town, timetable| {
            let load = &mut town.consignments[0].load;
            (load.freight_kilograms, load.freight_litres) = (kilograms, litres);
            timetable.runs[0].calls[0].boardings[0].luggage = luggage;
        });
    };
    // 150 kg and 600 l.
    check(0, 150, 600, true);
    check(4, 110, 400, true);
    check(4, 111, 1, false);
    check(4, 1, 401, false);
    check(11, 40, 50, true);
    check(12, 0, 0, true);
    check(13, 20, 0, true);
    check(13, 20, 1, false);
    check(16, 0, 0, true);
    check(16, 1, 0, false);
}

#[test]
fn a_van_on_a_run_works_nothing_else_meanwhile() {
    let town = town();
    let timetable = sample::hourly_timetable(&town);
    let plan = right_plan(&town, &timetable);
    let run = &plan.runs[0];
    let second = Duration::from_seconds(1);
    let check = |leaves_depot: ServiceTime, returns: ServiceTime, expected: &[Rule]| {
        let (vehicle, trips, runs) = (run.vehicle, Vec::new(), Vec::new());
        let mut with_block = timetable.clone();
        with_block.blocks.push(Block { vehicle, leaves_depot, returns, trips, runs });
        let found = check_freight(&town, &with_block, &plan);
        let found: Vec<Rule> = found.into_iter().map(|violation| violation.rule).collect();
        assert_eq!(found, expected, "from {leaves_depot} to {returns}");
    };
    check(ServiceTime::hm(6, 0), run.leaves_depot, &[]);
    check(ServiceTime::hm(6, 0), run.leaves_depot + second, &[Rule::Shift]);
    check(run.returns - second, ServiceTime::hm(14, 0), &[Rule::Shift]);
    check(run.returns, ServiceTime::hm(14, 0), &[]);
}

#[test]
fn every_broken_rule_of_runs_is_noticed() {
    check(Rule::Reference, |plan, _| plan.runs[0].vehicle = VehicleId(99));
    check(Rule::Reference, |plan, _| plan.runs[0].visits[0].place = PlaceId(99));
    check(Rule::Product, |_, town| town.fleet.vehicles[5].products = Product::Ride.into());
    check(Rule::Shift, |plan, _| plan.runs[0].window = TimeWindow::new(ServiceTime::hm(9, 0), ServiceTime::hm(10, 0)));
    check(Rule::Shift, |_, town| town.fleet.shift_pieces.clear());
    check(Rule::Service, |plan, _| plan.runs[0].visits.truncate(1));
    check(Rule::Service, |plan, _| plan.runs.clear());
    check(Rule::Service, |_, town| town.consignments[1].to = sample::place("V3"));
    check(Rule::Time, |plan, _| plan.runs[0].leaves_depot += Duration::from_seconds(1));
    check(Rule::Time, |plan, _| plan.runs[0].returns = plan.runs[0].returns - Duration::from_seconds(1));
    check(Rule::Time, |_, town| town.consignments[1].window.latest = ServiceTime::hm(7, 40));
    check(Rule::Time, |_, town| town.consignments[1].window.earliest = ServiceTime::hm(7, 31));
    check(Rule::Capacity, |_, town| town.consignments[1].load.freight_kilograms = 801);
}
