//! Walls of the account API: between users and tenants, between roles, and between kinds of credential. All walk its routes.

use crate::harness::on_both;

on_both! {
    /// tenant-wall: a session or a key of another user, in this tenant or in another, is not there.
    what_is_another_users_is_out_of_reach
    /// tenant-wall: lists are the caller's own, and the trail is the tenant's.
    lists_end_at_the_wall
    /// role-matrix: every route lets in whom the table lets in, by the credentials that it names, and nobody else.
    every_route_keeps_to_the_table
    /// role-matrix: no session reaches a route of v1.
    v1_looks_at_no_cookie
}

mod body {
    use crate::caller::{Caller, OTHER_PASSWORD, PASSWORD, add_active};
    use crate::harness::{Answer, Api, Backend, KeyFixture, Method, TestServer, TestTenant, read};
    use crate::stored::everything;
    use reqwest::header::COOKIE;
    use roster_domain::permission::{CredentialKind, Over, TABLE};
    use roster_domain::role::Role;
    use roster_server::http::route::Route;
    use roster_server::http::{account, pages, v1, v2};
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    /// A user with one session, one key and the password.
    struct Person {
        caller: Caller,
        session: i64,
        key: String,
        key_id: i64,
    }

    impl Person {
        async fn new(server: &TestServer, tenant: &TestTenant, email: &str, role: Role) -> Self {
            let user = add_active(tenant, email, role).await;
            let session = tenant.session(user).await.unwrap();
            let key = tenant.key(user, KeyFixture::Live).await.unwrap();
            let sql = format!("SELECT id AS value FROM api_keys WHERE user_id = {user}");
            Self {
                caller: Caller::new(server).with(&session),
                session: session.id,
                key_id: server.database().count(&sql).unwrap(),
                key,
            }
        }
    }

    /// A request to a route that has nothing wrong with it but perhaps what it names. A route that is new has
    /// to be added here.
    fn request(route: &Route, tenant: &TestTenant, of: &Person) -> (Method, String, Value) {
        let body = match (route.method, route.pattern) {
            ("POST", "/api/account/session") => {
                json!({"tenant": tenant.slug, "email": "nobody@x.io", "password": PASSWORD})
            }
            ("POST", "/api/account/invitations/{token}")
            | ("PUT", "/api/account/password_resets/{token}") => {
                json!({"password": OTHER_PASSWORD})
            }
            ("POST", "/api/account/password_resets") => {
                json!({"tenant": tenant.slug, "email": "nobody@x.io"})
            }
            ("PUT", "/api/account/password") => {
                json!({"current_password": PASSWORD, "password": OTHER_PASSWORD})
            }
            ("PATCH", "/api/account/profile") => json!({"name": "Changed"}),
            ("POST", "/api/account/keys" | "/api/account/keys/{id}/rotate") => json!({}),
            ("GET" | "DELETE", "/api/account/session")
            | (
                "GET",
                "/api/account/sessions"
                | "/api/account/invitations/{token}"
                | "/api/account/keys"
                | "/api/audit_events",
            )
            | ("DELETE", "/api/account/sessions/{id}" | "/api/account/keys/{id}") => Value::Null,
            other => panic!("{other:?} is missing here"),
        };
        let id = if route.pattern.contains("/keys/") {
            of.key_id
        } else {
            of.session
        };
        let path = route
            .pattern
            .replace("{id}", &id.to_string())
            .replace("{token}", &"a".repeat(43));
        (route.method.parse().unwrap(), path, body)
    }

