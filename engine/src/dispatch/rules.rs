//! What policy forbids, checked before anything is searched.

use super::area::Area;
use super::refusal::RuleBroken;
use crate::demand::{ConsignmentRequest, Party, Request};
use crate::time::{Instant, ServiceTime, TimeWindow};
use crate::units::Load;

/// The time now, counted on `date` (negative or far beyond 24:00 on other days).
pub(super) fn time_on(area: &Area, date: chrono::NaiveDate, now: Instant) -> ServiceTime {
    let midnight = area.scenario.policy.clock.instant(date, ServiceTime::MIDNIGHT);
    let far = i64::from(ServiceTime::FAR_FUTURE.seconds());
    ServiceTime::from_seconds((now.unix_seconds() - midnight.unix_seconds()).clamp(-far, far) as i32)
}

/// What holds for the request whoever serves it.
pub(super) fn check(area: &Area, request: &Request, now: Instant) -> Result<(), RuleBroken> {
    let scenario = &area.scenario;
    let date = request.date();
    let day_type = scenario.day_type(date).map_err(|error| RuleBroken::CalendarUnknown { why: error.to_string() })?;
    let (today, _) = scenario.policy.clock.service_time(now);
    if date < today {
        return Err(RuleBroken::DateOver { date, today });
    }
    if let Request::Enrolment(_) = request {
        // A seat to the end of the term may be wanted long before it begins.
        let in_term = area.term(date).is_some();
        return if in_term { Ok(()) } else { Err(RuleBroken::NoSchoolTerm { date }) };
    }
    let days = scenario.policy.booked.book_ahead_days;
    if (date - today).num_days() > i64::from(days) {
        let opens = date - chrono::TimeDelta::days(i64::from(days));
        return Err(RuleBroken::TooEarly { date, opens, days });
    }
    match request {
        Request::Enrolment(_) => Ok(()),
        Request::Ride(ride) => {
            check_party(ride.party, 0)?;
            if ride.from == ride.to { Err(RuleBroken::SamePlace) } else { Ok(()) }
        }
        Request::MarketTrip(trip) => {
            check_party(trip.party, trip.luggage_home)?;
            let market = scenario.market(trip.market);
            if trip.from == market.place {
                return Err(RuleBroken::SamePlace);
            }
            if !day_type.markets.contains(&trip.market) {
                let next = date.iter_days().skip(1).take(366).find(|&day| market.is_held(day));
                return Err(RuleBroken::MarketNotHeld { market: market.code.clone(), date, next });
            }
            if trip.return_at < trip.arrive_by {
                return Err(RuleBroken::EmptyWindow { window: TimeWindow::new(trip.arrive_by, trip.return_at) });
            }
            Ok(())
        }
        Request::Consignment(consignment) => check_consignment(consignment),
    }
}

fn check_party(party: Party, luggage_home: i32) -> Result<(), RuleBroken> {
    let load = party.load();
    let negative = party.load().dimensions().into_iter().chain([luggage_home]).any(|count| count < 0);
    // Beyond any vehicle, and far from overflow.
    let absurd = party.load().dimensions().into_iter().chain([luggage_home]).any(|count| count > 1_000);
    if negative || absurd || i64::from(party.seated) + i64::from(party.wheelchairs) < 1 {
        return Err(RuleBroken::InvalidParty { load });
    }
    Ok(())
}

fn check_consignment(consignment: &ConsignmentRequest) -> Result<(), RuleBroken> {
    let (kilograms, litres) = (consignment.kilograms, consignment.litres);
    let load = Load { freight_kilograms: kilograms, freight_litres: litres, ..Load::ZERO };
    if kilograms < 0 || litres < 0 || (kilograms == 0 && litres == 0) || kilograms.max(litres) > 1_000_000 {
        return Err(RuleBroken::InvalidConsignment { load });
    }
    if consignment.from == consignment.to {
        return Err(RuleBroken::SamePlace);
    }
    if consignment.window.is_empty() {
        return Err(RuleBroken::EmptyWindow { window: consignment.window });
    }
    Ok(())
}
