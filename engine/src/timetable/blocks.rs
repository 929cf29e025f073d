//! Trips and runs chained into vehicle days: which vehicle of which depot works what, by [`super::vehicle_scheduling`].
//!
//! A *task* is a trip or a run as a vehicle sees it. Vehicles that nobody can tell apart are a class: of one depot, one type and
//! the same products; booked vehicles also of one shift piece, which their tasks must keep within. Between two tasks a vehicle
//! waits where it is or, where that is cheaper, is parked at its depot without a driver: its block ends there and another one begins.
//!
//! Tasks are left out only as far as vehicles cannot work them, or where a vehicle costs more than what is lost.

use std::collections::BTreeMap;

use super::PlanError;
use super::duties::vehicle_days::relief_places;
use super::line_plan::PlannedTrip;
use super::luggage::most_luggage;
use super::vehicle_scheduling::{
    Chain, InvalidProblem, KnownSchedules, Links, VehicleClass, VehicleSchedules, VehicleSchedulingOptions,
    VehicleSchedulingProblem, VehicleSchedulingProgress, WorkableTask, reschedule_vehicles, schedule_vehicles,
};
use crate::fleet::{Product, VehicleType};
use crate::ids::{DepotId, PlaceId, VehicleId, VehicleTypeId};
use crate::plan::{Run, RunDemand};
use crate::scenario::Scenario;
use crate::stop_signal::StopSignal;
use crate::time::{Duration, ServiceTime, TimeWindow};
use crate::units::{Fen, Metres};

/// Which trip or run a task is: positions in what was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Work {
    /// Of a line.
    Trip(usize),
    /// For pupils or market goers.
    Run(usize),
}

/// A block: tasks of one vehicle from leaving its depot to being back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WorkedBlock {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// In order of time.
    pub work: Vec<Work>,
    /// Leaves the depot.
    pub leaves_depot: ServiceTime,
    /// Is back.
    pub returns: ServiceTime,
}

/// Vehicle days for everything, and what is known of their quality.
pub(super) struct VehicleDays {
    /// By vehicle, then time.
    pub blocks: Vec<WorkedBlock>,
    /// Vehicles, and the price of what is left out.
    pub cost: Fen,
    /// No vehicle days cost less.
    pub lower_bound: Fen,
    /// By depot and type: what one more vehicle would save a day.
    pub savings: Vec<(DepotId, VehicleTypeId, Fen)>,
    /// The same by vehicle used: its class and its tasks.
    pub chains: Vec<(usize, Vec<Work>)>,
    /// Others that may be of use when tasks move.
    other_chains: Vec<(usize, Vec<Work>)>,
    /// What each task adds to the cost.
    costs: BTreeMap<Work, i64>,
}

/// A trip or run as a vehicle sees it.
#[derive(Clone, Copy)]
pub(super) struct Task {
    /// Which.
    pub work: Work,
    /// At the first stop.
    pub begin: ServiceTime,
    /// Everybody has got off at the last.
    pub end: ServiceTime,
    from: PlaceId,
    to: PlaceId,
    /// May drivers be changed where it begins and where it ends?
    reliefs: (bool, bool),
    length: Metres,
    /// What is lost with it.
    pub price: Fen,
}

impl Task {
    /// The task at another time.
    pub fn moved(self, shift: Duration) -> Self {
        Self { begin: self.begin + shift, end: self.end + shift, ..self }
    }

    fn driven(&self) -> TimeWindow {
        TimeWindow::new(self.begin, self.end)
    }
}

/// Vehicles that nobody can tell apart.
pub(super) struct Class {
    depot: DepotId,
    /// Of all of them.
    pub vehicle_type: VehicleTypeId,
    /// Which.
    pub vehicles: Vec<VehicleId>,
    /// Of booked vehicles: the shift piece.
    pub piece: Option<TimeWindow>,
}

/// What is lost with a trip: its passengers, and a departure; where both are free still something, so that no trip is
/// given up for nothing.
pub(super) fn loss(scenario: &Scenario, trip: &PlannedTrip) -> Fen {
    let policy = &scenario.policy.lines;
    Fen(policy.unserved_passenger.0 * i64::from(trip.boardings) + policy.missing_departure.0).max(Fen(1))
}

