//! Scratch.
use std::sync::Arc;
use std::time::Instant;
use sanban_engine::check::benchmark::{BenchmarkInstance, BenchmarkNode, violations};
use sanban_engine::fleet::{Product, Products};
use sanban_engine::ids::PlaceId;
use sanban_engine::network::TravelTimes;
use sanban_engine::ondemand::*;
use sanban_engine::stop_signal::StopSignal;
use sanban_engine::time::{Duration, ServiceTime, TimeWindow};
use sanban_engine::units::Load;
const TICKS: f64 = 1e5;
fn main() {
    let mut args = std::env::args().skip(1);
    let (mut seconds, mut seed, mut rounds, mut threads, mut trace) = (10.0_f64, 1_u64, None, 1_usize, false);
    let mut names = Vec::new();
    while let Some(a) = args.next() {
        match a.as_str() {
            "-s" => seconds = args.next().unwrap().parse().unwrap(),
            "-r" => seed = args.next().unwrap().parse().unwrap(),
            "-w" => rounds = Some(args.next().unwrap().parse::<u64>().unwrap()),
            "-j" => threads = args.next().unwrap().parse().unwrap(),
            "-t" => trace = true,
            _ => names.extend(a.split(',').map(str::to_owned)),
        }
    }
    
    let mut gaps = Vec::new();
    for name in names {
        let pd = name.to_lowercase().starts_with('l');
        let folder = if pd { "/work/shared/benchmarks/pdptw" } else { "/work/shared/benchmarks/darp" };
        let path = [format!("{folder}/{name}.txt"), format!("{folder}/{name}")].into_iter().find(|p| std::path::Path::new(p).exists()).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        let rows: Vec<Vec<f64>> = text.lines().map(|l| l.split_whitespace().map(|w| w.parse().unwrap()).collect::<Vec<f64>>()).filter(|r| !r.is_empty()).collect();
        let head = &rows[0];
        let rows = &rows[1..];
        let mut node: Vec<BenchmarkNode> = rows.iter().map(|r| if pd { BenchmarkNode { x: r[1], y: r[2], load: r[3], earliest: r[4], latest: r[5], service: r[6] } } else { BenchmarkNode { x: r[1], y: r[2], service: r[3], load: r[4], earliest: r[5], latest: r[6] } }).collect();
        let n = rows.len();
        let (pairs, end): (Vec<(usize, usize)>, usize) = if pd {
            ((1..n).filter(|&k| rows[k][3] > 0.0).map(|k| (k, rows[k][8] as usize)).collect(), 0)
        } else if n % 2 == 1 {
            let m = (n - 1) / 2;
            let d = node[0].clone(); node.push(d);
            ((1..=m).map(|k| (k, k + m)).collect(), n)
        } else {
            let m = (n - 2) / 2;
            ((1..=m).map(|k| (k, k + m)).collect(), n - 1)
        };
        let instance = BenchmarkInstance { vehicles: head[0] as usize, capacity: if pd { head[1] } else { head[3] }, max_duration: (!pd).then(|| head[2]), max_ride_time: (!pd).then(|| head[4]), nodes: node, pairs, start: 0, end };
        let problem = problem(pd, &instance);
        let known: Vec<f64> = std::fs::read_to_string(format!("{folder}/best-known.csv")).unwrap().lines().find(|l| l.split(',').next().unwrap().eq_ignore_ascii_case(&name)).map(|l| l.split(',').skip(1).filter_map(|w| w.parse().ok()).collect()).unwrap_or_default();
        let began = Instant::now();
        let points = std::sync::Mutex::new((1, 0, String::new()));
        let show = |p: Progress| {
            let mut state = points.lock().unwrap();
            state.1 = p.iteration;
            let share = began.elapsed().as_secs_f64() / seconds;
            if share * 10.0 >= state.0 as f64 {
                state.0 += 1;
                let text = format!(" {}/{:.0}/{}k", p.vehicles, (p.cost % 1_000_000_000_000) as f64 / TICKS, p.iteration / 1000);
                state.2 += &text;
            }
        };
        let over = || rounds.is_none() && began.elapsed().as_secs_f64() >= seconds;
        let share = || began.elapsed().as_secs_f64() / seconds;
        let pace = match rounds { Some(r) => Pace::Rounds(r), None => Pace::Clock { share: &share, seconds } };
        let options = SearchOptions { pace, seed, threads };
        let solution = improve(&problem, Solution::empty(&problem), &options, &show, StopSignal::new(&over));
        let (its, line) = { let s = points.lock().unwrap(); (s.1, s.2.clone()) };
        let took = began.elapsed().as_secs_f64();
        let routes: Vec<Vec<usize>> = (0..instance.vehicles).map(|v| solution.stops(v).iter().map(|s| { let (p, d) = instance.pairs[s.request.index()]; if s.kind == StopKind::Pickup { p } else { d } }).collect::<Vec<_>>()).filter(|r| !r.is_empty()).collect();
        let wrong = violations(&instance, &routes, 1e-3);
        let distance = instance.total_distance(&routes);
        let (bv, bd) = if pd { (known[0] as i64, known[1]) } else { (0, known[0]) };
        let more = if pd { routes.len() as i64 - bv } else { 0 };
        let gap = 100.0 * (distance / bd - 1.0);
        if more == 0 { gaps.push(gap); }
        println!("{name:9} {:3} {more:+} {distance:9.2} {gap:6.2}% {}k {took:.1}s {}{}", routes.len(), its / 1000, wrong.join(";").chars().take(200).collect::<String>(), if trace { line } else { String::new() });
    }
    println!("mean {:.3}% of {}", gaps.iter().sum::<f64>() / gaps.len().max(1) as f64, gaps.len());
}
fn problem(pd: bool, instance: &BenchmarkInstance) -> Problem {
    let count = instance.nodes.len();
    let (mut times, mut distances) = (Vec::new(), Vec::new());
    for from in 0..count { for to in 0..count {
        let d = instance.distance(from, to) * TICKS;
        times.push(d.ceil() as i32);
        distances.push(d.round() as i32);
    } }
    let travel = TravelTimes::of_fastest_ways(count, &times, &distances).unwrap();
    let ticks = |t: f64| ServiceTime::from_seconds((t * TICKS).round() as i32);
    let length = |t: f64| Duration::from_seconds((t * TICKS).round() as i32);
    let stop = |node: usize| { let s = &instance.nodes[node]; StopSpec { place: PlaceId::from_index(node), window: TimeWindow::new(ticks(s.earliest), ticks(s.latest)), service: length(s.service) } };
    let start = stop(instance.start);
    let vehicle = VehicleSpec { start: start.place, end: PlaceId::from_index(instance.end), window: start.window.intersection(stop(instance.end).window), capacity: Load::seats(instance.capacity as i32), products: Products::NONE.with(Product::Ride), max_duration: instance.max_duration.map(length) };
    let objective = if pd { Objective::VEHICLES_FIRST } else { Objective::DISTANCE };
    let mut problem = Problem::new(Arc::new(travel), vec![vehicle; instance.vehicles], objective);
    for &(p, d) in &instance.pairs {
        problem.push_request(RequestSpec { pickup: stop(p), dropoff: stop(d), load: Load::seats(instance.nodes[p].load as i32), ride_time_limit: instance.max_ride_time.map(length), product: Product::Ride });
    }
    problem
}
