//! From when a credential of the account API is refused: from the very next request, on every server, and also where the request was
//! on its way already.

use crate::harness::on_both;

on_both! {
    /// revoked-now: whatever takes a session away, the next request is refused.
    a_lost_session_is_refused_at_once
    /// revoked-now: a role that is dropped counts with the next request of the session.
    a_dropped_role_counts_at_once
    /// revoked-now: a password that is replaced while it is being compared begins no session, and stays replaced.
    a_password_replaced_meanwhile_lets_nobody_in
    /// revoked-now: who is deleted while a request waits gets nothing that outlives the deletion.
    a_user_deleted_meanwhile_gets_nothing
    /// revoked-now: who is deleted while the command line makes a key gets none.
    a_user_deleted_meanwhile_gets_no_key_from_the_command_line
}

pub(crate) mod body {
    use crate::caller::{Caller, OTHER_PASSWORD, PASSWORD, add_active, servers};
    use crate::harness::{Api, Backend, KeyFixture, TestDatabase, TestServer, TestTenant};
    use crate::program::{Process, roster, run};
    use diesel::connection::SimpleConnection;
    use roster_domain::id::UserId;
    use roster_domain::link::LinkKind;
    use roster_domain::role::Role;
    use roster_server::db::Conn;
    use roster_server::testing::TestOptions;
    use serde_json::{Value, json};
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    fn name_of(server: &TestServer, tenant: &TestTenant) -> String {
        let sql = format!("SELECT name AS value FROM tenants WHERE id = {}", tenant.id);
        server.database().query(&sql).unwrap().remove(0)
    }

    fn by_command(server: &TestServer, tenant: &TestTenant, arguments: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        let mut command = roster(folder.path());
        command
            .args(arguments)
            .args(["--tenant", &name_of(server, tenant)])
            .args(["--database-url", server.database().url()]);
        run(&mut command).succeeded();
    }

    pub(super) async fn a_lost_session_is_refused_at_once(backend: Backend) {
        let servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        let admin = Api::admin(&servers[0], &tenant);
        let caller = Caller::new(&servers[0]);
        // What happens, whether the session is still good, and whether the key is.
        for (what, keeps_session, keeps_key) in [
            ("delete", false, false),
            ("delete and restore", false, false),
            ("switch off", true, false),
            ("revoke keys", true, false),
            ("change email", false, true),
            ("recover", false, true),
            ("invite another", true, true),
        ] {
            let email = format!("{}@x.io", what.replace(' ', "-"));
            let user = add_active(&tenant, &email, Role::Viewer).await;
            let session = caller.with(&tenant.session(user).await.unwrap());
            let key = tenant.key(user, KeyFixture::Live).await.unwrap();
            assert!(session.is_in().await);
            let path = format!("/users/{user}.json");
            match what {
                "delete" => {
                    admin.delete(&path).await.expect(200);
                }
                "delete and restore" => {
                    admin.delete(&path).await.expect(200);
                    let body = json!({"id": user});
                    admin.post("/users/restore.json", body).await.expect(200);
                }
                "switch off" => {
                    let body = json!({"allow_authentication_token": false});
                    admin.patch(&path, body).await.expect(200);
                }
                "revoke keys" => {
                    let path = format!("/users/{user}/revoke_authentication_token.json");
                    admin.post(&path, Value::Null).await.expect(200);
                }
                "change email" => {
                    let to = format!("new-{email}");
                    let arguments = ["users", "change-email", "--from", &email, "--to", &to];
                    by_command(&servers[0], &tenant, &arguments);
                }
                "recover" => {
                    let arguments = ["admins", "recover", "--email", &email];
                    by_command(&servers[0], &tenant, &arguments);
                }
                _ => {
                    let body = json!({"email": "another@x.io", "role": "user"});
                    admin.post("/users/invite.json", body).await.expect(200);
                }
            }
            for server in &servers {
                let session = session.at(server);
                assert_eq!(session.is_in().await, keeps_session, "{what}");
                let by_key = Api::new(&server.base_url(), &key);
                let status = by_key.get("/users/info.json").await.status;
                assert_eq!(status == 200, keeps_key, "{what}: {status}");
                if !keeps_session {
                    let body = json!({"name": "Eve"});
                    let refused = session.patch("/api/account/profile", body).await;
                    refused.expect(401);
                    session.get("/api/account/keys").await.expect(401);
                }
            }
            // Signing in takes the address of today and a user who is there.
            let old_address = caller.sign_in(&tenant, &email, PASSWORD).await.status;
            let is_gone = ["delete", "change email"].contains(&what);
            assert_eq!(old_address == 401, is_gone, "{what}: {old_address}");
            if what == "change email" {
                let new = format!("new-{email}");
                let new = caller.sign_in(&tenant, &new, PASSWORD).await;
                new.expect(200);
            }
        }
        let names = "SELECT count(*) AS value FROM users WHERE name = 'Eve'";
        assert_eq!(servers[0].database().count(names).unwrap(), 0);
    }

