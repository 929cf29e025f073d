//! From the codes of a plan file back to the ids of its scenario.

use std::collections::BTreeMap;

use sanban_engine::ids::{
    DepotId, MarketGoersId, MarketId, PlaceId, SchoolId, StudentGroupId, VehicleId, VehicleTypeId, VillageId,
};
use sanban_engine::plan::RunDemand;
use sanban_engine::scenario::Scenario;

use super::PlanFileError;
use super::runs::DemandRow;

/// The tables that codes are looked up in.
pub(super) struct Lookup<'a> {
    pub(super) scenario: &'a Scenario,
    places: BTreeMap<&'a str, usize>,
    vehicles: BTreeMap<&'a str, usize>,
    vehicle_types: BTreeMap<&'a str, usize>,
    depots: BTreeMap<&'a str, usize>,
    schools: BTreeMap<&'a str, usize>,
    markets: BTreeMap<&'a str, usize>,
    /// By the code of their place.
    villages: BTreeMap<&'a str, usize>,
    consignments: BTreeMap<&'a str, usize>,
}

/// The first of equal codes wins.
pub(super) fn positions<'a>(codes: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut positions = BTreeMap::new();
    for (index, code) in codes.enumerate() {
        positions.entry(code).or_insert(index);
    }
    positions
}

/// An id by its code, or what is unknown, in words.
fn find(codes: &BTreeMap<&str, usize>, code: &str, what: &str) -> Result<usize, String> {
    codes.get(code).copied().ok_or_else(|| format!("unknown {what} {code}"))
}

impl<'a> Lookup<'a> {
    pub(super) fn new(scenario: &'a Scenario) -> Self {
        let fleet = &scenario.fleet;
        let village_code = |village: &sanban_engine::scenario::Village| &scenario.network.place(village.place).code;
        Self {
            scenario,
            places: positions(scenario.network.places.iter().map(|place| place.code.as_str())),
            vehicles: positions(fleet.vehicles.iter().map(|vehicle| vehicle.code.as_str())),
            vehicle_types: positions(fleet.vehicle_types.iter().map(|kind| kind.code.as_str())),
            depots: positions(fleet.depots.iter().map(|depot| depot.code.as_str())),
            schools: positions(scenario.schools.iter().map(|school| school.code.as_str())),
            markets: positions(scenario.markets.iter().map(|market| market.code.as_str())),
            villages: positions(scenario.villages.iter().map(|village| village_code(village).as_str())),
            consignments: positions(scenario.consignments.iter().map(|consignment| consignment.code.as_str())),
        }
    }

    pub(super) fn place(&self, code: &str) -> Result<PlaceId, String> {
        find(&self.places, code, "place").map(PlaceId::from_index)
    }

    pub(super) fn vehicle(&self, code: &str) -> Result<VehicleId, String> {
        find(&self.vehicles, code, "vehicle").map(VehicleId::from_index)
    }

    pub(super) fn vehicle_type(&self, code: &str) -> Result<VehicleTypeId, String> {
        find(&self.vehicle_types, code, "vehicle type").map(VehicleTypeId::from_index)
    }

    pub(super) fn depot(&self, code: &str) -> Result<DepotId, String> {
        find(&self.depots, code, "depot").map(DepotId::from_index)
    }

    pub(super) fn school(&self, code: &str) -> Result<SchoolId, String> {
        find(&self.schools, code, "school").map(SchoolId::from_index)
    }

    pub(super) fn market(&self, code: &str) -> Result<MarketId, String> {
        find(&self.markets, code, "market").map(MarketId::from_index)
    }

    pub(super) fn consignment(&self, code: &str) -> Result<usize, String> {
        find(&self.consignments, code, "consignment")
    }

    fn village(&self, code: &str) -> Result<VillageId, String> {
        find(&self.villages, code, "village").map(VillageId::from_index)
    }

    /// The group of pupils or market goers that a row names.
    pub(super) fn demand(&self, row: &DemandRow) -> Result<RunDemand, String> {
        match row {
            DemandRow::Pupils { village_id, school_id, boards } => {
                let (village, school) = (self.village(village_id)?, self.school(school_id)?);
                let groups = &self.scenario.student_groups;
                let found = groups
                    .iter()
                    .position(|group| (group.village, group.school, group.boards) == (village, school, *boards));
                let kind = if *boards { "boarders" } else { "day pupils" };
                let found = found.ok_or_else(|| format!("no {kind} of {village_id} at {school_id}"))?;
                Ok(RunDemand::Pupils(StudentGroupId::from_index(found)))
            }
            DemandRow::Goers { village_id, market_id } => {
                let (village, market) = (self.village(village_id)?, self.market(market_id)?);
                let goers = &self.scenario.market_goers;
                let found = goers.iter().position(|goers| (goers.village, goers.market) == (village, market));
                let found = found.ok_or_else(|| format!("no market goers of {village_id} to {market_id}"))?;
                Ok(RunDemand::Goers(MarketGoersId::from_index(found)))
            }
        }
    }
}

/// Says where something is wrong.
pub(super) fn at<T>(field: impl FnOnce() -> String, found: Result<T, String>) -> Result<T, PlanFileError> {
    found.map_err(|why| PlanFileError { field: field(), why })
}
