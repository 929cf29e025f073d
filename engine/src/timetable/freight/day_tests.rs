//! Goods of the sample town: holds of its hourly buses, then its van, then the checker.

use super::*;
use crate::check::check_freight;
use crate::demand::{Consignment, DemandDays};
use crate::fleet::Product;
use crate::ids::RunId;
use crate::plan::{
    FreightCarrier, FreightCounts, FreightLeg, FreightPlan, NoRun, Run, RunDirection, RunObstacle, Timetable,
};
use crate::scenario::{Scenario, sample};
use crate::time::{Duration, ServiceTime, TimeWindow};
use crate::units::Load;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn consignment(from: &str, to: &str, load: (i32, i32), window: TimeWindow) -> Consignment {
    Consignment {
        code: format!("{from}-{to}"),
        from: sample::place(from),
        to: sample::place(to),
        load: Load { freight_kilograms: load.0, freight_litres: load.1, ..Load::ZERO },
        window,
        is_perishable: false,
        days: DemandDays::Every,
    }
}

fn planned(town: &Scenario) -> (FreightPlan, Fen) {
    planned_beside(town, Vec::new())
}

/// Beside the hourly buses these runs.
fn planned_beside(town: &Scenario, runs: Vec<Run>) -> (FreightPlan, Fen) {
    let timetable = Timetable { runs, ..sample::hourly_timetable(town) };
    let problem = problem_of_day(town, &timetable).expect("a date of the calendar");
    let in_holds = load_holds(&problem, &FreightOptions::default(), StopSignal::NEVER);
    let is_left = |itinerary: &&FreightItinerary| itinerary.status != FreightStatus::InHolds;
    let left: Vec<usize> = in_holds.itineraries.iter().filter(is_left).map(|itinerary| itinerary.consignment).collect();
    let options = RunOptions { rounds: 100, ..RunOptions::default() };
    let runs = plan_runs(&runs_of_day(town, &left), &options, StopSignal::NEVER);
    let cost = runs.cost;
    let plan = with_runs(in_holds.itineraries, runs);
    assert_eq!(check_freight(town, &timetable, &plan), [], "{plan:#?}");
    (plan, cost)
}

fn with(consignments: Vec<Consignment>) -> Scenario {
    Scenario { consignments, ..sample::small_town() }
}

fn morning() -> TimeWindow {
    TimeWindow::new(ServiceTime::hm(7, 0), ServiceTime::hm(12, 0))
}

#[test]
fn the_bus_takes_what_is_near_its_stops_and_the_van_the_rest() {
    let town = with(vec![
        consignment("S4", "STA", (40, 120), morning()),
        consignment("V1", "HOS", (40, 120), morning()),
        consignment("V4", "STA", (40, 120), morning()),
        consignment("V4", "STA", (900, 120), morning()),
    ]);
    let (plan, cost) = planned(&town);
    let statuses: Vec<&FreightStatus> = plan.itineraries.iter().map(|itinerary| &itinerary.status).collect();
    assert_eq!(statuses[..2], [&FreightStatus::InHolds, &FreightStatus::InHolds]);
    assert!(matches!(statuses[2], FreightStatus::OnRun { run: 0, .. }), "{statuses:?}");
    let FreightStatus::NotCarried { no_run: Some(no_run), .. } = statuses[3] else { panic!("{statuses:?}") };
    assert!(no_run.even_alone);
    let nearest = no_run.nearest.as_ref().expect("there is a van");
    assert_eq!((nearest.obstacle, nearest.suffices), (RunObstacle::Kilograms { short_by: 100 }, true));
    // The day, and the way from the depot to V4, the station and back at 2.50 per kilometre and 40 per hour.
    let (travel, [depot, station, village]) = (&town.network.travel, ["DEP", "STA", "V4"].map(sample::place));
    let legs = [(depot, village), (village, station), (station, depot)];
    let metres: i64 = legs.iter().map(|&(from, to)| travel.distance(from, to).0).sum();
    let seconds: i64 = legs.iter().map(|&(from, to)| i64::from(travel.duration(from, to).seconds())).sum();
    let expected = 20_000 + metres * 250 / 1_000 + seconds * 4_000 / 3_600;
    assert!((cost.0 - expected).abs() <= 1, "{cost:?}, {expected}");
}

