//! A right day of runs in the sample town, and what breaks it.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::check::{Rule, check_timetable};
use crate::demand::{MarketGoers, School, StudentGroup};
use crate::fleet::{Product, Products, ShiftPiece, Vehicle};
use crate::ids::{
    BlockId, DepotId, DriverId, MarketGoersId, MarketId, PlaceId, RunId, SchoolId, StudentGroupId, VehicleId,
    VehicleTypeId, VillageId,
};
use crate::plan::{Block, Hub, LeftBehind, MovedBell, Run, RunCall, RunDemand, RunDirection, RunRiders, Timetable};
use crate::scenario::Scenario;
use crate::scenario::sample::{self, TwoCallRun};
use crate::time::{Duration, ServiceTime, TimeWindow};
use crate::units::Metres;

use RunDirection::{Inward, Outward};

const PUPILS: RunDemand = RunDemand::Pupils(StudentGroupId(0));
const GOERS: RunDemand = RunDemand::Goers(MarketGoersId(0));
const SCHOOL: Hub = Hub::School(SchoolId(0));
const MARKET: Hub = Hub::Market(MarketId(0));

/// Twenty pupils of village 3, twelve of them on the licensed run, four market goers of village 4, and a third bus.
fn town() -> Scenario {
    let mut town = sample::small_town();
    town.schools[0].has_customized_runs = true;
    town.student_groups[0].students = 20;
    town.market_goers =
        vec![MarketGoers { market: MarketId(0), village: VillageId(3), people: 4, luggage_in: 6, luggage_home: 9 }];
    town.fleet.vehicles.push(Vehicle {
        code: "BUS-3".to_owned(),
        vehicle_type: VehicleTypeId(0),
        depot: DepotId(0),
        products: Products::NONE.with(Product::Student).with(Product::Market),
    });
    town
}

const TO_SCHOOL: TwoCallRun = TwoCallRun {
    of: PUPILS,
    people: 8,
    luggage: 0,
    hub: SCHOOL,
    direction: Inward,
    places: ["V3", "SCH"],
    vehicle_type: VehicleTypeId(0),
    block: BlockId(2),
};
const FROM_SCHOOL: TwoCallRun = TwoCallRun { direction: Outward, places: ["SCH", "V3"], ..TO_SCHOOL };
const TO_MARKET: TwoCallRun =
    TwoCallRun { of: GOERS, people: 4, luggage: 6, hub: MARKET, places: ["V4", "MKT"], ..TO_SCHOOL };
const FROM_MARKET: TwoCallRun = TwoCallRun { luggage: 9, direction: Outward, places: ["MKT", "V4"], ..TO_MARKET };

/// The lines of the sample, and one block of these runs, in order of time.
fn timetable_with(town: &Scenario, date: NaiveDate, runs: Vec<Run>) -> Timetable {
    let (travel, depot) = (&town.network.travel, sample::place("DEP"));
    let mut timetable = Timetable { date, ..sample::hourly_timetable(town) };
    let (first, last) = (&runs[0], &runs[runs.len() - 1]);
    timetable.blocks.push(Block {
        vehicle: VehicleId(6),
        leaves_depot: first.starts() - travel.duration(depot, first.first_place()),
        returns: last.ends() + travel.duration(last.last_place(), depot),
        trips: Vec::new(),
        runs: (0..runs.len()).map(RunId::from_index).collect(),
    });
    Timetable { runs, ..timetable }
}

/// Pupils by eight, market goers by nine, these home from eleven, those from twenty to five.
fn right_timetable(town: &Scenario) -> Timetable {
    let runs = vec![
        TO_SCHOOL.run(town, ServiceTime::hm(7, 15)),
        TO_MARKET.run(town, ServiceTime::hm(8, 30)),
        FROM_MARKET.run(town, ServiceTime::hm(11, 0)),
        FROM_SCHOOL.run(town, ServiceTime::hm(16, 40)),
    ];
    timetable_with(town, sample::market_day(), runs)
}

fn broken(town: &Scenario, timetable: &Timetable) -> BTreeSet<Rule> {
    check_timetable(town, timetable).into_iter().map(|violation| violation.rule).collect()
}

