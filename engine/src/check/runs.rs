//! Rules of student and market runs: who gets on and off where and when, seats and luggage, bells and market hours.
//!
//! Every run is replayed call by call. Whether everybody travels who must is judged in [`demand`]; the vehicle that works a
//! run, in [`super::fixed`]. Whether a run is a good one is not judged.

mod demand;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Findings, Rule};
use crate::calendar::DayType;
use crate::demand::StudentRunDirection;
use crate::fleet::Product;
use crate::ids::{PlaceId, RunId, SchoolId};
use crate::plan::{Hub, Run, RunCall, RunDemand, RunDirection, RunRiders, Timetable};
use crate::scenario::Scenario;
use crate::time::{Duration, ServiceTime, TimeWindow};
use crate::units::Metres;

/// Adds what the runs of a timetable break, and what it says of those whom they leave behind.
pub(super) fn check_runs(scenario: &Scenario, timetable: &Timetable, findings: &mut Findings) {
    let day = match scenario.day_type(timetable.date) {
        Ok(day) => day,
        Err(error) => return findings.add(Rule::Reference, timetable.date, error),
    };
    let mut checker = Checker { scenario, timetable, day, moved_bells: BTreeMap::new(), findings };
    checker.moved_bells();
    for (index, run) in timetable.runs.iter().enumerate() {
        let label = run_label(scenario, timetable, RunId::from_index(index));
        if checker.exists(&label, run) {
            checker.products(&label, run);
            checker.times(&label, run);
            checker.at_hubs(&label, run);
            checker.replay(&label, run);
        }
    }
    checker.everybody_who_must_travel();
}

/// What people call a run: `run 3 (student, to SCHOOL, 07:10:00)`.
pub(super) fn run_label(scenario: &Scenario, timetable: &Timetable, id: RunId) -> String {
    let run = timetable.run(id);
    let code = |hub: &Hub| match *hub {
        Hub::School(school) => scenario.schools.get(school.index()).map(|school| school.code.as_str()),
        Hub::Market(market) => scenario.markets.get(market.index()).map(|market| market.code.as_str()),
    };
    let hubs: Vec<&str> = run.hubs.iter().map(|hub| code(hub).unwrap_or("nowhere")).collect();
    let way = if run.direction == RunDirection::Inward { "to" } else { "home from" };
    let begins = run.calls.first().map_or_else(|| "without calls".to_owned(), |call| call.arrival.to_string());
    format!("run {} ({}, {way} {}, {begins})", id.0, run.product.word(), hubs.join(" and "))
}

struct Checker<'a> {
    scenario: &'a Scenario,
    timetable: &'a Timetable,
    day: DayType,
    /// Later by so much; only bells that move.
    moved_bells: BTreeMap<SchoolId, Duration>,
    findings: &'a mut Findings,
}

/// Those of one demand who are on board.
#[derive(Default)]
struct OnBoard {
    /// How many since when, in the order of boarding.
    since: VecDeque<(i32, ServiceTime)>,
    luggage: i32,
}

impl OnBoard {
    fn people(&self) -> i32 {
        self.since.iter().map(|(people, _)| people).sum()
    }

    /// So many get off, who boarded first first. Returns when the first of them boarded.
    fn alight(&mut self, mut people: i32) -> Option<ServiceTime> {
        let first = self.since.front().map(|&(_, since)| since);
        while let Some((aboard, _)) = self.since.front_mut().filter(|_| people > 0) {
            let alighting = people.min(*aboard);
            (*aboard, people) = (*aboard - alighting, people - alighting);
            if *aboard == 0 {
                self.since.pop_front();
            }
        }
        first
    }
}

