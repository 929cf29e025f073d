//! Believable scenarios from a seed.
//!
//! Data flows one way: the land ([`relief`]), where people live ([`settlements`]), roads ([`road_building`], [`road_net`]), all
//! named in an [`area`]; then lines, schools, markets, vehicles and goods, each with dice of its own, so that another fleet
//! doesn't move the rivers; at last [`compose`] writes the rows of the files. Figures are in [`blueprint`].
//!
//! Invariants: the same seed gives the same tables on every machine; every place reaches every other by road; names are
//! fictional and distinct.

mod area;
mod blueprint;
mod calendar_data;
mod civic;
mod compose;
mod dice;
mod freight;
mod line_demand;
mod line_transfers;
mod lines;
mod market_goers;
mod names;
mod relief;
mod road_building;
mod road_net;
mod schooling;
mod settlements;
#[cfg(test)]
mod tests;
mod toy;
mod vehicles;

use crate::scenario::tables::Tables;
use area::Area;

/// The county of the report: 33 townships, 462 villages, 13 lines.
///
/// ```
/// let county = sanban_engine::generate::county(1);
/// assert_eq!(county.villages.len(), 462);
/// ```
pub fn county(seed: u64) -> Tables {
    compose::compose(Area::new(&blueprint::COUNTY, seed))
}

/// The pilot town: one township, 20 villages, 1,740 students.
pub fn town(seed: u64) -> Tables {
    compose::compose(Area::new(&blueprint::PILOT_TOWN, seed))
}

/// A scenario that fits on one screen, the same every time.
pub fn toy() -> Tables {
    toy::toy()
}
