//! The toy scenario, which has every stage of planning, over a real connection: what the wire says of a timetable is what the
//! exported `plan.json` says of it.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use sanban_engine::fleet::Product;
use sanban_engine::plan::RunDirection;
use sanban_engine::time::{Duration, ServiceClock, ServiceTime};
use sanban_server::plan_files::PlanFile;
use sanban_server::plan_files::freight::{CarrierRow, FreightVisitRow, ItineraryRow, StatusRow};
use sanban_server::plan_files::runs::{DemandRow, HubRow, RidersRow};
use sanban_server::proto as wire;
use sanban_tests::binary::{Server, checkout};
use sanban_tests::client::{Client, desk_token};

/// A planned day as a file, for comparison with the wire.
struct Exported {
    file: PlanFile,
    date: NaiveDate,
}

impl Exported {
    fn time(&self, time: ServiceTime) -> Option<prost_types::Timestamp> {
        let instant = ServiceClock::SHANGHAI.instant(self.date, time);
        Some(prost_types::Timestamp { seconds: instant.unix_seconds(), nanos: 0 })
    }

    fn vehicle_of(&self, works: impl Fn(&sanban_server::plan_files::BlockRow) -> bool) -> (String, String) {
        let block = self.file.blocks.iter().find(|block| works(block)).unwrap();
        (block.vehicle_id.clone(), block.block_id.clone())
    }

    fn run(&self, row: &sanban_server::plan_files::RunRow) -> wire::Run {
        let product = match row.product {
            Product::Student => wire::RunProduct::Student,
            Product::Market => wire::RunProduct::Market,
            other => panic!("{other:?}"),
        };
        let riders = |rows: &[RidersRow]| {
            let each = rows.iter().map(|row| wire::RunRiders {
                group: Some(group(&row.of)),
                people: row.people,
                luggage_units: row.luggage,
            });
            each.collect()
        };
        let calls = row.calls.iter().map(|call| wire::RunCall {
            place: call.place_id.clone(),
            arrival: self.time(call.arrival),
            departure: self.time(call.departure),
            boardings: riders(&call.boardings),
            alightings: riders(&call.alightings),
        });
        let (vehicle, block) = self.vehicle_of(|block| block.run_ids.contains(&row.run_id));
        wire::Run {
            code: row.run_id.clone(),
            product: product.into(),
            hubs: row.hubs.iter().map(hub).collect(),
            direction: direction(row.direction).into(),
            vehicle_type: row.vehicle_type_id.clone(),
            vehicle,
            block,
            calls: calls.collect(),
        }
    }

    fn duty(&self, row: &sanban_server::plan_files::DutyRow) -> wire::Duty {
        let pieces = row.pieces.iter().map(|piece| wire::DutyPiece {
            block: piece.block_id.clone(),
            begin: self.time(piece.begin),
            end: self.time(piece.end),
            from: piece.from_place_id.clone(),
            to: piece.to_place_id.clone(),
        });
        let rests =
            row.rests.iter().map(|rest| wire::Window { earliest: self.time(rest.begin), latest: self.time(rest.end) });
        wire::Duty {
            code: row.duty_id.clone(),
            depot: row.depot_id.clone(),
            sign_on: self.time(row.sign_on),
            sign_off: self.time(row.sign_off),
            pieces: pieces.collect(),
            rests: rests.collect(),
            driving: seconds(row.driving_s),
            paid: seconds(row.paid_s),
            driver: row.driver_id.clone().unwrap_or_default(),
        }
    }

    /// All but the explanations, which files have as figures.
    fn itinerary(&self, row: &ItineraryRow) -> wire::FreightItinerary {
        let (status, run) = match &row.status {
            StatusRow::InHolds => (wire::FreightStatus::InHolds, String::new()),
            StatusRow::OnRun { freight_run_id, .. } => (wire::FreightStatus::OnRun, freight_run_id.clone()),
            StatusRow::NotCarried { .. } => (wire::FreightStatus::NotCarried, String::new()),
        };
        let legs = row.legs.iter().map(|leg| {
            let none = String::new;
            match &leg.carrier {
                CarrierRow::TripId(code) => {
                    let calls = &self.file.trips.iter().find(|trip| trip.trip_id == *code).unwrap().stop_times;
                    let (loaded, unloaded) = (&calls[leg.loaded_at], &calls[leg.unloaded_at]);
                    wire::FreightLeg {
                        trip: code.clone(),
                        loaded_at: loaded.stop_id.clone(),
                        departure: self.time(loaded.departure),
                        unloaded_at: unloaded.stop_id.clone(),
                        arrival: self.time(unloaded.arrival),
                        run: none(),
                    }
                }
                CarrierRow::RunId(code) => {
                    let calls = &self.file.runs.iter().find(|run| run.run_id == *code).unwrap().calls;
                    let (loaded, unloaded) = (&calls[leg.loaded_at], &calls[leg.unloaded_at]);
                    wire::FreightLeg {
                        trip: none(),
                        loaded_at: loaded.place_id.clone(),
                        departure: self.time(loaded.departure),
                        unloaded_at: unloaded.place_id.clone(),
                        arrival: self.time(unloaded.arrival),
                        run: code.clone(),
                    }
                }
            }
        });
        let consignment = row.consignment_id.clone();
        let legs = legs.collect();
        wire::FreightItinerary { consignment, status: status.into(), legs, run, not_in_holds: None, no_run: None }
    }

