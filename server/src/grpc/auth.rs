//! Who calls: a bearer token, the principal it belongs to, and what its role may do.
//!
//! `tokens.toml` holds digests only; the token itself is known to its owner. At the first start a token for the
//! local desk is made and written to `dispatcher.token` in the data folder, readable by the owner alone.
//!
//! ```toml
//! [[principal]]
//! name = "booking-app"        # owner of what it books; never reuse a name
//! role = "app"                # dispatcher, planner, clerk or app
//! area = "county"             # code of the service area
//! sha256 = "9f86d0…"          # of the token: printf %s TOKEN | sha256sum
//! ```

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tonic::service::Interceptor;
use tonic::{Request, Status};

use super::status::{self, Failure};
use crate::secrets;

/// Name of the file with the desk's token in the data folder.
pub const DESK_TOKEN_FILE: &str = "dispatcher.token";
/// Name of the file with the principals in the data folder.
pub const TOKENS_FILE: &str = "tokens.toml";

/// What a principal may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Dispatcher,
    /// Timetables; reads plans.
    Planner,
    /// Books for others in a village service room; reads plans and all bookings.
    Clerk,
    /// Books; sees its own bookings only.
    App,
}

/// What a call is about, for the check of roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Quote, book, cancel, read bookings.
    Book,
    /// Read plans of vehicles.
    ReadPlan,
    /// Read timetables.
    ReadTimetable,
    /// Plan and activate timetables.
    PlanTimetable,
    /// Take plans away as files.
    ExportPlan,
    /// Erase persons.
    ErasePerson,
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Owner of bookings and request ids.
    pub name: String,
    /// What it may do.
    pub role: Role,
}

/// A principal as written in `tokens.toml`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PrincipalRow {
    name: String,
    role: Role,
    area: String,
    sha256: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokensFile {
    #[serde(default)]
    principal: Vec<PrincipalRow>,
}

/// Why the tokens can't be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {why}")]
pub struct TokensError {
    file: PathBuf,
    why: String,
}

/// Everybody who may call; checks each call before its service sees it.
#[derive(Clone)]
pub struct Tokens {
    principals: Arc<Vec<([u8; 32], String, Principal)>>,
    area: Arc<str>,
}

impl Role {
    /// May a principal of this role do that?
    pub fn may(self, action: Action) -> bool {
        match self {
            Self::Dispatcher => true,
            Self::Planner => {
                matches!(action, Action::ReadPlan | Action::ReadTimetable | Action::PlanTimetable | Action::ExportPlan)
            }
            Self::Clerk => matches!(action, Action::Book | Action::ReadPlan | Action::ReadTimetable),
            Self::App => matches!(action, Action::Book | Action::ReadTimetable),
        }
    }
}

impl Tokens {
    /// Reads the principals of a file; makes the data folder's own file and desk token at the first start.
    pub fn load(data: &Path, file: Option<&Path>, area: &str) -> Result<Self, TokensError> {
        let path = file.map_or_else(|| data.join(TOKENS_FILE), Path::to_owned);
        let error = |why: String| TokensError { file: path.clone(), why };
        if file.is_none() && !path.exists() {
            make_desk_token(data, &path, area).map_err(|source| error(source.to_string()))?;
        }
        let text = fs::read_to_string(&path).map_err(|source| error(source.to_string()))?;
        let rows: TokensFile = toml::from_str(&text).map_err(|source| error(source.to_string()))?;
        let mut principals = Vec::new();
        for row in rows.principal {
            let digest = secrets::from_hex(&row.sha256)
                .ok_or_else(|| error(format!("principal {:?}: sha256 needs 64 hexadecimal digits", row.name)))?;
            if row.name.is_empty() {
                return Err(error("a principal without a name".to_owned()));
            }
            if principals
                .iter()
                .any(|(_, _, known): &(_, _, Principal)| known.name == row.name && known.role != row.role)
            {
                return Err(error(format!("principal {:?} has two roles", row.name)));
            }
            principals.push((digest, row.area, Principal { name: row.name, role: row.role }));
        }
        if principals.is_empty() {
            return Err(error("nobody may call: add a [[principal]]".to_owned()));
        }
        Ok(Self { principals: Arc::new(principals), area: area.into() })
    }

