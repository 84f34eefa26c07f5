//! The use cases about API keys.

use super::{Access, Tx, UseCase};
use crate::db::{api_keys, fault::Unique, users};
use crate::error::Result;
use roster_domain::audit::{Action, Event, Target, TargetKind};
use roster_domain::credential::CreateKey;
use roster_domain::permission::Permit;
use roster_domain::user::User;
use roster_domain::{Error as Refusal, Fault};
use serde_json::{Map, Value};

impl UseCase for CreateKey {
    type Outcome = User;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<User> {
        let tenant = permit.tenant_id();
        let owner = users::find_by_email(tx.conn, tenant, &self.email)?
            .ok_or(Refusal::NotFound)?
            .changeable()?;
        let expires_at = match self.expires_in_days {
            None => None,
            Some(days) => Some(tx.now.plus_days(days).ok_or(Refusal::field(
                "expires",
                Fault::new("too_far", "is beyond the calendar"),
            ))?),
        };
        let label = self.label.as_ref();
        let id = api_keys::insert(
            tx.conn,
            (tenant, owner.id),
            &self.key,
            label,
            expires_at,
            tx.now,
        )
        .map_err(Unique::ApiKey.means(Refusal::KeyTaken))?;
        let target = Target {
            kind: TargetKind::Key,
            id: id.0,
            label: self.key.prefix(),
        };
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
        let event = Event::addition(Action::KeyCreate, target, after);
        tx.record(permit, &event)?;
        Ok(owner)
    }
}
