//! Pricing: the prices, how hard to look, and what stays the same from one pricing to the next.
//!
//! What is remembered where is learned from the runs that the master likes (ng-routes, Baldacci, Mingozzi & Roberti 2011). How runs are
//! found is [`super::labelling`].

use super::calls::{self, Kept};
use super::columns::{Column, LegRow};
use super::instance::Instance;
use super::labelling::Labelling;
use super::labels::{Memory, WORDS, contains, insert};
use super::routes::Visit;

/// Prices in units; only those of rows with an upper limit are negative.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Duals {
    /// Of a person, by group.
    pub people: Vec<i64>,
    /// Of a run, by kind.
    pub runs: Vec<i64>,
    /// By row over legs.
    pub rows: Vec<i64>,
}

impl Duals {
    /// Of a run at these prices; `rows` may be more than have a price.
    pub fn reduced_cost(&self, column: &Column, rows: &[LegRow]) -> i64 {
        let price = |&(group, people): &(usize, i32)| self.people.get(group).map_or(0, |dual| dual * i64::from(people));
        let of_people: i64 = column.people.iter().map(price).sum();
        let of_rows: i64 = rows.iter().zip(&self.rows).map(|(row, dual)| dual * row.weight(column)).sum();
        column.units + self.runs.get(column.kind).copied().unwrap_or(0) - of_people - of_rows
    }

    /// So many [`SCALE`]ths of these prices, rounded so that no run's reduced cost becomes less by it.
    pub fn scaled(&self, scale: i64) -> Self {
        let down = |&price: &i64| (i128::from(price) * i128::from(scale)).div_euclid(i128::from(SCALE)) as i64;
        Self {
            people: self.people.iter().map(down).collect(),
            runs: self.runs.iter().map(|price| -down(&-price)).collect(),
            rows: self.rows.iter().map(down).collect(),
        }
    }
}

/// How many labels of a stop and load are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effort {
    /// The cheapest alone, and runs go on to near stops only: finds runs, proves nothing.
    Cheapest,
    /// A few: finds more runs, proves nothing.
    Few,
    /// All; where they are too many some are merged, which makes the bound weaker but keeps it one.
    All,
}

/// What pricing found for an origin and a kind.
#[derive(Clone, Debug)]
pub(super) struct Priced {
    /// No run has a smaller reduced cost if labels were kept apart or merged, and it was finished; at most zero.
    pub least: i64,
    /// Prices scaled by this many [`SCALE`]ths leave no run a negative reduced cost, if the rest holds that `least` needs.
    pub scale: i64,
    /// Was every label looked at?
    pub is_finished: bool,
    /// Runs of negative reduced cost, the least first.
    pub columns: Vec<Column>,
    /// Labels tried.
    pub tried: u64,
}

/// What never changes while one part is priced.
pub(super) struct Pricer<'a> {
    pub(super) instance: &'a Instance,
    /// By group: its bit; `None` where there are too many to remember.
    group_bit: Vec<Option<usize>>,
    /// By node: what is remembered of its groups.
    pub(super) kept: Vec<Vec<Kept>>,
    /// By node: what is remembered there.
    pub(super) remembered: Vec<Memory>,
    /// By node: stops in order of the way to them.
    pub(super) nearest: Vec<Vec<u32>>,
    /// By hub, then by node: metres of the shortest way there, whatever stops it goes by.
    pub(super) least_metres: Vec<Vec<i64>>,
    /// By kind: people a run takes, where everybody has at least the least luggage.
    pub(super) seats: Vec<i32>,
}

/// One.
pub(super) const SCALE: i64 = 1_000_000_000;
/// Stops near enough to be remembered from the beginning.
const REMEMBERED_STOPS: usize = 3;

