//! What v2 clients send: the bodies as they write them, and the functions by which the server reads them.

mod group;
mod user;

pub use group::{GroupRequest, NamedGroup, create_group, rename_group};
pub use user::{
    InviteRequest, NewPassword, UpdateUserRequest, UserEdit, UserUpdate, edit_user, invite_users,
};
