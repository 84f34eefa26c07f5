//! That no reader of the audit trail skips an event, and none waits without need.

use crate::harness::{TestDatabase, on_both};
use std::time::{Duration, Instant};

on_both! {
    /// audit-complete: events of a transaction that still runs hold later ones back, so that no reader skips them.
    a_running_transaction_holds_later_events_back
    /// audit-complete: what another database of the same PostgreSQL does holds nothing back.
    another_database_holds_nothing_back
    /// audit-complete: events that were restored from another PostgreSQL are there.
    restored_events_are_there
}

/// Waits until no transaction writes to the database, and none runs anywhere that is older than an event: one of another test counts as
/// long as it is not seen to be elsewhere. On SQLite readers need not wait.
pub(crate) async fn settled(database: &TestDatabase) {
    if database.url().starts_with("sqlite:") {
        return;
    }
    let sql = "SELECT (SELECT count(*) FROM pg_stat_activity
                       WHERE datname = current_database() AND backend_xid IS NOT NULL)
                    + (SELECT count(*) FROM audit_events
                       WHERE transaction_id >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint) AS value";
    let deadline = Instant::now() + Duration::from_secs(60);
    while database.count(sql).unwrap() > 0 {
        assert!(Instant::now() < deadline, "a transaction runs for ever");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

mod body {
    use super::settled;
    use crate::audit_pages::body::{PATH, all, cursor, insertion, start};
    use crate::harness::{Api, Backend, TestDatabase};
    use diesel::connection::SimpleConnection;
    use roster_server::db::Conn;
    use serde_json::json;
    use std::time::{Duration, Instant};

    /// A transaction beside the servers that has begun and has a number.
    fn begun(database: &TestDatabase, sql: &str) -> Conn {
        let mut conn = database.connect().unwrap();
        execute(&mut conn, &format!("BEGIN; {sql}"));
        conn
    }

    fn execute(conn: &mut Conn, sql: &str) {
        match conn {
            Conn::Sqlite(conn) => conn.batch_execute(sql).unwrap(),
            Conn::Postgres(conn) => conn.batch_execute(sql).unwrap(),
        }
    }

    /// Waits until the trail tells of these. Transactions of other tests hold events back too, for as long as they run.
    async fn until_told(api: &Api, expected: &[&str]) {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let found = all(api, "", 100).await;
            let actions: Vec<_> = found.iter().map(|event| &event["action"]).collect();
            if actions == expected {
                return;
            }
            assert!(Instant::now() < deadline, "{actions:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(super) async fn a_running_transaction_holds_later_events_back(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        if backend == Backend::Sqlite {
            // It has one writer: what is committed later has a greater id.
            return;
        }
        settled(server.database()).await;
        let change = async |name: &str| {
            let body = json!({"group": {"name": name}});
            api.post("/groups.json", body).await.expect(200);
        };
        let ids = async |query: &str| -> Vec<i64> {
            let found = all(&api, query, 2).await;
            found.iter().map(|e| e["id"].as_i64().unwrap()).collect()
        };
        change("Before").await;
        settled(server.database()).await;
        let before = ids("").await;
        let mut running = begun(server.database(), &insertion(&tenant, 1));
        for name in ["One", "Two", "Three"] {
            change(name).await;
        }
        assert_eq!(ids("").await, before);
        assert_eq!(ids("&action=group.create").await, before[1..]);
        let last = api.get(&format!("{PATH}?limit=100")).await.expect(200);
        assert_eq!(cursor(&last, "next"), None);
        execute(&mut running, "COMMIT");
        settled(server.database()).await;
        let after = ids("").await;
        assert_eq!(after.len(), before.len() + 4);
        assert_eq!(after[..before.len()], before);
        assert!(after.is_sorted_by(|a, b| a < b));
        // One that is given up holds nothing back either, nor does one that only reads.
        let mut given_up = begun(server.database(), &insertion(&tenant, 1));
        let _reading = begun(server.database(), "SELECT 1");
        change("Four").await;
        execute(&mut given_up, "ROLLBACK");
        settled(server.database()).await;
        assert_eq!(ids("").await.len(), after.len() + 1);
    }

    pub(super) async fn another_database_holds_nothing_back(backend: Backend) {
        let (_server, _, api) = start(backend).await;
        if backend == Backend::Sqlite {
            return;
        }
        let other = TestDatabase::migrated(backend).unwrap();
        let _running = begun(&other, "CREATE TABLE long (i BIGINT)");
        let body = json!({"group": {"name": "Capital"}});
        api.post("/groups.json", body).await.expect(200);
        until_told(&api, &["tenant.create", "group.create"]).await;
    }

    pub(super) async fn restored_events_are_there(backend: Backend) {
        let (server, _, api) = start(backend).await;
        let database = server.database();
        database
            .execute("UPDATE audit_events SET transaction_id = 9000000000000000")
            .unwrap();
        let body = json!({"group": {"name": "Capital"}});
        api.post("/groups.json", body).await.expect(200);
        until_told(&api, &["tenant.create", "group.create"]).await;
    }
}