impl<'a> Pricer<'a> {
    pub fn new(instance: &'a Instance) -> Self {
        let group_bit: Vec<Option<usize>> =
            (0..instance.groups.len()).map(|group| (group < WORDS * 64).then_some(group)).collect();
        let nearest: Vec<Vec<u32>> = (0..instance.nodes())
            .map(|node| {
                let mut stops: Vec<u32> = instance.stop_nodes().map(|stop| stop as u32).collect();
                stops.sort_by_key(|&stop| (instance.metres(node, stop as usize), stop));
                stops
            })
            .collect();
        let groups_at = |stop: usize| instance.at_node[stop].iter().map(|&(group, _)| group);
        let remembered: Vec<Memory> = nearest
            .iter()
            .map(|stops| {
                let mut memory = [0; WORDS];
                let near = stops.iter().take(REMEMBERED_STOPS);
                near.flat_map(|&stop| groups_at(stop as usize)).for_each(|group| insert(&mut memory, group_bit[group]));
                memory
            })
            .collect();
        let least_luggage = instance.groups.iter().map(|group| group.luggage).min().unwrap_or(0);
        let seats = instance.kinds.iter().map(|kind| match least_luggage {
            0 => kind.seats,
            units => kind.seats.min(kind.luggage / units),
        });
        Self {
            seats: seats.collect(),
            kept: calls::kept(instance, &group_bit),
            least_metres: (0..instance.hubs.len()).map(|hub| least_metres(instance, hub)).collect(),
            instance,
            group_bit,
            remembered,
            nearest,
        }
    }

    /// Remembers what would have kept a run from taking a group twice (Roberti & Mingozzi 2014); false if it did not, or nothing
    /// could.
    pub fn remember(&mut self, column: &Column) -> bool {
        let calls: Vec<&[Visit]> = column.visits.chunk_by(|one, other| one.node == other.node).collect();
        let mut learned = false;
        for (later, call) in calls.iter().enumerate() {
            for (earlier, before) in calls[..later].iter().enumerate() {
                let again = |visit: &&Visit| call.iter().any(|other| other.group == visit.group);
                let twice = before.iter().filter(again).filter_map(|visit| self.group_bit[visit.group as usize]);
                for bit in twice.collect::<Vec<_>>() {
                    for between in &calls[earlier + 1..later] {
                        let memory = &mut self.remembered[between[0].node as usize];
                        learned |= !contains(memory, Some(bit));
                        insert(memory, Some(bit));
                    }
                }
            }
        }
        learned
    }

    /// Does a run keep to what is remembered? Merged labels may not have.
    pub fn allows(&self, column: &Column) -> bool {
        let mut memory = [0; WORDS];
        for call in column.visits.chunk_by(|one, other| one.node == other.node) {
            let node = call[0].node as usize;
            if call.iter().any(|visit| contains(&memory, self.group_bit[visit.group as usize])) {
                return false;
            }
            memory.iter_mut().zip(&self.remembered[node]).for_each(|(bits, kept)| *bits &= kept);
            let is_taken = |group: usize| call.iter().any(|visit| visit.group as usize == group);
            let taken =
                self.instance.at_node[node].iter().zip(&self.kept[node]).filter(|&(&(group, _), _)| is_taken(group));
            taken.for_each(|(_, kept)| insert(&mut memory, kept.remembered));
        }
        true
    }

    /// By kind: how many people a run takes at most, luggage considered.
    pub fn seats(&self) -> &[i32] {
        &self.seats
    }

    /// Runs of one origin and kind; `should_stop` is asked now and then.
    pub fn price(
        &self,
        task: (usize, usize),
        duals: &Duals,
        rows: &[LegRow],
        effort: Effort,
        should_stop: &dyn Fn() -> bool,
    ) -> Priced {
        let mut labelling = Labelling::new(self, task, (duals, rows), effort);
        let is_finished = labelling.run(should_stop);
        labelling.priced(is_finished)
    }
}

/// By node: the shortest way from a hub by any stops. The fastest ways, which are what a network tells, may be longer.
fn least_metres(instance: &Instance, hub: usize) -> Vec<i64> {
    let nodes = instance.nodes();
    let mut least = vec![i64::MAX; nodes];
    let mut open: Vec<usize> = (0..nodes).collect();
    least[hub] = 0;
    while let Some(place) = (0..open.len()).min_by_key(|&place| (least[open[place]], open[place])) {
        let node = open.swap_remove(place);
        if least[node] == i64::MAX {
            break;
        }
        for next in instance.stop_nodes() {
            least[next] = least[next].min(least[node] + i64::from(instance.metres(node, next)));
        }
    }
    least
}
