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
            "stop_signal",
        ],
    ),
    ("ondemand", &["ids", "time", "units", "network", "fleet", "plan", "check", "stop_signal"]),
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

/// Things that only the server may touch, as they look in source code.
const IMPURE: [&str; 12] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "Instant::now",
    "SystemTime",
    "Utc::now",
    "Local::now",
    "thread_rng",
    "rand::rng()",
    "from_entropy",
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

/// Rooms named by `crate::room` or inside `use crate::{room::…, room::…}`.
fn rooms_used(code: &str) -> BTreeSet<String> {
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let mut used = BTreeSet::new();
    for (position, _) in code.match_indices("crate::") {
        let rest = &code[position + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            for character in group.chars() {
                match character {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    _ => {}
                }
                if depth == 0 && is_word(character) {
                    word.push(character);
                } else if depth == 0 && !word.is_empty() {
                    used.insert(std::mem::take(&mut word));
                }
            }
        } else {
            used.insert(rest.chars().take_while(|&character| is_word(character)).collect());
        }
    }
    used
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
        for used in rooms_used(&code_of(&path)) {
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
        for impure in IMPURE.into_iter().filter(|impure| code.contains(impure)) {
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
        if !builds_models && (code.contains("good_lp") || code.contains("highs::")) {
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