    pub(super) async fn a_dropped_role_counts_at_once(backend: Backend) {
        let servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        let admin = Api::admin(&servers[0], &tenant);
        let user = add_active(&tenant, "ana@x.io", Role::Admin).await;
        let caller = Caller::new(&servers[0]).with(&tenant.session(user).await.unwrap());
        for role in ["viewer", "admin", "analyst", "admin", "explorer"] {
            let body = json!({"id": user, "user": {"role": role}});
            let changed = admin.post("/users/change_user_role.json", body).await;
            changed.expect(200);
            let expected = if role == "admin" { 200 } else { 403 };
            for server in &servers {
                let answer = caller.at(server).get("/api/audit_events").await;
                answer.expect(expected);
                // The session itself is no worse.
                assert!(caller.at(server).is_in().await);
            }
        }
    }

    /// A transaction beside the servers that holds a user.
    pub(crate) struct Holder {
        conn: Conn,
    }

    impl Holder {
        pub(crate) fn of(database: &TestDatabase, user: UserId) -> Self {
            Self::begin(
                database,
                &format!("UPDATE users SET version = version + 1 WHERE id = {user}"),
            )
        }

        /// One that has run a statement and holds what that holds.
        pub(crate) fn begin(database: &TestDatabase, sql: &str) -> Self {
            let mut holder = Self {
                conn: database.connect().unwrap(),
            };
            holder.run(&format!("BEGIN; {sql}"));
            holder
        }

        pub(crate) fn run(&mut self, sql: &str) {
            match &mut self.conn {
                Conn::Sqlite(conn) => conn.batch_execute(sql).unwrap(),
                Conn::Postgres(conn) => conn.batch_execute(sql).unwrap(),
            }
        }
    }

