//! Where the stops of a line lie along it, so that both directions and all its variants share one axis.

use sanban_engine::ids::PlaceId;
use sanban_engine::network::Network;
use sanban_engine::scenario::{Pattern, Route, Scenario};

/// The axis: the stops of the line's longest pattern, by road distance from the first.
pub(super) struct LineAxis<'a> {
    network: &'a Network,
    /// In order, with metres from the first.
    pub(super) stops: Vec<(PlaceId, f64)>,
}

impl<'a> LineAxis<'a> {
    /// Of the longest pattern in the direction that comes first.
    pub(super) fn new(scenario: &'a Scenario, route: &Route) -> Self {
        let patterns = || route.patterns.iter().map(|&id| scenario.pattern(id));
        let direction = patterns().map(|pattern| pattern.direction).min();
        let same_way = patterns().filter(|pattern| Some(pattern.direction) == direction);
        // The first of equally long ones.
        let longest = same_way.rev().max_by_key(|pattern| pattern.length());
        let stops = longest.map_or(Vec::new(), |pattern| {
            let metres = pattern.distances.iter().map(|distance| distance.0 as f64);
            pattern.stops.iter().copied().zip(metres).collect()
        });
        Self { network: &scenario.network, stops }
    }

    /// Metres from one end of the line to the other.
    pub(super) fn length(&self) -> f64 {
        self.stops.last().map_or(1.0, |stop| stop.1.max(1.0))
    }

    /// Where a pattern's stops lie. Stops of the axis lie where they are there, also under another code across the road, by
    /// their name; others between those, by distance.
    pub(super) fn positions(&self, pattern: &Pattern) -> Vec<f64> {
        let with_axis = self.anchors(pattern, true);
        let against = self.anchors(pattern, false);
        let (anchors, is_with_axis) =
            if with_axis.len() >= against.len() { (with_axis, true) } else { (against, false) };
        let along = |index: usize| pattern.distances[index].0 as f64;
        let whole = pattern.length().0.max(1) as f64;
        let between = |index: usize| {
            let before = anchors.iter().rev().find(|anchor| anchor.0 <= index);
            let after = anchors.iter().find(|anchor| anchor.0 >= index);
            match (before, after) {
                (Some(before), Some(after)) if before.0 == after.0 => before.1,
                (Some(before), Some(after)) => {
                    let share = (along(index) - along(before.0)) / (along(after.0) - along(before.0)).max(1.0);
                    before.1 + share * (after.1 - before.1)
                }
                // Beyond the axis: as far as it goes.
                (Some(only), None) | (None, Some(only)) => {
                    let way = if is_with_axis { 1.0 } else { -1.0 };
                    (only.1 + way * (along(index) - along(only.0))).clamp(0.0, self.length())
                }
                (None, None) => along(index) / whole * self.length(),
            }
        };
        (0..pattern.stops.len()).map(between).collect()
    }

    /// Stops that the pattern shares with the axis in its order or against it: position in the pattern, metres on the axis.
    fn anchors(&self, pattern: &Pattern, with_axis: bool) -> Vec<(usize, f64)> {
        let mut axis: Vec<(PlaceId, f64)> = self.stops.clone();
        if !with_axis {
            axis.reverse();
        }
        let mut anchors = Vec::new();
        let mut next = 0;
        for (index, &stop) in pattern.stops.iter().enumerate() {
            if let Some(found) = axis[next..].iter().position(|&(other, _)| self.is_same(stop, other)) {
                anchors.push((index, axis[next + found].1));
                next += found + 1;
            }
        }
        anchors
    }

    fn is_same(&self, one: PlaceId, other: PlaceId) -> bool {
        one == other || self.network.place(one).name == self.network.place(other).name
    }
}

#[cfg(test)]
mod tests {
    use sanban_engine::scenario::sample;
    use sanban_engine::units::Metres;

    use super::*;

    /// Stops of the sample's line with metres from their first; expected metres on the axis.
    fn check(stops: &[(&str, i64)], expected: &[f64]) {
        let town = sample::small_town();
        let axis = LineAxis::new(&town, &town.routes[0]);
        let pattern = Pattern {
            stops: stops.iter().map(|stop| sample::place(stop.0)).collect(),
            distances: stops.iter().map(|stop| Metres(stop.1)).collect(),
            ..town.patterns[0].clone()
        };
        assert_eq!(axis.positions(&pattern), expected, "{stops:?}");
    }

    #[test]
    fn both_directions_and_variants_lie_on_one_axis() {
        let town = sample::small_town();
        let on_axis: Vec<f64> = town.patterns[0].distances.iter().map(|distance| distance.0 as f64).collect();
        let [_, s1, s2, s3, s4] = on_axis[..] else { panic!("five stops") };
        check(&[("STA", 0), ("S2", 6_000), ("S4", 12_000)], &[0.0, s2, s4]);
        check(&[("S4", 0), ("S3", 3_000), ("STA", 12_000)], &[s4, s3, 0.0]);
        // The hospital is on no axis: half way between its neighbours.
        check(&[("S1", 0), ("HOS", 500), ("S2", 1_000)], &[s1, (s1 + s2) / 2.0, s2]);
        // Nothing is known but distances.
        check(&[("V1", 0), ("V3", 500), ("V4", 1_000)], &[0.0, s4 / 2.0, s4]);
    }
}
