//! Secrets of accounts: what the database, the log, the trail and the answers hold after a tour of all routes.

use crate::harness::on_both;

on_both! {
    /// at-rest: neither database nor log nor trail nor an error's text holds a password, a token or a key.
    nothing_keeps_a_secret
}

mod body {
    use crate::caller::{Caller, OTHER_PASSWORD, PASSWORD, add, add_active, session_cookie};
    use crate::harness::{Answer, Api, Backend, Method, TestServer, TestTenant, UserFixture};
    use crate::leaks::{forms, holds_none, usable};
    use crate::logged_server::LoggedServer;
    use crate::rows;
    use roster_domain::link::LinkKind;
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use roster_server::http::account::ROUTES;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    const WRONG: &str = "mistaken giraffe 9";

    /// A tour: what it has asked, what it was told, and what nobody may keep.
    #[derive(Default)]
    struct Tour {
        asked: BTreeSet<(String, String)>,
        errors: String,
        secrets: Vec<String>,
    }

    impl Tour {
        async fn ask(
            &mut self,
            caller: &Caller,
            method: Method,
            path: &str,
            body: Value,
        ) -> Answer {
            let answer = caller.send(method.clone(), path, &body).await;
            self.asked.insert((method.to_string(), path.to_owned()));
            if answer.status.as_u16() >= 400 {
                self.errors.push_str(&answer.text);
                for value in answer.headers.values() {
                    self.errors
                        .push_str(&String::from_utf8_lossy(value.as_bytes()));
                }
            }
            answer
        }
    }

    pub(super) async fn nothing_keeps_a_secret(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let process =
            LoggedServer::start(server.database(), "roster_server=trace,debug", "text").await;
        let tour = take(&server, &tenant, process.base_url()).await;
        let missing: Vec<_> = ROUTES
            .iter()
            .filter(|route| {
                let is_asked = |(method, path): &(String, String)| {
                    let mut parts = path.split(['/', '?']);
                    let is_same = route.pattern.split('/').all(|part| {
                        let asked = parts.next();
                        part.starts_with('{') || asked == Some(part)
                    });
                    is_same && method == route.method
                };
                !tour.asked.iter().any(is_asked)
            })
            .collect();
        assert_eq!(missing, Vec::<&_>::new());

        holds_none(&tour.errors, &tour.secrets);
        let log = process.log();
        assert!(log.contains("roster_server::sql"), "{log}");
        assert!(log.contains("/api/account/invitations/{token}"), "{log}");
        holds_none(&log, &tour.secrets);
        let dump = rows::dump(backend, server.database(), None).join("\n");
        assert!(dump.contains("$argon2id$"), "{dump}");
        holds_none(&dump, &tour.secrets);
        crate::audit_settled::settled(server.database()).await;
        let trail = Api::admin(&server, &tenant)
            .get("/api/audit_events?limit=100")
            .await
            .expect(200);
        assert!(trail.text.contains("key.rotate"), "{}", trail.text);
        holds_none(&trail.text, &tour.secrets);
        holds_none(&trail.text, &["$argon2id".to_owned()]);
    }

