//! Who of the lines' passengers changes to another line: rides of [`super::line_demand`] that go on from each other.
//!
//! Nobody is added: a ride that ends where one of another line begins soon after becomes, for some of its passengers, the first
//! half of a journey of which the other is the second half.

use std::collections::BTreeMap;

use super::area::{Area, Topic};
use super::line_demand::Wish;
use super::lines::{DWELL_S, Lines};

/// This share of the rides that could go on with another line does; the others have arrived.
const SHARE_OF_RIDES: f64 = 0.6;
/// Who goes on wants to do so within this time after arriving, in minutes.
const GOES_ON_MIN: std::ops::RangeInclusive<i32> = 5..=50;
/// Wanted arrivals are told to so many minutes.
const TOLD_TO_MIN: i32 = 5;

/// People who change, keyed so that the rows come out ordered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Change {
    /// Line and direction they come by.
    pub(super) from_line: (usize, u8),
    /// Line and direction they go on with.
    pub(super) to_line: (usize, u8),
    /// Position in [`Lines::stops`].
    pub(super) stop: usize,
    /// In the words of the file format.
    pub(super) days: String,
    /// When they would like to arrive.
    pub(super) wanted_min: i32,
}

/// All changes with their passengers.
pub(super) fn expect(area: &Area, lines: &Lines, wishes: &BTreeMap<Wish, i64>) -> BTreeMap<Change, i64> {
    let mut dice = area.dice(Topic::LineTransfers);
    let wishes: Vec<(&Wish, i64)> = wishes.iter().map(|(wish, &passengers)| (wish, passengers)).collect();
    let mut beginning: BTreeMap<(usize, &str), Vec<usize>> = BTreeMap::new();
    for (index, (wish, _)) in wishes.iter().enumerate() {
        beginning.entry((wish.from, &wish.days)).or_default().push(index);
    }
    // Of each ride, those who have not come by another line yet.
    let mut not_come_by_line: Vec<i64> = wishes.iter().map(|&(_, passengers)| passengers).collect();
    let mut changes = BTreeMap::new();
    for &(wish, passengers) in &wishes {
        let arrival_min = wish.wanted_min + ride_min(lines, wish);
        let goes_on = |&index: &usize| {
            let other = wishes[index].0;
            let is_direct = |line: usize, stop: usize| lines.lines[line].stops.contains(&stop);
            other.line != wish.line
                && GOES_ON_MIN.contains(&(other.wanted_min - arrival_min))
                && !is_direct(wish.line, other.to)
                && !is_direct(other.line, wish.from)
        };
        let onward = beginning.get(&(wish.to, wish.days.as_str())).map_or(&[][..], Vec::as_slice);
        let onward: Vec<usize> =
            onward.iter().copied().filter(goes_on).filter(|&index| not_come_by_line[index] > 0).collect();
        if onward.is_empty() || !dice.chance(SHARE_OF_RIDES) {
            continue;
        }
        let chosen = *dice.pick(&onward);
        let people = passengers.min(not_come_by_line[chosen]);
        not_come_by_line[chosen] -= people;
        let other = wishes[chosen].0;
        let change = Change {
            from_line: (wish.line, wish.direction),
            to_line: (other.line, other.direction),
            stop: wish.to,
            days: wish.days.clone(),
            wanted_min: arrival_min / TOLD_TO_MIN * TOLD_TO_MIN,
        };
        *changes.entry(change).or_default() += people;
    }
    changes
}

/// Whole minutes on the bus.
fn ride_min(lines: &Lines, wish: &Wish) -> i32 {
    let line = &lines.lines[wish.line];
    let at = |stop: usize| line.stops.iter().position(|&other| other == stop).unwrap_or(0);
    let (from, to) = (at(wish.from), at(wish.to));
    let hops = &line.running_s[from.min(to)..from.max(to)];
    let standing = DWELL_S * (hops.len() as i64 - 1).max(0);
    ((hops.iter().sum::<i64>() + standing) / 60) as i32
}
