//! Filling in what the handles became.

use crate::{
    case::Case,
    exchange::{Exchange, Texts},
};
use roster_domain::id::{GroupId, UserId};
use serde_json::{Map, Value, json};
use std::{borrow::Cow, collections::BTreeMap};

/// What a handle became on the server.
#[derive(Debug, Clone)]
pub enum Handle {
    /// A user.
    User {
        /// Its id.
        id: UserId,
        /// Its address.
        email: String,
        /// Its API key, if it has one.
        key: Option<String>,
    },
    /// A group.
    Group {
        /// Its id.
        id: GroupId,
    },
}

/// What the handles of a case became, `admin` among them.
#[derive(Debug, Clone, Default)]
pub struct Handles(BTreeMap<String, Handle>);

impl Handles {
    /// The handles of a case as a server might give them out.
    pub fn sample(case: &Case) -> Self {
        let mut handles = Self::default();
        let admin = Handle::User {
            id: UserId(1),
            email: "admin@example.com".to_owned(),
            key: Some("admin-key".to_owned()),
        };
        handles.insert("admin", admin);
        for ((handle, user), id) in case.given.users.iter().zip(2..) {
            let email = user.email.clone();
            let key = user.key.map(|_| format!("{handle}-key"));
            let id = UserId(id);
            handles.insert(handle, Handle::User { id, email, key });
        }
        for ((handle, _), id) in case.given.groups.iter().zip(33..) {
            handles.insert(handle, Handle::Group { id: GroupId(id) });
        }
        handles
    }

    /// Says what a handle became.
    pub fn insert(&mut self, handle: &str, what: Handle) {
        self.0.insert(handle.to_owned(), what);
    }

    /// The id of a group.
    pub fn group(&self, handle: &str) -> Option<GroupId> {
        match self.0.get(handle)? {
            Handle::Group { id } => Some(*id),
            Handle::User { .. } => None,
        }
    }

    /// The key of a user.
    pub fn key(&self, handle: &str) -> Option<&str> {
        match self.0.get(handle)? {
            Handle::User { key, .. } => key.as_deref(),
            Handle::Group { .. } => None,
        }
    }

    /// The exchange with all placeholders filled in.
    ///
    /// # Errors
    /// A placeholder names a handle that there is not, or something that the handle has not.
    pub fn fill(&self, exchange: &Exchange) -> Result<Exchange, String> {
        exchange.substituted(self)
    }

    /// The calling admin as a User, of which a case knows no more than this.
    fn admin_row(&self) -> Result<Value, String> {
        self.json(&json!({
            "id": "{admin.id}",
            "name": "<string>",
            "email": "{admin.email}",
            "role": "admin",
            "initials": "<string>",
            "is_deleted": false,
            "is_activated": true,
            "has_authentication_token": true,
            "groups": "<array>",
            "allow_authentication_token": true,
            "current_sign_in_at": "<timestamp or null>",
            "last_sign_in_at": "<timestamp or null>",
        }))
    }

    fn value(&self, placeholder: &str) -> Option<Result<Value, String>> {
        if let Some((text, times)) = placeholder.rsplit_once('*')
            && let Ok(times) = times.parse()
        {
            return Some(Ok(text.repeat(times).into()));
        }
        let (handle, field) = placeholder.split_once('.')?;
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        };
        if !is_word(handle) || !is_word(field) {
            return None;
        }
        let value = match (self.0.get(handle), field) {
            (Some(Handle::User { id, .. }), "id") => Some(id.0.into()),
            (Some(Handle::User { email, .. }), "email") => Some(email.as_str().into()),
            (Some(Handle::User { key: Some(key), .. }), "key") => Some(key.as_str().into()),
            (Some(Handle::Group { id }), "id") => Some(id.0.into()),
            _ => None,
        };
        Some(value.ok_or(format!("nothing is known of {{{placeholder}}}")))
    }

    fn text(&self, text: &str, encode: fn(&str) -> Cow<'_, str>) -> Result<String, String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            filled.push_str(before);
            let found = behind
                .split_once('}')
                .and_then(|(inner, after)| Some((self.value(inner)?, after)));
            match found {
                Some((value, after)) => {
                    match value? {
                        Value::String(text) => filled.push_str(&encode(&text)),
                        other => filled.push_str(&other.to_string()),
                    }
                    rest = after;
                }
                None => {
                    filled.push('{');
                    rest = behind;
                }
            }
        }
        Ok(filled + rest)
    }
}

