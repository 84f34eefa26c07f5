//! Filling in what the handles became.

use crate::{
    case::{Case, GivenUser},
    dialect::Dialect,
    exchange::{Exchange, Response, Texts},
    row,
};
use roster_domain::id::{GroupId, UserId};
use serde_json::{Map, Value, json};
use std::{borrow::Cow, collections::BTreeMap};

/// What is known of a user, a group or anything else that a handle became on the server, by name.
#[derive(Debug, Clone, Default)]
pub struct Handle(BTreeMap<String, Value>);

impl Handle {
    /// A user.
    pub fn user(id: UserId, email: &str) -> Self {
        Self::default().with("id", id.0).with("email", email)
    }

    /// A group.
    pub fn group(id: GroupId) -> Self {
        Self::default().with("id", id.0)
    }

    /// The same, of which one thing more is known.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// The same with the row of v2 that a given user in these groups has, as `user`.
    pub(crate) fn with_row(self, user: &GivenUser, groups: &[GroupId]) -> Self {
        let row = row::given(user, self.0.get("id"), groups);
        self.with("user", row)
    }
}

/// What the handles of a case became, `admin` among them.
#[derive(Debug, Clone, Default)]
pub struct Handles(BTreeMap<String, Handle>);

impl Handles {
    /// The handles of a case as a server might give them out.
    pub fn sample(case: &Case) -> Self {
        let mut handles = Self::default();
        let admin = Handle::user(UserId(1), "admin@example.com").with("key", "admin-key");
        handles.insert("admin", admin.with("key_id", 64));
        handles.insert("tenant", Handle::default().with("slug", "tenant"));
        for ((handle, _), id) in case.given.groups.iter().zip(33..) {
            handles.insert(handle, Handle::group(GroupId(id)));
        }
        for ((handle, user), id) in case.given.users.iter().zip(2..) {
            let mut sample = Handle::user(UserId(id), &user.email);
            if user.key.is_some() {
                let key = format!("{handle}-key");
                sample = sample.with("key", key).with("key_id", 64 + id);
            }
            if user.session.is_some() {
                sample = sample
                    .with("session", format!("{handle}-session"))
                    .with("session_id", 96 + id)
                    .with("csrf_token", format!("{handle}-csrf-token"));
            }
            for (name, link) in user.links.by_name() {
                if link.is_some() {
                    sample = sample.with(name, format!("{handle}-{name}"));
                }
            }
            let groups = user.groups.iter().filter_map(|group| handles.group(group));
            let groups: Vec<_> = groups.collect();
            handles.insert(handle, sample.with_row(user, &groups));
        }
        handles
    }

    /// Says what a handle became.
    pub fn insert(&mut self, handle: &str, what: Handle) {
        self.0.insert(handle.to_owned(), what);
    }

    /// The id of a group.
    pub fn group(&self, handle: &str) -> Option<GroupId> {
        self.get(handle, "id")?.as_i64().map(GroupId)
    }

    /// A text that is known of a handle, such as its `key`.
    pub fn text(&self, handle: &str, name: &str) -> Option<&str> {
        self.get(handle, name)?.as_str()
    }

    fn get(&self, handle: &str, name: &str) -> Option<&Value> {
        self.0.get(handle)?.0.get(name)
    }

    /// Keeps what later steps need of an answer; `beside` gives its cookie and its headers.
    ///
    /// # Errors
    /// The answer does not have it, or it is kept under no such name as `handle.field`.
    pub fn keep<'a>(
        &mut self,
        response: &Response,
        body: Option<&Value>,
        beside: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<(), String> {
        for (name, place) in &response.keep {
            let value = match place.starts_with('/') {
                true => body.and_then(|body| body.pointer(place)).cloned(),
                false => beside(place).map(Value::from),
            };
            let value = value.ok_or(format!("the answer has no {place} to keep"))?;
            let (handle, field) = as_field(name).ok_or(format!("{name} is no handle.field"))?;
            let kept = self.0.entry(handle.to_owned()).or_default();
            kept.0.insert(field.to_owned(), value);
        }
        Ok(())
    }

