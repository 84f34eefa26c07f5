//! Limits: what is too large, too long or cut off.

use crate::harness::on_both;

on_both! {
    /// A body of exactly the limit is read.
    a_body_of_the_limit_is_read
    /// One byte more is refused, whether its length is said or not, and the connection is closed.
    a_body_beyond_the_limit_is_refused
    /// huge-input: a refusal arrives even where the client is still sending.
    a_refusal_arrives_while_the_client_sends
    /// huge-input: a megabyte in a field is refused for its length, before anything is made of it.
    a_megabyte_in_a_field_is_too_long
    /// huge-input: a megabyte in a path, a query or a header is the client's fault.
    a_megabyte_in_the_head_is_refused
    /// A request that breaks off takes nothing with it.
    a_body_that_breaks_off_costs_nothing
    /// What is no HTTP takes nothing with it.
    noise_costs_nothing
}

mod body {
    use crate::harness::{Api, Backend, Method, TestServer, read};
    use crate::raw::Raw;
    use serde_json::{Value, json};

    const LIMIT: usize = 1_048_576;

    /// An invitation that is so many bytes long, by spaces behind it.
    fn padded(length: usize) -> String {
        let body = r#"{"email": "long@x.io", "role": "user"}"#;
        format!("{body}{}", " ".repeat(length - body.len()))
    }

    pub(super) async fn a_body_of_the_limit_is_read(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let request = api.request(Method::POST, "/users/invite.json");
        read(request.body(padded(LIMIT))).await.expect(200);
        let request = api.request(Method::POST, "/users/invite.json");
        let answer = read(request.body(padded(LIMIT))).await.expect(422);
        assert_eq!(answer.errors(), ["Email already existed"]);
    }

