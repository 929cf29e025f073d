//! Schools, who goes to them from where, and the licensed runs.

use std::collections::BTreeMap;

use super::area::{Area, Topic};
use super::dice::{Dice, apportion};
use super::names::with_suffix;
use super::road_net::Ways;
use crate::network::Name;
use crate::scenario::TownshipKind;

/// A school.
pub(super) struct SchoolSite {
    pub(super) code: String,
    pub(super) name: Name,
    pub(super) node: usize,
    pub(super) seat: usize,
    pub(super) bell_start_min: i32,
    pub(super) bell_end_min: i32,
    pub(super) has_boarders: bool,
    /// In the pilot town.
    pub(super) has_customized_runs: bool,
}

/// Students of a village at a school.
pub(super) struct Group {
    pub(super) village: usize,
    pub(super) school: usize,
    pub(super) boards: bool,
    pub(super) students: i64,
}

/// A village's call on a licensed run.
pub(super) struct VillageCall {
    pub(super) village: usize,
    pub(super) enrolled: i64,
    /// Minutes of the day, to school and from school.
    pub(super) times_min: [i32; 2],
}

/// A licensed bus and its route, driven to school in the morning and backwards in the afternoon.
pub(super) struct LicensedRoute {
    pub(super) school: usize,
    /// In the order of the morning.
    pub(super) calls: Vec<VillageCall>,
    /// At the school's gate, in the morning and in the afternoon.
    pub(super) school_times_min: [i32; 2],
}

/// Pupils that a licensed bus may carry: its passenger seats less the attendant's.
pub(super) const PUPIL_SEATS: i64 = 35;
/// Buses with pupils drive slower than cars.
const BUS_PERCENT: i64 = 120;
const LONGEST_RIDE_S: i64 = 48 * 60;
/// Villages nearer than this to a school walk.
const WALK_M: i64 = 2_000;

/// Everything about schools.
pub(super) struct Schooling {
    pub(super) schools: Vec<SchoolSite>,
    pub(super) groups: Vec<Group>,
    pub(super) routes: Vec<LicensedRoute>,
}

/// Builds schools, fills them, and licenses routes.
pub(super) fn plan(area: &mut Area) -> Schooling {
    let mut dice = area.dice(Topic::Schools);
    let schools = build_schools(area, &mut dice);
    let ways: Vec<Ways> = schools.iter().map(|school| area.net.ways_from(school.node)).collect();
    let groups = fill(area, &schools, &ways, &mut dice);
    let routes = license(area, &schools, &groups, &ways);
    Schooling { schools, groups, routes }
}

fn build_schools(area: &mut Area, dice: &mut Dice) -> Vec<SchoolSite> {
    let pilot = area.pilot_township();
    let mut schools = Vec::new();
    for seat in 0..area.settlements.seats.len() {
        let kind = area.settlements.seats[seat].kind;
        let boarding = (" Central Boarding School", "中心寄宿制学校", true);
        let primary = (" Primary School", "小学", false);
        let second = (" Second Primary School", "第二小学", false);
        let middle = (" Middle School", "初级中学", true);
        let kinds: &[(&str, &str, bool)] = match kind {
            TownshipKind::CountyTown => &[middle, primary, second, boarding],
            TownshipKind::SubCentreTown => &[boarding, primary, second],
            TownshipKind::Township if seat == pilot => &[boarding, primary, second],
            TownshipKind::Township => &[boarding],
            TownshipKind::SubCentre => &[primary],
        };
        for &(en, zh, has_boarders) in kinds {
            schools.push(SchoolSite {
                code: format!("SCH{:03}", schools.len() + 1),
                name: with_suffix(&area.seat_names[seat], en, zh),
                node: area.corner(seat),
                seat,
                // Staggered, so that a bus can serve two bells.
                bell_start_min: 460 + 10 * dice.below(6) as i32,
                bell_end_min: 980 + 10 * dice.below(5) as i32,
                has_boarders,
                has_customized_runs: seat == pilot || area.settlements.seats[seat].part_of == Some(pilot),
            });
        }
    }
    schools
}

