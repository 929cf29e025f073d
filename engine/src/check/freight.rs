//! Rules of goods: every consignment of the date once, within its window, within holds and never with pupils; dedicated runs within
//! shifts and rooms.
//!
//! Whether a reason for leaving something over is true is not judged here: that takes a search.

mod runs;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::{Findings, Rule, Violation};
use crate::demand::Consignment;
use crate::fleet::Product;
use crate::ids::{PlaceId, TownshipId, VehicleTypeId};
use crate::network::PlaceKind;
use crate::plan::{
    FreightCarrier, FreightItinerary, FreightLeg, FreightPlan, FreightStatus, Run, RunRiders, Timetable, Trip,
};
use crate::scenario::Scenario;
use crate::time::{Duration, ServiceTime};
use crate::units::Load;

/// All rules that the goods of a timetable's date break; empty when they are right.
pub fn check_freight(scenario: &Scenario, timetable: &Timetable, plan: &FreightPlan) -> Vec<Violation> {
    let mut checker = Checker { scenario, timetable, plan, findings: Findings::default() };
    checker.every_consignment_once();
    for itinerary in &plan.itineraries {
        checker.itinerary(itinerary);
    }
    checker.holds();
    checker.runs();
    checker.findings.sorted()
}

struct Checker<'a> {
    scenario: &'a Scenario,
    timetable: &'a Timetable,
    plan: &'a FreightPlan,
    findings: Findings,
}

/// A service stops somewhere.
#[derive(Clone, Copy)]
struct Call {
    place: PlaceId,
    arrival: ServiceTime,
    departure: ServiceTime,
}

impl<'a> Checker<'a> {
    fn label(&self, consignment: usize) -> String {
        let known = self.scenario.consignments.get(consignment);
        known.map_or_else(|| format!("consignment {consignment}"), |known| known.code.clone())
    }

    fn every_consignment_once(&mut self) {
        let mut itineraries = vec![0; self.scenario.consignments.len()];
        for itinerary in &self.plan.itineraries {
            match itineraries.get_mut(itinerary.consignment) {
                Some(count) => *count += 1,
                None => self.findings.add(Rule::Reference, self.label(itinerary.consignment), "does not exist"),
            }
        }
        let day = match self.scenario.day_type(self.timetable.date) {
            Ok(day) => day,
            Err(error) => return self.findings.add(Rule::Reference, self.timetable.date, error),
        };
        for (index, consignment) in self.scenario.consignments.iter().enumerate() {
            let wanted = usize::from(consignment.days.includes(&day));
            if itineraries[index] != wanted {
                let detail = format!("has {} itineraries, wanted {wanted}", itineraries[index]);
                self.findings.add(Rule::Service, &consignment.code, detail);
            }
        }
    }

    /// Where a passenger service calls; `None` if it, or anything it refers to, does not exist.
    fn calls(&self, carrier: FreightCarrier) -> Option<Vec<Call>> {
        match carrier {
            FreightCarrier::Trip(id) => self.calls_of_trip(self.timetable.trips.get(id.index())?),
            FreightCarrier::Run(id) => self.calls_of_run(self.timetable.runs.get(id.index())?),
        }
    }

    fn has_type(&self, id: VehicleTypeId) -> bool {
        id.index() < self.scenario.fleet.vehicle_types.len()
    }

    fn calls_of_trip(&self, trip: &Trip) -> Option<Vec<Call>> {
        let pattern = self.scenario.patterns.get(trip.pattern.index()).filter(|_| self.has_type(trip.vehicle_type))?;
        let call = |position: usize| Call {
            place: pattern.stops[position],
            arrival: trip.departure + pattern.arrivals[position],
            departure: trip.departure + pattern.departures[position],
        };
        Some((0..pattern.stops.len()).map(call).collect())
    }

