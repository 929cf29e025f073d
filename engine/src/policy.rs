//! What the county has decided: promises, bus-first thresholds, legal rules, weights.
//!
//! Versioned data of the scenario; the defaults are those of the county's own rules. Every answer that a policy
//! decides names the rule and its figures.

use crate::demand::DwellTimes;
use crate::network::SpeedLimits;
use crate::network::walking::WalkingPolicy;
use crate::time::{Duration, ServiceClock, ServiceTime, TimeWindow};
use crate::units::{Fen, Metres};

/// All policy of a service area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Names the version in answers and plans.
    pub version: String,
    /// Time zone and day change.
    pub clock: ServiceClock,
    /// On foot.
    pub walking: WalkingPolicy,
    /// When a line suffices.
    pub bus_first: BusFirstPolicy,
    /// What a booked ride promises.
    pub booked: BookedRidePolicy,
    /// How long boarding takes.
    pub dwell: DwellTimes,
    /// Law on drivers.
    pub driving: DrivingRules,
    /// What a driver's day may look like, and what it costs.
    pub duties: DutyPolicy,
    /// Pupils.
    pub students: StudentPolicy,
    /// Market runs.
    pub markets: MarketPolicy,
    /// What the fixed timetable must offer, and what its shortcomings cost.
    pub lines: LinePolicy,
    /// Goods in the holds of passenger services, and what it costs to leave them over.
    pub freight: FreightPolicy,
    /// Covered by a stop: at most this far from the village committee.
    pub village_coverage: Metres,
}

/// Lines win when a journey on them keeps within all of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusFirstPolicy {
    /// Walking at both ends and between lines, together.
    pub total_walk: Metres,
    /// Between the wanted and the offered time.
    pub wait: Duration,
    /// From boarding the first to leaving the last bus.
    pub ride: Duration,
    /// Changes of bus.
    pub transfers: u8,
    /// Least time to change.
    pub transfer_time: Duration,
    /// Share of seats kept for people who walk up without a booking, in percent of the forecast.
    pub walk_up_percent: i32,
}

/// What a ride booked on demand promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookedRidePolicy {
    /// Booked vehicles collect and bring within this time of the day.
    pub hours: TimeWindow,
    /// Width of the promised pickup window.
    pub pickup_window: Duration,
    /// Width of the promised drop-off window.
    pub dropoff_window: Duration,
    /// A ride takes at most this percentage of the direct driving time …
    pub ride_time_percent: i32,
    /// … plus this.
    pub ride_time_extra: Duration,
    /// Pickup at most this long after a wanted departure, or before it is needed for a wanted arrival.
    pub max_wait: Duration,
    /// Booking closes this long before pickup.
    pub notice: Duration,
    /// Booking opens this many days before the service date.
    pub book_ahead_days: u32,
    /// An offer can be confirmed for this long.
    pub offer_validity: Duration,
    /// Market goers stay at least this long.
    pub market_stay: Duration,
}

/// Driving hours and night rules (defaults: national rules for passenger transport).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrivingRules {
    /// Longest driving without a rest by day.
    pub continuous_by_day: Duration,
    /// Longest driving without a rest by night.
    pub continuous_by_night: Duration,
    /// The rest that ends continuous driving.
    pub rest: Duration,
    /// In 24 h.
    pub per_day: Duration,
    /// In 7 days.
    pub per_week: Duration,
    /// Night, as it begins on the service date: no passengers on roads marked unfit.
    pub night: TimeWindow,
}

impl DrivingRules {
    /// Does any of this time lie at night? There is a night every day: what begins at 22:00 on the service date, in the
    /// early hours of which the night before ends.
    pub fn is_at_night(&self, driven: TimeWindow) -> bool {
        let day = Duration::from_minutes(24 * 60);
        let TimeWindow { earliest, latest } = self.night;
        [TimeWindow::new(earliest - day, latest - day), self.night, TimeWindow::new(earliest + day, latest + day)]
            .into_iter()
            .any(|night| driven.overlaps(night))
    }

