//! Who is expected on the lines: rides of every day, to work, to school, and to the markets and home again.
//!
//! Groups of one to four board together; equal wishes are one row. On the demonstration date the rows that apply sum
//! to the blueprint's boardings.

use std::collections::BTreeMap;

use super::area::{Area, Topic};
use super::calendar_data;
use super::civic::MarketSite;
use super::dice::Dice;
use super::lines::{CATCHMENT_M, Lines};
use crate::scenario::TownshipKind;

/// Expected passengers between two stops of a line, keyed so that the rows come out ordered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wish {
    pub(super) line: usize,
    pub(super) direction: u8,
    /// Positions in [`Lines::stops`].
    pub(super) from: usize,
    pub(super) to: usize,
    /// In the words of the file format.
    pub(super) days: String,
    pub(super) wanted_min: i32,
}

/// When people ride: (half hour in minutes, weight) towards the larger place, and away from it.
struct Profile {
    inward: &'static [(i32, f64)],
    outward: &'static [(i32, f64)],
}

const EVERY: Profile = Profile {
    inward: &[
        (390, 3.0),
        (420, 5.0),
        (450, 6.0),
        (480, 6.0),
        (510, 5.0),
        (540, 4.0),
        (600, 3.0),
        (660, 2.0),
        (780, 2.0),
        (840, 2.0),
        (900, 1.0),
    ],
    outward: &[
        (480, 1.0),
        (600, 2.0),
        (660, 4.0),
        (720, 4.0),
        (780, 2.0),
        (840, 3.0),
        (900, 4.0),
        (960, 5.0),
        (1020, 5.0),
        (1050, 3.0),
    ],
};
const WORK: Profile = Profile {
    inward: &[(390, 4.0), (420, 7.0), (450, 6.0), (480, 2.0)],
    outward: &[(990, 2.0), (1020, 5.0), (1050, 6.0), (1080, 3.0)],
};
const SCHOOL: Profile = Profile {
    inward: &[(390, 6.0), (420, 6.0), (450, 1.0)],
    outward: &[(960, 2.0), (990, 5.0), (1020, 6.0), (1050, 2.0)],
};
const MARKET: Profile = Profile {
    inward: &[(390, 5.0), (420, 8.0), (450, 7.0), (480, 4.0), (510, 2.0)],
    outward: &[(600, 1.0), (630, 4.0), (660, 7.0), (690, 6.0), (720, 4.0), (750, 2.0)],
};

/// All wishes with their passengers.
pub(super) fn expect(area: &Area, lines: &Lines, markets: &[MarketSite]) -> BTreeMap<Wish, i64> {
    let total = area.blueprint.line_boardings;
    let mut forecast = Forecast::new(area, lines);
    forecast.rides("every", &EVERY, total * 30 / 100);
    forecast.rides("workday", &WORK, total * 20 / 100);
    forecast.rides("school", &SCHOOL, total * 14 / 100);
    forecast.rides("weekend", &EVERY, total * 9 / 100);
    forecast.rides("holiday", &EVERY, total * 6 / 100);
    forecast.market_rides(markets, total * 36 / 100);
    forecast.wishes
}

struct Forecast<'a> {
    area: &'a Area,
    lines: &'a Lines,
    /// Residents whose nearest stop of the line this is, by line and position.
    residents: Vec<Vec<f64>>,
    /// How much a stop draws, by line and position.
    pull: Vec<Vec<f64>>,
    dice: Dice,
    wishes: BTreeMap<Wish, i64>,
}

impl<'a> Forecast<'a> {
    fn new(area: &'a Area, lines: &'a Lines) -> Self {
        let mut residents: Vec<Vec<f64>> = lines.lines.iter().map(|line| vec![2.0; line.stops.len()]).collect();
        for (line, residents) in lines.lines.iter().zip(&mut residents) {
            for &village in &line.villages {
                let metres = |position: usize| {
                    area.net.straight(lines.stops[line.stops[position]].node, area.net.villages[village])
                };
                let nearest = (0..line.stops.len()).min_by(|&a, &b| metres(a).total_cmp(&metres(b)).then(a.cmp(&b)));
                let position = nearest.expect("a line has stops");
                residents[position] += area.settlements.villages[village].residents as f64;
            }
        }
        let pull = |stop: &usize| match lines.stops[*stop].seat.map(|seat| area.settlements.seats[seat].kind) {
            Some(TownshipKind::CountyTown) => 40.0,
            Some(TownshipKind::SubCentreTown) => 16.0,
            Some(TownshipKind::Township) => 6.0,
            Some(TownshipKind::SubCentre) => 2.0,
            None => 0.25,
        };
        let pull = lines.lines.iter().map(|line| line.stops.iter().map(pull).collect()).collect();
        Self { area, lines, residents, pull, dice: area.dice(Topic::LineDemand), wishes: BTreeMap::new() }
    }

