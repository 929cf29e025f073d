//! Which runs to and from hubs a date needs: its pupils, boarders and market goers as problems of [`super::hub_runs`].
//!
//! A *wave* is one such problem with what turns its answer back into the words of a timetable: day pupils to school in the
//! morning, pupils home in the afternoon, boarders back on the day before school, market goers in, market goers home. Clock
//! times are not chosen here: a wave only says in which window a run may be at each of its hubs.

use std::collections::BTreeMap;

use super::hub_runs::{CandidateStop, Direction, Group, HubRunProblem, RunDwell, RunKind};
use super::seats_on_lines::SeatsOnLines;
use crate::calendar::DayType;
use crate::demand::{StudentGroup, StudentRunDirection};
use crate::fleet::Product;
use crate::ids::{MarketGoersId, MarketId, SchoolId, StudentGroupId, VehicleTypeId, VillageId};
use crate::plan::{Hub, RunDemand, RunDirection};
use crate::scenario::Scenario;
use crate::time::{Duration, TimeWindow};
use crate::units::{Fen, Metres};

/// Runs may take this much longer than the longest ride: everybody's boarding at the first call and alighting at the hub.
const BEYOND_THE_RIDE: Duration = Duration::from_minutes(30);

/// People who travel in the same time of a date in the same way.
pub(super) struct Wave<'a> {
    /// Student or market.
    pub product: Product,
    /// To the hubs or home.
    pub direction: RunDirection,
    /// By position in the problem's hubs.
    pub hubs: Vec<WaveHub>,
    /// By position in the problem's groups.
    pub groups: Vec<WaveGroup>,
    /// By position in the problem's kinds; empty where no vehicle may work such runs.
    pub types: Vec<VehicleTypeId>,
    /// Do the windows of its hubs follow the bells of a school day?
    pub has_bells: bool,
    /// The problem itself.
    pub problem: HubRunProblem<'a>,
}

/// A hub, and when runs may be there.
#[derive(Clone, Copy, Debug)]
pub(super) struct WaveHub {
    /// School or market.
    pub hub: Hub,
    /// Runs arrive and everybody has got off, or boarding begins and the run leaves, in this window; before a bell moves.
    pub window: TimeWindow,
}

/// A group of the problem in the words of the timetable.
#[derive(Clone, Copy, Debug)]
pub(super) struct WaveGroup {
    /// Whose.
    pub of: RunDemand,
}

/// All waves of a date; those in which nobody travels are left out.
pub(super) fn waves<'a>(scenario: &'a Scenario, day: &DayType, lines: &mut SeatsOnLines) -> Vec<Wave<'a>> {
    let mut waves = Vec::new();
    if day.is_school_day {
        waves.push(Wave::to_school(scenario, lines));
        waves.push(Wave::from_school(scenario, lines, |group| !group.boards || day.boarders_go_home));
    }
    if day.boarders_return {
        waves.push(Wave::boarders_back(scenario, lines));
    }
    for direction in [RunDirection::Inward, RunDirection::Outward] {
        // Markets share no people; vehicles are shared later, when times are chosen.
        waves.extend(day.markets.iter().map(|&market| Wave::of_market(scenario, market, direction)));
    }
    waves.retain(|wave| !wave.groups.is_empty());
    waves
}

impl<'a> Wave<'a> {
    fn to_school(scenario: &'a Scenario, lines: &mut SeatsOnLines) -> Self {
        let policy = &scenario.policy.students;
        let window = |school: SchoolId| policy.at_school(scenario.school(school).bell_start);
        Self::of_pupils(scenario, lines, RunDirection::Inward, window, |group| !group.boards)
    }

    fn from_school(
        scenario: &'a Scenario,
        lines: &mut SeatsOnLines,
        takes_part: impl Fn(&StudentGroup) -> bool,
    ) -> Self {
        let policy = &scenario.policy.students;
        let window = |school: SchoolId| {
            let bell = scenario.school(school).bell_end;
            TimeWindow::new(bell, bell + policy.leave_after_bell)
        };
        Self::of_pupils(scenario, lines, RunDirection::Outward, window, takes_part)
    }

    fn boarders_back(scenario: &'a Scenario, lines: &mut SeatsOnLines) -> Self {
        let window = |_| scenario.policy.students.boarders_return;
        let mut wave = Self::of_pupils(scenario, lines, RunDirection::Inward, window, |group| group.boards);
        // No bell rings on the day before school.
        wave.has_bells = false;
        wave
    }

