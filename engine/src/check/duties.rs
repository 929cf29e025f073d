//! Rules of driver duties: who drives every block, hours at the wheel, rests, days of work, and the rota's weeks.

use std::collections::{BTreeMap, BTreeSet};

use super::{Findings, Rule, Violation};
use crate::ids::{BlockId, PlaceId};
use crate::plan::{Block, Duty, DutyPiece, Timetable};
use crate::scenario::Scenario;
use crate::time::{Duration, Instant, ServiceTime, TimeWindow};

/// All rules that the duties of a date break; empty when they are right. `undriven` are the blocks that the plan says
/// nobody can drive.
pub fn check_duties(
    scenario: &Scenario,
    timetable: &Timetable,
    duties: &[Duty],
    undriven: &[BlockId],
) -> Vec<Violation> {
    let movements = timetable.blocks.iter().map(|block| movements(scenario, timetable, block)).collect();
    let mut checker = Checker { scenario, timetable, movements, findings: Findings::default() };
    let mut pieces_of_block: Vec<Vec<&DutyPiece>> = vec![Vec::new(); timetable.blocks.len()];
    for (number, duty) in duties.iter().enumerate() {
        let label = format!("duty {} (from {})", number + 1, duty.sign_on);
        if checker.exists(&label, duty) {
            checker.duty(&label, duty);
            duty.pieces.iter().for_each(|piece| pieces_of_block[piece.block.index()].push(piece));
        }
    }
    for (index, mut pieces) in pieces_of_block.into_iter().enumerate() {
        pieces.sort_by_key(|piece| piece.begin);
        checker.block(BlockId::from_index(index), &pieces, undriven);
    }
    checker.findings.sorted()
}

/// Whoever has the same label in duties of several dates is one driver: one duty at a time, no more driving than allowed
/// in any 24 hours and any 7 days.
pub fn check_rota(scenario: &Scenario, days: &[(&Timetable, &[Duty])]) -> Vec<Violation> {
    let mut findings = Findings::default();
    let mut of_driver: BTreeMap<&str, Vec<Worked>> = BTreeMap::new();
    for (timetable, duties) in days {
        let at = |time| scenario.policy.clock.instant(timetable.date, time).unix_seconds();
        for duty in *duties {
            let Some(driver) = &duty.driver else { continue };
            let known =
                duty.pieces.iter().filter_map(|piece| Some((piece, timetable.blocks.get(piece.block.index())?)));
            let driven = known.flat_map(|(piece, block)| {
                let inside = TimeWindow::new(piece.begin, piece.end);
                let moves = movements(scenario, timetable, block).into_iter().filter(|moved| moved.drives);
                moves.map(move |moved| moved.time.intersection(inside)).filter(|driven| !driven.is_empty())
            });
            let driven = driven.map(|driven| (at(driven.earliest), at(driven.latest))).collect();
            let worked = Worked { sign_on: at(duty.sign_on), sign_off: at(duty.sign_off), driven };
            of_driver.entry(driver).or_default().push(worked);
        }
    }
    for (driver, mut worked) in of_driver {
        worked.sort_by_key(|worked| worked.sign_on);
        for pair in worked.windows(2).filter(|pair| pair[1].sign_on < pair[0].sign_off) {
            let (date, time) = scenario.policy.clock.service_time(Instant::from_unix_seconds(pair[1].sign_on));
            findings.add(Rule::Shift, driver, format!("signs on again at {time} of {date}, before signing off"));
        }
        let driven: Vec<(i64, i64)> = worked.into_iter().flat_map(|worked| worked.driven).collect();
        let rules = scenario.policy.driving;
        for (days, limit) in [(1, rules.per_day), (7, rules.per_week)] {
            // The most lies in a window that begins with a drive or ends with one.
            let length = days * 86_400;
            let begins = driven.iter().flat_map(|&(begin, end)| [begin, end - length]);
            let within = |from: i64| -> i64 {
                driven.iter().map(|&(begin, end)| (end.min(from + length) - begin.max(from)).max(0)).sum()
            };
            let most = begins.map(within).max().unwrap_or(0);
            if most > i64::from(limit.seconds()) {
                let detail = format!("{} min of driving within {} h, limit {limit}", most / 60, days * 24);
                findings.add(Rule::DrivingHours, driver, detail);
            }
        }
    }
    findings.sorted()
}

