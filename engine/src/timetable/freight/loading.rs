//! Who travels which way: the room that is left, loading at the prices of the relaxation, and ruin and recreate.

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::problem::{Hold, PER_FEN};
use super::relaxation::{Question, Relaxed, Toll};
use super::ways::{Labels, Way};
use crate::stop_signal::StopSignal;

/// What is loaded, and what that costs.
pub(super) struct Loading<'a> {
    question: &'a Question<'a>,
    /// By segment: room that is left.
    pub room: Vec<Hold>,
    /// By goods: its way; `None` if it is left over.
    pub ways: Vec<Option<Way>>,
    /// In 3,600ths of a fen.
    pub cost: i64,
    labels: Labels,
}

/// A worse loading is gone on from if it costs at most so much more than the best; less and less towards the end.
const MOST_WORSE: i64 = 1_000 * PER_FEN;
/// So many consignments are taken out at a time, at most.
const MOST_RUINED: usize = 12;
/// So many that are left over are tried again at a time, at most.
const MOST_RETRIED: usize = 8;

impl<'a> Loading<'a> {
    /// Everything left over.
    pub fn nothing(question: &'a Question<'a>) -> Self {
        Self {
            question,
            room: question.timeline.segments.iter().map(|segment| segment.hold).collect(),
            ways: vec![None; question.ways.len()],
            cost: question.left_over.iter().sum(),
            labels: Labels::default(),
        }
    }

    fn load(&self, goods: usize) -> Hold {
        self.question.problem.goods[goods].load
    }

    fn put(&mut self, goods: usize, way: Way) {
        let load = self.load(goods);
        for segment in way.segments() {
            self.room[segment] = self.room[segment].less(load);
        }
        self.cost += way.cost - self.question.left_over[goods];
        self.ways[goods] = Some(way);
    }

    fn take(&mut self, goods: usize) -> Option<Way> {
        let way = self.ways[goods].take()?;
        let load = self.load(goods);
        for segment in way.segments() {
            self.room[segment] = self.room[segment].plus(load);
        }
        self.cost += self.question.left_over[goods] - way.cost;
        Some(way)
    }

    /// The cheapest way with the room that is left, at a multiple of the tolls, in quarters.
    pub fn cheapest(&mut self, goods: usize, (tolls, quarters): (&[Toll], i64)) -> Option<(i64, Way)> {
        let (load, room) = (self.load(goods), &self.room);
        let price = |segment: usize| {
            let toll = if quarters == 0 { 0 } else { tolls[segment].of(load) * quarters / 4 };
            load.fits_in(room[segment]).then_some(toll)
        };
        self.question.ways[goods].cheapest(price, &mut self.labels)
    }

    /// Puts them one after the other, each if that pays at these prices; then once more whoever was left over, if it pays without.
    fn put_all(&mut self, order: &[usize], prices: (&[Toll], i64)) {
        for prices in [prices, (prices.0, 0)] {
            for &goods in order {
                if self.ways[goods].is_none()
                    && let Some((cost, way)) = self.cheapest(goods, prices)
                    && cost < self.question.left_over[goods]
                {
                    self.put(goods, way);
                }
            }
        }
    }

    /// Goods whose loss would be dearest first: what leaving over costs beyond the cheapest priced way.
    fn by_regret(&mut self, goods: &mut [usize], tolls: &[Toll]) {
        let mut regrets = vec![0; self.ways.len()];
        for &one in goods.iter() {
            let found = self.cheapest(one, (tolls, 4));
            regrets[one] = found.map_or(0, |(cost, _)| self.question.left_over[one] - cost);
        }
        goods.sort_by_key(|&one| (-regrets[one], one));
    }

