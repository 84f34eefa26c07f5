//! Who may do what: one table of actions, and the permits that it grants.
//!
//! Invariant: a use case takes a [`Permit`] for its action, and a permit comes from [`grant`] alone.

use crate::{
    audit::ListAuditEvents,
    credential::{CreateKey, CreateOwnKey, ListOwnKeys, RevokeOwnKey, RotateOwnKey},
    error::Error,
    group::{
        AddMember, CreateGroup, DeleteGroup, GetGroup, ListGroups, PageGroups, RemoveMember,
        RenameGroup,
    },
    id::{ApiKeyId, LinkId, SessionId, TenantId, UserId},
    import::ImportRows,
    job::{GetJob, ListJobs},
    link::{GetInvitation, GetPasswordReset},
    password::{
        AcceptInvitation, ChangePassword, GetPasswordHash, RequestPasswordReset, ResetPassword,
    },
    role::Role,
    session::{EndSession, GetSession, ListSessions, SignIn},
    tenant::RenameTenant,
    user::{
        ChangeEmail, ChangeRole, CheckEmail, DeleteUser, FindUser, GetOwnUser, GetUser,
        InviteUsers, ListUsers, PageUsers, PurgeUser, RecoverAdmin, ResendInvitation, RestoreUser,
        RevokeKeys, UpdateOwnUser, UpdateUser,
    },
    user_attribute::{
        ComputeValues, CreateUserAttribute, DeleteUserAttribute, GetUserAttribute, PageEntries,
        PageUserAttributes, UpdateUserAttribute, UpsertEntries,
    },
};
use std::marker::PhantomData;

/// How an actor has shown who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialKind {
    /// An API key.
    ApiKey,
    /// A session, as a browser has it.
    Session,
    /// A link that was mailed to the user.
    Link,
    /// The address and the password.
    Password,
    /// Nothing.
    Nothing,
    /// Nothing but access to the machine: the command line.
    CommandLine,
}

/// By what a user was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// By an API key.
    ApiKey(ApiKeyId),
    /// By a session.
    Session(SessionId),
    /// By a link.
    Link(LinkId),
    /// By the password.
    Password,
}

impl Proof {
    /// What kind of credential it is.
    pub fn kind(self) -> CredentialKind {
        match self {
            Self::ApiKey(_) => CredentialKind::ApiKey,
            Self::Session(_) => CredentialKind::Session,
            Self::Link(_) => CredentialKind::Link,
            Self::Password => CredentialKind::Password,
        }
    }
}

/// Over whom an action is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Over nobody.
    Nobody,
    /// Over the actor's own user.
    Oneself,
    /// Over everybody and everything in the tenant.
    Everyone,
}

/// A row of the authorization table.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// The action: `noun.verb`.
    pub action: &'static str,
    /// What the role `admin` may.
    pub admins: Over,
    /// What each other role may.
    pub others: Over,
    /// The kinds of credential by which the action can be reached.
    pub credentials: &'static [CredentialKind],
}

impl Row {
    /// Over whom an actor of this role and credential may do the action.
    pub fn over(&self, role: Role, credential: CredentialKind) -> Over {
        if !self.credentials.contains(&credential) {
            return Over::Nobody;
        }
        match role {
            Role::Admin => self.admins,
            Role::Analyst | Role::Explorer | Role::Viewer => self.others,
        }
    }
}

/// A command that somebody asks to be carried out.
pub trait Action {
    /// Its row in the table.
    const ROW: &'static Row;

    /// The user whom the action is about, where the table tells oneself from others.
    fn subject(&self) -> Option<UserId> {
        None
    }
}

macro_rules! table {
    ($($command:ty {
        action: $action:literal, admins: $admins:ident, others: $others:ident, by: [$($by:ident),+]
        $(, subject: $subject:expr)?
    })+) => {
        $(impl Action for $command {
            const ROW: &'static Row = &Row {
                action: $action,
                admins: Over::$admins,
                others: Over::$others,
                credentials: &[$(CredentialKind::$by),+],
            };
            $(fn subject(&self) -> Option<UserId> {
                let subject: fn(&Self) -> UserId = $subject;
                Some(subject(self))
            })?
        })+

        /// The authorization table.
        pub const TABLE: &[&Row] = &[$(<$command as Action>::ROW),+];
    };
}

