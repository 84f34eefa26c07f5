//! The commands of the operator: tenants, and what is recorded and shown of them.

use crate::harness::on_both;

on_both! {
    /// Tenants are made by hand: the key, and nothing else, is printed.
    bootstrap_makes_tenants

    /// What is wrong with a tenant to be made is told, and nothing is made.
    bootstrap_refuses

    /// audit-complete: changes from the command line are events too.
    the_command_line_is_audited

    /// atomic: a command that fails on its way leaves nothing.
    a_command_that_fails_leaves_nothing

    /// at-rest: neither stdout nor stderr nor the database shows a key but to whom it is for.
    keys_are_shown_once
}

mod body {
    use crate::harness::{Api, Backend, TestDatabase, TestServer};
    use crate::program::{Ended, Process, roster, run};
    use crate::stored::{audit_trail, everything, rows};
    use serde_json::{Value, json};

    fn roster_on(database: &TestDatabase, arguments: &[&str]) -> Ended {
        let folder = tempfile::tempdir().unwrap();
        let mut command = roster(folder.path());
        command
            .args(arguments)
            .args(["--database-url", database.url()]);
        run(&mut command)
    }

    fn bootstrap(database: &TestDatabase, tenant: &str, email: &str) -> Ended {
        let arguments = [
            "bootstrap",
            "--tenant",
            tenant,
            "--admin-email",
            email,
            "--admin-name",
            "Ana",
        ];
        roster_on(database, &arguments)
    }

    fn create_key(database: &TestDatabase, arguments: &[&str]) -> Ended {
        roster_on(database, &[&["keys", "create"], arguments].concat())
    }

    /// The one line that was printed.
    #[track_caller]
    fn key(ended: Ended) -> String {
        let printed = ended.succeeded();
        let key = printed.strip_suffix('\n').unwrap();
        assert!(key.starts_with("rst_") && key.len() == 53, "{printed}");
        assert!(
            key[4..].bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "{printed}"
        );
        key.to_owned()
    }

    pub(super) async fn bootstrap_makes_tenants(backend: Backend) {
        let database = TestDatabase::empty(backend).unwrap();
        // The first on an empty database, which is migrated on the way.
        let keys = [
            key(bootstrap(&database, "Acme", "ana@x.io")),
            key(bootstrap(&database, "Other", "ana@x.io")),
            key(bootstrap(&database, " Ольга & Co ", "ольга@x.io")),
        ];
        assert_eq!(
            rows(&database, &["name", "name_key"], "tenants", "id"),
            [
                json!({"name": "Acme", "name_key": "acme"}),
                json!({"name": "Other", "name_key": "other"}),
                json!({"name": "Ольга & Co", "name_key": "ольга & co"}),
            ]
        );
        let server = TestServer::on(database.into()).unwrap();
        let api = Api::anonymous(&server.base_url());
        for (key, email) in keys.iter().zip(["ana@x.io", "ana@x.io", "ольга@x.io"]) {
            let list = api
                .with_server(&server.base_url(), key)
                .get("/users.json")
                .await;
            let list = list.expect(200).json();
            assert_eq!(list.as_array().unwrap().len(), 1);
            let expected = json!({
                "id": list[0]["id"], "name": "Ana", "email": email, "role": "admin", "initials": "An",
                "is_deleted": false, "is_activated": true, "has_authentication_token": true, "groups": [],
                "allow_authentication_token": true, "current_sign_in_at": null, "last_sign_in_at": null,
            });
            assert_eq!(list[0], expected);
        }
        // A server that starts afterwards makes no tenant of its own.
        let folder = tempfile::tempdir().unwrap();
        let mut process = Process::serve(server.database().url(), folder.path());
        assert!(process.address().is_some());
        let tenants = server
            .database()
            .count("SELECT count(*) AS value FROM tenants");
        assert_eq!(tenants.unwrap(), 3);
    }