/// A duty in the world's seconds.
struct Worked {
    sign_on: i64,
    sign_off: i64,
    driven: Vec<(i64, i64)>,
}

/// A vehicle moves or waits.
struct Movement {
    time: TimeWindow,
    /// Where it ends.
    place: PlaceId,
    drives: bool,
}

/// What a block's vehicle does, in order of time: it waits where it is and leaves as late as possible.
fn movements(scenario: &Scenario, timetable: &Timetable, block: &Block) -> Vec<Movement> {
    let travel = &scenario.network.travel;
    let depot = scenario.fleet.depot_place(block.vehicle);
    let mut service: Vec<(ServiceTime, PlaceId, ServiceTime, PlaceId)> = Vec::new();
    for trip in block.trips.iter().filter_map(|trip| timetable.trips.get(trip.index())) {
        let pattern = scenario.pattern(trip.pattern);
        let arrival = trip.departure + pattern.running_time();
        service.push((trip.departure, pattern.first_stop(), arrival, pattern.last_stop()));
    }
    for run in block.runs.iter().filter_map(|run| timetable.runs.get(run.index())) {
        if let (Some(first), Some(last)) = (run.calls.first(), run.calls.last()) {
            service.push((first.arrival, first.place, last.departure, last.place));
        }
    }
    service.sort();
    service.push((block.returns, depot, block.returns, depot));
    let (mut time, mut place) = (block.leaves_depot, depot);
    let mut movements = Vec::new();
    for (departure, first, arrival, last) in service {
        let leaves = departure - travel.duration(place, first);
        movements.push(Movement { time: TimeWindow::new(time, leaves), place, drives: false });
        movements.push(Movement { time: TimeWindow::new(leaves, departure), place: first, drives: true });
        // It has come empty and goes on at once: drivers may be changed in that moment, too.
        movements.push(Movement { time: TimeWindow::new(departure, departure), place: first, drives: false });
        movements.push(Movement { time: TimeWindow::new(departure, arrival), place: last, drives: true });
        (time, place) = (arrival, last);
    }
    movements
}

struct Checker<'a> {
    scenario: &'a Scenario,
    timetable: &'a Timetable,
    /// By block.
    movements: Vec<Vec<Movement>>,
    findings: Findings,
}

