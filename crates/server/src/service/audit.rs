//! Reading the audit trail. Only the command line does it so far, so no permit is asked for.

use super::State;
use crate::db::audit;
use crate::error::Result;
use roster_domain::id::TenantId;
use roster_domain::wire::audit::AuditEvent;

const EVENTS_A_CHUNK: i64 = 1_000;

/// The tenant's events behind one, ordered by id; none when there are no more.
///
/// # Errors
/// The database fails.
pub async fn audit_chunk(state: &State, tenant: TenantId, after: i64) -> Result<Vec<AuditEvent>> {
    state
        .database
        .read_tx(move |conn| audit::chunk(conn, tenant, after, EVENTS_A_CHUNK))
        .await
}
