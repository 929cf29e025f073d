//! Believable scenarios from a seed.

mod blueprint;
mod dice;
mod relief;
mod road_building;
mod road_net;
mod settlements;

use blueprint::Blueprint;
use dice::Dice;

/// debug
pub fn debug_draw(seed: u64, town: bool) -> String {
    let blueprint: &Blueprint = if town { &blueprint::PILOT_TOWN } else { &blueprint::COUNTY };
    let (w, h) = blueprint.half_axes_m;
    let relief = relief::Relief::new(w, h, &mut Dice::new(seed, 1));
    let settlements = settlements::Settlements::new(blueprint, &relief, &mut Dice::new(seed, 2));
    let plan = road_building::build(blueprint, &relief, &settlements);
    let corners: Vec<usize> = settlements.seats.iter().map(|s| blueprint.street_corners[s.kind as usize]).collect();
    let net = road_net::RoadNet::new(&plan, &relief, &settlements, &corners, &mut Dice::new(seed, 3));
    let mut out = String::new();
    use std::fmt::Write;
    writeln!(out, "grid {} {}", relief.columns, relief.rows).unwrap();
    for c in 0..relief.inside.len() { writeln!(out, "c {} {:.0} {:.0}", relief.inside[c] as u8, relief.elevation[c], relief.drainage[c]).unwrap(); }
    for (i, s) in settlements.seats.iter().enumerate() { let p = net.nodes[net.seats[i]]; writeln!(out, "s {} {} {}", s.kind as u8, p.0, p.1).unwrap(); }
    let capital = net.ways_from(net.seats[0]);
    for (i, v) in settlements.villages.iter().enumerate() { let p = net.nodes[net.villages[i]];
        let to_seat = net.ways_from(net.seats[v.township]);
        let n = net.villages[i];
        writeln!(out, "v {} {} {} {} {} {} {}", p.0, p.1, v.residents, to_seat.metres[n], net.straight(n, net.seats[v.township]), capital.metres[n], net.straight(n, net.seats[0])).unwrap(); }
    for p in &net.pieces { let (a, b) = (net.nodes[p.ends[0]], net.nodes[p.ends[1]]); writeln!(out, "e {} {} {} {} {} {} {}", p.class as u8, a.0, a.1, b.0, b.1, p.length_m, p.speed_km_h).unwrap(); }
    writeln!(out, "n {}", net.nodes.len()).unwrap();
    let _ = settlements.seats.iter().map(|s| s.part_of).collect::<Vec<_>>();
    out
}
