//! Invitations that were mailed: what opening, accepting and replacing them does.

use crate::harness::on_both;

on_both! {
    /// get-consumes-nothing: opening a link, however often, changes nothing.
    opening_an_invitation_changes_nothing
    /// invite-states: of all links only those of the newest sending work, until one of them is used.
    the_newest_links_work_until_one_is_used
    /// invite-states: one that has expired is told as such and can be sent anew.
    an_expired_invitation_can_be_sent_anew
    /// invite-states: deleting kills links, and restoring brings none back.
    a_deleted_user_has_no_links
    /// Who accepts is in: active, with name and password, and a session.
    accepting_makes_an_active_user
    /// once: of many who accept at once one succeeds, and the password is that one's.
    one_of_many_acceptances_succeeds
    /// A link is for one thing, and what is no link is none.
    a_link_is_for_one_thing
    /// no-false-ok: what is wrong with the rest of a request uses nothing up.
    a_faulty_acceptance_uses_nothing_up
}

mod body {
    use crate::caller::{Caller, PASSWORD, add, servers};
    use crate::harness::{Answer, Api, Backend, Method, TestServer, TestTenant, UserFixture, read};
    use crate::stored::{audit_trail, everything};
    use futures_util::future::join_all;
    use roster_domain::id::UserId;
    use roster_domain::link::LinkKind;
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use serde_json::{Value, json};

    const DAY_SECONDS: i64 = 86_400;

