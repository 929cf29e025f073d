//! Consignments expected on a workday: parcels and supplies down to the villages, farm produce up to the towns.

use super::area::{Area, Topic};
use super::civic::{DepotSite, FacilitySite};

/// A consignment between two places by code.
pub(super) struct Parcel {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) kg: i32,
    pub(super) litres: i32,
    /// Minutes of the day.
    pub(super) ready_min: i32,
    pub(super) due_min: i32,
    pub(super) perishable: bool,
    pub(super) every_day: bool,
}

/// The code of a village.
pub(super) fn village_code(village: usize) -> String {
    format!("V{:03}", village + 1)
}

/// Expected consignments; all of them on a workday.
pub(super) fn expect(area: &Area, depots: &[DepotSite], facilities: &[FacilitySite]) -> Vec<Parcel> {
    let mut dice = area.dice(Topic::Freight);
    let villages = &area.settlements.villages;
    let weights: Vec<f64> = villages.iter().map(|village| village.residents as f64).collect();
    (0..area.blueprint.consignments)
        .map(|_| {
            let village = dice.weighted(&weights);
            let node = area.net.villages[village];
            let metres = |depot: usize| area.net.straight(depots[depot].node, node) as i64;
            let nearest = (0..depots.len()).min_by_key(|&depot| (metres(depot), depot)).expect("there is a depot");
            // Parcels arrive at the county's station, or wait at the nearest township's already.
            let hub = if dice.chance(0.6) { 0 } else { nearest };
            let kg = *dice.pick(&[3, 5, 8, 12, 20, 30, 45, 60, 90, 150]);
            let litres = kg * (2 + dice.below(4) as i32);
            let down = dice.chance(0.55);
            let to_facility = down && dice.chance(0.15);
            let home = if to_facility { dice.pick(facilities).code.clone() } else { village_code(village) };
            let hub = depots[hub].code.clone();
            let ready_min = if down { 420 + 15 * dice.below(10) as i32 } else { 390 + 15 * dice.below(18) as i32 };
            let perishable = !down && dice.chance(0.4);
            let hours = if perishable { 4 } else { 5 + dice.below(4) as i32 };
            let (from, to) = if down { (hub, home) } else { (home, hub) };
            let due_min = (ready_min + 60 * hours).min(1_080);
            Parcel { from, to, kg, litres, ready_min, due_min, perishable, every_day: dice.chance(0.7) }
        })
        .collect()
}
