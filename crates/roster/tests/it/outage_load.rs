//! Mixed load on a server that may be down, and a memory of all that it has acknowledged.

use crate::harness::{Method, TestDatabase};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A request and what came of it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) begun: Instant,
    pub(crate) took: Duration,
    /// `None` when the connection broke.
    pub(crate) status: Option<u16>,
    pub(crate) retry_after: Option<String>,
    pub(crate) text: String,
}

impl Seen {
    /// Whether it was refused as an outage is told.
    pub(crate) fn is_refused(&self) -> bool {
        matches!(self.status, Some(503 | 507))
    }
}

/// A change that was acknowledged.
#[derive(Debug, Clone)]
enum Acknowledged {
    User(String),
    Group(i64),
    Member(String, i64),
    Deleted(String),
}

#[derive(Default)]
struct Record {
    is_over: AtomicBool,
    seen: Mutex<Vec<Seen>>,
    acknowledged: Mutex<Vec<Acknowledged>>,
}

/// Callers that write and read until told to end.
pub(crate) struct Load {
    record: Arc<Record>,
    callers: Vec<tokio::task::JoinHandle<()>>,
}

/// What a load has found.
pub(crate) struct Told {
    pub(crate) seen: Vec<Seen>,
    acknowledged: Vec<Acknowledged>,
}

impl Load {
    /// Starts it; `name` makes its addresses its own.
    pub(crate) fn start(base_url: &str, key: &str, name: &str, writers: usize) -> Self {
        let record = Arc::new(Record::default());
        let callers = (0..writers)
            .map(|number| {
                let caller = Caller {
                    client: roster_client::http().build().unwrap(),
                    base_url: base_url.to_owned(),
                    key: key.to_owned(),
                    record: Arc::clone(&record),
                };
                let name = format!("{name}-{number}");
                tokio::spawn(async move {
                    let mut story = 0;
                    while !caller.record.is_over.load(Ordering::Relaxed) {
                        story += 1;
                        let email = format!("{name}-{story}@x.io");
                        // What fails ends the story, and the next begins.
                        let _ = caller.tell(&email, story % 3 == 0).await;
                    }
                })
            })
            .collect();
        Self { record, callers }
    }

    /// Waits until so many of the requests that began after a moment match.
    pub(crate) async fn until(
        &self,
        count: usize,
        since: Instant,
        matches: impl Fn(&Seen) -> bool,
    ) -> Seen {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let seen = self.record.seen.lock().unwrap().clone();
            let mut found = seen.iter().filter(|one| one.begun >= since && matches(one));
            if let Some(last) = found.nth(count - 1) {
                return last.clone();
            }
            assert!(Instant::now() < deadline, "{:?}", seen.last());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Lets every caller end what it does.
    pub(crate) async fn end(self) -> Told {
        self.record.is_over.store(true, Ordering::Relaxed);
        for caller in self.callers {
            caller.await.unwrap();
        }
        let take = |seen: &Mutex<Vec<Seen>>| std::mem::take(&mut *seen.lock().unwrap());
        Told {
            seen: take(&self.record.seen),
            acknowledged: std::mem::take(&mut *self.record.acknowledged.lock().unwrap()),
        }
    }
}

struct Caller {
    client: reqwest::Client,
    base_url: String,
    key: String,
    record: Arc<Record>,
}

impl Caller {
    /// A user, a group, one in the other, perhaps a deletion; and something read.
    async fn tell(&self, email: &str, delete: bool) -> Option<()> {
        let invitation = json!({"email": email, "role": "user"});
        self.send(Method::POST, "/users/invite.json", invitation)
            .await?;
        self.acknowledge(Acknowledged::User(email.to_owned()));
        let path = format!("/users/get_user.json/?email={email}");
        let user = self.send(Method::GET, &path, json!(null)).await?["id"].clone();
        let group = json!({"group": {"name": email}});
        let group = self.send(Method::POST, "/groups.json", group).await?;
        let group = group["id"].as_i64().unwrap();
        self.acknowledge(Acknowledged::Group(group));
        let path = format!("/groups/{group}/user/{user}");
        self.send(Method::PUT, &path, json!(null)).await?;
        self.acknowledge(Acknowledged::Member(email.to_owned(), group));
        if delete {
            let path = format!("/users/{user}.json");
            self.send(Method::DELETE, &path, json!(null)).await?;
            self.acknowledge(Acknowledged::Deleted(email.to_owned()));
        }
        Some(())
    }

