//! Measures Roster against the limits of the machine. `scripts/bench` builds and starts what it needs, and calls it.

mod bare_rows;
mod data;
mod dataset;
mod failure;
mod http;
mod load;
mod machine;
mod measure;
mod number;
mod plan;
mod plot;
mod postgres;
mod probe;
mod progress;
mod report;
mod scenarios;
mod server;
mod statements;
mod yardstick;

use clap::{Args, Parser, Subcommand};
use failure::{Context, Failure, Result};
use plan::Plan;
use postgres::Postgres;
use progress::progress;
use report::Ended;
use scenarios::Scenario;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

#[derive(Debug, Parser)]
#[command(about = "Measures Roster against the limits of the machine; scripts/bench calls it")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measures and writes a report
    Run(Box<Run>),
    /// Answers look-ups from memory: what Roster's are compared with
    YardstickHttp {
        /// The port to listen on
        #[arg(long)]
        port: u16,
    },
}

#[derive(Debug, Args)]
struct Run {
    /// Roster
    #[arg(long, value_name = "PATH")]
    program: PathBuf,
    /// Where data sets are kept
    #[arg(long, value_name = "FOLDER")]
    folder: PathBuf,
    /// The folder of PostgreSQL's programs
    #[arg(long, value_name = "FOLDER")]
    postgres_programs: PathBuf,
    /// The folder of PostgreSQL's socket
    #[arg(long, value_name = "FOLDER")]
    postgres_socket: PathBuf,
    /// PostgreSQL's log
    #[arg(long, value_name = "FILE")]
    postgres_log: PathBuf,
    /// See whether everything works: small data sets, one short round
    #[arg(long)]
    quick: bool,
    /// Numbers of users [default: 1000,10000,100000,1000000, or the first two]
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u64).range(100..))]
    sizes: Vec<u64>,
    /// Only these scenarios
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// How often the yardstick and Roster take turns [default: 5, or 1]
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..))]
    rounds: Option<u8>,
    /// Measure building, too
    #[arg(long)]
    build: bool,
}

impl Run {
    fn plan(&self) -> Result<Plan> {
        let usual: &[u64] = if self.quick {
            &[1_000, 10_000]
        } else {
            &[1_000, 10_000, 100_000, 1_000_000]
        };
        let mut sizes = if self.sizes.is_empty() {
            usual.to_vec()
        } else {
            self.sizes.clone()
        };
        sizes.sort_unstable();
        sizes.dedup();
        std::fs::create_dir_all(&self.folder).while_doing(self.folder.display())?;
        let absolute = |path: &Path| path.canonicalize().while_doing(path.display());
        Ok(Plan {
            program: absolute(&self.program)?,
            folder: absolute(&self.folder)?,
            postgres: Postgres {
                programs: absolute(&self.postgres_programs)?,
                socket: absolute(&self.postgres_socket)?,
                log: absolute(&self.postgres_log)?,
            },
            sizes,
            rounds: usize::from(self.rounds.unwrap_or(if self.quick { 1 } else { 5 })),
            load: Duration::from_secs(if self.quick { 1 } else { 3 }),
            is_quick: self.quick,
        })
    }

    fn scenarios(&self) -> Result<Vec<&'static Scenario>> {
        let unknown = self
            .only
            .iter()
            .find(|name| scenarios::ALL.iter().all(|one| one.name != **name));
        if let Some(name) = unknown {
            let all = scenarios::ALL.each_ref().map(|one| one.name).join(", ");
            return Err(Failure::new(format_args!(
                "{name} is no scenario; there are {all}"
            )));
        }
        let is_wanted = |one: &&Scenario| match self.only.is_empty() {
            true => !one.is_extra || self.build,
            false => self.only.iter().any(|name| name == one.name) || one.is_extra && self.build,
        };
        Ok(scenarios::ALL.iter().filter(is_wanted).collect())
    }

    /// The file of the report and the folder of its plots: those of the repository for a whole run.
    fn report(&self, plan: &Plan) -> (PathBuf, PathBuf) {
        let name = match (self.quick, self.only.is_empty()) {
            (false, true) => {
                return (
                    PathBuf::from("bench/RESULTS.md"),
                    PathBuf::from("bench/plots"),
                );
            }
            (true, _) => "quick",
            (false, false) => "only",
        };
        (
            plan.folder.join(format!("{name}.md")),
            plan.folder.join("plots"),
        )
    }
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run(run) => measure(&run),
        Command::YardstickHttp { port } => yardstick::serve(port),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("roster-bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn measure(run: &Run) -> Result<()> {
    let (wanted, plan) = (run.scenarios()?, run.plan()?);
    let (file, plots) = run.report(&plan);
    let mut ended: Vec<Ended> = Vec::new();
    for scenario in wanted {
        progress!("— {}", scenario.title);
        let begun = Instant::now();
        let findings = (scenario.run)(&plan);
        if let Err(failure) = &findings {
            progress!("{} failed: {failure}", scenario.name);
        }
        let (title, seconds) = (scenario.title, begun.elapsed().as_secs_f64());
        ended.push(Ended {
            title,
            findings,
            seconds,
        });
        // What has been measured is kept whatever comes.
        write(
            &plan,
            &ended,
            &plan.folder.join("unfinished.md"),
            &plan.folder.join("plots"),
        )?;
    }
    write(&plan, &ended, &file, &plots)?;
    std::fs::remove_file(plan.folder.join("unfinished.md"))?;
    progress!("the report is in {}", file.display());
    let failed: Vec<_> = ended
        .iter()
        .filter(|one| one.findings.is_err())
        .map(|one| one.title)
        .collect();
    failure::ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    Ok(())
}

fn write(plan: &Plan, ended: &[Ended], file: &Path, plots: &Path) -> Result<()> {
    std::fs::create_dir_all(plots)?;
    for (name, _, drawing) in ended
        .iter()
        .filter_map(|one| one.findings.as_ref().ok())
        .flat_map(|one| &one.plots)
    {
        std::fs::write(plots.join(format!("{name}.svg")), drawing)?;
    }
    let text = report::write(&machine::describe(plan)?, ended, "plots");
    std::fs::write(file, text).while_doing(file.display())
}
