//! Many rows at once, and all rows as text.

use crate::harness::{Backend, TestDatabase, TestServer, TestTenant};
use std::collections::BTreeMap;

/// Adds viewers `u1@x.io`, `u2@x.io`, … with a name each.
pub(crate) fn add_users(server: &TestServer, tenant: &TestTenant, count: usize, name: &str) {
    let id = tenant.id;
    server
        .database()
        .execute(&format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
             INSERT INTO users (tenant_id, email, email_key, name, role, allow_authentication_token, created_at, updated_at)
             SELECT {id}, 'u' || i || '@x.io', 'u' || i || '@x.io', '{name}', 'viewer', (1 = 0), 0, 0 FROM n WHERE i <= {count}"
        ))
        .unwrap();
}

/// Adds groups whose names begin with a text.
pub(crate) fn add_groups(server: &TestServer, tenant: &TestTenant, count: usize, name: &str) {
    let id = tenant.id;
    server
        .database()
        .execute(&format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
             INSERT INTO groups (tenant_id, name, name_key, created_at, updated_at)
             SELECT {id}, '{name}' || i, '{name}' || i, 0, 0 FROM n WHERE i <= {count}"
        ))
        .unwrap();
}

/// Makes users `u` members of groups `g` of the tenant, where the condition holds.
pub(crate) fn join(server: &TestServer, tenant: &TestTenant, condition: &str) {
    let id = tenant.id;
    server
        .database()
        .execute(&format!(
            "INSERT INTO memberships (tenant_id, user_id, group_id)
             SELECT {id}, u.id, g.id FROM users u, groups g
             WHERE u.tenant_id = {id} AND g.tenant_id = {id} AND {condition}"
        ))
        .unwrap();
}

/// A list of several megabytes in several chunks: more than the kernel takes for a client that does not read.
pub(crate) fn add_long_list(server: &TestServer, tenant: &TestTenant) {
    let name = "李".repeat(250);
    add_users(server, tenant, 5_500, &name);
    add_groups(server, tenant, 3, &name);
    join(server, tenant, "1 = 1");
}

/// All rows of all tables as text, with the table's name in front; of a tenant only, where one is given. When a key was last
/// used is left out: it is written after the answer.
pub(crate) fn dump(backend: Backend, database: &TestDatabase, tenant: Option<i64>) -> Vec<String> {
    let (columns, text) = match backend {
        Backend::Sqlite => (
            "SELECT m.name || ' ' || c.name AS value FROM sqlite_master m, pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid",
            "quote",
        ),
        Backend::Postgres => (
            "SELECT table_name || ' ' || column_name AS value FROM information_schema.columns
             WHERE table_schema = 'public' ORDER BY table_name, ordinal_position",
            "quote_nullable",
        ),
    };
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for pair in database.query(columns).unwrap() {
        let (table, column) = pair.split_once(' ').unwrap();
        if column == "last_used_at" {
            continue;
        }
        let columns = tables.entry(table.to_owned()).or_default();
        columns.push(column.to_owned());
    }
    let selects: Vec<String> = tables
        .iter()
        .filter_map(|(table, columns)| {
            let of_tenant = match tenant {
                None => String::new(),
                Some(id) if table == "tenants" => format!("WHERE id = {id}"),
                Some(id) if columns.iter().any(|column| column == "tenant_id") => {
                    format!("WHERE tenant_id = {id}")
                }
                Some(_) => return None,
            };
            let texts: Vec<_> = columns.iter().map(|c| format!("{text}(\"{c}\")")).collect();
            let row = texts.join(" || ' ' || ");
            Some(format!(
                "SELECT '{table} ' || {row} AS value FROM \"{table}\" {of_tenant}"
            ))
        })
        .collect();
    let all = selects.join(" UNION ALL ");
    database.query(&format!("{all} ORDER BY 1")).unwrap()
}
