//! `roster serve`.

use super::{Failure, days, first_admin, open};
use crate::config::Settings;
use crate::http::{self, Site};
use crate::mail::{MailSetup, Worker};
use crate::service::{keep_tidy, server_key};
use std::net::TcpListener;

/// Answers requests until told to stop.
pub(super) async fn run(settings: &Settings) -> Result<(), Failure> {
    // First of all, so that an address in use is found before a key is made and shown.
    let listen = &settings.http.listen;
    let listener = TcpListener::bind(listen)
        .map_err(|error| Failure::new(format!("cannot listen on {listen}: {error}")))?;
    let address = listener.local_addr()?;
    let state = open(settings)?;
    let public_url = settings.http.public_url_at(address);
    // What is wrong with a template is found before a key is made, too.
    let mails = Worker::new(state.clone(), &MailSetup::of(settings, &public_url)?)?;
    first_admin::make(settings, &state, address).await?;
    let site = Site {
        public_url,
        cors_origins: settings.http.cors_origins.clone(),
        trusted_proxies: settings.http.trusted_proxies.clone(),
        form_key: server_key(&state, "forms").await.map_err(Failure::of)?,
    };
    let retention = settings.audit_retention_days.map(days);
    actix_web::rt::spawn(keep_tidy(state.clone(), retention));
    let server = http::serve(listener, state, site, settings.http.workers)?;
    let mails = mails.start();
    tracing::info!(address = %address, database = ?settings.database.database_url, "Roster answers at http://{address}");
    let ended = server.await;
    mails.stop().await;
    Ok(ended?)
}
