//! The account API: what people do for themselves, as JSON, and the audit trail.

mod audit;
mod keys;
mod links;
mod profile;
mod session;

use super::path;
use super::route::routes;
use roster_domain::audit::ListAuditEvents;
use roster_domain::credential::{CreateOwnKey, ListOwnKeys, RevokeOwnKey, RotateOwnKey};
use roster_domain::link::GetInvitation;
use roster_domain::password::{
    AcceptInvitation, ChangePassword, RequestPasswordReset, ResetPassword,
};
use roster_domain::session::{EndSession, GetSession, ListSessions, SignIn};
use roster_domain::user::UpdateOwnUser;

routes! {
    "/api/account/session", path::anything {
        POST session::sign_in => SignIn,
        GET session::get => GetSession,
        DELETE session::sign_out => EndSession
    }
    "/api/account/sessions", path::anything { GET session::list => ListSessions }
    "/api/account/sessions/{id}", path::anything { DELETE session::end => EndSession }
    "/api/account/invitations/{token}", path::anything {
        GET links::get_invitation => GetInvitation,
        POST links::accept_invitation => AcceptInvitation
    }
    "/api/account/password_resets", path::anything {
        POST links::request_password_reset => RequestPasswordReset
    }
    "/api/account/password_resets/{token}", path::anything {
        PUT links::reset_password => ResetPassword
    }
    "/api/account/password", path::anything { PUT profile::change_password => ChangePassword }
    "/api/account/profile", path::anything { PATCH profile::update => UpdateOwnUser }
    "/api/account/keys", path::anything {
        GET keys::list => ListOwnKeys,
        POST keys::create => CreateOwnKey
    }
    "/api/account/keys/{id}/rotate", path::anything { POST keys::rotate => RotateOwnKey }
    "/api/account/keys/{id}", path::anything { DELETE keys::revoke => RevokeOwnKey }
    "/api/audit_events", path::anything { GET audit::list => ListAuditEvents }
}
