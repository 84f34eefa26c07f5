//! Making what a case begins with.

use crate::{
    case::{Case, GivenUser, Status},
    fill::{Handle, Handles},
};
use roster_domain::id::{GroupId, UserId};
use std::{fmt, future::Future};

/// Makes users and groups in the tenant that a case runs in.
pub trait Setup {
    /// Makes a group.
    ///
    /// # Errors
    /// It cannot be made.
    fn group(&mut self, name: &str) -> impl Future<Output = Result<GroupId, SetupError>> + Send;

    /// Makes a user who is in these groups, with its key if it has one.
    ///
    /// # Errors
    /// It cannot be made.
    fn user(
        &mut self,
        user: &GivenUser,
        groups: &[GroupId],
    ) -> impl Future<Output = Result<(UserId, Option<String>), SetupError>> + Send;
}

/// Why something that a case begins with could not be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupError(pub String);

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SetupError {}

/// Makes everything that the case begins with; the admin exists already.
///
/// # Errors
/// Something cannot be made.
pub(crate) async fn prepare(
    case: &Case,
    admin: Handle,
    setup: &mut impl Setup,
) -> Result<Handles, SetupError> {
    let mut handles = Handles::default();
    handles.insert("admin", admin);
    for (handle, group) in &case.given.groups {
        let id = setup.group(&group.name).await?;
        handles.insert(handle, Handle::Group { id });
    }
    for (handle, user) in &case.given.users {
        let groups: Option<Vec<_>> = user
            .groups
            .iter()
            .map(|group| handles.group(group))
            .collect();
        let groups = groups.ok_or(SetupError(format!(
            "{handle} is in a group that is not given"
        )))?;
        let (id, key) = setup.user(user, &groups).await?;
        let email = user.email.clone();
        handles.insert(handle, Handle::User { id, email, key });
    }
    Ok(handles)
}

/// Why a case cannot be run through the API alone, in a tenant that it shares with others; `None` if it can.
pub fn needs_fixture(case: &Case) -> Option<String> {
    for (handle, user) in &case.given.users {
        if user.status == Status::Active {
            return Some(format!(
                "{handle} is active, and no v1 route accepts an invitation"
            ));
        }
        if user.key.is_some() {
            return Some(format!("{handle} has a key, and no v1 route makes one"));
        }
        if user.current_sign_in_at.is_some() || user.last_sign_in_at.is_some() {
            return Some(format!("{handle} has signed in, and no v1 route does that"));
        }
    }
    if case.group_names().iter().any(|name| name.contains('{')) {
        return Some("a group's name leaves no room for the mark of this run".to_owned());
    }
    let exchanges: Vec<_> = case.exchanges().collect();
    if exchanges.iter().any(|exchange| {
        let request = &exchange.request;
        let names_admin = |text: &str| text.contains("{admin.");
        !request.is_read()
            && (names_admin(&request.path)
                || request.body_text().is_some_and(|body| names_admin(&body)))
    }) {
        return Some("it would change the admin whose key is used".to_owned());
    }
    exchanges
        .iter()
        .any(|exchange| {
            let request = &exchange.request;
            exchange.response.status < 400
                && request.raw_body.is_some()
                && request.route_path().starts_with("/groups")
        })
        .then(|| "a group in a raw body cannot get the mark of this run".to_owned())
}
