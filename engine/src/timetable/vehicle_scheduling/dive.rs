//! Whole schedules out of fractional ones: what the linear program (almost) always has together is joined, what it (almost)
//! always works that way is settled, and the rest is priced again.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::column_generation::{Goal, Relaxed, generate};
use super::effort::Effort;
use super::problem::{Chain, VehicleSchedulingProblem};
use super::reduced::{Column, IMPOSSIBLE, Reduced, SCALE};

/// A part of the problem: tasks (as segments) and the vehicles that may work them.
#[derive(Clone)]
pub(super) struct Part {
    pub segments: Vec<Vec<usize>>,
    /// By class of the problem.
    pub vehicles: Vec<u32>,
    /// Price of a task that must be worked.
    pub compulsion: i64,
}

/// Chains and tasks left out, of a part or of the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Schedules {
    pub chains: Vec<Chain>,
    pub left_out: Vec<usize>,
    /// Tasks that must be worked and aren't at their price.
    pub cost: i64,
}

/// What there is to be done with a fractional schedule.
enum Step {
    /// These segments follow these.
    Join(Vec<(u32, u32)>),
    /// These columns are worked, these segments left out.
    Settle(Vec<usize>, Vec<usize>),
}

/// At least so much of the program does it: join or settle it without further thought.
const ALMOST_ALWAYS: f64 = 0.9;
/// Rounds of pricing after a step.
const ROUNDS_BETWEEN: u32 = 4;

/// Goes on from a relaxation of the part to whole schedules that cost less than `cutoff`, if it comes to any; with dice, to
/// others every time.
pub(super) fn dive(
    problem: &VehicleSchedulingProblem,
    mut part: Part,
    mut reduced: Reduced,
    mut relaxed: Relaxed,
    cutoff: i64,
    mut dice: Option<&mut ChaCha8Rng>,
    effort: &Effort<'_>,
) -> Option<Schedules> {
    let mut settled = Schedules::default();
    loop {
        if effort.is_over() || settled.cost * SCALE + relaxed.bound > (cutoff - 1) * SCALE {
            return None;
        }
        let chains = match next_step(&reduced, &relaxed, dice.as_deref_mut()) {
            Step::Settle(columns, left_out) => {
                for column in columns {
                    let chain = reduced.chain(&relaxed.columns[column]);
                    settled.cost += relaxed.columns[column].cost / SCALE;
                    part.vehicles[chain.class] -= 1;
                    settled.chains.push(chain);
                }
                for segment in left_out {
                    settled.cost += reduced.prices[segment] / SCALE;
                    settled.left_out.extend(&reduced.segments[segment]);
                }
                let mut is_settled = vec![false; problem.prices().len()];
                let worked = settled.chains.iter().flat_map(|chain| &chain.tasks);
                worked.chain(&settled.left_out).for_each(|&task| is_settled[task] = true);
                part.segments.retain(|segment| !is_settled[segment[0]]);
                if part.segments.is_empty() {
                    return Some(settled).filter(|settled| settled.cost < cutoff);
                }
                relaxed.columns.iter().map(|column| reduced.chain(column)).collect::<Vec<Chain>>()
            }
            Step::Join(pairs) => {
                part.segments = joined(&reduced.segments, &pairs);
                relaxed.columns.iter().map(|column| reduced.chain(column)).collect()
            }
        };
        let prices = (&reduced.segments, &relaxed.prices);
        let next = Reduced::new(problem, part.segments.clone(), &part.vehicles, part.compulsion);
        let columns = next.columns(&chains);
        let prices = next.prices_from(prices.0, prices.1);
        let goal = Goal {
            gap: 3e-5,
            cutoff: (cutoff - settled.cost).saturating_mul(SCALE) - SCALE + 1,
            most_rounds: ROUNDS_BETWEEN,
        };
        relaxed = generate(&next, columns, prices, goal, effort);
        reduced = next;
    }
}

/// Whatever is almost always so, else the likeliest; with dice sometimes anything that the program does.
fn next_step(reduced: &Reduced, relaxed: &Relaxed, mut dice: Option<&mut ChaCha8Rng>) -> Step {
    let enough = dice.as_mut().map_or(ALMOST_ALWAYS, |dice| dice.random_range(0.7..0.99));
    let (columns, left_out) = almost_always(reduced, relaxed, enough);
    if columns.len() + left_out.len() > 0 {
        return Step::Settle(columns, left_out);
    }
    let shares = link_shares(relaxed);
    let sure = shares.iter().take_while(|share| share.0 >= enough).count();
    // More than one half: no two of them exclude each other.
    let likely = shares.iter().take_while(|share| share.0 >= 0.55).count().min(1 + reduced.segments.len() / 40);
    if sure.max(likely) > 0 {
        return Step::Join(shares[..sure.max(likely)].iter().map(|&(_, from, to)| (from, to)).collect());
    }
    let links = shares.iter().map(|&(share, from, to)| (share, Step::Join(vec![(from, to)])));
    let columns = relaxed.values.iter().enumerate().map(|(column, &value)| (value, Step::Settle(vec![column], vec![])));
    let left_out = relaxed.left_out.iter().enumerate();
    let left_out = left_out.map(|(segment, &value)| (value, Step::Settle(vec![], vec![segment])));
    let is_possible = |step: &Step| match step {
        Step::Settle(columns, _) => {
            columns.iter().all(|&column| reduced.classes[relaxed.columns[column].class].vehicles > 0)
        }
        Step::Join(_) => true,
    };
    let steps = links.chain(left_out).chain(columns).filter(|(value, step)| *value > 1e-3 && is_possible(step));
    let mut weight = |value: f64| match &mut dice {
        Some(dice) => value * dice.random_range(0.2..1.0),
        None => value,
    };
    let weighted = steps.map(|(value, step)| (weight(value), step));
    let best = weighted.reduce(|best, other| if other.0 > best.0 { other } else { best });
    // A program that wasn't solved at all does nothing: then leave out all that is left.
    best.map_or_else(|| Step::Settle(vec![], (0..reduced.segments.len()).collect()), |(_, step)| step)
}

