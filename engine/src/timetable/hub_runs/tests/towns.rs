//! Small towns.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::ids::PlaceId;
use crate::network::TravelTimes;
use crate::time::Duration;
use crate::timetable::hub_runs::{CandidateStop, Direction, Group, HubRunProblem, LineAlternative, RunDwell, RunKind};
use crate::units::Fen;

/// A problem that owns its travel times.
pub struct Town {
    seconds: Vec<i32>,
    metres: Vec<i32>,
    travel: TravelTimes,
    pub direction: Direction,
    pub hubs: Vec<PlaceId>,
    pub groups: Vec<Group>,
    pub kinds: Vec<RunKind>,
    pub dwell: RunDwell,
    pub longest_ride: Duration,
    pub longest_run: Duration,
    pub mixed_hubs: Vec<(usize, usize)>,
}

impl Town {
    fn new(seconds: Vec<i32>, metres: Vec<i32>, hubs: usize) -> Self {
        let places = seconds.len().isqrt();
        Self {
            travel: TravelTimes::new(places, &seconds, &metres).expect("every way is known"),
            seconds,
            metres,
            direction: Direction::ToHub,
            hubs: (0..hubs).map(PlaceId::from_index).collect(),
            groups: Vec::new(),
            kinds: Vec::new(),
            dwell: RunDwell { per_call: Duration::from_seconds(30), per_person: Duration::from_seconds(10) },
            longest_ride: Duration::from_minutes(60),
            longest_run: Duration::from_minutes(120),
            mixed_hubs: Vec::new(),
        }
    }

    pub fn problem(&self) -> HubRunProblem<'_> {
        HubRunProblem {
            travel: &self.travel,
            direction: self.direction,
            hubs: self.hubs.clone(),
            groups: self.groups.clone(),
            kinds: self.kinds.clone(),
            dwell: self.dwell,
            longest_ride: self.longest_ride,
            longest_run: self.longest_run,
            mixed_hubs: self.mixed_hubs.clone(),
        }
    }

    /// Back takes as long as there.
    pub fn make_symmetric(&mut self) {
        let places = self.travel.places();
        for one in 0..places {
            for other in 0..one {
                self.seconds[one * places + other] = self.seconds[other * places + one];
                self.metres[one * places + other] = self.metres[other * places + one];
            }
        }
        self.travel = TravelTimes::new(places, &self.seconds, &self.metres).expect("every way is known");
    }
}

/// One school and villages at so many minutes on one road, with so many pupils each, and buses of one kind.
pub fn line(minutes: &[i32], pupils: &[i32], seats: i32) -> Town {
    let at: Vec<i32> = std::iter::once(0).chain(minutes.iter().copied()).collect();
    let pairs = || at.iter().flat_map(|&from| at.iter().map(move |&to| (from - to).abs()));
    let mut town =
        Town::new(pairs().map(|minutes| 60 * minutes).collect(), pairs().map(|minutes| 500 * minutes).collect(), 1);
    town.groups = (0..minutes.len())
        .map(|village| Group {
            hub: 0,
            people: pupils[village],
            luggage_units_per_person: 0,
            stops: vec![CandidateStop { place: PlaceId::from_index(1 + village), walking_cost: Fen(0) }],
            cost_left_behind: Fen(4_000),
            line: None,
        })
        .collect();
    town.kinds = vec![kind(seats)];
    town
}

fn kind(seats: i32) -> RunKind {
    RunKind {
        seats,
        luggage_units: 1_000,
        cost_per_run: Fen(4_000),
        cost_per_kilometre: Fen(250),
        cost_per_hour: Fen(4_000),
        most_runs: None,
        driving_time_percent: 100,
    }
}

/// Two hubs, up to four groups of up to three people, tight limits of every sort.
pub fn random_town(seed: u64) -> Town {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let groups = random.random_range(1..=4);
    random_of(&mut random, groups, 4, 3)
}

/// Two hubs, some thirty groups.
pub fn larger_town(seed: u64) -> Town {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut town = random_of(&mut random, 30, 20, 9);
    if random.random_bool(0.3) {
        town.mixed_hubs = vec![(0, 1), (1, 0)];
    }
    town
}

fn random_of(random: &mut ChaCha8Rng, groups: usize, stops: usize, most_people: i32) -> Town {
    let places = 2 + stops;
    let mut ways = |most: i32| -> Vec<i32> {
        let way = |entry: usize| if entry / places == entry % places { 0 } else { random.random_range(60..most) };
        (0..places * places).map(way).collect()
    };
    let mut town = Town::new(ways(1_200), ways(12_000), 2);
    town.direction = if random.random_bool(0.5) { Direction::ToHub } else { Direction::FromHub };
    for _ in 0..groups {
        let first = random.random_range(0..stops);
        let choice = random.random_range(1..=2.min(stops));
        let stops = (0..choice).map(|next| CandidateStop {
            place: PlaceId::from_index(2 + (first + next) % stops),
            walking_cost: Fen(random.random_range(0..400) * i64::from(next > 0)),
        });
        let stops = stops.collect();
        let line = random.random_bool(0.3);
        let line = line.then(|| LineAlternative { cost: Fen(random.random_range(200..4_000)), most_people: 1 });
        town.groups.push(Group {
            hub: random.random_range(0..2),
            people: random.random_range(1..=most_people),
            luggage_units_per_person: random.random_range(0..2),
            stops,
            cost_left_behind: Fen(random.random_range(1_000..12_000)),
            line,
        });
    }
    let seats = 2 * most_people;
    town.kinds = vec![kind(random.random_range(2..=seats)), kind(random.random_range(2..=seats))];
    town.kinds[1].cost_per_run = Fen(random.random_range(2_000..6_000));
    town.kinds[1].driving_time_percent = random.random_range(100..130);
    if random.random_bool(0.3) {
        town.kinds[0].most_runs = Some(random.random_range(0..2));
    }
    if random.random_bool(0.3) {
        town.kinds[1].most_runs = Some(random.random_range(0..2));
    }
    if random.random_bool(0.3) {
        town.kinds[0].luggage_units = random.random_range(1..=seats);
    }
    town.longest_ride = Duration::from_seconds(random.random_range(400..2_400));
    town.longest_run = Duration::from_seconds(random.random_range(900..3_600));
    town
}