    /// Keeps samples of what later steps need of the expected answer.
    ///
    /// # Errors
    /// As [`Self::keep`].
    pub fn keep_samples(&mut self, response: &Response) -> Result<(), String> {
        let body = response.body.as_ref().map(sample_body);
        self.keep(response, body.as_ref(), |_| Some("kept"))
    }

    /// The exchange with all placeholders filled in.
    ///
    /// # Errors
    /// A placeholder names a handle that there is not, or something that the handle has not.
    pub fn fill(&self, exchange: &Exchange) -> Result<Exchange, String> {
        exchange.substituted(self)
    }

    fn value(&self, placeholder: &str) -> Option<Result<Value, String>> {
        if let Some((text, times)) = placeholder.rsplit_once('*')
            && let Ok(times) = times.parse()
        {
            return Some(Ok(text.repeat(times).into()));
        }
        let (handle, field) = as_field(placeholder)?;
        let value = self.get(handle, field).cloned();
        Some(value.ok_or(format!("nothing is known of {{{placeholder}}}")))
    }

    fn filled(&self, text: &str, encode: fn(&str) -> Cow<'_, str>) -> Result<String, String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            filled.push_str(before);
            let found = behind
                .split_once('}')
                .and_then(|(inner, after)| Some((inner, self.value(inner)?, after)));
            match found {
                Some((inner, value, after)) => {
                    match value? {
                        // It is the case's own text, which is as it is to be sent.
                        Value::String(text) if inner.contains('*') => filled.push_str(&text),
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
        self.filled(text, percent_encoded)
    }

    fn plain(&self, text: &str) -> Result<String, String> {
        self.filled(text, |text| text.into())
    }

    fn json(&self, dialect: Dialect, value: &Value) -> Result<Value, String> {
        map_texts(value, &|_, text| {
            if text == "<admin>" {
                return self.json(dialect, &row::admin(dialect));
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

/// The two words of `handle.field`.
fn as_field(text: &str) -> Option<(&str, &str)> {
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let (handle, field) = text.split_once('.')?;
    (is_word(handle) && is_word(field)).then_some((handle, field))
}

/// Changes every text of a JSON value, told the member it stands in; within a `record` of faults that is its member. The names
/// of members are texts as well, which stand in none.
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
            .map(|(name, value)| {
                let within = if member == "record" { member } else { name };
                let key = match change("", name)? {
                    Value::String(name) => name,
                    other => other.to_string(),
                };
                Ok((key, map_member(within, value, change)?))
            })
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
            "<object>" => json!({}),
            "<boolean>" => true.into(),
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
        handles.insert("ana", Handle::user(UserId(7), "a+b@example.com"));
        handles
    }

    #[test]
    fn a_placeholder_alone_keeps_its_type() {
        let body = json!({"id": "{ana.id}", "text": "user {ana.id}", "many": "{ab*2}"});
        assert_eq!(
            handles().json(Dialect::V1, &body),
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

    #[test]
    fn what_an_answer_has_can_be_kept() {
        let response = |keep| serde_json::from_value(json!({"status": 200, "keep": keep})).unwrap();
        let mut handles = handles();
        let body = json!({"key": {"id": 9}});
        let keep = response(json!({"ana.key_id": "/key/id", "phone.session": "cookie"}));
        handles.keep(&keep, Some(&body), |_| Some("abc")).unwrap();
        let text = handles.plain("{ana.email} {ana.key_id} {phone.session}");
        assert_eq!(text, Ok("a+b@example.com 9 abc".to_owned()));
        for keep in [json!({"ana.key_id": "/id"}), json!({"key": "/key/id"})] {
            assert!(
                handles
                    .keep(&response(keep), Some(&body), |_| None)
                    .is_err()
            );
        }
    }
}
