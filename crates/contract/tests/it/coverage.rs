//! The cases cover the contract, and none of them is written in vain.

use crate::cases;
use roster_contract::{Dialect, Exchange, Request, load};
use roster_server::http::{account, route::Route, v1, v2};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Whether the request is one to the route: where several patterns fit, to the first of them.
fn is_to(request: &Request, route: &Route, routes: &[Route]) -> bool {
    let first = routes.iter().find(|route| request.is_at(route.pattern));
    request.method == route.method && first.is_some_and(|first| first.pattern == route.pattern)
}

fn exchanges() -> Vec<Exchange> {
    cases()
        .iter()
        .flat_map(|loaded| loaded.case.exchanges().collect::<Vec<_>>())
        .collect()
}

#[test]
fn every_route_is_covered_by_a_success() {
    let exchanges = exchanges();
    let uncovered: Vec<_> = v1::ROUTES
        .iter()
        .filter(|route| {
            !exchanges.iter().any(|exchange| {
                exchange.response.status == 200 && is_to(&exchange.request, route, v1::ROUTES)
            })
        })
        .collect();
    assert!(uncovered.is_empty(), "no case covers {uncovered:#?}");
}

/// Method, pattern, and the statuses that a request can get.
type Statuses = &'static [(&'static str, &'static str, &'static [u16])];

/// The statuses that a request can get from each route of the account API. 408, 413, 500 and 503 take size, time or a broken
/// server: they are the server's own tests.
const ACCOUNT_STATUSES: Statuses = &[
    (
        "POST",
        "/api/account/session",
        &[200, 400, 401, 403, 422, 429],
    ),
    ("GET", "/api/account/session", &[200, 401]),
    ("DELETE", "/api/account/session", &[204, 401, 403]),
    ("GET", "/api/account/sessions", &[200, 401]),
    (
        "DELETE",
        "/api/account/sessions/{id}",
        &[204, 401, 403, 404],
    ),
    ("GET", "/api/account/invitations/{token}", &[200, 404, 410]),
    (
        "POST",
        "/api/account/invitations/{token}",
        &[201, 400, 403, 404, 410, 422],
    ),
    ("POST", "/api/account/password_resets", &[202, 400, 422]),
    (
        "PUT",
        "/api/account/password_resets/{token}",
        &[204, 400, 404, 410, 422],
    ),
    (
        "PUT",
        "/api/account/password",
        &[204, 400, 401, 403, 422, 429],
    ),
    ("PATCH", "/api/account/profile", &[200, 400, 401, 403, 422]),
    ("GET", "/api/account/keys", &[200, 401]),
    ("POST", "/api/account/keys", &[201, 400, 401, 403, 422]),
    (
        "POST",
        "/api/account/keys/{id}/rotate",
        &[201, 400, 401, 403, 404, 422],
    ),
    ("DELETE", "/api/account/keys/{id}", &[204, 401, 403, 404]),
    ("GET", "/api/audit_events", &[200, 400, 401, 403]),
];

/// The same of v2; 409 takes concurrency, 429 many requests.
const V2_STATUSES: Statuses = &[
    ("GET", "/api/v2/users", &[200, 400, 401, 403]),
    ("POST", "/api/v2/users/invite", &[200, 400, 401, 403, 422]),
    (
        "GET",
        "/api/v2/users/check_holistics_user",
        &[200, 400, 401, 403],
    ),
    ("GET", "/api/v2/users/me", &[200, 401]),
    ("GET", "/api/v2/users/{id}", &[200, 401, 403, 404]),
    (
        "PUT",
        "/api/v2/users/{id}",
        &[200, 400, 401, 403, 404, 412, 422],
    ),
    (
        "DELETE",
        "/api/v2/users/{id}",
        &[200, 400, 401, 403, 404, 412, 422],
    ),
    (
        "POST",
        "/api/v2/users/{id}/restore",
        &[200, 400, 401, 403, 404, 422],
    ),
    (
        "POST",
        "/api/v2/users/{id}/resend_invite",
        &[200, 400, 401, 403, 404, 422],
    ),
    (
        "POST",
        "/api/v2/users/{id}/revoke_authentication_token",
        &[200, 400, 401, 403, 404, 422],
    ),
    ("GET", "/api/v2/groups", &[200, 400, 401, 403]),
    ("POST", "/api/v2/groups", &[201, 400, 401, 403, 422]),
    ("GET", "/api/v2/groups/{id}", &[200, 400, 401, 403, 404]),
    (
        "PUT",
        "/api/v2/groups/{id}",
        &[200, 400, 401, 403, 404, 412, 422],
    ),
    (
        "DELETE",
        "/api/v2/groups/{id}",
        &[200, 400, 401, 403, 404, 412],
    ),
    (
        "POST",
        "/api/v2/groups/{group_id}/add_user/{user_id}",
        &[200, 400, 401, 403, 404, 422],
    ),
    (
        "POST",
        "/api/v2/groups/{group_id}/remove_user/{user_id}",
        &[200, 400, 401, 403, 404, 422],
    ),
    ("GET", "/api/v2/user_attributes", &[200, 400, 401, 403]),
    (
        "POST",
        "/api/v2/user_attributes",
        &[200, 400, 401, 403, 422],
    ),
    ("GET", "/api/v2/user_attributes/{id}", &[200, 401, 403, 404]),
    (
        "PUT",
        "/api/v2/user_attributes/{id}",
        &[200, 400, 401, 403, 404, 422],
    ),
    (
        "DELETE",
        "/api/v2/user_attributes/{id}",
        &[200, 401, 403, 404],
    ),
    (
        "GET",
        "/api/v2/user_attribute_entries",
        &[200, 400, 401, 403, 404],
    ),
    (
        "GET",
        "/api/v2/user_attribute_entries/computed_values",
        &[200, 400, 401, 403, 404],
    ),
    (
        "PUT",
        "/api/v2/user_attribute_entries/upsert",
        &[200, 400, 401, 403, 422],
    ),
    ("GET", "/api/v2/jobs", &[200, 400, 401, 403]),
    ("GET", "/api/v2/jobs/{id}", &[200, 401, 403, 404]),
    ("GET", "/api/v2/jobs/{id}/logs", &[200, 401, 403, 404]),
    ("GET", "/api/v2/jobs/{id}/result", &[200, 401, 403, 404]),
];

