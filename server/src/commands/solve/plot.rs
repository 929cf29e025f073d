//! One picture of a solution: its routes on the plane, and how the search came to it.
//!
//! Left the plane: one colour per route, neighbours in contrast; ways from and to the depots are faint, because routes share
//! those corners of the picture. Right, above each other: what counts, vehicles and, where there ever were any, requests without a
//! place.

use std::error::Error;
use std::ops::Range;

use plotters::coord::Shift;
use plotters::prelude::*;

use super::curve::Moment;

/// What is drawn.
pub(super) struct Picture<'a> {
    pub title: &'a str,
    pub map: &'a Map,
    /// Not empty.
    pub curve: &'a [Moment],
    /// What its moments count.
    pub time_unit: &'a str,
    /// What its moments measure.
    pub measure: &'a str,
}

/// What there is on the plane.
pub(super) struct Map {
    /// Everything there is, also where nobody goes: the picture shows all of it.
    pub places: Vec<Point>,
    /// Those with stops.
    pub routes: Vec<Way>,
    /// Both ends of requests without a place.
    pub unserved: Vec<Point>,
    pub depots: Vec<Point>,
}

/// A vehicle's way.
pub(super) struct Way {
    pub start: Point,
    /// Where it stops, and whether somebody boards there; not empty.
    pub stops: Vec<(Point, bool)>,
    pub end: Point,
}

/// x and y.
pub(super) type Point = (f64, f64);

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn Error>>;

const SIZE: (u32, u32) = (1_800, 1_260);
/// The plane and its key are so wide, and what is left is for the curves.
const PLANE_WIDTH: u32 = 1_180;
/// Title above, key below the plane.
const TITLE_HEIGHT: u32 = 44;
const KEY_HEIGHT: u32 = 36;
const TITLE_FONT: (&str, u32) = ("sans-serif", 28);
const TEXT_FONT: (&str, u32) = ("sans-serif", 20);
const FAINT: f64 = 0.3;
/// Around places, in their unit, so that not even a single one is drawn on a plane without any extent.
const LEAST_MARGIN: f64 = 1e-4;

/// The picture as an SVG document.
pub(super) fn svg(picture: &Picture<'_>) -> Result<String, Box<dyn Error>> {
    let mut text = String::new();
    {
        let page = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        page.fill(&WHITE)?;
        let (title, rest) = page.split_vertically(TITLE_HEIGHT);
        title.draw(&Text::new(picture.title.to_owned(), (16, 12), TITLE_FONT))?;
        let (left, right) = rest.split_horizontally(PLANE_WIDTH);
        let (plane, key) = left.split_vertically(SIZE.1 - TITLE_HEIGHT - KEY_HEIGHT);
        draw_plane(&plane, picture.map)?;
        draw_key(&key, picture.curve.iter().any(|moment| moment.unserved > 0))?;
        draw_curves(&right, picture)?;
        page.present()?;
    }
    Ok(text)
}

fn draw_plane(area: &Area<'_>, map: &Map) -> Drawn {
    let (xs, ys) = extent(&map.places, area.dim_in_pixel());
    let mut chart = ChartBuilder::on(area).margin(16).build_cartesian_2d(xs, ys)?;
    let (radius, width) = match map.places.len() {
        0..=250 => (5, 2),
        251..=500 => (4, 2),
        _ => (3, 1),
    };
    let routes = by_direction(map);
    let colours = || (0..routes.len()).map(colour);
    for (route, colour) in routes.iter().zip(colours()) {
        let (first, last) = (route.stops[0].0, route.stops[route.stops.len() - 1].0);
        let faint = colour.mix(FAINT).stroke_width(1);
        chart.draw_series([
            PathElement::new(vec![route.start, first], faint),
            PathElement::new(vec![last, route.end], faint),
        ])?;
    }
    for (route, colour) in routes.iter().zip(colours()) {
        let way: Vec<Point> = route.stops.iter().map(|stop| stop.0).collect();
        chart.draw_series([PathElement::new(way, colour.stroke_width(width))])?;
        let (pickups, dropoffs): (Vec<(Point, bool)>, Vec<_>) = route.stops.iter().partition(|stop| stop.1);
        chart.draw_series(pickups.iter().map(|stop| Circle::new(stop.0, radius, colour.filled())))?;
        // White inside, so that lines end at the ring.
        chart.draw_series(dropoffs.iter().map(|stop| Circle::new(stop.0, radius, WHITE.filled())))?;
        chart.draw_series(dropoffs.iter().map(|stop| Circle::new(stop.0, radius, colour.stroke_width(width))))?;
    }
    chart.draw_series(map.unserved.iter().map(|&at| Cross::new(at, radius, BLACK.stroke_width(width))))?;
    chart.draw_series(map.depots.iter().map(|&at| depot_sign(at)))?;
    Ok(())
}