    /// How long may be driven without a rest in this time: as at night if any of it is.
    pub fn longest_without_rest(&self, driven: TimeWindow) -> Duration {
        if self.is_at_night(driven) { self.continuous_by_night } else { self.continuous_by_day }
    }
}

/// What a driver's day on blocks may look like beyond the law, and what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DutyPolicy {
    /// Longest from signing on to signing off.
    pub longest_spread: Duration,
    /// From signing on at the depot to leaving it.
    pub sign_on: Duration,
    /// From being back at the depot to signing off.
    pub sign_off: Duration,
    /// Pieces of work of a duty at most.
    pub most_pieces: u8,
    /// Shortest piece of work, unless it is a block's whole or the block cannot be driven without.
    pub shortest_piece: Duration,
    /// A vehicle that stands at a relief place at least this long is parked: nobody need be with it.
    pub parked_from: Duration,
    /// A break between two pieces of at least this length is the driver's own time and not paid.
    pub unpaid_break_from: Duration,
    /// Price of a duty.
    pub duty: Fen,
    /// Price of an hour paid.
    pub paid_hour: Fen,
    /// Price of a duty for which a depot has no driver, on top.
    pub missing_driver: Fen,
}

/// Pupils.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StudentPolicy {
    /// Farthest walk to a stop of a student run.
    pub walk: Metres,
    /// Longest ride.
    pub ride: Duration,
    /// Pupils are at school at least this long before the first bell …
    pub arrive_before_bell: Duration,
    /// … and at most this long.
    pub earliest_before_bell: Duration,
    /// They leave at most this long after the last bell.
    pub leave_after_bell: Duration,
    /// Attendants on board; each takes a seat.
    pub attendants: i32,
    /// A customized run serves at most this many schools: 1 keeps the pupils of schools apart, 2 allows mixed loads.
    pub schools_per_run: u8,
    /// Of the seats of a line's departures pupils may take this percentage; 0 keeps them off the lines.
    pub line_seats_percent: i32,
    /// A bus with pupils drives no faster than this.
    pub speed_limits: SpeedLimits,
    /// Boarders come back in this time of the afternoon before school.
    pub boarders_return: TimeWindow,
    /// Price of an hour of a pupil's walk to a stop, or of a ride on a line.
    pub pupil_hour: Fen,
    /// Price of a pupil whom neither run nor line brings.
    pub left_behind: Fen,
    /// The share of a vehicle's day that one run is charged with while runs are laid out.
    pub run_percent_of_day: i32,
}

/// Market runs: when market goers travel, and prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketPolicy {
    /// Runs reach the market no earlier than so long after it opens …
    pub arrive_after_opening: Duration,
    /// … and no later than so long after it opens.
    pub arrive_within: Duration,
    /// Market goers stay at least this long …
    pub stay_least: Duration,
    /// … and at most this long before a run takes them home.
    pub stay_most: Duration,
    /// Longest ride.
    pub ride: Duration,
    /// Price of an hour of a market goer's walk to a stop.
    pub goer_hour: Fen,
    /// Price of a market goer whom no run brings.
    pub left_behind: Fen,
}

/// The fixed timetable: what every line must offer on a day, and prices of what is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinePolicy {
    /// The first departure of each direction is no later than this.
    pub first_departure_by: ServiceTime,
    /// The last is no earlier than this.
    pub last_departure_from: ServiceTime,
    /// No two departures of a direction lie farther apart.
    pub largest_gap: Duration,
    /// Departures of each direction at least.
    pub least_departures: i32,
    /// More than zero: on school days a departure of every direction reaches each school that it passes in time for the bell.
    pub reach_bells: u8,
    /// More than zero: on market dates a departure of every direction reaches each market that it passes while goods are sold.
    pub reach_markets: u8,
    /// Departures are planned on this grid.
    pub departure_grid: Duration,
    /// Passengers accept a departure this much before or after the wanted time.
    pub max_deviation: Duration,
    /// A vehicle stands at least this long at the end of a line.
    pub layover: Duration,
    /// Deadheads between lines are at most this long.
    pub max_deadhead: Duration,
    /// Price of an hour of a passenger's time (deviation from the wanted time).
    pub passenger_hour: Fen,
    /// Price of a passenger whom no departure serves.
    pub unserved_passenger: Fen,
    /// Price of a violated coverage rule (first, last, gap, least departures), per departure missing.
    pub missing_departure: Fen,
    /// Price of a departure that today's timetable doesn't have: how dear it is to surprise the public.
    pub new_departure: Fen,
    /// Who changes to another line waits at most this long, beyond the least time to change.
    pub longest_transfer_wait: Duration,
    /// Price of a passenger who changes and finds no bus within that time.
    pub missed_transfer: Fen,
}

