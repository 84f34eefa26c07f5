//! The acting user's own API keys.

use super::{get_active_for_update, own_id};
use crate::db::api_keys;
use crate::error::Result;
use crate::service::keys::{Minted, added};
use crate::service::{Access, Tx, UseCase};
use roster_domain::Error as Refusal;
use roster_domain::audit::{Action, Event};
use roster_domain::credential::{
    ApiKey, CreateOwnKey, KeyDetails, ListOwnKeys, RevokeOwnKey, RotateOwnKey,
};
use roster_domain::permission::Permit;
use roster_domain::user::User;
use serde_json::Map;
use std::time::Duration;

/// A key that was just made: shown to its owner this once.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// What is known of it later.
    pub details: KeyDetails,
    /// The key itself.
    pub key: ApiKey,
}

impl UseCase for ListOwnKeys {
    type Outcome = Vec<KeyDetails>;
    const ACCESS: Access = Access::Read;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<Vec<KeyDetails>> {
        Ok(api_keys::list(
            tx.conn,
            permit.tenant_id(),
            own_id(permit)?,
        )?)
    }
}

/// The acting user, who may use the API; locked.
fn get_api_user<A>(tx: &mut Tx<'_>, permit: &Permit<A>) -> Result<User> {
    let user = get_active_for_update(tx, permit)?;
    if user.allow_authentication_token {
        Ok(user)
    } else {
        Err(Refusal::ApiAccessOff.into())
    }
}

impl UseCase for CreateOwnKey {
    type Outcome = NewKey;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<NewKey> {
        let owner = get_api_user(tx, permit)?;
        let minted = Minted {
            key: &self.key,
            label: self.label.as_ref(),
            expires_at: crate::service::keys::expiry(
                tx.now,
                self.expires_in_days,
                "expires_in_days",
            )?,
        };
        let (details, event) = added(tx, &owner, &minted, Action::KeyCreate)?;
        tx.record(permit, &event)?;
        let key = self.key.clone();
        Ok(NewKey { details, key })
    }
}

impl UseCase for RotateOwnKey {
    type Outcome = NewKey;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<NewKey> {
        let owner = get_api_user(tx, permit)?;
        let old = api_keys::find_of_user(tx.conn, owner.tenant_id, owner.id, self.id)?
            .ok_or(Refusal::NotFound)?;
        if old.expires_at.is_some_and(|end| end <= tx.now) {
            return Err(Refusal::KeyExpired.into());
        }
        let overlap = Duration::from_secs(u64::from(self.overlap_minutes) * 60);
        let dies_at = tx.now.plus(overlap);
        let dies_at = old.expires_at.map_or(dies_at, |end| end.min(dies_at));
        api_keys::set_expiry(tx.conn, old.id, dies_at)?;
        let minted = Minted {
            key: &self.key,
            label: old.label.as_ref(),
            expires_at: old
                .expires_at
                .map(|end| tx.now.plus(old.created_at.until(end))),
        };
        let (details, mut event) = added(tx, &owner, &minted, Action::KeyRotate)?;
        event.before = Some(Map::from_iter([
            ("id".to_owned(), old.id.0.into()),
            ("prefix".to_owned(), old.prefix.into()),
            ("expires_at".to_owned(), dies_at.to_string().into()),
        ]));
        tx.record(permit, &event)?;
        let key = self.key.clone();
        Ok(NewKey { details, key })
    }
}

impl UseCase for RevokeOwnKey {
    type Outcome = ();
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<()> {
        let owner = get_active_for_update(tx, permit)?;
        let key = api_keys::find_of_user(tx.conn, owner.tenant_id, owner.id, self.id)?
            .ok_or(Refusal::NotFound)?;
        api_keys::delete(tx.conn, key.id)?;
        let before = Map::from_iter([("user_id".to_owned(), owner.id.0.into())]);
        let target = crate::service::keys::target(key.id, key.prefix);
        tx.record(permit, &Event::removal(Action::KeyRevoke, target, before))
    }
}
