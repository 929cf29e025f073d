//! `plan.json`: a planned day with codes instead of indices, written and read back; `plan-booked.json` beside it.
//!
//! Version 2, described field by field in `docs/plan-files.md`. Times are `HH:MM:SS` of the service date, costs and bounds
//! fen. `stages` holds whole stages first (`part` empty), then their parts. Trips are ordered by line, direction and
//! departure, runs by product, direction, school or market and time; blocks name both by their codes.
//!
//! What is read back is the same to the last bit. Codes that the scenario doesn't know and what no vehicle could do are
//! errors; whether a rule is broken is the checker's business.

pub mod blocks;
mod booked;
mod bounds;
pub mod codes;
mod connections;
pub mod freight;
mod lookup;
pub mod runs;
pub mod trips;

use chrono::NaiveDate;
use sanban_engine::ids::{BlockId, RunId, TripId};
use sanban_engine::plan::{StageReport, Timetable};
use sanban_engine::scenario::Scenario;
use serde::{Deserialize, Serialize};

pub use blocks::{BlockRow, DutyRow};
pub use booked::{BookedPlanFile, BookedPlanFileError};
pub use codes::trip_code;
pub use connections::ConnectionRow;
pub use freight::FreightRows;
pub use runs::{LeftBehindRow, MovedBellRow, RunRow};
pub use trips::{StopTimeRow, TripRow};

use crate::planned_day::PlannedDay;
use crate::scenario::LoadedScenario;

use blocks::Services;
use lookup::{Lookup, positions};

/// Which inputs a file was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioSource {
    /// Folder of the scenario, as it was given.
    pub folder: String,
    /// Digest of the scenario's files.
    pub digest: String,
}

impl ScenarioSource {
    /// Where a scenario was loaded from.
    pub fn of(loaded: &LoadedScenario) -> Self {
        Self { folder: loaded.folder.to_string_lossy().into_owned(), digest: loaded.digest.clone() }
    }
}

/// A planned day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    /// `sanban-plan-2`.
    pub format: String,
    /// The service date.
    pub date: NaiveDate,
    /// Folder of the scenario, as it was given.
    pub scenario: String,
    /// Digest of the scenario's files.
    pub scenario_digest: String,
    /// What each stage knows of its quality.
    pub stages: Vec<StageReport>,
    /// Departures.
    pub trips: Vec<TripRow>,
    /// Student and market runs.
    #[serde(default)]
    pub runs: Vec<RunRow>,
    /// Vehicle days.
    pub blocks: Vec<BlockRow>,
    /// Bells that are rung at other times than the scenario says.
    #[serde(default)]
    pub moved_bells: Vec<MovedBellRow>,
    /// Whom no run brings.
    #[serde(default)]
    pub left_behind: Vec<LeftBehindRow>,
    /// Who changes lines, and by which departures.
    #[serde(default)]
    pub connections: Vec<ConnectionRow>,
    /// Drivers' days; none before they are planned.
    #[serde(default)]
    pub duties: Vec<DutyRow>,
    /// The way of the goods.
    #[serde(default)]
    pub freight: FreightRows,
}

/// Why a plan file does not fit the scenario.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("plan.json, {field}: {why}; plan the date again with this scenario")]
pub struct PlanFileError {
    /// Where in the file.
    pub field: String,
    /// What is wrong.
    pub why: String,
}

impl PlanFile {
    /// The version of the format.
    pub const FORMAT: &str = "sanban-plan-2";

    /// A planned day in the words of the scenario.
    pub fn new(day: &PlannedDay<'_>, source: &ScenarioSource) -> Self {
        let (scenario, timetable) = (day.scenario, day.timetable);
        Self {
            format: Self::FORMAT.to_owned(),
            date: timetable.date,
            scenario: source.folder.clone(),
            scenario_digest: source.digest.clone(),
            stages: timetable.stages.clone(),
            trips: (0..timetable.trips.len()).map(|index| TripRow::new(day, TripId::from_index(index))).collect(),
            runs: (0..timetable.runs.len()).map(|index| RunRow::new(day, RunId::from_index(index))).collect(),
            blocks: (0..timetable.blocks.len()).map(|index| BlockRow::new(day, index)).collect(),
            moved_bells: timetable.moved_bells.iter().map(|bell| MovedBellRow::new(scenario, bell)).collect(),
            left_behind: timetable.left_behind.iter().map(|left| LeftBehindRow::new(scenario, left)).collect(),
            connections: timetable.connections.iter().map(|row| ConnectionRow::new(day, row)).collect(),
            duties: (0..timetable.duties.len()).map(|index| DutyRow::new(day, index)).collect(),
            freight: FreightRows::new(day, &timetable.freight),
        }
    }

