//! Users and groups in files: one object a row, which a line of JSON or of CSV holds.

use super::Body;
use crate::{
    email::Email,
    error::{Error, Fault},
    group::Group,
    import::{Entry, ImportedGroup, ImportedUser},
    name::Name,
    password::PasswordHash,
    role::Role,
    user::{Settings, UserDetails},
};
use serde_json::{Map, Value, json};

/// The fields of a row, in the order of a CSV file. A group has the first two and no other.
pub const COLUMNS: &[&str] = &[
    "type",
    "name",
    "email",
    "role",
    "title",
    "job_title",
    "is_activated",
    "is_deleted",
    "allow_authentication_token",
    "enable_export_data",
    "groups",
    "settings",
    // Read, and never written.
    "password_hash",
];

/// How many of the [`COLUMNS`] are written.
pub const WRITTEN: usize = COLUMNS.len() - 1;

const GROUP: &str = "group";
const USER: &str = "user";

/// A group as a row.
pub fn of_group(group: &Group) -> Map<String, Value> {
    Map::from_iter([
        ("type".to_owned(), GROUP.into()),
        ("name".to_owned(), group.name.as_str().into()),
    ])
}

/// A user as a row, without the password.
pub fn of_user(details: &UserDetails) -> Map<String, Value> {
    let user = &details.user;
    let name = |name: &Option<Name>| name.as_ref().map(Name::as_str).map(Value::from).into();
    let groups: Vec<&str> = details
        .groups
        .iter()
        .map(|group| group.name.as_str())
        .collect();
    Map::from_iter([
        ("type".to_owned(), USER.into()),
        ("name".to_owned(), name(&user.name)),
        ("email".to_owned(), user.email.as_str().into()),
        ("role".to_owned(), user.role.as_str().into()),
        ("title".to_owned(), name(&user.title)),
        ("job_title".to_owned(), name(&user.job_title)),
        (
            "is_activated".to_owned(),
            user.activated_at.is_some().into(),
        ),
        ("is_deleted".to_owned(), user.deleted_at.is_some().into()),
        (
            "allow_authentication_token".to_owned(),
            user.allow_authentication_token.into(),
        ),
        (
            "enable_export_data".to_owned(),
            user.enable_export_data.into(),
        ),
        ("groups".to_owned(), json!(groups)),
        (
            "settings".to_owned(),
            user.settings.clone().into_object().into(),
        ),
    ])
}

/// A cell of a CSV file for a field: nothing for what is absent, JSON for what has parts.
pub fn to_cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// What a cell of a CSV file says about a field; `None` for an empty one. What is not understood stays a text, which the
/// field then refuses.
pub fn of_cell(field: &str, cell: &str) -> Option<Value> {
    let has_parts = matches!(
        field,
        "is_activated"
            | "is_deleted"
            | "allow_authentication_token"
            | "enable_export_data"
            | "groups"
            | "settings"
    );
    match cell {
        "" => None,
        _ if has_parts => Some(serde_json::from_str(cell).unwrap_or_else(|_| cell.into())),
        _ => Some(cell.into()),
    }
}

/// Reads a row. Whether a password's hash can be taken over is for the caller to say, who knows how it would be compared.
///
/// # Errors
/// All faults of its fields.
pub fn read(
    object: &Map<String, Value>,
    take_hash: impl FnOnce(&str) -> Result<PasswordHash, Fault>,
) -> Result<Entry, Error> {
    let body = Body::new(object);
    let is_group = body.field("type").required().text(|word| match word {
        GROUP => Ok(true),
        USER => Ok(false),
        _ => Err(Fault::new("unknown_type", "must be group or user")),
    });
    match is_group {
        Some(true) => {
            body.refuse_others(&["type", "name"]);
            let name = body.field("name").required().text(Name::parse);
            let group = |name| ImportedGroup {
                id: None,
                name,
                created_at: None,
                updated_at: None,
            };
            body.finish(|| Some(Entry::Group(group(name?))))
        }
        Some(false) => {
            let user = read_user(&body, take_hash);
            body.finish(|| Some(Entry::User(Box::new(user?))))
        }
        None => body.finish(|| None),
    }
}

