//! Changing one's own attributes.

use super::{get_active_for_update, write_own};
use crate::error::Result;
use crate::service::users::{change, details};
use crate::service::{Access, Tx, UseCase};
use roster_domain::audit::Action;
use roster_domain::permission::Permit;
use roster_domain::user::{UpdateOwnUser, UserDetails};

impl UseCase for UpdateOwnUser {
    type Outcome = UserDetails;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<UserDetails> {
        let before = get_active_for_update(tx, permit)?;
        let after = before.clone().update(self.changes.clone(), tx.now)?;
        write_own(tx, &after)?;
        tx.record(permit, &change(Action::UserUpdate, &before, &after))?;
        details(tx, after)
    }
}
