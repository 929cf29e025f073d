//! Which rules are drawn how often: those that helped lately, more often (Ropke & Pisinger 2006, section 3.4).

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Rounds after which the weights learn from the rewards.
const SEGMENT: u32 = 100;
/// How much of a new weight comes from the last segment (their r).
const REACTION: f64 = 0.1;
/// No rule falls below this share of its first weight, so that it can come back.
const FLOOR: f64 = 0.2;

/// What a round was good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The best solution so far.
    Best,
    /// Better than the present one.
    Better,
    /// Worse, but the search goes on from there.
    Accepted,
    /// Thrown away.
    Rejected,
}

impl Outcome {
    /// Their sigmas, but a worse solution earns least: visited ones aren't remembered.
    fn reward(self) -> f64 {
        match self {
            Self::Best => 33.0,
            Self::Better => 13.0,
            Self::Accepted => 9.0,
            Self::Rejected => 0.0,
        }
    }
}

/// The weights of some rules, and what they earned in the present segment.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Weights<const RULES: usize> {
    first: [f64; RULES],
    weights: [f64; RULES],
    earned: [f64; RULES],
    drawn: [u32; RULES],
}

impl<const RULES: usize> Weights<RULES> {
    /// Positive weights to begin with.
    pub fn new(first: [f64; RULES]) -> Self {
        Self { first, weights: first, earned: [0.0; RULES], drawn: [0; RULES] }
    }

    /// A rule, by weight.
    pub fn draw(&self, random: &mut ChaCha8Rng) -> usize {
        let mut left = random.random::<f64>() * self.weights.iter().sum::<f64>();
        for (rule, weight) in self.weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return rule;
            }
        }
        RULES - 1
    }

    /// Tells what the round with this rule was good for.
    pub fn reward(&mut self, rule: usize, outcome: Outcome) {
        self.earned[rule] += outcome.reward();
        self.drawn[rule] += 1;
        if self.drawn.iter().sum::<u32>() < SEGMENT {
            return;
        }
        let total: f64 = self.first.iter().sum();
        let mean = self.earned.iter().sum::<f64>() / f64::from(SEGMENT);
        for rule in (0..RULES).filter(|&rule| self.drawn[rule] > 0 && mean > 0.0) {
            let success = self.earned[rule] / f64::from(self.drawn[rule]) / mean;
            let learned = (1.0 - REACTION) * self.weights[rule] + REACTION * success * total / RULES as f64;
            self.weights[rule] = learned.max(FLOOR * self.first[rule]);
        }
        self.earned = [0.0; RULES];
        self.drawn = [0; RULES];
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn rules_that_help_are_drawn_more_often_and_others_never_vanish() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut weights = Weights::new([1.0, 1.0]);
        for _ in 0..100 * SEGMENT {
            let rule = weights.draw(&mut random);
            weights.reward(rule, if rule == 0 { Outcome::Best } else { Outcome::Rejected });
        }
        let draws = (0..1_000).filter(|_| weights.draw(&mut random) == 1).count();
        assert!((50..300).contains(&draws), "{draws} of 1,000");
    }

    #[test]
    fn segments_without_any_success_teach_nothing() {
        let mut weights = Weights::new([1.0, 3.0]);
        (0..SEGMENT).for_each(|_| weights.reward(0, Outcome::Rejected));
        assert_eq!(weights, Weights::new([1.0, 3.0]));
    }
}
