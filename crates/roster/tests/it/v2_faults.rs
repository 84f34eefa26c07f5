//! Faults of v2: what is said when the database or the request is at fault.

use crate::harness::on_both;

on_both! {
    /// no-empty-on-fault: a database that does not answer is a 503, never an empty list.
    a_list_of_a_busy_database_is_a_503
    /// no-empty-on-fault: a table that cannot be read is a fault of ours, without its cause.
    a_list_without_its_table_is_a_500
    /// Each fault of a request has its status, its word and its text, in the order in which they are told.
    faults_of_requests_have_their_words
    /// Unknown parameters are ignored, faulty ones are all told.
    parameters_are_read_all_at_once
    /// huge-input: a megabyte in any field.
    huge_fields_are_refused
}

mod body {
    use crate::harness::{Answer, Api, Backend, Method, read};
    use crate::v2_calls::{all_rows, refused, start};
    use diesel::connection::SimpleConnection;
    use roster_domain::role::Role;
    use roster_server::db::Conn;
    use serde_json::{Value, json};

    const LISTS: [&str; 5] = [
        "/api/v2/users",
        "/api/v2/users?search_term=a&counters=false",
        "/api/v2/groups",
        "/api/v2/groups?include_users=true",
        "/api/v2/jobs?ids[]=1",
    ];

    fn run(conn: &mut Conn, sql: &str) {
        match conn {
            Conn::Sqlite(conn) => conn.batch_execute(sql).unwrap(),
            Conn::Postgres(conn) => conn.batch_execute(sql).unwrap(),
        }
    }

    #[track_caller]
    fn is_unavailable(answer: &Answer) {
        let text = "The service is busy; nothing was done, try again";
        refused(answer, 503, "MaintenanceError", text);
        let seconds = answer.headers["retry-after"].to_str().unwrap();
        assert!(seconds.parse::<u32>().unwrap() > 0);
    }

    pub(super) async fn a_list_of_a_busy_database_is_a_503(backend: Backend) {
        let (server, _tenant, api) = start(backend).await;
        let mut conn = server.database().connect().unwrap();
        if backend == Backend::Sqlite {
            // A reader never waits for a writer there, so it is writes that find the place taken.
            run(&mut conn, "BEGIN IMMEDIATE");
            let body = json!({"group": {"name": "Capital"}});
            is_unavailable(&api.post("/api/v2/groups", body).await);
            run(&mut conn, "ROLLBACK");
            for list in LISTS {
                api.get(list).await.expect(200);
            }
            return;
        }
        run(
            &mut conn,
            "BEGIN; LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE",
        );
        let waiting: Vec<_> = LISTS
            .into_iter()
            .map(|list| {
                let api = api.clone();
                tokio::spawn(async move { api.get(list).await })
            })
            .collect();
        for answer in waiting {
            is_unavailable(&answer.await.unwrap());
        }
        run(&mut conn, "ROLLBACK");
        for list in LISTS {
            api.get(list).await.expect(200);
        }
    }

    pub(super) async fn a_list_without_its_table_is_a_500(backend: Backend) {
        let (server, _tenant, api) = start(backend).await;
        api.post("/api/v2/groups", json!({"group": {"name": "g"}}))
            .await
            .expect(201);
        for table in ["memberships", "outbox"] {
            let sql = format!("ALTER TABLE {table} RENAME TO {table}_elsewhere");
            server.database().execute(&sql).unwrap();
        }
        for list in [
            "/api/v2/users",
            "/api/v2/groups?include_users=true",
            "/api/v2/jobs?ids[]=1",
        ] {
            let answer = api.get(list).await;
            refused(&answer, 500, "InternalHolisticsError", "Internal error");
        }
    }

