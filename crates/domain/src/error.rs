//! What can be wrong with a request, without a word about how a dialect says it.

use crate::link::LinkFault;
use crate::user::RefusedEmail;
use std::borrow::Cow;

/// Why one value is not acceptable.
///
/// The message says what would be, begins with a verb and never holds the value: "must be a string".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A stable word for programs.
    pub code: &'static str,
    /// A text for people.
    pub message: Cow<'static, str>,
}

impl Fault {
    /// A fault with its word and its text.
    pub const fn new(code: &'static str, message: &'static str) -> Self {
        Self {
            code,
            message: Cow::Borrowed(message),
        }
    }

    /// The value is absent.
    pub const REQUIRED: Self = Self::new("required", "is required");

    pub(crate) fn too_short(minimum: usize) -> Self {
        Self {
            code: "too_short",
            message: format!("must have at least {minimum} characters").into(),
        }
    }

    pub(crate) fn too_long(maximum: usize) -> Self {
        Self {
            code: "too_long",
            message: format!("must have at most {maximum} characters").into(),
        }
    }
}

/// A fault and the field that has it, as a path with dots: `user.role`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// The path of the field.
    pub field: String,
    /// What is wrong with it.
    pub fault: Fault,
}

impl std::fmt::Display for FieldFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.field, self.fault.message)
    }
}

/// Why a use case refused. Each variant has one stable code; each dialect maps each to its status and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The request carries no credential.
    KeyMissing,
    /// The credential is unknown, revoked, expired, or its owner may not use it now.
    KeyInvalid,
    /// The request carries no session.
    SessionMissing,
    /// The session is unknown or has ended.
    SessionInvalid,
    /// The request does not carry the text that belongs to its session.
    CsrfInvalid,
    /// Address and password do not let anybody in.
    SignInRefused,
    /// Too many attempts; how many seconds to wait.
    TooManyAttempts(u64),
    /// The link does not work.
    Link(LinkFault),
    /// The actor may not do this.
    Forbidden,
    /// The user has no API access.
    ApiAccessOff,
    /// The tenant has no such user or group.
    NotFound,
    /// Fields are missing or malformed; all of them, not only the first.
    Invalid(Vec<FieldFault>),
    /// Parameters of the query are missing or malformed; all of them, not only the first.
    Parameter(Vec<FieldFault>),
    /// Another user of the tenant, be it a deleted one, has this address.
    EmailTaken,
    /// Addresses of an invitation are malformed or taken; all of them.
    EmailsRefused(Vec<RefusedEmail>),
    /// Somebody has changed the row since the caller saw it.
    VersionConflict,
    /// An attribute of the system cannot be changed.
    SystemAttribute,
    /// Another attribute of the tenant has this name.
    AttributeNameTaken,
    /// A request was sent again under a key that stands for another one.
    IdempotencyKeyReused,
    /// The same request is being served at this moment.
    IdempotencyKeyInUse,
    /// A pending user has no password to change.
    PasswordOfPending,
    /// Another group of the tenant has this name.
    GroupNameTaken,
    /// Another group of the tenant has the name that a group should get.
    NewGroupNameTaken,
    /// This key is in use already.
    KeyTaken,
    /// The key has expired already.
    KeyExpired,
    /// Another tenant has this name.
    TenantNameTaken,
    /// Another tenant has this slug.
    TenantSlugTaken,
    /// The user is deleted and has to be restored first.
    UserDeleted,
    /// The user to delete is deleted already.
    UserAlreadyDeleted,
    /// The user to restore is not deleted.
    UserNotDeleted,
    /// The user has accepted the invitation already.
    InvitationAccepted,
    /// Nobody deletes oneself.
    CannotDeleteSelf,
    /// Without this user the tenant would have no active admin.
    LastAdmin,
}

impl Error {
    /// The stable word of this variant.
    pub fn code(&self) -> &'static str {
        match self {
            Self::KeyMissing => "key_missing",
            Self::KeyInvalid => "key_invalid",
            Self::SessionMissing => "session_missing",
            Self::SessionInvalid => "session_invalid",
            Self::CsrfInvalid => "csrf_invalid",
            Self::SignInRefused => "sign_in_refused",
            Self::TooManyAttempts(_) => "too_many_attempts",
            Self::Link(LinkFault::Unknown) => "link_unknown",
            Self::Link(LinkFault::Replaced) => "link_replaced",
            Self::Link(LinkFault::UserDeleted) => "link_user_deleted",
            Self::Link(LinkFault::Expired) => "link_expired",
            Self::Link(LinkFault::Used) => "link_used",
            Self::Forbidden => "forbidden",
            Self::ApiAccessOff => "api_access_off",
            Self::NotFound => "not_found",
            Self::Invalid(_) => "invalid",
            Self::Parameter(_) => "parameter",
            Self::EmailTaken => "email_taken",
            Self::EmailsRefused(_) => "emails_refused",
            Self::VersionConflict => "version_conflict",
            Self::SystemAttribute => "system_attribute",
            Self::AttributeNameTaken => "attribute_name_taken",
            Self::IdempotencyKeyReused => "idempotency_key_reused",
            Self::IdempotencyKeyInUse => "idempotency_key_in_use",
            Self::PasswordOfPending => "password_of_pending",
            Self::GroupNameTaken => "group_name_taken",
            Self::NewGroupNameTaken => "new_group_name_taken",
            Self::KeyTaken => "key_taken",
            Self::KeyExpired => "key_expired",
            Self::TenantNameTaken => "tenant_name_taken",
            Self::TenantSlugTaken => "tenant_slug_taken",
            Self::UserDeleted => "user_deleted",
            Self::UserAlreadyDeleted => "user_already_deleted",
            Self::UserNotDeleted => "user_not_deleted",
            Self::InvitationAccepted => "invitation_accepted",
            Self::CannotDeleteSelf => "cannot_delete_self",
            Self::LastAdmin => "last_admin",
        }
    }

    /// Whether this is said of what was shown to be let in, before anything else of the request counts.
    pub fn is_about_credential(&self) -> bool {
        matches!(
            self,
            Self::KeyMissing
                | Self::KeyInvalid
                | Self::SessionMissing
                | Self::SessionInvalid
                | Self::CsrfInvalid
                | Self::Link(_)
        )
    }

    /// The refusal of a single field.
    pub fn field(field: impl Into<String>, fault: Fault) -> Self {
        Self::Invalid(vec![FieldFault {
            field: field.into(),
            fault,
        }])
    }
}
