//! HTTP: what every dialect shares. A dialect is a folder that translates: wire to command, outcome to wire, error
//! to its envelope. No rule, no SQL and no transaction stands here.

mod answer;
mod auth;
mod body;
pub mod limits;
mod path;
mod stream;
mod trace;
pub mod v1;

use crate::service::State;
use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use std::net::TcpListener;
use std::time::Duration;

/// How long a client may take for the head of a request.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);

/// How long requests in progress may take when the server is told to stop.
const SHUTDOWN_PATIENCE_SECONDS: u64 = 30;

/// Starts to answer on the listener.
///
/// # Errors
/// The listener cannot be used.
pub fn serve(listener: TcpListener, state: State, workers: usize) -> std::io::Result<Server> {
    let state = web::Data::new(state);
    let server = HttpServer::new(move || {
        // The last wrapped comes first: a request is traced, its body read, its path normalised, then routed.
        App::new()
            .app_data(web::Data::clone(&state))
            .wrap(from_fn(path::normalize))
            .wrap(from_fn(answer::complete))
            .wrap(from_fn(limits::read_body))
            .wrap(tracing_actix_web::TracingLogger::<trace::Spans>::new())
            .configure(v1::configure)
    })
    .workers(workers)
    .client_request_timeout(HEAD_PATIENCE)
    .shutdown_timeout(SHUTDOWN_PATIENCE_SECONDS)
    .listen(listener)?
    .run();
    Ok(server)
}
