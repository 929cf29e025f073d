//! Villages that lose or gain by a plan, compared with today's timetable: the worst losers and the greatest winners.

use std::fmt::{self, Display, Formatter};

use crate::commands::table::Table;
use crate::village_changes::{VillageCells, VillageRow, VillagesFile};

/// So many losers and so many winners fill a screen; the file has them all.
const MOST_SHOWN: usize = 10;

/// For people.
pub(super) struct VillageList<'a>(pub &'a VillagesFile);

impl Display for VillageList<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let VillagesFile { todays_timetable, departures_before, departures_after, losers, winners, .. } = self.0;
        writeln!(
            formatter,
            "与现行班表相比 compared with today's timetable ({todays_timetable}): 班次 departures {departures_before} → \
             {departures_after}, 受损村 villages worse off {}, 受益村 better off {}",
            losers.len(),
            winners.len()
        )?;
        if losers.is_empty() && winners.is_empty() {
            return Ok(());
        }
        let mut table = Table::new([
            ("", ""),
            ("村", "village"),
            ("班次", "departures"),
            ("首班", "first"),
            ("末班", "last"),
            ("最大间隔", "longest gap"),
        ]);
        for (what, rows) in [("受损 worse", losers), ("受益 better", winners)] {
            rows.iter().take(MOST_SHOWN).for_each(|row| table.push(cells(what, row)));
            if let Some(more) = rows.len().checked_sub(MOST_SHOWN).filter(|&more| more > 0) {
                table.note(format!("另有 {more} 村 {more} more: villages.json"));
            }
        }
        write!(formatter, "{table}")
    }
}

fn cells(what: &str, row: &VillageRow) -> [String; 6] {
    let VillageCells { village, departures, first, last, longest_gap } = row.cells();
    [what.to_owned(), village, departures, first, last, longest_gap]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::village_changes::ServiceRow;
    use sanban_engine::time::{Duration, ServiceTime};

    fn row(village: usize, before: usize, after: usize) -> VillageRow {
        let service = |departures: usize| ServiceRow {
            departures,
            first: (departures > 0).then(|| ServiceTime::hm(7, 0)),
            last: (departures > 0).then(|| ServiceTime::hm(7 + departures as i32 - 1, 0)),
            largest_gap_s: (departures > 1).then(|| Duration::from_minutes(60)),
        };
        VillageRow {
            village: format!("V{village}"),
            name: "大坪村".to_owned(),
            gained: after.saturating_sub(before),
            lost: before.saturating_sub(after),
            retimed: 0,
            before: service(before),
            after: service(after),
        }
    }

    fn list(losers: Vec<VillageRow>, winners: Vec<VillageRow>) -> String {
        let file = VillagesFile {
            format: String::new(),
            date: chrono::NaiveDate::default(),
            todays_timetable: "feed.zip".to_owned(),
            departures_before: 40,
            departures_after: 41,
            losers,
            winners,
            other_villages: Vec::new(),
        };
        VillageList(&file).to_string()
    }

    #[test]
    fn losers_stand_above_winners_with_what_they_have_before_and_after() {
        let text = list(vec![row(7, 1, 0)], vec![row(3, 2, 3)]);
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines[0].ends_with("(feed.zip): 班次 departures 40 → 41, 受损村 villages worse off 1, 受益村 better off 1")
        );
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words(lines[3]), "受损 worse V7 大坪村 1 → 0 07:00 → – 07:00 → – – → – min");
        assert_eq!(words(lines[4]), "受益 better V3 大坪村 2 → 3 07:00 → 07:00 08:00 → 09:00 60 → 60 min");
        assert_eq!(lines.len(), 5);
    }

    #[test]
    fn a_long_list_is_cut_and_says_where_the_rest_is() {
        let text = list((0..13).map(|village| row(village, 2, 1)).collect(), vec![row(20, 1, 2)]);
        assert_eq!(text.lines().filter(|line| line.starts_with("受损 ")).count(), 10);
        assert_eq!(text.lines().nth(13), Some("    另有 3 村 3 more: villages.json"));
        assert!(text.lines().last().unwrap().contains("V20"));
    }

    #[test]
    fn where_nobody_loses_or_gains_one_line_says_so() {
        assert_eq!(list(Vec::new(), Vec::new()).lines().count(), 1);
    }
}
