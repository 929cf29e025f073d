//! How runs can end: the cheapest tails from each stop on, found backwards. Pricing joins them to the beginnings of runs (Righini &
//! Salani 2006), so that both need only half the people of a run: there are far fewer halves than wholes.
//!
//! A tail is a run from one of its calls on. It remembers the groups it takes as beginnings do, seen from the other side: a beginning and
//! a tail that remember no group both take none of them twice within what is remembered.

use super::calls::{self, Offer, Pattern};
use super::labelling;
use super::labels::{self, Entry, Memory, WORDS};
use super::onward::{Onward, Ways};
use super::pricing::Pricer;
use super::routes::Visit;
use super::still_to_gain::StillToGain;

/// The cheapest tails of the runs of one origin and kind.
pub(super) struct Tails {
    nodes: usize,
    /// Tails take no more people.
    pub most_people: usize,
    seconds_per_step: i32,
    patterns: Vec<Vec<Pattern>>,
    labels: Vec<TailLabel>,
    /// By people and node.
    buckets: Vec<Vec<Entry>>,
    /// By stop, then free seats, then [`STEPS`] + 1 amounts of time: where its tails end in `tails`; they begin where those before end.
    ends: Vec<u32>,
    tails: Vec<Tail>,
    /// By stop, then free seats, then steps of time: what a run that has called there pays at least for what comes behind; at most zero.
    least_behind: Vec<i64>,
}

#[derive(Clone, Copy, Debug)]
struct Tail {
    /// From the arrival at its first stop on.
    cost: i64,
    /// To the arrival at its last.
    time: i32,
    label: u32,
}

struct TailLabel {
    node: u32,
    pattern: u32,
    /// The tail from the next call on.
    next: u32,
    memory: Memory,
}

/// Behind the last call of a run.
const NO_TAIL: u32 = u32::MAX;
const STEPS: usize = 40;
/// Tails of a stop, free seats and time that are looked at before all.
const MOST: usize = 8;

/// What tails are made of.
pub(super) struct TailTask<'a> {
    pub pricer: &'a Pricer<'a>,
    pub kind: usize,
    pub seats: usize,
    pub most_free: usize,
    pub most_people: usize,
    /// By node.
    pub offers: &'a [Vec<Offer>],
    /// Row-major by node.
    pub arcs: &'a [i64],
    /// What a run costs before its first leg, and how long it has driven by then.
    pub start: (i64, i32),
    /// The node from which runs go to their first call.
    pub hub: usize,
}

impl Tails {
    /// All tails that may be part of a run that gains; `None` if it was stopped.
    pub fn new(task: &TailTask<'_>, tried: &mut u64, should_stop: &dyn Fn() -> bool) -> Option<Self> {
        let nodes = task.pricer.instance.nodes();
        let mut search = Search {
            task,
            patterns: task.offers.iter().map(|offers| calls::patterns(offers, task.most_people)).collect(),
            earliest: earliest_arrivals(task),
            way_in: cheapest_ways_in(task),
            before: StillToGain::of_beginnings(task.pricer.instance, task),
            inward: inward(task),
            buckets: vec![Vec::new(); (task.most_people + 1) * nodes],
            labels: Vec::new(),
            tried,
        };
        let buckets = search.run(should_stop)?;
        let Search { patterns, labels, .. } = search;
        let instance = task.pricer.instance;
        let seconds_per_step = (instance.longest_ride / STEPS as i32).max(1);
        let (ends, tails) = by_seats_and_time(&buckets, &labels, (nodes, task.most_people), seconds_per_step);
        let size = nodes * (task.most_people + 1) * (STEPS + 1);
        let mut known = Self {
            nodes,
            most_people: task.most_people,
            seconds_per_step,
            patterns,
            labels,
            buckets,
            ends,
            tails,
            least_behind: vec![0; size],
        };
        known.look_behind(task);
        Some(known)
    }

