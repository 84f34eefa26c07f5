//! The log: one line a request, by which a request is found again.

use crate::harness::on_both;

on_both! {
    /// A request leaves one line with what it was and how it went; probes leave none.
    a_request_is_a_line
    /// A slow statement is told with the request that it is of.
    a_slow_statement_names_its_request
}

mod body {
    use crate::harness::{Answer, Api, Backend, Method, TestServer, read};
    use crate::logged_server::LoggedServer;
    use serde_json::{Value, json};

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    /// The lines of the log that say this, as they are about requests.
    fn lines(process: &LoggedServer, message: &str) -> Vec<Value> {
        let log = process.log();
        let lines = log.lines().map(|line| {
            let line: Result<Value, _> = serde_json::from_str(line);
            line.unwrap_or_else(|_| panic!("no JSON: {log}"))
        });
        lines
            .filter(|line| line["fields"]["message"] == message)
            .collect()
    }

    fn id(answer: &Answer) -> &str {
        answer.headers["x-request-id"].to_str().unwrap()
    }

    pub(super) async fn a_request_is_a_line(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        // Where nobody looks at a terminal it is JSON, without having to be said.
        let process = LoggedServer::start_with(server.database(), &[]).await;
        let api = Api::new(process.base_url(), &tenant.admin.key);
        let plain = api.get("/users/4711").await.expect(405);
        let traced = api
            .request(Method::GET, "/api/v2/users/4711?secret=1")
            .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"));
        let traced = read(traced).await.expect(404);
        let refused = api
            .request(Method::GET, "/users.json")
            .header("traceparent", "00-secret-secret-01");
        let refused = read(refused).await.expect(200);
        api.get("/healthz").await.expect(200);
        api.get("/readyz").await.expect(200);

        let lines = lines(&process, "answered");
        let expected = [
            (&plain, "/users/{id}", 405, Value::Null),
            (&traced, "/api/v2/users/{id}", 404, json!(TRACE)),
            (&refused, "/users", 200, Value::Null),
        ];
        assert_eq!(lines.len(), expected.len(), "{}", process.log());
        for ((answer, route, status, trace), line) in expected.into_iter().zip(&lines) {
            let (span, fields) = (&line["span"], &line["fields"]);
            assert_eq!(span["id"], id(answer));
            assert_eq!(span["method"], "GET");
            assert_eq!(span["trace_id"], trace);
            assert_eq!(fields["route"], route);
            assert_eq!(fields["status"], status);
            assert!(fields["took_ms"].as_f64().unwrap() > 0.0, "{line}");
            assert_eq!(line["level"], "INFO");
        }
        assert!(!process.log().contains("secret"), "{}", process.log());
    }

    pub(super) async fn a_slow_statement_names_its_request(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let process = LoggedServer::start_with(server.database(), &[]).await;
        let api = Api::new(process.base_url(), &tenant.admin.key);
        let slow = match backend {
            // A trigger that counts for longer than a statement should take.
            Backend::Sqlite => {
                "CREATE TRIGGER slow BEFORE INSERT ON groups BEGIN SELECT max(i) FROM (WITH RECURSIVE n (i) AS
                 (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000000) SELECT i FROM n); END"
            }
            Backend::Postgres => {
                "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
                 'BEGIN PERFORM pg_sleep(0.6); RETURN NEW; END';
                 CREATE TRIGGER slow BEFORE INSERT ON groups FOR EACH ROW EXECUTE FUNCTION slow()"
            }
        };
        server.database().execute(slow).unwrap();
        let body = json!({"group": {"name": "secretname"}});
        let answer = api.post("/groups.json", body).await.expect(200);
        let slow = lines(&process, "a statement was slow");
        let of_request = slow.iter().find(|line| {
            let statement = line["fields"]["statement"].as_str().unwrap();
            statement.contains("INSERT INTO") && statement.contains("groups")
        });
        assert_eq!(of_request.unwrap()["span"]["id"], id(&answer));
        assert!(!process.log().contains("secretname"));
    }
}
