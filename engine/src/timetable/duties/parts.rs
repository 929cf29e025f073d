//! Blocks cut into parts: from one chance to change drivers to the next.
//!
//! Drivers change where the vehicle stands at a relief place. If it stands shorter than `parked_from`, whoever takes it over
//! is there when it arrives and stays with it until it leaves; if it stands that long, it is parked and belongs to nobody.

use std::ops::Range;

use super::problem::{DutyProblem, Stretch, StretchKind, VehicleDay};
use crate::ids::PlaceId;
use crate::policy::DrivingRules;
use crate::time::{Duration, ServiceTime, TimeWindow};

/// What one driver does at least, once begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Position of its block in the problem.
    pub vehicle_day: usize,
    pub begin: ServiceTime,
    pub end: ServiceTime,
    pub from: PlaceId,
    pub to: PlaceId,
    /// When the vehicle moves.
    pub drives: Vec<TimeWindow>,
    /// How the vehicle stands at the relief place before; `None` for the first part of a block. A driver who stays rests
    /// then, if it is long enough.
    pub stand_before: Option<TimeWindow>,
}

/// The parts of a block in order of time.
pub(super) fn parts_of(problem: &DutyProblem, vehicle_day: usize) -> Vec<Part> {
    let stretches = &problem.blocks[vehicle_day].stretches;
    let is_driving = |stretch: &Stretch| stretch.kind == StretchKind::Driving && stretch.begin < stretch.end;
    let is_relief = |stretch: &Stretch| stretch.kind == StretchKind::Standing { is_relief: true };
    let Some(last_drive) = stretches.iter().rposition(is_driving) else { return Vec::new() };
    let mut parts: Vec<Part> = Vec::new();
    let begun_by = |stretch: &Stretch| Part {
        vehicle_day,
        begin: stretch.begin,
        end: stretch.end,
        from: stretch.from,
        to: stretch.to,
        drives: Vec::new(),
        stand_before: None,
    };
    let mut open = begun_by(&stretches[0]);
    let mut index = 0;
    while index < stretches.len() {
        let stretch = &stretches[index];
        if is_relief(stretch) && !open.drives.is_empty() && index < last_drive {
            let until =
                (index..stretches.len()).find(|&other| !is_relief(&stretches[other])).unwrap_or(stretches.len());
            let stand = TimeWindow::new(stretch.begin, stretches[until - 1].end);
            let is_parked = stand.length() >= problem.policy.parked_from;
            let begin = if is_parked { stand.latest } else { stand.earliest };
            let next = Part { begin, stand_before: Some(stand), ..begun_by(stretch) };
            parts.push(std::mem::replace(&mut open, next));
            open.end = stand.latest;
            index = until;
            continue;
        }
        if is_driving(stretch) {
            open.drives.push(TimeWindow::new(stretch.begin, stretch.end));
        }
        (open.end, open.to) = (stretch.end, stretch.to);
        index += 1;
    }
    parts.push(open);
    parts
}

/// Driving between two rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ContinuousDriving {
    /// From first to last at the wheel.
    pub window: TimeWindow,
    /// At the wheel.
    pub driving: Duration,
}

impl ContinuousDriving {
    pub fn is_lawful(&self, rules: &DrivingRules) -> bool {
        self.driving <= rules.longest_without_rest(self.window)
    }
}

/// The driving of somebody who works these parts, which follow each other in a block, from rest to rest.
pub(super) fn continuous_driving(rules: &DrivingRules, parts: &[Part]) -> Vec<ContinuousDriving> {
    let mut runs: Vec<ContinuousDriving> = Vec::new();
    let mut is_rested = true;
    for (index, part) in parts.iter().enumerate() {
        is_rested |= index > 0 && part.stand_before.is_some_and(|stand| stand.length() >= rules.rest);
        for &drive in &part.drives {
            match runs.last_mut().filter(|_| !is_rested) {
                Some(run) => {
                    run.window.latest = drive.latest;
                    run.driving += drive.length();
                }
                None => runs.push(ContinuousDriving { window: drive, driving: drive.length() }),
            }
            is_rested = false;
        }
    }
    runs
}

/// The rests of somebody who works these parts, which follow each other in a block.
pub(super) fn rests_within(rules: &DrivingRules, parts: &[Part]) -> Vec<TimeWindow> {
    let stands = parts.iter().skip(1).filter_map(|part| part.stand_before);
    stands.filter(|stand| stand.length() >= rules.rest).collect()
}

/// From signing on to signing off for nothing but these parts of one block.
pub(super) fn own_spread(problem: &DutyProblem, day: &VehicleDay, parts: &[Part]) -> Duration {
    let depot = problem.depots[day.depot.index()].place;
    let (first, last) = (&parts[0], &parts[parts.len() - 1]);
    let ways = (problem.travel)(depot, first.from) + (problem.travel)(last.to, depot);
    problem.policy.sign_on + ways + (last.end - first.begin) + problem.policy.sign_off
}

/// Why nobody can work these parts of one block in one piece; `None` if somebody can.
pub(super) fn obstacle(problem: &DutyProblem, parts: &[Part]) -> Option<String> {
    let rules = &problem.rules;
    let runs = continuous_driving(rules, parts);
    if let Some(run) = runs.iter().find(|run| !run.is_lawful(rules)) {
        let (TimeWindow { earliest, latest }, driving) = (run.window, run.driving);
        let limit = rules.longest_without_rest(run.window);
        return Some(format!("{driving} of driving from {earliest} to {latest} without a relief place, limit {limit}"));
    }
    let driving: Duration = runs.iter().map(|run| run.driving).sum();
    let (begin, end) = (parts[0].begin, parts[parts.len() - 1].end);
    if driving > rules.per_day {
        return Some(format!(
            "{driving} of driving from {begin} to {end} without a relief place, limit {}",
            rules.per_day
        ));
    }
    let spread = own_spread(problem, &problem.blocks[parts[0].vehicle_day], parts);
    let limit = problem.policy.longest_spread;
    let why = || format!("a duty of {spread} for what lies between {begin} and {end}, limit {limit}");
    (spread > limit).then(why)
}

/// The pieces into which a block may be cut, as ranges of its parts.
pub(super) fn allowed_pieces(problem: &DutyProblem, parts: &[Part]) -> Vec<Range<usize>> {
    let mut lawful = Vec::new();
    for first in 0..parts.len() {
        for end in first + 1..=parts.len() {
            if obstacle(problem, &parts[first..end]).is_none() {
                lawful.push(first..end);
            }
        }
    }
    let is_whole = |piece: &Range<usize>| piece.len() == parts.len();
    let length = |piece: &Range<usize>| parts[piece.end - 1].end - parts[piece.start].begin;
    let is_long = |piece: &&Range<usize>| is_whole(piece) || length(piece) >= problem.policy.shortest_piece;
    let long: Vec<Range<usize>> = lawful.iter().filter(is_long).cloned().collect();
    if covers(parts.len(), &long) { long } else { lawful }
}

/// Can the block be put together of these pieces?
pub(super) fn covers(parts: usize, pieces: &[Range<usize>]) -> bool {
    let mut is_reached = vec![false; parts + 1];
    is_reached[0] = true;
    for piece in pieces {
        // Ascending by start: what leads there has been looked at.
        is_reached[piece.end] |= is_reached[piece.start];
    }
    is_reached[parts]
}
