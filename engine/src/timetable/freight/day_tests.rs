//! Goods of the sample town: holds of its hourly buses, then its van, then the checker.

use super::*;
use crate::check::check_freight;
use crate::demand::{Consignment, DemandDays};
use crate::plan::{FreightPlan, NoRun, RunObstacle};
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
    let timetable = sample::hourly_timetable(town);
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
    let places = ["STA", "S1", "S2", "S3", "S4", "V1", "V2", "V3", "V4", "HOS"];
    let (mut in_holds, mut on_runs, mut alone) = (0, 0, 0);
    for seed in 0..25 {
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
        let (plan, _) = planned(&town);
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
}
