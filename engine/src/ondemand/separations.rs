//! What the schedules of one route have in common: how far apart any two visits are at least, in every one of them.
//!
//! All that a schedule must keep is of the form `begin[v] - begin[u] >= separation`: windows (against the beginning of time),
//! driving, ride times and the route's duration (backwards, with negative separations). [`Separations`] is the transitive
//! closure of such a system. Once it is known, whether further visits fit in is decided from the few separations between their
//! neighbours: in constant time per position, exactly, riders on board included. What Gschwind & Drexl (2019) reach for windows,
//! ride times and durations by tailored resources, the closure gives for any difference constraint.
//!
//! Building costs one row-wise pass over the square and one more per limit that binds anywhere.

use super::problem::Leg;
use super::schedule::Node;

/// The closure for the nodes of a route, depots included. Empty where no limit makes it necessary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Separations {
    nodes: usize,
    /// Row-major: `begin[v] - begin[u]` is at least entry `u * nodes + v`.
    least: Vec<i32>,
    /// By node: when it begins without any waiting, from the first node on.
    driven: Vec<i32>,
}

impl Separations {
    /// Forgets everything; memory is kept.
    pub fn clear(&mut self) {
        self.nodes = 0;
        self.least.clear();
    }

    /// Is there nothing in it?
    pub fn is_empty(&self) -> bool {
        self.nodes == 0
    }

    /// `begin[later] - begin[earlier]` is at least this; either may come first on the route.
    #[inline]
    pub fn least(&self, earlier: usize, later: usize) -> i64 {
        i64::from(self.least[earlier * self.nodes + later])
    }

    /// Closes the constraints of these nodes. `earliest` and `latest` begins by windows and driving alone are sharpened to
    /// those of the whole. False if there is no schedule; then the content is meaningless.
    pub fn close(&mut self, nodes: &[Node], legs: &[Leg], earliest: &mut [i64], latest: &mut [i64]) -> bool {
        let count = nodes.len();
        self.nodes = count;
        self.least.clear();
        if earliest.iter().zip(latest.iter()).any(|(earliest, latest)| earliest > latest) {
            return false;
        }
        // A vehicle's window, and what it drives within, are far from what an i32 holds.
        let mut driven = 0;
        self.driven.clear();
        self.driven.reserve_exact(count);
        self.driven.push(0);
        for (node, leg) in nodes.iter().zip(legs) {
            driven += node.service + leg.seconds;
            self.driven.push(driven as i32);
        }
        self.least.reserve_exact(count * count);
        for (from, &latest_from) in latest.iter().enumerate() {
            let (latest_from, driven_from) = (latest_from as i32, self.driven[from]);
            let (before, behind) = earliest.split_at(from);
            self.least.extend(before.iter().map(|&earliest_to| (earliest_to as i32).wrapping_sub(latest_from)));
            let behind = behind.iter().zip(&self.driven[from..]);
            self.least.extend(behind.map(|(&earliest_to, &driven_to)| {
                (earliest_to as i32).wrapping_sub(latest_from).max(driven_to.wrapping_sub(driven_from))
            }));
        }
        for (limited, node) in nodes.iter().enumerate() {
            if let Some((pushed, limit)) = node.limit
                && !self.limit(limited, pushed as usize, limit, earliest, latest)
            {
                return false;
            }
        }
        true
    }

    /// Adds `begin[pushed] >= begin[limited] - limit` to a closed system; false if that contradicts it.
    fn limit(&mut self, limited: usize, pushed: usize, limit: i64, earliest: &mut [i64], latest: &mut [i64]) -> bool {
        let count = self.nodes;
        if self.least(limited, pushed) >= -limit {
            return true;
        }
        if self.least(pushed, limited) > limit || earliest[limited] - limit > latest[pushed] {
            return false;
        }
        let (before, rest) = self.least.split_at_mut(pushed * count);
        let (pushed_row, after) = rest.split_at_mut(count);
        for row in before.chunks_exact_mut(count).chain(after.chunks_exact_mut(count)) {
            let by_limit = i64::from(row[limited]) - limit;
            if by_limit > i64::from(row[pushed]) {
                // No more than the span of the vehicle's window either way, far from what an i32 holds.
                let by_limit = by_limit as i32;
                for (entry, &onward) in row.iter_mut().zip(pushed_row.iter()) {
                    *entry = (*entry).max(by_limit.wrapping_add(onward));
                }
            }
        }
        let pushed_begins = earliest[limited] - limit;
        if pushed_begins > earliest[pushed] {
            for (begin, &onward) in earliest.iter_mut().zip(pushed_row.iter()) {
                *begin = (*begin).max(pushed_begins + i64::from(onward));
            }
        }
        let limited_begins = latest[pushed] + limit;
        for (node, begin) in latest.iter_mut().enumerate() {
            *begin = (*begin).min(limited_begins - self.least(node, limited));
        }
        earliest.iter().zip(latest.iter()).all(|(earliest, latest)| earliest <= latest)
    }
}