fn tasks(scenario: &Scenario, trips: &[PlannedTrip], runs: &[Run]) -> Vec<Task> {
    let relief = relief_places(scenario);
    let reliefs = |from: PlaceId, to: PlaceId| (relief.contains(&from), relief.contains(&to));
    let of_trip = |(index, trip): (usize, &PlannedTrip)| {
        let pattern = scenario.pattern(trip.candidate.pattern);
        Task {
            work: Work::Trip(index),
            begin: trip.candidate.departure,
            end: trip.candidate.departure + pattern.running_time(),
            from: pattern.first_stop(),
            to: pattern.last_stop(),
            reliefs: reliefs(pattern.first_stop(), pattern.last_stop()),
            length: pattern.length(),
            price: loss(scenario, trip),
        }
    };
    let of_run = |(index, run): (usize, &Run)| Task {
        work: Work::Run(index),
        begin: run.starts(),
        end: run.ends(),
        from: run.first_place(),
        to: run.last_place(),
        reliefs: reliefs(run.first_place(), run.last_place()),
        length: run_length(scenario, run),
        price: loss_of_run(scenario, run),
    };
    let mut tasks: Vec<Task> =
        trips.iter().enumerate().map(of_trip).chain(runs.iter().enumerate().map(of_run)).collect();
    tasks.sort_by_key(|task| (task.begin, task.end, task.work));
    tasks
}

/// Driven from the first to the last call.
fn run_length(scenario: &Scenario, run: &Run) -> Metres {
    let travel = match run.product {
        Product::Student => &scenario.network.travel_with_pupils,
        _ => &scenario.network.travel,
    };
    run.calls.windows(2).map(|pair| travel.distance(pair[0].place, pair[1].place)).sum()
}

fn loss_of_run(scenario: &Scenario, run: &Run) -> Fen {
    let boardings = run.calls.iter().flat_map(|call| &call.boardings);
    let price = |riders: &crate::plan::RunRiders| match riders.of {
        RunDemand::Pupils(_) => scenario.policy.students.left_behind.0 * i64::from(riders.people),
        RunDemand::Goers(_) => scenario.policy.markets.left_behind.0 * i64::from(riders.people),
    };
    Fen(boardings.map(price).sum::<i64>()).max(Fen(1))
}

/// Vehicles for lines, students and markets. Those with shift pieces are booked vehicles: each piece is a class of its own.
fn classes(scenario: &Scenario) -> Vec<Class> {
    let fleet = &scenario.fleet;
    type Likeness = (DepotId, VehicleTypeId, Vec<Product>, Option<(ServiceTime, ServiceTime)>);
    let mut alike: BTreeMap<Likeness, Vec<VehicleId>> = BTreeMap::new();
    for (index, vehicle) in fleet.vehicles.iter().enumerate() {
        let id = VehicleId::from_index(index);
        let products: Vec<Product> = vehicle.products.iter().collect();
        let is_fixed = |product: &Product| matches!(product, Product::Line | Product::Student | Product::Market);
        if fleet.type_of(id).is_licensed_school_bus || !products.iter().any(is_fixed) {
            continue;
        }
        let mut pieces = fleet.shift_pieces.iter().filter(|piece| piece.vehicle == id).peekable();
        if pieces.peek().is_none() {
            let likeness = (vehicle.depot, vehicle.vehicle_type, products.clone(), None);
            alike.entry(likeness).or_default().push(id);
        }
        for piece in pieces {
            let window = Some((piece.window.earliest, piece.window.latest));
            alike.entry((vehicle.depot, vehicle.vehicle_type, products.clone(), window)).or_default().push(id);
        }
    }
    let class = |((depot, vehicle_type, _, piece), vehicles): (Likeness, Vec<VehicleId>)| Class {
        depot,
        vehicle_type,
        vehicles,
        piece: piece.map(|(earliest, latest)| TimeWindow::new(earliest, latest)),
    };
    alike.into_iter().map(class).collect()
}

/// All that fixed schedules ask of vehicles, and the vehicles that they may use.
pub(super) struct FixedFleet<'a> {
    scenario: &'a Scenario,
    /// In order of time.
    pub tasks: Vec<Task>,
    /// All vehicles.
    pub classes: Vec<Class>,
    trips: &'a [PlannedTrip],
    runs: &'a [Run],
}

