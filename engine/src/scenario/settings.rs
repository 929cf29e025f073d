//! `scenario.toml`: what the service area is called, and where its policy departs from the defaults.

use chrono::NaiveDate;

use crate::policy::Policy;
use crate::time::{Duration, ServiceTime};
use crate::units::{Fen, Metres};

/// `scenario.toml` as it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Name of the service area.
    pub name: String,
    /// Its Chinese name.
    pub name_zh: String,
    /// Its code.
    pub area_id: String,
    /// Of the generator; absent for real data.
    pub seed: Option<u64>,
    /// The date that is planned when nobody names one.
    pub demonstration_date: NaiveDate,
    /// Its line in the file; 0 when it was not read from one.
    pub demonstration_date_line: u64,
    /// The years whose notice is in `holidays.csv`.
    pub holiday_years: Vec<i32>,
    /// Their line in the file; 0 when they were not read from one.
    pub holiday_years_line: u64,
    /// Names the policy in answers and plans; empty for the defaults.
    pub policy_version: String,
    /// Departures from the default policy.
    pub policy: Vec<PolicySetting>,
}

/// One line of a `[policy.TABLE]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySetting {
    /// The table's name without `policy.`.
    pub table: String,
    /// The key.
    pub key: String,
    /// The value.
    pub value: SettingValue,
    /// Line in the file; 0 when it was not read from one.
    pub line: u64,
}

/// A value of `scenario.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingValue {
    /// A whole number.
    Integer(i64),
    /// A text, such as a time.
    Text(String),
}

/// A field of the policy as `scenario.toml` names it.
pub struct PolicyField {
    /// The table's name without `policy.`.
    pub table: &'static str,
    /// The key, with its unit last.
    pub key: &'static str,
    /// What it means.
    pub meaning: &'static str,
    field: Field,
}

/// How to reach a field, by its type.
enum Field {
    Minutes(fn(&mut Policy) -> &mut Duration),
    Seconds(fn(&mut Policy) -> &mut Duration),
    Metres(fn(&mut Policy) -> &mut Metres),
    Fen(fn(&mut Policy) -> &mut Fen),
    Time(fn(&mut Policy) -> &mut ServiceTime),
    Long(fn(&mut Policy) -> &mut i64),
    Number(fn(&mut Policy) -> &mut i32),
    Count(fn(&mut Policy) -> &mut u32),
    Small(fn(&mut Policy) -> &mut u8),
}

macro_rules! policy_fields {
    ($($table:literal { $($key:literal $kind:ident $first:ident $(. $path:ident)* : $meaning:literal;)* })*) => {
        /// Every field that `scenario.toml` can set, in the order of the documentation.
        pub const POLICY_FIELDS: &[PolicyField] = &[$($(
            PolicyField {
                table: $table,
                key: $key,
                meaning: $meaning,
                field: Field::$kind(|policy| &mut policy.$first$(.$path)*),
            },
        )*)*];
    };
}

