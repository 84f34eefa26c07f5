//! What user attributes are for users and groups, in v2.

use crate::error::Result;
use crate::http::auth::Service;
use crate::http::body::{JsonBody, Query};
use actix_web::Responder;
use actix_web::web::Json;
use roster_domain::wire::v2;

pub(super) async fn list(service: Service, query: Query) -> Result<impl Responder> {
    let query = v2::EntryQuery::parse(query.parameters());
    let command = query.as_ref().map(|query| query.command.clone());
    let rows = service
        .run(command.map_err(|fault| fault.clone().into()))
        .await?;
    let cursors = query?.cursors(&rows);
    let entries = rows.rows.into_iter().map(v2::UserAttributeEntry::from);
    Ok(Json(v2::UserAttributeEntryPage {
        user_attribute_entries: entries.collect(),
        cursors,
    }))
}

pub(super) async fn compute(service: Service, query: Query) -> Result<impl Responder> {
    let command = v2::compute_values(query.parameters());
    let computed = service.run(command.map_err(Into::into)).await?;
    Ok(Json(v2::UserAttributeValues::from(computed)))
}

pub(super) async fn upsert(service: Service, body: JsonBody) -> Result<impl Responder> {
    let entries = service.run(body.read(v2::upsert_entries)).await?;
    let entries = entries.into_iter().map(v2::UserAttributeEntry::from);
    Ok(Json(v2::UserAttributeEntries {
        user_attribute_entries: entries.collect(),
    }))
}