    /// Back to the engine's timetable; unknown codes, stop times that are not the pattern's and impossible runs are errors.
    pub fn timetable(&self, scenario: &Scenario) -> Result<Timetable, PlanFileError> {
        if self.format != Self::FORMAT {
            return Err(PlanFileError { field: "format".to_owned(), why: format!("not {}", Self::FORMAT) });
        }
        self.every_code_once()?;
        self.stages.iter().try_for_each(bounds::stage)?;
        let lookup = Lookup::new(scenario);
        let mut services = self.services();
        let mut blocks = Vec::new();
        for (index, row) in self.blocks.iter().enumerate() {
            blocks.push(row.block(BlockId::from_index(index), &lookup, &mut services)?);
        }
        let trips = self.trips.iter().zip(&services.block_of_trip).map(|(row, &block)| row.trip(&lookup, block));
        let runs = self.runs.iter().zip(&services.block_of_run).map(|(row, &block)| row.run(&lookup, block));
        let block_ids = positions(self.blocks.iter().map(|block| block.block_id.as_str()));
        let mut timetable = Timetable {
            date: self.date,
            trips: trips.collect::<Result<_, _>>()?,
            runs: runs.collect::<Result<_, _>>()?,
            blocks,
            moved_bells: self.moved_bells.iter().map(|row| row.bell(&lookup)).collect::<Result<_, _>>()?,
            left_behind: self.left_behind.iter().map(|row| row.left_behind(&lookup)).collect::<Result<_, _>>()?,
            connections: Vec::new(),
            duties: self.duties.iter().map(|row| row.duty(&lookup, &block_ids)).collect::<Result<_, _>>()?,
            freight: self.freight.plan(&lookup, &services)?,
            stages: self.stages.clone(),
        };
        let connections = self.connections.iter().map(|row| row.connection(&lookup, (&services, &timetable)));
        timetable.connections = connections.collect::<Result<_, _>>()?;
        Ok(timetable)
    }

