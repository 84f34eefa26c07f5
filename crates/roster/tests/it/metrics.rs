//! What Prometheus is told, on its own listener.

use crate::harness::on_both;

on_both! {
    /// Requests, sign-ins and mails are counted by what came of them, and nothing a client sends becomes a label.
    what_happens_is_counted
    /// The dashboard and the alerts ask for figures that there are, and the page says what each alert means.
    what_is_watched_is_there
    /// The listener is its own, and says nothing else; promtool finds no fault.
    the_listener_is_the_operators
}

mod body {
    use crate::harness::{Answer, Api, Backend, Method, TestDatabase, read};
    use crate::mail_server::MailServer;
    use crate::program::{Process, first_key, roster};
    use crate::promtool::promtool;
    use serde_json::json;
    use std::collections::BTreeSet;
    use std::path::Path;
    use std::time::{Duration, Instant};

    /// A server on a fresh database, where it answers, and where its metrics are.
    fn serve(database: &TestDatabase, folder: &Path, settings: &[&str]) -> (Process, String, Api) {
        let mut server = Process::start(
            roster(folder)
                .args(["--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"])
                .args(["--workers", "2", "--data-dir"])
                .arg(folder)
                .args(["--database-url", database.url()])
                .args(settings),
        );
        let metrics = server.told("metrics are at ").unwrap();
        let metrics = metrics.strip_suffix("/metrics").unwrap().to_owned();
        let address = server.address().unwrap();
        (server, address, Api::anonymous(&metrics))
    }

    /// The value of a series, 0 if it is not there.
    fn value(metrics: &Answer, series: &str) -> f64 {
        let line = metrics.text.lines().find(|line| {
            line.strip_prefix(series)
                .is_some_and(|rest| rest.starts_with(' '))
        });
        line.map_or(0.0, |line| {
            line.rsplit(' ').next().unwrap().parse().unwrap()
        })
    }

    fn requests(dialect: &str, method: &str, route: &str, status: u16) -> String {
        format!(
            "roster_http_requests_total{{dialect=\"{dialect}\",method=\"{method}\",route=\"{route}\",status=\"{status}\"}}"
        )
    }

    pub(super) async fn what_happens_is_counted(backend: Backend) {
        let database = TestDatabase::empty(backend).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut mail_server = MailServer::start();
        mail_server.rules(json!([{"at": "rcpt", "to": "bob@x.io", "do": "550 no"}]));
        let port = mail_server.port().to_string();
        let smtp = ["--smtp-host", "localhost", "--smtp-port", &port];
        let others = ["--smtp-security", "none", "--database-pool-size", "3"];
        let settings = [&smtp[..], &others].concat();
        let (_server, address, metrics) = serve(&database, folder.path(), &settings);
        let admin = Api::new(&address, &first_key(folder.path()));

        for _ in 0..3 {
            admin.get("/users.json").await.expect(200);
        }
        for id in 0..5 {
            admin.delete(&format!("/groups/{id}")).await.expect(404);
            admin.get(&format!("/api/v2/groups/{id}")).await.expect(404);
            admin.get(&format!("/nothing{id}")).await.expect(404);
            let made_up: Method = format!("SECRET{id}").parse().unwrap();
            read(admin.request(made_up, "/users.json")).await;
        }
        let sign_in = json!({"email": "secret@x.io", "password": "secretpassword"});
        let nobody = Api::anonymous(&address);
        let path = "/api/account/session";
        nobody.post(path, sign_in).await.expect(401);
        for email in ["ana@x.io", "bob@x.io"] {
            let body = json!({"email": email, "role": "user"});
            admin.post("/users/invite.json", body).await.expect(200);
        }
        admin.get("/readyz").await.expect(200);

        let answer = metrics.get("/metrics").await.expect(200);
        for (series, expected) in [
            (requests("v1", "GET", "/users", 200), 3.0),
            (requests("v1", "DELETE", "/groups/{id}", 404), 5.0),
            (requests("v2", "GET", "/api/v2/groups/{id}", 404), 5.0),
            (requests("v1", "GET", "none", 404), 5.0),
            (requests("probe", "GET", "/readyz", 200), 1.0),
            (
                "roster_http_request_duration_seconds_count{dialect=\"v1\",method=\"GET\",route=\"/users\"}".to_owned(),
                3.0,
            ),
            ("roster_sign_ins_total{result=\"refused\"}".to_owned(), 1.0),
            ("roster_sign_ins_total{result=\"succeeded\"}".to_owned(), 0.0),
            ("roster_password_hashes_total".to_owned(), 1.0),
            ("roster_password_hashes_running".to_owned(), 0.0),
            ("roster_database_up".to_owned(), 1.0),
            ("roster_database_connections".to_owned(), 3.0),
            (
                format!(
                    "roster_build_info{{version=\"{}\"}}",
                    env!("CARGO_PKG_VERSION")
                ),
                1.0,
            ),
        ] {
            assert_eq!(value(&answer, &series), expected, "{series}: {}", answer.text);
        }
        let text = answer.text.to_lowercase();
        for word in ["secret", "x.io", "/nothing"] {
            assert!(!text.contains(word), "{word}: {text}");
        }
        for name in ["process_cpu_seconds_total", "process_resident_memory_bytes"] {
            assert!(value(&answer, name) >= 0.0 && text.contains(name), "{text}");
        }

        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let answer = metrics.get("/metrics").await.expect(200);
            let of = |result: &str| {
                value(
                    &answer,
                    &format!("roster_mails_total{{result=\"{result}\"}}"),
                )
            };
            if (of("sent"), of("failed")) == (1.0, 1.0) {
                assert_eq!(value(&answer, "roster_outbox_mails"), 0.0);
                assert_eq!(value(&answer, "roster_outbox_oldest_age_seconds"), 0.0);
                break;
            }
            assert!(Instant::now() < deadline, "{}", answer.text);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // What waits counts, and how long it does.
        mail_server.rules(json!([{"at": "rcpt", "do": "450 later"}]));
        let body = json!({"email": "cleo@x.io", "role": "user"});
        admin.post("/users/invite.json", body).await.expect(200);
        let earlier =
            "UPDATE outbox SET created_at = created_at - 600000000 WHERE status = 'queued'";
        database.execute(earlier).unwrap();
        let answer = metrics.get("/metrics").await.expect(200);
        assert_eq!(value(&answer, "roster_outbox_mails"), 1.0);
        assert!(value(&answer, "roster_outbox_oldest_age_seconds") >= 600.0);
    }

