//! `roster serve`.

use super::{Failure, first_admin, open};
use crate::config::Settings;
use crate::http::{self, Site};
use crate::service::server_key;
use std::net::TcpListener;

/// Answers requests until told to stop.
pub(super) async fn run(settings: &Settings) -> Result<(), Failure> {
    // First of all, so that an address in use is found before a key is made and shown.
    let listener = TcpListener::bind(&settings.listen)
        .map_err(|error| Failure::new(format!("cannot listen on {}: {error}", settings.listen)))?;
    let address = listener.local_addr()?;
    let state = open(settings)?;
    first_admin::make(settings, &state, address).await?;
    let site = Site {
        public_url: format!("http://{address}"),
        cors_origins: Vec::new(),
        trusted_proxies: Vec::new(),
        form_key: server_key(&state, "forms").await.map_err(Failure::of)?,
    };
    let server = http::serve(listener, state, site, settings.workers)?;
    tracing::info!(address = %address, database = ?settings.database, "Roster answers at http://{address}");
    Ok(server.await?)
}
