//! The audit trail as JSON.

use crate::error::Result;
use crate::http::auth::Service;
use crate::http::body::Query;
use actix_web::Responder;
use actix_web::web::Json;
use roster_domain::wire::account::AuditQuery;

pub(super) async fn list(service: Service, query: Query) -> Result<impl Responder> {
    let query = AuditQuery::parse(|name| query.get(name));
    let command = query.as_ref().map(|query| query.command.clone());
    let rows = service
        .run(command.map_err(|fault| fault.clone().into()))
        .await?;
    Ok(Json(query?.answer(rows)))
}
