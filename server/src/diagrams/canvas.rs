//! What all diagrams are drawn with: the page, the hours across it, texts, colours.

use std::error::Error;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use sanban_engine::network::Name;
use sanban_engine::time::ServiceTime;

pub(super) type Page<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Drawn = Result<(), Box<dyn Error>>;

pub(super) const INK: RGBColor = RGBColor(34, 34, 34);
pub(super) const FAINT_INK: RGBColor = RGBColor(110, 110, 110);
const HOUR_LINE: RGBColor = RGBColor(198, 204, 210);
const HALF_HOUR_LINE: RGBColor = RGBColor(232, 235, 238);
/// Easily told apart, also by the colour-blind (Okabe & Ito 2008).
pub(super) const PALETTE: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(140, 86, 20),
    RGBColor(86, 180, 233),
];

/// Where a text stands at its point.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Left,
    Middle,
    Right,
}

/// Pixels for times of the day.
#[derive(Clone, Copy)]
pub(super) struct Hours {
    first: i32,
    last: i32,
    left: i32,
    right: i32,
}

impl Hours {
    /// Whole hours around the times, between two pixels.
    pub(super) fn around(times: impl Iterator<Item = ServiceTime> + Clone, left: i32, right: i32) -> Self {
        let seconds = times.map(ServiceTime::seconds);
        let first = seconds.clone().min().unwrap_or(6 * 3_600).div_euclid(3_600);
        let last = seconds.max().unwrap_or(20 * 3_600).div_euclid(3_600) + 1;
        Self { first, last, left, right }
    }

    pub(super) fn x(self, time: ServiceTime) -> i32 {
        let since = i64::from(time.seconds()) - i64::from(self.first) * 3_600;
        let width = i64::from(self.right - self.left);
        self.left + (since * width / (i64::from(self.last - self.first) * 3_600)) as i32
    }

    /// The names of the hours at a height, right of what stands there already.
    pub(super) fn draw_names(self, page: &Page<'_>, y: i32, right_of: i32) -> Drawn {
        for hour in self.first..=self.last {
            let x = self.x(ServiceTime::hm(hour, 0));
            if x > right_of + 30 {
                text(page, &format!("{hour:02}:00"), (x, y), (14, FAINT_INK), Anchor::Middle)?;
            }
        }
        Ok(())
    }

    /// A line for every hour and half hour, and the names of the hours above and below.
    pub(super) fn draw_grid(self, page: &Page<'_>, top: i32, bottom: i32) -> Drawn {
        for half_hour in 2 * self.first..=2 * self.last {
            let x = self.x(ServiceTime::from_seconds(half_hour * 1_800));
            let colour = if half_hour % 2 == 0 { HOUR_LINE } else { HALF_HOUR_LINE };
            page.draw(&PathElement::new(vec![(x, top), (x, bottom)], colour))?;
        }
        self.draw_names(page, top - 22, 0)?;
        self.draw_names(page, bottom + 22, 0)
    }
}

/// A text of this size and colour, centred on the height of its point.
pub(super) fn text(
    page: &Page<'_>,
    words: &str,
    point: (i32, i32),
    (size, colour): (u32, RGBColor),
    anchor: Anchor,
) -> Drawn {
    let across = match anchor {
        Anchor::Left => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::Right => HPos::Right,
    };
    let style = ("sans-serif", size).into_font().color(&colour).pos(Pos::new(across, VPos::Center));
    page.draw(&Text::new(words.to_owned(), point, style))?;
    Ok(())
}

/// A name in both languages, as far as there are two.
pub(super) fn both(name: &Name) -> String {
    [name.zh.as_str(), name.en.as_str()].into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ")
}

/// About how wide a text of this size is: Chinese characters are square, others about half as wide.
pub(super) fn width(words: &str, size: u32) -> i32 {
    let halves: i32 = words.chars().map(|character| if character.is_ascii() { 58 } else { 100 }).sum();
    halves * size as i32 / 100
}

/// A document of this size, white, that the closure draws on.
pub(super) fn document(size: (i32, i32), draw: impl FnOnce(&Page<'_>) -> Drawn) -> Result<String, Box<dyn Error>> {
    let mut svg = String::new();
    {
        let page = SVGBackend::with_string(&mut svg, (size.0 as u32, size.1 as u32)).into_drawing_area();
        page.fill(&WHITE)?;
        draw(&page)?;
        page.present()?;
    }
    Ok(svg)
}
