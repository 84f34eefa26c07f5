//! The `roster` command.

use clap::Parser;
use roster_server::cli::Cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("roster: {failure}");
            ExitCode::FAILURE
        }
    }
}
