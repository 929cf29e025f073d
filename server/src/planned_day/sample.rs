//! A day of the toy scenario, laid out by hand for tests: lines, one student and one market run each way, duties and goods.

use std::path::Path;

use sanban_engine::fleet::Product;
use sanban_engine::ids::{BlockId, DepotId, MarketGoersId, PatternId, RunId, StudentGroupId, TripId, VehicleId};
use sanban_engine::plan::{
    Block, Duty, DutyPiece, FreightCarrier, FreightItinerary, FreightLeg, FreightPlan, FreightRun, FreightStatus,
    FreightVisit, Hub, LeftBehind, LeftOver, MovedBell, NoRun, Run, RunCall, RunDemand, RunDirection, RunMiss,
    RunObstacle, RunRiders, Timetable, Trip, WindowMiss,
};
use sanban_engine::scenario::Scenario;
use sanban_engine::time::{Duration, ServiceTime, TimeWindow};
use sanban_engine::units::Fen;

use super::PlannedDay;
use crate::scenario;

/// Everything a day of the toy consists of.
pub(crate) struct ToyDay {
    pub(crate) scenario: Scenario,
    pub(crate) timetable: Timetable,
}

impl ToyDay {
    /// `B1` works the student runs and every other hour of the line, `B2` the market runs and the hours between.
    pub(crate) fn new() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/toy");
        let scenario = scenario::load(&folder).expect("the toy is a scenario").scenario;
        let mut timetable = timetable(&scenario);
        timetable.duties = duties(&scenario, &timetable);
        timetable.freight = freight(&scenario);
        Self { scenario, timetable }
    }

    /// The last consignment rides to market with the goers instead of staying.
    pub(crate) fn with_goods_on_a_market_run(mut self) -> Self {
        let (carrier, status) = (FreightCarrier::Run(RunId(2)), FreightStatus::InHolds);
        let legs = vec![FreightLeg { carrier, loaded_at: 0, unloaded_at: 2 }];
        self.timetable.freight.itineraries[3] = FreightItinerary { consignment: 3, legs, status };
        self
    }

    /// All of it.
    pub(crate) fn day(&self) -> PlannedDay<'_> {
        PlannedDay::new(&self.scenario, &self.timetable)
    }
}

fn timetable(scenario: &Scenario) -> Timetable {
    let trip = |pattern, hour, block| Trip {
        pattern: PatternId(pattern),
        departure: ServiceTime::hm(hour, 30),
        vehicle_type: scenario.fleet.vehicles[0].vehicle_type,
        block: BlockId(block),
        expected_load: vec![9, 14, 20, 12, 4],
    };
    // Out at half past, back an hour later.
    let out = [(8, 0), (9, 1), (12, 0), (13, 1), (14, 0)].map(|(hour, block)| trip(0, hour, block));
    let back = [(9, 0), (10, 1), (13, 0), (14, 1), (15, 0)].map(|(hour, block)| trip(1, hour, block));
    let runs = runs(scenario);
    let trips: Vec<Trip> = out.into_iter().chain(back).collect();
    let block = |index: u32, leaves_depot, returns| {
        let of_block = |id: &TripId| trips[id.index()].block == BlockId(index);
        let mut trips_of: Vec<TripId> = (0..trips.len()).map(TripId::from_index).filter(of_block).collect();
        trips_of.sort_by_key(|id| trips[id.index()].departure);
        let runs = (0..runs.len()).map(RunId::from_index).filter(|id| runs[id.index()].block == BlockId(index));
        Block { vehicle: VehicleId(index), leaves_depot, returns, trips: trips_of, runs: runs.collect() }
    };
    let blocks = vec![
        block(0, ServiceTime::hm(6, 20), ServiceTime::hm(18, 10)),
        block(1, ServiceTime::hm(6, 40), ServiceTime::hm(15, 20)),
    ];
    let pupils = RunDemand::Pupils(StudentGroupId(1));
    Timetable {
        trips,
        runs,
        blocks,
        moved_bells: vec![MovedBell { school: scenario.student_groups[0].school, minutes: -5 }],
        left_behind: vec![LeftBehind { of: pupils, direction: RunDirection::Inward, people: 4, on_lines: 5 }],
        ..Timetable::empty(scenario.demonstration_date)
    }
}

