//! The string-line diagram of a line (运行图): hours across, the line down, one string per trip.
//!
//! Distances are to scale. A string is as wide as the bus is full, its colour is the vehicle type. Rings are where buses meet; the
//! largest gap of each direction is marked beside its first stop.

use std::collections::BTreeSet;
use std::error::Error;

use plotters::prelude::*;
use sanban_engine::ids::{RouteId, VehicleTypeId};
use sanban_engine::plan::Trip;
use sanban_engine::time::{Duration, ServiceTime};

use super::canvas::{Anchor, Drawn, FAINT_INK, Hours, INK, PALETTE, Page, both, document, text, width};
use super::line_axis::LineAxis;
use crate::planned_day::PlannedDay;

const WIDTH: i32 = 1_800;
const LEFT: i32 = 250;
const RIGHT: i32 = WIDTH - 40;
/// Title, key, and the gaps of the first direction.
const TOP: i32 = 156;
/// Hours and the gaps of the other direction.
const BOTTOM: i32 = 80;
/// A bus with every seat taken is drawn so much wider than an empty one, in pixels.
const FULL: i32 = 6;
/// Names closer to each other than this would overlap.
const LEAST_BETWEEN_NAMES: i32 = 15;
/// As many equally large gaps are all marked; where there are more, the first alone.
const GAPS_MARKED: usize = 3;

/// A trip on the diagram.
struct TripString<'a> {
    trip: &'a Trip,
    goes_down: bool,
    /// Time and metres along the line: at every stop, arrival and departure.
    points: Vec<(ServiceTime, f64)>,
    /// The type's colour.
    colour: RGBColor,
    seats: i32,
}

/// The diagram; nothing for a line without departures.
pub(super) fn svg(day: &PlannedDay<'_>, id: RouteId) -> Result<Option<String>, Box<dyn Error>> {
    let route = day.scenario.route(id);
    let trips: Vec<&Trip> = day.timetable.trips.iter().filter(|trip| day.pattern_of(trip).route == id).collect();
    if trips.is_empty() {
        return Ok(None);
    }
    let axis = LineAxis::new(day.scenario, route);
    let types: BTreeSet<VehicleTypeId> = trips.iter().map(|trip| trip.vehicle_type).collect();
    let types: Vec<VehicleTypeId> = types.into_iter().collect();
    let strings: Vec<TripString<'_>> = trips.iter().map(|trip| string(day, &axis, &types, trip)).collect();
    let times = strings.iter().flat_map(|string| string.points.iter().map(|point| point.0));
    let height = (axis.stops.len() as i32 * 24).clamp(420, 1_000);
    let plot = Plot { hours: Hours::around(times, LEFT, RIGHT), height, length: axis.length() };
    let drawn = document((WIDTH, TOP + height + BOTTOM), |page| {
        let title =
            format!("{} {}  运行图 Time–distance diagram  {}", route.short_name, both(&route.name), day.timetable.date);
        text(page, &title, (20, 26), (26, INK), Anchor::Left)?;
        draw_key(page, day, &types)?;
        plot.draw_stops(page, day, &axis)?;
        plot.hours.draw_grid(page, TOP, TOP + height)?;
        text(page, "里程 km", (LEFT - 36, TOP - 22), (14, FAINT_INK), Anchor::Right)?;
        strings.iter().try_for_each(|string| plot.draw_string(page, string))?;
        for (time, metres) in meetings(&strings) {
            let at = (plot.hours.x(time), plot.y(metres));
            page.draw(&Circle::new(at, 3, WHITE.filled()))?;
            page.draw(&Circle::new(at, 3, INK.stroke_width(1)))?;
        }
        [true, false].into_iter().try_for_each(|down| plot.draw_gaps(page, &strings, down))
    });
    drawn.map(Some)
}

