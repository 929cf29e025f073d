//! Holds of tiny networks against trying everything, and reasons against what was set up.

use super::*;
use crate::ids::{PlaceId, RunId, TripId};
use crate::plan::{FreightCarrier, FreightEnd, FreightLeg, LeftOver, WindowMiss};
use crate::policy::{FreightPolicy, Policy};
use crate::time::{Duration, ServiceTime};
use crate::units::Metres;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const ROOMY: Hold = Hold { kilograms: 100, litres: 400 };

fn at(minutes: i32) -> ServiceTime {
    ServiceTime::from_seconds(minutes * 60)
}

fn minutes(minutes: i32) -> Duration {
    Duration::from_minutes(minutes)
}

/// Handling takes no time, and a transfer ten minutes.
fn policy() -> FreightPolicy {
    FreightPolicy { handling_time: Duration::ZERO, transfer_time: minutes(10), ..Policy::default().freight }
}

/// Calls at places and minutes of the day, the same hold everywhere.
fn service(trip: u32, calls: &[(u32, i32)], hold: Hold) -> Service {
    let call =
        |&(place, time): &(u32, i32)| ServiceCall { place: PlaceId(place), arrival: at(time), departure: at(time) };
    Service {
        carrier: FreightCarrier::Trip(TripId(trip)),
        calls: calls.iter().map(call).collect(),
        holds: vec![hold; calls.len() - 1],
    }
}

/// Loaded and unloaded at these very places.
fn goods(from: u32, to: u32, (kilograms, litres): (i32, i32), (ready, due): (i32, i32)) -> Goods {
    let here = |place| vec![Access { place: PlaceId(place), duration: Duration::ZERO, cost: Fen(0) }];
    Goods {
        consignment: 0,
        load: Hold { kilograms, litres },
        ready: at(ready),
        due: at(due),
        is_perishable: false,
        origins: here(from),
        destinations: here(to),
        distance: Metres(10_000),
    }
}

fn problem(services: Vec<Service>, stations: &[u32], goods: Vec<Goods>) -> FreightProblem {
    let numbered = goods.into_iter().enumerate().map(|(consignment, goods)| Goods { consignment, ..goods });
    let stations = stations.iter().map(|&place| vec![PlaceId(place)]).collect();
    FreightProblem { services, stations, goods: numbered.collect(), policy: policy() }
}

fn loaded(problem: &FreightProblem) -> InHolds {
    load_holds(problem, &FreightOptions { rounds: 300, ..FreightOptions::default() }, StopSignal::NEVER)
}

/// Service, loaded at, unloaded at.
type Legs = Vec<(usize, usize, usize)>;

/// Every way of a consignment with its cost in 3,600ths of a fen, found by trying all services and calls.
fn all_ways(problem: &FreightProblem, goods: &Goods) -> Vec<(i64, Legs)> {
    let mut found = Vec::new();
    extend(problem, goods, &mut Vec::new(), &mut found);
    found
}

fn extend(problem: &FreightProblem, goods: &Goods, legs: &mut Legs, found: &mut Vec<(i64, Legs)>) {
    let policy = &problem.policy;
    for (index, service) in problem.services.iter().enumerate() {
        for (from, first) in service.calls.iter().enumerate() {
            let may_load = match legs.last() {
                None => goods.origins.iter().any(|access| {
                    access.place == first.place
                        && goods.ready + access.duration + policy.handling_time <= first.departure
                }),
                Some(&(before, _, unloaded)) => {
                    let last = &problem.services[before].calls[unloaded];
                    let both = |places: &Vec<PlaceId>| places.contains(&last.place) && places.contains(&first.place);
                    problem.stations.iter().any(both) && last.arrival + policy.transfer_time <= first.departure
                }
            };
            if !may_load {
                continue;
            }
            for to in from + 1..service.calls.len() {
                if !goods.load.fits_in(service.holds[to - 1]) {
                    break;
                }
                legs.push((index, from, to));
                found.extend(cost_of(problem, goods, legs).map(|cost| (cost, legs.clone())));
                if legs.len() <= usize::from(policy.transfers) {
                    extend(problem, goods, legs, found);
                }
                legs.pop();
            }
        }
    }
}

