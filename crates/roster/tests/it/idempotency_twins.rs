//! Requests under one `Idempotency-Key` at the same moment.

use crate::harness::on_both;

on_both! {
    /// once, parallel-create: of many twins one is carried out, and all are answered alike.
    many_twins_make_one_group
    /// once, parallel-create: the same for an invitation, which brings a mail.
    many_twins_invite_one_user
    /// A twin that still runs is waited for, and then its answer is given.
    a_running_twin_is_waited_for
    /// Whoever waited for a request that was refused is carried out.
    a_refused_twin_leaves_the_key
    /// Whoever would have to wait too long is told so, and may try again.
    a_twin_that_takes_too_long_is_told
    /// Only the wait for a twin has its own limit and its own fault.
    other_waits_are_as_ever
    /// A deadlock's victim is carried out anew, with its key.
    a_deadlock_is_tried_again
}

mod body {
    use crate::caller::servers;
    use crate::changes::start;
    use crate::harness::{Answer, Api, Backend, TestDatabase, TestServer, TestTenant, UserFixture};
    use crate::idempotency::{KEPT, is_replayed, post};
    use crate::revoked::body::{Holder, until_waiting};
    use futures_util::future::join_all;
    use roster_domain::id::UserId;
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use roster_server::testing::TestOptions;
    use serde_json::{Value, json};
    use std::sync::Arc;
    use std::time::Duration;

    const TWINS: usize = 50;

    /// Sends twins to all servers at once; one answer is the first, the others are the same.
    async fn send_twins(backend: Backend, path: &str, body: &Value, status: u16) -> TestServer {
        let mut servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        let client = &Api::admin(&servers[0], &tenant);
        let servers_to_ask = &servers;
        let answers = join_all((0..TWINS).map(|number| {
            let server = &servers_to_ask[number % servers_to_ask.len()];
            let api = client.with_server(&server.base_url(), &tenant.admin.key);
            async move { post(&api, "k", path, body).await }
        }))
        .await;
        let first = answers.iter().filter(|answer| !is_replayed(answer));
        assert_eq!(first.count(), 1);
        let text = answers[0].text.clone();
        for answer in answers {
            assert_eq!(answer.expect(status).text, text);
        }
        servers.remove(0)
    }

    #[track_caller]
    fn has_rows(database: &TestDatabase, expected: &[(&str, i64)]) {
        for (from, rows) in expected {
            let sql = format!("SELECT count(*) AS value FROM {from}");
            assert_eq!(database.count(&sql).unwrap(), *rows, "{from}");
        }
    }

    pub(super) async fn many_twins_make_one_group(backend: Backend) {
        let body = json!({"group": {"name": "One"}});
        let server = send_twins(backend, "/api/v2/groups", &body, 201).await;
        let created = "audit_events WHERE action = 'group.create'";
        let expected = [("groups", 1), (created, 1), ("idempotency_keys", 1)];
        has_rows(server.database(), &expected);
    }

    pub(super) async fn many_twins_invite_one_user(backend: Backend) {
        let body = json!({"email": "ana@x.io", "role": "user"});
        let server = send_twins(backend, "/users/invite.json", &body, 200).await;
        let invited = "audit_events WHERE action = 'user.invite'";
        let expected = [
            ("users", 2),
            ("outbox", 1),
            ("jobs", 1),
            (invited, 1),
            ("idempotency_keys", 1),
        ];
        has_rows(server.database(), &expected);
    }

    /// Two requests to restore a deleted user, of which the first has its key and waits for the user, whom a holder
    /// has, and the second waits for the key. Then the holder's transaction ends with these statements.
    async fn restore_twice(
        api: &Api,
        database: &TestDatabase,
        user: UserId,
        end: &str,
    ) -> [Answer; 2] {
        let mut holder = Holder::of(database, user);
        let restore = || {
            let api = api.clone();
            let path = format!("/api/v2/users/{user}/restore");
            tokio::spawn(async move { post(&api, "k", &path, &Value::Null).await })
        };
        let first = restore();
        until_waiting(database, 1).await;
        let second = restore();
        until_waiting(database, 2).await;
        holder.run(end);
        [first.await.unwrap(), second.await.unwrap()]
    }

    async fn deleted_user(tenant: &TestTenant) -> UserId {
        let fixture = UserFixture {
            status: Status::Deleted,
            ..UserFixture::active("ana@x.io", Role::Viewer)
        };
        tenant.user(fixture).await.unwrap()
    }

    pub(super) async fn a_running_twin_is_waited_for(backend: Backend) {
        if backend == Backend::Sqlite {
            // Its one writer lets nobody wait in the middle of a transaction.
            return;
        }
        let (server, tenant, api) = start(backend).await;
        let user = deleted_user(&tenant).await;
        let [first, second] = restore_twice(&api, server.database(), user, "ROLLBACK").await;
        assert!(!is_replayed(&first) && is_replayed(&second));
        assert_eq!(first.expect(200).text, second.expect(200).text);
        let restored = "audit_events WHERE action = 'user.restore'";
        has_rows(server.database(), &[(restored, 1), ("idempotency_keys", 1)]);
    }

