//! Requests: what wins when several things are wrong, the headers of every answer, and odd bodies.

use crate::harness::on_both;

on_both! {
    /// Of several things that are wrong the documented one is answered, step by step.
    the_first_fault_wins
    /// The same for a role that may do the action to itself only.
    the_first_fault_wins_for_oneself
    /// The same for a role change, whose id stands in the body.
    the_first_fault_wins_for_an_id_in_the_body
    /// Every kind of answer has the common headers, and each its own id.
    every_answer_has_the_common_headers
    /// A body where none is needed does not matter.
    a_needless_body_does_not_matter
    /// A body where one is needed has to be a JSON object.
    a_missing_body_is_no_json
}

mod body {
    use crate::harness::{Answer, Api, Backend, Method, TestServer, read};
    use roster_domain::role::Role;
    use serde_json::json;
    use std::collections::HashSet;

    const TOO_LARGE: usize = 1_048_577;
    const FORBIDDEN: &str = "You do not have permission to perform this action";

    #[track_caller]
    fn is(answer: &Answer, status: u16, text: &str) {
        assert_eq!(answer.status, status, "{}", answer.text);
        assert!(answer.errors()[0].starts_with(text), "{}", answer.text);
    }

    pub(super) async fn the_first_fault_wins(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let viewer = tenant.user_with_key("v@x.io", Role::Viewer).await.unwrap();
        let group = tenant.group("Capital").await.unwrap();
        let url = server.base_url();
        let (nobody, stranger) = (Api::anonymous(&url), Api::new(&url, "no key"));
        let (viewer, admin) = (Api::new(&url, &viewer.key), Api::admin(&server, &tenant));
        let huge = || "x".repeat(TOO_LARGE);
        let send = async |api: &Api, method: &Method, path: &str, body: String| {
            read(api.request(method.clone(), path).body(body)).await
        };
        for (method, wrong, resource, row, rule) in [
            (
                Method::PATCH,
                Method::POST,
                "/users",
                tenant.admin.id.0,
                "x is not a known field",
            ),
            (
                Method::PUT,
                Method::POST,
                "/groups",
                group.0,
                "group is required",
            ),
        ] {
            let missing = format!("{resource}/4711.json");
            let present = format!("{resource}/{row}.json");
            let answer = send(&nobody, &wrong, "/nothing.json", huge()).await;
            is(&answer, 404, "Route not found");
            let answer = send(&nobody, &wrong, &missing, huge()).await;
            is(&answer, 405, "Method not allowed");
            let answer = send(&nobody, &method, &missing, huge()).await;
            is(&answer, 401, "API key is missing");
            let answer = send(&stranger, &method, &missing, huge()).await;
            is(&answer, 401, "API key is invalid");
            let answer = send(&viewer, &method, &missing, huge()).await;
            is(&answer, 403, FORBIDDEN);
            let answer = send(&admin, &method, &missing, huge()).await;
            is(&answer, 413, "Body is larger than 1 MiB");
            let answer = send(&admin, &method, &missing, "{".to_owned()).await;
            is(&answer, 400, "Body is not valid JSON");
            for id in ["4711", "x", "99999999999999999999", "-1", "1e3", "%31x"] {
                let path = format!("{resource}/{id}.json");
                let answer = send(&admin, &method, &path, r#"{"x": 1}"#.to_owned()).await;
                is(&answer, 404, "Resource not found");
            }
            let answer = send(&admin, &method, &present, r#"{"x": 1}"#.to_owned()).await;
            is(&answer, 422, rule);
        }
    }

    pub(super) async fn the_first_fault_wins_for_oneself(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let viewer = tenant.user_with_key("v@x.io", Role::Viewer).await.unwrap();
        let api = Api::new(&server.base_url(), &viewer.key);
        let send = async |id: &str, body: String| {
            let path = format!("/users/{id}/revoke_authentication_token.json");
            read(api.request(Method::POST, &path).body(body)).await
        };
        let others = [tenant.admin.id.to_string(), "4711".into(), "x".into()];
        for other in others {
            is(&send(&other, "x".repeat(TOO_LARGE)).await, 403, FORBIDDEN);
            is(&send(&other, String::new()).await, 403, FORBIDDEN);
        }
        let own = viewer.id.to_string();
        let answer = send(&own, "x".repeat(TOO_LARGE)).await;
        is(&answer, 413, "Body is larger than 1 MiB");
        send(&own, String::new()).await.expect(200);
        is(&send(&own, String::new()).await, 401, "API key is invalid");
    }

    pub(super) async fn the_first_fault_wins_for_an_id_in_the_body(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let admin = Api::admin(&server, &tenant);
        let id = tenant.admin.id.0;
        let path = "/users/change_user_role.json";
        let answer = admin.post(path, json!({"id": 4711, "user": {"role": "user"}}));
        is(&answer.await, 404, "Resource not found");
        // The id is a field like the others here: it is not looked up before they are in order.
        for id in [4711, id] {
            let answer = admin.post(path, json!({"id": id, "user": {"role": "king"}}));
            is(&answer.await, 422, "user.role must be one of");
        }
        let answer = admin.post(path, json!({"id": id, "user": {"role": "user"}}));
        is(&answer.await, 422, "The last admin cannot be removed");
    }

    pub(super) async fn every_answer_has_the_common_headers(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let viewer = tenant.user_with_key("v@x.io", Role::Viewer).await.unwrap();
        let url = server.base_url();
        let (viewer, admin) = (Api::new(&url, &viewer.key), Api::admin(&server, &tenant));
        let invite = json!({"email": "a@x.io", "role": "user"});
        let answers = [
            (admin.get("/users.json").await, "200 OK"),
            (
                admin.post("/users/invite.json", invite.clone()).await,
                "200 OK",
            ),
            (
                Api::anonymous(&url).get("/users.json").await,
                "401 Unauthorized",
            ),
            (viewer.get("/users.json").await, "403 Forbidden"),
            (admin.get("/nothing").await, "404 Not Found"),
            (admin.delete("/users/4711.json").await, "404 Not Found"),
            (admin.delete("/users.json").await, "405 Method Not Allowed"),
            (
                read(admin.request(Method::POST, "/users/invite.json").body("[")).await,
                "400 Bad Request",
            ),
            (
                read(
                    admin
                        .request(Method::POST, "/users/invite.json")
                        .body("x".repeat(TOO_LARGE)),
                )
                .await,
                "413 Payload Too Large",
            ),
            (
                admin.post("/users/invite.json", invite).await,
                "422 Unprocessable Entity",
            ),
            (
                read(admin.request(Method::HEAD, "/users.json")).await,
                "200 OK",
            ),
        ];
        let mut ids = HashSet::new();
        for (answer, status) in answers {
            assert_eq!(answer.headers["status"], status, "{}", answer.text);
            assert!(status.starts_with(answer.status.as_str()));
            assert_eq!(
                answer.headers["content-type"],
                "application/json; charset=utf-8"
            );
            let id = answer.headers["x-request-id"].to_str().unwrap().to_owned();
            assert!(id.len() >= 32, "{id}");
            assert!(ids.insert(id));
        }
        // The id is the server's own: a client cannot choose what stands in the log.
        let request = admin.request(Method::GET, "/users.json");
        let answer = read(request.header("X-Request-Id", "mine")).await;
        assert_ne!(answer.headers["x-request-id"], "mine");
        server
            .database()
            .execute("ALTER TABLE users RENAME TO elsewhere")
            .unwrap();
        let answer = admin.get("/users.json").await.expect(500);
        assert_eq!(answer.headers["status"], "500 Internal Server Error");
    }

    pub(super) async fn a_needless_body_does_not_matter(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let user = tenant.user_with_key("u@x.io", Role::Viewer).await.unwrap();
        let group = tenant.group("Capital").await.unwrap();
        let admin = Api::admin(&server, &tenant);
        for body in ["", "{}", "[", "null", "\0", "{\"id\": 1}"] {
            for (method, path) in [
                (Method::GET, "/users.json".to_owned()),
                (Method::GET, "/users/info.json".to_owned()),
                (Method::GET, "/users/get_user.json?email=u@x.io".to_owned()),
                (
                    Method::POST,
                    format!("/users/{}/revoke_authentication_token.json", user.id),
                ),
                (Method::PUT, format!("/groups/{group}/user/{}", user.id)),
                (Method::DELETE, format!("/groups/{group}/user/{}", user.id)),
            ] {
                let request = admin
                    .request(method, &path)
                    .header("Content-Type", "application/json")
                    .body(body);
                read(request).await.expect(200);
            }
        }
    }

    pub(super) async fn a_missing_body_is_no_json(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let group = tenant.group("Capital").await.unwrap();
        let admin = Api::admin(&server, &tenant);
        for (method, path) in [
            (Method::POST, "/users/invite.json".to_owned()),
            (Method::POST, "/users/restore.json".to_owned()),
            (Method::POST, "/users/change_user_role.json".to_owned()),
            (Method::PATCH, format!("/users/{}.json", tenant.admin.id)),
            (Method::POST, "/groups.json".to_owned()),
            (Method::PUT, format!("/groups/{group}.json")),
        ] {
            for (body, text) in [
                (
                    &b""[..],
                    "Body is not valid JSON: EOF while parsing a value at line 1 column 0",
                ),
                (
                    b"[]",
                    "Body must be a JSON object, but is an array at line 1 column 1",
                ),
                (
                    b"\n7",
                    "Body must be a JSON object, but is a number at line 2 column 1",
                ),
                (
                    b"{}{}",
                    "Body is not valid JSON: trailing characters at line 1 column 3",
                ),
                (
                    b"{\"a\": \"\\ud800\"}",
                    "Body is not valid JSON: unexpected end of hex escape at line 1 column 14",
                ),
                (
                    b"{\"a\": \"\xff\"}",
                    "Body is not valid JSON: invalid unicode code point at line 1 column 8",
                ),
            ] {
                let request = admin.request(method.clone(), &path).body(body);
                is(&read(request).await, 400, text);
            }
            // Whatever a client calls it, a body is read as JSON.
            let request = admin.request(method.clone(), &path).body("{}");
            let request = request.header("Content-Type", "text/plain");
            read(request).await.expect(422);
        }
    }
}
