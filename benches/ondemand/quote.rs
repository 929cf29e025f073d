//! How long one quote takes on the county's roads: the best insertion, exact, into a day that is booked already. By trying every
//! vehicle, and by an index of legs, which must say the same.

use std::time::Instant;

use sanban_engine::ondemand::{
    Insertion, InsertionIndex, Problem, RequestIndex, Solution, best_insertion, cheapest_insertion,
};

use crate::county_day;

const QUOTES: usize = 4_000;
/// Explanations of refusals are slow: so many are enough.
const EXPLANATIONS: usize = 200;

/// Prints one Markdown table: ten times the bookings, ten times the vehicles, both.
pub fn measure(seed: u64) -> Result<(), String> {
    println!(
        "| vehicles | bookings | of | answer | quotes | every vehicle, p50 / p99 µs | index, p50 / p99 µs | to update, µs |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (vehicles, bookings) in [(100, 100), (100, 1_000), (1_000, 1_000), (1_000, 10_000), (30, 1_000)] {
        measure_with(vehicles, bookings, seed)?;
    }
    Ok(())
}

fn measure_with(vehicles: usize, bookings: usize, seed: u64) -> Result<(), String> {
    let (mut problem, _) = county_day::generate_with(Some(vehicles), bookings + QUOTES, seed)?;
    let mut solution = Solution::empty(&problem);
    let requests: Vec<RequestIndex> = problem.active_requests().collect();
    let (asked, quoted) = requests.split_at(bookings);
    let mut booked = 0;
    for &request in asked {
        if let Some(insertion) = cheapest_insertion(&problem, &solution, problem.wanted(request)) {
            solution.insert(&problem, request, insertion);
            booked += 1;
        }
    }
    let mut index = InsertionIndex::of(&problem, &solution);
    let mut updates = microseconds(solution.vehicles_used(), |vehicle| index.update(&problem, &solution, vehicle));
    let (mut offered, mut refused) = (Times::default(), Times::default());
    let mut without = Vec::new();
    for &request in quoted {
        let (found, by_all) = timed(|| cheapest_insertion(&problem, &solution, problem.wanted(request)));
        let (same, by_index) = timed(|| index.cheapest(&problem, &solution, problem.wanted(request)));
        if found != same {
            return Err(format!("request {}: {found:?} by trying every vehicle, {same:?} by index", request.0));
        }
        let times = if found.is_some() { &mut offered } else { &mut refused };
        times.by_all.push(by_all);
        times.by_index.push(by_index);
        if found.is_none() {
            without.push(request);
        }
    }
    let update = quantiles(&mut updates).0;
    for (answer, times) in [("a place", &mut offered), ("none", &mut refused)] {
        if !times.by_all.is_empty() {
            let count = times.by_all.len();
            let ((all, all_worst), (one, one_worst)) = (quantiles(&mut times.by_all), quantiles(&mut times.by_index));
            println!(
                "| {vehicles} | {booked} | {bookings} | {answer} | {count} | {all:.0} / {all_worst:.0} \
                 | {one:.0} / {one_worst:.0} | {update:.0} |"
            );
        }
    }
    without.truncate(EXPLANATIONS);
    explain(&mut problem, &solution, &without, (vehicles, booked, bookings));
    Ok(())
}

/// Refusals with the nearest miss.
fn explain(
    problem: &mut Problem,
    solution: &Solution,
    refused: &[RequestIndex],
    (vehicles, booked, bookings): (usize, usize, usize),
) {
    if refused.is_empty() {
        return;
    }
    let mut times = microseconds(refused.len(), |number| {
        let answer = best_insertion(problem, solution, problem.wanted(refused[number]));
        assert!(answer.is_err(), "nothing has changed since it was refused");
    });
    let (median, worst) = quantiles(&mut times);
    let count = refused.len();
    println!("| {vehicles} | {booked} | {bookings} | none, and why | {count} | {median:.0} / {worst:.0} | | |");
}

/// Microseconds by quote.
#[derive(Default)]
struct Times {
    by_all: Vec<f64>,
    by_index: Vec<f64>,
}

fn timed(answer: impl FnOnce() -> Option<Insertion>) -> (Option<Insertion>, f64) {
    let began = Instant::now();
    let found = std::hint::black_box(answer());
    (found, began.elapsed().as_secs_f64() * 1e6)
}

fn microseconds(count: usize, mut does: impl FnMut(usize)) -> Vec<f64> {
    let time = |number| {
        let began = Instant::now();
        does(number);
        began.elapsed().as_secs_f64() * 1e6
    };
    (0..count).map(time).collect()
}

/// The median, and what one in a hundred exceeds.
fn quantiles(times: &mut [f64]) -> (f64, f64) {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[(times.len() as f64 * share) as usize];
    (at(0.5), at(0.99))
}
