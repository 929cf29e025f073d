//! The scenario folder: reading and writing its files.

mod read;
mod settings_file;
pub mod table_file;
pub mod write;

pub use read::{LoadError, LoadedScenario, OPTIONAL_FILES, load};
pub use write::{WriteError, write};
