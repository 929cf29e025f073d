//! Who must travel on a date: everybody whom runs are for is accounted for once, with all they carry.

use std::collections::BTreeMap;

use super::{Checker, Rule};
use crate::demand::{StudentGroup, StudentRunDirection};
use crate::ids::{MarketGoersId, StudentGroupId};
use crate::plan::{RunDemand, RunDirection};
use crate::time::Duration;
use crate::units::quotient_rounded_up;

/// What the plan does with the people of one demand in one direction.
#[derive(Clone, Copy, Default)]
struct Planned {
    /// People on runs.
    carried: i64,
    /// What they carry.
    luggage: i64,
    /// People on lines.
    on_lines: i64,
    /// People who stay.
    left_behind: i64,
}

impl Checker<'_> {
    pub(super) fn everybody_who_must_travel(&mut self) {
        let planned = self.planned();
        let pupils =
            (0..self.scenario.student_groups.len()).map(|group| RunDemand::Pupils(StudentGroupId::from_index(group)));
        let goers =
            (0..self.scenario.market_goers.len()).map(|goers| RunDemand::Goers(MarketGoersId::from_index(goers)));
        for of in pupils.chain(goers) {
            let ways = [RunDirection::Inward, RunDirection::Outward];
            let found = ways.map(|direction| planned.get(&(of, direction)).copied().unwrap_or_default());
            for (direction, found) in ways.into_iter().zip(found) {
                self.accounted_for(of, direction, found);
            }
            self.brought_home(of, found);
        }
    }

    /// Pupils have their families and lines; whoever is brought to market has nothing but the run home.
    fn brought_home(&mut self, of: RunDemand, [inward, outward]: [Planned; 2]) {
        if matches!(of, RunDemand::Goers(_)) && inward.carried > outward.carried {
            let detail = format!("{} are brought there, and {} home", inward.carried, outward.carried);
            self.findings.add(Rule::RoundTrip, self.label_of(of), detail);
        }
    }

    fn planned(&mut self) -> BTreeMap<(RunDemand, RunDirection), Planned> {
        let mut planned: BTreeMap<(RunDemand, RunDirection), Planned> = BTreeMap::new();
        for run in &self.timetable.runs {
            for riders in run.calls.iter().flat_map(|call| &call.boardings) {
                let found = planned.entry((riders.of, run.direction)).or_default();
                found.carried += i64::from(riders.people);
                found.luggage += i64::from(riders.luggage);
            }
        }
        for left in &self.timetable.left_behind {
            if !self.knows(left.of) {
                self.findings.add(Rule::Reference, format!("{:?}", left.of), "are left behind, but do not exist");
                continue;
            }
            if left.people < 0 || left.on_lines < 0 {
                let detail = format!("{} left behind, {} on lines", left.people, left.on_lines);
                self.findings.add(Rule::LeftBehind, self.label_of(left.of), detail);
            }
            let found = planned.entry((left.of, left.direction)).or_default();
            found.left_behind += i64::from(left.people);
            found.on_lines += i64::from(left.on_lines);
        }
        planned
    }

    fn accounted_for(&mut self, of: RunDemand, direction: RunDirection, found: Planned) {
        let way = if direction == RunDirection::Inward { "there" } else { "home" };
        let subject = format!("{}, {way}", self.label_of(of));
        let Planned { carried, luggage, on_lines, left_behind } = found;
        let expected = self.expected(of, direction);
        if carried + on_lines + left_behind != i64::from(expected) {
            let detail =
                format!("{expected} travel, but {carried} on runs, {on_lines} on lines, {left_behind} left behind");
            self.findings.add(Rule::LeftBehind, &subject, detail);
        }
        let may_ride_lines = matches!(of, RunDemand::Pupils(_)) && self.scenario.policy.students.line_seats_percent > 0;
        if on_lines > 0 && !may_ride_lines {
            self.findings.add(Rule::Product, &subject, format!("{on_lines} ride lines, which policy keeps them off"));
        }
        if let (RunDemand::Pupils(group), true) = (of, on_lines > 0 && self.day.is_school_day) {
            // Lines keep their times, so that whoever was to ride one in time for the bell may not be any more.
            let school = self.scenario.student_groups[group.index()].school;
            if self.moved_bells.get(&school).is_some_and(|&later| later != Duration::ZERO) {
                let detail = format!("{on_lines} ride lines, but the bells of their school move");
                self.findings.add(Rule::Bell, &subject, detail);
            }
        }
        if let RunDemand::Goers(goers) = of {
            let goers = &self.scenario.market_goers[goers.index()];
            let all = match direction {
                RunDirection::Inward => goers.luggage_in,
                RunDirection::Outward => goers.luggage_home,
            };
            let (share, people) = (i64::from(all) * carried, i64::from(goers.people.max(1)));
            let fair = share.div_euclid(people)..=quotient_rounded_up(share, people);
            if !fair.contains(&luggage) {
                let detail = format!("{carried} of {people} carry {luggage} of {all} luggage units");
                self.findings.add(Rule::LeftBehind, &subject, detail);
            }
        }
    }

    /// How many are to be brought on the date, walkers and enrolled pupils apart.
    fn expected(&self, of: RunDemand, direction: RunDirection) -> i32 {
        match of {
            RunDemand::Goers(goers) => {
                let goers = &self.scenario.market_goers[goers.index()];
                if self.day.markets.contains(&goers.market) { goers.people.max(0) } else { 0 }
            }
            RunDemand::Pupils(group) => {
                let group = &self.scenario.student_groups[group.index()];
                let travels = match (group.boards, direction) {
                    (false, _) => self.day.is_school_day,
                    (true, RunDirection::Inward) => self.day.boarders_return,
                    (true, RunDirection::Outward) => self.day.boarders_go_home,
                };
                let school = self.scenario.school(group.school);
                let home = self.scenario.villages[group.village.index()].place;
                let walks =
                    self.scenario.network.travel.distance(home, school.place) <= self.scenario.policy.students.walk;
                if !travels || walks || !school.has_customized_runs {
                    return 0;
                }
                (group.students - self.enrolled(group, direction)).max(0)
            }
        }
    }

    /// Day pupils of a group with a seat on a licensed run.
    fn enrolled(&self, group: &StudentGroup, direction: RunDirection) -> i32 {
        let home = self.scenario.villages[group.village.index()].place;
        let mut enrolled = 0;
        for run in self.scenario.student_runs.iter().filter(|run| run.school == group.school && !group.boards) {
            let is_inward = run.direction == StudentRunDirection::ToSchool;
            if is_inward == (direction == RunDirection::Inward) {
                enrolled += run.calls.iter().filter(|call| call.place == home).map(|call| call.enrolled).sum::<i32>();
            }
        }
        enrolled
    }
}
