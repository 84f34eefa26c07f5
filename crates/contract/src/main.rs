//! Runs the contract cases against a running server.

use clap::{Parser, ValueEnum};
use roster_contract::{Live, Outcome, Unusable, V1, load};
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
    /// The dialect whose cases to run
    #[arg(long, value_enum, default_value = "v1")]
    dialect: Dialect,
    /// Also run the cases that make, change and delete users and groups
    #[arg(long)]
    allow_writes: bool,
    /// Run only the cases with this text in their name or file
    #[arg(long, value_name = "SUBSTRING")]
    only: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Dialect {
    V1,
}

impl Dialect {
    fn folder(self) -> &'static str {
        match self {
            Self::V1 => V1,
        }
    }
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

/// Prints the report and returns the number of failures.
async fn run(arguments: Arguments) -> Result<usize, Vec<String>> {
    let unusable = |error: Unusable| vec![error.to_string()];
    let cases = load(arguments.dialect.folder())?;
    let mut live = Live::connect(
        &arguments.base_url,
        &arguments.api_key,
        arguments.allow_writes,
    )
    .await
    .map_err(unusable)?;
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for (number, loaded) in cases.iter().enumerate() {
        let title = format!("{}: {}", loaded.file.display(), loaded.case.name);
        if arguments
            .only
            .as_ref()
            .is_some_and(|only| !title.contains(only))
        {
            continue;
        }
        match live.run(&loaded.case, number).await {
            Outcome::Passed => passed += 1,
            Outcome::Failed(failure) => {
                failed += 1;
                println!("FAILED   {title}\n{failure}");
            }
            Outcome::Skipped(reason) => {
                skipped += 1;
                println!("skipped  {title} ({reason})");
            }
        }
    }
    if arguments.allow_writes {
        let (groups, users) = live.clean_up().await.map_err(unusable)?;
        println!(
            "deleted {groups} groups; {users} users are deleted softly, since the API removes none for good"
        );
    }
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    Ok(failed)
}
