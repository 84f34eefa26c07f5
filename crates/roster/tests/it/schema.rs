//! The two schemas, as the databases themselves describe them.

use crate::harness::{Backend, TestDatabase, on_both};
use crate::stored::tables;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use roster_server::db::{Conn, Database};
use std::collections::BTreeSet;
use std::path::PathBuf;

const APPLIED: &str = "__diesel_schema_migrations";

/// What belongs to the server as a whole.
const OF_NO_TENANT: &[&str] = &[APPLIED, "attempts", "schema_info", "server_keys", "tenants"];

/// Where the steps of a schema are.
pub(crate) fn migrations(backend: Backend) -> PathBuf {
    let name = match backend {
        Backend::Sqlite => "sqlite",
        Backend::Postgres => "postgres",
    };
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../migrations")
        .join(name)
}

/// Columns in their order, with class of type, NOT NULL and default.
const SQLITE_COLUMNS: &str = "
    SELECT 'column ' || m.name || '.' || c.name || ' #' || (c.cid + 1) || ' '
        || CASE WHEN instr(m.sql, 'CHECK (' || c.name || ' IN (0, 1))') > 0 THEN 'boolean' ELSE lower(c.type) END
        || CASE WHEN c.\"notnull\" THEN ' not null' ELSE '' END
        || coalesce(' default ' || c.dflt_value, '') AS value
    FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'";
const POSTGRES_COLUMNS: &str = "
    SELECT format('column %s.%s #%s %s%s%s', table_name, column_name, ordinal_position,
        CASE data_type WHEN 'bigint' THEN 'integer' WHEN 'bytea' THEN 'blob' ELSE data_type END,
        CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END,
        ' default ' || replace(column_default, '::text', '')) AS value
    FROM information_schema.columns WHERE table_schema = 'public'";

/// Primary keys, indexes and what of them is unique; partial ones would be told from others.
const SQLITE_INDEXES: &str = "
    SELECT CASE i.origin WHEN 'pk' THEN 'primary key of ' || m.name ELSE 'index ' || i.name || ' on ' || m.name END
        || CASE WHEN i.\"unique\" THEN ' unique' ELSE '' END || CASE WHEN i.partial THEN ' partial' ELSE '' END
        || ' (' || (SELECT group_concat(x.name, ', ' ORDER BY x.seqno) FROM pragma_index_info(i.name) x) || ')' AS value
    FROM sqlite_master m JOIN pragma_index_list(m.name) i WHERE m.type = 'table'
    UNION ALL
    SELECT 'primary key of ' || m.name || ' unique (' || c.name || ')'
    FROM sqlite_master m JOIN pragma_table_info(m.name) c
    WHERE m.type = 'table' AND c.pk = 1 AND NOT EXISTS
        (SELECT 1 FROM pragma_index_list(m.name) i WHERE i.origin = 'pk')";
const POSTGRES_INDEXES: &str = "
    SELECT format('%s%s%s (%s)',
        CASE WHEN x.indisprimary THEN 'primary key of ' || t.relname
             ELSE format('index %s on %s', i.relname, t.relname) END,
        CASE WHEN x.indisunique THEN ' unique' ELSE '' END,
        CASE WHEN x.indpred IS NOT NULL THEN ' partial' ELSE '' END,
        (SELECT string_agg(a.attname::text, ', ' ORDER BY k.n)
         FROM unnest(x.indkey::int2[]) WITH ORDINALITY k (number, n)
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number)) AS value
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
    WHERE t.relnamespace = 'public'::regnamespace";

