//! `roster copy`: from SQLite to PostgreSQL and back.

use super::{Failure, migrate, print};
use crate::config::Settings;
use crate::db::copy::{self, Step};
use crate::db::url::DatabaseUrl;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::path::Path;

#[derive(Debug, Args)]
pub(super) struct Copy {
    /// The database to read, which may be served meanwhile
    // Read in `run`: clap repeats what it does not accept, and a password may stand in it.
    #[arg(long, value_name = "URL")]
    from: String,

    /// The database to write, which must be empty
    #[arg(long, value_name = "URL")]
    to: String,
}

impl Copy {
    /// Prints, for each table, its name, how many rows it has, and their checksum, separated by tabs.
    pub(super) fn run(self, settings: &Settings) -> Result<(), Failure> {
        let read = |flag: &str, url: &str| {
            DatabaseUrl::parse(url, settings.database.sqlite_synchronous)
                .map_err(|fault| Failure::new(format!("{flag} is not understood: {fault}")))
        };
        let (from, to) = (read("--from", &self.from)?, read("--to", &self.to)?);
        if let DatabaseUrl::Sqlite { path, .. } = &from
            && !Path::new(path).exists()
        {
            return Err(Failure::new(format!("there is no database {path}")));
        }
        migrate(&to)?;
        let mut meter = Meter::new();
        let contents = copy::run(&from, &to, &mut |step| meter.show(step))?;
        meter.end();
        for (table, content) in contents {
            let (rows, checksum) = (content.rows, content.checksum);
            print(&format!("{table}\t{rows}\t{checksum:032x}\n"));
        }
        Ok(())
    }
}

/// How far the copy has come: a bar on a terminal, elsewhere a line a table.
struct Meter(Option<ProgressBar>);

impl Meter {
    fn new() -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let style =
            ProgressStyle::with_template("{msg:36} [{bar:30}] {human_pos}/{human_len} {eta}");
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        Self(Some(match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        }))
    }

    fn show(&mut self, step: Step) {
        match (&self.0, step) {
            (Some(bar), Step::Done(rows)) => bar.set_position(rows),
            (Some(bar), step) => {
                let (text, rows) = begun(step);
                bar.set_length(rows);
                bar.set_position(0);
                bar.set_message(text);
            }
            (None, Step::Done(_)) => {}
            (None, step) => {
                let (text, rows) = begun(step);
                eprintln!("{text}: {rows} rows");
            }
        }
    }

    fn end(self) {
        if let Some(bar) = self.0 {
            bar.finish_and_clear();
        }
    }
}

fn begun(step: Step) -> (String, u64) {
    match step {
        Step::Copying(table, rows) => (format!("copying {table}"), rows),
        Step::Comparing(table, rows) => (format!("comparing {table}"), rows),
        Step::Done(rows) => (String::new(), rows),
    }
}
