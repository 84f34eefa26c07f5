//! The first dialect: the Holistics User API and Group API ("legacy v1").

pub(super) mod error;
mod groups;
mod users;

use super::path;
use actix_web::dev::Handler;
use actix_web::http::Method;
use actix_web::{FromRequest, Resource, Responder, guard, web};
use roster_domain::group::{
    AddMember, CreateGroup, DeleteGroup, ListGroups, RemoveMember, RenameGroup,
};
use roster_domain::permission::Action;
use roster_domain::user::{
    ChangeRole, CheckEmail, DeleteUser, FindUser, GetOwnUser, InviteUser, ListUsers,
    ResendInvitation, RestoreUser, RevokeKeys, UpdateUser,
};

/// A route of this dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The method; HEAD is answered wherever GET is.
    pub method: &'static str,
    /// The path, without its spellings.
    pub pattern: &'static str,
    /// The action in the authorization table.
    pub action: &'static str,
}

macro_rules! routes {
    ($($pattern:literal, $accepted:path { $($method:ident $handler:path => $action:ty),+ })+) => {
        /// All routes of this dialect.
        pub const ROUTES: &[Route] = &[$($(Route {
            method: stringify!($method),
            pattern: $pattern,
            action: <$action as Action>::ROW.action,
        }),+),+];

        /// Registers them.
        pub(super) fn configure(config: &mut web::ServiceConfig) {
            $(
                let resource = web::resource($pattern).guard(guard::fn_guard($accepted));
                $(let resource = route(resource, Method::$method, $handler);)+
                config.service(resource);
            )+
        }
    };
}

// Of two patterns that match, the first counts: words before ids.
routes! {
    "/users", path::wants_json { GET users::list => ListUsers }
    "/user", path::wants_json { GET users::list => ListUsers }
    "/users/invite", path::wants_json { POST users::invite => InviteUser }
    "/users/restore", path::wants_json { POST users::restore => RestoreUser }
    "/users/check_holistics_user", path::wants_json { GET users::check => CheckEmail }
    "/users/change_user_role", path::wants_json { POST users::change_role => ChangeRole }
    "/users/get_user", path::wants_json { GET users::find => FindUser }
    "/users/info", path::wants_json { GET users::me => GetOwnUser }
    "/users/{id}", path::wants_json {
        DELETE users::delete => DeleteUser,
        PATCH users::update => UpdateUser
    }
    "/users/{id}/resend_invite", path::wants_json { POST users::resend_invite => ResendInvitation }
    "/users/{id}/revoke_authentication_token", path::wants_json {
        POST users::revoke_keys => RevokeKeys
    }
    "/groups", path::wants_json {
        GET groups::list => ListGroups,
        POST groups::create => CreateGroup
    }
    "/groups/{id}", path::wants_json {
        PUT groups::rename => RenameGroup,
        DELETE groups::delete => DeleteGroup
    }
    // Documented without `.json`, so what is accepted does not matter.
    "/groups/{group_id}/user/{user_id}", path::anything {
        PUT groups::add_user => AddMember,
        DELETE groups::remove_user => RemoveMember
    }
}

fn route<F, Args>(resource: Resource, method: Method, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let resource = if method == Method::GET {
        resource.route(web::head().to(handler.clone()))
    } else {
        resource
    };
    resource.route(web::method(method).to(handler))
}
