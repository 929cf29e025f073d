//! From the wire to the engine: requests, with every problem named by its field.

use chrono::{Datelike, NaiveDate};
use sanban_engine::demand::{
    ConsignmentRequest, EnrolmentRequest, MarketTripRequest, Party, Request, RideRequest, WantedTime,
};
use sanban_engine::ids::{MarketId, PlaceId, SchoolId};
use sanban_engine::network::datum::gcj02_to_wgs84;
use sanban_engine::network::{PlaceKind, Position};
use sanban_engine::scenario::Scenario;
use sanban_engine::time::{Instant, ServiceTime, TimeWindow};

use crate::grpc::status::{Failure, FieldProblem};
use crate::proto;

const MOST_PEOPLE: i32 = 100;
const MOST_KILOGRAMS: i32 = 20_000;
const MOST_LITRES: i32 = 100_000;

/// What a journey asks for, or everything that is wrong with it.
pub fn journey(journey: Option<proto::Journey>, scenario: &Scenario) -> Result<Request, Failure> {
    let mut reader = Reader { scenario, problems: Vec::new() };
    let request = reader.journey(journey);
    match request {
        Some(request) if reader.problems.is_empty() => Ok(request),
        _ => Err(Failure::InvalidFields(reader.problems)),
    }
}

/// A service date that must be given.
pub fn required_date(field: &str, text: &str) -> Result<NaiveDate, Failure> {
    parse_date(text).ok_or_else(|| Failure::field(field, "write a service date as YYYY-MM-DD"))
}

/// A service date that may be left empty.
pub fn optional_date(field: &str, text: &str) -> Result<Option<NaiveDate>, Failure> {
    if text.is_empty() { Ok(None) } else { required_date(field, text).map(Some) }
}

fn parse_date(text: &str) -> Option<NaiveDate> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    (text.len() == 10 && (1990..=2200).contains(&date.year())).then_some(date)
}

/// Collects the problems of one message while it is read.
struct Reader<'a> {
    scenario: &'a Scenario,
    problems: Vec<FieldProblem>,
}

