//! The spellings of a path: v1 routes are served with and without a trailing slash and `.json`.

use super::dialect::Dialect;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::guard::GuardContext;
use actix_web::http::Uri;
use actix_web::http::header::{ACCEPT, Accept};
use actix_web::http::uri::PathAndQuery;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};

/// That the path ended in `.json` before it was normalised.
struct HadSuffix;

/// Takes one trailing slash and then `.json` from the path before it is routed.
pub(super) async fn normalize(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let path = request.path();
    if Dialect::of(path) != Dialect::V1 {
        return next.call(request).await;
    }
    let without_slash = path.strip_suffix('/').unwrap_or(path);
    let without_suffix = without_slash.strip_suffix(".json");
    let normal = without_suffix.unwrap_or(without_slash);
    if without_suffix.is_some() {
        request.extensions_mut().insert(HadSuffix);
    }
    if normal.len() < path.len()
        && !normal.is_empty()
        // `/sign_in.json` is no page.
        && Dialect::of(normal) == Dialect::V1
        && let Some(uri) = with_path(request.uri(), normal)
    {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
    next.call(request).await
}

fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let path_and_query: PathAndQuery = match uri.query() {
        Some(query) => format!("{path}?{query}").parse().ok()?,
        None => path.parse().ok()?,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query);
    Uri::from_parts(parts).ok()
}

/// Whether the client asked for JSON: by `.json` in the path, or by accepting it.
pub(super) fn wants_json(context: &GuardContext<'_>) -> bool {
    if context.req_data().get::<HadSuffix>().is_some()
        || !context.head().headers().contains_key(ACCEPT)
    {
        return true;
    }
    let Some(accept) = context.header::<Accept>() else {
        // A header that nobody can read excludes nothing.
        return true;
    };
    accept.ranked().iter().any(|range| {
        matches!(
            (range.type_().as_str(), range.subtype().as_str()),
            ("*", "*") | ("application", "*" | "json")
        )
    })
}

/// Any request.
pub(super) fn anything(_: &GuardContext<'_>) -> bool {
    true
}
