//! Support for the end-to-end tests.

pub mod binary;
pub mod client;
pub mod in_process;
pub mod mistakes;
pub mod small_folder;