/// Changes a right day, and expects exactly these rules to be broken.
#[track_caller]
fn check_all(expected: &[Rule], change: impl FnOnce(&mut Scenario, &mut Timetable)) {
    let mut town = town();
    let mut timetable = right_timetable(&town);
    change(&mut town, &mut timetable);
    let violations = check_timetable(&town, &timetable);
    assert_eq!(broken(&town, &timetable), expected.iter().copied().collect(), "{violations:#?}");
}

#[track_caller]
fn check(expected: Rule, harm: impl FnOnce(&mut Scenario, &mut Timetable)) {
    check_all(&[expected], harm);
}

#[track_caller]
fn check_right(change: impl FnOnce(&mut Scenario, &mut Timetable)) {
    check_all(&[], change);
}

fn minutes(minutes: i32) -> Duration {
    Duration::from_minutes(minutes)
}

/// So many of a run's people, at both calls.
fn carry(run: &mut Run, people: i32, luggage: i32) {
    for riders in run.calls.iter_mut().flat_map(|call| call.boardings.iter_mut().chain(&mut call.alightings)) {
        (riders.people, riders.luggage) = (people, luggage);
    }
}

fn left(of: RunDemand, direction: RunDirection, people: i32, on_lines: i32) -> LeftBehind {
    LeftBehind { of, direction, people, on_lines }
}

#[test]
fn the_day_is_right() {
    check_right(|_, _| {});
}

#[test]
fn what_a_run_names_exists() {
    check_all(&[Rule::Reference, Rule::Product], |_, day| day.runs[0].vehicle_type = VehicleTypeId(9));
    check(Rule::Reference, |_, day| day.runs[0].hubs.push(Hub::School(SchoolId(9))));
    check(Rule::Reference, |_, day| day.left_behind.push(left(RunDemand::Goers(MarketGoersId(9)), Inward, 1, 0)));
    check(Rule::Reference, |_, day| day.moved_bells.push(MovedBell { school: SchoolId(9), minutes: 0 }));
    check(Rule::Reference, |_, day| day.blocks[2].runs.push(RunId(9)));
    check(Rule::Reference, |_, day| day.blocks[2].vehicle = VehicleId(9));
    check(Rule::Reference, |_, day| day.date = NaiveDate::from_ymd_opt(2031, 1, 1).expect("a date"));
    // Whom nobody knows nobody has carried.
    check_all(&[Rule::Reference, Rule::LeftBehind], |_, day| {
        day.runs[0].calls[0].boardings[0].of = RunDemand::Pupils(StudentGroupId(9));
    });
    check(Rule::Reference, |_, day| day.runs[0].calls[0].place = PlaceId(99));
}

#[test]
fn everybody_gets_on_and_off_in_the_right_places() {
    check(Rule::Service, |_, day| day.runs[0].calls[1].alightings[0].people = 7);
    check(Rule::Service, |_, day| {
        let gate = &mut day.runs[0].calls[1];
        gate.alightings[0].people = 9;
        gate.departure += Duration::from_seconds(10);
    });
    check(Rule::Service, |_, day| day.runs[1].calls[1].alightings[0].luggage = 5);
    check(Rule::Service, |_, day| day.runs[1].calls[1].alightings[0].luggage = 7);
    check(Rule::Service, |_, day| day.runs[0].calls[0].place = sample::place("V2"));
    check(Rule::Service, |_, day| day.runs[3].calls[1].place = sample::place("V2"));
    check(Rule::Service, |_, day| {
        let gate = &mut day.runs[0].calls[1];
        gate.place = sample::place("STA");
        (gate.arrival, gate.departure) = (gate.arrival + minutes(3), gate.departure + minutes(3));
    });
    check(Rule::Service, |_, day| day.runs[0].hubs.clear());
    check(Rule::Service, |_, day| {
        let nobody = RunRiders { people: 0, ..day.runs[0].calls[0].boardings[0] };
        day.runs[0].calls[0].boardings.push(nobody);
    });
    check(Rule::Service, |_, day| day.runs[1].block = BlockId(0));
    check(Rule::Service, |_, day| {
        day.blocks[2].runs.pop();
    });
    check(Rule::Service, |_, day| {
        day.runs[3].calls.pop();
    });
}

