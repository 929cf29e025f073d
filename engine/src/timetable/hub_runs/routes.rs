//! A run as the search changes it: whom it takes where, whether it keeps the limits, and what it costs.

use super::instance::{Instance, Origin};

/// Most different speeds of kinds that a search keeps apart.
pub(super) const MOST_SPEEDS: usize = 4;

/// Some of a group alight at a node. Neighbouring visits at one node are one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Visit {
    pub node: u32,
    pub group: u32,
    pub people: i32,
}

/// A run from its origin to its last call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub origin: Origin,
    pub kind: usize,
    pub visits: Vec<Visit>,
    pub shape: Shape,
    /// Units, walking not included.
    pub cost: i64,
}

/// What of a run its cost and its limits depend on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    pub metres: i64,
    /// By speed: driving alone, between the hubs too.
    pub driving: [i32; MOST_SPEEDS],
    pub calls: i32,
    pub hubs: i32,
    pub people: i32,
    pub luggage: i32,
    /// At the last call.
    pub people_at_last: i32,
    /// Who board at the second hub.
    pub people_of_second: i32,
}

impl Shape {
    /// Of a run that makes these visits.
    pub fn of(instance: &Instance, origin: Origin, visits: &[Visit]) -> Self {
        let mut shape = Self { hubs: 1, ..Self::default() };
        let mut at = origin.first;
        if let Some(second) = origin.second {
            shape.hubs = 2;
            shape.drive(instance, at, second);
            at = second;
        }
        for visit in visits {
            let node = visit.node as usize;
            if shape.calls == 0 || node != at {
                shape.drive(instance, at, node);
                shape.calls += 1;
                shape.people_at_last = 0;
                at = node;
            }
            let group = &instance.groups[visit.group as usize];
            shape.people += visit.people;
            shape.luggage += visit.people * group.luggage;
            shape.people_at_last += visit.people;
            shape.people_of_second += if origin.second == Some(group.hub) { visit.people } else { 0 };
        }
        shape
    }

    fn drive(&mut self, instance: &Instance, from: usize, to: usize) {
        self.metres += i64::from(instance.metres(from, to));
        for speed in 0..instance.speeds() {
            self.driving[speed] += instance.seconds_at(speed, from, to);
        }
    }

    /// From the departure of the first hub to the arrival at the last call.
    pub fn ride(&self, instance: &Instance, kind: usize) -> i32 {
        let boarding = (self.hubs - 1) * instance.per_call + self.people_of_second * instance.per_person;
        let alighting =
            (self.calls - 1) * instance.per_call + (self.people - self.people_at_last) * instance.per_person;
        self.driving[instance.speed_of(kind)] + boarding + alighting
    }

    /// From the first boarding to the last alighting.
    pub fn duration(&self, instance: &Instance, kind: usize) -> i32 {
        let dwell = (self.calls + self.hubs) * instance.per_call + 2 * self.people * instance.per_person;
        self.driving[instance.speed_of(kind)] + dwell
    }

    /// The cost in units if a vehicle of the kind can drive it.
    pub fn cost(&self, instance: &Instance, kind: usize) -> Option<i64> {
        let data = &instance.kinds[kind];
        let fits = self.people <= data.seats && self.luggage <= data.luggage;
        let duration = self.duration(instance, kind);
        let keeps = fits && duration <= instance.longest_run && self.ride(instance, kind) <= instance.longest_ride;
        keeps.then(|| data.units(self.metres, i64::from(duration)))
    }

    /// The cheapest kind that can drive it among those allowed; the first of equals.
    #[inline]
    pub fn best_kind(&self, instance: &Instance, is_allowed: impl Fn(usize) -> bool) -> Option<(i64, usize)> {
        let kinds = (0..instance.kinds.len()).filter(|&kind| is_allowed(kind));
        kinds.filter_map(|kind| Some((self.cost(instance, kind)?, kind))).min()
    }
}

impl Route {
    /// A run that makes these visits, if a vehicle of the kind can.
    pub fn new(instance: &Instance, origin: Origin, kind: usize, visits: Vec<Visit>) -> Option<Self> {
        let shape = Shape::of(instance, origin, &visits);
        let cost = shape.cost(instance, kind)?;
        Some(Self { origin, kind, visits, shape, cost })
    }
}