fn depot_sign<C>(at: C) -> TriangleMarker<C, i32> {
    TriangleMarker::new(at, 11, BLACK.filled())
}

fn draw_key(area: &Area<'_>, any_unserved: bool) -> Drawn {
    let mut left = 24;
    let mut word = |text: &'static str| {
        let sign = (left, 14);
        left += 36 + 10 * text.len() as i32;
        (sign, Text::new(text, (sign.0 + 14, 5), TEXT_FONT))
    };
    let (sign, text) = word("depot");
    area.draw(&depot_sign(sign))?;
    area.draw(&text)?;
    let (sign, text) = word("pickup");
    area.draw(&Circle::new(sign, 5, BLACK.filled()))?;
    area.draw(&text)?;
    let (sign, text) = word("drop-off");
    area.draw(&Circle::new(sign, 5, BLACK.stroke_width(2)))?;
    area.draw(&text)?;
    let (sign, text) = word("faint: from and to the depot");
    area.draw(&PathElement::new(vec![(sign.0 - 12, sign.1), (sign.0 + 10, sign.1)], BLACK.mix(FAINT)))?;
    area.draw(&text)?;
    if any_unserved {
        let (sign, text) = word("not served");
        area.draw(&Cross::new(sign, 5, BLACK.stroke_width(2)))?;
        area.draw(&text)?;
    }
    Ok(())
}

fn draw_curves(area: &Area<'_>, picture: &Picture<'_>) -> Drawn {
    let curve = picture.curve;
    let names = [picture.measure, "vehicles", "requests not served"];
    let any_unserved = curve.iter().any(|moment| moment.unserved > 0);
    let panels = if any_unserved { 3 } else { 2 };
    for (panel, area) in area.split_evenly((panels, 1)).iter().enumerate() {
        let value = |moment: &Moment| [moment.measure, moment.vehicles as f64, moment.unserved as f64][panel];
        let points: Vec<(f64, f64)> = curve.iter().map(|moment| (moment.time, value(moment))).collect();
        draw_steps(area, (names[panel], picture.time_unit), &points)?;
    }
    Ok(())
}

/// A line that keeps its height until the next point.
fn draw_steps(area: &Area<'_>, (name, time_unit): (&str, &str), points: &[(f64, f64)]) -> Drawn {
    let (begin, end) = (points[0].0.min(0.0), points[points.len() - 1].0.max(0.1));
    let values = padded(points.iter().map(|point| point.1), 0.05, 0.5);
    let mut chart = ChartBuilder::on(area)
        .caption(name, TITLE_FONT)
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(76)
        .build_cartesian_2d(begin..end, values)?;
    // Counts have no label between two whole numbers.
    let label = |value: &f64| match value.fract() {
        0.0 => format!("{value}"),
        _ if points.iter().all(|point| point.1.fract() == 0.0) => String::new(),
        _ => format!("{value:.1}"),
    };
    let mut mesh = chart.configure_mesh();
    mesh.x_desc(time_unit).y_label_formatter(&label).label_style(TEXT_FONT).axis_desc_style(TEXT_FONT);
    mesh.x_labels(6).y_labels(6).light_line_style(WHITE).draw()?;
    let corners = points.windows(2).flat_map(|step| [step[0], (step[1].0, step[0].1)]);
    let line = corners.chain(points.last().copied());
    chart.draw_series(LineSeries::new(line, BLUE.stroke_width(2)))?;
    Ok(())
}

/// From least to most and some more on both sides: a share of what is between, but at least so much.
fn padded(values: impl Iterator<Item = f64> + Clone, share: f64, at_least: f64) -> Range<f64> {
    let least = values.clone().fold(f64::INFINITY, f64::min);
    let most = values.fold(f64::NEG_INFINITY, f64::max);
    let margin = ((most - least) * share).max(at_least);
    least - margin..most + margin
}

/// All places, the same scale in both directions.
fn extent(places: &[Point], (width, height): (u32, u32)) -> (Range<f64>, Range<f64>) {
    let xs = padded(places.iter().map(|place| place.0), 0.02, LEAST_MARGIN);
    let ys = padded(places.iter().map(|place| place.1), 0.02, LEAST_MARGIN);
    let (width, height) = (f64::from(width), f64::from(height));
    let scale = ((xs.end - xs.start) / width).max((ys.end - ys.start) / height);
    let around = |range: Range<f64>, pixels: f64| {
        let (middle, half) = ((range.start + range.end) / 2.0, scale * pixels / 2.0);
        middle - half..middle + half
    };
    (around(xs, width), around(ys, height))
}

