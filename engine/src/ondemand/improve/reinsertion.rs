//! Putting requests back: greedily, or those first that would regret waiting most.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::ondemand::insertion::{Insertion, Scratch, cheapest_on};
use crate::ondemand::problem::{Problem, RequestIndex};
use crate::ondemand::solution::Solution;
use crate::stop_signal::StopSignal;

/// Which request goes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// The cheapest.
    Greedy,
    /// The one whose best vehicle is furthest ahead of its second to k-th best.
    Regret(usize),
}

impl Style {
    pub const ALL: [Self; 3] = [Self::Greedy, Self::Regret(2), Self::Regret(3)];
    /// How often each is drawn at first.
    pub const WEIGHTS: [f64; 3] = [1.0, 2.0, 1.0];
}

/// Reinserts requests, keeping the cheapest insertion per request and vehicle until the vehicle's route changes.
pub(super) struct Reinserter<'a> {
    problem: &'a Problem,
    stop: StopSignal<'a>,
    scratch: Scratch,
    /// Row-major: waiting request × vehicle.
    cheapest: Vec<Option<Insertion>>,
    /// By vehicle: nothing is inserted there for now.
    pub closed: Vec<bool>,
}

/// Stands for "fits nowhere": more than any cost, small enough to add up.
const NOWHERE: i64 = i64::MAX / 64;

impl<'a> Reinserter<'a> {
    pub fn new(problem: &'a Problem, stop: StopSignal<'a>) -> Self {
        Self {
            problem,
            stop,
            scratch: Scratch::default(),
            cheapest: Vec::new(),
            closed: vec![false; problem.vehicles().len()],
        }
    }

    /// Serves as many of `waiting` as fit; costs are blurred by up to the share `noise` for diversity. Once the stop
    /// signal is raised the rest stays unserved.
    pub fn reinsert(
        &mut self,
        solution: &mut Solution,
        waiting: &[RequestIndex],
        style: Style,
        noise: f64,
        random: &mut ChaCha8Rng,
    ) {
        let vehicles = solution.routes.len();
        let mut waiting = waiting.to_vec();
        let blur: Vec<f64> =
            waiting.iter().map(|_| if noise > 0.0 { 1.0 + random.random_range(-noise..noise) } else { 1.0 }).collect();
        let mut blur = blur;
        self.cheapest.clear();
        for &request in &waiting {
            if self.stop.is_raised() {
                return;
            }
            for vehicle in 0..vehicles {
                let found = self.cheapest_insertion(solution, request, vehicle);
                self.cheapest.push(found);
            }
        }
        while let Some((row, insertion)) = self.next(&waiting, &blur, vehicles, style) {
            if self.stop.is_raised() {
                return;
            }
            let opened = solution.routes[insertion.vehicle].stops.is_empty();
            solution.insert(self.problem, waiting[row], insertion);
            waiting.swap_remove(row);
            blur.swap_remove(row);
            let last = waiting.len();
            for vehicle in 0..vehicles {
                self.cheapest[row * vehicles + vehicle] = self.cheapest[last * vehicles + vehicle];
            }
            self.cheapest.truncate(last * vehicles);
            for (row, &request) in waiting.iter().enumerate() {
                self.cheapest[row * vehicles + insertion.vehicle] =
                    self.cheapest_insertion(solution, request, insertion.vehicle);
                if opened && insertion.vehicle + 1 < vehicles {
                    let vehicle = insertion.vehicle + 1;
                    self.cheapest[row * vehicles + vehicle] = self.cheapest_insertion(solution, request, vehicle);
                }
            }
        }
    }

    /// Of equal idle vehicles in a row only the first is tried.
    fn cheapest_insertion(&mut self, solution: &Solution, request: RequestIndex, vehicle: usize) -> Option<Insertion> {
        let idle = |vehicle: usize| solution.routes[vehicle].stops.is_empty();
        let specs = self.problem.vehicles();
        let open_and_idle = |vehicle: usize| idle(vehicle) && !self.closed[vehicle];
        if self.closed[vehicle]
            || (vehicle > 0 && idle(vehicle) && open_and_idle(vehicle - 1) && specs[vehicle] == specs[vehicle - 1])
        {
            return None;
        }
        cheapest_on(self.problem, solution, self.problem.request(request), vehicle, None, &mut self.scratch)
    }

    fn next(
        &self,
        waiting: &[RequestIndex],
        blur: &[f64],
        vehicles: usize,
        style: Style,
    ) -> Option<(usize, Insertion)> {
        let mut chosen: Option<((i64, i64), usize, Insertion)> = None;
        for (row, &blur) in blur[..waiting.len()].iter().enumerate() {
            let options = &self.cheapest[row * vehicles..(row + 1) * vehicles];
            let Some((insertion, regret)) = best_and_regret(options, style) else { continue };
            let cost = (insertion.cost as f64 * blur) as i64;
            let key = (-(regret as f64 * blur) as i64, cost);
            if chosen.is_none_or(|(other, ..)| key < other) {
                chosen = Some((key, row, insertion));
            }
        }
        chosen.map(|(_, row, insertion)| (row, insertion))
    }
}

/// The best insertion, and the summed lead over the second to k-th (0 for greedy).
fn best_and_regret(options: &[Option<Insertion>], style: Style) -> Option<(Insertion, i64)> {
    let count = match style {
        Style::Greedy => 1,
        Style::Regret(count) => count,
    };
    let mut costs = [NOWHERE; 4];
    let mut best: Option<Insertion> = None;
    for insertion in options.iter().flatten() {
        if best.is_none_or(|best| *insertion < best) {
            best = Some(*insertion);
        }
        let mut cost = insertion.cost;
        for place in &mut costs[..count] {
            if cost < *place {
                std::mem::swap(&mut cost, place);
            }
        }
    }
    let best = best?;
    Some((best, costs[1..count].iter().map(|cost| cost - costs[0]).sum()))
}
