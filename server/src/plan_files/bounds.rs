//! How large a figure of a plan file may be. Files are edited by hand; figures within these bounds can be added up without
//! leaving their types, whatever the checker then thinks of them.

use sanban_engine::plan::{Advice, StageReport};
use sanban_engine::time::Duration;
use sanban_engine::units::{Fen, Load};

use super::PlanFileError;

/// As in scenarios: people of a village, kilograms, litres, positions.
const AMOUNT: i64 = 10_000_000;
/// People or luggage units at one call: no vehicle carries as many.
const AT_ONE_CALL: i64 = 100_000;
/// A day, either way.
const MINUTES: i64 = 1_440;
/// A thousand hours, as in times.
const SECONDS: i64 = 3_600_000;
/// Ten million million yuan.
const FEN: i64 = 1_000_000_000_000_000;

pub(super) fn amount(what: &str, figure: impl TryInto<i64>) -> Result<(), String> {
    within(what, figure, AMOUNT)
}

pub(super) fn at_one_call(what: &str, figure: i32) -> Result<(), String> {
    within(what, figure, AT_ONE_CALL)
}

pub(super) fn minutes(what: &str, figure: i32) -> Result<(), String> {
    within(what, figure, MINUTES)
}

pub(super) fn seconds(what: &str, duration: Duration) -> Result<(), String> {
    within(what, duration.seconds(), SECONDS)
}

pub(super) fn fen(what: &str, money: Fen) -> Result<(), String> {
    within(what, money.0, FEN)
}

pub(super) fn load(what: &str, load: Load) -> Result<(), String> {
    let named = load.dimensions().into_iter().zip(Load::DIMENSION_NAMES);
    named.into_iter().try_for_each(|(value, name)| amount(&format!("{what}, {name}"), value))
}

/// What a stage says of itself.
pub(super) fn stage(report: &StageReport) -> Result<(), PlanFileError> {
    let advice = |advice: &Advice| match advice {
        Advice::OneMoreVehicle { saves, .. } => fen("advice, saves", *saves),
        Advice::BellCosts { may_move, if_it_might_move, saves, .. } => seconds("advice, may_move", *may_move)
            .and_then(|()| seconds("advice, if_it_might_move", *if_it_might_move))
            .and_then(|()| fen("advice, saves", *saves)),
    };
    let found = fen("cost", report.cost)
        .and_then(|()| fen("lower_bound", report.lower_bound))
        .and_then(|()| report.advice.iter().try_for_each(advice));
    let part = if report.part.is_empty() { "" } else { " " };
    found.map_err(|why| PlanFileError { field: format!("stage {}{part}{}", report.stage, report.part), why })
}

fn within(what: &str, figure: impl TryInto<i64>, most: i64) -> Result<(), String> {
    match figure.try_into() {
        Ok(figure) if (-most..=most).contains(&figure) => Ok(()),
        Ok(figure) => Err(format!("{what} {figure} is beyond {most}")),
        Err(_) => Err(format!("{what} is beyond {most}")),
    }
}
