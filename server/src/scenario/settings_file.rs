//! `scenario.toml` to `Settings`, with the line of every problem.

use chrono::NaiveDate;
use sanban_engine::calendar::lunar;
use sanban_engine::scenario::resolve::{At, Problems, SETTINGS_FILE};
use sanban_engine::scenario::settings::{PolicySetting, SettingValue, Settings};
use sanban_engine::scenario::tables::Unreadable;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads the settings; whatever is wrong is added to the problems.
pub fn parse(text: &str, problems: &mut Problems, unreadable: &mut Unreadable) -> Settings {
    let line_of = |offset: usize| 1 + text[..offset.min(text.len())].matches('\n').count() as u64;
    let document = match DeTable::parse(text) {
        Ok(document) => document.into_inner(),
        Err(error) => {
            let line = error.span().map_or(0, |span| line_of(span.start));
            let at = At { file: SETTINGS_FILE, line };
            problems.add(at, "", error.message().replace('\n', " "), "write it as TOML 1.0");
            unreadable.add_file(SETTINGS_FILE);
            return Settings::default();
        }
    };
    let mut file = SettingsFile { document, problems, unreadable, line_at: &line_of };
    let demonstration_date_line = file.line_of("demonstration_date");
    let holiday_years_line = file.line_of("holiday_years");
    let settings = Settings {
        name: file.text("name", true),
        name_zh: file.text("name_zh", false),
        area_id: file.text("area_id", true),
        seed: file.seed(),
        demonstration_date: file.date("demonstration_date"),
        demonstration_date_line,
        holiday_years: file.years(),
        holiday_years_line,
        policy_version: String::new(),
        policy: Vec::new(),
    };
    let (policy_version, policy) = file.policy();
    for (key, _) in file.document.iter() {
        let at = At { file: SETTINGS_FILE, line: line_of(key.span().start) };
        file.problems.add(at, key.get_ref(), "there is no such setting", "see docs/scenario-format.md for all of them");
    }
    Settings { policy_version, policy, ..settings }
}

struct SettingsFile<'a, 'text> {
    document: DeTable<'text>,
    problems: &'a mut Problems,
    /// Keys without a value that can be used.
    unreadable: &'a mut Unreadable,
    line_at: &'a dyn Fn(usize) -> u64,
}

impl<'text> SettingsFile<'_, 'text> {
    fn at(&self, value: &Spanned<DeValue>) -> At {
        At { file: SETTINGS_FILE, line: (self.line_at)(value.span().start) }
    }

    /// Where the value of a key stands; 0 if it is missing.
    fn line_of(&self, key: &str) -> u64 {
        self.document.get(key).map_or(0, |value| self.at(value).line)
    }

    fn take(&mut self, key: &str, is_required: bool, remedy: &str) -> Option<Spanned<DeValue<'text>>> {
        let found = self.document.remove(key);
        if found.is_none() && is_required {
            self.problems.add(At { file: SETTINGS_FILE, line: 0 }, key, "is missing", remedy);
            self.unreadable.add_row(SETTINGS_FILE, key);
        }
        found
    }

    fn text(&mut self, key: &str, is_required: bool) -> String {
        let remedy = format!("write {key} = \"…\"");
        let Some(value) = self.take(key, is_required, &remedy) else { return String::new() };
        match value.get_ref().as_str() {
            Some(text) if !text.is_empty() || !is_required => text.to_owned(),
            _ => {
                self.problems.add(self.at(&value), key, "is not a text", remedy);
                String::new()
            }
        }
    }

    fn seed(&mut self) -> Option<u64> {
        let value = self.take("seed", false, "")?;
        let number = whole_number(value.get_ref()).and_then(|number| u64::try_from(number).ok());
        if number.is_none() {
            self.problems.add(self.at(&value), "seed", "is not a whole number", "write seed = 1, or leave it out");
        }
        number
    }

    fn date(&mut self, key: &str) -> NaiveDate {
        let remedy = format!("write {key} = \"YYYY-MM-DD\"");
        let Some(value) = self.take(key, true, &remedy) else { return NaiveDate::default() };
        let date = match value.get_ref() {
            DeValue::String(text) => text.parse().ok(),
            DeValue::Datetime(date) => date.to_string().parse().ok(),
            _ => None,
        };
        match date {
            Some(date) => date,
            None => {
                self.problems.add(self.at(&value), key, "is not a date that exists", remedy);
                self.unreadable.add_row(SETTINGS_FILE, key);
                NaiveDate::default()
            }
        }
    }

    fn years(&mut self) -> Vec<i32> {
        let remedy = "write holiday_years = [2026]";
        let Some(value) = self.take("holiday_years", true, remedy) else { return Vec::new() };
        let years = value.get_ref().as_array().and_then(|years| {
            let year =
                |value: &Spanned<DeValue>| whole_number(value.get_ref()).and_then(|year| i32::try_from(year).ok());
            years.iter().map(year).collect::<Option<Vec<i32>>>()
        });
        let why = match &years {
            None => "is not a list of years".to_owned(),
            Some(years) => match years.iter().find(|year| !lunar::VERIFIED_YEARS.contains(year)) {
                Some(year) => {
                    let (first, last) = (lunar::VERIFIED_YEARS.start(), lunar::VERIFIED_YEARS.end());
                    format!("{year} is not among {first}–{last}, the years for which lunar dates are verified")
                }
                None => return years.clone(),
            },
        };
        self.problems.add(self.at(&value), "holiday_years", why, remedy);
        self.unreadable.add_row(SETTINGS_FILE, "holiday_years");
        Vec::new()
    }

    fn policy(&mut self) -> (String, Vec<PolicySetting>) {
        let Some(value) = self.take("policy", false, "") else { return (String::new(), Vec::new()) };
        let mut version = String::new();
        let mut settings = Vec::new();
        let Some(tables) = value.get_ref().as_table() else {
            self.problems.add(self.at(&value), "policy", "is not a table", "write [policy.walking] and the like");
            return (version, settings);
        };
        for (table, entries) in tables.iter() {
            if table.get_ref() == "version" {
                version = entries.get_ref().as_str().unwrap_or_default().to_owned();
                if version.is_empty() {
                    self.problems.add(self.at(entries), "policy.version", "is not a text", "write version = \"…\"");
                }
                continue;
            }
            let Some(fields) = entries.get_ref().as_table() else {
                let remedy = "see docs/scenario-format.md for all settings";
                self.problems.add(self.at(entries), &format!("policy.{}", table.get_ref()), "is not a table", remedy);
                continue;
            };
            for (key, value) in fields.iter() {
                let text = value.get_ref().as_str().map(|text| SettingValue::Text(text.to_owned()));
                match text.or_else(|| whole_number(value.get_ref()).map(SettingValue::Integer)) {
                    Some(found) => settings.push(PolicySetting {
                        table: table.get_ref().to_string(),
                        key: key.get_ref().to_string(),
                        value: found,
                        line: self.at(value).line,
                    }),
                    None => {
                        let name = format!("policy.{}.{}", table.get_ref(), key.get_ref());
                        let why = "is neither a whole number nor a text in quotes";
                        self.problems.add(self.at(value), &name, why, "see docs/scenario-format.md for its unit");
                    }
                }
            }
        }
        (version, settings)
    }
}

fn whole_number(value: &DeValue) -> Option<i64> {
    let digits = value.as_integer()?;
    i64::from_str_radix(digits.as_str(), digits.radix()).ok()
}