    pub(super) async fn a_body_beyond_the_limit_is_refused(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let key = &tenant.admin.key;
        let body = padded(LIMIT + 1);
        let length = body.len();
        let with_length = format!("Content-Length: {length}\r\n\r\n{body}");
        let chunked =
            format!("Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n");
        // The refusal does not wait for what was announced.
        let announced = "Content-Length: 99999999999\r\n\r\n".to_owned();
        let beyond_numbers = "Content-Length: 99999999999999999999999\r\n\r\n".to_owned();
        for rest in [with_length, chunked, announced, beyond_numbers.clone()] {
            let mut client = Raw::connect(&server.base_url()).await;
            client
                .send(format!(
                    "POST /users/invite.json HTTP/1.1\r\nHost: x\r\nX-Holistics-Key: {key}\r\n{rest}"
                ))
                .await;
            let answer = String::from_utf8(client.read_to_end().await).unwrap();
            if rest == beyond_numbers {
                assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
                continue;
            }
            assert!(
                answer.starts_with("HTTP/1.1 413 Payload Too Large\r\n"),
                "{answer}"
            );
            assert!(answer.to_lowercase().contains("\r\nconnection: close\r\n"));
            assert!(answer.ends_with(r#"{"errors":["Body is larger than 1 MiB"]}"#));
        }
        let users = "SELECT COUNT(*) AS value FROM users";
        assert_eq!(server.database().count(users).unwrap(), 1);
    }

    pub(super) async fn a_refusal_arrives_while_the_client_sends(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        for length in [LIMIT + 1, LIMIT * 2, LIMIT * 16] {
            for _ in 0..8 {
                let request = api.request(Method::POST, "/users/invite.json");
                let answer = read(request.body(padded(length))).await.expect(413);
                assert_eq!(answer.errors(), ["Body is larger than 1 MiB"]);
                let request =
                    Api::anonymous(&server.base_url()).request(Method::POST, "/users/invite.json");
                read(request.body(padded(length))).await.expect(401);
            }
        }
    }

    pub(super) async fn a_megabyte_in_a_field_is_too_long(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let group = tenant.group("Capital").await.unwrap();
        let api = Api::admin(&server, &tenant);
        let own = format!("/users/{}.json", tenant.admin.id);
        let of_group = format!("/groups/{group}.json");
        let too_long =
            |field: &str, most: u32| format!("{field} must have at most {most} characters");
        // Compatibility forms and combining marks are what normalising would have to work on.
        for unit in ["a", "ﷺ", "e\u{301}", "\u{0}", "\u{200b}"] {
            let huge = unit.repeat(LIMIT / unit.len() - 200);
            let address = format!("{huge}@x.io");
            let cases: [(Method, &str, Value, String); 8] = [
                (
                    Method::POST,
                    "/users/invite.json",
                    json!({"email": address, "role": "user"}),
                    too_long("email", 254),
                ),
                (
                    Method::POST,
                    "/users/invite.json",
                    json!({"email": "a@x.io", "role": "user", "name": huge}),
                    too_long("name", 255),
                ),
                (
                    Method::POST,
                    "/users/invite.json",
                    json!({"email": "a@x.io", "role": "user", "message": huge}),
                    too_long("message", 2_000),
                ),
                (
                    Method::POST,
                    "/users/invite.json",
                    json!({"email": "a@x.io", "role": huge}),
                    "role must be one of admin, analyst, explorer, viewer, user, business, business_user"
                        .to_owned(),
                ),
                (Method::PATCH, &own, json!({"name": huge}), too_long("name", 255)),
                (Method::PATCH, &own, json!({"title": huge}), too_long("title", 255)),
                (
                    Method::POST,
                    "/groups.json",
                    json!({"group": {"name": huge}}),
                    too_long("group.name", 255),
                ),
                (
                    Method::PUT,
                    &of_group,
                    json!({"group": {"name": huge}}),
                    too_long("group.name", 255),
                ),
            ];
            for (method, path, body, text) in cases {
                let answer = api.send(method, path, &body).await;
                if body.to_string().len() > LIMIT {
                    // Controls are six bytes each in JSON.
                    answer.expect(413);
                    continue;
                }
                assert_eq!(answer.clone().expect(422).errors(), [text], "{path}");
            }
        }
        let huge = "k".repeat(LIMIT - 100);
        let answer = api.patch(&own, json!({huge: 1})).await.expect(422);
        assert!(answer.text.len() < 200, "{}", answer.text.len());
        let many: Value = (0..60_000).map(|i| (format!("k{i}"), json!(1))).collect();
        let answer = api.patch(&own, many).await.expect(422);
        assert_eq!(answer.errors().len(), 60_000);
    }

    pub(super) async fn a_megabyte_in_the_head_is_refused(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let key = &tenant.admin.key;
        for length in [8_000, 60_000, LIMIT] {
            let huge = "a".repeat(length);
            for head in [
                format!("GET /users/{huge}.json HTTP/1.1\r\nHost: x\r\n"),
                format!("DELETE /users/{huge}.json HTTP/1.1\r\nHost: x\r\n"),
                format!("GET /users/get_user.json?email={huge}@x.io HTTP/1.1\r\nHost: x\r\n"),
                format!("GET /users/nobody.json?x={huge} HTTP/1.1\r\nHost: x\r\n"),
                format!("GET /nothing HTTP/1.1\r\nHost: x\r\nX-Other: {huge}\r\n"),
                format!("{huge} /users.json HTTP/1.1\r\nHost: x\r\n"),
            ] {
                let mut client = Raw::connect(&server.base_url()).await;
                client
                    .send(format!(
                        "{head}X-Holistics-Key: {key}\r\nConnection: close\r\n\r\n"
                    ))
                    .await;
                is_refused(&client.read_to_end().await);
            }
            let mut client = Raw::connect(&server.base_url()).await;
            client.get("/users.json", &huge).await;
            client.finish_sending().await;
            is_refused(&client.read_to_end().await);
        }
        Api::admin(&server, &tenant)
            .get("/users.json")
            .await
            .expect(200);
    }

    /// A fault of the client, or a connection that was closed while it was still writing.
    #[track_caller]
    fn is_refused(answer: &[u8]) {
        let answer = String::from_utf8_lossy(answer);
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
            "{answer}"
        );
    }

    pub(super) async fn a_body_that_breaks_off_costs_nothing(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let key = &tenant.admin.key;
        let body = r#"{"email": "half@x.io", "role": "user"}"#;
        for framed in [
            format!("Content-Length: 1000\r\n\r\n{body}"),
            format!(
                "Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n",
                body.len()
            ),
            format!("Transfer-Encoding: chunked\r\n\r\nffff\r\n{body}"),
            format!("Transfer-Encoding: chunked\r\n\r\nzz\r\n{body}"),
            format!("Transfer-Encoding: gzip\r\n\r\n{body}"),
            format!("Content-Length: 5\r\nContent-Length: 1000\r\n\r\n{body}"),
            format!("Content-Length: -1\r\n\r\n{body}"),
        ] {
            let mut client = Raw::connect(&server.base_url()).await;
            client
                .send(format!(
                    "POST /users/invite.json HTTP/1.1\r\nHost: x\r\nX-Holistics-Key: {key}\r\n{framed}"
                ))
                .await;
            client.finish_sending().await;
            is_refused(&client.read_to_end().await);
        }
        let list = Api::admin(&server, &tenant).get("/users.json").await;
        assert_eq!(list.expect(200).json().as_array().unwrap().len(), 1);
    }

    pub(super) async fn noise_costs_nothing(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        for noise in [
            &b""[..],
            b"\r\n\r\n",
            b"GET\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"GET /users.json HTTP/9.9\r\n\r\n",
            b"GET users.json HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET * HTTP/1.1\r\nHost: x\r\n\r\n",
            b"CONNECT x.io:80 HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET /users.json HTTP/1.1\r\nHost: x\r\nX-Holistics-Key: \xff\x80\r\n\r\n",
            b"GET /users.json HTTP/1.1\r\nHost: x\r\nAuthorization: \xff\r\n\r\n",
            b"GET /users.json HTTP/1.1\r\nHost: x\r\nAccept: \xff\r\n\r\n",
            b"GET /users/get_user.json?email=%ff%00%zz HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET /users.json HTTP/1.1\r\nHost x\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ] {
            let mut client = Raw::connect(&server.base_url()).await;
            client.send(noise).await;
            client.finish_sending().await;
            is_refused(&client.read_to_end().await);
        }
        Api::admin(&server, &tenant)
            .get("/users.json")
            .await
            .expect(200);
    }
}
