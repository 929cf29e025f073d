//! Reading ways and node positions out of an OSM PBF file, block by block, with errors that say where it is damaged.
//!
//! The file is read twice: ways first, then the positions of the nodes they use.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, SeekFrom};
use std::path::{Path, PathBuf};

use osmpbf::{BlobDecode, BlobReader, Element, PrimitiveBlock};
use sanban_engine::network::Position;

use super::Tracks;
use super::tags::{self, Verdict};

/// A way with a highway tag.
#[derive(Clone, Debug)]
pub struct Way {
    /// Its nodes in order, as OSM ids.
    pub nodes: Vec<i64>,
    /// What it is to vehicles and people.
    pub verdict: Verdict,
}

/// What the import uses of a file.
#[derive(Clone, Debug, Default)]
pub struct Extract {
    /// In the order of the file.
    pub ways: Vec<Way>,
    /// By OSM id; nodes of ways that the file lacks are missing here.
    pub positions: BTreeMap<i64, Position>,
    /// Nodes of ways at which vehicles are stopped, ascending.
    pub barriers: Vec<i64>,
}

/// Why a file can't be imported.
#[derive(Debug, thiserror::Error)]
pub enum OsmError {
    /// The file can't be opened or read.
    #[error("{}: {source}; check the path and its permissions", file.display())]
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file has no bytes.
    #[error("{}: the file is empty; download the extract again", file.display())]
    Empty {
        /// Which file.
        file: PathBuf,
    },
    /// The file is something else.
    #[error("{}: byte 0: this is {what}, not an OSM PBF file; {remedy}", file.display())]
    NotPbf {
        /// Which file.
        file: PathBuf,
        /// What it seems to be.
        what: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// The file begins as it should and is damaged later.
    #[error("{}: block {block} at byte {offset} of {length}: {why}; {remedy}", file.display())]
    Damaged {
        /// Which file.
        file: PathBuf,
        /// Number of the block, from 1.
        block: usize,
        /// Where the block begins.
        offset: u64,
        /// Bytes of the file.
        length: u64,
        /// What is wrong.
        why: String,
        /// What to do.
        remedy: &'static str,
    },
    /// The file is whole, but has no road for vehicles.
    #[error("{}: no road that vehicles can drive on; choose an extract that covers the county and has ways", file.display())]
    NoRoads {
        /// Which file.
        file: PathBuf,
    },
}

const DOWNLOAD_AGAIN: &str = "download the file again and compare its size or checksum";

/// Reads a file.
pub fn read(file: &Path, tracks: Tracks) -> Result<Extract, OsmError> {
    let mut extract = Extract::default();
    for_each_block(file, |block| {
        for group in block.groups() {
            for way in group.ways() {
                let tags: BTreeMap<&str, &str> = way.tags().collect();
                if let Some(verdict) = tags::judge_way(&tags, tracks) {
                    extract.ways.push(Way { nodes: way.refs().collect(), verdict });
                }
            }
        }
    })?;

    let mut wanted: Vec<i64> = extract.ways.iter().flat_map(|way| way.nodes.iter().copied()).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut visit = |id: i64, latitude: f64, longitude: f64, tags: BTreeMap<&str, &str>| {
        if wanted.binary_search(&id).is_ok() {
            extract.positions.insert(id, Position { latitude, longitude });
            if tags::stops_vehicles(&tags) {
                extract.barriers.push(id);
            }
        }
    };
    for_each_block(file, |block| {
        for element in block.elements() {
            match element {
                Element::Node(node) => visit(node.id(), node.lat(), node.lon(), node.tags().collect()),
                Element::DenseNode(node) => visit(node.id(), node.lat(), node.lon(), node.tags().collect()),
                Element::Way(_) | Element::Relation(_) => {}
            }
        }
    })?;
    extract.barriers.sort_unstable();
    extract.barriers.dedup();
    Ok(extract)
}

fn for_each_block(path: &Path, mut visit: impl FnMut(&PrimitiveBlock)) -> Result<(), OsmError> {
    let unreadable = |source| OsmError::Unreadable { file: path.to_owned(), source };
    let mut file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    check_beginning(path, &mut file).map_err(unreadable)??;

    let damaged = |block, offset, why: String, remedy| {
        Err(OsmError::Damaged { file: path.to_owned(), block, offset, length, why, remedy })
    };
    let mut reader = BlobReader::new_seekable(BufReader::new(file)).map_err(|error| unreadable(error.into()))?;
    reader.seek_raw(SeekFrom::Start(0)).map_err(|error| unreadable(error.into()))?;
    for number in 1.. {
        let offset = reader.seek_raw(SeekFrom::Current(0)).map_err(|error| unreadable(error.into()))?;
        let blob = match reader.next() {
            Some(Ok(blob)) => blob,
            Some(Err(error)) => {
                return damaged(number, offset, format!("it is cut off or garbled ({error})"), DOWNLOAD_AGAIN);
            }
            None if offset < length => {
                let why = format!("{} stray bytes where a block should begin", length - offset);
                return damaged(number, offset, why, DOWNLOAD_AGAIN);
            }
            None => break,
        };
        match blob.decode() {
            Ok(BlobDecode::OsmData(block)) => visit(&block),
            Ok(BlobDecode::OsmHeader(header)) => {
                let known = ["OsmSchema-V0.6", "DenseNodes"];
                if let Some(feature) = header.required_features().iter().find(|name| !known.contains(&name.as_str())) {
                    let why = format!("the file needs the feature \"{feature}\", which Sanban cannot read");
                    return damaged(number, offset, why, "export it again without (e.g. `osmium cat`)");
                }
            }
            Ok(BlobDecode::Unknown(_)) => {}
            Err(error) => return damaged(number, offset, format!("its content is garbled ({error})"), DOWNLOAD_AGAIN),
        }
    }
    Ok(())
}

/// A PBF file begins with the length of a block header, then that header, which names its type.
fn check_beginning(path: &Path, file: &mut File) -> std::io::Result<Result<(), OsmError>> {
    let mut beginning = Vec::new();
    file.take(64).read_to_end(&mut beginning)?;
    let not_pbf = |what, remedy| Ok(Err(OsmError::NotPbf { file: path.to_owned(), what, remedy }));
    let without_mark = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&beginning);
    if beginning.is_empty() {
        Ok(Err(OsmError::Empty { file: path.to_owned() }))
    } else if without_mark.trim_ascii_start().starts_with(b"<") {
        not_pbf("XML (.osm)", "convert it with `osmium cat FILE.osm -o FILE.osm.pbf` and import that")
    } else if beginning.starts_with(b"BZh") || beginning.starts_with(b"\x1f\x8b") || beginning.starts_with(b"PK") {
        not_pbf("a compressed archive", "unpack it; if it holds .osm, convert that with `osmium cat`")
    } else if beginning.get(4..15) != Some(b"\x0a\x09OSMHeader") {
        not_pbf("something that does not begin with an OSM header", "check that the download is an .osm.pbf file")
    } else {
        Ok(Ok(()))
    }
}
