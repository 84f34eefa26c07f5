//! What watches a server asks: whether the process lives, and whether requests should be sent to it. No key is asked
//! for, and nothing is said that helps a stranger.

use super::route;
use super::site::Site;
use crate::service::{self, DatabaseFault, State};
use actix_web::http::Method;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::{self, Data};
use actix_web::{HttpResponse, Responder};
use serde::{Deserialize, Serialize};

/// Where it is asked whether requests should come.
pub const READINESS: &str = "/readyz";

const LIVENESS: &str = "/healthz";

/// What is told of a server.
#[derive(Debug, Serialize, Deserialize)]
pub struct Health {
    /// `ok` or `unavailable`.
    pub status: String,
    /// What is wrong, for a person; nothing where all is well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

/// Registers the probes.
pub(super) fn configure(config: &mut web::ServiceConfig) {
    for resource in [
        route::add(web::resource(LIVENESS), Method::GET, is_alive),
        route::add(web::resource(READINESS), Method::GET, is_ready),
    ] {
        config.service(resource);
    }
}

/// Whether a path is that of a probe.
pub(super) fn is_probe(path: &str) -> bool {
    [LIVENESS, READINESS].contains(&path)
}

async fn is_alive() -> impl Responder {
    answer(Vec::new())
}

async fn is_ready(state: Data<State>, site: Data<Site>) -> impl Responder {
    let mut faults = Vec::new();
    if site.stopping.has_begun() {
        faults.push("server: is stopping".to_owned());
    }
    if let Err(fault) = service::check_database(&state).await {
        faults.push(told(fault).to_owned());
    }
    answer(faults)
}

fn told(fault: DatabaseFault) -> &'static str {
    match fault {
        DatabaseFault::Down => "database: cannot be reached",
        DatabaseFault::Busy => "database: does not answer in time",
        DatabaseFault::Schema => "schema: is not the one that this server needs",
    }
}

fn answer(faults: Vec<String>) -> HttpResponse {
    let (mut answer, status) = match faults.is_empty() {
        true => (HttpResponse::Ok(), "ok"),
        false => (HttpResponse::ServiceUnavailable(), "unavailable"),
    };
    if !faults.is_empty() {
        answer.insert_header((RETRY_AFTER, "1"));
    }
    let status = status.to_owned();
    answer.json(Health { status, faults })
}
