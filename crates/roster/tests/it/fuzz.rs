//! Requests of every kind at every route: whatever comes, it is the client's fault, and the server lives on.

use crate::harness::on_both;

on_both! {
    /// Any path, query, header and body: no 5xx, an envelope for every 4xx, and the server answers afterwards.
    no_request_is_a_fault_of_the_server
}

mod body {
    use crate::harness::{Answer, Api, Backend, Method, TestServer, read};
    use percent::encoded;
    use proptest::prelude::*;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
    use roster_domain::role::Role;
    use roster_server::http::v1::ROUTES;
    use serde_json::{Value, json};
    use std::time::{Duration, Instant};

    const CASES: u32 = 600;
    /// A machine that is too slow for all of them tries fewer.
    const PATIENCE: Duration = Duration::from_secs(30);

    #[derive(Debug, Clone)]
    struct Request {
        method: Method,
        path: String,
        query: Option<String>,
        headers: Vec<(&'static str, String)>,
        key: Key,
        body: Vec<u8>,
    }

    #[derive(Debug, Clone)]
    enum Key {
        Admin,
        Viewer,
        None,
        Other(String),
    }

    pub(super) async fn no_request_is_a_fault_of_the_server(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let viewer = tenant.user_with_key("v@x.io", Role::Viewer).await.unwrap();
        for number in 0..6 {
            let email = format!("u{number}@x.io");
            tenant.user_with_key(&email, Role::Admin).await.unwrap();
            tenant.group(&format!("Capital {number}")).await.unwrap();
        }
        let url = server.base_url();
        let callers = (
            Api::admin(&server, &tenant),
            Api::new(&url, &viewer.key),
            Api::anonymous(&url),
        );
        let runtime = tokio::runtime::Handle::current();
        let property = move || {
            let began = Instant::now();
            let config = Config {
                cases: CASES,
                failure_persistence: None,
                max_shrink_iters: 200,
                ..Config::default()
            };
            let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
            TestRunner::new_with_rng(config, random)
                .run(&request(), |request| {
                    if began.elapsed() < PATIENCE {
                        let answer = runtime.block_on(send(&callers, &request));
                        if let Some(answer) = answer {
                            is_sound(&answer)?;
                        }
                    }
                    Ok(())
                })
                .map_err(|failure| failure.to_string())
        };
        tokio::task::spawn_blocking(property)
            .await
            .unwrap()
            .unwrap();
        Api::admin(&server, &tenant)
            .get("/users.json")
            .await
            .expect(200);
    }

    /// `None` for what the client library refuses to send.
    async fn send((admin, viewer, nobody): &(Api, Api, Api), request: &Request) -> Option<Answer> {
        let api = match request.key {
            Key::Admin => admin,
            Key::Viewer => viewer,
            Key::None | Key::Other(_) => nobody,
        };
        let query = request.query.as_ref().map(|query| format!("?{query}"));
        let path = format!("{}{}", request.path, query.unwrap_or_default());
        let mut builder = api.request(request.method.clone(), &path);
        if let Key::Other(key) = &request.key {
            builder = builder.header("X-Holistics-Key", key);
        }
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        let builder = builder.body(request.body.clone());
        builder.try_clone()?.build().ok()?;
        Some(read(builder).await)
    }

    fn is_sound(answer: &Answer) -> Result<(), TestCaseError> {
        let status = answer.status.as_u16();
        prop_assert!(status < 500, "{status} {}", answer.text);
        if answer.text.is_empty() {
            return Ok(());
        }
        let body: Result<Value, _> = serde_json::from_str(&answer.text);
        prop_assert!(body.is_ok(), "{status} {}", answer.text);
        if status >= 400 {
            let errors = body.unwrap_or_default()["errors"].as_array().cloned();
            let errors = errors.unwrap_or_default();
            prop_assert!(!errors.is_empty(), "{status} {}", answer.text);
            prop_assert!(errors.iter().all(Value::is_string), "{}", answer.text);
        } else {
            prop_assert_eq!(status, 200);
        }
        Ok(())
    }

    fn request() -> impl Strategy<Value = Request> {
        let route = (0..ROUTES.len(), path_values()).prop_map(|(at, values)| {
            let mut values = values.into_iter();
            let path = ROUTES[at]
                .pattern
                .split('/')
                .map(|part| match part.strip_prefix('{') {
                    Some(_) => values.next().unwrap_or_default(),
                    None => part.to_owned(),
                })
                .collect::<Vec<_>>()
                .join("/");
            (ROUTES[at].method.parse().unwrap(), path)
        });
        let end = prop::sample::select(vec!["", "/", ".json", ".json/"]);
        (
            (route, method(), end),
            query(),
            headers(),
            key(),
            bytes_of_body(),
        )
            .prop_map(
                |(((right, path), other, end), query, headers, key, body)| Request {
                    method: other.unwrap_or(right),
                    path: format!("{path}{end}"),
                    query,
                    headers,
                    key,
                    body,
                },
            )
    }