table! {
    ListUsers { action: "user.list", admins: Everyone, others: Nobody, by: [ApiKey, CommandLine] }
    PageUsers { action: "user.page", admins: Everyone, others: Nobody, by: [ApiKey] }
    GetUser { action: "user.get", admins: Everyone, others: Nobody, by: [ApiKey] }
    FindUser { action: "user.find", admins: Everyone, others: Nobody, by: [ApiKey] }
    CheckEmail { action: "user.check", admins: Everyone, others: Nobody, by: [ApiKey] }
    GetOwnUser { action: "user.get_own", admins: Oneself, others: Oneself, by: [ApiKey] }
    InviteUsers { action: "user.invite", admins: Everyone, others: Nobody, by: [ApiKey] }
    ResendInvitation { action: "user.resend_invitation", admins: Everyone, others: Nobody, by: [ApiKey] }
    DeleteUser { action: "user.delete", admins: Everyone, others: Nobody, by: [ApiKey] }
    RestoreUser { action: "user.restore", admins: Everyone, others: Nobody, by: [ApiKey] }
    UpdateUser { action: "user.update", admins: Everyone, others: Nobody, by: [ApiKey] }
    ChangeRole { action: "user.change_role", admins: Everyone, others: Nobody, by: [ApiKey] }
    RevokeKeys {
        action: "user.revoke_keys", admins: Everyone, others: Oneself, by: [ApiKey],
        subject: |command| command.user
    }
    ChangeEmail { action: "user.change_email", admins: Everyone, others: Nobody, by: [CommandLine] }
    PurgeUser { action: "user.purge", admins: Everyone, others: Nobody, by: [CommandLine] }
    ImportRows { action: "user.import", admins: Everyone, others: Nobody, by: [CommandLine] }
    RecoverAdmin { action: "user.recover_admin", admins: Everyone, others: Nobody, by: [CommandLine] }
    ListGroups { action: "group.list", admins: Everyone, others: Nobody, by: [ApiKey, CommandLine] }
    PageGroups { action: "group.page", admins: Everyone, others: Nobody, by: [ApiKey] }
    GetGroup { action: "group.get", admins: Everyone, others: Nobody, by: [ApiKey] }
    CreateGroup { action: "group.create", admins: Everyone, others: Nobody, by: [ApiKey] }
    RenameGroup { action: "group.rename", admins: Everyone, others: Nobody, by: [ApiKey] }
    DeleteGroup { action: "group.delete", admins: Everyone, others: Nobody, by: [ApiKey] }
    AddMember { action: "group.add_user", admins: Everyone, others: Nobody, by: [ApiKey] }
    RemoveMember { action: "group.remove_user", admins: Everyone, others: Nobody, by: [ApiKey] }
    GetJob { action: "job.get", admins: Everyone, others: Nobody, by: [ApiKey] }
    ListJobs { action: "job.list", admins: Everyone, others: Nobody, by: [ApiKey] }
    PageUserAttributes { action: "user_attribute.list", admins: Everyone, others: Nobody, by: [ApiKey] }
    GetUserAttribute { action: "user_attribute.get", admins: Everyone, others: Nobody, by: [ApiKey] }
    CreateUserAttribute { action: "user_attribute.create", admins: Everyone, others: Nobody, by: [ApiKey, CommandLine] }
    UpdateUserAttribute { action: "user_attribute.update", admins: Everyone, others: Nobody, by: [ApiKey] }
    DeleteUserAttribute { action: "user_attribute.delete", admins: Everyone, others: Nobody, by: [ApiKey] }
    PageEntries { action: "user_attribute_entry.list", admins: Everyone, others: Nobody, by: [ApiKey] }
    ComputeValues { action: "user_attribute_entry.compute", admins: Everyone, others: Nobody, by: [ApiKey] }
    UpsertEntries { action: "user_attribute_entry.upsert", admins: Everyone, others: Nobody, by: [ApiKey, CommandLine] }
    CreateKey { action: "key.create", admins: Everyone, others: Nobody, by: [CommandLine] }
    ListOwnKeys { action: "key.list_own", admins: Oneself, others: Oneself, by: [Session] }
    CreateOwnKey { action: "key.create_own", admins: Oneself, others: Oneself, by: [Session] }
    RotateOwnKey { action: "key.rotate_own", admins: Oneself, others: Oneself, by: [Session] }
    RevokeOwnKey { action: "key.revoke_own", admins: Oneself, others: Oneself, by: [Session, ApiKey] }
    SignIn { action: "session.create", admins: Oneself, others: Oneself, by: [Password] }
    GetSession { action: "session.get", admins: Oneself, others: Oneself, by: [Session] }
    ListSessions { action: "session.list", admins: Oneself, others: Oneself, by: [Session] }
    EndSession { action: "session.end", admins: Oneself, others: Oneself, by: [Session] }
    GetInvitation { action: "invitation.get", admins: Oneself, others: Oneself, by: [Link] }
    AcceptInvitation { action: "invitation.accept", admins: Oneself, others: Oneself, by: [Link] }
    RequestPasswordReset { action: "password.request_reset", admins: Everyone, others: Everyone, by: [Nothing] }
    GetPasswordReset { action: "password.get_reset", admins: Oneself, others: Oneself, by: [Link] }
    ResetPassword { action: "password.reset", admins: Oneself, others: Oneself, by: [Link] }
    GetPasswordHash { action: "password.get", admins: Oneself, others: Oneself, by: [Session] }
    ChangePassword { action: "password.change", admins: Oneself, others: Oneself, by: [Session] }
    UpdateOwnUser { action: "user.update_own", admins: Oneself, others: Oneself, by: [Session] }
    ListAuditEvents { action: "audit_event.list", admins: Everyone, others: Nobody, by: [Session, ApiKey, CommandLine] }
    RenameTenant { action: "tenant.rename", admins: Everyone, others: Nobody, by: [CommandLine] }
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A user of the tenant.
    User {
        /// The user's id.
        id: UserId,
        /// The user's address as typed.
        email: String,
        /// The user's present role.
        role: Role,
        /// By what the user was recognised.
        proof: Proof,
    },
    /// The server itself, for callers who are nobody yet and for what happens by itself.
    System,
    /// Whoever may run commands on the machine; counts as an admin of every tenant.
    CommandLine,
}