    pub(super) async fn a_refused_twin_leaves_the_key(backend: Backend) {
        if backend == Backend::Sqlite {
            // Its one writer lets nobody wait in the middle of a transaction.
            return;
        }
        let (server, tenant, api) = start(backend).await;
        let user = deleted_user(&tenant).await;
        let end = format!(
            "UPDATE users SET deleted_at = NULL, status = 'active' WHERE id = {user}; COMMIT"
        );
        for answer in restore_twice(&api, server.database(), user, &end).await {
            assert!(!is_replayed(&answer));
            let (_, text) = answer.expect(422).fault();
            assert_eq!(text, "User is not deleted");
        }
        assert_eq!(server.database().count(KEPT).unwrap(), 0);
    }

    pub(super) async fn a_twin_that_takes_too_long_is_told(backend: Backend) {
        if backend == Backend::Sqlite {
            // Its one writer lets nobody wait in the middle of a transaction.
            return;
        }
        let (server, api) = start_impatient(backend).await;
        let database = server.database();
        let mut holder = Holder::begin(
            database,
            "INSERT INTO idempotency_keys SELECT tenant_id, id, sha256('k'), sha256(''), 200, '{}', 0 FROM users",
        );
        let told = "A request under this Idempotency-Key is being served; try again";
        let body = json!({"group": {"name": "One"}});
        let answer = post(&api, "k", "/groups.json", &body).await.expect(409);
        assert_eq!(answer.errors(), [told]);
        let answer = post(&api, "k", "/api/v2/groups", &body).await.expect(409);
        let fault = ("InvalidOperationError".to_owned(), told.to_owned());
        assert_eq!(answer.fault(), fault);
        // Nobody else has to wait.
        let other = json!({"group": {"name": "Other"}});
        post(&api, "K", "/groups.json", &other).await.expect(200);
        has_rows(database, &[("groups", 1), ("idempotency_keys", 1)]);
        holder.run("ROLLBACK");
        let done = post(&api, "k", "/groups.json", &body).await.expect(200);
        assert!(!is_replayed(&done));
    }

    /// A server that waits for twins as briefly as can be.
    async fn start_impatient(backend: Backend) -> (TestServer, Api) {
        let database = Arc::new(TestDatabase::migrated(backend).unwrap());
        let options = TestOptions {
            twin_patience: Duration::ZERO,
            ..TestOptions::default()
        };
        let server = TestServer::on_with(database, options).unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        (server, api)
    }

    /// Lets a PL/pgSQL statement run before a row is added to the groups.
    fn before_groups(database: &TestDatabase, statement: &str) {
        let sql = format!(
            "CREATE OR REPLACE FUNCTION before_groups() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN {statement}; RETURN NEW; END $$;
             DROP TRIGGER IF EXISTS before_groups ON groups;
             CREATE TRIGGER before_groups BEFORE INSERT ON groups
             FOR EACH ROW EXECUTE FUNCTION before_groups()"
        );
        database.execute(&sql).unwrap();
    }

    pub(super) async fn other_waits_are_as_ever(backend: Backend) {
        if backend == Backend::Sqlite {
            // Nobody waits there for another's lock.
            return;
        }
        let (server, api) = start_impatient(backend).await;
        let database = server.database();
        let body = json!({"group": {"name": "One"}});
        let timeout = "RAISE EXCEPTION 'canceling statement due to lock timeout'";
        before_groups(database, timeout);
        let answer = post(&api, "k", "/api/v2/groups", &body).await.expect(503);
        assert_eq!(answer.fault().0, "MaintenanceError");
        assert_eq!(database.count(KEPT).unwrap(), 0);
        before_groups(database, "NEW.name = current_setting('lock_timeout')");
        let answer = post(&api, "k", "/api/v2/groups", &body).await.expect(201);
        assert_eq!(answer.json()["group"]["name"], "5s");
    }

    pub(super) async fn a_deadlock_is_tried_again(backend: Backend) {
        if backend == Backend::Sqlite {
            // One writer cannot be in a deadlock.
            return;
        }
        let (server, _, api) = start(backend).await;
        let database = server.database();
        database.execute("CREATE SEQUENCE tries").unwrap();
        let twice = "IF nextval('tries') < 3 THEN RAISE EXCEPTION 'deadlock detected'; END IF";
        before_groups(database, twice);
        let body = json!({"group": {"name": "One"}});
        let first = post(&api, "k", "/api/v2/groups", &body).await.expect(201);
        assert!(!is_replayed(&first));
        let again = post(&api, "k", "/api/v2/groups", &body).await.expect(201);
        assert!(is_replayed(&again));
        assert_eq!(again.text, first.text);
        let tries = "SELECT last_value AS value FROM tries";
        assert_eq!(database.count(tries).unwrap(), 3);
        has_rows(database, &[("groups", 1), ("idempotency_keys", 1)]);
    }
}
