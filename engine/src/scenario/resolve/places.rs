//! Townships, villages, facilities, all places, roads, and the network of them.

use super::codes::AllCodes;
use super::{At, Problems};
use crate::ids::{PlaceId, RoadNodeId, TownshipId};
use crate::network::roads::{RoadClass, RoadEdge, RoadGraph, driving_time};
use crate::network::walking::WalkingPolicy;
use crate::network::{MatchedPlaces, Name, Network, NetworkProblem, PlaceDraft, PlaceKind, Position};
use crate::policy::Policy;
use crate::scenario::tables::{
    DepotRow, FacilityRow, GtfsStopRow, MarketRow, Numbered, RoadEdgeRow, RoadNodeRow, Row, SchoolRow, Tables,
    VillageRow,
};
use crate::scenario::{Facility, FacilityKind, Township, TownshipKind, Village};
use crate::units::Metres;

pub fn name(en: &str, zh: Option<&str>) -> Name {
    Name { en: en.to_owned(), zh: zh.unwrap_or_default().to_owned() }
}

/// A name of a GTFS file, which has one column for both languages: Chinese, a space, English or pinyin; or only one of them.
pub fn gtfs_name(text: &str) -> Name {
    // From the em dash up: Latin text has none of these.
    let is_chinese = |part: &str| part.chars().all(|letter| letter >= '—');
    match text.split_once(' ') {
        Some((zh, en))
            if !zh.is_empty() && is_chinese(zh) && en.starts_with(|letter: char| letter.is_ascii_alphanumeric()) =>
        {
            name(en, Some(zh))
        }
        _ => name(text, None),
    }
}

fn at<R: Row>(numbered: &Numbered<R>) -> At {
    At { file: R::FILE, line: numbered.line }
}

fn position(latitude: f64, longitude: f64, at: At, problems: &mut Problems) -> Position {
    position_in(["latitude", "longitude"], latitude, longitude, at, problems)
}

fn position_in(columns: [&str; 2], latitude: f64, longitude: f64, at: At, problems: &mut Problems) -> Position {
    if !(-90.0..=90.0).contains(&latitude) {
        let why = format!("{latitude} is no latitude");
        problems.add(at, columns[0], why, "write WGS-84 degrees north from -90 to 90");
    }
    if !(-180.0..=180.0).contains(&longitude) {
        let why = format!("{longitude} is no longitude");
        problems.add(at, columns[1], why, "write WGS-84 degrees east from -180 to 180");
    }
    Position { latitude, longitude }
}

/// One of the words that a column allows.
pub fn word<T: Copy>(text: &str, words: &[(&str, T)], at: At, field: &str, problems: &mut Problems) -> Option<T> {
    let found = words.iter().find(|(word, _)| *word == text).map(|&(_, value)| value);
    if found.is_none() {
        let known: Vec<&str> = words.iter().map(|&(word, _)| word).collect();
        problems.add(at, field, format!("\"{text}\" is not known"), format!("write one of: {}", known.join(", ")));
    }
    found
}

/// Larger amounts are slips of the keyboard, and sums of them would not fit.
const LARGEST_AMOUNT: i64 = 10_000_000;

/// A number that must not be negative, nor beyond belief.
pub fn amount(value: i64, at: At, field: &str, problems: &mut Problems) {
    if value < 0 {
        problems.add(at, field, format!("{value} is negative"), "write 0 or more");
    } else if value > LARGEST_AMOUNT {
        problems.add(at, field, format!("{value} is beyond belief"), format!("write {LARGEST_AMOUNT} or less"));
    }
}

pub fn townships(tables: &Tables, codes: &AllCodes, problems: &mut Problems) -> Vec<Township> {
    let words = [
        ("county_town", TownshipKind::CountyTown),
        ("sub_centre_town", TownshipKind::SubCentreTown),
        ("township", TownshipKind::Township),
        ("sub_centre", TownshipKind::SubCentre),
    ];
    let mut townships = Vec::new();
    for numbered in &tables.townships {
        let (at, row) = (at(numbered), &numbered.row);
        let kind = word(&row.kind, &words, at, "kind", problems);
        let part_of = row.part_of.as_ref().and_then(|code| codes.townships.find(code, at, "part_of", problems));
        if let Some(kind) = kind {
            if (kind == TownshipKind::SubCentre) != row.part_of.is_some() {
                let remedy = "name the township of a sub_centre here, and leave it empty for all others";
                problems.add(at, "part_of", format!("does not go with kind {}", row.kind), remedy);
            }
            townships.push(Township {
                code: row.township_id.clone(),
                name: name(&row.name, row.name_zh.as_deref()),
                kind,
                position: position(row.latitude, row.longitude, at, problems),
                part_of: part_of.map(TownshipId::from_index),
            });
        }
    }
    townships
}

