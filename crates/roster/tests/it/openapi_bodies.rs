//! What the OpenAPI document says of bodies is what the server reads: the same fields, required, nullable and of the same types.

use crate::openapi::{document, followed, operations};
use roster_domain::Error;
use roster_domain::id::{GroupId, UserAttributeId, UserId};
use roster_domain::wire::{account, v1, v2};
use serde_json::{Map, Value, json};

/// The body as the server reads it for that operation.
fn read(id: &str, object: &Map<String, Value>) -> Result<(), Error> {
    const USER: UserId = UserId(560);
    const GROUP: GroupId = GroupId(33);
    match id {
        "v1_invite_user" => v1::invite(object).map(drop),
        "v1_restore_user" => v1::restore(object).map(drop),
        "v1_change_role" => v1::change_role(object).map(drop),
        "v1_update_user" => v1::update_user(USER, object).map(drop),
        "v1_create_group" => v1::create_group(object).map(drop),
        "v1_rename_group" => v1::rename_group(GROUP, object).map(drop),
        "v2_invite_users" => {
            v2::invite_users(object).and_then(|invited| match invited.malformed.as_slice() {
                [] => Ok(()),
                _ => Err(Error::EmailsRefused(invited.malformed)),
            })
        }
        "v2_update_user" => v2::edit_user(USER, object).map(drop),
        "v2_create_group" => v2::create_group(object).map(drop),
        "v2_rename_group" => v2::rename_group(GROUP, None, object).map(drop),
        "v2_create_user_attribute" => v2::create_user_attribute(object).map(drop),
        "v2_update_user_attribute" => {
            v2::update_user_attribute(UserAttributeId(4), object).map(drop)
        }
        "v2_upsert_user_attribute_entries" => v2::upsert_entries(object).map(drop),
        "account_sign_in" => account::sign_in(object).map(drop),
        "account_accept_invitation" => account::accept_invitation(object).map(drop),
        "account_request_password_reset" => account::request_password_reset(object).map(drop),
        "account_reset_password" => account::reset_password(object).map(drop),
        "account_change_password" => account::change_password(object).map(drop),
        "account_update_profile" => account::update_profile(object).map(drop),
        "account_create_key" => account::create_key(object).map(drop),
        "account_rotate_key" => account::rotate_key(object).map(drop),
        other => panic!("what reads the body of {other}?"),
    }
}

/// An operation's id, and where in its body an object stands.
struct Place<'a> {
    document: &'a Value,
    id: &'a str,
    example: &'a Value,
    pointer: String,
}

impl Place<'_> {
    /// The body with something else at this place.
    fn with(&self, change: impl FnOnce(&mut Map<String, Value>)) -> Result<(), Error> {
        let mut body = self.example.clone();
        change(
            body.pointer_mut(&self.pointer)
                .unwrap()
                .as_object_mut()
                .unwrap(),
        );
        read(self.id, body.as_object().unwrap())
    }

    #[track_caller]
    fn agrees(&self, is_right: bool, what: &str, change: impl FnOnce(&mut Map<String, Value>)) {
        let outcome = self.with(change);
        let (id, place) = (self.id, &self.pointer);
        assert_eq!(
            outcome.is_ok(),
            is_right,
            "{id}{place}: {what}: {outcome:?}"
        );
    }

    /// Compares a schema of an object with the reader, field by field.
    fn compare(&self, schema: &Value) {
        let schema = followed(self.document, schema);
        let example = self
            .example
            .pointer(&self.pointer)
            .unwrap()
            .as_object()
            .unwrap();
        let required: Vec<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|name| name.as_str().unwrap())
            .collect();
        let is_closed = schema["additionalProperties"] == json!(false);
        self.agrees(!is_closed, "a field that is not documented", |object| {
            object.insert("undocumented".to_owned(), json!(1));
        });
        let fields = schema["properties"].as_object().unwrap();
        assert_eq!(
            fields.len(),
            example.len(),
            "{}: the example has every field",
            self.id
        );
        for (name, field) in fields {
            let is_required = required.contains(&name.as_str());
            if self.id == "v2_create_user_attribute" && name != "description" {
                // One type for making and changing; what a new one needs is said in words.
                continue;
            }
            if fields.len() > 1 || is_required {
                self.agrees(!is_required, &format!("{name} left out"), |object| {
                    object.remove(name);
                });
            }
            self.agrees(is_nullable(field), &format!("{name} null"), |object| {
                object.insert(name.clone(), Value::Null);
            });
            let wrong = match example[name] {
                Value::String(_) => json!(4711),
                _ => json!("text"),
            };
            self.agrees(false, &format!("{name} of a wrong type"), |object| {
                object.insert(name.clone(), wrong);
            });
            for (limit, length) in [("maxLength", 1), ("minLength", -1)] {
                self.compare_length(name, field, limit, length);
            }
            for (limit, step) in [("maximum", 1), ("minimum", -1)] {
                if let Some(number) = field[limit].as_i64() {
                    self.agrees(true, &format!("{name} at its {limit}"), |object| {
                        object.insert(name.clone(), number.into());
                    });
                    self.agrees(false, &format!("{name} beyond its {limit}"), |object| {
                        object.insert(name.clone(), (number + step).into());
                    });
                }
            }
            if followed(self.document, field)["properties"].is_object() {
                let pointer = format!("{}/{name}", self.pointer);
                Place { pointer, ..*self }.compare(field);
            }
        }
    }

    /// Passwords are judged where the user is known, not by the reader.
    fn compare_length(&self, name: &str, field: &Value, limit: &str, step: i64) {
        let is_judged_later = field["format"] == "password";
        let Some(length) = field[limit].as_i64().filter(|_| !is_judged_later) else {
            return;
        };
        let text = |length: i64| match field["format"] == "email" {
            true => {
                "a".repeat(usize::try_from(length).unwrap() - "@b.example".len()) + "@b.example"
            }
            false => "a".repeat(usize::try_from(length).unwrap()),
        };
        // An address has limits of its parts besides.
        if field["format"] != "email" {
            self.agrees(true, &format!("{name} at its {limit}"), |object| {
                object.insert(name.to_owned(), text(length).into());
            });
        }
        self.agrees(false, &format!("{name} beyond its {limit}"), |object| {
            object.insert(name.to_owned(), text(length + step).into());
        });
    }
}

fn is_nullable(field: &Value) -> bool {
    let has_null = |types: &Value| {
        types == "null"
            || types
                .as_array()
                .is_some_and(|types| types.contains(&json!("null")))
    };
    let choices = field["oneOf"].as_array().into_iter().flatten();
    has_null(&field["type"]) || choices.map(|choice| &choice["type"]).any(has_null)
}

#[test]
fn examples_are_read_and_fields_are_those_of_the_document() {
    let document = document();
    let mut count = 0;
    for (_, _, operation) in operations(&document) {
        let Some(body) = operation.get("requestBody") else {
            continue;
        };
        let content = &body["content"]["application/json"];
        let (id, example) = (
            operation["operationId"].as_str().unwrap(),
            &content["example"],
        );
        let place = Place {
            document: &document,
            id,
            example,
            pointer: String::new(),
        };
        place.agrees(true, "the example", |_| ());
        place.compare(&content["schema"]);
        count += 1;
    }
    assert!(count >= 18, "{count}");
}
