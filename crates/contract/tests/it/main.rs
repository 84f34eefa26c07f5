//! Runs the contract cases against everything in this workspace that has to keep them.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod account;
mod bodies;
mod client;
mod client_v2;
mod coverage;
mod domain;
mod runner;
mod server;
mod v2;

use roster_contract::{Dialect, Exchange, Handles, Loaded, load};

fn cases_of(dialect: Dialect) -> Vec<Loaded> {
    load(dialect.folder()).unwrap_or_else(|faults| panic!("{}", faults.join("\n")))
}

fn cases() -> Vec<Loaded> {
    Dialect::ALL.into_iter().flat_map(cases_of).collect()
}

/// The first request of a case and its response, filled in as a server might.
fn sample(loaded: &Loaded) -> Exchange {
    let handles = Handles::sample(&loaded.case);
    let first = loaded.case.exchanges().next().unwrap();
    handles.fill(&first).unwrap()
}

/// Fails with all the failures at once, after saying how many cases ran.
fn report(runner: &str, ran: usize, failures: &[String]) {
    println!("{runner}: {ran} cases ran, {} failed", failures.len());
    assert!(ran > 0, "{runner} ran no case");
    assert!(
        failures.is_empty(),
        "{} of {ran} cases failed\n{}",
        failures.len(),
        failures.join("\n")
    );
}
