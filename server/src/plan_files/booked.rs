//! `plan-booked.json`: what is booked on a date.

use chrono::NaiveDate;
use sanban_engine::plan::{BookedLeg, LineReservation, Plan};
use serde::{Deserialize, Serialize};

use super::{ScenarioSource, bounds};

/// What is booked on a date, in the engine's own words. Its numbers are positions in the tables of the scenario with this
/// digest, and its trips those of the `plan.json` beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookedPlanFile {
    /// `sanban-booked-plan-1`.
    pub format: String,
    /// Folder of the scenario, as it was given.
    pub scenario: String,
    /// Digest of the scenario's files.
    pub scenario_digest: String,
    /// The plan.
    pub plan: Plan,
}

impl BookedPlanFile {
    /// The version of the format.
    pub const FORMAT: &str = "sanban-booked-plan-1";

    /// A plan and where it belongs.
    pub fn new(source: &ScenarioSource, plan: Plan) -> Self {
        let ScenarioSource { folder, digest } = source.clone();
        Self { format: Self::FORMAT.to_owned(), scenario: folder, scenario_digest: digest, plan }
    }

    /// The plan, unless it is written in another format, belongs to another date than the timetable beside it, or has figures
    /// that no plan has.
    pub fn checked(&self, date_of_timetable: Option<NaiveDate>) -> Result<&Plan, BookedPlanFileError> {
        let wrong = |field: &str, why| Err(BookedPlanFileError { field: field.to_owned(), why });
        if self.format != Self::FORMAT {
            return wrong("format", format!("not {}", Self::FORMAT));
        }
        if let Some(date) = date_of_timetable.filter(|&date| date != self.plan.date) {
            return wrong("plan.date", format!("{}, but the plan.json beside it is of {date}", self.plan.date));
        }
        let at = |id: &dyn std::fmt::Display, found: Result<(), String>| {
            found.map_err(|why| BookedPlanFileError { field: format!("leg {id}"), why })
        };
        for (id, leg) in &self.plan.legs {
            at(id, booked_leg(leg))?;
        }
        for (id, reservations) in &self.plan.reservations {
            at(id, reservations.iter().try_for_each(reservation))?;
        }
        Ok(&self.plan)
    }
}

/// Why a file of what is booked can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("plan-booked.json, {field}: {why}; export the date again")]
pub struct BookedPlanFileError {
    /// Where in the file.
    pub field: String,
    /// What is wrong.
    pub why: String,
}

fn booked_leg(leg: &BookedLeg) -> Result<(), String> {
    bounds::load("load", leg.load)?;
    bounds::seconds("ride_time_limit", leg.ride_time_limit)?;
    bounds::seconds("boarding", leg.boarding)?;
    bounds::seconds("alighting", leg.alighting)
}

fn reservation(held: &LineReservation) -> Result<(), String> {
    bounds::load("load", held.load)?;
    bounds::amount("from_stop", held.from_stop)?;
    bounds::amount("to_stop", held.to_stop)
}

#[cfg(test)]
mod tests {
    use sanban_engine::fleet::Product;
    use sanban_engine::ids::{BookingId, LegId, TripId};
    use sanban_engine::plan::Promise;
    use sanban_engine::scenario::sample;
    use sanban_engine::time::{Duration, ServiceTime, TimeWindow};
    use sanban_engine::units::Load;

    use super::*;

    /// One leg on a booked vehicle and one on a line.
    fn file() -> BookedPlanFile {
        let mut plan = Plan::empty(sample::market_day());
        let window = TimeWindow::new(ServiceTime::hm(8, 0), ServiceTime::hm(8, 20));
        let leg = BookedLeg {
            product: Product::Ride,
            from: sample::place("V3"),
            to: sample::place("HOS"),
            load: Load::seats(2),
            promise: Promise { pickup: window, dropoff: window },
            ride_time_limit: Duration::from_minutes(40),
            boarding: Duration::from_minutes(1),
            alighting: Duration::from_minutes(1),
        };
        let id = |booking| LegId { booking: BookingId(booking), leg: 0 };
        plan.legs.insert(id(1), leg);
        let held = LineReservation { trip: TripId(0), from_stop: 0, to_stop: 1, load: Load::seats(1) };
        plan.reservations.insert(id(2), vec![held]);
        let source = ScenarioSource { folder: "scenarios/乡镇".to_owned(), digest: "d1".to_owned() };
        BookedPlanFile::new(&source, plan)
    }

    #[test]
    fn another_format_and_another_date_than_that_of_the_timetable_are_refused() {
        let date = sample::market_day();
        assert!(file().checked(Some(date)).is_ok());
        let mut old = file();
        old.format = "sanban-booked-plan-0".to_owned();
        let error = old.checked(Some(date)).unwrap_err().to_string();
        assert!(error.contains("format: not sanban-booked-plan-1"), "{error}");
        let error = file().checked(date.succ_opt()).unwrap_err().to_string();
        assert!(error.contains("plan.date: 2026-11-24") && error.contains("2026-11-25"), "{error}");
    }

    #[test]
    fn figures_at_the_ends_of_their_types_are_refused_by_leg() {
        assert!(file().checked(None).is_ok());
        let check = |spoil: &dyn Fn(&mut BookedLeg, &mut LineReservation), booking: u64, figure: &str| {
            let mut file = file();
            let leg = file.plan.legs.values_mut().next().unwrap();
            let held = &mut file.plan.reservations.values_mut().next().unwrap()[0];
            spoil(leg, held);
            let refused = file.checked(None).expect_err(figure);
            let id = LegId { booking: BookingId(booking), leg: 0 };
            assert_eq!(refused.field, format!("leg {id}"), "{refused}");
            assert!(refused.why.starts_with(figure) && refused.why.contains("is beyond"), "{figure}: {refused}");
        };
        for far in [i32::MAX, i32::MIN] {
            let long = Duration::from_seconds(far);
            check(&|leg, _| leg.ride_time_limit = long, 1, "ride_time_limit");
            check(&|leg, _| leg.boarding = long, 1, "boarding");
            check(&|leg, _| leg.alighting = long, 1, "alighting");
            for dimension in 0..5 {
                let mut dimensions = [1; 5];
                dimensions[dimension] = far;
                let load = Load::from_dimensions(dimensions);
                check(&|leg, _| leg.load = load, 1, "load, ");
                check(&|_, held| held.load = load, 2, "load, ");
            }
        }
        check(&|_, held| held.from_stop = usize::MAX, 2, "from_stop");
        check(&|_, held| held.to_stop = usize::MAX, 2, "to_stop");
    }
}
