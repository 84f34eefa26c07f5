//! How many statements a request takes.

use crate::harness::on_both;

on_both! {
    /// constant-sql: the statements of a list depend on its chunks, and neither on rows nor on groups.
    statements_depend_on_chunks_only

    /// constant-sql: the statements about user attributes depend neither on attributes and entries nor on groups.
    statements_about_attributes_are_constant
}

mod body {
    use crate::harness::{Api, Backend, Method, TestServer, read};
    use crate::logged_server::LoggedServer;
    use crate::rows;
    use std::time::{Duration, Instant};

    pub(super) async fn statements_depend_on_chunks_only(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let filter = "info,roster_server::sql=trace";
        let process = LoggedServer::start(server.database(), filter, "text").await;

        // The admin alone, then with others: within one chunk, and in the second and the third.
        let mut of_users = Vec::new();
        let mut of_groups = Vec::new();
        for count in [0, 1, 900, 1_100, 1_900, 2_100] {
            let tenant = server.tenant().await.unwrap();
            rows::add_users(&server, &tenant, count, "Ana");
            rows::add_groups(&server, &tenant, count.max(1), "g");
            rows::join(&server, &tenant, "g.id % 400 = 1 AND u.id % 2 = 0");
            let api = Api::new(process.base_url(), &tenant.admin.key);
            use_is_recorded(&server, &api, tenant.admin.id.0).await;
            let users = counted(&process, &api, Method::GET, "/users.json").await;
            assert_eq!(
                counted(&process, &api, Method::GET, "/user.json").await,
                users
            );
            of_users.push(users);
            of_groups.push(counted(&process, &api, Method::GET, "/groups.json").await);
            // Without a body to be printed there is nothing to be read behind the first chunk.
            for path in ["/users.json", "/groups.json"] {
                let first = counted(&process, &api, Method::HEAD, path).await;
                assert!(first <= of_users[0].max(of_groups[0]), "{first} for {path}");
            }
        }
        for counts in [&of_users, &of_groups] {
            let one = counts[0];
            assert!((1..=5).contains(&one), "{counts:?}");
            let chunks = [1, 1, 1, 2, 2, 3];
            assert_eq!(*counts, chunks.map(|chunks| chunks * one), "{counts:?}");
        }
    }

    pub(super) async fn statements_about_attributes_are_constant(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let filter = "info,roster_server::sql=trace";
        let process = LoggedServer::start(server.database(), filter, "text").await;
        let mut counts = Vec::new();
        for count in [0, 1, 50] {
            let tenant = server.tenant().await.unwrap();
            let (id, admin) = (tenant.id, tenant.admin.id);
            rows::add_groups(&server, &tenant, count.max(1), "g");
            rows::join(&server, &tenant, "1 = 1");
            let sql = format!(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
                 INSERT INTO user_attributes (tenant_id, name, name_key, attribute_type, label, is_system, created_at)
                 SELECT {id}, 'a' || i, 'a' || i, 'string', 'A', (1 = 0), 0 FROM n WHERE i <= {count};
                 INSERT INTO user_attribute_entries (tenant_id, user_attribute_id, user_id, input_type, entry_values)
                 SELECT {id}, id, {admin}, 'inherit', '[]' FROM user_attributes WHERE tenant_id = {id} AND name <> 'h_role';
                 INSERT INTO user_attribute_entries (tenant_id, user_attribute_id, group_id, input_type, entry_values)
                 SELECT {id}, a.id, g.id, 'manual', '[\"x\"]' FROM user_attributes a, groups g
                 WHERE a.tenant_id = {id} AND g.tenant_id = {id} AND NOT a.is_system"
            );
            server.database().execute(&sql).unwrap();
            let api = Api::new(process.base_url(), &tenant.admin.key);
            use_is_recorded(&server, &api, admin.0).await;
            let group = server.database().count(&format!(
                "SELECT min(id) AS value FROM groups WHERE tenant_id = {id}"
            ));
            let group = group.unwrap();
            let mut of_tenant = Vec::new();
            for subject in [
                format!("User&subject_id={admin}"),
                format!("Group&subject_id={group}"),
            ] {
                for path in [
                    "user_attribute_entries",
                    "user_attribute_entries/computed_values",
                ] {
                    let path = format!("/api/v2/{path}?limit=100&subject_type={subject}");
                    of_tenant.push(counted(&process, &api, Method::GET, &path).await);
                }
            }
            let list = "/api/v2/user_attributes?limit=100";
            of_tenant.push(counted(&process, &api, Method::GET, list).await);
            counts.push(of_tenant);
        }
        assert!(
            counts[0].iter().all(|count| (1..=6).contains(count)),
            "{counts:?}"
        );
        assert!(
            counts.iter().all(|of_tenant| *of_tenant == counts[0]),
            "{counts:?}"
        );
    }

    /// The first use of a key is written down after its answer: what is counted has to come behind that.
    async fn use_is_recorded(server: &TestServer, api: &Api, owner: i64) {
        api.get("/users/info.json").await.expect(200);
        let deadline = Instant::now() + Duration::from_secs(60);
        let sql = format!(
            "SELECT COUNT(*) AS value FROM api_keys WHERE user_id = {owner} AND last_used_at IS NOT NULL"
        );
        while server.database().count(&sql).unwrap() == 0 {
            assert!(Instant::now() < deadline, "the use is never recorded");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn counted(process: &LoggedServer, api: &Api, method: Method, path: &str) -> usize {
        let before = lines(process);
        read(api.request(method, path)).await.expect(200);
        lines(process) - before
    }

    /// How many statements were logged but for those with which a transaction begins and ends, and the look for mails
    /// to be sent, which comes by itself.
    fn lines(process: &LoggedServer) -> usize {
        const OTHERS: [&str; 4] = ["BEGIN", "ROLLBACK", "COMMIT", "outbox"];
        process
            .log()
            .lines()
            .filter(|line| {
                // A slow one is logged under another name, and this machine may be busy.
                line.contains("roster_server::sql") || line.contains("a statement was slow")
            })
            .filter(|line| !OTHERS.iter().any(|other| line.contains(other)))
            .count()
    }
}