/// Goods in the holds of passenger services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreightPolicy {
    /// Price of loading a consignment or of unloading it.
    pub handling: Fen,
    /// Price of an hour of a consignment from the first departure to the last arrival.
    pub transit_hour: Fen,
    /// The same for one that spoils on the way.
    pub perishable_transit_hour: Fen,
    /// Price of an hour of carrying a consignment to a stop or from it.
    pub carrying_hour: Fen,
    /// Price of a consignment that holds leave over …
    pub left_over: Fen,
    /// … plus this per kilometre of the way from its origin to its destination …
    pub left_over_kilometre: Fen,
    /// … plus this if it spoils on the way: it goes first.
    pub left_over_perishable: Fen,
    /// Goods are at the stop this long before departure, and handed over this long after arrival.
    pub handling_time: Duration,
    /// From arriving at a station to leaving it in another hold, at least; never less than a second.
    pub transfer_time: Duration,
    /// Changes of hold, at most (more than 15 count as 15).
    pub transfers: u8,
    /// Goods are carried to and from stops this near on foot.
    pub access: Metres,
    /// Stops and markets this near to the seat of a township are its station, where goods may change holds and wait.
    pub station: Metres,
    /// What a luggage unit of market goers takes of the hold, in kilograms: baskets and poultry lie there, while passengers of lines
    /// have their bags with them.
    pub luggage_unit_kilograms: i32,
    /// The same in litres.
    pub luggage_unit_litres: i32,
}

impl StudentPolicy {
    /// When customized runs are at a school for a bell.
    pub fn at_school(&self, bell: ServiceTime) -> TimeWindow {
        TimeWindow::new(bell - self.earliest_before_bell, bell - self.arrive_before_bell)
    }
}