    pub(super) async fn what_is_another_users_is_out_of_reach(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let (own, other) = (
            server.tenant().await.unwrap(),
            server.tenant().await.unwrap(),
        );
        let ana = Person::new(&server, &own, "ana@x.io", Role::Admin).await;
        let others = [
            Person::new(&server, &own, "bob@x.io", Role::Viewer).await,
            Person::new(&server, &other, "ana@x.io", Role::Viewer).await,
        ];
        let by_key = Api::new(&server.base_url(), &ana.key);
        let before = everything(server.database());
        let mut refused = 0;
        for route in account::ROUTES {
            if !route.pattern.contains("{id}") {
                continue;
            }
            let row = TABLE.iter().find(|row| row.action == route.action).unwrap();
            for person in &others {
                let (method, path, body) = request(route, &own, person);
                let mut answers = vec![ana.caller.send(method.clone(), &path, &body).await];
                if row.credentials.contains(&CredentialKind::ApiKey) {
                    answers.push(by_key.send(method, &path, &body).await);
                }
                for answer in answers {
                    let (kind, text) = answer.expect(404).fault();
                    assert_eq!(
                        (kind.as_str(), text.as_str()),
                        ("BaseError", "Resource not found")
                    );
                    refused += 1;
                }
                // The use of a session and of a key is written down beside.
                let after = everything(server.database());
                assert_eq!(without_uses(&after), without_uses(&before), "{path}");
            }
        }
        assert_eq!(refused, 2 * (3 + 1), "routes that name a row");
        for id in ["0", "-1", "9223372036854775808", "x", "1.0", "%00", "4711"] {
            for path in [
                format!("/api/account/sessions/{id}"),
                format!("/api/account/keys/{id}"),
            ] {
                ana.caller.delete(&path).await.expect(404);
            }
        }
        assert_eq!(
            without_uses(&everything(server.database())),
            without_uses(&before)
        );
    }

    fn without_uses(rows: &[String]) -> Vec<&String> {
        rows.iter()
            .filter(|row| !row.starts_with("sessions "))
            .collect()
    }

    pub(super) async fn lists_end_at_the_wall(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let (own, other) = (
            server.tenant().await.unwrap(),
            server.tenant().await.unwrap(),
        );
        let ana = Person::new(&server, &own, "ana@x.io", Role::Admin).await;
        Person::new(&server, &own, "bob@x.io", Role::Admin).await;
        let eve = Person::new(&server, &other, "eve@y.io", Role::Admin).await;
        for person in [&ana, &eve] {
            let changed = json!({"title": "Dr"});
            let changed = person.caller.patch("/api/account/profile", changed).await;
            changed.expect(200);
        }
        let ids = async |path: &str, list: &str| -> Vec<i64> {
            let listed = ana.caller.get(path).await.expect(200).json();
            let ids = listed[list].as_array().unwrap().iter();
            ids.map(|row| row["id"].as_i64().unwrap()).collect()
        };
        assert_eq!(
            ids("/api/account/sessions", "sessions").await,
            [ana.session]
        );
        assert_eq!(ids("/api/account/keys", "keys").await, [ana.key_id]);
        crate::audit_settled::settled(server.database()).await;
        let sql = format!(
            "SELECT id AS value FROM audit_events WHERE tenant_id = {} ORDER BY id DESC LIMIT 1",
            other.id
        );
        let theirs = server.database().count(&sql).unwrap();
        let all = ids("/api/audit_events", "audit_events").await;
        assert!(all.len() == 2 && !all.contains(&theirs), "{all:?}");
        let answer = ana.caller.get("/api/audit_events").await.expect(200);
        assert!(!answer.text.contains("eve@y.io"), "{}", answer.text);
        for (field, of) in [("actor_id", "actor_id"), ("target_id", "target_id")] {
            let sql = format!("SELECT {of} AS value FROM audit_events WHERE id = {theirs}");
            let id = server.database().count(&sql).unwrap();
            let found = ids(&format!("/api/audit_events?{field}={id}"), "audit_events").await;
            assert!(!found.contains(&theirs));
        }
    }

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Shown {
        Nothing,
        Key,
        Session,
        SessionAlone,
        SessionAloneAndKey,
    }

    const SHOWN: [Shown; 5] = [
        Shown::Nothing,
        Shown::Key,
        Shown::Session,
        Shown::SessionAlone,
        Shown::SessionAloneAndKey,
    ];

