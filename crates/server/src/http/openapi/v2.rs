//! What v2's routes do.

use super::dialect::{Dialect, Tag};
use super::operation::{Operation, operation};
use super::schemas::Shape;
use super::{parameter, samples, user_attributes};
use crate::http::v2::ROUTES;
use roster_domain::id::{GroupId, UserId};
use roster_domain::wire::v2;
use serde_json::{Map, Value};
use utoipa::PartialSchema;
use utoipa::openapi::KnownFormat;

const USERS: Tag = Tag {
    name: "v2 users",
    description: "The users of the Holistics API v2.",
};

const GROUPS: Tag = Tag {
    name: "v2 groups",
    description: "The groups of the Holistics API v2.",
};

const JOBS: Tag = Tag {
    name: "v2 jobs",
    description: "The mails behind invitations.",
};

pub(super) static DIALECT: Dialect = Dialect {
    name: "v2",
    routes: ROUTES,
    tags: &[USERS, GROUPS, user_attributes::TAG, JOBS],
    operations,
    envelope: Shape::of::<v2::ErrorBody>,
    path: str::to_owned,
    is_idempotent: true,
};

/// The most values of an array in a query.
const MOST: usize = 1_000;

fn operations() -> Vec<Operation> {
    let mut operations = user_reads();
    operations.extend(user_changes());
    operations.extend(groups());
    operations.extend(memberships());
    operations.extend(user_attributes::operations());
    operations.extend(jobs());
    operations
}

fn message(text: &str) -> v2::Message {
    v2::Message {
        message: text.to_owned(),
    }
}

fn user_reads() -> Vec<Operation> {
    let status = || parameter::words(["active", "deleted", "pending"]);
    let role = roster_domain::role::Role::schema();
    let email = parameter::formatted(KnownFormat::Email);
    let email = parameter::query("email", email, "The address; write a `+` as `%2B`.");
    let mut list = operation(&USERS, ("GET", "/api/v2/users"), "v2_list_users", "List users, page by page")
        .describe("All filters combine. Deleted and pending users are in the list unless they are filtered out. Arrays are also read as `ids[]=1&ids[]=2`.")
        .query(parameter::query("search_term", parameter::text_of(0, 200), "A part of the address, the name, the initials or the name of a group."))
        .query(parameter::array("status", status(), MOST, "Only users in one of these states."))
        .query(parameter::array("statuses", status(), MOST, "The same; the two are united."))
        .query(parameter::array("ids", parameter::id(), MOST, "Only users with these ids."))
        .query(parameter::query("role", role, "Only users with this role."))
        .query(parameter::query("has_authentication_token", parameter::boolean(), "Only users who have an API key, or none."))
        .query(parameter::query("exclude_deleted", parameter::boolean_or(false), "Whether deleted users are left out."))
        .query(parameter::query("counters", parameter::boolean_or(true), "Whether the answer counts; in a large tenant a page without is cheaper."))
        .query(parameter::query("sort", parameter::words_or("natural", ["natural", "id_asc", "id_desc", "name_asc", "name_desc", "initials_asc", "initials_desc"]), "The order; users with one name are ordered by id."));
    for parameter in parameter::paging() {
        list = list.query(parameter);
    }
    vec![
        list.gives(200, "A page of users", &samples::user_page()),
        operation(
            &USERS,
            ("GET", "/api/v2/users/check_holistics_user"),
            "v2_check_email",
            "Tell whether an address is taken",
        )
        .query(parameter::required(email, samples::EMAIL))
        .gives(
            200,
            "Whether it is",
            &v2::IsAlreadyUser {
                is_already_user: true,
            },
        ),
        operation(
            &USERS,
            ("GET", "/api/v2/users/me"),
            "v2_get_own_user",
            "Get the key's owner",
        )
        .gives(
            200,
            "The owner",
            &v2::UserAnswer {
                user: samples::user(),
            },
        ),
        operation(
            &USERS,
            ("GET", "/api/v2/users/{id}"),
            "v2_get_user",
            "Get a user",
        )
        .describe("Deleted users are found too.")
        .gives(
            200,
            "The user",
            &v2::UserAnswer {
                user: samples::user(),
            },
        )
        .gives_version(),
    ]
}

