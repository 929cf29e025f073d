//! Where people live: seats of townships along the valleys, villages between them and up the slopes.

use super::blueprint::Blueprint;
use super::dice::{Dice, apportion};
use super::relief::Relief;
use crate::scenario::TownshipKind;

/// A seat of a township or a sub-centre.
pub(super) struct Seat {
    pub(super) cell: usize,
    pub(super) kind: TownshipKind,
    /// For a sub-centre, the position of its township among the seats.
    pub(super) part_of: Option<usize>,
}

/// A village.
pub(super) struct Hamlet {
    pub(super) cell: usize,
    /// The seat of the township that governs it.
    pub(super) township: usize,
    pub(super) residents: i64,
}

/// Seats (townships first, the county town first of all, then sub-centres) and villages.
pub(super) struct Settlements {
    pub(super) seats: Vec<Seat>,
    pub(super) villages: Vec<Hamlet>,
}

impl Settlements {
    /// Settles the land.
    pub(super) fn new(blueprint: &Blueprint, relief: &Relief, dice: &mut Dice) -> Self {
        let seats = seats(blueprint, relief, dice);
        let villages = villages(blueprint, relief, &seats, dice);
        Self { seats, villages }
    }
}

/// How much a second river brings to this cell: what makes a confluence.
fn confluence(relief: &Relief, cell: usize) -> f64 {
    let mut arms: Vec<f64> = relief
        .neighbours(cell)
        .filter(|&(neighbour, _)| neighbour != cell && relief.downstream[neighbour] == cell)
        .map(|(neighbour, _)| relief.drainage[neighbour])
        .collect();
    arms.sort_by(f64::total_cmp);
    arms.iter().rev().nth(1).copied().unwrap_or(0.0)
}

/// Keeps clear of the border.
fn centrality(blueprint: &Blueprint, relief: &Relief, cell: usize) -> f64 {
    let ((x, y), (width, height)) = (relief.centre_of(cell), blueprint.half_axes_m);
    1.0 - ((x / width) * (x / width) + (y / height) * (y / height)).sqrt()
}

fn seats(blueprint: &Blueprint, relief: &Relief, dice: &mut Dice) -> Vec<Seat> {
    let land: Vec<usize> = (0..relief.inside.len()).filter(|&cell| relief.inside[cell]).collect();
    let score = |cell: usize| confluence(relief, cell).sqrt() * (centrality(blueprint, relief, cell) + 0.1);
    let first = land.iter().copied().max_by(|&a, &b| score(a).total_cmp(&score(b)).then(b.cmp(&a))).expect("land");
    // Towns grow where valleys meet; luck does the rest.
    let mut candidates: Vec<(f64, usize)> = land
        .iter()
        .filter(|&&cell| relief.drainage[cell] > 25.0 && centrality(blueprint, relief, cell) > 0.04)
        .map(|&cell| ((confluence(relief, cell) + 4.0).sqrt() * dice.between(0.3, 1.0), cell))
        .collect();
    candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let area_m2 = land.len() as f64 * super::relief::CELL_M * super::relief::CELL_M;
    let mut chosen = vec![first];
    let mut spread = |wanted: usize, share: f64| {
        let mut spacing = (area_m2 / wanted as f64).sqrt() * share;
        while chosen.len() < wanted {
            for &(_, cell) in &candidates {
                if chosen.len() < wanted && chosen.iter().all(|&other| relief.distance(cell, other) >= spacing) {
                    chosen.push(cell);
                }
            }
            spacing = closer(spacing);
        }
        chosen.clone()
    };
    spread(blueprint.townships, 0.95);
    let cells = spread(blueprint.townships + blueprint.sub_centres, 0.7);
    // Sub-centre towns lie far from the county town and from each other.
    let mut capitals = vec![0];
    while capitals.len() <= blueprint.sub_centre_towns {
        let remoteness = |seat: usize| {
            let nearest =
                capitals.iter().map(|&other| relief.distance(cells[seat], cells[other])).fold(f64::MAX, f64::min);
            nearest
                * (centrality(blueprint, relief, cells[seat]) + 0.6)
                * (1.0 + relief.drainage[cells[seat]].sqrt() / 40.0)
        };
        let next = (1..blueprint.townships).max_by(|&a, &b| remoteness(a).total_cmp(&remoteness(b)).then(b.cmp(&a)));
        capitals.push(next.expect("the county has enough townships"));
    }
    let nearest_township = |cell: usize| nearest(relief, &cells[..blueprint.townships], cell);
    (0..cells.len())
        .map(|seat| {
            let (kind, part_of) = match seat {
                0 if blueprint.has_county_town => (TownshipKind::CountyTown, None),
                _ if seat >= blueprint.townships => (TownshipKind::SubCentre, Some(nearest_township(cells[seat]))),
                _ if capitals[1..].contains(&seat) => (TownshipKind::SubCentreTown, None),
                _ => (TownshipKind::Township, None),
            };
            Seat { cell: cells[seat], kind, part_of }
        })
        .collect()
}

