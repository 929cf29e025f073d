//! Files as people bring them: damaged, of another kind, or real (where the public instances are at hand).

use std::fs;
use std::path::{Path, PathBuf};

use sanban_engine::network::roads::RoadClass;

use super::{Options, OsmError, Tracks, read_roads, write};

const DEFAULTS: Options = Options { tracks: Tracks::Exclude, longest_piece_metres: None };

/// A file of the shared public data; says so where it is absent.
fn shared(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("SANBAN_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let file = folder.join("data/osm").join(name);
    let exists = file.exists();
    if !exists {
        eprintln!("SKIPPED, NOT TESTED: {} is not there (set SANBAN_SHARED)", file.display());
    }
    exists.then_some(file)
}

fn error_of(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("county.osm.pbf");
    fs::write(&file, bytes).unwrap();
    let error = read_roads(&file, DEFAULTS).expect_err("the file is no good").to_string();
    assert!(error.starts_with(&file.display().to_string()), "{error}");
    error
}

#[test]
fn a_file_of_another_kind_is_named_for_what_it_is() {
    for (bytes, expected) in [
        (&b""[..], "empty"),
        (b"<?xml version='1.0'?><osm/>", "XML"),
        (b"\xef\xbb\xbf\n <osm/>", "XML"),
        (b"BZh91AY", "compressed"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"hello, I am a county", "does not begin with an OSM header"),
        (b"\x00\x00\x00", "does not begin with an OSM header"),
    ] {
        let error = error_of(bytes);
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_file_that_is_not_there_says_so() {
    let error = read_roads(Path::new("/nowhere/county.osm.pbf"), DEFAULTS).unwrap_err();
    assert!(matches!(error, OsmError::Unreadable { .. }), "{error}");
}

#[test]
fn an_xml_extract_is_refused_with_the_way_to_convert_it() {
    let Some(file) = shared("beatty.osm") else { return };
    let error = read_roads(&file, DEFAULTS).unwrap_err().to_string();
    assert!(error.contains("XML") && error.contains("osmium cat"), "{error}");
}

/// A small extract of our own, made by `scripts/small_pbf.py`.
fn valley() -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/valley.osm.pbf")).unwrap()
}

fn roads_of(bytes: &[u8]) -> Result<super::RoadMap, OsmError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    read_roads(file.path(), DEFAULTS)
}

#[test]
fn a_small_extract_becomes_its_roads_and_paths() {
    let map = roads_of(&valley()).unwrap();
    let classes: Vec<RoadClass> = map.pieces.iter().map(|piece| piece.class).collect();
    let count = |class| classes.iter().filter(|&&found| found == class).count();
    assert!(count(RoadClass::Track) == 1 && count(RoadClass::Footpath) == 1, "{:?}", map.pieces);
    assert!(map.pieces.iter().all(|piece| piece.from != piece.to && piece.length_m > 400), "{:?}", map.pieces);
    assert!(!map.junctions.iter().any(|junction| ["n9", "n10"].contains(&junction.code.as_str())), "leads nowhere");
}

#[test]
fn wherever_a_small_file_is_cut_off_nothing_is_taken() {
    let whole = valley();
    let errors: Vec<String> = (0..whole.len()).map(|length| error_of(&whole[..length])).collect();
    let of_whole_blocks = errors.iter().filter(|error| error.contains("no road that vehicles can drive on"));
    assert_eq!(of_whole_blocks.count(), 2, "after the header, and after the nodes");
    let named = errors.iter().filter(|error| error.contains("block ") && error.contains("download the file again"));
    assert!(named.count() > whole.len() - 80, "all but the first bytes and those two: {errors:#?}");
    let error = error_of(&[&whole[..], b"\x00\x00"].concat());
    assert!(error.contains("2 stray bytes"), "{error}");
}

#[test]
fn whatever_byte_of_a_small_file_is_garbled_nothing_crashes() {
    let whole = valley();
    let map = roads_of(&whole).unwrap();
    for position in 0..whole.len() {
        let mut garbled = whole.clone();
        garbled[position] ^= 0xA5;
        if let Ok(found) = roads_of(&garbled) {
            assert_eq!(found, map, "byte {position} says nothing of roads");
        }
    }
    let (length, mut garbled) = (whole.len(), whole);
    garbled[length - 40..].fill(0xA5);
    assert!(error_of(&garbled).contains("garbled"));
}

#[test]
fn wherever_a_file_is_cut_off_the_block_is_named() {
    let Some(file) = shared("andorra.osm.pbf") else { return };
    let whole = fs::read(file).unwrap();
    for length in [20, 100, 140, 1_000, 50_000, 200_001, whole.len() - 1] {
        let error = error_of(&whole[..length]);
        assert!(error.contains("block ") && error.contains("download the file again"), "{length}: {error}");
    }
    let error = error_of(&[&whole[..], b"\x00\x00"].concat());
    assert!(error.contains("2 stray bytes"), "{error}");
}

#[test]
fn garbled_content_is_an_error_and_never_a_crash() {
    let Some(file) = shared("andorra.osm.pbf") else { return };
    let whole = fs::read(file).unwrap();
    let middle = whole.len() / 2;
    let mut garbled = whole.clone();
    garbled[middle..middle + 64].fill(0xA5);
    let error = error_of(&garbled);
    assert!(error.contains("garbled"), "{error}");
}

#[test]
fn a_real_extract_becomes_roads_on_which_everybody_gets_everywhere() {
    let Some(file) = shared("andorra.osm.pbf") else { return };
    let map = read_roads(&file, DEFAULTS).unwrap();
    assert_eq!(map, read_roads(&file, DEFAULTS).unwrap(), "the same file gives the same roads");

    let roads = map.to_road_graph();
    assert_eq!(roads.first_flaw(), None);
    let component_of = roads.driven_components();
    let driven = roads.driven_nodes();
    assert!(driven.len() > 1_000);
    assert!(driven.iter().all(|node| component_of[node.index()] == component_of[driven[0].index()]));
    assert!(map.summary.kept[&RoadClass::Footpath].km > 10.0);

    let with_tracks = read_roads(&file, Options { tracks: Tracks::Include, ..DEFAULTS }).unwrap();
    assert!(with_tracks.summary.kept[&RoadClass::Village].km > map.summary.kept[&RoadClass::Village].km);
    assert!(!with_tracks.summary.kept.contains_key(&RoadClass::Track));
}

#[test]
fn tables_are_written_whole_and_never_over_others() {
    let Some(file) = shared("andorra.osm.pbf") else { return };
    let map = read_roads(&file, DEFAULTS).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("county");
    let roads = write::write(&map, &out).unwrap();
    let lines = |name: &str| fs::read_to_string(roads.join(name)).unwrap().lines().count();
    assert_eq!((lines("nodes.csv"), lines("edges.csv")), (map.junctions.len() + 1, map.pieces.len() + 1));
    assert_eq!(fs::read_dir(&out).unwrap().count(), 1, "nothing temporary stays");

    assert!(matches!(write::write(&map, &out), Err(write::WriteError::Exists(_))));
    assert_eq!(lines("nodes.csv"), map.junctions.len() + 1);
}
