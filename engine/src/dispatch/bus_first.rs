//! Do lines suffice? Journeys within the county's thresholds win by rule; else it is said what is missing.

use super::day::Day;
use super::journeys::{JourneyQuery, LineNetwork, boards, journeys};
use super::offer::LineJourney;
use super::refusal::LineShortfall;
use crate::demand::WantedTime;
use crate::ids::PlaceId;
use crate::network::PlaceKind;
use crate::scenario::Scenario;
use crate::time::{Duration, ServiceTime, TimeWindow};
use crate::units::Load;

/// At most so many journeys are offered.
const SHOWN: usize = 3;
/// A change of bus weighs like so much time when journeys are compared.
const CHANGE: Duration = Duration::from_minutes(10);
/// How far beyond the permitted wait the nearest miss is looked for.
const LOOKED_BEYOND: Duration = Duration::from_minutes(240);

/// One leg as a passenger wishes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct WantedLeg {
    pub from: PlaceId,
    pub to: PlaceId,
    pub wanted: WantedTime,
    pub load: Load,
    /// Nobody is asked to leave before (now, or the end of a market stay).
    pub not_before: ServiceTime,
}

/// Journeys on lines that suffice, the best first; or why none does.
pub(super) fn suitable_journeys(
    scenario: &Scenario,
    day: &Day,
    leg: &WantedLeg,
) -> Result<Vec<LineJourney>, LineShortfall> {
    let Some(timetable) = day.timetable() else {
        return Err(LineShortfall::NoTimetable { date: day.plan().date });
    };
    let limits = &scenario.policy.bus_first;
    for (at_origin, place) in [(true, leg.from), (false, leg.to)] {
        if scenario.network.walks.from(place).is_empty() {
            let limit = scenario.policy.walking.limit;
            return Err(LineShortfall::NoStopNear { at_origin, nearest: nearest_stop(scenario, place), limit });
        }
    }
    let network =
        LineNetwork { scenario, timetable, timetable_version: day.timetable_version(), seats: Some(day.seats()) };
    let search = |network: LineNetwork, beyond: Duration| {
        let span = limits.wait + limits.ride + beyond + longest_walk(scenario);
        let within = match leg.wanted {
            WantedTime::DepartAt(time) => TimeWindow::new(time.max(leg.not_before), time + span),
            WantedTime::ArriveBy(time) => TimeWindow::new((time - span).max(leg.not_before), time),
        };
        let wait = limits.wait + beyond;
        let (leave_by, arrive_from) = match leg.wanted {
            WantedTime::DepartAt(time) => (time + wait, within.earliest),
            WantedTime::ArriveBy(time) => (time, time - wait),
        };
        // Beyond the limits only to name the nearest miss.
        let is_exact = beyond == Duration::ZERO;
        let query = JourneyQuery {
            from: leg.from,
            to: leg.to,
            within,
            load: leg.load,
            leave_by,
            arrive_from,
            change_wait: limits.wait,
            max_walk: if is_exact { limits.total_walk } else { crate::units::Metres(limits.total_walk.0 * 3) },
            max_ride: limits.ride + beyond,
        };
        let mut found = journeys(network, &query);
        for journey in &mut found {
            journey.wait = match leg.wanted {
                WantedTime::DepartAt(time) => journey.leaves - time,
                WantedTime::ArriveBy(time) => time - journey.arrives,
            };
        }
        found.sort_by_key(|journey| (burden(journey), journey.walk, journey.reservations[0].trip));
        found
    };
    let mut suitable: Vec<LineJourney> =
        search(network, Duration::ZERO).into_iter().filter(|journey| shortfall(scenario, journey).is_none()).collect();
    if !suitable.is_empty() {
        suitable.truncate(SHOWN);
        return Ok(suitable);
    }
    // With empty buses, to tell "full" from "nothing runs", then farther from the wanted time.
    let if_empty = LineNetwork { seats: None, ..network };
    let full = search(if_empty, Duration::ZERO).into_iter().find(|journey| shortfall(scenario, journey).is_none());
    if let Some(journey) = full {
        let first = &journey.reservations[0];
        let free_on = |ride: &crate::plan::LineReservation| {
            day.seats().free(scenario, timetable, ride.trip, ride.from_stop..ride.to_stop)
        };
        let fullest = journey.reservations.iter().find(|ride| !leg.load.fits_in(free_on(ride))).unwrap_or(first);
        return Err(LineShortfall::NoSeats {
            departure: boards(scenario, timetable, fullest),
            free: free_on(fullest),
            wanted: leg.load,
        });
    }
    let nearest = search(network, LOOKED_BEYOND).into_iter().min_by_key(|journey| (journey.wait, burden(journey)));
    let found = nearest.as_ref().and_then(|journey| shortfall(scenario, journey));
    Err(found.unwrap_or(LineShortfall::NoJourney { transfers: limits.transfers }))
}

/// How long the longest permitted walk takes.
fn longest_walk(scenario: &Scenario) -> Duration {
    scenario.policy.walking.duration(scenario.policy.bus_first.total_walk)
}

/// What a journey costs a passenger: its time, the wait, and an allowance per change.
fn burden(journey: &LineJourney) -> Duration {
    let changes = (1..journey.reservations.len()).map(|_| CHANGE).sum::<Duration>();
    journey.wait + (journey.arrives - journey.leaves) + changes
}

fn shortfall(scenario: &Scenario, journey: &LineJourney) -> Option<LineShortfall> {
    let limits = &scenario.policy.bus_first;
    if journey.wait > limits.wait {
        Some(LineShortfall::Wait { wait: journey.wait, limit: limits.wait })
    } else if journey.walk > limits.total_walk {
        Some(LineShortfall::Walk { walk: journey.walk, limit: limits.total_walk })
    } else if journey.ride > limits.ride {
        Some(LineShortfall::Ride { ride: journey.ride, limit: limits.ride })
    } else {
        None
    }
}

fn nearest_stop(scenario: &Scenario, place: PlaceId) -> Option<crate::units::Metres> {
    let position = scenario.network.place(place).position;
    let stops = scenario.network.places.iter().filter(|other| other.kind == PlaceKind::Stop);
    stops.map(|stop| position.distance_to(stop.position)).min()
}
