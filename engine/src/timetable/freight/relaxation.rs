//! Prices of full holds by column generation, and the bound that follows from them.
//!
//! The bound is Lagrangian: at any prices of kilograms and litres, all consignments on their cheapest priced ways (or left over)
//! less what all holds are worth. Prices are rounded to whole numbers before the search, which is exact, so that nothing the
//! linear program gets wrong makes the bound invalid.

use super::master::{Dimension, Master, Offer, Solved};
use super::problem::{FreightProblem, Hold, PER_FEN};
use super::timeline::Timeline;
use super::ways::{Labels, Way, Ways};
use crate::stop_signal::StopSignal;

/// What a kilogram and a litre cost on a segment, in 3,600ths of a fen; whole and not negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Toll {
    pub kilogram: i64,
    pub litre: i64,
}

/// What the linear program leaves behind.
pub(super) struct Relaxed {
    /// By segment: the prices that gave the best bound.
    pub tolls: Vec<Toll>,
    /// In 3,600ths of a fen.
    pub lower_bound: i64,
    /// Goods and ways of the last optimum with their shares, largest share first.
    pub ways: Vec<(usize, Way)>,
}

impl Toll {
    /// For a whole load.
    pub const fn of(self, load: Hold) -> i64 {
        self.kilogram * load.kilograms as i64 + self.litre * load.litres as i64
    }
}

/// What is asked of the relaxation.
pub(super) struct Question<'a> {
    pub problem: &'a FreightProblem,
    pub timeline: &'a Timeline,
    /// By goods.
    pub ways: &'a [Ways],
    /// By goods, in 3,600ths of a fen.
    pub left_over: &'a [i64],
}

/// A hold may be exceeded by this share before it becomes a row.
const TOLERANCE: f64 = 1e-7;

impl Question<'_> {
    /// Rounds of pricing until nothing is left to add, or so many.
    pub fn relax(&self, rounds: u32, stop: StopSignal) -> Relaxed {
        let segments = &self.timeline.segments;
        let loads: Vec<Hold> = self.problem.goods.iter().map(|goods| goods.load).collect();
        let mut master = Master::new(segments.len(), self.left_over, loads);
        let mut labels = Labels::default();
        let free = vec![Toll::default(); segments.len()];
        let (lower_bound, cheapest) = self.priced(&free, &mut labels);
        let mut best = Relaxed { tolls: free, lower_bound, ways: Vec::new() };
        for (goods, (_, way)) in cheapest {
            master.offer(Offer { goods, way });
        }
        for _ in 0..rounds {
            if stop.is_raised() {
                break;
            }
            let Some(solved) = master.solve() else { break };
            best.ways = ways_by_share(&master, &solved);
            let is_limited = self.limit_exceeded(&mut master, &solved);
            let tolls = self.tolls(&solved);
            let (lower_bound, cheapest) = self.priced(&tolls, &mut labels);
            if lower_bound > best.lower_bound {
                (best.lower_bound, best.tolls) = (lower_bound, tolls);
            }
            let mut is_done = !is_limited;
            for (goods, (cost, way)) in cheapest {
                // Within a hundredth of a fen the program's duals are no better than noise.
                if (cost as f64) < solved.goods[goods] * PER_FEN as f64 - 0.01 * PER_FEN as f64 {
                    master.offer(Offer { goods, way });
                    is_done = false;
                }
            }
            let is_close = !is_limited && solved.cost * PER_FEN as f64 - (best.lower_bound as f64) < PER_FEN as f64;
            if is_done || is_close {
                break;
            }
        }
        best
    }

    /// The bound at these prices, and every consignment's cheapest way if that costs less than leaving it over.
    fn priced(&self, tolls: &[Toll], labels: &mut Labels) -> (i64, Vec<(usize, (i64, Way))>) {
        let holds = self.timeline.segments.iter().zip(tolls).map(|(segment, toll)| toll.of(segment.hold));
        let mut bound = -holds.sum::<i64>();
        let mut cheapest = Vec::new();
        for (goods, (ways, &left_over)) in self.ways.iter().zip(self.left_over).enumerate() {
            let load = self.problem.goods[goods].load;
            match ways.cheapest(|segment| Some(tolls[segment].of(load)), labels) {
                Some((cost, way)) if cost < left_over => {
                    bound += cost;
                    cheapest.push((goods, (cost, way)));
                }
                _ => bound += left_over,
            }
        }
        (bound, cheapest)
    }

    fn tolls(&self, solved: &Solved) -> Vec<Toll> {
        let mut tolls = vec![Toll::default(); self.timeline.segments.len()];
        for &((segment, dimension), price) in &solved.rooms {
            let price = price.max(0.0).round() as i64;
            match dimension {
                Dimension::Kilograms => tolls[segment].kilogram = price,
                Dimension::Litres => tolls[segment].litre = price,
            }
        }
        tolls
    }

    /// Of every service the segment that is exceeded most becomes a row: its neighbours carry much the same.
    fn limit_exceeded(&self, master: &mut Master, solved: &Solved) -> bool {
        let segments = &self.timeline.segments;
        let mut worst: Vec<Option<(f64, usize)>> = vec![None; 2 * self.problem.services.len()];
        let mut carried = vec![[0.0_f64; 2]; segments.len()];
        for (offer, &value) in master.offers().iter().zip(&solved.values) {
            if value > TOLERANCE {
                let load = self.problem.goods[offer.goods].load;
                for segment in offer.way.segments() {
                    carried[segment][0] += value * f64::from(load.kilograms);
                    carried[segment][1] += value * f64::from(load.litres);
                }
            }
        }
        for (index, segment) in segments.iter().enumerate() {
            for (position, dimension) in Dimension::BOTH.into_iter().enumerate() {
                let hold = f64::from(dimension.of(segment.hold));
                let excess = carried[index][position] / hold.max(1.0) - 1.0;
                let worst = &mut worst[2 * segment.service + position];
                if carried[index][position] > hold && excess > TOLERANCE && worst.is_none_or(|(most, _)| excess > most)
                {
                    *worst = Some((excess, index));
                }
            }
        }
        let mut is_limited = false;
        for (key, worst) in worst.into_iter().enumerate() {
            if let Some((_, segment)) = worst {
                let dimension = Dimension::BOTH[key % 2];
                is_limited |= master.limit(segment, dimension, dimension.of(segments[segment].hold));
            }
        }
        is_limited
    }
}

fn ways_by_share(master: &Master, solved: &Solved) -> Vec<(usize, Way)> {
    let mut used: Vec<usize> = (0..solved.values.len()).filter(|&offer| solved.values[offer] > 0.01).collect();
    used.sort_by(|&one, &other| solved.values[other].total_cmp(&solved.values[one]).then(one.cmp(&other)));
    used.into_iter().map(|offer| (master.offers()[offer].goods, master.offers()[offer].way.clone())).collect()
}
