//! Several ways to few vehicles. Where vehicles are tight, the way in which one was saved decides what the search can reach
//! afterwards: from one full solution to another leads hardly any way through full ones. So several are tried for a while, and the
//! one that came furthest goes on.

use super::annealing::Cooling;
use super::search::Search;
use crate::ondemand::solution::Solution;

/// The share of the search that the first way may take.
const FLEET_SHARE: f64 = 0.35;
/// So many ways are tried …
const STARTS: usize = 4;
/// … each of the later ones for at most this share of the search …
const LATER_FLEET_SHARE: f64 = 0.04;
/// … and annealed for this one.
const TRIAL_SHARE: f64 = 0.07;
/// No way begins later than this.
const LATEST_SHARE: f64 = 0.35;

impl Search<'_> {
    /// Saves vehicles in several ways; the best solution is the best of all, annealed between these temperatures.
    pub fn save_vehicles(&mut self, hottest: f64, coldest: f64) {
        let built = self.best.clone();
        self.reduce_fleet(FLEET_SHARE, 0);
        let fleet = self.best.vehicles_used();
        if fleet == built.vehicles_used() {
            return; // every way begins with the same solution
        }
        let mut furthest: Option<(i64, Solution)> = None;
        for number in 0..STARTS {
            let share = self.share();
            if share > LATEST_SHARE {
                break;
            }
            if number > 0 {
                self.restart_from(built.clone());
                self.reduce_fleet(share + LATER_FLEET_SHARE, fleet);
            }
            if self.best.vehicles_used() <= fleet {
                let (began, mean_cost) = (self.share(), self.mean_cost());
                let ends = began + TRIAL_SHARE;
                let cooling = Cooling::new((began, ends), hottest * mean_cost, coldest * mean_cost);
                self.anneal(self.best.clone(), cooling, ends);
            }
            if furthest.as_ref().is_none_or(|(cost, _)| self.best_cost < *cost) {
                furthest = Some((self.best_cost, self.best.clone()));
            }
        }
        if let Some((_, best)) = furthest {
            self.restart_from(best);
        }
    }
}