fn read_user(
    body: &Body<'_>,
    take_hash: impl FnOnce(&str) -> Result<PasswordHash, Fault>,
) -> Option<ImportedUser> {
    body.refuse_others(COLUMNS);
    let name = |field: &str| body.field(field).text(Name::parse_optional).flatten();
    let flag = |field: &str| body.field(field).boolean();
    let (title, job_title, known_as) = (name("title"), name("job_title"), name("name"));
    let email = body.field("email").required().text(Email::parse);
    let role = body.field("role").required().text(Role::parse);
    let groups: Vec<Option<Name>> = body
        .field("groups")
        .texts()
        .unwrap_or_default()
        .into_iter()
        .map(|name| match Name::parse(name) {
            Ok(name) => Some(name),
            Err(fault) => {
                body.refuse("groups", fault);
                None
            }
        })
        .collect();
    let settings = body
        .field("settings")
        .object(|object| Settings::new(object.clone()));
    let password = body.field("password_hash").text(take_hash);
    let is_activated = flag("is_activated").unwrap_or(password.is_some());
    if password.is_some() && !is_activated {
        let fault = Fault::new("pending", "must not be given for a user who is pending");
        body.refuse("password_hash", fault);
    }
    let is_deleted = flag("is_deleted").unwrap_or(false);
    let allow_authentication_token = flag("allow_authentication_token").unwrap_or(false);
    let enable_export_data = flag("enable_export_data").unwrap_or(false);
    // All fields are read by now, so that all faults are told.
    Some(ImportedUser {
        id: None,
        email: email?,
        name: known_as,
        title,
        job_title,
        role: role?,
        is_activated,
        is_deleted,
        allow_authentication_token,
        enable_export_data,
        settings: settings.unwrap_or_default(),
        groups: groups.into_iter().flatten().collect(),
        password,
        created_at: None,
        current_sign_in_at: None,
        last_sign_in_at: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_json(value: Value) -> Result<Entry, String> {
        let object = value.as_object().unwrap();
        read(object, |phc| Ok(PasswordHash::from_stored(phc.to_owned()))).map_err(|error| {
            match error {
                Error::Invalid(faults) => {
                    let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
                    texts.join("; ")
                }
                other => format!("{other:?}"),
            }
        })
    }

    fn user(value: Value) -> ImportedUser {
        match read_json(value).unwrap() {
            Entry::User(user) => *user,
            Entry::Group(group) => panic!("{group:?}"),
        }
    }

    #[test]
    fn a_user_is_pending_unless_it_says_otherwise() {
        let least = json!({"type": "user", "email": "ana@x.io", "role": "user"});
        let read = user(least);
        assert_eq!((read.is_activated, read.role), (false, Role::Viewer));
        let active =
            json!({"type": "user", "email": "ana@x.io", "role": "admin", "is_activated": true});
        assert!(user(active).is_activated);
        let hashed =
            json!({"type": "user", "email": "ana@x.io", "role": "admin", "password_hash": "x"});
        assert!(user(hashed).is_activated);
    }

    #[test]
    fn all_faults_of_a_row_are_told() {
        let faulty = json!({
            "type": "user", "email": "x", "role": "king", "is_deleted": 1, "groups": ["a", " "], "nickname": "x",
            "password_hash": "x", "is_activated": false, "settings": [],
        });
        let told = read_json(faulty).unwrap_err();
        for field in [
            "email",
            "role",
            "is_deleted",
            "groups",
            "nickname",
            "password_hash",
            "settings",
        ] {
            assert!(told.contains(&format!("{field} ")), "{field}: {told}");
        }
        let told = read_json(json!({"type": "group", "email": "x"})).unwrap_err();
        assert_eq!(told, "email is not a known field; name is required");
        let told = read_json(json!({"type": "x"})).unwrap_err();
        assert_eq!(told, "type must be group or user");
    }

    #[test]
    fn cells_keep_what_fields_say() {
        for (field, value) in [
            ("name", json!("true")),
            ("name", json!("[1]")),
            ("is_deleted", json!(true)),
            ("groups", json!(["a,b", "\"c\""])),
            ("settings", json!({"a": null})),
        ] {
            assert_eq!(of_cell(field, &to_cell(Some(&value))), Some(value));
        }
        assert_eq!(of_cell("is_deleted", "yes"), Some(json!("yes")));
        assert_eq!(of_cell("title", &to_cell(Some(&Value::Null))), None);
    }
}
