//! The `roster` command.

use clap::Parser;
use roster_server::cli::Cli;
use std::process::ExitCode;

// It gives back what a crowd of connections or long lists took, which the C library keeps.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("roster: {failure}");
            ExitCode::FAILURE
        }
    }
}