    pub(super) async fn bootstrap_refuses(backend: Backend) {
        let database = TestDatabase::empty(backend).unwrap();
        key(bootstrap(&database, "Acme", "ana@x.io"));
        let before = everything(&database);
        for name in ["Acme", "ACME", " acme ", "Ａｃｍｅ"] {
            let text = bootstrap(&database, name, "bob@x.io").failed();
            assert_eq!(text, "roster: a tenant with this name exists already\n");
        }
        for (tenant, email, part) in [
            ("New", "bob", "must be an e-mail address"),
            ("New", "b\u{200b}ob@x.io", "invisible characters"),
            (" ", "bob@x.io", "must not be blank"),
            ("a\u{7}b", "bob@x.io", "control characters"),
        ] {
            let text = bootstrap(&database, tenant, email).failed();
            assert!(text.contains(part), "{text}");
        }
        for missing in ["--tenant", "--admin-email", "--admin-name"] {
            let all = [
                ("--tenant", "New"),
                ("--admin-email", "bob@x.io"),
                ("--admin-name", "Bob"),
            ];
            let mut arguments = vec!["bootstrap"];
            for (flag, value) in all.iter().filter(|(flag, _)| *flag != missing) {
                arguments.extend([flag, value]);
            }
            let text = roster_on(&database, &arguments).failed();
            assert!(text.contains(missing), "{text}");
        }
        assert_eq!(everything(&database), before);
    }

    pub(super) async fn the_command_line_is_audited(backend: Backend) {
        let database = TestDatabase::empty(backend).unwrap();
        let admin_key = key(bootstrap(&database, "Acme", "ana@x.io"));
        let arguments = ["--email", "ana@x.io", "--label", "CI", "--expires", "1"];
        let made_key = key(create_key(&database, &arguments));
        key(create_key(&database, &["--email", "ana@x.io"]));
        let mut events = audit_trail(&database);
        for event in &mut events {
            for (field, value) in [
                ("actor_kind", json!("cli")),
                ("actor_id", Value::Null),
                ("actor_email", Value::Null),
                ("request_id", Value::Null),
                ("ip", Value::Null),
                ("via", json!("cli")),
                ("before_change", Value::Null),
            ] {
                assert_eq!(event[field], value, "{field}");
            }
        }
        let expires = events[1]["after_change"]["expires_at"].take();
        assert!(expires.as_str().unwrap().ends_with('Z'), "{expires}");
        let user = events[1]["after_change"]["user_id"].clone();
        let told: Vec<Value> = events
            .iter()
            .map(|event| {
                json!([
                    event["action"],
                    event["target_type"],
                    event["target_label"],
                    event["after_change"]
                ])
            })
            .collect();
        assert_eq!(told.len(), 3);
        let tenant = json!({"name": "Acme", "admin_id": user, "api_key": admin_key[..12]});
        assert_eq!(told[0], json!(["tenant.create", "tenant", "Acme", tenant]));
        let key = json!({"user_id": user, "label": "CI", "expires_at": null});
        assert_eq!(told[1], json!(["key.create", "key", made_key[..12], key]));
        let key = json!({"user_id": user, "label": null, "expires_at": null});
        assert_eq!(told[2][3], key);
    }

    pub(super) async fn a_command_that_fails_leaves_nothing(backend: Backend) {
        let database = TestDatabase::empty(backend).unwrap();
        key(bootstrap(&database, "Acme", "ana@x.io"));
        let before = everything(&database);
        let sql = match backend {
            Backend::Sqlite => {
                "CREATE TRIGGER broken BEFORE INSERT ON audit_events
                 BEGIN SELECT RAISE(ABORT, 'the disk is on fire'); END"
            }
            Backend::Postgres => {
                "ALTER TABLE audit_events ADD CONSTRAINT broken CHECK (1 = 0) NOT VALID"
            }
        };
        database.execute(sql).unwrap();
        for ended in [
            bootstrap(&database, "New", "bob@x.io"),
            create_key(&database, &["--email", "ana@x.io"]),
        ] {
            let text = ended.failed();
            assert!(
                text.contains("broken") || text.contains("the disk is on fire"),
                "{text}"
            );
            assert_eq!(everything(&database), before);
        }
    }

    pub(super) async fn keys_are_shown_once(backend: Backend) {
        let database = TestDatabase::empty(backend).unwrap();
        let arguments = [
            "bootstrap",
            "--tenant",
            "Acme",
            "--admin-email",
            "ana@x.io",
            "--admin-name",
            "Ana",
        ];
        let first = roster_on(&database, &[&arguments[..], &["--log", "trace"]].concat());
        let second = create_key(&database, &["--email", "ana@x.io", "--log", "trace"]);
        for ended in [first, second] {
            let stderr = ended.stderr.clone();
            assert!(stderr.contains("INSERT INTO"), "{stderr}");
            let key = key(ended);
            for text in everything(&database).iter().chain([&stderr]) {
                assert!(!text.contains(&key[12..]), "{text}");
            }
        }
    }
}
