//! The second dialect: the Holistics API v2. Its faults are those of the account API as well.

pub(super) mod error;
mod groups;
mod jobs;
mod user_attribute_entries;
mod user_attributes;
mod users;
mod version;

use super::path;
use super::route::routes;
use roster_domain::group::{
    AddMember, CreateGroup, DeleteGroup, GetGroup, PageGroups, RemoveMember, RenameGroup,
};
use roster_domain::job::{GetJob, ListJobs};
use roster_domain::user::{
    CheckEmail, DeleteUser, GetOwnUser, GetUser, InviteUsers, PageUsers, ResendInvitation,
    RestoreUser, RevokeKeys, UpdateUser,
};
use roster_domain::user_attribute::{
    ComputeValues, CreateUserAttribute, DeleteUserAttribute, GetUserAttribute, PageEntries,
    PageUserAttributes, UpdateUserAttribute, UpsertEntries,
};

// Of two patterns that match, the first counts: words before ids.
routes! {
    "/api/v2/users", path::anything { GET users::list => PageUsers }
    "/api/v2/users/invite", path::anything { POST users::invite => InviteUsers }
    "/api/v2/users/check_holistics_user", path::anything { GET users::check => CheckEmail }
    "/api/v2/users/me", path::anything { GET users::me => GetOwnUser }
    "/api/v2/users/{id}", path::anything {
        GET users::get => GetUser,
        PUT users::update => UpdateUser,
        DELETE users::delete => DeleteUser
    }
    "/api/v2/users/{id}/restore", path::anything { POST users::restore => RestoreUser }
    "/api/v2/users/{id}/resend_invite", path::anything {
        POST users::resend_invite => ResendInvitation
    }
    "/api/v2/users/{id}/revoke_authentication_token", path::anything {
        POST users::revoke_keys => RevokeKeys
    }
    "/api/v2/groups", path::anything {
        GET groups::list => PageGroups,
        POST groups::create => CreateGroup
    }
    "/api/v2/groups/{id}", path::anything {
        GET groups::get => GetGroup,
        PUT groups::rename => RenameGroup,
        DELETE groups::delete => DeleteGroup
    }
    "/api/v2/groups/{group_id}/add_user/{user_id}", path::anything {
        POST groups::add_user => AddMember
    }
    "/api/v2/groups/{group_id}/remove_user/{user_id}", path::anything {
        POST groups::remove_user => RemoveMember
    }
    "/api/v2/user_attributes", path::anything {
        GET user_attributes::list => PageUserAttributes,
        POST user_attributes::create => CreateUserAttribute
    }
    "/api/v2/user_attributes/{id}", path::anything {
        GET user_attributes::get => GetUserAttribute,
        PUT user_attributes::update => UpdateUserAttribute,
        DELETE user_attributes::delete => DeleteUserAttribute
    }
    "/api/v2/user_attribute_entries", path::anything {
        GET user_attribute_entries::list => PageEntries
    }
    "/api/v2/user_attribute_entries/computed_values", path::anything {
        GET user_attribute_entries::compute => ComputeValues
    }
    "/api/v2/user_attribute_entries/upsert", path::anything {
        PUT user_attribute_entries::upsert => UpsertEntries
    }
    "/api/v2/jobs", path::anything { GET jobs::list => ListJobs }
    "/api/v2/jobs/{id}", path::anything { GET jobs::get => GetJob }
    "/api/v2/jobs/{id}/logs", path::anything { GET jobs::logs => GetJob }
    "/api/v2/jobs/{id}/result", path::anything { GET jobs::result => GetJob }
}
