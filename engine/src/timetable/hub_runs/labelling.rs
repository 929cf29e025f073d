//! One pricing of one origin and kind: the runs of least reduced cost, by labels.
//!
//! A label is the beginning of a run: where it is, how many are on board for the calls so far, how long the last of them rides,
//! its reduced cost, and the groups it remembers having taken people of, as far as they are remembered where it is now. As runs are seen
//! from the hub, every label is a complete run. Where all labels are looked at, those go on that have at most half the people; the rest is
//! joined to tails.
//!
//! What is relaxed makes the bound weaker, never wrong: forgotten groups may be taken again, stops called at again for other groups, and
//! in runs of two hubs boarding at the second takes no time.

use super::calls::{self, Offer, Taken};
use super::columns::{Column, LegRow};
use super::instance::{Instance, UNITS_PER_FEN};
use super::labels::{self, Entry, Label, NO_PARENT, WORDS};
use super::onward::{Onward, Ways};
use super::pricing::{Duals, Effort, Priced, Pricer, SCALE};
use super::routes::{Shape, Visit};
use super::still_to_gain::StillToGain;
use super::tails::{TailTask, Tails};

/// Labels and what they are made of.
pub(super) struct Labelling<'a> {
    pricer: &'a Pricer<'a>,
    instance: &'a Instance,
    origin: usize,
    kind: usize,
    effort: Effort,
    seats: usize,
    /// Runs with more free seats gain no more than those of another kind.
    most_free: usize,
    /// By node: who would get in.
    offers: Vec<Vec<Offer>>,
    /// Row-major by node: what a leg and the call at its end cost, less what rows pay for it.
    arcs: Vec<i64>,
    onward: Onward,
    still_to_gain: StillToGain,
    /// If all labels are looked at.
    tails: Option<Tails>,
    /// Runs that gain, of a beginning and a tail.
    joined: Vec<Joined>,
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

/// A run that gains.
#[derive(Clone, Copy, Debug)]
struct Joined {
    cost: i64,
    label: u32,
    /// The stop it is told apart by: the first of its tail, or its last.
    next: u32,
    /// `None`: it ends with its label.
    tail: Option<u32>,
}

