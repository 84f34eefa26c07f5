//! What PostgreSQL's planner knows of the tables.

use super::conn::Conn;
use diesel::prelude::*;
use diesel::sql_types::Bool;

/// Lets PostgreSQL count the users and groups that a transaction adds by the thousand, where it believes the tables to be as good as empty.
///
/// It plans its checks of foreign keys once a connection. In an empty table one index is as good as another, so that each check may
/// go through all users of the tenant, however many there are by then. Statistics make it plan anew. SQLite asks for none.
pub fn refresh(conn: &mut Conn) -> QueryResult<()> {
    const FEW: &str =
        "SELECT reltuples < 1000 AS is_needed FROM pg_class WHERE oid = 'users'::regclass";
    #[derive(QueryableByName)]
    struct Needed {
        #[diesel(sql_type = Bool)]
        is_needed: bool,
    }
    let Conn::Postgres(conn) = conn else {
        return Ok(());
    };
    if diesel::sql_query(FEW).get_result::<Needed>(conn)?.is_needed {
        diesel::sql_query("ANALYZE users, groups").execute(conn)?;
    }
    Ok(())
}
