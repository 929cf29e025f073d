//! Mistakes made in a scenario folder, and the problems that must be found.

use std::fs;
use std::path::Path;

use sanban_engine::scenario::resolve::Problem;
use sanban_server::scenario::load;
use tempfile::TempDir;

use crate::small_folder;

/// A mistake, made in the folder that loads.
pub enum Mistake<'a> {
    /// In this file, this text (which occurs once) is that text.
    Typed(&'a str, &'a str, &'a str),
    /// This file holds these bytes.
    Holds(&'a str, &'a [u8]),
    /// This file is not there.
    Lost(&'a str),
}

/// File, line (0 for the file as a whole), field, and pieces of why and remedy.
pub type Expected<'a> = (&'a str, u64, &'a str, &'a str, &'a str);

use Mistake::{Holds, Lost, Typed};

fn make(mistake: &Mistake, folder: &Path) {
    match mistake {
        Typed(file, right, wrong) => {
            let path = folder.join(file);
            let text = fs::read_to_string(&path).unwrap();
            assert_eq!(text.matches(right).count(), 1, "{right:?} in {file}");
            fs::write(path, text.replace(right, wrong)).unwrap();
        }
        Holds(file, bytes) => fs::write(folder.join(file), bytes).unwrap(),
        Lost(file) => fs::remove_file(folder.join(file)).unwrap(),
    }
}

/// The folder that loads.
pub fn small_folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    small_folder::write_to(folder.path());
    folder
}

/// What is wrong with the folder then.
pub fn problems_after(mistakes: &[Mistake]) -> Vec<Problem> {
    let folder = small_folder();
    for mistake in mistakes {
        make(mistake, folder.path());
    }
    load(folder.path()).err().map(|error| error.problems).unwrap_or_default()
}

fn is_as_expected(found: &Problem, (file, line, field, why, remedy): &Expected) -> bool {
    found.file == *file
        && found.line.unwrap_or(0) == *line
        && found.field == *field
        && found.why.contains(why)
        && found.remedy.contains(remedy)
}

/// These problems and no others.
pub fn check_all(mistakes: &[Mistake], expected: &[Expected]) {
    let found = problems_after(mistakes);
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    let lines = lines.join("\n");
    for expected in expected {
        assert!(found.iter().any(|problem| is_as_expected(problem, expected)), "{expected:?} is not among\n{lines}");
    }
    assert_eq!(found.len(), expected.len(), "expected {expected:?}, found\n{lines}");
}

/// One mistake, one problem.
pub fn check(mistake: Mistake, expected: Expected) {
    check_all(&[mistake], &[expected]);
}