pub fn villages(tables: &Tables, codes: &AllCodes, problems: &mut Problems) -> Vec<Village> {
    let mut villages = Vec::new();
    for (index, numbered) in tables.villages.iter().enumerate() {
        let (at, row) = (at(numbered), &numbered.row);
        amount(i64::from(row.population), at, "population", problems);
        if let Some(township) = codes.townships.find(&row.township_id, at, "township_id", problems) {
            villages.push(Village {
                place: PlaceId::from_index(codes.village_place(index)),
                township: TownshipId::from_index(township),
                population: row.population,
            });
        }
    }
    villages
}

pub fn facilities(tables: &Tables, codes: &AllCodes, problems: &mut Problems) -> Vec<Facility> {
    let words = [
        ("township_hospital", FacilityKind::TownshipHospital),
        ("sub_centre_hospital", FacilityKind::SubCentreHospital),
        ("elderly_centre", FacilityKind::ElderlyCentre),
    ];
    let mut facilities = Vec::new();
    for (index, numbered) in tables.facilities.iter().enumerate() {
        if let Some(kind) = word(&numbered.row.kind, &words, at(numbered), "kind", problems) {
            facilities.push(Facility { place: PlaceId::from_index(codes.facility_place(index)), kind });
        }
    }
    facilities
}

/// All places in the order of their ids, before they are matched to the roads.
pub fn drafts(tables: &Tables, problems: &mut Problems) -> Vec<PlaceDraft> {
    let mut drafts = Vec::new();
    for numbered in &tables.gtfs_stops {
        let (at, row) = (at(numbered), &numbered.row);
        if !matches!(row.location_type, None | Some(0)) {
            let remedy = "keep only stops and platforms (location_type 0) here; `sanban import gtfs` does it";
            problems.add(at, "location_type", "is not that of a stop where buses call", remedy);
        }
        let columns = ["stop_lat", "stop_lon"];
        for (column, degrees) in columns.into_iter().zip([row.stop_lat, row.stop_lon]) {
            if degrees.is_none() {
                problems.add(at, column, "the stop has no coordinates", "write WGS-84 degrees");
            }
        }
        drafts.push(PlaceDraft {
            code: row.stop_id.clone(),
            name: gtfs_name(row.stop_name.as_deref().unwrap_or(&row.stop_id)),
            kind: PlaceKind::Stop,
            position: position_in(
                columns,
                row.stop_lat.unwrap_or_default(),
                row.stop_lon.unwrap_or_default(),
                at,
                problems,
            ),
        });
    }
    macro_rules! draft {
        ($rows:expr, $code:ident, $kind:expr) => {
            for numbered in $rows {
                let row = &numbered.row;
                drafts.push(PlaceDraft {
                    code: row.$code.clone(),
                    name: name(&row.name, row.name_zh.as_deref()),
                    kind: $kind,
                    position: position(row.latitude, row.longitude, at(numbered), problems),
                });
            }
        };
    }
    draft!(&tables.villages, village_id, PlaceKind::Village);
    draft!(&tables.schools, school_id, PlaceKind::School);
    draft!(&tables.markets, market_id, PlaceKind::Market);
    draft!(&tables.facilities, facility_id, PlaceKind::Facility);
    draft!(&tables.depots, depot_id, PlaceKind::Depot);
    drafts
}

/// Where the place with this id was written, and in which column its position begins.
fn source_of(place: PlaceId, tables: &Tables) -> (At, &'static str) {
    let mut index = place.index();
    macro_rules! look_in {
        ($($rows:ident: $row:ident $column:literal),*) => {$(
            match tables.$rows.get(index) {
                Some(numbered) => return (At { file: $row::FILE, line: numbered.line }, $column),
                None => index -= tables.$rows.len(),
            }
        )*};
    }
    look_in!(
        gtfs_stops: GtfsStopRow "stop_lat", villages: VillageRow "latitude", schools: SchoolRow "latitude",
        markets: MarketRow "latitude", facilities: FacilityRow "latitude", depots: DepotRow "latitude"
    );
    unreachable!("a place has a row")
}

/// The longest road between two junctions that anybody believes.
const LONGEST_ROAD_M: i64 = 1_000_000;

/// A road is no shorter than the straight line, give or take what rounding coordinates and lengths does.
fn shortest_believable(straight: Metres) -> Metres {
    Metres(straight.0 * 98 / 100 - 10)
}

