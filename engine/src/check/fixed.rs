//! Rules of the fixed timetable: trips, blocks, coverage, the figures it reports of itself.
//!
//! What happens on student and market runs is judged in [`super::runs`], drivers and goods in [`super::duties`] and
//! [`super::freight`]; all of them are asked here, so that one call judges all of a timetable.

use std::collections::BTreeMap;

use super::connections::check_connections;
use super::runs::{check_runs, run_label};
use super::{Findings, Rule, Violation, check_duties, check_freight};
use crate::fleet::{Product, Vehicle};
use crate::ids::{BlockId, PatternId, PlaceId, RunId, TripId, VehicleId, VehicleTypeId};
use crate::plan::{Block, FreightPlan, Run, Timetable, Trip};
use crate::scenario::Scenario;
use crate::time::{Duration, ServiceTime, TimeWindow};

/// All rules that a timetable breaks; empty when it is right.
pub fn check_timetable(scenario: &Scenario, timetable: &Timetable) -> Vec<Violation> {
    let mut checker = Checker { scenario, timetable, findings: Findings::default() };
    for (id, trip) in timetable.trips_with_ids() {
        checker.trip(id, trip);
    }
    checker.trips_in_order();
    checker.everything_in_its_block();
    for block in &timetable.blocks {
        checker.block(block);
    }
    checker.one_block_at_a_time();
    checker.coverage();
    checker.reports();
    check_runs(scenario, timetable, &mut checker.findings);
    if checker.findings.0.iter().all(|violation| violation.rule != Rule::Reference) {
        check_connections(scenario, timetable, &mut checker.findings);
    }
    checker.drivers();
    if timetable.freight != FreightPlan::default() || checker.has_stage("freight") {
        checker.findings.0.extend(check_freight(scenario, timetable, &timetable.freight));
    }
    checker.findings.sorted()
}

/// A trip or run as the vehicle of its block sees it.
struct Task {
    product: Product,
    vehicle_type: VehicleTypeId,
    begin: ServiceTime,
    end: ServiceTime,
    from: PlaceId,
    to: PlaceId,
}

struct Checker<'a> {
    scenario: &'a Scenario,
    timetable: &'a Timetable,
    findings: Findings,
}