/// The next spacing to try. Below a cell there is nothing left to try: every cell was offered.
fn closer(spacing: f64) -> f64 {
    assert!(spacing >= super::relief::CELL_M, "the land has room for its settlements");
    spacing * 0.93
}

fn nearest(relief: &Relief, cells: &[usize], to: usize) -> usize {
    (0..cells.len())
        .min_by(|&a, &b| relief.distance(cells[a], to).total_cmp(&relief.distance(cells[b], to)).then(a.cmp(&b)))
        .expect("there is a cell")
}

fn villages(blueprint: &Blueprint, relief: &Relief, seats: &[Seat], dice: &mut Dice) -> Vec<Hamlet> {
    let townships: Vec<usize> = seats[..blueprint.townships].iter().map(|seat| seat.cell).collect();
    let mut candidates: Vec<(f64, usize)> = (0..relief.inside.len())
        .filter(|&cell| relief.inside[cell] && centrality(blueprint, relief, cell) > 0.01)
        .map(|cell| {
            let gentle = 1.0 / (1.0 + relief.steepness(cell) * 8.0);
            (gentle * dice.between(0.25, 1.0), cell)
        })
        .collect();
    candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut taken: Vec<usize> = Vec::new();
    let area_m2 = candidates.len() as f64 * super::relief::CELL_M * super::relief::CELL_M;
    let mut spacing = (area_m2 / blueprint.villages as f64).sqrt() * 0.85;
    while taken.len() < blueprint.villages {
        for &(_, cell) in &candidates {
            let apart = |&other: &usize| relief.distance(cell, other) >= spacing;
            let off_seat = |seat: &Seat| relief.distance(cell, seat.cell) >= 700.0;
            if taken.len() < blueprint.villages && taken.iter().all(apart) && seats.iter().all(off_seat) {
                taken.push(cell);
            }
        }
        spacing = closer(spacing);
    }
    // Villages are numbered township by township, the nearest to the seat first.
    let mut of_township: Vec<(usize, i64, usize)> = taken
        .iter()
        .map(|&cell| {
            let township = nearest(relief, &townships, cell);
            (township, relief.distance(cell, townships[township]) as i64, cell)
        })
        .collect();
    of_township.sort_unstable();
    let pull = |cell: usize| -> f64 {
        let of_seat = |seat: &Seat| {
            let (size, reach) = match seat.kind {
                TownshipKind::CountyTown => (14.0, 2_600.0),
                TownshipKind::SubCentreTown => (6.0, 1_900.0),
                TownshipKind::Township => (1.8, 1_500.0),
                TownshipKind::SubCentre => (0.8, 1_200.0),
            };
            let distance = relief.distance(cell, seat.cell) / reach;
            size / (1.0 + distance * distance * distance)
        };
        seats.iter().map(of_seat).sum()
    };
    let weights: Vec<f64> =
        of_township.iter().map(|&(_, _, cell)| (0.75 + pull(cell)) * dice.between(0.6, 1.4)).collect();
    let residents = apportion(blueprint.residents, 220, &weights);
    of_township
        .into_iter()
        .zip(residents)
        .map(|((township, _, cell), residents)| Hamlet { cell, township, residents })
        .collect()
}
