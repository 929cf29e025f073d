//! Writes the tables of a scenario as a folder of CSV and TOML files.
//!
//! The same tables give the same bytes: rows and columns in their order, `\n` line ends, quotes only where needed. Every file
//! of the format is written, a table without rows as its header alone: what is loaded from the folder is what was written, also
//! where files of an older scenario lay in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sanban_engine::scenario::settings::{SettingValue, Settings};
use sanban_engine::scenario::tables::{Numbered, Row, TableVisitor, Tables};

/// Why a scenario could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file system refused.
    #[error("cannot write {}: {source}", path.display())]
    File {
        /// Which file or folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

/// Writes all files of the format into the folder, which is made if it isn't there; files that are none of them stay.
pub fn write(tables: &Tables, folder: &Path) -> Result<(), WriteError> {
    for (name, text) in files(tables) {
        let path = folder.join(name);
        let parent = path.parent().expect("a file of a scenario lies in its folder");
        let failed = |source| WriteError::File { path: path.clone(), source };
        fs::create_dir_all(parent).map_err(failed)?;
        fs::write(&path, text).map_err(failed)?;
    }
    Ok(())
}

/// The files of a scenario and their contents, in the order of the format's description.
pub fn files(tables: &Tables) -> Vec<(&'static str, String)> {
    let mut texts = Texts(vec![("scenario.toml", settings_text(&tables.settings))]);
    tables.clone().visit_all(&mut texts);
    texts.0
}

struct Texts(Vec<(&'static str, String)>);

impl TableVisitor for Texts {
    fn visit<R: Row>(&mut self, rows: &mut Vec<Numbered<R>>) {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
        writer.write_record(R::COLUMNS).expect("memory takes the header");
        for numbered in rows {
            writer.write_record(numbered.row.to_cells()).expect("memory takes the rows");
        }
        let bytes = writer.into_inner().expect("memory takes the rows");
        self.0.push((R::FILE, String::from_utf8(bytes).expect("cells are text")));
    }
}

fn settings_text(settings: &Settings) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let mut text = format!(
        "name = {}\nname_zh = {}\narea_id = {}\n",
        quoted(&settings.name),
        quoted(&settings.name_zh),
        quoted(&settings.area_id)
    );
    if let Some(seed) = settings.seed {
        text += &format!("seed = {seed}\n");
    }
    text += &format!(
        "demonstration_date = \"{}\"\nholiday_years = {:?}\n",
        settings.demonstration_date, settings.holiday_years
    );
    if !settings.policy_version.is_empty() {
        text += &format!("\n[policy]\nversion = {}\n", quoted(&settings.policy_version));
    }
    let mut table = "";
    // TOML opens a table only once.
    let mut policy: Vec<_> = settings.policy.iter().collect();
    policy.sort_by_key(|setting| &setting.table);
    for setting in policy {
        if setting.table != table {
            table = &setting.table;
            text += &format!("\n[policy.{table}]\n");
        }
        text += &match &setting.value {
            SettingValue::Integer(number) => format!("{} = {number}\n", setting.key),
            SettingValue::Text(value) => format!("{} = {}\n", setting.key, quoted(value)),
        };
    }
    text
}
