//! The scenario as planning sees it once rides are booked: booked vehicles have only the gaps between their rides.
//!
//! A timetable planned on it needs no vehicle when somebody has a ride on it, so that putting it into service breaks no promise.

use chrono::NaiveDate;

use super::Area;
use crate::fleet::ShiftPiece;
use crate::plan::VehicleSchedule;
use crate::scenario::Scenario;
use crate::time::TimeWindow;

impl Area {
    /// All inputs, with the shift pieces of a date cut to what its bookings leave.
    pub fn scenario_beside_bookings(&self, date: NaiveDate) -> Scenario {
        let mut scenario = Scenario::clone(self.scenario());
        let schedules = self.plan(date).map_or(&[][..], |plan| &plan.schedules);
        let pieces = scenario.fleet.shift_pieces.iter();
        scenario.fleet.shift_pieces = pieces.flat_map(|piece| gaps(piece, schedules)).collect();
        scenario
    }
}

/// What rides leave of a piece, in order of time; where they leave nothing a piece without any time, because a vehicle without pieces would
/// be nobody's all day.
fn gaps(piece: &ShiftPiece, schedules: &[VehicleSchedule]) -> Vec<ShiftPiece> {
    let mut gaps = vec![piece.window];
    for schedule in schedules.iter().filter(|schedule| schedule.vehicle == piece.vehicle) {
        let away = TimeWindow::new(schedule.leaves_depot, schedule.returns);
        gaps = gaps.into_iter().flat_map(|gap| gap.without(away)).collect();
    }
    if gaps.is_empty() {
        gaps.push(TimeWindow::new(piece.window.earliest, piece.window.earliest));
    }
    gaps.into_iter().map(|window| ShiftPiece { window, ..*piece }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{DriverId, VehicleId};
    use crate::time::ServiceTime;

    /// Minutes after 8:00 of a piece, of rides on its vehicle, and of the gaps they leave.
    fn check(piece: (i32, i32), rides: &[(i32, i32)], expected: &[(i32, i32)]) {
        let at = |minutes: i32| ServiceTime::hm(8, 0) + crate::time::Duration::from_minutes(minutes);
        let window = |(from, until): (i32, i32)| TimeWindow::new(at(from), at(until));
        let of = |vehicle: u32, ride: (i32, i32)| VehicleSchedule {
            vehicle: VehicleId(vehicle),
            piece: window(piece),
            leaves_depot: at(ride.0),
            returns: at(ride.1),
            visits: Vec::new(),
        };
        let mut schedules: Vec<VehicleSchedule> = rides.iter().map(|&ride| of(0, ride)).collect();
        schedules.push(of(1, piece));
        let piece = ShiftPiece { driver: DriverId(0), vehicle: VehicleId(0), window: window(piece) };
        let found: Vec<TimeWindow> = gaps(&piece, &schedules).iter().map(|piece| piece.window).collect();
        assert_eq!(found, expected.iter().map(|&gap| window(gap)).collect::<Vec<_>>());
    }

    #[test]
    fn rides_leave_the_gaps_between_them() {
        check((0, 60), &[], &[(0, 60)]);
        check((0, 60), &[(70, 80)], &[(0, 60)]);
        check((0, 60), &[(10, 20), (30, 40)], &[(0, 10), (20, 30), (40, 60)]);
        check((0, 60), &[(0, 20), (50, 60)], &[(20, 50)]);
        check((0, 60), &[(0, 60)], &[(0, 0)]);
    }
}