    fn place(&self, node: usize, free: usize, seconds_left: i32) -> usize {
        let step = ((seconds_left.max(0) / self.seconds_per_step) as usize).min(STEPS);
        (node * (self.most_people + 1) + free.min(self.most_people)) * (STEPS + 1) + step
    }

    fn tails_at(&self, place: usize) -> &[Tail] {
        let begin = if place == 0 { 0 } else { self.ends[place - 1] as usize };
        &self.tails[begin..self.ends[place] as usize]
    }

    fn look_behind(&mut self, task: &TailTask<'_>) {
        let instance = task.pricer.instance;
        for node in instance.stop_nodes() {
            for next in instance.stop_nodes().filter(|&next| next != node) {
                let drive = instance.per_call + instance.seconds(task.kind, node, next);
                let arc = task.arcs[node * self.nodes + next];
                for free in 0..=self.most_people {
                    for step in 0..=STEPS {
                        // What is left lies between this step and the next.
                        let left = (step as i32 + 1) * self.seconds_per_step - 1 - drive;
                        if left < 0 {
                            continue;
                        }
                        let left = if step == STEPS { i32::MAX } else { left };
                        if let Some(&Tail { cost, .. }) = self.tails_at(self.place(next, free, left)).first() {
                            let place = self.place(node, free, step as i32 * self.seconds_per_step);
                            self.least_behind[place] = self.least_behind[place].min(arc + cost);
                        }
                    }
                }
            }
        }
    }

    /// What a run that has called at a stop pays at least behind it, with so many seats free and so much time left.
    #[inline]
    pub fn least_behind(&self, node: usize, free: usize, seconds_left: i32) -> i64 {
        self.least_behind[self.place(node, free, seconds_left)]
    }

    /// The best end of a run that gains and comes to a stop with this memory, so many free seats and so much time left, at this cost.
    #[inline]
    pub fn best(
        &self,
        node: usize,
        free: usize,
        (cost, seconds_left): (i64, i32),
        memory: &Memory,
    ) -> Option<(i64, u32)> {
        let tails = self.tails_at(self.place(node, free, seconds_left));
        let mut gaining = tails.iter().take_while(|tail| cost + tail.cost < 0);
        let fits = |time: i32, other: &Memory| time <= seconds_left && !intersects(other, memory);
        if let Some(tail) = gaining.find(|tail| fits(tail.time, &self.labels[tail.label as usize].memory)) {
            return Some((cost + tail.cost, tail.label));
        }
        if tails.len() < MOST || cost + tails[MOST - 1].cost >= 0 {
            return None;
        }
        // The dearer ones.
        let mut best = (0, NO_TAIL);
        for people in 1..=free.min(self.most_people) {
            let bucket = &self.buckets[people * self.nodes + node];
            let better = bucket.iter().take_while(|tail| cost + tail.cost < best.0);
            if let Some(tail) = better.into_iter().find(|tail| fits(tail.time, &tail.memory)) {
                best = (cost + tail.cost, tail.label);
            }
        }
        (best.1 != NO_TAIL).then_some(best)
    }

    /// The visits of a tail.
    pub fn visits(&self, mut tail: u32) -> Vec<Visit> {
        let mut visits = Vec::new();
        while tail != NO_TAIL {
            let TailLabel { node, pattern, next, .. } = self.labels[tail as usize];
            visits.extend(self.patterns[node as usize][pattern as usize].visits(node));
            tail = next;
        }
        visits
    }
}

/// The search for tails, by people.
struct Search<'a> {
    task: &'a TailTask<'a>,
    patterns: Vec<Vec<Pattern>>,
    /// By node: when a run is there at the earliest.
    earliest: Vec<i32>,
    way_in: Vec<(i64, i32)>,
    before: StillToGain,
    inward: Onward,
    /// By people and node. A tail's time is that from the arrival at its first to that at its last call.
    buckets: Vec<Vec<Entry>>,
    labels: Vec<TailLabel>,
    tried: &'a mut u64,
}

