//! Towns to plan student runs for: generated hills with hamlets around villages, and the pilot town of the scenarios.

use std::collections::BTreeSet;
use std::path::Path;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sanban_engine::ids::PlaceId;
use sanban_engine::network::TravelTimes;
use sanban_engine::time::Duration;
use sanban_engine::timetable::hub_runs::{CandidateStop, Direction, Group, HubRunProblem, RunDwell, RunKind};
use sanban_engine::units::Fen;

/// A town and who goes to school there.
pub struct Town {
    /// How it is called in the table.
    pub name: String,
    travel: TravelTimes,
    hubs: Vec<PlaceId>,
    groups: Vec<Group>,
}

const SCHOOLS: usize = 4;
const VILLAGES: usize = 20;
const HAMLETS: usize = 135;
/// A pupil without a seat: a taxi there would cost less.
const LEFT_BEHIND: Fen = Fen(20_000);
/// Fen per 100 m on foot.
const WALK: i64 = 20;
const WALK_LIMIT_METRES: f64 = 1_000.0;

impl Town {
    /// The morning.
    pub fn problem(&self) -> HubRunProblem<'_> {
        let kind = |seats: i32, per_day: i64, per_kilometre: i64, per_hour: i64| RunKind {
            seats,
            luggage_units: 1_000,
            // A third of the day, and 4 km of empty drive.
            cost_per_run: Fen(per_day / 3 + 4 * per_kilometre),
            cost_per_kilometre: Fen(per_kilometre),
            cost_per_hour: Fen(per_hour),
            most_runs: None,
            driving_time_percent: 120,
        };
        HubRunProblem {
            travel: &self.travel,
            direction: Direction::ToHub,
            hubs: self.hubs.clone(),
            groups: self.groups.clone(),
            // Seats for pupils: approved seats less driver and attendant.
            kinds: vec![kind(17, 13_500, 150, 3_800), kind(31, 22_000, 260, 4_200), kind(43, 27_000, 320, 4_500)],
            dwell: RunDwell { per_call: Duration::from_seconds(30), per_person: Duration::from_seconds(10) },
            longest_ride: Duration::from_minutes(60),
            longest_run: Duration::from_minutes(120),
            mixed_hubs: Vec::new(),
        }
    }

    /// How many different stops the groups may use.
    pub fn stops(&self) -> usize {
        let places = self.groups.iter().flat_map(|group| group.stops.iter().map(|stop| stop.place));
        places.collect::<BTreeSet<_>>().len()
    }
}

/// Hamlets scattered around villages on 14 × 14 km of hills; pupils go to the nearest school or another.
pub fn generated(pupils: i32, seed: u64) -> Town {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let side = 14_000.0;
    let mut points: Vec<(f64, f64)> = Vec::new();
    for school in 0..SCHOOLS {
        // Three in the town, one at the sub-centre.
        let centre = if school < 3 { 0.5 * side } else { 0.25 * side };
        points.push((centre + random.random_range(-700.0..700.0), centre + random.random_range(-700.0..700.0)));
    }
    let villages: Vec<(f64, f64)> =
        (0..VILLAGES).map(|_| (random.random_range(0.0..side), random.random_range(0.0..side))).collect();
    for hamlet in 0..HAMLETS {
        let (x, y) = villages[hamlet % VILLAGES];
        points.push((x + random.random_range(-1_300.0..1_300.0), y + random.random_range(-1_300.0..1_300.0)));
    }
    let apart = |one: usize, other: usize| (points[one].0 - points[other].0).hypot(points[one].1 - points[other].1);
    let places = points.len();
    let (mut seconds, mut metres) = (vec![0; places * places], vec![0; places * places]);
    for one in 0..places {
        for other in 0..one {
            let driven = apart(one, other) * random.random_range(1.3..1.8);
            let speed_kilometres_per_hour = if one < SCHOOLS { 30.0 } else { random.random_range(20.0..35.0) };
            for entry in [one * places + other, other * places + one] {
                metres[entry] = driven as i32;
                seconds[entry] = (driven * 3.6 / speed_kilometres_per_hour) as i32;
            }
        }
    }
    let travel = TravelTimes::new(places, &seconds, &metres).expect("every way was set");
    // A pupil lives in some hamlet and goes to the nearest school, or to any.
    let mut people = vec![[0; SCHOOLS]; HAMLETS];
    let weights: Vec<f64> = (0..HAMLETS).map(|_| random.random_range(0.3..2.0)).collect();
    let total: f64 = weights.iter().sum();
    for _ in 0..pupils {
        let mut dice = random.random_range(0.0..total);
        let hamlet = weights.iter().position(|weight| {
            dice -= weight;
            dice < 0.0
        });
        let hamlet = hamlet.unwrap_or(HAMLETS - 1);
        let near = |school: usize| apart(SCHOOLS + hamlet, school);
        let nearest = (0..SCHOOLS).min_by(|&one, &other| near(one).total_cmp(&near(other))).unwrap_or(0);
        let school = if random.random_bool(0.55) { nearest } else { random.random_range(0..SCHOOLS) };
        people[hamlet][school] += 1;
    }
    let mut groups = Vec::new();
    for (hamlet, of_school) in people.iter().enumerate() {
        for (hub, &people) in of_school.iter().enumerate().filter(|&(_, &people)| people > 0) {
            let walk = |other: usize| apart(SCHOOLS + hamlet, SCHOOLS + other) * 1.3;
            let near = (0..HAMLETS).filter(|&other| walk(other) <= WALK_LIMIT_METRES);
            let stop = |other: usize| CandidateStop {
                place: PlaceId::from_index(SCHOOLS + other),
                walking_cost: Fen(walk(other) as i64 * WALK / 100),
            };
            let stops = near.map(stop).collect();
            groups.push(Group {
                hub,
                people,
                luggage_units_per_person: 0,
                stops,
                cost_left_behind: LEFT_BEHIND,
                line: None,
            });
        }
    }
    let hubs = (0..SCHOOLS).map(PlaceId::from_index).collect();
    Town { name: format!("{pupils}, seed {seed}"), travel, hubs, groups }
}

/// The day pupils of the pilot town who live farther than they walk.
pub fn pilot() -> Result<Town, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/pilot-town");
    let loaded = sanban_server::scenario::load(&folder).map_err(|error| error.to_string())?;
    let scenario = loaded.scenario;
    let hubs: Vec<PlaceId> = scenario.schools.iter().map(|school| school.place).collect();
    let home = |village: sanban_engine::ids::VillageId| scenario.villages[village.index()].place;
    let groups = scenario.student_groups.iter().filter(|group| !group.boards).map(|group| Group {
        hub: group.school.index(),
        people: group.students,
        luggage_units_per_person: 0,
        stops: vec![CandidateStop { place: home(group.village), walking_cost: Fen(0) }],
        cost_left_behind: LEFT_BEHIND,
        line: None,
    });
    let groups = groups.collect();
    Ok(Town { name: "pilot town".to_owned(), groups, hubs, travel: scenario.network.travel })
}
