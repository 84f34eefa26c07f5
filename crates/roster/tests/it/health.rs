//! What watches a server is told, and how a server ends.

use crate::harness::on_both;

on_both! {
    /// A server that can serve says so, without a key, as JSON.
    a_server_that_can_serve_is_ready
    /// A schema that is not the server's is told, and told to be well again.
    a_foreign_schema_is_not_ready
    /// A database that is gone is told, whatever the process itself says, and found again.
    a_server_without_its_database_is_alive_and_not_ready
    /// `roster healthcheck` asks the server that listens where the settings say.
    the_command_says_what_the_server_says
    /// A server that was told to stop says so, and serves until its time is over.
    a_server_that_drains_is_not_ready
    /// A request that has begun is answered before the server ends, by either signal.
    what_has_begun_is_finished
}

mod body {
    use crate::harness::{Api, Backend, Method, TestDatabase, TestServer, read};
    use crate::outage::Outage;
    use crate::program::{Ended, Process, first_key, roster, run};
    use crate::raw::Raw;
    use serde_json::json;
    use std::path::Path;
    use std::time::{Duration, Instant};

    const PROBES: [&str; 2] = ["/healthz", "/readyz"];

    /// A busy machine may take longer for a connection than the server waits for one.
    async fn until_ready(api: &Api) {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let answer = api.get("/readyz").await;
            if answer.status == 200 {
                return;
            }
            assert!(Instant::now() < deadline, "{}", answer.text);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(super) async fn a_server_that_can_serve_is_ready(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let api = Api::anonymous(&server.base_url());
        until_ready(&api).await;
        for path in PROBES {
            let answer = api.get(path).await.expect(200);
            assert_eq!(answer.json(), json!({"status": "ok"}));
            assert_eq!(
                answer.headers["content-type"],
                "application/json; charset=utf-8"
            );
            assert_eq!(answer.headers["cache-control"], "no-store");
            let head = read(api.request(Method::HEAD, path)).await.expect(200);
            assert_eq!(head.text, "");
            let refused = api.post(path, json!({})).await.expect(405);
            assert_eq!(refused.json()["message"], "Method not allowed");
            api.get(&format!("{path}.json")).await.expect(404);
        }
    }

    pub(super) async fn a_foreign_schema_is_not_ready(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let api = Api::anonymous(&server.base_url());
        for (spoil, mend) in [
            (
                "UPDATE schema_info SET oldest_server = '99.0.0'",
                "UPDATE schema_info SET oldest_server = '0.1.0'",
            ),
            (
                "UPDATE __diesel_schema_migrations SET version = 'x' || version",
                "UPDATE __diesel_schema_migrations SET version = substr(version, 2)",
            ),
            (
                "ALTER TABLE __diesel_schema_migrations RENAME TO elsewhere",
                "ALTER TABLE elsewhere RENAME TO __diesel_schema_migrations",
            ),
        ] {
            until_ready(&api).await;
            server.database().execute(spoil).unwrap();
            let answer = api.get("/readyz").await.expect(503);
            assert_eq!(
                answer.json(),
                json!({
                    "status": "unavailable",
                    "faults": ["schema: is not the one that this server needs"],
                }),
                "{spoil}"
            );
            assert_eq!(answer.headers["retry-after"], "1");
            api.get("/healthz").await.expect(200);
            server.database().execute(mend).unwrap();
        }
        until_ready(&api).await;
    }

    pub(super) async fn a_server_without_its_database_is_alive_and_not_ready(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let api = Api::anonymous(&server.base_url());
        let elsewhere = TestDatabase::empty(backend).unwrap();
        if backend == Backend::Postgres {
            // So that there are connections to be lost; SQLite keeps reading a file that has been moved.
            until_ready(&api).await;
        }
        let outage = Outage::begin(&server, &elsewhere, backend);
        for _ in 0..2 {
            let answer = api.get("/readyz").await.expect(503);
            assert_eq!(
                answer.json()["faults"],
                json!(["database: cannot be reached"])
            );
            api.get("/healthz").await.expect(200);
        }
        outage.end(&elsewhere);
        until_ready(&api).await;
    }

    fn healthcheck(folder: &Path, listen: &str) -> Ended {
        run(roster(folder).args(["healthcheck", "--listen", listen]))
    }

    pub(super) async fn the_command_says_what_the_server_says(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        until_ready(&Api::anonymous(&server.base_url())).await;
        let base_url = server.base_url();
        let listen = base_url.strip_prefix("http://").unwrap();
        assert_eq!(healthcheck(folder.path(), listen).succeeded(), "ready\n");
        // Where a server listens on all addresses, it is asked on this machine's own.
        let (_, port) = listen.rsplit_once(':').unwrap();
        let everywhere = format!("0.0.0.0:{port}");
        assert_eq!(
            healthcheck(folder.path(), &everywhere).succeeded(),
            "ready\n"
        );
        let newer = "UPDATE schema_info SET oldest_server = '99.0.0'";
        server.database().execute(newer).unwrap();
        assert_eq!(
            healthcheck(folder.path(), listen).failed(),
            "roster: not ready: schema: is not the one that this server needs\n"
        );
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let nobody = free.local_addr().unwrap().to_string();
        drop(free);
        let told = healthcheck(folder.path(), &nobody).failed();
        assert!(
            told.starts_with(&format!("roster: no server answers on {nobody}: ")),
            "{told}"
        );
        assert_eq!(told.lines().count(), 1, "{told}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    fn serve(database: &TestDatabase, folder: &Path, settings: &[&str]) -> Process {
        let url = database.url();
        Process::start(
            roster(folder)
                .args(["--listen", "127.0.0.1:0", "--workers", "2", "--data-dir"])
                .arg(folder)
                .args(["--database-url", url])
                .args(settings),
        )
    }

    pub(super) async fn a_server_that_drains_is_not_ready(backend: Backend) {
        let database = TestDatabase::empty(backend).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut server = serve(&database, folder.path(), &["--drain-seconds", "600"]);
        let address = server.address().unwrap();
        let api = Api::new(&address, &first_key(folder.path()));
        let before = api.get("/readyz").await.expect(200);
        assert!(!before.headers.contains_key("connection"));
        server.terminate();
        let deadline = Instant::now() + Duration::from_secs(60);
        let answer = loop {
            let answer = api.get("/readyz").await;
            if answer.status == 503 {
                break answer;
            }
            assert!(Instant::now() < deadline, "it goes on to be ready");
        };
        assert_eq!(
            answer.json(),
            json!({"status": "unavailable", "faults": ["server: is stopping"]})
        );
        // Clients turn to another server with their next request.
        assert_eq!(answer.headers["connection"], "close");
        api.get("/healthz").await.expect(200);
        let body = json!({"email": "ana@x.io", "role": "user"});
        api.post("/users/invite.json", body).await.expect(200);
        // Whoever does not want to wait asks again.
        server.terminate();
        let ended = server.end();
        assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
        assert!(ended.stderr.contains("stopped"), "{}", ended.stderr);
    }

    pub(super) async fn what_has_begun_is_finished(backend: Backend) {
        for signal in ["TERM", "INT"] {
            let database = TestDatabase::empty(backend).unwrap();
            let folder = tempfile::tempdir().unwrap();
            let mut server = serve(&database, folder.path(), &[]);
            let address = server.address().unwrap();
            let key = first_key(folder.path());
            let body = r#"{"email": "ana@x.io", "role": "user"}"#;
            let mut client = Raw::connect(&address).await;
            let length = body.len();
            client
                .send(format!(
                    "POST /users/invite.json HTTP/1.1\r\nHost: x\r\nX-Holistics-Key: {key}\r\n\
                     Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
                ))
                .await;
            // Now the server waits for the body.
            assert!(client.read_head().await.starts_with(b"HTTP/1.1 100"));
            server.signal(signal);
            let deadline = Instant::now() + Duration::from_secs(60);
            let authority = address.strip_prefix("http://").unwrap();
            while std::net::TcpStream::connect(authority).is_ok() {
                assert!(Instant::now() < deadline, "it goes on to accept");
                tokio::task::yield_now().await;
            }
            client.send(body).await;
            let answer = String::from_utf8(client.read_to_end().await).unwrap();
            assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
            let ended = server.end();
            assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
            let users = database.count("SELECT count(*) AS value FROM users");
            assert_eq!(users.unwrap(), 2);
        }
    }
}
