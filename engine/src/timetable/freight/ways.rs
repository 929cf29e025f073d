//! One consignment's ways through the timeline: what of it lies between its origin and its destination at all, and the cheapest
//! way at given prices of segments.
//!
//! Found once per consignment by a sweep forwards and one backwards; each search is then a sweep over the few rides that are left.
//! Costs are in 3,600ths of a fen. Transit is paid as the last arrival less the first departure, so that waiting at a
//! station needs no arc of its own and the cheapest goods that wait there are one label per station and number of holds.

use super::problem::{Access, FreightProblem, Goods, Hold, PER_FEN};
use super::timeline::{Event, Segment, Timeline};
use crate::time::ServiceTime;
use crate::units::Fen;

/// What a consignment may do; reasons ask for more than the consignment itself does.
#[derive(Clone, Copy)]
pub(super) struct Wish<'a> {
    pub goods: &'a Goods,
    pub load: Hold,
    pub ready: ServiceTime,
    pub due: ServiceTime,
}

/// A segment that lies on some way of the consignment.
#[derive(Clone, Copy, Debug)]
struct Ride {
    segment: usize,
    /// The ride before it in the same hold.
    before: Option<usize>,
    /// What it costs to load it here at its origin.
    from_origin: Option<i64>,
    from_station: Option<usize>,
    /// What it costs to bring it from here to its destination.
    to_destination: Option<i64>,
    /// Bit `n`: useful in the (n + 1)th hold.
    layers: u16,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Ride(usize),
    Store { ride: usize, station: usize },
}

/// The ways of one consignment through holds that are large enough for it when empty.
pub(super) struct Ways {
    rides: Vec<Ride>,
    steps: Vec<Step>,
    layers: usize,
    stations: usize,
    /// Unloading at a station and loading again.
    transfer: i64,
}

/// A way, and what it costs: carrying, handling, transit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub cost: i64,
    /// First and last segment in each hold.
    pub legs: Vec<(usize, usize)>,
}

/// Room for the labels of a search, kept from one to the next.
#[derive(Default)]
pub(super) struct Labels {
    /// By ride, then layer.
    cost: Vec<i64>,
    came: Vec<Came>,
    /// By station, then layer: the cheapest goods that wait there and the ride they came with.
    waiting: Vec<(i64, usize)>,
}

#[derive(Clone, Copy, Debug)]
enum Came {
    Origin,
    OnBoard,
    Transfer { ride: usize },
}

const NEVER: i64 = i64::MAX;

impl<'a> Wish<'a> {
    /// What the consignment wants.
    pub fn of(goods: &'a Goods) -> Self {
        Self { goods, load: goods.load, ready: goods.ready, due: goods.due }
    }

    /// When the goods would be ready to be loaded, were they ready at the wish's time.
    fn loading(&self, problem: &FreightProblem, segment: &Segment) -> Option<&'a Access> {
        let access = self.goods.origins.iter().find(|access| access.place == segment.from)?;
        (self.ready + access.duration + problem.policy.handling_time <= segment.departure).then_some(access)
    }

    fn delivery(&self, problem: &FreightProblem, segment: &Segment) -> Option<&'a Access> {
        let access = self.goods.destinations.iter().find(|access| access.place == segment.to)?;
        (segment.arrival + problem.policy.handling_time + access.duration <= self.due).then_some(access)
    }
}

impl Way {
    /// All its segments, in order.
    pub fn segments(&self) -> impl Iterator<Item = usize> + '_ {
        self.legs.iter().flat_map(|&(first, last)| first..=last)
    }
}

