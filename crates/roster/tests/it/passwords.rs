//! Passwords: which are taken, how they change, and what ends with the old one.

use crate::harness::on_both;

on_both! {
    /// What makes a good password is said wherever one is chosen.
    the_rules_are_the_same_everywhere
    /// Any script, and any way to type a letter.
    any_script_and_any_keyboard_will_do
    /// revoked-now: a change keeps the session that asks and the keys, and ends all else.
    a_change_ends_what_the_old_password_began
    /// revoked-now: a reset ends all sessions and all other links; keys stay.
    a_reset_ends_all_sessions
    /// once: of many who use one link at once one succeeds.
    one_of_many_resets_succeeds
    /// A link to a new password works for an hour, for whoever may sign in.
    a_reset_link_dies
}

mod body {
    use crate::caller::{Caller, OTHER_PASSWORD, PASSWORD, add_active, servers};
    use crate::harness::{Answer, Api, Backend, KeyFixture, TestServer, TestTenant, UserFixture};
    use crate::stored::{audit_trail, everything};
    use futures_util::future::join_all;
    use roster_domain::id::UserId;
    use roster_domain::link::LinkKind;
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use serde_json::{Value, json};

    async fn start(backend: Backend) -> (TestServer, TestTenant, UserId, Caller) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let user = add_active(&tenant, "ana.souza@x.io", Role::Viewer).await;
        let session = tenant.session(user).await.unwrap();
        let caller = Caller::new(&server).with(&session);
        (server, tenant, user, caller)
    }

    async fn reset_link(tenant: &TestTenant, user: UserId) -> String {
        tenant.link(user, LinkKind::PasswordReset).await.unwrap()
    }

    async fn reset(caller: &Caller, token: &str, password: &str) -> Answer {
        let path = format!("/api/account/password_resets/{token}");
        caller.put(&path, json!({"password": password})).await
    }

    async fn change(caller: &Caller, current: &str, password: &str) -> Answer {
        let body = json!({"current_password": current, "password": password});
        caller.put("/api/account/password", body).await
    }

    pub(super) async fn the_rules_are_the_same_everywhere(backend: Backend) {
        let (server, tenant, user, caller) = start(backend).await;
        let invited = UserFixture {
            status: Status::Pending,
            name: Some("Ana Lindqvist".to_owned()),
            ..UserFixture::active("ana.souza@y.io", Role::Viewer)
        };
        let invited = tenant.user(invited).await.unwrap();
        let invitation = tenant.link(invited, LinkKind::Invitation).await.unwrap();
        let reset_token = reset_link(&tenant, user).await;
        let caller = &caller;
        let everywhere = async |password: &str| {
            let path = format!("/api/account/invitations/{invitation}");
            [
                change(caller, PASSWORD, password).await,
                reset(caller, &reset_token, password).await,
                caller.post(&path, json!({"password": password})).await,
            ]
        };
        let before = audit_trail(server.database());
        let hashes = server.hashes();
        let (long, huge) = ("kX9#qvé!".repeat(64) + "x", "ﷺ".repeat(100_000));
        let own = "must not be your address or your name";
        for (password, text) in [
            ("", "must have at least 8 characters"),
            ("kX9#qvé", "must have at least 8 characters"),
            (
                "e\u{301}".repeat(7).as_str(),
                "must have at least 8 characters",
            ),
            (&long, "must have at most 512 characters"),
            (&huge, "must have at most 512 characters"),
            ("ANA.souza", own),
            ("Password1", "must be harder to guess"),
            ("12345678", "must be harder to guess"),
            ("aaaaaaaaaaaaa", "must be harder to guess"),
            ("qwertyuiop", "must be harder to guess"),
        ] {
            for answer in everywhere(password).await {
                let body = answer.expect(422).json();
                assert_eq!(body["type"], "RecordError");
                let told = body["record"]["password"][0].as_str().unwrap();
                assert!(told.starts_with(text), "{told}");
                if text.ends_with("guess") {
                    // The advice is more than that.
                    assert!(told.len() > text.len() + 10, "{told}");
                }
            }
        }
        // The name counts that is chosen in the same breath, and the one that was known.
        let path = format!("/api/account/invitations/{invitation}");
        for body in [
            json!({"password": "ana lindqvist"}),
            json!({"name": "Bo Bergström", "password": "BO BERGSTRÖM"}),
        ] {
            let refused = caller.post(&path, body).await.expect(422).json();
            assert_eq!(refused["record"]["password"], json!([own]));
        }
        assert_eq!(audit_trail(server.database()), before);
        // Only the present password was compared.
        assert_eq!(server.hashes(), hashes + 10);
    }

    pub(super) async fn any_script_and_any_keyboard_will_do(backend: Backend) {
        let (_server, tenant, _, caller) = start(backend).await;
        let long: String = "kX9#qvéz!m".chars().cycle().take(512).collect();
        let mut current = PASSWORD.to_owned();
        for (password, otherwise_typed) in [
            ("пароль от моего сейфа", "пароль от моего сейфа"),
            ("我的猫叫小黑和小白今年五岁", "我的猫叫小黑和小白今年五岁"),
            ("🦀🦞🐙🦑🐌🐛🪲🐜", "🦀🦞🐙🦑🐌🐛🪲🐜"),
            ("  spaces count too  ", "  spaces count too  "),
            (
                "\u{0}\u{1}\u{7f}zq9x\u{fffd}w",
                "\u{0}\u{1}\u{7f}zq9x\u{fffd}w",
            ),
            (
                "Ångström's Café №7",
                "A\u{30a}ngstro\u{308}m's Cafe\u{301} №7",
            ),
            (&long, &long),
        ] {
            change(&caller, &current, password).await.expect(204);
            for typed in [password, otherwise_typed] {
                let right = caller.sign_in(&tenant, "ana.souza@x.io", typed).await;
                right.expect(200);
            }
            let trimmed = format!("{password} ");
            let wrong = caller.sign_in(&tenant, "ana.souza@x.io", &trimmed).await;
            wrong.expect(401);
            otherwise_typed.clone_into(&mut current);
        }
    }

    pub(super) async fn a_change_ends_what_the_old_password_began(backend: Backend) {
        let servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        let user = add_active(&tenant, "ana@x.io", Role::Viewer).await;
        let other = add_active(&tenant, "bob@x.io", Role::Viewer).await;
        let caller = Caller::new(&servers[0]);
        let own = caller.with(&tenant.session(user).await.unwrap());
        let elsewhere = caller.with(&tenant.session(user).await.unwrap());
        let of_another = caller.with(&tenant.session(other).await.unwrap());
        let key = tenant.key(user, KeyFixture::Live).await.unwrap();
        let link = reset_link(&tenant, user).await;
        change(&own, "wrong horse battery", OTHER_PASSWORD)
            .await
            .expect(422);
        assert!(elsewhere.is_in().await);
        change(&own, PASSWORD, OTHER_PASSWORD).await.expect(204);
        for server in &servers {
            assert!(!elsewhere.at(server).is_in().await);
            assert!(own.at(server).is_in().await);
            assert!(of_another.at(server).is_in().await);
            let api = Api::new(&server.base_url(), &key);
            api.get("/users/info.json").await.expect(200);
            let caller = caller.at(server);
            reset(&caller, &link, PASSWORD).await.expect(404);
            let old = caller.sign_in(&tenant, "ana@x.io", PASSWORD).await;
            old.expect(401);
            let new = caller.sign_in(&tenant, "ana@x.io", OTHER_PASSWORD).await;
            new.expect(200);
        }
        // The same again may be chosen; the old one does not count for it.
        change(&own, PASSWORD, PASSWORD).await.expect(422);
        change(&own, OTHER_PASSWORD, OTHER_PASSWORD)
            .await
            .expect(204);
    }

    pub(super) async fn a_reset_ends_all_sessions(backend: Backend) {
        let servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        let user = add_active(&tenant, "ana@x.io", Role::Viewer).await;
        let other = add_active(&tenant, "bob@x.io", Role::Viewer).await;
        let caller = Caller::new(&servers[0]);
        let sessions = [
            caller.with(&tenant.session(user).await.unwrap()),
            caller.with(&tenant.session(user).await.unwrap()),
        ];
        let of_another = caller.with(&tenant.session(other).await.unwrap());
        let key = tenant.key(user, KeyFixture::Live).await.unwrap();
        let links = [
            reset_link(&tenant, user).await,
            reset_link(&tenant, user).await,
        ];
        let of_another_link = reset_link(&tenant, other).await;
        let done = reset(&sessions[0], &links[0], OTHER_PASSWORD).await;
        let done = done.expect(204);
        // It signs nobody in: whoever has the mailbox types the new password.
        assert!(!done.headers.contains_key("set-cookie"));
        assert_eq!(done.text, "");
        for server in &servers {
            for session in &sessions {
                assert!(!session.at(server).is_in().await);
            }
            assert!(of_another.at(server).is_in().await);
            let api = Api::new(&server.base_url(), &key);
            api.get("/users/info.json").await.expect(200);
            let caller = caller.at(server);
            let used = reset(&caller, &links[0], PASSWORD).await.expect(410);
            assert_eq!(used.fault().1, "This link has been used already");
            reset(&caller, &links[1], PASSWORD).await.expect(404);
            let old = caller.sign_in(&tenant, "ana@x.io", PASSWORD).await;
            old.expect(401);
            let new = caller.sign_in(&tenant, "ana@x.io", OTHER_PASSWORD).await;
            new.expect(200);
        }
        let of_another = reset(&caller, &of_another_link, OTHER_PASSWORD).await;
        of_another.expect(204);
    }

    pub(super) async fn one_of_many_resets_succeeds(backend: Backend) {
        let servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        let user = add_active(&tenant, "ana@x.io", Role::Viewer).await;
        let token = reset_link(&tenant, user).await;
        let caller = Caller::new(&servers[0]);
        let answers = join_all((0..50).map(|number| {
            let caller = caller.at(&servers[number % servers.len()]);
            let token = token.clone();
            async move { reset(&caller, &token, &format!("{OTHER_PASSWORD} {number}")).await }
        }))
        .await;
        let mut winners = Vec::new();
        for (number, answer) in answers.into_iter().enumerate() {
            if answer.status == 204 {
                winners.push(number);
            } else {
                answer.expect(410);
            }
        }
        assert_eq!(winners.len(), 1, "{winners:?}");
        let trail = audit_trail(servers[0].database());
        let resets = trail
            .iter()
            .filter(|event| event["action"] == "password.reset");
        assert_eq!(resets.count(), 1);
        let password = format!("{OTHER_PASSWORD} {}", winners[0]);
        let right = caller.sign_in(&tenant, "ana@x.io", &password).await;
        right.expect(200);
    }

    pub(super) async fn a_reset_link_dies(backend: Backend) {
        let (server, tenant, user, caller) = start(backend).await;
        let admin = Api::admin(&server, &tenant);
        let first = reset_link(&tenant, user).await;
        server.advance_seconds(3_599);
        let second = reset_link(&tenant, user).await;
        server.advance_seconds(1);
        let before = everything(server.database());
        let late = reset(&caller, &first, OTHER_PASSWORD).await.expect(410);
        assert_eq!(late.fault().1, "This link has expired; ask for a new one");
        assert_eq!(everything(server.database()), before);
        // Deleting kills it for good.
        let path = format!("/users/{user}.json");
        admin.delete(&path).await.expect(200);
        reset(&caller, &second, OTHER_PASSWORD).await.expect(404);
        let body = json!({"id": user});
        admin.post("/users/restore.json", body).await.expect(200);
        reset(&caller, &second, OTHER_PASSWORD).await.expect(404);
        // So does another address, to whose mailbox it did not go.
        let third = reset_link(&tenant, user).await;
        let folder = tempfile::tempdir().unwrap();
        let name = format!("SELECT name AS value FROM tenants WHERE id = {}", tenant.id);
        let name = server.database().query(&name).unwrap().remove(0);
        let mut command = crate::program::roster(folder.path());
        command.args(["users", "change-email", "--tenant", &name]);
        command.args(["--from", "ana.souza@x.io", "--to", "ana@x.io"]);
        command.args(["--database-url", server.database().url()]);
        crate::program::run(&mut command).succeeded();
        reset(&caller, &third, OTHER_PASSWORD).await.expect(404);
        let right = caller.sign_in(&tenant, "ana@x.io", PASSWORD).await;
        right.expect(200);
        let path = format!("/users/{user}/resend_invite.json");
        admin.post(&path, Value::Null).await.expect(422);
    }
}
