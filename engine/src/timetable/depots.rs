//! Which concrete vehicle works which block: the assignment of blocks to vehicles of their type at least cost.
//!
//! Vehicles of one type and depot are alike, so blocks are assigned to depots (a transportation problem, whole-numbered
//! at its vertices), then to the depot's vehicles in order.

use super::PlanError;
use super::blocks::block_cost;
use super::line_plan::PlannedTrip;
use super::mip::{Limits, Mip};
use crate::fleet::Product;
use crate::ids::{DepotId, VehicleId, VehicleTypeId};
use crate::scenario::Scenario;
use crate::units::Fen;

/// A vehicle for every chain, in the order of the chains, and what they cost together.
pub fn assign_vehicles(
    scenario: &Scenario,
    vehicle_type: VehicleTypeId,
    chains: &[Vec<&PlannedTrip>],
) -> Result<(Vec<VehicleId>, Fen), PlanError> {
    if chains.is_empty() {
        return Ok((Vec::new(), Fen(0)));
    }
    let vehicles: Vec<VehicleId> = scenario.fleet.of_type_for(vehicle_type, Product::Line).collect();
    let depots = 0..scenario.fleet.depots.len();
    let mut of_depot: Vec<Vec<VehicleId>> = depots
        .map(DepotId::from_index)
        .map(|depot| {
            vehicles.iter().copied().filter(|&vehicle| scenario.fleet.vehicle(vehicle).depot == depot).collect()
        })
        .collect();
    let mut mip = Mip::default();
    let mut in_depot = vec![Vec::new(); of_depot.len()];
    let mut choices = Vec::new();
    for chain in chains {
        let mut choice = Vec::new();
        for (depot, vehicles) in of_depot.iter().enumerate() {
            if let Some(&vehicle) = vehicles.first() {
                let column = mip.column(block_cost(scenario, vehicle, chain).0, 0.0, 1.0, false);
                in_depot[depot].push((column, 1.0));
                choice.push((depot, column));
            }
        }
        mip.row(1.0, 1.0, choice.iter().map(|&(_, column)| (column, 1.0)).collect());
        choices.push(choice);
    }
    for (terms, vehicles) in in_depot.into_iter().zip(&of_depot) {
        mip.row(0.0, vehicles.len() as f64, terms);
    }
    let outcome = mip.solve(Limits::NONE, None);
    let failed = || PlanError::Solver {
        part: format!("depots of type {}", scenario.fleet.vehicle_types[vehicle_type.index()].code),
        status: outcome.status.clone(),
    };
    let values = outcome.values.as_ref().ok_or_else(failed)?;
    of_depot.iter_mut().for_each(|vehicles| vehicles.reverse());
    let mut assigned = Vec::new();
    for choice in choices {
        let depot = choice.iter().find(|(_, column)| column.value(values) == 1).map(|&(depot, _)| depot);
        assigned.push(depot.and_then(|depot| of_depot[depot].pop()).ok_or_else(failed)?);
    }
    let cost = assigned.iter().zip(chains).map(|(&vehicle, chain)| block_cost(scenario, vehicle, chain)).sum();
    Ok((assigned, cost))
}
