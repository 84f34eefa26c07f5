//! The audit trail: what happened, to what, by whom. Never a secret.

use crate::{id::UserId, page::Page, time::Timestamp};
use serde_json::{Map, Value};

macro_rules! actions {
    ($($(#[doc = $doc:literal])* $variant:ident = $word:literal,)+) => {
        /// What happened: `noun.verb`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Action {
            $($(#[doc = $doc])* $variant,)+
        }

        impl Action {
            /// All actions.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// What it means.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($doc),*),)+
                }
            }
        }
    };
}

actions! {
    /// A tenant was made, with its first admin.
    TenantCreate = "tenant.create",
    /// A tenant got another name or slug.
    TenantRename = "tenant.rename",
    /// A pending user was made and the mail queued.
    UserInvite = "user.invite",
    /// A user was taken over from elsewhere; no mail was queued.
    UserImport = "user.import",
    /// A fresh invitation was queued, older links died.
    UserResendInvitation = "user.resend_invitation",
    /// A user was deleted; its keys, links and sessions died.
    UserDelete = "user.delete",
    /// A deleted user was restored.
    UserRestore = "user.restore",
    /// Attributes of a user changed.
    UserUpdate = "user.update",
    /// A user's role changed, with its memberships if that was asked.
    UserChangeRole = "user.change_role",
    /// All API keys of a user died.
    UserRevokeKeys = "user.revoke_keys",
    /// A user got another address; its links and sessions died.
    UserChangeEmail = "user.change_email",
    /// A user became an active admin with a fresh key.
    UserRecoverAdmin = "user.recover_admin",
    /// A user was erased for good.
    UserPurge = "user.purge",
    /// An invited user accepted and chose a password.
    UserAcceptInvitation = "user.accept_invitation",
    /// A link to a new password was asked for and queued.
    PasswordRequestReset = "password.request_reset",
    /// A new password was chosen through a link; all sessions ended.
    PasswordReset = "password.reset",
    /// A user changed its own password; its other sessions ended.
    PasswordChange = "password.change",
    /// A user signed in.
    SessionCreate = "session.create",
    /// Somebody could not sign in.
    SessionRefuse = "session.refuse",
    /// A user ended a session.
    SessionEnd = "session.end",
    /// A mail was given up.
    MailFail = "mail.fail",
    /// A group was made.
    GroupCreate = "group.create",
    /// A group got another name.
    GroupRename = "group.rename",
    /// A group was deleted, with its memberships.
    GroupDelete = "group.delete",
    /// A user became a member.
    GroupAddUser = "group.add_user",
    /// A user is no longer a member.
    GroupRemoveUser = "group.remove_user",
    /// A user attribute was made.
    UserAttributeCreate = "user_attribute.create",
    /// A user attribute got another name, type, label or description.
    UserAttributeUpdate = "user_attribute.update",
    /// A user attribute was deleted, with its entries.
    UserAttributeDelete = "user_attribute.delete",
    /// What user attributes are for a user or a group was set.
    UserAttributeEntryUpsert = "user_attribute_entry.upsert",
    /// An API key was made.
    KeyCreate = "key.create",
    /// A key was made in place of another, which dies after a while.
    KeyRotate = "key.rotate",
    /// An API key died.
    KeyRevoke = "key.revoke",
}

/// What an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The kind of thing.
    pub kind: TargetKind,
    /// Its id.
    pub id: i64,
    /// What people call it: an address, a name, the first characters of a key.
    pub label: String,
}

/// The kinds of things that change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    /// A tenant.
    Tenant,
    /// A user.
    User,
    /// A group.
    Group,
    /// An API key.
    Key,
    /// A session.
    Session,
    /// A user attribute.
    UserAttribute,
}

impl TargetKind {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::User => "user",
            Self::Group => "group",
            Self::Key => "key",
            Self::Session => "session",
            Self::UserAttribute => "user_attribute",
        }
    }
}

impl TargetKind {
    /// All kinds.
    pub const ALL: &[Self] = &[
        Self::Tenant,
        Self::User,
        Self::Group,
        Self::Key,
        Self::Session,
        Self::UserAttribute,
    ];
}

/// Which events are asked for: those to which all that is set applies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Done by this user.
    pub actor: Option<UserId>,
    /// To a target of this kind.
    pub target_kind: Option<TargetKind>,
    /// To the target of this id.
    pub target_id: Option<i64>,
    /// Of this kind.
    pub action: Option<Action>,
    /// At this time or later.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
}

/// Reads a page of the tenant's audit trail, ordered by id.
#[derive(Debug, Clone)]
pub struct ListAuditEvents {
    /// Which events.
    pub filter: EventFilter,
    /// Which of them.
    pub page: Page<i64>,
}

/// One change of one target. Who, when and by which request is added where it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub action: Action,
    /// To what.
    pub target: Target,
    /// What there was, of that which changed; nothing for a new target.
    pub before: Option<Map<String, Value>>,
    /// What there is, of that which changed; nothing for a target that is gone.
    pub after: Option<Map<String, Value>>,
}

impl Event {
    /// A new target, or a new part of one.
    pub fn addition(action: Action, target: Target, after: Map<String, Value>) -> Self {
        Self {
            action,
            target,
            before: None,
            after: Some(after),
        }
    }

    /// A target, or a part of one, that is gone.
    pub fn removal(action: Action, target: Target, before: Map<String, Value>) -> Self {
        Self {
            action,
            target,
            before: Some(before),
            after: None,
        }
    }

    /// A change from one state of the target to another; what is the same in both is left out.
    pub fn change(
        action: Action,
        target: Target,
        before: &Map<String, Value>,
        after: &Map<String, Value>,
    ) -> Self {
        let differing = |of: &Map<String, Value>, from: &Map<String, Value>| {
            of.iter()
                .filter(|(field, value)| from.get(*field) != Some(value))
                .map(|(field, value)| (field.clone(), value.clone()))
                .collect()
        };
        Self {
            action,
            target,
            before: Some(differing(before, after)),
            after: Some(differing(after, before)),
        }
    }

    /// Whether anything changed.
    pub fn is_change(&self) -> bool {
        let holds_something =
            |state: &Option<Map<_, _>>| state.as_ref().is_some_and(|s| !s.is_empty());
        holds_something(&self.before) || holds_something(&self.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn change(before: Value, after: Value) -> Event {
        let target = Target {
            kind: TargetKind::User,
            id: 1,
            label: "ana@example.com".to_owned(),
        };
        Event::change(Action::UserUpdate, target, &map(before), &map(after))
    }

    #[test]
    fn only_what_changed_is_kept() {
        let event = change(
            serde_json::json!({"name": "Ana", "role": "admin"}),
            serde_json::json!({"name": "Ana", "role": "viewer"}),
        );
        assert_eq!(
            event.before,
            Some(map(serde_json::json!({"role": "admin"})))
        );
        assert_eq!(
            event.after,
            Some(map(serde_json::json!({"role": "viewer"})))
        );
        assert!(event.is_change());
    }

    #[test]
    fn nothing_changed_is_no_change() {
        let state = serde_json::json!({"name": "Ana"});
        assert!(!change(state.clone(), state).is_change());
    }
}