    fn acknowledge(&self, change: Acknowledged) {
        self.record.acknowledged.lock().unwrap().push(change);
    }

    /// The answer, if it is a good one.
    async fn send(&self, method: Method, path: &str, body: Value) -> Option<Value> {
        let begun = Instant::now();
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base_url))
            .header("X-Holistics-Key", &self.key);
        if !body.is_null() {
            request = request.json(&body);
        }
        let mut seen = Seen {
            begun,
            took: Duration::ZERO,
            status: None,
            retry_after: None,
            text: String::new(),
        };
        if let Ok(answer) = request.send().await {
            let retry_after = answer.headers().get("Retry-After");
            seen.retry_after = retry_after.map(|text| text.to_str().unwrap().to_owned());
            let status = answer.status().as_u16();
            if let Ok(text) = answer.text().await {
                (seen.status, seen.text) = (Some(status), text);
            }
        }
        seen.took = begun.elapsed();
        let answer = (seen.status == Some(200)).then(|| seen.text.clone());
        let is_good = answer.is_some();
        self.record.seen.lock().unwrap().push(seen);
        if !is_good {
            // Nobody asks again at once.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Some(serde_json::from_str(&answer?).unwrap())
    }
}

impl Told {
    /// Stops the test unless every request was served, refused as an outage is, or cut off.
    pub(crate) fn expect_only_refusals(&self) {
        for seen in &self.seen {
            match seen.status {
                None | Some(200) => {}
                Some(503 | 507) => assert!(seen.retry_after.is_some(), "{seen:?}"),
                Some(_) => panic!("{seen:?}"),
            }
        }
    }

    /// How many changes were acknowledged.
    pub(crate) fn changes(&self) -> usize {
        self.acknowledged.len()
    }

    /// Stops the test unless all that was acknowledged is in the database.
    pub(crate) fn expect_kept(&self, database: &TestDatabase) {
        let rows = |sql: &str| -> std::collections::HashSet<String> {
            database.query(sql).unwrap().into_iter().collect()
        };
        let users = rows("SELECT email AS value FROM users");
        let deleted = rows("SELECT email AS value FROM users WHERE deleted_at IS NOT NULL");
        let groups = rows("SELECT CAST(id AS TEXT) AS value FROM groups");
        let members = rows(
            "SELECT users.email || ' ' || memberships.group_id AS value
             FROM memberships JOIN users ON users.id = memberships.user_id",
        );
        for change in &self.acknowledged {
            let is_kept = match change {
                Acknowledged::User(email) => users.contains(email),
                Acknowledged::Group(id) => groups.contains(&id.to_string()),
                Acknowledged::Member(email, group) => members.contains(&format!("{email} {group}")),
                Acknowledged::Deleted(email) => deleted.contains(email),
            };
            assert!(is_kept, "{change:?} was acknowledged and is lost");
        }
    }
}

/// Stops the test unless every change has all that belongs to it: its audit event, its mail, its link.
pub(crate) fn expect_whole(database: &TestDatabase) {
    let count = |sql: &str| database.count(&format!("SELECT count(*) AS value FROM {sql}"));
    for (what, events) in [
        ("users WHERE email LIKE '%@x.io'", "user.invite"),
        ("outbox", "user.invite"),
        ("groups", "group.create"),
        ("memberships", "group.add_user"),
        ("users WHERE deleted_at IS NOT NULL", "user.delete"),
    ] {
        let events = format!("audit_events WHERE action = '{events}'");
        assert_eq!(count(what).unwrap(), count(&events).unwrap(), "{what}");
    }
}
