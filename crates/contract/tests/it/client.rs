//! The client sends what the cases record, and reads what they answer.

use crate::{cases, report, sample};
use roster_client::{Client, Error, GroupId, UserId};
use roster_contract::{Caller, Exchange, Handles, Loaded, sample_body};
use roster_domain::wire::v1::{GroupRequest, RestoreRequest};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{collections::BTreeSet, str::FromStr};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

const METHODS: [&str; 17] = [
    "users.list",
    "users.invite",
    "users.resend_invitation",
    "users.delete",
    "users.restore",
    "users.update",
    "users.revoke_authentication_token",
    "users.is_already_user",
    "users.change_role",
    "users.find_by_email",
    "users.me",
    "groups.list",
    "groups.create",
    "groups.rename",
    "groups.delete",
    "groups.add_user",
    "groups.remove_user",
];

/// Calls a method with arguments taken from the request; what it returns comes back as JSON.
async fn call(client: &Client, method: &str, exchange: &Exchange) -> Result<Value, Error> {
    let (users, groups) = (client.users(), client.groups());
    let request = &exchange.request;
    let user = || UserId(id_behind(request.route_path(), &["users", "user"]));
    let group = || GroupId(id_behind(request.route_path(), &["groups"]));
    let name = || body::<GroupRequest>(exchange).group.name;
    match method {
        "users.list" => users.list().await.map(json),
        "users.invite" => users.invite(&body(exchange)).await.map(json),
        "users.resend_invitation" => users.resend_invitation(user()).await.map(json),
        "users.delete" => users.delete(user()).await.map(json),
        "users.restore" => {
            let request: RestoreRequest = body(exchange);
            users.restore(request.id).await.map(json)
        }
        "users.update" => users.update(user(), &body(exchange)).await.map(json),
        "users.revoke_authentication_token" => {
            users.revoke_authentication_token(user()).await.map(json)
        }
        "users.is_already_user" => {
            let taken = users.is_already_user(&email(exchange)).await;
            taken.map(|taken| json!({"is_already_user": taken}))
        }
        "users.change_role" => users.change_role(&body(exchange)).await.map(json),
        "users.find_by_email" => users.find_by_email(&email(exchange)).await.map(json),
        "users.me" => users.me().await.map(json),
        "groups.list" => groups.list().await.map(json),
        "groups.create" => groups.create(&name()).await.map(json),
        "groups.rename" => groups.rename(group(), &name()).await.map(json),
        "groups.delete" => groups.delete(group()).await.map(json),
        "groups.add_user" => groups.add_user(group(), user()).await.map(json),
        "groups.remove_user" => groups.remove_user(group(), user()).await.map(json),
        unknown => panic!("the client has no method {unknown}"),
    }
}

pub(crate) fn json<T: Serialize>(value: T) -> Value {
    serde_json::to_value(value).unwrap()
}

fn body<T: DeserializeOwned>(exchange: &Exchange) -> T {
    serde_json::from_value(exchange.request.body.clone().unwrap()).unwrap()
}

fn id_behind<T: FromStr<Err: std::fmt::Debug>>(path: &str, words: &[&str]) -> T {
    let mut segments = path
        .split('/')
        .skip_while(|segment| !words.contains(segment));
    segments.nth(1).unwrap().parse().unwrap()
}

pub(crate) fn url(path: &str) -> reqwest::Url {
    format!("http://localhost{path}").parse().unwrap()
}

fn email(exchange: &Exchange) -> String {
    let url = url(&exchange.request.path);
    let mut pairs = url.query_pairs();
    pairs
        .find(|(name, _)| name == "email")
        .unwrap()
        .1
        .into_owned()
}

/// The client of whoever asks in a case, and a server that answers as the case says.
pub(crate) struct Played {
    pub(crate) exchange: Exchange,
    pub(crate) answer: Value,
    pub(crate) client: Client,
    server: MockServer,
    key: String,
}

pub(crate) async fn play(loaded: &Loaded) -> Played {
    let exchange = sample(loaded);
    let key = match &exchange.caller {
        Caller::Admin => "admin-key".to_owned(),
        Caller::Given(handle) => {
            let handles = Handles::sample(&loaded.case);
            handles.text(handle, "key").unwrap().to_owned()
        }
        Caller::Nobody | Caller::WrongKey | Caller::Session(_) => "no-such-key".to_owned(),
    };
    let answer = sample_body(exchange.response.body.as_ref().unwrap());
    let server = MockServer::start().await;
    let mut template = ResponseTemplate::new(exchange.response.status)
        .set_body_raw(answer.to_string(), "application/json; charset=utf-8");
    if let Some(version) = version(&exchange) {
        template = template.insert_header("ETag", version);
    }
    Mock::given(any())
        .respond_with(template)
        .mount(&server)
        .await;
    let client = Client::builder(server.uri(), key.as_str())
        .max_retries(0)
        .build()
        .unwrap();
    Played {
        exchange,
        answer,
        client,
        server,
        key,
    }
}

