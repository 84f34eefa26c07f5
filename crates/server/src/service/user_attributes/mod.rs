//! The use cases about user attributes.

mod entries;

use super::{Access, Tx, UseCase};
use crate::db::{fault::Unique, user_attribute_entries, user_attributes};
use crate::error::Result;
use roster_domain::Error as Refusal;
use roster_domain::audit::{Action, Event, Target, TargetKind};
use roster_domain::id::UserAttributeId;
use roster_domain::page::Rows;
use roster_domain::permission::Permit;
use roster_domain::user_attribute::{
    CreateUserAttribute, DeleteUserAttribute, GetUserAttribute, PageUserAttributes,
    UpdateUserAttribute, UserAttribute,
};

impl UseCase for PageUserAttributes {
    type Outcome = Rows<UserAttribute>;
    const ACCESS: Access = Access::Read;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<Rows<UserAttribute>> {
        let read = user_attributes::page(tx.conn, permit.tenant_id(), &self.page)?;
        Ok(Rows::of_read(read, &self.page))
    }
}

impl UseCase for GetUserAttribute {
    type Outcome = UserAttribute;
    const ACCESS: Access = Access::Read;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<UserAttribute> {
        let found = user_attributes::find(tx.conn, permit.tenant_id(), self.attribute)?;
        Ok(found.ok_or(Refusal::NotFound)?)
    }
}

impl UseCase for CreateUserAttribute {
    type Outcome = UserAttribute;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<UserAttribute> {
        let tenant_id = permit.tenant_id();
        let id = user_attributes::insert(tx.conn, tenant_id, self, tx.now)
            .map_err(Unique::UserAttributeName.means(Refusal::AttributeNameTaken))?;
        let CreateUserAttribute {
            name,
            attribute_type,
            label,
            description,
        } = self.clone();
        let attribute = UserAttribute {
            id,
            tenant_id,
            name,
            attribute_type,
            label,
            description,
            is_system: false,
        };
        let (target, after) = (target(&attribute), attribute.audited());
        tx.record(
            permit,
            &Event::addition(Action::UserAttributeCreate, target, after),
        )?;
        Ok(attribute)
    }
}

impl UseCase for UpdateUserAttribute {
    type Outcome = UserAttribute;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<UserAttribute> {
        let before = get_for_update(tx, permit, self.attribute)?;
        let after = before.clone().update(self.changes.clone())?;
        if after.attribute_type != before.attribute_type {
            ensure_values_fit(tx, &after)?;
        }
        user_attributes::update(tx.conn, &after)
            .map_err(Unique::UserAttributeName.means(Refusal::AttributeNameTaken))?;
        let event = Event::change(
            Action::UserAttributeUpdate,
            target(&after),
            &before.audited(),
            &after.audited(),
        );
        tx.record(permit, &event)?;
        Ok(after)
    }
}

impl UseCase for DeleteUserAttribute {
    type Outcome = ();
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<()> {
        let (tenant, id) = (permit.tenant_id(), self.attribute);
        let attribute = get_for_update(tx, permit, id)?.changeable()?;
        let entries = user_attribute_entries::count_of_attribute(tx.conn, tenant, id)?;
        user_attributes::delete(tx.conn, tenant, id)?;
        let mut before = attribute.audited();
        before.insert("entries".to_owned(), entries.into());
        let event = Event::removal(Action::UserAttributeDelete, target(&attribute), before);
        tx.record(permit, &event)
    }
}

/// The attribute to change, which nobody else changes or sets entries of until the transaction ends.
fn get_for_update<A>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    id: UserAttributeId,
) -> Result<UserAttribute> {
    let found = user_attributes::find_for_update(tx.conn, permit.tenant_id(), id)?;
    Ok(found.ok_or(Refusal::NotFound)?)
}

/// Refuses a type that a value of the attribute does not fit. The values are read a chunk at a time.
fn ensure_values_fit(tx: &mut Tx<'_>, attribute: &UserAttribute) -> Result<()> {
    const A_CHUNK: i64 = 1_000;
    let (tenant, id) = (attribute.tenant_id, attribute.id);
    let mut after = None;
    loop {
        let chunk =
            user_attribute_entries::values_of_attribute(tx.conn, tenant, id, after, A_CHUNK)?;
        let Some((last, _)) = chunk.last() else {
            return Ok(());
        };
        after = Some(*last);
        let mut values = chunk.iter().flat_map(|(_, values)| values);
        if values.any(|value| attribute.attribute_type.check(value).is_err()) {
            return Err(UserAttribute::type_does_not_fit().into());
        }
    }
}

fn target(attribute: &UserAttribute) -> Target {
    Target {
        kind: TargetKind::UserAttribute,
        id: attribute.id.0,
        label: attribute.name.as_str().to_owned(),
    }
}
