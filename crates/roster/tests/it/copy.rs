//! `roster copy`: from one database to another.

use crate::harness::{Backend, TestDatabase, on_both};
use crate::program::{Ended, roster, run};
use crate::stored::everything;
use roster_server::db::copy::TABLES;
use std::process::Command;

/// A row and more in every table that a tenant with an admin does not fill, and ids that were given and are gone.
const ROWS: &str = r#"
    INSERT INTO users VALUES (7, 1, 'Ольга@x.io', 'ольга@x.io', 'Ольга ''O''', 'Dr.', 'explorer', 1, 11, 12, 13, 14, 3, 9, 15, 16,
        'Chief', 1, '{"a":[1,"\u0000"]}', 'deleted', 'ольга', 'о', 'ольга@x.io');
    INSERT INTO users (id, tenant_id, email, email_key, role, allow_authentication_token, created_at, updated_at)
        VALUES (9000, 1, 'gone@x.io', 'gone@x.io', 'viewer', 0, 0, 0);
    DELETE FROM users WHERE id = 9000;
    INSERT INTO groups VALUES (3, 1, 'Sales', 'sales', 2, 1, 2);
    INSERT INTO memberships VALUES (1, 7, 3);
    INSERT INTO api_keys VALUES (5, 1, 7, x'00FF', 'rst_abc', NULL, 1, 2, 3);
    INSERT INTO passwords VALUES (1, 7, '$argon2id$v=19$m=19456,t=2,p=1$AAAA$BBBB', 4);
    INSERT INTO sessions VALUES (6, 1, 7, x'01', 1, 2, 3, '10.0.0.1', NULL);
    INSERT INTO links VALUES (8, 1, 7, 'invitation', x'02', 1, NULL, 1, 2, NULL);
    INSERT INTO jobs VALUES (2, 1, NULL, 5);
    INSERT INTO outbox VALUES (4, 1, 7, 'invitation', 1, 1, 'Hello', 'sent', 1, 2, 3, 4, NULL, 2);
    INSERT INTO user_attribute_entries VALUES (11, 1, 1, 7, NULL, 'manual', '["a"]');
    INSERT INTO user_attribute_entries VALUES (12, 1, 1, NULL, 3, 'all', '[]');
    INSERT INTO idempotency_keys VALUES (1, 7, x'03', x'04', 200, '{}', 6);
    INSERT INTO attempts VALUES (x'05', 7, 8);
    INSERT INTO server_keys VALUES ('other', x'06');
    INSERT INTO server_keys VALUES ('Forms', x'07');
"#;

fn copy(from: &TestDatabase, to: &TestDatabase) -> Ended {
    run(&mut command(from.url(), to.url()))
}

fn command(from: &str, to: &str) -> Command {
    let mut command = roster(&std::env::temp_dir());
    command.args(["copy", "--from", from, "--to", to]);
    command
}

fn bootstrap(database: &TestDatabase) -> String {
    let arguments = [
        "--tenant",
        "Acme",
        "--admin-email",
        "ana@x.io",
        "--admin-name",
        "Ana",
    ];
    let mut command = roster(&std::env::temp_dir());
    command.args(["bootstrap", "--database-url", database.url()]);
    let key = run(command.args(arguments)).succeeded();
    key.trim().to_owned()
}

/// All rows, but for when which step was applied.
fn content(database: &TestDatabase) -> Vec<String> {
    let mut rows = everything(database);
    rows.retain(|row| !row.starts_with("__diesel_schema_migrations "));
    rows
}

/// Whether no table that is copied has a row.
fn is_empty(database: &TestDatabase) -> bool {
    TABLES.iter().all(|(table, _)| {
        let rows = database.count(&format!("SELECT count(*) AS value FROM {table}"));
        rows.unwrap() == 0
    })
}

/// What is not in the list would be lost without a word.
#[test]
fn every_table_and_column_is_copied() {
    let database = TestDatabase::migrated(Backend::Sqlite).unwrap();
    let mut left_out = database
        .query(
            "SELECT m.name || '.' || c.name AS value FROM sqlite_master m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY 1",
        )
        .unwrap();
    for (table, columns) in TABLES {
        for column in *columns {
            let name = format!("{table}.{column}");
            let at = left_out.iter().position(|other| *other == name);
            left_out.remove(at.unwrap_or_else(|| panic!("{name}")));
        }
    }
    let of_the_schema = [
        "__diesel_schema_migrations.run_on",
        "__diesel_schema_migrations.version",
        "audit_events.transaction_id",
        "schema_info.oldest_server",
        "schema_info.only_row",
    ];
    assert_eq!(left_out, of_the_schema);
}