/// Foreign keys and what follows from a deletion.
const SQLITE_FOREIGN_KEYS: &str = "
    SELECT 'foreign key ' || m.name || ' (' || group_concat(f.\"from\", ', ' ORDER BY f.seq) || ') to ' || f.\"table\"
        || ' (' || group_concat(f.\"to\", ', ' ORDER BY f.seq) || ') on delete ' || f.on_delete
        || ' on update ' || f.on_update AS value
    FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'
    GROUP BY m.name, f.id, f.\"table\", f.on_delete, f.on_update";
const POSTGRES_FOREIGN_KEYS: &str = "
    SELECT format('foreign key %s (%s) to %s (%s) on delete %s on update %s', c.conrelid::regclass,
        (SELECT string_agg(a.attname::text, ', ' ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY k (number, n)
         JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number),
        c.confrelid::regclass,
        (SELECT string_agg(a.attname::text, ', ' ORDER BY k.n) FROM unnest(c.confkey) WITH ORDINALITY k (number, n)
         JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number),
        CASE c.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'c' THEN 'CASCADE' ELSE c.confdeltype::text END,
        CASE c.confupdtype WHEN 'a' THEN 'NO ACTION' ELSE c.confupdtype::text END) AS value
    FROM pg_constraint c WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace";

/// The texts of what is checked, of which the words in quotes are compared.
const SQLITE_CHECKS: &str =
    "SELECT m.name || ' ' || m.sql AS value FROM sqlite_master m WHERE m.type = 'table'";
const POSTGRES_CHECKS: &str = "
    SELECT c.conrelid::regclass || ' CHECK ' || pg_get_constraintdef(c.oid) AS value FROM pg_constraint c
    WHERE c.contype = 'c' AND c.connamespace = 'public'::regnamespace";

/// The beginning of a text, up to the parenthesis that closes its first one.
fn in_parentheses(text: &str) -> &str {
    let mut depth = 0;
    let end = text.find(|c| {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        c == ')' && depth == 0
    });
    text.split_at(end.unwrap_or(text.len())).0
}

fn schema(database: &TestDatabase, backend: Backend) -> BTreeSet<String> {
    let (statements, checks) = match backend {
        Backend::Sqlite => (
            [SQLITE_COLUMNS, SQLITE_INDEXES, SQLITE_FOREIGN_KEYS],
            SQLITE_CHECKS,
        ),
        Backend::Postgres => (
            [POSTGRES_COLUMNS, POSTGRES_INDEXES, POSTGRES_FOREIGN_KEYS],
            POSTGRES_CHECKS,
        ),
    };
    let lines = statements
        .iter()
        .flat_map(|sql| database.query(sql).unwrap());
    let words = database
        .query(checks)
        .unwrap()
        .into_iter()
        .flat_map(|text| {
            let (table, text) = text.split_once(' ').unwrap();
            let checks = text
                .split("CHECK")
                .skip(1)
                .flat_map(|check| in_parentheses(check).split('\'').skip(1).step_by(2));
            checks
                .map(|word| format!("check {table} '{word}'"))
                .collect::<Vec<_>>()
        });
    lines
        .chain(words)
        .filter(|line| !line.contains(APPLIED) && !line.contains("sqlite_sequence"))
        .collect()
}

/// schema-twins: both folders hold the same steps, up and down.
#[test]
fn both_folders_hold_the_same_steps() {
    let steps = |backend| {
        let mut names = Vec::new();
        for step in std::fs::read_dir(migrations(backend)).unwrap() {
            let step = step.unwrap();
            for file in ["up.sql", "down.sql"] {
                assert!(step.path().join(file).is_file(), "{file} of {step:?}");
            }
            names.push(step.file_name().into_string().unwrap());
        }
        names.sort();
        names
    };
    assert!(!steps(Backend::Sqlite).is_empty());
    assert_eq!(steps(Backend::Sqlite), steps(Backend::Postgres));
}

/// schema-twins: both schemas say the same.
#[test]
fn both_schemas_say_the_same() {
    let of = |backend| schema(&TestDatabase::migrated(backend).unwrap(), backend);
    let (mut sqlite, mut postgres) = (of(Backend::Sqlite), of(Backend::Postgres));
    // The one difference: SQLite has no numbers of transactions and needs none.
    let transaction = "column audit_events.transaction_id #16 integer not null default";
    for (schema, default) in [
        (&mut sqlite, "0"),
        (&mut postgres, "((pg_current_xact_id()))::bigint"),
    ] {
        let line = format!("{transaction} {default}");
        assert!(schema.remove(&line), "{line} in {schema:#?}");
    }
    for line in [
        "column users.email_key #4 text not null",
        "column users.allow_authentication_token #8 boolean not null",
        "column users.version #14 integer not null default 1",
        "column api_keys.hash #4 blob not null",
        "column outbox.status #8 text not null default 'queued'",
        "primary key of users unique (id)",
        "primary key of memberships unique (tenant_id, user_id, group_id)",
        "index users_email on users unique (tenant_id, email_key)",
        "index api_keys_user on api_keys (tenant_id, user_id)",
        "foreign key memberships (tenant_id, group_id) to groups (tenant_id, id) on delete CASCADE on update NO ACTION",
        "check users 'explorer'",
        "check outbox 'cancelled'",
    ] {
        assert!(sqlite.contains(line), "{line} in {sqlite:#?}");
    }
    let only =
        |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect::<Vec<_>>();
    assert_eq!(
        only(&sqlite, &postgres),
        Vec::<String>::new(),
        "only in SQLite's"
    );
    assert_eq!(
        only(&postgres, &sqlite),
        Vec::<String>::new(),
        "only in PostgreSQL's"
    );
}

/// schema-twins: keys are compared byte by byte on both.
#[test]
fn key_columns_are_compared_by_bytes() {
    let postgres = TestDatabase::migrated(Backend::Postgres).unwrap();
    let collated = postgres
        .query(
            "SELECT table_name || '.' || column_name AS value FROM information_schema.columns
             WHERE table_schema = 'public' AND collation_name = 'C' ORDER BY 1",
        )
        .unwrap();
    let keys = postgres
        .query(
            "SELECT table_name || '.' || column_name AS value FROM information_schema.columns
             WHERE table_schema = 'public' AND (right(column_name, 4) = '_key' OR column_name = 'slug') ORDER BY 1",
        )
        .unwrap();
    assert_eq!(
        keys,
        [
            "groups.name_key",
            "tenants.name_key",
            "tenants.slug",
            "user_attributes.name_key",
            "users.email_key",
            "users.initials_key",
            "users.name_key",
            "users.search_key"
        ]
    );
    assert_eq!(collated, keys);
    // SQLite compares by bytes unless told otherwise.
    let sqlite = TestDatabase::migrated(Backend::Sqlite).unwrap();
    let told = sqlite
        .count("SELECT count(*) AS value FROM sqlite_master WHERE instr(upper(sql), 'COLLATE') > 0")
        .unwrap();
    assert_eq!(told, 0);
}

on_both! {
    /// tenant-wall: what a tenant owns says whose it is, and refers only to what is the same tenant's.
    rows_say_whose_they_are

    /// schema-twins: down to nothing and up again gives the same.
    migrations_go_down_and_up
}

mod body {
    use super::*;

    pub(super) async fn rows_say_whose_they_are(backend: Backend) {
        let database = TestDatabase::migrated(backend).unwrap();
        let schema = schema(&database, backend);
        for table in tables(&database) {
            if OF_NO_TENANT.contains(&table.as_str()) {
                continue;
            }
            let column = format!("column {table}.tenant_id ");
            let found = schema
                .iter()
                .find(|line| line.starts_with(&column))
                .unwrap();
            assert!(found.ends_with(" integer not null"), "{found}");
            let keys: Vec<_> = schema
                .iter()
                .filter(|line| line.starts_with(&format!("foreign key {table} (")))
                .collect();
            assert!(!keys.is_empty(), "{table} belongs to nobody");
            for key in keys {
                let to_tenant =
                    key.starts_with(&format!("foreign key {table} (tenant_id) to tenants (id)"));
                let to_same = key.starts_with(&format!("foreign key {table} (tenant_id, "))
                    && key.contains(" (tenant_id, id) on delete");
                assert!(to_tenant || to_same, "{key}");
            }
        }
    }

    pub(super) async fn migrations_go_down_and_up(backend: Backend) {
        let database = TestDatabase::empty(backend).unwrap();
        Database::migrate(&database.parsed().unwrap()).unwrap();
        let before = schema(&database, backend);
        assert!(!before.is_empty());
        let steps = FileBasedMigrations::from_path(migrations(backend)).unwrap();
        match database.connect().unwrap() {
            Conn::Sqlite(mut conn) => conn.revert_all_migrations(steps).map(|_| ()).unwrap(),
            Conn::Postgres(mut conn) => conn.revert_all_migrations(steps).map(|_| ()).unwrap(),
        }
        assert_eq!(tables(&database), [APPLIED]);
        assert_eq!(schema(&database, backend), BTreeSet::new());
        Database::migrate(&database.parsed().unwrap()).unwrap();
        assert_eq!(schema(&database, backend), before);
    }
}
