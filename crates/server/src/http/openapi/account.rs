//! What the account API's routes do.

use super::dialect::{Dialect, Tag};
use super::operation::{Operation, operation};
use super::schemas::Shape;
use super::{parameter, samples};
use crate::http::account::ROUTES;
use roster_domain::audit::{Action, TargetKind};
use roster_domain::wire::account as wire;
use roster_domain::wire::v2::{ErrorBody, NewPassword};
use utoipa::openapi::KnownFormat;

const SESSIONS: Tag = Tag {
    name: "account sessions",
    description: "Signing in and out.",
};

const OWN: Tag = Tag {
    name: "account",
    description: "What people do for themselves.",
};

const LINKS: Tag = Tag {
    name: "account links",
    description: "Invitations and forgotten passwords: whoever has the link of the mail may.",
};

const AUDIT: Tag = Tag {
    name: "audit",
    description: "The audit trail.",
};

pub(super) static DIALECT: Dialect = Dialect {
    name: "account",
    routes: ROUTES,
    tags: &[SESSIONS, OWN, LINKS, AUDIT],
    operations,
    envelope: Shape::of::<ErrorBody>,
    path: str::to_owned,
    is_idempotent: false,
};

fn operations() -> Vec<Operation> {
    let mut operations = sessions();
    operations.extend(links());
    operations.extend(own());
    operations.push(audit_events());
    operations
}

fn password() -> NewPassword {
    NewPassword(samples::PASSWORD.to_owned())
}

const COOKIE: (&str, &str) = ("Set-Cookie", "The session, as the cookie `roster_session`.");

fn sessions() -> Vec<Operation> {
    let (name, cookie) = COOKIE;
    let credentials = wire::SignInRequest {
        tenant: Some("acme".to_owned()),
        email: samples::EMAIL.to_owned(),
        password: password(),
    };
    let listed = wire::Sessions {
        sessions: vec![samples::session()],
    };
    vec![
        operation(&SESSIONS, ("POST", "/api/account/session"), "account_sign_in", "Sign in")
            .describe("401 for whatever is wrong with address or password. After too many failures even the right password is refused for a while.")
            .takes(&credentials)
            .gives(200, "The session has begun", &samples::signed_in())
            .with_header(name, cookie)
            .or(&[401, 403]),
        operation(&SESSIONS, ("GET", "/api/account/session"), "account_get_session", "Get the session that asks")
            .gives(200, "The session", &samples::own_session()),
        operation(&SESSIONS, ("DELETE", "/api/account/session"), "account_sign_out", "Sign out"),
        operation(&SESSIONS, ("GET", "/api/account/sessions"), "account_list_sessions", "List one's sessions")
            .gives(200, "The sessions, the newest first", &listed),
        operation(&SESSIONS, ("DELETE", "/api/account/sessions/{id}"), "account_end_session", "End one of one's sessions"),
    ]
}

fn links() -> Vec<Operation> {
    let (name, cookie) = COOKIE;
    let accepted = wire::AcceptInvitationRequest {
        name: Some("Ana".to_owned()),
        password: password(),
    };
    let forgotten = wire::PasswordResetRequest {
        tenant: Some("acme".to_owned()),
        email: samples::EMAIL.to_owned(),
    };
    let told = wire::Message {
        message: "If somebody has this address, a mail with a link is on its way".to_owned(),
    };
    vec![
        operation(
            &LINKS,
            ("GET", "/api/account/invitations/{token}"),
            "account_get_invitation",
            "Look at an invitation",
        )
        .describe("Changes nothing.")
        .gives(200, "The invitation", &samples::invitation()),
        operation(
            &LINKS,
            ("POST", "/api/account/invitations/{token}"),
            "account_accept_invitation",
            "Accept an invitation",
        )
        .takes(&accepted)
        .gives(
            201,
            "The user is active, and a session has begun",
            &samples::signed_in(),
        )
        .with_header(name, cookie)
        .or(&[403]),
        operation(
            &LINKS,
            ("POST", "/api/account/password_resets"),
            "account_request_password_reset",
            "Ask for a link to a new password",
        )
        .describe("The answer is the same whoever has the address.")
        .takes(&forgotten)
        .gives(202, "A mail is sent if somebody has the address", &told),
        operation(
            &LINKS,
            ("PUT", "/api/account/password_resets/{token}"),
            "account_reset_password",
            "Set a new password by a link",
        )
        .describe("All sessions of the user end.")
        .takes(&wire::ResetPasswordRequest {
            password: password(),
        }),
    ]
}