    fn services(&self) -> Services<'_> {
        Services {
            trips: positions(self.trips.iter().map(|trip| trip.trip_id.as_str())),
            runs: positions(self.runs.iter().map(|run| run.run_id.as_str())),
            block_of_trip: vec![None; self.trips.len()],
            block_of_run: vec![None; self.runs.len()],
        }
    }

    fn every_code_once(&self) -> Result<(), PlanFileError> {
        let trips = self.trips.iter().map(|row| ("trip", &row.trip_id));
        let runs = self.runs.iter().map(|row| ("run", &row.run_id));
        let blocks = self.blocks.iter().map(|row| ("block", &row.block_id));
        let mut seen = std::collections::BTreeSet::new();
        match trips.chain(runs).chain(blocks).find(|&row| !seen.insert(row)) {
            None => Ok(()),
            Some((what, code)) => {
                Err(PlanFileError { field: format!("{what} {code}"), why: "occurs twice".to_owned() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sanban_engine::check::check_timetable;
    use sanban_engine::ids::LineTransferId;
    use sanban_engine::plan::{Advice, ConnectedRides, Connection, RunObstacle};
    use sanban_engine::scenario::sample;
    use sanban_engine::time::{Duration, ServiceTime, TimeWindow};
    use sanban_engine::units::Fen;

    use super::freight::{CarrierRow, LeftOverRow, NoRunRow, StatusRow};
    use super::runs::{DemandRow, HubRow};
    use super::*;
    use crate::planned_day::sample::ToyDay;

    fn source() -> ScenarioSource {
        ScenarioSource { folder: "scenarios/乡镇".to_owned(), digest: "d1".to_owned() }
    }

    /// Figures that only come back if every bit is written.
    fn timetable(town: &Scenario) -> Timetable {
        let stage = |part: &str, gap: f64, seconds: f64| StageReport {
            stage: "lines".to_owned(),
            part: part.to_owned(),
            cost: Fen(999_999_999_999_999),
            lower_bound: Fen(-1),
            gap,
            seconds,
            advice: Vec::new(),
            relaxed: vec!["direction 0: the last departure is \"17:10\"".to_owned()],
        };
        let stages = vec![
            stage("", 0.1 + 0.2, 1.0 / 3.0),
            stage("R1", 2_f64.powi(-1074), f64::MAX),
            stage("R2", 1.0 / 81.0, 63.0_f64.next_up()),
        ];
        let mut timetable = Timetable { stages, ..sample::hourly_timetable(town) };
        // After midnight, and not on the minute.
        let departure = ServiceTime::from_seconds(25 * 3_600 + 7 * 60 + 9);
        timetable.trips[12].departure = departure;
        timetable
    }

    fn written_and_read(day: &PlannedDay<'_>) -> PlanFile {
        let file = PlanFile::new(day, &source());
        let text = serde_json::to_string_pretty(&file).unwrap();
        let read: PlanFile = serde_json::from_str(&text).unwrap();
        assert_eq!(read, file);
        read
    }

    #[test]
    fn a_timetable_comes_back_from_its_file_to_the_last_bit() {
        let town = sample::small_town();
        let timetable = timetable(&town);
        let read = written_and_read(&PlannedDay::new(&town, &timetable));
        assert_eq!(read.timetable(&town), Ok(timetable.clone()));
        // Equal figures could still differ in their bits.
        let bits = |timetable: &Timetable| -> Vec<_> {
            timetable.stages.iter().map(|stage| (stage.gap.to_bits(), stage.seconds.to_bits())).collect()
        };
        assert_eq!(bits(&read.timetable(&town).unwrap()), bits(&timetable));
    }

    #[test]
    fn runs_duties_and_goods_come_back_too() {
        let toy = ToyDay::new();
        let read = written_and_read(&toy.day());
        assert_eq!(read.timetable(&toy.scenario), Ok(toy.timetable.clone()));
        assert_eq!([read.runs.len(), read.duties.len(), read.freight.runs.len()], [4, 3, 1]);
        let toy = ToyDay::new().with_goods_on_a_market_run();
        let read = written_and_read(&toy.day());
        assert_eq!(read.freight.itineraries[3].legs[0].carrier, CarrierRow::RunId("MK-M1-IN-01".to_owned()));
        assert_eq!(read.timetable(&toy.scenario), Ok(toy.timetable.clone()));
    }

    /// Somebody changes at the third stop, from the bus that is there at 07:44 to the one that leaves at 08:46:09; others can't.
    fn with_connections() -> (Scenario, Timetable) {
        let mut town = sample::small_town();
        let changing = |hour| sample::changing((0, 2), (1, 2), ServiceTime::hm(hour, 44), 3);
        town.line_transfers = vec![changing(7), changing(21)];
        let mut timetable = timetable(&town);
        let wait = Duration::from_seconds(57 * 60 + 9);
        let rides = Some(ConnectedRides { from: TripId(1), to: TripId(15), wait });
        let connection = |transfer, rides| Connection { transfer: LineTransferId(transfer), rides };
        timetable.connections = vec![connection(0, rides), connection(1, None)];
        (town, timetable)
    }

    #[test]
    fn connections_come_back_too() {
        let (town, timetable) = with_connections();
        let read = written_and_read(&PlannedDay::new(&town, &timetable));
        assert_eq!(read.timetable(&town), Ok(timetable.clone()));
        let rides = read.connections[0].rides.clone().expect("they meet");
        assert_eq!([rides.from_trip_id, rides.to_trip_id], ["R1-0-073000", "R1-1-083000"]);
        assert_eq!([rides.arrival, rides.departure], [ServiceTime::hm(7, 44), ServiceTime::from_seconds(31_569)]);
    }

    #[test]
    fn connections_that_do_not_fit_are_refused_by_field() {
        let (town, timetable) = with_connections();
        let check = |spoil: &dyn Fn(&mut ConnectionRow), why: &str| {
            let mut file = PlanFile::new(&PlannedDay::new(&town, &timetable), &source());
            spoil(&mut file.connections[0]);
            let refused = file.timetable(&town).expect_err(why);
            assert!(refused.field.starts_with("connection ") && refused.why.contains(why), "{why}: {refused}");
        };
        let rides = |row: &mut ConnectionRow, spoil: &dyn Fn(&mut connections::RidesRow)| {
            row.rides.iter_mut().for_each(spoil);
        };
        check(&|row| row.transfer_id = "X9".to_owned(), "unknown transfer X9");
        check(&|row| row.passengers = 4, "3 people change");
        check(&|row| rides(row, &|rides| rides.to_trip_id = "T9".to_owned()), "unknown trip T9");
        check(&|row| rides(row, &|rides| rides.to_trip_id = "R1-0-083000".to_owned()), "not of its lines");
        check(&|row| rides(row, &|rides| rides.arrival = ServiceTime::hm(7, 45)), "not those of its trips");
        check(&|row| rides(row, &|rides| rides.wait_s = Duration::from_seconds(i32::MAX)), "wait_s");
    }

    #[test]
    fn runs_and_the_pieces_of_a_vehicle_day_have_codes_of_their_own() {
        let mut toy = ToyDay::new();
        let second = toy.timetable.runs[0].clone();
        toy.timetable.runs.insert(1, second);
        toy.timetable.blocks[1].vehicle = toy.timetable.blocks[0].vehicle;
        let expected =
            ["ST-SCH1-IN-01", "ST-SCH1-IN-02", "ST-SCH1-OUT-01", "MK-M1-IN-01", "MK-M1-OUT-01"].map(str::to_owned);
        assert_eq!(codes::run_codes(&toy.scenario, &toy.timetable), expected);
        assert_eq!(codes::block_codes(&toy.scenario, &toy.timetable), ["B-B1", "B-B1+2"]);
    }

    #[test]
    fn a_file_that_does_not_fit_the_scenario_is_refused_by_field() {
        let town = sample::small_town();
        let check = |spoil: fn(&mut PlanFile), field: &str, why: &str| {
            let mut file = PlanFile::new(&PlannedDay::new(&town, &timetable(&town)), &source());
            spoil(&mut file);
            let expected = PlanFileError { field: field.to_owned(), why: why.to_owned() };
            assert_eq!(file.timetable(&town), Err(expected));
        };
        check(|file| file.format = "sanban-plan-1".to_owned(), "format", "not sanban-plan-2");
        check(|file| file.trips[0].route_id = "R9".to_owned(), "trip R1-0-063000", "unknown line or pattern");
        check(|file| file.trips[0].pattern = 7, "trip R1-0-063000", "unknown line or pattern");
        let tram = |file: &mut PlanFile| file.trips[0].vehicle_type_id = "tram".to_owned();
        check(tram, "trip R1-0-063000", "unknown vehicle type tram");
        let of_line = "its stop times are not those of the line";
        check(|file| file.trips[0].departure = ServiceTime::hm(6, 31), "trip R1-0-063000", of_line);
        check(|file| drop(file.trips[0].stop_times.pop()), "trip R1-0-063000", of_line);
        check(|file| file.trips[0].stop_times[1].expected_load = None, "trip R1-0-063000", of_line);
        check(|file| file.blocks[0].vehicle_id = "BUS-9".to_owned(), "block B-BUS-1", "unknown vehicle BUS-9");
        check(|file| file.blocks[0].trip_ids[0] = "T9".to_owned(), "block B-BUS-1", "unknown trip T9");
        check(|file| drop(file.blocks[0].trip_ids.remove(0)), "trip R1-0-063000", "in no block");
        check(|file| file.trips[1].trip_id = "R1-0-063000".to_owned(), "trip R1-0-063000", "occurs twice");
    }

    #[test]
    fn what_cannot_be_is_refused_by_field() {
        let toy = ToyDay::new();
        let day = toy.day();
        let check = |spoil: fn(&mut PlanFile), field: &str, why: &str| {
            let mut file = PlanFile::new(&day, &source());
            spoil(&mut file);
            let expected = PlanFileError { field: field.to_owned(), why: why.to_owned() };
            assert_eq!(file.timetable(&toy.scenario), Err(expected));
        };
        let run = "run ST-SCH1-IN-01";
        check(|file| file.runs[0].hubs[0] = HubRow::MarketId("M9".to_owned()), run, "unknown market M9");
        check(|file| file.runs[0].calls[0].place_id = "V99".to_owned(), run, "unknown place V99");
        check(|file| drop(file.blocks[0].run_ids.remove(0)), run, "in no block");
        check(|file| file.blocks[0].run_ids[0] = "ST-9".to_owned(), "block B-B1", "unknown run ST-9");
        check(|file| file.runs[0].calls.truncate(1), run, "a run has two calls at least");
        check(|file| file.runs[0].product = sanban_engine::fleet::Product::Ride, run, "ride is no product of runs");
        let order = "call 2 is not after the one before it, or leaves before it arrives";
        check(|file| file.runs[0].calls[1].arrival = ServiceTime::hm(6, 0), run, order);
        check(|file| file.runs[0].calls[1].departure = ServiceTime::hm(6, 0), run, order);
        let too_many = "at call 3 more alight than are on board";
        check(|file| file.runs[0].calls[2].alightings[0].people += 1, run, too_many);
        check(|file| file.runs[0].calls[2].alightings[0].people -= 1, run, "not everybody is off at the end");
        let none = "call 1 has fewer people or luggage than none";
        check(|file| file.runs[0].calls[0].boardings[0].luggage = -1, run, none);
        let boarders = |file: &mut PlanFile| {
            let (village_id, school_id) = ("V5".to_owned(), "SCH1".to_owned());
            file.left_behind[0].of = DemandRow::Pupils { village_id, school_id, boards: true };
        };
        check(boarders, "left_behind", "no boarders of V5 at SCH1");
        check(|file| file.moved_bells[0].school_id = "SCH9".to_owned(), "moved_bells", "unknown school SCH9");
        check(|file| file.duties[0].depot_id = "D9".to_owned(), "duty DU-001", "unknown depot D9");
        check(|file| file.duties[0].pieces[0].block_id = "B-9".to_owned(), "duty DU-001", "unknown block B-9");
        let order = "its pieces are none, end before they begin, or are not in order of time";
        check(|file| file.duties[1].pieces.clear(), "duty DU-002", order);
        let early = |file: &mut PlanFile| file.freight.itineraries[0].legs[0].unloaded_at = 0;
        check(early, "consignment C1", "it is unloaded before it is loaded");
        check(|file| file.freight.runs.clear(), "consignment C3", "unknown freight run FR-01");
        let stranger = |file: &mut PlanFile| {
            file.freight.itineraries[0].legs[0].carrier = CarrierRow::RunId("MK-M9-IN-01".to_owned());
        };
        check(stranger, "consignment C1", "unknown run MK-M9-IN-01");
    }

    #[test]
    fn figures_at_the_ends_of_their_types_are_refused_by_field() {
        let toy = ToyDay::new();
        let day = toy.day();
        let check = |spoil: &dyn Fn(&mut PlanFile), field: &str, figure: &str| {
            let mut file = PlanFile::new(&day, &source());
            file.stages = timetable(&sample::small_town()).stages;
            spoil(&mut file);
            let refused = file.timetable(&toy.scenario).expect_err(figure);
            assert_eq!(refused.field, field, "{refused}");
            assert!(refused.why.starts_with(figure) && refused.why.contains("is beyond"), "{figure}: {refused}");
        };
        for far in [Fen(i64::MAX), Fen(i64::MIN)] {
            check(&|file| file.stages[0].cost = far, "stage lines", "cost");
            check(&|file| file.stages[1].lower_bound = far, "stage lines R1", "lower_bound");
            let busiest = TimeWindow::new(ServiceTime::hm(7, 0), ServiceTime::hm(8, 0));
            let code = || "X".to_owned();
            let advice = || Advice::OneMoreVehicle { vehicle_type: code(), depot: code(), busiest, saves: far };
            check(&|file| file.stages[0].advice.push(advice()), "stage lines", "advice, saves");
            let dearer = || StatusRow::NotCarried { left_over: LeftOverRow::Dearer { by_fen: far }, no_run: None };
            check(&|file| file.freight.itineraries[3].status = dearer(), "consignment C4", "by_fen");
        }
        for far in [Duration::from_seconds(i32::MAX), Duration::from_seconds(i32::MIN)] {
            let bells = |may_move, if_it_might_move| {
                let (school, saves) = ("SCH1".to_owned(), Fen(1));
                Advice::BellCosts { school, may_move, if_it_might_move, saves }
            };
            check(&|file| file.stages[0].advice.push(bells(far, Duration::ZERO)), "stage lines", "advice, may_move");
            let if_it = "advice, if_it_might_move";
            check(&|file| file.stages[0].advice.push(bells(Duration::ZERO, far)), "stage lines", if_it);
            check(&|file| file.duties[0].driving_s = far, "duty DU-001", "driving_s");
            check(&|file| file.duties[0].paid_s = far, "duty DU-001", "paid_s");
            let not_carried = |left_over| StatusRow::NotCarried { left_over, no_run: None };
            let late = || not_carried(LeftOverRow::Late { delivered: ServiceTime::hm(9, 0), by_s: far });
            check(&|file| file.freight.itineraries[1].status = late(), "consignment C2", "by_s");
            let (leaves, from_place_id) = (ServiceTime::hm(9, 0), "S1".to_owned());
            let missed =
                || not_carried(LeftOverRow::Missed { from_place_id: from_place_id.clone(), leaves, by_s: far });
            check(&|file| file.freight.itineraries[1].status = missed(), "consignment C2", "by_s");
            check(&|file| obstacle(file, RunObstacle::Late { by: far }), "consignment C2", "by ");
        }
        for far in [i32::MAX, i32::MIN] {
            check(&|file| file.trips[0].stop_times[0].expected_load = Some(far), "trip L1-0-083000", "expected_load");
            check(&|file| file.runs[0].calls[0].boardings[0].people = far, "run ST-SCH1-IN-01", "people");
            check(&|file| file.runs[0].calls[2].alightings[0].luggage = far, "run ST-SCH1-IN-01", "luggage");
            check(&|file| file.moved_bells[0].minutes = far, "moved_bells", "minutes");
            check(&|file| file.left_behind[0].people = far, "left_behind", "people");
            check(&|file| file.left_behind[0].on_lines = far, "left_behind", "on_lines");
            let not_carried = |left_over| StatusRow::NotCarried { left_over, no_run: None };
            let small = |kilograms, litres| {
                not_carried(LeftOverRow::HoldsTooSmall { most_kilograms: kilograms, most_litres: litres })
            };
            check(&|file| file.freight.itineraries[1].status = small(far, 0), "consignment C2", "most_kilograms");
            check(&|file| file.freight.itineraries[1].status = small(0, far), "consignment C2", "most_litres");
            let full = |after_call, kilograms_left, litres_left| {
                let carrier = CarrierRow::TripId("L1-0-083000".to_owned());
                not_carried(LeftOverRow::HoldsFull { carrier, after_call, kilograms_left, litres_left })
            };
            check(&|file| file.freight.itineraries[1].status = full(0, far, 0), "consignment C2", "kilograms_left");
            check(&|file| file.freight.itineraries[1].status = full(0, 0, far), "consignment C2", "litres_left");
            let far_call = || full(usize::MAX, 0, 0);
            check(&|file| file.freight.itineraries[1].status = far_call(), "consignment C2", "after_call");
            check(&|file| obstacle(file, RunObstacle::Kilograms { short_by: far }), "consignment C2", "short_by");
            check(&|file| obstacle(file, RunObstacle::Litres { short_by: far }), "consignment C2", "short_by");
        }
        let unloaded = |file: &mut PlanFile| file.freight.itineraries[0].legs[0].unloaded_at = usize::MAX;
        check(&unloaded, "consignment C1", "unloaded_at");
        let both = |file: &mut PlanFile| {
            let leg = &mut file.freight.itineraries[0].legs[0];
            (leg.loaded_at, leg.unloaded_at) = (usize::MAX - 1, usize::MAX);
        };
        check(&both, "consignment C1", "loaded_at");
    }

    /// Says of the consignment that stays what was in the way.
    fn obstacle(file: &mut PlanFile, obstacle: RunObstacle) {
        match &mut file.freight.itineraries[1].status {
            StatusRow::NotCarried { no_run: Some(NoRunRow { nearest: Some(nearest), .. }), .. } => {
                nearest.obstacle = obstacle;
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn figures_at_their_bounds_are_the_checkers_business() {
        let toy = ToyDay::new();
        let mut file = PlanFile::new(&toy.day(), &source());
        file.runs[0].calls[0].boardings[0].people = 100_000;
        file.runs[0].calls[2].alightings[0].people = 100_000;
        file.left_behind[0].people = 10_000_000;
        file.moved_bells[0].minutes = 1_440;
        file.trips[0].stop_times[0].expected_load = Some(10_000_000);
        file.duties[0].paid_s = Duration::from_seconds(-3_600_000);
        let found = check_timetable(&toy.scenario, &file.timetable(&toy.scenario).unwrap());
        assert!(!found.is_empty());
    }
}
