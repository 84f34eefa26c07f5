//! The metrics, on a listener of their own: they are the operator's, not the clients'.

use crate::service::{self, State};
use actix_web::dev::Server;
use actix_web::http::header::ContentType;
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer, Responder};
use std::net::TcpListener;

/// Starts to answer `/metrics` on the listener.
///
/// # Errors
/// The listener cannot be used.
pub fn serve_metrics(listener: TcpListener, state: State) -> std::io::Result<Server> {
    let state = Data::new(state);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(Data::clone(&state))
            .route("/metrics", web::get().to(metrics))
    })
    .workers(1)
    .disable_signals()
    .listen(listener)?
    .run();
    Ok(server)
}

async fn metrics(state: Data<State>) -> impl Responder {
    match service::metrics(&state).await {
        Ok(text) => HttpResponse::Ok()
            .content_type("text/plain; version=0.0.4; charset=utf-8")
            .body(text),
        Err(error) => {
            tracing::error!(error = ?error, "the metrics cannot be printed");
            HttpResponse::InternalServerError()
                .content_type(ContentType::plaintext())
                .body("the metrics cannot be printed; the log says why\n")
        }
    }
}
