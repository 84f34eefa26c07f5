//! The numbers from which ids go on: the highest ever given, though its row may be gone.

use super::tables::TABLES;
use crate::db::Conn;
use diesel::connection::SimpleConnection;
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

/// Keeps others from adding users and groups until the transaction ends, so that none is given an id that is being taken.
/// On SQLite nobody else writes anyway.
pub(crate) fn lock_ids(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Sqlite(_) => Ok(()),
        Conn::Postgres(conn) => {
            conn.batch_execute("LOCK TABLE users, groups IN SHARE ROW EXCLUSIVE MODE")
        }
    }
}

/// Lets users and groups go on behind the ids that were taken.
pub(crate) fn go_on_behind_ids(conn: &mut Conn) -> QueryResult<()> {
    if let Conn::Sqlite(_) = conn {
        // It does so by itself.
        return Ok(());
    }
    let given = read(conn)?;
    for table in ["users", "groups"] {
        let highest = given.iter().find(|counter| counter.table == table);
        let counter = Counter {
            table: table.to_owned(),
            highest: highest.map_or(0, |counter| counter.highest),
        };
        write(conn, &counter)?;
    }
    Ok(())
}