/// The version that the answer of a case tells.
pub(crate) fn version(exchange: &Exchange) -> Option<String> {
    let expected = exchange.response.headers.get("ETag")?;
    Some(expected.replace("<string>", "text"))
}

impl Played {
    /// What is wrong with what the client sent.
    pub(crate) async fn judge_request(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let sent = self.server.received_requests().await.unwrap();
        match sent.as_slice() {
            [sent] => judge_request(&self.exchange, &self.key, sent, &mut faults),
            _ => faults.push(format!("{} requests were sent", sent.len())),
        }
        faults
    }
}

async fn run(loaded: &Loaded, method: &str) -> Vec<String> {
    let played = play(loaded).await;
    let (status, answer) = (played.exchange.response.status, &played.answer);
    let result = call(&played.client, method, &played.exchange).await;
    let mut faults = Vec::from_iter(judge_result(method, result, status, answer));
    faults.extend(played.judge_request().await);
    faults
}

fn judge_result(
    method: &str,
    result: Result<Value, Error>,
    status: u16,
    answer: &Value,
) -> Option<String> {
    let returned = match result {
        Ok(returned) => returned,
        Err(Error::Api {
            status: got,
            messages,
            ..
        }) if status >= 400 => {
            let expected = answer["errors"].clone();
            return (got != status || json(&messages) != expected)
                .then(|| format!("expected {status} {expected}, got {got} {messages:?}"));
        }
        Err(error) => return Some(format!("expected {status}, got {error:?}")),
    };
    let expected = match (method, status) {
        ("users.find_by_email", 404) => Value::Null,
        // An acknowledgement has nothing to return.
        (_, 200) if answer.get("status").is_some() => Value::Null,
        (_, 200) => answer.clone(),
        _ => return Some(format!("expected an error, got {returned}")),
    };
    (returned != expected).then(|| format!("expected {expected}\nreturned {returned}"))
}

fn judge_request(
    exchange: &Exchange,
    key: &str,
    sent: &wiremock::Request,
    faults: &mut Vec<String>,
) {
    let expected = &exchange.request;
    let expected_url = url(&expected.path);
    let pairs = |url: &reqwest::Url| -> Vec<_> {
        let pairs = url.query_pairs();
        // Arrays have two spellings, and the order counts within one only.
        let name = |name: &str| name.strip_suffix("[]").unwrap_or(name).to_owned();
        let mut pairs: Vec<_> = pairs
            .map(|(key, value)| (name(&key), value.into_owned()))
            .collect();
        pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
        pairs
    };
    let header = |name: &str| {
        let value = sent.headers.get(name)?;
        Some(value.to_str().unwrap().to_owned())
    };
    let body = if sent.body.is_empty() {
        None
    } else {
        serde_json::from_slice::<Value>(&sent.body).ok()
    };
    let mut check = |what: &str, expected: String, got: String| {
        if expected != got {
            faults.push(format!("{what}: expected {expected}, sent {got}"));
        }
    };
    check("method", expected.method.clone(), sent.method.to_string());
    check(
        "path",
        expected_url.path().to_owned(),
        sent.url.path().to_owned(),
    );
    check(
        "query",
        format!("{:?}", pairs(&expected_url)),
        format!("{:?}", pairs(&sent.url)),
    );
    check(
        "key",
        format!("{:?}", Some(key)),
        format!("{:?}", header("x-holistics-key")),
    );
    check(
        "accept",
        format!("{:?}", Some("application/json")),
        format!("{:?}", header("accept")),
    );
    check(
        "version",
        format!("{:?}", expected.headers.get("If-Match")),
        format!("{:?}", header("if-match").as_ref()),
    );
    check("body", format!("{:?}", expected.body), format!("{body:?}"));
    if body.is_some() {
        check(
            "content type",
            format!("{:?}", Some("application/json")),
            format!("{:?}", header("content-type")),
        );
    }
}

#[tokio::test]
async fn the_client_keeps_the_contract() {
    let cases = cases();
    let mut failures = Vec::new();
    let mut used = BTreeSet::new();
    let mut ran = 0;
    for loaded in &cases {
        if let Some(method) = &loaded.case.client {
            ran += 1;
            used.insert(method.as_str());
            let faults = run(loaded, method).await;
            failures
                .extend((!faults.is_empty()).then(|| {
                    format!("{} ({method})\n  {}", loaded.case.name, faults.join("\n  "))
                }));
        }
    }
    let unused = METHODS.iter().filter(|method| !used.contains(*method));
    failures.extend(unused.map(|method| format!("no case calls {method}")));
    report("client", ran, &failures);
}
