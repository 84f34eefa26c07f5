//! Reading the audit trail.

use super::{Access, Tx, UseCase};
use crate::db::audit;
use crate::error::Result;
use roster_domain::audit::ListAuditEvents;
use roster_domain::page::Rows;
use roster_domain::permission::Permit;
use roster_domain::wire::audit::AuditEvent;

impl UseCase for ListAuditEvents {
    type Outcome = Rows<AuditEvent>;
    const ACCESS: Access = Access::Read;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<Self::Outcome> {
        audit::page(tx.conn, permit.tenant_id(), &self.filter, &self.page)
    }
}
