//! What the tags of a way or node mean to vehicles and people.
//!
//! Tags are as documented in the OpenStreetMap wiki under "Key:highway", "Key:access", "Key:oneway", "Key:maxspeed" and
//! "Key:barrier". Default speeds are those of hill roads.

use std::collections::BTreeMap;

use sanban_engine::network::roads::RoadClass;

use super::Tracks;

/// Which way vehicles go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Driving {
    /// Both ways.
    Both,
    /// In the order of the nodes.
    Forward,
    /// Against the order of the nodes.
    Backward,
}

/// A usable way; all pieces of it are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WayUse {
    /// Its class.
    pub class: RoadClass,
    /// Usual speed of a vehicle; of a person where nobody drives.
    pub speed_km_h: u32,
    /// Directions of driving.
    pub driving: Driving,
}

/// Why a way, or a piece of one, is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// Being built, planned, abandoned, or no road at all.
    NotInUse,
    /// The outline of a square or yard.
    Area,
    /// Closed to vehicles and people.
    Closed,
    /// The file lacks nodes of it.
    NodesMissing,
    /// Vehicles can't get there from the main network, or not back.
    CutOff,
    /// A path that meets no road that is kept.
    LoosePath,
}

impl LeftOut {
    /// In words.
    pub const fn why(self) -> &'static str {
        match self {
            Self::NotInUse => "not in use, or no road",
            Self::Area => "outline of an area",
            Self::Closed => "closed to vehicles and people",
            Self::NodesMissing => "nodes missing from the file",
            Self::CutOff => "no way there and back from the main network",
            Self::LoosePath => "path that meets no kept road",
        }
    }
}

/// What is to become of a way.
pub type Verdict = Result<WayUse, LeftOut>;

/// Judges a way; none if it has no highway tag.
pub fn judge_way(tags: &BTreeMap<&str, &str>, tracks: Tracks) -> Option<Verdict> {
    let highway = *tags.get("highway")?;
    Some(judge_highway(highway, tags, tracks))
}

fn judge_highway(highway: &str, tags: &BTreeMap<&str, &str>, tracks: Tracks) -> Verdict {
    if tags.get("area") == Some(&"yes") {
        return Err(LeftOut::Area);
    }
    let (class, default_speed) = class_and_speed(highway).ok_or(LeftOut::NotInUse)?;
    let class = if class == RoadClass::Track && tracks == Tracks::Include { RoadClass::Village } else { class };
    let on_foot = WayUse { class: RoadClass::Footpath, speed_km_h: 4, driving: Driving::Both };
    if !class.is_driven() {
        let is_open = open_to(tags, &["foot", "access"]).unwrap_or(true);
        return if is_open { Ok(WayUse { class, ..on_foot }) } else { Err(LeftOut::Closed) };
    }
    if !open_to(tags, &["motor_vehicle", "vehicle", "access"]).unwrap_or(true)
        || tags.get("oneway") == Some(&"reversible")
    {
        let is_open_on_foot = class.is_walked() && open_to(tags, &["foot", "access"]).unwrap_or(true);
        return if is_open_on_foot { Ok(on_foot) } else { Err(LeftOut::Closed) };
    }
    let speed_km_h = tags.get("maxspeed").and_then(|text| sane_speed(text)).unwrap_or(default_speed);
    Ok(WayUse { class, speed_km_h, driving: driving(highway, tags) })
}

fn class_and_speed(highway: &str) -> Option<(RoadClass, u32)> {
    Some(match highway {
        "motorway" => (RoadClass::Expressway, 80),
        "motorway_link" => (RoadClass::Expressway, 40),
        "trunk" => (RoadClass::National, 50),
        "trunk_link" => (RoadClass::National, 40),
        "primary" => (RoadClass::Provincial, 45),
        "primary_link" => (RoadClass::Provincial, 35),
        "secondary" | "secondary_link" => (RoadClass::County, 40),
        "tertiary" | "tertiary_link" => (RoadClass::Township, 30),
        "unclassified" | "residential" | "road" => (RoadClass::Village, 20),
        "service" => (RoadClass::Village, 15),
        "living_street" => (RoadClass::Village, 10),
        "track" => (RoadClass::Track, 10),
        "path" | "footway" | "pedestrian" | "steps" | "bridleway" | "cycleway" | "corridor" => (RoadClass::Footpath, 4),
        _ => return None,
    })
}

/// The first of these keys that is tagged decides; none where none is.
fn open_to(tags: &BTreeMap<&str, &str>, keys: &[&str]) -> Option<bool> {
    const CLOSED: [&str; 7] = ["no", "private", "agricultural", "forestry", "military", "emergency", "permit"];
    keys.iter().find_map(|key| tags.get(key)).map(|value| !CLOSED.contains(value))
}

/// Kilometres per hour, between walking pace and the fastest limit there is; "50", "50 km/h", "30 mph".
fn sane_speed(text: &str) -> Option<u32> {
    let (number, per_mile) = match text.strip_suffix("mph") {
        Some(number) => (number, 1.609_344),
        None => (text.strip_suffix("km/h").unwrap_or(text), 1.0),
    };
    let speed = (number.trim().parse::<f64>().ok()? * per_mile).round();
    (5.0..=120.0).contains(&speed).then_some(speed as u32)
}