fn string<'a>(day: &PlannedDay<'_>, axis: &LineAxis<'_>, types: &[VehicleTypeId], trip: &'a Trip) -> TripString<'a> {
    let pattern = day.pattern_of(trip);
    let positions = axis.positions(pattern);
    let at_stop = |(index, &metres): (usize, &f64)| {
        [pattern.arrivals[index], pattern.departures[index]].map(|since| (trip.departure + since, metres))
    };
    let position = types.iter().position(|&kind| kind == trip.vehicle_type).unwrap_or(0);
    TripString {
        trip,
        goes_down: positions[0] <= positions[positions.len() - 1],
        points: positions.iter().enumerate().flat_map(at_stop).collect(),
        colour: PALETTE[position % PALETTE.len()],
        seats: day.scenario.fleet.vehicle_types[trip.vehicle_type.index()].capacity.seats.max(1),
    }
}

/// Vehicle types, how full the buses are, meetings.
fn draw_key(page: &Page<'_>, day: &PlannedDay<'_>, types: &[VehicleTypeId]) -> Drawn {
    let mut x = 20;
    let y = 62;
    let mut word = |page: &Page<'_>, words: &str| {
        text(page, words, (x + 46, y), (15, INK), Anchor::Left)?;
        let begin = x;
        x += 46 + width(words, 15) + 28;
        Ok::<i32, Box<dyn Error>>(begin)
    };
    for (index, &kind) in types.iter().enumerate() {
        let name = both(&day.scenario.fleet.vehicle_types[kind.index()].name);
        let begin = word(page, &name)?;
        let style = PALETTE[index % PALETTE.len()].stroke_width(4);
        page.draw(&PathElement::new(vec![(begin, y), (begin + 38, y)], style))?;
    }
    for (words, share) in [("空车 empty", 0), ("半满 half full", 50), ("满座 every seat taken", 100)] {
        let begin = word(page, words)?;
        let style = FAINT_INK.stroke_width(stroke_width(share, 100));
        page.draw(&PathElement::new(vec![(begin, y), (begin + 38, y)], style))?;
    }
    let begin = word(page, "会车 buses meet")?;
    page.draw(&Circle::new((begin + 30, y), 4, INK.stroke_width(1)))?;
    Ok(())
}

fn stroke_width(load: i32, seats: i32) -> u32 {
    (1 + (load * FULL + seats / 2) / seats).max(1) as u32
}

/// Where the strings are.
struct Plot {
    hours: Hours,
    height: i32,
    /// Metres from one end of the line to the other.
    length: f64,
}

impl Plot {
    fn y(&self, metres: f64) -> i32 {
        TOP + (metres / self.length * f64::from(self.height)).round() as i32
    }

    /// A line across for every stop; names where there is room, those of both ends first.
    fn draw_stops(&self, page: &Page<'_>, day: &PlannedDay<'_>, axis: &LineAxis<'_>) -> Drawn {
        let last = axis.stops.len() - 1;
        let mut named: Vec<i32> = Vec::new();
        for index in [0, last].into_iter().chain(1..last) {
            let (stop, metres) = axis.stops[index];
            let y = self.y(metres);
            page.draw(&PathElement::new(vec![(LEFT, y), (RIGHT, y)], RGBColor(224, 228, 232)))?;
            if named.iter().all(|other| (y - other).abs() >= LEAST_BETWEEN_NAMES) {
                named.push(y);
                let name = &day.place(stop).name;
                let name = name.local();
                let words = format!("{name}  {:.1}", metres / 1_000.0);
                text(page, &words, (LEFT - 10, y), (14, INK), Anchor::Right)?;
            }
        }
        Ok(())
    }

    /// The string, and beside its beginning the minutes of its departure.
    fn draw_string(&self, page: &Page<'_>, string: &TripString<'_>) -> Drawn {
        let at = |point: &(ServiceTime, f64)| (self.hours.x(point.0), self.y(point.1));
        for (index, pair) in string.points.windows(2).enumerate() {
            // Two points a stop: what is on board at a stop is what it leaves with.
            let load = string.trip.expected_load.get(index / 2).copied().unwrap_or(0);
            let style = string.colour.stroke_width(stroke_width(load, string.seats));
            page.draw(&PathElement::new(vec![at(&pair[0]), at(&pair[1])], style))?;
        }
        let (x, y) = at(&string.points[0]);
        let minutes = format!("{:02}", string.trip.departure.seconds().rem_euclid(3_600) / 60);
        let beside = if string.goes_down { (x + 4, y - 8) } else { (x + 4, y + 9) };
        text(page, &minutes, beside, (11, string.colour), Anchor::Left)
    }

