//! A case as its file writes it.

use crate::exchange::{Caller, Exchange, Request, Response};
use roster_domain::time::Timestamp;
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor},
};
use std::{fmt, marker::PhantomData};

/// One case: what there is, what is sent, what must come back.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// A sentence that says what holds.
    pub name: String,
    /// What there is besides the calling admin.
    #[serde(default)]
    pub given: Given,
    /// Who asks, and by what.
    #[serde(default, rename = "as")]
    pub caller: Caller,
    /// What is sent.
    pub request: Request,
    /// What must come back.
    pub response: Response,
    /// What follows.
    #[serde(default)]
    pub then: Vec<Exchange>,
    /// The method of the Rust client that sends exactly this request.
    #[serde(default)]
    pub client: Option<String>,
}

impl Case {
    /// The request and what follows it, in order.
    pub fn exchanges(&self) -> impl Iterator<Item = Exchange> + '_ {
        let first = Exchange {
            caller: self.caller.clone(),
            request: self.request.clone(),
            response: self.response.clone(),
        };
        std::iter::once(first).chain(self.then.iter().cloned())
    }
}

/// What there is besides the calling admin, by handle and in the order of the file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Given {
    /// Groups; they are made first.
    #[serde(deserialize_with = "in_order")]
    pub groups: Vec<(String, GivenGroup)>,
    /// Users.
    #[serde(deserialize_with = "in_order")]
    pub users: Vec<(String, GivenUser)>,
}

/// A group that a case begins with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenGroup {
    /// Its name.
    pub name: String,
}

/// A user that a case begins with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenUser {
    /// The address.
    pub email: String,
    /// The role, in any spelling.
    pub role: String,
    /// The name.
    #[serde(default)]
    pub name: Option<String>,
    /// The title.
    #[serde(default)]
    pub title: Option<String>,
    /// Whether the invitation is accepted.
    #[serde(default)]
    pub status: Status,
    /// Whether the user was deleted after that.
    #[serde(default)]
    pub deleted: bool,
    /// Handles of the groups the user is in.
    #[serde(default)]
    pub groups: Vec<String>,
    /// The API key, if the user has one.
    #[serde(default)]
    pub key: Option<Lasting>,
    /// The session, if the user has one.
    #[serde(default)]
    pub session: Option<Lasting>,
    /// The password, if the user has one.
    #[serde(default)]
    pub password: Option<String>,
    /// The links that were mailed to the user.
    #[serde(default)]
    pub links: Links,
    /// Whether the user's keys are accepted.
    #[serde(default)]
    pub allow_authentication_token: bool,
    /// The latest sign-in.
    #[serde(default)]
    pub current_sign_in_at: Option<Timestamp>,
    /// The sign-in before it.
    #[serde(default)]
    pub last_sign_in_at: Option<Timestamp>,
}

/// Whether a given user has accepted the invitation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not yet.
    #[default]
    Pending,
    /// Yes.
    Active,
}

/// Whether a given key or session is still good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lasting {
    /// It is.
    Live,
    /// It has expired.
    Expired,
}

/// The links that were mailed to a given user.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Links {
    /// To accept an invitation.
    pub invitation: Option<Link>,
    /// To choose a new password.
    pub password_reset: Option<Link>,
}

impl Links {
    /// The links, each under the name by which placeholders know its token.
    pub fn by_name(&self) -> [(&'static str, Option<Link>); 2] {
        [
            ("invitation", self.invitation),
            ("password_reset", self.password_reset),
        ]
    }
}

/// Whether a given link is still good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// It is.
    Live,
    /// It has expired.
    Expired,
    /// It was used.
    Used,
    /// A newer invitation was sent.
    Replaced,
}

/// Reads an object whose members keep their order, since it decides about ids.
fn in_order<'de, D, T>(deserializer: D) -> Result<Vec<(String, T)>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct InOrder<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for InOrder<T> {
        type Value = Vec<(String, T)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object whose members are handles")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members: Self::Value = Vec::new();
            while let Some((handle, value)) = map.next_entry::<String, T>()? {
                if members.iter().any(|(other, _)| *other == handle) {
                    return Err(de::Error::custom(format!("handle {handle:?} twice")));
                }
                members.push((handle, value));
            }
            Ok(members)
        }
    }

    deserializer.deserialize_map(InOrder(PhantomData))
}
