//! From the engine to the wire: what all messages share.

use chrono::NaiveDate;
use sanban_engine::ids::{LegId, PlaceId, TripId};
use sanban_engine::network::{Name, PlaceKind};
use sanban_engine::plan::{LineReservation, Timetable};
use sanban_engine::scenario::Scenario;
use sanban_engine::time::{Duration, Instant, ServiceTime, TimeWindow};
use sanban_engine::units::Load;

use crate::plan_files::trip_code;
use crate::proto;

/// Everything named within one service date.
#[derive(Clone, Copy)]
pub(super) struct Day<'a> {
    pub scenario: &'a Scenario,
    pub date: NaiveDate,
}

pub(super) fn instant(instant: Instant) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: instant.unix_seconds(), nanos: 0 }
}

pub(super) fn name(name: &Name) -> proto::Name {
    proto::Name { en: name.en.clone(), zh: name.zh.clone() }
}

pub(super) fn load(load: Load) -> proto::Load {
    proto::Load {
        seats: load.seats,
        wheelchairs: load.wheelchairs,
        luggage_units: load.luggage,
        freight_kilograms: load.freight_kilograms,
        freight_litres: load.freight_litres,
    }
}

pub(super) fn leg_reference(leg: LegId) -> proto::LegReference {
    proto::LegReference { booking_id: leg.booking.to_string(), leg: i32::from(leg.leg) }
}

/// A length of time; whole seconds.
pub(super) fn duration(duration: Duration) -> Option<prost_types::Duration> {
    Some(prost_types::Duration { seconds: duration.seconds().into(), nanos: 0 })
}

/// A place by its code, name and position.
pub(super) fn place(scenario: &Scenario, id: PlaceId) -> proto::Place {
    let place = scenario.network.place(id);
    let kind = match place.kind {
        PlaceKind::Stop => proto::PlaceKind::Stop,
        PlaceKind::Village => proto::PlaceKind::Village,
        PlaceKind::School => proto::PlaceKind::School,
        PlaceKind::Market => proto::PlaceKind::Market,
        PlaceKind::Facility => proto::PlaceKind::Facility,
        PlaceKind::Depot => proto::PlaceKind::Depot,
    };
    proto::Place {
        code: place.code.clone(),
        name: Some(name(&place.name)),
        kind: kind.into(),
        coordinates: Some(proto::Coordinates {
            latitude: place.position.latitude,
            longitude: place.position.longitude,
            datum: proto::Datum::Wgs84.into(),
        }),
    }
}

impl Day<'_> {
    pub fn time(self, time: ServiceTime) -> Option<prost_types::Timestamp> {
        Some(instant(self.scenario.policy.clock.instant(self.date, time)))
    }

    pub fn window(self, window: TimeWindow) -> Option<proto::Window> {
        Some(proto::Window { earliest: self.time(window.earliest), latest: self.time(window.latest) })
    }

    pub fn place(self, id: PlaceId) -> Option<proto::Place> {
        Some(place(self.scenario, id))
    }

    /// A ride on a trip of the date's timetable.
    pub fn line_ride(self, timetable: &Timetable, trip: TripId, from_stop: usize, to_stop: usize) -> proto::LineRide {
        let planned = timetable.trip(trip);
        let pattern = self.scenario.pattern(planned.pattern);
        let route = self.scenario.route(pattern.route);
        proto::LineRide {
            trip: trip_code(self.scenario, planned),
            line: route.code.clone(),
            line_short_name: route.short_name.clone(),
            from: self.place(pattern.stops[from_stop]),
            to: self.place(pattern.stops[to_stop]),
            departure: self.time(planned.departure + pattern.departures[from_stop]),
            arrival: self.time(planned.departure + pattern.arrivals[to_stop]),
        }
    }

    /// The ride of a reservation.
    pub fn reserved_ride(self, timetable: &Timetable, reservation: &LineReservation) -> proto::LineRide {
        self.line_ride(timetable, reservation.trip, reservation.from_stop, reservation.to_stop)
    }
}
