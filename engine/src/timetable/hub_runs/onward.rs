//! How much the way onward can gain at most from each stop: what tells pricing which legs not to look at.
//!
//! The best way on with so many seats free, if a run could take everybody at a stop each time it comes there, and only couldn't turn round
//! at once. That is no less than what it can gain in truth.

use super::calls::Offer;

/// By free seats and stop, what a run that arrives there gains at most, those taken there included.
pub(super) struct Onward {
    nodes: usize,
    /// By free seats, then node: what is gained by calling there and going on, and where to the best way leads next …
    best: Vec<(i64, u32)>,
    /// … and by any way that leads elsewhere.
    second: Vec<i64>,
    /// By free seats, then node: what is gained behind it by going on from there, and the first stop of the best way …
    best_on: Vec<(i64, u32)>,
    /// … and by any way with another first stop.
    second_on: Vec<i64>,
}

/// A way that leads nowhere.
const END: u32 = u32::MAX;

impl Onward {
    /// For runs with so many seats; legs cost `arcs`, row-major by node.
    pub fn new(seats: usize, offers: &[Vec<Offer>], arcs: &[i64]) -> Self {
        let nodes = offers.len();
        let size = (seats + 1) * nodes;
        let mut onward = Self {
            nodes,
            best: vec![(i64::MIN, END); size],
            second: vec![i64::MIN; size],
            best_on: vec![(0, END); size],
            second_on: vec![0; size],
        };
        let stops: Vec<usize> = (0..nodes).filter(|&node| !offers[node].is_empty()).collect();
        let profits: Vec<Vec<i64>> = offers.iter().map(|offers| profits(offers, seats)).collect();
        for free in 1..=seats {
            for &stop in &stops {
                onward.arrive(free, stop, &profits[stop]);
            }
            for node in 0..nodes {
                onward.go_on(free, node, &stops, arcs);
            }
        }
        onward
    }

    /// A run comes to a stop with so many seats free, and takes one or more.
    fn arrive(&mut self, free: usize, stop: usize, profits: &[i64]) {
        let place = free * self.nodes + stop;
        let takings = |of: &dyn Fn(usize) -> i64| {
            let taken = profits.iter().take(free).enumerate().map(|(index, gained)| gained + of(free - index - 1));
            taken.max().unwrap_or(i64::MIN)
        };
        let behind = |free: usize| self.best_on[free * self.nodes + stop];
        let mut best = (i64::MIN, END);
        for (index, gained) in profits.iter().take(free).enumerate() {
            let (on, next) = behind(free - index - 1);
            if gained + on > best.0 {
                best = (gained + on, next);
            }
        }
        let elsewhere = |free: usize| match behind(free) {
            (_, next) if next == best.1 => self.second_on[free * self.nodes + stop],
            (on, _) => on,
        };
        self.second[place] = if best.1 == END { best.0 } else { takings(&elsewhere) };
        self.best[place] = best;
    }

    /// It goes on from a node with so many seats free, or ends there.
    fn go_on(&mut self, free: usize, node: usize, stops: &[usize], arcs: &[i64]) {
        let (mut best, mut second) = ((0, END), 0);
        for &next in stops.iter().filter(|&&next| next != node) {
            let gain = self.most(free, node, next) - arcs[node * self.nodes + next];
            if gain > best.0 {
                (best, second) = ((gain, next as u32), best.0);
            } else if gain > second {
                second = gain;
            }
        }
        let place = free * self.nodes + node;
        (self.best_on[place], self.second_on[place]) = (best, second);
    }

    /// What a run gains at most that comes from one node to another with so many seats free, the leg itself not counted.
    #[inline]
    pub fn most(&self, free: usize, from: usize, to: usize) -> i64 {
        let place = free * self.nodes + to;
        let (best, next) = self.best[place];
        if next as usize == from { self.second[place] } else { best }
    }

    /// What it gains at most by going on from a node, to which it came from another, with so many seats free.
    #[inline]
    pub fn most_behind(&self, free: usize, from: usize, node: usize) -> i64 {
        let place = free * self.nodes + node;
        let (best, next) = self.best_on[place];
        if next as usize == from { self.second_on[place] } else { best }
    }
}

/// What the best one, two, three … people gain.
fn profits(offers: &[Offer], seats: usize) -> Vec<i64> {
    let each = offers.iter().flat_map(|offer| std::iter::repeat_n(offer.profit, offer.people.max(0) as usize));
    let sums = each.take(seats).scan(0, |sum, profit| {
        *sum += profit;
        Some(*sum)
    });
    sums.collect()
}