impl Checker<'_> {
    /// Each school's bells move once, and no farther than the school allows.
    fn moved_bells(&mut self) {
        for moved in &self.timetable.moved_bells {
            let Some(school) = self.scenario.schools.get(moved.school.index()) else {
                let subject = format!("school {}", moved.school.0);
                self.findings.add(Rule::Reference, subject, "its bells move, but it does not exist");
                continue;
            };
            let later = Duration::from_minutes(moved.minutes);
            if later.max(-later) > school.bell_shift {
                let detail = format!("its bells move by {} min, limit {}", moved.minutes, school.bell_shift);
                self.findings.add(Rule::Bell, &school.code, detail);
            }
            if self.moved_bells.insert(moved.school, later).is_some() {
                self.findings.add(Rule::Bell, &school.code, "its bells move twice");
            }
            if self.day.is_school_day && later != Duration::ZERO {
                self.licensed_runs(moved.school);
            }
        }
    }

    /// What the licence fixes doesn't move with the bells: they move only as far as licensed runs are there in time.
    fn licensed_runs(&mut self, school: SchoolId) {
        let scenario = self.scenario;
        for run in scenario.student_runs.iter().filter(|run| run.school == school) {
            let (direction, gate) = match run.direction {
                StudentRunDirection::ToSchool => (RunDirection::Inward, run.calls.last()),
                StudentRunDirection::FromSchool => (RunDirection::Outward, run.calls.first()),
            };
            let Some(time) = gate.map(|call| call.time) else { continue };
            let allowed = self.bell_window(school, direction);
            if !allowed.contains(time) {
                let detail =
                    format!("its bells move, but the licensed run {} is there at {time}, not {allowed}", run.code);
                self.findings.add(Rule::Bell, &scenario.school(school).code, detail);
            }
        }
    }

    /// Says what is unknown of a run, or that it goes nowhere; nothing else of such a run can be judged.
    fn exists(&mut self, label: &str, run: &Run) -> bool {
        let scenario = self.scenario;
        let is_hub = |hub: &Hub| match *hub {
            Hub::School(school) => school.index() < scenario.schools.len(),
            Hub::Market(market) => market.index() < scenario.markets.len(),
        };
        let riders = || run.calls.iter().flat_map(|call| call.boardings.iter().chain(&call.alightings));
        let wrong = if run.vehicle_type.index() >= scenario.fleet.vehicle_types.len() {
            (Rule::Reference, "its vehicle type does not exist")
        } else if !run.calls.iter().all(|call| call.place.index() < scenario.network.places.len()) {
            (Rule::Reference, "calls at a place that does not exist")
        } else if !run.hubs.iter().all(is_hub) {
            (Rule::Reference, "is for a school or market that does not exist")
        } else if !riders().all(|riders| self.knows(riders.of)) {
            (Rule::Reference, "carries people who do not exist")
        } else if run.calls.len() < 2 {
            (Rule::Service, "has fewer than two calls")
        } else {
            return true;
        };
        self.findings.add(wrong.0, label, wrong.1);
        false
    }

    fn knows(&self, of: RunDemand) -> bool {
        match of {
            RunDemand::Pupils(group) => group.index() < self.scenario.student_groups.len(),
            RunDemand::Goers(goers) => goers.index() < self.scenario.market_goers.len(),
        }
    }

    /// Where these people are brought, or come from.
    fn hub_of(&self, of: RunDemand) -> Hub {
        match of {
            RunDemand::Pupils(group) => Hub::School(self.scenario.student_groups[group.index()].school),
            RunDemand::Goers(goers) => Hub::Market(self.scenario.market_goers[goers.index()].market),
        }
    }

    fn label_of(&self, of: RunDemand) -> String {
        let (who, village) = match of {
            RunDemand::Pupils(group) => {
                let group = &self.scenario.student_groups[group.index()];
                (if group.boards { "boarders" } else { "day pupils" }, group.village)
            }
            RunDemand::Goers(goers) => ("market goers", self.scenario.market_goers[goers.index()].village),
        };
        let home = self.scenario.network.place(self.scenario.villages[village.index()].place);
        format!("{who} of {} ({})", home.code, self.hub_of(of).code(self.scenario))
    }

    /// Pupils ride with nobody else, and with those of other schools only as policy allows.
    fn products(&mut self, label: &str, run: &Run) {
        let is_right = |hub: Hub| match hub {
            Hub::School(_) => run.product == Product::Student,
            Hub::Market(_) => run.product == Product::Market,
        };
        let riders = run.calls.iter().flat_map(|call| call.boardings.iter().chain(&call.alightings));
        let mut served = riders.map(|riders| self.hub_of(riders.of)).chain(run.hubs.iter().copied());
        if !served.all(is_right) {
            self.findings.add(Rule::Product, label, format!("carries others than a {} run may", run.product.word()));
        }
        let most = match run.product {
            Product::Student => usize::from(self.scenario.policy.students.schools_per_run).max(1),
            _ => 1,
        };
        if run.hubs.len() > most {
            self.findings.add(Rule::Product, label, format!("serves {} hubs, limit {most}", run.hubs.len()));
        }
    }

    /// Driving takes its time, and so does getting on and off.
    fn times(&mut self, label: &str, run: &Run) {
        let network = &self.scenario.network;
        let travel = if run.product == Product::Student { &network.travel_with_pupils } else { &network.travel };
        let dwell = self.scenario.policy.dwell;
        for call in &run.calls {
            let people: i32 = call.boardings.iter().chain(&call.alightings).map(|riders| riders.people).sum();
            let needed = dwell.base + Duration::from_seconds(dwell.per_passenger.seconds() * people);
            let stands = call.departure - call.arrival;
            if stands < needed {
                let place = &network.place(call.place).code;
                let detail = format!("stands {stands} at {place} for {people} people, {needed} needed");
                self.findings.add(Rule::Time, label, detail);
            }
        }
        for pair in run.calls.windows(2) {
            let earliest = pair[0].departure + travel.duration(pair[0].place, pair[1].place);
            if pair[1].arrival < earliest {
                let place = &network.place(pair[1].place).code;
                let detail = format!("cannot be at {place} at {}, only at {earliest}", pair[1].arrival);
                self.findings.add(Rule::Time, label, detail);
            }
        }
    }

    /// The hubs are served as stated, each in its time.
    fn at_hubs(&mut self, label: &str, run: &Run) {
        let mut served: Vec<Hub> = Vec::new();
        for call in &run.calls {
            let riders = if run.direction == RunDirection::Inward { &call.alightings } else { &call.boardings };
            let hubs: BTreeSet<Hub> = riders.iter().map(|riders| self.hub_of(riders.of)).collect();
            for hub in hubs {
                self.hub_in_time(label, run.direction, hub, call);
                if served.last() != Some(&hub) {
                    served.push(hub);
                }
            }
        }
        if served != run.hubs {
            let codes = |hubs: &[Hub]| hubs.iter().map(|hub| hub.code(self.scenario)).collect::<Vec<_>>().join(", ");
            let detail = format!("serves {}, is said to serve {}", codes(&served), codes(&run.hubs));
            self.findings.add(Rule::Service, label, detail);
        }
    }

    fn hub_in_time(&mut self, label: &str, direction: RunDirection, hub: Hub, call: &RunCall) {
        let there = TimeWindow::new(call.arrival, call.departure);
        let (allowed, bound) = match hub {
            Hub::School(school) => (self.school_window(school, direction), there),
            Hub::Market(market) => {
                let policy = &self.scenario.policy.markets;
                let opens = self.scenario.market(market).hours.earliest;
                let (first, last) = (opens + policy.arrive_after_opening, opens + policy.arrive_within);
                match direction {
                    RunDirection::Inward => (TimeWindow::new(first, last), TimeWindow::new(call.arrival, call.arrival)),
                    RunDirection::Outward => {
                        // Whoever came last has stayed long enough; whoever came first, not too long. There is always half
                        // an hour in which to leave.
                        let leave = last + policy.stay_least;
                        let latest = first + policy.stay_most.max(policy.stay_least);
                        let latest = latest.max(leave + Duration::from_minutes(30));
                        (TimeWindow::new(leave, latest), TimeWindow::new(call.departure, call.departure))
                    }
                }
            }
        };
        let hub = hub.code(self.scenario);
        if bound.earliest < allowed.earliest {
            let detail = format!("is at {hub} at {}, {} too early", bound.earliest, allowed.earliest - bound.earliest);
            self.findings.add(Rule::Bell, label, detail);
        }
        if bound.latest > allowed.latest {
            let detail = format!("is at {hub} until {}, {} too late", bound.latest, bound.latest - allowed.latest);
            self.findings.add(Rule::Bell, label, detail);
        }
    }

    /// When a run may stand at a school.
    fn school_window(&self, school: SchoolId, direction: RunDirection) -> TimeWindow {
        // No bell rings on the day before school.
        match direction {
            RunDirection::Inward if self.day.boarders_return => self.scenario.policy.students.boarders_return,
            _ => self.bell_window(school, direction),
        }
    }

    /// When a run is in time for the bells of a school, where they have moved to.
    fn bell_window(&self, school: SchoolId, direction: RunDirection) -> TimeWindow {
        let policy = &self.scenario.policy.students;
        let moved = self.moved_bells.get(&school).copied().unwrap_or(Duration::ZERO);
        let school = self.scenario.school(school);
        match direction {
            RunDirection::Outward => {
                let bell = school.bell_end + moved;
                TimeWindow::new(bell, bell + policy.leave_after_bell)
            }
            RunDirection::Inward => {
                let bell = school.bell_start + moved;
                TimeWindow::new(bell - policy.earliest_before_bell, bell - policy.arrive_before_bell)
            }
        }
    }

    /// People get on and off, call by call.
    fn replay(&mut self, label: &str, run: &Run) {
        let policy = &self.scenario.policy;
        let (attendants, longest_ride) = match run.product {
            Product::Student => (policy.students.attendants, policy.students.ride),
            _ => (0, policy.markets.ride),
        };
        let capacity = self.scenario.fleet.vehicle_types[run.vehicle_type.index()].capacity;
        let mut on_board: BTreeMap<RunDemand, OnBoard> = BTreeMap::new();
        for call in &run.calls {
            for riders in &call.alightings {
                self.rightly(label, riders, call.place, run.direction == RunDirection::Inward);
                let aboard = on_board.entry(riders.of).or_default();
                if riders.people > aboard.people() || riders.luggage > aboard.luggage {
                    let detail =
                        format!("more {} alight at {} than are on board", self.label_of(riders.of), call.arrival);
                    self.findings.add(Rule::Service, label, detail);
                }
                let since = aboard.alight(riders.people);
                aboard.luggage = (aboard.luggage - riders.luggage).max(0);
                let ride = since.map_or(Duration::ZERO, |since| call.arrival - since);
                if ride > longest_ride {
                    let detail = format!("{} ride {ride}, limit {longest_ride}", self.label_of(riders.of));
                    self.findings.add(Rule::RideTime, label, detail);
                }
            }
            for riders in &call.boardings {
                self.rightly(label, riders, call.place, run.direction == RunDirection::Outward);
                let aboard = on_board.entry(riders.of).or_default();
                aboard.since.push_back((riders.people.max(0), call.departure));
                aboard.luggage += riders.luggage.max(0);
            }
            let people: i32 = on_board.values().map(OnBoard::people).sum();
            if people > capacity.seats - attendants {
                let detail =
                    format!("{people} on board from {}, {} seats", call.departure, capacity.seats - attendants);
                self.findings.add(Rule::Capacity, label, detail);
            }
            let luggage: i32 = on_board.values().map(|aboard| aboard.luggage).sum();
            if luggage > capacity.luggage {
                let detail = format!("{luggage} luggage units from {}, room for {}", call.departure, capacity.luggage);
                self.findings.add(Rule::Capacity, label, detail);
            }
        }
        for (of, aboard) in on_board.into_iter().filter(|(_, aboard)| aboard.people() > 0 || aboard.luggage > 0) {
            let left = format!("{} with {} luggage units", aboard.people(), aboard.luggage);
            self.findings.add(Rule::Service, label, format!("{left} of the {} never get off", self.label_of(of)));
        }
    }

    /// Somebody boards or alights, and where these people may: at their hub, or near home.
    fn rightly(&mut self, label: &str, riders: &RunRiders, place: PlaceId, is_at_hub: bool) {
        let whose = self.label_of(riders.of);
        if riders.people <= 0 || riders.luggage < 0 {
            let detail = format!("{} {whose} with {} luggage units get on or off", riders.people, riders.luggage);
            self.findings.add(Rule::Service, label, detail);
        }
        let is_right = match is_at_hub {
            true => self.hub_of(riders.of).place(self.scenario) == place,
            false => self.is_near_home(riders.of, place),
        };
        if !is_right {
            let code = &self.scenario.network.place(place).code;
            self.findings.add(Rule::Service, label, format!("{whose} get on or off at {code}, a wrong place"));
        }
    }

    fn is_near_home(&self, of: RunDemand, place: PlaceId) -> bool {
        let (village, limit): (_, Metres) = match of {
            RunDemand::Pupils(group) => {
                (self.scenario.student_groups[group.index()].village, self.scenario.policy.students.walk)
            }
            RunDemand::Goers(goers) => {
                (self.scenario.market_goers[goers.index()].village, self.scenario.policy.walking.limit)
            }
        };
        let home = self.scenario.villages[village.index()].place;
        let links = self.scenario.network.walks.from(home);
        home == place || links.iter().any(|link| link.stop == place && link.distance <= limit)
    }
}
