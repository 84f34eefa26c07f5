//! What the account API is sent, and how the server reads it.

use crate::{
    credential::RotateOwnKey,
    email::Email,
    error::{Error, Fault},
    name::Name,
    password::Password,
    user::{UpdateOwnUser, UserChanges},
    wire::{Body, v2::NewPassword},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Who wants to sign in, as it was typed.
#[derive(Debug, Clone)]
pub struct Attempted {
    /// The tenant's slug.
    pub tenant: Option<String>,
    /// The address, which need not be one.
    pub email: String,
    /// The password.
    pub password: Password,
}

fn as_typed(typed: &str) -> Result<String, Fault> {
    Ok(typed.to_owned())
}

fn password(typed: &str) -> Result<Password, Fault> {
    Ok(Password::typed(typed))
}

/// `POST /account/session`
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = account::SignInRequest))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// The tenant's slug; not needed where there is only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The address.
    pub email: String,
    /// The password.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Password))]
    pub password: NewPassword,
}

/// Reads the body of `POST /account/session`.
///
/// # Errors
/// Fields are missing or no strings; what they say is not looked at.
pub fn sign_in(object: &Map<String, Value>) -> Result<Attempted, Error> {
    let body = Body::new(object);
    body.refuse_others(&["tenant", "email", "password"]);
    let tenant = body.field("tenant").text(as_typed);
    let email = body.field("email").required().text(as_typed);
    let password = body.field("password").required().text(password);
    body.finish(|| {
        Some(Attempted {
            tenant,
            email: email?,
            password: password?,
        })
    })
}

/// `POST /account/invitations/{token}`
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = account::AcceptInvitationRequest))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptInvitationRequest {
    /// The name; absent or null leaves the one that the invitation gave.
    #[cfg_attr(feature = "openapi", schema(max_length = 255))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The password from now on.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Password, min_length = 8, max_length = 512))]
    pub password: NewPassword,
}

/// Reads the body of `POST /account/invitations/{token}`.
///
/// # Errors
/// All faults of its fields.
pub fn accept_invitation(object: &Map<String, Value>) -> Result<(Option<Name>, Password), Error> {
    let body = Body::new(object);
    body.refuse_others(&["name", "password"]);
    let name = body.field("name").text(Name::parse_optional).flatten();
    let password = body.field("password").required().text(password);
    body.finish(|| Some((name, password?)))
}

/// `POST /account/password_resets`
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = account::PasswordResetRequest))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordResetRequest {
    /// The tenant's slug; not needed where there is only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The address of whoever forgot the password.
    #[cfg_attr(feature = "openapi", schema(format = Email, max_length = 254))]
    pub email: String,
}

/// Reads the body of `POST /account/password_resets`: a tenant's slug, and an address.
///
/// # Errors
/// All faults of its fields.
pub fn request_password_reset(
    object: &Map<String, Value>,
) -> Result<(Option<String>, Email), Error> {
    let body = Body::new(object);
    body.refuse_others(&["tenant", "email"]);
    let tenant = body.field("tenant").text(as_typed);
    let email = body.field("email").required().text(Email::parse);
    body.finish(|| Some((tenant, email?)))
}

/// `PUT /account/password_resets/{token}`
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = account::ResetPasswordRequest))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResetPasswordRequest {
    /// The password from now on.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Password, min_length = 8, max_length = 512))]
    pub password: NewPassword,
}

/// Reads the body of `PUT /account/password_resets/{token}`.
///
/// # Errors
/// All faults of its fields.
pub fn reset_password(object: &Map<String, Value>) -> Result<Password, Error> {
    let body = Body::new(object);
    body.refuse_others(&["password"]);
    let password = body.field("password").required().text(password);
    body.finish(|| password)
}

/// `PUT /account/password`
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = account::ChangePasswordRequest))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangePasswordRequest {
    /// The password until now.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Password))]
    pub current_password: NewPassword,
    /// The password from now on.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = Password, min_length = 8, max_length = 512))]
    pub password: NewPassword,
}

