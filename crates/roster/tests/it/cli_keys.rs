//! Keys made by the operator.

use crate::harness::on_both;

on_both! {
    /// Keys are made by hand, with label and expiry.
    keys_are_made

    /// A key that would be refused now is made with a note why.
    keys_come_with_notes

    /// Without a user, or without knowing of which tenant, no key is made.
    keys_are_refused
}

mod body {
    use crate::harness::{Api, Backend, TestDatabase, TestServer, UserFixture};
    use crate::program::{Ended, roster, run};
    use crate::stored::{everything, rows};
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use serde_json::{Value, json};

    fn roster_on(database: &TestDatabase, arguments: &[&str]) -> Ended {
        let folder = tempfile::tempdir().unwrap();
        let mut command = roster(folder.path());
        command
            .args(arguments)
            .args(["--database-url", database.url()]);
        run(&mut command)
    }

    fn create_key(database: &TestDatabase, arguments: &[&str]) -> Ended {
        roster_on(database, &[&["keys", "create"], arguments].concat())
    }

    /// The one line that was printed.
    #[track_caller]
    fn key(ended: Ended) -> String {
        let printed = ended.succeeded();
        let key = printed.strip_suffix('\n').unwrap();
        assert!(key.starts_with("rst_") && key.len() == 53, "{printed}");
        assert!(
            key[4..].bytes().all(|byte| byte.is_ascii_alphanumeric()),
            "{printed}"
        );
        key.to_owned()
    }

    pub(super) async fn keys_are_made(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let database = server.database();
        let user = tenant
            .user(UserFixture::active("ana@x.io", Role::Analyst))
            .await
            .unwrap();
        let plain = key(create_key(database, &["--email", "ANA@x.io"]));
        let labelled = key(create_key(
            database,
            &["--email", "ana@x.io", "--label", " CI Ольга "],
        ));
        let passing = key(create_key(
            database,
            &["--email", "ana@x.io", "--expires", "30"],
        ));
        let stored = rows(
            database,
            &[
                "prefix",
                "label",
                "created_at",
                "expires_at",
                "last_used_at",
            ],
            &format!("api_keys WHERE user_id = {user}"),
            "id",
        );
        assert_eq!(stored.len(), 3);
        for (row, (key, label)) in stored.iter().zip([
            (&plain, Value::Null),
            (&labelled, json!("CI Ольга")),
            (&passing, Value::Null),
        ]) {
            assert_eq!((&row["prefix"], &row["label"]), (&json!(key[..12]), &label));
            assert_eq!(row["last_used_at"], Value::Null);
        }
        assert_eq!(
            (&stored[0]["expires_at"], &stored[1]["expires_at"]),
            (&json!(null), &json!(null))
        );
        let [made, expires] =
            ["created_at", "expires_at"].map(|at| stored[2][at].as_i64().unwrap());
        assert_eq!(expires - made, 30 * 86_400 * 1_000_000);

        let api = Api::admin(&server, &tenant);
        for key in [&plain, &labelled, &passing] {
            let owner = api.with_server(&server.base_url(), key);
            assert_eq!(
                owner.get("/users/info.json").await.expect(200).json()["id"],
                user.0
            );
        }
        // The clock of the test's server moves up to the end of the key, and past it.
        server.advance_seconds((expires - TestServer::EPOCH_MICROS) / 1_000_000 - 1);
        let owner = api.with_server(&server.base_url(), &passing);
        owner.get("/users/info.json").await.expect(200);
        server.advance_seconds(2);
        owner.get("/users/info.json").await.expect(401);
        api.with_server(&server.base_url(), &plain)
            .get("/users/info.json")
            .await
            .expect(200);
    }

    pub(super) async fn keys_come_with_notes(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let pending = "note: the key is refused until the user has accepted the invitation";
        let off = "note: the key is refused until an admin allows the user API access";
        for (status, allowed, notes) in [
            (Status::Active, true, vec![]),
            (Status::Active, false, vec![off]),
            (Status::Pending, true, vec![pending]),
            (Status::Pending, false, vec![pending, off]),
        ] {
            let email = format!("{}{allowed}@x.io", status.as_str());
            let fixture = UserFixture {
                status,
                allow_authentication_token: allowed,
                ..UserFixture::active(&email, Role::Viewer)
            };
            tenant.user(fixture).await.unwrap();
            let ended = create_key(server.database(), &["--email", &email]);
            assert_eq!(ended.stderr.lines().collect::<Vec<_>>(), notes);
            let key = key(ended);
            let owner = Api::new(&server.base_url(), &key);
            let expected = if notes.is_empty() { 200 } else { 401 };
            owner.get("/users/info.json").await.expect(expected);
        }
    }

    pub(super) async fn keys_are_refused(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let database = server.database();
        let nobody = create_key(database, &["--email", "admin@roster.example"]).failed();
        assert!(nobody.contains("--tenant"), "{nobody}");
        let tenant = server.tenant().await.unwrap();
        let fixture = UserFixture::active("deleted@x.io", Role::Viewer);
        let status = Status::Deleted;
        tenant
            .user(UserFixture { status, ..fixture })
            .await
            .unwrap();
        let before = everything(database);
        for (arguments, part) in [
            (
                &["--email", "nobody@x.io"][..],
                "the tenant has no user with this address",
            ),
            (
                &["--email", "deleted@x.io"],
                "the user is deleted: restore it first",
            ),
            (&["--email", "nobody"], "must be an e-mail address"),
            (
                &["--email", "admin@roster.example", "--tenant", "Nobody's"],
                "no such tenant",
            ),
            (
                &["--email", "admin@roster.example", "--expires", "0"],
                "--expires",
            ),
            (
                &["--email", "admin@roster.example", "--expires", "-1"],
                "-1",
            ),
            (
                &["--email", "admin@roster.example", "--expires", "soon"],
                "--expires",
            ),
            (
                &["--email", "admin@roster.example", "--expires", "4294967295"],
                "expires is beyond the calendar",
            ),
            (
                &["--email", "admin@roster.example", "--label", " "],
                "must not be blank",
            ),
            (
                &["--email", "admin@roster.example", "--label", "a\nb"],
                "control characters",
            ),
            (
                &["--email", "admin@roster.example", "--lable", "x"],
                "--lable",
            ),
            (&[], "--email"),
        ] {
            let text = create_key(database, arguments).failed();
            assert!(text.contains(part), "{arguments:?}: {text}");
        }
        assert_eq!(everything(database), before);

        // Of several tenants one has to be named.
        let other = server.tenant().await.unwrap();
        let sql = format!("SELECT name AS value FROM tenants WHERE id = {}", other.id);
        let name = database.query(&sql).unwrap().remove(0);
        let text = create_key(database, &["--email", "admin@roster.example"]).failed();
        assert!(
            text.contains("there are several: name one with --tenant"),
            "{text}"
        );
        let arguments = [
            "--email",
            "admin@roster.example",
            "--tenant",
            &name.to_uppercase(),
        ];
        let key = key(create_key(database, &arguments));
        let me = Api::new(&server.base_url(), &key)
            .get("/users/info.json")
            .await;
        assert_eq!(me.expect(200).json()["id"], other.admin.id.0);
    }
}
