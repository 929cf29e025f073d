//! One pricing of one origin and kind: the runs of least reduced cost, by labels.
//!
//! A label is the beginning of a run: where it is, how many are on board for the calls so far, how long the last of them rides,
//! its reduced cost, and the groups it remembers having taken people of, as far as they are remembered where it is now. As runs are seen
//! from the hub, every label is a complete run.
//!
//! What is relaxed makes the bound weaker, never wrong: forgotten groups may be taken again, stops called at again for other groups, and
//! in runs of two hubs boarding at the second takes no time.

use super::calls::{self, Offer, Taken};
use super::columns::{Column, LegRow};
use super::instance::{Instance, UNITS_PER_FEN};
use super::labels::{self, Entry, Label, NO_PARENT, WORDS};
use super::onward::Onward;
use super::pricing::{Duals, Effort, Priced, Pricer, SCALE};
use super::routes::Visit;
use super::still_to_gain::StillToGain;

/// Labels and what they are made of.
pub(super) struct Labelling<'a> {
    pricer: &'a Pricer<'a>,
    instance: &'a Instance,
    origin: usize,
    kind: usize,
    effort: Effort,
    seats: usize,
    /// By node: who would get in.
    offers: Vec<Vec<Offer>>,
    /// Row-major by node: what a leg and the call at its end cost, less what rows pay for it.
    arcs: Vec<i64>,
    onward: Onward,
    still_to_gain: StillToGain,
    labels: Vec<Label>,
    /// By load and node; the start alone has no load.
    buckets: Vec<Vec<Entry>>,
    /// By load and node: of the bucket.
    cheapest: Vec<i64>,
    /// Scratch space of [`calls::takings`].
    open: Vec<Taken>,
    tried: u64,
    /// Units of a run to the hubs alone, prices not considered.
    start_units: i64,
}

/// Stops that runs go on to when not all labels are looked at.
const NEAR_STOPS: usize = 20;
const MOST_COLUMNS: usize = 40;
const MOST_COLUMNS_OF_ALL: usize = 100;
const MOST_COLUMNS_PER_LAST_STOP: usize = 3;
const MOST_LABELS: usize = 4_000_000;

impl<'a> Labelling<'a> {
    /// With the label from which all runs begin.
    pub fn new(
        pricer: &'a Pricer<'a>,
        (origin, kind): (usize, usize),
        (duals, rows): (&Duals, &[LegRow]),
        effort: Effort,
    ) -> Self {
        let instance = pricer.instance;
        let (nodes, data) = (instance.nodes(), &instance.kinds[kind]);
        let seats = usize::try_from(pricer.seats[kind]).unwrap_or(0);
        let of_node = |node| calls::offers(instance, (node, &pricer.kept[node]), (origin, kind), duals);
        let offers: Vec<Vec<Offer>> = (0..nodes).map(of_node).collect();
        let arcs = arc_costs(instance, (origin, kind), duals, rows);
        let from = instance.origins[origin];
        let hubs = from.hubs().count() as i32;
        let mut start_units = data.per_run - UNITS_PER_FEN + data.per_second * i64::from(hubs * instance.per_call);
        let mut time = 0;
        if let Some(second) = from.second {
            let seconds = instance.seconds(kind, from.first, second);
            time += seconds + instance.per_call;
            start_units += data.per_metre * i64::from(instance.metres(from.first, second));
            start_units += data.per_second * i64::from(seconds);
        }
        let (cost, memory) = (start_units + duals.runs[kind], [0; WORDS]);
        let start = Label { cost, node: from.last() as u32, people: 0, passed_over: 0, parent: NO_PARENT, memory };
        let mut buckets: Vec<Vec<Entry>> = vec![Vec::new(); (seats + 1) * nodes];
        buckets[from.last()].push(Entry { cost, time, label: 0, memory });
        Self {
            pricer,
            instance,
            origin,
            kind,
            effort,
            seats,
            onward: Onward::new(seats, &offers, &arcs),
            still_to_gain: StillToGain::new(instance, (kind, seats), &offers, &arcs),
            offers,
            arcs,
            labels: vec![start],
            buckets,
            cheapest: vec![i64::MAX; (seats + 1) * nodes],
            open: Vec::new(),
            tried: 0,
            start_units,
        }
    }

    /// Makes all labels; false if it was stopped, or there are too many.
    pub fn run(&mut self, should_stop: &dyn Fn() -> bool) -> bool {
        let nodes = self.instance.nodes();
        for load in 0..self.seats {
            for node in 0..nodes {
                if should_stop() || self.labels.len() > MOST_LABELS {
                    return false;
                }
                let bucket = std::mem::take(&mut self.buckets[load * nodes + node]);
                for entry in &bucket {
                    if self.effort != Effort::All || !self.is_dominated(entry, (load, node)) {
                        self.go_on(entry, (load, node));
                    }
                }
                self.buckets[load * nodes + node] = bucket;
            }
        }
        true
    }

