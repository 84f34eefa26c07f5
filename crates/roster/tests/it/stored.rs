//! Rows of the databases, read beside the servers.

use crate::harness::TestDatabase;
use serde_json::Value;

fn is_sqlite(database: &TestDatabase) -> bool {
    database.url().starts_with("sqlite:")
}

/// Columns of a table as JSON objects, in the order of the last expression.
pub(crate) fn rows(
    database: &TestDatabase,
    columns: &[&str],
    from_where: &str,
    order: &str,
) -> Vec<Value> {
    let pairs: Vec<String> = columns.iter().map(|c| format!("'{c}', {c}")).collect();
    let pairs = pairs.join(", ");
    let object = if is_sqlite(database) {
        format!("json_object({pairs})")
    } else {
        format!("json_build_object({pairs})::text")
    };
    let sql = format!("SELECT {object} AS value FROM {from_where} ORDER BY {order}");
    let texts = database.query(&sql).unwrap();
    texts
        .iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect()
}

/// The audit trail, the oldest event first; what was before and after as JSON.
pub(crate) fn audit_trail(database: &TestDatabase) -> Vec<Value> {
    let columns = [
        "tenant_id",
        "occurred_at",
        "actor_kind",
        "actor_id",
        "actor_email",
        "action",
        "target_type",
        "target_id",
        "target_label",
        "before_change",
        "after_change",
        "request_id",
        "ip",
        "via",
    ];
    let mut events = rows(database, &columns, "audit_events", "id");
    for event in &mut events {
        for state in ["before_change", "after_change"] {
            if let Some(text) = event[state].as_str() {
                event[state] = serde_json::from_str(text).unwrap();
            }
        }
    }
    events
}

/// The names of all tables, but those of the databases themselves.
pub(crate) fn tables(database: &TestDatabase) -> Vec<String> {
    let sql = if is_sqlite(database) {
        "SELECT name AS value FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_' ORDER BY 1"
    } else {
        "SELECT tablename::text AS value FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    };
    database.query(sql).unwrap()
}

/// All rows of all tables as texts. When a key was last used is left out: it is written after the answer.
pub(crate) fn everything(database: &TestDatabase) -> Vec<String> {
    let mut all = Vec::new();
    for table in tables(database) {
        let row = if is_sqlite(database) {
            let columns = database
                .query(&format!(
                    "SELECT 'quote(' || name || ')' AS value FROM pragma_table_info('{table}')
                     WHERE name <> 'last_used_at' ORDER BY cid"
                ))
                .unwrap();
            columns.join(" || ',' || ")
        } else {
            "(to_jsonb(t) - 'last_used_at')::text".to_owned()
        };
        let sql = format!("SELECT '{table} ' || {row} AS value FROM {table} t ORDER BY 1");
        all.extend(database.query(&sql).unwrap());
    }
    all
}

/// The one row of a user that a list of users holds.
#[track_caller]
pub(crate) fn user_of(list: &Value, email: &str) -> Value {
    let found: Vec<&Value> = list
        .as_array()
        .unwrap()
        .iter()
        .filter(|user| user["email"] == email)
        .collect();
    assert_eq!(found.len(), 1, "{email} in {list}");
    found[0].clone()
}
