//! The second dialect: the Holistics API v2. The account API prints users and faults as it does.

mod error;
mod group;
mod job;
mod parameters;
mod query;
mod request;
mod user;
mod user_attribute;
mod user_attribute_query;
mod user_attribute_request;

pub use error::{ErrorBody, ErrorType, InvalidEmail, NestedError};
pub use group::{Group, GroupAnswer, GroupPage};
pub use job::{Job, JobAnswer, JobLog, JobLogs, JobResult, Jobs, SentMails};
pub use parameters::Parameters;
pub use query::{GroupQuery, UserQuery, email_query, job_ids};
pub use request::{
    GroupRequest, InviteRequest, NamedGroup, NewPassword, UpdateUserRequest, UserEdit, UserUpdate,
    create_group, edit_user, invite_users, rename_group,
};
pub use user::{Counters, IsAlreadyUser, Role, User, UserAnswer, UserPage};
pub use user_attribute::{
    AttributeType, InputType, SubjectType, UserAttribute, UserAttributeAnswer,
    UserAttributeCreated, UserAttributeEntries, UserAttributeEntry, UserAttributeEntryPage,
    UserAttributePage, UserAttributeValues,
};
pub use user_attribute_query::{EntryQuery, UserAttributeQuery, compute_values};
pub use user_attribute_request::{
    EntryRequest, UpsertEntriesRequest, UserAttributeFields, UserAttributeRequest,
    create_user_attribute, update_user_attribute, upsert_entries,
};

use serde::{Deserialize, Serialize};

/// The answer to a change that has nothing to show.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::Message))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// What was done.
    pub message: String,
}

/// Where a page lies between others; each is to be passed as `before` or `after`.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::Cursors))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursors {
    /// For `before`; null on the first page.
    pub previous: Option<String>,
    /// For `after`; null on the last page.
    pub next: Option<String>,
}