    /// Is another no worse with fewer on board?
    fn is_dominated(&self, entry: &Entry, (load, node): (usize, usize)) -> bool {
        (1..load).any(|fewer| {
            let place = fewer * self.instance.nodes() + node;
            self.cheapest[place] <= entry.cost && labels::has_better(&self.buckets[place], entry)
        })
    }

    fn go_on(&mut self, entry: &Entry, (load, node): (usize, usize)) {
        let pricer = self.pricer;
        let is_everywhere = load == 0 || self.effort == Effort::All;
        let reach = if is_everywhere { self.instance.nodes() } else { NEAR_STOPS };
        for &next in pricer.nearest[node].iter().take(reach) {
            if next as usize != node {
                self.call(entry, load, (node, next as usize));
            }
        }
    }

    /// From one node to another, where one or more are taken.
    #[inline]
    fn call(&mut self, entry: &Entry, load: usize, (node, next): (usize, usize)) {
        let instance = self.instance;
        let (nodes, seats, people) = (instance.nodes(), self.seats, load as i32);
        let arrival_cost = entry.cost + self.arcs[node * nodes + next];
        if self.offers[next].is_empty() || arrival_cost >= self.onward.most(seats - load, node, next) {
            return;
        }
        let dwell = if load > 0 { instance.per_call } else { 0 };
        let time = entry.time + dwell + instance.seconds(self.kind, node, next);
        if time + people * instance.per_person > instance.longest_ride {
            return;
        }
        // The dwell at the last call and at the first hub is part of no ride.
        let fixed = time + 2 * instance.per_call;
        let room = match instance.per_person {
            0 if fixed > instance.longest_run => return,
            0 => seats as i32 - people,
            each => ((instance.longest_run - fixed) / (2 * each)).min(seats as i32) - people,
        };
        let mut kept_memory = entry.memory;
        kept_memory.iter_mut().zip(&self.pricer.remembered[next]).for_each(|(bits, kept)| *bits &= kept);
        let may_pass_over = self.effort != Effort::Cheapest;
        let Self { offers, open, labels, buckets, cheapest, onward, still_to_gain, effort, tried, .. } = self;
        calls::takings(&offers[next], &entry.memory, (room, may_pass_over), open, |taken: &Taken| {
            *tried += 1;
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
                Effort::All => labels::keep(&mut buckets[place], new, labels),
            };
            if let Some(memory) = kept {
                cheapest[place] = cheapest[place].min(cost);
                let Taken { people, passed_over, .. } = *taken;
                labels.push(Label { cost, node: next as u32, people, passed_over, parent: entry.label, memory });
            }
        });
    }

    /// What was found.
    pub fn priced(&self, is_finished: bool) -> Priced {
        let runs = || self.labels[1..].iter();
        Priced {
            least: runs().map(|label| label.cost).min().unwrap_or(0).min(0),
            scale: runs().map(|label| self.scale(label)).min().unwrap_or(SCALE),
            is_finished,
            columns: self.columns(),
            tried: self.tried,
        }
    }

    /// By how much prices have to be scaled so that no run with this one's last call and no less a reduced cost gains.
    fn scale(&self, label: &Label) -> i64 {
        if label.cost >= 0 {
            return SCALE;
        }
        // No run costs less whose last call is there; a run that costs nothing gains at any price.
        let metres = self.pricer.least_metres[self.labels[0].node as usize][label.node as usize];
        let units = (self.start_units + self.instance.kinds[self.kind].per_metre * metres).max(0);
        (i128::from(units) * i128::from(SCALE) / i128::from(units - label.cost)) as i64
    }

    /// Runs of negative reduced cost, some of each last stop.
    fn columns(&self) -> Vec<Column> {
        let most = if self.effort == Effort::All { MOST_COLUMNS_OF_ALL } else { MOST_COLUMNS };
        let mut negative: Vec<usize> = (1..self.labels.len()).filter(|&label| self.labels[label].cost < 0).collect();
        negative.sort_by_key(|&label| (self.labels[label].cost, label));
        let mut ending_at = vec![0; self.instance.nodes()];
        let mut columns = Vec::new();
        for label in negative {
            let last = self.labels[label].node as usize;
            if ending_at[last] < MOST_COLUMNS_PER_LAST_STOP {
                ending_at[last] += 1;
                columns.push(self.column(label));
                if columns.len() == most {
                    break;
                }
            }
        }
        columns
    }

    fn column(&self, mut label: usize) -> Column {
        let mut calls: Vec<Vec<Visit>> = Vec::new();
        while self.labels[label].parent != NO_PARENT {
            let Label { node, people, passed_over, parent, .. } = self.labels[label];
            let known = &self.labels[parent as usize].memory;
            calls.push(calls::visits(&self.offers[node as usize], known, node, people, passed_over));
            label = parent as usize;
        }
        let visits = calls.into_iter().rev().flatten().collect();
        Column::new(self.instance, self.instance.origins[self.origin], self.kind, visits)
    }
}

/// Row-major by node: what a leg and the call at its end cost, less what rows pay for it.
fn arc_costs(instance: &Instance, (origin, kind): (usize, usize), duals: &Duals, rows: &[LegRow]) -> Vec<i64> {
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