#[test]
fn people_walk_to_stops_within_their_limit() {
    let boards_at_the_stop = |town: &mut Scenario, day: &mut Timetable| {
        // Village 3 is a short walk from S2 here.
        let home = sample::place("V3");
        let link = town.network.walks.from(sample::place("V2"))[0];
        town.network.walks.from_place[home.index()] = vec![link];
        day.runs[0].calls[0].place = link.stop;
    };
    check_right(boards_at_the_stop);
    check(Rule::Service, |town, day| {
        boards_at_the_stop(town, day);
        town.policy.students.walk = Metres(100);
    });
}

#[test]
fn whoever_must_travel_is_accounted_for() {
    check(Rule::LeftBehind, |town, _| town.student_groups[0].students = 21);
    check(Rule::LeftBehind, |town, _| town.student_groups[0].students = 19);
    check(Rule::LeftBehind, |town, _| town.schools[0].has_customized_runs = false);
    check(Rule::LeftBehind, |town, _| town.student_groups[0].boards = true);
    check(Rule::LeftBehind, |town, _| town.student_runs.truncate(1));
    check(Rule::LeftBehind, |town, _| town.market_goers[0].people = 5);
    check(Rule::LeftBehind, |town, _| town.market_goers[0].luggage_in = 8);
    check(Rule::LeftBehind, |town, _| town.market_goers[0].luggage_home = 7);
    // They live nearer than that by road, and walk all the way.
    check(Rule::LeftBehind, |town, _| town.policy.students.walk = Metres(12_000));
    // A Wednesday without a market, and a Saturday.
    check(Rule::LeftBehind, |_, day| day.date = NaiveDate::from_ymd_opt(2026, 11, 25).expect("a date"));
    check(Rule::LeftBehind, |_, day| day.date = NaiveDate::from_ymd_opt(2026, 11, 21).expect("a date"));
    check(Rule::LeftBehind, |_, day| day.left_behind.push(left(PUPILS, Outward, 1, 0)));
    check(Rule::LeftBehind, |_, day| carry(&mut day.runs[0], 7, 0));
    check(Rule::LeftBehind, |_, day| {
        carry(&mut day.runs[0], 7, 0);
        day.left_behind.push(left(PUPILS, Outward, 1, 0));
    });
    check(Rule::LeftBehind, |_, day| day.left_behind.extend([left(PUPILS, Inward, 1, 0), left(PUPILS, Inward, -1, 0)]));
    check_right(|_, day| {
        carry(&mut day.runs[0], 7, 0);
        day.left_behind.push(left(PUPILS, Inward, 1, 0));
    });
    // Three of four carry four or five of six baskets.
    for (luggage, is_fair) in [(3, false), (4, true), (5, true), (6, false)] {
        let expected: &[Rule] = if is_fair { &[] } else { &[Rule::LeftBehind] };
        check_all(expected, |_, day| {
            carry(&mut day.runs[1], 3, luggage);
            day.left_behind.push(left(GOERS, Inward, 1, 0));
        });
    }
}

#[test]
fn nobody_is_brought_to_market_without_a_way_home() {
    check(Rule::RoundTrip, |_, day| {
        carry(&mut day.runs[2], 3, 7);
        day.left_behind.push(left(GOERS, Outward, 1, 0));
    });
    check_right(|_, day| {
        carry(&mut day.runs[1], 3, 5);
        carry(&mut day.runs[2], 3, 7);
        day.left_behind.extend([left(GOERS, Inward, 1, 0), left(GOERS, Outward, 1, 0)]);
    });
    // Whoever has got there by other means may be taken home.
    check_right(|_, day| {
        carry(&mut day.runs[1], 3, 5);
        day.left_behind.push(left(GOERS, Inward, 1, 0));
    });
}

#[test]
fn pupils_ride_lines_only_where_policy_lets_them() {
    let one_rides_the_line = |of: RunDemand, percent: i32| {
        move |town: &mut Scenario, day: &mut Timetable| {
            town.policy.students.line_seats_percent = percent;
            match of {
                PUPILS => carry(&mut day.runs[0], 7, 0),
                _ => carry(&mut day.runs[1], 3, 5),
            }
            day.left_behind.push(left(of, Inward, 0, 1));
        }
    };
    check_right(one_rides_the_line(PUPILS, 10));
    check(Rule::Product, one_rides_the_line(PUPILS, 0));
    check(Rule::Product, one_rides_the_line(GOERS, 10));
}

