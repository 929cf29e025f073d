//! What is asked: tasks in order of time, classes of vehicles, and what may follow what.

/// Which task may follow which in the same vehicle, and what the way between them costs (empty driving, waiting).
///
/// One table per *kind* of vehicle, shared by all classes of the kind. Absent means impossible.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// By task: where its incoming links begin in `incoming`; one more at the end.
    starts: Vec<usize>,
    /// Task before, cost; by task after, then by task before.
    incoming: Vec<(u32, i64)>,
}

/// Tasks that a vehicle of a class can work, and the way from and to its depot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkableTask {
    /// Which task.
    pub task: usize,
    /// Of beginning the day with it, the vehicle's cost per day included; `None`: only after another task.
    pub pull_out: Option<i64>,
    /// Of ending the day with it; `None`: only before another task.
    pub pull_in: Option<i64>,
}

/// Vehicles that are the same to the planner: of one depot and one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VehicleClass {
    /// Whose links hold: an index into the kinds of the problem.
    pub kind: usize,
    /// How many there are.
    pub vehicles: u32,
    /// What they can work, ascending by task; what is absent they cannot.
    pub workable: Vec<WorkableTask>,
}

/// The multi-depot vehicle scheduling problem. Costs are whole: fen, or the units of a benchmark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VehicleSchedulingProblem {
    prices: Vec<Option<i64>>,
    kinds: Vec<Links>,
    classes: Vec<VehicleClass>,
}

/// Why something isn't a vehicle scheduling problem.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProblem {
    /// Links go forward in the order of tasks.
    #[error("a link from task {from} to task {to}: tasks are in order of time, {tasks} in all")]
    Link {
        /// Task before.
        from: usize,
        /// Task after.
        to: usize,
        /// How many there are.
        tasks: usize,
    },
    /// A pair of tasks is linked once.
    #[error("two links from task {from} to task {to}")]
    LinkTwice {
        /// Task before.
        from: usize,
        /// Task after.
        to: usize,
    },
    /// A class names what isn't there, or tasks out of order.
    #[error("class {class}: {why}")]
    Class {
        /// Its index.
        class: usize,
        /// What is wrong.
        why: String,
    },
    /// Sums of costs must stay whole numbers.
    #[error("a cost of {0} is out of range; at most {LARGEST_COST} either way")]
    Cost(i64),
}

/// Ten million yuan, in fen.
pub const LARGEST_COST: i64 = 1_000_000_000;

/// A vehicle's day: its class and its tasks in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chain {
    /// Index of its class.
    pub class: usize,
    /// At least one, ascending.
    pub tasks: Vec<usize>,
}

impl Links {
    /// From (task before, task after, cost) in any order, among so many tasks.
    pub fn new(tasks: usize, mut links: Vec<(usize, usize, i64)>) -> Result<Self, InvalidProblem> {
        links.sort_unstable_by_key(|&(from, to, _)| (to, from));
        for (index, &(from, to, cost)) in links.iter().enumerate() {
            if from >= to || to >= tasks || u32::try_from(from).is_err() {
                return Err(InvalidProblem::Link { from, to, tasks });
            }
            if index > 0 && (links[index - 1].0, links[index - 1].1) == (from, to) {
                return Err(InvalidProblem::LinkTwice { from, to });
            }
            check_cost(cost)?;
        }
        let starts = (0..=tasks).map(|task| links.partition_point(|&(_, to, _)| to < task)).collect();
        let incoming = links.into_iter().map(|(from, _, cost)| (from as u32, cost)).collect();
        Ok(Self { starts, incoming })
    }

    /// (Task before, cost) of all links to a task, ascending.
    pub fn incoming(&self, task: usize) -> &[(u32, i64)] {
        &self.incoming[self.starts[task]..self.starts[task + 1]]
    }

    /// Of all links.
    pub fn costs(&self) -> impl Iterator<Item = i64> {
        self.incoming.iter().map(|&(_, cost)| cost)
    }

    /// The cost of a link, if there is one.
    pub fn cost(&self, from: usize, to: usize) -> Option<i64> {
        let incoming = self.incoming(to);
        let found = incoming.binary_search_by_key(&from, |&(before, _)| before as usize);
        found.ok().map(|index| incoming[index].1)
    }
}

impl VehicleSchedulingProblem {
    /// `prices`: by task, what leaving it out costs; `None`: it must be worked. Tasks are in order of time: whatever may
    /// follow a task has a greater number.
    pub fn new(
        prices: Vec<Option<i64>>,
        kinds: Vec<Links>,
        classes: Vec<VehicleClass>,
    ) -> Result<Self, InvalidProblem> {
        prices.iter().flatten().try_for_each(|&price| check_cost(price))?;
        for (index, class) in classes.iter().enumerate() {
            let wrong = |why: String| Err(InvalidProblem::Class { class: index, why });
            match kinds.get(class.kind) {
                None => return wrong(format!("there is no kind {}", class.kind)),
                Some(links) if links.starts.len() != prices.len() + 1 => {
                    return wrong(format!("its links are not between {} tasks", prices.len()));
                }
                Some(_) => {}
            }
            if !class.workable.is_sorted_by(|before, after| before.task < after.task) {
                return wrong("workable tasks must ascend".to_owned());
            }
            if let Some(last) = class.workable.last().filter(|last| last.task >= prices.len()) {
                return wrong(format!("there is no task {}", last.task));
            }
            let costs = class.workable.iter().flat_map(|workable| [workable.pull_out, workable.pull_in]);
            costs.flatten().try_for_each(check_cost)?;
        }
        Ok(Self { prices, kinds, classes })
    }

    /// By task: what leaving it out costs; `None`: it must be worked.
    pub fn prices(&self) -> &[Option<i64>] {
        &self.prices
    }

    /// By kind.
    pub fn kinds(&self) -> &[Links] {
        &self.kinds
    }

    /// By index.
    pub fn classes(&self) -> &[VehicleClass] {
        &self.classes
    }

    /// The cost of a vehicle's day; `None` if it is impossible.
    pub fn chain_cost(&self, chain: &Chain) -> Option<i64> {
        let class = self.classes.get(chain.class)?;
        let workable = |task: usize| {
            let found = class.workable.binary_search_by_key(&task, |workable| workable.task);
            found.ok().map(|index| class.workable[index])
        };
        let mut cost = workable(*chain.tasks.first()?)?.pull_out? + workable(*chain.tasks.last()?)?.pull_in?;
        for pair in chain.tasks.windows(2) {
            workable(pair[1])?;
            cost += self.kinds[class.kind].cost(pair[0], pair[1])?;
        }
        Some(cost)
    }
}

fn check_cost(cost: i64) -> Result<(), InvalidProblem> {
    if (-LARGEST_COST..=LARGEST_COST).contains(&cost) { Ok(()) } else { Err(InvalidProblem::Cost(cost)) }
}
