//! GCJ-02, the shifted datum of Chinese map apps, to and from WGS-84.
//!
//! GCJ-02 (国测局坐标) moves every point in China by up to 700 m in a way that isn't published; the formula here is
//! the one that everybody uses, and agrees with the apps to within a metre or so. Points outside China (a box, as the apps
//! have it) stay where they are.

use std::f64::consts::PI;

use super::Position;

/// Semi-major axis and squared eccentricity of the Krasovsky 1940 ellipsoid, on which the shift is defined.
const SEMI_MAJOR_AXIS_METRES: f64 = 6_378_245.0;
const ECCENTRICITY_SQUARED: f64 = 0.006_693_421_622_965_943;

/// What a map app shows for a point on the earth.
///
/// ```
/// use sanban_engine::network::{datum::wgs84_to_gcj02, Position};
/// let beijing = wgs84_to_gcj02(Position { latitude: 39.911954, longitude: 116.377817 });
/// assert!((beijing.latitude - 39.913345).abs() < 1e-6 && (beijing.longitude - 116.384047).abs() < 1e-6);
/// ```
pub fn wgs84_to_gcj02(wgs84: Position) -> Position {
    if !is_in_china(wgs84) {
        return wgs84;
    }
    let (north, east) = (wgs84.latitude - 35.0, wgs84.longitude - 105.0);
    let radians = wgs84.latitude.to_radians();
    let flattening = 1.0 - ECCENTRICITY_SQUARED * radians.sin().powi(2);
    let metres_per_radian_north = SEMI_MAJOR_AXIS_METRES * (1.0 - ECCENTRICITY_SQUARED) / flattening.powf(1.5);
    let metres_per_radian_east = SEMI_MAJOR_AXIS_METRES / flattening.sqrt() * radians.cos();
    Position {
        latitude: wgs84.latitude + (metres_north(north, east) / metres_per_radian_north).to_degrees(),
        longitude: wgs84.longitude + (metres_east(north, east) / metres_per_radian_east).to_degrees(),
    }
}

/// The point on the earth that a map app shows there, to well below a millimetre.
pub fn gcj02_to_wgs84(gcj02: Position) -> Position {
    if !is_in_china(gcj02) {
        return gcj02;
    }
    // The shift changes slowly from place to place: subtracting the shift of the last guess converges in a few steps.
    let mut guess = gcj02;
    for _ in 0..10 {
        let shown = wgs84_to_gcj02(guess);
        guess.latitude += gcj02.latitude - shown.latitude;
        guess.longitude += gcj02.longitude - shown.longitude;
    }
    guess
}

fn is_in_china(position: Position) -> bool {
    (0.8293..=55.8271).contains(&position.latitude) && (72.004..=137.8347).contains(&position.longitude)
}

fn metres_north(north: f64, east: f64) -> f64 {
    -100.0
        + 2.0 * east
        + 3.0 * north
        + 0.2 * north * north
        + 0.1 * east * north
        + 0.2 * east.abs().sqrt()
        + short_waves(east)
        + waves(north, &[(20.0, 1.0), (40.0, 3.0), (160.0, 12.0), (320.0, 30.0)])
}

fn metres_east(north: f64, east: f64) -> f64 {
    300.0
        + east
        + 2.0 * north
        + 0.1 * east * east
        + 0.1 * east * north
        + 0.1 * east.abs().sqrt()
        + short_waves(east)
        + waves(east, &[(20.0, 1.0), (40.0, 3.0), (150.0, 12.0), (300.0, 30.0)])
}

fn short_waves(east: f64) -> f64 {
    waves(east, &[(20.0, 1.0 / 6.0), (20.0, 0.5)])
}

/// Sine waves with these amplitudes; each passes zero every that many degrees.
fn waves(degrees: f64, amplitudes_and_half_periods: &[(f64, f64)]) -> f64 {
    let wave = |(amplitude, half_period): &(f64, f64)| amplitude * (degrees / half_period * PI).sin();
    amplitudes_and_half_periods.iter().map(wave).sum::<f64>() * 2.0 / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    type Degrees = (f64, f64);

    const PLACES: [(&str, Degrees, Degrees); 3] = [
        ("Shanghai", (31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
        ("Shenzhen", (22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
        ("Beijing", (39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
    ];

    fn at((latitude, longitude): Degrees) -> Position {
        Position { latitude, longitude }
    }

    fn is_same_spot(one: Position, other: Position, degrees: f64) -> bool {
        (one.latitude - other.latitude).abs() < degrees && (one.longitude - other.longitude).abs() < degrees
    }

    #[test]
    fn known_points_appear_where_map_apps_show_them() {
        for (name, wgs84, gcj02) in PLACES {
            let shown = wgs84_to_gcj02(at(wgs84));
            assert!(is_same_spot(shown, at(gcj02), 1e-9), "{name}: {shown:?}");
        }
    }

    #[test]
    fn the_way_back_leads_to_the_same_millimetre() {
        for latitude in 18..54 {
            for longitude in 73..136 {
                let spot = at((f64::from(latitude) + 0.3, f64::from(longitude) + 0.7));
                let back = gcj02_to_wgs84(wgs84_to_gcj02(spot));
                assert!(is_same_spot(back, spot, 1e-9), "{spot:?} came back as {back:?}");
            }
        }
    }

    #[test]
    fn the_rest_of_the_world_is_not_shifted() {
        for abroad in [(42.55, 1.58), (1.35, 60.0), (-33.9, 116.0), (56.0, 116.0), (39.9, 138.0)] {
            assert_eq!(wgs84_to_gcj02(at(abroad)), at(abroad));
            assert_eq!(gcj02_to_wgs84(at(abroad)), at(abroad));
        }
    }
}
