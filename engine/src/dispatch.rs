//! What to offer, and the state of a service area that decisions change.
//!
//! | file | what lives there |
//! |---|---|
//! | [`offer`] | offers, their legs, the quote that holds them |
//! | [`refusal`] | why something isn't offered or booked, and what was proved |
//! | [`booking`] | what was confirmed, or waits |
//! | [`decision`] | commands, and the decisions they lead to: what the journal keeps |
//! | [`area`] | the state: days, bookings, remembered requests; reads |
//! | [`activation`] | a new timetable for people who have booked: who keeps what, and re-offers for the others |
//! | [`day`] | one service date: timetable, reservations, booked vehicles |
//! | `rules` | what policy forbids, checked before anything is searched |
//! | `journeys`, `seats`, `bus_first` | journeys on lines, free seats on them, and whether they suffice |
//! | `booked_offer`, `draft`, `begun` | rides on booked vehicles: windows, insertion and promise, what has begun |
//! | `market_trip` | both legs of a market trip |
//! | `enrolment` | seats on the licensed student runs, and who waits for one |
//! | `beside_bookings` | the scenario as planning sees it once rides are booked |
//! | [`probe`] | what a timetable leaves to booked service |
//! | `quote`, `decide`, `apply` | the three ways in: look, decide, change |
//!
//! Invariants: `quote` and `decide` change nothing; `apply` calls no solver and draws every conclusion from the decision
//! alone, so that a replayed journal gives the identical state. The windows of a [`Promise`](crate::plan::Promise) are
//! hard for every later insertion. Bus first: booked service is searched only where lines don't suffice.

pub mod activation;
#[cfg(test)]
mod activation_tests;
mod apply;
pub mod area;
mod begun;
mod beside_bookings;
mod booked_offer;
pub mod booking;
mod bus_first;
pub mod day;
mod decide;
pub mod decision;
mod draft;
mod enrolment;
#[cfg(test)]
mod enrolment_tests;
mod journeys;
mod market_trip;
pub mod offer;
pub mod probe;
mod quote;
#[cfg(test)]
mod random_day_tests;
pub mod refusal;
mod rules;
mod seats;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod truth_tests;

pub use activation::{Acceptance, DisplacedBooking, Displacement, NoReoffer};
pub use area::Area;
pub use booking::{Booking, BookingState, RequestKey};
pub use day::Day;
pub use decision::{
    Answer, ApplyError, CancelRefusal, Command, DayChange, Decision, Outcome, PlannedStop, REMEMBERED_DAYS, Rebooking,
    VehicleChange,
};
pub use offer::{LegService, LineJourney, Offer, OfferedLeg, Quote, Replacement, Tier};
pub use refusal::{LineShortfall, NearestMiss, Reason, Refusal, RuleBroken, StaleCause};