/// A password in a URL that is not understood is not repeated.
#[test]
fn a_faulty_url_is_not_repeated() {
    for url in ["postgres://u:hunter2/x@h/db", "mysql://u:hunter2@h/db"] {
        let text = run(&mut command(url, "sqlite:a.db")).failed();
        assert!(
            text.starts_with("roster: --from is not understood"),
            "{text}"
        );
        let text = run(&mut command("sqlite:a.db", url)).failed();
        assert!(text.starts_with("roster: --to is not understood"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

on_both! {
    /// SQLite, the other, and SQLite again: all rows are the same, keys work, and no id is given twice.
    there_and_back

    /// A target with rows, a source that is none, and one of another version are refused.
    copy_refuses

    /// atomic: a copy that is ended on its way leaves nothing, and can be made again.
    a_killed_copy_leaves_nothing
}

mod body {
    use super::*;
    use crate::harness::{Api, TestServer};
    use crate::program::Process;
    use serde_json::json;
    use std::os::unix::process::ExitStatusExt;

    pub(super) async fn there_and_back(backend: Backend) {
        let source = TestDatabase::empty(Backend::Sqlite).unwrap();
        let key = bootstrap(&source);
        // It is served meanwhile.
        let folder = tempfile::tempdir().unwrap();
        let mut served = Process::serve(source.url(), folder.path());
        let api = Api::new(&served.address().unwrap(), &key);
        source.execute(ROWS).unwrap();
        let users = api.get("/users.json").await.expect(200).json();
        assert_eq!(users.as_array().unwrap().len(), 2);

        let other = TestDatabase::empty(backend).unwrap();
        let back = TestDatabase::empty(Backend::Sqlite).unwrap();
        let there = copy(&source, &other);
        for (table, _) in TABLES {
            assert!(
                there.stderr.contains(&format!("copying {table}: ")),
                "{}",
                there.stderr
            );
            assert!(
                !there.stderr.contains(&format!("{table}: 0 rows")),
                "{table} is empty"
            );
        }
        let printed = there.succeeded();
        assert_eq!(printed.lines().count(), TABLES.len());
        assert!(printed.contains("\nmemberships\t1\t"), "{printed}");
        assert_eq!(copy(&other, &back).succeeded(), printed);
        assert_eq!(content(&back), content(&source));
        let counters =
            "SELECT name || ' ' || seq AS value FROM sqlite_sequence WHERE seq > 0 ORDER BY 1";
        assert_eq!(
            back.query(counters).unwrap(),
            source.query(counters).unwrap()
        );

        let server = TestServer::on(other.into()).unwrap();
        let api = Api::new(&server.base_url(), &key);
        let listed = api.get("/users.json").await.expect(200).json();
        assert_eq!(listed, users);
        let invited = json!({"email": "new@x.io", "name": "New", "role": "viewer"});
        api.post("/users/invite.json", invited).await.expect(200);
        let group = json!({"group": {"name": "New"}});
        api.post("/groups.json", group).await.expect(200);
        let highest = |table| {
            let sql = format!("SELECT max(id) AS value FROM {table}");
            server.database().count(&sql).unwrap()
        };
        assert_eq!(highest("users"), 9_001);
        assert_eq!(highest("groups"), 4);
    }

    pub(super) async fn copy_refuses(backend: Backend) {
        let source = TestDatabase::empty(Backend::Sqlite).unwrap();
        bootstrap(&source);
        let target = TestDatabase::empty(backend).unwrap();
        bootstrap(&target);
        let before = content(&target);
        let text = copy(&source, &target).failed();
        assert!(
            text.contains("is not empty: its table tenants has rows"),
            "{text}"
        );
        assert_eq!(content(&target), before);

        let nothing = TestDatabase::empty(backend).unwrap();
        let target = TestDatabase::empty(Backend::Sqlite).unwrap();
        let text = copy(&nothing, &target).failed();
        let is_missing = text.contains("there is no database");
        assert!(
            is_missing || text.contains("holds no Roster database"),
            "{text}"
        );
        assert!(is_empty(&TestDatabase::migrated(backend).unwrap()));

        let older = "DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)";
        source.execute(older).unwrap();
        let target = TestDatabase::empty(backend).unwrap();
        let text = copy(&source, &target).failed();
        assert!(
            text.contains("run `roster migrate` of this version on it first"),
            "{text}"
        );
        assert!(is_empty(&target));
    }

    pub(super) async fn a_killed_copy_leaves_nothing(backend: Backend) {
        let source = TestDatabase::empty(Backend::Sqlite).unwrap();
        bootstrap(&source);
        // Enough that the copy is not through when it has come to them.
        source
            .execute(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
                 INSERT INTO audit_events (tenant_id, occurred_at, actor_kind, action, target_type, target_id, target_label, via)
                 SELECT 1, i, 'system', 'user.invite', 'user', i, 'x', 'cli' FROM n",
            )
            .unwrap();
        let target = TestDatabase::empty(backend).unwrap();
        let mut process = Process::start(&mut command(source.url(), target.url()));
        assert!(process.says("copying audit_events: 60001 rows"));
        process.kill();
        assert_eq!(process.end().status.signal(), Some(9));
        assert!(is_empty(&target));
        copy(&source, &target).succeeded();
        let rows = target.count("SELECT count(*) AS value FROM audit_events");
        assert_eq!(rows.unwrap(), 60_001);
    }
}