    fn of_pupils(
        scenario: &'a Scenario,
        lines: &mut SeatsOnLines,
        direction: RunDirection,
        window: impl Fn(SchoolId) -> TimeWindow,
        takes_part: impl Fn(&StudentGroup) -> bool,
    ) -> Self {
        let policy = &scenario.policy.students;
        let travel = &scenario.network.travel;
        let mut wave = Self::empty(scenario, Product::Student, direction);
        let mut hub_of: BTreeMap<SchoolId, usize> = BTreeMap::new();
        for (index, group) in scenario.student_groups.iter().enumerate() {
            let id = StudentGroupId::from_index(index);
            let school = scenario.school(group.school);
            let home = scenario.villages[group.village.index()].place;
            let people = group.students - enrolled(scenario, group, direction);
            // Who lives near enough walks all the way.
            let walks = travel.distance(home, school.place) <= policy.walk;
            if !school.has_customized_runs || !takes_part(group) || people <= 0 || walks {
                continue;
            }
            let hub = *hub_of.entry(group.school).or_insert_with(|| {
                wave.hubs.push(WaveHub { hub: Hub::School(group.school), window: window(group.school) });
                wave.problem.hubs.push(school.place);
                wave.hubs.len() - 1
            });
            let line = lines.alternative(scenario, id, direction, wave.hubs[hub].window, people);
            wave.groups.push(WaveGroup { of: RunDemand::Pupils(id) });
            wave.problem.groups.push(Group {
                hub,
                people,
                luggage_units_per_person: 0,
                stops: stops_near(scenario, group.village, policy.walk, policy.pupil_hour),
                cost_left_behind: policy.left_behind,
                line,
            });
        }
        wave.fit_windows();
        if policy.schools_per_run > 1 {
            wave.mix_hubs();
        }
        wave
    }

    fn of_market(scenario: &'a Scenario, market: MarketId, direction: RunDirection) -> Self {
        let policy = &scenario.policy.markets;
        let arrive = policy.at_market(scenario.market(market).hours.earliest);
        let window = match direction {
            RunDirection::Inward => arrive,
            // Whoever came last has stayed long enough, and whoever came first not too long.
            RunDirection::Outward => {
                let earliest = arrive.latest + policy.stay_least;
                let latest = arrive.earliest + policy.stay_most.max(policy.stay_least);
                TimeWindow::new(earliest, latest.max(earliest + SHORTEST_WINDOW))
            }
        };
        let mut wave = Self::empty(scenario, Product::Market, direction);
        wave.hubs.push(WaveHub { hub: Hub::Market(market), window });
        wave.problem.hubs.push(scenario.market(market).place);
        for (index, goers) in scenario.market_goers.iter().enumerate().filter(|(_, goers)| goers.market == market) {
            let of = RunDemand::Goers(MarketGoersId::from_index(index));
            let luggage = match direction {
                RunDirection::Inward => goers.luggage_in,
                RunDirection::Outward => goers.luggage_home,
            };
            if goers.people <= 0 {
                continue;
            }
            wave.groups.push(WaveGroup { of });
            wave.problem.groups.push(Group {
                hub: 0,
                people: goers.people,
                luggage_units_per_person: crate::units::quotient_rounded_up(luggage.into(), goers.people.into()) as i32,
                stops: stops_near(scenario, goers.village, scenario.policy.walking.limit, policy.goer_hour),
                cost_left_behind: policy.left_behind,
                line: None,
            });
        }
        wave.fit_windows();
        wave
    }

    /// Runs take no more people than get on or off at a hub while its window lasts.
    fn fit_windows(&mut self) {
        let dwell = self.problem.dwell;
        let length = |hub: &WaveHub| (hub.window.latest - hub.window.earliest).seconds() - dwell.per_call.seconds();
        let Some(shortest) = self.hubs.iter().map(length).min() else { return };
        let most = match dwell.per_person.seconds() {
            0 if shortest >= 0 => i32::MAX,
            seconds => shortest / seconds.max(1),
        };
        self.problem.kinds.iter_mut().for_each(|kind| kind.seats = kind.seats.min(most));
        let has_seats: Vec<bool> = self.problem.kinds.iter().map(|kind| kind.seats > 0).collect();
        let mut keeps = has_seats.iter();
        self.types.retain(|_| *keeps.next().unwrap_or(&false));
        self.problem.kinds.retain(|kind| kind.seats > 0);
    }

    /// Lets runs serve two hubs wherever the windows of both can be kept, however the seats are shared between them.
    fn mix_hubs(&mut self) {
        let most = self.problem.kinds.iter().map(|kind| kind.seats).max().unwrap_or(0);
        let dwell =
            self.problem.dwell.per_call + Duration::from_seconds(self.problem.dwell.per_person.seconds() * most);
        let is_possible = |&(first, second): &(usize, usize)| {
            let window = self.anchor_window((first, second), (dwell, dwell));
            first != second && window.is_some()
        };
        let hubs = 0..self.hubs.len();
        let pairs = hubs.clone().flat_map(|first| hubs.clone().map(move |second| (first, second)));
        self.problem.mixed_hubs = pairs.filter(is_possible).collect();
    }

