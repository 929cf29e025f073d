//! What a timetable leaves to booked service: a random day of rides, asked for and booked one after the other.
//!
//! A village counts as covered by booked service only if nearly all of such probes get an offer, and planning must leave fleet enough
//! for it. Probes go from villages, in proportion to their people, to one of the nearest hospitals, elderly centres, schools'
//! towns or markets held, across the hours of booked service. It is production's own code that answers, on an area of its own.

use std::sync::Arc;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Area, Command, Outcome, RequestKey, Tier};
use crate::calendar::CalendarError;
use crate::demand::{Party, Request, RideRequest, WantedTime};
use crate::ids::PlaceId;
use crate::network::PlaceKind;
use crate::plan::Timetable;
use crate::scenario::Scenario;
use crate::stop_signal::StopSignal;
use crate::time::{Duration, ServiceTime};

/// People choose among so many of the nearest places of their kind.
const NEAREST: usize = 3;

/// How probes were answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProbeResult {
    /// Asked for; fewer than wanted if the search was stopped.
    pub requests: u32,
    /// By lines alone.
    pub by_lines: u32,
    /// On booked vehicles, at least one way.
    pub by_booked: u32,
}

impl ProbeResult {
    /// Got an offer and were booked.
    pub fn served(self) -> u32 {
        self.by_lines + self.by_booked
    }

    /// Of those whom lines don't serve, the share that booked vehicles do; 1 where nobody needs them.
    pub fn share_of_booked(self) -> f64 {
        let wanted = self.requests - self.by_lines;
        if wanted == 0 { 1.0 } else { f64::from(self.by_booked) / f64::from(wanted) }
    }
}

/// Books so many random rides on the date of a timetable.
pub fn probe(
    scenario: &Arc<Scenario>,
    timetable: &Timetable,
    (requests, seed): (u32, u64),
    stop: StopSignal,
) -> Result<ProbeResult, CalendarError> {
    let date = timetable.date;
    let mut area = Area::new(Arc::clone(scenario));
    let clock = scenario.policy.clock;
    // Everybody books the evening before.
    let now = clock.instant(date.pred_opt().unwrap_or(date), ServiceTime::hm(18, 0));
    let activate =
        Command::ActivateTimetable { request: None, timetable: Box::new(timetable.clone()), accepted: Vec::new() };
    let decision = area.decide(&activate, now);
    let mut result = ProbeResult::default();
    if area.apply(&decision).is_err() {
        return Ok(result);
    }
    let goals = goals(scenario, &scenario.day_type(date)?);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let people: i64 = scenario.villages.iter().map(|village| i64::from(village.population)).sum();
    while result.requests < requests && people > 0 && !stop.is_raised() {
        let mut person = random.random_range(0..people);
        let village = scenario.villages.iter().find(|village| {
            person -= i64::from(village.population);
            person < 0
        });
        let Some(from) = village.map(|village| village.place) else { break };
        let near = nearest(scenario, from, &goals);
        let Some(&to) = near.get(random.random_range(0..near.len().max(1))) else { break };
        let hours = scenario.policy.booked.hours;
        let (first, last) = (hours.earliest + Duration::from_minutes(90), hours.latest - Duration::from_minutes(60));
        let arrive = ServiceTime::from_seconds(random.random_range(first.seconds()..last.seconds()) / 300 * 300);
        let party = Party { seated: 1 + i32::from(random.random_ratio(1, 4)), wheelchairs: 0, luggage: 0 };
        let (from, to) = if random.random_bool(0.5) { (from, to) } else { (to, from) };
        let request = Request::Ride(RideRequest { date, from, to, wanted: WantedTime::ArriveBy(arrive), party });
        result.requests += 1;
        let Some(offer) = area.quote(&request, now).offers.into_iter().next() else { continue };
        let (tier, offer) = (offer.tier, Box::new(offer));
        let key = RequestKey { principal: "probe".to_owned(), request_id: result.requests.to_string() };
        let decision = area.decide(&Command::Book { key, body_digest: String::new(), offer }, now);
        if matches!(decision.outcome, Outcome::Booked { .. }) && area.apply(&decision).is_ok() {
            match tier {
                Tier::Line => result.by_lines += 1,
                _ => result.by_booked += 1,
            }
        }
    }
    Ok(result)
}

/// Where people go: facilities, and markets that are held.
fn goals(scenario: &Scenario, day: &crate::calendar::DayType) -> Vec<PlaceId> {
    let facilities = scenario.facilities.iter().map(|facility| facility.place);
    let markets = day.markets.iter().map(|&market| scenario.market(market).place);
    let mut goals: Vec<PlaceId> = facilities.chain(markets).collect();
    if goals.is_empty() {
        let stops = scenario.network.places_with_ids().filter(|(_, place)| place.kind == PlaceKind::Stop);
        goals = stops.map(|(id, _)| id).collect();
    }
    goals
}

/// The nearest goals by road, other than the place itself.
fn nearest(scenario: &Scenario, from: PlaceId, goals: &[PlaceId]) -> Vec<PlaceId> {
    let travel = &scenario.network.travel;
    let mut near: Vec<PlaceId> = goals.iter().copied().filter(|&goal| goal != from).collect();
    near.sort_by_key(|&goal| (travel.duration(from, goal), goal));
    near.truncate(NEAREST);
    near
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::VehicleId;
    use crate::plan::Block;
    use crate::scenario::sample;

    fn probed(timetable: &Timetable) -> ProbeResult {
        let town = Arc::new(sample::small_town());
        probe(&town, timetable, (40, 7), StopSignal::NEVER).expect("a known date")
    }

    #[test]
    fn fewer_are_served_when_fixed_runs_keep_the_vehicles() {
        let free = sample::hourly_timetable(&sample::small_town());
        let mut busy = free.clone();
        for minibus in [2, 3] {
            let (leaves_depot, returns) = (ServiceTime::hm(6, 0), ServiceTime::hm(22, 0));
            let (trips, runs) = (Vec::new(), Vec::new());
            busy.blocks.push(Block { vehicle: VehicleId(minibus), leaves_depot, returns, trips, runs });
        }
        let (free, busy) = (probed(&free), probed(&busy));
        assert_eq!(free.requests, 40);
        assert!(free.by_booked > 0 && free.by_lines > 0, "{free:?}");
        assert_eq!((busy.by_booked, busy.share_of_booked()), (0, 0.0));
        assert!(busy.served() < free.served());
    }

    #[test]
    fn the_same_seed_asks_for_the_same_rides() {
        let timetable = sample::hourly_timetable(&sample::small_town());
        assert_eq!(probed(&timetable), probed(&timetable));
    }
}