    /// Asks every route, in the right way and in wrong ones.
    async fn take(server: &TestServer, tenant: &TestTenant, base_url: &str) -> Tour {
        let mut tour = Tour::default();
        let at_process = Api::anonymous(base_url);
        let nobody = Caller::new(server).by(&at_process);
        add_active(tenant, "ana@x.io", Role::Admin).await;
        let bob = add_active(tenant, "bob@x.io", Role::Viewer).await;
        let pending = UserFixture {
            status: Status::Pending,
            ..UserFixture::active("pending@x.io", Role::Viewer)
        };
        let pending = tenant.user(pending).await.unwrap();
        add(tenant, "deleted@x.io", Role::Viewer, Status::Deleted).await;
        // The process goes by the time of day, for which the links have to be good.
        server.advance_seconds(1_000_000_000);
        let invitation = tenant.link(pending, LinkKind::Invitation).await.unwrap();
        let reset = tenant.link(bob, LinkKind::PasswordReset).await.unwrap();
        for secret in [PASSWORD, OTHER_PASSWORD, WRONG, &invitation, &reset] {
            tour.secrets.extend(forms(secret));
        }

        // In: by a wrong password, in a wrong field, by the right one.
        let session = "/api/account/session";
        let with = |email: &str, password: &str| json!({"tenant": tenant.slug, "email": email, "password": password});
        for (email, password) in [
            ("ana@x.io", WRONG),
            (WRONG, "ana@x.io"),
            ("deleted@x.io", PASSWORD),
        ] {
            let body = with(email, password);
            let refused = tour.ask(&nobody, Method::POST, session, body).await;
            refused.expect(401);
        }
        let faulty =
            json!({"tenant": tenant.slug, "email": [PASSWORD], "password": {"x": PASSWORD}});
        let refused = tour.ask(&nobody, Method::POST, session, faulty).await;
        refused.expect(422);
        let body = with("ana@x.io", PASSWORD);
        let signed_in = tour.ask(&nobody, Method::POST, session, body).await;
        let ana = nobody.begun_by(&signed_in.expect(200));

        // By an invitation, and by a link to a new password.
        let path = format!("/api/account/invitations/{invitation}");
        for body in [
            json!({"password": "short"}),
            json!({"password": PASSWORD, "name": 1}),
        ] {
            let refused = tour.ask(&nobody, Method::POST, &path, body).await;
            refused.expect(422);
        }
        let opened = tour.ask(&nobody, Method::GET, &path, Value::Null).await;
        opened.expect(200);
        let body = json!({"name": "Pen", "password": PASSWORD});
        let accepted = tour.ask(&nobody, Method::POST, &path, body.clone()).await;
        let accepted = nobody.begun_by(&accepted.expect(201));
        let used = tour.ask(&nobody, Method::POST, &path, body).await;
        used.expect(410);
        let path = "/api/account/password_resets";
        let body = json!({"tenant": tenant.slug, "email": "bob@x.io"});
        tour.ask(&nobody, Method::POST, path, body)
            .await
            .expect(202);
        let body = json!({"tenant": tenant.slug, "email": WRONG});
        tour.ask(&nobody, Method::POST, path, body)
            .await
            .expect(422);
        let path = format!("{path}/{reset}");
        for (password, status) in [("12345678", 422), (OTHER_PASSWORD, 204), (PASSWORD, 410)] {
            let body = json!({"password": password});
            let answer = tour.ask(&nobody, Method::PUT, &path, body).await;
            answer.expect(status);
        }

        // What is one's own.
        let path = "/api/account/password";
        for (current, password, status) in [
            (WRONG, OTHER_PASSWORD, 422),
            (PASSWORD, "ana@x.io", 422),
            (PASSWORD, OTHER_PASSWORD, 204),
        ] {
            let body = json!({"current_password": current, "password": password});
            let answer = tour.ask(&ana, Method::PUT, path, body).await;
            answer.expect(status);
        }
        let body = json!({"title": "Dr"});
        tour.ask(&ana, Method::PATCH, "/api/account/profile", body)
            .await
            .expect(200);
        let path = "/api/account/keys";
        let body = json!({"label": "laptop"});
        let made = tour
            .ask(&ana, Method::POST, path, body)
            .await
            .expect(201)
            .json();
        let made_id = made["key"]["id"].as_i64().unwrap();
        let rotate = format!("{path}/{made_id}/rotate");
        let new = tour.ask(&ana, Method::POST, &rotate, Value::Null).await;
        let new = new.expect(201).json();
        for key in [&made, &new] {
            let key = key["authentication_token"].as_str().unwrap();
            tour.secrets.extend(usable(key));
            let typo = ana.by(&at_process.with_server(base_url, &format!("{key}x")));
            let path = format!("{path}/1");
            tour.ask(&typo, Method::DELETE, &path, Value::Null)
                .await
                .expect(401);
        }
        for path in [path, session, "/api/account/sessions", "/api/audit_events"] {
            tour.ask(&ana, Method::GET, path, Value::Null)
                .await
                .expect(200);
        }
        let path = format!("{path}/{made_id}");
        tour.ask(&ana, Method::DELETE, &path, Value::Null)
            .await
            .expect(204);

        // Out: without the proof, with that of another, and then in the right way.
        let alone = ana.unconfirmed();
        tour.ask(&alone, Method::DELETE, session, Value::Null)
            .await
            .expect(403);
        let listed = ana.get("/api/account/sessions").await.expect(200).json();
        let path = format!("/api/account/sessions/{}", listed["sessions"][0]["id"]);
        tour.ask(&accepted, Method::DELETE, &path, Value::Null)
            .await
            .expect(404);
        tour.ask(&accepted, Method::DELETE, session, Value::Null)
            .await
            .expect(204);
        for token in [ana.cookie(), ana.csrf(), accepted.cookie(), accepted.csrf()] {
            assert_eq!(token.len(), 43);
            tour.secrets.extend(forms(token));
        }
        for caller in [&accepted, &ana] {
            // Tokens in places where none belongs.
            let path = format!("/api/account/invitations/{}", caller.cookie());
            tour.ask(&nobody, Method::GET, &path, Value::Null)
                .await
                .expect(404);
            let path = format!("/api/audit_events?after={}", caller.cookie());
            let status = tour.ask(&ana, Method::GET, &path, Value::Null).await.status;
            assert_eq!(status, 400);
        }
        let again = with("ana@x.io", OTHER_PASSWORD);
        let again = tour.ask(&nobody, Method::POST, session, again).await;
        tour.secrets
            .extend(forms(&session_cookie(&again.expect(200))));
        tour
    }
}