/// How a vehicle gets from one task to the next.
#[derive(Clone, Copy)]
enum Way {
    /// Drives there, and waits.
    Direct,
    /// Is parked at its depot.
    ByDepot,
}

impl<'a> FixedFleet<'a> {
    /// Of these trips and runs.
    pub fn new(scenario: &'a Scenario, trips: &'a [PlannedTrip], runs: &'a [Run]) -> Self {
        Self { scenario, tasks: tasks(scenario, trips, runs), classes: classes(scenario), trips, runs }
    }

    /// The days of all vehicles.
    pub fn vehicle_days(
        &self,
        options: &VehicleSchedulingOptions,
        progress: &dyn Fn(VehicleSchedulingProgress),
        stop: StopSignal,
    ) -> Result<VehicleDays, PlanError> {
        Ok(self.days(&schedule_vehicles(&self.problem()?, options, progress, stop)))
    }

    /// The days of all vehicles, made from those of before some tasks moved.
    pub fn vehicle_days_from(
        &self,
        before: &VehicleDays,
        options: &VehicleSchedulingOptions,
        progress: &dyn Fn(VehicleSchedulingProgress),
        stop: StopSignal,
    ) -> Result<VehicleDays, PlanError> {
        let number: BTreeMap<Work, usize> =
            self.tasks.iter().enumerate().map(|(index, task)| (task.work, index)).collect();
        let chain = |(class, work): &(usize, Vec<Work>)| {
            let mut tasks: Vec<usize> = work.iter().filter_map(|work| number.get(work).copied()).collect();
            tasks.sort_unstable();
            Chain { class: *class, tasks }
        };
        let cost = |task: &Task| before.costs.get(&task.work).copied().unwrap_or(0);
        let known = KnownSchedules {
            chains: before.chains.iter().map(chain).collect(),
            other_chains: before.other_chains.iter().map(chain).collect(),
            task_costs: self.tasks.iter().map(cost).collect(),
        };
        Ok(self.days(&reschedule_vehicles(&self.problem()?, &known, options, progress, stop)))
    }

    fn kind(&self, vehicle_type: VehicleTypeId) -> &VehicleType {
        &self.scenario.fleet.vehicle_types[vehicle_type.index()]
    }

    fn depot_place(&self, depot: DepotId) -> PlaceId {
        self.scenario.fleet.depots[depot.index()].place
    }

    fn drive(&self, vehicle_type: VehicleTypeId, from: PlaceId, to: PlaceId) -> Fen {
        let (duration, distance) = self.scenario.network.travel.way(from, to);
        self.kind(vehicle_type).driving_cost(distance, duration)
    }

    /// Kilometres and hours of a task.
    pub fn working(&self, vehicle_type: VehicleTypeId, task: &Task) -> Fen {
        self.kind(vehicle_type).driving_cost(task.length, task.end - task.begin)
    }

    /// Has a vehicle of the class what the task asks for?
    pub fn suits(&self, class: &Class, task: &Task) -> bool {
        let (scenario, capacity) = (self.scenario, self.kind(class.vehicle_type).capacity);
        let may = |product| scenario.fleet.vehicle(class.vehicles[0]).products.contains(product);
        match task.work {
            Work::Trip(trip) => {
                let trip = &self.trips[trip];
                let route = scenario.route(scenario.pattern(trip.candidate.pattern).route);
                let most = trip.load.iter().copied().max().unwrap_or(0);
                may(Product::Line) && route.vehicle_types.contains(&class.vehicle_type) && capacity.seats >= most
            }
            Work::Run(run) => {
                let run = &self.runs[run];
                let attendants = if run.product == Product::Student { scenario.policy.students.attendants } else { 0 };
                // Shares of luggage are rounded anew once it is known which runs are worked.
                let (people, luggage) = (run.largest_load().0, most_luggage(scenario, run));
                may(run.product) && capacity.seats - attendants >= people && capacity.luggage >= luggage
            }
        }
    }

    fn workable(&self, class: &Class) -> Vec<WorkableTask> {
        let mut workable = Vec::new();
        for (index, task) in self.tasks.iter().enumerate().filter(|(_, task)| self.suits(class, task)) {
            let (Some(out), Some(home)) = (self.pull_out(class, task), self.pull_in(class, task)) else { continue };
            let pull_out = (out + self.working(class.vehicle_type, task)).0;
            workable.push(WorkableTask { task: index, pull_out: Some(pull_out), pull_in: Some(home.0) });
        }
        workable
    }