/// Stops that runs go on to when not all labels are looked at.
const NEAR_STOPS: usize = 20;
const MOST_COLUMNS: usize = 40;
const MOST_COLUMNS_OF_ALL: usize = 100;
const MOST_COLUMNS_PER_STOP: usize = 3;
/// Steps of time in which the way onward is looked at.
pub(super) const STEPS: usize = 60;
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
        let most_free = if effort == Effort::All {
            seats - fewer_seats(pricer, (origin, kind), (duals, rows), &arcs).map_or(0, |seats| seats + 1)
        } else {
            seats
        };
        Self {
            pricer,
            instance,
            origin,
            most_free,
            kind,
            effort,
            seats,
            onward: Onward::new(&Ways {
                seats,
                longest_ride: instance.longest_ride,
                steps: if effort == Effort::All { STEPS } else { 0 },
                most_free,
                per_person: instance.per_person,
                offers: &offers,
                leg: &|from, to| (arcs[from * nodes + to], instance.per_call + instance.seconds(kind, from, to)),
                end: &|_| None,
            }),
            still_to_gain: StillToGain::new(instance, (kind, seats), &offers, &arcs),
            tails: None,
            joined: Vec::new(),
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
        let mut last_load = self.seats;
        if self.effort == Effort::All {
            if !self.find_tails(should_stop) {
                return false;
            }
            last_load = self.seats / 2 + 1;
        }
        for load in 0..last_load.min(self.seats) {
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
        self.join(should_stop)
    }

    /// The tails that take the second half of the people; false if it was stopped.
    fn find_tails(&mut self, should_stop: &dyn Fn() -> bool) -> bool {
        let start = &self.labels[0];
        let task = TailTask {
            pricer: self.pricer,
            kind: self.kind,
            seats: self.seats,
            most_free: self.most_free,
            most_people: self.seats - self.seats.min(self.seats / 2 + 1),
            offers: &self.offers,
            arcs: &self.arcs,
            start: (start.cost, self.buckets[start.node as usize][0].time),
            hub: start.node as usize,
        };
        self.tails = Tails::new(&task, &mut self.tried, should_stop);
        self.tails.is_some()
    }

    /// Joins beginnings that take more than half the people to tails; false if it was stopped.
    fn join(&mut self, should_stop: &dyn Fn() -> bool) -> bool {
        let Self { instance, tails, buckets, arcs, joined, kind, seats, .. } = self;
        let Some(tails) = tails else { return true };
        let nodes = instance.nodes();
        for load in *seats / 2 + 1..*seats {
            for node in instance.stop_nodes() {
                if should_stop() {
                    return false;
                }
                for entry in &buckets[load * nodes + node] {
                    let on_board = load as i32 * instance.per_person + instance.per_call;
                    for next in instance.stop_nodes().filter(|&next| next != node) {
                        let arrival = entry.time + on_board + instance.seconds(*kind, node, next);
                        if arrival <= instance.longest_ride {
                            let so_far = (entry.cost + arcs[node * nodes + next], instance.longest_ride - arrival);
                            if let Some((cost, tail)) = tails.best(next, *seats - load, so_far, &entry.memory) {
                                let tail = Some(tail);
                                joined.push(Joined { cost, label: entry.label, next: next as u32, tail });
                            }
                        }
                    }
                }
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
        if self.offers[next].is_empty() {
            return;
        }
        let dwell = if load > 0 { instance.per_call } else { 0 };
        let time = entry.time + dwell + instance.seconds(self.kind, node, next);
        let left = instance.longest_ride - time - people * instance.per_person;
        if left < 0 || arrival_cost >= self.onward.most(seats - load, left, node, next) {
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
        let Self {
            offers,
            open,
            labels,
            buckets,
            cheapest,
            onward,
            still_to_gain,
            effort,
            tried,
            tails,
            most_free,
            ..
        } = self;
        calls::takings(&offers[next], &entry.memory, (room, may_pass_over), open, |taken: &Taken| {
            *tried += 1;
            let load = (people + taken.people) as usize;
            let cost = arrival_cost - taken.profit;
            let left = left - taken.people * instance.per_person;
            // Who rides no farther needs no time.
            let may_end = seats - load <= *most_free;
            let most = if left < 0 {
                if may_end { 0 } else { i64::MIN }
            } else {
                onward.most_behind(seats - load, left, node, next)
            };
            if cost >= most.min(still_to_gain.most(seats - load, instance.longest_ride - time)) {
                return;
            }
            let is_second_half = load > seats / 2;
            if tails
                .as_ref()
                .is_some_and(|tails| is_second_half && cost + tails.least_behind(next, seats - load, left) >= 0)
            {
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
        let ended = self.labels[1..].iter().zip(1..).filter(|(label, _)| label.cost < 0);
        let ended = ended.map(|(label, index)| Joined { cost: label.cost, label: index, next: label.node, tail: None });
        let mut negative: Vec<Joined> = ended.chain(self.joined.iter().copied()).collect();
        negative.sort_by_key(|run| (run.cost, run.label, run.next));
        Priced {
            least: negative.first().map_or(0, |run| run.cost),
            scale: negative.iter().map(|run| self.scale(run)).min().unwrap_or(SCALE),
            is_finished,
            columns: self.columns(&negative),
            tried: self.tried,
        }
    }

    /// By how much prices have to be scaled so that no run that calls where this one does and has no less a reduced cost gains.
    fn scale(&self, run: &Joined) -> i64 {
        // No run costs less that calls there; a run that costs nothing gains at any price.
        let least_metres = &self.pricer.least_metres[self.labels[0].node as usize];
        let metres = least_metres[self.labels[run.label as usize].node as usize].max(least_metres[run.next as usize]);
        let units = (self.start_units + self.instance.kinds[self.kind].per_metre * metres).max(0);
        (i128::from(units) * i128::from(SCALE) / i128::from(units - run.cost)) as i64
    }

    /// Runs of negative reduced cost, some of each stop.
    fn columns(&self, negative: &[Joined]) -> Vec<Column> {
        let most = if self.effort == Effort::All { MOST_COLUMNS_OF_ALL } else { MOST_COLUMNS };
        let mut calling_at = vec![0; self.instance.nodes()];
        let mut columns = Vec::new();
        for run in negative {
            if calling_at[run.next as usize] < MOST_COLUMNS_PER_STOP {
                let column = self.column(run);
                // A beginning and a tail may keep to the longest ride, but not to the longest run.
                let shape = Shape::of(self.instance, column.origin, &column.visits);
                if shape.duration(self.instance, column.kind) > self.instance.longest_run {
                    continue;
                }
                calling_at[run.next as usize] += 1;
                columns.push(column);
                if columns.len() == most {
                    break;
                }
            }
        }
        columns
    }

    fn column(&self, run: &Joined) -> Column {
        let mut label = run.label as usize;
        let mut calls: Vec<Vec<Visit>> = Vec::new();
        while self.labels[label].parent != NO_PARENT {
            let Label { node, people, passed_over, parent, .. } = self.labels[label];
            let known = &self.labels[parent as usize].memory;
            calls.push(calls::visits(&self.offers[node as usize], known, node, people, passed_over));
            label = parent as usize;
        }
        let mut visits: Vec<Visit> = calls.into_iter().rev().flatten().collect();
        if let (Some(tail), Some(tails)) = (run.tail, &self.tails) {
            visits.extend(tails.visits(tail));
        }
        Column::new(self.instance, self.instance.origins[self.origin], self.kind, visits)
    }
}

/// The most seats of a smaller kind of which no run with so many people costs more at these prices.
fn fewer_seats(
    pricer: &Pricer<'_>,
    (origin, kind): (usize, usize),
    (duals, rows): (&Duals, &[LegRow]),
    arcs: &[i64],
) -> Option<usize> {
    let instance = pricer.instance;
    let (nodes, data) = (instance.nodes(), &instance.kinds[kind]);
    let from = instance.origins[origin].last();
    let is_cheaper = |&other: &usize| {
        let smaller = &instance.kinds[other];
        let costs_no_more = smaller.per_run <= data.per_run
            && smaller.per_metre <= data.per_metre
            && smaller.per_second <= data.per_second
            && instance.speed_of(other) == instance.speed_of(kind);
        if !costs_no_more || pricer.seats[other] >= pricer.seats[kind] || pricer.seats[other] <= 0 {
            return false;
        }
        // Cuts may pay larger vehicles more; the first leg of a run is that from its hub.
        let of_other = arc_costs(instance, (origin, other), duals, rows);
        let more_to_begin = data.per_run + duals.runs[kind] - smaller.per_run - duals.runs[other];
        (0..nodes * nodes).all(|leg| {
            let more = if leg / nodes == from { more_to_begin } else { 0 };
            !instance.stop_nodes().contains(&(leg % nodes)) || of_other[leg] <= arcs[leg] + more
        })
    };
    let smaller = (0..instance.kinds.len()).filter(is_cheaper).map(|other| pricer.seats[other]);
    smaller.max().and_then(|seats| usize::try_from(seats).ok())
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
