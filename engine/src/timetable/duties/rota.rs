//! Duties of several dates given to drivers: as few as are found, with hours as alike as possible.
//!
//! Weekly hours and the hours in 24 hours are counted in the world's time, across dates: within *any* 24 hours and *any*
//! 7 days, not calendar days. Duties of booked vehicles are the scenario's shift pieces and no part of this.

use chrono::NaiveDate;

use super::problem::{StretchKind, VehicleDay};
use super::vehicle_days::vehicle_days;
use crate::ids::DepotId;
use crate::plan::{Duty, Timetable};
use crate::policy::DrivingRules;
use crate::scenario::Scenario;
use crate::time::{Instant, ServiceClock};

/// A duty of some date, in the world's time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RotaDuty {
    /// Of the service.
    pub date: NaiveDate,
    /// Where the driver signs on.
    pub depot: DepotId,
    /// Signs on.
    pub sign_on: Instant,
    /// Signs off.
    pub sign_off: Instant,
    /// At the wheel from … to, in order of time.
    pub driving: Vec<(Instant, Instant)>,
}

/// Duties to be given to drivers.
#[derive(Clone, Copy, Debug)]
pub struct RotaProblem<'a> {
    /// Of all dates; in any order.
    pub duties: &'a [RotaDuty],
    /// By [`DepotId`]: the drivers there are; `None` for as many as it takes.
    pub drivers: &'a [Option<u32>],
    /// Law.
    pub rules: DrivingRules,
}

/// Who works which duty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rota {
    /// By duty of the problem: the driver's number within the depot; `None` if nobody can.
    pub driver_of: Vec<Option<u32>>,
    /// By depot.
    pub depots: Vec<RotaDepot>,
}

/// A depot's drivers in a rota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RotaDepot {
    /// Who work at least one duty.
    pub drivers: u32,
    /// No rota that works all duties has fewer.
    pub fewest: u32,
    /// Duties that nobody works, because all drivers work at the time or would drive too long within 24 hours or 7 days.
    pub unworked: u32,
}

const SECONDS_PER_DAY: i64 = 86_400;

/// Rounds of exchanging duties to make hours alike.
const ROUNDS_OF_EXCHANGE: usize = 20;

impl RotaDuty {
    /// A planned duty on its date; `blocks` are the vehicle days that it was planned for.
    pub fn new(clock: ServiceClock, date: NaiveDate, duty: &Duty, blocks: &[VehicleDay]) -> Self {
        let mut driving = Vec::new();
        for piece in &duty.pieces {
            let of_block = blocks.iter().find(|day| day.block == piece.block);
            let stretches = of_block.into_iter().flat_map(|day| &day.stretches);
            let driven = stretches.filter(|stretch| {
                stretch.kind == StretchKind::Driving && piece.begin <= stretch.begin && stretch.end <= piece.end
            });
            driving
                .extend(driven.map(|stretch| (clock.instant(date, stretch.begin), clock.instant(date, stretch.end))));
        }
        let (sign_on, sign_off) = (clock.instant(date, duty.sign_on), clock.instant(date, duty.sign_off));
        Self { date, depot: duty.depot, sign_on, sign_off, driving }
    }

    fn seconds_driven(&self) -> i64 {
        self.driving.iter().map(|(begin, end)| end.unix_seconds() - begin.unix_seconds()).sum()
    }
}

/// Gives the duties of several dates to drivers, as many as it takes: their labels are the depot's code and a number within it. Depots
/// whose duties nobody can work for a law are told by [`RotaDepot::unworked`].
pub fn give_to_drivers(scenario: &Scenario, timetables: &mut [Timetable]) -> Rota {
    let of_date = |timetable: &Timetable| {
        let blocks = vehicle_days(scenario, timetable);
        let duty = |duty: &Duty| RotaDuty::new(scenario.policy.clock, timetable.date, duty, &blocks);
        timetable.duties.iter().map(duty).collect::<Vec<_>>()
    };
    let duties: Vec<RotaDuty> = timetables.iter().flat_map(of_date).collect();
    let drivers = vec![None; scenario.fleet.depots.len()];
    let rota = plan_rota(&RotaProblem { duties: &duties, drivers: &drivers, rules: scenario.policy.driving });
    let label = |(duty, driver): (&RotaDuty, &Option<u32>)| {
        driver.map(|driver| format!("{}-{:02}", scenario.fleet.depots[duty.depot.index()].code, driver + 1))
    };
    let mut labels = duties.iter().zip(&rota.driver_of).map(label);
    for duty in timetables.iter_mut().flat_map(|timetable| &mut timetable.duties) {
        duty.driver = labels.next().flatten();
    }
    rota
}

