//! The server as a process: how it starts, how it ends, and what it keeps when it is killed.

use crate::harness::on_both;

on_both! {
    /// atomic: what was acknowledged before a kill is there afterwards, whole, and nothing by halves.
    a_killed_server_loses_no_acknowledged_write

    /// bootstrap-race: several servers start at once on one empty database.
    servers_that_start_at_once_make_one_tenant

    /// bootstrap-race: the schema is brought up to date once, and again without effect.
    migrations_are_applied_once

    /// The first admin's key is for the server's user alone, works, and is made once.
    the_first_admin_has_a_key_in_a_private_file

    /// SIGTERM ends the server in good order, with an idle connection open.
    a_server_ends_when_asked

    /// A taken port is found out before anything is made.
    a_taken_port_is_told_and_nothing_is_made

    /// A server takes as many connections as it is granted files, not as many as a shell begins with.
    a_server_takes_all_files_that_it_is_granted
}

mod body {
    use crate::harness::{Api, Backend, TestDatabase};
    use crate::program::{Process, first_key, key_file, roster, run};
    use crate::stored::tables;
    use serde_json::json;
    use std::collections::BTreeSet;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::process::Command;
    use tokio::sync::mpsc;

    pub(super) async fn a_killed_server_loses_no_acknowledged_write(backend: Backend) {
        let database = TestDatabase::empty(backend).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut acknowledged = BTreeSet::new();
        for round in 0..3 {
            let mut server = Process::serve(database.url(), folder.path());
            let base_url = server.address().unwrap();
            let api = Api::new(&base_url, &first_key(folder.path()));
            let (sender, mut receiver) = mpsc::unbounded_channel();
            for client in 0..8 {
                let (api, sender) = (api.clone(), sender.clone());
                tokio::spawn(async move {
                    for number in 0.. {
                        let email = format!("r{round}c{client}n{number}@x.io");
                        let body = json!({"email": email, "role": "user", "message": "Hello"});
                        let request = api.request(reqwest::Method::POST, "/users/invite.json");
                        match request.json(&body).send().await {
                            Ok(answer) if answer.status() == 200 => sender.send(email).unwrap(),
                            // The server is gone.
                            _ => break,
                        }
                    }
                });
            }
            drop(sender);
            for _ in 0..40 * (round + 1) {
                acknowledged.insert(receiver.recv().await.unwrap());
            }
            server.kill();
            while let Some(email) = receiver.recv().await {
                acknowledged.insert(email);
            }

            let mut server = Process::serve(database.url(), folder.path());
            let base_url = server.address().unwrap();
            let api = api.with_server(&base_url, &first_key(folder.path()));
            let list = api.get("/users.json").await.expect(200).json();
            let listed: BTreeSet<String> = list
                .as_array()
                .unwrap()
                .iter()
                .map(|user| user["email"].as_str().unwrap().to_owned())
                .collect();
            let lost: Vec<_> = acknowledged.difference(&listed).collect();
            assert!(lost.is_empty(), "{lost:?}");
            // Each client may have had one more that nobody acknowledged; it is there whole or not at all.
            assert!(listed.len() <= 1 + acknowledged.len() + 8 * (round + 1));
            let halves = "SELECT count(*) AS value FROM users u WHERE u.activated_at IS NULL AND (
                   1 <> (SELECT count(*) FROM outbox o WHERE o.user_id = u.id AND o.status IN ('queued', 'sent'))
                OR 1 <> (SELECT count(*) FROM audit_events a WHERE a.target_id = u.id
                         AND a.action = 'user.invite' AND a.target_label = u.email))";
            assert_eq!(database.count(halves).unwrap(), 0);
            for rest in [
                "SELECT count(*) AS value FROM outbox o
                 WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = o.user_id)",
                "SELECT count(*) AS value FROM audit_events a WHERE a.action = 'user.invite'
                 AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = a.target_id)",
            ] {
                assert_eq!(database.count(rest).unwrap(), 0, "{rest}");
            }
            server.kill();
        }
    }

    pub(super) async fn servers_that_start_at_once_make_one_tenant(backend: Backend) {
        for _ in 0..3 {
            let database = TestDatabase::empty(backend).unwrap();
            let folders: Vec<_> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
            let mut servers: Vec<Process> = folders
                .iter()
                .map(|folder| Process::serve(database.url(), folder.path()))
                .collect();
            let addresses: Vec<String> = servers
                .iter_mut()
                .map(|server| server.address().unwrap())
                .collect();
            for (sql, expected) in [
                ("SELECT count(*) AS value FROM tenants", 1),
                ("SELECT count(*) AS value FROM users", 1),
                ("SELECT count(*) AS value FROM api_keys", 1),
                ("SELECT count(*) AS value FROM audit_events", 1),
                ("SELECT count(*) AS value FROM schema_info", 1),
            ] {
                assert_eq!(database.count(sql).unwrap(), expected, "{sql}");
            }
            expect_all_migrations(&database);
            let keys: Vec<String> = folders
                .iter()
                .filter(|folder| key_file(folder.path()).exists())
                .map(|folder| first_key(folder.path()))
                .collect();
            assert_eq!(keys.len(), 1);
            let api = Api::new(&addresses[0], &keys[0]);
            for address in &addresses {
                let api = api.with_server(address, &keys[0]);
                let me = api.get("/users/info.json").await.expect(200).json();
                assert_eq!(
                    (&me["role"], &me["email"]),
                    (&json!("admin"), &json!("admin@example.com"))
                );
            }
        }
    }

    /// Each of the steps in the folder stands once among those applied.
    fn expect_all_migrations(database: &TestDatabase) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/sqlite");
        let steps = std::fs::read_dir(folder).unwrap().count();
        let applied = database
            .query("SELECT version AS value FROM __diesel_schema_migrations")
            .unwrap();
        assert_eq!(applied.len(), steps);
        assert_eq!(applied.iter().collect::<BTreeSet<_>>().len(), steps);
    }

    pub(super) async fn migrations_are_applied_once(backend: Backend) {
        for _ in 0..4 {
            let database = TestDatabase::empty(backend).unwrap();
            let folder = tempfile::tempdir().unwrap();
            let migrate = || {
                let arguments = ["migrate", "--database-url", database.url()];
                Process::start(roster(folder.path()).args(arguments))
            };
            let at_once: Vec<Process> = (0..10).map(|_| migrate()).collect();
            for process in at_once {
                assert_eq!(process.end().succeeded(), "");
            }
            expect_all_migrations(&database);
            assert_eq!(migrate().end().succeeded(), "");
            expect_all_migrations(&database);
            // Migrating makes no tenant.
            let tenants = database.count("SELECT count(*) AS value FROM tenants");
            assert_eq!(tenants.unwrap(), 0);
            assert!(!key_file(folder.path()).exists());
        }
    }

    pub(super) async fn the_first_admin_has_a_key_in_a_private_file(backend: Backend) {
        let database = TestDatabase::empty(backend).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("made/by roster");
        let serve = || {
            Process::start(
                roster(folder.path())
                    .args([
                        "--listen",
                        "127.0.0.1:0",
                        "--database-url",
                        database.url(),
                        "--data-dir",
                    ])
                    .arg(&data_dir),
            )
        };
        let mut server = serve();
        let address = server.address().unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&key_file(&data_dir)), 0o600);
        assert_eq!(mode(&data_dir), 0o700);
        let key = first_key(&data_dir);
        let api = Api::new(&address, &key);
        let list = api.get("/users.json").await.expect(200).json();
        assert_eq!(list.as_array().unwrap().len(), 1);
        server.terminate();
        let ended = server.end();
        // Nobody sees the key but in the file.
        assert!(!ended.stderr.contains(&key), "{}", ended.stderr);
        assert!(ended.stderr.contains("first-admin-key"), "{}", ended.stderr);
        assert_eq!(ended.succeeded(), "");

        // Removed, as it should be: it is not made again, and the key goes on to work.
        std::fs::remove_file(key_file(&data_dir)).unwrap();
        let mut server = serve();
        let address = server.address().unwrap();
        assert!(!key_file(&data_dir).exists());
        api.with_server(&address, &key)
            .get("/users.json")
            .await
            .expect(200);
        assert_eq!(
            database
                .count("SELECT count(*) AS value FROM api_keys")
                .unwrap(),
            1
        );
    }

    pub(super) async fn a_server_ends_when_asked(backend: Backend) {
        let database = TestDatabase::empty(backend).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut server = Process::serve(database.url(), folder.path());
        let address = server.address().unwrap();
        let api = Api::new(&address, &first_key(folder.path()));
        let body = json!({"email": "ana@x.io", "role": "user"});
        api.post("/users/invite.json", body).await.expect(200);
        server.terminate();
        let ended = server.end();
        assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
        assert!(!ended.stderr.contains("ERROR"), "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
        let refused = api
            .request(reqwest::Method::GET, "/users.json")
            .send()
            .await;
        assert!(refused.is_err());
        assert_eq!(
            database
                .count("SELECT count(*) AS value FROM users")
                .unwrap(),
            2
        );
    }

    pub(super) async fn a_taken_port_is_told_and_nothing_is_made(backend: Backend) {
        let database = TestDatabase::empty(backend).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = listener.local_addr().unwrap().to_string();
        for listen in [
            taken.as_str(),
            "127.0.0.1",
            "nonsense",
            "127.0.0.1:99999",
            ":",
        ] {
            let text = run(roster(folder.path()).args([
                "serve",
                "--listen",
                listen,
                "--database-url",
                database.url(),
                "--data-dir",
                "data",
            ]))
            .failed();
            assert!(text.contains(listen) && text.contains("--listen"), "{text}");
            assert_eq!(text.lines().count(), 1, "{text}");
            assert_eq!(text.trim().lines().count(), 1, "{text}");
            assert_eq!(tables(&database), Vec::<String>::new());
            assert!(!folder.path().join("data").exists());
        }
    }

    pub(super) async fn a_server_takes_all_files_that_it_is_granted(backend: Backend) {
        let database = TestDatabase::empty(backend).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let program = roster(folder.path()).get_program().to_owned();
        let mut server = Process::start(
            Command::new("sh")
                .args(["-c", "ulimit -Sn 256; exec \"$@\"", "sh"])
                .arg(program)
                .args(["--listen", "127.0.0.1:0", "--database-url", database.url()])
                .arg("--data-dir")
                .arg(folder.path()),
        );
        server.address().unwrap();
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.id())).unwrap();
        let limit = limits
            .lines()
            .find(|line| line.starts_with("Max open files"));
        let words: Vec<&str> = limit.unwrap().split_whitespace().collect();
        let [.., granted_now, granted, _] = words[..] else {
            panic!("{words:?}");
        };
        assert_eq!(granted_now, granted);
    }
}
