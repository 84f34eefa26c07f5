//! What is copied: all tables with their columns, each in the same words for both databases.

use crate::db::Conn;
use diesel::QueryResult;

/// Reads and writes one table, whatever its columns are.
pub(super) trait Copied {
    /// A row of it.
    type Row: serde::Serialize;

    /// The table's name.
    const NAME: &'static str;

    /// How many rows there are.
    fn count(conn: &mut Conn) -> QueryResult<i64>;

    /// Reads all rows, one after the other.
    fn for_each<E: From<diesel::result::Error>>(
        conn: &mut Conn,
        work: impl FnMut(Self::Row) -> Result<(), E>,
    ) -> Result<(), E>;

    /// Adds rows, at most a thousand: databases limit how many values a statement takes.
    fn insert(conn: &mut Conn, rows: &[Self::Row]) -> QueryResult<()>;
}

/// Work to be done for every table.
pub(super) trait Visitor {
    /// Why it may fail.
    type Error;

    /// Does it for one table.
    fn visit<T: Copied>(&mut self) -> Result<(), Self::Error>;
}

macro_rules! tables {
    ($($table:ident { $($column:ident: $type:ty),+ $(,)? })+) => {
        /// The tables that are copied, with their columns, in an order in which none refers to a later one.
        pub const TABLES: &[(&str, &[&str])] = &[$((stringify!($table), &[$(stringify!($column)),+])),+];

        /// Does some work for every table, in the order of [`TABLES`].
        pub(super) fn visit_all<V: Visitor>(visitor: &mut V) -> Result<(), V::Error> {
            $(visitor.visit::<$table::Table>()?;)+
            Ok(())
        }

        $(mod $table {
            use super::*;
            use crate::db::schema::$table::dsl;
            use diesel::connection::DefaultLoadingMode;
            use diesel::pg::PgRowByRowLoadingMode;
            use diesel::prelude::*;

            pub struct Table;

            #[derive(Queryable, Insertable, serde::Serialize)]
            #[diesel(table_name = crate::db::schema::$table, treat_none_as_default_value = false)]
            pub struct Row {
                $($column: $type),+
            }

            impl Copied for Table {
                type Row = Row;
                const NAME: &'static str = stringify!($table);

                fn count(conn: &mut Conn) -> QueryResult<i64> {
                    dsl::$table.count().get_result(conn)
                }

                fn for_each<E: From<diesel::result::Error>>(
                    conn: &mut Conn,
                    mut work: impl FnMut(Row) -> Result<(), E>,
                ) -> Result<(), E> {
                    let rows = dsl::$table.select(($(dsl::$column,)+));
                    // Only what knows its database can read row by row.
                    match conn {
                        Conn::Sqlite(conn) => {
                            rows.load_iter::<Row, DefaultLoadingMode>(conn)?.try_for_each(|row| work(row?))
                        }
                        Conn::Postgres(conn) => {
                            rows.load_iter::<Row, PgRowByRowLoadingMode>(conn)?.try_for_each(|row| work(row?))
                        }
                    }
                }

                fn insert(conn: &mut Conn, rows: &[Row]) -> QueryResult<()> {
                    let statement = diesel::insert_into(dsl::$table).values(rows);
                    // Only what knows its database can insert many at once.
                    match conn {
                        Conn::Sqlite(conn) => statement.execute(conn)?,
                        Conn::Postgres(conn) => statement.execute(conn)?,
                    };
                    Ok(())
                }
            }
        })+
    };
}

type Bytes = Vec<u8>;

tables! {
    tenants { id: i64, name: String, name_key: String, version: i64, created_at: i64, slug: String }
    users {
        id: i64, tenant_id: i64, email: String, email_key: String, name: Option<String>, title: Option<String>, role: String,
        allow_authentication_token: bool, activated_at: Option<i64>, deleted_at: Option<i64>,
        current_sign_in_at: Option<i64>, last_sign_in_at: Option<i64>, invitation_generation: i64, version: i64,
        created_at: i64, updated_at: i64, job_title: Option<String>, enable_export_data: bool, settings: String,
        status: String, name_key: String, initials_key: String, search_key: String,
    }
    groups { id: i64, tenant_id: i64, name: String, name_key: String, version: i64, created_at: i64, updated_at: i64 }
    memberships { tenant_id: i64, user_id: i64, group_id: i64 }
    api_keys {
        id: i64, tenant_id: i64, user_id: i64, hash: Bytes, prefix: String, label: Option<String>, created_at: i64,
        expires_at: Option<i64>, last_used_at: Option<i64>,
    }
    passwords { tenant_id: i64, user_id: i64, hash: String, changed_at: i64 }
    sessions {
        id: i64, tenant_id: i64, user_id: i64, hash: Bytes, created_at: i64, last_seen_at: i64, expires_at: i64,
        ip: Option<String>, user_agent: Option<String>,
    }
    links {
        id: i64, tenant_id: i64, user_id: i64, kind: String, hash: Bytes, generation: i64, sender_id: Option<i64>,
        created_at: i64, expires_at: i64, used_at: Option<i64>,
    }
    jobs { id: i64, tenant_id: i64, user_id: Option<i64>, created_at: i64 }
    outbox {
        id: i64, tenant_id: i64, user_id: i64, kind: String, generation: i64, sender_id: Option<i64>,
        message: Option<String>, status: String, created_at: i64, attempts: i64, next_attempt_at: i64,
        finished_at: Option<i64>, last_error: Option<String>, job_id: Option<i64>,
    }
    user_attributes {
        id: i64, tenant_id: i64, name: String, name_key: String, attribute_type: String, label: String,
        description: Option<String>, is_system: bool, created_at: i64,
    }
    user_attribute_entries {
        id: i64, tenant_id: i64, user_attribute_id: i64, user_id: Option<i64>, group_id: Option<i64>, input_type: String,
        entry_values: String,
    }
    idempotency_keys {
        tenant_id: i64, user_id: i64, key_hash: Bytes, request_hash: Bytes, status: i64, body: String, created_at: i64,
    }
    // Without the number of the transaction: it is the copying one's, as another server's numbers mean nothing here.
    audit_events {
        id: i64, tenant_id: i64, occurred_at: i64, actor_kind: String, actor_id: Option<i64>, actor_email: Option<String>,
        action: String, target_type: String, target_id: i64, target_label: String, before_change: Option<String>,
        after_change: Option<String>, request_id: Option<String>, ip: Option<String>, via: String,
    }
    attempts { key: Bytes, started_at: i64, count: i64 }
    server_keys { name: String, key: Bytes }
}