fn statuses(route: &Route, routes: &[Route], exchanges: &[Exchange]) -> BTreeSet<u16> {
    exchanges
        .iter()
        .filter(|exchange| is_to(&exchange.request, route, routes))
        .map(|exchange| exchange.response.status)
        .collect()
}

fn expected_statuses(table: Statuses, route: &Route) -> Option<BTreeSet<u16>> {
    let row = table
        .iter()
        .find(|(method, pattern, _)| (*method, *pattern) == (route.method, route.pattern));
    row.map(|(_, _, statuses)| statuses.iter().copied().collect())
}

#[test]
fn every_status_of_every_account_route_is_covered() {
    let exchanges = exchanges();
    for route in account::ROUTES {
        let found = statuses(route, account::ROUTES, &exchanges);
        let expected = expected_statuses(ACCOUNT_STATUSES, route);
        assert_eq!(Some(found), expected, "{} {}", route.method, route.pattern);
    }
}

#[test]
fn every_status_of_every_v2_route_is_covered() {
    let exchanges = exchanges();
    for route in v2::ROUTES {
        let found = statuses(route, v2::ROUTES, &exchanges);
        let expected = expected_statuses(V2_STATUSES, route);
        assert_eq!(Some(found), expected, "{} {}", route.method, route.pattern);
    }
}

/// What v2 says of faults besides those of parameters and fields, each with its status and type.
const V2_FAULTS: &[(u16, &str, &str)] = &[
    (401, "AuthError", "API key is missing"),
    (401, "AuthError", "API key is invalid"),
    (
        403,
        "PermissionDeniedError",
        "You do not have permission to perform this action",
    ),
    (
        403,
        "PermissionDeniedError",
        "Attributes of the system cannot be changed",
    ),
    (404, "BaseError", "Resource not found"),
    (404, "BaseError", "User is already deleted"),
    (404, "BaseError", "Route not found"),
    (405, "InvalidParameterError", "Method not allowed"),
    (
        412,
        "InvalidOperationError",
        "It has changed since you read it; read it again",
    ),
    (
        422,
        "InvalidEmailsInvitationError",
        "Some addresses cannot be invited; nobody was",
    ),
    (422, "InvalidOperationError", "Group name already existed"),
    (422, "InvalidParameterError", "Group name already existed"),
    (
        422,
        "InvalidOperationError",
        "Attribute name already existed",
    ),
    (422, "InvalidOperationError", "User is deleted"),
    (422, "InvalidOperationError", "User is not deleted"),
    (422, "InvalidOperationError", "Unable to locate invitation"),
    (422, "InvalidOperationError", "You cannot delete yourself"),
    (
        422,
        "InvalidOperationError",
        "The last admin cannot be removed",
    ),
    (
        422,
        "InvalidOperationError",
        "Another request was sent under this Idempotency-Key; give each request its own",
    ),
    (
        422,
        "InvalidOperationError",
        "A user who has not accepted the invitation has no password to change",
    ),
];

#[test]
fn every_fault_that_a_request_to_v2_can_get_is_covered() {
    let exchanges = exchanges();
    let faults: BTreeSet<_> = exchanges
        .iter()
        .filter(|exchange| Dialect::of(&exchange.request.path) == Dialect::V2)
        .filter_map(|exchange| {
            let body = exchange.response.body.as_ref()?;
            let text = |member: &str| body.get(member)?.as_str();
            let status = exchange.response.status;
            Some((status, text("type")?, text("message")?))
        })
        .collect();
    for fault in V2_FAULTS {
        assert!(faults.contains(fault), "no case expects {fault:?}");
    }
    let has = |status: u16, kind: &str| {
        faults
            .iter()
            .any(|found| (found.0, found.1) == (status, kind))
    };
    assert!(has(400, "InvalidParameterError") && has(422, "RecordError"));
    let others: Vec<_> = faults
        .iter()
        .filter(|fault| fault.0 != 400 && fault.1 != "RecordError" && !V2_FAULTS.contains(fault))
        .collect();
    assert!(others.is_empty(), "the table misses {others:?}");
}

#[test]
fn no_case_lies_where_no_runner_looks() {
    let folder = Path::new(Dialect::V1.folder()).parent().unwrap();
    let everywhere = load(folder).unwrap();
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
    let statuses: Vec<_> = exchanges()
        .iter()
        .filter(|exchange| Dialect::of(&exchange.request.path) == Dialect::V1)
        .map(|exchange| exchange.response.status)
        .collect();
    // 409, 413, 429, 500 and 503 take concurrency, size or a broken server: they are the server's own tests.
    for status in [200, 400, 401, 403, 404, 405, 422] {
        assert!(statuses.contains(&status), "no case expects {status}");
    }
}