    /// The ways of the relaxation as far as they fit, then the rest at its prices.
    pub fn greedy(question: &'a Question<'a>, relaxed: &Relaxed) -> Self {
        let mut loading = Self::nothing(question);
        for (goods, way) in &relaxed.ways {
            let load = loading.load(*goods);
            let fits = way.segments().all(|segment| load.fits_in(loading.room[segment]));
            if loading.ways[*goods].is_none() && fits && way.cost < question.left_over[*goods] {
                loading.put(*goods, way.clone());
            }
        }
        let mut rest: Vec<usize> = (0..loading.ways.len()).filter(|&goods| loading.ways[goods].is_none()).collect();
        loading.by_regret(&mut rest, &relaxed.tolls);
        loading.put_all(&rest, (&relaxed.tolls, 4));
        loading
    }

    /// Ruin and recreate for so many rounds, or until the bound is reached: ends with the best loading seen.
    pub fn improve(&mut self, relaxed: &Relaxed, (rounds, seed): (u32, u64), stop: StopSignal) {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let (mut best_cost, mut best) = (self.cost, self.ways.clone());
        let open: Vec<usize> = (0..self.ways.len()).filter(|&goods| !self.question.ways[goods].is_empty()).collect();
        for round in 0..rounds {
            // Whole fen are told: less than one more than the bound is as good as the bound.
            if best_cost - relaxed.lower_bound < PER_FEN || open.is_empty() || stop.is_raised() {
                break;
            }
            let before = self.cost;
            let touched = self.ruin(&open, &mut dice);
            let undone: Vec<(usize, Option<Way>)> = touched.iter().map(|&goods| (goods, self.take(goods))).collect();
            let mut order = touched;
            match dice.random_range(0..3) {
                0 => self.by_regret(&mut order, &relaxed.tolls),
                1 => order.sort_by_key(|&goods| (-self.question.left_over[goods], goods)),
                _ => order.shuffle(&mut dice),
            }
            self.put_all(&order, (&relaxed.tolls, [0, 2, 4, 6][dice.random_range(0..4)]));
            let left = i64::from(rounds - round) * MOST_WORSE / i64::from(rounds);
            if self.cost > before && self.cost > best_cost + left {
                for &(goods, _) in &undone {
                    self.take(goods);
                }
                for (goods, way) in undone {
                    way.into_iter().for_each(|way| self.put(goods, way));
                }
            }
            if self.cost < best_cost {
                (best_cost, best) = (self.cost, self.ways.clone());
            }
        }
        for goods in 0..self.ways.len() {
            self.take(goods);
        }
        for (goods, way) in best.into_iter().enumerate() {
            way.into_iter().for_each(|way| self.put(goods, way));
        }
        // No room is left unused that pays: reasons rely on it.
        let (all, free): (Vec<usize>, [Toll; 0]) = ((0..self.ways.len()).collect(), []);
        self.put_all(&all, (&free, 0));
    }

    /// Some of what travels with one service, or any, and some of what is left over.
    fn ruin(&self, open: &[usize], dice: &mut ChaCha8Rng) -> Vec<usize> {
        let (mut loaded, mut left): (Vec<usize>, Vec<usize>) =
            open.iter().partition(|&&goods| self.ways[goods].is_some());
        left.shuffle(dice);
        left.truncate(dice.random_range(1..=MOST_RETRIED));
        // Beside something that is left over, on a service it could use; else beside anything that is loaded.
        let seed = left.first().or(open.first()).copied().filter(|_| dice.random_bool(0.7));
        let services: Vec<usize> = match seed {
            Some(goods) => self.question.ways[goods].segments().map(|segment| self.service(segment)).collect(),
            None => loaded
                .get(dice.random_range(0..loaded.len().max(1)))
                .and_then(|&goods| self.ways[goods].as_ref())
                .map_or(Vec::new(), |way| way.segments().map(|segment| self.service(segment)).collect()),
        };
        if !services.is_empty() && dice.random_bool(0.8) {
            let service = services[dice.random_range(0..services.len())];
            loaded.retain(|&goods| {
                let way = self.ways[goods].as_ref();
                way.is_some_and(|way| way.segments().any(|segment| self.service(segment) == service))
            });
        }
        loaded.shuffle(dice);
        loaded.truncate(dice.random_range(1..=MOST_RUINED));
        loaded.extend(left);
        loaded
    }

    fn service(&self, segment: usize) -> usize {
        self.question.timeline.segments[segment].service
    }
}