    /// A vehicle's day, and its drive to its first task; `None` before its shift piece.
    pub fn pull_out(&self, class: &Class, task: &Task) -> Option<Fen> {
        let depot = self.depot_place(class.depot);
        let leaves = task.begin - self.scenario.network.travel.duration(depot, task.from);
        // Booked vehicles are out for the day anyway.
        let day = if class.piece.is_some() { Fen(0) } else { self.kind(class.vehicle_type).cost_per_day };
        let way = TimeWindow::new(leaves, task.begin);
        let is_possible =
            class.piece.is_none_or(|piece| piece.earliest <= leaves) && self.may_be_driven(None, way, Some(task));
        is_possible.then(|| day + self.drive(class.vehicle_type, depot, task.from))
    }

    /// The drive home from a vehicle's last task; `None` beyond its shift piece.
    pub fn pull_in(&self, class: &Class, task: &Task) -> Option<Fen> {
        let depot = self.depot_place(class.depot);
        let returns = task.end + self.scenario.network.travel.duration(task.to, depot);
        let way = TimeWindow::new(task.end, returns);
        let is_possible =
            class.piece.is_none_or(|piece| returns <= piece.latest) && self.may_be_driven(Some(task), way, None);
        is_possible.then(|| self.drive(class.vehicle_type, task.to, depot))
    }

    /// May a driver drive this empty way, and of the tasks before and after it those that lead to it or go on from it without a place
    /// where drivers are changed? Such a place is also a depot.
    fn may_be_driven(&self, before: Option<&Task>, way: TimeWindow, after: Option<&Task>) -> bool {
        let before = before.filter(|task| !task.reliefs.1).map(Task::driven);
        let after = after.filter(|task| !task.reliefs.0).map(Task::driven);
        let earliest = before.map_or(way.earliest, |task| task.earliest);
        let latest = after.map_or(way.latest, |task| task.latest);
        let driving: Duration = [before, Some(way), after].into_iter().flatten().map(TimeWindow::length).sum();
        driving <= self.scenario.policy.driving.longest_without_rest(TimeWindow::new(earliest, latest))
    }

    /// From one task of a vehicle to the next, without the second task's own cost; `None` where it would be late.
    pub fn link_of(&self, class: &Class, pair: (&Task, &Task)) -> Option<Fen> {
        self.link(class.depot, class.vehicle_type, pair).map(|(_, cost)| cost)
    }

    /// The cheaper way of two tasks in a row, without the second task's own cost.
    fn link(&self, depot: DepotId, vehicle_type: VehicleTypeId, (before, after): (&Task, &Task)) -> Option<(Way, Fen)> {
        let travel = &self.scenario.network.travel;
        let policy = &self.scenario.policy.lines;
        let ready = before.end + policy.layover;
        let (empty, distance) = travel.way(before.to, after.from);
        let is_direct = empty <= policy.max_deadhead
            && ready + empty <= after.begin
            && self.may_be_driven(Some(before), TimeWindow::new(after.begin - empty, after.begin), Some(after));
        let direct =
            is_direct.then(|| (Way::Direct, self.kind(vehicle_type).driving_cost(distance, after.begin - before.end)));
        let depot = self.depot_place(depot);
        let (home, out) = (travel.duration(before.to, depot), travel.duration(depot, after.from));
        let is_parked = ready + home + out <= after.begin
            && self.may_be_driven(Some(before), TimeWindow::new(before.end, before.end + home), None)
            && self.may_be_driven(None, TimeWindow::new(after.begin - out, after.begin), Some(after));
        let parked = is_parked.then(|| {
            let cost = self.drive(vehicle_type, before.to, depot) + self.drive(vehicle_type, depot, after.from);
            (Way::ByDepot, cost)
        });
        match (direct, parked) {
            (Some(direct), Some(parked)) => Some(if parked.1 < direct.1 { parked } else { direct }),
            (direct, parked) => direct.or(parked),
        }
    }

