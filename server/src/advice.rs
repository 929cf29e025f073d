//! What a stage's prices tell a planner, in words.

use sanban_engine::plan::Advice;
use sanban_engine::units::Fen;

/// The same in Chinese and in English.
pub(crate) fn words(advice: &Advice) -> (String, String) {
    let yuan = |fen: Fen| format!("{}.{:02}", fen.0 / 100, (fen.0 % 100).abs());
    match advice {
        Advice::OneMoreVehicle { vehicle_type, depot, busiest, saves } => {
            let (from, to) = (busiest.earliest.to_hm_string(), busiest.latest.to_hm_string());
            let yuan = yuan(*saves);
            (
                format!("{depot} 若增加一辆 {vehicle_type}，每天至多节省 {yuan} 元（最紧张的时段为 {from}–{to}）"),
                format!("one more {vehicle_type} at {depot} would save at most {yuan} yuan a day; busiest {from}–{to}"),
            )
        }
        Advice::BellCosts { school, may_move, if_it_might_move, saves } => {
            let yuan = yuan(*saves);
            (
                format!("{school} 的作息铃若可前后移动 {if_it_might_move}（现为 {may_move}），每天节省 {yuan} 元"),
                format!(
                    "if the bells of {school} might move by {if_it_might_move} instead of {may_move}, {yuan} yuan a \
                     day would be saved"
                ),
            )
        }
    }
}
