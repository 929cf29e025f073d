//! Which cuts a solution of the master violates: sets of stops that fewer runs enter than their people need.

use std::collections::BTreeMap;

use super::columns::{LegRow, rounded};
use super::instance::Instance;
use super::master::{Master, Relaxed};

const MOST_CUTS_A_ROUND: usize = 24;
/// Worth a row: misses what it asks for by this share.
const LEAST_VIOLATION: f64 = 0.01;
/// Sets grow to this many times what the largest vehicle takes.
const MOST_VEHICLES_IN_A_SET: i64 = 8;

/// Sets that are entered more nearly a whole number of times are not worth a decision.
const LEAST_FRACTION: f64 = 0.15;

/// What runs of one kind do on one leg, in the solution of the master.
struct Flow {
    from: usize,
    to: usize,
    kind: usize,
    runs: f64,
}

/// For every hub the whole of its stops, whatever the solution.
pub(super) fn of_hubs(instance: &Instance, seats: &[i32]) -> Vec<LegRow> {
    let everywhere: Vec<bool> = (0..instance.nodes()).map(|node| node >= instance.hubs.len()).collect();
    let hubs = 0..instance.hubs.len();
    let cuts = hubs.flat_map(|hub| divisors(seats).into_iter().map(move |divisor| (hub, divisor)));
    cuts.filter_map(|(hub, divisor)| LegRow::capacity(instance, seats, hub, everywhere.clone(), divisor)).collect()
}

/// The most violated cuts.
pub(super) fn violated(instance: &Instance, seats: &[i32], master: &Master<'_>, relaxed: &Relaxed) -> Vec<LegRow> {
    let mut found: Vec<(f64, usize, Vec<bool>, i64)> = Vec::new();
    for hub in 0..instance.hubs.len() {
        let flows = flows_of(instance, hub, master, relaxed);
        let most_people = MOST_VEHICLES_IN_A_SET * seats.iter().copied().max().map_or(0, i64::from);
        let growth = Growth { instance, kinds: seats.len(), hub, flows: &flows, relaxed, most_people };
        for seed in instance.stop_nodes() {
            grow(&growth, seed, |grown| {
                for divisor in divisors(seats) {
                    let Some((weights, least)) = rounded(seats, grown.demand, divisor) else { continue };
                    let have: f64 =
                        weights.iter().zip(grown.entering).map(|(&weight, runs)| weight as f64 * runs).sum();
                    let violation = (least as f64 - have - grown.absent) / least as f64;
                    if violation > LEAST_VIOLATION {
                        found.push((violation, hub, grown.inside.to_vec(), divisor));
                    }
                }
            });
        }
    }
    found.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.2.cmp(&other.2)));
    let mut cuts: Vec<LegRow> = Vec::new();
    for (_, hub, inside, divisor) in found {
        let cut = LegRow::capacity(instance, seats, hub, inside, divisor);
        if let Some(cut) = cut.filter(|cut| !cuts.contains(cut) && !master.rows.contains(cut)) {
            cuts.push(cut);
        }
        if cuts.len() == MOST_CUTS_A_ROUND {
            break;
        }
    }
    cuts
}

fn divisors(seats: &[i32]) -> Vec<i64> {
    let mut divisors: Vec<i64> = seats.iter().map(|&seats| i64::from(seats)).filter(|&seats| seats > 0).collect();
    divisors.sort_unstable();
    divisors.dedup();
    divisors
}

fn flows_of(instance: &Instance, hub: usize, master: &Master<'_>, relaxed: &Relaxed) -> Vec<Vec<Flow>> {
    // By node: legs that end or begin there.
    let mut flows: Vec<Vec<Flow>> = (0..instance.nodes()).map(|_| Vec::new()).collect();
    for (column, &runs) in master.columns.iter().zip(&relaxed.runs) {
        if runs > 1e-6 && column.origin.serves(hub) {
            for (from, to) in column.legs() {
                let kind = column.kind;
                flows[from].push(Flow { from, to, kind, runs });
                flows[to].push(Flow { from, to, kind, runs });
            }
        }
    }
    flows
}

struct Growth<'a> {
    instance: &'a Instance,
    kinds: usize,
    hub: usize,
    flows: &'a [Vec<Flow>],
    relaxed: &'a Relaxed,
    most_people: i64,
}

/// A set of stops, with what the solution of the master does there.
struct Grown<'a> {
    inside: &'a [bool],
    /// By kind: runs that enter the set.
    entering: &'a [f64],
    /// Of those who have no other stops: how many there are, and who of them is in no run.
    demand: i64,
    absent: f64,
}

/// Grows a set from one stop, each time by the stop that most runs already go to or come from, and looks at every set on the way.
fn grow(growth: &Growth<'_>, seed: usize, mut look: impl FnMut(&Grown<'_>)) {
    let Growth { instance, kinds, hub, flows, relaxed, most_people } = *growth;
    let mut inside = vec![false; instance.nodes()];
    let mut entering = vec![0.0; kinds];
    let mut attraction = vec![0.0; instance.nodes()];
    let (mut demand, mut absent) = (0_i64, 0.0);
    let mut next = Some(seed);
    while let Some(node) = next {
        inside[node] = true;
        for flow in &flows[node] {
            let other = if flow.from == node { flow.to } else { flow.from };
            match (flow.to == node, inside[other]) {
                (true, false) => entering[flow.kind] += flow.runs,
                (false, true) => entering[flow.kind] -= flow.runs,
                _ => {}
            }
            attraction[other] += flow.runs;
        }
        for &(group, _) in &instance.at_node[node] {
            let data = &instance.groups[group];
            if data.hub == hub && data.stops.iter().all(|stop| inside[stop.0]) {
                demand += i64::from(data.people);
                absent += relaxed.absent[group];
            }
        }
        if demand > most_people {
            return;
        }
        look(&Grown { inside: &inside, entering: &entering, demand, absent });
        let outside = instance.stop_nodes().filter(|&node| !inside[node] && attraction[node] > 1e-6);
        next = outside.max_by(|&one, &other| attraction[one].total_cmp(&attraction[other]).then(other.cmp(&one)));
    }
}

/// Sets of stops that the master's runs do not enter a whole number of times, and how often they do; every set once.
pub(super) fn half_entered(instance: &Instance, master: &Master<'_>, relaxed: &Relaxed) -> Vec<(Vec<bool>, f64)> {
    let mut found: BTreeMap<Vec<bool>, f64> = BTreeMap::new();
    for hub in 0..instance.hubs.len() {
        let flows = flows_of(instance, hub, master, relaxed);
        for seed in instance.stop_nodes() {
            let (kinds, most_people) = (instance.kinds.len(), instance.people());
            let growth = Growth { instance, kinds, hub, flows: &flows, relaxed, most_people };
            grow(&growth, seed, |grown| {
                let runs: f64 = grown.entering.iter().sum();
                let several = grown.inside.iter().filter(|&&is_inside| is_inside).count() > 1;
                if several && (runs - runs.round()).abs() > LEAST_FRACTION {
                    found.insert(grown.inside.to_vec(), runs);
                }
            });
        }
    }
    found.into_iter().collect()
}
