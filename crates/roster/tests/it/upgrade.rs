//! Schemas of other versions of the server.

use crate::harness::on_both;

on_both! {
    /// newer-schema: a schema for newer servers only is not touched.
    an_older_server_refuses_a_newer_schema

    /// newer-schema: steps of a newer server that this one may live with do not matter.
    an_acceptable_newer_schema_is_used

    /// schema-twins: users from before v2 are listed in every order and found.
    users_of_an_older_schema_are_ordered_and_found

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

    pub(super) async fn users_of_an_older_schema_are_ordered_and_found(backend: Backend) {
        let database = TestDatabase::migrated(backend).unwrap();
        let folder = match backend {
            Backend::Sqlite => "sqlite",
            Backend::Postgres => "postgres",
        };
        let step = "2026-11-25-180000_v2";
        let down = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("../../migrations/{folder}/{step}/down.sql"));
        database
            .execute(&std::fs::read_to_string(down).unwrap())
            .unwrap();
        database
            .execute(
                "DELETE FROM __diesel_schema_migrations WHERE version = '20261125180000';
                 INSERT INTO tenants (name, name_key, slug, created_at) VALUES ('Acme', 'acme', 'acme', 0);
                 INSERT INTO users (tenant_id, email, email_key, name, role, allow_authentication_token,
                     activated_at, deleted_at, created_at, updated_at)
                 VALUES (1, 'Ana@x.io', 'ana@x.io', 'Ana Ázul', 'viewer', (1 = 0), 1, NULL, 0, 0),
                        (1, 'bo@x.io', 'bo@x.io', NULL, 'viewer', (1 = 0), NULL, NULL, 0, 0),
                        (1, 'cy@x.io', 'cy@x.io', 'Cy', 'viewer', (1 = 0), 1, 2, 0, 0)",
            )
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        run(roster(folder.path()).args(["migrate", "--database-url", database.url()])).succeeded();
        let users = "SELECT status || '|' || name_key || '|' || initials_key || '|' || replace(search_key, '\n', ';') AS value
                     FROM users ORDER BY id";
        assert_eq!(
            database.query(users).unwrap(),
            [
                "active|ana ázul|an|ana@x.io;an;ana ázul",
                "pending||bo|bo@x.io;bo;",
                "deleted|cy|cy|cy@x.io;cy;cy",
            ]
        );
        let system = "SELECT name AS value FROM user_attributes WHERE is_system ORDER BY name";
        assert_eq!(
            database.query(system).unwrap(),
            ["h_email", "h_name", "h_role"]
        );
    }

    pub(super) async fn an_unreadable_version_is_told(backend: Backend) {
        let database = TestDatabase::migrated(backend).unwrap();
        set_oldest_server(&database, "next year");
        expect_refusal(&database, &["version"]);
        database.execute("DELETE FROM schema_info").unwrap();
        expect_refusal(&database, &["schema"]);
    }
}
