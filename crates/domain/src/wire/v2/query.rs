//! What v2 clients ask for in queries.

use super::{
    Cursors, Parameters,
    parameters::{boolean, cursors, integer},
};
use crate::{
    email::Email,
    error::{Error, Fault, FieldFault},
    group::PageGroups,
    id::{GroupId, JobId, UserId},
    page::Rows,
    role::Role,
    user::{
        Direction, PageUsers, SearchTerm, Status, UserDetails, UserFilter, UserPosition, UserSort,
    },
};

/// The query of `GET /users`, read.
#[derive(Debug, Clone)]
pub struct UserQuery {
    /// What is asked for.
    pub command: PageUsers,
    scope: String,
}

impl UserQuery {
    /// Reads it.
    ///
    /// # Errors
    /// All faults of the parameters.
    pub fn parse(parameters: Parameters) -> Result<Self, Error> {
        let (sort, direction) = parameters.one("sort", user_sort).unwrap_or_default();
        let filter = user_filter(&parameters);
        let scope = format!("users {sort:?} {direction:?} {filter:?}");
        let page = parameters.page(&scope, |values| match (sort, values) {
            (UserSort::Id, [id]) => Some(UserPosition {
                text: String::new(),
                id: UserId(id.parse().ok()?),
            }),
            (UserSort::Name | UserSort::Initials, [text, id]) => Some(UserPosition {
                text: text.clone(),
                id: UserId(id.parse().ok()?),
            }),
            _ => None,
        });
        let command = PageUsers {
            filter,
            sort,
            direction,
            page,
            counters: parameters.one("counters", boolean).unwrap_or(true),
        };
        parameters.finish(Self { command, scope })
    }

    /// The cursors of a page of this list.
    pub fn cursors(&self, rows: &Rows<UserDetails>) -> Cursors {
        let sort = self.command.sort;
        cursors(rows, &self.scope, |row| {
            let id = row.user.id.to_string();
            match sort {
                UserSort::Id => vec![id],
                UserSort::Name => vec![row.user.name_key(), id],
                UserSort::Initials => vec![row.user.initials_key(), id],
            }
        })
    }
}

fn user_filter(parameters: &Parameters) -> UserFilter {
    let mut statuses = parameters.many("statuses", status).unwrap_or_default();
    statuses.extend(parameters.many("status", status).unwrap_or_default());
    let exclude_deleted = parameters.one("exclude_deleted", boolean).unwrap_or(false);
    let is_wanted = |status: &Status| {
        (statuses.is_empty() || statuses.contains(status))
            && !(exclude_deleted && *status == Status::Deleted)
    };
    let wanted: Vec<Status> = Status::ALL.into_iter().filter(is_wanted).collect();
    let ids = parameters.many("ids", integer);
    UserFilter {
        search: parameters.one("search_term", SearchTerm::parse).flatten(),
        ids: match wanted.is_empty() {
            // Deleted users, but no deleted ones: nobody.
            true => Some(Vec::new()),
            false => ids.map(|ids| ids.into_iter().map(UserId).collect()),
        },
        statuses: match wanted.len() == Status::ALL.len() {
            true => Vec::new(),
            false => wanted,
        },
        role: parameters.one("role", Role::parse),
        has_authentication_token: parameters.one("has_authentication_token", boolean),
    }
}

fn user_sort(text: &str) -> Result<(UserSort, Direction), Fault> {
    match text {
        "natural" | "id_asc" => Ok((UserSort::Id, Direction::Ascending)),
        "id_desc" => Ok((UserSort::Id, Direction::Descending)),
        "name_asc" => Ok((UserSort::Name, Direction::Ascending)),
        "name_desc" => Ok((UserSort::Name, Direction::Descending)),
        "initials_asc" => Ok((UserSort::Initials, Direction::Ascending)),
        "initials_desc" => Ok((UserSort::Initials, Direction::Descending)),
        _ => Err(Fault::new(
            "unknown",
            "must be one of natural, id_asc, id_desc, name_asc, name_desc, initials_asc, initials_desc",
        )),
    }
}

/// The query of `GET /groups`, read.
#[derive(Debug, Clone)]
pub struct GroupQuery {
    /// What is asked for.
    pub command: PageGroups,
    scope: String,
}

impl GroupQuery {
    /// Reads it.
    ///
    /// # Errors
    /// All faults of the parameters.
    pub fn parse(parameters: Parameters) -> Result<Self, Error> {
        let direction = parameters.one("sort", |text| match text {
            "natural" | "id_asc" => Ok(Direction::Ascending),
            "id_desc" => Ok(Direction::Descending),
            _ => Err(Fault::new(
                "unknown",
                "must be one of natural, id_asc, id_desc",
            )),
        });
        let direction = direction.unwrap_or_default();
        let scope = format!("groups {direction:?}");
        let page = parameters.page(&scope, |values| match values {
            [id] => id.parse().ok().map(GroupId),
            _ => None,
        });
        let command = PageGroups {
            direction,
            page,
            include_users: Self::include_users(&parameters),
        };
        parameters.finish(Self { command, scope })
    }

