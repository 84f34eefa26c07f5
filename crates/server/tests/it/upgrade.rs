//! Schemas of other versions of the server.

use crate::harness::on_both;

on_both! {
    /// newer-schema: a schema for newer servers only is not touched.
    an_older_server_refuses_a_newer_schema

    /// newer-schema: steps of a newer server that this one may live with do not matter.
    an_acceptable_newer_schema_is_used

    /// newer-schema: a version that nobody can read is told.
    an_unreadable_version_is_told
}

mod body {
    use crate::harness::{Api, Backend, TestDatabase};
    use crate::program::{Process, first_key, key_file, roster, run};
    use crate::stored::everything;

    const COMMANDS: &[&[&str]] = &[
        &[],
        &["serve"],
        &["migrate"],
        &["keys", "create", "--email", "ana@x.io"],
        &[
            "bootstrap",
            "--tenant",
            "A",
            "--admin-email",
            "ana@x.io",
            "--admin-name",
            "A",
        ],
    ];

    fn expect_refusal(database: &TestDatabase, parts: &[&str]) {
        let before = everything(database);
        let folder = tempfile::tempdir().unwrap();
        for arguments in COMMANDS {
            let mut command = roster(folder.path());
            command
                .args(*arguments)
                .args(["--database-url", database.url(), "--data-dir", "data"]);
            let text = run(command.args(["--listen", "127.0.0.1:0"])).failed();
            for part in parts {
                assert!(text.contains(part), "{arguments:?}: {text}");
            }
            assert_eq!(everything(database), before);
            assert!(!key_file(&folder.path().join("data")).exists());
        }
    }

    fn set_oldest_server(database: &TestDatabase, version: &str) {
        let sql = format!("UPDATE schema_info SET oldest_server = '{version}'");
        database.execute(&sql).unwrap();
    }

    pub(super) async fn an_older_server_refuses_a_newer_schema(backend: Backend) {
        let database = TestDatabase::migrated(backend).unwrap();
        for newer in ["99.0.0", "0.1.1", "0.2.0-beta.1"] {
            set_oldest_server(&database, newer);
            expect_refusal(&database, &[newer, env!("CARGO_PKG_VERSION")]);
        }
        // Not even steps that this server knows are applied to it.
        database
            .execute("DELETE FROM __diesel_schema_migrations")
            .unwrap();
        expect_refusal(&database, &["0.2.0-beta.1", env!("CARGO_PKG_VERSION")]);
    }

    pub(super) async fn an_acceptable_newer_schema_is_used(backend: Backend) {
        let database = TestDatabase::migrated(backend).unwrap();
        // What a newer server's expanding step would leave.
        database
            .execute(
                "INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000000');
                 ALTER TABLE users ADD COLUMN nickname TEXT;
                 CREATE TABLE nicknames (id BIGINT PRIMARY KEY)",
            )
            .unwrap();
        for oldest in ["0.0.1", env!("CARGO_PKG_VERSION")] {
            set_oldest_server(&database, oldest);
            let folder = tempfile::tempdir().unwrap();
            run(roster(folder.path()).args(["migrate", "--database-url", database.url()]))
                .succeeded();
        }
        let folder = tempfile::tempdir().unwrap();
        let mut server = Process::serve(database.url(), folder.path());
        let address = server.address().unwrap();
        let api = Api::new(&address, &first_key(folder.path()));
        let body = serde_json::json!({"email": "ana@x.io", "role": "user"});
        api.post("/users/invite.json", body).await.expect(200);
        let list = api.get("/users.json").await.expect(200).json();
        assert_eq!(list.as_array().unwrap().len(), 2);
    }

    pub(super) async fn an_unreadable_version_is_told(backend: Backend) {
        let database = TestDatabase::migrated(backend).unwrap();
        set_oldest_server(&database, "next year");
        expect_refusal(&database, &["version"]);
        database.execute("DELETE FROM schema_info").unwrap();
        expect_refusal(&database, &["schema"]);
    }
}
