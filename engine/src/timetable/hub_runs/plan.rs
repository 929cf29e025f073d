//! What comes out: runs, who rides the line, who is left behind, what it costs and what is known of its quality.

use super::problem::HubRunProblem;
use crate::time::Duration;
use crate::units::{Fen, Metres};

/// A run: one vehicle from its first call to the hub, or from the hub to its last call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubRun {
    /// Position in [`HubRunProblem::kinds`].
    pub kind: usize,
    /// Positions in [`HubRunProblem::hubs`] in the order of driving; two only where hubs may be mixed.
    pub hubs: Vec<usize>,
    /// In the order of driving.
    pub calls: Vec<RunCall>,
    /// Driven, from the first to the last place.
    pub distance: Metres,
    /// From the first boarding to the last alighting.
    pub duration: Duration,
    /// Run, kilometres and hours; no walking.
    pub cost: Fen,
}

/// A call of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunCall {
    /// Where.
    pub place: crate::ids::PlaceId,
    /// The ride of those who board here (from the call's departure to the arrival at the last hub) or alight here (from the
    /// departure of the first hub to the call's arrival).
    pub ride: Duration,
    /// Who boards or alights, ascending by group.
    pub people: Vec<PeopleAtCall>,
}

/// Some of a group at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PeopleAtCall {
    /// Position in [`HubRunProblem::groups`].
    pub group: usize,
    /// How many of them.
    pub people: i32,
}

/// What a planner reads off the linear program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// By group: what one more person would add to the lower bound. Zero before anything was solved.
    pub one_more_person: Vec<Fen>,
    /// By kind: what one more run of a limited kind would save of the lower bound; zero for others.
    pub one_more_run: Vec<Fen>,
}

/// A complete plan.
#[derive(Clone, Debug, PartialEq)]
pub struct HubRunPlan {
    /// By hub, then as found.
    pub runs: Vec<HubRun>,
    /// By group.
    pub line_riders: Vec<i32>,
    /// By group.
    pub left_behind: Vec<i32>,
    /// Runs, walking, line riders, people left behind.
    pub cost: Fen,
    /// No plan costs less, however groups are split over runs.
    pub lower_bound: Fen,
    /// By hub: what its people cost; the cost of a mixed run is shared by heads.
    pub cost_of_hub: Vec<Fen>,
    /// Of the last linear program that was solved.
    pub prices: Prices,
    /// Units of work done.
    pub work: u64,
    /// By the caller's clock.
    pub seconds: f64,
}

impl HubRunPlan {
    /// The plan without any run: lines take whom they may and are cheaper for, the rest stay behind.
    pub fn without_runs(problem: &HubRunProblem<'_>) -> Self {
        let riders = |group: &super::Group| {
            let line = group.line.filter(|line| line.cost < group.cost_left_behind);
            line.map_or(0, |line| line.most_people.min(group.people))
        };
        let line_riders: Vec<i32> = problem.groups.iter().map(riders).collect();
        let left_behind: Vec<i32> =
            problem.groups.iter().zip(&line_riders).map(|(group, riders)| group.people - riders).collect();
        let mut cost_of_hub = vec![Fen(0); problem.hubs.len()];
        for (index, group) in problem.groups.iter().enumerate() {
            let riding = group.line.map_or(0, |line| line.cost.0) * i64::from(line_riders[index]);
            cost_of_hub[group.hub] += Fen(riding + group.cost_left_behind.0 * i64::from(left_behind[index]));
        }
        Self {
            runs: Vec::new(),
            line_riders,
            left_behind,
            cost: cost_of_hub.iter().copied().sum(),
            lower_bound: Fen(0),
            cost_of_hub,
            prices: Prices {
                one_more_person: vec![Fen(0); problem.groups.len()],
                one_more_run: vec![Fen(0); problem.kinds.len()],
            },
            work: 0,
            seconds: 0.0,
        }
    }

    /// How far the plan may be from the best one, relative to its cost.
    pub fn gap(&self) -> f64 {
        if self.cost <= self.lower_bound {
            return 0.0;
        }
        (self.cost - self.lower_bound).0 as f64 / self.cost.0 as f64
    }
}
