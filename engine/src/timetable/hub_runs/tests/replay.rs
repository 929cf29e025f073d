//! Another reading of the rules: drives every run of a plan second by second through its places, and adds up anew.

use crate::ids::PlaceId;
use crate::time::Duration;
use crate::timetable::hub_runs::{Direction, HubRun, HubRunPlan, HubRunProblem};
use crate::units::{Fen, Metres};

/// What is wrong with the plan.
pub fn check(problem: &HubRunProblem<'_>, plan: &HubRunPlan) -> Result<(), String> {
    let mut cost = Fen(0);
    let mut on_runs = vec![0; problem.groups.len()];
    for (index, run) in plan.runs.iter().enumerate() {
        cost += run_cost(problem, run, &mut on_runs).map_err(|mistake| format!("run {index}: {mistake}"))?;
    }
    for (index, group) in problem.groups.iter().enumerate() {
        let (riders, behind) = (plan.line_riders[index], plan.left_behind[index]);
        if on_runs[index] + riders + behind != group.people || riders < 0 || behind < 0 {
            return Err(format!("group {index} has {} people, not {}", group.people, on_runs[index] + riders + behind));
        }
        if riders > group.line.map_or(0, |line| line.most_people) {
            return Err(format!("{riders} of group {index} ride the line"));
        }
        let line = group.line.map_or(0, |line| line.cost.0);
        cost += Fen(line * i64::from(riders) + group.cost_left_behind.0 * i64::from(behind));
    }
    for (index, kind) in problem.kinds.iter().enumerate() {
        let runs = plan.runs.iter().filter(|run| run.kind == index).count() as i32;
        if kind.most_runs.is_some_and(|most| runs > most) {
            return Err(format!("{runs} runs of kind {index}"));
        }
    }
    let of_hubs: Fen = plan.cost_of_hub.iter().copied().sum();
    if cost != plan.cost || of_hubs != plan.cost {
        return Err(format!("it costs {cost:?}, not {:?}, of the hubs {of_hubs:?}", plan.cost));
    }
    Ok(())
}

fn run_cost(problem: &HubRunProblem<'_>, run: &HubRun, on_runs: &mut [i32]) -> Result<Fen, String> {
    let kind = &problem.kinds[run.kind];
    let travel = problem.travel.scaled(kind.driving_time_percent);
    let boards = problem.direction == Direction::ToHub;
    // Where, and how many get in or out.
    let mut halts: Vec<(PlaceId, i32)> = Vec::new();
    let mut walking = Fen(0);
    let (mut people, mut luggage) = (0, 0);
    let mut of_hub = vec![0; problem.hubs.len()];
    let groups = run.calls.iter().flat_map(|call| call.people.iter().map(|at| at.group));
    if groups.clone().count() != groups.collect::<std::collections::BTreeSet<_>>().len() {
        return Err("a group waits at two stops".to_owned());
    }
    for call in &run.calls {
        let mut here = 0;
        for at in &call.people {
            let group = &problem.groups[at.group];
            let stop = group.stops.iter().filter(|stop| stop.place == call.place).map(|stop| stop.walking_cost).min();
            let walk = stop.ok_or_else(|| format!("group {} has no stop {:?}", at.group, call.place))?;
            walking += Fen(walk.0 * i64::from(at.people));
            luggage += group.luggage_units_per_person * at.people;
            here += at.people;
            of_hub[group.hub] += at.people;
            on_runs[at.group] += at.people;
            if at.people <= 0 {
                return Err(format!("{} people of group {}", at.people, at.group));
            }
        }
        if here == 0 || halts.iter().any(|&(place, _)| place == call.place) {
            return Err(format!("nobody at {:?}, or a second call there", call.place));
        }
        people += here;
        halts.push((call.place, here));
    }
    if people > kind.seats || luggage > kind.luggage_units {
        return Err(format!("{people} people with {luggage} units of luggage"));
    }
    if run.hubs.iter().map(|&hub| of_hub[hub]).sum::<i32>() != people || run.hubs.is_empty() || run.hubs.len() > 2 {
        return Err("somebody wants to go to another hub".to_owned());
    }
    if run.hubs.len() == 2
        && (!problem.mixed_hubs.contains(&(run.hubs[0], run.hubs[1])) || run.hubs.iter().any(|&hub| of_hub[hub] == 0))
    {
        return Err("two hubs without need".to_owned());
    }
    let hubs = run.hubs.iter().map(|&hub| (problem.hubs[hub], of_hub[hub]));
    let calls = halts.len();
    if boards {
        halts.extend(hubs);
    } else {
        halts.splice(0..0, hubs);
    }
    // By halt: arrival and departure.
    let mut times: Vec<(i32, i32)> = Vec::new();
    let (mut clock, mut distance) = (0, 0);
    for (index, &(place, count)) in halts.iter().enumerate() {
        if index > 0 {
            let (time, metres) = travel.way(halts[index - 1].0, place);
            clock += time.seconds();
            distance += metres.0;
        }
        let arrival = clock;
        clock += problem.dwell.per_call.seconds() + count * problem.dwell.per_person.seconds();
        times.push((arrival, clock));
    }
    let last = times.len() - 1;
    let rides: Vec<i32> = if boards {
        (0..calls).map(|call| times[last].0 - times[call].1).collect()
    } else {
        (0..calls).map(|call| times[last + 1 - calls + call].0 - times[0].1).collect()
    };
    if rides.iter().any(|&ride| ride > problem.longest_ride.seconds()) || clock > problem.longest_run.seconds() {
        return Err(format!("rides of {rides:?} s, in all {clock} s"));
    }
    if !run.calls.iter().map(|call| call.ride.seconds()).eq(rides.iter().copied()) {
        return Err(format!("rides of {rides:?} s are told as {:?}", run.calls));
    }
    let per_hour = kind.cost_per_hour.per_hour(Duration::from_seconds(clock));
    let cost = kind.cost_per_run + kind.cost_per_kilometre.per_kilometre(Metres(distance)) + per_hour;
    if cost != run.cost || run.distance.0 != distance || run.duration.seconds() != clock {
        return Err(format!("{cost:?}, {distance} m, {clock} s, told as {run:?}"));
    }
    Ok(cost + walking)
}