    /// The largest gaps of a direction, above or below the strings.
    fn draw_gaps(&self, page: &Page<'_>, strings: &[TripString<'_>], goes_down: bool) -> Drawn {
        let of_direction = strings.iter().filter(|string| string.goes_down == goes_down);
        let Some(gaps) = largest_gaps(of_direction.map(|string| string.trip.departure).collect()) else {
            return Ok(());
        };
        let y = if goes_down { TOP - 44 } else { TOP + self.height + 44 };
        let words = if goes_down { "↓ 最大间隔 largest gaps" } else { "↑ 最大间隔 largest gaps" };
        text(page, words, (LEFT - 10, y), (14, RED), Anchor::Right)?;
        let marked = if gaps.from.len() > GAPS_MARKED { 1 } else { gaps.from.len() };
        for &from in &gaps.from[..marked] {
            let (begin, end) = (self.hours.x(from), self.hours.x(from + gaps.length));
            let bracket = vec![(begin, y - 5), (begin, y + 5), (begin, y), (end, y), (end, y - 5), (end, y + 5)];
            page.draw(&PathElement::new(bracket, RED.stroke_width(2)))?;
            let times = if gaps.from.len() > marked { format!(" ×{}", gaps.from.len()) } else { String::new() };
            let words = format!("{}{times}", gaps.length);
            let beside = if goes_down { y - 14 } else { y + 15 };
            text(page, &words, ((begin + end) / 2, beside), (14, RED), Anchor::Middle)?;
        }
        Ok(())
    }
}

/// The longest time without a departure, and after which departures.
struct Gaps {
    length: Duration,
    from: Vec<ServiceTime>,
}

fn largest_gaps(departures: BTreeSet<ServiceTime>) -> Option<Gaps> {
    let times: Vec<ServiceTime> = departures.into_iter().collect();
    let length = times.windows(2).map(|pair| pair[1] - pair[0]).max()?;
    let from = times.windows(2).filter(|pair| pair[1] - pair[0] == length).map(|pair| pair[0]).collect();
    Some(Gaps { length, from })
}