/// `None` if it doesn't end at the destination in time.
fn cost_of(problem: &FreightProblem, goods: &Goods, legs: &Legs) -> Option<i64> {
    let policy = &problem.policy;
    let (first, last) = (legs[0], legs[legs.len() - 1]);
    let (first, last) = (&problem.services[first.0].calls[first.1], &problem.services[last.0].calls[last.2]);
    let origin = goods.origins.iter().find(|access| access.place == first.place)?;
    let destination = goods.destinations.iter().find(|access| access.place == last.place)?;
    let handed_over = last.arrival + policy.handling_time + destination.duration;
    let hour = if goods.is_perishable { policy.perishable_transit_hour } else { policy.transit_hour };
    let fen = origin.cost.0 + destination.cost.0 + 2 * legs.len() as i64 * policy.handling.0;
    (handed_over <= goods.due).then_some(fen * 3_600 + hour.0 * i64::from((last.arrival - first.departure).seconds()))
}

fn with_load(legs: &Legs, load: Hold, holds: &mut [Vec<Hold>]) -> bool {
    let mut fits = true;
    for &(service, from, to) in legs {
        for hold in &mut holds[service][from..to] {
            *hold = hold.less(load);
            fits &= hold.kilograms >= 0 && hold.litres >= 0;
        }
    }
    fits
}

fn empty_holds(problem: &FreightProblem) -> Vec<Vec<Hold>> {
    problem.services.iter().map(|service| service.holds.clone()).collect()
}

/// The least cost of all goods from this one on, in holds with this room.
fn optimum(problem: &FreightProblem, ways: &[Vec<(i64, Legs)>], next: usize, holds: &[Vec<Hold>]) -> i64 {
    let Some(goods) = problem.goods.get(next) else { return 0 };
    let mut best = 3_600 * problem.price_left_over(goods).0 + optimum(problem, ways, next + 1, holds);
    for (cost, legs) in &ways[next] {
        let mut holds = holds.to_vec();
        if with_load(legs, goods.load, &mut holds) {
            best = best.min(cost + optimum(problem, ways, next + 1, &holds));
        }
    }
    best
}

fn legs_of(problem: &FreightProblem, legs: &[FreightLeg]) -> Legs {
    let service = |leg: &FreightLeg| problem.services.iter().position(|service| service.carrier == leg.carrier);
    legs.iter().map(|leg| (service(leg).expect("a service"), leg.loaded_at, leg.unloaded_at)).collect()
}

/// Counts anew what was found, proves each reason by trying everything, and gives cost and bound.
fn verified(problem: &FreightProblem) -> InHolds {
    let found = loaded(problem);
    let ways: Vec<_> = problem.goods.iter().map(|goods| all_ways(problem, goods)).collect();
    let (mut holds, mut cost) = (empty_holds(problem), 0);
    for (index, itinerary) in found.itineraries.iter().enumerate() {
        assert_eq!(itinerary.consignment, index);
        if itinerary.status == FreightStatus::InHolds {
            let legs = legs_of(problem, &itinerary.legs);
            let way = ways[index].iter().find(|(_, other)| *other == legs);
            cost += way.unwrap_or_else(|| panic!("{legs:?} is no way of {index} in {problem:?}")).0;
            assert!(with_load(&legs, problem.goods[index].load, &mut holds), "{found:?} of {problem:?}");
        } else {
            cost += 3_600 * problem.price_left_over(&problem.goods[index]).0;
        }
    }
    assert_eq!(found.cost, Fen((cost + 3_599) / 3_600));
    for (index, itinerary) in found.itineraries.iter().enumerate() {
        if let FreightStatus::NotCarried { left_over, no_run: None } = &itinerary.status {
            let told = prove(problem, index, &ways[index], &holds, left_over);
            assert!(told, "{index}: {left_over:?} in {problem:#?}");
        }
    }
    found
}