    /// The names of this server's figures in a text.
    fn names(text: &str) -> BTreeSet<&str> {
        text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .filter(|word| word.starts_with("roster_") || word.starts_with("process_"))
            .collect()
    }

    pub(super) async fn what_is_watched_is_there(backend: Backend) {
        const OPERATIONS: &str = include_str!("../../../../docs/operations.md");
        const ALERTS: &str = include_str!("../../../../deploy/monitoring/alerts.yml");
        const DASHBOARD: &str = include_str!("../../../../deploy/monitoring/dashboard.json");
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/monitoring");
        promtool(&["check", "rules", &format!("{folder}/alerts.yml")], "");
        promtool(
            &["check", "config", &format!("{folder}/prometheus.yml")],
            "",
        );
        let database = TestDatabase::empty(backend).unwrap();
        let data_dir = tempfile::tempdir().unwrap();
        let (_server, address, metrics) = serve(&database, data_dir.path(), &[]);
        Api::anonymous(&address).get("/nothing").await.expect(404);
        let there = metrics.get("/metrics").await.expect(200).text;
        let there = names(&there);
        let dashboard: serde_json::Value = serde_json::from_str(DASHBOARD).unwrap();
        let expressions: String = dashboard["panels"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|panel| panel["targets"].as_array().unwrap())
            .map(|target| format!("{} ", target["expr"].as_str().unwrap()))
            .collect();
        let alerts: Vec<&str> = ALERTS
            .lines()
            .filter_map(|line| line.trim().strip_prefix("- alert: "))
            .collect();
        assert_eq!(alerts.len(), 5);
        for name in names(&expressions).union(&names(ALERTS)) {
            assert!(there.contains(name), "{name} is no figure: {there:?}");
        }
        for alert in alerts {
            assert!(OPERATIONS.contains(&format!("| `{alert}` |")), "{alert}");
        }
        // No figure is there that the page keeps quiet about.
        for name in there.iter().filter(|name| name.starts_with("roster_")) {
            let stem = name.trim_end_matches("_bucket").trim_end_matches("_sum");
            let stem = stem.trim_end_matches("_count");
            assert!(OPERATIONS.contains(stem), "{name}");
        }
    }

    pub(super) async fn the_listener_is_the_operators(backend: Backend) {
        let database = TestDatabase::empty(backend).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (_server, address, metrics) = serve(&database, folder.path(), &[]);
        let clients = Api::new(&address, &first_key(folder.path()));
        clients.get("/metrics").await.expect(404);
        metrics.get("/users.json").await.expect(404);
        metrics.get("/healthz").await.expect(404);
        clients.get("/users.json").await.expect(200);
        let answer = metrics.get("/metrics").await.expect(200);
        assert_eq!(
            answer.headers["content-type"],
            "text/plain; version=0.0.4; charset=utf-8"
        );
        promtool(&["check", "metrics"], &answer.text);
    }
}