policy_fields! {
    "walking" {
        "metres_per_hour" Long walking.metres_per_hour: "how fast people walk";
        "limit_m" Metres walking.limit: "nobody is sent on foot farther than this";
    }
    "bus_first" {
        "total_walk_m" Metres bus_first.total_walk: "lines suffice up to this walk, all parts of the way together";
        "wait_min" Minutes bus_first.wait: "… and this long between the wanted and the offered time";
        "ride_min" Minutes bus_first.ride: "… and this long from boarding the first to leaving the last bus";
        "transfers" Small bus_first.transfers: "… and this many changes of bus";
        "transfer_time_min" Minutes bus_first.transfer_time: "least time to change buses";
        "walk_up_percent" Number bus_first.walk_up_percent:
            "share of the expected walk-up passengers whose seats are kept free";
    }
    "booked" {
        "opens" Time booked.hours.earliest: "booked vehicles collect from then on";
        "closes" Time booked.hours.latest: "… and have brought everybody by then";
        "pickup_window_min" Minutes booked.pickup_window: "width of the promised pickup window";
        "dropoff_window_min" Minutes booked.dropoff_window: "width of the promised drop-off window";
        "ride_time_percent" Number booked.ride_time_percent: "a ride takes at most this share of the direct drive …";
        "ride_time_extra_min" Minutes booked.ride_time_extra: "… plus this";
        "max_wait_min" Minutes booked.max_wait:
            "pickup this long after a wanted departure, arrival this long before a wanted arrival, at most";
        "notice_min" Minutes booked.notice: "booking closes this long before pickup";
        "book_ahead_days" Count booked.book_ahead_days: "booking opens this many days before";
        "offer_validity_min" Minutes booked.offer_validity: "an offer can be confirmed for this long";
        "market_stay_min" Minutes booked.market_stay: "market goers stay at least this long";
    }
    "dwell" {
        "base_s" Seconds dwell.base: "every boarding or alighting";
        "per_passenger_s" Seconds dwell.per_passenger: "… plus this per seated passenger";
        "per_wheelchair_s" Seconds dwell.per_wheelchair: "… per wheelchair";
        "per_luggage_unit_s" Seconds dwell.per_luggage_unit: "… per luggage unit";
        "per_consignment_s" Seconds dwell.per_consignment: "… per consignment";
    }
    "driving" {
        "continuous_by_day_min" Minutes driving.continuous_by_day: "longest driving without a rest by day";
        "continuous_by_night_min" Minutes driving.continuous_by_night: "… by night";
        "rest_min" Minutes driving.rest: "the rest that ends continuous driving";
        "per_day_min" Minutes driving.per_day: "driving in 24 hours";
        "per_week_min" Minutes driving.per_week: "driving in 7 days; kept by whoever writes the rota";
        "night_from" Time driving.night.earliest: "night begins, every day";
        "night_until" Time driving.night.latest: "night ends (may pass 24:00)";
    }
    "duties" {
        "longest_spread_min" Minutes duties.longest_spread: "a driver's day, from signing on to signing off";
        "sign_on_min" Minutes duties.sign_on: "from signing on at the depot to leaving it";
        "sign_off_min" Minutes duties.sign_off: "from being back at the depot to signing off";
        "most_pieces" Small duties.most_pieces: "pieces of work in a duty";
        "shortest_piece_min" Minutes duties.shortest_piece:
            "shortest piece of work, unless a block cannot be driven without a shorter one";
        "parked_from_min" Minutes duties.parked_from:
            "nobody need be with a vehicle that stands this long where drivers can be relieved";
        "unpaid_break_from_min" Minutes duties.unpaid_break_from: "a break between pieces is unpaid from this length on";
        "duty_fen" Fen duties.duty: "price of a duty";
        "paid_hour_fen" Fen duties.paid_hour: "price of an hour paid";
        "missing_driver_fen" Fen duties.missing_driver: "price of a duty for which a depot has no driver, on top";
    }
    "students" {
        "walk_m" Metres students.walk: "farthest walk to a stop of a student run";
        "ride_min" Minutes students.ride: "longest ride on a customized run";
        "arrive_before_bell_min" Minutes students.arrive_before_bell: "customized runs are at school at least this long before the bell";
        "earliest_before_bell_min" Minutes students.earliest_before_bell: "… and at most this long";
        "leave_after_bell_min" Minutes students.leave_after_bell: "customized runs home leave within this time of the last bell";
        "attendants" Number students.attendants: "attendants on board; each takes a seat";
        "schools_per_run" Small students.schools_per_run: "schools that one customized run may serve: 1, or 2 for mixed loads";
        "line_seats_percent" Number students.line_seats_percent: "share of a line departure's seats that pupils may take";
        "speed_limit_km_h" Small students.speed_limits.other: "buses with pupils drive no faster …";
        "expressway_speed_limit_km_h" Small students.speed_limits.expressway: "… and on expressways no faster than this";
        "boarders_return_from" Time students.boarders_return.earliest: "runs with boarders reach the school no earlier …";
        "boarders_return_by" Time students.boarders_return.latest: "… and no later on the day before school";
        "pupil_hour_fen" Fen students.pupil_hour: "price of an hour of a pupil's walk, or of a ride on a line";
        "left_behind_fen" Fen students.left_behind: "price of a pupil whom neither run nor line brings";
        "run_percent_of_day" Number students.run_percent_of_day:
            "share of a vehicle's day that a run is charged with while runs are laid out";
    }
    "markets" {
        "arrive_after_opening_min" Minutes markets.arrive_after_opening: "market runs arrive no earlier after the market opens";
        "arrive_within_min" Minutes markets.arrive_within: "… and no later";
        "stay_least_min" Minutes markets.stay_least: "between arrival and the run home at least";
        "stay_most_min" Minutes markets.stay_most: "… and at most";
        "ride_min" Minutes markets.ride: "longest ride on a market run";
        "goer_hour_fen" Fen markets.goer_hour: "price of an hour of a market goer's walk to a stop";
        "left_behind_fen" Fen markets.left_behind: "price of a market goer whom no run brings";
    }
    "lines" {
        "first_departure_by" Time lines.first_departure_by: "the first departure of each direction is no later";
        "last_departure_from" Time lines.last_departure_from: "the last is no earlier";
        "largest_gap_min" Minutes lines.largest_gap: "between two departures of a direction";
        "least_departures" Number lines.least_departures: "departures of each direction at least";
        "reach_bells" Small lines.reach_bells:
            "1: on school days a departure of every direction reaches each school near its stops in the time that customized runs have; 0: no such rule";
        "reach_markets" Small lines.reach_markets:
            "1: on market dates a departure of every direction reaches each market near its stops in the time that market runs have; 0: no such rule";
        "departure_grid_min" Minutes lines.departure_grid: "departures are planned on this grid";
        "max_deviation_min" Minutes lines.max_deviation: "passengers accept a departure this far from the wanted time";
        "layover_min" Minutes lines.layover: "a vehicle stands at least this long at the end of a line";
        "max_deadhead_min" Minutes lines.max_deadhead: "empty drives between two trips are at most this long";
        "passenger_hour_fen" Fen lines.passenger_hour: "price of an hour between wanted and offered time";
        "unserved_passenger_fen" Fen lines.unserved_passenger: "price of a passenger whom no departure serves";
        "missing_departure_fen" Fen lines.missing_departure: "price of a broken coverage rule";
        "new_departure_fen" Fen lines.new_departure: "price of a departure that today's timetable doesn't have";
        "longest_transfer_wait_min" Minutes lines.longest_transfer_wait:
            "who changes lines waits at most this long, beyond the least time to change buses";
        "missed_transfer_fen" Fen lines.missed_transfer: "price of a passenger who changes and finds no bus within that time";
    }
    "freight" {
        "handling_fen" Fen freight.handling: "price of loading a consignment into a hold, or of unloading it";
        "transit_hour_fen" Fen freight.transit_hour: "price of its hour from the first departure to the last arrival";
        "perishable_transit_hour_fen" Fen freight.perishable_transit_hour: "… of one that spoils on the way";
        "carrying_hour_fen" Fen freight.carrying_hour: "price of an hour of carrying it to a stop or from it";
        "left_over_fen" Fen freight.left_over: "price of a consignment that holds leave to a dedicated run …";
        "left_over_km_fen" Fen freight.left_over_kilometre: "… plus this per kilometre of its way …";
        "left_over_perishable_fen" Fen freight.left_over_perishable: "… plus this if it spoils on the way";
        "handling_min" Minutes freight.handling_time:
            "goods are at the stop this long before departure, and handed over this long after arrival";
        "transfer_min" Minutes freight.transfer_time:
            "from arriving at a station to leaving it in another hold, at least";
        "transfers" Small freight.transfers: "changes of hold, at most; more than 15 count as 15";
        "access_m" Metres freight.access:
            "goods are carried on foot to and from stops this near, within the limit of walking";
        "station_m" Metres freight.station:
            "stops and markets this near to a township's seat are its station, where goods change holds";
        "luggage_unit_kg" Number freight.luggage_unit_kilograms:
            "what a luggage unit of market goers takes of the hold of their run, in kilograms …";
        "luggage_unit_litres" Number freight.luggage_unit_litres: "… and in litres";
    }
    "coverage" {
        "village_m" Metres village_coverage: "a village is covered by a stop this near; no rule asks for it yet";
    }
}

