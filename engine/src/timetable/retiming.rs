//! Runs that no vehicle reaches at their times get others, and runs in their way make room.
//!
//! Times are chosen before anybody knows how vehicles get from one hub to the next. Once vehicle days are known, whatever they leave out is
//! looked at again: it is put between the tasks of a vehicle where, with all runs of that vehicle at their best times within their
//! windows, it costs least; dearest losses first. Trips keep their times. What comes of it are times only; vehicle days are then
//! made anew.

use super::blocks::{Class, FixedFleet, Task, VehicleDays, Work};
use crate::ids::VehicleId;
use crate::plan::Run;
use crate::time::{Duration, TimeWindow};
use crate::units::Fen;

/// Runs move by whole steps of this.
const STEP: Duration = Duration::from_minutes(5);

/// How far a run may move from the time that was chosen for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leeway {
    /// So much earlier …
    pub earlier: Duration,
    /// … or so much later.
    pub later: Duration,
    /// Price of a minute later: of people who wait at the hub. Negative where they wait the less.
    pub minute_later: Fen,
}

impl Leeway {
    /// What is left of it after a move.
    pub fn after(self, shift: Duration) -> Self {
        Self { earlier: self.earlier + shift, later: self.later - shift, ..self }
    }

    fn shifts(self) -> Vec<Duration> {
        let steps = |leeway: Duration| leeway.seconds().max(0) / STEP.seconds();
        let range = -steps(self.earlier)..=steps(self.later);
        range.map(|step| Duration::from_seconds(step * STEP.seconds())).collect()
    }
}

/// A task at every time that it may have, with the price of that time; tasks that may not move have one.
#[derive(Clone)]
struct Movable {
    work: Work,
    times: Vec<(Task, i64)>,
    shifts: Vec<Duration>,
}

/// The tasks of a vehicle's day, or of its shift piece, in order.
struct Chain<'a> {
    class: &'a Class,
    class_index: usize,
    tasks: Vec<Movable>,
    /// By task and time: what the day costs up to and with it, and what comes after it.
    up_to: Vec<Vec<i64>>,
    after: Vec<Vec<i64>>,
    cost: i64,
}

/// Costs more than anything that is possible.
const IMPOSSIBLE: i64 = i64::MAX / 4;

/// How runs should move, so that vehicles work more of what they leave out.
pub(super) struct Retimed {
    /// By run; most stay.
    pub shifts: Vec<Duration>,
    /// Class and tasks of the vehicles that are used then.
    pub chains: Vec<(usize, Vec<Work>)>,
}

/// Better times, with what vehicles do then; `None` where nothing more can be worked.
pub(super) fn better_times(fleet: &FixedFleet, leeways: &[Leeway], days: &VehicleDays) -> Option<Retimed> {
    let mut shifts = vec![Duration::ZERO; leeways.len()];
    let mut is_better = false;
    let is_worked = |task: &&Task| days.blocks.iter().any(|block| block.work.contains(&task.work));
    let movable = |task: &Task| Movable::new(task, leeways);
    let mut open: Vec<(Movable, i64)> =
        fleet.tasks.iter().filter(|task| !is_worked(task)).map(|task| (movable(task), task.price.0)).collect();
    open.sort_by_key(|(task, price)| (std::cmp::Reverse(*price), task.work));
    let mut chains = chains(fleet, days, &movable);
    for (task, price) in open {
        let best = chains.iter().enumerate().filter_map(|(index, chain)| {
            let (position, dearer) = chain.best_place(fleet, &task)?;
            Some((dearer, index, position))
        });
        if let Some((dearer, index, position)) = best.min()
            && dearer < price
        {
            chains[index].tasks.insert(position, task);
            chains[index].price(fleet);
            is_better = true;
        }
    }
    for chain in chains.iter().filter(|_| is_better) {
        for (task, shift) in chain.tasks.iter().zip(chain.best_times(fleet)) {
            if let Work::Run(run) = task.work {
                shifts[run] = shift;
            }
        }
    }
    let works = |chain: Chain| (chain.class_index, chain.tasks.into_iter().map(|task| task.work).collect());
    is_better.then(|| Retimed {
        shifts,
        chains: chains.into_iter().filter(|chain| !chain.tasks.is_empty()).map(works).collect(),
    })
}

