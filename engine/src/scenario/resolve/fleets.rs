//! Vehicle types, vehicles, depots, drivers and shift pieces.

use super::codes::AllCodes;
use super::places::{amount, name};
use super::{At, Problems};
use crate::fleet::{Depot, Driver, Fleet, Product, Products, ShiftPiece, Vehicle, VehicleType};
use crate::ids::{DepotId, DriverId, PlaceId, VehicleId, VehicleTypeId};
use crate::policy::Policy;
use crate::scenario::tables::{DriverRow, Row, ShiftRow, Tables, VehicleRow, VehicleTypeRow};
use crate::time::{Duration, TimeWindow};
use crate::units::{Fen, Load};

pub fn fleet(tables: &Tables, codes: &AllCodes, policy: &Policy, problems: &mut Problems) -> Fleet {
    Fleet {
        vehicle_types: vehicle_types(tables, problems),
        vehicles: vehicles(tables, codes, problems),
        depots: depots(tables, codes),
        drivers: drivers(tables, codes, problems),
        shift_pieces: shift_pieces(tables, codes, policy, problems),
    }
}

fn vehicle_types(tables: &Tables, problems: &mut Problems) -> Vec<VehicleType> {
    let mut types = Vec::new();
    for numbered in &tables.vehicle_types {
        let (at, row) = (At { file: VehicleTypeRow::FILE, line: numbered.line }, &numbered.row);
        for (field, value) in [
            ("passenger_seats", i64::from(row.passenger_seats)),
            ("wheelchair_places", i64::from(row.wheelchair_places)),
            ("luggage_units", i64::from(row.luggage_units)),
            ("freight_kg", i64::from(row.freight_kg)),
            ("freight_litres", i64::from(row.freight_litres)),
            ("cost_per_km_fen", row.cost_per_km_fen),
            ("cost_per_day_fen", row.cost_per_day_fen),
            ("cost_per_hour_fen", row.cost_per_hour_fen),
        ] {
            amount(value, at, field, problems);
        }
        amount(i64::from(row.approved_seats), at, "approved_seats", problems);
        if row.approved_seats < 1 || row.passenger_seats >= row.approved_seats {
            let why = format!("{} approved seats for {} passengers", row.approved_seats, row.passenger_seats);
            problems.add(at, "approved_seats", why, "approved seats include the driver's: at least one more");
        }
        types.push(VehicleType {
            code: row.vehicle_type_id.clone(),
            name: name(&row.name, row.name_zh.as_deref()),
            approved_seats: row.approved_seats,
            capacity: Load {
                seats: row.passenger_seats,
                wheelchairs: row.wheelchair_places,
                luggage: row.luggage_units,
                freight_kilograms: row.freight_kg,
                freight_litres: row.freight_litres,
            },
            cost_per_kilometre: Fen(row.cost_per_km_fen),
            cost_per_day: Fen(row.cost_per_day_fen),
            cost_per_hour: Fen(row.cost_per_hour_fen),
            is_licensed_school_bus: row.licensed_school_bus,
        });
    }
    types
}

fn vehicles(tables: &Tables, codes: &AllCodes, problems: &mut Problems) -> Vec<Vehicle> {
    let mut vehicles = Vec::new();
    for numbered in &tables.vehicles {
        let (at, row) = (At { file: VehicleRow::FILE, line: numbered.line }, &numbered.row);
        let vehicle_type = codes.vehicle_types.find(&row.vehicle_type_id, at, "vehicle_type_id", problems);
        let depot = codes.depots.find(&row.depot_id, at, "depot_id", problems);
        let products = products(&row.products, at, problems);
        if products.contains(Product::Line) && products.iter().any(is_only_booked) {
            let remedy = "give line vehicles no product but line, student and market, or take line away";
            problems.add(at, "products", "a vehicle on lines works fixed runs alone", remedy);
        }
        let is_licensed = vehicle_type.is_some_and(|kind| tables.vehicle_types[kind].row.licensed_school_bus);
        if is_licensed && products.contains(Product::Student) && products != Products::NONE.with(Product::Student) {
            let remedy = "give licensed school buses the product student and no other";
            problems.add(at, "products", "a licensed school bus carries pupils alone", remedy);
        }
        if let (Some(vehicle_type), Some(depot)) = (vehicle_type, depot) {
            vehicles.push(Vehicle {
                code: row.vehicle_id.clone(),
                vehicle_type: VehicleTypeId::from_index(vehicle_type),
                depot: DepotId::from_index(depot),
                products,
            });
        }
    }
    vehicles
}

/// Is the product carried by booked vehicles only, within shift pieces?
fn is_only_booked(product: Product) -> bool {
    matches!(product, Product::Freight | Product::Ride)
}

fn products(text: &str, at: At, problems: &mut Problems) -> Products {
    let mut products = Products::NONE;
    for word in text.split_whitespace() {
        match Product::ALL.into_iter().find(|product| product.word() == word) {
            Some(product) => products = products.with(product),
            None => {
                let remedy = "write any of: line student market freight ride, separated by spaces";
                problems.add(at, "products", format!("\"{word}\" is no product"), remedy);
            }
        }
    }
    products
}

fn depots(tables: &Tables, codes: &AllCodes) -> Vec<Depot> {
    let rows = tables.depots.iter().enumerate();
    rows.map(|(index, numbered)| Depot {
        code: numbered.row.depot_id.clone(),
        name: name(&numbered.row.name, numbered.row.name_zh.as_deref()),
        place: PlaceId::from_index(codes.depot_place(index)),
    })
    .collect()
}