fn prove(problem: &FreightProblem, index: usize, ways: &[(i64, Legs)], room: &[Vec<Hold>], told: &LeftOver) -> bool {
    let goods = &problem.goods[index];
    let price = 3_600 * problem.price_left_over(goods).0;
    let least = ways.iter().map(|&(cost, _)| cost).min();
    let exists = |changed: Goods| !all_ways(problem, &changed).is_empty();
    let light = Goods { load: Hold::ZERO, ..goods.clone() };
    let second = Duration::from_seconds(1);
    match *told {
        LeftOver::HoldsFull { .. } => {
            let fits = |legs: &Legs| with_load(legs, goods.load, &mut room.to_vec());
            least.is_some_and(|least| least < price) && !ways.iter().any(|(cost, legs)| *cost < price && fits(legs))
        }
        LeftOver::Dearer { by } => least.is_some_and(|least| least >= price && (least - price) / 3_600 == by.0),
        LeftOver::HoldsTooSmall { most_kilograms, most_litres } => {
            let with = |kilograms, litres| exists(Goods { load: Hold { kilograms, litres }, ..goods.clone() });
            let largest = with(most_kilograms, 0) && with(0, most_litres);
            ways.is_empty() && largest && !with(most_kilograms + 1, 0) && !with(0, most_litres + 1)
        }
        LeftOver::Window(miss) => {
            let due = |by: Duration| exists(Goods { due: goods.due + by, ..light.clone() });
            let ready = |by: Duration| exists(Goods { ready: goods.ready - by, ..light.clone() });
            let nearest = match miss {
                WindowMiss::Late { by, .. } => due(by) && !due(by - second) && !ready(by - second),
                WindowMiss::Missed { by, .. } => ready(by) && !ready(by - second) && !due(by - second),
                WindowMiss::Both => {
                    let day = minutes(1_440);
                    let wide = Goods { due: goods.due + day, ready: goods.ready - day, ..light.clone() };
                    !due(day) && !ready(day) && exists(wide)
                }
            };
            ways.is_empty() && nearest
        }
        LeftOver::NoConnection => !exists(Goods { ready: at(-2_000), due: at(5_000), ..light }),
        LeftOver::NoService { end } => {
            let calls = |accesses: &[Access], place| accesses.iter().any(|access| access.place == place);
            !problem.services.iter().any(|service| match end {
                FreightEnd::Origin => {
                    service.calls[..service.calls.len() - 1].iter().any(|call| calls(&goods.origins, call.place))
                }
                FreightEnd::Destination => service.calls[1..].iter().any(|call| calls(&goods.destinations, call.place)),
            })
        }
    }
}

fn random_problem(dice: &mut ChaCha8Rng) -> FreightProblem {
    let services = (0..dice.random_range(2..5)).map(|trip| {
        let (is_run, mut time) = (dice.random_bool(0.5), dice.random_range(0..60));
        let calls: Vec<(u32, i32)> = (0..dice.random_range(3..6))
            .map(|_| {
                // Runs may call at places that share a junction.
                time += dice.random_range(if is_run { 0 } else { 5 }..20);
                (dice.random_range(0..4), time)
            })
            .collect();
        let mut hold = || Hold { kilograms: dice.random_range(0..5) * 10, litres: dice.random_range(1..5) * 20 };
        let mut service = service(trip, &calls, hold());
        service.holds[0] = hold();
        if is_run {
            // The luggage of its market goers takes more here and less there.
            service.carrier = FreightCarrier::Run(RunId(trip));
            service.holds.iter_mut().for_each(|segment| *segment = hold());
        }
        service
    });
    let services = services.collect();
    let count = dice.random_range(2..6);
    let goods = (0..count).map(|_| {
        let ready = dice.random_range(0..40);
        let load = (dice.random_range(1..4) * 10, dice.random_range(1..4) * 20);
        let window = (ready, ready + dice.random_range(30..150));
        let mut goods = goods(dice.random_range(0..4), dice.random_range(0..5), load, window);
        goods.is_perishable = dice.random_bool(0.3);
        if dice.random_bool(0.3) {
            let carried = Access { place: PlaceId(7), duration: minutes(3), cost: Fen(75) };
            goods.origins.push(carried);
            goods.origins[0].cost = Fen(dice.random_range(0..100));
        }
        goods
    });
    let goods = goods.collect();
    let mut problem = problem(services, &[1, 2], goods);
    problem.stations[0].push(PlaceId(3));
    problem.policy.transfers = dice.random_range(0..3);
    problem.policy.left_over = Fen([100, 300, 2_000][dice.random_range(0..3)]);
    problem.policy.handling_time = minutes(dice.random_range(0..3));
    problem
}