    fn method() -> impl Strategy<Value = Option<Method>> {
        let others = vec![
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
        ];
        prop_oneof![9 => Just(None), 1 => prop::sample::select(others).prop_map(Some)]
    }

    /// Ids that exist, ids that do not, and anything.
    fn path_values() -> impl Strategy<Value = Vec<String>> {
        let value = prop_oneof![
            4 => some_id().prop_map(|id| id.to_string()),
            1 => any::<i64>().prop_map(|id| id.to_string()),
            1 => any::<u128>().prop_map(|id| id.to_string()),
            2 => any::<Vec<u8>>().prop_map(|bytes| encoded(&bytes)),
            1 => "[!-~&&[^/?#%]]{0,20}",
        ];
        prop::collection::vec(value, 2)
    }

    /// An id that may exist, but not the first: the admin who asks has to stay what it is.
    fn some_id() -> impl Strategy<Value = i64> {
        (0_i64..10).prop_map(|id| if id == 1 { 11 } else { id })
    }

    fn query() -> impl Strategy<Value = Option<String>> {
        let address = prop_oneof![
            Just("u1@x.io".to_owned()),
            any::<String>().prop_map(|text| encoded(text.as_bytes())),
            any::<Vec<u8>>().prop_map(|bytes| encoded(&bytes)),
            "[a-z+' %_*]{0,9}@[a-z.-]{0,9}",
        ];
        prop::option::of(prop_oneof![
            3 => address.prop_map(|address| format!("email={address}")),
            1 => "[!-~&&[^#]]{0,60}",
        ])
    }

    fn headers() -> impl Strategy<Value = Vec<(&'static str, String)>> {
        let name = prop::sample::select(vec![
            "Accept",
            "Authorization",
            "Content-Type",
            "Cookie",
            "X-Request-Id",
            "X-Holistics-Key",
            "Expect",
            "If-None-Match",
            "Range",
            "Accept-Encoding",
            "X-Forwarded-For",
        ]);
        prop::collection::vec((name, "[ -~]{0,40}"), 0..3)
    }

    fn key() -> impl Strategy<Value = Key> {
        prop_oneof![
            8 => Just(Key::Admin),
            1 => Just(Key::Viewer),
            1 => Just(Key::None),
            1 => "(rst_)?[ -~]{0,80}".prop_map(Key::Other),
        ]
    }

    fn bytes_of_body() -> impl Strategy<Value = Vec<u8>> {
        let broken = prop::sample::select(vec![
            r#"{"email": "\ud800@x.io", "role": "user"}"#.to_owned(),
            r#"{"email": "a@x.io", "role": "user", "name": "\udfff\ud800"}"#.to_owned(),
            r#"{"id": 1e400}"#.to_owned(),
            r#"{"id": -0}"#.to_owned(),
            format!("{}{}", r#"{"user":"#.repeat(100), "}".repeat(100)),
            format!("{}{}", r#"{"user":"#.repeat(5_000), "}".repeat(5_000)),
            "[".repeat(100_000),
        ]);
        prop_oneof![
            6 => object().prop_map(|body| body.to_string().into_bytes()),
            1 => value().prop_map(|body| body.to_string().into_bytes()),
            1 => any::<Vec<u8>>(),
            1 => broken.prop_map(String::into_bytes),
            1 => Just(Vec::new()),
        ]
    }

    /// The right fields, each with a right or any value.
    fn object() -> impl Strategy<Value = Value> {
        let names = prop::sample::select(vec![
            "id",
            "user_id",
            "email",
            "name",
            "title",
            "role",
            "message",
            "user",
            "group",
            "remove_groups",
            "allow_authentication_token",
            "x\u{0}",
        ]);
        prop::collection::vec((names, value()), 0..5).prop_map(|fields| {
            let inner: Value = fields.iter().cloned().collect();
            let mut outer = inner.clone();
            for name in ["user", "group"] {
                if outer.get(name).is_some_and(Value::is_boolean) {
                    outer[name] = inner.clone();
                }
            }
            outer
        })
    }

    fn value() -> impl Strategy<Value = Value> {
        let words = prop::sample::select(vec![
            "admin",
            "viewer",
            "business",
            "king",
            "ana@x.io",
            "ANA@X.IO",
            "Ana",
            "Capital",
            "",
            " ",
            "a\u{0}b",
            "\u{200b}",
            "ﷺ",
            "\u{feff}",
            "İ",
            "ß@ß.de",
            "a@xn--.io",
        ]);
        let leaf = prop_oneof![
            4 => words.prop_map(Value::from),
            2 => some_id().prop_map(Value::from),
            2 => any::<bool>().prop_map(Value::from),
            1 => Just(Value::Null),
            1 => any::<i64>().prop_map(Value::from),
            1 => any::<u64>().prop_map(Value::from),
            1 => any::<f64>().prop_map(Value::from),
            2 => any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                inner.prop_map(|value| json!({"role": "user", "name": value})),
            ]
        })
    }

    mod percent {
        pub(super) fn encoded(bytes: &[u8]) -> String {
            bytes.iter().map(|byte| format!("%{byte:02x}")).collect()
        }
    }
}
