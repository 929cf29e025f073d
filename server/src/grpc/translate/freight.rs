//! How goods travel, outwards, with what was proved about those that don't.

use sanban_engine::plan::{
    FreightCarrier, FreightEnd, FreightItinerary, FreightLeg, FreightRun, FreightStatus, LeftOver, NoRun, RunObstacle,
    WindowMiss,
};

use super::reasons::{Figures, explanation};
use super::timetable::Named;
use crate::plan_files::codes::{freight_run_code, trip_code};
use crate::proto;

pub(super) fn plan(named: &Named) -> proto::FreightPlan {
    let freight = &named.timetable.freight;
    proto::FreightPlan {
        itineraries: freight.itineraries.iter().map(|itinerary| self::itinerary(named, itinerary)).collect(),
        runs: freight.runs.iter().enumerate().map(|(index, run)| self::run(named, index, run)).collect(),
    }
}

fn itinerary(named: &Named, itinerary: &FreightItinerary) -> proto::FreightItinerary {
    use proto::FreightStatus as Wire;
    let (status, run, left_over, no_run) = match &itinerary.status {
        FreightStatus::InHolds => (Wire::InHolds, String::new(), None, None),
        FreightStatus::OnRun { run, left_over } => (Wire::OnRun, freight_run_code(*run), Some(left_over), None),
        FreightStatus::NotCarried { left_over, no_run } => {
            (Wire::NotCarried, String::new(), Some(left_over), no_run.as_ref())
        }
    };
    proto::FreightItinerary {
        consignment: named.day.scenario.consignments[itinerary.consignment].code.clone(),
        status: status.into(),
        legs: itinerary.legs.iter().map(|leg| self::leg(named, leg)).collect(),
        run,
        not_in_holds: left_over.map(|left_over| self::not_in_holds(named, left_over)),
        no_run: no_run.map(|no_run| self::no_run(named, no_run)),
    }
}

fn leg(named: &Named, leg: &FreightLeg) -> proto::FreightLeg {
    let scenario = named.day.scenario;
    let (trip, run, [loaded_at, unloaded_at], departure, arrival) = match leg.carrier {
        FreightCarrier::Trip(id) => {
            let trip = named.timetable.trip(id);
            let pattern = scenario.pattern(trip.pattern);
            let departure = trip.departure + pattern.departures[leg.loaded_at];
            let arrival = trip.departure + pattern.arrivals[leg.unloaded_at];
            let stops = [leg.loaded_at, leg.unloaded_at].map(|position| pattern.stops[position]);
            (trip_code(scenario, trip), String::new(), stops, departure, arrival)
        }
        FreightCarrier::Run(id) => {
            let [loaded, unloaded] =
                [leg.loaded_at, leg.unloaded_at].map(|position| &named.timetable.run(id).calls[position]);
            (String::new(), named.run(id), [loaded.place, unloaded.place], loaded.departure, unloaded.arrival)
        }
    };
    let code = |place| scenario.network.place(place).code.clone();
    proto::FreightLeg {
        trip,
        loaded_at: code(loaded_at),
        departure: named.day.time(departure),
        unloaded_at: code(unloaded_at),
        arrival: named.day.time(arrival),
        run,
    }
}

fn run(named: &Named, index: usize, run: &FreightRun) -> proto::FreightRun {
    let scenario = named.day.scenario;
    let visits = run.visits.iter().map(|visit| proto::FreightVisit {
        place: scenario.network.place(visit.place).code.clone(),
        consignment: scenario.consignments[visit.consignment].code.clone(),
        loads: visit.loads,
        arrival: named.day.time(visit.arrival),
        begin: named.day.time(visit.begin),
        departure: named.day.time(visit.departure),
    });
    proto::FreightRun {
        code: freight_run_code(index),
        vehicle: scenario.fleet.vehicle(run.vehicle).code.clone(),
        leaves_depot: named.day.time(run.leaves_depot),
        returns: named.day.time(run.returns),
        visits: visits.collect(),
    }
}