#[test]
fn random_holds_are_loaded_as_well_as_by_trying_everything() {
    let (mut optimal, mut tight, mut in_holds, cases) = (0, 0, 0, 500);
    for seed in 0..cases {
        let problem = random_problem(&mut ChaCha8Rng::seed_from_u64(seed));
        let found = verified(&problem);
        let ways: Vec<_> = problem.goods.iter().map(|goods| all_ways(&problem, goods)).collect();
        let best = optimum(&problem, &ways, 0, &empty_holds(&problem));
        let (floor, ceiling) = (Fen(best / 3_600), Fen((best + 3_599) / 3_600));
        assert!(found.lower_bound <= floor && ceiling <= found.cost, "seed {seed}: {found:?}, best {best}");
        optimal += u64::from(found.cost == ceiling);
        tight += u64::from(found.lower_bound >= floor);
        in_holds += found.itineraries.iter().filter(|one| one.status == FreightStatus::InHolds).count();
    }
    assert!(optimal >= cases * 99 / 100, "{optimal} of {cases} optimal");
    assert!(tight >= cases * 9 / 10, "{tight} of {cases} bounds tight");
    assert!(in_holds > 200, "{in_holds} carried");
}

/// Which consignments travel in holds.
fn carried(problem: &FreightProblem) -> Vec<usize> {
    let found = verified(problem);
    let in_holds = found.itineraries.iter().filter(|one| one.status == FreightStatus::InHolds);
    in_holds.map(|one| one.consignment).collect()
}

fn reason(problem: &FreightProblem, consignment: usize) -> LeftOver {
    match verified(problem).itineraries.swap_remove(consignment).status {
        FreightStatus::NotCarried { left_over, .. } => left_over,
        other => panic!("{other:?}"),
    }
}

/// One bus from place 0 by way of 1 to 2, 08:00 to 09:00, and what it is to carry.
fn one_bus(hold: Hold, goods: Vec<Goods>) -> FreightProblem {
    problem(vec![service(7, &[(0, 480), (1, 510), (2, 540)], hold)], &[1], goods)
}

#[test]
fn weight_and_volume_fill_a_hold_each_by_itself() {
    let two = |first, second| one_bus(ROOMY, vec![goods(0, 2, first, (400, 600)), goods(0, 2, second, (400, 600))]);
    let check = |first, second, expected: usize| {
        assert_eq!(carried(&two(first, second)).len(), expected, "{first:?} {second:?}")
    };
    check((50, 200), (50, 200), 2);
    check((51, 10), (50, 10), 1);
    check((10, 201), (10, 200), 1);
    check((100, 400), (0, 0), 2);
    check((101, 1), (1, 401), 0);
}

#[test]
fn a_hold_is_free_again_where_goods_left_it() {
    let bus =
        |unloaded| one_bus(ROOMY, vec![goods(0, unloaded, (80, 80), (400, 600)), goods(1, 2, (80, 80), (400, 600))]);
    assert_eq!(carried(&bus(1)), [0, 1]);
    assert_eq!(carried(&bus(2)).len(), 1);
}

#[test]
fn perishables_go_first() {
    let apples = goods(0, 2, (80, 80), (400, 600));
    let fish = Goods { is_perishable: true, ..apples.clone() };
    assert_eq!(carried(&one_bus(ROOMY, vec![apples.clone(), fish.clone()])), [1]);
    assert_eq!(carried(&one_bus(ROOMY, vec![fish, apples])), [0]);
}

#[test]
fn goods_change_holds_at_stations_if_there_is_time() {
    let change = |leaves: i32, stations: &[u32], transfers: u8| {
        let services =
            vec![service(0, &[(0, 480), (1, 510)], ROOMY), service(1, &[(1, leaves), (3, leaves + 20)], ROOMY)];
        let mut problem = problem(services, stations, vec![goods(0, 3, (10, 10), (400, 700))]);
        problem.policy.transfers = transfers;
        carried(&problem).len()
    };
    assert_eq!(change(520, &[1], 2), 1);
    assert_eq!(change(519, &[1], 2), 0);
    assert_eq!(change(520, &[1], 0), 0);
    assert_eq!(change(520, &[2], 2), 0);
    assert_eq!(change(650, &[1], 2), 1, "it waits there");
}