    pub(super) async fn faults_of_requests_have_their_words(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let viewer = tenant.user_with_key("v@x.io", Role::Viewer).await.unwrap();
        let (url, path) = (server.base_url(), format!("/api/v2/users/{}", viewer.id));
        let (viewer, nobody) = (Api::new(&url, &viewer.key), Api::anonymous(&url));
        let before = all_rows(&server);
        let put = |api: &Api, path: &str, body: &str| {
            let request = api.request(Method::PUT, path).body(body.to_owned());
            read(request)
        };
        let huge = "a".repeat(1_048_577);
        let forbidden = "You do not have permission to perform this action";
        for (answer, status, kind, text) in [
            (
                put(&nobody, &path, "{").await,
                401,
                "AuthError",
                "API key is missing",
            ),
            (
                put(&Api::new(&url, "x"), &path, "{").await,
                401,
                "AuthError",
                "API key is invalid",
            ),
            (
                put(&viewer, &path, "{").await,
                403,
                "PermissionDeniedError",
                forbidden,
            ),
            (
                put(&api, &path, &huge).await,
                413,
                "InvalidParameterError",
                "Body is larger than 1 MiB",
            ),
            (
                put(&api, &path, "{").await,
                400,
                "InvalidParameterError",
                "Body is not valid JSON: EOF while parsing an object at line 1 column 1",
            ),
            (
                put(&api, &path, "[]").await,
                400,
                "InvalidParameterError",
                "Body must be a JSON object, but is an array at line 1 column 1",
            ),
            (
                put(&api, "/api/v2/users/4711", "{}").await,
                404,
                "BaseError",
                "Resource not found",
            ),
            (
                put(&api, &path, "{}").await,
                422,
                "RecordError",
                "user is required",
            ),
            (
                api.get("/api/v2/users.json").await,
                404,
                "BaseError",
                "Route not found",
            ),
            (
                api.get("/api/v2/users/").await,
                404,
                "BaseError",
                "Route not found",
            ),
            (
                api.get("/api/v2").await,
                404,
                "BaseError",
                "Route not found",
            ),
            (
                api.patch(&path, json!({})).await,
                405,
                "InvalidParameterError",
                "Method not allowed",
            ),
        ] {
            refused(&answer, status, kind, text);
        }
        let allow = api.patch(&path, Value::Null).await.headers["allow"].clone();
        let mut allowed: Vec<&str> = allow.to_str().unwrap().split(", ").collect();
        allowed.sort_unstable();
        assert_eq!(allowed, ["DELETE", "GET", "HEAD", "PUT"]);
        assert_eq!(all_rows(&server), before);
    }

    pub(super) async fn parameters_are_read_all_at_once(backend: Backend) {
        let (_server, tenant, api) = start(backend).await;
        let path = "/api/v2/users?page=2&offset=x&limit=5&Limit=0&sort=id_asc&search=%FF&;&=&%00";
        let page = api.get(path).await.expect(200).json();
        assert_eq!(page["users"][0]["id"], tenant.admin.id.0);
        let path = "/api/v2/users?limit=0&sort=age&status=gone&statuses[]=x&role=king&ids[]=1&ids[]=a\
                    &has_authentication_token=maybe&exclude_deleted=2&counters=no&after=x";
        let answer = api.get(path).await.expect(400);
        let (kind, text) = answer.fault();
        assert_eq!(kind, "InvalidParameterError");
        let mut told: Vec<&str> = text.split("; ").collect();
        told.sort_unstable();
        let states = "must be one of active, deleted, pending";
        let expected = [
            "after must be a cursor that this list gave for the same sort and filters".to_owned(),
            "counters must be true or false".to_owned(),
            "exclude_deleted must be true or false".to_owned(),
            "has_authentication_token must be true or false".to_owned(),
            "ids must be an integer of at most 64 bits".to_owned(),
            "limit must be a number from 1 to 100".to_owned(),
            "role must be one of admin, analyst, explorer, viewer, user, business, business_user".to_owned(),
            "sort must be one of natural, id_asc, id_desc, name_asc, name_desc, initials_asc, initials_desc".to_owned(),
            format!("status {states}"),
            format!("statuses {states}"),
        ];
        assert_eq!(told, expected);
        let many = "ids[]=1&".repeat(1_001);
        let answer = api.get(&format!("/api/v2/users?{many}")).await;
        refused(
            &answer,
            400,
            "InvalidParameterError",
            "ids must have at most 1000 values",
        );
        let path = format!("/api/v2/users?{}", "ids[]=1&".repeat(1_000));
        assert_eq!(
            api.get(&path).await.expect(200).json()["counters"]["total"],
            1
        );
    }

    pub(super) async fn huge_fields_are_refused(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let before = all_rows(&server);
        let huge = "a".repeat(1_000_000);
        let admin = format!("/api/v2/users/{}", tenant.admin.id);
        for field in ["name", "title", "job_title", "role", "password"] {
            let body = json!({"user": {field: huge}});
            let answer = api.put(&admin, body).await.expect(422);
            assert_eq!(answer.fault().0, "RecordError");
            assert!(answer.text.len() < 1_000, "the value is not repeated");
        }
        let ids: Vec<i64> = (1..100_000).collect();
        let body = json!({"user": {"group_ids": ids}});
        let answer = api.put(&admin, body).await.expect(422);
        assert_eq!(answer.fault().0, "RecordError");
        let body = json!({"emails": [huge], "role": "user"});
        let answer = api.post("/api/v2/users/invite", body).await.expect(422);
        assert_eq!(answer.fault().0, "InvalidEmailsInvitationError");
        let body = json!({"group": {"name": huge}});
        api.post("/api/v2/groups", body).await.expect(422);
        assert_eq!(all_rows(&server), before);
    }
}
