//! Right duties of the sample town, and every way of breaking them.

use super::*;
use crate::ids::{DepotId, TripId, VehicleId};
use crate::scenario::sample;

/// The sample town's hourly timetable, each of its two buses driven by one driver until it arrives shortly after
/// noon, and by another one from then on.
pub(super) fn sample_duties() -> (Scenario, Timetable, Vec<Duty>) {
    let town = sample::small_town();
    let timetable = sample::hourly_timetable(&town);
    let half = |block: usize, is_morning: bool| {
        let (travel, of_block) = (&town.network.travel, &timetable.blocks[block]);
        let running = town.patterns[0].running_time();
        let depot = sample::place("DEP");
        // One bus begins at the station and is there again at noon; the other one does so at the far end.
        let home_end = sample::place(["STA", "S4"][block]);
        let far_end = sample::place(["S4", "STA"][block]);
        let noon = (ServiceTime::hm(11, 30) + running, home_end);
        let (hours, (begin, from), (end, to)) = if is_morning {
            (6..12, (of_block.leaves_depot, depot), noon)
        } else {
            (12..19, noon, (of_block.returns, depot))
        };
        let deadhead = if is_morning { travel.duration(depot, home_end) } else { travel.duration(far_end, depot) };
        let departures: Vec<ServiceTime> = hours.map(|hour| ServiceTime::hm(hour, 30)).collect();
        let rests = departures.windows(2).map(|pair| TimeWindow::new(pair[0] + running, pair[1])).collect();
        let driving = departures.iter().map(|_| running).sum::<Duration>() + deadhead;
        let sign_on = begin - travel.duration(depot, from) - Duration::from_minutes(10);
        let sign_off = end + travel.duration(to, depot) + Duration::from_minutes(10);
        let pieces = vec![DutyPiece { block: BlockId::from_index(block), begin, end, from, to }];
        let paid = sign_off - sign_on;
        Duty { depot: DepotId(0), sign_on, sign_off, pieces, rests, driving, paid, driver: None }
    };
    let duties = vec![half(0, true), half(0, false), half(1, true), half(1, false)];
    (town, timetable, duties)
}

/// Breaks right duties and expects exactly these rules to notice.
#[track_caller]
fn check(expected: &[Rule], harm: impl FnOnce(&mut Scenario, &mut Vec<Duty>)) {
    check_harm(sample_duties(), expected, harm);
}

#[track_caller]
fn check_harm(
    (mut town, timetable, mut duties): (Scenario, Timetable, Vec<Duty>),
    expected: &[Rule],
    harm: impl FnOnce(&mut Scenario, &mut Vec<Duty>),
) {
    harm(&mut town, &mut duties);
    let violations = check_duties(&town, &timetable, &duties, &[]);
    let found: BTreeSet<Rule> = violations.iter().map(|violation| violation.rule).collect();
    assert_eq!(found, expected.iter().copied().collect(), "{violations:#?}");
}

const MINUTE: Duration = Duration::from_minutes(1);

#[test]
fn two_drivers_for_each_bus_are_right() {
    let (town, timetable, duties) = sample_duties();
    assert_eq!(check_duties(&town, &timetable, &duties, &[]), []);
}

#[test]
fn every_broken_rule_is_noticed() {
    // Whom nobody can judge nobody can rely on: the bus has no driver then.
    let unknown = [Rule::Reference, Rule::Service];
    check(&unknown, |_, duties| duties[0].pieces[0].block = BlockId(99));
    check(&unknown, |_, duties| duties[0].pieces[0].to = PlaceId(99));
    check(&unknown, |_, duties| duties[0].pieces.clear());
    check(&unknown, |_, duties| duties[0].depot = DepotId(9));
    check(&[Rule::Service], |_, duties| drop(duties.pop()));
    check(&[Rule::Service], |_, duties| duties.push(duties[0].clone()));
    check(&[Rule::Service], |town, _| town.fleet.shift_pieces[0].vehicle = VehicleId(1));
    // Left on the road, it has no driver for the rest of the way, and the first one has driven less.
    check(&[Rule::Time, Rule::Service, Rule::Report], |_, duties| duties[0].pieces[0].end = ServiceTime::hm(11, 45));
    check(&[Rule::Time], |_, duties| duties[0].pieces[0].to = sample::place("S4"));
    check(&[Rule::Time, Rule::Report], |_, duties| duties[0].sign_on += MINUTE);
    check(&[Rule::Time, Rule::Report], |_, duties| duties[1].sign_off = duties[1].sign_off - MINUTE);
    check(&[Rule::Shift], |town, _| town.policy.duties.most_pieces = 0);
    check(&[Rule::Shift], |town, duties| {
        town.fleet.depots.push(town.fleet.depots[0].clone());
        duties[0].depot = DepotId(1);
    });
    check(&[Rule::Report], |_, duties| duties[0].driving += MINUTE);
    check(&[Rule::Report], |_, duties| duties[0].paid += MINUTE);
}