impl Actor {
    /// The acting user, where it is one.
    pub fn user_id(&self) -> Option<UserId> {
        match self {
            Self::User { id, .. } => Some(*id),
            Self::System | Self::CommandLine => None,
        }
    }

    /// By what the acting user was recognised.
    pub fn proof(&self) -> Option<Proof> {
        match self {
            Self::User { proof, .. } => Some(*proof),
            Self::System | Self::CommandLine => None,
        }
    }
}

/// The proof that an actor may do an action in a tenant.
#[derive(Debug)]
pub struct Permit<A> {
    tenant_id: TenantId,
    actor: Actor,
    action: PhantomData<fn() -> A>,
}

impl<A> Permit<A> {
    /// The tenant in which the action is allowed.
    pub fn tenant_id(&self) -> TenantId {
        self.tenant_id
    }

    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
}

/// Asks the table whether the actor may do the action; `subject` is the user whom it is about.
///
/// # Errors
/// [`Error::Forbidden`] if not.
pub fn grant<A: Action>(
    tenant_id: TenantId,
    actor: Actor,
    subject: Option<UserId>,
) -> Result<Permit<A>, Error> {
    let (over, is_oneself) = match &actor {
        Actor::User {
            id, role, proof, ..
        } => (
            A::ROW.over(*role, proof.kind()),
            subject.is_none_or(|subject| subject == *id),
        ),
        Actor::System => (A::ROW.over(Role::Viewer, CredentialKind::Nothing), false),
        Actor::CommandLine => (A::ROW.over(Role::Admin, CredentialKind::CommandLine), false),
    };
    match over {
        Over::Everyone => {}
        Over::Oneself if is_oneself => {}
        Over::Oneself | Over::Nobody => return Err(Error::Forbidden),
    }
    Ok(Permit {
        tenant_id,
        actor,
        action: PhantomData,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn user(id: i64, role: Role) -> Actor {
        Actor::User {
            id: UserId(id),
            email: "ana@example.com".to_owned(),
            role,
            proof: Proof::ApiKey(ApiKeyId(1)),
        }
    }

    fn may<A: Action>(actor: Actor, subject: Option<UserId>) -> bool {
        grant::<A>(TenantId(1), actor, subject).is_ok()
    }

    #[test]
    fn each_action_has_one_row() {
        let names: HashSet<_> = TABLE.iter().map(|row| row.action).collect();
        assert_eq!(names.len(), TABLE.len());
    }

    /// role-matrix
    #[test]
    fn admins_do_everything_that_a_key_reaches() {
        for row in TABLE {
            let reached = row.credentials.contains(&CredentialKind::ApiKey);
            let over = row.over(Role::Admin, CredentialKind::ApiKey);
            assert_eq!(over != Over::Nobody, reached, "{row:?}");
        }
    }

    /// role-matrix
    #[test]
    fn others_read_and_revoke_their_own_only() {
        for role in [Role::Analyst, Role::Explorer, Role::Viewer] {
            let allowed: Vec<_> = TABLE
                .iter()
                .filter(|row| row.over(role, CredentialKind::ApiKey) != Over::Nobody)
                .map(|row| row.action)
                .collect();
            assert_eq!(
                allowed,
                ["user.get_own", "user.revoke_keys", "key.revoke_own"]
            );
            assert!(may::<RevokeKeys>(user(1, role), Some(UserId(1))));
            assert!(!may::<RevokeKeys>(user(1, role), Some(UserId(2))));
        }
        assert!(may::<RevokeKeys>(user(1, Role::Admin), Some(UserId(2))));
    }

    /// role-matrix
    #[test]
    fn no_link_and_no_password_reaches_anything_else() {
        let reached_by = |kind| {
            let rows = TABLE.iter().filter(|row| row.credentials.contains(&kind));
            rows.map(|row| row.action).collect::<Vec<_>>()
        };
        assert_eq!(
            reached_by(CredentialKind::Link),
            [
                "invitation.get",
                "invitation.accept",
                "password.get_reset",
                "password.reset"
            ]
        );
        assert_eq!(reached_by(CredentialKind::Password), ["session.create"]);
        assert_eq!(
            reached_by(CredentialKind::Nothing),
            ["password.request_reset"]
        );
        assert!(may::<RequestPasswordReset>(Actor::System, None));
        assert!(!may::<DeleteUser>(Actor::System, None));
    }

    #[test]
    fn no_key_makes_a_key() {
        assert!(!may::<CreateOwnKey>(user(1, Role::Admin), None));
        assert!(!may::<CreateKey>(user(1, Role::Admin), None));
        assert!(may::<CreateKey>(Actor::CommandLine, None));
        assert!(!may::<DeleteUser>(Actor::CommandLine, None));
    }
}
