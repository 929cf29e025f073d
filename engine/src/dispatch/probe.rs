//! What a timetable leaves to booked service: a random day of rides, asked for and booked one after the other.
//!
//! A village counts as covered by booked service only if nearly all of such probes get an offer, and planning must leave fleet enough
//! for it. Probes go from villages, in proportion to their people, to one of the nearest hospitals, elderly centres, schools (which
//! stand in the towns) or markets held, or home from there, across the hours of booked service. It is production's own code that
//! answers, on an area of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Area, Command, Outcome, Refusal, RequestKey, Tier};
use crate::calendar::{CalendarError, DayType};
use crate::demand::{Party, Request, RideRequest, WantedTime};
use crate::ids::PlaceId;
use crate::network::PlaceKind;
use crate::plan::Timetable;
use crate::scenario::{Scenario, Village};
use crate::stop_signal::StopSignal;
use crate::time::{Duration, Instant, ServiceTime};

/// People choose among so many of the nearest places of their kind.
const NEAREST: usize = 3;

/// How probes were answered; each is counted once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProbeResult {
    /// Asked for; fewer than wanted if the search was stopped.
    pub requests: u32,
    /// Booked on lines alone.
    pub by_lines: u32,
    /// Booked with a booked vehicle, at least for a part.
    pub by_booked: u32,
    /// Refused, by the word of the reason ([`Reason::word`](super::Reason::word)); reasons that none was refused for are left out.
    pub refused: BTreeMap<&'static str, u32>,
}

/// Why a timetable can't be probed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// The calendar has no data of the timetable's date.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// It can't be put into service on a day for which nobody has booked: it isn't one of this scenario.
    #[error("the timetable can't be put into service: {why}")]
    NotActivated {
        /// What is in the way.
        why: String,
    },
    /// Nobody lives anywhere from where there is anything to go to.
    #[error(
        "no village with people has a hospital, an elderly centre, a school, a market that is held, or a stop to go to"
    )]
    NobodyTravels,
}

impl ProbeResult {
    /// Got an offer and were booked.
    pub fn served(&self) -> u32 {
        self.by_lines + self.by_booked
    }

    /// The share of all that was served; none if nobody asked.
    pub fn share_served(&self) -> Option<f64> {
        (self.requests > 0).then(|| f64::from(self.served()) / f64::from(self.requests))
    }

    /// Of those whom lines don't serve, the share that booked vehicles do; none if lines serve all who asked.
    pub fn share_of_booked(&self) -> Option<f64> {
        let wanted = self.requests - self.by_lines;
        (wanted > 0).then(|| f64::from(self.by_booked) / f64::from(wanted))
    }
}

/// Books so many random rides on the date of a timetable, all of them on the evening before. The same scenario, timetable, number and
/// seed give the same result, unless `stop` is raised before the last one.
///
/// # Errors
/// When the timetable can't be put into service, or there is nobody or no time to ask for.
pub fn probe(
    scenario: &Arc<Scenario>,
    timetable: &Timetable,
    requests: u32,
    seed: u64,
    stop: StopSignal,
) -> Result<ProbeResult, ProbeError> {
    let date = timetable.date;
    let travellers = Travellers::of(scenario, &scenario.day_type(date)?)?;
    let now = scenario.policy.clock.instant(date.pred_opt().unwrap_or(date), ServiceTime::hm(18, 0));
    let mut area = area_with(scenario, timetable, now)?;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut result = ProbeResult::default();
    while result.requests < requests && !stop.is_raised() {
        let request = Request::Ride(travellers.ride(date, &mut random));
        result.requests += 1;
        match book(&mut area, &request, (result.requests, now)) {
            Ok(Tier::Line) => result.by_lines += 1,
            Ok(_) => result.by_booked += 1,
            Err(refusal) => *result.refused.entry(refusal.reason.word()).or_default() += 1,
        }
    }
    Ok(result)
}

/// The same departures of lines, and all booked vehicles free all day: what probes of a timetable are compared with.
pub fn with_booked_vehicles_free(timetable: &Timetable) -> Timetable {
    let mut free = timetable.clone();
    free.blocks.clear();
    free.runs.clear();
    free.freight.runs.clear();
    free
}