/// Gives every duty a driver of its depot, with as few drivers as are found.
pub fn plan_rota(problem: &RotaProblem) -> Rota {
    let mut rota = Rota { driver_of: vec![None; problem.duties.len()], depots: Vec::new() };
    for (index, &limit) in problem.drivers.iter().enumerate() {
        let mut duties: Vec<usize> =
            (0..problem.duties.len()).filter(|&duty| problem.duties[duty].depot.index() == index).collect();
        // Date by date, the most driving first: it is the hardest to place.
        duties.sort_by_key(|&duty| {
            let of_duty = &problem.duties[duty];
            (of_duty.date, -of_duty.seconds_driven(), of_duty.sign_on, duty)
        });
        let fewest = fewest_drivers(problem, &duties);
        let most = limit.map_or(duties.len(), |limit| limit as usize);
        let mut staff = Staff::of(problem, &duties, (fewest as usize).min(most));
        while !staff.unworked.is_empty() && staff.works.len() < most {
            staff = Staff::of(problem, &duties, staff.works.len() + 1);
        }
        staff.make_alike();
        for (driver, duties) in staff.works.iter().filter(|duties| !duties.is_empty()).enumerate() {
            duties.iter().for_each(|&duty| rota.driver_of[duty] = u32::try_from(driver).ok());
        }
        let drivers = staff.works.iter().filter(|duties| !duties.is_empty()).count() as u32;
        rota.depots.push(RotaDepot { drivers, fewest, unworked: staff.unworked.len() as u32 });
    }
    rota
}

/// A depot's drivers and what they work.
struct Staff<'a> {
    problem: &'a RotaProblem<'a>,
    /// By driver: positions of duties.
    works: Vec<Vec<usize>>,
    unworked: Vec<usize>,
}

impl<'a> Staff<'a> {
    /// So many drivers; each duty in turn goes to the one with the fewest hours who can take it.
    fn of(problem: &'a RotaProblem<'a>, duties: &[usize], drivers: usize) -> Self {
        let mut staff = Self { problem, works: vec![Vec::new(); drivers], unworked: Vec::new() };
        for &duty in duties {
            let mut by_hours: Vec<usize> = (0..drivers).collect();
            by_hours.sort_by_key(|&driver| (staff.seconds_driven(driver), driver));
            let takes = by_hours.iter().copied().find(|&driver| staff.can_take(driver, duty, None));
            match takes {
                Some(driver) => staff.works[driver].push(duty),
                None if staff.make_room(&by_hours, duty) => {}
                None => staff.unworked.push(duty),
            }
        }
        staff
    }

    fn seconds_driven(&self, driver: usize) -> i64 {
        self.works[driver].iter().map(|&duty| self.problem.duties[duty].seconds_driven()).sum()
    }

    /// Can this driver work the duty, instead of another one if so said?
    fn can_take(&self, driver: usize, duty: usize, instead_of: Option<usize>) -> bool {
        let kept = self.works[driver].iter().filter(|&&other| Some(other) != instead_of);
        let worked: Vec<&RotaDuty> = kept.chain([&duty]).map(|&duty| &self.problem.duties[duty]).collect();
        is_lawful(&self.problem.rules, worked)
    }

    /// Somebody takes the duty and gives one of the same date to somebody else.
    fn make_room(&mut self, by_hours: &[usize], duty: usize) -> bool {
        let date = self.problem.duties[duty].date;
        for &driver in by_hours {
            for position in 0..self.works[driver].len() {
                let given = self.works[driver][position];
                if self.problem.duties[given].date != date || !self.can_take(driver, duty, Some(given)) {
                    continue;
                }
                let other =
                    by_hours.iter().copied().find(|&other| other != driver && self.can_take(other, given, None));
                if let Some(other) = other {
                    self.works[driver][position] = duty;
                    self.works[other].push(given);
                    return true;
                }
            }
        }
        false
    }

    /// Exchanges duties of one date between drivers with many and with few hours as long as that makes them more alike.
    fn make_alike(&mut self) {
        for _ in 0..ROUNDS_OF_EXCHANGE {
            let mut by_hours: Vec<usize> = (0..self.works.len()).collect();
            by_hours.sort_by_key(|&driver| (self.seconds_driven(driver), driver));
            let mut exchanged = false;
            for (few, many) in by_hours.iter().zip(by_hours.iter().rev()).take(by_hours.len() / 2) {
                exchanged |= self.exchange(*few, *many);
            }
            if !exchanged {
                break;
            }
        }
    }