#[test]
fn seats_and_room_for_luggage_suffice() {
    check_right(|town, _| town.fleet.vehicle_types[0].capacity.seats = 9);
    check(Rule::Capacity, |town, _| town.fleet.vehicle_types[0].capacity.seats = 8);
    check_right(|town, _| town.fleet.vehicle_types[0].capacity.luggage = 9);
    check(Rule::Capacity, |town, _| town.fleet.vehicle_types[0].capacity.luggage = 8);
}

#[test]
fn vehicles_work_what_they_are_permitted_to() {
    let allow = |town: &mut Scenario, product: Product| town.fleet.vehicles[6].products = product.into();
    check(Rule::Product, |town, _| allow(town, Product::Student));
    check(Rule::Product, |town, _| allow(town, Product::Market));
    check(Rule::Product, |town, _| town.fleet.vehicle_types[0].is_licensed_school_bus = true);
    check(Rule::Product, |_, day| day.runs[1].vehicle_type = VehicleTypeId(1));
    check(Rule::Product, |_, day| day.runs[0].product = Product::Market);
    check(Rule::Product, |_, day| day.runs[1].product = Product::Line);
}

#[test]
fn driving_and_getting_on_take_their_time() {
    check(Rule::Time, |_, day| day.runs[0].calls[1].arrival = day.runs[0].calls[1].arrival - minutes(1));
    check(Rule::Time, |_, day| day.runs[0].calls[0].arrival += Duration::from_seconds(1));
    check(Rule::Time, |_, day| {
        day.runs[3].calls[1].departure = day.runs[3].calls[1].departure - Duration::from_seconds(1)
    });
    // With pupils on board the bus is slower, with market goers it isn't.
    check(Rule::Time, |town, _| town.network.travel_with_pupils = town.network.travel.scaled(110));
}

#[test]
fn nobody_rides_too_long() {
    check_right(|town, _| town.policy.students.ride = minutes(21));
    check(Rule::RideTime, |town, _| town.policy.students.ride = minutes(20));
    check_right(|town, _| town.policy.markets.ride = minutes(32));
    check(Rule::RideTime, |town, _| town.policy.markets.ride = minutes(31));
}

#[test]
fn bells_and_opening_hours_are_kept() {
    let bell = |hours, minutes| ServiceTime::hm(hours, minutes);
    // At the gate from 07:35:23 to 07:37:13, and from 16:38:10 to 16:40.
    check_right(|town, _| town.schools[0].bell_start = bell(7, 43));
    check(Rule::Bell, |town, _| town.schools[0].bell_start = bell(7, 42));
    check_right(|town, _| town.schools[0].bell_start = bell(8, 15));
    check(Rule::Bell, |town, _| town.schools[0].bell_start = bell(8, 16));
    check_right(|town, _| town.schools[0].bell_end = bell(16, 38));
    check(Rule::Bell, |town, _| town.schools[0].bell_end = bell(16, 39));
    check_right(|town, _| town.schools[0].bell_end = bell(16, 0));
    check(Rule::Bell, |town, _| town.schools[0].bell_end = bell(15, 59));
    // At the market at 09:01, away at 11:00: no sooner than 10:45, no later than 11:15.
    let opens = |hours, minutes| TimeWindow::new(bell(hours, minutes), bell(13, 0));
    check(Rule::Bell, |town, _| town.markets[0].hours = opens(6, 0));
    check(Rule::Bell, |town, _| town.markets[0].hours = opens(7, 0));
    check_right(|town, _| town.policy.markets.stay_least = minutes(105));
    check(Rule::Bell, |town, _| town.policy.markets.stay_least = minutes(106));
    check(Rule::Bell, |town, _| town.policy.markets.stay_least = minutes(74));
    check_right(|town, _| {
        (town.policy.markets.stay_least, town.policy.markets.stay_most) = (minutes(74), minutes(260))
    });
    check(Rule::Bell, |town, _| town.policy.markets.arrive_after_opening = minutes(155));
}

