//! How much the way onward can gain at most from each stop: what tells pricing which legs not to look at.
//!
//! The best way on with so many seats free and so much of the longest ride left, if a run could take everybody at a stop each time it
//! comes there, and only couldn't turn round at once. That is no less than what it can gain in truth. Backwards it tells what the calls
//! before a stop can gain.

use super::calls::Offer;

/// By free seats, time left and stop, what a run that arrives there gains at most, those taken there included.
pub(super) struct Onward {
    nodes: usize,
    steps: usize,
    seconds_per_step: i32,
    /// By free seats, time and node: what is gained by calling there and going on, and where to the best way leads next …
    best: Vec<(i64, u32)>,
    /// … and by any way that leads elsewhere.
    second: Vec<i64>,
    /// By free seats, time and node: what is gained behind it by going on from there, and the first stop of the best way …
    best_on: Vec<(i64, u32)>,
    /// … and by any way with another first stop.
    second_on: Vec<i64>,
}

/// What ways onward are made of.
pub(super) struct Ways<'a> {
    pub seats: usize,
    pub longest_ride: i32,
    /// Time is told apart by so many steps; 0: not at all.
    pub steps: usize,
    /// A run that ends with more free seats is not looked at.
    pub most_free: usize,
    /// Of everybody who is taken, if the run goes on.
    pub per_person: i32,
    /// By node.
    pub offers: &'a [Vec<Offer>],
    /// From a node to the next: what the leg costs, and its seconds with the dwell between the two calls.
    pub leg: &'a dyn Fn(usize, usize) -> (i64, i32),
    /// What it costs and takes to end at a node, if that needs more than to stay there.
    pub end: &'a dyn Fn(usize) -> Option<(i64, i32)>,
}

/// A way that leads nowhere.
const END: u32 = u32::MAX;
/// Less than any way gains, and far from the end of the numbers.
const NEVER: i64 = i64::MIN / 4;

impl Onward {
    /// Of all stops.
    pub fn new(ways: &Ways<'_>) -> Self {
        let nodes = ways.offers.len();
        let seconds_per_step =
            if ways.steps == 0 { i32::MAX / 2 } else { (ways.longest_ride / ways.steps as i32).max(1) };
        let size = (ways.seats + 1) * (ways.steps + 1) * nodes;
        let mut onward = Self {
            nodes,
            steps: ways.steps,
            seconds_per_step,
            best: vec![(NEVER, END); size],
            second: vec![NEVER; size],
            best_on: vec![(NEVER, END); size],
            second_on: vec![NEVER; size],
        };
        let stops: Vec<usize> = (0..nodes).filter(|&node| !ways.offers[node].is_empty()).collect();
        let profits: Vec<Vec<i64>> = ways.offers.iter().map(|offers| profits(offers, ways.seats)).collect();
        let legs: Vec<(i64, i32)> = (0..nodes * nodes).map(|leg| (ways.leg)(leg / nodes, leg % nodes)).collect();
        for free in 0..=ways.seats {
            for step in 0..=ways.steps {
                for &stop in stops.iter().filter(|_| free > 0) {
                    onward.arrive((free, step), stop, (ways, &profits[stop]));
                }
            }
            for step in 0..=ways.steps {
                for node in 0..nodes {
                    onward.go_on((free, step), node, (ways, &stops, &legs));
                }
            }
        }
        onward
    }

    fn place(&self, free: usize, step: usize, node: usize) -> usize {
        (free * (self.steps + 1) + step) * self.nodes + node
    }

    /// The most time that a step stands for.
    fn seconds(&self, step: usize) -> i32 {
        if step == self.steps { i32::MAX } else { (step as i32 + 1) * self.seconds_per_step - 1 }
    }

    fn step(&self, seconds: i32) -> usize {
        ((seconds / self.seconds_per_step) as usize).min(self.steps)
    }

    /// A run comes to a stop with so many seats and so much time, and takes one or more.
    fn arrive(&mut self, (free, step): (usize, usize), stop: usize, (ways, profits): (&Ways<'_>, &[i64])) {
        let ends_here = (ways.end)(stop).is_none();
        // What is behind it with so many people taken: the best way, and the best that begins elsewhere than that.
        let behind = |taken: usize| {
            let left =
                self.seconds(step).saturating_sub(if step == self.steps { 0 } else { taken as i32 * ways.per_person });
            if left < 0 {
                let may_end = ends_here && free - taken <= ways.most_free;
                return ((if may_end { 0 } else { NEVER }, END), NEVER);
            }
            let place = self.place(free - taken, self.step(left), stop);
            (self.best_on[place], self.second_on[place])
        };
        let (mut best, mut second) = ((NEVER, END), NEVER);
        for (index, gained) in profits.iter().take(free).enumerate() {
            let ((on, next), _) = behind(index + 1);
            if gained + on > best.0 {
                best = (gained + on, next);
            }
        }
        for (index, gained) in profits.iter().take(free).enumerate() {
            let ((on, next), second_on) = behind(index + 1);
            let elsewhere = if next == best.1 && next != END { second_on } else { on };
            second = second.max(gained + elsewhere);
        }
        let place = self.place(free, step, stop);
        (self.best[place], self.second[place]) = (best, second);
    }

    /// It goes on from a node with so many seats free and so much time, or ends there.
    fn go_on(
        &mut self,
        (free, step): (usize, usize),
        node: usize,
        (ways, stops, legs): (&Ways<'_>, &[usize], &[(i64, i32)]),
    ) {
        let left = self.seconds(step);
        let end = match (ways.end)(node) {
            _ if free > ways.most_free => NEVER,
            None => 0,
            Some((cost, seconds)) if seconds <= left => -cost,
            Some(_) => NEVER,
        };
        let (mut best, mut second) = ((end, END), end);
        for &next in stops.iter().filter(|&&next| next != node && free > 0) {
            let (cost, seconds) = legs[node * self.nodes + next];
            if seconds <= left {
                let gain = self.at(free, self.step(left - seconds), node, next) - cost;
                if gain > best.0 {
                    (best, second) = ((gain, next as u32), best.0);
                } else if gain > second {
                    second = gain;
                }
            }
        }
        let place = self.place(free, step, node);
        (self.best_on[place], self.second_on[place]) = (best, second);
    }

    #[inline]
    fn at(&self, free: usize, step: usize, from: usize, to: usize) -> i64 {
        let place = self.place(free, step, to);
        let (best, next) = self.best[place];
        if next as usize == from { self.second[place] } else { best }
    }

    /// What a run gains at most that comes from one node to another with so many seats free and so much time left, the leg itself not counted.
    #[inline]
    pub fn most(&self, free: usize, left: i32, from: usize, to: usize) -> i64 {
        self.at(free, self.step(left.max(0)), from, to)
    }

    /// What it gains at most by going on from a node, to which it came from another, with so many seats free and so much time left.
    #[inline]
    pub fn most_behind(&self, free: usize, left: i32, from: usize, node: usize) -> i64 {
        let place = self.place(free, self.step(left.max(0)), node);
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
