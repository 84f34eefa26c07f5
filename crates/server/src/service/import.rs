//! Taking over users and groups from elsewhere. Everything is checked before anything is written, so that a report of what
//! is wrong, or of what would happen, is no change.

use super::{State, Tx, UseCase, groups as group_cases, tenants, users as user_cases};
use crate::db::audit::Origin;
use crate::db::{Conn, copy, fault::Unique, groups, memberships, passwords, statistics, users};
use crate::error::Result;
use roster_domain::audit::{Action, Event};
use roster_domain::group::Group;
use roster_domain::id::{GroupId, TenantId, UserId};
use roster_domain::import::{
    Entry, ImportReport, ImportRows, ImportedGroup, ImportedUser, Row, RowFault,
};
use roster_domain::name::Name;
use roster_domain::permission::{Actor, Permit, grant};
use roster_domain::user::User;
use roster_domain::user_attribute::UpsertEntries;
use roster_domain::{Error as Refusal, Fault};
use std::collections::{BTreeSet, HashMap, HashSet};

/// How many values a statement asks for at once.
const AT_ONCE: usize = 1_000;

/// After how many users the database is to know that they are many.
const MANY: usize = 500;

/// Where an import goes.
#[derive(Debug, Clone)]
pub enum Destination {
    /// Into a tenant that there is.
    Tenant(TenantId),
    /// Into one that is made for it, without an admin of its own.
    NewTenant(Name),
}

/// Imports for whoever may run commands on the machine. Gives the tenant with the report, unless nothing was written.
///
/// # Errors
/// Somebody else added one of the users or groups meanwhile, or the database fails; nothing was imported then.
pub async fn import(
    state: &State,
    destination: Destination,
    command: ImportRows,
) -> Result<(Option<TenantId>, ImportReport)> {
    let (now, lifetimes) = (state.clock.now(), state.lifetimes);
    let work = move |conn: &mut Conn| {
        let mut tx = Tx {
            conn,
            now,
            origin: &Origin::CLI,
            lifetimes: &lifetimes,
        };
        let present = match &destination {
            Destination::Tenant(tenant) => Some(*tenant),
            Destination::NewTenant(_) => None,
        };
        let checked = Checked::new(&mut tx, present, &command)?;
        if command.is_rehearsal || !checked.report.faults.is_empty() {
            return Ok((None, checked.report));
        }
        let tenant = match &destination {
            Destination::Tenant(tenant) => *tenant,
            Destination::NewTenant(name) => tenants::create_empty(tx.conn, name, now)?,
        };
        let permit = grant(tenant, Actor::CommandLine, None)?;
        checked.write(&mut tx, &permit, &command)?;
        add_attributes(&mut tx, tenant, &command)?;
        Ok((Some(tenant), checked.report))
    };
    state.database.write_tx(work).await
}

/// What was found out about an import before anything is written.
struct Checked {
    report: ImportReport,
    /// The groups that there are, by the keys of their names.
    groups: HashMap<String, GroupId>,
    skipped: HashSet<u64>,
}

impl Checked {
    fn new(tx: &mut Tx<'_>, tenant: Option<TenantId>, command: &ImportRows) -> Result<Self> {
        let mut checked = Self {
            report: ImportReport::default(),
            groups: HashMap::new(),
            skipped: HashSet::new(),
        };
        if command.keeps_ids() && !command.is_rehearsal {
            // Nobody else is given an id that is to be taken.
            copy::lock_ids(tx.conn)?;
        }
        for rows in command.rows.chunks(AT_ONCE) {
            let taken = Taken::among(tx.conn, tenant, rows)?;
            checked.groups.extend(taken.groups.clone());
            for row in rows {
                checked.check(row, &taken, command);
            }
        }
        Ok(checked)
    }

