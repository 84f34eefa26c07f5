//! The numbers from which ids go on: the highest ever given, though its row may be gone.

use super::tables::TABLES;
use crate::db::Conn;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

/// A table whose rows are numbered.
#[derive(Debug, QueryableByName)]
pub(super) struct Counter {
    #[diesel(sql_type = Text)]
    table: String,
    #[diesel(sql_type = BigInt)]
    highest: i64,
}

/// The highest number given in each of the tables that are copied and have given one.
pub(super) fn read(conn: &mut Conn) -> QueryResult<Vec<Counter>> {
    let sql = match conn {
        Conn::Sqlite(_) => "SELECT name AS \"table\", seq AS highest FROM sqlite_sequence WHERE seq > 0",
        Conn::Postgres(_) => {
            "SELECT t.relname::text AS \"table\", pg_sequence_last_value(s.oid) AS highest
             FROM pg_class s
             JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype = 'i'
             JOIN pg_class t ON t.oid = d.refobjid AND d.refclassid = 'pg_class'::regclass
             WHERE s.relkind = 'S' AND t.relnamespace = current_schema()::regnamespace
             AND pg_sequence_last_value(s.oid) > 0"
        }
    };
    let mut counters: Vec<Counter> = diesel::sql_query(sql).load(conn)?;
    counters.retain(|counter| TABLES.iter().any(|(name, _)| *name == counter.table));
    Ok(counters)
}

/// Lets a table go on behind a number, and behind the rows that it has.
pub(super) fn write(conn: &mut Conn, counter: &Counter) -> QueryResult<()> {
    let Counter { table, highest } = counter;
    match conn {
        Conn::Sqlite(conn) => {
            diesel::sql_query(
                "INSERT INTO sqlite_sequence (name, seq)
                 SELECT ?, 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?)",
            )
            .bind::<Text, _>(table)
            .bind::<Text, _>(table)
            .execute(conn)?;
            diesel::sql_query("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?")
                .bind::<BigInt, _>(highest)
                .bind::<Text, _>(table)
                .execute(conn)?;
        }
        Conn::Postgres(conn) => {
            // The name is one of `TABLES`.
            diesel::sql_query(format!(
                "SELECT setval(pg_get_serial_sequence('{table}', 'id'), highest)
                 FROM (SELECT greatest($1, max(id)) AS highest FROM {table}) given WHERE highest > 0"
            ))
            .bind::<BigInt, _>(highest)
            .execute(conn)?;
        }
    }
    Ok(())
}