    fn visit(&self, row: &FreightVisitRow) -> wire::FreightVisit {
        wire::FreightVisit {
            place: row.place_id.clone(),
            consignment: row.consignment_id.clone(),
            loads: row.loads,
            arrival: self.time(row.arrival),
            begin: self.time(row.begin),
            departure: self.time(row.departure),
        }
    }
}

fn seconds(duration: Duration) -> Option<prost_types::Duration> {
    Some(prost_types::Duration { seconds: duration.seconds().into(), nanos: 0 })
}

fn direction(direction: RunDirection) -> wire::RunDirection {
    match direction {
        RunDirection::Inward => wire::RunDirection::Inward,
        RunDirection::Outward => wire::RunDirection::Outward,
    }
}

fn hub(row: &HubRow) -> wire::Hub {
    use wire::hub::At;
    let at = match row {
        HubRow::SchoolId(code) => At::School(code.clone()),
        HubRow::MarketId(code) => At::Market(code.clone()),
    };
    wire::Hub { at: Some(at) }
}

fn group(row: &DemandRow) -> wire::RiderGroup {
    let (village, row, boarders) = match row {
        DemandRow::Pupils { village_id, school_id, boards } => {
            (village_id, HubRow::SchoolId(school_id.clone()), *boards)
        }
        DemandRow::Goers { village_id, market_id } => (village_id, HubRow::MarketId(market_id.clone()), false),
    };
    wire::RiderGroup { village: village.clone(), hub: Some(hub(&row)), boarders }
}

#[tokio::test]
async fn runs_duties_and_goods_are_over_the_wire_what_they_are_in_the_exported_plan() {
    let data = tempfile::tempdir().unwrap();
    let toy = checkout().join("scenarios/toy");
    let server = Server::start(&toy, data.path(), &["--demonstration", "--plan-time-limit", "10s"]);
    let mut desk = Client::connect(&server.address, &desk_token(data.path())).await;
    let listed = desk.timetable.list_timetables(wire::ListTimetablesRequest::default()).await.unwrap().into_inner();
    let summary = &listed.timetables[0];
    let request = wire::GetTimetableRequest { date: summary.date.clone() };
    let timetable = desk.timetable.get_timetable(request).await.unwrap().into_inner().timetable.unwrap();
    let request = wire::ExportDayRequest { date: summary.date.clone() };
    let files = desk.dispatch.export_day(request).await.unwrap().into_inner();
    let exported =
        Exported { file: serde_json::from_str(&files.timetable_json).unwrap(), date: summary.date.parse().unwrap() };
    let file = &exported.file;

    let stages: BTreeSet<&str> = timetable.stages.iter().map(|stage| stage.stage.as_str()).collect();
    let all = ["lines", "students", "markets", "times", "vehicles", "freight", "duties"];
    assert_eq!(stages, all.into_iter().collect());

    assert!(!file.runs.is_empty() && !file.duties.is_empty() && !file.freight.itineraries.is_empty());
    assert_eq!(timetable.runs, file.runs.iter().map(|row| exported.run(row)).collect::<Vec<_>>());
    let bells = file.moved_bells.iter();
    let bells = bells.map(|row| wire::MovedBell { school: row.school_id.clone(), minutes: row.minutes });
    assert_eq!(timetable.moved_bells, bells.collect::<Vec<_>>());
    let left = file.left_behind.iter().map(|row| wire::LeftBehind {
        group: Some(group(&row.of)),
        direction: direction(row.direction).into(),
        people: row.people,
        on_lines: row.on_lines,
    });
    assert_eq!(timetable.left_behind, left.collect::<Vec<_>>());
    assert_eq!(timetable.duties, file.duties.iter().map(|row| exported.duty(row)).collect::<Vec<_>>());

    let freight = timetable.freight.unwrap();
    let mut itineraries = freight.itineraries;
    for itinerary in &mut itineraries {
        // Why goods don't travel in holds is told of those, and of no others.
        let is_in_holds = itinerary.status() == wire::FreightStatus::InHolds;
        assert_eq!(itinerary.not_in_holds.take().is_none(), is_in_holds, "{itinerary:?}");
        itinerary.no_run = None;
    }
    let expected = file.freight.itineraries.iter().map(|row| exported.itinerary(row));
    assert_eq!(itineraries, expected.collect::<Vec<_>>());
    let expected = file.freight.runs.iter().map(|row| wire::FreightRun {
        code: row.freight_run_id.clone(),
        vehicle: row.vehicle_id.clone(),
        leaves_depot: exported.time(row.leaves_depot),
        returns: exported.time(row.returns),
        visits: row.visits.iter().map(|visit| exported.visit(visit)).collect(),
    });
    assert_eq!(freight.runs, expected.collect::<Vec<_>>());

    let vehicles: BTreeSet<&str> = timetable.blocks.iter().map(|block| block.vehicle.as_str()).collect();
    let counted = [summary.trips, summary.runs, summary.vehicles, summary.blocks, summary.duties];
    let expected =
        [timetable.trips.len(), timetable.runs.len(), vehicles.len(), timetable.blocks.len(), timetable.duties.len()];
    assert_eq!(counted.map(|count| count as usize), expected);
    assert!(server.terminate().success());
}
