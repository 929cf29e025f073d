//! A day on which requests become known one after the other, in virtual time.
//!
//! Every request is answered at the moment it becomes known: it gets the best place in the running plan, exactly, or is rejected for
//! good. Between requests the plan is improved. What has begun stays (`under_way`). No time passes but that of the requests, so that
//! the same day ends the same way every time.
//!
//! A search begins at one moment and ends at a later one: it works on what will not have begun by its end, and knows no request of the
//! meantime.

mod under_way;

#[cfg(test)]
mod tests;

use super::problem::{Problem, RequestIndex};
use super::solution::Solution;
use crate::stop_signal::StopSignal;
use crate::time::{Duration, ServiceTime};
use under_way::UnderWay;

/// How the plan is improved between requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Improvement {
    /// Rounds of the search ([`super::Pace::Rounds`]) per minute of the day.
    pub rounds_per_minute: u64,
    /// A minute in the problem's unit of time.
    pub minute: Duration,
    /// Seed of the searches.
    pub seed: u64,
}

/// What is known at some moment of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub now: ServiceTime,
    /// Requests with a place in the plan.
    pub accepted: usize,
    /// Requests rejected.
    pub rejected: usize,
    /// What all driving costs if nothing changes any more, unserved requests left out.
    pub cost: i64,
    /// Vehicles that leave their depots.
    pub vehicles: usize,
}

/// How the day went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedDay {
    /// What was driven; rejected requests are unserved in it.
    pub solution: Solution,
    /// By vehicle and stop: when service began. These times keep all limits; they need not be the earliest that do.
    pub begins: Vec<Vec<ServiceTime>>,
    /// Rounds of all searches together.
    pub rounds: u64,
}

/// A search looks at most so many minutes ahead.
const MINUTES_PER_SEARCH: i32 = 10;

/// Serves the active requests of a problem as they become known (by number: when). Without improvement every request keeps the place
/// it got. A raised stop signal ends the search, not the day: later requests are answered without improvement.
///
/// # Panics
/// When there are fewer times than requests, or a vehicle has breaks or driving hours: where its driver rests isn't known under way.
pub fn serve_day(
    day: &Problem,
    known_at: &[ServiceTime],
    improvement: Option<Improvement>,
    progress: &dyn Fn(Moment),
    stop: StopSignal<'_>,
) -> ServedDay {
    let mut rejected = 0;
    serve(day, known_at, improvement, stop, &mut |now, event, under_way| {
        rejected += usize::from(event == Event::Rejected);
        progress(under_way.moment(now, rejected));
    })
}

/// What has just happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Accepted(RequestIndex),
    Rejected,
    Improved,
    Over,
}

/// [`serve_day`] with a look at the day after each event.
fn serve(
    day: &Problem,
    known_at: &[ServiceTime],
    improvement: Option<Improvement>,
    stop: StopSignal<'_>,
    after: &mut dyn FnMut(ServiceTime, Event, &UnderWay<'_>),
) -> ServedDay {
    let mut order: Vec<RequestIndex> = day.active_requests().collect();
    order.sort_by_key(|&request| (known_at[request.index()], request));
    let mut under_way = UnderWay::new(day);
    let mut clock = order.first().map(|&first| Searches::from(known_at[first.index()]));
    for request in order {
        let now = known_at[request.index()];
        if let (Some(improvement), Some(searches)) = (improvement, &mut clock) {
            searches.run_until(now, &mut under_way, improvement, stop, after);
        }
        under_way.advance(now);
        let event = if under_way.accept(request) { Event::Accepted(request) } else { Event::Rejected };
        after(now, event, &under_way);
    }
    let over = day.vehicles().iter().map(|vehicle| vehicle.window.latest).max().unwrap_or(ServiceTime::MIDNIGHT);
    let over = over + Duration::from_seconds(1);
    if let (Some(improvement), Some(searches)) = (improvement, &mut clock) {
        searches.run_until(over, &mut under_way, improvement, stop, after);
    }
    under_way.advance(over);
    after(over, Event::Over, &under_way);
    let rounds = clock.map_or(0, |searches| searches.rounds);
    let (solution, begins) = under_way.driven();
    ServedDay { solution, begins, rounds }
}

/// The searches of a day: until when they have run, and how many rounds that took.
struct Searches {
    first: ServiceTime,
    until: ServiceTime,
    /// Rounds that were due by then, those with nothing to improve included.
    due: u64,
    rounds: u64,
}

impl Searches {
    fn from(first: ServiceTime) -> Self {
        Self { first, until: first, due: 0, rounds: 0 }
    }

    fn run_until(
        &mut self,
        now: ServiceTime,
        under_way: &mut UnderWay<'_>,
        improvement: Improvement,
        stop: StopSignal<'_>,
        after: &mut dyn FnMut(ServiceTime, Event, &UnderWay<'_>),
    ) {
        let longest = Duration::from_seconds(improvement.minute.seconds() * MINUTES_PER_SEARCH);
        while self.until < now {
            self.until = now.min(self.until + longest);
            under_way.advance(self.until);
            let passed = (self.until - self.first).seconds() as u64;
            let due = passed.saturating_mul(improvement.rounds_per_minute) / improvement.minute.seconds() as u64;
            let rounds = due - self.due;
            self.due = due;
            if rounds > 0 && under_way.can_change() && !stop.is_raised() {
                under_way.improve(rounds, improvement.seed.wrapping_add(due), stop);
                self.rounds += rounds;
                after(self.until, Event::Improved, under_way);
            }
        }
    }
}