    /// Rides from home to where something draws, and the same ones home: half of the passengers each.
    fn rides(&mut self, days: &str, profile: &Profile, passengers: i64) {
        // On a line of three stops or fewer everything may lie next to home.
        let weight = |residents: &Vec<f64>| if residents.len() > 3 { residents.iter().sum() } else { 0.0 };
        let by_line: Vec<f64> = self.residents.iter().map(weight).collect();
        let mut rest = passengers / 2;
        while rest > 0 {
            let line = self.dice.weighted(&by_line);
            let home = self.dice.weighted(&self.residents[line]);
            let mut pull = self.pull[line].clone();
            // Nobody rides to the stop next to home.
            pull[home.saturating_sub(1)..(home + 2).min(self.residents[line].len())].fill(0.0);
            let goal = self.dice.weighted(&pull);
            rest -= self.there_and_back(line, home, goal, days, profile, rest);
        }
    }

    /// Market by market, in proportion to its size and to who can ride there; those of the demonstration date sum to `passengers`.
    fn market_rides(&mut self, markets: &[MarketSite], passengers: i64) {
        let reach: Vec<Vec<(usize, usize)>> = markets.iter().map(|market| self.calls_near(market)).collect();
        let size = |market: usize| -> f64 {
            let homes: f64 = reach[market].iter().map(|&(line, _)| self.residents[line].iter().sum::<f64>()).sum();
            markets[market].size * homes.sqrt()
        };
        let sizes: Vec<f64> = (0..markets.len()).map(size).collect();
        let date = calendar_data::demonstration_date();
        let held = |market: usize| markets[market].cycle.includes(date);
        let held_size: f64 = (0..markets.len()).filter(|&market| held(market)).map(|market| sizes[market]).sum();
        let mut owed = passengers / 2;
        let last_held = (0..markets.len()).rfind(|&market| held(market) && sizes[market] > 0.0);
        for market in 0..markets.len() {
            if sizes[market] <= 0.0 {
                continue;
            }
            let mut rest = (passengers as f64 / 2.0 * sizes[market] / held_size) as i64;
            if held(market) {
                rest = if Some(market) == last_held { owed } else { rest };
                owed -= rest;
            }
            let days = format!("market:{}", markets[market].code);
            while rest > 0 {
                let &(line, goal) = self.dice.pick(&reach[market]);
                let mut homes = self.residents[line].clone();
                for (position, home) in homes.iter_mut().enumerate() {
                    // Few go past twelve stops for a market.
                    *home /= 1.0 + (position.abs_diff(goal) as f64 / 12.0) * (position.abs_diff(goal) as f64 / 12.0);
                }
                homes[goal] = 0.0;
                let home = self.dice.weighted(&homes);
                rest -= self.there_and_back(line, home, goal, &days, &MARKET, rest);
            }
        }
    }

    /// Lines and positions of stops on foot from a market.
    fn calls_near(&self, market: &MarketSite) -> Vec<(usize, usize)> {
        let mut calls = Vec::new();
        for (index, line) in self.lines.lines.iter().enumerate() {
            let metres =
                |position: usize| self.area.net.straight(self.lines.stops[line.stops[position]].node, market.node);
            let nearest = (0..line.stops.len()).min_by(|&a, &b| metres(a).total_cmp(&metres(b)).then(a.cmp(&b)));
            calls.extend(nearest.filter(|&position| metres(position) <= CATCHMENT_M).map(|position| (index, position)));
        }
        calls
    }

    /// One group rides there and home; returns its size.
    fn there_and_back(
        &mut self,
        line: usize,
        home: usize,
        goal: usize,
        days: &str,
        profile: &Profile,
        most: i64,
    ) -> i64 {
        let group = (1 + self.dice.weighted(&[3.0, 4.0, 2.0, 1.0]) as i64).min(most);
        for (from, to, bins) in [(home, goal, profile.inward), (goal, home, profile.outward)] {
            let weights: Vec<f64> = bins.iter().map(|bin| bin.1).collect();
            let wanted_min = bins[self.dice.weighted(&weights)].0;
            let stops = &self.lines.lines[line].stops;
            let wish = Wish {
                line,
                direction: u8::from(from > to),
                from: stops[from],
                to: stops[to],
                days: days.to_owned(),
                wanted_min,
            };
            *self.wishes.entry(wish).or_default() += group;
        }
        group
    }
}