impl Texts for Handles {
    type Error = String;

    fn path(&self, text: &str) -> Result<String, String> {
        self.text(text, percent_encoded)
    }

    fn plain(&self, text: &str) -> Result<String, String> {
        self.text(text, |text| text.into())
    }

    fn json(&self, value: &Value) -> Result<Value, String> {
        map_texts(value, &|_, text| {
            if text == "<admin>" {
                return self.admin_row();
            }
            let whole = text
                .strip_prefix('{')
                .and_then(|text| text.strip_suffix('}'));
            match whole.and_then(|inner| self.value(inner)) {
                Some(value) => value,
                None => self.plain(text).map(Value::from),
            }
        })
    }
}

/// Changes every text of a JSON value, told the member it stands in.
pub(crate) fn map_texts<E>(
    value: &Value,
    change: &impl Fn(&str, &str) -> Result<Value, E>,
) -> Result<Value, E> {
    map_member("", value, change)
}

fn map_member<E>(
    member: &str,
    value: &Value,
    change: &impl Fn(&str, &str) -> Result<Value, E>,
) -> Result<Value, E> {
    match value {
        Value::String(text) => change(member, text),
        Value::Array(items) => items
            .iter()
            .map(|item| map_member(member, item, change))
            .collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| Ok((name.clone(), map_member(name, value, change)?)))
            .collect::<Result<Map<_, _>, E>>()
            .map(Value::Object),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(value.clone()),
    }
}

/// A text as it stands in a path or a query.
fn percent_encoded(text: &str) -> Cow<'_, str> {
    let encoded = text.bytes().map(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'@' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    });
    encoded.collect::<String>().into()
}

/// An expected body with a sample value for each matcher.
pub fn sample_body(expected: &Value) -> Value {
    let sampled = map_texts::<std::convert::Infallible>(expected, &|_, text| {
        Ok(match text {
            "<id>" => 7.into(),
            "<timestamp>" => "2018-10-23T03:35:47.353Z".into(),
            "<timestamp or null>" | "<string or null>" => Value::Null,
            "<array>" => json!([]),
            _ => text.replace("<string>", "text").into(),
        })
    });
    match sampled {
        Ok(value) => value,
        Err(never) => match never {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handles() -> Handles {
        let mut handles = Handles::default();
        let ana = Handle::User {
            id: UserId(7),
            email: "a+b@example.com".to_owned(),
            key: None,
        };
        handles.insert("ana", ana);
        handles
    }

    #[test]
    fn a_placeholder_alone_keeps_its_type() {
        let body = json!({"id": "{ana.id}", "text": "user {ana.id}", "many": "{ab*2}"});
        assert_eq!(
            handles().json(&body),
            Ok(json!({"id": 7, "text": "user 7", "many": "abab"}))
        );
    }

    #[test]
    fn a_path_is_encoded() {
        assert_eq!(
            handles().path("/x?email={ana.email}"),
            Ok("/x?email=a%2Bb@example.com".to_owned())
        );
    }

    #[test]
    fn braces_of_json_are_left_alone() {
        let raw = r#"{"id": {ana.id}, "a": {"b": 1.5}}"#;
        assert_eq!(
            handles().plain(raw),
            Ok(r#"{"id": 7, "a": {"b": 1.5}}"#.to_owned())
        );
    }

    #[test]
    fn an_unknown_handle_is_a_fault() {
        for text in ["{anna.id}", "{ana.key}", "{ana.title}"] {
            assert!(handles().plain(text).is_err(), "{text}");
        }
    }
}