    fn problem(&self) -> Result<VehicleSchedulingProblem, PlanError> {
        let invalid =
            |error: InvalidProblem| PlanError::Solver { part: "vehicles".to_owned(), status: error.to_string() };
        let mut kind_of: BTreeMap<(DepotId, VehicleTypeId), usize> = BTreeMap::new();
        let mut suited: Vec<Vec<bool>> = Vec::new();
        let mut classes = Vec::new();
        for class in &self.classes {
            let kinds = kind_of.len();
            let kind = *kind_of.entry((class.depot, class.vehicle_type)).or_insert(kinds);
            if kind == suited.len() {
                suited.push(vec![false; self.tasks.len()]);
            }
            let workable = self.workable(class);
            workable.iter().for_each(|workable| suited[kind][workable.task] = true);
            classes.push(VehicleClass { kind, vehicles: class.vehicles.len() as u32, workable });
        }
        let mut kinds: Vec<Links> = vec![Links::default(); kind_of.len()];
        for (&(depot, vehicle_type), &kind) in &kind_of {
            let workable: Vec<usize> = (0..self.tasks.len()).filter(|&task| suited[kind][task]).collect();
            let mut links = Vec::new();
            for (position, &before) in workable.iter().enumerate() {
                for &after in &workable[position + 1..] {
                    let pair = (&self.tasks[before], &self.tasks[after]);
                    if let Some((_, cost)) = self.link(depot, vehicle_type, pair) {
                        links.push((before, after, (cost + self.working(vehicle_type, pair.1)).0));
                    }
                }
            }
            kinds[kind] = Links::new(self.tasks.len(), links).map_err(invalid)?;
        }
        let prices = self.tasks.iter().map(|task| Some(task.price.0)).collect();
        VehicleSchedulingProblem::new(prices, kinds, classes).map_err(invalid)
    }

    fn days(&self, schedules: &VehicleSchedules) -> VehicleDays {
        let mut used = vec![0; self.classes.len()];
        let mut blocks = Vec::new();
        for chain in &schedules.chains {
            let vehicle = self.classes[chain.class].vehicles[used[chain.class]];
            used[chain.class] += 1;
            blocks.extend(self.blocks(vehicle, chain));
        }
        blocks.sort_by_key(|block| (block.vehicle, block.leaves_depot));
        let of_chain = |chain: &Chain| (chain.class, chain.tasks.iter().map(|&task| self.tasks[task].work).collect());
        let savings = self.classes.iter().zip(&schedules.vehicle_savings);
        VehicleDays {
            blocks,
            cost: Fen(schedules.cost),
            lower_bound: Fen(schedules.lower_bound),
            savings: savings.map(|(class, &saved)| (class.depot, class.vehicle_type, Fen(saved))).collect(),
            chains: schedules.chains.iter().map(of_chain).collect(),
            other_chains: schedules.other_chains.iter().map(of_chain).collect(),
            costs: self.tasks.iter().map(|task| task.work).zip(schedules.task_costs.iter().copied()).collect(),
        }
    }

    /// A chain as blocks: cut where the vehicle is parked.
    fn blocks(&self, vehicle: VehicleId, chain: &Chain) -> Vec<WorkedBlock> {
        let class = &self.classes[chain.class];
        let is_cut = |&before: &usize, &after: &usize| {
            let pair = (&self.tasks[before], &self.tasks[after]);
            matches!(self.link(class.depot, class.vehicle_type, pair), Some((Way::ByDepot, _)))
        };
        let travel = &self.scenario.network.travel;
        let depot = self.depot_place(class.depot);
        let parts = chain.tasks.chunk_by(|before, after| !is_cut(before, after));
        let block = |part: &[usize]| {
            let (first, last) = (&self.tasks[part[0]], &self.tasks[part[part.len() - 1]]);
            WorkedBlock {
                vehicle,
                work: part.iter().map(|&task| self.tasks[task].work).collect(),
                leaves_depot: first.begin - travel.duration(depot, first.from),
                returns: last.end + travel.duration(last.to, depot),
            }
        };
        parts.map(block).collect()
    }
}

impl Run {
    /// Most people and most luggage units on board at once.
    pub(super) fn largest_load(&self) -> (i32, i32) {
        let (mut people, mut luggage, mut most) = (0, 0, (0, 0));
        for call in &self.calls {
            for riders in &call.alightings {
                (people, luggage) = (people - riders.people, luggage - riders.luggage);
            }
            for riders in &call.boardings {
                (people, luggage) = (people + riders.people, luggage + riders.luggage);
            }
            most = (most.0.max(people), most.1.max(luggage));
        }
        most
    }
}
