//! The scenario folder: reading and writing its files.

mod read;
pub mod write;
mod settings_file;

pub use read::{LoadError, LoadedScenario, load};
pub use write::{WriteError, write};
