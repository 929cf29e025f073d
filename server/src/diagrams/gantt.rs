//! Rows over the hours of a day: who does what when.

use std::collections::BTreeSet;
use std::error::Error;

use plotters::prelude::*;
use sanban_engine::time::ServiceTime;

use super::canvas::{Anchor, Drawn, FAINT_INK, Hours, INK, Page, document, text, width};

const WIDTH: i32 = 1_800;
const LEFT: i32 = 190;
const RIGHT: i32 = WIDTH - 40;
const TOP: i32 = 116;
const BOTTOM: i32 = 40;
const ROW: i32 = 22;
const GROUP: i32 = 28;
const LABEL_SIZE: u32 = 12;

/// A chart.
pub(super) struct Chart {
    pub(super) title: String,
    pub(super) groups: Vec<Group>,
}

/// Rows that belong together, such as the vehicles of a depot.
pub(super) struct Group {
    pub(super) name: String,
    pub(super) rows: Vec<Row>,
}

/// What one vehicle or driver does.
pub(super) struct Row {
    pub(super) label: String,
    pub(super) bars: Vec<Bar>,
}

/// A stretch of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) begin: ServiceTime,
    pub(super) end: ServiceTime,
    pub(super) look: Look,
    /// Written on it where there is room.
    pub(super) label: String,
}

/// What a bar stands for, in the order of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Look {
    Trip,
    StudentRun,
    MarketRun,
    FreightRun,
    Deadhead,
    Standing,
    Rest,
    OnDuty,
}

impl Look {
    fn words(self) -> &'static str {
        match self {
            Self::Trip => "班线 line trip",
            Self::StudentRun => "学生班 student run",
            Self::MarketRun => "赶集班 market run",
            Self::FreightRun => "物流班 freight run",
            Self::Deadhead => "空驶 deadhead",
            Self::Standing => "停站等候 standing",
            Self::Rest => "休息 rest",
            Self::OnDuty => "签到签退 signing on and off, changing vehicles",
        }
    }

    fn colour(self) -> RGBColor {
        match self {
            Self::Trip => RGBColor(0, 114, 178),
            Self::StudentRun => RGBColor(230, 140, 0),
            Self::MarketRun => RGBColor(0, 145, 100),
            Self::FreightRun => RGBColor(140, 86, 20),
            Self::Deadhead => RGBColor(90, 90, 90),
            Self::Standing => RGBColor(214, 220, 226),
            Self::Rest => RGBColor(206, 184, 226),
            Self::OnDuty => RGBColor(240, 228, 150),
        }
    }

    /// Pixels above and below the middle of the row.
    fn half_height(self) -> i32 {
        match self {
            Self::Deadhead => 1,
            Self::Standing => 4,
            _ => 8,
        }
    }
}

pub(super) fn svg(chart: &Chart) -> Result<String, Box<dyn Error>> {
    let bars = || chart.groups.iter().flat_map(|group| &group.rows).flat_map(|row| &row.bars);
    let hours = Hours::around(bars().flat_map(|bar| [bar.begin, bar.end]), LEFT, RIGHT);
    let height: i32 = chart.groups.iter().map(|group| GROUP + ROW * group.rows.len() as i32).sum();
    let looks: BTreeSet<Look> = bars().map(|bar| bar.look).collect();
    document((WIDTH, TOP + height + BOTTOM), |page| {
        text(page, &chart.title, (20, 28), (26, INK), Anchor::Left)?;
        draw_key(page, &looks)?;
        let mut y = TOP;
        for group in &chart.groups {
            let band = [(20, y + 3), (RIGHT, y + GROUP - 3)];
            page.draw(&Rectangle::new(band, RGBColor(238, 241, 245).filled()))?;
            y += GROUP + ROW * group.rows.len() as i32;
        }
        hours.draw_grid(page, TOP, TOP + height)?;
        y = TOP;
        for (index, group) in chart.groups.iter().enumerate() {
            text(page, &group.name, (28, y + GROUP / 2), (15, INK), Anchor::Left)?;
            if index > 0 {
                hours.draw_names(page, y + GROUP / 2, 28 + width(&group.name, 15))?;
            }
            y += GROUP;
            for row in &group.rows {
                draw_row(page, hours, row, y + ROW / 2)?;
                y += ROW;
            }
        }
        Ok(())
    })
}

fn draw_row(page: &Page<'_>, hours: Hours, row: &Row, middle: i32) -> Drawn {
    text(page, &row.label, (LEFT - 8, middle), (13, INK), Anchor::Right)?;
    for bar in &row.bars {
        let (begin, end) = (hours.x(bar.begin), hours.x(bar.end));
        draw_bar(page, bar.look, (begin, end), middle)?;
        if width(&bar.label, LABEL_SIZE) + 4 <= end - begin {
            text(page, &bar.label, ((begin + end) / 2, middle), (LABEL_SIZE, WHITE), Anchor::Middle)?;
        }
    }
    Ok(())
}

/// A hair shorter than its time, so that bars that touch can be told apart.
fn draw_bar(page: &Page<'_>, look: Look, (begin, end): (i32, i32), middle: i32) -> Drawn {
    let half = look.half_height();
    let corners = [(begin, middle - half), ((end - 1).max(begin + 1), middle + half)];
    page.draw(&Rectangle::new(corners, look.colour().filled()))?;
    Ok(())
}

fn draw_key(page: &Page<'_>, looks: &BTreeSet<Look>) -> Drawn {
    let mut x = 20;
    for &look in looks {
        draw_bar(page, look, (x, x + 36), 66)?;
        text(page, look.words(), (x + 44, 66), (15, FAINT_INK), Anchor::Left)?;
        x += 44 + width(look.words(), 15) + 28;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_time_and_in_the_colour_of_its_kind() {
        let bar = |begin, end, look| {
            let (begin, end) = (ServiceTime::hm(begin, 0), ServiceTime::hm(end, 0));
            Bar { begin, end, look, label: "<1>".to_owned() }
        };
        let bars = vec![bar(6, 8, Look::Trip), bar(8, 9, Look::StudentRun)];
        let row = Row { label: "B&1".to_owned(), bars };
        let chart = Chart { title: "<&>".to_owned(), groups: vec![Group { name: "D1".to_owned(), rows: vec![row] }] };
        let svg = svg(&chart).expect("drawn");
        let document = roxmltree::Document::parse(&svg).expect("a document");
        let widths = |look: Look| -> Vec<i32> {
            let RGBColor(red, green, blue) = look.colour();
            let fill = format!("#{red:02X}{green:02X}{blue:02X}");
            let bars = document.descendants().filter(|node| node.attribute("fill") == Some(&fill));
            bars.filter_map(|node| node.attribute("width")?.parse().ok()).collect()
        };
        // From 6 to 10 o'clock; the first of each is the sample in the key.
        let hour = (RIGHT - LEFT) / 4;
        assert!((widths(Look::Trip)[1] - 2 * hour).abs() <= 2, "{:?}", widths(Look::Trip));
        assert!((widths(Look::StudentRun)[1] - hour).abs() <= 2);
        assert_eq!(widths(Look::MarketRun), Vec::<i32>::new(), "not even in the key");
    }
}