    /// What the answer has to be: its status, and where it is a refusal its text.
    fn expected(route: &Route, role: Role, shown: Shown) -> (u16, &'static str) {
        let row = TABLE.iter().find(|row| row.action == route.action).unwrap();
        let takes = |kind| row.credentials.contains(&kind);
        let is_read = route.method == "GET";
        let has_key = [Shown::Key, Shown::SessionAloneAndKey].contains(&shown);
        let by = match shown {
            // These are for those who are nobody yet, whatever else is shown.
            _ if takes(CredentialKind::Password) => {
                return (401, "Address and password do not match");
            }
            _ if takes(CredentialKind::Link) => return (404, "This link is not known"),
            _ if takes(CredentialKind::Nothing) => return (202, ""),
            _ if has_key && takes(CredentialKind::ApiKey) => CredentialKind::ApiKey,
            Shown::Nothing | Shown::Key => return (401, "Sign in first"),
            Shown::SessionAlone | Shown::SessionAloneAndKey if !is_read => {
                return (
                    403,
                    "The text that proves where the request comes from is missing or wrong; get it from GET /api/account/session",
                );
            }
            _ => CredentialKind::Session,
        };
        match (row.over(role, by), route.method, route.pattern) {
            (Over::Nobody, _, _) => (403, "You do not have permission to perform this action"),
            (_, "POST", "/api/account/keys" | "/api/account/keys/{id}/rotate") => (201, ""),
            (_, "DELETE", _) | (_, "PUT", "/api/account/password") => (204, ""),
            _ => (200, ""),
        }
    }

    pub(super) async fn every_route_keeps_to_the_table(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let mut number = 0;
        for route in account::ROUTES {
            for role in Role::ALL {
                for shown in SHOWN {
                    number += 1;
                    // The attempts of one machine are counted.
                    let forget = "DELETE FROM attempts";
                    server.database().execute(forget).unwrap();
                    let email = format!("u{number}@x.io");
                    let person = Person::new(&server, &tenant, &email, role).await;
                    let answer = ask(&server, &tenant, route, &person, shown).await;
                    let what = format!("{route:?} by {role:?} with {shown:?}: {}", answer.text);
                    let (status, text) = expected(route, role, shown);
                    assert_eq!(answer.status, status, "{what}");
                    if status >= 400 {
                        assert_eq!(answer.fault().1, text, "{what}");
                    }
                }
            }
        }
        let reached: BTreeSet<_> = [account::ROUTES, pages::ROUTES, v1::ROUTES, v2::ROUTES]
            .concat()
            .iter()
            .map(|route| route.action)
            .collect();
        let by_request: BTreeSet<_> = TABLE
            .iter()
            .filter(|row| row.credentials != [CredentialKind::CommandLine])
            .map(|row| row.action)
            // A step of changing it.
            .filter(|action| *action != "password.get")
            .collect();
        assert_eq!(reached, by_request);
    }

    async fn ask(
        server: &TestServer,
        tenant: &TestTenant,
        route: &Route,
        person: &Person,
        shown: Shown,
    ) -> Answer {
        let (method, path, body) = request(route, tenant, person);
        let by_key = Api::anonymous(&server.base_url());
        let by_key = by_key.with_server(&server.base_url(), &person.key);
        let alone = person.caller.unconfirmed();
        match shown {
            Shown::Nothing => Caller::new(server).send(method, &path, &body).await,
            Shown::Key => by_key.send(method, &path, &body).await,
            Shown::Session => person.caller.send(method, &path, &body).await,
            Shown::SessionAlone => alone.send(method, &path, &body).await,
            Shown::SessionAloneAndKey => alone.by(&by_key).send(method, &path, &body).await,
        }
    }

    pub(super) async fn v1_looks_at_no_cookie(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let session = tenant.session(tenant.admin.id).await.unwrap();
        let caller = Caller::new(&server).with(&session);
        let before = everything(server.database());
        for route in v1::ROUTES {
            let path = route
                .pattern
                .split('/')
                .map(|part| if part.starts_with('{') { "1" } else { part })
                .collect::<Vec<_>>()
                .join("/");
            let method: Method = route.method.parse().unwrap();
            let answer = caller.send(method, &path, &json!({})).await.expect(401);
            assert_eq!(answer.errors(), ["API key is missing"], "{path}");
        }
        assert_eq!(everything(server.database()), before);
        // Nor does one get in the way of a key.
        for cookie in [session.cookie.as_str(), "x", ""] {
            let request = Api::admin(&server, &tenant).request(Method::GET, "/users/info.json");
            let request = request.header(COOKIE, format!("roster_session={cookie}"));
            read(request).await.expect(200);
        }
    }
}