fn user_changes() -> Vec<Operation> {
    let invitation = v2::InviteRequest {
        emails: vec![samples::EMAIL.to_owned()],
        role: v2::Role::Analyst,
        allow_authentication_token: Some(false),
        enable_export_data: Some(false),
        group_ids: Some(vec![GroupId(33)]),
        message: Some("Welcome!".to_owned()),
    };
    let update = v2::UpdateUserRequest {
        user: v2::UserUpdate {
            password: Some(v2::NewPassword(samples::PASSWORD.to_owned())),
            name: Some(Some("Ana".to_owned())),
            title: Some(Some("Dr".to_owned())),
            job_title: Some(Some("Head of data".to_owned())),
            role: Some(v2::Role::Analyst),
            allow_authentication_token: Some(true),
            enable_export_data: Some(false),
            group_ids: Some(vec![GroupId(33)]),
            settings: Some(Map::from_iter([("locale".to_owned(), Value::from("en"))])),
        },
    };
    let job = v2::JobAnswer {
        job: samples::job(),
    };
    vec![
        operation(&USERS, ("POST", "/api/v2/users/invite"), "v2_invite_users", "Invite users")
            .describe("All or none: an address that is taken or is none fails the call. At most 50 different addresses.")
            .takes(&invitation)
            .gives(200, "The job that mails the invitations", &job),
        operation(&USERS, ("PUT", "/api/v2/users/{id}"), "v2_update_user", "Change a user")
            .describe("What is left out stays as it is. `group_ids` replaces all memberships. A `null` name, title or job title empties it.")
            .takes(&update)
            .takes_version()
            .gives(200, "The user, without an envelope", &samples::user())
            .gives_version(),
        operation(&USERS, ("DELETE", "/api/v2/users/{id}"), "v2_delete_user", "Delete a user")
            .describe("The user keeps groups, role and address, and can be restored; keys and sessions end.")
            .takes_version()
            .gives(200, "The user is deleted", &message("User deleted")),
        operation(&USERS, ("POST", "/api/v2/users/{id}/restore"), "v2_restore_user", "Restore a deleted user")
            .gives(200, "The user is restored", &message("User restored")),
        operation(&USERS, ("POST", "/api/v2/users/{id}/resend_invite"), "v2_resend_invitation", "Send an invitation once more")
            .describe("Older links of the user die.")
            .gives(200, "The job that mails the invitation", &job),
        operation(&USERS, ("POST", "/api/v2/users/{id}/revoke_authentication_token"), "v2_revoke_keys", "Revoke a user's API keys")
            .describe("Admins revoke anybody's keys, others their own.")
            .gives(200, "The user has no key any more", &message("API keys revoked")),
    ]
}

fn groups() -> Vec<Operation> {
    let include_users = || {
        parameter::query(
            "include_users",
            parameter::boolean_or(false),
            "Whether groups come with their users.",
        )
    };
    let named = |name: &str| v2::GroupRequest {
        group: v2::NamedGroup {
            name: name.to_owned(),
        },
    };
    let bare = v2::GroupAnswer {
        group: samples::group(None),
    };
    let mut list = operation(
        &GROUPS,
        ("GET", "/api/v2/groups"),
        "v2_list_groups",
        "List groups, page by page",
    )
    .query(include_users())
    .query(parameter::query(
        "sort",
        parameter::words_or("natural", ["natural", "id_asc", "id_desc"]),
        "The order.",
    ));
    for parameter in parameter::paging() {
        list = list.query(parameter);
    }
    vec![
        list.gives(200, "A page of groups", &samples::group_page()),
        operation(
            &GROUPS,
            ("POST", "/api/v2/groups"),
            "v2_create_group",
            "Make a group",
        )
        .takes(&named("Singapore"))
        .gives(201, "The group", &bare),
        operation(
            &GROUPS,
            ("GET", "/api/v2/groups/{id}"),
            "v2_get_group",
            "Get a group",
        )
        .query(include_users())
        .gives(
            200,
            "The group",
            &v2::GroupAnswer {
                group: samples::group(Some(vec![UserId(560)])),
            },
        )
        .gives_version(),
        operation(
            &GROUPS,
            ("PUT", "/api/v2/groups/{id}"),
            "v2_rename_group",
            "Rename a group",
        )
        .takes(&named("Capital"))
        .takes_version()
        .gives(200, "The group", &bare)
        .gives_version(),
        operation(
            &GROUPS,
            ("DELETE", "/api/v2/groups/{id}"),
            "v2_delete_group",
            "Delete a group for good",
        )
        .takes_version()
        .gives(200, "The group is gone", &message("Group deleted")),
    ]
}

fn memberships() -> Vec<Operation> {
    vec![
        operation(
            &GROUPS,
            ("POST", "/api/v2/groups/{group_id}/add_user/{user_id}"),
            "v2_add_group_user",
            "Put a user into a group",
        )
        .gives(
            200,
            "The user is in the group",
            &message("User added to the group"),
        ),
        operation(
            &GROUPS,
            ("POST", "/api/v2/groups/{group_id}/remove_user/{user_id}"),
            "v2_remove_group_user",
            "Take a user out of a group",
        )
        .gives(
            200,
            "The user is not in the group",
            &message("User removed from the group"),
        ),
    ]
}

fn jobs() -> Vec<Operation> {
    let ids = parameter::array(
        "ids",
        parameter::id(),
        100,
        "The jobs; unknown ids are left out. Also read as `ids[]=1&ids[]=2`.",
    );
    vec![
        operation(
            &JOBS,
            ("GET", "/api/v2/jobs"),
            "v2_list_jobs",
            "Get several jobs",
        )
        .query(parameter::required(ids, vec![12]))
        .gives(
            200,
            "Those jobs that there are",
            &v2::Jobs {
                jobs: vec![samples::job()],
            },
        ),
        operation(
            &JOBS,
            ("GET", "/api/v2/jobs/{id}"),
            "v2_get_job",
            "Get a job",
        )
        .gives(
            200,
            "The job",
            &v2::JobAnswer {
                job: samples::job(),
            },
        ),
        operation(
            &JOBS,
            ("GET", "/api/v2/jobs/{id}/logs"),
            "v2_get_job_logs",
            "Get what happened in a job",
        )
        .gives(
            200,
            "What happened, the oldest first",
            &v2::JobLogs {
                job_logs: vec![samples::job_log()],
            },
        ),
        operation(
            &JOBS,
            ("GET", "/api/v2/jobs/{id}/result"),
            "v2_get_job_result",
            "Get what came of a job",
        )
        .gives(
            200,
            "How it stands",
            &v2::JobResult {
                status: "success".to_owned(),
                error: None,
                result: Some(v2::SentMails { sent: 1 }),
            },
        ),
    ]
}