    /// The exchange between these two that brings their hours closest together, if there is one.
    fn exchange(&mut self, few: usize, many: usize) -> bool {
        let hours = |duty: usize| self.problem.duties[duty].seconds_driven();
        let apart = self.seconds_driven(many) - self.seconds_driven(few);
        let mut best: Option<(i64, usize, usize)> = None;
        for (at_few, &short) in self.works[few].iter().enumerate() {
            for (at_many, &long) in self.works[many].iter().enumerate() {
                let still_apart = (apart - 2 * (hours(long) - hours(short))).abs();
                let is_same_date = self.problem.duties[short].date == self.problem.duties[long].date;
                if is_same_date
                    && still_apart < best.map_or(apart, |(apart, ..)| apart)
                    && self.can_take(few, long, Some(short))
                    && self.can_take(many, short, Some(long))
                {
                    best = Some((still_apart, at_few, at_many));
                }
            }
        }
        let Some((_, at_few, at_many)) = best else { return false };
        let (short, long) = (self.works[few][at_few], self.works[many][at_many]);
        (self.works[few][at_few], self.works[many][at_many]) = (long, short);
        true
    }
}

/// One duty at a time, and no more driving than allowed in any 24 hours and any 7 days?
fn is_lawful(rules: &DrivingRules, mut worked: Vec<&RotaDuty>) -> bool {
    worked.sort_by_key(|duty| duty.sign_on);
    if worked.windows(2).any(|pair| pair[1].sign_on < pair[0].sign_off) {
        return false;
    }
    let driving = Driving::of(worked.iter().copied());
    let (per_day, per_week) = (i64::from(rules.per_day.seconds()), i64::from(rules.per_week.seconds()));
    driving.most_within(SECONDS_PER_DAY) <= per_day && driving.most_within(7 * SECONDS_PER_DAY) <= per_week
}

/// Time at the wheel, of one driver or of all together.
struct Driving {
    /// By begin.
    times: Vec<(i64, i64)>,
}

impl Driving {
    fn of<'b>(duties: impl Iterator<Item = &'b RotaDuty>) -> Self {
        let times = duties.flat_map(|duty| &duty.driving);
        let mut times: Vec<(i64, i64)> = times.map(|(begin, end)| (begin.unix_seconds(), end.unix_seconds())).collect();
        times.sort_unstable();
        Self { times }
    }

    /// The most driving within so many seconds: in a window that begins or ends with a drive.
    fn most_within(&self, length: i64) -> i64 {
        let total: i64 = self.times.iter().map(|(begin, end)| end - begin).sum();
        let (Some(first), Some(last)) = (self.times.first(), self.times.iter().map(|&(_, end)| end).max()) else {
            return 0;
        };
        if last - first.0 <= length {
            return total;
        }
        let windows = self.times.iter().flat_map(|&(begin, end)| [begin, end - length]);
        let within = |from: i64| -> i64 {
            let overlap = |&(begin, end): &(i64, i64)| (end.min(from + length) - begin.max(from)).max(0);
            self.times.iter().map(overlap).sum()
        };
        windows.map(within).max().unwrap_or(0)
    }
}

