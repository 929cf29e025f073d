//! Duties of small days, compared with all ways of working them.

use std::cell::RefCell;

use super::*;
use crate::check::check_duties;
use crate::ids::{BlockId, DepotId, PlaceId};
use crate::plan::Duty;
use crate::policy::Policy;
use crate::scenario::sample;
use crate::time::{Duration, ServiceTime, TimeWindow};
use crate::units::Fen;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const DEPOT: PlaceId = PlaceId(0);
const STATION: PlaceId = PlaceId(1);
const VILLAGE: PlaceId = PlaceId(2);

/// Ten minutes between any two places.
fn travel(from: PlaceId, to: PlaceId) -> Duration {
    if from == to { Duration::ZERO } else { Duration::from_minutes(10) }
}

/// A block that leaves the depot at this minute, drives so long each time, and stands so long between: at the station, or
/// in the village, where nobody can be relieved, if the length is negative. The last drive leads back.
fn block(number: u32, leaves: i32, drives: &[i32], stands: &[i32]) -> VehicleDay {
    let at = |minute: i32| ServiceTime::from_seconds(minute * 60);
    let (mut stretches, mut minute, mut place) = (Vec::new(), leaves, DEPOT);
    for (index, &drive) in drives.iter().enumerate() {
        let to = match stands.get(index) {
            Some(&stand) if index + 1 < drives.len() => {
                if stand < 0 {
                    VILLAGE
                } else {
                    STATION
                }
            }
            _ => DEPOT,
        };
        let end = minute + drive;
        stretches.push(Stretch { begin: at(minute), end: at(end), from: place, to, kind: StretchKind::Driving });
        (minute, place) = (end, to);
        if to != DEPOT {
            let (stand, kind) = (stands[index].abs(), StretchKind::Standing { is_relief: to == STATION });
            stretches.push(Stretch { begin: at(end), end: at(end + stand), from: to, to, kind });
            minute = end + stand;
        }
    }
    VehicleDay { block: BlockId(number), name: format!("BUS-{number}"), depot: DepotId(0), stretches }
}

fn problem<'a>(blocks: &'a [VehicleDay], depots: &'a [DutyDepot]) -> DutyProblem<'a> {
    let Policy { driving, duties, .. } = Policy::default();
    DutyProblem { blocks, depots, travel: &travel, rules: driving, policy: duties }
}

const ENOUGH: [DutyDepot; 1] = [DutyDepot { place: DEPOT, drivers: None }];

fn planned(problem: &DutyProblem) -> DutyPlan {
    plan_duties(problem, &DutyOptions::default(), &|_| {}, StopSignal::NEVER).expect("a plan")
}

/// Plans one block and expects so many duties.
fn check(expected_duties: usize, leaves: i32, drives: &[i32], stands: &[i32]) -> DutyPlan {
    let blocks = [block(0, leaves, drives, stands)];
    let plan = planned(&problem(&blocks, &ENOUGH));
    assert_eq!(plan.unlawful, [], "{drives:?}");
    assert_eq!(plan.duties.len(), expected_duties, "{drives:?} {stands:?}: {plan:#?}");
    plan
}

const SIX: i32 = 6 * 60;

#[test]
fn four_hours_are_driven_by_day_without_a_rest_and_two_by_night() {
    check(1, SIX, &[120, 120], &[10]);
    check(2, SIX, &[120, 125], &[10]);
    check(1, SIX, &[120, 125], &[20]);
    check(1, 22 * 60, &[60, 60], &[10]);
    check(2, 22 * 60, &[60, 65], &[10]);
    check(1, 22 * 60, &[60, 65], &[20]);
    check(1, 18 * 60, &[120, 120], &[0]);
    check(2, 18 * 60, &[125, 120], &[0]);
    check(2, SIX - 5, &[65, 65], &[0]);
}

#[test]
fn eight_hours_are_driven_in_a_day() {
    check(1, SIX, &[120, 120, 120, 120], &[20, 20, 20]);
    check(2, SIX, &[120, 120, 120, 125], &[20, 20, 20]);
}

#[test]
fn a_day_is_no_longer_than_thirteen_hours() {
    check(1, SIX, &[60, 60], &[10 * 60]);
    check(2, SIX, &[60, 60], &[11 * 60]);
}

