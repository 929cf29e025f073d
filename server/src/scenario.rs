//! The scenario folder: reading and writing its files.

pub mod write;

pub use write::{WriteError, write};
