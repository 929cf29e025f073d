//! The single writer of a service area: every change of bookings and timetables goes through here, in one order.
//!
//! It runs on a thread of its own, because deciding calls solvers. Orders wait in a bounded queue; the writer takes
//! what has gathered, decides one order after another on a *speculative head*, and makes the whole batch durable in
//! one transaction. Only then does it publish the head as the new snapshot and answer. If the store refuses, the
//! head falls back to the last durable state and every order of the batch is told that nothing was changed.
//!
//! Invariants: a published snapshot is durable; an answer is given only for durable decisions; the journal's row N
//! leads from the state after row N−1 to the state after row N, by `Area::apply` alone. Where it is asked to, the
//! independent checker looks at the plan of every decision first: one with a violation is dropped, not journaled.

use std::sync::Arc;
use std::thread::JoinHandle;

use sanban_engine::check::check_plan;
use sanban_engine::dispatch::{Answer as Told, Area, Command, Decision, Outcome};
use sanban_engine::ids::BookingId;
use sanban_engine::time::Instant;
use tokio::sync::{mpsc, oneshot, watch};

use crate::clock::Clock;
use crate::store::{Batch, JournalRow, Person, Store, StoreError};

/// Orders that may wait; more are turned away at once.
const QUEUE: usize = 256;
/// Orders made durable in one transaction at most.
const LARGEST_BATCH: usize = 64;

/// Why an order was not carried out. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// Too many orders wait.
    #[error("too many bookings wait to be written")]
    QueueFull,
    /// The store refused; what it said.
    #[error("the store cannot take it now: {0}")]
    NotDurable(String),
    /// The server is shutting down.
    #[error("the server is shutting down")]
    Stopping,
    /// A mistake in the program: a decision that does not fit the state it was made for.
    #[error("a decision does not fit: {0}")]
    DoesNotFit(String),
}

enum Order {
    Decide {
        command: Box<Command>,
        person: Option<Person>,
        answer: Answer<Arc<Decision>>,
    },
    ErasePerson {
        booking: u64,
        answer: Answer<()>,
    },
    /// Take no more orders.
    Stop,
}

type Answer<T> = oneshot::Sender<Result<T, WriteError>>;

/// What everybody else holds of the writer: a way in and the last durable state.
#[derive(Clone)]
pub struct Writer {
    orders: mpsc::Sender<Order>,
    snapshots: watch::Receiver<Arc<Area>>,
}

/// A writer that can be stopped and waited for.
pub struct WriterThread {
    orders: mpsc::Sender<Order>,
    thread: JoinHandle<Result<(), StoreError>>,
}

impl Writer {
    /// Starts the writer on the state that the store's journal leads to.
    pub fn start(
        area: Area,
        store: Store,
        clock: Clock,
        checks_decisions: bool,
    ) -> std::io::Result<(Self, WriterThread)> {
        let (orders, queue) = mpsc::channel(QUEUE);
        let head = Arc::new(area);
        let (publisher, snapshots) = watch::channel(head);
        let runtime = tokio::runtime::Handle::current();
        let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || {
            let mut desk = WritingDesk { store, publisher, clock, runtime, checks_decisions };
            desk.work(queue);
            let WritingDesk { store, runtime, .. } = desk;
            runtime.block_on(store.close())
        })?;
        Ok((Self { orders: orders.clone(), snapshots }, WriterThread { orders, thread }))
    }

    /// The last durable state.
    pub fn snapshot(&self) -> Arc<Area> {
        Arc::clone(&self.snapshots.borrow())
    }

    /// Tells when there is a newer durable state.
    pub fn watch(&self) -> watch::Receiver<Arc<Area>> {
        self.snapshots.clone()
    }

    /// Ends when there is no writer any more: it was stopped, or a mistake in the program ended its thread. Nothing can
    /// be booked from then on.
    pub fn ended(&self) -> impl Future<Output = ()> + use<> {
        let mut snapshots = self.watch();
        async move { while snapshots.changed().await.is_ok() {} }
    }

    /// Has a command decided and the decision made durable. Dropping the future before the writer has begun takes
    /// the order back; after that it is carried out, and a retry with the same request id finds the outcome.
    pub async fn decide(&self, command: Command, person: Option<Person>) -> Result<Arc<Decision>, WriteError> {
        let (answer, answered) = oneshot::channel();
        self.order(Order::Decide { command: Box::new(command), person, answer })?;
        answered.await.unwrap_or(Err(WriteError::Stopping))
    }

    /// Erases a person for good.
    pub async fn erase_person(&self, booking: u64) -> Result<(), WriteError> {
        let (answer, answered) = oneshot::channel();
        self.order(Order::ErasePerson { booking, answer })?;
        answered.await.unwrap_or(Err(WriteError::Stopping))
    }

    fn order(&self, order: Order) -> Result<(), WriteError> {
        self.orders.try_send(order).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => WriteError::QueueFull,
            mpsc::error::TrySendError::Closed(_) => WriteError::Stopping,
        })
    }
}