fn drivers(tables: &Tables, codes: &AllCodes, problems: &mut Problems) -> Vec<Driver> {
    let mut drivers = Vec::new();
    for numbered in &tables.drivers {
        let at = At { file: DriverRow::FILE, line: numbered.line };
        if let Some(depot) = codes.depots.find(&numbered.row.depot_id, at, "depot_id", problems) {
            drivers.push(Driver { code: numbered.row.driver_id.clone(), depot: DepotId::from_index(depot) });
        }
    }
    drivers
}

/// Pieces are short enough that no plan within them can break the driving-hour rules.
fn shift_pieces(tables: &Tables, codes: &AllCodes, policy: &Policy, problems: &mut Problems) -> Vec<ShiftPiece> {
    let mut pieces: Vec<(ShiftPiece, At)> = Vec::new();
    for numbered in &tables.shifts {
        let (at, row) = (At { file: ShiftRow::FILE, line: numbered.line }, &numbered.row);
        let driver = codes.drivers.find(&row.driver_id, at, "driver_id", problems);
        let vehicle = codes.vehicles.find(&row.vehicle_id, at, "vehicle_id", problems);
        let length = row.ends - row.starts;
        if length <= Duration::ZERO {
            problems.add(at, "ends", format!("{} is not after {}", row.ends, row.starts), "write the later time");
            continue;
        }
        let limit = policy.driving.longest_without_rest(TimeWindow::new(row.starts, row.ends));
        if length > limit {
            let why = format!("{length} without a break, {limit} may be driven at a stretch");
            problems.add(at, "ends", why, "split the shift into two rows with a rest between them");
        }
        if let (Some(driver), Some(vehicle)) = (driver, vehicle) {
            let [begins, sleeps] = [&tables.drivers[driver].row.depot_id, &tables.vehicles[vehicle].row.depot_id];
            if begins != sleeps && codes.depots.get(begins).is_some() && codes.depots.get(sleeps).is_some() {
                let why = format!(
                    "driver {} begins at depot {begins}, vehicle {} sleeps at {sleeps}",
                    row.driver_id, row.vehicle_id
                );
                problems.add(at, "driver_id", why, "give the shift to a driver of the vehicle's depot");
            }
            let piece = ShiftPiece {
                driver: DriverId::from_index(driver),
                vehicle: VehicleId::from_index(vehicle),
                window: TimeWindow::new(row.starts, row.ends),
            };
            pieces.push((piece, at));
        }
    }
    for (first, at, rest) in followed_by(&mut pieces, |piece| piece.driver.index()) {
        if rest < policy.driving.rest {
            let code = &tables.drivers[first.driver.index()].row.driver_id;
            let (why, remedy) = if rest < Duration::ZERO {
                (format!("driver {code} drives {} already, as every day", first.window), END_BEFORE_THE_NEXT)
            } else {
                (format!("driver {code} rests only {rest}"), "leave the rest that the policy demands between them")
            };
            problems.add(at, "starts", why, remedy);
        }
    }
    for driver in 0..tables.drivers.len() {
        let of_driver = pieces.iter().filter(|(piece, _)| piece.driver.index() == driver);
        let worked: Duration = of_driver.map(|(piece, _)| piece.window.length()).sum();
        if worked > policy.driving.per_day {
            let at = At { file: DriverRow::FILE, line: tables.drivers[driver].line };
            let why = format!("works {worked} a day, {} may be driven", policy.driving.per_day);
            problems.add(at, "driver_id", why, "shorten the shifts in shifts.csv, or share them with another driver");
        }
    }
    for (first, at, gap) in followed_by(&mut pieces, |piece| piece.vehicle.index()) {
        if gap < Duration::ZERO {
            let code = &tables.vehicles[first.vehicle.index()].row.vehicle_id;
            let why = format!("vehicle {code} is driven {} already, as every day", first.window);
            problems.add(at, "starts", why, END_BEFORE_THE_NEXT);
        }
    }
    pieces.sort_by_key(|(piece, _)| (piece.vehicle, piece.window.earliest));
    pieces.into_iter().map(|(piece, _)| piece).collect()
}

const END_BEFORE_THE_NEXT: &str = "let one shift end before the next";

/// Every piece of a driver or vehicle, where the next one stands, and the time between them. Pieces come again every day: the last
/// of a day is followed by the first of the next, and one that passes midnight by those of the early hours.
fn followed_by(
    pieces: &mut [(ShiftPiece, At)],
    whose: impl Fn(&ShiftPiece) -> usize,
) -> Vec<(ShiftPiece, At, Duration)> {
    let day = Duration::from_minutes(24 * 60);
    let of_day = |piece: &ShiftPiece| Duration::from_seconds(piece.window.earliest.seconds().rem_euclid(day.seconds()));
    pieces.sort_by_key(|(piece, _)| (whose(piece), of_day(piece)));
    let mut followed = Vec::new();
    for of_one in pieces.chunk_by(|(first, _), (second, _)| whose(first) == whose(second)) {
        let next_day = of_one.iter().map(|(piece, at)| (of_day(piece) + day, *at)).take(1);
        let next = of_one.iter().map(|(piece, at)| (of_day(piece), *at)).skip(1).chain(next_day);
        for ((piece, _), (next, at)) in of_one.iter().zip(next) {
            followed.push((*piece, at, next - of_day(piece) - piece.window.length()));
        }
    }
    followed
}