/// To market with four luggage units, from a village at 08:00.
fn to_market(town: &Scenario, village: &'static str) -> Run {
    sample::market_run(RunDirection::Inward, village, 4).run(town, ServiceTime::hm(8, 0))
}

/// The legs of the first consignment.
fn legs_beside(town: &Scenario, run: Run) -> Vec<FreightLeg> {
    planned_beside(town, vec![run]).0.itineraries.swap_remove(0).legs
}

fn on_run(loaded_at: usize, unloaded_at: usize) -> FreightLeg {
    FreightLeg { carrier: FreightCarrier::Run(RunId(0)), loaded_at, unloaded_at }
}

#[test]
fn goods_of_a_village_without_a_line_ride_with_its_market_goers_and_home_with_them() {
    let check = |(from, to): (&str, &str), run: fn(&Scenario) -> Run, expected: &[FreightLeg]| {
        let town = with(vec![consignment(from, to, (40, 120), morning())]);
        assert_eq!(legs_beside(&town, run(&town)), expected, "{from} to {to}");
    };
    let home = |town: &Scenario| sample::market_run(RunDirection::Outward, "V4", 4).run(town, ServiceTime::hm(11, 0));
    check(("V4", "MKT"), |town| to_market(town, "V4"), &[on_run(0, 1)]);
    check(("MKT", "V4"), home, &[on_run(0, 1)]);
    check(("V3", "MKT"), |town| to_market(town, "V4"), &[]);
    check(("MKT", "V4"), |town| to_market(town, "V4"), &[]);
}

#[test]
fn luggage_of_market_goers_leaves_less_of_the_hold() {
    // A minibus has 150 kg and 600 l; four units take 40 kg and 200 l.
    let check = |load: (i32, i32), rides: bool| {
        let town = with(vec![consignment("V4", "MKT", load, morning())]);
        assert_eq!(!legs_beside(&town, to_market(&town, "V4")).is_empty(), rides, "{load:?}");
    };
    check((110, 400), true);
    check((111, 1), false);
    check((1, 401), false);
}

#[test]
fn no_goods_ride_on_student_runs() {
    let town = with(vec![consignment("V4", "MKT", (40, 120), morning())]);
    let run = Run { product: Product::Student, ..to_market(&town, "V4") };
    assert_eq!(legs_beside(&town, run), []);
}

#[test]
fn goods_change_from_a_market_run_to_a_bus_where_the_market_is_at_the_station() {
    let check = |metres: i64, rides: bool| {
        let mut town = with(vec![consignment("V4", "S3", (40, 120), morning())]);
        town.policy.freight.station = crate::units::Metres(metres);
        let legs = legs_beside(&town, to_market(&town, "V4"));
        assert_eq!(legs.len(), if rides { 2 } else { 0 }, "{legs:?}");
        assert!(!rides || (legs[0] == on_run(0, 1) && matches!(legs[1].carrier, FreightCarrier::Trip(_))), "{legs:?}");
    };
    // The market is some 360 m from the seat.
    check(600, true);
    check(300, false);
}

#[test]
fn a_plan_counts_who_travels_which_way_and_why_some_stay() {
    let town = with(vec![
        consignment("S4", "STA", (40, 120), morning()),
        consignment("V4", "MKT", (40, 120), morning()),
        consignment("V3", "MKT", (40, 120), morning()),
        consignment("V4", "MKT", (900, 120), morning()),
    ]);
    let plan = planned_beside(&town, vec![to_market(&town, "V4")]).0;
    let counts = FreightCounts { on_trips: 1, on_market_runs: 1, on_freight_runs: 1, not_carried: 1 };
    assert_eq!(plan.counts(), counts);
    let why = "they are larger than the holds on the way; no freight vehicle could carry them alone";
    assert_eq!(plan.reasons_not_carried(), [(why.to_owned(), 1)].into());
}

