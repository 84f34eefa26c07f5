//! Pages for people: server-rendered forms that need no script. They say what the use cases say; they decide nothing.

mod account;
pub(super) mod assets;
mod browser;
pub(super) mod error;
mod field;
mod form;
mod invitation;
mod keys;
mod password;
mod password_reset;
mod profile;
mod sessions;
mod sign_in;
mod view;
mod visitor;

use super::path;
use super::route::routes;
use roster_domain::credential::{CreateOwnKey, RevokeOwnKey, RotateOwnKey};
use roster_domain::link::{GetInvitation, GetPasswordReset};
use roster_domain::password::{
    AcceptInvitation, ChangePassword, RequestPasswordReset, ResetPassword,
};
use roster_domain::session::{EndSession, GetSession, SignIn};
use roster_domain::user::UpdateOwnUser;

// A form has the action of what it leads to. Of two patterns that match, the first counts: words before tokens.
routes! {
    "/", path::anything { GET account::enter => GetSession }
    "/sign_in", path::anything { GET sign_in::show => SignIn, POST sign_in::sign_in => SignIn }
    "/t/{slug}/sign_in", path::anything {
        GET sign_in::show => SignIn,
        POST sign_in::sign_in => SignIn
    }
    "/sign_out", path::anything { POST sessions::sign_out => EndSession }
    "/invitations/{token}", path::anything {
        GET invitation::show => GetInvitation,
        POST invitation::accept => AcceptInvitation
    }
    "/password_resets/new", path::anything {
        GET password_reset::ask => RequestPasswordReset,
        POST password_reset::request => RequestPasswordReset
    }
    "/password_resets/{token}", path::anything {
        GET password_reset::show => GetPasswordReset,
        POST password_reset::reset => ResetPassword
    }
    "/account", path::anything { GET account::show => GetSession }
    "/account/profile", path::anything { POST profile::update => UpdateOwnUser }
    "/account/password", path::anything { POST password::change => ChangePassword }
    "/account/keys", path::anything { POST keys::create => CreateOwnKey }
    "/account/keys/{id}/rotate", path::anything { POST keys::rotate => RotateOwnKey }
    "/account/keys/{id}/revoke", path::anything { POST keys::revoke => RevokeOwnKey }
    "/account/sessions/{id}/end", path::anything { POST sessions::end => EndSession }
}

/// What every page tells the browser: nothing but this server's own style sheet, and no frames.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                                 base-uri 'none'; frame-ancestors 'none'";