/// (Share, segment before, segment behind): how much of the program has the one behind the other; the most first.
fn link_shares(relaxed: &Relaxed) -> Vec<(f64, u32, u32)> {
    let mut links: Vec<(u32, u32, f64)> = Vec::new();
    for (column, &value) in relaxed.columns.iter().zip(&relaxed.values).filter(|(_, value)| **value > 1e-4) {
        links.extend(column.segments.windows(2).map(|pair| (pair[0], pair[1], value)));
    }
    links.sort_by_key(|&(from, to, _)| (from, to));
    let mut shares: Vec<(f64, u32, u32)> = Vec::new();
    for (from, to, value) in links {
        match shares.last_mut() {
            Some(last) if (last.1, last.2) == (from, to) => last.0 += value,
            _ => shares.push((value, from, to)),
        }
    }
    shares.sort_by(|one, other| other.0.total_cmp(&one.0).then((one.1, one.2).cmp(&(other.1, other.2))));
    shares
}

/// Columns worked and segments left out almost always. A program that wasn't solved to its end may contradict itself: what
/// comes later then has to wait.
fn almost_always(reduced: &Reduced, relaxed: &Relaxed, enough: f64) -> (Vec<usize>, Vec<usize>) {
    let mut is_settled = vec![false; reduced.segments.len()];
    let mut vehicles: Vec<u32> = reduced.classes.iter().map(|class| class.vehicles).collect();
    let mut columns = Vec::new();
    for (index, column) in relaxed.columns.iter().enumerate().filter(|&(index, _)| relaxed.values[index] >= enough) {
        let is_free = column.segments.iter().all(|&segment| !is_settled[segment as usize]);
        if is_free && vehicles[column.class] > 0 {
            column.segments.iter().for_each(|&segment| is_settled[segment as usize] = true);
            vehicles[column.class] -= 1;
            columns.push(index);
        }
    }
    let is_out = |&segment: &usize| relaxed.left_out[segment] >= enough && !is_settled[segment];
    let left_out = (0..reduced.segments.len()).filter(is_out).collect();
    (columns, left_out)
}

/// Segments after joining pairs of them; what contradicts a pair before it is left alone.
fn joined(segments: &[Vec<usize>], pairs: &[(u32, u32)]) -> Vec<Vec<usize>> {
    let (mut behind, mut is_first) = (vec![usize::MAX; segments.len()], vec![true; segments.len()]);
    for (from, to) in pairs.iter().map(|&(from, to)| (from as usize, to as usize)) {
        if behind[from] == usize::MAX && is_first[to] {
            (behind[from], is_first[to]) = (to, false);
        }
    }
    let whole = |first: usize| {
        let mut tasks = segments[first].clone();
        let mut at = behind[first];
        while at != usize::MAX {
            tasks.extend(&segments[at]);
            at = behind[at];
        }
        tasks
    };
    (0..segments.len()).filter(|&segment| is_first[segment]).map(whole).collect()
}

impl Reduced {
    /// What becomes of chains: only those that work segments whole, by classes that are still there.
    pub(super) fn columns(&self, chains: &[Chain]) -> Vec<Column> {
        let tasks = self.segments.iter().flatten().copied().max().map_or(0, |task| task + 1);
        let mut beginning = vec![u32::MAX; tasks];
        for (index, segment) in self.segments.iter().enumerate() {
            beginning[segment[0]] = index as u32;
        }
        let class = |chain: &Chain| self.classes.binary_search_by_key(&chain.class, |class| class.class).ok();
        let column = |chain: &Chain| -> Option<Column> {
            let (mut segments, mut rest) = (Vec::new(), chain.tasks.as_slice());
            while let Some(&task) = rest.first() {
                let segment = *beginning.get(task).filter(|&&segment| segment != u32::MAX)?;
                rest = rest.strip_prefix(self.segments[segment as usize].as_slice())?;
                segments.push(segment);
            }
            self.column(class(chain)?, segments)
        };
        chains.iter().filter_map(column).collect()
    }

    /// The column of a class, if it is possible.
    pub(super) fn column(&self, class: usize, segments: Vec<u32>) -> Option<Column> {
        let workable = &self.classes[class].workable;
        let of = |segment: u32| {
            let found = workable.binary_search_by_key(&(segment as usize), |workable| workable.segment);
            found.ok().map(|index| workable[index])
        };
        let mut cost = of(*segments.first()?)?.pull_out + of(*segments.last()?)?.pull_in;
        for &segment in &segments {
            cost += of(segment)?.inner;
        }
        for pair in segments.windows(2) {
            let incoming = self.kinds[self.classes[class].kind].incoming(pair[1] as usize);
            cost += incoming.iter().find(|&&(before, _)| before == pair[0])?.1;
        }
        (cost < IMPOSSIBLE / 2).then_some(Column { class, segments, cost })
    }

    /// Prices of other segments, summed up or left as they are: every segment here consists of some of those.
    pub(super) fn prices_from(&self, segments: &[Vec<usize>], prices: &[i64]) -> Vec<i64> {
        let tasks = segments.iter().flatten().copied().max().map_or(0, |task| task + 1);
        let mut of_task = vec![0; tasks];
        segments.iter().zip(prices).for_each(|(segment, &price)| of_task[segment[0]] = price);
        self.segments.iter().map(|segment| segment.iter().map(|&task| of_task[task]).sum()).collect()
    }
}