    fn check(&mut self, row: &Row, taken: &Taken, command: &ImportRows) {
        let fault = |field, fault| RowFault::new(row.line, field, fault);
        let exists = Fault::new("taken", "is in the tenant already");
        let id_taken = |id: i64| Fault {
            code: "taken",
            message: format!("{id} belongs to another already").into(),
        };
        let mut faults = Vec::new();
        let is_present = match &row.entry {
            Entry::Group(group) => {
                if let Some(id) = group.id.filter(|id| taken.group_ids.contains(id)) {
                    faults.push(fault("group id", id_taken(id.0)));
                }
                let is_present = taken.groups.contains_key(&group.name.key());
                if is_present {
                    faults.push(fault("name", exists));
                }
                is_present
            }
            Entry::User(user) => {
                if let Some(id) = user.id.filter(|id| taken.user_ids.contains(id)) {
                    faults.push(fault("user id", id_taken(id.0)));
                }
                let is_present = taken.emails.contains(user.email.key());
                if is_present {
                    faults.push(fault("email", exists));
                }
                let is_known = |key: &String| {
                    self.groups.contains_key(key) || command.group_keys.contains(key)
                };
                if !user.groups.iter().all(|name| is_known(&name.key())) {
                    let unknown = "must be names of groups of the tenant or of the import";
                    faults.push(fault("groups", Fault::new("unknown", unknown)));
                }
                is_present
            }
        };
        if is_present && command.skip_existing {
            self.skipped.insert(row.line);
            return self.report.skipped.push(row.line);
        }
        if faults.is_empty() {
            match &row.entry {
                Entry::Group(_) => self.report.groups += 1,
                Entry::User(_) => self.report.users += 1,
            }
        }
        self.report.faults.extend(faults);
    }

    fn write(
        &self,
        tx: &mut Tx<'_>,
        permit: &Permit<ImportRows>,
        command: &ImportRows,
    ) -> Result<()> {
        let tenant = permit.tenant_id();
        let in_order: BTreeSet<GroupId> = self.groups.values().copied().collect();
        let in_order: Vec<GroupId> = in_order.into_iter().collect();
        groups::lock_all(tx.conn, tenant, &in_order)?;
        let mut groups = self.groups.clone();
        let mut joined = BTreeSet::new();
        let mut added = 0;
        for row in &command.rows {
            match &row.entry {
                _ if self.skipped.contains(&row.line) => {}
                Entry::Group(group) => {
                    let id = add_group(tx, permit, group)?;
                    groups.insert(group.name.key(), id);
                }
                Entry::User(user) => {
                    joined.extend(add_user(tx, permit, user, &groups)?);
                    added += 1;
                    if added == MANY {
                        statistics::refresh(tx.conn)?;
                    }
                }
            }
        }
        for group in joined {
            groups::touch(tx.conn, tenant, group)?;
        }
        match command.keeps_ids() {
            true => Ok(copy::go_on_behind_ids(tx.conn)?),
            false => Ok(()),
        }
    }
}

/// What is there already of what some rows bring.
struct Taken {
    emails: HashSet<String>,
    groups: HashMap<String, GroupId>,
    user_ids: HashSet<UserId>,
    group_ids: HashSet<GroupId>,
}

impl Taken {
    fn among(conn: &mut Conn, tenant: Option<TenantId>, rows: &[Row]) -> Result<Self> {
        let (mut emails, mut user_ids, mut group_ids) = (Vec::new(), Vec::new(), Vec::new());
        let mut group_keys = BTreeSet::new();
        for row in rows {
            match &row.entry {
                Entry::Group(group) => {
                    group_keys.insert(group.name.key());
                    group_ids.extend(group.id);
                }
                Entry::User(user) => {
                    emails.push(user.email.key().to_owned());
                    user_ids.extend(user.id);
                    group_keys.extend(user.groups.iter().map(Name::key));
                }
            }
        }
        let mut taken = Self {
            emails: HashSet::new(),
            groups: HashMap::new(),
            user_ids: users::present(conn, &user_ids)?.into_iter().collect(),
            group_ids: groups::present(conn, &group_ids)?.into_iter().collect(),
        };
        if let Some(tenant) = tenant {
            taken.emails.extend(users::emails(conn, tenant, &emails)?);
            let group_keys: Vec<String> = group_keys.into_iter().collect();
            for keys in group_keys.chunks(AT_ONCE) {
                taken.groups.extend(groups::named(conn, tenant, keys)?);
            }
        }
        Ok(taken)
    }
}

