//! How much the rest of a run can gain at most: what tells pricing which beginnings to drop.

use super::calls::Offer;
use super::instance::Instance;
use super::tails::TailTask;

/// What a run may still gain at most with so many seats free and so much of the longest ride left: every stop once, each at the end of
/// its cheapest leg and of its quickest. A beginning that costs more than that is the beginning of no run that gains.
pub(super) struct StillToGain {
    /// By free seats, then [`STEPS`] + 1 amounts of time.
    most: Vec<i64>,
    seconds_per_step: i32,
}

const STEPS: usize = 48;

impl StillToGain {
    /// For runs of a kind with so many seats; legs cost `arcs`, row-major by node.
    pub fn new(instance: &Instance, (kind, seats): (usize, usize), offers: &[Vec<Offer>], arcs: &[i64]) -> Self {
        Self::from(instance, (kind, seats), (offers, arcs), None)
    }

    /// What the calls of a run before a certain one gain at most: they may be reached from the hub too.
    pub fn of_beginnings(instance: &Instance, task: &TailTask<'_>) -> Self {
        Self::from(instance, (task.kind, task.seats), (task.offers, task.arcs), Some(task.hub))
    }

    fn from(
        instance: &Instance,
        (kind, seats): (usize, usize),
        (offers, arcs): (&[Vec<Offer>], &[i64]),
        hub: Option<usize>,
    ) -> Self {
        let nodes = instance.nodes();
        let seconds_per_step = (instance.longest_ride / STEPS as i32).max(1);
        let mut most = vec![0_i64; (seats + 1) * (STEPS + 1)];
        for stop in instance.stop_nodes().filter(|&stop| !offers[stop].is_empty()) {
            let others = || instance.stop_nodes().filter(move |&other| other != stop).chain(hub);
            let Some(cost) = others().map(|other| arcs[other * nodes + stop]).min() else { continue };
            let seconds = others().map(|other| instance.seconds(kind, other, stop)).min().unwrap_or(0);
            let steps = ((seconds + instance.per_call) / seconds_per_step) as usize;
            // The best of any number of people, as if nobody were taken elsewhere.
            let mut profits: Vec<i64> = Vec::new();
            for offer in &offers[stop] {
                let room = seats - profits.len();
                profits.extend(std::iter::repeat_n(offer.profit, room.min(offer.people as usize)));
            }
            for free in (1..=seats).rev() {
                for left in (steps..=STEPS).rev() {
                    let mut gain = -cost;
                    let mut best = most[free * (STEPS + 1) + left];
                    for (taken, profit) in (1..=free).zip(&profits) {
                        gain += profit;
                        best = best.max(gain + most[(free - taken) * (STEPS + 1) + left - steps]);
                        if *profit <= 0 {
                            break;
                        }
                    }
                    most[free * (STEPS + 1) + left] = best;
                }
            }
        }
        Self { most, seconds_per_step }
    }

    #[inline]
    pub fn most(&self, free_seats: usize, seconds_left: i32) -> i64 {
        let steps = (seconds_left.max(0) / self.seconds_per_step) as usize + 1;
        self.most[free_seats * (STEPS + 1) + steps.min(STEPS)]
    }
}