    /// Reads whether users are wanted with their groups.
    pub fn include_users(parameters: &Parameters) -> bool {
        parameters.one("include_users", boolean).unwrap_or(false)
    }

    /// The cursors of a page of this list.
    pub fn cursors(&self, rows: &Rows<crate::group::GroupDetails>) -> Cursors {
        cursors(rows, &self.scope, |row| vec![row.group.id.to_string()])
    }
}

/// Reads the query of `GET /users/check_holistics_user`: `email`, required.
///
/// # Errors
/// It is missing or no address.
pub fn email_query(email: Option<&str>) -> Result<Email, Error> {
    let email = email.ok_or(Fault::REQUIRED).and_then(Email::parse);
    email.map_err(|fault| {
        Error::Parameter(vec![FieldFault {
            field: "email".to_owned(),
            fault,
        }])
    })
}

/// Reads the query of `GET /jobs`: `ids`, required, at most 100.
///
/// # Errors
/// All faults of the parameters.
pub fn job_ids(parameters: Parameters) -> Result<Vec<JobId>, Error> {
    const MOST: usize = 100;
    let ids = match parameters.values("ids").len() {
        0 => {
            parameters.refuse("ids", Fault::REQUIRED);
            None
        }
        1..=MOST => parameters.many("ids", integer),
        _ => {
            let fault = Fault::new("too_many", "must have at most 100 values");
            parameters.refuse("ids", fault);
            None
        }
    };
    let ids = ids.unwrap_or_default().into_iter().map(JobId).collect();
    parameters.finish(ids)
}

fn status(text: &str) -> Result<Status, Fault> {
    let fault = Fault::new("unknown", "must be one of active, deleted, pending");
    Status::parse(text).ok_or(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &[(&str, &str)]) -> Result<UserQuery, Error> {
        let pairs = text
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        UserQuery::parse(Parameters::new(pairs.collect()))
    }

    #[test]
    fn arrays_come_in_two_spellings() {
        let read = query(&[("ids[]", "1"), ("ids", "2"), ("ids[]", "3")]).unwrap();
        assert_eq!(
            read.command.filter.ids,
            Some(vec![UserId(1), UserId(2), UserId(3)])
        );
    }

    #[test]
    fn states_are_united_and_deleted_ones_left_out() {
        let states = |text: &[(&str, &str)]| query(text).unwrap().command.filter.statuses;
        assert_eq!(states(&[]), []);
        assert_eq!(
            states(&[("status", "active"), ("statuses[]", "deleted")]),
            [Status::Active, Status::Deleted]
        );
        assert_eq!(
            states(&[("exclude_deleted", "true")]),
            [Status::Pending, Status::Active]
        );
        let nobody = query(&[("status", "deleted"), ("exclude_deleted", "true")]).unwrap();
        assert_eq!(nobody.command.filter.ids, Some(vec![]));
    }

    #[test]
    fn jobs_have_one_fault_at_a_time() {
        let ids = |values: &[&str]| {
            let pairs = values
                .iter()
                .map(|id| ("ids[]".to_owned(), (*id).to_owned()));
            job_ids(Parameters::new(pairs.collect())).map_err(|error| match error {
                Error::Parameter(faults) => faults.iter().map(ToString::to_string).collect(),
                other => vec![format!("{other:?}")],
            })
        };
        assert_eq!(ids(&["1", "2"]), Ok(vec![JobId(1), JobId(2)]));
        for (values, text) in [
            (vec![], "ids is required"),
            (vec!["x"], "ids must be an integer of at most 64 bits"),
            (vec!["1"; 101], "ids must have at most 100 values"),
            (vec!["1"; 1_001], "ids must have at most 100 values"),
        ] {
            assert_eq!(ids(&values), Err(vec![text.to_owned()]));
        }
    }

    #[test]
    fn all_faults_are_told() {
        let faulty = [
            ("limit", "101"),
            ("sort", "age"),
            ("status", "gone"),
            ("role", "king"),
            ("ids", "x"),
            ("has_authentication_token", "maybe"),
            ("after", "x"),
            ("counters", "2"),
        ];
        let Error::Parameter(faults) = query(&faulty).unwrap_err() else {
            panic!();
        };
        assert_eq!(faults.len(), faulty.len(), "{faults:?}");
    }
}
