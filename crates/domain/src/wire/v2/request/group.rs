//! What v2 clients send about groups.

use crate::{
    error::Error,
    group::{CreateGroup, RenameGroup},
    id::GroupId,
    name::Name,
    wire::Body,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// `POST /groups` and `PUT /groups/{id}`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRequest {
    /// What to set.
    pub group: NamedGroup,
}

/// The name to give, inside [`GroupRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedGroup {
    /// The group's name.
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
    version: Option<i64>,
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
