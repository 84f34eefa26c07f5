//! The first dialect: the Holistics User API and Group API ("legacy v1").

pub(super) mod error;
mod groups;
mod users;

use super::path;
use super::route::routes;
use roster_domain::group::{
    AddMember, CreateGroup, DeleteGroup, ListGroups, RemoveMember, RenameGroup,
};
use roster_domain::user::{
    ChangeRole, CheckEmail, DeleteUser, FindUser, GetOwnUser, InviteUsers, ListUsers,
    ResendInvitation, RestoreUser, RevokeKeys, UpdateUser,
};

// Of two patterns that match, the first counts: words before ids.
routes! {
    "/users/get_user", path::wants_json { GET users::find => FindUser }
    "/users/check_holistics_user", path::wants_json { GET users::check => CheckEmail }
    "/users/info", path::wants_json { GET users::me => GetOwnUser }
    "/users", path::wants_json { GET users::list => ListUsers }
    "/user", path::wants_json { GET users::list => ListUsers }
    "/users/invite", path::wants_json { POST users::invite => InviteUsers }
    "/users/restore", path::wants_json { POST users::restore => RestoreUser }
    "/users/change_user_role", path::wants_json { POST users::change_role => ChangeRole }
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
