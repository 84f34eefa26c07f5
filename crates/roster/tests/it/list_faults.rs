//! Lists when something breaks: before the first byte, in the middle, or on the client's side.

use crate::harness::on_both;

on_both! {
    /// no-empty-on-fault: a database that is gone is a 503, never an empty list, and is found again.
    a_list_without_a_database_is_a_503
    /// no-empty-on-fault: connections that are all in use are a 503 as well.
    a_list_without_a_connection_is_a_503
    /// no-empty-on-fault: a table that cannot be read is a fault of ours, without its cause.
    a_list_without_its_table_is_a_500
    /// no-empty-on-fault: a key that is revoked in the middle of a list ends it visibly.
    a_list_breaks_off_when_its_key_is_revoked
    /// no-empty-on-fault: a database that fails in the middle of a list ends it visibly.
    a_list_breaks_off_when_the_database_fails
    /// Slow clients, more of them than there are connections, take nothing from others.
    slow_clients_hold_no_connection
    /// Clients that are gone before their list has ended cost nothing.
    vanished_clients_cost_nothing
}

mod body {
    use crate::harness::{Answer, Api, Backend, TestDatabase, TestServer, TestTenant};
    use crate::outage::Outage;
    use crate::raw::Raw;
    use crate::rows;
    use std::time::{Duration, Instant};

    const LISTS: [&str; 3] = ["/users.json", "/user.json", "/groups.json"];
    const POOL_SIZE: usize = 4;

    pub(super) async fn a_list_without_a_database_is_a_503(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let elsewhere = TestDatabase::empty(backend).unwrap();
        if backend == Backend::Postgres {
            // So that there are connections to be lost; SQLite keeps reading a file that has been moved.
            api.get("/users.json").await.expect(200);
        }

        let path = Outage::begin(&server, &elsewhere, backend);
        for list in LISTS.iter().chain(["/users/info.json"].iter()) {
            is_unavailable(&api.get(list).await);
        }
        path.end(&elsewhere);

        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let answer = api.get("/users.json").await;
            if answer.status == 200 {
                assert_eq!(answer.json().as_array().unwrap().len(), 1);
                return;
            }
            is_unavailable(&answer);
            assert!(Instant::now() < deadline);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(super) async fn a_list_without_a_connection_is_a_503(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        rows::add_groups(&server, &tenant, 1, "g");
        let api = Api::admin(&server, &tenant);
        if backend == Backend::Sqlite {
            // A reader never waits for a writer there, so it is writes that find the place taken.
            let holder = server.database();
            let mut conn = holder.connect().unwrap();
            begin(&mut conn, "BEGIN IMMEDIATE");
            is_unavailable(&api.delete("/groups/1.json").await);
            begin(&mut conn, "ROLLBACK");
            let list = api.get("/groups.json").await.expect(200).json();
            assert_eq!(list.as_array().unwrap().len(), 1);
            return;
        }
        let mut conn = server.database().connect().unwrap();
        begin(
            &mut conn,
            "BEGIN; LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE",
        );
        let waiting: Vec<_> = (0..POOL_SIZE + 2)
            .map(|_| {
                let api = api.clone();
                tokio::spawn(async move { api.get("/users.json").await })
            })
            .collect();
        for answer in waiting {
            is_unavailable(&answer.await.unwrap());
        }
        begin(&mut conn, "ROLLBACK");
        api.get("/users.json").await.expect(200);
    }

    fn begin(conn: &mut roster_server::db::Conn, sql: &str) {
        use diesel::connection::SimpleConnection;
        match conn {
            roster_server::db::Conn::Sqlite(conn) => conn.batch_execute(sql).unwrap(),
            roster_server::db::Conn::Postgres(conn) => conn.batch_execute(sql).unwrap(),
        }
    }

    pub(super) async fn a_list_without_its_table_is_a_500(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        rows::add_groups(&server, &tenant, 1, "g");
        server
            .database()
            .execute("ALTER TABLE memberships RENAME TO elsewhere")
            .unwrap();
        for list in LISTS {
            let answer = Api::admin(&server, &tenant).get(list).await.expect(500);
            let id = answer.headers["x-request-id"].to_str().unwrap();
            assert_eq!(
                answer.errors(),
                ["Internal error".to_owned(), format!("request id {id}")]
            );
        }
    }

    pub(super) async fn a_list_breaks_off_when_its_key_is_revoked(backend: Backend) {
        breaks_off(backend, |tenant| {
            let id = tenant.admin.id;
            format!("DELETE FROM api_keys WHERE user_id = {id}")
        })
        .await;
    }

    pub(super) async fn a_list_breaks_off_when_the_database_fails(backend: Backend) {
        breaks_off(backend, |_| {
            "ALTER TABLE memberships RENAME TO elsewhere".to_owned()
        })
        .await;
    }

    /// Reads the beginning of a long list, runs a statement, and reads the rest.
    async fn breaks_off(backend: Backend, fault: fn(&TestTenant) -> String) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        rows::add_long_list(&server, &tenant);
        let api = Api::admin(&server, &tenant);
        let whole = api.get("/users.json").await.expect(200).text.len();

        let mut slow = Raw::connect_slow(&server.base_url()).await;
        slow.get("/users.json", &tenant.admin.key).await;
        let head = String::from_utf8(slow.read_head().await).unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(
            head.to_lowercase().contains("transfer-encoding: chunked"),
            "{head}"
        );
        server.database().execute(&fault(&tenant)).unwrap();
        let rest = slow.read_to_end().await;

        assert!(rest.len() < whole, "{} of {whole}", rest.len());
        assert!(!rest.ends_with(b"0\r\n\r\n"));
        assert!(!rest.ends_with(b"]\r\n"));
    }

    pub(super) async fn slow_clients_hold_no_connection(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        rows::add_long_list(&server, &tenant);
        let mut slow = Vec::new();
        for _ in 0..POOL_SIZE + 2 {
            let mut client = Raw::connect_slow(&server.base_url()).await;
            client.get("/users.json", &tenant.admin.key).await;
            client.read_head().await;
            slow.push(client);
        }

        let api = Api::admin(&server, &tenant);
        for number in 0..POOL_SIZE * 2 {
            api.get("/users/info.json").await.expect(200);
            let body = serde_json::json!({"group": {"name": format!("new {number}")}});
            api.post("/groups.json", body).await.expect(200);
        }

        // They were in the middle of their lists, and can still get all of it.
        let mut client = slow.pop().unwrap();
        client.finish_sending().await;
        let rest = client.read_to_end().await;
        assert!(rest.ends_with(b"]\r\n0\r\n\r\n"));
    }

    pub(super) async fn vanished_clients_cost_nothing(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        rows::add_long_list(&server, &tenant);
        for _ in 0..POOL_SIZE * 3 {
            let mut client = Raw::connect_slow(&server.base_url()).await;
            client.get("/users.json", &tenant.admin.key).await;
            client.read_head().await;
        }
        let api = Api::admin(&server, &tenant);
        let all: Vec<_> = (0..POOL_SIZE)
            .map(|_| {
                let api = api.clone();
                tokio::spawn(async move { api.get("/users/info.json").await })
            })
            .collect();
        for answer in all {
            answer.await.unwrap().expect(200);
        }
    }

    #[track_caller]
    fn is_unavailable(answer: &Answer) {
        assert_eq!(answer.status, 503, "{}", answer.text);
        let seconds = answer.headers["retry-after"].to_str().unwrap();
        assert!(seconds.parse::<u32>().unwrap() > 0);
        assert_eq!(answer.errors().len(), 1);
    }
}
