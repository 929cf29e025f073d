//! Distances, money and loads: distinct integer types, rounded in one place (here).

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use serde::{Deserialize, Serialize};

use crate::time::Duration;

/// A distance in metres.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Metres(pub i64);

/// Money in fen (分), a hundredth of a yuan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fen(pub i64);

/// What a rider or consignment takes, or what a vehicle has, in each of the dimensions of a vehicle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Load {
    /// Passenger seats. The driver's is never counted; an attendant's is, where one rides along.
    pub seats: i32,
    /// Wheelchair places.
    pub wheelchairs: i32,
    /// Luggage units: a basket, a suitcase, two hens.
    pub luggage: i32,
    /// Freight weight in kilograms.
    pub freight_kilograms: i32,
    /// Freight volume in litres.
    pub freight_litres: i32,
}

impl Load {
    /// Nothing.
    pub const ZERO: Self = Self { seats: 0, wheelchairs: 0, luggage: 0, freight_kilograms: 0, freight_litres: 0 };
    /// Names of the dimensions, in the order of [`Load::dimensions`].
    pub const DIMENSION_NAMES: [&'static str; 5] =
        ["seats", "wheelchair places", "luggage units", "freight kilograms", "freight litres"];

    /// Passengers in seats and nothing else.
    pub const fn seats(seats: i32) -> Self {
        Self { seats, ..Self::ZERO }
    }

    /// The five dimensions as an array, for code that treats them alike.
    pub const fn dimensions(self) -> [i32; 5] {
        [self.seats, self.wheelchairs, self.luggage, self.freight_kilograms, self.freight_litres]
    }

    /// From the five dimensions.
    pub const fn from_dimensions(dimensions: [i32; 5]) -> Self {
        let [seats, wheelchairs, luggage, freight_kilograms, freight_litres] = dimensions;
        Self { seats, wheelchairs, luggage, freight_kilograms, freight_litres }
    }

    /// Does this load fit into that capacity in every dimension?
    pub fn fits_in(self, capacity: Self) -> bool {
        // All at once instead of one after the other: it is asked at every stop of every trial.
        (self.seats <= capacity.seats)
            & (self.wheelchairs <= capacity.wheelchairs)
            & (self.luggage <= capacity.luggage)
            & (self.freight_kilograms <= capacity.freight_kilograms)
            & (self.freight_litres <= capacity.freight_litres)
    }

    /// The larger of the two in every dimension.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        let (mut larger, other) = (self.dimensions(), other.dimensions());
        for (value, candidate) in larger.iter_mut().zip(other) {
            *value = (*value).max(candidate);
        }
        Self::from_dimensions(larger)
    }
}

impl Fen {
    /// The cost of driving this far at this rate.
    pub fn per_kilometre(self, distance: Metres) -> Self {
        Self(rounded_quotient(self.0 * distance.0, 1_000))
    }

    /// The cost of this long at this rate per hour.
    pub fn per_hour(self, duration: Duration) -> Self {
        Self(rounded_quotient(self.0 * i64::from(duration.seconds()), 3_600))
    }
}

/// Half away from zero: the one place where integers are rounded.
pub fn rounded_quotient(numerator: i64, denominator: i64) -> i64 {
    let half = denominator / 2;
    if numerator >= 0 { (numerator + half) / denominator } else { (numerator - half) / denominator }
}

/// Up: for what must not be less, such as whole people.
pub fn quotient_rounded_up(numerator: i64, denominator: i64) -> i64 {
    numerator.div_euclid(denominator) + i64::from(numerator.rem_euclid(denominator) > 0)
}

impl Metres {
    /// The nearest whole metre.
    pub fn rounded(metres: f64) -> Self {
        Self(metres.round() as i64)
    }
}

impl fmt::Display for Metres {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.abs() < 1_000 {
            write!(formatter, "{} m", self.0)
        } else {
            write!(formatter, "{:.1} km", self.0 as f64 / 1_000.0)
        }
    }
}

impl fmt::Display for Fen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(formatter, "{sign}¥{}.{:02}", fen / 100, fen % 100)
    }
}

macro_rules! adds_like_a_number {
    ($name:ident) => {
        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }
        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self {
                Self(self.0 - other.0)
            }
        }
        impl Neg for $name {
            type Output = Self;
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }
        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) {
                self.0 += other.0;
            }
        }
        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) {
                self.0 -= other.0;
            }
        }
        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
                values.fold(Self(0), Add::add)
            }
        }
    };
}

adds_like_a_number!(Metres);
adds_like_a_number!(Fen);

// By dimension and in place: routes add up loads at every stop of every trial.
impl AddAssign for Load {
    fn add_assign(&mut self, other: Self) {
        self.seats += other.seats;
        self.wheelchairs += other.wheelchairs;
        self.luggage += other.luggage;
        self.freight_kilograms += other.freight_kilograms;
        self.freight_litres += other.freight_litres;
    }
}

impl SubAssign for Load {
    fn sub_assign(&mut self, other: Self) {
        self.seats -= other.seats;
        self.wheelchairs -= other.wheelchairs;
        self.luggage -= other.luggage;
        self.freight_kilograms -= other.freight_kilograms;
        self.freight_litres -= other.freight_litres;
    }
}

impl Add for Load {
    type Output = Self;
    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl Sub for Load {
    type Output = Self;
    fn sub(mut self, other: Self) -> Self {
        self -= other;
        self
    }
}

impl Neg for Load {
    type Output = Self;
    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl fmt::Display for Load {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (value, name) in self.dimensions().into_iter().zip(Self::DIMENSION_NAMES) {
            if value != 0 {
                write!(formatter, "{separator}{value} {name}")?;
                separator = ", ";
            }
        }
        if separator.is_empty() { write!(formatter, "nothing") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_dimension_too_many_is_enough_not_to_fit() {
        let van = Load { seats: 2, freight_kilograms: 500, freight_litres: 3_000, ..Load::ZERO };
        assert!(Load::seats(2).fits_in(van));
        assert!(!Load { luggage: 1, ..Load::ZERO }.fits_in(van));
    }

    #[test]
    fn people_are_whole() {
        let check = |numerator, expected| assert_eq!(quotient_rounded_up(numerator, 100), expected, "{numerator}");
        check(0, 0);
        check(1, 1);
        check(100, 1);
        check(101, 2);
        check(-1, 0);
    }

    #[test]
    fn money_rounds_half_away_from_zero() {
        let check = |rate, metres, expected| assert_eq!(Fen(rate).per_kilometre(Metres(metres)), Fen(expected));
        check(300, 1_000, 300);
        check(1, 500, 1);
        check(1, 499, 0);
        check(-1, 500, -1);
    }
}