    /// Waits until as many transactions wait for the holder.
    pub(crate) async fn until_waiting(database: &TestDatabase, count: i64) {
        let sql = "SELECT count(*) AS value FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let deadline = Instant::now() + Duration::from_secs(60);
        while database.count(sql).unwrap() < count {
            assert!(Instant::now() < deadline, "nobody waits");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(super) async fn a_password_replaced_meanwhile_lets_nobody_in(backend: Backend) {
        if backend == Backend::Sqlite {
            // Its one writer lets nobody wait in the middle of a transaction.
            return;
        }
        let server = TestServer::start(backend).await.unwrap();
        let options = TestOptions {
            hash_memory_kib: 16,
            ..TestOptions::default()
        };
        let database = server.database();
        let stronger = TestServer::on_with(Arc::clone(database), options).unwrap();
        let tenant = server.tenant().await.unwrap();
        let user = add_active(&tenant, "ana@x.io", Role::Viewer).await;
        // The second makes the hash anew.
        for server in [&server, &stronger] {
            tenant.password(user, PASSWORD).await.unwrap();
            let caller = Caller::new(server);
            let mut holder = Holder::of(database, user);
            let change = async {
                until_waiting(database, 1).await;
                tenant.password(user, OTHER_PASSWORD).await.unwrap();
                holder.run("COMMIT");
            };
            let (refused, ()) = tokio::join!(caller.sign_in(&tenant, "ana@x.io", PASSWORD), change);
            let text = "Address and password do not match";
            assert_eq!(refused.expect(401).fault().1, text);
            let sessions = "SELECT count(*) AS value FROM sessions";
            assert_eq!(database.count(sessions).unwrap(), 0);
            let old = caller.sign_in(&tenant, "ana@x.io", PASSWORD).await;
            old.expect(401);
            let new = caller.sign_in(&tenant, "ana@x.io", OTHER_PASSWORD).await;
            new.expect(200);
            database.execute("DELETE FROM sessions").unwrap();
        }
    }

    pub(super) async fn a_user_deleted_meanwhile_gets_nothing(backend: Backend) {
        if backend == Backend::Sqlite {
            return;
        }
        let server = TestServer::start(backend).await.unwrap();
        let database = server.database();
        let tenant = server.tenant().await.unwrap();
        let user = add_active(&tenant, "ana@x.io", Role::Viewer).await;
        let key = tenant.key(user, KeyFixture::Live).await.unwrap();
        let caller = Caller::new(&server).with(&tenant.session(user).await.unwrap());
        let list = caller.get("/api/account/keys").await.expect(200).json();
        let rotate = format!("/api/account/keys/{}/rotate", list["keys"][0]["id"]);
        let reset = tenant.link(user, LinkKind::PasswordReset).await.unwrap();
        let reset = format!("/api/account/password_resets/{reset}");
        let mut holder = Holder::of(database, user);
        let deletion = async {
            // As many as the server has connections.
            until_waiting(database, 4).await;
            holder.run(&format!(
                "UPDATE users SET deleted_at = 1 WHERE id = {user};
                 DELETE FROM api_keys WHERE user_id = {user}; DELETE FROM sessions WHERE user_id = {user}; COMMIT"
            ));
        };
        let password = json!({"password": OTHER_PASSWORD});
        let (made, replaced, signed_in, reset, ()) = tokio::join!(
            caller.post("/api/account/keys", json!({})),
            caller.post(&rotate, json!({})),
            caller.sign_in(&tenant, "ana@x.io", PASSWORD),
            caller.put(&reset, password),
            deletion,
        );
        made.expect(401);
        replaced.expect(401);
        signed_in.expect(401);
        reset.expect(404);
        for table in ["api_keys", "sessions"] {
            let sql = format!("SELECT count(*) AS value FROM {table} WHERE user_id = {user}");
            assert_eq!(database.count(&sql).unwrap(), 0, "{table}");
        }
        database
            .execute(&format!(
                "UPDATE users SET deleted_at = NULL WHERE id = {user}"
            ))
            .unwrap();
        let by_key = Api::new(&server.base_url(), &key);
        by_key.get("/users/info.json").await.expect(401);
        let right = caller.sign_in(&tenant, "ana@x.io", PASSWORD).await;
        right.expect(200);
    }

    pub(super) async fn a_user_deleted_meanwhile_gets_no_key_from_the_command_line(
        backend: Backend,
    ) {
        if backend == Backend::Sqlite {
            return;
        }
        let server = TestServer::start(backend).await.unwrap();
        let database = server.database();
        let tenant = server.tenant().await.unwrap();
        let user = add_active(&tenant, "ana@x.io", Role::Viewer).await;
        let mut holder = Holder::of(database, user);
        let folder = tempfile::tempdir().unwrap();
        let mut command = roster(folder.path());
        command
            .args(["keys", "create", "--email", "ana@x.io"])
            .args(["--tenant", &name_of(&server, &tenant)])
            .args(["--database-url", database.url()]);
        let process = Process::start(&mut command);
        until_waiting(database, 1).await;
        holder.run(&format!(
            "UPDATE users SET deleted_at = 1 WHERE id = {user}; COMMIT"
        ));
        process.end().failed();
        let keys = format!("SELECT count(*) AS value FROM api_keys WHERE user_id = {user}");
        assert_eq!(database.count(&keys).unwrap(), 0);
    }
}
