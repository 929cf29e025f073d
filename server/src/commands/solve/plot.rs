//! One picture of a solution: its routes on the plane of the instance, and how the search came to it.
//!
//! Left the plane: one colour per route, neighbours in contrast; ways from and to the depot are faint, because all routes share
//! that corner of the picture. Right, above each other: distance, vehicles and, where there ever were any, requests without a place.

use std::error::Error;
use std::ops::Range;

use plotters::coord::Shift;
use plotters::prelude::*;
use sanban_engine::check::benchmark::BenchmarkInstance;

use super::curve::Moment;

/// What is drawn.
pub(super) struct Picture<'a> {
    pub title: &'a str,
    pub instance: &'a BenchmarkInstance,
    /// Nodes of the instance, depots left out.
    pub routes: &'a [Vec<usize>],
    /// Not empty.
    pub curve: &'a [Moment],
    /// What its moments count.
    pub time_unit: &'a str,
}

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
        draw_plane(&plane, picture)?;
        draw_key(&key, picture.curve.iter().any(|moment| moment.unserved > 0))?;
        draw_curves(&right, picture)?;
        page.present()?;
    }
    Ok(text)
}

fn draw_plane(area: &Area<'_>, picture: &Picture<'_>) -> Drawn {
    let instance = picture.instance;
    let (xs, ys) = extent(instance, area.dim_in_pixel());
    let mut chart = ChartBuilder::on(area).margin(16).build_cartesian_2d(xs, ys)?;
    let at = |node: usize| (instance.nodes[node].x, instance.nodes[node].y);
    let (radius, width) = match instance.nodes.len() {
        0..=250 => (5, 2),
        251..=500 => (4, 2),
        _ => (3, 1),
    };
    let order = by_direction(picture);
    let colours = || (0..order.len()).map(colour);
    for (&route, colour) in order.iter().zip(colours()) {
        let stops = &picture.routes[route];
        let (first, last) = (stops[0], stops[stops.len() - 1]);
        let faint = colour.mix(FAINT).stroke_width(1);
        chart.draw_series([
            PathElement::new(vec![at(instance.start), at(first)], faint),
            PathElement::new(vec![at(last), at(instance.end)], faint),
        ])?;
    }
    for (&route, colour) in order.iter().zip(colours()) {
        let stops = &picture.routes[route];
        let way: Vec<(f64, f64)> = stops.iter().map(|&node| at(node)).collect();
        chart.draw_series([PathElement::new(way, colour.stroke_width(width))])?;
        let pickup = |node: usize| instance.pairs.iter().any(|pair| pair.0 == node);
        let (pickups, dropoffs): (Vec<usize>, Vec<usize>) = stops.iter().partition(|&&node| pickup(node));
        chart.draw_series(pickups.iter().map(|&node| Circle::new(at(node), radius, colour.filled())))?;
        // White inside, so that lines end at the ring.
        chart.draw_series(dropoffs.iter().map(|&node| Circle::new(at(node), radius, WHITE.filled())))?;
        chart.draw_series(dropoffs.iter().map(|&node| Circle::new(at(node), radius, colour.stroke_width(width))))?;
    }
    let is_served = |node: &usize| picture.routes.iter().flatten().any(|other| other == node);
    let unserved = instance.pairs.iter().flat_map(|&(pickup, dropoff)| [pickup, dropoff]);
    let unserved = unserved.filter(|node| !is_served(node));
    chart.draw_series(unserved.map(|node| Cross::new(at(node), radius, BLACK.stroke_width(width))))?;
    for depot in [instance.start, instance.end] {
        chart.draw_series([depot_sign(at(depot))])?;
    }
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
    let names = ["distance", "vehicles", "requests not served"];
    let any_unserved = curve.iter().any(|moment| moment.unserved > 0);
    let panels = if any_unserved { 3 } else { 2 };
    for (panel, area) in area.split_evenly((panels, 1)).iter().enumerate() {
        let value = |moment: &Moment| [moment.distance, moment.vehicles as f64, moment.unserved as f64][panel];
        let points: Vec<(f64, f64)> = curve.iter().map(|moment| (moment.time, value(moment))).collect();
        draw_steps(area, (names[panel], picture.time_unit), &points)?;
    }
    Ok(())
}

