//! `sanban export`: dates in full as files, for `sanban check` and for the record.
//!
//! Per date a folder `DIR/YYYY-MM-DD` with `plan-booked.json` (the plan of the booked vehicles, exact), `plan.json`
//! (the timetable in service; absent when there is none) and `bookings.json` (protobuf JSON). Nothing personal is in
//! any of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};

use super::connection::Server;
use super::failure::Failure;
use super::{Connection, finish, json, reading, words};
use crate::proto;

/// Which dates, and where to.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    connection: Connection,
    /// Folder for the files; made if need be.
    #[arg(long)]
    out: PathBuf,
    /// Service date, YYYY-MM-DD; may be given several times; the server's today when not given.
    #[arg(long)]
    date: Vec<String>,
    /// Print what was written as JSON.
    #[arg(long)]
    json: bool,
}

/// Writes the files of each date.
pub fn run(args: Args) -> ExitCode {
    finish(export(args))
}

async fn export(args: Args) -> Result<(), Failure> {
    for date in &args.date {
        words::date("--date", date)?;
    }
    let server = args.connection.open().await?;
    let dates = if args.date.is_empty() { vec![String::new()] } else { args.date };
    let mut written = Vec::new();
    for date in dates {
        let day = day(&server, date).await?;
        let bookings = reading::bookings(&server, &day.date).await?;
        let folder = args.out.join(&day.date);
        write(&folder, "plan-booked.json", &day.booked_plan_json)?;
        if !day.timetable_json.is_empty() {
            write(&folder, "plan.json", &day.timetable_json)?;
        }
        write(&folder, "bookings.json", &format!("{:#}\n", json::list(&bookings)))?;
        if !args.json {
            let (folder, count) = (folder.display(), bookings.len());
            let lines =
                if day.timetable_json.is_empty() { "无时刻表 no timetable" } else { "含时刻表 with timetable" };
            super::print(&format!("{folder}  {count} 订单 bookings，{lines}\n"));
        }
        written.push(json!({
            "date": day.date,
            "folder": folder.display().to_string(),
            "bookings": bookings.len(),
            "hasTimetable": !day.timetable_json.is_empty(),
        }));
    }
    if args.json {
        json::print(&Value::Array(written));
    }
    Ok(())
}

async fn day(server: &Server, date: String) -> Result<proto::ExportDayResponse, Failure> {
    let request = proto::ExportDayRequest { date };
    let answer = server.ask(|mut clients| {
        let request = request.clone();
        async move { clients.dispatch.export_day(request).await }
    });
    answer.await
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let path = folder.join(name);
    fs::create_dir_all(folder).and_then(|()| fs::write(&path, text)).map_err(|error| {
        let path = path.display();
        Failure::local(
            format!("写不了 {path}。请检查文件夹是否存在、可写、有空间"),
            format!("cannot write {path}: {error}; check that the folder may be written to and has room"),
        )
    })
}
