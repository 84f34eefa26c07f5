//! Running cases against a server that may have users and groups of its own.

use crate::{
    api_setup::ApiSetup,
    case::Case,
    compare::Rows,
    fill::{Handle, Handles},
    run::{Failure, Server, run_case},
    setup::{SetupError, needs_fixture},
};
use roster_domain::id::UserId;
use serde_json::Value;
use std::{
    fmt,
    hash::{BuildHasher, RandomState},
};

/// A running server, the admin whose key is used, and the mark of this run.
#[derive(Debug)]
pub struct Live {
    server: Server,
    setup: ApiSetup,
    handles: Handles,
    mark: String,
    allows_writes: bool,
}

/// How a case ended.
#[derive(Debug)]
pub enum Outcome {
    /// Everything is as expected.
    Passed,
    /// Something is not.
    Failed(Failure),
    /// It did not run, for this reason.
    Skipped(String),
}

/// Why no case can be run.
#[derive(Debug)]
pub struct Unusable(String);

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unusable {}

impl From<SetupError> for Unusable {
    fn from(error: SetupError) -> Self {
        Self(error.0)
    }
}

impl Live {
    /// Asks the server whose key it is.
    ///
    /// # Errors
    /// There is no server, or it does not take the key, or its owner is no admin.
    pub async fn connect(base_url: &str, key: &str, allows_writes: bool) -> Result<Self, Unusable> {
        let server = Server::new(base_url).map_err(|error| Unusable(error.to_string()))?;
        let setup = ApiSetup::new(server.clone(), key);
        let owner = setup.send("GET", "/users/info.json", None).await?;
        let text = |member| owner.get(member).and_then(Value::as_str);
        let id = owner.get("id").and_then(Value::as_i64);
        let (Some(id), Some(email), Some("admin")) = (id, text("email"), text("role")) else {
            return Err(Unusable("the key is not that of an admin".to_owned()));
        };
        let mut handles = Handles::default();
        let admin = Handle::user(UserId(id), email).with("key", key);
        handles.insert("admin", admin);
        Ok(Self {
            server,
            setup,
            handles,
            // Two runs against one server must not meet in one address or name.
            mark: format!("r{:010x}", RandomState::new().hash_one(()) >> 24),
            allows_writes,
        })
    }

    /// Runs one case; the number tells it from the other cases of this run.
    pub async fn run(&mut self, case: &Case, number: usize) -> Outcome {
        if let Some(reason) = self.reason_to_skip(case) {
            return Outcome::Skipped(reason);
        }
        let case = case.isolated(&format!("{}-{number}", self.mark));
        let handles = self.handles.clone();
        match run_case(&case, &self.server, &mut self.setup, handles, Rows::Among).await {
            Ok(()) => Outcome::Passed,
            Err(failure) => Outcome::Failed(failure),
        }
    }

    fn reason_to_skip(&self, case: &Case) -> Option<String> {
        if let Some(reason) = needs_fixture(case) {
            return Some(reason);
        }
        let is_read = case.given.users.is_empty()
            && case.given.groups.is_empty()
            && case.exchanges().all(|exchange| exchange.request.is_read());
        (!self.allows_writes && !is_read)
            .then(|| "it writes, which needs --allow-writes".to_owned())
    }

    /// Deletes the groups of this run, and softly its users; says how many of each.
    ///
    /// # Errors
    /// Something cannot be deleted.
    pub async fn clean_up(&self) -> Result<(usize, usize), Unusable> {
        let domain = format!("@{}-", self.mark);
        let users = self
            .delete("/users", |row| {
                let is_deleted = row.get("is_deleted") == Some(&Value::Bool(true));
                let email = row.get("email").and_then(Value::as_str);
                !is_deleted && email.is_some_and(|email| email.to_lowercase().contains(&domain))
            })
            .await?;
        let suffix = format!(" {}-", self.mark);
        let groups = self
            .delete("/groups", |row| {
                let name = row.get("name").and_then(Value::as_str);
                name.is_some_and(|name| name.contains(&suffix))
            })
            .await?;
        Ok((groups, users))
    }

    async fn delete(
        &self,
        path: &str,
        is_ours: impl Fn(&Value) -> bool,
    ) -> Result<usize, Unusable> {
        let rows = self
            .setup
            .send("GET", &format!("{path}.json"), None)
            .await?;
        let ours = rows.as_array().into_iter().flatten();
        let ids: Vec<_> = ours
            .filter(|row| is_ours(row))
            .filter_map(|row| row.get("id")?.as_i64())
            .collect();
        for id in &ids {
            self.setup
                .send("DELETE", &format!("{path}/{id}.json"), None)
                .await?;
        }
        Ok(ids.len())
    }
}
