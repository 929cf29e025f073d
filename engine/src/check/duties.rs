//! Rules of driver duties: who drives every block, hours at the wheel, rests, days of work; the weeks of a rota are in [`rota`].

mod rota;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

pub use rota::check_rota;

use super::{Findings, Rule, Violation};
use crate::ids::{BlockId, PlaceId};
use crate::plan::{Block, Duty, DutyPiece, Timetable};
use crate::scenario::Scenario;
use crate::time::{Duration, ServiceTime, TimeWindow};

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
