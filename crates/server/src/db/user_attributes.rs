//! The user attributes' rows.

use super::conn::Conn;
use super::schema::user_attributes;
use crate::error::{Error, Result};
use diesel::prelude::*;
use roster_domain::id::{TenantId, UserAttributeId};
use roster_domain::name::{Message, Name};
use roster_domain::page::{Page, Position};
use roster_domain::time::Timestamp;
use roster_domain::user_attribute::{
    AttributeType, CreateUserAttribute, SystemAttribute, UserAttribute,
};

/// An attribute's row, in the order of the columns.
#[derive(Debug, Queryable)]
pub struct UserAttributeRow {
    id: i64,
    tenant_id: i64,
    name: String,
    _name_key: String,
    attribute_type: String,
    label: String,
    description: Option<String>,
    is_system: bool,
    _created_at: i64,
}

impl TryFrom<UserAttributeRow> for UserAttribute {
    type Error = Error;

    fn try_from(row: UserAttributeRow) -> Result<Self> {
        let unknown = |_| Error::internal(format!("user attribute {} has an unknown type", row.id));
        Ok(Self {
            id: UserAttributeId(row.id),
            tenant_id: TenantId(row.tenant_id),
            name: Name::from_stored(row.name),
            attribute_type: AttributeType::parse(&row.attribute_type).map_err(unknown)?,
            label: Name::from_stored(row.label),
            description: row.description.map(Message::from_stored),
            is_system: row.is_system,
        })
    }
}

/// Adds an attribute.
pub fn insert(
    conn: &mut Conn,
    tenant: TenantId,
    new: &CreateUserAttribute,
    now: Timestamp,
) -> QueryResult<UserAttributeId> {
    diesel::insert_into(user_attributes::table)
        .values((
            user_attributes::tenant_id.eq(tenant.0),
            user_attributes::name.eq(new.name.as_str()),
            user_attributes::name_key.eq(new.name.key()),
            user_attributes::attribute_type.eq(new.attribute_type.as_str()),
            user_attributes::label.eq(new.label.as_str()),
            user_attributes::description.eq(new.description.as_ref().map(Message::as_str)),
            user_attributes::is_system.eq(false),
            user_attributes::created_at.eq(now.as_micros()),
        ))
        .returning(user_attributes::id)
        .get_result(conn)
        .map(UserAttributeId)
}

/// Adds the attributes of the system to a new tenant.
pub fn insert_system(conn: &mut Conn, tenant: TenantId, now: Timestamp) -> QueryResult<()> {
    for system in SystemAttribute::ALL {
        diesel::insert_into(user_attributes::table)
            .values((
                user_attributes::tenant_id.eq(tenant.0),
                user_attributes::name.eq(system.name()),
                user_attributes::name_key.eq(system.name()),
                user_attributes::attribute_type.eq(AttributeType::String.as_str()),
                user_attributes::label.eq(system.label()),
                user_attributes::is_system.eq(true),
                user_attributes::created_at.eq(now.as_micros()),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Finds an attribute.
pub fn find(
    conn: &mut Conn,
    tenant: TenantId,
    id: UserAttributeId,
) -> Result<Option<UserAttribute>> {
    user_attributes::table
        .filter(
            user_attributes::tenant_id
                .eq(tenant.0)
                .and(user_attributes::id.eq(id.0)),
        )
        .get_result::<UserAttributeRow>(conn)
        .optional()?
        .map(UserAttribute::try_from)
        .transpose()
}

/// Finds an attribute and keeps others from changing it or setting its entries until the transaction ends.
pub fn find_for_update(
    conn: &mut Conn,
    tenant: TenantId,
    id: UserAttributeId,
) -> Result<Option<UserAttribute>> {
    let of_id = user_attributes::tenant_id
        .eq(tenant.0)
        .and(user_attributes::id.eq(id.0));
    diesel::update(user_attributes::table.filter(of_id))
        .set(user_attributes::is_system.eq(user_attributes::is_system))
        .returning(user_attributes::all_columns)
        .get_result::<UserAttributeRow>(conn)
        .optional()?
        .map(UserAttribute::try_from)
        .transpose()
}

/// The ids of those attributes that have one of these ids or names, ordered.
pub fn named(
    conn: &mut Conn,
    tenant: TenantId,
    ids: &[UserAttributeId],
    name_keys: &[String],
) -> QueryResult<Vec<UserAttributeId>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let found: Vec<i64> = user_attributes::table
        .filter(
            user_attributes::tenant_id.eq(tenant.0).and(
                user_attributes::id
                    .eq_any(ids)
                    .or(user_attributes::name_key.eq_any(name_keys)),
            ),
        )
        .order(user_attributes::id)
        .select(user_attributes::id)
        .load(conn)?;
    Ok(found.into_iter().map(UserAttributeId).collect())
}

/// Up to one attribute more than the page has, ordered by id; those before a position come in the opposite order.
pub fn page(
    conn: &mut Conn,
    tenant: TenantId,
    page: &Page<UserAttributeId>,
) -> Result<Vec<UserAttribute>> {
    let query = user_attributes::table
        .filter(user_attributes::tenant_id.eq(tenant.0))
        .limit(i64::from(page.limit) + 1)
        .into_boxed();
    let query = match page.position {
        Position::Start => query.order(user_attributes::id.asc()),
        Position::After(id) => query
            .filter(user_attributes::id.gt(id.0))
            .order(user_attributes::id.asc()),
        Position::Before(id) => query
            .filter(user_attributes::id.lt(id.0))
            .order(user_attributes::id.desc()),
    };
    let rows: Vec<UserAttributeRow> = query.load(conn)?;
    rows.into_iter().map(UserAttribute::try_from).collect()
}

/// All attributes of a tenant, ordered by id.
pub fn list(conn: &mut Conn, tenant: TenantId) -> Result<Vec<UserAttribute>> {
    let rows: Vec<UserAttributeRow> = user_attributes::table
        .filter(user_attributes::tenant_id.eq(tenant.0))
        .order(user_attributes::id)
        .load(conn)?;
    rows.into_iter().map(UserAttribute::try_from).collect()
}

/// Writes what may change of an attribute.
pub fn update(conn: &mut Conn, attribute: &UserAttribute) -> QueryResult<()> {
    let of_id = user_attributes::tenant_id
        .eq(attribute.tenant_id.0)
        .and(user_attributes::id.eq(attribute.id.0));
    diesel::update(user_attributes::table.filter(of_id))
        .set((
            user_attributes::name.eq(attribute.name.as_str()),
            user_attributes::name_key.eq(attribute.name.key()),
            user_attributes::attribute_type.eq(attribute.attribute_type.as_str()),
            user_attributes::label.eq(attribute.label.as_str()),
            user_attributes::description.eq(attribute.description.as_ref().map(Message::as_str)),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Deletes an attribute; its entries go with it.
pub fn delete(conn: &mut Conn, tenant: TenantId, id: UserAttributeId) -> QueryResult<()> {
    let of_id = user_attributes::tenant_id
        .eq(tenant.0)
        .and(user_attributes::id.eq(id.0));
    diesel::delete(user_attributes::table.filter(of_id))
        .execute(conn)
        .map(|_| ())
}
