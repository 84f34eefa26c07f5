//! Making what a case begins with.

use crate::{
    case::{Case, GivenUser, Status},
    exchange::Exchange,
    fill::{Handle, Handles},
};
use roster_domain::id::GroupId;
use std::{fmt, future::Future};

/// Makes users and groups in the tenant that a case runs in.
pub trait Setup {
    /// Makes a group.
    ///
    /// # Errors
    /// It cannot be made.
    fn group(&mut self, name: &str) -> impl Future<Output = Result<GroupId, SetupError>> + Send;

    /// Makes a user who is in these groups, and says what is known of it: its key, its session, its links.
    ///
    /// # Errors
    /// It cannot be made.
    fn user(
        &mut self,
        user: &GivenUser,
        groups: &[GroupId],
    ) -> impl Future<Output = Result<Handle, SetupError>> + Send;
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

/// Makes everything that the case begins with; some handles are known already, the admin's among them.
///
/// # Errors
/// Something cannot be made.
pub(crate) async fn prepare(
    case: &Case,
    mut handles: Handles,
    setup: &mut impl Setup,
) -> Result<Handles, SetupError> {
    for (handle, group) in &case.given.groups {
        let id = setup.group(&group.name).await?;
        handles.insert(handle, Handle::group(id));
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
        let made = setup.user(user, &groups).await?;
        handles.insert(handle, made.with_row(user, &groups));
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
        if user.session.is_some() || user.password.is_some() {
            return Some(format!(
                "{handle} has chosen a password, and no v1 route does that"
            ));
        }
        if user.links.by_name().iter().any(|(_, link)| link.is_some()) {
            return Some(format!("{handle} has a link, which came by mail"));
        }
        if user.current_sign_in_at.is_some() || user.last_sign_in_at.is_some() {
            return Some(format!("{handle} has signed in, and no v1 route does that"));
        }
    }
    if case.group_names().iter().any(|name| name.contains('{')) {
        return Some("a group's name leaves no room for the mark of this run".to_owned());
    }
    let exchanges: Vec<_> = case.exchanges().collect();
    if exchanges.iter().any(lists_others) {
        return Some("it lists everybody, and there may be others".to_owned());
    }
    if exchanges.iter().any(|exchange| {
        let is_about_attributes = exchange
            .request
            .route_path()
            .starts_with("/api/v2/user_attribute");
        is_about_attributes && exchange.response.status < 400
    }) {
        return Some("names of user attributes cannot get the mark of this run".to_owned());
    }
    if exchanges.iter().any(|exchange| {
        let request = &exchange.request;
        let names_admin = |text: &str| text.contains("{admin.");
        !request.is_read()
            && (names_admin(&request.path)
                || request.body_text().is_some_and(|body| names_admin(&body)))
    }) {
        return Some("it would change the admin whose key is used".to_owned());
    }
    if exchanges.iter().any(|exchange| {
        let request = &exchange.request;
        let body = request.body_text().unwrap_or_default();
        [&request.path, &body]
            .iter()
            .any(|text| text.contains("{tenant."))
    }) {
        return Some("it names the tenant, and no v1 route tells what it is called".to_owned());
    }
    exchanges
        .iter()
        .any(|exchange| {
            let request = &exchange.request;
            exchange.response.status < 400
                && request.raw_body.is_some()
                && request.route_path().contains("/groups")
        })
        .then(|| "a group in a raw body cannot get the mark of this run".to_owned())
}

/// Whether the answer is a page of v2 with rows that are not the case's own. Its own are those with its ids and addresses, and
/// the newest.
fn lists_others(exchange: &Exchange) -> bool {
    let request = &exchange.request;
    let is_list = request.is_read()
        && ["/api/v2/users", "/api/v2/groups"].contains(&request.route_path())
        && exchange.response.status < 400;
    let query = request.path.split_once('?').map_or("", |(_, query)| query);
    let has = |text: &str| query.contains(text);
    let is_narrowed = has("ids") || has("example.com") || has("sort=id_desc") && has("limit=");
    is_list && !is_narrowed
}