/// A line that keeps its height until the next point.
fn draw_steps(area: &Area<'_>, (name, time_unit): (&str, &str), points: &[(f64, f64)]) -> Drawn {
    let (begin, end) = (points[0].0.min(0.0), points[points.len() - 1].0.max(0.1));
    let values = padded(points.iter().map(|point| point.1), 0.05);
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

/// From least to most and some more, never empty.
fn padded(values: impl Iterator<Item = f64> + Clone, share: f64) -> Range<f64> {
    let least = values.clone().fold(f64::INFINITY, f64::min);
    let most = values.fold(f64::NEG_INFINITY, f64::max);
    let margin = ((most - least) * share).max(0.5);
    least - margin..most + margin
}

/// All nodes, the same scale in both directions.
fn extent(instance: &BenchmarkInstance, (width, height): (u32, u32)) -> (Range<f64>, Range<f64>) {
    let xs = padded(instance.nodes.iter().map(|node| node.x), 0.02);
    let ys = padded(instance.nodes.iter().map(|node| node.y), 0.02);
    let (width, height) = (f64::from(width), f64::from(height));
    let scale = ((xs.end - xs.start) / width).max((ys.end - ys.start) / height);
    let around = |range: Range<f64>, pixels: f64| {
        let (middle, half) = ((range.start + range.end) / 2.0, scale * pixels / 2.0);
        middle - half..middle + half
    };
    (around(xs, width), around(ys, height))
}

/// The routes with stops in the order of their direction from the depot: neighbours follow each other.
fn by_direction(picture: &Picture<'_>) -> Vec<usize> {
    let instance = picture.instance;
    let depot = &instance.nodes[instance.start];
    let direction = |&route: &usize| {
        let stops = picture.routes[route].iter().map(|&node| &instance.nodes[node]);
        let sums = stops.fold((0.0, 0.0), |sums, node| (sums.0 + node.x - depot.x, sums.1 + node.y - depot.y));
        f64::atan2(sums.1, sums.0)
    };
    let mut order: Vec<usize> = (0..picture.routes.len()).filter(|&route| !picture.routes[route].is_empty()).collect();
    order.sort_by(|one, other| direction(one).total_cmp(&direction(other)));
    order
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
    use sanban_engine::check::benchmark::BenchmarkNode;

    use super::*;

    /// Riders from (k, 1) to (k, 5) for k from 1; the depot is at the origin.
    fn streets(requests: usize) -> BenchmarkInstance {
        let node = |x, y| BenchmarkNode { x, y, service: 0.0, load: 0.0, earliest: 0.0, latest: 100.0 };
        let ends = |y| (1..=requests).map(move |street| node(street as f64, y));
        BenchmarkInstance {
            vehicles: requests,
            capacity: 1.0,
            max_duration: None,
            max_ride_time: None,
            nodes: std::iter::once(node(0.0, 0.0)).chain(ends(1.0)).chain(ends(5.0)).collect(),
            pairs: (1..=requests).map(|pickup| (pickup, pickup + requests)).collect(),
            start: 0,
            end: 0,
        }
    }

    /// How many solid polylines, filled and hollow circles (the key's included) and texts there are.
    fn check(routes: &[Vec<usize>], curve: &[Moment], lines: usize, circles: (usize, usize), texts: &[&str]) {
        let instance = streets(3);
        let picture = Picture { title: "<a&b>", instance: &instance, routes, curve, time_unit: "seconds" };
        let text = svg(&picture).unwrap();
        let document = roxmltree::Document::parse(&text).unwrap();
        let all = |name: &'static str| document.descendants().filter(move |element| element.has_tag_name(name));
        let drawn: Vec<_> = (0..instance.vehicles)
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
        let at = |time, unserved| Moment { time, distance: 30.0 - time, vehicles: 2, unserved };
        let texts = ["<a&b>", "distance", "vehicles", "seconds", "depot", "pickup", "drop-off"];
        check(&[vec![1, 2, 5, 4], vec![3, 6]], &[at(0.0, 0), at(2.0, 0)], 2, (4, 4), &texts);
        check(&[vec![1, 4], vec![], vec![3, 6]], &[at(0.0, 2), at(2.0, 1)], 2, (3, 3), &["not served"]);
        check(&[], &[at(0.0, 3)], 0, (1, 1), &["not served"]);
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
