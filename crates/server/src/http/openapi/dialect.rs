//! What makes the paths of a dialect out of its routes and its table.

use super::operation::Operation;
use super::parameter;
use super::rules::{self, Rules};
use super::schemas::{Schemas, Shape};
use crate::http::route::Route;
use std::collections::BTreeSet;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItem};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Required, Response};

const JSON: &str = "application/json";

/// A heading under which operations stand.
pub(super) struct Tag {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
}

/// A dialect: its routes, and what is known of them.
pub(super) struct Dialect {
    /// Stands before the names of its faults.
    pub(super) name: &'static str,
    pub(super) routes: &'static [Route],
    pub(super) tags: &'static [Tag],
    pub(super) operations: fn() -> Vec<Operation>,
    /// The envelope of its faults.
    pub(super) envelope: fn() -> Shape,
    /// How a pattern is spelled by clients.
    pub(super) path: fn(&str) -> String,
    /// Whether its POSTs take `Idempotency-Key`.
    pub(super) is_idempotent: bool,
}

/// The paths of a dialect, and the statuses of the faults that are possible there.
#[derive(Default)]
pub(super) struct Paths {
    pub(super) items: Vec<(String, PathItem)>,
    pub(super) statuses: BTreeSet<u16>,
}

impl Dialect {
    /// The paths with their operations. What has no route, or is no method, is left out; a test compares.
    pub(super) fn paths(&self, schemas: &mut Schemas) -> Paths {
        let mut paths = Paths::default();
        for operation in (self.operations)() {
            let is_of = |route: &&Route| {
                (route.method, route.pattern) == (operation.method, operation.pattern)
            };
            let (Some(route), Some(method)) = (
                self.routes.iter().find(is_of),
                http_method(operation.method),
            ) else {
                continue;
            };
            let path = (self.path)(operation.pattern);
            let rules = Rules::of(self, route, &operation);
            let built = self.build(operation, &rules, schemas);
            paths.items.push((path, PathItem::new(method, built)));
            paths.statuses.extend(rules.statuses);
        }
        paths
    }

    /// The answers to faults with these statuses, which operations point at.
    pub(super) fn faults(
        &self,
        statuses: &BTreeSet<u16>,
        schemas: &mut Schemas,
    ) -> Vec<(String, Response)> {
        let known = rules::FAULTS.iter();
        let known = known.filter(|fault| statuses.contains(&fault.status));
        let faults = known.map(|fault| {
            let content = ContentBuilder::new().schema(Some(schemas.answered((self.envelope)())));
            let mut response = ResponseBuilder::new()
                .description(fault.description)
                .content(JSON, content.build());
            if fault.is_temporary {
                let retry = "After how many seconds it makes sense to try again.";
                response = response.header("Retry-After", header(parameter::id(), retry));
            }
            (self.fault_name(fault.name), response.build())
        });
        faults.collect()
    }

    fn fault_name(&self, name: &str) -> String {
        format!("{}.{name}", self.name)
    }

    fn build(
        &self,
        operation: Operation,
        rules: &Rules,
        schemas: &mut Schemas,
    ) -> OperationBuilder {
        let mut built = OperationBuilder::new()
            .operation_id(Some(operation.id))
            .tag(operation.tag)
            .summary(Some(operation.summary))
            .description(operation.description)
            .securities(Some(rules.security.clone()));
        for name in placeholders(operation.pattern) {
            built = built.parameter(parameter::path(name));
        }
        for parameter in operation.query.into_iter().chain(rules.headers()) {
            built = built.parameter(parameter);
        }
        if let Some(body) = operation.body {
            let content = ContentBuilder::new()
                .schema(Some(schemas.sent(body.shape)))
                .example(Some(body.example));
            let required = if body.is_required {
                Required::True
            } else {
                Required::False
            };
            let body = RequestBodyBuilder::new()
                .content(JSON, content.build())
                .required(Some(required));
            built = built.request_body(Some(body.build()));
        }
        let answer = operation.answer;
        let mut response = ResponseBuilder::new().description(answer.description);
        if let Some((shape, example)) = answer.content {
            let content = ContentBuilder::new()
                .schema(Some(schemas.answered(shape)))
                .example(Some(example));
            response = response.content(JSON, content.build());
        }
        for (name, description) in answer.headers.into_iter().chain(rules.answer_header()) {
            response = response.header(name, header(parameter::text(), description));
        }
        built = built.response(answer.status.to_string(), response.build());
        for fault in rules::FAULTS {
            if rules.statuses.contains(&fault.status) {
                let name = self.fault_name(fault.name);
                let reference: RefOr<Response> = RefOr::Ref(Ref::from_response_name(name));
                built = built.response(fault.status.to_string(), reference);
            }
        }
        built
    }
}

fn header(schema: utoipa::openapi::Schema, description: &str) -> utoipa::openapi::header::Header {
    HeaderBuilder::new()
        .schema(Some(schema))
        .description(Some(description))
        .build()
}

/// The names between braces.
fn placeholders(pattern: &str) -> impl Iterator<Item = &str> {
    pattern
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn http_method(name: &str) -> Option<HttpMethod> {
    match name {
        "GET" => Some(HttpMethod::Get),
        "POST" => Some(HttpMethod::Post),
        "PUT" => Some(HttpMethod::Put),
        "PATCH" => Some(HttpMethod::Patch),
        "DELETE" => Some(HttpMethod::Delete),
        _ => None,
    }
}
