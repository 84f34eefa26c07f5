//! The bare inserts that an invitation is compared with on SQLite: the very rows that Roster wrote for one, again and again.

use crate::dataset::connect;
use crate::failure::{Required, Result};
use rusqlite::types::Value;
use rusqlite::{ErrorCode, OptionalExtension, TransactionBehavior, params_from_iter};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A row to be written again: the statement, and its values.
#[derive(Debug)]
struct Row {
    insert: String,
    columns: Vec<String>,
    values: Vec<Value>,
}

/// All rows of one invitation.
#[derive(Debug)]
pub(crate) struct Invitation {
    file: PathBuf,
    address: String,
    key_hash: Vec<u8>,
    job: Option<Row>,
    user: Row,
    outbox: Row,
    event: Row,
    next: AtomicU64,
}

const FIND_KEY: &str = "SELECT k.id, k.expires_at, k.last_used_at, u.* FROM api_keys k JOIN users u ON u.tenant_id = k.tenant_id AND u.id = k.user_id WHERE k.hash = ?1";
const FIND_USER: &str = "SELECT * FROM users WHERE tenant_id = 1 AND email_key = ?1";

impl Invitation {
    /// Reads what Roster wrote for an address into one file, to write the like of it into another.
    pub(crate) fn of(address: &str, from: &Path, into: &Path) -> Result<Self> {
        let conn = connect(from)?;
        let key = conn.query_row("SELECT hash FROM api_keys ORDER BY id LIMIT 1", [], |row| {
            row.get(0)
        })?;
        let id = "(SELECT id FROM users WHERE email = ?1)";
        let row = |table: &str, condition: &str| Row::read(&conn, table, condition, address);
        let outbox = format!("user_id = {id}");
        Ok(Self {
            file: into.to_owned(),
            address: address.to_owned(),
            key_hash: key,
            job: row(
                "jobs",
                &format!("id = (SELECT job_id FROM outbox WHERE {outbox})"),
            )?,
            user: row("users", &format!("id = {id}"))?.or_missing("the user who was invited")?,
            outbox: row("outbox", &outbox)?.or_missing("the mail of the invitation")?,
            event: row(
                "audit_events",
                &format!("target_type = 'user' AND target_id = {id}"),
            )?
            .or_missing("the audit event of the invitation")?,
            next: AtomicU64::new(1),
        })
    }

    /// A connection to the file.
    pub(crate) fn connect(&self) -> Result<rusqlite::Connection> {
        connect(&self.file)
    }

    /// Writes the rows of one more, durably. Whoever has waited for the others in vain tries again.
    pub(crate) fn write(&self, conn: &mut rusqlite::Connection) -> Result<()> {
        loop {
            match self.try_to_write(conn) {
                Err(rusqlite::Error::SqliteFailure(error, _))
                    if error.code == ErrorCode::DatabaseBusy => {}
                ended => return Ok(ended?),
            }
        }
    }

    fn try_to_write(&self, conn: &mut rusqlite::Connection) -> rusqlite::Result<()> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let address = self.address.replacen('@', &format!("-{number}@"), 1);
        let again = |row: &Row, ids: &[(&str, i64)]| row.with(&self.address, &address, ids);
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found = |_: &rusqlite::Row<'_>| Ok(());
        tx.prepare_cached(FIND_KEY)?
            .query_row([&self.key_hash], found)?;
        tx.prepare_cached(FIND_USER)?
            .query_row([&address], found)
            .optional()?;
        let mut ids = Vec::new();
        if let Some(job) = &self.job {
            tx.prepare_cached(&job.insert)?
                .execute(params_from_iter(again(job, &[])))?;
            ids.push(("job_id", tx.last_insert_rowid()));
        }
        tx.prepare_cached(&self.user.insert)?
            .execute(params_from_iter(again(&self.user, &[])))?;
        let user = tx.last_insert_rowid();
        ids.extend([("user_id", user), ("target_id", user)]);
        for row in [&self.outbox, &self.event] {
            tx.prepare_cached(&row.insert)?
                .execute(params_from_iter(again(row, &ids)))?;
        }
        tx.commit()
    }
}

impl Row {
    fn read(
        conn: &rusqlite::Connection,
        table: &str,
        condition: &str,
        address: &str,
    ) -> Result<Option<Self>> {
        let sql = format!("SELECT * FROM {table} WHERE {condition} ORDER BY id DESC LIMIT 1");
        let mut statement = conn.prepare(&sql)?;
        let all: Vec<_> = statement
            .column_names()
            .into_iter()
            .map(str::to_owned)
            .collect();
        let binds = statement.parameter_count();
        let read = |row: &rusqlite::Row<'_>| (0..all.len()).map(|at| row.get(at)).collect();
        let values: Option<rusqlite::Result<Vec<Value>>> = statement
            .query_row(params_from_iter([address].into_iter().take(binds)), |row| {
                Ok(read(row))
            })
            .optional()?;
        let Some(values) = values.transpose()? else {
            return Ok(None);
        };
        // Each row gets an id of its own.
        let kept = all
            .into_iter()
            .zip(values)
            .filter(|(column, _)| column != "id");
        let (columns, values): (Vec<_>, Vec<_>) = kept.unzip();
        let marks = vec!["?"; columns.len()].join(", ");
        let insert = format!(
            "INSERT INTO {table} ({}) VALUES ({marks})",
            columns.join(", ")
        );
        Ok(Some(Self {
            insert,
            columns,
            values,
        }))
    }

    /// The values with another address and other ids.
    fn with(&self, old: &str, new: &str, ids: &[(&str, i64)]) -> Vec<Value> {
        let pairs = self.columns.iter().zip(&self.values);
        pairs
            .map(
                |(column, value)| match (ids.iter().find(|(name, _)| name == column), value) {
                    (Some((_, id)), _) => Value::Integer(*id),
                    (None, Value::Text(text)) => Value::Text(text.replace(old, new)),
                    (None, other) => other.clone(),
                },
            )
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_written_again_with_another_address() {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        conn.execute_batch(
            "CREATE TABLE outbox (id INTEGER PRIMARY KEY, user_id INTEGER, note TEXT, size INTEGER);
             INSERT INTO outbox VALUES (1, 7, 'to a@x.io', NULL);",
        )
        .unwrap();
        let row = Row::read(&conn, "outbox", "note LIKE '%' || ?1", "a@x.io")
            .unwrap()
            .unwrap();
        assert_eq!(
            row.insert,
            "INSERT INTO outbox (user_id, note, size) VALUES (?, ?, ?)"
        );
        let values = row.with("a@x.io", "b@x.io", &[("user_id", 9)]);
        let wanted = [
            Value::Integer(9),
            Value::Text("to b@x.io".to_owned()),
            Value::Null,
        ];
        assert_eq!(values, wanted);
        assert!(Row::read(&conn, "outbox", "id = 2", "").unwrap().is_none());
    }
}