fn own() -> Vec<Operation> {
    let change = wire::ChangePasswordRequest {
        current_password: NewPassword("nine green umbrellas".to_owned()),
        password: password(),
    };
    let profile = wire::ProfileRequest {
        name: Some("Ana".to_owned()),
        title: Some("Dr".to_owned()),
        job_title: Some("Head of data".to_owned()),
    };
    let label = wire::CreateKeyRequest {
        label: Some("backup job".to_owned()),
        expires_in_days: Some(365),
    };
    let overlap = wire::RotateKeyRequest {
        overlap_minutes: Some(60),
    };
    let keys = wire::Keys {
        keys: vec![samples::key()],
    };
    vec![
        operation(
            &OWN,
            ("PUT", "/api/account/password"),
            "account_change_password",
            "Change one's password",
        )
        .describe("The other sessions end; keys stay.")
        .takes(&change),
        operation(
            &OWN,
            ("PATCH", "/api/account/profile"),
            "account_update_profile",
            "Change one's name and titles",
        )
        .describe("At least one field has to be there.")
        .takes(&profile)
        .gives(
            200,
            "The user",
            &wire::OwnUser {
                user: samples::user(),
            },
        ),
        operation(
            &OWN,
            ("GET", "/api/account/keys"),
            "account_list_keys",
            "List one's API keys",
        )
        .gives(200, "The keys, the newest first", &keys),
        operation(
            &OWN,
            ("POST", "/api/account/keys"),
            "account_create_key",
            "Make an API key",
        )
        .may_take(&label)
        .gives(
            201,
            "The key, which is shown this once",
            &samples::new_key(),
        ),
        operation(
            &OWN,
            ("POST", "/api/account/keys/{id}/rotate"),
            "account_rotate_key",
            "Replace an API key",
        )
        .describe(
            "The old key works for a while longer, so that programs can be moved to the new one.",
        )
        .may_take(&overlap)
        .gives(
            201,
            "The new key, which is shown this once",
            &samples::new_key(),
        ),
        operation(
            &OWN,
            ("DELETE", "/api/account/keys/{id}"),
            "account_revoke_key",
            "Revoke an API key",
        ),
    ]
}

fn audit_events() -> Operation {
    let kinds = TargetKind::ALL.iter().map(|kind| kind.as_str());
    let actions = Action::ALL.iter().map(|action| action.as_str());
    let time = || parameter::formatted(KnownFormat::DateTime);
    let mut list = operation(
        &AUDIT,
        ("GET", "/api/audit_events"),
        "list_audit_events",
        "List the events of the audit trail, page by page",
    )
    .describe("The oldest first. All filters combine.")
    .query(parameter::query(
        "actor_id",
        parameter::id(),
        "Only what this user did.",
    ))
    .query(parameter::query(
        "target_type",
        parameter::words(kinds),
        "Only what was done to such things.",
    ))
    .query(parameter::query(
        "target_id",
        parameter::id(),
        "Only what was done to things with this id.",
    ))
    .query(parameter::query(
        "action",
        parameter::words(actions),
        "Only such events.",
    ))
    .query(parameter::query(
        "from",
        time(),
        "Only events of this time and later.",
    ))
    .query(parameter::query(
        "to",
        time(),
        "Only events before this time.",
    ));
    for parameter in parameter::paging() {
        list = list.query(parameter);
    }
    list.gives(200, "A page of events", &samples::audit_events())
}
