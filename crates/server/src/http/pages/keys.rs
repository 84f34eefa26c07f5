//! One's own API keys: making, rotating and revoking them.

use super::account::{Occasion, failed, shown};
use super::field::{Entered, Field};
use super::form::Form;
use super::view::{Time, see_other};
use crate::error::Result;
use crate::http::auth::Service;
use crate::http::body::Ids;
use crate::service::{NewKey, new_key};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use roster_domain::credential::{CreateOwnKey, KeyDetails, RevokeOwnKey, RotateOwnKey};
use roster_domain::id::ApiKeyId;
use roster_domain::name::Name;
use roster_domain::wire::account;
use serde_json::{Map, Value};

/// The field for what a new key is for.
pub(super) const NEW_KEY: (&str, &str) = ("label", "Label");

const LIFETIME: &str = "expires_in_days";

/// The field for how long a new key lives.
pub(super) fn lifetime(entered: &Entered) -> Field {
    const CHOICES: &[(&str, &str)] = &[
        ("", "Until I revoke it"),
        ("30", "30 days"),
        ("90", "90 days"),
        ("365", "A year"),
    ];
    Field::choice(entered, (LIFETIME, "Valid for"), CHOICES)
}

/// A key as the account's page lists it.
pub(super) struct Key {
    pub(super) id: i64,
    pub(super) label: Option<String>,
    pub(super) prefix: String,
    pub(super) created_at: Time,
    pub(super) last_used_at: Option<Time>,
    pub(super) expires_at: Option<Time>,
}

impl From<KeyDetails> for Key {
    fn from(key: KeyDetails) -> Self {
        Self {
            id: key.id.0,
            label: key.label.map(Name::into_string),
            prefix: key.prefix,
            created_at: key.created_at.into(),
            last_used_at: key.last_used_at.map(Time::from),
            expires_at: key.expires_at.map(Time::from),
        }
    }
}

/// A key that was just made: shown this once.
pub(super) struct MintedKey {
    pub(super) label: Option<String>,
    pub(super) secret: String,
}

pub(super) async fn create(service: Service, form: Form) -> Result<HttpResponse> {
    let service = form.confirm(service)?;
    let key = new_key()?;
    let read = |typed: &Map<String, Value>| account::create_key(&with_number(typed));
    let command = form.read(&[NEW_KEY.0, LIFETIME], read);
    let command = command.map(|(label, expires_in_days)| CreateOwnKey {
        key,
        label,
        expires_in_days,
    });
    match service.run(command).await {
        Ok(new) => minted(&service, new).await,
        Err(error) => failed(&service, form, error).await,
    }
}

/// A form sends texts only, and an empty one for nothing.
fn with_number(typed: &Map<String, Value>) -> Map<String, Value> {
    let mut read = typed.clone();
    let days = typed.get(LIFETIME).and_then(Value::as_str);
    let number = days.and_then(|days| days.parse::<i64>().ok());
    match (days, number) {
        (Some(""), _) => read.remove(LIFETIME),
        (_, Some(number)) => read.insert(LIFETIME.to_owned(), number.into()),
        _ => None,
    };
    read
}

pub(super) async fn rotate(service: Service, ids: Ids, form: Form) -> Result<HttpResponse> {
    let service = form.confirm(service)?;
    let command = RotateOwnKey {
        id: ids.get("id", ApiKeyId),
        key: new_key()?,
        overlap_minutes: RotateOwnKey::DEFAULT_OVERLAP_MINUTES,
    };
    let new = service.run(Ok(command)).await?;
    minted(&service, new).await
}

/// The key is nowhere but in this answer, so it cannot be one that leads to another page.
async fn minted(service: &Service, NewKey { details, key }: NewKey) -> Result<HttpResponse> {
    let occasion = Occasion {
        minted: Some(MintedKey {
            label: details.label.map(Name::into_string),
            secret: key.expose().to_owned(),
        }),
        ..Occasion::default()
    };
    shown(service, StatusCode::OK, occasion).await
}

pub(super) async fn revoke(service: Service, ids: Ids, form: Form) -> Result<HttpResponse> {
    let service = form.confirm(service)?;
    let id = ids.get("id", ApiKeyId);
    service.run(Ok(RevokeOwnKey { id })).await?;
    Ok(see_other("/account?done=revoked"))
}
