//! The rooms and the one direction in which they may depend on each other, read off the sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Every engine module with the modules it may use. What isn't listed here isn't allowed.
const ENGINE_ROOMS: [(&str, &[&str]); 17] = [
    ("time", &[]),
    ("ids", &[]),
    ("stop_signal", &[]),
    ("units", &["time"]),
    ("network", &["ids", "time", "units"]),
    ("calendar", &["ids", "time", "network"]),
    ("fleet", &["ids", "time", "units", "network"]),
    ("demand", &["ids", "time", "units", "network", "calendar", "fleet"]),
    ("policy", &["time", "units", "network", "demand"]),
    ("scenario", &["ids", "time", "units", "network", "calendar", "fleet", "demand", "policy", "plan"]),
    ("plan", &["ids", "time", "units", "network", "fleet"]),
    ("check", &["ids", "time", "units", "network", "calendar", "fleet", "demand", "policy", "scenario", "plan"]),
    ("ondemand", &["ids", "time", "units", "network", "fleet", "plan", "check", "stop_signal"]),
    (
        "timetable",
        &[
            "ids",
            "time",
            "units",
            "network",
            "calendar",
            "fleet",
            "demand",
            "policy",
            "scenario",
            "plan",
            "check",
            "ondemand",
            "stop_signal",
        ],
    ),
    (
        "dispatch",
        &[
            "ids",
            "time",
            "units",
            "network",
            "calendar",
            "fleet",
            "demand",
            "policy",
            "scenario",
            "plan",
            "check",
            "ondemand",
            "timetable",
            "stop_signal",
        ],
    ),
    ("generate", &["ids", "time", "units", "network", "calendar", "fleet", "demand", "policy", "scenario"]),
    ("lib", &[]),
];

/// Things that only the server may touch, as parts of paths in source code.
const IMPURE: [&str; 17] = [
    "std::fs",
    "std::net",
    "std::os",
    "std::env",
    "std::process",
    "Instant::now",
    "SystemTime",
    "Utc::now",
    "Local::now",
    "rand::rng",
    "rand::random",
    "thread_rng",
    "from_os_rng",
    "from_entropy",
    "OsRng",
    "getrandom",
    "tokio",
];

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The source without comments, and without its `mod tests` (tests may read fixtures).
fn code_of(path: &Path) -> String {
    let source = fs::read_to_string(path).expect("a readable source");
    let production = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let without_comment = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
    production.lines().map(without_comment).collect::<Vec<_>>().join("\n")
}