#[test]
fn a_village_is_no_place_to_rest() {
    let rests = |stand| check(1, SIX, &[110, 110], &[stand]).duties[0].rests.clone();
    assert_eq!(rests(-30), []);
    let rest = TimeWindow::new(ServiceTime::hm(7, 50), ServiceTime::hm(8, 20));
    assert_eq!(rests(30), [rest]);
}

#[test]
fn a_duty_says_what_it_is() {
    let plan = check(1, SIX, &[120, 120], &[10]);
    let duty = &plan.duties[0];
    assert_eq!((duty.sign_on, duty.sign_off), (ServiceTime::hm(5, 50), ServiceTime::hm(10, 20)));
    assert_eq!((duty.driving, duty.paid), (Duration::from_minutes(240), Duration::from_minutes(270)));
    assert_eq!((plan.cost, plan.lower_bound), (Fen(12_000 + 10_800), Fen(12_000 + 10_800)));
    assert_eq!(plan.prices.iter().map(|price| price.price).sum::<Fen>(), plan.cost);
}

#[test]
fn a_block_that_nobody_can_drive_is_named_and_the_rest_planned() {
    let blocks = [block(0, SIX, &[130, 130], &[-30]), block(1, SIX, &[100, 100], &[30])];
    let plan = planned(&problem(&blocks, &ENOUGH));
    assert_eq!(plan.duties.len(), 1);
    let [unlawful] = &plan.unlawful[..] else { panic!("{:?}", plan.unlawful) };
    assert_eq!(unlawful.block, BlockId(0));
    let why = "BUS-0: 260 min of driving from 06:00:00 to 10:50:00 without a relief place, limit 240 min";
    assert_eq!(unlawful.why, why);
}

#[test]
fn one_driver_works_two_short_blocks_with_a_rest_between() {
    let check = |leaves_again, expected| {
        let blocks = [block(0, SIX, &[60], &[]), block(1, leaves_again, &[60], &[])];
        assert_eq!(planned(&problem(&blocks, &ENOUGH)).duties.len(), expected, "{leaves_again}");
    };
    check(7 * 60 + 20, 1);
    check(7 * 60 + 19, 2);
}

#[test]
fn missing_drivers_are_said_and_paid_for() {
    let blocks = [block(0, SIX, &[60], &[]), block(1, SIX, &[60], &[])];
    let depots = [DutyDepot { place: DEPOT, drivers: Some(1) }];
    let plan = planned(&problem(&blocks, &depots));
    assert_eq!(plan.shortages, [DriverShortage { depot: DepotId(0), missing: 1 }]);
    let enough = planned(&problem(&blocks, &ENOUGH));
    assert_eq!(plan.cost, enough.cost + Policy::default().duties.missing_driver);
    assert_eq!(plan.lower_bound, plan.cost);
}

#[test]
fn no_blocks_need_no_drivers() {
    let plan = planned(&problem(&[], &ENOUGH));
    assert_eq!((plan.duties.len(), plan.cost, plan.lower_bound), (0, Fen(0), Fen(0)));
}

/// A few blocks whose drives and stands are drawn.
fn random_blocks(dice: &mut ChaCha8Rng, most_blocks: u32, most_drives: usize) -> Vec<VehicleDay> {
    let day = |number| {
        let count = dice.random_range(1..=most_drives);
        let drives: Vec<i32> = (0..count).map(|_| dice.random_range(2..16) * 10).collect();
        let stands: Vec<i32> =
            (1..count).map(|_| [0, 5, 10, 20, 25, 30, 50, 90, -10][dice.random_range(0..9)]).collect();
        block(number, dice.random_range(4 * 6..16 * 6) * 10, &drives, &stands)
    };
    (0..most_blocks).map(day).collect()
}