/// When and where buses of opposite directions pass each other.
fn meetings(strings: &[TripString<'_>]) -> Vec<(ServiceTime, f64)> {
    let down = strings.iter().filter(|string| string.goes_down);
    let up = || strings.iter().filter(|string| !string.goes_down);
    down.flat_map(|one| up().filter_map(|other| meeting(&one.points, &other.points))).collect()
}

/// One goes down the line, the other up: they meet once or never.
fn meeting(one: &[(ServiceTime, f64)], other: &[(ServiceTime, f64)]) -> Option<(ServiceTime, f64)> {
    let begin = one[0].0.max(other[0].0);
    let end = one[one.len() - 1].0.min(other[other.len() - 1].0);
    if begin >= end {
        return None;
    }
    let within = |time: &ServiceTime| begin <= *time && *time <= end;
    let times: BTreeSet<ServiceTime> = one.iter().chain(other).map(|point| point.0).filter(within).collect();
    let apart = |time: ServiceTime| position_at(other, time) - position_at(one, time);
    let times: Vec<ServiceTime> = times.into_iter().collect();
    let pair = times.windows(2).find(|pair| apart(pair[0]) > 0.0 && apart(pair[1]) <= 0.0)?;
    let (before, after) = (apart(pair[0]), apart(pair[1]));
    let seconds = f64::from((pair[1] - pair[0]).seconds()) * before / (before - after);
    let time = pair[0] + Duration::from_seconds(seconds.round() as i32);
    Some((time, position_at(one, time)))
}

/// Where the bus is, at a time at which it is under way.
fn position_at(points: &[(ServiceTime, f64)], time: ServiceTime) -> f64 {
    let after = points.partition_point(|point| point.0 < time).clamp(1, points.len() - 1);
    let (before, after) = (points[after - 1], points[after]);
    let length = f64::from((after.0 - before.0).seconds());
    let share = if length > 0.0 { f64::from((time - before.0).seconds()) / length } else { 1.0 };
    before.1 + share.clamp(0.0, 1.0) * (after.1 - before.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planned_day::sample::ToyDay;

    fn way(points: &[(i32, f64)]) -> Vec<(ServiceTime, f64)> {
        points.iter().map(|&(minute, metres)| (ServiceTime::hm(8, minute), metres)).collect()
    }

    #[test]
    fn buses_meet_where_their_strings_cross() {
        let check = |one: &[(i32, f64)], other: &[(i32, f64)], expected: Option<(i32, f64)>| {
            let expected = expected.map(|(minute, metres)| (ServiceTime::hm(8, minute), metres));
            assert_eq!(meeting(&way(one), &way(other)), expected);
        };
        check(&[(0, 0.0), (20, 1_000.0)], &[(0, 1_000.0), (20, 0.0)], Some((10, 500.0)));
        // One stands at a stop while the other comes by.
        check(&[(0, 0.0), (4, 400.0), (10, 400.0), (16, 1_000.0)], &[(0, 1_000.0), (10, 0.0)], Some((6, 400.0)));
        check(&[(0, 0.0), (20, 1_000.0)], &[(25, 1_000.0), (45, 0.0)], None);
        // The second leaves from where the first has come to, when it has come.
        check(&[(0, 0.0), (20, 1_000.0)], &[(20, 1_000.0), (40, 0.0)], None);
    }

    #[test]
    fn the_largest_gap_is_found_wherever_it_occurs() {
        let check = |departures: &[(i32, i32)], expected: Option<(i32, usize)>| {
            let times = departures.iter().map(|&(hour, minute)| ServiceTime::hm(hour, minute)).collect();
            let found = largest_gaps(times).map(|gaps| (gaps.length.minutes_rounded_up(), gaps.from.len()));
            assert_eq!(found, expected);
        };
        check(&[(6, 0), (7, 0), (8, 30), (9, 0)], Some((90, 1)));
        check(&[(6, 0), (7, 0), (8, 0)], Some((60, 2)));
        check(&[(6, 0)], None);
    }

    #[test]
    fn every_trip_has_a_piece_of_string_between_any_two_stops() {
        let toy = ToyDay::new();
        let day = toy.day();
        let svg = svg(&day, RouteId(0)).expect("drawn").expect("the line has departures");
        let document = roxmltree::Document::parse(&svg).expect("a document");
        let RGBColor(red, green, blue) = PALETTE[0];
        let stroke = format!("#{red:02X}{green:02X}{blue:02X}");
        let strings = document.descendants().filter(|node| node.attribute("stroke") == Some(&stroke)).count();
        // Two points a stop; and one sample in the key.
        let expected: usize =
            toy.timetable.trips.iter().map(|trip| 2 * day.pattern_of(trip).stops.len() - 1).sum::<usize>() + 1;
        assert_eq!(strings, expected);
        let gaps = svg.matches("180 min").count();
        assert_eq!(gaps, 2, "from half past nine to half past twelve out, an hour later back");
    }

    #[test]
    fn names_with_angle_brackets_are_text() {
        let mut toy = ToyDay::new();
        let stop = toy.scenario.patterns[0].stops[0];
        toy.scenario.network.places[stop.index()].name.zh = "<站&>".to_owned();
        let svg = svg(&toy.day(), RouteId(0)).expect("drawn").expect("the line has departures");
        let document = roxmltree::Document::parse(&svg).expect("a document");
        assert!(document.descendants().filter_map(|node| node.text()).any(|text| text.contains("<站&>")));
    }
}
