//! What stands at the seats: hospitals, elderly centres, market places, depots.

use super::area::{Area, Topic};
use super::calendar_data::demonstration_date;
use super::names::with_suffix;
use crate::calendar::MarketCycle;
use crate::network::Name;
use crate::scenario::{FacilityKind, TownshipKind};

/// A hospital or elderly centre.
pub(super) struct FacilitySite {
    pub(super) code: String,
    pub(super) name: Name,
    pub(super) kind: FacilityKind,
    pub(super) node: usize,
}

/// A market.
pub(super) struct MarketSite {
    pub(super) code: String,
    pub(super) name: Name,
    pub(super) node: usize,
    pub(super) cycle: MarketCycle,
    /// How many it draws, compared with others.
    pub(super) size: f64,
}

/// A depot.
pub(super) struct DepotSite {
    pub(super) code: String,
    pub(super) name: Name,
    pub(super) node: usize,
    pub(super) seat: usize,
}

/// Hospitals at every township but the county town, sub-centre hospitals first at the sub-centre towns; an elderly centre in
/// every township.
pub(super) fn facilities(area: &mut Area) -> Vec<FacilitySite> {
    let blueprint = area.blueprint;
    let mut seats: Vec<usize> = (usize::from(blueprint.has_county_town)..blueprint.townships).collect();
    seats.sort_by_key(|&seat| (area.settlements.seats[seat].kind != TownshipKind::SubCentreTown, seat));
    let mut sites = Vec::new();
    for (rank, &seat) in seats.iter().enumerate().take(blueprint.hospitals) {
        let kind = match rank < blueprint.sub_centre_hospitals {
            true => FacilityKind::SubCentreHospital,
            false => FacilityKind::TownshipHospital,
        };
        let name = with_suffix(&area.seat_names[seat], " Hospital", "卫生院");
        sites.push(FacilitySite { code: format!("H{:02}", rank + 1), name, kind, node: area.corner(seat) });
    }
    for seat in 0..blueprint.elderly_centres {
        let name = with_suffix(&area.seat_names[seat], " Elderly Centre", "敬老院");
        let kind = FacilityKind::ElderlyCentre;
        sites.push(FacilitySite { code: format!("E{:02}", seat + 1), name, kind, node: area.corner(seat) });
    }
    sites
}

/// The cycles found in a county, the common ones several times.
fn cycles() -> Vec<MarketCycle> {
    let solar = |digits: [u8; 3]| MarketCycle::SolarDigits { digits: digits.to_vec(), held_on_day_31: digits[0] != 1 };
    let lunar = |digits: [u8; 3]| MarketCycle::LunarDigits { digits: digits.to_vec() };
    let weekdays = |days: [u8; 2]| MarketCycle::Weekdays { weekdays: days.to_vec() };
    let branches = |first_branch| MarketCycle::BranchPair { first_branch };
    let (a, b, c) = ([1, 4, 7], [2, 5, 8], [3, 6, 9]);
    vec![
        solar(a),
        solar(b),
        solar(c),
        lunar(a),
        lunar(b),
        lunar(c),
        solar(a),
        solar(b),
        solar(c),
        branches(0),
        branches(2),
        weekdays([3, 6]),
        solar(a),
        solar(b),
        solar(c),
        branches(3),
        branches(5),
        weekdays([2, 7]),
        lunar(a),
        lunar(b),
        lunar(c),
        MarketCycle::Daily,
        branches(1),
        branches(4),
    ]
}

/// A market at every seat (in a pilot town: at its only township); neighbours avoid each other's days.
pub(super) fn markets(area: &mut Area) -> Vec<MarketSite> {
    let mut dice = area.dice(Topic::Markets);
    let seats = if area.blueprint.has_county_town { area.settlements.seats.len() } else { 1 };
    let mut free = cycles();
    let mut sites: Vec<MarketSite> = Vec::new();
    for seat in 0..seats {
        let node = area.corner(seat);
        if free.is_empty() {
            free = cycles();
        }
        // The biggest market is held on the demonstration date: 2-5-8 of the solar month.
        let clash = |cycle: &MarketCycle| {
            sites.iter().any(|site| site.cycle == *cycle && area.net.straight(site.node, node) < 9_000.0)
        };
        let choice = match seat {
            0 => 1,
            _ => (0..free.len()).find(|&index| !clash(&free[index])).unwrap_or(0),
        };
        let size = match area.settlements.seats[seat].kind {
            TownshipKind::CountyTown => 6.0,
            TownshipKind::SubCentreTown => 3.0,
            TownshipKind::Township => 1.5,
            TownshipKind::SubCentre => 0.7,
        };
        sites.push(MarketSite {
            code: format!("M{:02}", seat + 1),
            name: with_suffix(&area.seat_names[seat], " market", "集市"),
            node,
            cycle: free.remove(choice),
            size: size * dice.between(0.8, 1.2),
        });
    }
    assert!(sites[0].cycle.includes(demonstration_date()), "the biggest market is held on the demonstration date");
    sites
}

/// Depots: those of the line buses first, at the towns, then township stations for booked vehicles, far from each other.
pub(super) fn depots(area: &mut Area) -> Vec<DepotSite> {
    let seats = &area.settlements.seats;
    let mut chosen: Vec<usize> = vec![0];
    chosen.extend((1..seats.len()).filter(|&seat| seats[seat].kind == TownshipKind::SubCentreTown));
    let wanted = area.blueprint.line_depots + area.blueprint.booked_depots;
    while chosen.len() < wanted {
        let gap = |seat: usize| {
            let to = |&other: &usize| area.net.straight(area.net.seats[seat], area.net.seats[other]) as i64;
            chosen.iter().map(to).min().expect("there is a depot")
        };
        let next = (1..seats.len()).filter(|seat| !chosen.contains(seat)).max_by_key(|&seat| (gap(seat), seat));
        chosen.push(next.expect("there are more seats than depots"));
    }
    chosen
        .into_iter()
        .enumerate()
        .map(|(index, seat)| DepotSite {
            code: format!("D{:02}", index + 1),
            name: with_suffix(&area.seat_names[seat], " depot", "车场"),
            node: area.corner(seat),
            seat,
        })
        .collect()
}

/// How the file format writes a cycle.
pub(super) fn cycle_word(cycle: &MarketCycle) -> String {
    let join = |digits: &[u8]| digits.iter().map(u8::to_string).collect::<Vec<_>>().join("-");
    match cycle {
        MarketCycle::SolarDigits { digits, held_on_day_31: true } => format!("solar:{}", join(digits)),
        MarketCycle::SolarDigits { digits, held_on_day_31: false } => format!("solar:{}:skip31", join(digits)),
        MarketCycle::LunarDigits { digits } => format!("lunar:{}", join(digits)),
        MarketCycle::Weekdays { weekdays } => format!("weekdays:{}", join(weekdays)),
        MarketCycle::BranchPair { first_branch } => {
            let pairs = ["zi-wu", "chou-wei", "yin-shen", "mao-you", "chen-xu", "si-hai"];
            format!("branches:{}", pairs[usize::from(*first_branch)])
        }
        MarketCycle::Daily => "daily".to_owned(),
    }
}