/// The least cost of working all blocks, by trying every way; `None` if there is none.
fn least_cost(problem: &DutyProblem) -> Option<Fen> {
    // A place in a block's day where it may be cut: the piece before ends, the one behind begins.
    let cuts = |day: &VehicleDay| {
        let last = day.stretches.len() - 1;
        let mut cuts = vec![(day.stretches[0].begin, day.stretches[0].begin, DEPOT)];
        for stretch in &day.stretches[1..last.max(1)] {
            if stretch.kind == (StretchKind::Standing { is_relief: true }) {
                let is_parked = stretch.end - stretch.begin >= Duration::from_minutes(30);
                cuts.push((stretch.begin, if is_parked { stretch.end } else { stretch.begin }, stretch.from));
            }
        }
        cuts.push((day.stretches[last].end, day.stretches[last].end, DEPOT));
        cuts
    };
    let minutes = |from: ServiceTime, to: ServiceTime| (to - from).seconds() / 60;
    // Of a piece: begin, end, from, to, minutes driven, parts as bits.
    let mut pieces: Vec<(ServiceTime, ServiceTime, PlaceId, PlaceId, i32, u32)> = Vec::new();
    let mut parts = 0;
    for day in problem.blocks {
        let cuts = cuts(day);
        let mut of_day = Vec::new();
        for first in 0..cuts.len() - 1 {
            for last in first + 1..cuts.len() {
                let (begin, end) = (cuts[first].1, cuts[last].0);
                let inside = day.stretches.iter().filter(|stretch| begin <= stretch.begin && stretch.end <= end);
                let (mut since_rest, mut total, mut at_night, mut lawful) = (0, 0, false, true);
                for stretch in inside {
                    let length = minutes(stretch.begin, stretch.end);
                    match stretch.kind {
                        StretchKind::Driving => {
                            (since_rest, total) = (since_rest + length, total + length);
                            at_night |= stretch.begin < ServiceTime::hm(6, 0) || stretch.end > ServiceTime::hm(22, 0);
                            lawful &= since_rest <= if at_night { 120 } else { 240 };
                        }
                        // At the begin of a piece nothing has been driven.
                        StretchKind::Standing { is_relief: true } if length >= 20 => {
                            (since_rest, at_night) = (0, false)
                        }
                        StretchKind::Standing { .. } => {}
                    }
                }
                let bits = ((1_u32 << (last - first)) - 1) << (parts + first);
                let ways = travel(DEPOT, cuts[first].2) + travel(cuts[last].2, DEPOT);
                lawful &= total <= 480 && minutes(begin, end) + ways.seconds() / 60 + 20 <= 780;
                if lawful {
                    of_day.push((begin, end, cuts[first].2, cuts[last].2, total, bits));
                }
            }
        }
        let all = ((1_u32 << (cuts.len() - 1)) - 1) << parts;
        let long: Vec<_> =
            of_day.iter().copied().filter(|piece| piece.5 == all || minutes(piece.0, piece.1) >= 30).collect();
        let can = |pieces: &[(ServiceTime, ServiceTime, PlaceId, PlaceId, i32, u32)]| {
            let mut reached = vec![0_u32];
            while let Some(done) = reached.pop() {
                if done == all {
                    return true;
                }
                let next = (all & !done).trailing_zeros();
                reached.extend(pieces.iter().filter(|p| p.5.trailing_zeros() == next).map(|p| done | p.5));
            }
            false
        };
        if can(&long) {
            pieces.extend(long);
        } else if can(&of_day) {
            pieces.extend(of_day);
        } else {
            return None;
        }
        parts += cuts.len() - 1;
    }
    // Of a duty: its parts, and its price in 1/3600 fen.
    let mut duties: Vec<(u32, i64)> = Vec::new();
    let sequences = RefCell::new(vec![Vec::<usize>::new()]);
    loop {
        let Some(sequence) = sequences.borrow_mut().pop() else { break };
        if let (Some(&first), Some(&last)) = (sequence.first(), sequence.last()) {
            let (first, last) = (pieces[first], pieces[last]);
            let spread = 10 + travel(DEPOT, first.2).seconds() / 60 + minutes(first.0, last.1);
            let spread = spread + travel(last.3, DEPOT).seconds() / 60 + 10;
            let driven: i32 = sequence.iter().map(|&piece| pieces[piece].4).sum();
            let mut paid = spread;
            for pair in sequence.windows(2) {
                let (before, after) = (pieces[pair[0]], pieces[pair[1]]);
                let own = minutes(before.1, after.0) - travel(before.3, after.2).seconds() / 60;
                paid -= if own >= 60 { own } else { 0 };
            }
            if spread <= 780 && driven <= 480 {
                let bits = sequence.iter().fold(0, |bits, &piece| bits | pieces[piece].5);
                duties.push((bits, 12_000 * 3_600 + 2_400 * i64::from(paid) * 60));
            }
        }
        if sequence.len() < 3 {
            for (index, next) in pieces.iter().enumerate() {
                let follows = sequence.last().is_none_or(|&last| {
                    let last = pieces[last];
                    next.0 - last.1 - travel(last.3, next.2) >= Duration::from_minutes(20)
                });
                if follows {
                    sequences.borrow_mut().push(sequence.iter().copied().chain([index]).collect());
                }
            }
        }
    }
    let all = (1_usize << parts) - 1;
    let mut least = vec![i64::MAX; all + 1];
    least[0] = 0;
    let mut by_first: Vec<Vec<(u32, i64)>> = vec![Vec::new(); parts];
    duties.into_iter().for_each(|duty| by_first[duty.0.trailing_zeros() as usize].push(duty));
    for done in 0..all {
        if least[done] == i64::MAX {
            continue;
        }
        let next = (!done).trailing_zeros() as usize;
        for &(bits, cost) in &by_first[next] {
            if done & bits as usize == 0 {
                let with = done | bits as usize;
                least[with] = least[with].min(least[done] + cost);
            }
        }
    }
    Some(Fen((least[all] + 1_800) / 3_600))
}

