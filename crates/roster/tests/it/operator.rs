//! The commands of the operator about people: the way back in, and out.

use crate::harness::on_both;

on_both! {
    /// An admin is made of whoever has the address, or of nobody, and the key works at once.
    an_admin_is_recovered

    /// An address moves; the links sent to the old one die.
    an_address_is_changed

    /// at-rest: an erased user leaves no row, no address and no name, and the address is free.
    a_user_is_erased

    /// A key of the original service is taken over once, and opens the door.
    a_foreign_key_is_adopted

    /// audit-complete: the trail is printed whole, the oldest event first.
    the_trail_is_exported
}

mod body {
    use crate::harness::{Api, Backend, TestServer, TestTenant, UserFixture};
    use crate::program::{Ended, run};
    use crate::stored::{audit_trail, everything, rows};
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use serde_json::{Value, json};
    use std::process::Stdio;

    struct Fixture {
        server: TestServer,
        tenant: TestTenant,
        admin: Api,
    }

    impl Fixture {
        async fn new(backend: Backend) -> Self {
            let server = TestServer::start(backend).await.unwrap();
            let tenant = server.tenant().await.unwrap();
            let admin = Api::admin(&server, &tenant);
            Self {
                server,
                tenant,
                admin,
            }
        }

        fn roster(&self, arguments: &[&str]) -> Ended {
            self.roster_with(arguments, Stdio::null())
        }

        fn roster_with(&self, arguments: &[&str], stdin: Stdio) -> Ended {
            let folder = tempfile::tempdir().unwrap();
            let mut command = crate::program::roster(folder.path());
            let url = ["--database-url", self.server.database().url()];
            run(command.args(arguments).args(url).stdin(stdin))
        }

        async fn me(&self, key: &str) -> Value {
            let api = Api::new(&self.server.base_url(), key);
            api.get("/users/info.json").await.expect(200).json()
        }
    }

    pub(super) async fn an_admin_is_recovered(backend: Backend) {
        let fixture = Fixture::new(backend).await;
        let deleted = UserFixture {
            status: Status::Deleted,
            allow_authentication_token: false,
            ..UserFixture::active("gone@x.io", Role::Viewer)
        };
        let gone = fixture.tenant.user(deleted).await.unwrap();
        for (email, id) in [("GONE@x.io", Some(gone.0)), ("new@x.io", None)] {
            let printed = fixture
                .roster(&["admins", "recover", "--email", email])
                .succeeded();
            let me = fixture.me(printed.trim_end()).await;
            assert_eq!(me["role"], "admin");
            assert_eq!(me["is_activated"], true);
            assert_eq!(me["is_deleted"], false);
            if let Some(id) = id {
                assert_eq!(me["id"], id);
            }
        }
        let trail = audit_trail(fixture.server.database());
        let recovered: Vec<&Value> = trail
            .iter()
            .filter(|event| event["action"] == "user.recover_admin")
            .collect();
        assert_eq!(recovered.len(), 2);
        assert_eq!(recovered[0]["before_change"]["status"], "deleted");
        assert_eq!(recovered[0]["actor_kind"], "cli");
        assert_eq!(recovered[1]["before_change"], Value::Null);
    }

    pub(super) async fn an_address_is_changed(backend: Backend) {
        let fixture = Fixture::new(backend).await;
        let admin = &fixture.admin;
        for email in ["ana@x.io", "bob@x.io"] {
            let invitation = json!({"email": email, "role": "user"});
            admin
                .post("/users/invite.json", invitation)
                .await
                .expect(200);
        }
        let change = |from: &str, to: &str| {
            fixture.roster(&["users", "change-email", "--from", from, "--to", to])
        };
        change("ana@x.io", "ana@y.io").succeeded();
        let database = fixture.server.database();
        let generations = rows(database, &["email", "invitation_generation"], "users", "id");
        assert_eq!(
            generations[1],
            json!({"email": "ana@y.io", "invitation_generation": 2})
        );
        let mails = rows(database, &["status"], "outbox", "id");
        assert_eq!(
            mails,
            [json!({"status": "cancelled"}), json!({"status": "queued"})]
        );

        let taken = change("ana@y.io", "BOB@x.io").failed();
        assert_eq!(
            taken,
            "roster: the tenant has a user with the new address already\n"
        );
        let unknown = change("ana@x.io", "eve@x.io").failed();
        assert_eq!(
            unknown,
            "roster: the tenant has no user with this address\n"
        );
        let free = admin
            .get("/users/check_holistics_user.json/?email=ana@x.io")
            .await;
        assert_eq!(free.expect(200).json(), json!({"is_already_user": false}));
    }