#[test]
fn hours_at_the_wheel_and_rests_are_kept() {
    let driving = [Rule::DrivingHours];
    // The second bus leaves before six, at night.
    check(&driving, |_, duties| duties[2].rests.clear());
    check(&driving, |town, duties| {
        town.policy.driving.continuous_by_day = Duration::from_minutes(120);
        duties[0].rests.clear();
    });
    check(&driving, |_, duties| {
        duties[0].rests[0] = TimeWindow::new(ServiceTime::hm(6, 31), ServiceTime::hm(6, 55));
    });
    check(&driving, |_, duties| duties[0].rests[0].latest = duties[0].rests[0].earliest + MINUTE);
    check(&driving, |town, _| town.policy.driving.per_day = Duration::from_minutes(180));
    check(&[Rule::DrivingHours, Rule::Report], |_, duties| duties[0].sign_on = ServiceTime::hm(-2, 0));
    check(&[], |_, duties| duties[0].rests.clear()); // three and a half hours by day need no rest
}

/// Where the second bus is at two o'clock: at the far end, half an hour from where the first one is left at noon.
fn second_bus_after_lunch(town: &Scenario) -> (ServiceTime, PlaceId) {
    (ServiceTime::hm(13, 30) + town.patterns[0].running_time(), sample::place("S4"))
}

/// One driver has the first bus until noon and the second one from two o'clock on; others have what is left.
fn duties_with_a_break() -> (Scenario, Timetable, Vec<Duty>) {
    let (town, timetable, mut duties) = sample_duties();
    let running = town.patterns[0].running_time();
    let evening = duties.pop().expect("four duties");
    let (change, place) = second_bus_after_lunch(&town);
    // From noon to two the second bus goes to the station and back.
    let mut lunch = evening.clone();
    (lunch.pieces[0].end, lunch.pieces[0].to) = (change, place);
    lunch.rests.truncate(1);
    lunch.driving = running + running;
    lunch.sign_off = change + town.network.travel.duration(place, sample::place("DEP")) + Duration::from_minutes(10);
    lunch.paid = lunch.sign_off - lunch.sign_on;
    let mut second = evening;
    (second.pieces[0].begin, second.pieces[0].from) = (change, place);
    second.rests.drain(..2);
    second.driving -= lunch.driving;
    let first = duties[0].clone();
    duties[0] = with_second_piece(&town, first, second);
    let left_at = duties[0].pieces[0].end;
    let way = town.network.travel.duration(duties[0].pieces[0].to, place);
    duties[0].rests.insert(5, TimeWindow::new(left_at, change - way));
    duties.push(lunch);
    (town, timetable, duties)
}

/// One driver works both, without a rest in between.
fn with_second_piece(town: &Scenario, first: Duty, second: Duty) -> Duty {
    let (left, taken) = (first.pieces[0], second.pieces[0]);
    let own = taken.begin - left.end - town.network.travel.duration(left.to, taken.from);
    let sign_off = second.sign_off;
    let unpaid = if own >= Duration::from_minutes(60) { own } else { Duration::ZERO };
    Duty {
        sign_off,
        pieces: vec![left, taken],
        rests: [first.rests, second.rests].concat(),
        driving: first.driving + second.driving,
        paid: sign_off - first.sign_on - unpaid,
        ..first
    }
}