    fn calls_of_run(&self, run: &Run) -> Option<Vec<Call>> {
        let exists = |place: PlaceId| place.index() < self.scenario.network.places.len();
        let all_exist = self.has_type(run.vehicle_type) && run.calls.iter().all(|call| exists(call.place));
        let calls =
            run.calls.iter().map(|call| Call { place: call.place, arrival: call.arrival, departure: call.departure });
        all_exist.then(|| calls.collect())
    }

    /// Both calls of a leg; else says what is wrong with it.
    fn leg(&mut self, label: &str, leg: &FreightLeg) -> Option<(Call, Call)> {
        let Some(calls) = self.calls(leg.carrier) else {
            self.findings.add(Rule::Reference, label, format!("travels with {:?}, which does not exist", leg.carrier));
            return None;
        };
        if leg.loaded_at >= leg.unloaded_at || leg.unloaded_at >= calls.len() {
            let detail = format!("travels from call {} to call {} of {}", leg.loaded_at, leg.unloaded_at, calls.len());
            self.findings.add(Rule::Reference, label, detail);
            return None;
        }
        if let FreightCarrier::Run(id) = leg.carrier
            && self.timetable.run(id).product != Product::Market
        {
            self.findings.add(Rule::Product, label, format!("travels with run {}, which is no market run", id.0));
        }
        Some((calls[leg.loaded_at], calls[leg.unloaded_at]))
    }

    fn itinerary(&mut self, itinerary: &FreightItinerary) {
        let label = self.label(itinerary.consignment);
        let Some(consignment) = self.scenario.consignments.get(itinerary.consignment) else { return };
        let travels = itinerary.status == FreightStatus::InHolds;
        if travels == itinerary.legs.is_empty() {
            let detail = format!("{} legs, but {:?}", itinerary.legs.len(), itinerary.status);
            self.findings.add(Rule::Service, &label, detail);
        }
        let mut legs = Vec::new();
        for leg in &itinerary.legs {
            match self.leg(&label, leg) {
                Some(calls) => legs.push(calls),
                None => return,
            }
        }
        if let (Some(&(first, _)), Some(&(_, last))) = (legs.first(), legs.last()) {
            self.ends(&label, consignment, (first, last));
        }
        for pair in legs.windows(2) {
            self.transfer(&label, (pair[0].1, pair[1].0));
        }
        let transfers = usize::from(self.scenario.policy.freight.transfers);
        if legs.len() > transfers + 1 {
            let detail = format!("travels in {} holds, {transfers} changes permitted", legs.len());
            self.findings.add(Rule::Service, &label, detail);
        }
    }

    /// On foot between a place and where a service calls, if that is the place itself or a stop near enough.
    fn carrying(&self, place: PlaceId, stop: PlaceId) -> Option<Duration> {
        if place == stop {
            return Some(Duration::ZERO);
        }
        let links = &self.scenario.network.walks.from_place[place.index()];
        let link = links.iter().find(|link| link.stop == stop)?;
        (link.distance <= self.scenario.policy.freight.access).then_some(link.duration)
    }

    fn ends(&mut self, label: &str, consignment: &Consignment, (first, last): (Call, Call)) {
        let handling = self.scenario.policy.freight.handling_time;
        match self.carrying(consignment.from, first.place) {
            None => self.findings.add(Rule::Service, label, "is loaded too far from where it waits"),
            Some(walk) => {
                let there = consignment.window.earliest + walk + handling;
                if there > first.departure {
                    let detail = format!("can be loaded from {there} on, not at {}", first.departure);
                    self.findings.add(Rule::Time, label, detail);
                }
            }
        }
        match self.carrying(consignment.to, last.place) {
            None => self.findings.add(Rule::Service, label, "is unloaded too far from where it is wanted"),
            Some(walk) => {
                let handed_over = last.arrival + handling + walk;
                if handed_over > consignment.window.latest {
                    let detail = format!("is handed over at {handed_over}, due {}", consignment.window.latest);
                    self.findings.add(Rule::Time, label, detail);
                }
            }
        }
    }