#[test]
fn bells_move_as_far_as_the_school_allows() {
    let moves = |allowed: i32, moved: &'static [i32]| {
        move |town: &mut Scenario, day: &mut Timetable| {
            town.schools[0].bell_shift = minutes(allowed);
            day.moved_bells.extend(moved.iter().map(|&minutes| MovedBell { school: SchoolId(0), minutes }));
        }
    };
    check(Rule::Bell, moves(0, &[5]));
    check_right(moves(5, &[5]));
    check_right(moves(5, &[-5]));
    check(Rule::Bell, moves(5, &[-10]));
    check(Rule::Bell, moves(5, &[5, 5]));
    // Moved so far the bells leave the runs behind.
    check(Rule::Bell, moves(30, &[20]));
    check(Rule::Bell, moves(30, &[-20]));
}

#[test]
fn bells_leave_no_licensed_run_and_no_line_behind() {
    let moves = |by_minutes: i32| {
        move |town: &mut Scenario, day: &mut Timetable, to_school: (i32, i32), from_school: (i32, i32)| {
            town.schools[0].bell_shift = minutes(5);
            town.student_runs[0].calls[2].time = ServiceTime::hm(to_school.0, to_school.1);
            town.student_runs[1].calls[0].time = ServiceTime::hm(from_school.0, from_school.1);
            day.moved_bells.push(MovedBell { school: SchoolId(0), minutes: by_minutes });
        }
    };
    // School begins at eight, and pupils are there from 07:20 to 07:55; it ends at half past four, and they leave by 17:10.
    let check_licensed = |by_minutes: i32, to_school, from_school, expected: &[Rule]| {
        check_all(expected, |town, day| moves(by_minutes)(town, day, to_school, from_school));
    };
    check_licensed(5, (7, 25), (16, 35), &[]);
    check_licensed(5, (7, 24), (16, 35), &[Rule::Bell]);
    check_licensed(5, (7, 25), (16, 34), &[Rule::Bell]);
    check_licensed(-5, (7, 50), (17, 5), &[]);
    check_licensed(-5, (7, 51), (17, 5), &[Rule::Bell]);
    check_licensed(-5, (7, 50), (17, 6), &[Rule::Bell]);
    // What the licence says is an input: without a move of the bells nobody asks whether it is a good one.
    check_licensed(0, (6, 0), (18, 0), &[]);

    let one_rides_the_line = |by_minutes: i32| {
        move |town: &mut Scenario, day: &mut Timetable| {
            moves(by_minutes)(town, day, (7, 40), (16, 40));
            town.policy.students.line_seats_percent = 10;
            carry(&mut day.runs[0], 7, 0);
            day.left_behind.push(left(PUPILS, Inward, 0, 1));
        }
    };
    check_right(one_rides_the_line(0));
    check(Rule::Bell, one_rides_the_line(5));
}

#[test]
fn a_block_works_runs_between_others() {
    check(Rule::Time, |town, _| town.policy.lines.max_deadhead = minutes(20));
    check(Rule::Time, |_, day| day.blocks[2].leaves_depot += minutes(1));
    check(Rule::Time, |_, day| day.blocks[2].returns = day.blocks[2].returns - minutes(1));
    check(Rule::Time, |_, day| day.blocks[2].runs.swap(0, 1));
    check(Rule::Time, |town, day| {
        // At the gate until 07:37, at village 4 from 08:28:50 on: 29 minutes away.
        town.policy.lines.layover = minutes(25);
        day.trips.clear();
        day.blocks.iter_mut().for_each(|block| block.trips.clear());
        day.blocks.drain(..2);
        day.runs.iter_mut().for_each(|run| run.block = BlockId(0));
        town.patterns.clear();
        town.line_demand.clear();
    });
    check(Rule::Service, |_, day| {
        day.blocks.push(Block { runs: Vec::new(), ..day.blocks[2].clone() });
        let last = day.blocks.len() - 1;
        day.blocks[last].vehicle = VehicleId(0);
        (day.blocks[last].leaves_depot, day.blocks[last].returns) = (ServiceTime::hm(1, 0), ServiceTime::hm(2, 0));
    });
}

#[test]
fn a_bus_works_trips_and_runs_but_not_at_once() {
    // The third bus takes the school run home into the block of a bus on the line, which is out all day.
    check(Rule::Time, |town, day| {
        let all = Products::NONE.with(Product::Line).with(Product::Student).with(Product::Market);
        town.fleet.vehicles[0].products = all;
        day.blocks[2].runs.pop();
        day.blocks[2].returns = ServiceTime::hm(12, 30);
        day.blocks[0].runs.push(RunId(3));
        day.runs[3].block = BlockId(0);
    });
}