#[test]
fn small_days_are_worked_at_least_cost() {
    let (mut compared, mut of_several_pieces) = (0, 0);
    for seed in 0..120 {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let blocks = random_blocks(&mut dice, 3, 4);
        let problem = problem(&blocks, &ENOUGH);
        let plan = planned(&problem);
        let least = least_cost(&problem);
        assert_eq!(least.is_none(), !plan.unlawful.is_empty(), "seed {seed}: {:?}", plan.unlawful);
        if let Some(least) = least {
            assert_eq!(plan.cost, least, "seed {seed}: {plan:#?}");
            assert!(plan.lower_bound <= least, "seed {seed}");
            compared += 1;
            of_several_pieces += usize::from(plan.duties.iter().any(|duty| duty.pieces.len() > 1));
        }
    }
    assert!(compared > 80 && of_several_pieces > 20, "{compared}, {of_several_pieces}");
}

#[test]
fn the_same_seed_and_work_give_the_same_plan_close_to_its_bound() {
    for seed in 0..6 {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let blocks = random_blocks(&mut dice, 12, 8);
        let problem = problem(&blocks, &ENOUGH);
        let plan = planned(&problem);
        assert_eq!(planned(&problem), plan);
        let gap = (plan.cost.0 - plan.lower_bound.0) as f64 / plan.cost.0 as f64;
        assert!((0.0..0.02).contains(&gap), "seed {seed}: {} {}", plan.cost, plan.lower_bound);
    }
}

#[test]
fn a_search_told_to_stop_ends_with_a_whole_plan() {
    let mut dice = ChaCha8Rng::seed_from_u64(7);
    let blocks = random_blocks(&mut dice, 12, 8);
    let problem = problem(&blocks, &ENOUGH);
    let stopped = plan_duties(&problem, &DutyOptions::default(), &|_| {}, StopSignal::new(&|| true)).expect("a plan");
    let worked = |plan: &DutyPlan| -> Duration { plan.duties.iter().map(|duty: &Duty| duty.driving).sum() };
    let plan = planned(&problem);
    assert_eq!(worked(&stopped), worked(&plan));
    assert!(stopped.lower_bound <= plan.cost && plan.cost <= stopped.cost);
}

#[test]
fn duties_of_the_sample_town_pass_the_checker() {
    let town = sample::small_town();
    let timetable = sample::hourly_timetable(&town);
    let (blocks, depots) = (vehicle_days::vehicle_days(&town, &timetable), vehicle_days::duty_depots(&town));
    let travel = |from, to| town.network.travel.duration(from, to);
    let (rules, policy) = (town.policy.driving, town.policy.duties);
    let plan = planned(&DutyProblem { blocks: &blocks, depots: &depots, travel: &travel, rules, policy });
    assert_eq!(plan.unlawful, []);
    assert!(plan.duties.len() >= 3, "each bus is out for thirteen hours: {plan:#?}");
    assert_eq!(check_duties(&town, &timetable, &plan.duties, &[]), []);
}
