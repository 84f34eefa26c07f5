//! HTTP: what every dialect shares. A dialect is a folder that translates: wire to command, outcome to wire, error
//! to its envelope. No rule, no SQL and no transaction stands here.

pub mod account;
mod answer;
mod auth;
mod body;
mod cookie;
mod dialect;
mod docs;
mod gate;
mod idempotency;
pub mod limits;
mod metrics;
pub mod openapi;
pub mod pages;
mod path;
pub mod probes;
mod rates;
pub mod route;
mod site;
mod stopping;
mod stream;
mod trace;
pub mod v1;
pub mod v2;

pub use limits::Limits;
pub use metrics::serve_metrics;
pub use site::Site;
pub use stopping::Stopping;

use crate::service::State;
use actix_cors::Cors;
use actix_web::dev::Server;
use actix_web::middleware::{Condition, from_fn};
use actix_web::{App, HttpServer, web};
use std::net::TcpListener;

/// Starts to answer on the listener, until told to stop by the server's handle; signals are the caller's business.
///
/// # Errors
/// The listener cannot be used.
pub fn serve(
    listener: TcpListener,
    state: State,
    site: Site,
    workers: usize,
) -> std::io::Result<Server> {
    let (head_patience, keep_alive) = (site.limits.head_patience, site.limits.keep_alive);
    let stop_patience = site.stopping.patience.as_secs();
    let state = web::Data::new(state);
    let site = web::Data::new(site);
    let server = HttpServer::new(move || {
        // The last wrapped comes first: a request is traced, its body read, itself let in, its path normalised, then routed.
        App::new()
            .app_data(web::Data::clone(&state))
            .app_data(web::Data::clone(&site))
            .wrap(from_fn(path::normalize))
            .wrap(from_fn(gate::admit))
            .wrap(from_fn(answer::complete))
            .wrap(from_fn(limits::read_body))
            .wrap(cors(&site))
            .wrap(tracing_actix_web::TracingLogger::<trace::Spans>::new())
            // Patterns are tried in this order, so what programs ask for comes first.
            .configure(v1::configure)
            .configure(v2::configure)
            .configure(probes::configure)
            .configure(account::configure)
            .configure(pages::configure)
            .configure(pages::assets::configure)
            .configure(openapi::configure)
            .configure(docs::configure)
    })
    .workers(workers)
    .client_request_timeout(head_patience)
    .keep_alive(keep_alive)
    .shutdown_timeout(stop_patience)
    .disable_signals()
    .listen(listener)?
    .run();
    Ok(server)
}

/// Lets the pages of other origins call the APIs from a browser, where that is set.
fn cors(site: &Site) -> Condition<Cors> {
    let mut cors = Cors::default()
        .allowed_methods(["GET", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([
            "authorization",
            "content-type",
            "idempotency-key",
            "if-match",
            "x-csrf-token",
            "x-holistics-key",
        ])
        .expose_headers([
            "etag",
            "idempotency-replayed",
            "ratelimit-limit",
            "ratelimit-remaining",
            "ratelimit-reset",
            "retry-after",
            "x-request-id",
        ])
        .supports_credentials()
        .max_age(3_600);
    for origin in &site.cors_origins {
        cors = cors.allowed_origin(origin);
    }
    Condition::new(!site.cors_origins.is_empty(), cors)
}
