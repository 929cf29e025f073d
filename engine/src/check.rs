//! The independent checker: (plan, scenario) → violations.
//!
//! It shares no arithmetic with the solvers: it replays plans second by second from the scenario alone. Every plan
//! of every solver passes it in every test.

pub mod benchmark;
