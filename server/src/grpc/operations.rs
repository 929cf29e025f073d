//! Long-running operations: one planning at a time, watched and stopped by name.
//!
//! They live in memory; what they found becomes durable only when it is activated.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;
use sanban_engine::plan::Timetable;
use sanban_engine::time::Instant;
use sanban_engine::timetable::PlanProgress;
use tokio::sync::watch;

/// Finished operations beyond this many are forgotten, the oldest first.
const REMEMBERED: usize = 32;

/// How an operation ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A draft.
    Found(Arc<Timetable>),
    /// Why there is none: a reason in capitals and a text.
    Failed {
        /// A reason in capitals.
        reason: &'static str,
        /// What happened and what to do.
        message: String,
    },
}

/// An operation at one moment.
#[derive(Clone, Debug)]
pub struct State {
    /// Counts from 1.
    pub number: u64,
    /// What is planned.
    pub date: NaiveDate,
    /// When it was started.
    pub started: Instant,
    /// The last that the planner said.
    pub progress: Option<PlanProgress>,
    /// By stage.
    parts_named: BTreeMap<String, BTreeSet<String>>,
    /// Somebody asked to stop.
    pub is_cancelling: bool,
    /// Set once it is done.
    pub outcome: Option<Outcome>,
}

/// A running or remembered operation.
pub struct Operation {
    /// Who started it with which request id, and what was asked: retries find it.
    key: (String, String),
    asked: String,
    stop: AtomicBool,
    state: watch::Sender<State>,
}

/// All operations of a server.
#[derive(Clone, Default)]
pub struct Operations(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    last_number: u64,
    operations: VecDeque<Arc<Operation>>,
}

/// What came of asking for an operation.
pub enum Started {
    /// A new one: the caller runs it.
    New(Arc<Operation>),
    /// A retry of this one.
    Known(Arc<Operation>),
    /// The request id belongs to something else.
    IdReused,
    /// Another one is running.
    Busy,
}

impl Operation {
    /// How it is now.
    pub fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// Follows it.
    pub fn watch(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    /// Asks it to stop.
    pub fn cancel(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.state.send_if_modified(|state| {
            let changes = state.outcome.is_none() && !state.is_cancelling;
            state.is_cancelling |= changes;
            changes
        });
    }

    /// Has somebody asked to stop?
    pub fn is_cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Tells watchers how far it is. Where the planner doesn't count the parts of a stage, those it names are counted here.
    pub fn report(&self, mut progress: PlanProgress) {
        self.state.send_modify(|state| {
            if progress.total == 0 && !progress.part.is_empty() {
                let parts = state.parts_named.entry(progress.stage.clone()).or_default();
                parts.insert(progress.part.clone());
                progress.done = parts.len();
            }
            state.progress = Some(progress);
        });
    }

    /// Tells watchers how it ended.
    pub fn finish(&self, outcome: Outcome) {
        self.state.send_modify(|state| state.outcome = Some(outcome));
    }
}

impl Operations {
    /// Registers an operation unless one is running or the request id is known.
    pub fn start(&self, principal: &str, request_id: &str, asked: String, date: NaiveDate, now: Instant) -> Started {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (principal.to_owned(), request_id.to_owned());
        if let Some(known) = inner.operations.iter().find(|operation| operation.key == key) {
            return if known.asked == asked { Started::Known(Arc::clone(known)) } else { Started::IdReused };
        }
        if inner.operations.iter().any(|operation| operation.state.borrow().outcome.is_none()) {
            return Started::Busy;
        }
        inner.last_number += 1;
        let number = inner.last_number;
        let state = State {
            number,
            date,
            started: now,
            progress: None,
            parts_named: BTreeMap::new(),
            is_cancelling: false,
            outcome: None,
        };
        let (state, _) = watch::channel(state);
        let operation = Arc::new(Operation { key, asked, stop: AtomicBool::new(false), state });
        inner.operations.push_back(Arc::clone(&operation));
        if inner.operations.len() > REMEMBERED {
            inner.operations.pop_front();
        }
        Started::New(operation)
    }

    /// The operation of a name.
    pub fn find(&self, name: &str) -> Option<Arc<Operation>> {
        let number: u64 = name.strip_prefix("operations/")?.parse().ok()?;
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.operations.iter().find(|operation| operation.state.borrow().number == number).cloned()
    }

    /// Asks all of them to stop.
    pub fn stop_all(&self) {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.operations.iter().for_each(|operation| operation.cancel());
    }
}

#[cfg(test)]
mod tests {
    use sanban_engine::units::Fen;

    use super::*;

    fn start(operations: &Operations, request_id: &str, asked: &str) -> Started {
        operations.start("planner", request_id, asked.to_owned(), NaiveDate::default(), Instant::default())
    }

    fn started(operations: &Operations, request_id: &str) -> Arc<Operation> {
        let Started::New(operation) = start(operations, request_id, "a") else { panic!("not started") };
        operation
    }

    fn end(operation: &Operation) {
        operation.finish(Outcome::Failed { reason: "NO_TIMETABLE", message: String::new() });
    }

    #[test]
    fn one_operation_runs_at_a_time_and_a_retry_finds_it() {
        let operations = Operations::default();
        let first = started(&operations, "one");
        assert!(matches!(start(&operations, "two", "a"), Started::Busy));
        assert!(matches!(start(&operations, "one", "b"), Started::IdReused));
        assert!(matches!(start(&operations, "one", "a"), Started::Known(known) if Arc::ptr_eq(&known, &first)));
        first.cancel();
        assert!(first.is_cancelled() && first.state().is_cancelling);
        assert!(matches!(start(&operations, "two", "a"), Started::Busy), "it has been told, but still runs");
        end(&first);
        started(&operations, "two");
    }

    #[test]
    fn parts_are_counted_stage_by_stage_where_the_planner_does_not() {
        let operation = started(&Operations::default(), "one");
        let check = |stage: &str, part: &str, (done, total): (usize, usize), expected: usize| {
            let (cost, lower_bound) = (Fen(2), Fen(1));
            operation.report(PlanProgress { stage: stage.into(), part: part.into(), done, total, cost, lower_bound });
            assert_eq!(operation.state().progress.unwrap().done, expected, "{stage} {part}");
        };
        check("lines", "R1", (1, 2), 1);
        check("lines", "R2", (2, 2), 2);
        check("students", "in", (0, 0), 1);
        check("markets", "M1 in", (0, 0), 1);
        check("students", "home", (0, 0), 2);
        check("vehicles", "", (0, 0), 0);
        // Told again and again while it gets better.
        check("duties", "DEP", (0, 0), 1);
        check("duties", "DEP", (0, 0), 1);
    }

    #[test]
    fn cancelling_what_is_done_changes_nothing() {
        let operation = started(&Operations::default(), "one");
        end(&operation);
        operation.cancel();
        assert!(!operation.state().is_cancelling);
    }

    #[test]
    fn the_last_thirty_two_are_remembered() {
        let operations = Operations::default();
        for number in 0..=REMEMBERED {
            end(&started(&operations, &number.to_string()));
        }
        assert!(operations.find("operations/1").is_none() && operations.find("operations/2").is_some());
        assert!(matches!(start(&operations, "1", "a"), Started::Known(_)));
        assert!(matches!(start(&operations, "0", "a"), Started::New(_)));
    }
}