/// The routes in the order of their direction from their depots: neighbours follow each other.
fn by_direction(map: &Map) -> Vec<&Way> {
    let direction = |route: &Way| {
        let (x, y) = route.start;
        let sums = route.stops.iter().fold((0.0, 0.0), |sums, (at, _)| (sums.0 + at.0 - x, sums.1 + at.1 - y));
        f64::atan2(sums.1, sums.0)
    };
    let mut routes: Vec<&Way> = map.routes.iter().collect();
    routes.sort_by(|one, other| direction(one).total_cmp(&direction(other)));
    routes
}

/// Hues a golden angle apart: whatever follows each other is in contrast, and no hue comes twice.
fn colour(index: usize) -> RGBColor {
    let hue = (index as f64 * 0.381_966).fract();
    let lightness = [0.38, 0.28, 0.45][index % 3];
    let (red, green, blue) = HSLColor(hue, 0.85, lightness).rgb();
    RGBColor(red, green, blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Riders from (k, 1) to (k, 5) for k from 1 to 3; the depot is at the origin. Routes are told by the streets where somebody
    /// boards (positive) and alights (negative).
    fn streets(routes: &[&[i32]], unserved: &[i32]) -> Map {
        let at = |street: i32| (f64::from(street.abs()), if street > 0 { 1.0 } else { 5.0 });
        let depot = (0.0, 0.0);
        let way = |stops: &&[i32]| Way {
            start: depot,
            stops: stops.iter().map(|&street| (at(street), street > 0)).collect(),
            end: depot,
        };
        Map {
            places: [1, 2, 3, -1, -2, -3].map(at).into_iter().chain([depot]).collect(),
            routes: routes.iter().map(way).collect(),
            unserved: unserved.iter().flat_map(|&street| [at(street), at(-street)]).collect(),
            depots: vec![depot],
        }
    }

    /// How many solid polylines, filled and hollow circles (the key's included) and texts there are.
    fn check(map: &Map, curve: &[Moment], lines: usize, circles: (usize, usize), texts: &[&str]) {
        let picture = Picture { title: "<a&b>", map, curve, time_unit: "seconds", measure: "distance" };
        let text = svg(&picture).unwrap();
        let document = roxmltree::Document::parse(&text).unwrap();
        let all = |name: &'static str| document.descendants().filter(move |element| element.has_tag_name(name));
        let drawn: Vec<_> = (0..3)
            .map(|index| {
                let RGBColor(red, green, blue) = colour(index);
                let stroke = format!("#{red:02X}{green:02X}{blue:02X}");
                all("polyline")
                    .filter(|line| line.attribute("stroke") == Some(&stroke) && line.attribute("opacity") == Some("1"))
                    .count()
            })
            .collect();
        assert!(drawn.iter().all(|&count| count <= 1), "one line a route, one colour a route: {drawn:?}");
        assert_eq!(drawn.iter().sum::<usize>(), lines);
        let white = |circle: &roxmltree::Node<'_, '_>| circle.attribute("fill") == Some("#FFFFFF");
        let hollow = all("circle").filter(|circle| circle.attribute("fill") == Some("none")).count();
        let filled = all("circle").filter(|circle| circle.attribute("fill") != Some("none") && !white(circle)).count();
        assert_eq!((filled, hollow), circles);
        let found: Vec<&str> = all("text").filter_map(|text| text.text()).map(str::trim).collect();
        for text in texts {
            assert!(found.contains(text), "{text} is not in {found:?}");
        }
        assert_eq!(found.contains(&"requests not served"), curve.iter().any(|moment| moment.unserved > 0));
    }

    #[test]
    fn every_route_has_its_line_and_every_stop_its_sign() {
        let at = |time, unserved| Moment { time, measure: 30.0 - time, vehicles: 2, unserved };
        let texts = ["<a&b>", "distance", "vehicles", "seconds", "depot", "pickup", "drop-off"];
        check(&streets(&[&[1, 2, -2, -1], &[3, -3]], &[]), &[at(0.0, 0), at(2.0, 0)], 2, (4, 4), &texts);
        check(&streets(&[&[1, -1], &[3, -3]], &[2]), &[at(0.0, 2), at(2.0, 1)], 2, (3, 3), &["not served"]);
        check(&streets(&[], &[1, 2, 3]), &[at(0.0, 3)], 0, (1, 1), &["not served"]);
    }

    #[test]
    fn a_hundred_routes_have_colours_of_their_own_and_neighbours_are_in_contrast() {
        let hue = |index: usize| (index as f64 * 0.381_966).fract();
        let mut colours: Vec<RGBColor> = (0..100).map(colour).collect();
        for index in 1..100 {
            let apart = (hue(index) - hue(index - 1)).abs();
            assert!(apart.min(1.0 - apart) > 0.3, "{index}");
        }
        colours.sort_by_key(|colour| (colour.0, colour.1, colour.2));
        colours.dedup();
        assert_eq!(colours.len(), 100);
    }
}