impl Ways {
    pub fn new(problem: &FreightProblem, timeline: &Timeline, wish: Wish<'_>) -> Self {
        let layers = problem.most_legs();
        let every = (u32::MAX >> (32 - layers)) as u16;
        let between = |time: ServiceTime| timeline.events.partition_point(|&(at, _)| at < time);
        let events = &timeline.events[between(wish.ready)..];
        let fits = |segment: &Segment| wish.load.fits_in(segment.hold);

        // Forwards: in which holds goods can be on a segment.
        let mut reached = vec![0_u16; timeline.segments.len()];
        let mut stored = vec![0_u16; timeline.stations];
        for &(at, event) in events {
            if at > wish.due {
                break;
            }
            match event {
                Event::Departs(index) => {
                    let segment = &timeline.segments[index];
                    if !fits(segment) {
                        continue;
                    }
                    let on_board = if segment.call > 0 { reached[index - 1] } else { 0 };
                    let loaded = u16::from(wish.loading(problem, segment).is_some());
                    let from_station = segment.from_station.map_or(0, |station| stored[station]);
                    reached[index] = on_board | loaded | from_station;
                }
                Event::Stored(index) => {
                    if let Some(station) = timeline.segments[index].to_station {
                        stored[station] |= (reached[index] << 1) & every;
                    }
                }
            }
        }
        // Backwards: in which holds goods on a segment still reach the destination.
        let mut useful = vec![0_u16; timeline.segments.len()];
        let mut wanted = vec![0_u16; timeline.stations];
        let mut kept: Vec<Event> = Vec::new();
        for &(_, event) in events.iter().rev() {
            match event {
                Event::Departs(index) if reached[index] != 0 => {
                    let segment = &timeline.segments[index];
                    let goes_on = timeline.segments.get(index + 1).is_some_and(|next| next.service == segment.service);
                    let on_board = if goes_on { useful[index + 1] } else { 0 };
                    let delivered = if wish.delivery(problem, segment).is_some() { every } else { 0 };
                    useful[index] = (useful[index] | on_board | delivered) & reached[index];
                    if useful[index] != 0 {
                        kept.push(event);
                        if let Some(station) = segment.from_station {
                            wanted[station] |= useful[index] & !1;
                        }
                    }
                }
                Event::Stored(index) => {
                    let segment = &timeline.segments[index];
                    let leaves = segment.to_station.map_or(0, |station| wanted[station] & (reached[index] << 1));
                    if leaves != 0 {
                        kept.push(event);
                        useful[index] |= leaves >> 1;
                    }
                }
                Event::Departs(_) => {}
            }
        }
        kept.reverse();
        Self::of(problem, timeline, wish, (&kept, &useful))
    }

    fn of(problem: &FreightProblem, timeline: &Timeline, wish: Wish<'_>, kept: (&[Event], &[u16])) -> Self {
        let handling = problem.policy.handling.0 * PER_FEN;
        let second = problem.transit_hour(wish.goods).0;
        let (kept, useful) = kept;
        let (mut rides, mut steps): (Vec<Ride>, Vec<Step>) = (Vec::new(), Vec::new());
        let mut ride_of = vec![usize::MAX; timeline.segments.len()];
        for &event in kept {
            match event {
                Event::Departs(index) => {
                    let segment = &timeline.segments[index];
                    let at = |time: ServiceTime| second * i64::from(time.seconds());
                    let carrying = |access: &Access| access.cost.0 * PER_FEN + handling;
                    let loading = wish.loading(problem, segment);
                    let delivery = wish.delivery(problem, segment);
                    let before = if segment.call > 0 { ride_of[index - 1] } else { usize::MAX };
                    ride_of[index] = rides.len();
                    steps.push(Step::Ride(rides.len()));
                    rides.push(Ride {
                        segment: index,
                        before: (before != usize::MAX).then_some(before),
                        from_origin: loading.map(|access| carrying(access) - at(segment.departure)),
                        from_station: segment.from_station,
                        to_destination: delivery.map(|access| carrying(access) + at(segment.arrival)),
                        layers: useful[index],
                    });
                }
                Event::Stored(index) => {
                    let station = timeline.segments[index].to_station;
                    steps.extend(station.map(|station| Step::Store { ride: ride_of[index], station }));
                }
            }
        }
        Self { rides, steps, layers: problem.most_legs(), stations: timeline.stations, transfer: 2 * handling }
    }

    /// Is there no way at all?
    pub fn is_empty(&self) -> bool {
        self.rides.is_empty()
    }

