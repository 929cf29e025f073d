//! Fewer vehicles of a large problem: one is emptied, its riders are left out, and the groups go on annealing until all have
//! found other places. Who has waited long is dear, so that others wait instead who fit in more easily (the fleet minimization
//! of Christiaens & Vanden Berghe 2020). What doesn't come nearer for a while is given up, and tried again later
//! with routes that have become better meanwhile.

use super::search::Search;
use crate::ondemand::problem::{Problem, RequestIndex};
use crate::ondemand::solution::Solution;

/// Attempts may take this share of the search.
const UNTIL: f64 = 0.5;
/// If for this share of the search no fewer were left out, the vehicle is given back …
const PATIENCE: f64 = 0.05;
/// … and after this share the next one is tried.
const PAUSE: f64 = 0.1;

/// How far an attempt is.
pub(super) struct Emptying {
    may_save: bool,
    /// The fewest that were left out so far, and when that was; nothing between attempts.
    fewest: Option<(usize, f64)>,
    /// When the next attempt may begin.
    next: f64,
}

impl Emptying {
    /// No attempt yet, and none at all where vehicles cost nothing.
    pub fn new(problem: &Problem) -> Self {
        Self { may_save: problem.objective().per_vehicle > 0, fewest: None, next: 0.0 }
    }

    /// Is somebody left out for a vehicle less?
    pub fn is_under_way(&self) -> bool {
        self.fewest.is_some()
    }

    /// Empties a vehicle, gives it back, or neither.
    pub fn decide(&mut self, search: &Search<'_>, current: &mut Solution) {
        let share = search.share();
        let left_out = current.unserved(search.problem).count();
        if let Some((fewest, since)) = self.fewest {
            if left_out == 0 {
                self.fewest = None;
            } else if left_out < fewest {
                self.fewest = Some((left_out, share));
            } else if share > since + PATIENCE || share > UNTIL {
                self.pause(search, current);
            }
        } else if self.may_save && left_out == 0 && (self.next..UNTIL).contains(&share) {
            self.begin(search, current);
        }
    }

    fn begin(&mut self, search: &Search<'_>, current: &mut Solution) {
        let is_used = |&vehicle: &usize| !current.stops(vehicle).is_empty();
        let can_leave =
            (0..current.routes.len()).filter(is_used).filter(|&vehicle| search.can_be_given_up(current, vehicle));
        let weight = |vehicle: usize| search.leaving_out.weight(current.routes[vehicle].pickups());
        let Some(vehicle) = can_leave.min_by(|&one, &other| weight(one).total_cmp(&weight(other))) else {
            self.may_save = false;
            return;
        };
        let riders: Vec<RequestIndex> = current.routes[vehicle].pickups().collect();
        current.remove_all(search.problem, &riders);
        self.fewest = Some((riders.len(), search.share()));
        if !current.stops(vehicle).is_empty() {
            self.pause(search, current);
        }
    }

    fn pause(&mut self, search: &Search<'_>, current: &mut Solution) {
        self.fewest = None;
        self.next = search.share() + PAUSE;
        *current = search.best.clone();
    }
}