/// Nobody has booked anything under this timetable.
fn area_with(scenario: &Arc<Scenario>, timetable: &Timetable, now: Instant) -> Result<Area, ProbeError> {
    let mut area = Area::new(Arc::clone(scenario));
    let (timetable, accepted) = (Box::new(timetable.clone()), Vec::new());
    let decision = area.decide(&Command::ActivateTimetable { request: None, timetable, accepted }, now);
    let not_activated = |why: String| ProbeError::NotActivated { why };
    if !matches!(decision.outcome, Outcome::TimetableActivated { .. }) {
        return Err(not_activated(format!("{:?}", decision.outcome)));
    }
    area.apply(&decision).map_err(|error| not_activated(error.to_string()))?;
    Ok(area)
}

/// Confirms the best offer; or why there is none.
fn book(area: &mut Area, request: &Request, (number, now): (u32, Instant)) -> Result<Tier, Refusal> {
    let mut quote = area.quote(request, now);
    if let Some(refusal) = quote.refusal {
        return Err(refusal);
    }
    let offer = quote.offers.remove(0);
    let tier = offer.tier;
    let key = RequestKey { principal: "probe".to_owned(), request_id: number.to_string() };
    let command = Command::Book { key, body_digest: String::new(), offer: Box::new(offer) };
    let decision = area.decide(&command, now);
    area.apply(&decision).expect("a decision fits the state it was made for");
    match decision.outcome {
        Outcome::BookingRefused { refusal } => Err(refusal),
        _ => Ok(tier),
    }
}

/// Who may want a ride, where to, and when.
struct Travellers<'a> {
    /// With the nearest places that people go to.
    villages: Vec<(&'a Village, Vec<PlaceId>)>,
    /// Of all these villages together.
    people: i64,
    /// When people may want to be there, first and last.
    arrivals: (ServiceTime, ServiceTime),
}

impl<'a> Travellers<'a> {
    fn of(scenario: &'a Scenario, day: &DayType) -> Result<Self, ProbeError> {
        let goals = goals(scenario, day);
        let with_goals = scenario.villages.iter().map(|village| (village, nearest(scenario, village.place, &goals)));
        let villages: Vec<_> =
            with_goals.filter(|(village, near)| village.population > 0 && !near.is_empty()).collect();
        let people: i64 = villages.iter().map(|(village, _)| i64::from(village.population)).sum();
        if people == 0 {
            return Err(ProbeError::NobodyTravels);
        }
        // Time to be collected and brought, and to be back at the depot; where hours are shorter than that, as late as they allow.
        let hours = scenario.policy.booked.hours;
        let first = (hours.earliest + Duration::from_minutes(90)).min(hours.latest);
        let last = (hours.latest - Duration::from_minutes(60)).max(first);
        Ok(Self { villages, people, arrivals: (first, last) })
    }

    fn ride(&self, date: NaiveDate, random: &mut ChaCha8Rng) -> RideRequest {
        let mut person = random.random_range(0..self.people);
        let lives_here = |(village, _): &&(&Village, Vec<PlaceId>)| {
            person -= i64::from(village.population);
            person < 0
        };
        let (village, near) = self.villages.iter().find(lives_here).expect("everybody lives somewhere");
        let there = near[random.random_range(0..near.len())];
        let (first, last) = (self.arrivals.0.seconds(), self.arrivals.1.seconds());
        // People name times on the five minutes.
        let wanted = WantedTime::ArriveBy(ServiceTime::from_seconds(random.random_range(first..=last) / 300 * 300));
        let party = Party { seated: 1 + i32::from(random.random_ratio(1, 4)), wheelchairs: 0, luggage: 0 };
        let (from, to) = if random.random_bool(0.5) { (village.place, there) } else { (there, village.place) };
        RideRequest { date, from, to, wanted, party }
    }
}

