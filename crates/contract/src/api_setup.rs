//! Making what a case begins with through the v1 API alone.

use crate::{
    case::GivenUser,
    exchange::Request,
    fill::Handle,
    run::{Answer, Credential, Server},
    setup::{Setup, SetupError},
};
use roster_domain::id::{GroupId, UserId};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Makes pending and deleted users, groups and memberships with the key of an admin.
#[derive(Debug, Clone)]
pub struct ApiSetup {
    server: Server,
    key: String,
}

impl ApiSetup {
    /// Sends what is needed with this key.
    pub fn new(server: Server, key: impl Into<String>) -> Self {
        let key = key.into();
        Self { server, key }
    }

    /// Deletes a user softly.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn delete_user(&self, id: UserId) -> Result<(), SetupError> {
        let path = format!("/users/{id}.json");
        self.send("DELETE", &path, None).await.map(drop)
    }

    /// Sends one request, which has to succeed.
    ///
    /// # Errors
    /// It does not.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, SetupError> {
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: BTreeMap::new(),
            body,
            raw_body: None,
            times: 1,
        };
        let credential = Credential::Key(self.key.clone());
        let answer = self.server.send(&request, &credential).await;
        match answer {
            Ok(Answer {
                status: 200, body, ..
            }) => serde_json::from_str(&body)
                .map_err(|error| SetupError(format!("{request} answered no JSON: {error}"))),
            Ok(Answer { status, body, .. }) => {
                Err(SetupError(format!("{request} answered {status}: {body}")))
            }
            Err(failure) => Err(SetupError(format!("{request}: {failure}"))),
        }
    }
}

fn id_of(row: &Value) -> Result<i64, SetupError> {
    let id = row.get("id").and_then(Value::as_i64);
    id.ok_or(SetupError("an answer has no id".to_owned()))
}

impl Setup for ApiSetup {
    async fn group(&mut self, name: &str) -> Result<GroupId, SetupError> {
        let body = json!({"group": {"name": name}});
        let group = self.send("POST", "/groups.json", Some(body)).await?;
        id_of(&group).map(GroupId)
    }

    async fn user(&mut self, user: &GivenUser, groups: &[GroupId]) -> Result<Handle, SetupError> {
        let mut invitation = json!({"email": user.email, "role": user.role});
        if let (Some(name), Some(members)) = (&user.name, invitation.as_object_mut()) {
            members.insert("name".to_owned(), name.as_str().into());
        }
        self.send("POST", "/users/invite.json", Some(invitation))
            .await?;
        let users = self.send("GET", "/users.json", None).await?;
        let invited = users.as_array().and_then(|users| {
            let email = user.email.as_str();
            users
                .iter()
                .find(|row| row.get("email").and_then(Value::as_str) == Some(email))
        });
        let id = UserId(id_of(invited.unwrap_or(&Value::Null))?);
        if user.title.is_some() || user.allow_authentication_token {
            let mut changes =
                json!({"allow_authentication_token": user.allow_authentication_token});
            if let (Some(title), Some(members)) = (&user.title, changes.as_object_mut()) {
                members.insert("title".to_owned(), title.as_str().into());
            }
            self.send("PATCH", &format!("/users/{id}.json"), Some(changes))
                .await?;
        }
        for group in groups {
            self.send("PUT", &format!("/groups/{group}/user/{id}"), None)
                .await?;
        }
        if user.deleted {
            self.delete_user(id).await?;
        }
        Ok(Handle::user(id, &user.email))
    }
}