fn runs(scenario: &Scenario) -> Vec<Run> {
    let school = scenario.student_groups[0].school;
    let (gate, market) = (scenario.school(school).place, scenario.market_goers[0].market);
    let place = |code: &str| scenario.network.place_by_code(code).expect("a place of the toy");
    let group = |village: &str| {
        let lives = |group: &&sanban_engine::demand::StudentGroup| {
            scenario.villages[group.village.index()].place == place(village) && !group.boards
        };
        let found = scenario.student_groups.iter().position(|group| lives(&group));
        let id = found.expect("pupils of that village");
        let people = scenario.student_groups[id].students;
        RunRiders { of: RunDemand::Pupils(StudentGroupId::from_index(id)), people, luggage: 0 }
    };
    let goers = |index: usize| {
        let goers = &scenario.market_goers[index];
        let village = scenario.villages[goers.village.index()].place;
        let of = RunDemand::Goers(MarketGoersId::from_index(index));
        (village, RunRiders { of, people: goers.people, luggage: goers.luggage_in })
    };
    let pupils = [(place("V6"), group("V6")), (place("V5"), group("V5"))];
    let market_goers = [goers(2), goers(1)];
    let inward = |homes: &[(sanban_engine::ids::PlaceId, RunRiders)], hub| {
        let mut calls: Vec<_> = homes.iter().map(|&(home, riders)| (home, vec![riders], Vec::new())).collect();
        calls.push((hub, Vec::new(), homes.iter().map(|home| home.1).collect()));
        calls
    };
    let outward = |homes: &[(sanban_engine::ids::PlaceId, RunRiders)], hub| {
        let mut calls = vec![(hub, homes.iter().map(|home| home.1).collect(), Vec::new())];
        calls.extend(homes.iter().rev().map(|&(home, riders)| (home, Vec::new(), vec![riders])));
        calls
    };
    let run = |hub: Hub, direction, block, begin: ServiceTime, calls: Vec<(_, Vec<_>, Vec<_>)>| {
        let mut time = begin;
        let mut before = calls[0].0;
        let timed = |(place, boardings, alightings): (_, _, _)| {
            let arrival = time + scenario.network.travel.duration(before, place);
            time = arrival + Duration::from_seconds(90);
            before = place;
            RunCall { place, arrival, departure: time, boardings, alightings }
        };
        Run {
            product: if matches!(hub, Hub::School(_)) { Product::Student } else { Product::Market },
            hubs: vec![hub],
            direction,
            vehicle_type: scenario.fleet.vehicles[0].vehicle_type,
            block: BlockId(block),
            calls: calls.into_iter().map(timed).collect(),
        }
    };
    let stalls = scenario.market(market).place;
    let (school, market) = (Hub::School(school), Hub::Market(market));
    vec![
        run(school, RunDirection::Inward, 0, ServiceTime::hm(7, 0), inward(&pupils, gate)),
        run(school, RunDirection::Outward, 0, ServiceTime::hm(16, 45), outward(&pupils, gate)),
        run(market, RunDirection::Inward, 1, ServiceTime::hm(7, 20), inward(&market_goers, stalls)),
        run(market, RunDirection::Outward, 1, ServiceTime::hm(11, 40), outward(&market_goers, stalls)),
    ]
}

/// One driver takes `B1` over at noon, another works `B2` all day.
fn duties(scenario: &Scenario, timetable: &Timetable) -> Vec<Duty> {
    let depot = DepotId(0);
    let home = scenario.fleet.depots[0].place;
    let station = scenario.pattern(PatternId(0)).first_stop();
    let change = ServiceTime::hm(11, 0);
    let duty = |block: u32, begin, end, from, to| Duty {
        depot,
        sign_on: begin - Duration::from_minutes(10),
        sign_off: end + Duration::from_minutes(10),
        pieces: vec![DutyPiece { block: BlockId(block), begin, end, from, to }],
        rests: vec![TimeWindow::new(begin + Duration::from_minutes(60), begin + Duration::from_minutes(80))],
        driving: Duration::from_minutes(150),
        paid: Duration::from_minutes(300),
        driver: (block == 1).then(|| "DR4".to_owned()),
    };
    let [first, second] = [&timetable.blocks[0], &timetable.blocks[1]];
    vec![
        duty(0, first.leaves_depot, change, home, station),
        duty(0, change, first.returns, station, home),
        duty(1, second.leaves_depot, second.returns, home, home),
    ]
}

/// Every way to travel, and reasons of all kinds not to.
fn freight(scenario: &Scenario) -> FreightPlan {
    let carrier = FreightCarrier::Trip(TripId(1));
    let station = scenario.pattern(PatternId(0)).first_stop();
    let van = scenario.fleet.vehicles_for(Product::Freight).last().expect("a van");
    let window = TimeWindow::new(ServiceTime::hm(7, 0), ServiceTime::hm(16, 0));
    let itinerary = |consignment, legs, status| FreightItinerary { consignment, legs, status };
    let nearest = RunMiss { vehicle: van, window, obstacle: RunObstacle::Litres { short_by: 7 }, suffices: true };
    let missed = WindowMiss::Missed { from: station, leaves: ServiceTime::hm(8, 30), by: Duration::from_minutes(12) };
    let left_over = LeftOver::HoldsFull { carrier, after_call: 2, kilograms_left: 3, litres_left: 0 };
    let visit = |loads, minutes| FreightVisit {
        place: if loads { scenario.consignments[2].from } else { scenario.consignments[2].to },
        consignment: 2,
        loads,
        arrival: ServiceTime::hm(10, minutes),
        begin: ServiceTime::hm(10, minutes),
        departure: ServiceTime::hm(10, minutes + 2),
    };
    FreightPlan {
        itineraries: vec![
            itinerary(0, vec![FreightLeg { carrier, loaded_at: 0, unloaded_at: 4 }], FreightStatus::InHolds),
            itinerary(
                1,
                Vec::new(),
                FreightStatus::NotCarried {
                    left_over: LeftOver::Window(missed),
                    no_run: Some(NoRun { even_alone: true, nearest: Some(nearest) }),
                },
            ),
            itinerary(2, Vec::new(), FreightStatus::OnRun { run: 0, left_over }),
            itinerary(
                3,
                Vec::new(),
                FreightStatus::NotCarried { left_over: LeftOver::Dearer { by: Fen(250) }, no_run: None },
            ),
        ],
        runs: vec![FreightRun {
            vehicle: van,
            window,
            leaves_depot: ServiceTime::hm(10, 0),
            visits: vec![visit(true, 0), visit(false, 40)],
            returns: ServiceTime::hm(11, 30),
        }],
    }
}