    /// The segments that lie on some way.
    pub fn segments(&self) -> impl Iterator<Item = usize> + '_ {
        self.rides.iter().map(|ride| ride.segment)
    }

    /// Segments at which it may be brought to its destination, and those with which it may leave its origin.
    pub fn ends(&self) -> (impl Iterator<Item = usize> + '_, impl Iterator<Item = usize> + '_) {
        let arrives = self.rides.iter().filter(|ride| ride.to_destination.is_some());
        let leaves = self.rides.iter().filter(|ride| ride.from_origin.is_some() && ride.layers & 1 != 0);
        (arrives.map(|ride| ride.segment), leaves.map(|ride| ride.segment))
    }

    /// The cheapest way where each segment costs so much more (`None`: it is closed), and its cost with these prices. Of several
    /// the first by departures.
    pub fn cheapest(&self, price: impl Fn(usize) -> Option<i64>, labels: &mut Labels) -> Option<(i64, Way)> {
        let layers = self.layers;
        labels.cost.clear();
        labels.cost.resize(self.rides.len() * layers, NEVER);
        labels.came.clear();
        labels.came.resize(self.rides.len() * layers, Came::Origin);
        labels.waiting.clear();
        labels.waiting.resize(self.stations * layers, (NEVER, 0));
        let mut best: Option<(i64, usize, usize)> = None;
        for &step in &self.steps {
            match step {
                Step::Store { ride, station } => {
                    for layer in 1..layers {
                        let cost = labels.cost[ride * layers + layer - 1];
                        let waiting = &mut labels.waiting[station * layers + layer];
                        if cost < waiting.0 {
                            *waiting = (cost, ride);
                        }
                    }
                }
                Step::Ride(index) => {
                    let ride = &self.rides[index];
                    let Some(toll) = price(ride.segment) else { continue };
                    for layer in (0..layers).filter(|layer| ride.layers >> layer & 1 != 0) {
                        let (mut cost, mut came) = (NEVER, Came::Origin);
                        if let Some(before) = ride.before {
                            (cost, came) = (labels.cost[before * layers + layer], Came::OnBoard);
                        }
                        match (layer, ride.from_origin, ride.from_station) {
                            (0, Some(loading), _) if loading < cost => (cost, came) = (loading, Came::Origin),
                            (1.., _, Some(station)) => {
                                let (waiting, ride) = labels.waiting[station * layers + layer];
                                if waiting != NEVER && waiting + self.transfer < cost {
                                    (cost, came) = (waiting + self.transfer, Came::Transfer { ride });
                                }
                            }
                            _ => {}
                        }
                        if cost == NEVER {
                            continue;
                        }
                        labels.cost[index * layers + layer] = cost + toll;
                        labels.came[index * layers + layer] = came;
                        if let Some(delivery) = ride.to_destination {
                            let total = cost + toll + delivery;
                            if best.is_none_or(|(least, ..)| total < least) {
                                best = Some((total, index, layer));
                            }
                        }
                    }
                }
            }
        }
        best.map(|(total, last, layer)| (total, self.way_to(last, layer, labels)))
    }

    fn way_to(&self, last: usize, mut layer: usize, labels: &Labels) -> Way {
        let (mut ride, mut leg_end) = (last, self.rides[last].segment);
        let mut cost = self.rides[last].to_destination.unwrap_or(0);
        let mut legs = Vec::new();
        loop {
            match labels.came[ride * self.layers + layer] {
                Came::OnBoard => ride = self.rides[ride].before.expect("goods on board came with a ride before"),
                Came::Transfer { ride: other } => {
                    legs.push((self.rides[ride].segment, leg_end));
                    cost += self.transfer;
                    (ride, leg_end) = (other, self.rides[other].segment);
                    layer -= 1;
                }
                Came::Origin => {
                    legs.push((self.rides[ride].segment, leg_end));
                    legs.reverse();
                    return Way { cost: cost + self.rides[ride].from_origin.unwrap_or(0), legs };
                }
            }
        }
    }
}

/// What it costs that holds leave this over.
pub(super) fn price_left_over(problem: &FreightProblem, goods: &Goods) -> i64 {
    let Fen(price) = problem.price_left_over(goods);
    price * PER_FEN
}
