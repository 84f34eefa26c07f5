//! The page of one's own account. Each of its forms has a module of its own and comes back here when it fails.

use super::field::{Entered, Field, Summary};
use super::keys::{Key, MintedKey, NEW_KEY, lifetime};
use super::sessions::Session;
use super::view::{page, see_other};
use crate::error::{Error, Result};
use crate::http::auth::Service;
use crate::http::body::Query;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use roster_domain::Error as Refusal;
use roster_domain::credential::ListOwnKeys;
use roster_domain::name::Name;
use roster_domain::session::{GetSession, ListSessions};
use roster_domain::user::User;

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    csrf_token: String,
    notice: Option<&'static str>,
    summary: Summary,
    display_name: String,
    email: String,
    initials: String,
    profile: [Field; 3],
    password: [Field; 2],
    /// Whether the user's keys are accepted, so that one can be made.
    has_api_access: bool,
    new_key: [Field; 2],
    minted: Option<MintedKey>,
    keys: Vec<Key>,
    sessions: Vec<Session>,
}

/// What happened before the page is shown.
#[derive(Default)]
pub(super) struct Occasion {
    /// What was done.
    pub(super) notice: Option<&'static str>,
    /// A form that failed.
    pub(super) entered: Entered,
    /// A key that was just made.
    pub(super) minted: Option<MintedKey>,
}

/// The start page of the server.
pub(super) async fn enter() -> HttpResponse {
    see_other("/account")
}

pub(super) async fn show(service: Service, query: Query) -> Result<HttpResponse> {
    let notice = query.get("done").and_then(|word| notice(&word));
    let occasion = Occasion {
        notice,
        ..Occasion::default()
    };
    match shown(&service, StatusCode::OK, occasion).await {
        Err(Error::Domain(Refusal::SessionMissing | Refusal::SessionInvalid)) => {
            Ok(see_other("/sign_in"))
        }
        answer => answer,
    }
}

/// What a form's success is called in the address to which it leads. A word that is none says nothing.
fn notice(word: &str) -> Option<&'static str> {
    match word {
        "welcome" => Some("Welcome! Your account is ready."),
        "profile" => Some("Your profile is saved."),
        "password" => Some("Your password is changed. Your other sessions have ended."),
        "revoked" => Some("The key is revoked."),
        "session" => Some("The session has ended."),
        _ => None,
    }
}

/// The page again, after one of its forms failed.
pub(super) async fn failed(
    service: &Service,
    form: super::form::Form,
    error: Error,
) -> Result<HttpResponse> {
    let occasion = Occasion {
        entered: Entered::failed(form, error)?,
        ..Occasion::default()
    };
    shown(service, StatusCode::UNPROCESSABLE_ENTITY, occasion).await
}

/// The page.
pub(super) async fn shown(
    service: &Service,
    status: StatusCode,
    Occasion {
        notice,
        entered,
        minted,
    }: Occasion,
) -> Result<HttpResponse> {
    let user = service.run(Ok(GetSession)).await?.user.user;
    let keys = service.run(Ok(ListOwnKeys)).await?;
    let sessions = service.run(Ok(ListSessions)).await?;
    let (profile, password) = (profile(&entered, &user), password(&entered));
    let new_key = [
        Field::text(&entered, NEW_KEY, None).hint("What the key is for, as in “nightly export”"),
        lifetime(&entered),
    ];
    let fields = profile.iter().chain(&password).chain(&new_key);
    let shown = AccountPage {
        csrf_token: service.csrf_token(),
        notice,
        summary: Summary::of(fields),
        display_name: user.display_name().to_owned(),
        initials: user.initials(),
        has_api_access: user.allow_authentication_token,
        email: user.email.into_string(),
        profile,
        password,
        new_key,
        minted,
        keys: keys.into_iter().map(Key::from).collect(),
        sessions: sessions.into_iter().map(Session::from).collect(),
    };
    page(status, &shown)
}

fn profile(entered: &Entered, user: &User) -> [Field; 3] {
    let known = |name: &'_ Option<Name>| name.as_ref().map(|name| name.as_str().to_owned());
    let field = |field, name| Field::text(entered, field, known(name).as_deref());
    [
        field(("name", "Name"), &user.name).autocomplete("name"),
        field(("title", "Title"), &user.title).autocomplete("honorific-prefix"),
        field(("job_title", "Job title"), &user.job_title).autocomplete("organization-title"),
    ]
}

fn password(entered: &Entered) -> [Field; 2] {
    let current = ("current_password", "Present password");
    [
        Field::password(entered, current, "current-password"),
        super::invitation::new_password(entered, "New password"),
    ]
}
