//! The use cases about groups.

use super::users::ensure_version;
use super::{Access, Tx, UseCase};
use crate::db::{fault::Unique, groups, memberships, users};
use crate::error::{Error, Result};
use roster_domain::Error as Refusal;
use roster_domain::audit::{Action, Event, Target, TargetKind};
use roster_domain::group::{
    AddMember, CreateGroup, DeleteGroup, GetGroup, Group, GroupDetails, GroupPage, GroupSize,
    ListGroups, PageGroups, RemoveMember, RenameGroup,
};
use roster_domain::id::{GroupId, TenantId, UserId};
use roster_domain::page::Rows;
use roster_domain::permission::Permit;
use roster_domain::user::{User, UserDetails};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// How many groups a chunk of a list holds.
pub const GROUPS_A_CHUNK: usize = 1_000;

impl UseCase for ListGroups {
    type Outcome = Vec<GroupSize>;
    const ACCESS: Access = Access::Read;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<Vec<GroupSize>> {
        let limit = i64::try_from(GROUPS_A_CHUNK).map_err(Error::internal)?;
        groups::chunk(tx.conn, permit.tenant_id(), self.after, limit)
    }
}

impl UseCase for PageGroups {
    type Outcome = GroupPage;
    const ACCESS: Access = Access::Read;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<GroupPage> {
        let tenant = permit.tenant_id();
        let read = groups::page(tx.conn, tenant, self.direction, &self.page)?;
        let Rows {
            rows,
            has_previous,
            has_next,
        } = Rows::of_read(read, &self.page);
        let ids: Vec<GroupId> = rows.iter().map(|group| group.id).collect();
        let members = match self.include_users {
            true => Some(memberships::users_of(tx.conn, tenant, &ids)?),
            false => None,
        };
        let users = match &members {
            Some(members) => get_members(tx, tenant, members)?,
            None => Vec::new(),
        };
        let rows = rows
            .into_iter()
            .map(|group| details(group, members.as_ref()));
        Ok(GroupPage {
            rows: Rows {
                rows: rows.collect(),
                has_previous,
                has_next,
            },
            users,
        })
    }
}

impl UseCase for GetGroup {
    type Outcome = GroupDetails;
    const ACCESS: Access = Access::Read;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<GroupDetails> {
        let tenant = permit.tenant_id();
        let group = groups::find(tx.conn, tenant, self.group)?.ok_or(Refusal::NotFound)?;
        let members = match self.include_users {
            true => Some(memberships::users_of(tx.conn, tenant, &[group.id])?),
            false => None,
        };
        Ok(details(group, members.as_ref()))
    }
}

type Members = HashMap<GroupId, Vec<UserId>>;

fn details(group: Group, members: Option<&Members>) -> GroupDetails {
    let of_group = |members: &Members| members.get(&group.id).cloned().unwrap_or_default();
    GroupDetails {
        users: members.map(of_group),
        group,
    }
}

/// The users who are in any of the groups, ordered by id.
fn get_members(tx: &mut Tx<'_>, tenant: TenantId, members: &Members) -> Result<Vec<UserDetails>> {
    let mut ids: Vec<UserId> = members.values().flatten().copied().collect();
    ids.sort_unstable();
    ids.dedup();
    super::users::details_of(tx, tenant, &ids)
}

impl UseCase for CreateGroup {
    type Outcome = Group;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<Group> {
        let group = groups::insert(tx.conn, permit.tenant_id(), &self.name, tx.now)
            .map_err(Unique::GroupName.means(Refusal::GroupNameTaken))?;
        let event = Event::addition(Action::GroupCreate, target(&group), group.audited());
        tx.record(permit, &event)?;
        Ok(group)
    }
}

impl UseCase for RenameGroup {
    type Outcome = Group;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<Group> {
        let before = get_for_update(tx, permit, self.group)?;
        ensure_version(self.version, before.version)?;
        if before.name == self.name {
            return Ok(before);
        }
        let after = before.clone().rename(self.name.clone(), tx.now);
        groups::update(tx.conn, &after)
            .map_err(Unique::GroupName.means(Refusal::NewGroupNameTaken))?;
        let event = Event::change(
            Action::GroupRename,
            target(&after),
            &before.audited(),
            &after.audited(),
        );
        tx.record(permit, &event)?;
        Ok(after)
    }
}

impl UseCase for DeleteGroup {
    type Outcome = ();
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<()> {
        let tenant = permit.tenant_id();
        // Users are locked before groups, here as elsewhere, so that no two changes wait for each other.
        let touched = users::touch_members(tx.conn, tenant, self.group)?;
        let group = get_for_update(tx, permit, self.group)?;
        ensure_version(self.version, group.version)?;
        let members = memberships::count_of_group(tx.conn, tenant, self.group)?;
        if members != touched {
            // Somebody came or went before the group was locked.
            users::touch_members(tx.conn, tenant, self.group)?;
        }
        groups::delete(tx.conn, tenant, self.group)?;
        let mut before = group.audited();
        before.insert("members".to_owned(), members.into());
        let event = Event::removal(Action::GroupDelete, target(&group), before);
        tx.record(permit, &event)
    }
}

impl UseCase for AddMember {
    type Outcome = ();
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<()> {
        let tenant = permit.tenant_id();
        let (group, user) = get_both(tx, permit, self.group, self.user)?;
        if memberships::exists(tx.conn, tenant, self.group, self.user)? {
            return Ok(());
        }
        memberships::insert(tx.conn, tenant, self.group, self.user)?;
        touch_both(tx, &group, &user)?;
        let event = Event::addition(Action::GroupAddUser, target(&group), member(&user));
        tx.record(permit, &event)
    }
}

impl UseCase for RemoveMember {
    type Outcome = ();
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<()> {
        let (group, user) = get_both(tx, permit, self.group, self.user)?;
        if !memberships::delete(tx.conn, permit.tenant_id(), self.group, self.user)? {
            return Ok(());
        }
        touch_both(tx, &group, &user)?;
        let event = Event::removal(Action::GroupRemoveUser, target(&group), member(&user));
        tx.record(permit, &event)
    }
}

/// The group to change, which nobody else changes until the transaction ends.
fn get_for_update<A>(tx: &mut Tx<'_>, permit: &Permit<A>, id: GroupId) -> Result<Group> {
    let group = groups::find_for_update(tx.conn, permit.tenant_id(), id)?;
    Ok(group.ok_or(Refusal::NotFound)?)
}

/// Both sides of a membership, user before group as everywhere, so that no two wait for each other.
fn get_both<A>(
    tx: &mut Tx<'_>,
    permit: &Permit<A>,
    group: GroupId,
    user: UserId,
) -> Result<(Group, User)> {
    let user = users::find_for_update(tx.conn, permit.tenant_id(), user)?;
    let group = get_for_update(tx, permit, group)?;
    let user = user.ok_or(Refusal::NotFound)?.changeable()?;
    Ok((group, user))
}

/// Raises the versions of both sides of a membership.
fn touch_both(tx: &mut Tx<'_>, group: &Group, user: &User) -> Result<()> {
    groups::touch(tx.conn, group.tenant_id, group.id)?;
    Ok(users::touch(tx.conn, user.tenant_id, user.id)?)
}

pub(super) fn target(group: &Group) -> Target {
    Target {
        kind: TargetKind::Group,
        id: group.id.0,
        label: group.name.as_str().to_owned(),
    }
}

fn member(user: &User) -> Map<String, Value> {
    Map::from_iter([("user_id".to_owned(), user.id.0.into())])
}