/// So many drivers work at once, or must share what is driven within 24 hours or 7 days.
fn fewest_drivers(problem: &RotaProblem, duties: &[usize]) -> u32 {
    let all = || duties.iter().map(|&duty| &problem.duties[duty]);
    let at_once = all().map(|duty| all().filter(|o| o.sign_on <= duty.sign_on && duty.sign_on < o.sign_off).count());
    let driving = Driving::of(all());
    let shared = |length: i64, limit: i32| {
        crate::units::quotient_rounded_up(driving.most_within(length), i64::from(limit.max(1)))
    };
    let by_day = shared(SECONDS_PER_DAY, problem.rules.per_day.seconds());
    let by_week = shared(7 * SECONDS_PER_DAY, problem.rules.per_week.seconds());
    u32::try_from(by_day.max(by_week)).unwrap_or(u32::MAX).max(at_once.max().unwrap_or(0) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// A duty on a day that is driven from one hour to another, and lasts half an hour longer on either side.
    fn duty(day: i64, from: i64, until: i64) -> RotaDuty {
        let at = |minutes: i64| Instant::from_unix_seconds(day * SECONDS_PER_DAY + minutes * 60);
        RotaDuty {
            date: NaiveDate::from_ymd_opt(2026, 11, 2 + day as u32).expect("a valid date"),
            depot: DepotId(0),
            sign_on: at(from * 60 - 30),
            sign_off: at(until * 60 + 30),
            driving: vec![(at(from * 60), at(until * 60))],
        }
    }

    fn planned(duties: &[RotaDuty], drivers: Option<u32>) -> Rota {
        let problem = RotaProblem { duties, drivers: &[drivers], rules: Policy::default().driving };
        let rota = plan_rota(&problem);
        for driver in 0..rota.depots[0].drivers {
            let worked = duties.iter().zip(&rota.driver_of).filter(|(_, of)| **of == Some(driver));
            assert!(is_lawful(&problem.rules, worked.map(|(duty, _)| duty).collect()), "{rota:?}");
        }
        rota
    }

    fn check(expected_drivers: u32, duties: &[RotaDuty]) {
        let depot = planned(duties, None).depots[0];
        assert_eq!((depot.drivers, depot.unworked), (expected_drivers, 0), "{duties:?}");
    }

    #[test]
    fn a_driver_works_one_duty_at_a_time() {
        check(1, &[duty(0, 6, 8), duty(0, 10, 12)]);
        check(2, &[duty(0, 6, 8), duty(0, 8, 12)]);
    }

    #[test]
    fn eight_hours_are_driven_in_any_24() {
        check(1, &[duty(0, 6, 10), duty(0, 14, 18)]);
        check(2, &[duty(0, 6, 10), duty(0, 14, 19)]);
        check(1, &[duty(0, 6, 14), duty(1, 6, 14)]);
        // From seven to seven it would be nine.
        check(2, &[duty(0, 7, 15), duty(1, 6, 14)]);
        check(1, &[duty(0, 7, 15), duty(1, 8, 14)]);
    }

    #[test]
    fn forty_four_hours_are_driven_in_any_seven_days() {
        let week = |days: i64, hours: i64| -> Vec<RotaDuty> { (0..days).map(|day| duty(day, 6, 6 + hours)).collect() };
        check(1, &week(7, 6));
        check(2, &week(7, 7));
        check(1, &week(5, 8));
        // A day off on each of any seven.
        check(2, &week(14, 7));
    }

    #[test]
    fn too_few_drivers_leave_duties_unworked() {
        let duties = [duty(0, 6, 8), duty(0, 7, 9), duty(0, 12, 14)];
        let rota = planned(&duties, Some(1));
        assert_eq!((rota.depots[0].drivers, rota.depots[0].fewest, rota.depots[0].unworked), (1, 2, 1));
        assert_eq!(rota.driver_of.iter().filter(|driver| driver.is_none()).count(), 1);
    }

    #[test]
    fn hours_are_shared_fairly() {
        let duties: Vec<RotaDuty> = (0..4).flat_map(|day| [duty(day, 6, 13), duty(day, 6, 8)]).collect();
        let rota = planned(&duties, None);
        let hours = |driver| -> i64 {
            let worked = duties.iter().zip(&rota.driver_of).filter(|(_, of)| **of == Some(driver));
            worked.map(|(duty, _)| duty.seconds_driven() / 3_600).sum()
        };
        assert_eq!((hours(0), hours(1)), (18, 18), "{rota:?}");
    }

    /// Whether so many drivers can work all duties, by trying every way.
    fn suffices(rules: &DrivingRules, duties: &[RotaDuty], works: &mut Vec<Vec<usize>>, next: usize) -> bool {
        if next == duties.len() {
            return true;
        }
        for driver in 0..works.len() {
            works[driver].push(next);
            let is_lawful = is_lawful(rules, works[driver].iter().map(|&duty| &duties[duty]).collect());
            if is_lawful && suffices(rules, duties, works, next + 1) {
                return true;
            }
            works[driver].pop();
            if works[driver].is_empty() {
                break; // the other idle drivers are alike
            }
        }
        false
    }

    #[test]
    fn small_weeks_have_nearly_the_fewest_drivers() {
        let rules = Policy::default().driving;
        let mut more = 0;
        for seed in 0..60 {
            let mut dice = ChaCha8Rng::seed_from_u64(seed);
            let duties: Vec<RotaDuty> = (0..dice.random_range(1..9))
                .map(|_| {
                    let from = dice.random_range(5..14);
                    duty(dice.random_range(0..4), from, from + dice.random_range(2..9))
                })
                .collect();
            let depot = planned(&duties, None).depots[0];
            let enough = |&drivers: &u32| suffices(&rules, &duties, &mut vec![Vec::new(); drivers as usize], 0);
            let fewest = (1..=8).find(enough).expect("one each is enough");
            assert!(depot.fewest <= fewest && fewest <= depot.drivers, "seed {seed}: {fewest}, {depot:?}");
            more += depot.drivers - fewest;
        }
        assert!(more <= 6, "{more} drivers too many in 60 weeks");
    }
}
