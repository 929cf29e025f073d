//! From the relaxation to a plan: a dive that fixes duties, then neighbourhoods solved anew as small integer programs.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::duty_plan::DutyProgress;
use super::master::Master;
use super::network::{Column, Network, UNITS, rounded};
use super::pricing::{Duals, Pricing};
use super::problem::DutyOptions;
use super::relaxation::{Bound, Generation, Scope};
use super::watch::Watch;
use crate::timetable::mip::{Limits, Mip};
use crate::units::Fen;

/// Duties for all parts of a network, and what is proved about them.
pub(super) struct Found {
    pub columns: Vec<Column>,
    pub bound: Bound,
}

/// A relaxation or a plan this close to its bound, relative to its cost, is as good as optimal …
const CLOSE_ENOUGH: f64 = 1e-6;

/// … and one this close good enough to choose a duty by.
const CLOSE_ENOUGH_TO_DIVE: f64 = 1e-4;

/// While diving, a duty this much in the relaxation is taken; of less there is one at a time.
const SURE: f64 = 0.8;

/// Duties that a neighbourhood frees.
const FREED: usize = 14;

/// Candidate duties of a neighbourhood's integer program at most, beyond those of its relaxation.
const CANDIDATES: usize = 4_000;

/// Branch-and-bound nodes of a neighbourhood.
const NODES: u32 = 300;

pub(super) fn search(
    network: &Network,
    options: &DutyOptions,
    watch: &Watch,
    progress: &dyn Fn(DutyProgress),
) -> Result<Found, String> {
    if network.parts.is_empty() {
        let duals = Duals { of_part: Vec::new(), of_depot: vec![0; network.problem.depots.len()] };
        return Ok(Found { columns: Vec::new(), bound: Bound { lower_bound: 0, duals } });
    }
    let mut columns = network.one_piece_duties();
    let scope = Scope::whole(network);
    let mut master = Master::new(network, &scope.is_free, &scope.drivers);
    for column in &columns {
        master.add(network, column);
    }
    let tell = |columns: &[Column], lower_bound: i64, work| {
        let lower_bound = floored(lower_bound);
        progress(DutyProgress { cost: rounded(network.cost(columns)), lower_bound, duties: columns.len(), work });
    };
    let generation = Generation { network, scope: &scope, watch, close_enough: CLOSE_ENOUGH };
    let (_, bound) = generation.solve(&mut master, &mut |bound| tell(&columns, bound.lower_bound, 0))?;
    let pool: Vec<Column> = {
        if let Some(dived) = dive(network, &mut master, watch)?
            && network.cost(&dived) < network.cost(&columns)
        {
            columns = dived;
        }
        master.columns().cloned().collect()
    };
    tell(&columns, bound.lower_bound, 0);
    let mut dice = ChaCha8Rng::seed_from_u64(options.seed);
    for work in 1..=options.work_limit.unwrap_or(u32::MAX) {
        let cost = network.cost(&columns);
        if watch.is_over() || (cost - bound.lower_bound) as f64 <= CLOSE_ENOUGH * cost as f64 {
            break;
        }
        let neighbourhood = Neighbourhood { network, bound: &bound, pool: &pool, watch };
        let freed = neighbourhood.choose(&columns, &mut dice);
        if neighbourhood.improve(&mut columns, &freed)? {
            tell(&columns, bound.lower_bound, work);
        }
    }
    Ok(Found { columns, bound })
}

/// Down to whole fen, so that it stays a bound.
pub(super) fn floored(units: i64) -> Fen {
    Fen(units.div_euclid(UNITS))
}

/// Fixes duties of the relaxation, most certain first, looking for new ones in what is left. `None` if that ends nowhere.
fn dive(network: &Network, master: &mut Master, watch: &Watch) -> Result<Option<Vec<Column>>, String> {
    let mut scope = Scope::whole(network);
    let mut taken: Vec<Column> = Vec::new();
    loop {
        let generation = Generation { network, scope: &scope, watch, close_enough: CLOSE_ENOUGH_TO_DIVE };
        let (relaxed, _) = generation.solve(master, &mut |_| {})?;
        let open = |column: &Column| network.parts_of(column).all(|part| scope.is_free[part]);
        let mut candidates: Vec<(f64, usize, Column)> = master
            .columns()
            .zip(&relaxed.values)
            .enumerate()
            .filter(|(_, (column, value))| **value > 1e-6 && open(column))
            .map(|(position, (column, &value))| (value, position, column.clone()))
            .collect();
        candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let sure = candidates.iter().take_while(|candidate| candidate.0 > SURE).count().max(1);
        candidates.truncate(sure);
        if candidates.is_empty() {
            break;
        }
        for (_, position, column) in candidates {
            // Of two duties that are nearly whole, neither works a part of the other.
            if !network.parts_of(&column).all(|part| scope.is_free[part]) {
                continue;
            }
            network.parts_of(&column).for_each(|part| scope.is_free[part] = false);
            if let Some(drivers) = &mut scope.drivers[column.depot.index()] {
                *drivers = drivers.saturating_sub(1);
            }
            master.fix(position);
            taken.push(column);
        }
    }
    Ok(scope.is_free.iter().all(|&is_free| !is_free).then_some(taken))
}

struct Neighbourhood<'a> {
    network: &'a Network<'a>,
    bound: &'a Bound,
    pool: &'a [Column],
    watch: &'a Watch<'a>,
}

