//! Every body in the cases is one of the wire types, to the last field.

use crate::{account, bodies, cases, report, v2};
use roster_contract::{Dialect, Exchange, Handles, Request, sample_body};
use roster_domain::wire::v1::{
    ChangeRoleRequest, Errors, Group, GroupRequest, GroupSize, InviteRequest, IsAlreadyUser,
    RestoreRequest, Status, UpdateUserRequest, User, UserSummary,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

pub(crate) type RoundTrip = fn(&Value) -> Result<(), String>;

/// Reads a type and prints it again, which must give the same.
pub(crate) fn as_type<T: Serialize + DeserializeOwned>(body: &Value) -> Result<(), String> {
    let read: T = serde_json::from_value(body.clone()).map_err(|error| error.to_string())?;
    let printed = serde_json::to_value(read).map_err(|error| error.to_string())?;
    if printed == *body {
        Ok(())
    } else {
        Err(format!("expected {body}\nprinted  {printed}"))
    }
}

fn response_type(request: &Request, status: u16) -> RoundTrip {
    let is = |method: &str, pattern: &str| request.method == method && request.is_at(pattern);
    if status >= 400 {
        as_type::<Errors>
    } else if is("GET", "/users") || is("GET", "/user") {
        as_type::<Vec<User>>
    } else if is("GET", "/users/info") {
        as_type::<User>
    } else if is("GET", "/users/get_user") {
        as_type::<UserSummary>
    } else if is("GET", "/users/check_holistics_user") {
        as_type::<IsAlreadyUser>
    } else if is("GET", "/groups") {
        as_type::<Vec<GroupSize>>
    } else if is("POST", "/groups") || is("PUT", "/groups/{id}") {
        as_type::<Group>
    } else {
        as_type::<Status>
    }
}

fn request_type(method: &str) -> Option<RoundTrip> {
    Some(match method {
        "users.invite" => as_type::<InviteRequest>,
        "users.restore" => as_type::<RestoreRequest>,
        "users.update" => as_type::<UpdateUserRequest>,
        "users.change_role" => as_type::<ChangeRoleRequest>,
        "groups.create" | "groups.rename" => as_type::<GroupRequest>,
        _ => return None,
    })
}

fn check(exchange: &Exchange) -> Result<(), String> {
    let (request, status) = (&exchange.request, exchange.response.status);
    let (response_type, reader) = match Dialect::of(&request.path) {
        Dialect::V1 => (response_type(request, status), None),
        Dialect::Account => (
            account::response_type(request, status),
            account::reader(request),
        ),
        Dialect::V2 => (v2::response_type(request, status), v2::reader(request)),
    };
    if let Some(reader) = reader {
        bodies::check_request(exchange, reader)?;
    }
    match &exchange.response.body {
        Some(body) => response_type(&sample_body(body)),
        None => Ok(()),
    }
}

#[test]
fn every_body_is_a_wire_type() {
    let cases = cases();
    let mut failures = Vec::new();
    for loaded in &cases {
        let mut handles = Handles::sample(&loaded.case);
        for (number, exchange) in loaded.case.exchanges().enumerate() {
            let exchange = handles.fill(&exchange).unwrap();
            handles.keep_samples(&exchange.response).unwrap();
            let mut result = check(&exchange);
            if number == 0
                && let Some(method) = &loaded.case.client
                && let Some(round_trip) = request_type(method)
            {
                let body = exchange.request.body.clone().unwrap_or_default();
                result = result.and(round_trip(&body));
            }
            if let Err(fault) = result {
                let name = &loaded.case.name;
                failures.push(format!("{name}\n  {}\n{fault}", exchange.request));
            }
        }
    }
    report("domain", cases.len(), &failures);
}