impl Reader<'_> {
    fn problem<T>(&mut self, field: impl Into<String>, why: impl Into<String>) -> Option<T> {
        self.problems.push(FieldProblem::new(field, why));
        None
    }

    fn journey(&mut self, journey: Option<proto::Journey>) -> Option<Request> {
        use proto::journey::Product;
        match journey.and_then(|journey| journey.product) {
            Some(Product::Enrolment(enrolment)) => self.enrolment(enrolment).map(Request::Enrolment),
            Some(Product::MarketTrip(trip)) => self.market_trip(trip).map(Request::MarketTrip),
            Some(Product::Consignment(consignment)) => self.consignment(consignment).map(Request::Consignment),
            Some(Product::Ride(ride)) => self.ride(ride).map(Request::Ride),
            None => self.problem("journey", "say what is wanted: enrolment, market_trip, consignment or ride"),
        }
    }

    fn enrolment(&mut self, enrolment: proto::Enrolment) -> Option<EnrolmentRequest> {
        let from = self.place("journey.enrolment.from", enrolment.from);
        let school = self.school("journey.enrolment.school", &enrolment.school);
        let from_date = match parse_date(&enrolment.from_date) {
            Some(date) => Some(date),
            None => self.problem("journey.enrolment.from_date", "write a service date as YYYY-MM-DD"),
        };
        Some(EnrolmentRequest { from: from?, school: school?, from_date: from_date? })
    }

    fn market_trip(&mut self, trip: proto::MarketTrip) -> Option<MarketTripRequest> {
        let from = self.place("journey.market_trip.from", trip.from);
        let market = self.market("journey.market_trip.market", &trip.market);
        let arrive = self.service_time("journey.market_trip.arrive_by", trip.arrive_by);
        let home = self.service_time("journey.market_trip.return_at", trip.return_at);
        let party = self.party("journey.market_trip.party", trip.party);
        let luggage_home = self.count("journey.market_trip.luggage_units_home", trip.luggage_units_home, MOST_PEOPLE);
        let ((date, arrive_by), (home_date, return_at)) = (arrive?, home?);
        if home_date != date || return_at <= arrive_by {
            return self.problem("journey.market_trip.return_at", "must lie after arrive_by on the same service date");
        }
        let (from, market, party, luggage_home) = (from?, market?, party?, luggage_home?);
        Some(MarketTripRequest { date, from, market, arrive_by, return_at, party, luggage_home })
    }

    fn consignment(&mut self, consignment: proto::Consignment) -> Option<ConsignmentRequest> {
        let from = self.place("journey.consignment.from", consignment.from);
        let to = self.place("journey.consignment.to", consignment.to);
        let kilograms = self.count("journey.consignment.kilograms", consignment.kilograms, MOST_KILOGRAMS);
        let litres = self.count("journey.consignment.litres", consignment.litres, MOST_LITRES);
        let ready = self.service_time("journey.consignment.ready", consignment.ready);
        let due = self.service_time("journey.consignment.due", consignment.due);
        let (from, to) = self.different("journey.consignment.to", from?, to?)?;
        let (kilograms, litres) = (kilograms?, litres?);
        if kilograms == 0 && litres == 0 {
            return self.problem("journey.consignment.kilograms", "give the weight, the volume or both");
        }
        let ((date, earliest), (due_date, latest)) = (ready?, due?);
        if due_date != date || latest < earliest {
            return self.problem("journey.consignment.due", "must not lie before ready, on the same service date");
        }
        let window = TimeWindow::new(earliest, latest);
        Some(ConsignmentRequest { date, from, to, kilograms, litres, window })
    }

    fn ride(&mut self, ride: proto::Ride) -> Option<RideRequest> {
        use proto::ride::Wanted;
        let from = self.place("journey.ride.from", ride.from);
        let to = self.place("journey.ride.to", ride.to);
        let wanted = match ride.wanted {
            Some(Wanted::ArriveBy(instant)) => self
                .service_time("journey.ride.arrive_by", Some(instant))
                .map(|(date, time)| (date, WantedTime::ArriveBy(time))),
            Some(Wanted::DepartAt(instant)) => self
                .service_time("journey.ride.depart_at", Some(instant))
                .map(|(date, time)| (date, WantedTime::DepartAt(time))),
            None => self.problem("journey.ride.arrive_by", "give arrive_by or depart_at"),
        };
        let party = self.party("journey.ride.party", ride.party);
        let (from, to) = self.different("journey.ride.to", from?, to?)?;
        let (date, wanted) = wanted?;
        Some(RideRequest { date, from, to, wanted, party: party? })
    }

    fn different(&mut self, field: &str, from: PlaceId, to: PlaceId) -> Option<(PlaceId, PlaceId)> {
        if from == to {
            return self.problem(field, "is the same place as from");
        }
        Some((from, to))
    }

    fn party(&mut self, field: &str, party: Option<proto::Party>) -> Option<Party> {
        let Some(party) = party else {
            return self.problem(field, "say how many travel");
        };
        let seated = self.count(&format!("{field}.seated"), party.seated, MOST_PEOPLE);
        let wheelchairs = self.count(&format!("{field}.wheelchairs"), party.wheelchairs, MOST_PEOPLE);
        let luggage = self.count(&format!("{field}.luggage_units"), party.luggage_units, MOST_PEOPLE);
        let party = Party { seated: seated?, wheelchairs: wheelchairs?, luggage: luggage? };
        if party.seated + party.wheelchairs == 0 {
            return self.problem(field, "nobody travels: at least one person is needed");
        }
        Some(party)
    }

    fn count(&mut self, field: &str, count: i32, most: i32) -> Option<i32> {
        if !(0..=most).contains(&count) {
            return self.problem(field, format!("{count} is not between 0 and {most}"));
        }
        Some(count)
    }

    fn service_time(
        &mut self,
        field: &str,
        instant: Option<prost_types::Timestamp>,
    ) -> Option<(NaiveDate, ServiceTime)> {
        let Some(instant) = instant else {
            return self.problem(field, "is missing");
        };
        // Years 1990 to 2200, as for dates.
        if !(631_152_000..7_258_118_400).contains(&instant.seconds) {
            return self.problem(field, "is no moment of this age");
        }
        Some(self.scenario.policy.clock.service_time(Instant::from_unix_seconds(instant.seconds)))
    }

    fn school(&mut self, field: &str, code: &str) -> Option<SchoolId> {
        match self.scenario.schools.iter().position(|school| school.code == code) {
            Some(index) => Some(SchoolId::from_index(index)),
            None => self.problem(field, format!("there is no school {code:?}; schools.csv has the codes")),
        }
    }

    fn market(&mut self, field: &str, code: &str) -> Option<MarketId> {
        match self.scenario.markets.iter().position(|market| market.code == code) {
            Some(index) => Some(MarketId::from_index(index)),
            None => self.problem(field, format!("there is no market {code:?}; markets.csv has the codes")),
        }
    }

    fn place(&mut self, field: &str, place: Option<proto::PlaceReference>) -> Option<PlaceId> {
        use proto::place_reference::At;
        match place.and_then(|place| place.at) {
            Some(At::Code(code)) => self.place_by_code(&format!("{field}.code"), &code),
            Some(At::Coordinates(coordinates)) => self.nearest_place(&format!("{field}.coordinates"), coordinates),
            None => self.problem(field, "name a place by its code or by coordinates"),
        }
    }

    fn place_by_code(&mut self, field: &str, code: &str) -> Option<PlaceId> {
        match self.scenario.network.place_by_code(code) {
            None => self.problem(field, format!("there is no place {code:?}")),
            Some(place) if self.scenario.network.place(place).kind == PlaceKind::Depot => {
                self.problem(field, format!("{code:?} is a depot: nobody boards there"))
            }
            place => place,
        }
    }

    fn nearest_place(&mut self, field: &str, coordinates: proto::Coordinates) -> Option<PlaceId> {
        let sent = Position { latitude: coordinates.latitude, longitude: coordinates.longitude };
        if !((-90.0..=90.0).contains(&sent.latitude) && (-180.0..=180.0).contains(&sent.longitude)) {
            return self.problem(field, "latitude lies between -90 and 90, longitude between -180 and 180");
        }
        let position = match coordinates.datum() {
            proto::Datum::Wgs84 => sent,
            proto::Datum::Gcj02 => gcj02_to_wgs84(sent),
            proto::Datum::Unspecified => {
                return self.problem(
                    format!("{field}.datum"),
                    "say DATUM_WGS84 (satellite receivers) or DATUM_GCJ02 (Chinese map apps): they differ by some \
                     hundred metres",
                );
            }
        };
        let places = self.scenario.network.places_with_ids().filter(|(_, place)| place.kind != PlaceKind::Depot);
        let nearest = places.map(|(id, place)| (place.position.distance_to(position), id)).min();
        let limit = self.scenario.policy.walking.limit;
        match nearest {
            Some((distance, place)) if distance <= limit => Some(place),
            Some((distance, _)) => self
                .problem(field, format!("the nearest place is {distance} away, farther than the {limit} people walk")),
            None => self.problem(field, "the scenario has no places"),
        }
    }
}