    /// The principal of a token, if it has one in this service area.
    fn principal(&self, token: &str) -> Result<Principal, Failure> {
        let digest = secrets::digest(token);
        // Looks at every principal, so that the time taken tells nothing.
        let mut found = None;
        for (known, area, principal) in self.principals.iter() {
            if secrets::equal_in_constant_time(known, &digest) {
                found = Some((area, principal));
            }
        }
        let (area, principal) = found.ok_or(Failure::Unauthenticated("the token is unknown"))?;
        if **area != *self.area {
            return Err(Failure::PermissionDenied(format!("the token is for area {area}, this is {}", self.area)));
        }
        Ok(principal.clone())
    }
}

impl Interceptor for Tokens {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let header = request.metadata().get("authorization").and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer "));
        let missing = Failure::Unauthenticated("send the metadata `authorization: Bearer TOKEN`");
        let principal = token.ok_or(missing).and_then(|token| self.principal(token.trim())).map_err(status::of)?;
        request.extensions_mut().insert(principal);
        Ok(request)
    }
}

/// The principal of a call, if its role may do that.
pub fn authorize<T>(request: &Request<T>, action: Action) -> Result<Principal, Status> {
    let principal = request.extensions().get::<Principal>().cloned();
    let principal = principal.ok_or(Failure::Unauthenticated("no principal")).map_err(status::of)?;
    if !principal.role.may(action) {
        let role = principal.role;
        return Err(status::of(Failure::PermissionDenied(format!("role {role:?} may not do this ({action:?})"))));
    }
    Ok(principal)
}

fn make_desk_token(data: &Path, tokens: &Path, area: &str) -> std::io::Result<()> {
    let token = secrets::to_hex(&secrets::random_bytes());
    let row = PrincipalRow {
        name: "desk".to_owned(),
        role: Role::Dispatcher,
        area: area.to_owned(),
        sha256: secrets::to_hex(&secrets::digest(&token)),
    };
    let text = toml::to_string(&TokensFile { principal: vec![row] }).map_err(std::io::Error::other)?;
    // The token first: should the process end between the two, the next start makes both anew.
    write_private(data, &data.join(DESK_TOKEN_FILE), &format!("{token}\n"))?;
    write_private(data, tokens, &text)
}

/// Readable by the owner alone, as temporary files are; whole or not at all.
fn write_private(folder: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_desk_token_is_private_and_opens_the_door() {
        let data = tempfile::tempdir().unwrap();
        let tokens = Tokens::load(data.path(), None, "toy").unwrap();
        let token = fs::read_to_string(data.path().join(DESK_TOKEN_FILE)).unwrap();
        assert_eq!(tokens.principal(token.trim()).unwrap().role, Role::Dispatcher);
        assert!(tokens.principal("guess").is_err());
        assert!(!fs::read_to_string(data.path().join(TOKENS_FILE)).unwrap().contains(token.trim()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(data.path().join(DESK_TOKEN_FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        // A second start reads what the first one made.
        let again = Tokens::load(data.path(), None, "toy").unwrap();
        assert!(again.principal(token.trim()).is_ok());
        assert!(matches!(
            Tokens::load(data.path(), None, "elsewhere").unwrap().principal(token.trim()),
            Err(Failure::PermissionDenied(_))
        ));
    }

    #[test]
    fn an_app_books_but_reads_no_plan() {
        assert!(Role::App.may(Action::Book) && !Role::App.may(Action::ReadPlan));
        assert!(Role::Planner.may(Action::PlanTimetable) && !Role::Planner.may(Action::Book));
        assert!(Role::Dispatcher.may(Action::ErasePerson) && !Role::Clerk.may(Action::ErasePerson));
    }
}
