//! What v2 clients send about groups.

use crate::{
    error::Error,
    group::{CreateGroup, RenameGroup},
    id::GroupId,
    name::Name,
    version::Version,
    wire::Body,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// `POST /groups` and `PUT /groups/{id}`
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::GroupRequest))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupRequest {
    /// What to set.
    pub group: NamedGroup,
}

/// The name to give, inside [`GroupRequest`].
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = v2::NamedGroup))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedGroup {
    /// The group's name.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub name: String,
}

/// Reads the body of `POST /groups`.
///
/// # Errors
/// All faults of its fields.
pub fn create_group(object: &Map<String, Value>) -> Result<CreateGroup, Error> {
    group_name(object).map(|name| CreateGroup { name })
}

/// Reads the body of `PUT /groups/{id}`.
///
/// # Errors
/// All faults of its fields.
pub fn rename_group(
    group: GroupId,
    version: Option<Version>,
    object: &Map<String, Value>,
) -> Result<RenameGroup, Error> {
    group_name(object).map(|name| RenameGroup {
        group,
        version,
        name,
    })
}

fn group_name(object: &Map<String, Value>) -> Result<Name, Error> {
    let body = Body::new(object);
    body.refuse_others(&["group"]);
    let name = body.nested("group").and_then(|nested| {
        nested.refuse_others(&["name"]);
        let name = nested.field("name").required().text(Name::parse);
        body.absorb(nested);
        name
    });
    body.finish(|| name)
}
