//! The least cost of all plans: every run there can be for one person after the other, by how many of each group are still to be
//! served. Only for a handful of people.

use std::collections::BTreeMap;

use crate::time::Duration;
use crate::timetable::hub_runs::{Direction, HubRunProblem};
use crate::units::{Fen, Metres};

/// Who of each group is on a run, its kind, and what it costs at least with its walk.
pub type Runs = BTreeMap<(usize, Vec<i32>), i64>;

/// Of all plans.
pub fn least_cost(problem: &HubRunProblem<'_>) -> Fen {
    let runs = all_runs(problem);
    let waiting: Vec<i32> = problem.groups.iter().map(|group| group.people).collect();
    let free: Vec<i32> = problem.kinds.iter().map(|kind| kind.most_runs.unwrap_or(99)).collect();
    Fen(least(problem, &runs, &waiting, &free, &mut BTreeMap::new()))
}

fn least(
    problem: &HubRunProblem<'_>,
    runs: &Runs,
    waiting: &[i32],
    free: &[i32],
    known: &mut BTreeMap<(Vec<i32>, Vec<i32>), i64>,
) -> i64 {
    if let Some(&cost) = known.get(&(waiting.to_vec(), free.to_vec())) {
        return cost;
    }
    let absent = problem.groups.iter().zip(waiting).map(|(group, &people)| {
        let line = group.line.filter(|line| line.cost < group.cost_left_behind);
        let riders = line.map_or(0, |line| line.most_people.min(people));
        line.map_or(0, |line| line.cost.0) * i64::from(riders) + group.cost_left_behind.0 * i64::from(people - riders)
    });
    let mut best: i64 = absent.sum();
    for ((kind, people), cost) in runs {
        if free[*kind] > 0 && people.iter().zip(waiting).all(|(people, waiting)| people <= waiting) {
            let rest: Vec<i32> = waiting.iter().zip(people).map(|(waiting, people)| waiting - people).collect();
            let mut free = free.to_vec();
            free[*kind] -= i32::from(problem.kinds[*kind].most_runs.is_some());
            best = best.min(cost + least(problem, runs, &rest, &free, known));
        }
    }
    known.insert((waiting.to_vec(), free.to_vec()), best);
    best
}

/// Every order of every set of stops, every number of people at each.
pub fn all_runs(problem: &HubRunProblem<'_>) -> Runs {
    let mut options: Vec<(usize, usize)> = Vec::new();
    for (group, data) in problem.groups.iter().enumerate() {
        options.extend((0..data.stops.len()).map(|stop| (group, stop)));
    }
    let mut runs = Runs::new();
    let mut hubs: Vec<Vec<usize>> = (0..problem.hubs.len()).map(|hub| vec![hub]).collect();
    hubs.extend(problem.mixed_hubs.iter().map(|&(first, second)| vec![first, second]));
    for kind in 0..problem.kinds.len() {
        for hubs in &hubs {
            share_out(problem, kind, hubs, &options, &mut vec![0; options.len()], 0, &mut runs);
        }
    }
    runs
}

/// Chooses how many take each option from the `next` on, then tries every order of the stops.
fn share_out(
    problem: &HubRunProblem<'_>,
    kind: usize,
    hubs: &[usize],
    options: &[(usize, usize)],
    taken: &mut Vec<i32>,
    next: usize,
    runs: &mut Runs,
) {
    if next < options.len() {
        let group = &problem.groups[options[next].0];
        // Those of a group who ride together wait together.
        let is_elsewhere = (0..next).any(|other| options[other].0 == options[next].0 && taken[other] > 0);
        let most = if hubs.contains(&group.hub) && !is_elsewhere { group.people } else { 0 };
        for people in 0..=most {
            taken[next] = people;
            share_out(problem, kind, hubs, options, taken, next + 1, runs);
        }
        taken[next] = 0;
        return;
    }
    let mut people = vec![0; problem.groups.len()];
    let (mut luggage, mut walking) = (0, 0);
    let mut at_place: BTreeMap<_, i32> = BTreeMap::new();
    let mut of_hub = vec![0; problem.hubs.len()];
    for (&(group, stop), &count) in options.iter().zip(taken.iter()).filter(|&(_, &count)| count > 0) {
        let data = &problem.groups[group];
        people[group] += count;
        luggage += count * data.luggage_units_per_person;
        walking += data.stops[stop].walking_cost.0 * i64::from(count);
        *at_place.entry(data.stops[stop].place).or_default() += count;
        of_hub[data.hub] += count;
    }
    let total: i32 = people.iter().sum();
    let too_many = people.iter().zip(&problem.groups).any(|(&people, group)| people > group.people);
    let full = total > problem.kinds[kind].seats || luggage > problem.kinds[kind].luggage_units;
    if total == 0 || too_many || full || hubs.iter().any(|&hub| of_hub[hub] == 0) {
        return;
    }
    let places: Vec<_> = at_place.into_iter().collect();
    let mut cheapest: Option<i64> = None;
    for order in orders(places.len()) {
        let calls = order.iter().map(|&index| places[index]);
        let at_hubs = hubs.iter().map(|&hub| (problem.hubs[hub], of_hub[hub]));
        let halts: Vec<_> = match problem.direction {
            Direction::ToHub => calls.chain(at_hubs).collect(),
            Direction::FromHub => at_hubs.chain(calls).collect(),
        };
        if let Some(cost) = driven(problem, kind, &halts) {
            cheapest = Some(cheapest.map_or(cost, |known| known.min(cost)));
        }
    }
    if let Some(cost) = cheapest {
        let known = runs.entry((kind, people)).or_insert(i64::MAX);
        *known = (*known).min(cost + walking);
    }
}

/// What it costs to halt there and take so many in or out, if rides and run are short enough.
fn driven(problem: &HubRunProblem<'_>, kind: usize, halts: &[(crate::ids::PlaceId, i32)]) -> Option<i64> {
    let data = &problem.kinds[kind];
    let dwell = |people: i32| problem.dwell.per_call.seconds() + people * problem.dwell.per_person.seconds();
    let (mut seconds, mut metres) = (0, 0);
    for pair in halts.windows(2) {
        let (time, distance) = problem.travel.way(pair[0].0, pair[1].0);
        seconds += (time.seconds() * i32::from(data.driving_time_percent) + 99) / 100;
        metres += distance.0;
    }
    let ride = seconds + halts[1..halts.len() - 1].iter().map(|&(_, people)| dwell(people)).sum::<i32>();
    let run = ride + dwell(halts[0].1) + dwell(halts[halts.len() - 1].1);
    if ride > problem.longest_ride.seconds() || run > problem.longest_run.seconds() {
        return None;
    }
    let driving = data.cost_per_kilometre.per_kilometre(Metres(metres));
    Some((data.cost_per_run + driving + data.cost_per_hour.per_hour(Duration::from_seconds(run))).0)
}

fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(count - 1);
    let mut all = Vec::new();
    for order in shorter {
        for place in 0..=order.len() {
            let mut longer = order.clone();
            longer.insert(place, count - 1);
            all.push(longer);
        }
    }
    all
}
