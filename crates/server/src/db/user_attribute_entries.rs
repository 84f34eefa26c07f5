//! The rows of what user attributes are for users and groups.

use super::conn::Conn;
use super::schema::{memberships, user_attribute_entries as entries, user_attributes};
use crate::error::{Error, Result};
use diesel::prelude::*;
use roster_domain::id::{GroupId, TenantId, UserAttributeEntryId, UserAttributeId, UserId};
use roster_domain::name::Name;
use roster_domain::page::{Page, Position};
use roster_domain::user_attribute::{Input, InputType, Subject, UserAttributeEntry};

/// An entry's row with its attribute's name, in the order of [`COLUMNS`].
#[derive(Debug, Queryable)]
struct Row {
    id: i64,
    user_attribute_id: i64,
    user_id: Option<i64>,
    group_id: Option<i64>,
    input_type: String,
    entry_values: String,
    attribute_name: String,
}

type Columns = (
    entries::id,
    entries::user_attribute_id,
    entries::user_id,
    entries::group_id,
    entries::input_type,
    entries::entry_values,
    user_attributes::name,
);

const COLUMNS: Columns = (
    entries::id,
    entries::user_attribute_id,
    entries::user_id,
    entries::group_id,
    entries::input_type,
    entries::entry_values,
    user_attributes::name,
);

impl TryFrom<Row> for UserAttributeEntry {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let unknown = || Error::internal(format!("user attribute entry {} is unreadable", row.id));
        let subject = match (row.user_id, row.group_id) {
            (Some(id), None) => Subject::User(UserId(id)),
            (None, Some(id)) => Subject::Group(GroupId(id)),
            (Some(_), Some(_)) | (None, None) => return Err(unknown()),
        };
        let input_type = InputType::parse(&row.input_type).map_err(|_| unknown())?;
        Ok(Self {
            id: UserAttributeEntryId(row.id),
            attribute: UserAttributeId(row.user_attribute_id),
            attribute_name: Name::from_stored(row.attribute_name),
            subject,
            input: Input::from_stored(input_type, values(&row.entry_values)?),
        })
    }
}

fn values(json: &str) -> Result<Vec<String>> {
    serde_json::from_str(json).map_err(Error::internal)
}

fn read(rows: Vec<Row>) -> Result<Vec<UserAttributeEntry>> {
    rows.into_iter().map(UserAttributeEntry::try_from).collect()
}

/// The user and the group of a subject, of which there is one.
fn ids(subject: Subject) -> (Option<i64>, Option<i64>) {
    match subject {
        Subject::User(id) => (Some(id.0), None),
        Subject::Group(id) => (None, Some(id.0)),
    }
}

/// The entries of a subject, ordered by attribute: up to one more than the page has, where there is a page. Those before a position
/// come in the opposite order.
pub fn of_subject(
    conn: &mut Conn,
    tenant: TenantId,
    subject: Subject,
    page: Option<&Page<UserAttributeId>>,
) -> Result<Vec<UserAttributeEntry>> {
    let query = entries::table
        .inner_join(user_attributes::table)
        .filter(entries::tenant_id.eq(tenant.0))
        .select(COLUMNS)
        .into_boxed();
    let query = match subject {
        Subject::User(id) => query.filter(entries::user_id.eq(id.0)),
        Subject::Group(id) => query.filter(entries::group_id.eq(id.0)),
    };
    let query = match page {
        Some(page) => query.limit(i64::from(page.limit) + 1),
        None => query,
    };
    let query = match page.map(|page| page.position) {
        None | Some(Position::Start) => query.order(entries::user_attribute_id.asc()),
        Some(Position::After(id)) => query
            .filter(entries::user_attribute_id.gt(id.0))
            .order(entries::user_attribute_id.asc()),
        Some(Position::Before(id)) => query
            .filter(entries::user_attribute_id.lt(id.0))
            .order(entries::user_attribute_id.desc()),
    };
    read(query.load(conn)?)
}

