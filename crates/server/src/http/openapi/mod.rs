//! The OpenAPI document of all routes of the APIs.
//!
//! Each dialect has a table of its operations: what is sent and what comes back, by the wire types themselves, with an example of each.
//! What follows from the route (who may ask, what can go wrong) is not written there but derived, in `rules`.

mod account;
mod dialect;
mod operation;
mod parameter;
mod rules;
mod samples;
mod schemas;
mod user_attributes;
mod v1;
mod v2;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use schemas::Schemas;
use std::sync::LazyLock;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, PathsBuilder,
    ServerBuilder,
};

/// Where the document is.
pub(super) const PATH: &str = "/openapi.json";

static TEXT: LazyLock<String> = LazyLock::new(|| {
    // It is made of what is compiled in, and a test prints it.
    let text = document().to_pretty_json().unwrap_or_default();
    // Descriptions are those of the types, where links are to other types.
    text.replace("[`", "`").replace("`]", "`") + "\n"
});

/// The document as it is answered and printed: indented JSON.
pub fn text() -> &'static str {
    &TEXT
}

/// Registers it.
pub(super) fn configure(config: &mut web::ServiceConfig) {
    let answer = || async {
        HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "application/json; charset=utf-8"))
            .insert_header((CACHE_CONTROL, "no-cache"))
            .body(text())
    };
    let resource = web::resource(PATH)
        .route(web::head().to(answer))
        .route(web::get().to(answer));
    config.service(resource);
}

fn document() -> OpenApi {
    let mut schemas = Schemas::default();
    let mut paths = PathsBuilder::new();
    let mut components = ComponentsBuilder::new();
    let mut tags = Vec::new();
    for dialect in [&v1::DIALECT, &v2::DIALECT, &account::DIALECT] {
        let of_dialect = dialect.paths(&mut schemas);
        for (path, item) in of_dialect.items {
            paths = paths.path(path, item);
        }
        for (name, response) in dialect.faults(&of_dialect.statuses, &mut schemas) {
            components = components.response(name, response);
        }
        for tag in dialect.tags {
            let description = Some(tag.description);
            let tag = TagBuilder::new().name(tag.name).description(description);
            tags.push(tag.build());
        }
    }
    for (name, schema) in schemas.finish() {
        components = components.schema(name, schema);
    }
    for (name, scheme) in security_schemes() {
        components = components.security_scheme(name, scheme);
    }
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Roster")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(DESCRIPTION))
                .license(Some(
                    LicenseBuilder::new()
                        .name("MIT OR Apache-2.0")
                        .identifier(Some("MIT OR Apache-2.0"))
                        .build(),
                ))
                .build(),
        )
        .servers(Some([ServerBuilder::new()
            .url("/")
            .description(Some("The server that this document is from"))
            .build()]))
        .paths(paths.build())
        .components(Some(components.build()))
        .tags(Some(tags))
        .build()
}

const DESCRIPTION: &str = "A self-hosted user directory. v1 and v2 answer the APIs of Holistics, so that programs written for those keep working; the \
account API is what people do for themselves.\n\nEvery answer has the header `X-Request-Id`, by which the server's log knows the request. HEAD is \
answered wherever GET is; 405, with `Allow`, wherever a method is missing. Bodies are JSON objects of at most 1 MiB.";

fn security_schemes() -> [(&'static str, SecurityScheme); 4] {
    let described = |name, text| ApiKeyValue::with_description(name, text);
    [
        (
            rules::KEY,
            SecurityScheme::ApiKey(ApiKey::Header(described(
                "X-Holistics-Key",
                "An API key, made in a session or on the command line.",
            ))),
        ),
        (
            rules::BEARER,
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .description(Some("The same API key as a bearer token."))
                    .build(),
            ),
        ),
        (
            rules::SESSION,
            SecurityScheme::ApiKey(ApiKey::Cookie(described(
                "roster_session",
                "The session that signing in or accepting an invitation begins.",
            ))),
        ),
        (
            rules::CSRF,
            SecurityScheme::ApiKey(ApiKey::Header(described(
                "X-CSRF-Token",
                "The text that signing in and `GET /api/account/session` give; for all but GET.",
            ))),
        ),
    ]
}
