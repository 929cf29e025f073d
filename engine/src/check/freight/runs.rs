//! Rules of dedicated freight runs.

use std::collections::BTreeMap;

use super::{Checker, Rule};
use crate::fleet::Product;
use crate::ids::VehicleId;
use crate::plan::{FreightRun, FreightStatus, FreightVisit};
use crate::time::{Duration, TimeWindow};
use crate::units::Load;

impl Checker<'_> {
    pub(super) fn runs(&mut self) {
        let mut of_consignment: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, run) in self.plan.runs.iter().enumerate() {
            for visit in &run.visits {
                of_consignment.entry(visit.consignment).or_default().push(index);
            }
            if self.run_exists(run) {
                self.run_in_time(run);
                self.run_within_room(run);
            }
        }
        for itinerary in &self.plan.itineraries {
            let visits = of_consignment.remove(&itinerary.consignment).unwrap_or_default();
            let expected = match itinerary.status {
                FreightStatus::OnRun { run, .. } => vec![run, run],
                _ => Vec::new(),
            };
            if visits != expected {
                let detail = format!("visited by runs {visits:?}, not {expected:?}");
                self.findings.add(Rule::Service, self.label(itinerary.consignment), detail);
            }
        }
        for consignment in of_consignment.into_keys() {
            self.findings.add(Rule::Service, self.label(consignment), "is on a run and has no itinerary");
        }
        self.one_run_at_a_time();
    }

    fn run_label(&self, run: &FreightRun) -> String {
        let vehicle = self.scenario.fleet.vehicles.get(run.vehicle.index());
        vehicle.map_or_else(|| format!("vehicle {}", run.vehicle.0), |vehicle| vehicle.code.clone())
    }

    fn run_exists(&mut self, run: &FreightRun) -> bool {
        let label = self.run_label(run);
        let Some(vehicle) = self.scenario.fleet.vehicles.get(run.vehicle.index()) else {
            self.findings.add(Rule::Reference, label, "does not exist");
            return false;
        };
        if !vehicle.products.contains(Product::Freight) {
            self.findings.add(Rule::Product, &label, "is not permitted to carry freight");
        }
        if run.visits.is_empty() {
            self.findings.add(Rule::Service, &label, "has a run without visits");
        }
        let known = |visit: &FreightVisit| {
            visit.place.index() < self.scenario.network.places.len()
                && visit.consignment < self.scenario.consignments.len()
        };
        let all_known = run.visits.iter().all(known);
        if !all_known {
            self.findings.add(Rule::Reference, label, "visits a place or a consignment that does not exist");
        }
        all_known
    }

    fn run_in_time(&mut self, run: &FreightRun) {
        let label = self.run_label(run);
        let worked = TimeWindow::new(run.leaves_depot, run.returns);
        let pieces = &self.scenario.fleet.shift_pieces;
        let has_driver =
            pieces.iter().any(|piece| piece.vehicle == run.vehicle && piece.window.contains_window(worked));
        if !run.window.contains_window(worked) || !has_driver {
            self.findings.add(Rule::Shift, &label, format!("works {worked}, outside its driver's shift"));
        }
        let (travel, depot) = (&self.scenario.network.travel, self.scenario.fleet.depot_place(run.vehicle));
        let (mut place, mut left) = (depot, run.leaves_depot);
        for visit in &run.visits {
            let consignment = &self.scenario.consignments[visit.consignment];
            let there = left + travel.duration(place, visit.place);
            let handling = self.handling_time(consignment.load);
            if there > visit.arrival || visit.arrival > visit.begin || visit.begin + handling > visit.departure {
                let detail = format!(
                    "cannot be at {} at {}, begin at {}, leave at {}",
                    self.scenario.network.place(visit.place).code,
                    visit.arrival,
                    visit.begin,
                    visit.departure
                );
                self.findings.add(Rule::Time, &label, detail);
            }
            let window = consignment.window;
            let is_wrong_place = visit.place != if visit.loads { consignment.from } else { consignment.to };
            if is_wrong_place {
                self.findings.add(Rule::Service, &consignment.code, "is loaded or unloaded at a wrong place");
            }
            if visit.begin < window.earliest || visit.begin + handling > window.latest {
                let detail = format!("is handled from {} to {}, window {window}", visit.begin, visit.departure);
                self.findings.add(Rule::Time, &consignment.code, detail);
            }
            (place, left) = (visit.place, visit.departure);
        }
        let back = left + travel.duration(place, depot);
        if back > run.returns {
            self.findings.add(Rule::Time, label, format!("is back at {back}, not at {}", run.returns));
        }
    }

    /// Goods are handled one consignment at a time, however large; what weighs nothing and fills nothing takes only the stop.
    fn handling_time(&self, load: Load) -> Duration {
        let dwell = &self.scenario.policy.dwell;
        let is_something = load.freight_kilograms > 0 || load.freight_litres > 0;
        if is_something { dwell.base + dwell.per_consignment } else { dwell.base }
    }

    fn run_within_room(&mut self, run: &FreightRun) {
        let label = self.run_label(run);
        let room = self.scenario.fleet.type_of(run.vehicle).capacity;
        let mut on_board: BTreeMap<usize, Load> = BTreeMap::new();
        for visit in &run.visits {
            let load = self.scenario.consignments[visit.consignment].load;
            let is_out_of_order = match visit.loads {
                true => on_board.insert(visit.consignment, load).is_some(),
                false => on_board.remove(&visit.consignment).is_none(),
            };
            if is_out_of_order {
                let detail = "is loaded twice, or unloaded before it is loaded";
                self.findings.add(Rule::Service, self.label(visit.consignment), detail);
            }
            let carried = on_board.values().fold(Load::ZERO, |sum, &load| sum + load);
            if carried.freight_kilograms > room.freight_kilograms || carried.freight_litres > room.freight_litres {
                self.findings.add(Rule::Capacity, &label, format!("carries {carried}, has room for {room}"));
            }
        }
    }

    fn one_run_at_a_time(&mut self) {
        let mut busy: BTreeMap<VehicleId, Vec<TimeWindow>> = BTreeMap::new();
        for run in &self.plan.runs {
            busy.entry(run.vehicle).or_default().push(TimeWindow::new(run.leaves_depot, run.returns));
        }
        for block in &self.timetable.blocks {
            if let Some(windows) = busy.get_mut(&block.vehicle) {
                windows.push(TimeWindow::new(block.leaves_depot, block.returns));
            }
        }
        for (vehicle, mut windows) in busy {
            windows.sort_by_key(|window| (window.earliest, window.latest));
            for pair in windows.windows(2).filter(|pair| pair[0].overlaps(pair[1])) {
                let detail = format!("works {} and {} at once", pair[0], pair[1]);
                self.findings.add(Rule::Shift, format!("vehicle {}", vehicle.0), detail);
            }
        }
    }
}
