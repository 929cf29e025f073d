//! Rules of a rota: what one driver may work over several dates.

use std::collections::BTreeMap;

use super::movements;
use crate::check::{Findings, Rule, Violation};
use crate::plan::{Duty, Timetable};
use crate::scenario::Scenario;
use crate::time::{Instant, TimeWindow};

/// Whoever has the same label in duties of several dates is one driver: one duty at a time, no more driving than allowed
/// in any 24 hours and any 7 days.
pub fn check_rota(scenario: &Scenario, days: &[(&Timetable, &[Duty])]) -> Vec<Violation> {
    let mut findings = Findings::default();
    let mut of_driver: BTreeMap<&str, Vec<Worked>> = BTreeMap::new();
    for (timetable, duties) in days {
        let at = |time| scenario.policy.clock.instant(timetable.date, time).unix_seconds();
        for duty in *duties {
            let Some(driver) = &duty.driver else { continue };
            let known =
                duty.pieces.iter().filter_map(|piece| Some((piece, timetable.blocks.get(piece.block.index())?)));
            let driven = known.flat_map(|(piece, block)| {
                let inside = TimeWindow::new(piece.begin, piece.end);
                let moves = movements(scenario, timetable, block).into_iter().filter(|moved| moved.drives);
                moves.map(move |moved| moved.time.intersection(inside)).filter(|driven| !driven.is_empty())
            });
            let driven = driven.map(|driven| (at(driven.earliest), at(driven.latest))).collect();
            let worked = Worked { sign_on: at(duty.sign_on), sign_off: at(duty.sign_off), driven };
            of_driver.entry(driver).or_default().push(worked);
        }
    }
    for (driver, mut worked) in of_driver {
        worked.sort_by_key(|worked| worked.sign_on);
        for pair in worked.windows(2).filter(|pair| pair[1].sign_on < pair[0].sign_off) {
            let (date, time) = scenario.policy.clock.service_time(Instant::from_unix_seconds(pair[1].sign_on));
            findings.add(Rule::Shift, driver, format!("signs on again at {time} of {date}, before signing off"));
        }
        let driven: Vec<(i64, i64)> = worked.into_iter().flat_map(|worked| worked.driven).collect();
        let rules = scenario.policy.driving;
        for (days, limit) in [(1, rules.per_day), (7, rules.per_week)] {
            // The most lies in a window that begins with a drive or ends with one.
            let length = days * 86_400;
            let begins = driven.iter().flat_map(|&(begin, end)| [begin, end - length]);
            let within = |from: i64| -> i64 {
                driven.iter().map(|&(begin, end)| (end.min(from + length) - begin.max(from)).max(0)).sum()
            };
            let most = begins.map(within).max().unwrap_or(0);
            if most > i64::from(limit.seconds()) {
                let detail = format!("{} min of driving within {} h, limit {limit}", most / 60, days * 24);
                findings.add(Rule::DrivingHours, driver, detail);
            }
        }
    }
    findings.sorted()
}

/// A duty in the world's seconds.
struct Worked {
    sign_on: i64,
    sign_off: i64,
    driven: Vec<(i64, i64)>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::duties::tests::sample_duties;
    use crate::scenario::sample;
    use crate::time::Duration;

    /// Gives the duties these drivers on each of so many dates, and counts the violations of the rota.
    fn check_week(days: u64, drivers: [&str; 4], expected: &[Rule], change: impl FnOnce(&mut Scenario)) {
        let (mut town, timetable, mut duties) = sample_duties();
        change(&mut town);
        duties.iter_mut().zip(drivers).for_each(|(duty, driver)| duty.driver = Some(driver.to_owned()));
        let dates = (0..days).map(|day| sample::market_day() + chrono::Days::new(day));
        let timetables: Vec<Timetable> = dates.map(|date| Timetable { date, ..timetable.clone() }).collect();
        let week: Vec<(&Timetable, &[Duty])> = timetables.iter().map(|day| (day, &duties[..])).collect();
        let found: Vec<Rule> = check_rota(&town, &week).iter().map(|violation| violation.rule).collect();
        assert_eq!(found, expected, "{drivers:?}");
    }

    #[test]
    fn weeks_are_counted_across_dates() {
        let hours = |hours: i32| Duration::from_minutes(60 * hours);
        check_week(7, ["A", "B", "C", "D"], &[], |_| {});
        check_week(1, ["A", "B", "A", "D"], &[Rule::Shift], |_| {});
        check_week(7, ["A", "B", "C", "D"], &[Rule::DrivingHours; 4], |town| town.policy.driving.per_week = hours(20));
        check_week(3, ["A", "B", "C", "D"], &[], |town| town.policy.driving.per_week = hours(20));
        check_week(1, ["A", "A", "C", "D"], &[Rule::Shift, Rule::DrivingHours], |town| {
            town.policy.driving.per_day = hours(6)
        });
        check_week(1, ["A", "B", "C", "D"], &[], |town| town.policy.driving.per_day = hours(6));
    }
}
