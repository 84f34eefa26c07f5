//! The client of v2 sends what the cases record, and reads what they answer.
//!
//! A case runs if the client can send its first request: one with a wrong type, an unknown field or another spelling of a
//! default cannot be said in its types.

use crate::client::{json, play, url, version};
use crate::{cases_of, report, sample};
use roster_client::{
    Client, Error, GroupId, JobId, UserAttributeId, UserId, Version, Versioned,
    v2::{
        GroupSort, ListEntriesRequest, ListGroupsRequest, ListUserAttributesRequest,
        ListUsersRequest, Position, Status, Subject, UserSort,
    },
};
use roster_contract::{Caller, Dialect, Exchange, Loaded, Request};
use roster_domain::wire::v2;
use roster_server::http::v2::ROUTES;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::str::FromStr;

/// What a call came to: the body that its answer must have had, null if there is nothing to return, and the version.
type Outcome = Result<(Value, Option<Version>), Error>;

/// Makes the call that sends this request; `None` if no call does.
async fn call(client: &Client, request: &Request) -> Option<Outcome> {
    let path = request.route_path().strip_prefix("/api/v2/")?;
    let path: Vec<&str> = path.split('/').collect();
    let mut query = Query::of(request);
    let mut sent = request.body.as_ref();
    let version = request.headers.get("If-Match").map(Version::new);
    let version = version.as_ref();
    let known_headers = request.headers.keys().all(|name| name == "If-Match");
    if request.raw_body.is_some() || !known_headers {
        return None;
    }
    let users = client.v2().users();
    let groups = client.v2().groups();
    let jobs = client.v2().jobs();
    let attributes = client.v2().user_attributes();
    let entries = client.v2().user_attribute_entries();
    let outcome = match (request.method.as_str(), path.as_slice()) {
        ("GET", ["users"]) => {
            let list = query.list_users()?;
            let position = query.position()?;
            plain(users.page(&list, &position).await)
        }
        ("GET", ["users", "check_holistics_user"]) => {
            let email = query.take("email")?;
            let taken = users.is_already_user(&email).await;
            plain(taken.map(|taken| json!({ "is_already_user": taken })))
        }
        ("GET", ["users", "me"]) => plain(users.me().await.map(|user| json!({ "user": user }))),
        ("GET", ["users", user]) => versioned("user", users.get(id(user, UserId)?).await),
        ("PUT", ["users", user]) => {
            let body: v2::UpdateUserRequest = body(&mut sent)?;
            let user = users.update(id(user, UserId)?, &body.user, version).await;
            user.map(|user| (json(user.value), user.version))
        }
        ("DELETE", ["users", user]) => done(users.delete(id(user, UserId)?, version).await),
        ("POST", ["users", "invite"]) => job(users.invite(&body(&mut sent)?).await),
        ("POST", ["users", user, "restore"]) => done(users.restore(id(user, UserId)?).await),
        ("POST", ["users", user, "resend_invite"]) => {
            job(users.resend_invitation(id(user, UserId)?).await)
        }
        ("POST", ["users", user, "revoke_authentication_token"]) => {
            let user = id(user, UserId)?;
            done(users.revoke_authentication_token(user).await)
        }
        ("GET", ["groups"]) => {
            let list = query.list_groups()?;
            let position = query.position()?;
            plain(groups.page(&list, &position).await)
        }
        ("POST", ["groups"]) => {
            let body: v2::GroupRequest = body(&mut sent)?;
            let group = groups.create(&body.group.name).await;
            plain(group.map(|group| json!({ "group": group })))
        }
        ("GET", ["groups", group]) => {
            let group = id(group, GroupId)?;
            let with_users = query.switch("include_users", "true")?;
            let group = match with_users {
                true => groups.get_with_users(group).await,
                false => groups.get(group).await,
            };
            versioned("group", group)
        }
        ("PUT", ["groups", group]) => {
            let (group, body) = (id(group, GroupId)?, body::<v2::GroupRequest>(&mut sent)?);
            let name = &body.group.name;
            versioned("group", groups.rename(group, name, version).await)
        }
        ("DELETE", ["groups", group]) => done(groups.delete(id(group, GroupId)?, version).await),
        ("POST", ["groups", group, change, user]) => {
            let (group, user) = (id(group, GroupId)?, id(user, UserId)?);
            match *change {
                "add_user" => done(groups.add_user(group, user).await),
                "remove_user" => done(groups.remove_user(group, user).await),
                _ => return None,
            }
        }
        ("GET", ["jobs"]) => {
            let ids: Vec<_> = query.many("ids", |text| id(text, JobId))?;
            let jobs = jobs.list(&ids).await;
            plain(jobs.map(|jobs| json!({ "jobs": jobs })))
        }
        ("GET", ["jobs", id_of_job]) => job(jobs.get(id(id_of_job, JobId)?).await),
        ("GET", ["jobs", job, "logs"]) => {
            let logs = jobs.logs(id(job, JobId)?).await;
            plain(logs.map(|logs| json!({ "job_logs": logs })))
        }
        ("GET", ["jobs", job, "result"]) => plain(jobs.result(id(job, JobId)?).await),
        ("GET", ["user_attributes"]) => {
            let limit = query.parsed("limit")?;
            let position = query.position()?;
            let list = ListUserAttributesRequest { limit };
            plain(attributes.page(&list, &position).await)
        }
        ("POST", ["user_attributes"]) => {
            let body: v2::UserAttributeRequest = body(&mut sent)?;
            let created = attributes.create(&body.user_attribute).await;
            plain(created.map(|created| json!({"user_attribute": created, "status": "created"})))
        }
        ("GET", ["user_attributes", attribute]) => {
            attribute_of(attributes.get(id(attribute, UserAttributeId)?).await)
        }
        ("PUT", ["user_attributes", attribute]) => {
            let body: v2::UserAttributeRequest = body(&mut sent)?;
            let attribute = id(attribute, UserAttributeId)?;
            attribute_of(attributes.update(attribute, &body.user_attribute).await)
        }
        ("DELETE", ["user_attributes", attribute]) => {
            done(attributes.delete(id(attribute, UserAttributeId)?).await)
        }
        ("GET", ["user_attribute_entries"]) => {
            let (subject, limit) = (query.subject()?, query.parsed("limit")?);
            let position = query.position()?;
            let list = ListEntriesRequest { subject, limit };
            plain(entries.page(&list, &position).await)
        }
        ("GET", ["user_attribute_entries", "computed_values"]) => {
            let subject = query.subject()?;
            let values = entries.computed_values(subject).await;
            plain(values.map(|values| json!({ "user_attribute_values": values })))
        }
        ("PUT", ["user_attribute_entries", "upsert"]) => {
            let body: v2::UpsertEntriesRequest = body(&mut sent)?;
            let set = entries.upsert(&body.user_attribute_entries).await;
            plain(set.map(|set| json!({ "user_attribute_entries": set })))
        }
        _ => return None,
    };
    (query.is_used_up() && sent.is_none()).then_some(outcome)
}

