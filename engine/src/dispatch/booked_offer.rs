//! What is wished from booked vehicles, and the windows in which policy lets it be served.

use super::refusal::{Reason, RuleBroken};
use crate::demand::WantedTime;
use crate::fleet::Product;
use crate::ids::PlaceId;
use crate::plan::{BookedLeg, Promise};
use crate::scenario::Scenario;
use crate::time::{Duration, ServiceTime, TimeWindow};
use crate::units::Load;

/// One leg as it is wished from a booked vehicle.
#[derive(Clone, Copy, Debug)]
pub(super) struct BookedWish {
    pub product: Product,
    pub from: PlaceId,
    pub to: PlaceId,
    pub load: Load,
    pub when: When,
    pub not_before: ServiceTime,
}

/// When the leg is wished.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    Person(WantedTime),
    /// Goods: collected and brought within.
    Goods(TimeWindow),
}

/// A window of this width that holds `time` and stays within `bounds`.
pub(super) fn window_around(time: ServiceTime, width: Duration, bounds: TimeWindow) -> TimeWindow {
    let earliest = time.min(bounds.latest - width).max(bounds.earliest);
    TimeWindow::new(earliest, (earliest + width).min(bounds.latest))
}

pub(super) fn open_leg(scenario: &Scenario, wish: &BookedWish, promise: Promise) -> BookedLeg {
    let dwell = scenario.policy.dwell.of(wish.load);
    BookedLeg {
        product: wish.product,
        from: wish.from,
        to: wish.to,
        load: wish.load,
        promise,
        ride_time_limit: ride_time_limit(scenario, wish),
        boarding: dwell,
        alighting: dwell,
    }
}

/// A share of the direct driving time and some more; goods may ride as long as their window.
fn ride_time_limit(scenario: &Scenario, wish: &BookedWish) -> Duration {
    let booked = &scenario.policy.booked;
    match wish.when {
        When::Goods(window) => window.length(),
        When::Person(_) => {
            let direct = i64::from(scenario.network.travel.duration(wish.from, wish.to).seconds());
            let share = crate::units::rounded_quotient(direct * i64::from(booked.ride_time_percent), 100);
            Duration::from_seconds(share as i32) + booked.ride_time_extra
        }
    }
}

/// The windows to try in turn, (pickup, drop-off): near the wanted time first, then all that policy permits.
pub(super) fn attempts(
    scenario: &Scenario,
    wish: &BookedWish,
    now: ServiceTime,
) -> Result<Vec<(TimeWindow, TimeWindow)>, Reason> {
    let booked = &scenario.policy.booked;
    let direct = scenario.network.travel.duration(wish.from, wish.to);
    let boarding = scenario.policy.dwell.of(wish.load);
    let limit = ride_time_limit(scenario, wish);
    let not_before = wish.not_before.max(now + booked.notice);
    let bounds = TimeWindow::new(booked.hours.earliest.max(not_before), booked.hours.latest);
    let by_pickup = |pickup: TimeWindow| {
        let dropoff = TimeWindow::new(pickup.earliest + boarding + direct, pickup.latest + boarding + limit);
        (pickup.intersection(bounds), dropoff.intersection(booked.hours))
    };
    let by_dropoff = |dropoff: TimeWindow| {
        // Nobody is collected so early that they would have to wait on board for the destination's window.
        let pickup = TimeWindow::new(dropoff.earliest - direct - boarding, dropoff.latest - direct - boarding);
        (pickup.intersection(bounds), dropoff.intersection(booked.hours))
    };
    let (wanted, windows) = match wish.when {
        When::Goods(window) => {
            let pickup = TimeWindow::new(window.earliest, window.latest - direct - boarding);
            (window.latest, vec![(pickup.intersection(bounds), window.intersection(booked.hours))])
        }
        When::Person(WantedTime::DepartAt(time)) => {
            let within = |width| by_pickup(TimeWindow::new(time, time + width));
            (time, vec![within(booked.pickup_window.min(booked.max_wait)), within(booked.max_wait)])
        }
        When::Person(WantedTime::ArriveBy(time)) => {
            let within = |width| by_dropoff(TimeWindow::new(time - width, time));
            (time, vec![within(booked.dropoff_window.min(booked.max_wait)), within(booked.max_wait)])
        }
    };
    let (widest_pickup, widest_dropoff) = windows[windows.len() - 1];
    let possible = windows.into_iter().filter(|(pickup, dropoff)| !pickup.is_empty() && !dropoff.is_empty());
    let possible: Vec<_> = possible.collect();
    if !possible.is_empty() {
        return Ok(possible);
    }
    let outside_hours = !booked.hours.contains(wanted) || widest_dropoff.is_empty();
    Err(Reason::Rule(if outside_hours {
        RuleBroken::OutsideHours { hours: booked.hours, wanted }
    } else {
        let latest = widest_pickup.latest;
        RuleBroken::NoticeTooShort { latest, notice: booked.notice, now }
    }))
}
