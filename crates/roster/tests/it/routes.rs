//! Routes: their spellings, their methods, and what lies beside them.

use crate::harness::on_both;

on_both! {
    /// Every route is there with and without a trailing slash and `.json`.
    every_spelling_reaches_its_handler
    /// A client that wants a page is not served where `.json` is missing, but for the membership route.
    a_page_is_not_found
    /// A wrong method is told which ones there are.
    a_wrong_method_is_told_the_right_ones
    /// What is no route has the envelope of a fault.
    an_unknown_route_has_the_envelope
    /// HEAD is answered wherever GET is, with the same head and without a body.
    head_is_answered_as_get_is
}

mod body {
    use crate::harness::{Answer, Api, Backend, Method, TestServer, read};
    use reqwest::header::ACCEPT;
    use roster_server::http::v1::ROUTES;
    use std::collections::{BTreeMap, BTreeSet};

    const JSON: &str = "application/json; charset=utf-8";

    /// The path of a pattern, with ids of rows that nobody has.
    fn path(pattern: &str) -> String {
        pattern
            .split('/')
            .map(|part| if part.starts_with('{') { "4711" } else { part })
            .collect::<Vec<_>>()
            .join("/")
    }

    fn spellings(pattern: &str) -> [String; 4] {
        let path = path(pattern);
        ["", "/", ".json", ".json/"].map(|end| format!("{path}{end}"))
    }

    fn methods_by_pattern() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        let mut methods: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for route in ROUTES {
            let of_pattern = methods.entry(route.pattern).or_default();
            of_pattern.insert(route.method);
            if route.method == "GET" {
                of_pattern.insert("HEAD");
            }
        }
        methods
    }

    #[track_caller]
    fn has_envelope(answer: &Answer, status: u16, text: &str) {
        assert_eq!(answer.status, status, "{}", answer.text);
        assert_eq!(answer.errors(), [text]);
        assert_eq!(answer.headers["content-type"], JSON);
    }

    pub(super) async fn every_spelling_reaches_its_handler(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let api = Api::anonymous(&server.base_url());
        assert_eq!(ROUTES.len(), 18);
        for route in ROUTES {
            let method: Method = route.method.parse().unwrap();
            for path in spellings(route.pattern) {
                for query in ["", "?", "?email=a%40x.io", "?a=b.json/"] {
                    let path = format!("{path}{query}");
                    let plain = read(api.request(method.clone(), &path)).await;
                    has_envelope(&plain, 401, "API key is missing");
                    for accept in ["application/json", "*/*", "text/html, application/*;q=0.1"] {
                        let request = api.request(method.clone(), &path).header(ACCEPT, accept);
                        has_envelope(&read(request).await, 401, "API key is missing");
                    }
                }
            }
        }
    }

    pub(super) async fn a_page_is_not_found(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let api = Api::anonymous(&server.base_url());
        for route in ROUTES {
            let method: Method = route.method.parse().unwrap();
            let is_membership = route.pattern == "/groups/{group_id}/user/{user_id}";
            for path in spellings(route.pattern) {
                let request = api
                    .request(method.clone(), &path)
                    .header(ACCEPT, "text/html");
                let answer = read(request).await;
                if path.contains(".json") || is_membership {
                    has_envelope(&answer, 401, "API key is missing");
                } else {
                    has_envelope(&answer, 404, "Route not found");
                }
            }
        }
    }

    pub(super) async fn a_wrong_method_is_told_the_right_ones(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let admin = Api::admin(&server, &tenant);
        let nobody = Api::anonymous(&server.base_url());
        for (pattern, right) in methods_by_pattern() {
            for method in [
                "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND",
            ] {
                if right.contains(method) {
                    continue;
                }
                let method: Method = method.parse().unwrap();
                for path in spellings(pattern) {
                    for api in [&admin, &nobody] {
                        let answer = read(api.request(method.clone(), &path)).await.expect(405);
                        if method != Method::HEAD {
                            has_envelope(&answer, 405, "Method not allowed");
                        }
                        let allow = answer.headers["allow"].to_str().unwrap();
                        let allowed: BTreeSet<_> = allow.split(", ").collect();
                        assert_eq!(allowed, right, "{method} {path}");
                    }
                }
            }
        }
    }

    pub(super) async fn an_unknown_route_has_the_envelope(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let admin = Api::admin(&server, &tenant);
        let nobody = Api::anonymous(&server.base_url());
        for path in [
            "/.json",
            "//",
            "/sign_in.json",
            "/account.json/",
            "/users.json.json",
            "/users//",
            "/users.json//",
            "/users.xml",
            "/Users.json",
            "/v1/users.json",
            "/users/1/groups.json",
            "/users/1/",
            "/groups/1/users/1",
            "/groups/1/user.json",
            "/groups/1/user/1/2",
            "/%75sers/%2e%2e/etc",
            "/users/invite/1.json",
            "/favicon.ico",
            "/%00",
            "/%ff%fe",
        ] {
            for method in [Method::GET, Method::POST, Method::DELETE] {
                for api in [&admin, &nobody] {
                    let answer = read(api.request(method.clone(), path)).await;
                    if path == "/users/1/" {
                        assert_ne!(answer.status, 404, "{path}");
                    } else {
                        has_envelope(&answer, 404, "Route not found");
                    }
                }
            }
        }
    }

    pub(super) async fn head_is_answered_as_get_is(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        for api in [
            Api::admin(&server, &tenant),
            Api::anonymous(&server.base_url()),
        ] {
            for route in ROUTES.iter().filter(|route| route.method == "GET") {
                for query in ["", "?email=admin@roster.example", "?email=nobody@x.io"] {
                    let path = format!("{}.json{query}", path(route.pattern));
                    let get = api.get(&path).await;
                    let head = read(api.request(Method::HEAD, &path)).await;
                    assert_eq!(head.status, get.status, "{path}");
                    assert_eq!(head.text, "");
                    for name in ["content-type", "content-length", "status"] {
                        assert_eq!(head.headers[name], get.headers[name], "{path} {name}");
                    }
                }
            }
        }
    }
}
