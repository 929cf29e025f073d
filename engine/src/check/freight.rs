//! Rules of goods: every consignment of the date once, within its window, within holds; dedicated runs within shifts and rooms.
//!
//! Whether a reason for leaving something over is true is not judged here: that takes a search.

mod runs;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::{Findings, Rule, Violation};
use crate::demand::Consignment;
use crate::ids::{PlaceId, TownshipId, TripId};
use crate::plan::{FreightCarrier, FreightItinerary, FreightLeg, FreightPlan, FreightStatus, Timetable, Trip};
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

    fn trip(&self, FreightCarrier::Trip(id): FreightCarrier) -> Option<(TripId, &'a Trip)> {
        let trip = self.timetable.trips.get(id.index())?;
        let exists = trip.pattern.index() < self.scenario.patterns.len()
            && trip.vehicle_type.index() < self.scenario.fleet.vehicle_types.len();
        exists.then_some((id, trip))
    }

    fn call(&self, trip: &Trip, position: usize) -> Call {
        let pattern = self.scenario.pattern(trip.pattern);
        Call {
            place: pattern.stops[position],
            arrival: trip.departure + pattern.arrivals[position],
            departure: trip.departure + pattern.departures[position],
        }
    }

    /// Both calls of a leg; else says what is wrong with it.
    fn leg(&mut self, label: &str, leg: &FreightLeg) -> Option<(Call, Call)> {
        let Some((_, trip)) = self.trip(leg.carrier) else {
            self.findings.add(Rule::Reference, label, format!("travels with {:?}, which does not exist", leg.carrier));
            return None;
        };
        let stops = self.scenario.pattern(trip.pattern).stops.len();
        if leg.loaded_at >= leg.unloaded_at || leg.unloaded_at >= stops {
            let detail = format!("travels from call {} to call {} of {stops}", leg.loaded_at, leg.unloaded_at);
            self.findings.add(Rule::Reference, label, detail);
            return None;
        }
        Some((self.call(trip, leg.loaded_at), self.call(trip, leg.unloaded_at)))
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

    /// On foot between a place and a stop, if that is near enough.
    fn carrying(&self, place: PlaceId, stop: PlaceId) -> Option<Duration> {
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

    /// The seat nearest to a stop, if it is near.
    fn station(&self, stop: PlaceId) -> Option<TownshipId> {
        let position = self.scenario.network.place(stop).position;
        let seats = self.scenario.townships.iter().enumerate();
        let (distance, township) = seats.map(|(index, seat)| (seat.position.distance_to(position), index)).min()?;
        (distance <= self.scenario.policy.freight.station).then(|| TownshipId::from_index(township))
    }

    /// What is in each hold between two calls; what passengers bring along is no freight.
    fn holds(&mut self) {
        let mut carried: BTreeMap<(TripId, usize), Load> = BTreeMap::new();
        for itinerary in &self.plan.itineraries {
            let Some(consignment) = self.scenario.consignments.get(itinerary.consignment) else { continue };
            for leg in &itinerary.legs {
                let Some((id, trip)) = self.trip(leg.carrier) else { continue };
                let last = self.scenario.pattern(trip.pattern).stops.len() - 1;
                for segment in leg.loaded_at..leg.unloaded_at.min(last) {
                    *carried.entry((id, segment)).or_default() += consignment.load;
                }
            }
        }
        for ((id, segment), load) in carried {
            let kind = self.timetable.trip(id).vehicle_type;
            let Load { freight_kilograms, freight_litres, .. } =
                self.scenario.fleet.vehicle_types[kind.index()].capacity;
            let hold = Load { freight_kilograms, freight_litres, ..Load::ZERO };
            if !load.fits_in(hold) {
                let detail = format!("carries {load} after call {segment}, its hold takes {hold}");
                self.findings.add(Rule::Capacity, format!("trip {}", id.0), detail);
            }
        }
    }
}
