//! One module per command of the binary: its arguments, what it prints, its exit code.

pub mod check;
pub mod desk;
pub mod diff;
pub mod generate;
pub mod import;
pub mod plan;
pub mod serve;
pub mod solve;

mod table;
mod time_limit;