fn add_group(
    tx: &mut Tx<'_>,
    permit: &Permit<ImportRows>,
    imported: &ImportedGroup,
) -> Result<GroupId> {
    let created_at = imported.created_at.unwrap_or(tx.now);
    let group = Group {
        id: imported.id.unwrap_or(GroupId(0)),
        tenant_id: permit.tenant_id(),
        name: imported.name.clone(),
        created_at,
        updated_at: imported.updated_at.unwrap_or(created_at),
        version: 1,
    };
    let group = groups::insert_as_it_is(tx.conn, &group)
        .map_err(Unique::GroupName.means(Refusal::GroupNameTaken))?;
    let (target, after) = (group_cases::target(&group), group.audited());
    tx.record(permit, &Event::addition(Action::GroupCreate, target, after))?;
    Ok(group.id)
}

/// Adds a user, and gives the groups that it is in now.
fn add_user(
    tx: &mut Tx<'_>,
    permit: &Permit<ImportRows>,
    imported: &ImportedUser,
    groups: &HashMap<String, GroupId>,
) -> Result<BTreeSet<GroupId>> {
    let (tenant, now) = (permit.tenant_id(), tx.now);
    let created_at = imported.created_at.unwrap_or(now);
    let user = User {
        id: imported.id.unwrap_or(UserId(0)),
        tenant_id: tenant,
        email: imported.email.clone(),
        name: imported.name.clone(),
        title: imported.title.clone(),
        job_title: imported.job_title.clone(),
        role: imported.role,
        allow_authentication_token: imported.allow_authentication_token,
        enable_export_data: imported.enable_export_data,
        settings: imported.settings.clone(),
        activated_at: imported.is_activated.then_some(created_at),
        deleted_at: imported.is_deleted.then_some(now),
        current_sign_in_at: imported.current_sign_in_at,
        last_sign_in_at: imported.last_sign_in_at,
        invitation_generation: 1,
        version: 1,
        created_at,
        updated_at: now,
    };
    let user = users::insert_as_it_is(tx.conn, &user)
        .map_err(Unique::UserEmail.means(Refusal::EmailTaken))?;
    let names = imported.groups.iter();
    let joined: BTreeSet<GroupId> = names
        .filter_map(|name| groups.get(&name.key()).copied())
        .collect();
    for group in &joined {
        memberships::insert(tx.conn, tenant, *group, user.id)?;
    }
    let mut after = user.audited();
    if !joined.is_empty() {
        let ids = joined.iter().map(|group| group.0.into()).collect();
        after.insert("groups".to_owned(), serde_json::Value::Array(ids));
    }
    if let Some(password) = &imported.password {
        passwords::set(tx.conn, (tenant, user.id), password, now)?;
        after.insert("has_password".to_owned(), true.into());
    }
    let target = user_cases::target(&user);
    tx.record(permit, &Event::addition(Action::UserImport, target, after))?;
    Ok(joined)
}

/// Makes the attributes and sets what they are, as requests would.
fn add_attributes(tx: &mut Tx<'_>, tenant: TenantId, command: &ImportRows) -> Result<()> {
    for attribute in &command.attributes {
        let permit = grant(tenant, Actor::CommandLine, None)?;
        attribute.carry_out(tx, &permit)?;
    }
    for entries in command
        .entries
        .chunks(roster_domain::user_attribute::MAX_ENTRIES)
    {
        let permit = grant(tenant, Actor::CommandLine, None)?;
        let entries = entries.iter().cloned().map(Ok).collect();
        UpsertEntries { entries }.carry_out(tx, &permit)?;
    }
    Ok(())
}
