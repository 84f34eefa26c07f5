//! Lists: their shape and their order.

use crate::harness::on_both;

on_both! {
    /// shape-stable: the same status and shape around the size of a chunk.
    shape_is_stable_around_a_chunk
    /// shape-stable: the same for groups.
    group_list_is_stable_around_a_chunk
    /// stable-order: over several chunks everybody is there once, with their own groups and keys.
    a_list_of_several_chunks_is_complete
    /// HEAD is answered as GET is, without a body, be the list printed at once or streamed.
    a_list_answers_head
}

mod body {
    use crate::harness::{Api, Backend, KeyFixture, Method, TestServer, UserFixture, read};
    use crate::rows;
    use roster_domain::id::UserId;
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use serde_json::Value;

    pub(super) async fn shape_is_stable_around_a_chunk(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        for count in [0, 1, 998, 999, 1000, 1001, 1999, 2000] {
            let tenant = server.tenant().await.unwrap();
            // The admin is one more.
            rows::add_users(&server, &tenant, count, "Ana");
            let answer = Api::admin(&server, &tenant)
                .get("/users.json")
                .await
                .expect(200);
            let ids = ids(&answer.json());
            assert_eq!(ids.len(), count + 1);
            assert!(ids.is_sorted_by(|a, b| a < b));
        }
    }

    pub(super) async fn group_list_is_stable_around_a_chunk(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        for count in [0, 1, 999, 1000, 1001, 2000] {
            let tenant = server.tenant().await.unwrap();
            rows::add_groups(&server, &tenant, count, "g");
            rows::join(&server, &tenant, "g.name = 'g1'");
            let list = Api::admin(&server, &tenant).get("/groups.json").await;
            let list = list.expect(200).json();
            let ids = ids(&list);
            assert_eq!(ids.len(), count);
            assert!(ids.is_sorted_by(|a, b| a < b));
            let members: i64 = list
                .as_array()
                .unwrap()
                .iter()
                .map(|group| group["num_user"].as_i64().unwrap())
                .sum();
            assert_eq!(members, i64::from(count > 0));
        }
    }

    pub(super) async fn a_list_of_several_chunks_is_complete(backend: Backend) {
        const USERS: usize = 3_500;
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let other = server.tenant().await.unwrap();
        rows::add_users(&server, &other, 10, "Of another tenant");
        rows::add_users(&server, &tenant, USERS, "Ana");
        rows::add_groups(&server, &tenant, 7, "g");
        rows::join(&server, &tenant, "(u.id + g.id) % 3 = 0");
        let all = |column: &str, table: &str| {
            let id = tenant.id;
            let sql = format!(
                "SELECT CAST({column} AS TEXT) AS value FROM {table} WHERE tenant_id = {id} ORDER BY id"
            );
            let texts = server.database().query(&sql).unwrap();
            texts.iter().map(|id| id.parse().unwrap()).collect()
        };
        let users: Vec<i64> = all("id", "users");
        let groups: Vec<i64> = all("id", "groups");
        let mut with_key = vec![tenant.admin.id.0];
        for at in [1, 998, 999, 1_000, 2_500, USERS] {
            with_key.push(users[at]);
            let owner = UserId(users[at]);
            tenant.key(owner, KeyFixture::Live).await.unwrap();
            tenant.key(owner, KeyFixture::Expired).await.unwrap();
        }
        for at in [5, 1_001, 3_000] {
            let owner = UserId(users[at]);
            tenant.key(owner, KeyFixture::Expired).await.unwrap();
        }

        let list = Api::admin(&server, &tenant).get("/users.json").await;
        let list = list.expect(200).json();

        assert_eq!(ids(&list), users);
        for user in list.as_array().unwrap() {
            let id = user["id"].as_i64().unwrap();
            let expected: Vec<i64> = groups
                .iter()
                .copied()
                .filter(|group| (id + group) % 3 == 0)
                .collect();
            assert_eq!(ids(&user["groups"]), expected, "{user}");
            assert_eq!(
                user["has_authentication_token"],
                with_key.contains(&id),
                "{user}"
            );
        }
    }

    pub(super) async fn a_list_answers_head(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        for count in [0, 2_500] {
            rows::add_users(&server, &tenant, count, "Ana");
            rows::add_groups(&server, &tenant, count, "g");
            for path in ["/users.json", "/user.json", "/groups.json"] {
                let answer = read(api.request(Method::HEAD, path)).await.expect(200);
                assert_eq!(answer.text, "");
                assert_eq!(
                    answer.headers["content-type"],
                    "application/json; charset=utf-8"
                );
                // The connection is still of use.
                api.get("/users/info.json").await.expect(200);
            }
        }
        let deleted = UserFixture {
            status: Status::Deleted,
            ..UserFixture::active("gone@x.io", Role::Viewer)
        };
        tenant.user(deleted).await.unwrap();
        let list = api.get("/user.json").await.expect(200).json();
        assert_eq!(ids(&list).len(), 2_502);
    }

    fn ids(list: &Value) -> Vec<i64> {
        let rows = list.as_array().unwrap();
        rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
    }
}
