//! What was decided: the fixed timetable of a date, the duties of its drivers, and the schedules of booked vehicles.
//!
//! Plans are plain data. How they came about is the solvers' business, whether they are right the checker's.

pub mod booked;
pub mod duties;
pub mod fixed;

pub use booked::{BookedLeg, LineReservation, Plan, Promise, VehicleSchedule, Visit};
pub use duties::{Duty, DutyPiece};
pub use fixed::{
    Block, Hub, LeftBehind, MovedBell, Run, RunCall, RunDemand, RunDirection, RunRiders, StageReport, Timetable, Trip,
};
