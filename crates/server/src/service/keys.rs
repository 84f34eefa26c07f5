//! Making API keys.

use super::{Access, Tx, UseCase};
use crate::db::{api_keys, fault::Unique, users};
use crate::error::Result;
use roster_domain::audit::{Action, Event, Target, TargetKind};
use roster_domain::credential::{ApiKey, CreateKey, KeyDetails};
use roster_domain::id::ApiKeyId;
use roster_domain::name::Name;
use roster_domain::permission::Permit;
use roster_domain::time::Timestamp;
use roster_domain::user::User;
use roster_domain::{Error as Refusal, Fault};
use serde_json::{Map, Value};

impl UseCase for CreateKey {
    type Outcome = User;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<User> {
        let tenant = permit.tenant_id();
        let owner = users::find_by_email(tx.conn, tenant, &self.email)?;
        let owner = owner.ok_or(Refusal::NotFound)?.id;
        // Locked, so that nobody deletes it and its keys at the same moment.
        let owner = users::find_for_update(tx.conn, tenant, owner)?
            .ok_or(Refusal::NotFound)?
            .changeable()?;
        let minted = Minted {
            key: &self.key,
            label: self.label.as_ref(),
            expires_at: expiry(tx.now, self.expires_in_days, "expires")?,
        };
        let (_, event) = added(tx, &owner, &minted, Action::KeyCreate)?;
        tx.record(permit, &event)?;
        Ok(owner)
    }
}

/// A key that is about to be kept.
pub(super) struct Minted<'a> {
    pub(super) key: &'a ApiKey,
    pub(super) label: Option<&'a Name>,
    pub(super) expires_at: Option<Timestamp>,
}

/// Adds a key of a user; gives what is known of it, and the event to be recorded.
pub(super) fn added(
    tx: &mut Tx<'_>,
    owner: &User,
    minted: &Minted<'_>,
    action: Action,
) -> Result<(KeyDetails, Event)> {
    let Minted {
        key,
        label,
        expires_at,
    } = *minted;
    let owner_id = (owner.tenant_id, owner.id);
    let id = api_keys::insert(tx.conn, owner_id, key, label, expires_at, tx.now)
        .map_err(Unique::ApiKey.means(Refusal::KeyTaken))?;
    let text = |text: Option<String>| text.map(Value::from).into();
    let after = Map::from_iter([
        ("user_id".to_owned(), owner.id.0.into()),
        (
            "label".to_owned(),
            text(label.map(|label| label.as_str().to_owned())),
        ),
        (
            "expires_at".to_owned(),
            text(expires_at.map(|at| at.to_string())),
        ),
    ]);
    let details = KeyDetails {
        id,
        label: label.cloned(),
        prefix: key.prefix(),
        created_at: tx.now,
        last_used_at: None,
        expires_at,
    };
    let event = Event::addition(action, target(id, key.prefix()), after);
    Ok((details, event))
}

/// The key as the target of an event.
pub(super) fn target(id: ApiKeyId, prefix: String) -> Target {
    Target {
        kind: TargetKind::Key,
        id: id.0,
        label: prefix,
    }
}

/// When a key dies that lives for so many days; `field` is what asked for that.
pub(super) fn expiry(now: Timestamp, days: Option<u32>, field: &str) -> Result<Option<Timestamp>> {
    match days {
        None => Ok(None),
        Some(days) => {
            let end = now.plus_days(days);
            let too_far = Fault::new("too_far", "is beyond the calendar");
            Ok(Some(end.ok_or(Refusal::field(field, too_far))?))
        }
    }
}