/// `engine/src/plan/booked.rs` and `engine/src/plan.rs` are both in the room `plan`.
fn room_of(path: &Path, sources: &Path) -> String {
    let inside = path.strip_prefix(sources).expect("a file of the engine");
    let first = inside.components().next().expect("a file name").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// How many modules deep the file's code lies: 1 in `plan.rs`, 2 in `plan/booked.rs`.
fn depth_of(path: &Path, sources: &Path) -> usize {
    path.strip_prefix(sources).expect("a file of the engine").components().count()
}

/// The paths that a tree such as `crate::{time, plan::{Plan, Visit}}` stands for.
fn expanded(tree: &str) -> Vec<String> {
    let Some((prefix, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        return vec![path.split_whitespace().collect()];
    };
    let group = rest.rsplit_once('}').map_or(rest, |(group, _)| group);
    let mut depth = 0;
    let branches = group.split(|character| {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        depth == 0 && character == ','
    });
    branches.flat_map(expanded).map(|path| format!("{}{path}", prefix.trim())).collect()
}

/// Every path in the code, those of `use` trees in full.
fn paths_in(code: &str) -> Vec<String> {
    let is_of_path = |character: char| character.is_ascii_alphanumeric() || "_:".contains(character);
    let mut paths: Vec<String> =
        code.split(|character| !is_of_path(character)).filter(|word| !word.is_empty()).map(str::to_owned).collect();
    for (position, _) in code.match_indices("use ") {
        let is_word = code[..position].chars().next_back().is_none_or(|before| before.is_whitespace() || before == ')');
        let item = code[position + "use ".len()..].split(';').next().unwrap_or_default();
        if is_word {
            paths.extend(expanded(item));
        }
    }
    paths
}

/// Rooms that the code names as `crate::room`, or by as many `super::` as it lies deep.
fn rooms_used(code: &str, depth: usize) -> BTreeSet<String> {
    let of_path = |path: String| {
        let segments: Vec<&str> = path.split("::").collect();
        let supers = segments.iter().take_while(|&&segment| segment == "super").count();
        let room = if supers > 0 && supers == depth {
            segments.get(supers)
        } else {
            segments.get(1).filter(|_| segments[0] == "crate")
        };
        room.filter(|room| !room.is_empty()).map(|&room| room.to_owned())
    };
    paths_in(code).into_iter().filter_map(of_path).collect()
}

/// What of [`IMPURE`] the code names.
fn impurities(code: &str) -> BTreeSet<&'static str> {
    let paths = paths_in(code);
    let names = |impure: &str| {
        let impure: Vec<&str> = impure.split("::").collect();
        paths.iter().any(|path| path.split("::").collect::<Vec<_>>().windows(impure.len()).any(|part| part == impure))
    };
    IMPURE.into_iter().filter(|impure| names(impure)).collect()
}

#[test]
fn a_room_is_seen_however_it_is_named() {
    let check = |code: &str, depth: usize, expected: &[&str]| {
        let used = rooms_used(code, depth);
        assert_eq!(used.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{code}");
    };
    check("use crate::time::Duration;", 1, &["time"]);
    check("use crate::{time, dispatch};", 1, &["dispatch", "time"]);
    check(
        "use crate::{\n    ids::{LegId, TripId},\n    plan::{self, Visit as Stop},\n    check,\n};",
        2,
        &["check", "ids", "plan"],
    );
    check("pub(crate) use crate::plan as agenda;", 1, &["plan"]);
    check("let found = crate::units::rounded_quotient(1, 2);", 3, &["units"]);
    check("use super::Plan;", 2, &[]);
    check("use super::super::dispatch::Area;", 2, &["dispatch"]);
    check("use super::super::{dispatch, time::{self}};", 2, &["dispatch", "time"]);
    check("fn f(area: &super::dispatch::Area) {}", 1, &["dispatch"]);
}

#[test]
fn what_is_impure_is_seen_however_it_is_named() {
    let check = |code: &str, expected: &[&str]| {
        assert_eq!(impurities(code).into_iter().collect::<Vec<_>>(), expected, "{code}");
    };
    check("use std::fs::File;", &["std::fs"]);
    check("use std::{\n    collections::BTreeMap,\n    fs,\n    net::{TcpStream},\n};", &["std::fs", "std::net"]);
    check("let name = std::env::var(\"HOME\");", &["std::env"]);
    check("use std::os::unix::net::UnixStream;", &["std::os"]);
    check("let seconds = chrono::Utc::now();", &["Utc::now"]);
    check("let dice = rand::rng();", &["rand::rng"]);
    check("use rand::{Rng, random};", &["rand::random"]);
    check("let dice = ChaCha8Rng::from_os_rng();", &["from_os_rng"]);
    check("use rand::rngs::OsRng;", &["OsRng"]);
    check("use rand::{Rng, SeedableRng};\nuse rand_chacha::ChaCha8Rng;\nuse std::fmt;", &[]);
}

#[test]
fn engine_rooms_depend_only_on_rooms_before_them() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("engine/src");
    let mut offences = Vec::new();
    for path in rust_files(&sources) {
        let room = room_of(&path, &sources);
        let Some((_, allowed)) = ENGINE_ROOMS.iter().find(|(name, _)| *name == room) else {
            offences.push(format!("{}: room `{room}` is not on the map", path.display()));
            continue;
        };
        for used in rooms_used(&code_of(&path), depth_of(&path, &sources)) {
            let is_room = ENGINE_ROOMS.iter().any(|(name, _)| *name == used);
            if is_room && used != room && !allowed.contains(&used.as_str()) {
                offences.push(format!("{}: `{room}` may not use `{used}`", path.display()));
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn the_engine_touches_nothing_outside_itself() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("engine/src");
    let mut offences = Vec::new();
    for path in rust_files(&sources) {
        let code = code_of(&path);
        for impure in impurities(&code) {
            offences.push(format!("{}: {impure}", path.display()));
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn the_solver_library_is_named_only_where_models_are_built() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut offences = Vec::new();
    for path in rust_files(&root.join("engine/src")).into_iter().chain(rust_files(&root.join("server/src"))) {
        let builds_models = path.starts_with(root.join("engine/src/timetable"))
            || path == root.join("engine/src/ondemand/improve/recombination/program.rs");
        let code = code_of(&path);
        if !builds_models && code.contains("highs::") {
            offences.push(path.display().to_string());
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn wire_types_stay_in_the_grpc_layer() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("server/src");
    let mut offences = Vec::new();
    for path in rust_files(&root) {
        let inside = path.strip_prefix(&root).expect("a file of the server").to_string_lossy().into_owned();
        // The desk is a client of the service and the wire types are its whole vocabulary.
        let speaks_protobuf = inside.starts_with("grpc") || inside.starts_with("commands/desk");
        if !speaks_protobuf && code_of(&path).contains("proto::") {
            offences.push(inside);
        }
    }
    assert!(offences.is_empty(), "wire types outside the gRPC layer: {}", offences.join(", "));
}

#[test]
fn only_the_clock_module_reads_the_clock() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("server/src");
    let mut offences = Vec::new();
    for path in rust_files(&root) {
        // Elapsed time for reports and limits is no reading of the world's clock.
        if !path.ends_with("clock.rs") && code_of(&path).contains("SystemTime::now") {
            offences.push(path.display().to_string());
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn the_engine_crate_depends_on_no_runtime() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("engine/Cargo.toml")).unwrap();
    for forbidden in ["tokio", "tonic", "sqlx", "reqwest", "sanban-server"] {
        assert!(!manifest.contains(forbidden), "the engine must not depend on {forbidden}");
    }
}