/// Where people go: facilities, schools, and markets that are held; where there is none of them, to any stop.
fn goals(scenario: &Scenario, day: &DayType) -> Vec<PlaceId> {
    let facilities = scenario.facilities.iter().map(|facility| facility.place);
    let schools = scenario.schools.iter().map(|school| school.place);
    let markets = day.markets.iter().map(|&market| scenario.market(market).place);
    let mut goals: Vec<PlaceId> = facilities.chain(schools).chain(markets).collect();
    if goals.is_empty() {
        let stops = scenario.network.places_with_ids().filter(|(_, place)| place.kind == PlaceKind::Stop);
        goals = stops.map(|(id, _)| id).collect();
    }
    goals.sort();
    goals.dedup();
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
    use crate::time::TimeWindow;

    fn probed(town: Scenario, timetable: &Timetable) -> Result<ProbeResult, ProbeError> {
        probe(&Arc::new(town), timetable, 40, 7, StopSignal::NEVER)
    }

    /// Both minibuses are away on fixed runs all day.
    fn busy_timetable() -> Timetable {
        let mut timetable = sample::hourly_timetable(&sample::small_town());
        for minibus in [2, 3] {
            let (leaves_depot, returns) = (ServiceTime::hm(6, 0), ServiceTime::hm(22, 0));
            let (trips, runs) = (Vec::new(), Vec::new());
            timetable.blocks.push(Block { vehicle: VehicleId(minibus), leaves_depot, returns, trips, runs });
        }
        timetable
    }

    #[test]
    fn fewer_are_served_when_fixed_runs_keep_the_vehicles() {
        let free = probed(sample::small_town(), &sample::hourly_timetable(&sample::small_town())).expect("it is right");
        let busy = probed(sample::small_town(), &busy_timetable()).expect("it is right");
        assert_eq!(free.requests, 40);
        assert_eq!(probed(sample::small_town(), &with_booked_vehicles_free(&busy_timetable())), Ok(free.clone()));
        assert!(free.by_booked > 0 && free.by_lines > 0, "{free:?}");
        assert_eq!((busy.by_booked, busy.share_of_booked()), (0, Some(0.0)));
        assert!(busy.share_served() < free.share_served());
        for result in [free, busy] {
            assert_eq!(result.served() + result.refused.values().sum::<u32>(), 40, "{result:?}");
        }
    }

    #[test]
    fn the_same_seed_asks_for_the_same_rides() {
        let timetable = sample::hourly_timetable(&sample::small_town());
        assert_eq!(probed(sample::small_town(), &timetable), probed(sample::small_town(), &timetable));
    }

    #[test]
    fn people_go_to_facilities_schools_and_markets_that_are_held() {
        let town = sample::small_town();
        let goals_on = |date: NaiveDate| goals(&town, &town.day_type(date).expect("a known date"));
        assert_eq!(goals_on(sample::market_day()), ["SCH", "MKT", "HOS"].map(sample::place));
        assert_eq!(goals_on(sample::market_day() + chrono::Days::new(1)), ["SCH", "HOS"].map(sample::place));
    }

    #[test]
    fn short_hours_leave_as_much_as_they_can() {
        let mut town = sample::small_town();
        town.policy.booked.hours = TimeWindow::new(ServiceTime::hm(9, 0), ServiceTime::hm(9, 20));
        let result = probed(town, &Timetable::empty(sample::market_day())).expect("some time is left");
        assert_eq!(result.requests, 40);
    }

    #[test]
    fn what_cannot_be_probed_has_no_figures() {
        let mut nobody = sample::small_town();
        nobody.villages.iter_mut().for_each(|village| village.population = 0);
        let timetable = sample::hourly_timetable(&nobody);
        assert_eq!(probed(nobody, &timetable), Err(ProbeError::NobodyTravels));
        let unknown = NaiveDate::from_ymd_opt(2031, 1, 1).expect("a date");
        let found = probed(sample::small_town(), &Timetable::empty(unknown));
        assert!(matches!(found, Err(ProbeError::Calendar(_))), "{found:?}");
        assert_eq!((ProbeResult::default().share_served(), ProbeResult::default().share_of_booked()), (None, None));
    }
}
