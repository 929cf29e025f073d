//! Folders that appear whole or not at all: filled beside their place under another name, then renamed.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;

/// A new folder in `parent` with a hidden name; with all it holds it is gone when the value is dropped.
///
/// As readable as any new folder, other than temporary ones, which are private.
pub(crate) fn folder_in(parent: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".unfinished-").permissions(Permissions::from_mode(0o777)).tempdir_in(parent)
}
