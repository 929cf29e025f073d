//! How long a search may take, as people type it.

use std::time::Duration;

/// Reads `90s`, `2m`, `500ms`, `1.5h`; a limit is more than nothing.
pub(crate) fn time_limit(text: &str) -> Result<Duration, String> {
    let units = [("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3_600.0)];
    let parsed = units.iter().find_map(|(unit, seconds)| {
        let number: f64 = text.strip_suffix(unit)?.parse().ok()?;
        Duration::try_from_secs_f64(number * seconds).ok().filter(|limit| !limit.is_zero())
    });
    parsed.ok_or_else(|| format!("\"{text}\" is not a length of time: write such as 90s, 2m or 500ms"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, milliseconds: Option<u64>) {
        assert_eq!(time_limit(text).ok(), milliseconds.map(Duration::from_millis), "{text}");
    }

    #[test]
    fn a_length_of_time_has_a_number_and_a_unit() {
        check("90s", Some(90_000));
        check("2m", Some(120_000));
        check("500ms", Some(500));
        check("1.5h", Some(5_400_000));
        for wrong in ["", "60", "s", "0s", "-5s", "5 s", "5d", "NaNs", "infs", "1e300m", "99999999999999999999m"] {
            check(wrong, None);
        }
    }
}