impl Checker<'_> {
    fn trip_label(&self, id: TripId) -> String {
        let trip = self.timetable.trip(id);
        match self.scenario.patterns.get(trip.pattern.index()) {
            None => format!("trip {}", id.0),
            Some(pattern) => {
                let line = &self.scenario.route(pattern.route).short_name;
                format!("trip {} (line {line}, direction {}, {})", id.0, pattern.direction, trip.departure)
            }
        }
    }

    fn vehicle_label(&self, id: VehicleId) -> String {
        match self.scenario.fleet.vehicles.get(id.index()) {
            Some(vehicle) => vehicle.code.clone(),
            None => format!("vehicle {}", id.0),
        }
    }

    fn trip(&mut self, id: TripId, trip: &Trip) {
        let Some(pattern) = self.scenario.patterns.get(trip.pattern.index()) else {
            return self.findings.add(Rule::Reference, self.trip_label(id), "its pattern does not exist");
        };
        let label = self.trip_label(id);
        let Some(vehicle_type) = self.scenario.fleet.vehicle_types.get(trip.vehicle_type.index()) else {
            return self.findings.add(Rule::Reference, label, "its vehicle type does not exist");
        };
        if !self.scenario.route(pattern.route).vehicle_types.contains(&trip.vehicle_type) {
            self.findings.add(Rule::Product, &label, format!("{} may not work this line", vehicle_type.code));
        }
        if trip.expected_load.len() + 1 != pattern.stops.len() {
            let detail = format!("{} loads for {} stops", trip.expected_load.len(), pattern.stops.len());
            self.findings.add(Rule::Report, &label, detail);
        }
        for (segment, &load) in trip.expected_load.iter().enumerate() {
            if load < 0 || load > vehicle_type.capacity.seats {
                let detail = format!("{load} on board after stop {segment}, {} seats", vehicle_type.capacity.seats);
                self.findings.add(Rule::Capacity, &label, detail);
            }
        }
    }

    /// Whoever looks for a line's trips looks where they ought to stand.
    fn trips_in_order(&mut self) {
        let key = |trip: &Trip| (trip.pattern, trip.departure);
        for (index, pair) in self.timetable.trips.windows(2).enumerate() {
            if key(&pair[0]) >= key(&pair[1]) {
                let detail = "does not come after the one before it by pattern and departure";
                self.findings.add(Rule::Report, self.trip_label(TripId::from_index(index + 1)), detail);
            }
        }
    }

    fn everything_in_its_block(&mut self) {
        let (timetable, blocks) = (self.timetable, &self.timetable.blocks);
        let trips = blocks.iter().map(|block| block.trips.iter().map(|trip| trip.index()).collect());
        let is_said = timetable.trips.iter().map(|trip| trip.block).collect();
        self.in_its_block("trip", trips.collect(), is_said, &|checker, trip| {
            checker.trip_label(TripId::from_index(trip))
        });
        let runs = blocks.iter().map(|block| block.runs.iter().map(|run| run.index()).collect());
        let is_said = timetable.runs.iter().map(|run| run.block).collect();
        let label = |checker: &Self, run| run_label(checker.scenario, checker.timetable, RunId::from_index(run));
        self.in_its_block("run", runs.collect(), is_said, &label);
    }

    /// `worked` says by block what it works, `is_said` by trip or run which block works it.
    fn in_its_block(
        &mut self,
        what: &str,
        worked: Vec<Vec<usize>>,
        is_said: Vec<BlockId>,
        label: &dyn Fn(&Self, usize) -> String,
    ) {
        let mut found: Vec<Vec<BlockId>> = vec![Vec::new(); is_said.len()];
        for (block, task) in
            worked.iter().enumerate().flat_map(|(block, tasks)| tasks.iter().map(move |&task| (block, task)))
        {
            match found.get_mut(task) {
                Some(blocks) => blocks.push(BlockId::from_index(block)),
                None => self.findings.add(
                    Rule::Reference,
                    format!("block {block}"),
                    format!("{what} {task} does not exist"),
                ),
            }
        }
        for (task, (found, said)) in found.iter().zip(is_said).enumerate() {
            if found.as_slice() != [said] {
                let detail = format!("worked by blocks {found:?}, not once by {said:?}");
                self.findings.add(Rule::Service, label(self, task), detail);
            }
        }
    }

    /// Nothing if its pattern is unknown, which has been said already.
    fn task_of_trip(&self, trip: &Trip) -> Option<Task> {
        let pattern = self.scenario.patterns.get(trip.pattern.index())?;
        Some(Task {
            product: Product::Line,
            vehicle_type: trip.vehicle_type,
            begin: trip.departure,
            end: trip.departure + pattern.running_time(),
            from: pattern.first_stop(),
            to: pattern.last_stop(),
        })
    }

    /// Nothing if it has no calls or one at an unknown place, which is said elsewhere.
    fn task_of_run(&self, run: &Run) -> Option<Task> {
        let (first, last) = (run.calls.first()?, run.calls.last()?);
        let is_known = |place: PlaceId| place.index() < self.scenario.network.places.len();
        (is_known(first.place) && is_known(last.place)).then_some(Task {
            product: run.product,
            vehicle_type: run.vehicle_type,
            begin: first.arrival,
            end: last.departure,
            from: first.place,
            to: last.place,
        })
    }

    fn block(&mut self, block: &Block) {
        let (label, timetable) = (self.vehicle_label(block.vehicle), self.timetable);
        let Some(vehicle) = self.scenario.fleet.vehicles.get(block.vehicle.index()) else {
            return self.findings.add(Rule::Reference, label, "the block's vehicle does not exist");
        };
        let trips = block.trips.iter().filter_map(|trip| timetable.trips.get(trip.index()));
        let trips: Option<Vec<Task>> = trips.map(|trip| self.task_of_trip(trip)).collect();
        let runs = block.runs.iter().filter_map(|run| timetable.runs.get(run.index()));
        let runs: Option<Vec<Task>> = runs.map(|run| self.task_of_run(run)).collect();
        let (Some(trips), Some(runs)) = (trips, runs) else { return };
        if [&trips, &runs].into_iter().any(|tasks| !tasks.is_sorted_by_key(|task| task.begin)) {
            self.findings.add(Rule::Time, &label, "the block's trips or runs are not in order of time");
        }
        let mut tasks: Vec<Task> = trips.into_iter().chain(runs).collect();
        tasks.sort_by_key(|task| (task.begin, task.end));
        if tasks.is_empty() {
            return self.findings.add(Rule::Service, label, "the block has neither trips nor runs");
        }
        self.permitted(&label, block.vehicle, vehicle, &tasks);
        self.block_in_time(&label, block, &tasks);
        self.within_shift(&label, block);
    }

    fn permitted(&mut self, label: &str, id: VehicleId, vehicle: &Vehicle, tasks: &[Task]) {
        for product in Product::ALL {
            if tasks.iter().any(|task| task.product == product) && !vehicle.products.contains(product) {
                let detail = format!("works a block but is not permitted for {}", product.word());
                self.findings.add(Rule::Product, label, detail);
            }
        }
        if self.scenario.fleet.type_of(id).is_licensed_school_bus {
            self.findings.add(Rule::Product, label, "works a block but is licensed for school runs alone");
        }
        if tasks.iter().any(|task| task.vehicle_type != vehicle.vehicle_type) {
            self.findings.add(Rule::Product, label, "works what was planned for another vehicle type");
        }
    }

    fn block_in_time(&mut self, label: &str, block: &Block, tasks: &[Task]) {
        let (travel, depot) = (&self.scenario.network.travel, self.scenario.fleet.depot_place(block.vehicle));
        let policy = &self.scenario.policy.lines;
        let (mut ready, mut place) = (block.leaves_depot, depot);
        for (number, task) in tasks.iter().enumerate() {
            let deadhead = travel.duration(place, task.from);
            let rest = if number == 0 { Duration::ZERO } else { policy.layover };
            let earliest = ready + rest + deadhead;
            if earliest > task.begin {
                let detail = format!("cannot be at the {} departure before {earliest}", task.begin);
                self.findings.add(Rule::Time, label, detail);
            }
            if number > 0 && deadhead > policy.max_deadhead {
                let detail = format!("{deadhead} empty before {}, limit {}", task.begin, policy.max_deadhead);
                self.findings.add(Rule::Time, label, detail);
            }
            (ready, place) = (task.end, task.to);
        }
        let back = ready + travel.duration(place, depot);
        if back > block.returns {
            self.findings.add(Rule::Time, label, format!("is back at {back}, not at {}", block.returns));
        }
    }

    /// Vehicles with shift pieces have no other drivers than those.
    fn within_shift(&mut self, label: &str, block: &Block) {
        let worked = TimeWindow::new(block.leaves_depot, block.returns);
        let pieces = self.pieces_of(block.vehicle);
        if !pieces.is_empty() && !pieces.iter().any(|piece| piece.contains_window(worked)) {
            self.findings.add(Rule::Shift, label, format!("works {worked}, outside every shift piece"));
        }
    }

    fn pieces_of(&self, vehicle: VehicleId) -> Vec<TimeWindow> {
        let pieces = self.scenario.fleet.shift_pieces.iter().filter(|piece| piece.vehicle == vehicle);
        pieces.map(|piece| piece.window).collect()
    }

    /// Was this planned at all? Then it is asked for even where nothing is left of it.
    fn has_stage(&self, name: &str) -> bool {
        self.timetable.stages.iter().any(|stage| stage.stage == name)
    }

    /// Duties, if they were planned. Of a block that nobody can drive the plan says so.
    fn drivers(&mut self) {
        let timetable = self.timetable;
        let were_planned = !timetable.duties.is_empty() || self.has_stage("duties");
        if !were_planned || self.findings.0.iter().any(|violation| violation.rule == Rule::Reference) {
            return; // drivers of vehicles or trips that do not exist cannot be judged
        }
        let stages = timetable.stages.iter().filter(|stage| stage.stage == "duties");
        let said: Vec<&String> = stages.flat_map(|stage| &stage.relaxed).collect();
        let driven: Vec<BlockId> =
            timetable.duties.iter().flat_map(|duty| &duty.pieces).map(|piece| piece.block).collect();
        let is_undriven = |id: &BlockId| {
            let block = &timetable.blocks[id.index()];
            let name = format!("{}: ", self.vehicle_label(block.vehicle));
            !driven.contains(id)
                && said.iter().any(|said| said.strip_prefix(&name).is_some_and(|why| is_about(block, why)))
        };
        let blocks = (0..timetable.blocks.len()).map(BlockId::from_index);
        let undriven: Vec<BlockId> = blocks.filter(is_undriven).collect();
        self.findings.0.extend(check_duties(self.scenario, timetable, &timetable.duties, &undriven));
    }

    fn one_block_at_a_time(&mut self) {
        let mut of_vehicle: BTreeMap<VehicleId, Vec<&Block>> = BTreeMap::new();
        for block in &self.timetable.blocks {
            of_vehicle.entry(block.vehicle).or_default().push(block);
        }
        for (vehicle, mut blocks) in of_vehicle {
            blocks.sort_by_key(|block| block.leaves_depot);
            for pair in blocks.windows(2) {
                if pair[1].leaves_depot < pair[0].returns {
                    let detail = format!("leaves at {}, back only at {}", pair[1].leaves_depot, pair[0].returns);
                    self.findings.add(Rule::Shift, self.vehicle_label(vehicle), detail);
                }
            }
        }
    }

    /// A shortfall is a violation only if the plan does not own up to just this one in its reports.
    fn coverage(&mut self) {
        for index in 0..self.scenario.patterns.len() {
            let pattern = PatternId::from_index(index);
            let of_pattern = self.timetable.trips.iter().filter(|trip| trip.pattern == pattern);
            let mut departures: Vec<ServiceTime> = of_pattern.map(|trip| trip.departure).collect();
            departures.sort();
            let shortfalls = self.shortfalls(&departures).into_iter().chain(self.unreached(pattern, &departures));
            for shortfall in shortfalls {
                let of_line = self.scenario.pattern(pattern);
                let line = self.scenario.route(of_line.route);
                let said = format!("line {}, direction {}: {shortfall}", line.code, of_line.direction);
                if self.timetable.stages.iter().any(|stage| stage.relaxed.contains(&said)) {
                    continue;
                }
                let subject = format!("line {}, direction {}", line.short_name, of_line.direction);
                self.findings.add(Rule::Coverage, subject, format!("{shortfall}, and the plan does not say so"));
            }
        }
    }

    fn shortfalls(&self, departures: &[ServiceTime]) -> Vec<String> {
        let policy = &self.scenario.policy.lines;
        let (Some(&first), Some(&last)) = (departures.first(), departures.last()) else {
            return vec!["no departure".to_owned()];
        };
        let mut found = Vec::new();
        if first > policy.first_departure_by {
            found.push(format!("first departure {first}, wanted by {}", policy.first_departure_by));
        }
        if last < policy.last_departure_from {
            found.push(format!("last departure {last}, wanted from {}", policy.last_departure_from));
        }
        if departures.len() < policy.least_departures as usize {
            found.push(format!("{} departures, at least {} wanted", departures.len(), policy.least_departures));
        }
        for pair in departures.windows(2) {
            if pair[1] - pair[0] > policy.largest_gap {
                found.push(format!("no departure between {} and {}", pair[0], pair[1]));
            }
        }
        found
    }

    /// Schools and markets of the date near stops of a direction that none of its departures reaches in time, where policy asks.
    fn unreached(&self, pattern: PatternId, departures: &[ServiceTime]) -> Vec<String> {
        let (scenario, policy) = (self.scenario, &self.scenario.policy);
        let Ok(day) = scenario.day_type(self.timetable.date) else { return Vec::new() };
        if departures.is_empty() {
            return Vec::new();
        }
        let mut wanted: Vec<(&str, PlaceId, ServiceTime, ServiceTime)> = Vec::new();
        if policy.lines.reach_bells != 0 && day.is_school_day {
            let times = |bell: ServiceTime| {
                (bell - policy.students.earliest_before_bell, bell - policy.students.arrive_before_bell)
            };
            for school in &scenario.schools {
                let (from, until) = times(school.bell_start);
                wanted.push((&school.code, school.place, from, until));
            }
        }
        for &market in day.markets.iter().filter(|_| policy.lines.reach_markets != 0) {
            let market = scenario.market(market);
            let opens = market.hours.earliest;
            let (from, until) = (opens + policy.markets.arrive_after_opening, opens + policy.markets.arrive_within);
            wanted.push((&market.code, market.place, from, until));
        }
        let line = scenario.pattern(pattern);
        let mut found = Vec::new();
        for (code, place, from, until) in wanted {
            let mut nearest = None;
            for (position, &stop) in line.stops.iter().enumerate() {
                for link in scenario.network.walks.from(place) {
                    if link.stop == stop && link.distance <= policy.walking.limit {
                        let here = (link.duration, position);
                        nearest = Some(nearest.map_or(here, |other: (Duration, usize)| other.min(here)));
                    }
                }
            }
            let Some((walk, position)) = nearest else { continue };
            let reaches = |&departure: &ServiceTime| {
                let there = departure + line.arrivals[position] + walk;
                from <= there && there <= until
            };
            if position > 0 && !departures.iter().any(reaches) {
                found.push(format!("nobody reaches {code} between {from} and {until}"));
            }
        }
        found
    }

    fn reports(&mut self) {
        for report in &self.timetable.stages {
            let subject = format!("stage {} {}", report.stage, report.part);
            if report.lower_bound > report.cost {
                let detail = format!("bound {} above cost {}", report.lower_bound, report.cost);
                self.findings.add(Rule::Report, &subject, detail);
            }
            let gap = match report.cost.0 {
                0 => 0.0,
                // Wider than the type, because nothing is known of the figures yet.
                cost => (i128::from(cost) - i128::from(report.lower_bound.0)) as f64 / cost as f64,
            };
            if (gap - report.gap).abs() > 1e-6 {
                self.findings.add(Rule::Report, &subject, format!("gap {} reported, {gap} found", report.gap));
            }
        }
    }
}