impl WriterThread {
    /// Takes no more orders, answers those that wait, and closes the store. Blocks: not for async code.
    pub fn stop(self) -> Result<(), StoreError> {
        // Fails if the thread has ended already; joining tells why.
        let _ = self.orders.blocking_send(Order::Stop);
        match self.thread.join() {
            Ok(closed) => closed,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

/// The writer's own side: nobody else has the store.
struct WritingDesk {
    store: Store,
    publisher: watch::Sender<Arc<Area>>,
    clock: Clock,
    runtime: tokio::runtime::Handle,
    checks_decisions: bool,
}

/// Answers that wait for their batch to be durable.
#[derive(Default)]
struct Pending {
    decided: Vec<(Answer<Arc<Decision>>, Arc<Decision>)>,
    erased: Vec<Answer<()>>,
}

impl WritingDesk {
    fn work(&mut self, mut queue: mpsc::Receiver<Order>) {
        while let Some(first) = queue.blocking_recv() {
            let durable = Arc::clone(&self.publisher.borrow());
            let mut head = Area::clone(&durable);
            let (mut batch, mut pending) = (Batch::default(), Pending::default());
            let mut next = Some(first);
            while let Some(order) = next {
                if matches!(order, Order::Stop) {
                    queue.close();
                }
                self.take(order, &mut head, &mut batch, &mut pending);
                let is_full = pending.decided.len() + pending.erased.len() >= LARGEST_BATCH;
                next = if is_full { None } else { queue.try_recv().ok() };
            }
            let changes = !batch.rows.is_empty();
            match self.make_durable(&batch) {
                Ok(()) => {
                    if changes {
                        self.publisher.send_replace(Arc::new(head));
                    }
                    pending.acknowledge();
                }
                Err(error) => {
                    tracing::error!(%error, orders = pending.decided.len(), "the store refused a batch");
                    pending.refuse(&WriteError::NotDurable(error.to_string()));
                }
            }
        }
    }

    fn take(&mut self, order: Order, head: &mut Area, batch: &mut Batch, pending: &mut Pending) {
        match order {
            Order::Stop => {}
            // The caller has gone (deadline, connection): work that hasn't begun isn't begun.
            Order::Decide { answer, .. } if answer.is_closed() => {}
            Order::ErasePerson { answer, .. } if answer.is_closed() => {}
            Order::ErasePerson { booking, answer } => {
                batch.erased_persons.push(booking);
                pending.erased.push(answer);
            }
            Order::Decide { command, person, answer } => {
                match self.carry_out(&command, person.unwrap_or_default(), head, batch) {
                    Ok(decision) => pending.decided.push((answer, Arc::new(decision))),
                    Err(error) => {
                        tracing::error!(%error, "an order was not carried out");
                        let _ = answer.send(Err(error));
                    }
                }
            }
        }
    }

    fn carry_out(
        &mut self,
        command: &Command,
        person: Person,
        head: &mut Area,
        batch: &mut Batch,
    ) -> Result<Decision, WriteError> {
        let now = self.clock.now();
        let mut decision = head.decide(command, now);
        match (command, &decision.outcome) {
            (Command::Book { .. }, Outcome::Booked { booking, .. }) => {
                let booking = booking.id.0;
                self.record(&decision, now, head, batch)?;
                batch.persons.push((booking, person));
            }
            // The engine knows nothing of persons: a retry for somebody else is found out here.
            (Command::Book { .. }, Outcome::Repeated { answer: Told::Booked(booking) })
                if !self.is_person_of(*booking, &person, batch)? =>
            {
                decision.outcome = Outcome::KeyReused;
            }
            _ => self.record(&decision, now, head, batch)?,
        }
        Ok(decision)
    }

    /// True for a booking whose person was erased: nothing is left to compare.
    fn is_person_of(&mut self, booking: BookingId, person: &Person, batch: &Batch) -> Result<bool, WriteError> {
        let undurable = batch.persons.iter().find(|(known, _)| *known == booking.0).map(|(_, known)| known == person);
        if let Some(same) = undurable {
            return Ok(same);
        }
        let stored = self.runtime.block_on(self.store.person(booking.0));
        let stored = stored.map_err(|error| WriteError::NotDurable(error.to_string()))?;
        Ok(person.is_that_of(stored.as_ref()))
    }

    fn record(&self, decision: &Decision, now: Instant, head: &mut Area, batch: &mut Batch) -> Result<(), WriteError> {
        if !decision.is_journaled() {
            return Ok(());
        }
        let json = serde_json::to_string(decision).map_err(|error| WriteError::DoesNotFit(error.to_string()))?;
        let before = self.checks_decisions.then(|| head.clone());
        head.apply(decision).map_err(|error| WriteError::DoesNotFit(error.to_string()))?;
        if let Some(before) = before
            && let Err(error) = check(decision, head)
        {
            *head = before;
            return Err(error);
        }
        let Decision { sequence, version, .. } = *decision;
        batch.rows.push(JournalRow { sequence, recorded_at: now, version, decision: json });
        Ok(())
    }

    fn make_durable(&mut self, batch: &Batch) -> Result<(), StoreError> {
        if batch.rows.is_empty() && batch.persons.is_empty() && batch.erased_persons.is_empty() {
            return Ok(());
        }
        self.runtime.block_on(self.store.append(batch))
    }
}

/// What the independent checker says of the dates that a decision changes.
fn check(decision: &Decision, after: &Area) -> Result<(), WriteError> {
    let dates = match &decision.outcome {
        Outcome::Booked { changes, .. } | Outcome::Cancelled { changes, .. } => {
            changes.iter().map(|change| change.date).collect()
        }
        Outcome::TimetableActivated { timetable, .. } => vec![timetable.date],
        _ => Vec::new(),
    };
    for date in dates {
        let Some(plan) = after.plan(date) else { continue };
        if let Some(violation) = check_plan(after.scenario(), after.timetable(date), plan).first() {
            return Err(WriteError::DoesNotFit(format!("the checker finds on {date}: {violation}")));
        }
    }
    Ok(())
}

impl Pending {
    /// A caller that has gone finds its answer by retrying.
    fn acknowledge(self) {
        for (answer, decision) in self.decided {
            let _ = answer.send(Ok(decision));
        }
        for answer in self.erased {
            let _ = answer.send(Ok(()));
        }
    }

    fn refuse(self, error: &WriteError) {
        for (answer, _) in self.decided {
            let _ = answer.send(Err(error.clone()));
        }
        for answer in self.erased {
            let _ = answer.send(Err(error.clone()));
        }
    }
}