impl Checker<'_> {
    fn block_label(&self, id: BlockId) -> String {
        let vehicle = self.timetable.blocks[id.index()].vehicle;
        format!("block {} ({})", id.0, self.scenario.fleet.vehicle(vehicle).code)
    }

    fn exists(&mut self, label: &str, duty: &Duty) -> bool {
        let blocks = self.timetable.blocks.len();
        let places = self.scenario.network.places.len();
        let known = |piece: &DutyPiece| {
            piece.block.index() < blocks && piece.from.index() < places && piece.to.index() < places
        };
        let wrong = if duty.pieces.is_empty() {
            "has no pieces"
        } else if !duty.pieces.iter().all(known) {
            "a piece names a block or place that does not exist"
        } else if duty.depot.index() >= self.scenario.fleet.depots.len() {
            "its depot does not exist"
        } else {
            return true;
        };
        self.findings.add(Rule::Reference, label, wrong);
        false
    }

    /// Drivers can be changed at depots, at the ends of lines, at schools and at markets.
    fn relief_places(&self) -> BTreeSet<PlaceId> {
        let depots = self.scenario.fleet.depots.iter().map(|depot| depot.place);
        let ends = self.scenario.patterns.iter().flat_map(|pattern| [pattern.first_stop(), pattern.last_stop()]);
        let schools = self.scenario.schools.iter().map(|school| school.place);
        let markets = self.scenario.markets.iter().map(|market| market.place);
        depots.chain(ends).chain(schools).chain(markets).collect()
    }

    /// When a block's vehicle stands where drivers can be changed, and where.
    fn relief_stands(&self, block: BlockId) -> Vec<(TimeWindow, PlaceId)> {
        let relief = self.relief_places();
        let stands =
            self.movements[block.index()].iter().filter(|moved| !moved.drives && relief.contains(&moved.place));
        stands.map(|moved| (moved.time, moved.place)).collect()
    }

    fn duty(&mut self, label: &str, duty: &Duty) {
        let policy = self.scenario.policy.duties;
        for piece in &duty.pieces {
            self.piece(label, piece);
        }
        if duty.pieces.len() > usize::from(policy.most_pieces) {
            let detail = format!("{} pieces, limit {}", duty.pieces.len(), policy.most_pieces);
            self.findings.add(Rule::Shift, label, detail);
        }
        let spread = duty.sign_off - duty.sign_on;
        if spread > policy.longest_spread {
            let detail = format!("{spread} from signing on to signing off, limit {}", policy.longest_spread);
            self.findings.add(Rule::DrivingHours, label, detail);
        }
        self.ways(label, duty);
        self.rests(label, duty);
        self.driving(label, duty);
        self.paid(label, duty);
    }

    /// The vehicle is taken over and left where that is possible.
    fn piece(&mut self, label: &str, piece: &DutyPiece) {
        let block = &self.timetable.blocks[piece.block.index()];
        let depot = self.scenario.fleet.depot_place(block.vehicle);
        let stands = self.relief_stands(piece.block);
        let can_change = |time: ServiceTime, place: PlaceId| {
            let stands = stands.iter().any(|(stand, at)| stand.contains(time) && *at == place);
            let is_end = place == depot && (time == block.leaves_depot || time == block.returns);
            stands || is_end
        };
        let is_taken_over = piece.begin < piece.end && can_change(piece.begin, piece.from);
        if !is_taken_over || !can_change(piece.end, piece.to) {
            let detail = format!("cannot have {} from {} to {}", self.block_label(piece.block), piece.begin, piece.end);
            self.findings.add(Rule::Time, label, detail);
        }
    }

    /// The driver is at the depot when the day begins and ends, and at every vehicle in time.
    fn ways(&mut self, label: &str, duty: &Duty) {
        let (policy, travel) = (self.scenario.policy.duties, &self.scenario.network.travel);
        let place = self.scenario.fleet.depots[duty.depot.index()].place;
        let (first, last) = (&duty.pieces[0], &duty.pieces[duty.pieces.len() - 1]);
        let home = self.scenario.fleet.vehicle(self.timetable.blocks[first.block.index()].vehicle).depot;
        let mut late: Vec<(Rule, String)> = Vec::new();
        if home != duty.depot {
            late.push((Rule::Shift, "does not sign on at the depot of its first block".to_owned()));
        }
        let out = duty.sign_on + policy.sign_on + travel.duration(place, first.from);
        if out > first.begin {
            late.push((Rule::Time, format!("is at the vehicle at {out}, not at {}", first.begin)));
        }
        let back = last.end + travel.duration(last.to, place) + policy.sign_off;
        if back > duty.sign_off {
            late.push((Rule::Time, format!("can sign off at {back}, not at {}", duty.sign_off)));
        }
        for pair in duty.pieces.windows(2) {
            let there = pair[0].end + travel.duration(pair[0].to, pair[1].from);
            if there > pair[1].begin {
                late.push((Rule::Time, format!("is at the next vehicle at {there}, not at {}", pair[1].begin)));
            }
        }
        late.into_iter().for_each(|(rule, detail)| self.findings.add(rule, label, detail));
    }

    /// Every rest that is stated is one: long enough, and where there is a place for it.
    fn rests(&mut self, label: &str, duty: &Duty) {
        let (rest, travel) = (self.scenario.policy.driving.rest, &self.scenario.network.travel);
        let mut wrong = Vec::new();
        for &stated in &duty.rests {
            let in_stand = duty.pieces.iter().any(|piece| {
                let stands = self.relief_stands(piece.block);
                let of_piece = TimeWindow::new(piece.begin, piece.end);
                of_piece.contains_window(stated) && stands.iter().any(|(stand, _)| stand.contains_window(stated))
            });
            let in_break = duty.pieces.windows(2).any(|pair| {
                let between = TimeWindow::new(pair[0].end, pair[1].begin);
                let way = travel.duration(pair[0].to, pair[1].from);
                between.contains_window(stated) && stated.length() + way <= between.length()
            });
            if stated.length() < rest || !(in_stand || in_break) {
                wrong.push(format!("{stated} is no rest"));
            }
        }
        wrong.into_iter().for_each(|detail| self.findings.add(Rule::DrivingHours, label, detail));
    }

    /// When the driver is at the wheel, in order of time.
    fn drives(&self, duty: &Duty) -> Vec<TimeWindow> {
        let of_piece = |piece: &DutyPiece| {
            let inside = TimeWindow::new(piece.begin, piece.end);
            let moves = self.movements[piece.block.index()].iter().filter(|moved| moved.drives);
            let driven = moves.map(|moved| moved.time.intersection(inside));
            driven.filter(|driven| driven.earliest < driven.latest).collect::<Vec<_>>()
        };
        duty.pieces.iter().flat_map(of_piece).collect()
    }

    fn driving(&mut self, label: &str, duty: &Duty) {
        let rules = self.scenario.policy.driving;
        let drives = self.drives(duty);
        let mut total = Duration::ZERO;
        let (mut since_rest, mut at_night, mut last) = (Duration::ZERO, false, ServiceTime::from_seconds(i32::MIN / 4));
        for drive in drives {
            total += drive.length();
            if duty.rests.iter().any(|rest| last <= rest.earliest && rest.latest <= drive.earliest) {
                (since_rest, at_night) = (Duration::ZERO, false);
            }
            since_rest += drive.length();
            at_night |= is_in_night(&rules.night, drive);
            last = drive.latest;
            let limit = if at_night { rules.continuous_by_night } else { rules.continuous_by_day };
            if since_rest > limit {
                let detail = format!("{since_rest} without a rest until {last}, limit {limit}");
                self.findings.add(Rule::DrivingHours, label, detail);
            }
        }
        if total > rules.per_day {
            self.findings.add(Rule::DrivingHours, label, format!("{total} of driving, limit {}", rules.per_day));
        }
        if total != duty.driving {
            self.findings.add(Rule::Report, label, format!("{} of driving stated, {total} found", duty.driving));
        }
    }

    fn paid(&mut self, label: &str, duty: &Duty) {
        let travel = &self.scenario.network.travel;
        let mut paid = duty.sign_off - duty.sign_on;
        for pair in duty.pieces.windows(2) {
            let own = pair[1].begin - pair[0].end - travel.duration(pair[0].to, pair[1].from);
            if own >= self.scenario.policy.duties.unpaid_break_from {
                paid -= own;
            }
        }
        if paid != duty.paid {
            self.findings.add(Rule::Report, label, format!("{} paid, {paid} worked", duty.paid));
        }
    }

    /// Somebody is with the vehicle from leaving the depot to being back, unless it is parked; never two.
    fn block(&mut self, id: BlockId, pieces: &[&DutyPiece], undriven: &[BlockId]) {
        let label = self.block_label(id);
        let block = &self.timetable.blocks[id.index()];
        // Booked vehicles have the drivers of their shifts.
        let has_shifts = self.scenario.fleet.shift_pieces.iter().any(|piece| piece.vehicle == block.vehicle);
        if let (true, Some(piece)) = (has_shifts, pieces.first()) {
            self.findings.add(
                Rule::Service,
                &label,
                format!("has drivers of its own, but another one at {}", piece.begin),
            );
        }
        if has_shifts {
            return;
        }
        if undriven.contains(&id) {
            if let Some(piece) = pieces.first() {
                self.findings.add(
                    Rule::Service,
                    label,
                    format!("is said to be undriven, but driven at {}", piece.begin),
                );
            }
            return;
        }
        for pair in pieces.windows(2).filter(|pair| pair[1].begin < pair[0].end) {
            self.findings.add(Rule::Service, &label, format!("has two drivers at {}", pair[1].begin));
        }
        let parked_from = self.scenario.policy.duties.parked_from;
        let parked: Vec<TimeWindow> = self.relief_stands(id).into_iter().map(|(stand, _)| stand).collect();
        let mut driven_until = block.leaves_depot;
        let ends = pieces.iter().map(|piece| (piece.begin, piece.end)).chain([(block.returns, block.returns)]);
        for (begin, end) in ends {
            let alone = TimeWindow::new(driven_until, begin);
            let is_parked = |stand: &TimeWindow| stand.contains_window(alone) && stand.length() >= parked_from;
            if alone.earliest < alone.latest && !parked.iter().any(is_parked) {
                self.findings.add(Rule::Service, &label, format!("has no driver {alone}"));
            }
            driven_until = driven_until.max(end);
        }
    }
}

