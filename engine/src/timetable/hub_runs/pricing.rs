//! Pricing: the runs of least reduced cost, by labels.
//!
//! A label is the beginning of a run: where it is, how many are on board for the calls so far, how long the last of them rides,
//! its reduced cost, and the groups it remembers having taken people of, as far as they are remembered where it is now (ng-routes,
//! Baldacci, Mingozzi & Roberti 2011). What is remembered where is learned from the runs that the master likes. As runs are seen from
//! the hub, every label is a complete run.
//!
//! What is relaxed makes the bound weaker, never wrong: forgotten groups may be taken again, stops called at again for other groups, and
//! in runs of two hubs boarding at the second takes no time.

use super::calls::{self, Kept, Offer, Taken};
use super::columns::{Column, LegRow};
use super::instance::{Instance, UNITS_PER_FEN};
use super::labels::{self, Entry, Label, Memory, NO_PARENT, WORDS, contains, insert};
use super::onward::Onward;
use super::routes::Visit;
use super::still_to_gain::StillToGain;

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
}

impl Duals {
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
    instance: &'a Instance,
    /// By group: its bit; `None` where there are too many to remember.
    group_bit: Vec<Option<usize>>,
    /// By node: what is remembered of its groups.
    kept: Vec<Vec<Kept>>,
    /// By node: what is remembered there.
    remembered: Vec<Memory>,
    /// By node: stops in order of the way to them.
    nearest: Vec<Vec<u32>>,
    /// By hub, then by node: metres of the shortest way there, whatever stops it goes by.
    least_metres: Vec<Vec<i64>>,
    /// By kind: people a run takes, where everybody has at least the least luggage.
    seats: Vec<i32>,
}

