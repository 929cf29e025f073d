//! Random choices of the generator: ChaCha8 from a seed, integers and a few exact floating-point operations.
//!
//! Only `+ - * /` and `sqrt` are used on floating-point numbers in this room, because IEEE 754 fixes their results to
//! the bit: the same seed gives the same scenario on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// A seeded source of choices.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// `stream` keeps the topics apart: another fleet doesn't move the rivers.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream);
        Self(generator)
    }

    /// At least 0, below 1.
    pub(super) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Between the two, the upper end excluded.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// One of `0..count`.
    pub(super) fn below(&mut self, count: usize) -> usize {
        assert!(count > 0, "a choice needs something to choose from");
        (self.unit() * count as f64) as usize
    }

    /// True in that share of the cases.
    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// One of the items.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// An index, in proportion to its weight; the weights are not negative and not all zero.
    pub(super) fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut rest = self.unit() * weights.iter().sum::<f64>();
        for (index, weight) in weights.iter().enumerate() {
            if rest < *weight {
                return index;
            }
            rest -= weight;
        }
        weights.iter().rposition(|&weight| weight > 0.0).expect("some weight is positive")
    }
}

/// Splits a whole into integer shares in proportion to the weights, each at least `least`; the shares sum to the
/// whole (largest remainders, ties by position).
pub(super) fn apportion(whole: i64, least: i64, weights: &[f64]) -> Vec<i64> {
    let free = whole - least * weights.len() as i64;
    assert!(free >= 0 && !weights.is_empty(), "the whole is large enough for the least shares");
    let sum: f64 = weights.iter().sum();
    let exact: Vec<f64> = weights.iter().map(|weight| free as f64 * weight / sum).collect();
    let mut shares: Vec<i64> = exact.iter().map(|&share| share as i64).collect();
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by(|&a, &b| {
        let remainder = |index: usize| exact[index] - shares[index] as f64;
        remainder(b).total_cmp(&remainder(a)).then(a.cmp(&b))
    });
    let missing = free - shares.iter().sum::<i64>();
    for &index in by_remainder.iter().cycle().take(missing.max(0) as usize) {
        shares[index] += 1;
    }
    shares.into_iter().map(|share| share + least).collect()
}