    async fn start(backend: Backend) -> (TestServer, TestTenant, Api, Caller) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let (admin, caller) = (Api::admin(&server, &tenant), Caller::new(&server));
        (server, tenant, admin, caller)
    }

    async fn pending(tenant: &TestTenant, email: &str) -> UserId {
        let user = UserFixture {
            status: Status::Pending,
            ..UserFixture::active(email, Role::Explorer)
        };
        tenant.user(user).await.unwrap()
    }

    async fn invitation(tenant: &TestTenant, user: UserId) -> String {
        tenant.link(user, LinkKind::Invitation).await.unwrap()
    }

    fn path(token: &str) -> String {
        format!("/api/account/invitations/{token}")
    }

    async fn accept(caller: &Caller, token: &str) -> Answer {
        let body = json!({"password": PASSWORD});
        caller.post(&path(token), body).await
    }

    async fn resend(admin: &Api, user: UserId) {
        let path = format!("/users/{user}/resend_invite.json");
        admin.post(&path, Value::Null).await.expect(200);
    }

    /// Neither opens nor is accepted, and both say why; nothing changes.
    async fn is_dead(
        server: &TestServer,
        caller: &Caller,
        token: &str,
        (status, text): (u16, &str),
    ) {
        let before = everything(server.database());
        for answer in [caller.get(&path(token)).await, accept(caller, token).await] {
            let (kind, found) = answer.clone().expect(status).fault();
            assert_eq!(found, text);
            let expected = match status {
                410 => "InvalidOperationError",
                _ => "BaseError",
            };
            assert_eq!(kind, expected);
        }
        assert_eq!(everything(server.database()), before);
    }

    const USED: (u16, &str) = (410, "This link has been used already");
    const EXPIRED: (u16, &str) = (410, "This link has expired; ask for a new one");
    const REPLACED: (u16, &str) = (
        404,
        "A newer invitation took the place of this link; ask for it",
    );
    const DELETED: (u16, &str) = (404, "This user has been deleted");
    const UNKNOWN: (u16, &str) = (404, "This link is not known");

    pub(super) async fn opening_an_invitation_changes_nothing(backend: Backend) {
        let (server, tenant, _, caller) = start(backend).await;
        let user = pending(&tenant, "ana@x.io").await;
        let token = invitation(&tenant, user).await;
        let sql = format!("SELECT name AS value FROM tenants WHERE id = {}", tenant.id);
        let name = server.database().query(&sql).unwrap().remove(0);
        let before = everything(server.database());
        for _ in 0..30 {
            let opened = caller.get(&path(&token)).await.expect(200);
            assert_eq!(
                opened.json(),
                json!({
                    "tenant": {"name": name}, "invited_by": {"name": "Admin"}, "email": "ana@x.io",
                    "expires_at": "2026-01-08T00:00:00.000Z",
                })
            );
            assert_eq!(opened.headers["cache-control"], "no-store");
            assert_eq!(opened.headers["referrer-policy"], "no-referrer");
            assert!(!opened.headers.contains_key("set-cookie"));
            let head = caller.request(Method::HEAD, &path(&token));
            assert_eq!(read(head).await.expect(200).text, "");
        }
        assert_eq!(everything(server.database()), before);
        accept(&caller, &token).await.expect(201);
    }

    pub(super) async fn the_newest_links_work_until_one_is_used(backend: Backend) {
        let (server, tenant, admin, caller) = start(backend).await;
        let user = pending(&tenant, "ana@x.io").await;
        let old = invitation(&tenant, user).await;
        caller.get(&path(&old)).await.expect(200);
        resend(&admin, user).await;
        is_dead(&server, &caller, &old, REPLACED).await;
        // A mail that was delivered twice brings two.
        let new = [
            invitation(&tenant, user).await,
            invitation(&tenant, user).await,
        ];
        for token in &new {
            caller.get(&path(token)).await.expect(200);
        }
        accept(&caller, &new[1]).await.expect(201);
        for token in new.iter().chain([&old]) {
            is_dead(&server, &caller, token, USED).await;
        }
        let path = format!("/users/{user}/resend_invite.json");
        let refused = admin.post(&path, Value::Null).await.expect(422);
        assert_eq!(refused.errors(), ["Invitation is already accepted"]);
    }

    pub(super) async fn an_expired_invitation_can_be_sent_anew(backend: Backend) {
        let (server, tenant, admin, caller) = start(backend).await;
        let user = pending(&tenant, "ana@x.io").await;
        let old = invitation(&tenant, user).await;
        server.advance_seconds(7 * DAY_SECONDS - 1);
        caller.get(&path(&old)).await.expect(200);
        server.advance_seconds(1);
        is_dead(&server, &caller, &old, EXPIRED).await;
        resend(&admin, user).await;
        is_dead(&server, &caller, &old, REPLACED).await;
        let new = invitation(&tenant, user).await;
        let opened = caller.get(&path(&new)).await.expect(200);
        assert_eq!(opened.json()["expires_at"], "2026-01-15T00:00:00.000Z");
        accept(&caller, &new).await.expect(201);
    }

    pub(super) async fn a_deleted_user_has_no_links(backend: Backend) {
        let (server, tenant, admin, caller) = start(backend).await;
        let delete = async |user: UserId| {
            let path = format!("/users/{user}.json");
            admin.delete(&path).await.expect(200);
        };
        let restore = async |user: UserId| {
            let body = json!({"id": user});
            admin.post("/users/restore.json", body).await.expect(200);
        };
        let user = pending(&tenant, "ana@x.io").await;
        let token = invitation(&tenant, user).await;
        delete(user).await;
        is_dead(&server, &caller, &token, DELETED).await;
        restore(user).await;
        is_dead(&server, &caller, &token, REPLACED).await;
        resend(&admin, user).await;
        is_dead(&server, &caller, &token, REPLACED).await;
        let new = invitation(&tenant, user).await;
        accept(&caller, &new).await.expect(201);
        // The same after it was accepted.
        delete(user).await;
        is_dead(&server, &caller, &new, DELETED).await;
        restore(user).await;
        is_dead(&server, &caller, &new, USED).await;
    }

    pub(super) async fn accepting_makes_an_active_user(backend: Backend) {
        let (server, tenant, admin, caller) = start(backend).await;
        for (email, known, body, expected) in [
            (
                "a@x.io",
                Some("Ana"),
                json!({"name": "Ana Souza"}),
                json!("Ana Souza"),
            ),
            ("b@x.io", Some("Ana"), json!({}), json!("Ana")),
            ("c@x.io", Some("Ana"), json!({"name": null}), json!("Ana")),
            ("d@x.io", None, json!({}), json!(null)),
        ] {
            let invite = json!({"email": email, "role": "explorer", "name": known});
            admin.post("/users/invite.json", invite).await.expect(200);
            let sql = format!("SELECT id AS value FROM users WHERE email = '{email}'");
            let id = UserId(server.database().count(&sql).unwrap());
            let token = invitation(&tenant, id).await;
            let mut body = body;
            body["password"] = json!(PASSWORD);
            server.advance_seconds(1);
            let accepted = caller.post(&path(&token), body).await.expect(201);
            let user = &accepted.json()["user"];
            assert_eq!(user["name"], expected);
            assert_eq!(user["role"], "explorer");
            assert_eq!(user["is_activated"], true);
            assert_eq!(user["last_sign_in_at"], json!(null));
            assert!(user["current_sign_in_at"].is_string());
            let caller = caller.begun_by(&accepted);
            let own = caller.get("/api/account/session").await.expect(200).json();
            assert_eq!(own["user"], *user);
            let title = caller
                .patch("/api/account/profile", json!({"title": "Dr"}))
                .await;
            title.expect(200);
            caller.sign_in(&tenant, email, PASSWORD).await.expect(200);
        }
    }

    pub(super) async fn one_of_many_acceptances_succeeds(backend: Backend) {
        let servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        let user = pending(&tenant, "ana@x.io").await;
        let tokens = [
            invitation(&tenant, user).await,
            invitation(&tenant, user).await,
        ];
        let caller = Caller::new(&servers[0]);
        let answers = join_all((0..50).map(|number| {
            let caller = caller.at(&servers[number % servers.len()]);
            let path = path(&tokens[number / 2 % tokens.len()]);
            async move {
                let body = json!({"password": format!("{PASSWORD} {number}")});
                caller.post(&path, body).await
            }
        }))
        .await;
        let mut winners = Vec::new();
        for (number, answer) in answers.iter().enumerate() {
            if answer.status == 201 {
                winners.push(number);
            } else {
                assert_eq!(answer.clone().expect(410).fault().1, USED.1);
            }
        }
        assert_eq!(winners.len(), 1, "{winners:?}");
        let trail = audit_trail(servers[0].database());
        let actions = trail.iter().map(|event| event["action"].as_str().unwrap());
        let actions: Vec<_> = actions
            .filter(|action| *action != "tenant.create")
            .collect();
        assert_eq!(actions, ["user.accept_invitation", "session.create"]);
        let password = format!("{PASSWORD} {}", winners[0]);
        let right = caller.sign_in(&tenant, "ana@x.io", &password).await;
        right.expect(200);
        assert!(caller.begun_by(&answers[winners[0]]).is_in().await);
    }

    pub(super) async fn a_link_is_for_one_thing(backend: Backend) {
        let (server, tenant, _, caller) = start(backend).await;
        let user = pending(&tenant, "ana@x.io").await;
        let active = add(&tenant, "bob@x.io", Role::Viewer, Status::Active).await;
        let invitation = invitation(&tenant, user).await;
        let reset = tenant.link(active, LinkKind::PasswordReset).await.unwrap();
        let too_early = tenant.link(user, LinkKind::PasswordReset).await.unwrap();
        let session = tenant.session(active).await.unwrap();
        for token in [
            reset.as_str(),
            &too_early,
            &session.cookie,
            &session.csrf_token,
            &tenant.admin.key,
            &invitation.to_lowercase(),
            &invitation[1..],
            &format!("{invitation}a"),
            "a",
            "%00",
            "%ff",
            "4711",
        ] {
            is_dead(&server, &caller, token, UNKNOWN).await;
        }
        let before = everything(server.database());
        for token in [
            invitation.as_str(),
            &too_early,
            &session.cookie,
            &reset[1..],
            "a",
        ] {
            let path = format!("/api/account/password_resets/{token}");
            let body = json!({"password": PASSWORD});
            let refused = caller.put(&path, body).await.expect(404);
            assert_eq!(refused.fault().1, UNKNOWN.1);
        }
        assert_eq!(everything(server.database()), before);
    }

    pub(super) async fn a_faulty_acceptance_uses_nothing_up(backend: Backend) {
        let (server, tenant, _, caller) = start(backend).await;
        let user = pending(&tenant, "ana@x.io").await;
        let token = invitation(&tenant, user).await;
        let before = everything(server.database());
        let hashes = server.hashes();
        for (body, field) in [
            (json!({}), "password"),
            (json!({"password": 1}), "password"),
            (json!({"password": "short"}), "password"),
            (json!({"password": "ana@x.io"}), "password"),
            (json!({"name": "\u{0}", "password": PASSWORD}), "name"),
            (json!({"password": PASSWORD, "role": "admin"}), "role"),
            (json!({"password": PASSWORD, "email": "b@x.io"}), "email"),
        ] {
            let refused = caller.post(&path(&token), body.clone()).await.expect(422);
            assert!(
                refused.json()["record"][field].is_array(),
                "{}",
                refused.text
            );
            // Who has no link is not told what is wrong with the rest.
            let unknown = caller.post(&path("4711"), body).await.expect(404);
            assert_eq!(unknown.fault().1, UNKNOWN.1);
        }
        for body in ["", "[]", "{", "null"] {
            let request = caller.request(Method::POST, &path(&token));
            read(request.body(body)).await.expect(400);
        }
        assert_eq!(server.hashes(), hashes);
        assert_eq!(everything(server.database()), before);
        accept(&caller, &token).await.expect(201);
    }
}