impl Neighbourhood<'_> {
    /// Positions of duties that work the same vehicles, around one that costs much more than its parts gain.
    fn choose(&self, columns: &[Column], dice: &mut ChaCha8Rng) -> Vec<usize> {
        let loss = |column: &Column| self.bound.duals.reduced_cost(self.network, column).max(0) + UNITS;
        let losses: Vec<i64> = columns.iter().map(loss).collect();
        let days: Vec<Vec<usize>> = columns.iter().map(|column| self.vehicle_days(column)).collect();
        let mut left = dice.random_range(0..losses.iter().sum::<i64>());
        let seed = losses.iter().position(|&loss| {
            left -= loss;
            left < 0
        });
        let mut freed = vec![seed.unwrap_or(0)];
        while freed.len() < FREED.min(columns.len()) {
            let touches =
                |duty: usize| freed.iter().any(|&other| days[other].iter().any(|day| days[duty].contains(day)));
            let others = || (0..columns.len()).filter(|duty| !freed.contains(duty));
            let mut near: Vec<usize> = others().filter(|&duty| touches(duty)).collect();
            if near.is_empty() || dice.random_range(0..4) == 0 {
                near = others().collect();
            }
            let next = near[dice.random_range(0..near.len())];
            freed.push(next);
        }
        freed.sort_unstable();
        freed
    }

    fn vehicle_days(&self, column: &Column) -> Vec<usize> {
        let first_parts = column.pieces.iter().map(|&piece| self.network.pieces[piece].first);
        first_parts.map(|part| self.network.parts[part].vehicle_day).collect()
    }

    /// Works the parts of the freed duties more cheaply, if that is found.
    fn improve(&self, columns: &mut Vec<Column>, freed: &[usize]) -> Result<bool, String> {
        let network = self.network;
        let (mut kept, mut old) = (Vec::new(), Vec::new());
        for (position, column) in columns.iter().enumerate() {
            let side = if freed.contains(&position) { &mut old } else { &mut kept };
            side.push(column.clone());
        }
        let mut scope = Scope { is_free: vec![false; network.parts.len()], ..Scope::whole(network) };
        old.iter().flat_map(|column| network.parts_of(column)).for_each(|part| scope.is_free[part] = true);
        for column in &kept {
            if let Some(drivers) = &mut scope.drivers[column.depot.index()] {
                *drivers = drivers.saturating_sub(1);
            }
        }
        let mut master = Master::new(network, &scope.is_free, &scope.drivers);
        let is_inside = |column: &&Column| network.parts_of(column).all(|part| scope.is_free[part]);
        let inside = self.pool.iter().filter(is_inside);
        for column in old.iter().chain(inside) {
            master.add(network, column);
        }
        let generation = Generation { network, scope: &scope, watch: self.watch, close_enough: CLOSE_ENOUGH };
        let (_, bound) = generation.solve(&mut master, &mut |_| {})?;
        let cost = network.cost(columns);
        let cost_of_freed = cost - kept.iter().map(|column| column.cost).sum::<i64>();
        let most_gain = cost_of_freed - bound.lower_bound;
        if most_gain <= 0 {
            return Ok(false);
        }
        let pricing = Pricing::new(network, &bound.duals, &scope.is_free);
        let useful = |column: &&Column| bound.duals.reduced_cost(network, column) < most_gain;
        let mut candidates: Vec<Column> = match pricing.all_below(most_gain, CANDIDATES) {
            Some(all) => all.into_iter().map(|priced| priced.column).collect(),
            None => master.columns().filter(useful).cloned().collect(),
        };
        candidates.extend(old.iter().cloned());
        candidates.sort();
        candidates.dedup();
        if let Some(new) = self.cheapest(&scope, &candidates, &old) {
            let plan: Vec<Column> = kept.into_iter().chain(new).collect();
            if network.cost(&plan) < cost {
                *columns = plan;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The cheapest choice of candidates that works every free part once, as far as the search finds it.
    fn cheapest(&self, scope: &Scope, candidates: &[Column], old: &[Column]) -> Option<Vec<Column>> {
        let network = self.network;
        let mut mip = Mip::default();
        let mut of_part = vec![Vec::new(); network.parts.len()];
        let mut of_depot = vec![Vec::new(); network.problem.depots.len()];
        let mut start = Vec::new();
        let mut duties = Vec::new();
        for candidate in candidates {
            let column = mip.column(candidate.cost, 0.0, 1.0, true);
            network.parts_of(candidate).for_each(|part| of_part[part].push((column, 1.0)));
            of_depot[candidate.depot.index()].push((column, 1.0));
            start.push(f64::from(u8::from(old.contains(candidate))));
            duties.push(column);
        }
        for (depot, drivers) in scope.drivers.iter().enumerate() {
            let Some(drivers) = drivers else { continue };
            let price = network.problem.policy.missing_driver.0 * UNITS;
            let missing = mip.column(price, 0.0, f64::INFINITY, true);
            let count = old.iter().filter(|column| column.depot.index() == depot).count() as f64;
            start.push((count - f64::from(*drivers)).max(0.0));
            of_depot[depot].push((missing, -1.0));
            mip.row(f64::NEG_INFINITY, f64::from(*drivers), std::mem::take(&mut of_depot[depot]));
        }
        for (part, terms) in of_part.into_iter().enumerate().filter(|(part, _)| scope.is_free[*part]) {
            debug_assert!(!terms.is_empty(), "part {part} is worked by a freed duty");
            mip.row(1.0, 1.0, terms);
        }
        let limits = Limits { seconds: self.watch.seconds_left(), nodes: Some(NODES), ..Limits::NONE };
        let values = mip.solve(limits, Some(&start)).values?;
        let chosen = candidates.iter().zip(&duties).filter(|(_, column)| column.value(&values) == 1);
        let chosen: Vec<Column> = chosen.map(|(candidate, _)| candidate.clone()).collect();
        let worked: usize = chosen.iter().map(|column| network.parts_of(column).count()).sum();
        (worked == scope.is_free.iter().filter(|is_free| **is_free).count()).then_some(chosen)
    }
}