/// Students of every village: day students at the nearest school, boarders and the rest at the township's own.
fn fill(area: &Area, schools: &[SchoolSite], ways: &[Ways], dice: &mut Dice) -> Vec<Group> {
    let pilot = area.pilot_township();
    let villages = &area.settlements.villages;
    let mut students = vec![0; villages.len()];
    let mut share = |of_pilot: bool, total: i64| {
        let members: Vec<usize> =
            (0..villages.len()).filter(|&village| (villages[village].township == pilot) == of_pilot).collect();
        if total == 0 {
            return;
        }
        let weights: Vec<f64> = members
            .iter()
            .map(|&village| (villages[village].residents as f64).sqrt() * dice.between(0.7, 1.3))
            .collect();
        for (&village, count) in members.iter().zip(apportion(total, 4, &weights)) {
            students[village] = count;
        }
    };
    let blueprint = area.blueprint;
    if blueprint.pilot_students > 0 {
        share(true, blueprint.pilot_students);
        share(false, blueprint.students - blueprint.pilot_students);
    } else {
        share(true, blueprint.students);
    }
    let mut groups = Vec::new();
    for (village, &count) in students.iter().enumerate() {
        let node = area.net.villages[village];
        let township = villages[village].township;
        let belongs = |school: &SchoolSite| {
            school.seat == township || area.settlements.seats[school.seat].part_of == Some(township)
        };
        let of_township = || (0..schools.len()).filter(|&school| belongs(&schools[school]));
        let nearest = of_township().min_by_key(|&school| (ways[school].seconds[node], school)).expect("a school");
        let boarding: Vec<usize> = of_township().filter(|&school| schools[school].has_boarders).collect();
        let others: Vec<usize> = of_township().filter(|&school| ways[school].seconds[node] < 35 * 60).collect();
        let far = (ways[nearest].metres[node] as f64 / 9_000.0).min(1.0);
        let boarders = (count as f64 * (0.15 + 0.45 * far)) as i64;
        let elsewhere = if others.is_empty() { 0 } else { (count - boarders) * 35 / 100 };
        let mut of_village: BTreeMap<(usize, bool), i64> = BTreeMap::new();
        *of_village.entry((*dice.pick(&boarding), true)).or_default() += boarders;
        *of_village.entry((*dice.pick(if others.is_empty() { &boarding } else { &others }), false)).or_default() +=
            elsewhere;
        *of_village.entry((nearest, false)).or_default() += count - boarders - elsewhere;
        for ((school, boards), students) in of_village {
            if students > 0 {
                groups.push(Group { village, school, boards, students });
            }
        }
    }
    groups
}

/// One route per licensed bus, each for the school where most day students from afar have no seat yet.
fn license(area: &Area, schools: &[SchoolSite], groups: &[Group], ways: &[Ways]) -> Vec<LicensedRoute> {
    let pilot = area.pilot_township();
    // In the pilot town of the county the customized run carries the students.
    let takes_part = |group: &&Group| {
        let in_pilot = area.settlements.villages[group.village].township == pilot;
        let afar = ways[group.school].metres[area.net.villages[group.village]] > WALK_M;
        !group.boards && afar && (area.blueprint.pilot_students == 0 || !in_pilot)
    };
    let mut waiting: BTreeMap<(usize, usize), i64> =
        groups.iter().filter(takes_part).map(|group| ((group.school, group.village), group.students)).collect();
    let mut from_village: BTreeMap<usize, Ways> = BTreeMap::new();
    let mut routes = Vec::new();
    for bus in 0..area.blueprint.student_buses {
        let of_school =
            |school: usize| waiting.range((school, 0)..(school + 1, 0)).map(|(_, count)| count).sum::<i64>();
        let school =
            (0..schools.len()).max_by_key(|&school| (of_school(school), schools.len() - school)).expect("a school");
        // A few seats stay free for those who join during the term.
        let seats = PUPIL_SEATS - 2 - (bus % 4) as i64;
        let villages: Vec<usize> =
            waiting.range((school, 0)..(school + 1, 0)).map(|(&(_, village), _)| village).collect();
        for &village in &villages {
            from_village.entry(village).or_insert_with(|| area.net.ways_from(area.net.villages[village]));
        }
        let (order, riders) =
            route(area, &schools[school], &villages, seats, &from_village, |village| waiting[&(school, village)]);
        for (village, count) in order.iter().zip(&riders) {
            let key = (school, *village);
            let rest = waiting[&key] - count;
            if rest == 0 {
                waiting.remove(&key)
            } else {
                waiting.insert(key, rest)
            };
        }
        routes.push(timed(area, &schools[school], school, &order, &riders, &from_village));
    }
    routes
}

