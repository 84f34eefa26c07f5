//! `roster serve`.

use super::{Failure, first_admin, open};
use crate::config::Settings;
use crate::http;
use std::net::TcpListener;

/// Answers requests until told to stop.
pub(super) async fn run(settings: &Settings) -> Result<(), Failure> {
    // First of all, so that an address in use is found before a key is made and shown.
    let listen = &settings.http.listen;
    let listener = TcpListener::bind(listen)
        .map_err(|error| Failure::new(format!("cannot listen on {listen}: {error}")))?;
    let address = listener.local_addr()?;
    let state = open(settings)?;
    first_admin::make(settings, &state, address).await?;
    let server = http::serve(listener, state, settings.http.workers)?;
    tracing::info!(address = %address, database = ?settings.database.database_url, "Roster answers at http://{address}");
    Ok(server.await?)
}
