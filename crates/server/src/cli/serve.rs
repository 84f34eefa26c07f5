//! `roster serve`.

use super::{Failure, days, first_admin, open};
use crate::config::Settings;
use crate::http::{self, Limits, Site, Stopping};
use crate::mail::{MailSetup, Worker, WorkerHandle};
use crate::service::{keep_tidy, server_key};
use actix_web::dev::Server;
use std::net::TcpListener;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Answers requests until told to stop.
pub(super) async fn run(settings: &Settings) -> Result<(), Failure> {
    // First of all, so that an address in use is found before a key is made and shown.
    let listener = bind("--listen", &settings.http.listen)?;
    raise_file_limit();
    let metrics_listener = settings.http.metrics_listen.as_deref();
    let metrics_listener = metrics_listener
        .map(|listen| bind("--metrics-listen", listen))
        .transpose()?;
    let address = listener.local_addr()?;
    let mut signals = Signals::new()?;
    let state = open(settings)?;
    let public_url = settings.http.public_url_at(address);
    // What is wrong with a template is found before a key is made, too.
    let mails = Worker::new(state.clone(), &MailSetup::of(settings, &public_url)?)?;
    first_admin::make(settings, &state, address).await?;
    let stopping = Stopping::within(seconds(settings.http.stop_seconds));
    let site = Site {
        public_url,
        cors_origins: settings.http.cors_origins.clone(),
        trusted_proxies: settings.http.trusted_proxies.clone(),
        form_key: server_key(&state, "forms").await.map_err(Failure::of)?,
        limits: Limits::of(&settings.http),
        stopping: stopping.clone(),
    };
    let retention = settings.audit_retention_days.map(days);
    actix_web::rt::spawn(keep_tidy(state.clone(), retention));
    if let Some(listener) = metrics_listener {
        let address = listener.local_addr()?;
        // It is asked until the process ends.
        actix_web::rt::spawn(http::serve_metrics(listener, state.clone())?);
        tracing::info!(address = %address, "metrics are at http://{address}/metrics");
    }
    let server = http::serve(listener, state, site, settings.http.workers)?;
    let mails = mails.start();
    tracing::info!(address = %address, database = ?settings.database.database_url, "Roster answers at http://{address}");
    let drain = seconds(settings.http.drain_seconds);
    Ok(until_stopped(server, mails, &mut signals, &stopping, drain).await?)
}

fn bind(flag: &str, listen: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(listen).map_err(|error| {
        Failure::new(format!(
            "cannot listen on {listen}: {error}; name another address with {flag}"
        ))
    })
}

/// Each connection is an open file, of which a process may have 1,024 unless it asks for as many as it is granted.
fn raise_file_limit() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(error = %error, "the limit of open files cannot be raised");
    }
}

fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(seconds.into())
}

/// Waits for a signal, then lets what runs come to its end: mails at once, requests when no more of them should come.
/// A second signal ends the one wait that is left, a third all.
async fn until_stopped(
    server: Server,
    mails: WorkerHandle,
    signals: &mut Signals,
    stopping: &Stopping,
    drain: Duration,
) -> std::io::Result<()> {
    let handle = server.handle();
    let mut server = std::pin::pin!(server);
    tokio::select! {
        ended = &mut server => {
            mails.stop().await;
            return ended;
        }
        name = signals.next() => tracing::info!("{name}: stopping"),
    }
    stopping.begin();
    let mut ended = std::pin::pin!(async {
        let (ended, ()) = tokio::join!(server, mails.stop());
        ended
    });
    tokio::select! {
        ended = &mut ended => return ended,
        () = tokio::time::sleep(drain) => {}
        _ = signals.next() => {}
    }
    // What it waits for is the end of the server.
    drop(handle.stop(true));
    tokio::select! {
        ended = ended => {
            tracing::info!("stopped");
            ended
        }
        name = signals.next() => {
            tracing::warn!("{name}: what still runs is cut off");
            Ok(())
        }
    }
}

/// The signals that ask a server to end.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// The name of the next one.
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
