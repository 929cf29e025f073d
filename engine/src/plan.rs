//! What was decided: the fixed schedule of a date, the duties of its drivers, the way of its goods, and the schedules of
//! booked vehicles.
//!
//! Plans are plain data. How they came about is the solvers' business, whether they are right the checker's.

pub mod booked;
pub mod duties;
pub mod fixed;
pub mod freight;

pub use booked::{BookedLeg, LineReservation, Plan, Promise, VehicleSchedule, Visit};
pub use duties::{Duty, DutyPiece};
pub use fixed::{
    Advice, Block, ConnectedRides, Connection, Hub, LeftBehind, MovedBell, Run, RunCall, RunDemand, RunDirection,
    RunRiders, StageReport, Timetable, Trip,
};
pub use freight::{
    FreightCarrier, FreightCounts, FreightEnd, FreightItinerary, FreightLeg, FreightPlan, FreightRun, FreightStatus,
    FreightVisit, LeftOver, NoRun, RunMiss, RunObstacle, WindowMiss,
};