    /// When a run may be at its anchor, which is the last hub inward and the first hub outward: arriving there inward, leaving outward. It
    /// stands at its hubs, in the order in which they are driven to, for these times; for a run with one hub both are that one.
    /// `None` if there is no such time.
    pub fn anchor_window(&self, (first, second): (usize, usize), stands: (Duration, Duration)) -> Option<TimeWindow> {
        let (at_first, at_second) = (self.hubs[first].window, self.hubs[second].window);
        let drive = self.problem.travel.duration(self.problem.hubs[first], self.problem.hubs[second]);
        // At the anchor alone, then as the other hub has it.
        let (earliest, latest) = match self.direction {
            RunDirection::Inward => (at_second.earliest, at_second.latest - stands.1),
            RunDirection::Outward => (at_first.earliest + stands.0, at_first.latest),
        };
        let (earliest, latest) = match self.direction {
            _ if first == second => (earliest, latest),
            RunDirection::Inward => {
                (earliest.max(at_first.earliest + stands.0 + drive), latest.min(at_first.latest + drive))
            }
            RunDirection::Outward => {
                (earliest.max(at_second.earliest - drive), latest.min(at_second.latest - drive - stands.1))
            }
        };
        (earliest <= latest).then(|| TimeWindow::new(earliest, latest))
    }

    fn empty(scenario: &'a Scenario, product: Product, direction: RunDirection) -> Self {
        let is_student = product == Product::Student;
        let (policy, network) = (&scenario.policy, &scenario.network);
        let longest_ride = if is_student { policy.students.ride } else { policy.markets.ride };
        let attendants = if is_student { policy.students.attendants } else { 0 };
        let fleet = &scenario.fleet;
        let mut types = Vec::new();
        let mut kinds = Vec::new();
        for (index, kind) in fleet.vehicle_types.iter().enumerate() {
            let id = VehicleTypeId::from_index(index);
            let seats = kind.capacity.seats - attendants;
            if kind.is_licensed_school_bus || seats <= 0 || fleet.of_type_for(id, product).next().is_none() {
                continue;
            }
            let share = i64::from(policy.students.run_percent_of_day);
            types.push(id);
            kinds.push(RunKind {
                seats,
                luggage_units: kind.capacity.luggage,
                cost_per_run: Fen(kind.cost_per_day.0 * share / 100),
                cost_per_kilometre: kind.cost_per_kilometre,
                cost_per_hour: kind.cost_per_hour,
                most_runs: None,
                driving_time_percent: 100,
            });
        }
        let dwell = RunDwell { per_call: policy.dwell.base, per_person: policy.dwell.per_passenger };
        let problem = HubRunProblem {
            travel: if is_student { &network.travel_with_pupils } else { &network.travel },
            direction: match direction {
                RunDirection::Inward => Direction::ToHub,
                RunDirection::Outward => Direction::FromHub,
            },
            hubs: Vec::new(),
            groups: Vec::new(),
            kinds,
            dwell,
            longest_ride,
            longest_run: longest_ride + BEYOND_THE_RIDE,
            mixed_hubs: Vec::new(),
        };
        Self { product, direction, hubs: Vec::new(), groups: Vec::new(), types, has_bells: is_student, problem }
    }
}

/// However policy narrows them, the windows of market runs home are never shorter.
const SHORTEST_WINDOW: Duration = Duration::from_minutes(30);

/// Where people of a village may board: at home, or at a stop within the limit.
fn stops_near(scenario: &Scenario, village: VillageId, limit: Metres, hour: Fen) -> Vec<CandidateStop> {
    let home = scenario.villages[village.index()].place;
    let links = scenario.network.walks.from(home).iter().filter(|link| link.distance <= limit && link.stop != home);
    let on_foot = links.map(|link| CandidateStop { place: link.stop, walking_cost: hour.per_hour(link.duration) });
    std::iter::once(CandidateStop { place: home, walking_cost: Fen(0) }).chain(on_foot).collect()
}

/// Pupils of a group who have a seat on a licensed run.
fn enrolled(scenario: &Scenario, group: &StudentGroup, direction: RunDirection) -> i32 {
    let way = match direction {
        RunDirection::Inward => StudentRunDirection::ToSchool,
        RunDirection::Outward => StudentRunDirection::FromSchool,
    };
    let home = scenario.villages[group.village.index()].place;
    let runs = scenario.student_runs.iter().filter(|run| run.school == group.school && run.direction == way);
    let calls = runs.flat_map(|run| &run.calls).filter(|call| call.place == home);
    if group.boards { 0 } else { calls.map(|call| call.enrolled).sum() }
}
