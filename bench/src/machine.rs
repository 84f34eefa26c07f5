//! The machine and the versions of what was measured.

use crate::failure::Result;
use crate::measure::Series;
use crate::number::{mib, millis, show};
use crate::plan::{Plan, processors, run};
use std::io::Write;
use std::process::Command;
use std::time::Instant;

/// All of it, as a list.
pub(crate) fn describe(plan: &Plan) -> Result<String> {
    let said = |program: &str, arguments: &[&str]| {
        let text = run(Command::new(program).args(arguments))
            .unwrap_or_else(|failure| failure.to_string());
        text.trim().to_owned()
    };
    // wrk prints how it is called, with its version in front, and calls that a failure.
    let wrk = Command::new("wrk").arg("-v").output();
    let wrk = wrk.map(|output| {
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    });
    let wrk = wrk.unwrap_or_default();
    let commit = said("git", &["rev-parse", "--short", "HEAD"]);
    let is_changed = !said(
        "git",
        &[
            "status",
            "--porcelain",
            "--",
            "crates",
            "migrations",
            "Cargo.lock",
        ],
    )
    .is_empty();
    let lines = [
        (
            "processor",
            format!(
                "{}, {} used",
                of_file("/proc/cpuinfo", "model name"),
                processors()
            ),
        ),
        ("memory", memory()),
        ("kernel", said("uname", &["-sr"])),
        (
            "a durable write to the disk",
            format!("{} ms", fsync(plan)?.show("")),
        ),
        (
            "Roster",
            format!("{commit}{}", if is_changed { " with changes" } else { "" }),
        ),
        ("rustc", said("rustc", &["--version"])),
        ("PostgreSQL", plan.postgres.version()?),
        ("SQLite", rusqlite::version().to_owned()),
        (
            "wrk",
            wrk.split(" [")
                .next()
                .unwrap_or_default()
                .trim_start_matches("wrk ")
                .to_owned(),
        ),
        (
            "rounds, seconds a load",
            format!("{}, {}", plan.rounds, plan.load.as_secs()),
        ),
        ("date", said("date", &["-u", "+%Y-%m-%d %H:%M UTC"])),
    ];
    Ok(lines.map(|(what, is)| format!("- {what}: {is}")).join("\n"))
}

fn of_file(file: &str, name: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.split_once(':'));
    value.map_or_else(
        || "unknown".to_owned(),
        |(_, value)| value.trim().to_owned(),
    )
}

fn memory() -> String {
    let total = of_file("/proc/meminfo", "MemTotal");
    let kib: u64 = total.trim_end_matches(" kB").parse().unwrap_or_default();
    format!("{} GiB", show(mib(kib * 1024) / 1024.0))
}

/// Milliseconds for a page that is written and flushed, where the databases are.
fn fsync(plan: &Plan) -> Result<Series> {
    let mut file = tempfile::tempfile_in(&plan.folder)?;
    let mut took = Series::default();
    for number in 0..plan.times(100) {
        let page = [u8::try_from(number % 251)?; 4096];
        let begun = Instant::now();
        file.write_all(&page)?;
        file.sync_data()?;
        took.push(millis(begun.elapsed()));
    }
    Ok(took)
}