fn driving(highway: &str, tags: &BTreeMap<&str, &str>) -> Driving {
    let is_oneway_by_nature = matches!(highway, "motorway" | "motorway_link")
        || matches!(tags.get("junction"), Some(&"roundabout" | &"circular"));
    match tags.get("oneway").copied() {
        Some("yes" | "true" | "1") => Driving::Forward,
        Some("-1" | "reverse") => Driving::Backward,
        None if is_oneway_by_nature => Driving::Forward,
        _ => Driving::Both,
    }
}

/// Is this node a barrier that vehicles don't pass? Gates are passed unless they are tagged as closed.
pub fn stops_vehicles(tags: &BTreeMap<&str, &str>) -> bool {
    const SOLID: [&str; 14] = [
        "block",
        "bollard",
        "chain",
        "cycle_barrier",
        "debris",
        "fence",
        "hedge",
        "jersey_barrier",
        "kissing_gate",
        "log",
        "motorcycle_barrier",
        "stile",
        "turnstile",
        "wall",
    ];
    let Some(barrier) = tags.get("barrier") else { return false };
    !open_to(tags, &["motor_vehicle", "vehicle", "access"]).unwrap_or(!SOLID.contains(barrier))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(text: &str) -> BTreeMap<&str, &str> {
        text.split_whitespace().map(|pair| pair.split_once('=').unwrap()).collect()
    }

    fn check(text: &str, expected: Verdict) {
        assert_eq!(judge_way(&tags(text), Tracks::Exclude), Some(expected), "{text}");
    }

    const fn road(class: RoadClass, speed_km_h: u32, driving: Driving) -> Verdict {
        Ok(WayUse { class, speed_km_h, driving })
    }

    const FOOTPATH: Verdict = road(RoadClass::Footpath, 4, Driving::Both);

    #[test]
    fn classes_have_the_speed_of_hill_roads_unless_a_sane_limit_is_posted() {
        check("highway=residential", road(RoadClass::Village, 20, Driving::Both));
        check("highway=primary", road(RoadClass::Provincial, 45, Driving::Both));
        check("highway=primary maxspeed=60", road(RoadClass::Provincial, 60, Driving::Both));
        check("highway=primary maxspeed=30mph", road(RoadClass::Provincial, 48, Driving::Both));
        for nonsense in ["none", "CN:urban", "0", "-50", "500", "NaN", "1e9", "50;30"] {
            check(&format!("highway=primary maxspeed={nonsense}"), road(RoadClass::Provincial, 45, Driving::Both));
        }
    }

    #[test]
    fn oneways_are_tagged_or_come_with_roundabouts_and_expressways() {
        check("highway=tertiary oneway=yes", road(RoadClass::Township, 30, Driving::Forward));
        check("highway=tertiary oneway=-1", road(RoadClass::Township, 30, Driving::Backward));
        check("highway=tertiary junction=roundabout", road(RoadClass::Township, 30, Driving::Forward));
        check("highway=motorway", road(RoadClass::Expressway, 80, Driving::Forward));
        check("highway=motorway oneway=no", road(RoadClass::Expressway, 80, Driving::Both));
    }

    #[test]
    fn the_more_specific_access_tag_wins() {
        check("highway=service access=private", Err(LeftOut::Closed));
        check("highway=service access=private motor_vehicle=yes", road(RoadClass::Village, 15, Driving::Both));
        check("highway=service access=destination", road(RoadClass::Village, 15, Driving::Both));
        check("highway=service access=no foot=yes", FOOTPATH);
        check("highway=residential motor_vehicle=no", FOOTPATH);
        check("highway=path foot=no", Err(LeftOut::Closed));
        check("highway=motorway access=no foot=yes", Err(LeftOut::Closed));
    }

    #[test]
    fn what_is_no_road_in_use_is_left_out() {
        check("highway=construction", Err(LeftOut::NotInUse));
        check("highway=pedestrian area=yes", Err(LeftOut::Area));
        assert_eq!(judge_way(&tags("building=yes"), Tracks::Exclude), None);
    }

    #[test]
    fn tracks_are_driven_only_on_request_and_where_open() {
        let include = |text| judge_way(&tags(text), Tracks::Include);
        check("highway=track", road(RoadClass::Track, 4, Driving::Both));
        assert_eq!(include("highway=track"), Some(road(RoadClass::Village, 10, Driving::Both)));
        assert_eq!(include("highway=track motor_vehicle=agricultural"), Some(FOOTPATH));
    }

    #[test]
    fn bollards_stop_vehicles_and_gates_do_when_closed() {
        for (text, expected) in [
            ("barrier=bollard", true),
            ("barrier=bollard motor_vehicle=yes", false),
            ("barrier=gate", false),
            ("barrier=gate access=private", true),
            ("barrier=toll_booth", false),
            ("highway=crossing", false),
        ] {
            assert_eq!(stops_vehicles(&tags(text)), expected, "{text}");
        }
    }
}