/// Night comes every day.
pub(super) fn is_in_night(night: &TimeWindow, drive: TimeWindow) -> bool {
    let day = Duration::from_minutes(24 * 60);
    let (mut night, mut is_in) = (TimeWindow::new(night.earliest - day, night.latest - day), false);
    while night.earliest < drive.latest {
        is_in |= night.latest > drive.earliest;
        night = TimeWindow::new(night.earliest + day, night.latest + day);
    }
    is_in
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{DepotId, TripId, VehicleId};
    use crate::scenario::sample;

    /// The sample town's hourly timetable, each of its two buses driven by one driver until it arrives shortly after
    /// noon, and by another one from then on.
    fn sample_duties() -> (Scenario, Timetable, Vec<Duty>) {
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
        check(&[Rule::Time, Rule::Service, Rule::Report], |_, duties| {
            duties[0].pieces[0].end = ServiceTime::hm(11, 45)
        });
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
        lunch.sign_off =
            change + town.network.travel.duration(place, sample::place("DEP")) + Duration::from_minutes(10);
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

    /// Gives the duties these drivers on each of so many dates, and counts the violations of the rota.
    fn check_week(days: u64, drivers: [&str; 4], expected: &[Rule], change: impl FnOnce(&mut Scenario)) {
        let (mut town, timetable, mut duties) = sample_duties();
        change(&mut town);
        duties.iter_mut().zip(drivers).for_each(|(duty, driver)| duty.driver = Some(driver.to_owned()));
        let dates = (0..days).map(|day| sample::market_day() + chrono::Days::new(day));
        let timetables: Vec<Timetable> = dates.map(|date| Timetable { date, ..timetable.clone() }).collect();
        let week: Vec<(&Timetable, &[Duty])> = timetables.iter().map(|day| (day, &duties[..])).collect();
        let found: Vec<Rule> = check_rota(&town, &week).iter().map(|violation| violation.rule).collect();
        assert_eq!(found, expected, "{drivers:?}");
    }

    #[test]
    fn weeks_are_counted_across_dates() {
        let hours = |hours: i32| Duration::from_minutes(60 * hours);
        check_week(7, ["A", "B", "C", "D"], &[], |_| {});
        check_week(1, ["A", "B", "A", "D"], &[Rule::Shift], |_| {});
        check_week(7, ["A", "B", "C", "D"], &[Rule::DrivingHours; 4], |town| town.policy.driving.per_week = hours(20));
        check_week(3, ["A", "B", "C", "D"], &[], |town| town.policy.driving.per_week = hours(20));
        check_week(1, ["A", "A", "C", "D"], &[Rule::Shift, Rule::DrivingHours], |town| {
            town.policy.driving.per_day = hours(6)
        });
        check_week(1, ["A", "B", "C", "D"], &[], |town| town.policy.driving.per_day = hours(6));
    }
}