/// A vehicle may work several blocks: they are told apart by the times for which the plan says why nobody can drive one.
fn is_about(block: &Block, why: &str) -> bool {
    let worked = TimeWindow::new(block.leaves_depot, block.returns);
    let times = why.split([' ', ';', ',']).filter_map(|word| word.parse::<ServiceTime>().ok());
    let within: Vec<bool> = times.map(|time| worked.contains(time)).collect();
    !within.is_empty() && !within.contains(&false)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::ids::VehicleTypeId;
    use crate::plan::StageReport;
    use crate::scenario::sample;
    use crate::units::Fen;

    /// Breaks a right timetable and expects exactly these rules to notice.
    #[track_caller]
    fn check(expected: &[Rule], harm: impl FnOnce(&mut Timetable)) {
        let town = sample::small_town();
        let mut timetable = sample::hourly_timetable(&town);
        harm(&mut timetable);
        let violations = check_timetable(&town, &timetable);
        let found: BTreeSet<Rule> = violations.iter().map(|violation| violation.rule).collect();
        assert_eq!(found, expected.iter().copied().collect(), "{violations:#?}");
    }

    #[test]
    fn the_hourly_timetable_is_right() {
        let town = sample::small_town();
        assert_eq!(check_timetable(&town, &sample::hourly_timetable(&town)), []);
    }

    #[test]
    fn every_broken_rule_is_noticed() {
        check(&[Rule::Reference], |timetable| timetable.trips[25].pattern = PatternId(99));
        check(&[Rule::Reference], |timetable| timetable.blocks[0].vehicle = VehicleId(99));
        check(&[Rule::Service], |timetable| timetable.blocks[0].trips.truncate(2));
        check(&[Rule::Service, Rule::Time], |timetable| timetable.blocks[0].trips.push(TripId(0)));
        check(&[Rule::Time], |timetable| timetable.blocks[0].leaves_depot = ServiceTime::hm(6, 30));
        check(&[Rule::Time], |timetable| timetable.blocks[1].returns = ServiceTime::hm(18, 0));
        check(&[Rule::Time], |timetable| timetable.trips[1].departure = ServiceTime::hm(6, 40));
        check(&[Rule::Shift], |timetable| timetable.blocks[1].vehicle = VehicleId(0));
        // A minibus has shifts of its own, and is out all day.
        check(&[Rule::Product, Rule::Shift], |timetable| timetable.blocks[0].vehicle = VehicleId(2));
        check(&[Rule::Product], |timetable| timetable.trips[0].vehicle_type = VehicleTypeId(1));
        check(&[Rule::Capacity], |timetable| timetable.trips[0].expected_load[2] = 29);
        // The first bus leaves before the second one in the table, and both are where only one can be.
        check(&[Rule::Coverage, Rule::Report, Rule::Time], begin_late);
    }

    #[test]
    fn figures_that_contradict_themselves_are_noticed() {
        let stage = |cost, lower_bound, gap| StageReport {
            stage: "lines".to_owned(),
            part: String::new(),
            cost: Fen(cost),
            lower_bound: Fen(lower_bound),
            gap,
            seconds: 0.0,
            relaxed: Vec::new(),
            advice: Vec::new(),
        };
        check(&[Rule::Report], |timetable| timetable.trips[0].expected_load.truncate(1));
        check(&[Rule::Report], |timetable| timetable.stages.push(stage(100, 101, -0.01)));
        check(&[Rule::Report], |timetable| timetable.stages.push(stage(100, 90, 0.09)));
        let town = sample::small_town();
        let mut timetable = sample::hourly_timetable(&town);
        timetable.stages.push(stage(100, 90, 0.1));
        assert_eq!(check_timetable(&town, &timetable), []);
    }

    #[test]
    fn trips_stand_in_order_of_pattern_and_departure() {
        check(&[Rule::Report], |timetable| {
            timetable.trips.swap(0, 1);
            for trip in timetable.blocks.iter_mut().flat_map(|block| &mut block.trips).filter(|trip| trip.0 < 2) {
                trip.0 = 1 - trip.0;
            }
        });
        check(&[Rule::Report, Rule::Time], |timetable| timetable.trips[1].departure = timetable.trips[0].departure);
    }

    #[test]
    fn duties_and_goods_that_were_planned_and_are_gone_are_missed() {
        let town = sample::small_town();
        let with_stage = |stage: &str| {
            let mut timetable = sample::hourly_timetable(&town);
            timetable.stages.push(StageReport {
                stage: stage.to_owned(),
                part: String::new(),
                cost: Fen(0),
                lower_bound: Fen(0),
                gap: 0.0,
                seconds: 0.0,
                relaxed: Vec::new(),
                advice: Vec::new(),
            });
            check_timetable(&town, &timetable)
        };
        // Neither was planned, so that neither is missed.
        assert_eq!(with_stage("vehicles"), []);
        assert!(!with_stage("duties").is_empty());
        assert!(!with_stage("freight").is_empty());
    }

    #[test]
    fn costs_at_the_ends_of_their_type_are_judged_like_others() {
        let stage = |cost, lower_bound| StageReport {
            stage: "lines".to_owned(),
            part: String::new(),
            cost: Fen(cost),
            lower_bound: Fen(lower_bound),
            gap: 0.0,
            seconds: 0.0,
            relaxed: Vec::new(),
            advice: Vec::new(),
        };
        check(&[Rule::Report], |timetable| timetable.stages.push(stage(i64::MAX, i64::MIN)));
        check(&[Rule::Report], |timetable| timetable.stages.push(stage(i64::MIN, i64::MAX)));
    }

    #[test]
    fn a_block_is_undriven_only_if_the_plan_says_so_of_its_own_times() {
        let bus = |from: i32, until: i32| {
            let (vehicle, trips, runs) = (VehicleId(0), Vec::new(), Vec::new());
            Block { vehicle, leaves_depot: ServiceTime::hm(from, 0), returns: ServiceTime::hm(until, 0), trips, runs }
        };
        let [early, late] = [bus(6, 12), bus(13, 19)];
        let why = "300 min of driving from 06:10:00 to 11:30:00 without a relief place, limit 240 min; \
                   a duty of 790 min for what lies between 06:00:00 and 12:00:00, limit 780 min";
        assert!(is_about(&early, why) && !is_about(&late, why));
        assert!(!is_about(&early, "why not") && !is_about(&early, "from 06:10:00 to 13:10:00"));
    }

    fn begin_late(timetable: &mut Timetable) {
        timetable.trips.iter_mut().for_each(|trip| trip.departure = trip.departure.max(ServiceTime::hm(7, 30)));
    }

    #[test]
    fn a_shortfall_is_admitted_by_its_own_words_alone() {
        let town = sample::small_town();
        let is_violated = |relaxed: &[&str]| {
            let mut timetable = sample::hourly_timetable(&town);
            begin_late(&mut timetable);
            let relaxed = relaxed.iter().map(|said| (*said).to_owned()).collect();
            let (stage, part) = ("lines".to_owned(), String::new());
            let (cost, lower_bound) = (Fen(0), Fen(0));
            let (gap, seconds, advice) = (0.0, 0.0, Vec::new());
            timetable.stages.push(StageReport { stage, part, cost, lower_bound, gap, seconds, relaxed, advice });
            check_timetable(&town, &timetable).iter().any(|violation| violation.rule == Rule::Coverage)
        };
        let outward = "line R1, direction 0: first departure 07:30:00, wanted by 07:00:00";
        let back = "line R1, direction 1: first departure 07:30:00, wanted by 07:00:00";
        assert!(is_violated(&[]));
        assert!(is_violated(&[outward]));
        assert!(!is_violated(&[outward, back]));
    }
}
