//! How people and goods travel: the sections of a way, told one by one and at a glance.

use prost_types::Timestamp;

use super::words;
use crate::proto::{self, section::By};

/// A booking in full, on several lines.
pub(super) fn booking(booking: &proto::Booking) -> String {
    let (id, state) = (&booking.booking_id, words::state(booking.state()));
    let (day, product) = (words::day(&booking.date), words::product(&booking.journey));
    let tier = words::tier(booking.tier());
    format!("{id}  {state}  {day}  {product}  {tier}\n{}", ways(&booking.legs))
}

/// The sections of all ways of an offer or booking, one per line.
pub(super) fn ways(legs: &[proto::OfferedLeg]) -> String {
    let mut text = String::new();
    for (way, leg) in legs.iter().enumerate() {
        if legs.len() > 1 {
            text.push_str(&format!("  {}\n", words::way(way)));
        }
        for section in sections(leg) {
            text.push_str(&format!("    {section}\n"));
        }
    }
    text
}

/// When the first ride of an offer begins; nothing for walks and for student runs, which go every school day.
pub(super) fn begins(legs: &[proto::OfferedLeg]) -> Option<i64> {
    legs.first().and_then(|leg| Glance::of("", leg, None).begins)
}

/// One line per section of a way.
fn sections(leg: &proto::OfferedLeg) -> Vec<String> {
    leg.sections.iter().map(section).collect()
}

fn section(section: &proto::Section) -> String {
    match &section.by {
        Some(By::Walk(walk)) => {
            let minutes = (walk.seconds + 59) / 60;
            let (from, to) = (words::place(&walk.from), words::place(&walk.to));
            format!("步行 walk    {from} → {to}，{} m，{minutes} 分钟 min", walk.metres)
        }
        Some(By::Line(ride)) => line_ride(ride),
        Some(By::Booked(ride)) => booked_ride(ride),
        Some(By::StudentRun(ride)) => {
            let (run, stop, school) = (&ride.student_run, words::place(&ride.stop), &ride.school);
            format!("学生班 student run {run}   {} {stop} ⇄ {school}，自 from {}", ride.time, ride.from_date)
        }
        None => "?".to_owned(),
    }
}

/// A ride on a line, with the minutes printed in the timetable.
fn line_ride(ride: &proto::LineRide) -> String {
    let (from, to) = (words::place(&ride.from), words::place(&ride.to));
    let (departure, arrival) = (words::hm(&ride.departure), words::hm(&ride.arrival));
    format!("班线 line {}  {departure} {from} → {arrival} {to}  [{}]", ride.line_short_name, ride.trip)
}

/// A ride on a booked vehicle, with the promised windows.
fn booked_ride(ride: &proto::BookedRide) -> String {
    let (from, to) = (words::place(&ride.from), words::place(&ride.to));
    let (pickup, dropoff) = (words::window(&ride.promised_pickup), words::window(&ride.promised_dropoff));
    let vehicle = if ride.vehicle.is_empty() { String::new() } else { format!("  [{}]", ride.vehicle) };
    format!("预约车 booked  {pickup} 上车 board {from} → {dropoff} 到达 arrive {to}{vehicle}")
}

/// A way at a glance.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Glance {
    /// When it begins, for sorting; absent when it is all on foot.
    pub begins: Option<i64>,
    /// When to board: a minute, or a promised window.
    pub boards: String,
    /// When to be there: a minute, or a promised window.
    pub arrives: String,
    /// From.
    pub from: String,
    /// To.
    pub to: String,
    /// Lines and vehicles, in order of travel.
    pub by: String,
}