/// One.
pub(super) const SCALE: i64 = 1_000_000_000;
/// Stops near enough to be remembered from the beginning, and those that runs go on to in the quickest search.
const REMEMBERED_STOPS: usize = 3;
const NEAR_STOPS: usize = 20;
const MOST_COLUMNS: usize = 40;
const MOST_COLUMNS_OF_ALL: usize = 100;
const MOST_COLUMNS_PER_LAST_STOP: usize = 3;
const MOST_LABELS: usize = 4_000_000;

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
        let remembered = nearest
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
        (origin_index, kind): (usize, usize),
        duals: &Duals,
        rows: &[LegRow],
        effort: Effort,
        should_stop: &dyn Fn() -> bool,
    ) -> Priced {
        let instance = self.instance;
        let (nodes, data) = (instance.nodes(), &instance.kinds[kind]);
        let origin = instance.origins[origin_index];
        let seats = usize::try_from(self.seats[kind]).unwrap_or(0);
        let offers: Vec<Vec<Offer>> = (0..nodes)
            .map(|node| calls::offers(instance, (node, &self.kept[node]), (origin_index, kind), duals))
            .collect();
        let arcs = self.arc_costs(origin_index, kind, duals, rows);
        let hubs = origin.hubs().count() as i32;
        let (mut start_cost, mut start_time) = (data.per_run + duals.runs[kind] - UNITS_PER_FEN, 0);
        start_cost += data.per_second * i64::from(hubs * instance.per_call);
        if let Some(second) = origin.second {
            let seconds = instance.seconds(kind, origin.first, second);
            start_time += seconds + instance.per_call;
            start_cost += data.per_metre * i64::from(instance.metres(origin.first, second));
            start_cost += data.per_second * i64::from(seconds);
        }
        let start = Label {
            cost: start_cost,
            node: origin.last() as u32,
            people: 0,
            passed_over: 0,
            parent: NO_PARENT,
            memory: [0; WORDS],
        };
        let onward = Onward::new(seats, &offers, &arcs);
        let still_to_gain = StillToGain::new(instance, (kind, seats), &offers, &arcs);
        let start_units = start_cost - duals.runs[kind];
        let mut labels = vec![start];
        // By load and node; the start alone has no load.
        let mut buckets: Vec<Vec<Entry>> = vec![Vec::new(); (seats + 1) * nodes];
        let mut cheapest = vec![i64::MAX; (seats + 1) * nodes];
        buckets[origin.last()].push(Entry { cost: start_cost, time: start_time, label: 0, memory: start.memory });
        let mut open = Vec::new();
        let mut tried = 0_u64;
        let mut is_finished = true;
        let reach = if effort == Effort::All { nodes } else { NEAR_STOPS };
        'loads: for load in 0..seats {
            for node in 0..nodes {
                let bucket = std::mem::take(&mut buckets[load * nodes + node]);
                if should_stop() || labels.len() > MOST_LABELS {
                    is_finished = false;
                    break 'loads;
                }
                for entry in &bucket {
                    let is_dominated = effort == Effort::All
                        && (1..load).any(|fewer| {
                            let place = fewer * nodes + node;
                            cheapest[place] <= entry.cost && labels::has_better(&buckets[place], entry)
                        });
                    if is_dominated {
                        continue;
                    }
                    let people = load as i32;
                    let dwell = if load > 0 { instance.per_call } else { 0 };
                    for &next in self.nearest[node].iter().take(if load == 0 { nodes } else { reach }) {
                        let next = next as usize;
                        if offers[next].is_empty() || next == node {
                            continue;
                        }
                        let time = entry.time + dwell + instance.seconds(kind, node, next);
                        if time + people * instance.per_person > instance.longest_ride {
                            continue;
                        }
                        // The dwell at the last call and at the first hub is part of no ride.
                        let fixed = time + 2 * instance.per_call;
                        let room = match instance.per_person {
                            0 if fixed > instance.longest_run => continue,
                            0 => seats as i32 - people,
                            each => ((instance.longest_run - fixed) / (2 * each)).min(seats as i32) - people,
                        };
                        let arrival_cost = entry.cost + arcs[node * nodes + next];
                        if arrival_cost >= onward.most(seats - load, node, next) {
                            continue;
                        }
                        let mut kept_memory = entry.memory;
                        kept_memory.iter_mut().zip(&self.remembered[next]).for_each(|(bits, kept)| *bits &= kept);
                        let choice = (room, effort != Effort::Cheapest);
                        calls::takings(&offers[next], &entry.memory, choice, &mut open, |taken: &Taken| {
                            tried += 1;
                            let load = (people + taken.people) as usize;
                            let cost = arrival_cost - taken.profit;
                            let most = onward.most_behind(seats - load, node, next);
                            if cost >= most.min(still_to_gain.most(seats - load, instance.longest_ride - time)) {
                                return;
                            }
                            let mut memory = kept_memory;
                            memory.iter_mut().zip(&taken.bits).for_each(|(bits, new)| *bits |= new);
                            let place = load * nodes + next;
                            let new = Entry { cost, time, label: labels.len() as u32, memory };
                            let kept = match effort {
                                Effort::Cheapest => labels::keep_cheapest(&mut buckets[place], new),
                                Effort::Few => labels::keep_few(&mut buckets[place], new),
                                Effort::All => labels::keep(&mut buckets[place], new, &mut labels),
                            };
                            if let Some(memory) = kept {
                                cheapest[place] = cheapest[place].min(cost);
                                labels.push(Label {
                                    cost,
                                    node: next as u32,
                                    people: taken.people,
                                    passed_over: taken.passed_over,
                                    parent: entry.label,
                                    memory,
                                });
                            }
                        });
                    }
                }
                buckets[load * nodes + node] = bucket;
            }
        }
        let most_columns = if effort == Effort::All { MOST_COLUMNS_OF_ALL } else { MOST_COLUMNS };
        let columns = self.columns(origin_index, kind, &labels, &offers, most_columns);
        // No run costs less whose last call is there.
        let metres = &self.least_metres[start.node as usize];
        let at_least = |label: &Label| start_units + data.per_metre * metres[label.node as usize];
        let scale = |label: &Label| match (at_least(label), label.cost) {
            (_, 0..) => SCALE,
            (units, cost) => (i128::from(units) * i128::from(SCALE) / i128::from(units - cost)) as i64,
        };
        let scale = labels[1..].iter().map(scale).min().unwrap_or(SCALE);
        let least = labels[1..].iter().map(|label| label.cost).min().unwrap_or(0).min(0);
        Priced { least, scale, is_finished, columns, tried }
    }

    /// What a leg and the call at its end cost, less what rows pay for it.
    fn arc_costs(&self, origin: usize, kind: usize, duals: &Duals, rows: &[LegRow]) -> Vec<i64> {
        let instance = self.instance;
        let nodes = instance.nodes();
        let data = &instance.kinds[kind];
        let mut costs = Vec::with_capacity(nodes * nodes);
        for from in 0..nodes {
            for to in 0..nodes {
                let seconds = i64::from(instance.seconds(kind, from, to) + instance.per_call);
                costs.push(data.per_metre * i64::from(instance.metres(from, to)) + data.per_second * seconds);
            }
        }
        for (row, &dual) in rows.iter().zip(&duals.rows) {
            if dual == 0 || row.hub.is_some_and(|hub| !instance.origins[origin].serves(hub)) {
                continue;
            }
            for from in (0..nodes).filter(|&from| row.from[from]) {
                for to in (0..nodes).filter(|&to| row.to[to]) {
                    costs[from * nodes + to] -= dual * row.weights[kind];
                }
            }
        }
        costs
    }

    fn columns(&self, origin: usize, kind: usize, labels: &[Label], offers: &[Vec<Offer>], most: usize) -> Vec<Column> {
        let mut negative: Vec<usize> = (1..labels.len()).filter(|&label| labels[label].cost < 0).collect();
        negative.sort_by_key(|&label| (labels[label].cost, label));
        let mut ending_at = vec![0; self.instance.nodes()];
        let mut columns = Vec::new();
        for label in negative {
            let last = labels[label].node as usize;
            if ending_at[last] < MOST_COLUMNS_PER_LAST_STOP {
                ending_at[last] += 1;
                columns.push(self.column(origin, kind, labels, label, offers));
                if columns.len() == most {
                    break;
                }
            }
        }
        columns
    }

    fn column(&self, origin: usize, kind: usize, labels: &[Label], mut label: usize, offers: &[Vec<Offer>]) -> Column {
        let mut calls: Vec<Vec<Visit>> = Vec::new();
        while labels[label].parent != NO_PARENT {
            let Label { node, people, passed_over, parent, .. } = labels[label];
            let known = &labels[parent as usize].memory;
            calls.push(calls::visits(&offers[node as usize], known, node, people, passed_over));
            label = parent as usize;
        }
        let visits = calls.into_iter().rev().flatten().collect();
        Column::new(self.instance, self.instance.origins[origin], kind, visits)
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
