//! One request to Roster on PostgreSQL whose statements are wanted.

use crate::dataset::Set;
use crate::failure::Result;
use crate::http::Client;
use crate::plan::{Plan, pause};
use crate::server::Server;
use crate::statements::{Statement, logged, of_request};
use std::time::Duration;

/// How long PostgreSQL may take to write its log after a request was answered.
const LOGGED: Duration = Duration::from_millis(300);

/// The statements of the one request that mentions an address, after others have warmed the server up.
pub(crate) fn statements(
    plan: &Plan,
    set: &Set,
    address: &str,
    warm_up: impl Fn(&mut Client) -> Result<()>,
    request: impl Fn(&mut Client) -> Result<()>,
) -> Result<Vec<Statement>> {
    let database = set.database();
    // Connections that are opened from now on log what they are sent.
    plan.postgres.tell(&format!(
        "ALTER DATABASE {database} SET log_statement = 'all'"
    ))?;
    let asked = ask(plan, set, warm_up, request);
    plan.postgres
        .tell(&format!("ALTER DATABASE {database} RESET log_statement"))?;
    of_request(&logged(&asked?), address)
}

fn ask(
    plan: &Plan,
    set: &Set,
    warm_up: impl Fn(&mut Client) -> Result<()>,
    request: impl Fn(&mut Client) -> Result<()>,
) -> Result<String> {
    let server = Server::start(plan, &set.url, &[])?;
    let mut client = server.client(&set.mark.key)?;
    warm_up(&mut client)?;
    pause(LOGGED);
    let length = plan.postgres.log_length()?;
    request(&mut client)?;
    pause(LOGGED);
    let log = plan.postgres.log_behind(length)?;
    server.stop()?;
    Ok(log)
}
