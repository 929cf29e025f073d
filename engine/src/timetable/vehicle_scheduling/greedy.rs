//! First schedules at once: every task in order goes where it adds least.

use super::dive::Schedules;
use super::problem::{Chain, VehicleSchedulingProblem, WorkableTask};

/// Behind the end of a chain, by a new vehicle, or left out; `compulsion`: the price of tasks that must be worked.
pub(super) fn first_schedules(problem: &VehicleSchedulingProblem, compulsion: i64) -> Schedules {
    let classes = problem.classes();
    let mut vehicles: Vec<u32> = classes.iter().map(|class| class.vehicles).collect();
    let workable = |class: usize, task: usize| -> Option<WorkableTask> {
        let workable = &classes[class].workable;
        workable.binary_search_by_key(&task, |workable| workable.task).ok().map(|index| workable[index])
    };
    let (mut chains, mut ends): (Vec<Chain>, Vec<i64>) = (Vec::new(), Vec::new());
    let (mut left_out, mut total) = (Vec::new(), 0);
    for (task, price) in problem.prices().iter().enumerate() {
        let out = price.unwrap_or(compulsion);
        // Cost added, chain to append to or class of the new vehicle, pull-in.
        let mut best: Option<(i64, Result<usize, usize>, i64)> = None;
        let mut offer = |offered: (i64, Result<usize, usize>, i64)| {
            if offered.0 < out && best.is_none_or(|best| offered.0 < best.0) {
                best = Some(offered);
            }
        };
        for (index, chain) in chains.iter().enumerate() {
            let kind = &problem.kinds()[classes[chain.class].kind];
            let Some(link) = chain.tasks.last().and_then(|&last| kind.cost(last, task)) else { continue };
            if let Some(pull_in) = workable(chain.class, task).and_then(|workable| workable.pull_in) {
                offer((link + pull_in - ends[index], Ok(index), pull_in));
            }
        }
        for class in (0..classes.len()).filter(|&class| vehicles[class] > 0) {
            let Some(workable) = workable(class, task) else { continue };
            if let (Some(pull_out), Some(pull_in)) = (workable.pull_out, workable.pull_in) {
                offer((pull_out + pull_in, Err(class), pull_in));
            }
        }
        match best {
            None => {
                left_out.push(task);
                total += out;
            }
            Some((added, Ok(index), pull_in)) => {
                chains[index].tasks.push(task);
                ends[index] = pull_in;
                total += added;
            }
            Some((added, Err(class), pull_in)) => {
                vehicles[class] -= 1;
                chains.push(Chain { class, tasks: vec![task] });
                ends.push(pull_in);
                total += added;
            }
        }
    }
    Schedules { chains, left_out, cost: total }
}