    pub(super) async fn a_user_is_erased(backend: Backend) {
        let fixture = Fixture::new(backend).await;
        let (admin, tenant) = (&fixture.admin, &fixture.tenant);
        let eve = tenant
            .user_with_key("eve@secret.example", Role::Admin)
            .await
            .unwrap();
        let eves = Api::new(&fixture.server.base_url(), &eve.key);
        let id = eve.id;
        // She acts, is acted upon, and is a member.
        let named = json!({"name": "Eve Secret"});
        eves.patch(&format!("/users/{id}.json"), named)
            .await
            .expect(200);
        let group = tenant.group("Capital").await.unwrap();
        admin
            .put(&format!("/groups/{group}/user/{id}"), json!({}))
            .await
            .expect(200);

        let purge = || fixture.roster(&["users", "purge", "--email", "Eve@secret.example"]);
        let refused = purge().failed();
        assert_eq!(
            refused,
            "roster: the user is not deleted: only deleted users are erased\n"
        );
        admin.delete(&format!("/users/{id}.json")).await.expect(200);
        let events = audit_trail(fixture.server.database()).len();
        purge().succeeded();

        let database = fixture.server.database();
        for row in everything(database) {
            let row = row.to_lowercase();
            assert!(!row.contains("secret"), "{row}");
        }
        let trail = audit_trail(database);
        assert_eq!(trail.len(), events + 1);
        let last = trail.last().unwrap();
        assert_eq!(last["action"], "user.purge");
        assert_eq!(last["target_label"], format!("user {id}"));
        let groups = admin.get("/groups.json").await.expect(200).json();
        assert_eq!(groups[0]["num_user"], 0);

        // The address is free, the id is not.
        let again = json!({"email": "eve@secret.example", "role": "user"});
        admin.post("/users/invite.json", again).await.expect(200);
        let ids = rows(database, &["id"], "users", "id");
        assert!(ids.last().unwrap()["id"].as_i64().unwrap() > id.0);
        assert!(!ids.contains(&json!({"id": id.0})));
    }

    pub(super) async fn a_foreign_key_is_adopted(backend: Backend) {
        let fixture = Fixture::new(backend).await;
        let foreign = "aB3/".repeat(11);
        let adopt = |key: &str| {
            let mut file = tempfile::tempfile().unwrap();
            std::io::Write::write_all(&mut file, key.as_bytes()).unwrap();
            std::io::Seek::rewind(&mut file).unwrap();
            let email = fixture.tenant.admin.email.as_str();
            let arguments = ["keys", "create", "--email", email, "--from-stdin"];
            fixture.roster_with(&arguments, file.into())
        };
        // It is known already to whoever gave it.
        assert_eq!(adopt(&format!("{foreign}\n")).succeeded(), "");
        assert_eq!(fixture.me(&foreign).await["id"], fixture.tenant.admin.id.0);
        assert_eq!(
            adopt(&foreign).failed(),
            "roster: this key is in use already\n"
        );
        for malformed in ["", "short", &foreign[1..], &format!("{foreign}a")] {
            let text = adopt(malformed).failed();
            assert!(text.contains("44 letters, digits and signs"), "{text}");
            assert!(malformed.is_empty() || !text.contains(malformed), "{text}");
        }
    }

    pub(super) async fn the_trail_is_exported(backend: Backend) {
        let fixture = Fixture::new(backend).await;
        let invitation = json!({"email": "ana@x.io", "role": "user"});
        fixture
            .admin
            .post("/users/invite.json", invitation)
            .await
            .expect(200);
        // More than are read at once, and those of another tenant between them.
        let other = fixture.server.tenant().await.unwrap();
        let database = fixture.server.database();
        for tenant in [fixture.tenant.id, other.id, fixture.tenant.id] {
            let sql = format!(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
                 INSERT INTO audit_events
                   (tenant_id, occurred_at, actor_kind, action, target_type, target_id, target_label, via)
                 SELECT {tenant}, i, 'system', 'user.update', 'user', i, 'x', 'v1' FROM n"
            );
            database.execute(&sql).unwrap();
        }
        let name = rows(database, &["name"], "tenants", "id")[0]["name"].clone();
        let arguments = ["audit", "export", "--tenant", name.as_str().unwrap()];
        let printed = fixture.roster(&arguments).succeeded();
        let events: Vec<Value> = printed
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(events.len(), 2 + 2_400);
        let ids: Vec<i64> = events
            .iter()
            .map(|event| event["id"].as_i64().unwrap())
            .collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        let invited = &events[1];
        let expected = json!({
            "id": invited["id"], "occurred_at": "2026-01-01T00:00:00.000Z",
            "actor": {"kind": "user", "id": fixture.tenant.admin.id, "email": fixture.tenant.admin.email},
            "action": "user.invite",
            "target": {"type": "user", "id": invited["target"]["id"], "label": "ana@x.io"},
            "before": null,
            "after": {
                "email": "ana@x.io", "name": null, "title": null, "job_title": null, "role": "viewer",
                "status": "pending", "allow_authentication_token": false, "enable_export_data": false, "settings": {},
            },
            "request_id": invited["request_id"], "ip": "127.0.0.1", "via": "v1",
        });
        assert_eq!(*invited, expected);
        assert!(invited["request_id"].is_string());
    }
}
