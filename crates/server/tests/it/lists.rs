//! Lists: shape, order, and what happens when something breaks in the middle.

use crate::harness::on_both;

on_both! {
    /// shape-stable: the same status and shape around the size of a chunk.
    shape_is_stable_around_a_chunk
}

mod body {
    use crate::harness::{Api, Backend, TestServer};

    pub(super) async fn shape_is_stable_around_a_chunk(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        for rows in [0, 1, 998, 999, 1000, 1001, 1999, 2000] {
            let tenant = server.tenant().await.unwrap();
            let id = tenant.id;
            // The admin is one more.
            server
                .database()
                .execute(&format!(
                    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
                     INSERT INTO users (tenant_id, email, email_key, role, allow_authentication_token, created_at, updated_at)
                     SELECT {id}, 'u' || i || '@x.io', 'u' || i || '@x.io', 'viewer', (1 = 0), 0, 0 FROM n WHERE i <= {rows}"
                ))
                .unwrap();
            let list = Api::admin(&server, &tenant)
                .get("/users.json")
                .await
                .expect(200)
                .json();
            let ids: Vec<i64> = list
                .as_array()
                .unwrap()
                .iter()
                .map(|user| user["id"].as_i64().unwrap())
                .collect();
            assert_eq!(ids.len(), rows + 1);
            assert!(ids.is_sorted_by(|a, b| a < b));
        }
    }
}