#[test]
fn without_a_van_nothing_comes_near() {
    let mut town = with(vec![consignment("V4", "STA", (40, 120), morning())]);
    town.fleet.vehicles[5].products = crate::fleet::Product::Ride.into();
    let (plan, _) = planned(&town);
    let no_run = Some(NoRun { even_alone: true, nearest: None });
    assert!(matches!(&plan.itineraries[0].status, FreightStatus::NotCarried { no_run: told, .. } if *told == no_run));
}

/// Could a van with nothing else to do bring it within some shift?
fn possible_alone(town: &Scenario, wanted: &Consignment) -> bool {
    let (travel, depot) = (&town.network.travel, sample::place("DEP"));
    let handling = town.policy.dwell.of(wanted.load);
    let fits = wanted.load.freight_kilograms <= 800 && wanted.load.freight_litres <= 4_000;
    let pieces = town.fleet.shift_pieces.iter().filter(|piece| piece.vehicle.index() == 5);
    let in_time = |shift: TimeWindow| {
        let loads = (shift.earliest + travel.duration(depot, wanted.from)).max(wanted.window.earliest);
        let unloaded = loads + handling + travel.duration(wanted.from, wanted.to) + handling;
        unloaded <= wanted.window.latest && unloaded + travel.duration(wanted.to, depot) <= shift.latest
    };
    fits && pieces.map(|piece| piece.window).any(in_time)
}

#[test]
fn random_goods_travel_within_all_rules_or_stay_for_a_true_reason() {
    let places = ["STA", "S1", "S2", "S3", "S4", "V1", "V2", "V3", "V4", "HOS", "MKT"];
    let (mut in_holds, mut with_goers, mut on_runs, mut alone) = (0, 0, 0, 0);
    for seed in 0..60 {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let drawn = (0..16).map(|_| {
            let from = dice.random_range(0..places.len());
            let to = (from + dice.random_range(1..places.len())) % places.len();
            let load = (dice.random_range(5..150), dice.random_range(20..700));
            let ready = ServiceTime::hm(dice.random_range(5..13), 10 * dice.random_range(0..6));
            let due = ready + Duration::from_minutes(dice.random_range(20..300));
            let mut drawn = consignment(places[from], places[to], load, TimeWindow::new(ready, due));
            drawn.is_perishable = dice.random_bool(0.3);
            drawn
        });
        let town = with(drawn.collect());
        // To market in the morning and home at noon; some of the runs carry pupils, and therefore no goods.
        let runs = (0..8).map(|run| {
            let (direction, hour) = if run % 2 == 0 { (RunDirection::Inward, 6) } else { (RunDirection::Outward, 10) };
            let village = ["V1", "V2", "V3", "V4"][dice.random_range(0..4)];
            let departure = ServiceTime::hm(hour + dice.random_range(0..3), 5 * dice.random_range(0..12));
            let run = sample::market_run(direction, village, dice.random_range(0..9)).run(&town, departure);
            let product = if dice.random_bool(0.2) { Product::Student } else { Product::Market };
            Run { product, ..run }
        });
        let (plan, _) = planned_beside(&town, runs.collect());
        with_goers += plan.counts().on_market_runs;
        assert_eq!(plan.itineraries.len(), 16);
        for itinerary in &plan.itineraries {
            match &itinerary.status {
                FreightStatus::InHolds => in_holds += 1,
                FreightStatus::OnRun { .. } => on_runs += 1,
                FreightStatus::NotCarried { no_run, .. } => {
                    let no_run = no_run.as_ref().expect("runs were planned");
                    let wanted = &town.consignments[itinerary.consignment];
                    assert_eq!(no_run.even_alone, !possible_alone(&town, wanted), "seed {seed}: {itinerary:?}");
                    alone += usize::from(no_run.even_alone);
                }
            }
        }
    }
    assert!(in_holds > 50 && on_runs > 20 && alone > 20, "{in_holds} in holds, {on_runs} on runs, {alone} impossible");
    assert!(with_goers > 10, "{with_goers} with market goers");
}
