//! Runs the contract cases against a running server.

use clap::{Parser, ValueEnum};
use roster_contract::{Dialect, Live, Loaded, Outcome, Unusable, load};
use std::process::ExitCode;

/// Runs the contract cases against a running server.
///
/// Exits with 1 when a case failed, with 2 when none could be run.
#[derive(Parser)]
#[command(name = "roster-contract", version)]
struct Arguments {
    /// The address of the server, as in http://127.0.0.1:8080
    #[arg(long)]
    base_url: String,
    /// The API key of an admin
    #[arg(long, env = "ROSTER_API_KEY", hide_env_values = true)]
    api_key: String,
    /// The dialects whose cases to run
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Dialect::ALL)]
    dialect: Vec<Dialect>,
    /// Also run the cases that make, change and delete users and groups
    #[arg(long)]
    allow_writes: bool,
    /// Run only the cases with this text in their name or file
    #[arg(long, value_name = "SUBSTRING")]
    only: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(texts) => {
            for text in texts {
                eprintln!("roster-contract: {text}");
            }
            ExitCode::from(2)
        }
    }
}

/// How many cases of a dialect ended in which way.
#[derive(Default)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Counts {
    fn add(&mut self, outcome: Outcome, title: &str) {
        match outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::Failed(failure) => {
                self.failed += 1;
                println!("FAILED   {title}\n{failure}");
            }
            Outcome::Skipped(reason) => {
                self.skipped += 1;
                println!("skipped  {title} ({reason})");
            }
        }
    }
}

/// Prints the report and returns the number of failures.
async fn run(arguments: Arguments) -> Result<usize, Vec<String>> {
    let unusable = |error: Unusable| vec![error.to_string()];
    let mut dialects = Vec::new();
    for dialect in &arguments.dialect {
        dialects.push((*dialect, load(dialect.folder())?));
    }
    let mut live = Live::connect(
        &arguments.base_url,
        &arguments.api_key,
        arguments.allow_writes,
    )
    .await
    .map_err(unusable)?;
    let mut number = 0;
    let mut summary = Vec::new();
    for (dialect, cases) in &dialects {
        let mut counts = Counts::default();
        let name = name(*dialect);
        for Loaded { file, case } in cases {
            number += 1;
            let title = format!("{name}/{}: {}", file.display(), case.name);
            let only = arguments.only.as_ref();
            if only.is_none_or(|only| title.contains(only)) {
                let outcome = live.run(case, number).await;
                counts.add(outcome, &title);
            }
        }
        summary.push((name, counts));
    }
    if arguments.allow_writes {
        let (groups, users) = live.clean_up().await.map_err(unusable)?;
        println!(
            "deleted {groups} groups; {users} users are deleted softly, since the API removes none for good"
        );
    }
    let mut failures = 0;
    for (name, counts) in summary {
        let Counts {
            passed,
            failed,
            skipped,
        } = counts;
        println!("{name}: {passed} passed, {failed} failed, {skipped} skipped");
        failures += failed;
    }
    Ok(failures)
}

fn name(dialect: Dialect) -> String {
    let value = dialect.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}
