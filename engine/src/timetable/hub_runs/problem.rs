//! What is asked: who wants to go to (or home from) which hub, from which stops, in which vehicles.

use crate::ids::PlaceId;
use crate::network::TravelTimes;
use crate::time::Duration;
use crate::units::Fen;

/// Which way the runs go. The two are mirror images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Everybody boards at the calls and alights at the hub.
    ToHub,
    /// Everybody boards at the hub and alights at the calls.
    FromHub,
}

/// The whole problem. A run calls at a stop once at most, and takes people of a group at one stop alone: those who ride together wait
/// together.
///
/// Plain data; whoever builds it keeps: nothing is negative, groups name hubs that there are, every cost is less than 10⁹ fen, and
/// kinds have at most four different `driving_time_percent`.
#[derive(Clone, Debug)]
pub struct HubRunProblem<'a> {
    /// Driving times and distances of the network; times obey the triangle inequality.
    pub travel: &'a TravelTimes,
    /// Which way.
    pub direction: Direction,
    /// The places at which runs end (begin).
    pub hubs: Vec<PlaceId>,
    /// Who travels.
    pub groups: Vec<Group>,
    /// What they travel in.
    pub kinds: Vec<RunKind>,
    /// How long boarding and alighting take.
    pub dwell: RunDwell,
    /// Nobody's ride is longer: from the departure of the call to the arrival at the hub, from the departure of the hub to
    /// the arrival at the call. In a run of two hubs it counts from the first (to the last) of them, whoever is on board.
    pub longest_ride: Duration,
    /// No run takes longer, boarding and alighting of the first and last included.
    pub longest_run: Duration,
    /// Two hubs at which one run may end (from which it may begin), one right after the other, with people of both: in the order in
    /// which they are driven to.
    pub mixed_hubs: Vec<(usize, usize)>,
}

/// People with the same hub and the same stops to choose from. They may be split over runs one by one, each run at the stop that
/// suits it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Position in [`HubRunProblem::hubs`].
    pub hub: usize,
    /// How many.
    pub people: i32,
    /// What each of them carries.
    pub luggage_units_per_person: i32,
    /// Where they may board (alight); with none, nobody of them finds a run.
    pub stops: Vec<CandidateStop>,
    /// For each that neither a run nor a line takes.
    pub cost_left_behind: Fen,
    /// They may ride a line instead.
    pub line: Option<LineAlternative>,
}

/// A stop that a group may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CandidateStop {
    /// Where.
    pub place: PlaceId,
    /// The walk, per person.
    pub walking_cost: Fen,
}

/// A line takes some of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineAlternative {
    /// Per person.
    pub cost: Fen,
    /// At most so many of the group.
    pub most_people: i32,
}

/// A kind of vehicle, as far as one run is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunKind {
    /// For people; the driver's and an attendant's are taken off.
    pub seats: i32,
    /// Luggage units.
    pub luggage_units: i32,
    /// Of every run: its share of the vehicle's day and of the empty drive.
    pub cost_per_run: Fen,
    /// From the first to the last place of the run.
    pub cost_per_kilometre: Fen,
    /// From the first boarding to the last alighting.
    pub cost_per_hour: Fen,
    /// At most so many runs of the kind, all hubs together.
    pub most_runs: Option<i32>,
    /// Its driving times in percent of the network's, rounded up to the second per way.
    pub driving_time_percent: u16,
}

/// How long the vehicle stands at a call or hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunDwell {
    /// Whatever happens there.
    pub per_call: Duration,
    /// For everybody who boards or alights there.
    pub per_person: Duration,
}

/// How long to search.
#[derive(Clone, Copy, Debug)]
pub struct HubRunOptions {
    /// Seconds, for people.
    pub time_limit_seconds: Option<f64>,
    /// Units of work, some milliseconds each: the deterministic stop.
    pub work_limit: Option<u64>,
    /// A plan this close to the bound, relative to its cost, is good enough.
    pub gap: f64,
    /// Of the search's generator.
    pub seed: u64,
    /// Seconds since any fixed moment, read from the caller's clock.
    pub clock: fn() -> f64,
}

/// What is known while the search runs; hubs not yet looked at count with what they are known to cost so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HubRunProgress {
    /// Cost of the best plan so far.
    pub cost: Fen,
    /// No plan costs less.
    pub lower_bound: Fen,
    /// Units of work done.
    pub work: u64,
}

impl Default for HubRunOptions {
    fn default() -> Self {
        Self { time_limit_seconds: Some(60.0), work_limit: None, gap: 0.001, seed: 1, clock: || 0.0 }
    }
}
