//! The lines: from the bus stations along the valleys, chosen to pass as many residents as they can.

use std::collections::BTreeSet;

use super::area::{Area, Topic};
use super::names::with_suffix;
use crate::network::Name;
use crate::scenario::TownshipKind;

/// People walk this far to a stop in the generator's eyes.
pub(super) const CATCHMENT_M: f64 = 2_000.0;
/// A village this near the road gets a stop of its own.
const STOP_FOR_VILLAGE_M: f64 = 1_300.0;

/// A stop, shared by all lines and both directions.
pub(super) struct StopSite {
    pub(super) code: String,
    pub(super) name: Name,
    pub(super) node: usize,
    /// The seat whose station it is.
    pub(super) seat: Option<usize>,
}

/// A line; direction 0 leads away from its station, direction 1 is the same backwards.
pub(super) struct Line {
    pub(super) code: String,
    pub(super) short_name: String,
    /// The seat where it starts.
    pub(super) start: usize,
    /// Positions in [`Lines::stops`].
    pub(super) stops: Vec<usize>,
    /// Driving seconds by bus between consecutive stops.
    pub(super) running_s: Vec<i64>,
    /// Villages that live within walking distance.
    pub(super) villages: Vec<usize>,
    /// Minutes between two departures of a direction today.
    pub(super) headway_min: i64,
    /// Steep and narrow: small buses only.
    pub(super) small_buses_only: bool,
}

/// All lines and their stops.
pub(super) struct Lines {
    pub(super) stops: Vec<StopSite>,
    pub(super) lines: Vec<Line>,
}

impl Line {
    /// Whole minutes a bus takes end to end, standing time included.
    pub(super) fn running_min(&self) -> i64 {
        (self.running_s.iter().sum::<i64>() + DWELL_S * (self.running_s.len() as i64 - 1)) / 60 + 1
    }
}

/// Standing time at a stop.
pub(super) const DWELL_S: i64 = 30;
/// Buses are slower than cars on the same road.
const BUS_PERCENT: i64 = 115;

/// Chooses the lines, their stops and today's headways.
pub(super) fn lay(area: &mut Area) -> Lines {
    let mut lines = Lines { stops: Vec::new(), lines: Vec::new() };
    let mut covered = BTreeSet::new();
    for number in 0..area.blueprint.lines {
        let start = start_of(area, number);
        let path = best_path(area, start, &covered);
        let line = make_line(area, &mut lines.stops, number, start, &path);
        covered.extend(line.villages.iter().copied());
        lines.lines.push(line);
    }
    set_headways(area, &mut lines.lines);
    lines
}

/// Two lines at each sub-centre town, all others at the first seat.
fn start_of(area: &Area, number: usize) -> usize {
    let towns: Vec<usize> = (0..area.settlements.seats.len())
        .filter(|&seat| area.settlements.seats[seat].kind == TownshipKind::SubCentreTown)
        .collect();
    let from_capital = area.blueprint.lines - 2 * towns.len();
    if number < from_capital { 0 } else { towns[(number - from_capital) / 2] }
}

/// The way to the end that adds most residents (and seats) to those who live near a line already.
fn best_path(area: &Area, start: usize, covered: &BTreeSet<usize>) -> Vec<usize> {
    let net = &area.net;
    let ways = net.ways_from(net.seats[start]);
    let county = area.blueprint.has_county_town;
    let (shortest, longest) = if county { (14_000, 48_000) } else { (3_500, 14_000) };
    let mut ends: Vec<usize> = net.seats.clone();
    if !county {
        ends.extend(&net.villages);
    }
    let worth = |end: usize| -> i64 {
        let path = ways.path_to(end);
        let near = |village: usize| path.iter().any(|&node| net.straight(node, net.villages[village]) < CATCHMENT_M);
        let residents: i64 = (0..net.villages.len())
            .filter(|village| !covered.contains(village) && near(*village))
            .map(|village| area.settlements.villages[village].residents)
            .sum();
        let seats = net.seats.iter().filter(|seat| path.contains(seat)).count() as i64;
        residents + 300 * seats - ways.metres[end] / 40
    };
    ends.retain(|&end| (shortest..=longest).contains(&ways.metres[end]));
    let end = ends.into_iter().max_by_key(|&end| (worth(end), end)).expect("some seat is far enough for a line");
    ways.path_to(end)
}

