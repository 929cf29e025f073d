//! The plan in the words of the result: duties with their rests, who is short, where duties are made necessary.

use super::duty_plan::{DriverShortage, DutyPlan, WorkPrice};
use super::network::{Column, Network, rounded};
use super::parts::rests_within;
use super::search::{Found, floored};
use crate::ids::DepotId;
use crate::plan::{Duty, DutyPiece};
use crate::time::{Duration, TimeWindow};

pub(super) fn duty_plan(network: &Network, found: &Found, seconds: f64) -> DutyPlan {
    let mut duties: Vec<Duty> = found.columns.iter().map(|column| duty(network, column)).collect();
    duties.sort_by(|a, b| (a.depot, a.sign_on, &a.pieces).cmp(&(b.depot, b.sign_on, &b.pieces)));
    let shortage = |(index, missing)| DriverShortage { depot: DepotId::from_index(index), missing };
    let missing = network.missing_drivers(&found.columns).into_iter().enumerate().filter(|&(_, missing)| missing > 0);
    let prices = network.parts.iter().zip(&found.bound.duals.of_part).map(|(part, &dual)| WorkPrice {
        block: network.problem.blocks[part.vehicle_day].block,
        begin: part.begin,
        end: part.end,
        price: rounded(dual),
    });
    let cost = rounded(network.cost(&found.columns));
    DutyPlan {
        duties,
        cost,
        lower_bound: floored(found.bound.lower_bound).min(cost),
        unlawful: network.unlawful.clone(),
        shortages: missing.map(shortage).collect(),
        prices: prices.collect(),
        seconds,
    }
}

fn duty(network: &Network, column: &Column) -> Duty {
    let (problem, depot) = (network.problem, column.depot);
    let pieces: Vec<_> = column.pieces.iter().map(|&piece| network.pieces[piece]).collect();
    let (first, last) = (pieces[0], pieces[pieces.len() - 1]);
    let mut rests: Vec<TimeWindow> = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        if let Some(before) = index.checked_sub(1).map(|before| pieces[before]) {
            // First the rest where the vehicle was left, then the way to the next.
            let way = (problem.travel)(network.parts[before.last].to, network.parts[piece.first].from);
            rests.push(TimeWindow::new(before.end, piece.begin - way));
        }
        rests.extend(rests_within(&problem.rules, &network.parts[piece.first..=piece.last]));
    }
    let of_piece = |piece: &super::network::Piece| DutyPiece {
        block: problem.blocks[network.parts[piece.first].vehicle_day].block,
        begin: piece.begin,
        end: piece.end,
        from: network.parts[piece.first].from,
        to: network.parts[piece.last].to,
    };
    Duty {
        depot,
        sign_on: first.begin - network.way_out(first.first),
        sign_off: last.end + network.way_back(last.last, depot),
        pieces: pieces.iter().map(of_piece).collect(),
        rests,
        driving: pieces.iter().map(|piece| piece.driving).sum::<Duration>(),
        paid: network.paid(&column.pieces),
        driver: None,
    }
}
