//! Solution files of every family: how they are read, how the instance that one names is found, and why it can't be checked.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// A file that is no JSON of the form that is expected.
#[derive(Debug, thiserror::Error)]
pub enum JsonFileError {
    /// It can't be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It has another form; the source tells line and column.
    #[error("{}: {source}", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
}

/// A solution that can't even be checked.
#[derive(Debug, thiserror::Error)]
pub enum SolutionFileError {
    /// The file is no solution.
    #[error(transparent)]
    File(#[from] JsonFileError),
    /// The instance isn't beside the solution.
    #[error("{}: instance \"{instance}\" is not beside it; name it with --instance FILE", path.display())]
    NoInstance {
        /// The solution.
        path: PathBuf,
        /// The instance it names.
        instance: String,
    },
    /// The instance can't be used.
    #[error(transparent)]
    Instance(Box<dyn std::error::Error + Send + Sync>),
}

impl SolutionFileError {
    /// For whatever is wrong with an instance.
    pub(crate) fn of_instance(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Instance(Box::new(error))
    }
}

/// What a JSON file says.
pub(crate) fn parse<T: DeserializeOwned>(path: &Path) -> Result<T, JsonFileError> {
    let text =
        std::fs::read_to_string(path).map_err(|source| JsonFileError::Unreadable { path: path.to_owned(), source })?;
    serde_json::from_str(&text).map_err(|source| JsonFileError::Malformed { path: path.to_owned(), source })
}

/// The instance of a solution: the one that is given, else the first file beside the solution that is called as the solution
/// says, with one of these endings.
pub(crate) fn instance_of(
    solution: &Path,
    given: Option<&Path>,
    (name, endings): (&str, &[&str]),
) -> Result<PathBuf, SolutionFileError> {
    let beside = || {
        let mut candidates = endings.iter().map(|ending| solution.with_file_name(format!("{name}{ending}")));
        candidates.find(|candidate| candidate != solution && candidate.is_file())
    };
    let missing = || SolutionFileError::NoInstance { path: solution.to_owned(), instance: name.to_owned() };
    given.map(Path::to_owned).or_else(beside).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_the_one_given_or_the_first_beside_its_solution() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let check = |given: Option<&str>, expected: Option<&str>| {
            let found = instance_of(&at("road.json"), given.map(Path::new), ("road", &[".json", ".txt", ""]));
            match expected {
                Some(expected) => assert_eq!(found.unwrap(), at(expected)),
                None => assert!(found.unwrap_err().to_string().contains("instance \"road\" is not beside it")),
            }
        };
        // The solution itself is called as its instance would be.
        std::fs::write(at("road.json"), "{}").unwrap();
        check(None, None);
        std::fs::write(at("road"), "").unwrap();
        check(None, Some("road"));
        std::fs::write(at("road.txt"), "").unwrap();
        check(None, Some("road.txt"));
        check(at("other").to_str(), Some("other"));
    }
}