impl Glance {
    /// Of a way on a date; `vehicle` is the booked vehicle of the plan as it stands now, which may have changed since
    /// the offer.
    pub fn of(date: &str, leg: &proto::OfferedLeg, vehicle: Option<&str>) -> Self {
        let mut glance = Self::default();
        let mut carriers = Vec::new();
        let ends = |section: &proto::Section| match &section.by {
            Some(By::Walk(walk)) => (words::place(&walk.from), words::place(&walk.to)),
            Some(By::Line(ride)) => (words::place(&ride.from), words::place(&ride.to)),
            Some(By::Booked(ride)) => (words::place(&ride.from), words::place(&ride.to)),
            Some(By::StudentRun(ride)) => (words::place(&ride.stop), ride.school.clone()),
            None => ("?".to_owned(), "?".to_owned()),
        };
        for section in &leg.sections {
            let (from, to) = ends(section);
            if glance.from.is_empty() {
                glance.from = from;
            }
            glance.to = to;
            let (begins, boards, arrives, carrier) = match &section.by {
                Some(By::Line(ride)) => {
                    (ride.departure, words::hm(&ride.departure), words::hm(&ride.arrival), ride.line_short_name.clone())
                }
                Some(By::Booked(ride)) => (
                    ride.promised_pickup.and_then(|window| window.earliest),
                    words::window(&ride.promised_pickup),
                    words::window(&ride.promised_dropoff),
                    vehicle.unwrap_or(&ride.vehicle).to_owned(),
                ),
                Some(By::StudentRun(ride)) => {
                    (words::typed_moment(date, &ride.time), ride.time.clone(), String::new(), ride.student_run.clone())
                }
                Some(By::Walk(_)) | None => continue,
            };
            if carriers.is_empty() {
                glance.begins = begins.map(|begins: Timestamp| begins.seconds);
                glance.boards = boards;
            }
            glance.arrives = arrives;
            carriers.push(carrier);
        }
        glance.by = carriers.join(" + ");
        glance
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use sanban_engine::time::ServiceTime;

    use super::*;

    fn place(code: &str, zh: &str) -> Option<proto::Place> {
        let name = Some(proto::Name { en: "x".to_owned(), zh: zh.to_owned() });
        Some(proto::Place { code: code.to_owned(), name, ..Default::default() })
    }

    fn at(hours: i32, minutes: i32) -> Option<Timestamp> {
        let date = NaiveDate::from_ymd_opt(2026, 11, 25).unwrap();
        Some(words::moment(date, ServiceTime::hm(hours, minutes)))
    }

    #[test]
    fn a_feeder_to_a_line_is_one_way_with_two_carriers() {
        let feeder = By::Booked(proto::BookedRide {
            from: place("V1", "大坪村"),
            to: place("S1", "河口站"),
            promised_pickup: Some(proto::Window { earliest: at(7, 0), latest: at(7, 20) }),
            promised_dropoff: Some(proto::Window { earliest: at(7, 20), latest: at(7, 50) }),
            vehicle: "Y1".to_owned(),
        });
        let line = By::Line(proto::LineRide {
            trip: "L1:0:0800".to_owned(),
            line_short_name: "1路".to_owned(),
            from: place("S1", "河口站"),
            to: place("S2", "县医院"),
            departure: at(8, 0),
            arrival: at(8, 30),
            ..Default::default()
        });
        let walk =
            By::Walk(proto::Walk { from: place("S2", "县医院"), to: place("HOSP", ""), metres: 100, seconds: 90 });
        let section = |by| proto::Section { by: Some(by) };
        let leg = proto::OfferedLeg { sections: vec![section(feeder), section(line), section(walk)] };
        let expected = Glance {
            begins: at(7, 0).map(|begins| begins.seconds),
            boards: "07:00–07:20".to_owned(),
            arrives: "08:30".to_owned(),
            from: "大坪村 V1".to_owned(),
            to: "x HOSP".to_owned(),
            by: "Y2 + 1路".to_owned(),
        };
        assert_eq!(Glance::of("2026-11-25", &leg, Some("Y2")), expected);
        assert_eq!(sections(&leg)[2], "步行 walk    县医院 S2 → x HOSP，100 m，2 分钟 min");
    }
}
