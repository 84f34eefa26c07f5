//! Deleting what much depends on: found by indexes, not by reading whole tables.

use crate::harness::on_both;

on_both! {
    /// many-children: for every foreign key the rows that depend on one are found by an index.
    every_foreign_key_has_an_index

    /// many-children: a user with 100,000 keys, mails and memberships, a group with 100,000 members.
    users_and_groups_with_many_rows_are_deleted
}

mod body {
    use crate::changes::start;
    use crate::harness::{Backend, TestDatabase, UserFixture};
    use crate::stored::{audit_trail, rows};
    use diesel::connection::SimpleConnection;
    use diesel::prelude::*;
    use roster_domain::role::Role;
    use roster_server::db::Conn;
    use serde_json::json;

    const MANY: i64 = 100_000;

    /// How the database would run a statement.
    fn plan(database: &TestDatabase, sql: &str) -> String {
        #[derive(QueryableByName)]
        struct Sqlite {
            #[diesel(sql_type = diesel::sql_types::Text)]
            detail: String,
        }
        #[derive(QueryableByName)]
        struct Postgres {
            #[diesel(sql_type = diesel::sql_types::Text, column_name = "QUERY PLAN")]
            line: String,
        }
        let lines: Vec<String> = match database.connect().unwrap() {
            Conn::Sqlite(mut conn) => {
                let plan = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}"));
                let lines: Vec<Sqlite> = plan.load(&mut conn).unwrap();
                lines.into_iter().map(|line| line.detail).collect()
            }
            Conn::Postgres(mut conn) => {
                // Small tables are read whole whatever their indexes, and a bitmap says less than an index.
                conn.batch_execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
                    .unwrap();
                let plan = diesel::sql_query(format!("EXPLAIN (COSTS off) {sql}"));
                let lines: Vec<Postgres> = plan.load(&mut conn).unwrap();
                lines.into_iter().map(|line| line.line).collect()
            }
        };
        lines.join("\n")
    }

    /// Whether all conditions of a statement on one table are those of an index, from its first column on.
    fn expect_indexed(database: &TestDatabase, sql: &str, columns: &[&str]) {
        let plan = plan(database, sql);
        let is_sqlite = database.url().starts_with("sqlite:");
        let (sign, bad) = if is_sqlite {
            ("SEARCH ", "SCAN ")
        } else {
            ("Index Cond: ", "Seq Scan")
        };
        assert!(plan.contains(sign) && !plan.contains(bad), "{sql}:\n{plan}");
        let conditions: String = plan.lines().filter(|line| line.contains(sign)).collect();
        for column in columns {
            let condition = format!("{column}{}", if is_sqlite { "=?" } else { " = 1" });
            assert!(conditions.contains(&condition), "{sql}:\n{plan}");
        }
    }

    pub(super) async fn every_foreign_key_has_an_index(backend: Backend) {
        let database = TestDatabase::migrated(backend).unwrap();
        let sql = match backend {
            Backend::Sqlite => {
                "SELECT m.name || ' ' || group_concat(f.\"from\", ' ' ORDER BY f.seq) AS value
                 FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'
                 GROUP BY m.name, f.id"
            }
            Backend::Postgres => {
                "SELECT c.conrelid::regclass || ' ' || (SELECT string_agg(a.attname::text, ' ' ORDER BY k.n)
                     FROM unnest(c.conkey) WITH ORDINALITY k (number, n)
                     JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number) AS value
                 FROM pg_constraint c WHERE c.contype = 'f'"
            }
        };
        let keys = database.query(sql).unwrap();
        assert!(
            keys.contains(&"memberships tenant_id group_id".to_owned()),
            "{keys:?}"
        );
        for key in keys {
            let (table, columns) = key.split_once(' ').unwrap();
            let columns: Vec<&str> = columns.split(' ').collect();
            let conditions: Vec<String> = columns
                .iter()
                .map(|column| format!("{column} = 1"))
                .collect();
            let sql = format!("DELETE FROM {table} WHERE {}", conditions.join(" AND "));
            expect_indexed(&database, &sql, &columns);
        }
        // What the use cases themselves say about the rows of one user or group.
        for (sql, columns) in [
            ("DELETE FROM api_keys WHERE tenant_id = 1 AND user_id = 1", &["tenant_id", "user_id"][..]),
            ("DELETE FROM memberships WHERE tenant_id = 1 AND user_id = 1", &["tenant_id", "user_id"]),
            (
                "SELECT count(*) FROM memberships WHERE tenant_id = 1 AND group_id = 1",
                &["tenant_id", "group_id"],
            ),
            (
                "UPDATE outbox SET status = 'cancelled' WHERE tenant_id = 1 AND user_id = 1 AND status = 'queued'",
                &["tenant_id", "user_id"],
            ),
            (
                "SELECT message FROM outbox WHERE tenant_id = 1 AND user_id = 1 AND kind = 'invitation'
                 ORDER BY id DESC LIMIT 1",
                &["tenant_id", "user_id"],
            ),
            ("DELETE FROM groups WHERE tenant_id = 1 AND id = 1", &[]),
            ("UPDATE users SET version = version + 1 WHERE tenant_id = 1 AND id = 1", &[]),
        ] {
            expect_indexed(&database, sql, columns);
        }
    }

    pub(super) async fn users_and_groups_with_many_rows_are_deleted(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let database = server.database();
        let user = tenant
            .user(UserFixture::active("ana@x.io", Role::Analyst))
            .await
            .unwrap();
        let group = tenant.group("Capital").await.unwrap();
        let id = tenant.id;
        let hash = match backend {
            Backend::Sqlite => "CAST('k' || i AS BLOB)",
            Backend::Postgres => "convert_to('k' || i, 'UTF8')",
        };
        let numbers = format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY})"
        );
        for insert in [
            format!(
                "INSERT INTO users (tenant_id, email, email_key, role, allow_authentication_token, created_at, updated_at)
                 {numbers} SELECT {id}, 'u' || i || '@x.io', 'u' || i || '@x.io', 'viewer', (1 = 0), 0, 0 FROM n"
            ),
            format!(
                "INSERT INTO groups (tenant_id, name, name_key, created_at, updated_at)
                 {numbers} SELECT {id}, 'g' || i, 'g' || i, 0, 0 FROM n"
            ),
            format!(
                "INSERT INTO memberships (tenant_id, user_id, group_id)
                 SELECT tenant_id, {user}, id FROM groups"
            ),
            format!(
                "INSERT INTO memberships (tenant_id, user_id, group_id)
                 SELECT tenant_id, id, {group} FROM users WHERE id <> {user}"
            ),
            format!(
                "INSERT INTO api_keys (tenant_id, user_id, hash, prefix, created_at)
                 {numbers} SELECT {id}, {user}, {hash}, 'rst_', 0 FROM n"
            ),
            format!(
                "INSERT INTO outbox (tenant_id, user_id, kind, generation, status, created_at)
                 {numbers} SELECT {id}, {user}, 'invitation', 1, 'queued', 0 FROM n"
            ),
        ] {
            database.execute(&insert).unwrap();
        }
        let count = |rest: &str| {
            database
                .count(&format!("SELECT count(*) AS value FROM {rest}"))
                .unwrap()
        };
        assert_eq!(count("memberships"), 2 * MANY + 2);

        api.delete(&format!("/users/{user}.json")).await.expect(200);
        // The admin's key is left, and the memberships wait for the user to come back.
        assert_eq!(count("api_keys"), 1);
        assert_eq!(count("outbox WHERE status = 'queued'"), 0);
        assert_eq!(
            count(&format!("memberships WHERE user_id = {user}")),
            MANY + 1
        );
        api.post("/users/restore.json", json!({"id": user}))
            .await
            .expect(200);

        api.delete(&format!("/groups/{group}.json"))
            .await
            .expect(200);
        assert_eq!(count(&format!("memberships WHERE group_id = {group}")), 0);
        let deleted = audit_trail(database).pop().unwrap();
        assert_eq!(
            deleted["before_change"],
            json!({"name": "Capital", "members": MANY + 2})
        );

        // For good, as an operator's clean-up would: the rows that depend on it go along.
        let body = json!({"id": user, "user": {"role": "viewer", "remove_groups": true}});
        api.post("/users/change_user_role.json", body)
            .await
            .expect(200);
        assert_eq!(count("memberships"), 0);
        let changed = audit_trail(database).pop().unwrap();
        let left = changed["before_change"]["groups"].as_array().unwrap().len();
        assert_eq!(i64::try_from(left).unwrap(), MANY);
        database
            .execute(&format!("DELETE FROM users WHERE id = {user}"))
            .unwrap();
        assert_eq!(count("outbox"), 0);
        assert_eq!(
            rows(database, &["id"], &format!("users WHERE id = {user}"), "id").len(),
            0
        );
    }
}