impl PolicyField {
    /// The value that a policy has, as `scenario.toml` would say it.
    pub fn value(&self, policy: &Policy) -> SettingValue {
        let mut policy = policy.clone();
        let policy = &mut policy;
        SettingValue::Integer(match self.field {
            Field::Minutes(field) => i64::from(field(policy).seconds() / 60),
            Field::Seconds(field) => i64::from(field(policy).seconds()),
            Field::Metres(field) => field(policy).0,
            Field::Fen(field) => field(policy).0,
            Field::Time(field) => return SettingValue::Text(field(policy).to_hm_string()),
            Field::Long(field) => *field(policy),
            Field::Number(field) => i64::from(*field(policy)),
            Field::Count(field) => i64::from(*field(policy)),
            Field::Small(field) => i64::from(*field(policy)),
        })
    }

    /// Sets the field; else (why, remedy).
    pub fn set(&self, policy: &mut Policy, value: &SettingValue) -> Result<(), (String, String)> {
        let whole_number = || match value {
            SettingValue::Integer(number) if (0..=1_000_000_000).contains(number) => Ok(*number),
            SettingValue::Integer(number) => {
                Err((format!("{number} is out of range"), "write a number from 0 to 1000000000".to_owned()))
            }
            SettingValue::Text(text) => {
                Err((format!("\"{text}\" is not a whole number"), "write digits without quotes".to_owned()))
            }
        };
        // Beyond belief, and still so small that what is worked out from it fits.
        let in_range = |number: i64, largest: i64| {
            if number <= largest {
                Ok(number)
            } else {
                Err((format!("{number} is out of range"), format!("write a number from 0 to {largest}")))
            }
        };
        match self.field {
            Field::Minutes(field) => {
                *field(policy) = Duration::from_minutes(in_range(whole_number()?, 1_000_000)? as i32);
            }
            Field::Seconds(field) => {
                *field(policy) = Duration::from_seconds(in_range(whole_number()?, 100_000)? as i32);
            }
            Field::Metres(field) => *field(policy) = Metres(whole_number()?),
            Field::Fen(field) => *field(policy) = Fen(whole_number()?),
            Field::Long(field) => *field(policy) = whole_number()?,
            Field::Number(field) => *field(policy) = in_range(whole_number()?, 10_000)? as i32,
            Field::Count(field) => *field(policy) = whole_number()? as u32,
            Field::Small(field) => *field(policy) = in_range(whole_number()?, 255)? as u8,
            Field::Time(field) => match value {
                SettingValue::Text(text) => {
                    let remedy = || "write a time in quotes, such as \"06:30\"".to_owned();
                    *field(policy) = text.parse().map_err(|error| (format!("{error}"), remedy()))?;
                }
                SettingValue::Integer(number) => {
                    return Err((format!("{number} is no time"), "write it in quotes, such as \"06:30\"".to_owned()));
                }
            },
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_reads_back_what_was_set() {
        for field in POLICY_FIELDS {
            let mut policy = Policy::default();
            let value = match field.value(&policy) {
                SettingValue::Integer(number) => SettingValue::Integer(number + 1),
                SettingValue::Text(_) => SettingValue::Text("12:34".to_owned()),
            };
            field.set(&mut policy, &value).unwrap_or_else(|why| panic!("{}: {why:?}", field.key));
            assert_eq!(field.value(&policy), value, "{}", field.key);
            assert_ne!(policy, Policy::default(), "{}", field.key);
        }
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_refused() {
        let check = |key, value| {
            let field = POLICY_FIELDS.iter().find(|field| field.key == key).expect("a field");
            assert!(field.set(&mut Policy::default(), &value).is_err(), "{key} = {value:?}");
        };
        check("limit_m", SettingValue::Integer(-1));
        check("limit_m", SettingValue::Text("far".into()));
        check("transfers", SettingValue::Integer(300));
        check("walk_up_percent", SettingValue::Integer(1_000_000_000));
        check("per_wheelchair_s", SettingValue::Integer(1_000_000));
        check("opens", SettingValue::Integer(6));
        check("opens", SettingValue::Text("25:61".into()));
    }
}