/// The run at another time.
pub(super) fn moved(run: &Run, shift: Duration) -> Run {
    let mut run = run.clone();
    for call in &mut run.calls {
        (call.arrival, call.departure) = (call.arrival + shift, call.departure + shift);
    }
    run
}

/// All vehicles with what they do, also those that do nothing.
fn chains<'a>(fleet: &'a FixedFleet, days: &VehicleDays, movable: &dyn Fn(&Task) -> Movable) -> Vec<Chain<'a>> {
    let mut chains = Vec::new();
    for (class_index, class) in fleet.classes.iter().enumerate() {
        for &vehicle in &class.vehicles {
            let tasks = works(class, vehicle, days);
            let task = |work: &Work| fleet.tasks.iter().find(|task| task.work == *work).map(movable);
            let tasks = tasks.iter().filter_map(task).collect();
            let mut chain = Chain { class, class_index, tasks, up_to: Vec::new(), after: Vec::new(), cost: 0 };
            chain.price(fleet);
            chains.push(chain);
        }
    }
    chains
}

/// What the vehicle does, of a booked vehicle within the shift piece of the class.
fn works(class: &Class, vehicle: VehicleId, days: &VehicleDays) -> Vec<Work> {
    let is_of_class = |block: &&super::blocks::WorkedBlock| {
        let out = TimeWindow::new(block.leaves_depot, block.returns);
        block.vehicle == vehicle && class.piece.is_none_or(|piece| piece.contains_window(out))
    };
    days.blocks.iter().filter(is_of_class).flat_map(|block| block.work.iter().copied()).collect()
}

impl Movable {
    fn new(task: &Task, leeways: &[Leeway]) -> Self {
        let (shifts, minute) = match task.work {
            Work::Run(run) => (leeways[run].shifts(), leeways[run].minute_later.0),
            Work::Trip(_) => (vec![Duration::ZERO], 0),
        };
        let at = |&shift: &Duration| (task.moved(shift), minute * i64::from(shift.seconds()) / 60);
        Self { work: task.work, times: shifts.iter().map(at).collect(), shifts }
    }
}