fn not_in_holds(named: &Named, left_over: &LeftOver) -> proto::Explanation {
    let (rule, figures, zh): (_, Figures, String) = match left_over {
        LeftOver::NoService { end } => {
            let (end, zh) = match end {
                FreightEnd::Origin => ("origin", "起点附近没有班车停靠"),
                FreightEnd::Destination => ("destination", "目的地附近没有班车停靠"),
            };
            ("freight.no_service", vec![("end", end.to_owned())], zh.to_owned())
        }
        LeftOver::NoConnection => ("freight.no_connection", vec![], "没有从起点到目的地的班车衔接".to_owned()),
        LeftOver::Window(WindowMiss::Late { delivered, by }) => (
            "freight.late",
            vec![("delivered", delivered.to_hm_string()), ("by_s", by.seconds().to_string())],
            format!("最早 {} 送达，晚 {by}", delivered.to_hm_string()),
        ),
        LeftOver::Window(WindowMiss::Missed { from, leaves, by }) => {
            let from = named.day.scenario.network.place(*from).code.clone();
            let leaves = leaves.to_hm_string();
            let zh = format!("能按时送达的末班车 {leaves} 从 {from} 开出，货物需提前 {by} 备妥");
            ("freight.missed", vec![("from", from), ("leaves", leaves), ("by_s", by.seconds().to_string())], zh)
        }
        LeftOver::Window(WindowMiss::Both) => {
            ("freight.outside_window", vec![], "班车在货物备妥前开出，或在要求时间后到达".to_owned())
        }
        LeftOver::HoldsTooSmall { most_kilograms, most_litres } => (
            "freight.holds_too_small",
            vec![("most_kg", most_kilograms.to_string()), ("most_l", most_litres.to_string())],
            format!("沿途货舱最多可装 {most_kilograms} 公斤或 {most_litres} 升"),
        ),
        LeftOver::HoldsFull { carrier, after_call, kilograms_left, litres_left } => {
            let (kind, zh, code) = match *carrier {
                FreightCarrier::Trip(id) => ("trip", "班次", trip_code(named.day.scenario, named.timetable.trip(id))),
                FreightCarrier::Run(id) => ("run", "赶集班", named.run(id)),
            };
            let zh = format!("货舱已满：{zh} {code} 余 {kilograms_left} 公斤、{litres_left} 升");
            let figures = vec![
                (kind, code),
                ("after_call", after_call.to_string()),
                ("left_kg", kilograms_left.to_string()),
                ("left_l", litres_left.to_string()),
            ];
            ("freight.holds_full", figures, zh)
        }
        LeftOver::Dearer { by } => (
            "freight.dearer",
            vec![("by_fen", by.0.to_string())],
            format!("随班车运输比专门运送多花 {}.{:02} 元", by.0 / 100, by.0 % 100),
        ),
    };
    explanation(rule, figures, zh, left_over.to_string())
}

fn no_run(named: &Named, no_run: &NoRun) -> proto::Explanation {
    let (rule, mut zh, mut en) = if no_run.even_alone {
        ("freight.no_run_alone", "没有货车能单独承运".to_owned(), "no freight vehicle could carry it alone".to_owned())
    } else {
        let en = "no freight vehicle can carry it besides its present stops".to_owned();
        ("freight.no_run", "货车在现有任务之外无法承运".to_owned(), en)
    };
    let mut figures: Figures = Vec::new();
    if let Some(nearest) = &no_run.nearest {
        let vehicle = named.day.scenario.fleet.vehicle(nearest.vehicle).code.clone();
        let (obstacle_zh, obstacle) = match nearest.obstacle {
            RunObstacle::Kilograms { short_by } => {
                figures.push(("short_by_kg", short_by.to_string()));
                (format!("超重 {short_by} 公斤"), format!("{short_by} kg too heavy"))
            }
            RunObstacle::Litres { short_by } => {
                figures.push(("short_by_l", short_by.to_string()));
                (format!("超出容积 {short_by} 升"), format!("{short_by} l too large"))
            }
            RunObstacle::Late { by } => {
                figures.push(("late_s", by.seconds().to_string()));
                (format!("晚 {by}"), format!("{by} too late"))
            }
            RunObstacle::Other => ("受其他限制".to_owned(), "bound otherwise".to_owned()),
        };
        zh.push_str(&format!("；最接近的是 {vehicle}：{obstacle_zh}"));
        en.push_str(&format!("; {vehicle} came nearest: {obstacle}"));
        figures.extend([("vehicle", vehicle), ("suffices", nearest.suffices.to_string())]);
    }
    explanation(rule, figures, zh, en)
}