    fn transfer(&mut self, label: &str, (arrives, leaves): (Call, Call)) {
        let (from, to) = (self.station(arrives.place), self.station(leaves.place));
        if from.is_none() || from != to {
            self.findings.add(Rule::Service, label, "changes holds where there is no common station");
        }
        let ready = arrives.arrival + self.scenario.policy.freight.transfer_time;
        if ready > leaves.departure {
            let detail = format!("changes holds from {ready} on, not at {}", leaves.departure);
            self.findings.add(Rule::Time, label, detail);
        }
    }

    /// The seat nearest to a stop or market, if it is near.
    fn station(&self, stop: PlaceId) -> Option<TownshipId> {
        let place = self.scenario.network.place(stop);
        if place.kind != PlaceKind::Stop && place.kind != PlaceKind::Market {
            return None;
        }
        let position = place.position;
        let seats = self.scenario.townships.iter().enumerate();
        let (distance, township) = seats.map(|(index, seat)| (seat.position.distance_to(position), index)).min()?;
        (distance <= self.scenario.policy.freight.station).then(|| TownshipId::from_index(township))
    }

    /// What is in each hold between two calls.
    fn holds(&mut self) {
        let mut carried: BTreeMap<(FreightCarrier, usize), Load> = BTreeMap::new();
        for itinerary in &self.plan.itineraries {
            let Some(consignment) = self.scenario.consignments.get(itinerary.consignment) else { continue };
            for leg in &itinerary.legs {
                let Some(calls) = self.calls(leg.carrier) else { continue };
                for segment in leg.loaded_at..leg.unloaded_at.min(calls.len().saturating_sub(1)) {
                    *carried.entry((leg.carrier, segment)).or_default() += consignment.load;
                }
            }
        }
        for ((carrier, segment), load) in carried {
            let hold = self.hold(carrier, segment);
            if !load.fits_in(hold) {
                let detail = format!("carries {load} after call {segment}, its hold takes {hold}");
                let label = match carrier {
                    FreightCarrier::Trip(id) => format!("trip {}", id.0),
                    FreightCarrier::Run(id) => format!("run {}", id.0),
                };
                self.findings.add(Rule::Capacity, label, detail);
            }
        }
    }

    /// Room for goods between this call and the next. What passengers of lines bring along is no freight; what market goers bring lies
    /// in the hold.
    fn hold(&self, carrier: FreightCarrier, segment: usize) -> Load {
        let (kind, luggage) = match carrier {
            FreightCarrier::Trip(id) => (self.timetable.trip(id).vehicle_type, 0),
            FreightCarrier::Run(id) => {
                let run = self.timetable.run(id);
                (run.vehicle_type, luggage_after(run, segment))
            }
        };
        let Load { freight_kilograms, freight_litres, .. } = self.scenario.fleet.vehicle_types[kind.index()].capacity;
        let policy = &self.scenario.policy.freight;
        let rest = |room: i32, per_unit: i32| {
            let taken = luggage.saturating_mul(i64::from(per_unit));
            i32::try_from(i64::from(room).saturating_sub(taken)).unwrap_or(i32::MIN).max(0)
        };
        Load {
            freight_kilograms: rest(freight_kilograms, policy.luggage_unit_kilograms),
            freight_litres: rest(freight_litres, policy.luggage_unit_litres),
            ..Load::ZERO
        }
    }
}

/// Luggage units on a run when it leaves a call: of all who got on until then, less of those who got off.
fn luggage_after(run: &Run, segment: usize) -> i64 {
    let until = &run.calls[..=segment];
    let units = |riders: &RunRiders| i64::from(riders.luggage);
    let boarded: i64 = until.iter().flat_map(|call| &call.boardings).map(units).sum();
    let alighted: i64 = until.iter().flat_map(|call| &call.alightings).map(units).sum();
    (boarded - alighted).max(0)
}