impl Chain<'_> {
    /// Computes what the day costs with all its tasks at their best times.
    fn price(&mut self, fleet: &FixedFleet) {
        let count = self.tasks.len();
        (self.up_to, self.after) = (Vec::new(), vec![Vec::new(); count]);
        for index in 0..count {
            let costs = self.tasks[index].times.iter().map(|time| self.reach(fleet, index, time)).collect();
            self.up_to.push(costs);
        }
        for index in (0..count).rev() {
            self.after[index] =
                self.tasks[index].times.iter().map(|(task, _)| self.leave(fleet, index + 1, task)).collect();
        }
        let last = count.checked_sub(1);
        let ends = last.map(|last| self.up_to[last].iter().zip(&self.after[last]).map(|(up_to, after)| up_to + after));
        self.cost = ends.and_then(Iterator::min).unwrap_or(0);
    }

    /// The least cost of the first `before` tasks and then this one, at this time.
    fn reach(&self, fleet: &FixedFleet, before: usize, (task, price): &(Task, i64)) -> i64 {
        let working = fleet.working(self.class.vehicle_type, task).0 + price;
        let Some(last) = before.checked_sub(1) else {
            return fleet.pull_out(self.class, task).map_or(IMPOSSIBLE, |out| out.0 + working);
        };
        let link = |(time, known): (&(Task, i64), &i64)| Some(known + fleet.link_of(self.class, (&time.0, task))?.0);
        let ways = self.tasks[last].times.iter().zip(&self.up_to[last]).filter_map(link);
        ways.min().map_or(IMPOSSIBLE, |least| (least + working).min(IMPOSSIBLE))
    }

    /// The least cost of all tasks from `next` on, after this one at its time.
    fn leave(&self, fleet: &FixedFleet, next: usize, task: &Task) -> i64 {
        let Some(after) = self.tasks.get(next) else {
            return fleet.pull_in(self.class, task).map_or(IMPOSSIBLE, |home| home.0);
        };
        let link = |((time, price), known): (&(Task, i64), &i64)| {
            let working = fleet.working(self.class.vehicle_type, time).0 + price;
            Some(fleet.link_of(self.class, (task, time))?.0 + working + known)
        };
        let ways = after.times.iter().zip(&self.after[next]).filter_map(link);
        ways.min().map_or(IMPOSSIBLE, |least| least.min(IMPOSSIBLE))
    }

    /// Where another task would cost least, and how much dearer the day is with it.
    fn best_place(&self, fleet: &FixedFleet, task: &Movable) -> Option<(usize, i64)> {
        // Booked vehicles keep what time they have left for rides.
        if self.class.piece.is_some() || !fleet.suits(self.class, &task.times[0].0) {
            return None;
        }
        let place = |position: usize| {
            let cost = |time: &(Task, i64)| self.reach(fleet, position, time) + self.leave(fleet, position, &time.0);
            let cost = task.times.iter().map(cost).min().filter(|&cost| cost < IMPOSSIBLE)?;
            Some((cost - self.cost, position))
        };
        let (dearer, position) = (0..=self.tasks.len()).filter_map(place).min()?;
        Some((position, dearer))
    }

    /// By task: how far it moves when the whole day costs least; of equal times the one that moves least.
    fn best_times(&self, fleet: &FixedFleet) -> Vec<Duration> {
        let mut shifts: Vec<Duration> = Vec::new();
        let mut last: Option<&Task> = None;
        for (index, task) in self.tasks.iter().enumerate() {
            let cost = |position: &usize| {
                let time = &task.times[*position];
                let reached = match last {
                    None => self.reach(fleet, index, time),
                    Some(last) => fleet
                        .link_of(self.class, (last, &time.0))
                        .map_or(IMPOSSIBLE, |link| link.0 + fleet.working(self.class.vehicle_type, &time.0).0 + time.1),
                };
                (reached.saturating_add(self.after[index][*position]), task.shifts[*position].seconds().abs())
            };
            let Some(best) = (0..task.times.len()).min_by_key(cost) else { continue };
            shifts.push(task.shifts[best]);
            last = Some(&task.times[best].0);
        }
        shifts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demand::MarketGoers;
    use crate::ids::{MarketId, VillageId};
    use crate::plan::RunDirection;
    use crate::scenario::{Scenario, sample};
    use crate::stop_signal::StopSignal;
    use crate::time::ServiceTime;
    use crate::timetable::vehicle_scheduling::VehicleSchedulingOptions;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    const SEARCH: VehicleSchedulingOptions =
        VehicleSchedulingOptions { time_limit_seconds: None, round_limit: Some(400), gap: 0.0, seed: 1, clock: || 0.0 };

    /// A town with so many minibuses for market runs, and nothing else that could work them.
    fn town(minibuses: usize) -> Scenario {
        let mut town = sample::small_town();
        let (market, village) = (MarketId(0), VillageId(0));
        town.market_goers = vec![MarketGoers { market, village, people: 8, luggage_in: 0, luggage_home: 0 }];
        let minibus = town.fleet.vehicles[2].clone();
        town.fleet.shift_pieces.clear();
        town.fleet.vehicles = vec![minibus; minibuses];
        // Any run is worth a vehicle.
        town.policy.markets.left_behind = Fen(20_000);
        town
    }

    fn minutes(earlier: i32, later: i32) -> Leeway {
        let (earlier, later) = (Duration::from_minutes(earlier), Duration::from_minutes(later));
        Leeway { earlier, later, minute_later: Fen(-1) }
    }

    /// How many of the runs are worked before and after they are moved, and what that costs.
    fn worked(town: &Scenario, runs: &[Run], leeways: &[Leeway]) -> ([usize; 2], [Fen; 2], Vec<Duration>) {
        let count = |days: &VehicleDays| days.blocks.iter().map(|block| block.work.len()).sum();
        let fleet = FixedFleet::new(town, &[], runs);
        let mut days = fleet.vehicle_days(&SEARCH, &|_| {}, StopSignal::NEVER).expect("no defect");
        let before = (count(&days), days.cost);
        let none = vec![Duration::ZERO; runs.len()];
        let Some(Retimed { shifts, chains }) = better_times(&fleet, leeways, &days) else {
            return ([before.0; 2], [before.1; 2], none);
        };
        for (shift, leeway) in shifts.iter().zip(leeways) {
            assert!(-leeway.earlier <= *shift && *shift <= leeway.later, "{shift:?} of {leeway:?}");
        }
        days.chains = chains;
        let moved: Vec<Run> = runs.iter().zip(&shifts).map(|(run, &shift)| moved(run, shift)).collect();
        let fleet = FixedFleet::new(town, &[], &moved);
        let after = fleet.vehicle_days_from(&days, &SEARCH, &|_| {}, StopSignal::NEVER).expect("no defect");
        ([before.0, count(&after)], [before.1, after.cost], shifts)
    }

    /// One minibus and two runs to the market that leave their villages at 08:00; so many are worked in the end.
    fn check(leeways: [Leeway; 2], expected: usize) {
        let town = town(1);
        let runs = ["V2", "V3"]
            .map(|village| sample::market_run(RunDirection::Inward, village, 0).run(&town, ServiceTime::hm(8, 0)));
        let (worked, ..) = worked(&town, &runs, &leeways);
        assert_eq!(worked, [1, expected], "{leeways:?}");
    }

    #[test]
    fn a_run_that_no_vehicle_reaches_leaves_earlier_or_later() {
        check([minutes(0, 0), minutes(90, 0)], 2);
        check([minutes(0, 0), minutes(0, 90)], 2);
        // Or the one in its way does.
        check([minutes(90, 0), minutes(0, 0)], 2);
        check([minutes(0, 90), minutes(0, 0)], 2);
    }

    #[test]
    fn a_run_without_leeway_enough_stays_behind() {
        check([minutes(0, 0), minutes(0, 0)], 1);
        check([minutes(5, 5), minutes(5, 5)], 1);
    }

    #[test]
    fn no_vehicle_day_becomes_dearer_and_no_run_leaves_its_window() {
        let mut rescued = 0;
        for seed in 0..60 {
            let mut dice = ChaCha8Rng::seed_from_u64(seed);
            let town = town(dice.random_range(1..3));
            let villages = ["V1", "V2", "V3", "V4"];
            let run = |dice: &mut ChaCha8Rng| {
                let direction = if dice.random_bool(0.5) { RunDirection::Inward } else { RunDirection::Outward };
                let village = villages[dice.random_range(0..villages.len())];
                let departure = ServiceTime::hm(8, 5 * dice.random_range(0..36));
                sample::market_run(direction, village, 0).run(&town, departure)
            };
            let runs: Vec<Run> = (0..dice.random_range(2..8)).map(|_| run(&mut dice)).collect();
            let leeways: Vec<Leeway> =
                runs.iter().map(|_| minutes(dice.random_range(0..60), dice.random_range(0..60))).collect();
            let (worked, cost, shifts) = worked(&town, &runs, &leeways);
            // Waiting at the market is not in the cost of vehicles.
            assert!(cost[1] <= cost[0] + Fen(60 * shifts.len() as i64), "seed {seed}: {cost:?}");
            rescued += worked[1].saturating_sub(worked[0]);
        }
        assert!(rescued > 10, "{rescued}");
    }
}
