//! The OpenAPI document: complete, the same wherever it is given, and the one that is committed.

use crate::harness::on_both;
use crate::program::{roster, run};
use roster_server::http::openapi;
use roster_server::http::route::Route;
use roster_server::http::{account, v1, v2};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::path::Path;

on_both! {
    /// Anybody gets the document, as JSON that may be kept.
    the_document_is_answered
}

mod body {
    use crate::harness::{Api, Backend, Method, TestServer, read};
    use roster_server::http::openapi;

    pub(super) async fn the_document_is_answered(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let api = Api::anonymous(&server.base_url());
        let answer = api.get("/openapi.json").await.expect(200);
        assert_eq!(answer.text, openapi::text());
        assert_eq!(
            answer.headers["content-type"],
            "application/json; charset=utf-8"
        );
        assert_eq!(answer.headers["cache-control"], "no-cache");
        let head = read(api.request(Method::HEAD, "/openapi.json"))
            .await
            .expect(200);
        assert_eq!(head.text, "");
        let wrong = read(api.request(Method::POST, "/openapi.json"))
            .await
            .expect(405);
        assert_eq!(wrong.json()["type"], "InvalidParameterError");
    }
}

pub(crate) fn document() -> Value {
    serde_json::from_str(openapi::text()).unwrap()
}

/// Each operation with its method and path.
pub(crate) fn operations(document: &Value) -> Vec<(String, String, &Map<String, Value>)> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let operation = operation.as_object().unwrap();
            operations.push((method.to_uppercase(), path.clone(), operation));
        }
    }
    operations
}

/// The schema or answer that a reference names, or the value itself.
pub(crate) fn followed<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document
            .pointer(&reference[1..])
            .unwrap_or_else(|| panic!("{reference}")),
        None => value,
    }
}

fn routes() -> BTreeSet<(String, String)> {
    let v1 = v1::ROUTES
        .iter()
        .map(|route: &Route| match route.pattern.contains("/user/") {
            true => (route.method.to_owned(), route.pattern.to_owned()),
            false => (route.method.to_owned(), format!("{}.json", route.pattern)),
        });
    let others = v2::ROUTES.iter().chain(account::ROUTES);
    let others = others.map(|route| (route.method.to_owned(), route.pattern.to_owned()));
    v1.chain(others).collect()
}

#[test]
fn every_route_is_in_the_document_and_nothing_else() {
    let document = document();
    let documented: BTreeSet<_> = operations(&document)
        .into_iter()
        .map(|(method, path, _)| (method, path))
        .collect();
    let routes = routes();
    let missing: Vec<_> = routes.difference(&documented).collect();
    assert!(missing.is_empty(), "not in http/openapi: {missing:?}");
    let invented: Vec<_> = documented.difference(&routes).collect();
    assert!(invented.is_empty(), "no such routes: {invented:?}");
}

#[test]
fn it_is_openapi_3_1_and_each_operation_has_an_id_of_its_own() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        let is_plain = id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        assert!(is_plain, "{id}");
        assert!(ids.insert(id), "{id} is also {method} {path}");
    }
}

#[test]
fn each_operation_is_complete() {
    let document = document();
    let tags: BTreeSet<_> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| &tag["name"])
        .map(Value::to_string)
        .collect();
    for (method, path, operation) in operations(&document) {
        let what = format!("{method} {path}");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{what}");
        let of_operation = operation["tags"].as_array().unwrap();
        assert!(
            of_operation.len() == 1 && tags.contains(&of_operation[0].to_string()),
            "{what}"
        );
        for requirement in operation["security"].as_array().unwrap() {
            for scheme in requirement.as_object().unwrap().keys() {
                assert!(
                    document["components"]["securitySchemes"][scheme].is_object(),
                    "{what} {scheme}"
                );
            }
        }
        let parameters = operation
            .get("parameters")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        for parameter in &parameters {
            assert!(
                parameter["schema"].is_object() && parameter["description"].is_string(),
                "{what} {parameter}"
            );
        }
        let in_path: BTreeSet<_> = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| format!("{{{}}}", parameter["name"].as_str().unwrap()))
            .collect();
        assert_eq!(in_path.len(), path.matches('{').count(), "{what}");
        assert!(in_path.iter().all(|name| path.contains(name)), "{what}");
        answers_are_complete(&document, &what, operation);
        if let Some(body) = operation.get("requestBody") {
            let content = &body["content"]["application/json"];
            followed(&document, &content["schema"]);
            assert!(content["example"].is_object(), "{what}");
        }
    }
}

fn answers_are_complete(document: &Value, what: &str, operation: &Map<String, Value>) {
    let answers = operation["responses"].as_object().unwrap();
    let good: Vec<_> = answers
        .keys()
        .filter(|status| status.starts_with('2'))
        .collect();
    assert_eq!(good.len(), 1, "{what}");
    let good = &answers[good[0]];
    if !answers.contains_key("204") {
        let content = &good["content"]["application/json"];
        followed(document, &content["schema"]);
        assert!(!content["example"].is_null(), "{what}");
    }
    for status in ["500", "503"] {
        assert!(answers.contains_key(status), "{what} {status}");
    }
    let envelope = match what.contains("/api/") {
        true => "#/components/schemas/v2.ErrorBody",
        false => "#/components/schemas/v1.Errors",
    };
    for (status, answer) in answers
        .iter()
        .filter(|(status, _)| !status.starts_with('2'))
    {
        let content = &followed(document, answer)["content"]["application/json"];
        assert_eq!(content["schema"]["$ref"], envelope, "{what} {status}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(document: &Value, value: &Value) {
        match value {
            Value::Object(object) => {
                followed(document, value);
                object.values().for_each(|value| walk(document, value));
            }
            Value::Array(array) => array.iter().for_each(|value| walk(document, value)),
            _ => {}
        }
    }
    let document = document();
    walk(&document, &document);
}

#[test]
fn the_command_line_prints_it() {
    let folder = tempfile::tempdir().unwrap();
    let printed = run(roster(folder.path()).arg("openapi")).succeeded();
    assert_eq!(printed, openapi::text());
    // It needs no database and leaves nothing behind.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn the_committed_copy_is_up_to_date() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    if std::fs::read_to_string(&committed).unwrap_or_default() != openapi::text() {
        let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openapi.json");
        std::fs::write(&fresh, openapi::text()).unwrap();
        panic!(
            "docs/openapi.json is out of date: cp {} docs/",
            fresh.display()
        );
    }
}