fn plain(result: Result<impl Serialize, Error>) -> Outcome {
    result.map(|value| (json(value), None))
}

fn versioned(name: &str, result: Result<Versioned<impl Serialize>, Error>) -> Outcome {
    result.map(|read| (json!({ (name): read.value }), read.version))
}

/// An acknowledgement has nothing to return.
fn done(result: Result<(), Error>) -> Outcome {
    plain(result)
}

fn job(result: Result<v2::Job, Error>) -> Outcome {
    plain(result.map(|job| json!({ "job": job })))
}

fn attribute_of(result: Result<v2::UserAttribute, Error>) -> Outcome {
    plain(result.map(|attribute| json!({ "user_attribute": attribute })))
}

fn id<T>(text: &str, new: fn(i64) -> T) -> Option<T> {
    let id: i64 = text.parse().ok()?;
    (id.to_string() == text).then(|| new(id))
}

/// The body, if it can be said in the client's type.
fn body<T: Serialize + DeserializeOwned>(sent: &mut Option<&Value>) -> Option<T> {
    let body = sent.take()?;
    let read: T = serde_json::from_value(body.clone()).ok()?;
    (json(&read) == *body).then_some(read)
}

/// What a query has that was not taken yet.
struct Query(Vec<(String, String)>);

impl Query {
    fn of(request: &Request) -> Self {
        let url = url(&request.path);
        let pairs = url.query_pairs();
        let name = |name: &str| name.strip_suffix("[]").unwrap_or(name).to_owned();
        Self(
            pairs
                .map(|(key, value)| (name(&key), value.into_owned()))
                .collect(),
        )
    }

    fn is_used_up(&self) -> bool {
        self.0.is_empty()
    }

    fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(key, _)| key == name)?;
        Some(self.0.remove(at).1)
    }

    /// One value, if there is one; no outer value if it cannot be said.
    fn one<T>(&mut self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
        match self.take(name) {
            None => Some(None),
            Some(text) => parse(&text).map(Some),
        }
    }

    fn parsed<T: FromStr + ToString>(&mut self, name: &str) -> Option<Option<T>> {
        self.one(name, |text| {
            let value: T = text.parse().ok()?;
            (value.to_string() == text).then_some(value)
        })
    }

    /// A parameter that is left out or has this value.
    fn switch(&mut self, name: &str, on: &str) -> Option<bool> {
        let switched = self.one(name, |text| (text == on).then_some(()))?;
        Some(switched.is_some())
    }

    fn many<T>(&mut self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
        let texts: Vec<String> = std::iter::from_fn(|| self.take(name)).collect();
        texts.iter().map(|text| parse(text)).collect()
    }

    fn position(&mut self) -> Option<Position> {
        match (self.take("after"), self.take("before")) {
            (None, None) => Some(Position::Start),
            (Some(cursor), None) => Some(Position::After(cursor)),
            (None, Some(cursor)) => Some(Position::Before(cursor)),
            (Some(_), Some(_)) => None,
        }
    }

    fn subject(&mut self) -> Option<Subject> {
        let kind = self.take("subject_type")?;
        let subject: fn(i64) -> Subject = match kind.as_str() {
            "User" => |id| Subject::User(UserId(id)),
            "Group" => |id| Subject::Group(GroupId(id)),
            _ => return None,
        };
        id(&self.take("subject_id")?, subject)
    }

    fn list_users(&mut self) -> Option<ListUsersRequest> {
        let sort = |word: &str| match word {
            "id_asc" => Some(UserSort::IdAscending),
            "id_desc" => Some(UserSort::IdDescending),
            "name_asc" => Some(UserSort::NameAscending),
            "name_desc" => Some(UserSort::NameDescending),
            "initials_asc" => Some(UserSort::InitialsAscending),
            "initials_desc" => Some(UserSort::InitialsDescending),
            _ => None,
        };
        let ids = self.many("ids", |text| id(text, UserId))?;
        Some(ListUsersRequest {
            search_term: self.take("search_term"),
            statuses: self.many("statuses", Status::parse)?,
            ids: (!ids.is_empty()).then_some(ids),
            role: self.one("role", |word| serde_json::from_value(word.into()).ok())?,
            has_authentication_token: self.parsed("has_authentication_token")?,
            exclude_deleted: self.switch("exclude_deleted", "true")?,
            sort: self.one("sort", sort)?,
            without_counters: self.switch("counters", "false")?,
            limit: self.parsed("limit")?,
        })
    }

    fn list_groups(&mut self) -> Option<ListGroupsRequest> {
        let sort = |word: &str| match word {
            "id_asc" => Some(GroupSort::IdAscending),
            "id_desc" => Some(GroupSort::IdDescending),
            _ => None,
        };
        Some(ListGroupsRequest {
            sort: self.one("sort", sort)?,
            include_users: self.switch("include_users", "true")?,
            limit: self.parsed("limit")?,
        })
    }
}

/// Runs a case if the client can send it, and says what is wrong.
async fn run(loaded: &Loaded) -> Option<Vec<String>> {
    let first = sample(loaded);
    if first.response.body.is_none() || matches!(first.caller, Caller::Session(_)) {
        return None;
    }
    let played = play(loaded).await;
    let outcome = call(&played.client, &played.exchange.request).await?;
    let mut faults = Vec::from_iter(judge(outcome, &played.exchange, &played.answer));
    faults.extend(played.judge_request().await);
    Some(faults)
}

fn judge(outcome: Outcome, exchange: &Exchange, answer: &Value) -> Option<String> {
    let status = exchange.response.status;
    let (returned, expected) = match outcome {
        Ok((_, _)) if status >= 400 => return Some(format!("expected the error {status}")),
        Ok((body, read)) => {
            let is_message = answer.get("message").is_some();
            let expected = if is_message { &Value::Null } else { answer };
            let tag = read.as_ref().map(Version::as_str);
            let expected_tag = version(exchange);
            (json!([body, tag]), json!([expected, expected_tag]))
        }
        Err(error) => (told(&error), expected_fault(status, answer)),
    };
    (returned != expected).then(|| format!("expected {expected}\nreturned {returned}"))
}

/// All that an error tells.
fn told(error: &Error) -> Value {
    let Error::Api {
        status,
        messages,
        details: Some(details),
        ..
    } = error
    else {
        return format!("{error:?}").into();
    };
    json!([
        status,
        messages,
        error.request_id(),
        details.kind,
        details.record,
        details.refused_emails
    ])
}

fn expected_fault(status: u16, answer: &Value) -> Value {
    let or = |name: &str, default: Value| answer.get(name).cloned().unwrap_or(default);
    json!([
        status,
        [answer["message"]],
        answer.pointer("/error/debug_id"),
        answer["type"],
        or("record", json!({})),
        or("data", json!([])),
    ])
}

fn route_of(request: &Request) -> Option<(&'static str, &'static str)> {
    let route = ROUTES.iter().find(|route| request.is_at(route.pattern))?;
    let same = |other: &&roster_server::http::route::Route| {
        other.pattern == route.pattern && other.method == request.method
    };
    ROUTES
        .iter()
        .find(same)
        .map(|route| (route.method, route.pattern))
}

#[tokio::test]
async fn the_client_keeps_the_contract_of_v2() {
    let mut failures = Vec::new();
    let (mut ran, mut sent, mut succeeding) = (0, BTreeSet::new(), BTreeSet::new());
    for loaded in &cases_of(Dialect::V2) {
        let first = sample(loaded);
        let route = route_of(&first.request);
        succeeding.extend(route.filter(|_| first.response.status < 300));
        if let Some(faults) = run(loaded).await {
            ran += 1;
            sent.extend(route);
            let text = || format!("{}\n  {}", loaded.case.name, faults.join("\n  "));
            failures.extend((!faults.is_empty()).then(text));
        }
    }
    let unsent = succeeding.difference(&sent);
    failures.extend(unsent.map(|(method, path)| format!("the client cannot send {method} {path}")));
    report("client of v2", ran, &failures);
}
