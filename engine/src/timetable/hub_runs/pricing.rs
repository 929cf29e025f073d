//! Pricing: the runs of least reduced cost, by labels.
//!
//! A label is the beginning of a run: where it is, how many are on board for the calls so far, how long the last of them rides,
//! its reduced cost, and what it remembers: stops it called at and groups it took in full, as far as that is remembered where it is
//! now (ng-routes, Baldacci, Mingozzi & Roberti 2011). What is remembered where is learned from the runs that the master likes. As runs are seen from the hub, every label is a complete run.
//!
//! At a call a run takes any number of people, those of most profit first; therefore a label that is no worse in everything
//! can do whatever the other can. What is relaxed makes the bound weaker, never wrong: forgotten stops may be called at again, and in
//! runs of two hubs boarding at the second takes no time.

use super::columns::{Column, LegRow};
use super::instance::{Instance, UNITS_PER_FEN};
use super::labels::{self, Entry, Label, Memory, NO_PARENT, WORDS, contains, insert};
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

/// How many labels of a stop and load are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effort {
    /// The cheapest alone, and runs go on to near stops only: finds runs, proves nothing.
    Cheapest,
    /// So many; more are merged, which makes the bound weaker but keeps it one.
    Apart(usize),
}

/// What pricing found for an origin and a kind.
#[derive(Clone, Debug)]
pub(super) struct Priced {
    /// No run has a smaller reduced cost if labels were kept apart or merged, and it was finished; at most zero.
    pub least: i64,
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
    /// By node: its own bit; `None` where there are too many to remember.
    node_bit: Vec<Option<usize>>,
    /// By group with more than one stop: its bit.
    group_bit: Vec<Option<usize>>,
    /// By node: what is remembered there.
    remembered: Vec<Memory>,
    /// By node: stops in order of the way to them.
    nearest: Vec<Vec<u32>>,
    /// By kind: people a run takes, where everybody has at least the least luggage.
    seats: Vec<i32>,
}

/// A group at a node, in order of profit.
#[derive(Clone, Copy)]
pub(super) struct Offer {
    pub profit: i64,
    pub people: i32,
    group: u32,
    bit: Option<usize>,
}

/// Stops near enough to be remembered from the beginning, and those that runs go on to in the quickest search.
const REMEMBERED_STOPS: usize = 3;
const NEAR_STOPS: usize = 20;
const MOST_COLUMNS: usize = 40;
const MOST_COLUMNS_PER_LAST_STOP: usize = 3;
const MOST_LABELS: usize = 4_000_000;

impl<'a> Pricer<'a> {
    pub fn new(instance: &'a Instance) -> Self {
        let first_stop = instance.stop_nodes().start;
        let bit = |index: usize| (index < WORDS * 64).then_some(index);
        let node_bit: Vec<Option<usize>> =
            (0..instance.nodes()).map(|node| node.checked_sub(first_stop).and_then(bit)).collect();
        let mut next = instance.nodes() - first_stop;
        let group_bit: Vec<Option<usize>> = instance
            .groups
            .iter()
            .map(|group| {
                let has_choice = group.stops.len() > 1;
                next += usize::from(has_choice);
                if has_choice { bit(next - 1) } else { None }
            })
            .collect();
        let nearest: Vec<Vec<u32>> = (0..instance.nodes())
            .map(|node| {
                let mut stops: Vec<u32> = instance.stop_nodes().map(|stop| stop as u32).collect();
                stops.sort_by_key(|&stop| (instance.metres(node, stop as usize), stop));
                stops
            })
            .collect();
        let remembered = nearest
            .iter()
            .map(|stops| {
                let mut memory = [0; WORDS];
                for &stop in stops.iter().take(REMEMBERED_STOPS) {
                    insert(&mut memory, node_bit[stop as usize]);
                    instance.at_node[stop as usize]
                        .iter()
                        .for_each(|&(group, _)| insert(&mut memory, group_bit[group]));
                }
                memory
            })
            .collect();
        let least_luggage = instance.groups.iter().map(|group| group.luggage).min().unwrap_or(0);
        let seats = instance.kinds.iter().map(|kind| match least_luggage {
            0 => kind.seats,
            units => kind.seats.min(kind.luggage / units),
        });
        Self { seats: seats.collect(), instance, node_bit, group_bit, remembered, nearest }
    }

