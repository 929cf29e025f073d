//! To market and home again: each leg by line where lines suffice, by a booked vehicle elsewhere; both or nothing.
//!
//! "No insertion" is claimed for the pair only if no position pair of the way there leaves room for the way home,
//! whatever is promised within the windows that policy permits, and "not found" if there are too many of them to try.

use super::booked_offer::BookedWish;
use super::bus_first::{WantedLeg, suitable_journeys};
use super::draft::{Draft, TRIED_AT_MOST};
use super::offer::{LegService, LineJourney, OfferedLeg, Quote};
use super::quote::{Desk, by_line, refused, wish};
use super::refusal::{LineShortfall, Reason};
use crate::demand::{MarketTripRequest, WantedTime};
use crate::fleet::Product;
use crate::time::ServiceTime;
use crate::units::Load;

/// Journeys home for one moment of leaving the market.
type WayHome = (ServiceTime, Result<Vec<LineJourney>, LineShortfall>);

impl Desk<'_> {
    pub(super) fn market_trip(&self, trip: &MarketTripRequest) -> Quote {
        let scenario = &self.area.scenario;
        let there = WantedLeg {
            from: trip.from,
            to: scenario.market(trip.market).place,
            wanted: WantedTime::ArriveBy(trip.arrive_by),
            load: trip.party.load(),
            not_before: self.now,
        };
        let draft = Draft::of(self.area, self.day, self.now);
        let mut search = Search { desk: self, trip, there, tried: 0, way_home: None };
        match suitable_journeys(scenario, self.day, &there) {
            Ok(journeys) => {
                let ways = journeys.into_iter().map(|journey| (draft.clone(), by_line(journey)));
                search
                    .first_that_leads_home(ways)
                    .map_or_else(|reason| refused(reason, vec![None, search.no_way_home()]), |legs| self.both(legs))
            }
            Err(shortfall) => {
                let (id, wish) = (self.next_leg(0), wish(Product::Market, &there));
                let mut first = draft.clone();
                let first = match first.promise(id, &wish) {
                    Ok(booked) => (first, by_vehicle(booked, &shortfall)),
                    Err(reason) => return refused(reason, vec![Some(shortfall)]),
                };
                let all = draft.every_promise(id, &wish).map(|(draft, leg)| (draft, by_vehicle(leg, &shortfall)));
                match search.first_that_leads_home(std::iter::once(first).chain(all)) {
                    Ok(legs) => self.both(legs),
                    Err(reason) => {
                        let reason = search.proved(&draft, &wish, reason);
                        refused(reason, vec![Some(shortfall), search.no_way_home()])
                    }
                }
            }
        }
    }

    fn both(&self, legs: [OfferedLeg; 2]) -> Quote {
        let no_line = legs.iter().map(|leg| leg.no_line.clone()).collect();
        self.quoted(vec![self.offer(legs.into())], no_line)
    }
}

struct Search<'a> {
    desk: &'a Desk<'a>,
    trip: &'a MarketTripRequest,
    there: WantedLeg,
    tried: u32,
    way_home: Option<WayHome>,
}

impl Search<'_> {
    /// The first way there from which there is a way home; or why the first one has none, claiming no more than that
    /// some ways were tried if the way home depends on the way there.
    fn first_that_leads_home<'d>(
        &mut self,
        ways: impl Iterator<Item = (Draft<'d>, OfferedLeg)>,
    ) -> Result<[OfferedLeg; 2], Reason> {
        let mut refusal = None;
        for (mut draft, first) in ways.take(TRIED_AT_MOST as usize) {
            self.tried += 1;
            match self.home(&mut draft, &first) {
                Ok(second) => return Ok([first, second]),
                Err(reason) => refusal = refusal.or(Some(reason)),
            }
        }
        let reason = refusal.expect("there is a way there");
        Err(if self.is_linked() { self.not_found(reason) } else { reason })
    }

    fn home(&mut self, draft: &mut Draft, first: &OfferedLeg) -> Result<OfferedLeg, Reason> {
        let scenario = &self.desk.area.scenario;
        let there_at = match &first.service {
            LegService::Lines(journey) => journey.arrives,
            LegService::Booked(booked) => booked.promise.dropoff.latest + booked.alighting,
            LegService::StudentRuns(_) => self.trip.arrive_by,
        };
        let leaves = self.trip.return_at.max(there_at + scenario.policy.booked.market_stay);
        let leg = self.leg_home(leaves);
        if self.way_home.as_ref().is_none_or(|(known, _)| *known != leaves) {
            self.way_home = Some((leaves, suitable_journeys(scenario, self.desk.day, &leg)));
        }
        match self.way_home.as_ref().map(|(_, found)| found) {
            Some(Err(shortfall)) => {
                let booked = draft.promise(self.desk.next_leg(1), &wish(Product::Market, &leg))?;
                Ok(by_vehicle(booked, shortfall))
            }
            Some(Ok(journeys)) => Ok(by_line(journeys[0].clone())),
            None => unreachable!("it has just been looked for"),
        }
    }

    fn leg_home(&self, leaves: ServiceTime) -> WantedLeg {
        let load = Load { luggage: self.trip.luggage_home, ..self.there.load };
        let (from, to) = (self.there.to, self.there.from);
        WantedLeg { from, to, wanted: WantedTime::DepartAt(leaves), load, not_before: leaves }
    }

    /// Can the way home begin later because of the way there?
    fn is_linked(&self) -> bool {
        let scenario = &self.desk.area.scenario;
        let alighting = scenario.policy.dwell.of(self.there.load);
        self.trip.arrive_by + alighting + scenario.policy.booked.market_stay > self.trip.return_at
    }

    /// What is proved by the search and, where the legs are only linked by the vehicles they share, by looking at all pairs.
    fn proved(&self, draft: &Draft, there: &BookedWish, reason: Reason) -> Reason {
        if self.is_linked() {
            return reason;
        }
        let home = wish(Product::Market, &self.leg_home(self.trip.return_at));
        draft.why_not_both(there, &home).unwrap_or_else(|| self.not_found(reason))
    }

    fn not_found(&self, reason: Reason) -> Reason {
        match reason {
            Reason::NoInsertion(miss) | Reason::ImpossibleAlone(miss) => Reason::NotFound { tried: self.tried, miss },
            other => other,
        }
    }

    fn no_way_home(&self) -> Option<LineShortfall> {
        self.way_home.as_ref().and_then(|(_, found)| found.as_ref().err().cloned())
    }
}

fn by_vehicle(booked: crate::plan::BookedLeg, shortfall: &LineShortfall) -> OfferedLeg {
    OfferedLeg { service: LegService::Booked(booked), no_line: Some(shortfall.clone()) }
}
