//! The best chains at given prices of segments: shortest paths through an acyclic network, exactly, in integers.

use super::reduced::{Column, IMPOSSIBLE, Reduced, ReducedClass};

/// Room for the labels of one class, kept from round to round.
pub(super) struct Pricing {
    /// By segment: the least cost of beginning a chain and working it up to this segment, its price earned.
    towards: Vec<i64>,
    /// By segment: the least cost of working this segment and the rest of the chain, its price earned.
    onwards: Vec<i64>,
    /// By segment: the one before on the best chain; itself at the beginning.
    before: Vec<u32>,
    /// By segment: the one behind on the best chain; itself at the end.
    behind: Vec<u32>,
    is_taken: Vec<bool>,
}

/// Which chains become columns.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// At most so many of each class, of which no two share much, that earn more than the class's rent (not negative).
    Paying { rents: &'a [i64], most: usize },
    /// The best through each segment in each class, whether it pays or not.
    OneThroughEach,
}

/// What a round of pricing came to.
pub(super) struct Priced {
    /// Nothing costs less in the reduced problem; multiplied by the scale.
    pub bound: i64,
    /// By class: of the best chain at these prices; not above zero.
    pub least: Vec<i64>,
    /// Chains that would pay, the best through as many segments as possible.
    pub columns: Vec<Column>,
}

impl Pricing {
    pub fn new(reduced: &Reduced) -> Self {
        let count = reduced.segments.len();
        Self {
            towards: vec![IMPOSSIBLE; count],
            onwards: vec![IMPOSSIBLE; count],
            before: vec![0; count],
            behind: vec![0; count],
            is_taken: vec![false; count],
        }
    }

    /// Prices all classes.
    ///
    /// The bound relaxes that each segment is worked once: at these prices every vehicle takes its best chain or stays, and
    /// every segment that is cheaper to leave out than its price is left out.
    pub fn price(&mut self, reduced: &Reduced, prices: &[i64], wanted: Wanted<'_>) -> Priced {
        let mut bound: i64 =
            prices.iter().zip(&reduced.prices).map(|(&price, &out)| price + (out - price).min(0)).sum();
        let (mut least, mut columns) = (Vec::with_capacity(reduced.classes.len()), Vec::new());
        for (index, class) in reduced.classes.iter().enumerate() {
            self.label(reduced, class, prices);
            let starts = class.workable.iter();
            let best =
                starts.map(|here| self.onwards[here.segment].saturating_add(here.pull_out)).min().unwrap_or(0).min(0);
            least.push(best);
            bound += best * i64::from(class.vehicles);
            match wanted {
                Wanted::Paying { rents, .. } if best >= -rents[index] => {}
                _ => self.collect(reduced, index, prices, wanted, &mut columns),
            }
        }
        Priced { bound, least, columns }
    }

    /// Shortest ways from the depot to every segment and on from there.
    fn label(&mut self, reduced: &Reduced, class: &ReducedClass, prices: &[i64]) {
        let links = &reduced.kinds[class.kind];
        self.towards.fill(IMPOSSIBLE);
        self.onwards.fill(IMPOSSIBLE);
        for here in &class.workable {
            let (mut best, mut before) = (here.pull_out, here.segment as u32);
            for &(from, cost) in links.incoming(here.segment) {
                let through = self.towards[from as usize] + cost;
                if through < best {
                    (best, before) = (through, from);
                }
            }
            // What is impossible must not become possible by earning.
            if best < IMPOSSIBLE / 2 {
                self.towards[here.segment] = best + here.inner - prices[here.segment];
                self.before[here.segment] = before;
            }
        }
        for here in class.workable.iter().rev() {
            // What has been found on the way back is the best that follows.
            let (mut best, mut behind) = (self.onwards[here.segment], self.behind[here.segment]);
            if here.pull_in < best {
                (best, behind) = (here.pull_in, here.segment as u32);
            }
            if best >= IMPOSSIBLE / 2 {
                self.onwards[here.segment] = IMPOSSIBLE;
                continue;
            }
            let onwards = best + here.inner - prices[here.segment];
            (self.onwards[here.segment], self.behind[here.segment]) = (onwards, behind);
            for &(from, cost) in links.incoming(here.segment) {
                let through = onwards + cost;
                if through < self.onwards[from as usize] {
                    (self.onwards[from as usize], self.behind[from as usize]) = (through, here.segment as u32);
                }
            }
        }
    }

    /// By segment before and segment behind: what the best chain over that link costs in any class, as far as it is below
    /// `threshold`.
    pub fn links_below(&mut self, reduced: &Reduced, prices: &[i64], threshold: i64) -> Vec<(u32, u32)> {
        let mut links = Vec::new();
        for class in &reduced.classes {
            self.label(reduced, class, prices);
            for here in &class.workable {
                for &(from, cost) in reduced.kinds[class.kind].incoming(here.segment) {
                    let before = self.towards[from as usize];
                    if before.saturating_add(self.onwards[here.segment]).saturating_add(cost) < threshold {
                        links.push((from, here.segment as u32));
                    }
                }
            }
        }
        links.sort_unstable();
        links.dedup();
        links
    }

    /// The best chain through each segment, the cheapest first, unless a chain taken before goes through it.
    fn collect(
        &mut self,
        reduced: &Reduced,
        index: usize,
        prices: &[i64],
        wanted: Wanted<'_>,
        columns: &mut Vec<Column>,
    ) {
        let class = &reduced.classes[index];
        let (threshold, most) = match wanted {
            Wanted::Paying { rents, most } => (-rents[index], most),
            Wanted::OneThroughEach => (IMPOSSIBLE / 2, usize::MAX),
        };
        let through = |here: &super::reduced::WorkableSegment| {
            let ways = self.towards[here.segment].saturating_add(self.onwards[here.segment]);
            (ways.saturating_add(prices[here.segment]).saturating_sub(here.inner), here.segment)
        };
        let mut through: Vec<(i64, usize)> =
            class.workable.iter().map(through).filter(|way| way.0 < threshold).collect();
        through.sort_unstable();
        self.is_taken.fill(false);
        let mut taken = 0;
        for (reduced_cost, segment) in through {
            if self.is_taken[segment] || taken == most {
                continue;
            }
            let mut segments = vec![segment as u32];
            let mut at = segment as u32;
            while self.before[at as usize] != at {
                at = self.before[at as usize];
                segments.push(at);
            }
            segments.reverse();
            at = segment as u32;
            while self.behind[at as usize] != at {
                at = self.behind[at as usize];
                segments.push(at);
            }
            if let Wanted::Paying { .. } = wanted {
                segments.iter().for_each(|&segment| self.is_taken[segment as usize] = true);
            }
            let earned: i64 = segments.iter().map(|&segment| prices[segment as usize]).sum();
            columns.push(Column { class: index, segments, cost: reduced_cost + earned });
            taken += 1;
        }
    }
}