/// Farthest village first, then the village whose insertion costs least, while seats and riding time last.
fn route(
    area: &Area,
    school: &SchoolSite,
    villages: &[usize],
    seats: i64,
    ways: &BTreeMap<usize, Ways>,
    waiting: impl Fn(usize) -> i64,
) -> (Vec<usize>, Vec<i64>) {
    let node = |village: usize| area.net.villages[village];
    let ride = |order: &[usize]| -> i64 {
        let last = order[order.len() - 1];
        let between: i64 = order.windows(2).map(|pair| ways[&pair[0]].seconds[node(pair[1])]).sum();
        (between + ways[&last].seconds[school.node]) * BUS_PERCENT / 100 + 60 * order.len() as i64
    };
    let farthest = villages.iter().copied().filter(|&village| ride(&[village]) <= LONGEST_RIDE_S);
    let first = farthest.max_by_key(|&village| (ride(&[village]), village)).expect("a village within riding time");
    let (mut order, mut taken) = (vec![first], BTreeMap::from([(first, waiting(first).min(seats))]));
    let mut free = seats - taken[&first];
    while free > 0 {
        let mut best: Option<(i64, Vec<usize>, usize)> = None;
        for &village in villages.iter().filter(|village| !taken.contains_key(village)) {
            for place in 1..=order.len() {
                let mut longer = order.clone();
                longer.insert(place, village);
                let time = ride(&longer);
                if time <= LONGEST_RIDE_S && best.as_ref().is_none_or(|(known, ..)| time < *known) {
                    best = Some((time, longer, village));
                }
            }
        }
        let Some((_, longer, village)) = best else { break };
        order = longer;
        taken.insert(village, waiting(village).min(free));
        free -= taken[&village];
    }
    let riders = order.iter().map(|village| taken[village]).collect();
    (order, riders)
}

/// Whole minutes, late enough for the road: backwards from a quarter of an hour before the bell, and home after the last.
fn timed(
    area: &Area,
    site: &SchoolSite,
    school: usize,
    order: &[usize],
    riders: &[i64],
    ways: &BTreeMap<usize, Ways>,
) -> LicensedRoute {
    let node = |index: usize| order.get(index).map_or(site.node, |&village| area.net.villages[village]);
    let legs: Vec<i32> = (0..order.len())
        .map(|index| ((ways[&order[index]].seconds[node(index + 1)] * BUS_PERCENT / 100 + 119) / 60) as i32)
        .collect();
    let school_times_min = [site.bell_start_min - 15, site.bell_end_min + 15];
    let after = |index: usize| legs[index..].iter().sum::<i32>();
    let calls = (0..order.len())
        .map(|index| VillageCall {
            village: order[index],
            enrolled: riders[index],
            times_min: [school_times_min[0] - after(index), school_times_min[1] + after(index)],
        })
        .collect();
    LicensedRoute { school, calls, school_times_min }
}
