//! Who goes to market from where no line leads there: the villages that market runs are for.

use super::area::{Area, Topic};
use super::civic::MarketSite;
use super::lines::{CATCHMENT_M, Lines};

/// Few go farther than this to a market, as the crow flies.
const FARTHEST_MARKET_M: f64 = 9_000.0;
/// Nearer than this they walk.
const WALK_M: f64 = 2_500.0;
/// Of a thousand residents so many go to the nearest market each time it is held, if no line brings them there.
const GOERS_PER_THOUSAND: f64 = 9.0;

/// People of a village at a market.
pub(super) struct GoersGroup {
    pub(super) market: usize,
    pub(super) village: usize,
    pub(super) people: i64,
    pub(super) luggage_in: i64,
    pub(super) luggage_home: i64,
}

/// Every village at its nearest market, by market and village.
pub(super) fn expect(area: &Area, lines: &Lines, markets: &[MarketSite]) -> Vec<GoersGroup> {
    let mut dice = area.dice(Topic::MarketGoers);
    let metres = |market: usize, village: usize| area.net.straight(markets[market].node, area.net.villages[village]);
    // By line: does it pass the market?
    let passes = |line: usize, market: usize| {
        let mut stops = lines.lines[line].stops.iter().map(|&stop| lines.stops[stop].node);
        stops.any(|node| area.net.straight(node, markets[market].node) <= CATCHMENT_M)
    };
    let mut groups = Vec::new();
    for (village, site) in area.settlements.villages.iter().enumerate() {
        let nearest =
            (0..markets.len()).min_by(|&a, &b| metres(a, village).total_cmp(&metres(b, village)).then(a.cmp(&b)));
        let Some(market) = nearest else { continue };
        let is_served =
            (0..lines.lines.len()).any(|line| lines.lines[line].villages.contains(&village) && passes(line, market));
        let far = metres(market, village);
        if is_served || !(WALK_M..=FARTHEST_MARKET_M).contains(&far) {
            continue;
        }
        let people = (site.residents as f64 * GOERS_PER_THOUSAND / 1_000.0 * dice.between(0.7, 1.3)) as i64;
        if people > 0 {
            // A basket for every other on the way there, more on the way home.
            let luggage_in = people / 2;
            groups.push(GoersGroup { market, village, people, luggage_in, luggage_home: people * 4 / 5 });
        }
    }
    groups.sort_by_key(|group| (group.market, group.village));
    groups
}