/// Reads the body of `PUT /account/password`: the present password, and the new one.
///
/// # Errors
/// All faults of its fields.
pub fn change_password(object: &Map<String, Value>) -> Result<(Password, Password), Error> {
    let body = Body::new(object);
    body.refuse_others(&["current_password", "password"]);
    let current = body.field("current_password").required().text(password);
    let password = body.field("password").required().text(password);
    body.finish(|| Some((current?, password?)))
}

/// `PATCH /account/profile`
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = account::ProfileRequest))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileRequest {
    /// The name; null empties it.
    #[cfg_attr(feature = "openapi", schema(max_length = 255))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The title; null empties it.
    #[cfg_attr(feature = "openapi", schema(max_length = 255))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The job title; null empties it.
    #[cfg_attr(feature = "openapi", schema(max_length = 255))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_title: Option<String>,
}

/// Reads the body of `PATCH /account/profile`.
///
/// # Errors
/// All faults of its fields.
pub fn update_profile(object: &Map<String, Value>) -> Result<UpdateOwnUser, Error> {
    let body = Body::new(object);
    body.refuse_others(&["name", "title", "job_title"]);
    let name = |field: &str| {
        body.has(field)
            .then(|| body.field(field).text(Name::parse_optional).flatten())
    };
    let changes = UserChanges {
        name: name("name"),
        title: name("title"),
        job_title: name("job_title"),
        ..UserChanges::default()
    };
    if body.is_empty() {
        body.refuse(
            "name",
            Fault::new("empty", "or title or job_title must be given"),
        );
    }
    body.finish(|| Some(UpdateOwnUser { changes }))
}

/// `POST /account/keys`
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = account::CreateKeyRequest))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateKeyRequest {
    /// A label for people.
    #[cfg_attr(feature = "openapi", schema(max_length = 255))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// After how many days the key is refused; absent: never.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 36500))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_days: Option<u32>,
}

/// Reads the body of `POST /account/keys`: a label, and after how many days the key is refused.
///
/// # Errors
/// All faults of its fields.
pub fn create_key(object: &Map<String, Value>) -> Result<(Option<Name>, Option<u32>), Error> {
    let body = Body::new(object);
    body.refuse_others(&["label", "expires_in_days"]);
    let label = body.field("label").text(Name::parse_optional).flatten();
    let days = number(
        &body,
        "expires_in_days",
        (1, MAX_KEY_DAYS),
        "must be from 1 to 36500",
    );
    body.finish(|| Some((label, days)))
}

const MAX_KEY_DAYS: u32 = 36_500;

/// `POST /account/keys/{id}/rotate`
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = account::RotateKeyRequest))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotateKeyRequest {
    /// How many minutes the old key still works; absent: 60.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 10080))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap_minutes: Option<u32>,
}

/// Reads the body of `POST /account/keys/{id}/rotate`: how many minutes the old key still works.
///
/// # Errors
/// All faults of its fields.
pub fn rotate_key(object: &Map<String, Value>) -> Result<u32, Error> {
    let body = Body::new(object);
    body.refuse_others(&["overlap_minutes"]);
    let range = (0, RotateOwnKey::MAX_OVERLAP_MINUTES);
    let overlap = number(&body, "overlap_minutes", range, "must be from 0 to 10080");
    body.finish(|| Some(overlap.unwrap_or(RotateOwnKey::DEFAULT_OVERLAP_MINUTES)))
}

fn number(
    body: &Body<'_>,
    field: &str,
    (least, most): (u32, u32),
    range: &'static str,
) -> Option<u32> {
    let number = body.field(field).integer()?;
    let in_range = u32::try_from(number)
        .ok()
        .filter(|number| (least..=most).contains(number));
    if in_range.is_none() {
        body.refuse(field, Fault::new("range", range));
    }
    in_range
}