#[test]
fn between_two_pieces_a_driver_rests_and_goes_to_the_next_bus() {
    check_harm(duties_with_a_break(), &[], |_, _| {});
    let check = |expected: &[Rule], harm: fn(&mut Duty)| {
        check_harm(duties_with_a_break(), expected, |_, duties| harm(&mut duties[0]));
    };
    // On the way to the next bus nobody rests, nor before the first one is left.
    check(&[Rule::DrivingHours], |duty| duty.rests[5].latest += MINUTE);
    check(&[Rule::DrivingHours], |duty| duty.rests[5].earliest = duty.rests[5].earliest - MINUTE);
    check(&[Rule::Report], |duty| duty.paid = duty.sign_off - duty.sign_on);
    // At noon the buses are at opposite ends.
    check_harm(sample_duties(), &[Rule::Time], |town, duties| {
        let (first, second) = (duties[0].clone(), duties.pop().expect("four duties"));
        duties[0] = with_second_piece(town, first, second);
    });
}

#[test]
fn a_parked_vehicle_needs_nobody_and_one_that_waits_does() {
    let check = |parked_from: i32, expected: usize| {
        let (mut town, timetable, mut duties) = sample_duties();
        town.policy.duties.parked_from = Duration::from_minutes(parked_from);
        // The second driver comes only when the bus is about to leave.
        duties[1].pieces[0].begin = ServiceTime::hm(12, 30);
        let violations = check_duties(&town, &timetable, &duties, &[]);
        let alone = violations.iter().filter(|violation| violation.rule == Rule::Service);
        assert_eq!(alone.count(), expected, "{parked_from}: {violations:?}");
    };
    check(29, 0);
    check(30, 1);
}

#[test]
fn a_block_said_to_be_undriven_has_no_driver() {
    let (town, timetable, mut duties) = sample_duties();
    let violations = |duties: &[Duty]| check_duties(&town, &timetable, duties, &[BlockId(1)]);
    assert_eq!(violations(&duties)[0].rule, Rule::Service);
    duties.truncate(2);
    assert_eq!(violations(&duties), []);
    assert_eq!(timetable.blocks[1].vehicle, VehicleId(1));
}

#[test]
fn drivers_change_in_the_moment_between_an_empty_drive_and_a_trip() {
    let (town, mut timetable, _) = sample_duties();
    let (travel, running) = (&town.network.travel, town.patterns[0].running_time());
    let [depot, station, end] = ["DEP", "STA", "S4"].map(sample::place);
    // The bus goes out at half past six and at half past eight, and back empty in between.
    let returns = ServiceTime::hm(8, 30) + running + travel.duration(end, depot);
    timetable.blocks.truncate(1);
    timetable.blocks[0].trips = vec![TripId(0), TripId(2)];
    timetable.blocks[0].returns = returns;
    let duty = |(begin, from): (ServiceTime, PlaceId), (until, to): (ServiceTime, PlaceId), driving: Duration| {
        let sign_on = begin - travel.duration(depot, from) - Duration::from_minutes(10);
        let sign_off = until + travel.duration(to, depot) + Duration::from_minutes(10);
        let pieces = vec![DutyPiece { block: BlockId(0), begin, end: until, from, to }];
        let (paid, rests) = (sign_off - sign_on, Vec::new());
        Duty { depot: DepotId(0), sign_on, sign_off, pieces, rests, driving, paid, driver: None }
    };
    let changed_at = |change: ServiceTime| {
        let out = (timetable.blocks[0].leaves_depot, depot);
        let first = travel.duration(depot, station) + running + travel.duration(end, station);
        let second = running + travel.duration(end, depot);
        let duties = [duty(out, (change, station), first), duty((change, station), (returns, depot), second)];
        let found = check_duties(&town, &timetable, &duties, &[]);
        found.into_iter().map(|violation| violation.rule).collect::<BTreeSet<_>>()
    };
    assert_eq!(changed_at(ServiceTime::hm(8, 30)), BTreeSet::new());
    assert!(changed_at(ServiceTime::hm(8, 29)).contains(&Rule::Time), "it is on its way");
}