    /// Remembers what would have kept a run from calling at a stop twice or taking a group twice (Roberti & Mingozzi 2014); false
    /// if it did neither, or nothing could.
    pub fn remember(&mut self, column: &Column) -> bool {
        let calls: Vec<&[Visit]> = column.visits.chunk_by(|one, other| one.node == other.node).collect();
        let mut learned = false;
        for (later, call) in calls.iter().enumerate() {
            for (earlier, before) in calls[..later].iter().enumerate() {
                let mut bits: Vec<Option<usize>> = Vec::new();
                if call[0].node == before[0].node {
                    bits.push(self.node_bit[call[0].node as usize]);
                }
                let in_full = |visit: &&Visit| visit.people == self.instance.groups[visit.group as usize].people;
                let again = |visit: &&Visit| call.iter().any(|other| other.group == visit.group);
                let twice = before.iter().filter(in_full).filter(again);
                bits.extend(twice.map(|visit| self.group_bit[visit.group as usize]));
                for between in &calls[earlier + 1..later] {
                    let memory = &mut self.remembered[between[0].node as usize];
                    for &bit in bits.iter().filter(|bit| bit.is_some()) {
                        learned |= !contains(memory, bit);
                        insert(memory, bit);
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
            let knows_group = |visit: &Visit| contains(&memory, self.group_bit[visit.group as usize]);
            if contains(&memory, self.node_bit[node]) || call.iter().any(knows_group) {
                return false;
            }
            memory.iter_mut().zip(&self.remembered[node]).for_each(|(bits, kept)| *bits &= kept);
            insert(&mut memory, self.node_bit[node]);
            let in_full = |visit: &&Visit| visit.people == self.instance.groups[visit.group as usize].people;
            call.iter().filter(in_full).for_each(|visit| insert(&mut memory, self.group_bit[visit.group as usize]));
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
        let offers = self.offers(origin_index, kind, duals);
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
        let start =
            Label { cost: start_cost, node: origin.last() as u32, people: 0, parent: NO_PARENT, memory: [0; WORDS] };
        let still_to_gain = StillToGain::new(instance, (kind, seats), &offers, &arcs);
        let mut labels = vec![start];
        // By load and node; the start alone has no load.
        let mut buckets: Vec<Vec<Entry>> = vec![Vec::new(); (seats + 1) * nodes];
        let mut cheapest = vec![i64::MAX; (seats + 1) * nodes];
        buckets[origin.last()].push(Entry { cost: start_cost, time: start_time, label: 0, memory: start.memory });
        let mut tried = 0_u64;
        let mut is_finished = true;
        let reach = if effort == Effort::Cheapest { NEAR_STOPS } else { nodes };
        'loads: for load in 0..seats {
            for node in 0..nodes {
                let bucket = std::mem::take(&mut buckets[load * nodes + node]);
                if should_stop() || labels.len() > MOST_LABELS {
                    is_finished = false;
                    break 'loads;
                }
                for entry in &bucket {
                    let is_dominated = effort != Effort::Cheapest
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
                        if offers[next].is_empty() || contains(&entry.memory, self.node_bit[next]) {
                            continue;
                        }
                        let time = entry.time + dwell + instance.seconds(kind, node, next);
                        if time + people * instance.per_person > instance.longest_ride {
                            continue;
                        }
                        // The dwell at the last call and at the first hub is part of no ride.
                        let fixed = time + 2 * instance.per_call;
                        let mut cost = entry.cost + arcs[node * nodes + next];
                        let mut memory = entry.memory;
                        memory.iter_mut().zip(&self.remembered[next]).for_each(|(bits, kept)| *bits &= kept);
                        insert(&mut memory, self.node_bit[next]);
                        let mut load = load;
                        'offers: for offer in &offers[next] {
                            if contains(&entry.memory, offer.bit) {
                                continue;
                            }
                            for taken in 1..=offer.people {
                                // One has to get in or out, or it were no call; more only if that pays.
                                let pays = load == people as usize || offer.profit > 0;
                                load += 1;
                                let duration = fixed + 2 * load as i32 * instance.per_person;
                                if !pays || load > seats || duration > instance.longest_run {
                                    break 'offers;
                                }
                                cost -= offer.profit;
                                if taken == offer.people {
                                    insert(&mut memory, offer.bit);
                                }
                                tried += 1;
                                if cost >= still_to_gain.most(seats - load, instance.longest_ride - time) {
                                    continue;
                                }
                                let place = load * nodes + next;
                                let new = Entry { cost, time, label: labels.len() as u32, memory };
                                let kept = match effort {
                                    Effort::Cheapest => labels::keep_cheapest(&mut buckets[place], new),
                                    Effort::Apart(most) => labels::keep(&mut buckets[place], new, most, &mut labels),
                                };
                                if let Some(memory) = kept {
                                    cheapest[place] = cheapest[place].min(cost);
                                    let people = load as i32 - people;
                                    let (node, parent) = (next as u32, entry.label);
                                    labels.push(Label { cost, node, people, parent, memory });
                                }
                            }
                        }
                    }
                }
                buckets[load * nodes + node] = bucket;
            }
        }
        let columns = self.columns(origin_index, kind, &labels, &offers);
        let least = labels[1..].iter().map(|label| label.cost).min().unwrap_or(0).min(0);
        Priced { least, is_finished, columns, tried }
    }

    /// By node: who would get in, those of most profit first.
    fn offers(&self, origin: usize, kind: usize, duals: &Duals) -> Vec<Vec<Offer>> {
        let instance = self.instance;
        let data = &instance.kinds[kind];
        let origin = instance.origins[origin];
        let handling = data.per_second * i64::from(2 * instance.per_person);
        let of_node = |at_node: &Vec<(usize, i64)>| {
            let served = at_node
                .iter()
                .filter(|&&(group, _)| origin.serves(instance.groups[group].hub) && instance.groups[group].people > 0);
            let mut offers: Vec<Offer> = served
                .map(|&(group, walk)| Offer {
                    profit: duals.people[group] - walk - handling,
                    people: instance.groups[group].people,
                    group: group as u32,
                    bit: self.group_bit[group],
                })
                .collect();
            offers.sort_by_key(|offer| (-offer.profit, offer.group));
            offers
        };
        instance.at_node.iter().map(of_node).collect()
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

    fn columns(&self, origin: usize, kind: usize, labels: &[Label], offers: &[Vec<Offer>]) -> Vec<Column> {
        let mut negative: Vec<usize> = (1..labels.len()).filter(|&label| labels[label].cost < 0).collect();
        negative.sort_by_key(|&label| (labels[label].cost, label));
        let mut ending_at = vec![0; self.instance.nodes()];
        let mut columns = Vec::new();
        for label in negative {
            let last = labels[label].node as usize;
            if ending_at[last] < MOST_COLUMNS_PER_LAST_STOP {
                ending_at[last] += 1;
                columns.push(self.column(origin, kind, labels, label, offers));
                if columns.len() == MOST_COLUMNS {
                    break;
                }
            }
        }
        columns
    }

    fn column(&self, origin: usize, kind: usize, labels: &[Label], mut label: usize, offers: &[Vec<Offer>]) -> Column {
        let mut calls: Vec<Vec<Visit>> = Vec::new();
        while labels[label].parent != NO_PARENT {
            let Label { node, people, parent, .. } = labels[label];
            let mut rest = people;
            let mut call = Vec::new();
            for offer in &offers[node as usize] {
                if rest > 0 && !contains(&labels[parent as usize].memory, offer.bit) {
                    let people = rest.min(offer.people);
                    rest -= people;
                    call.push(Visit { node, group: offer.group, people });
                }
            }
            calls.push(call);
            label = parent as usize;
        }
        let visits = calls.into_iter().rev().flatten().collect();
        Column::new(self.instance, self.instance.origins[origin], kind, visits)
    }
}