#[test]
fn goods_are_at_the_stop_before_the_bus_and_handed_over_after_it() {
    let check = |ready: i32, due: i32, expected: usize| {
        let mut one = goods(0, 2, (10, 10), (ready, due));
        one.origins[0].duration = minutes(4);
        one.destinations[0].duration = minutes(6);
        let mut problem = one_bus(ROOMY, vec![one]);
        problem.policy.handling_time = minutes(5);
        assert_eq!(carried(&problem).len(), expected, "{ready} to {due}");
    };
    check(471, 551, 1);
    check(472, 551, 0);
    check(471, 550, 0);
}

#[test]
fn the_nearest_miss_is_told() {
    let alone = |one: Goods| reason(&one_bus(ROOMY, vec![one]), 0);
    let late = WindowMiss::Late { delivered: at(540), by: minutes(25) };
    assert_eq!(alone(goods(0, 2, (1, 1), (400, 515))), LeftOver::Window(late));
    let missed = WindowMiss::Missed { from: PlaceId(0), leaves: at(480), by: minutes(10) };
    assert_eq!(alone(goods(0, 2, (1, 1), (490, 600))), LeftOver::Window(missed));
    assert_eq!(alone(goods(0, 2, (1, 1), (490, 530))), LeftOver::Window(WindowMiss::Both));
    assert_eq!(alone(goods(2, 0, (1, 1), (400, 600))), LeftOver::NoService { end: FreightEnd::Origin });
    assert_eq!(alone(goods(0, 9, (1, 1), (400, 600))), LeftOver::NoService { end: FreightEnd::Destination });
    assert_eq!(alone(goods(1, 1, (1, 1), (400, 600))), LeftOver::NoConnection);
    let too_small = LeftOver::HoldsTooSmall { most_kilograms: 100, most_litres: 400 };
    assert_eq!(alone(goods(0, 2, (101, 1), (400, 600))), too_small);
}

#[test]
fn the_segment_without_room_is_told() {
    let mut bus = one_bus(ROOMY, vec![goods(0, 2, (60, 80), (400, 600)), goods(0, 2, (30, 80), (400, 600))]);
    bus.goods[0].is_perishable = true;
    bus.services[0].holds[1].kilograms = 80;
    let carrier = FreightCarrier::Trip(TripId(7));
    let full = LeftOver::HoldsFull { carrier, after_call: 1, kilograms_left: 20, litres_left: 320 };
    assert_eq!(reason(&bus, 1), full);
}

#[test]
fn a_way_dearer_than_a_run_is_not_taken() {
    let mut bus = one_bus(ROOMY, vec![goods(0, 2, (10, 10), (400, 600))]);
    bus.goods[0].origins[0].cost = Fen(3_000);
    // 30 yuan of carrying, 2 of handling, 0.40 of transit; a run is 26.
    assert_eq!(reason(&bus, 0), LeftOver::Dearer { by: Fen(640) });
}

#[test]
fn the_same_seed_gives_the_same_answer_and_no_round_too_many_makes_it_worse() {
    for seed in 0..20 {
        let problem = random_problem(&mut ChaCha8Rng::seed_from_u64(seed));
        let with = |rounds| {
            let options = FreightOptions { rounds, ..FreightOptions::default() };
            load_holds(&problem, &options, StopSignal::NEVER)
        };
        assert_eq!(with(50), with(50));
        assert!(with(50).cost <= with(0).cost);
    }
}

#[test]
fn a_raised_stop_still_gives_an_answer_and_a_bound() {
    let stopped = || true;
    let problem = one_bus(ROOMY, vec![goods(0, 2, (10, 10), (400, 600))]);
    let found = load_holds(&problem, &FreightOptions::default(), StopSignal::new(&stopped));
    assert_eq!(found.itineraries[0].status, FreightStatus::InHolds);
    assert!(found.lower_bound <= found.cost);
}