/// The entries of all groups of a user, ordered by group.
pub fn of_groups_of(
    conn: &mut Conn,
    tenant: TenantId,
    user: UserId,
) -> Result<Vec<UserAttributeEntry>> {
    let groups = memberships::table
        .filter(
            memberships::tenant_id
                .eq(tenant.0)
                .and(memberships::user_id.eq(user.0)),
        )
        .select(memberships::group_id.nullable());
    let rows = entries::table
        .inner_join(user_attributes::table)
        .filter(
            entries::tenant_id
                .eq(tenant.0)
                .and(entries::group_id.eq_any(groups)),
        )
        .order((entries::group_id, entries::user_attribute_id))
        .select(COLUMNS)
        .load(conn)?;
    read(rows)
}

/// The entries of these users and groups for these attributes.
pub fn of_subjects(
    conn: &mut Conn,
    tenant: TenantId,
    (users, groups): (&[UserId], &[GroupId]),
    attributes: &[UserAttributeId],
) -> Result<Vec<UserAttributeEntry>> {
    let users: Vec<i64> = users.iter().map(|id| id.0).collect();
    let groups: Vec<i64> = groups.iter().map(|id| id.0).collect();
    let attributes: Vec<i64> = attributes.iter().map(|id| id.0).collect();
    let rows = entries::table
        .inner_join(user_attributes::table)
        .filter(
            entries::tenant_id
                .eq(tenant.0)
                .and(entries::user_attribute_id.eq_any(attributes))
                .and(
                    entries::user_id
                        .eq_any(users)
                        .or(entries::group_id.eq_any(groups)),
                ),
        )
        .select(COLUMNS)
        .load(conn)?;
    read(rows)
}

/// Adds an entry; the caller has locked the subject and seen that it has none for the attribute.
pub fn insert(
    conn: &mut Conn,
    tenant: TenantId,
    attribute: UserAttributeId,
    subject: Subject,
    input: &Input,
) -> Result<UserAttributeEntryId> {
    let (user, group) = ids(subject);
    let id = diesel::insert_into(entries::table)
        .values((
            entries::tenant_id.eq(tenant.0),
            entries::user_attribute_id.eq(attribute.0),
            entries::user_id.eq(user),
            entries::group_id.eq(group),
            entries::input_type.eq(input.input_type().as_str()),
            entries::entry_values.eq(to_json(input)?),
        ))
        .returning(entries::id)
        .get_result(conn)?;
    Ok(UserAttributeEntryId(id))
}

/// Writes what an entry says.
pub fn update(
    conn: &mut Conn,
    tenant: TenantId,
    id: UserAttributeEntryId,
    input: &Input,
) -> Result<()> {
    let of_id = entries::tenant_id.eq(tenant.0).and(entries::id.eq(id.0));
    diesel::update(entries::table.filter(of_id))
        .set((
            entries::input_type.eq(input.input_type().as_str()),
            entries::entry_values.eq(to_json(input)?),
        ))
        .execute(conn)?;
    Ok(())
}

fn to_json(input: &Input) -> Result<String> {
    serde_json::to_string(input.values()).map_err(Error::internal)
}

/// How many entries an attribute has.
pub fn count_of_attribute(
    conn: &mut Conn,
    tenant: TenantId,
    attribute: UserAttributeId,
) -> QueryResult<i64> {
    entries::table
        .filter(
            entries::tenant_id
                .eq(tenant.0)
                .and(entries::user_attribute_id.eq(attribute.0)),
        )
        .count()
        .get_result(conn)
}

/// The values of an attribute's entries behind one, ordered by the entries' ids.
pub fn values_of_attribute(
    conn: &mut Conn,
    tenant: TenantId,
    attribute: UserAttributeId,
    after: Option<UserAttributeEntryId>,
    limit: i64,
) -> Result<Vec<(UserAttributeEntryId, Vec<String>)>> {
    let rows: Vec<(i64, String)> = entries::table
        .filter(
            entries::tenant_id
                .eq(tenant.0)
                .and(entries::user_attribute_id.eq(attribute.0))
                .and(entries::id.gt(after.map_or(i64::MIN, |id| id.0))),
        )
        .order(entries::id)
        .limit(limit)
        .select((entries::id, entries::entry_values))
        .load(conn)?;
    rows.into_iter()
        .map(|(id, json)| Ok((UserAttributeEntryId(id), values(&json)?)))
        .collect()
}