fn make_line(area: &mut Area, stops: &mut Vec<StopSite>, number: usize, start: usize, path: &[usize]) -> Line {
    let positions = stop_positions(area, path);
    let metres = along(area, path).1;
    let seconds = along(area, path).0;
    let code = format!("L{:02}", number + 1);
    let mut line = Line {
        code,
        short_name: format!("{}", 101 + number),
        start,
        stops: positions.iter().map(|&position| stop_at(area, stops, path[position])).collect(),
        running_s: positions
            .windows(2)
            .map(|pair| ((seconds[pair[1]] - seconds[pair[0]]) * BUS_PERCENT / 100 + 29) / 30 * 30)
            .collect(),
        villages: Vec::new(),
        headway_min: 0,
        // Slower than 33 km/h over all: narrow roads.
        small_buses_only: metres[path.len() - 1] * 36 / seconds[path.len() - 1] < 330,
    };
    line.villages = (0..area.net.villages.len())
        .filter(|&village| {
            let near = |&stop: &usize| area.net.straight(stops[stop].node, area.net.villages[village]) <= CATCHMENT_M;
            line.stops.iter().any(near)
        })
        .collect();
    line
}

/// Seconds and metres from the start of a path to each of its nodes.
fn along(area: &Area, path: &[usize]) -> (Vec<i64>, Vec<i64>) {
    let ways = area.net.ways_from(path[0]);
    path.iter().map(|&node| (ways.seconds[node], ways.metres[node])).unzip()
}

/// Ends, seats, the nearest point of every village beside the road; then gaps are filled or crowds thinned.
fn stop_positions(area: &Area, path: &[usize]) -> Vec<usize> {
    let net = &area.net;
    let (fewest, most) = area.blueprint.stops_per_line;
    let (_, metres) = along(area, path);
    let mut positions = BTreeSet::from([0, path.len() - 1]);
    positions.extend((0..path.len()).filter(|&position| net.seats.contains(&path[position])));
    let fixed = positions.clone();
    for &village in &net.villages {
        let distance = |position: usize| net.straight(path[position], village);
        let nearest = (0..path.len()).min_by(|&a, &b| distance(a).total_cmp(&distance(b)).then(a.cmp(&b)));
        positions.extend(nearest.filter(|&position| distance(position) <= STOP_FOR_VILLAGE_M));
    }
    while positions.len() > most {
        let list: Vec<usize> = positions.iter().copied().collect();
        let crowded = (1..list.len() - 1)
            .filter(|&index| !fixed.contains(&list[index]))
            .min_by_key(|&index| metres[list[index + 1]] - metres[list[index - 1]]);
        positions.remove(&list[crowded.expect("there are fewer seats than stops")]);
    }
    loop {
        let list: Vec<usize> = positions.iter().copied().collect();
        let gap = list
            .windows(2)
            .filter(|pair| pair[1] - pair[0] > 1)
            .max_by_key(|pair| (metres[pair[1]] - metres[pair[0]], pair[0]));
        let Some(pair) = gap else { return list };
        let enough = list.len() >= fewest && metres[pair[1]] - metres[pair[0]] < 2_500;
        if enough || list.len() >= most {
            return list;
        }
        let middle = (metres[pair[0]] + metres[pair[1]]) / 2;
        let new = (pair[0] + 1..pair[1]).min_by_key(|&position| (metres[position] - middle).abs());
        positions.insert(new.expect("the gap has nodes within"));
    }
}

/// The stop at a node, made if there is none yet.
fn stop_at(area: &mut Area, stops: &mut Vec<StopSite>, node: usize) -> usize {
    if let Some(known) = stops.iter().position(|stop| stop.node == node) {
        return known;
    }
    let seat = area.net.seats.iter().position(|&seat| seat == node);
    let village = area.net.villages.iter().position(|&village| village == node);
    let name = match (seat, village) {
        (Some(seat), _) => with_suffix(&area.seat_names[seat], " bus station", "汽车站"),
        (None, Some(village)) => with_suffix(&area.village_names[village], " village stop", "村站"),
        (None, None) => with_suffix(&area.namer.name(), " crossing", "路口"),
    };
    stops.push(StopSite { code: format!("S{:03}", stops.len() + 1), name, node, seat });
    stops.len() - 1
}

/// Today's even headways: four fifths of the buses, shared by residents and length.
fn set_headways(area: &Area, lines: &mut [Line]) {
    let mut dice = area.dice(Topic::Lines);
    let weights: Vec<f64> = lines
        .iter()
        .map(|line| {
            let residents: i64 =
                line.villages.iter().map(|&village| area.settlements.villages[village].residents).sum();
            (residents as f64).sqrt() * line.running_min() as f64 * dice.between(0.8, 1.2)
        })
        .collect();
    let buses = super::dice::apportion(area.blueprint.line_buses as i64 * 4 / 5, 2, &weights);
    for (line, buses) in lines.iter_mut().zip(buses) {
        let cycle = 2 * (line.running_min() + 10);
        line.headway_min = ((cycle + 5 * buses - 1) / (5 * buses)).max(2) * 5;
    }
}