#[test]
fn vehicles_with_shifts_keep_within_a_piece() {
    let pieces = |hours: &'static [(i32, i32)]| {
        move |town: &mut Scenario, _: &mut Timetable| {
            town.fleet.shift_pieces.extend(hours.iter().map(|&(from, until)| ShiftPiece {
                driver: DriverId(0),
                vehicle: VehicleId(6),
                window: TimeWindow::new(ServiceTime::hm(from, 0), ServiceTime::hm(until, 0)),
            }));
        }
    };
    check_right(pieces(&[(6, 18)]));
    check(Rule::Shift, pieces(&[(6, 12), (12, 18)]));
    check(Rule::Shift, pieces(&[(7, 18)]));
}

/// Boarders of village 3 alone, on this date, in this direction.
fn check_boarders(date: (u32, u32), ride: &TwoCallRun, departure: (i32, i32), expected: &[Rule]) {
    let mut town = town();
    town.student_groups[0] = StudentGroup { boards: true, students: 8, ..town.student_groups[0].clone() };
    town.market_goers.clear();
    let date = NaiveDate::from_ymd_opt(2026, date.0, date.1).expect("a date");
    let runs = vec![ride.run(&town, ServiceTime::hm(departure.0, departure.1))];
    let timetable = timetable_with(&town, date, runs);
    let violations = check_timetable(&town, &timetable);
    assert_eq!(broken(&town, &timetable), expected.iter().copied().collect(), "{violations:#?}");
}

#[test]
fn boarders_go_home_on_friday_and_come_back_on_sunday_afternoon() {
    check_boarders((11, 20), &FROM_SCHOOL, (16, 40), &[]);
    check_boarders((11, 20), &TO_SCHOOL, (7, 15), &[Rule::LeftBehind]);
    check_boarders((11, 19), &FROM_SCHOOL, (16, 40), &[Rule::LeftBehind]);
    check_boarders((11, 22), &TO_SCHOOL, (15, 0), &[]);
    check_boarders((11, 22), &TO_SCHOOL, (14, 0), &[Rule::Bell]);
    check_boarders((11, 22), &TO_SCHOOL, (17, 15), &[Rule::Bell]);
}

/// Eight pupils to the school, three on to a second one; this many schools may share a run.
fn check_mixed(schools_per_run: u8, change: impl FnOnce(&mut Run), expected: &[Rule]) {
    let mut town = town();
    town.policy.students.schools_per_run = schools_per_run;
    town.schools.push(School { code: "SECOND".to_owned(), place: sample::place("HOS"), ..town.schools[0].clone() });
    town.student_groups.push(StudentGroup { school: SchoolId(1), students: 3, ..town.student_groups[0].clone() });
    let mut timetable = right_timetable(&town);
    let others = RunDemand::Pupils(StudentGroupId(1));
    let riders = RunRiders { of: others, people: 3, luggage: 0 };
    let run = &mut timetable.runs[0];
    run.hubs.push(Hub::School(SchoolId(1)));
    let first = &mut run.calls[0];
    first.boardings.push(riders);
    first.arrival = first.arrival - Duration::from_seconds(30);
    let gate = &run.calls[1];
    let arrival = gate.departure + town.network.travel.duration(gate.place, sample::place("HOS"));
    run.calls.push(RunCall {
        place: sample::place("HOS"),
        arrival,
        departure: arrival + minutes(1),
        boardings: Vec::new(),
        alightings: vec![riders],
    });
    change(run);
    timetable.blocks[2].leaves_depot = timetable.blocks[2].leaves_depot - Duration::from_seconds(30);
    timetable.left_behind.push(left(others, Outward, 3, 0));
    let violations = check_timetable(&town, &timetable);
    assert_eq!(broken(&town, &timetable), expected.iter().copied().collect(), "{violations:#?}");
}

#[test]
fn schools_share_a_run_where_policy_says_so() {
    check_mixed(2, |_| {}, &[]);
    check_mixed(1, |_| {}, &[Rule::Product]);
    check_mixed(2, |run| run.hubs.reverse(), &[Rule::Service]);
    check_mixed(2, |run| run.hubs.truncate(1), &[Rule::Service]);
}