impl Search<'_> {
    fn run(&mut self, should_stop: &dyn Fn() -> bool) -> Option<Vec<Vec<Entry>>> {
        let instance = self.task.pricer.instance;
        let nodes = instance.nodes();
        for stop in instance.stop_nodes() {
            for pattern in 0..self.patterns[stop].len() {
                self.add((stop, pattern), 0, (0, 0, stop), ([0; WORDS], NO_TAIL));
            }
        }
        for people in 1..self.task.most_people {
            for node in instance.stop_nodes() {
                if should_stop() {
                    return None;
                }
                let bucket = std::mem::take(&mut self.buckets[people * nodes + node]);
                for entry in &bucket {
                    let fewer = 1..people;
                    let has_better = |fewer: usize| labels::has_better(&self.buckets[fewer * nodes + node], entry);
                    if !fewer.into_iter().any(has_better) {
                        self.go_back(entry, people, node);
                    }
                }
                self.buckets[people * nodes + node] = bucket;
            }
        }
        Some(std::mem::take(&mut self.buckets))
    }

    fn go_back(&mut self, entry: &Entry, people: usize, node: usize) {
        let TailTask { pricer, kind, most_people, .. } = *self.task;
        let instance = pricer.instance;
        for stop in instance.stop_nodes().filter(|&stop| stop != node) {
            let time = entry.time + instance.per_call + instance.seconds(kind, stop, node);
            if self.patterns[stop].is_empty() || time + self.earliest[stop] > instance.longest_ride {
                continue;
            }
            let cost = entry.cost + self.task.arcs[stop * instance.nodes() + node];
            let left = instance.longest_ride - time;
            if cost >= self.inward.most(self.task.seats - people, left, node, stop) {
                continue;
            }
            let mut kept = entry.memory;
            kept.iter_mut().zip(&pricer.remembered[stop]).for_each(|(bits, kept)| *bits &= kept);
            for pattern in 0..self.patterns[stop].len() {
                let taken = &self.patterns[stop][pattern];
                if people + taken.people > most_people {
                    break;
                }
                if !intersects(&taken.remembered, &entry.memory) {
                    let time = time + instance.per_person * taken.people as i32;
                    self.add((stop, pattern), people, (cost, time, node), (kept, entry.label));
                }
            }
        }
    }

    /// A tail of one call more.
    #[inline]
    fn add(
        &mut self,
        (stop, pattern): (usize, usize),
        people: usize,
        behind: (i64, i32, usize),
        (kept, next): (Memory, u32),
    ) {
        let instance = self.task.pricer.instance;
        *self.tried += 1;
        let taken = &self.patterns[stop][pattern];
        let (people, cost, time) = (people + taken.people, behind.0 - taken.profit, behind.1);
        let left = instance.longest_ride - time;
        if self.earliest[stop] > left {
            return;
        }
        let free = self.task.seats - people;
        if cost >= self.inward.most_behind(free, left, behind.2, stop) {
            return;
        }
        let (way_in, drive_in) = self.way_in[stop];
        if cost + self.task.start.0 + way_in >= self.before.most(free, left - drive_in) {
            return;
        }
        let memory = std::array::from_fn(|word| kept[word] | taken.bits[word]);
        let new = Entry { cost, time, label: self.labels.len() as u32, memory };
        let bucket = &mut self.buckets[people * instance.nodes() + stop];
        if let Some(memory) = labels::keep(bucket, new, &mut self.labels) {
            self.labels.push(TailLabel { node: stop as u32, pattern: pattern as u32, next, memory });
        }
    }
}

impl labels::Remembers for TailLabel {
    fn memory(&mut self) -> &mut Memory {
        &mut self.memory
    }
}

#[inline]
fn intersects(one: &Memory, other: &Memory) -> bool {
    one.iter().zip(other).fold(0, |common, (one, other)| common | (one & other)) != 0
}

