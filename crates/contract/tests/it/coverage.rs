//! The cases cover the contract, and none of them is written in vain.

use crate::cases;
use roster_contract::{Request, V1, load};
use roster_server::http::v1::ROUTES;
use std::{collections::BTreeMap, path::Path};

/// Whether the request is one to the route: where several patterns fit, to the first of them.
fn is_to(request: &Request, method: &str, pattern: &str) -> bool {
    let first = ROUTES.iter().find(|route| request.is_at(route.pattern));
    request.method == method && first.is_some_and(|route| route.pattern == pattern)
}

#[test]
fn every_route_is_covered_by_a_success() {
    let exchanges: Vec<_> = cases()
        .iter()
        .flat_map(|loaded| loaded.case.exchanges().collect::<Vec<_>>())
        .collect();
    let uncovered: Vec<_> = ROUTES
        .iter()
        .filter(|route| {
            !exchanges.iter().any(|exchange| {
                exchange.response.status == 200
                    && is_to(&exchange.request, route.method, route.pattern)
            })
        })
        .collect();
    assert!(uncovered.is_empty(), "no case covers {uncovered:#?}");
}

#[test]
fn no_case_lies_where_no_runner_looks() {
    let everywhere = load(Path::new(V1).parent().unwrap()).unwrap();
    assert_eq!(everywhere.len(), cases().len());
}

#[test]
fn no_two_cases_have_one_name() {
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for loaded in cases() {
        let file = loaded.file.display().to_string();
        files.entry(loaded.case.name).or_default().push(file);
    }
    files.retain(|_, files| files.len() > 1);
    assert!(files.is_empty(), "names used twice: {files:#?}");
}

#[test]
fn every_line_of_the_error_table_that_a_request_can_reach_is_reached() {
    let statuses: Vec<_> = cases()
        .iter()
        .flat_map(|loaded| {
            loaded
                .case
                .exchanges()
                .map(|exchange| exchange.response.status)
        })
        .collect();
    // 409, 413, 429, 500 and 503 take concurrency, size or a broken server: they are the server's own tests.
    for status in [200, 400, 401, 403, 404, 405, 422] {
        assert!(statuses.contains(&status), "no case expects {status}");
    }
}
