//! What user attributes are for users and groups: listing it, working it out, setting it.

use crate::db::{groups, user_attribute_entries as entries, user_attributes, users};
use crate::error::Result;
use crate::service::{Access, Tx, UseCase, groups as group_cases, users as user_cases};
use roster_domain::Error as Refusal;
use roster_domain::audit::{Action, Event, Target};
use roster_domain::id::{GroupId, TenantId, UserAttributeId, UserId};
use roster_domain::name::Name;
use roster_domain::page::Rows;
use roster_domain::permission::Permit;
use roster_domain::user_attribute::{
    ComputeValues, Computed, PageEntries, ResolvedEntry, Subject, Subjects, UpsertEntries,
    UserAttribute, UserAttributeEntry, of_group, of_user,
};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};

impl UseCase for PageEntries {
    type Outcome = Rows<UserAttributeEntry>;
    const ACCESS: Access = Access::Read;

    fn carry_out(
        &self,
        tx: &mut Tx<'_>,
        permit: &Permit<Self>,
    ) -> Result<Rows<UserAttributeEntry>> {
        let tenant = permit.tenant_id();
        let is_there = match self.subject {
            Subject::User(id) => users::find(tx.conn, tenant, id)?.is_some(),
            Subject::Group(id) => groups::find(tx.conn, tenant, id)?.is_some(),
        };
        if !is_there {
            return Err(Refusal::NotFound.into());
        }
        let read = entries::of_subject(tx.conn, tenant, self.subject, Some(&self.page))?;
        Ok(Rows::of_read(read, &self.page))
    }
}

impl UseCase for ComputeValues {
    type Outcome = Vec<(UserAttribute, Computed)>;
    const ACCESS: Access = Access::Read;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<Self::Outcome> {
        let tenant = permit.tenant_id();
        match self.subject {
            Subject::User(id) => {
                let user = users::find(tx.conn, tenant, id)?.ok_or(Refusal::NotFound)?;
                let attributes = user_attributes::list(tx.conn, tenant)?;
                let own = entries::of_subject(tx.conn, tenant, self.subject, None)?;
                let of_groups = entries::of_groups_of(tx.conn, tenant, id)?;
                Ok(of_user(&user, attributes, own, of_groups))
            }
            Subject::Group(id) => {
                if groups::find(tx.conn, tenant, id)?.is_none() {
                    return Err(Refusal::NotFound.into());
                }
                let attributes = user_attributes::list(tx.conn, tenant)?;
                let own = entries::of_subject(tx.conn, tenant, self.subject, None)?;
                Ok(of_group(attributes, own))
            }
        }
    }
}

impl UseCase for UpsertEntries {
    type Outcome = Vec<UserAttributeEntry>;
    const ACCESS: Access = Access::Write;

    fn carry_out(&self, tx: &mut Tx<'_>, permit: &Permit<Self>) -> Result<Vec<UserAttributeEntry>> {
        let tenant = permit.tenant_id();
        let subjects = lock_subjects(tx, tenant, self)?;
        let attributes = lock_attributes(tx, tenant, self)?;
        let resolved = self.resolve(&subjects, &attributes)?;
        let present = present(tx, tenant, &subjects, &attributes)?;
        let mut set = Vec::with_capacity(resolved.len());
        let mut changes: BTreeMap<Subject, (Map<_, _>, Map<_, _>)> = BTreeMap::new();
        for wanted in resolved {
            let before = present.get(&(wanted.subject, wanted.attribute.id));
            let (was, is) = changes.entry(wanted.subject).or_default();
            let name = wanted.attribute.name.as_str();
            was.extend(before.map(|entry| (name.to_owned(), entry.input.audited())));
            is.insert(name.to_owned(), wanted.input.audited());
            set.push(save(tx, tenant, before, wanted)?);
        }
        for (subject, (was, is)) in &changes {
            record(tx, permit, target(&subjects, *subject), was, is)?;
        }
        Ok(set)
    }
}

/// The users and groups that are to get entries and that there are, which nobody else changes or gives entries until the transaction
/// ends. One by one and in order, users before groups as everywhere, so that no two transactions wait for each other.
fn lock_subjects(tx: &mut Tx<'_>, tenant: TenantId, command: &UpsertEntries) -> Result<Subjects> {
    let wanted: BTreeSet<Subject> = command.in_order().map(|entry| entry.subject).collect();
    let mut subjects = Subjects::default();
    for subject in wanted {
        match subject {
            Subject::User(id) => {
                let user = users::find_for_update(tx.conn, tenant, id)?;
                subjects.users.extend(user.map(|user| (id, user)));
            }
            Subject::Group(id) => {
                let group = groups::find_for_update(tx.conn, tenant, id)?;
                subjects.groups.extend(group.map(|group| (id, group)));
            }
        }
    }
    Ok(subjects)
}

/// The attributes that are named and that there are, whose type stays what it is until the transaction ends.
fn lock_attributes(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    command: &UpsertEntries,
) -> Result<Vec<UserAttribute>> {
    let ids: BTreeSet<UserAttributeId> = command.in_order().filter_map(|e| e.attribute).collect();
    let ids: Vec<UserAttributeId> = ids.into_iter().collect();
    let names = command.in_order().filter_map(|e| e.attribute_name.as_ref());
    let keys: BTreeSet<String> = names.map(Name::key).collect();
    let keys: Vec<String> = keys.into_iter().collect();
    let mut attributes = Vec::new();
    for id in user_attributes::named(tx.conn, tenant, &ids, &keys)? {
        attributes.extend(user_attributes::find_for_update(tx.conn, tenant, id)?);
    }
    Ok(attributes)
}

type Present = HashMap<(Subject, UserAttributeId), UserAttributeEntry>;

fn present(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    subjects: &Subjects,
    attributes: &[UserAttribute],
) -> Result<Present> {
    let users: Vec<UserId> = subjects.users.keys().copied().collect();
    let groups: Vec<GroupId> = subjects.groups.keys().copied().collect();
    let attributes: Vec<UserAttributeId> = attributes.iter().map(|a| a.id).collect();
    let found = entries::of_subjects(tx.conn, tenant, (&users, &groups), &attributes)?;
    let by_key = found
        .into_iter()
        .map(|entry| ((entry.subject, entry.attribute), entry));
    Ok(by_key.collect())
}

fn save(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    before: Option<&UserAttributeEntry>,
    wanted: ResolvedEntry<'_>,
) -> Result<UserAttributeEntry> {
    let (attribute, subject, input) = (wanted.attribute, wanted.subject, wanted.input);
    let id = match before {
        None => entries::insert(tx.conn, tenant, attribute.id, subject, &input)?,
        Some(before) => {
            if before.input != input {
                entries::update(tx.conn, tenant, before.id, &input)?;
            }
            before.id
        }
    };
    Ok(UserAttributeEntry {
        id,
        attribute: attribute.id,
        attribute_name: attribute.name.clone(),
        subject,
        input,
    })
}

fn record(
    tx: &mut Tx<'_>,
    permit: &Permit<UpsertEntries>,
    target: Option<Target>,
    was: &Map<String, Value>,
    is: &Map<String, Value>,
) -> Result<()> {
    let event = |target| Event::change(Action::UserAttributeEntryUpsert, target, was, is);
    match target {
        Some(target) => tx.record(permit, &event(target)),
        None => Ok(()),
    }
}

fn target(subjects: &Subjects, subject: Subject) -> Option<Target> {
    match subject {
        Subject::User(id) => subjects.users.get(&id).map(user_cases::target),
        Subject::Group(id) => subjects.groups.get(&id).map(group_cases::target),
    }
}
