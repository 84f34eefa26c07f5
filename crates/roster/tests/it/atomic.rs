//! A change that fails on its way leaves nothing: not a row, not a version, not a mail.

use crate::harness::on_both;

on_both! {
    /// atomic: the audit event cannot be written.
    nothing_is_kept_without_its_audit_event

    /// atomic: the mail cannot be queued, or the older one not be cancelled.
    nothing_is_kept_without_its_mail

    /// atomic: any other table fails in the middle.
    nothing_is_kept_when_a_row_of_it_fails

    /// atomic: one that fails does not take with it those that share its commit.
    others_are_kept_beside_one_that_fails
}

mod body {
    use crate::changes::{all, start};
    use crate::harness::{Api, Backend, TestDatabase};
    use crate::stored::{audit_trail, everything, user_of};
    use futures_util::future::join_all;
    use roster_domain::role::Role;
    use serde_json::json;

    /// Lets statements of this kind on a table fail, for rows that match.
    fn break_table(database: &TestDatabase, backend: Backend, table: &str, verb: &str, when: &str) {
        let sql = match backend {
            Backend::Sqlite => format!(
                "CREATE TRIGGER broken_{table}_{verb} BEFORE {verb} ON {table} WHEN {when}
                 BEGIN SELECT RAISE(ABORT, 'the disk is on fire'); END"
            ),
            Backend::Postgres => format!(
                "CREATE OR REPLACE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'the disk is on fire'; END $$;
                 CREATE TRIGGER broken_{table}_{verb} BEFORE {verb} ON {table}
                 FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION broken()"
            ),
        };
        database.execute(&sql).unwrap();
    }

    fn mend_table(database: &TestDatabase, backend: Backend, table: &str, verb: &str) {
        let of = match backend {
            Backend::Sqlite => String::new(),
            Backend::Postgres => format!(" ON {table}"),
        };
        let sql = format!("DROP TRIGGER broken_{table}_{verb}{of}");
        database.execute(&sql).unwrap();
    }

    /// A fault of the server, told without its cause.
    async fn expect_fault(api: &Api, change: &crate::changes::Change) {
        let answer = change.request(api).await.expect(500);
        let request_id = answer.headers["x-request-id"].to_str().unwrap();
        let expected = [
            "Internal error".to_owned(),
            format!("request id {request_id}"),
        ];
        assert_eq!(answer.errors(), expected, "{}", change.action);
    }

    pub(super) async fn nothing_is_kept_without_its_audit_event(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let database = server.database();
        let changes = all(&tenant).await;
        let before = everything(database);
        break_table(database, backend, "audit_events", "INSERT", "1 = 1");
        for change in &changes {
            server.advance_seconds(1);
            expect_fault(&api, change).await;
            assert_eq!(everything(database), before, "{}", change.action);
        }
        // It was nothing but that: now each of them works.
        mend_table(database, backend, "audit_events", "INSERT");
        for change in &changes {
            change.request(&api).await.expect(200);
        }
    }

    pub(super) async fn nothing_is_kept_without_its_mail(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let database = server.database();
        let body = json!({"email": "bob@x.io", "role": "user"});
        api.post("/users/invite.json", body).await.expect(200);
        let list = api.get("/users.json").await.expect(200).json();
        let bob = user_of(&list, "bob@x.io")["id"].clone();
        let mut changes = all(&tenant).await;
        changes.retain(|change| ["user.invite", "user.resend_invitation"].contains(&change.action));
        assert_eq!(changes.len(), 2);
        let before = everything(database);
        break_table(database, backend, "outbox", "INSERT", "1 = 1");
        for change in &changes {
            expect_fault(&api, change).await;
            assert_eq!(everything(database), before, "{}", change.action);
        }
        break_table(database, backend, "outbox", "UPDATE", "1 = 1");
        let path = format!("/users/{bob}");
        api.delete(&format!("{path}.json")).await.expect(500);
        api.post(&format!("{path}/resend_invite.json"), json!(null))
            .await
            .expect(500);
        assert_eq!(everything(database), before);
    }

    pub(super) async fn nothing_is_kept_when_a_row_of_it_fails(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let database = server.database();
        let changes = all(&tenant).await;
        let before = everything(database);
        for (table, verb, actions) in [
            (
                "memberships",
                "DELETE",
                &["group.delete", "group.remove_user"][..],
            ),
            ("memberships", "INSERT", &["group.add_user"]),
            ("api_keys", "DELETE", &["user.delete", "user.revoke_keys"]),
            ("users", "INSERT", &["user.invite"]),
            (
                "users",
                "UPDATE",
                &[
                    "user.delete",
                    "user.restore",
                    "user.update",
                    "user.change_role",
                    "group.add_user",
                ],
            ),
            (
                "groups",
                "UPDATE",
                &["group.rename", "group.delete", "group.remove_user"],
            ),
            ("groups", "DELETE", &["group.delete"]),
            ("tenants", "UPDATE", &["user.delete", "user.change_role"]),
        ] {
            break_table(database, backend, table, verb, "1 = 1");
            for change in changes
                .iter()
                .filter(|change| actions.contains(&change.action))
            {
                expect_fault(&api, change).await;
                assert_eq!(everything(database), before, "{table} {}", change.action);
            }
            mend_table(database, backend, table, verb);
        }
        // The last of two memberships: the role is written by then, and one membership gone.
        let moved = changes
            .iter()
            .rfind(|change| change.action == "user.change_role")
            .unwrap();
        let last = moved.before["groups"][1].clone();
        let when = format!("OLD.group_id = {last}");
        break_table(database, backend, "memberships", "DELETE", &when);
        expect_fault(&api, moved).await;
        assert_eq!(everything(database), before);
    }

    pub(super) async fn others_are_kept_beside_one_that_fails(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let database = server.database();
        let user = tenant.user_with_key("ana@x.io", Role::Admin).await.unwrap();
        let when = "NEW.target_label = 'u13@x.io'";
        break_table(database, backend, "audit_events", "INSERT", when);
        let ana = api.with_server(&server.base_url(), &user.key);
        let answers = join_all((0..30).map(|number| {
            let api = [&api, &ana][number % 2];
            async move {
                let body = json!({"email": format!("u{number}@x.io"), "role": "user"});
                api.post("/users/invite.json", body).await
            }
        }))
        .await;
        let list = api.get("/users.json").await.expect(200).json();
        assert_eq!(list.as_array().unwrap().len(), 2 + 29);
        for (number, answer) in answers.into_iter().enumerate() {
            answer.expect(if number == 13 { 500 } else { 200 });
        }
        let invited = |event: &&serde_json::Value| event["action"] == "user.invite";
        assert_eq!(audit_trail(database).iter().filter(invited).count(), 29);
        let mails = database
            .count("SELECT count(*) AS value FROM outbox")
            .unwrap();
        assert_eq!(mails, 29);
    }
}
