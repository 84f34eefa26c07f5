//! Servers with a database of their own, and rows put straight into it: for tests.

mod account;
mod database;
mod server;
mod tenant;

pub use account::{LinkFixture, TestSession};
pub use database::{Backend, POSTGRES_VARIABLE, TestDatabase};
pub use server::{TestOptions, TestServer};
pub use tenant::{KeyFixture, TestTenant, TestUser, UserFixture};

use roster_domain::credential::ApiKey;

/// Why a test cannot go on.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

fn new_key() -> Result<ApiKey, Failure> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(ApiKey::from_random(bytes))
}

fn parse<T>(result: Result<T, roster_domain::Fault>) -> Result<T, Failure> {
    result.map_err(|fault| fault.message.into_owned().into())
}