impl MarketPolicy {
    /// When market runs arrive at a market that opens then.
    pub fn at_market(&self, opens: ServiceTime) -> TimeWindow {
        TimeWindow::new(opens + self.arrive_after_opening, opens + self.arrive_within)
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            version: "default-1".to_owned(),
            clock: ServiceClock::SHANGHAI,
            walking: WalkingPolicy { metres_per_hour: 4_000, limit: Metres(2_000) },
            bus_first: BusFirstPolicy {
                total_walk: Metres(2_000),
                wait: Duration::from_minutes(60),
                ride: Duration::from_minutes(120),
                transfers: 1,
                transfer_time: Duration::from_minutes(5),
                walk_up_percent: 100,
            },
            booked: BookedRidePolicy {
                hours: TimeWindow::new(ServiceTime::hm(6, 0), ServiceTime::hm(21, 30)),
                pickup_window: Duration::from_minutes(20),
                dropoff_window: Duration::from_minutes(40),
                ride_time_percent: 150,
                ride_time_extra: Duration::from_minutes(15),
                max_wait: Duration::from_minutes(60),
                notice: Duration::from_minutes(30),
                book_ahead_days: 14,
                offer_validity: Duration::from_minutes(10),
                market_stay: Duration::from_minutes(60),
            },
            dwell: DwellTimes {
                base: Duration::from_seconds(30),
                per_passenger: Duration::from_seconds(10),
                per_wheelchair: Duration::from_seconds(120),
                per_luggage_unit: Duration::from_seconds(10),
                per_consignment: Duration::from_seconds(120),
            },
            driving: DrivingRules {
                continuous_by_day: Duration::from_minutes(240),
                continuous_by_night: Duration::from_minutes(120),
                rest: Duration::from_minutes(20),
                per_day: Duration::from_minutes(480),
                per_week: Duration::from_minutes(44 * 60),
                night: TimeWindow::new(ServiceTime::hm(22, 0), ServiceTime::hm(30, 0)),
            },
            duties: DutyPolicy {
                longest_spread: Duration::from_minutes(13 * 60),
                sign_on: Duration::from_minutes(10),
                sign_off: Duration::from_minutes(10),
                most_pieces: 3,
                shortest_piece: Duration::from_minutes(30),
                parked_from: Duration::from_minutes(30),
                unpaid_break_from: Duration::from_minutes(60),
                duty: Fen(12_000),
                paid_hour: Fen(2_400),
                missing_driver: Fen(50_000),
            },
            students: StudentPolicy {
                walk: Metres(2_000),
                ride: Duration::from_minutes(60),
                arrive_before_bell: Duration::from_minutes(5),
                earliest_before_bell: Duration::from_minutes(40),
                leave_after_bell: Duration::from_minutes(40),
                attendants: 1,
                schools_per_run: 1,
                line_seats_percent: 0,
                speed_limits: SpeedLimits { expressway: 80, other: 60 },
                boarders_return: TimeWindow::new(ServiceTime::hm(14, 30), ServiceTime::hm(17, 30)),
                pupil_hour: Fen(1_000),
                left_behind: Fen(10_000),
                run_percent_of_day: 50,
            },
            markets: MarketPolicy {
                arrive_after_opening: Duration::from_minutes(15),
                arrive_within: Duration::from_minutes(165),
                stay_least: Duration::from_minutes(90),
                stay_most: Duration::from_minutes(210),
                ride: Duration::from_minutes(75),
                goer_hour: Fen(1_500),
                left_behind: Fen(6_000),
            },
            lines: LinePolicy {
                first_departure_by: ServiceTime::hm(7, 0),
                last_departure_from: ServiceTime::hm(17, 30),
                largest_gap: Duration::from_minutes(120),
                least_departures: 6,
                reach_bells: 0,
                reach_markets: 0,
                departure_grid: Duration::from_minutes(10),
                max_deviation: Duration::from_minutes(60),
                layover: Duration::from_minutes(5),
                max_deadhead: Duration::from_minutes(45),
                passenger_hour: Fen(1_500),
                unserved_passenger: Fen(6_000),
                missing_departure: Fen(50_000),
                new_departure: Fen(0),
                longest_transfer_wait: Duration::from_minutes(60),
                missed_transfer: Fen(3_000),
            },
            freight: FreightPolicy {
                handling: Fen(100),
                transit_hour: Fen(40),
                perishable_transit_hour: Fen(200),
                carrying_hour: Fen(1_500),
                left_over: Fen(2_000),
                left_over_kilometre: Fen(60),
                left_over_perishable: Fen(2_000),
                handling_time: Duration::from_minutes(5),
                transfer_time: Duration::from_minutes(15),
                transfers: 2,
                access: Metres(2_000),
                station: Metres(600),
                luggage_unit_kilograms: 10,
                luggage_unit_litres: 50,
            },
            village_coverage: Metres(2_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(from: (i32, i32), until: (i32, i32), expected_minutes: i32) {
        let window = TimeWindow::new(ServiceTime::hm(from.0, from.1), ServiceTime::hm(until.0, until.1));
        let longest = Policy::default().driving.longest_without_rest(window);
        assert_eq!(longest, Duration::from_minutes(expected_minutes), "{window}");
    }

    #[test]
    fn two_hours_are_driven_by_night_and_four_by_day() {
        check((6, 0), (10, 0), 240);
        check((18, 0), (22, 0), 240);
        check((21, 0), (22, 10), 120);
        check((23, 0), (24, 30), 120);
        check((0, 0), (2, 0), 120);
        check((5, 30), (7, 0), 120);
        check((28, 0), (31, 0), 120);
        check((30, 0), (34, 0), 240);
        check((45, 0), (47, 0), 120);
    }
}
