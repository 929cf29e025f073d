//! Rules of the fixed timetable: trips, blocks, coverage, the figures it reports of itself.

use std::collections::BTreeMap;

use super::{Findings, Rule, Violation};
use crate::fleet::Product;
use crate::ids::{BlockId, PatternId, TripId, VehicleId};
use crate::plan::{Block, Timetable, Trip};
use crate::scenario::Scenario;
use crate::time::{Duration, ServiceTime};

/// All rules that a timetable breaks; empty when it is right.
pub fn check_timetable(scenario: &Scenario, timetable: &Timetable) -> Vec<Violation> {
    let mut checker = Checker { scenario, timetable, findings: Findings::default() };
    for (id, trip) in timetable.trips_with_ids() {
        checker.trip(id, trip);
    }
    checker.every_trip_in_its_block();
    for block in &timetable.blocks {
        checker.block(block);
    }
    checker.one_block_at_a_time();
    checker.coverage();
    checker.reports();
    checker.findings.sorted()
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

    fn every_trip_in_its_block(&mut self) {
        let mut blocks_of_trip: Vec<Vec<BlockId>> = vec![Vec::new(); self.timetable.trips.len()];
        for (index, block) in self.timetable.blocks.iter().enumerate() {
            for trip in &block.trips {
                match blocks_of_trip.get_mut(trip.index()) {
                    Some(blocks) => blocks.push(BlockId::from_index(index)),
                    None => {
                        let detail = format!("trip {} does not exist", trip.0);
                        self.findings.add(Rule::Reference, format!("block {index}"), detail);
                    }
                }
            }
        }
        for (id, trip) in self.timetable.trips_with_ids() {
            let blocks = &blocks_of_trip[id.index()];
            if blocks.as_slice() != [trip.block] {
                let detail = format!("worked by blocks {blocks:?}, not once by {:?}", trip.block);
                self.findings.add(Rule::Service, self.trip_label(id), detail);
            }
        }
    }

    fn block(&mut self, block: &Block) {
        let label = self.vehicle_label(block.vehicle);
        let Some(vehicle) = self.scenario.fleet.vehicles.get(block.vehicle.index()) else {
            return self.findings.add(Rule::Reference, label, "the block's vehicle does not exist");
        };
        if !vehicle.products.contains(Product::Line) {
            self.findings.add(Rule::Product, &label, "works a block but is not permitted on lines");
        }
        let trips: Vec<&Trip> = block.trips.iter().filter_map(|trip| self.timetable.trips.get(trip.index())).collect();
        if trips.is_empty() {
            return self.findings.add(Rule::Service, label, "the block has no trips");
        }
        if trips.iter().any(|trip| self.scenario.patterns.get(trip.pattern.index()).is_none()) {
            return; // said already
        }
        if trips.iter().any(|trip| trip.vehicle_type != vehicle.vehicle_type) {
            self.findings.add(Rule::Product, &label, "works a trip that was planned for another vehicle type");
        }
        let (travel, depot) = (&self.scenario.network.travel, self.scenario.fleet.depot_place(block.vehicle));
        let policy = &self.scenario.policy.lines;
        let mut ready = block.leaves_depot;
        let mut place = depot;
        let mut rest_needed = Duration::ZERO;
        for trip in trips {
            let pattern = self.scenario.pattern(trip.pattern);
            let deadhead = travel.duration(place, pattern.first_stop());
            let earliest = ready + rest_needed + deadhead;
            if earliest > trip.departure {
                let detail = format!("cannot be at the {} departure before {earliest}", trip.departure);
                self.findings.add(Rule::Time, &label, detail);
            }
            if rest_needed > Duration::ZERO && deadhead > policy.max_deadhead {
                let detail = format!("{deadhead} empty between two trips, limit {}", policy.max_deadhead);
                self.findings.add(Rule::Time, &label, detail);
            }
            ready = trip.departure + pattern.running_time();
            place = pattern.last_stop();
            rest_needed = policy.layover;
        }
        let back = ready + travel.duration(place, depot);
        if back > block.returns {
            self.findings.add(Rule::Time, label, format!("is back at {back}, not at {}", block.returns));
        }
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
            for shortfall in self.shortfalls(&departures) {
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

    fn reports(&mut self) {
        for report in &self.timetable.stages {
            let subject = format!("stage {} {}", report.stage, report.part);
            if report.lower_bound > report.cost {
                let detail = format!("bound {} above cost {}", report.lower_bound, report.cost);
                self.findings.add(Rule::Report, &subject, detail);
            }
            let gap = match report.cost.0 {
                0 => 0.0,
                cost => (cost - report.lower_bound.0) as f64 / cost as f64,
            };
            if (gap - report.gap).abs() > 1e-6 {
                self.findings.add(Rule::Report, &subject, format!("gap {} reported, {gap} found", report.gap));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::VehicleTypeId;
    use crate::plan::StageReport;
    use crate::scenario::sample;
    use crate::units::Fen;

    /// Breaks a right timetable and expects exactly this rule to notice.
    fn check(expected: Rule, harm: impl FnOnce(&mut Timetable)) {
        let town = sample::small_town();
        let mut timetable = sample::hourly_timetable(&town);
        harm(&mut timetable);
        let violations = check_timetable(&town, &timetable);
        assert!(violations.iter().any(|violation| violation.rule == expected), "{expected:?}: {violations:?}");
    }

    #[test]
    fn the_hourly_timetable_is_right() {
        let town = sample::small_town();
        assert_eq!(check_timetable(&town, &sample::hourly_timetable(&town)), []);
    }

    #[test]
    fn every_broken_rule_is_noticed() {
        check(Rule::Reference, |timetable| timetable.trips[3].pattern = PatternId(99));
        check(Rule::Reference, |timetable| timetable.blocks[0].vehicle = VehicleId(99));
        check(Rule::Service, |timetable| timetable.blocks[0].trips.truncate(2));
        check(Rule::Service, |timetable| timetable.blocks[0].trips.push(TripId(0)));
        check(Rule::Time, |timetable| timetable.blocks[0].leaves_depot = ServiceTime::hm(6, 30));
        check(Rule::Time, |timetable| timetable.blocks[1].returns = ServiceTime::hm(18, 0));
        check(Rule::Time, |timetable| timetable.trips[1].departure = ServiceTime::hm(6, 40));
        check(Rule::Shift, |timetable| timetable.blocks[1].vehicle = VehicleId(0));
        check(Rule::Product, |timetable| timetable.blocks[0].vehicle = VehicleId(2));
        check(Rule::Product, |timetable| timetable.trips[0].vehicle_type = VehicleTypeId(1));
        check(Rule::Capacity, |timetable| timetable.trips[0].expected_load[2] = 29);
        check(Rule::Coverage, begin_late);
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
        check(Rule::Report, |timetable| timetable.trips[0].expected_load.truncate(1));
        check(Rule::Report, |timetable| timetable.stages.push(stage(100, 101, -0.01)));
        check(Rule::Report, |timetable| timetable.stages.push(stage(100, 90, 0.09)));
        let town = sample::small_town();
        let mut timetable = sample::hourly_timetable(&town);
        timetable.stages.push(stage(100, 90, 0.1));
        assert_eq!(check_timetable(&town, &timetable), []);
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