/// The cheapest tails of every stop that need no more than so many seats and so much time, and where they end in the list of all.
fn by_seats_and_time(
    buckets: &[Vec<Entry>],
    labels: &[TailLabel],
    (nodes, most_people): (usize, usize),
    seconds_per_step: i32,
) -> (Vec<u32>, Vec<Tail>) {
    let mut ends = Vec::with_capacity(nodes * (most_people + 1) * (STEPS + 1));
    let mut tails: Vec<Tail> = Vec::new();
    for node in 0..nodes {
        let mut by_time: Vec<Vec<Tail>> = vec![Vec::new(); STEPS + 1];
        for people in 0..=most_people {
            for &Entry { cost, time, label, .. } in &buckets[people * nodes + node] {
                let first = ((time / seconds_per_step) as usize).min(STEPS);
                for list in by_time.iter_mut().skip(first) {
                    if !add(list, Tail { cost, time, label }, labels) {
                        break;
                    }
                }
            }
            for list in &by_time {
                tails.extend_from_slice(list);
                ends.push(tails.len() as u32);
            }
        }
    }
    (ends, tails)
}

/// Puts a tail among the cheapest; false if it is not among them.
fn add(list: &mut Vec<Tail>, new: Tail, labels: &[TailLabel]) -> bool {
    let place = list.partition_point(|other| other.cost <= new.cost);
    let memory = |tail: &Tail| &labels[tail.label as usize].memory;
    let is_better = |other: &Tail| other.time <= new.time && labels::is_subset(memory(other), memory(&new));
    if place == MOST || list[..place].iter().any(is_better) {
        return false;
    }
    list.truncate(MOST - 1);
    list.insert(place, new);
    true
}

/// What calls before a stop gain at most, and the way from the hub to them.
fn inward(task: &TailTask<'_>) -> Onward {
    let instance = task.pricer.instance;
    let nodes = instance.nodes();
    Onward::new(&Ways {
        seats: task.seats,
        most_free: task.most_free,
        longest_ride: instance.longest_ride,
        steps: labelling::STEPS,
        per_person: instance.per_person,
        offers: task.offers,
        leg: &|from, to| {
            let seconds = instance.per_call + instance.seconds(task.kind, to, from);
            (task.arcs[to * nodes + from], seconds)
        },
        end: &|node| {
            let seconds = task.start.1 + instance.seconds(task.kind, task.hub, node);
            Some((task.start.0 + task.arcs[task.hub * nodes + node], seconds))
        },
    })
}

/// By node: when a run is there at the earliest, each of its calls before taking one person or more.
fn earliest_arrivals(task: &TailTask<'_>) -> Vec<i32> {
    let instance = task.pricer.instance;
    let mut earliest = vec![i32::MAX; instance.nodes()];
    for stop in instance.stop_nodes() {
        earliest[stop] = task.start.1 + instance.seconds(task.kind, task.hub, stop);
    }
    let mut open: Vec<usize> = instance.stop_nodes().collect();
    while let Some(place) = (0..open.len()).min_by_key(|&place| (earliest[open[place]], open[place])) {
        let node = open.swap_remove(place);
        for &next in &open {
            let dwell = instance.per_call + instance.per_person;
            let arrival = earliest[node] + dwell + instance.seconds(task.kind, node, next);
            earliest[next] = earliest[next].min(arrival);
        }
    }
    earliest
}

/// By node: what the last leg there costs and takes at least.
fn cheapest_ways_in(task: &TailTask<'_>) -> Vec<(i64, i32)> {
    let instance = task.pricer.instance;
    let nodes = instance.nodes();
    let way_in = |node: usize| {
        let from = || instance.stop_nodes().chain([task.hub]).filter(move |&from| from != node);
        let cost = from().map(|from| task.arcs[from * nodes + node]).min().unwrap_or(0);
        (cost, from().map(|from| instance.seconds(task.kind, from, node)).min().unwrap_or(0))
    };
    (0..nodes).map(way_in).collect()
}