fn roads(tables: &Tables, codes: &AllCodes, problems: &mut Problems) -> RoadGraph {
    let words = [
        ("expressway", RoadClass::Expressway),
        ("national", RoadClass::National),
        ("provincial", RoadClass::Provincial),
        ("county", RoadClass::County),
        ("township", RoadClass::Township),
        ("village", RoadClass::Village),
        ("track", RoadClass::Track),
        ("footpath", RoadClass::Footpath),
    ];
    let remedy = "run `sanban import osm` or write roads/nodes.csv and roads/edges.csv";
    for (file, is_empty) in
        [(RoadNodeRow::FILE, tables.road_nodes.is_empty()), (RoadEdgeRow::FILE, tables.road_edges.is_empty())]
    {
        if is_empty && !tables.unreadable.touches(file) {
            problems.add(At { file, line: 0 }, "", "there are no roads", remedy);
        }
    }
    let before = problems.len();
    let nodes = tables.road_nodes.iter();
    let nodes = nodes.map(|numbered| position(numbered.row.latitude, numbered.row.longitude, at(numbered), problems));
    let nodes: Vec<Position> = nodes.collect();
    let nodes_are_right = problems.len() == before;
    let mut edges = Vec::new();
    for numbered in &tables.road_edges {
        let (at, row) = (at(numbered), &numbered.row);
        if !(1..=LONGEST_ROAD_M).contains(&row.length_m) {
            let why = format!("{} is no length of a road", row.length_m);
            problems.add(at, "length_m", why, format!("write metres from 1 to {LONGEST_ROAD_M}"));
            continue;
        }
        if !(1..=130).contains(&row.speed_km_h) {
            let why = format!("{} is no speed of a road", row.speed_km_h);
            problems.add(at, "speed_km_h", why, "write kilometres per hour from 1 to 130");
            continue;
        }
        let from = codes.road_nodes.find(&row.from_node, at, "from_node", problems);
        let to = codes.road_nodes.find(&row.to_node, at, "to_node", problems);
        let class = word(&row.class, &words, at, "class", problems);
        let (Some(from), Some(to), Some(class)) = (from, to, class) else { continue };
        let (length, speed) = (Metres(row.length_m), i64::from(row.speed_km_h));
        let straight = nodes[from].distance_to(nodes[to]);
        if from == to {
            let why = format!("the road leads from {} to itself", row.from_node);
            problems.add(at, "to_node", why, "put a junction into the loop, or remove it");
        } else if nodes_are_right && length < shortest_believable(straight) {
            let why = format!("{length} is shorter than the straight line, {straight}");
            problems.add(at, "length_m", why, "write the length along the road, or correct the junctions' coordinates");
        }
        let edge = |from: usize, to: usize| RoadEdge {
            from: RoadNodeId::from_index(from),
            to: RoadNodeId::from_index(to),
            length,
            duration: driving_time(length, speed),
            class,
            unfit_at_night: row.unfit_at_night,
        };
        edges.push(edge(from, to));
        if !row.oneway {
            edges.push(edge(to, from));
        }
    }
    RoadGraph { nodes, edges }
}

/// Places and roads together, as soon as all roads and positions are understood, whatever else is wrong.
pub fn network(tables: &Tables, codes: &AllCodes, policy: &Policy, problems: &mut Problems) -> Option<Network> {
    let before = problems.len();
    let drafts = drafts(tables, problems);
    let are_placed = problems.len() == before;
    let roads = roads(tables, codes, problems);
    let files = [RoadNodeRow::FILE, RoadEdgeRow::FILE];
    if !are_placed || problems.touch(&files) || files.iter().any(|file| tables.unreadable.touches(file)) {
        return None;
    }
    let found = MatchedPlaces::new(drafts, roads).map_err(|found| {
        for problem in found {
            let edges = At { file: RoadEdgeRow::FILE, line: 0 };
            let ((at, field), remedy) = match &problem {
                NetworkProblem::NoRoads => ((edges, "class"), "add roads on which vehicles stop"),
                NetworkProblem::ImpossibleEdge { .. } => ((edges, ""), "correct the edge"),
                NetworkProblem::FarFromRoads { place, .. } => {
                    (source_of(*place, tables), "correct the coordinates, or add the road that leads there")
                }
                NetworkProblem::CutOff { place, .. } => {
                    (source_of(*place, tables), "connect it in roads/edges.csv in both directions")
                }
            };
            problems.add(at, field, problem.to_string(), remedy);
        }
    });
    // A speed of nothing is named elsewhere and must not keep the rest from being judged.
    let walking = WalkingPolicy { metres_per_hour: policy.walking.metres_per_hour.max(1), ..policy.walking };
    found.ok().map(|matched| matched.into_network(&walking, policy.students.speed_limits))
}

#[cfg(test)]
mod tests {
    use super::gtfs_name;

    #[track_caller]
    fn check(text: &str, zh: &str, en: &str) {
        let name = gtfs_name(text);
        assert_eq!((name.zh.as_str(), name.en.as_str()), (zh, en));
    }

    #[test]
    fn a_name_in_both_languages_is_taken_apart() {
        check("泉溪汽车站 Quanxi bus station", "泉溪汽车站", "Quanxi bus station");
        check("青河—柳坝 Qinghe – Liuba", "青河—柳坝", "Qinghe – Liuba");
    }

    #[test]
    fn any_other_name_stands_as_it_is() {
        check("泉溪汽车站", "", "泉溪汽车站");
        check("Quanxi bus station", "", "Quanxi bus station");
        check("东门 西侧", "", "东门 西侧");
        check("2路 North", "", "2路 North");
    }
}
