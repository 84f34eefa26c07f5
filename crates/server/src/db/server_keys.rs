//! What the servers of one database sign with: made once, the same for all.

use super::conn::Conn;
use super::schema::server_keys;
use diesel::prelude::*;

/// Finds a key.
pub fn find(conn: &mut Conn, name: &str) -> QueryResult<Option<Vec<u8>>> {
    server_keys::table
        .filter(server_keys::name.eq(name))
        .select(server_keys::key)
        .get_result(conn)
        .optional()
}

/// Adds a key.
pub fn insert(conn: &mut Conn, name: &str, key: &[u8]) -> QueryResult<()> {
    diesel::insert_into(server_keys::table)
        .values((server_keys::name.eq(name), server_keys::key.eq(key)))
        .execute(conn)
        .map(|_| ())
}
