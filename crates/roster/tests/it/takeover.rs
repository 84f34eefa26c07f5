//! `roster import --from-v1` and `--from-v2`: a tenant from another server.

use crate::harness::on_both;

on_both! {
    /// Over v1, `GET /users.json` says the same on both, but for whose the keys and groups are.
    a_tenant_moves_over_v1

    /// Over v2, titles, settings and user attributes come too.
    a_tenant_moves_over_v2

    /// A wrong key, a server that is none, and ids that others have: told, and nothing is imported.
    a_move_is_refused
}

mod body {
    use crate::attribute_requests::{computed, create, group, manual, typed, upsert, user};
    use crate::harness::{Api, Backend, TestDatabase, TestServer, TestTenant, UserFixture};
    use crate::program::{Ended, roster, run};
    use crate::stored::everything;
    use roster_domain::role::Role;
    use roster_domain::time::Timestamp;
    use roster_domain::user::Status;
    use serde_json::{Value, json};
    use std::process::Stdio;

    struct Fixture {
        _server: TestServer,
        tenant: TestTenant,
        api: Api,
        base_url: String,
    }

    impl Fixture {
        async fn new(backend: Backend) -> Self {
            let server = TestServer::start(backend).await.unwrap();
            // So that no id is by chance the one that a fresh database gives.
            server.tenant().await.unwrap();
            let tenant = server.tenant().await.unwrap();
            let (capital, sales) = (
                tenant.group("Capital").await.unwrap(),
                tenant.group("Sales").await.unwrap(),
            );
            tenant.group("Nobody's").await.unwrap();
            for (email, name, status, role) in [
                ("ana@x.io", Some("Ana"), Status::Active, Role::Analyst),
                ("bob@x.io", None, Status::Pending, Role::Viewer),
                ("gone@x.io", Some("Gone"), Status::Deleted, Role::Explorer),
            ] {
                let signed_in = (status == Status::Active)
                    .then(|| Timestamp::from_micros(1_700_000_000_123_000));
                let fixture = UserFixture {
                    name: name.map(str::to_owned),
                    title: Some("Dr.".to_owned()),
                    status,
                    allow_authentication_token: status == Status::Active,
                    current_sign_in_at: signed_in,
                    last_sign_in_at: signed_in,
                    ..UserFixture::active(email, role)
                };
                let id = tenant.user(fixture).await.unwrap();
                for group in [capital, sales] {
                    tenant.member(group, id).await.unwrap();
                }
            }
            Self {
                api: Api::admin(&server, &tenant),
                base_url: server.base_url(),
                _server: server,
                tenant,
            }
        }

        fn import(&self, dialect: &str, database: &TestDatabase, name: &str) -> Ended {
            self.import_with(&self.tenant.admin.key, dialect, database, name)
        }

        fn import_with(
            &self,
            key: &str,
            dialect: &str,
            database: &TestDatabase,
            name: &str,
        ) -> Ended {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("key");
            std::fs::write(&file, format!("{key}\n")).unwrap();
            let mut command = roster(folder.path());
            let url = ["--database-url", database.url()];
            command.args(["import", dialect, &self.base_url, "--new-tenant", name]);
            run(command
                .args(url)
                .stdin(Stdio::from(std::fs::File::open(&file).unwrap())))
        }

        /// The server on which the tenant is now, and its admin, with a fresh key.
        fn moved(&self, database: TestDatabase) -> (TestServer, Api) {
            let mut command = roster(&std::env::temp_dir());
            command.args(["keys", "create", "--email", &self.tenant.admin.email]);
            let key = run(command.args(["--database-url", database.url()])).succeeded();
            let server = TestServer::on(database.into()).unwrap();
            let api = Api::new(&server.base_url(), key.trim());
            (server, api)
        }
    }

    /// A list without what cannot move: whether there are keys, and which tenant it is.
    fn comparable(mut list: Value) -> Value {
        for user in list.as_array_mut().unwrap() {
            user["has_authentication_token"] = Value::Null;
            for group in user["groups"].as_array_mut().into_iter().flatten() {
                group["tenant_id"] = Value::Null;
            }
        }
        list
    }

    pub(super) async fn a_tenant_moves_over_v1(backend: Backend) {
        let fixture = Fixture::new(backend).await;
        let database = TestDatabase::empty(backend).unwrap();
        let ended = fixture.import("--from-v1", &database, "Moved");
        assert!(!ended.stderr.contains(&fixture.tenant.admin.key));
        assert_eq!(
            ended.succeeded(),
            "4 users and 3 groups imported, 0 skipped\n"
        );
        let (server, api) = fixture.moved(database);
        let lists = async |api: &Api| api.get("/users.json").await.expect(200).json();
        assert_eq!(
            comparable(lists(&api).await).to_string(),
            comparable(lists(&fixture.api).await).to_string()
        );
        let groups = async |api: &Api| api.get("/groups.json").await.expect(200).text;
        assert_eq!(groups(&api).await, groups(&fixture.api).await);
        let mails = server
            .database()
            .count("SELECT count(*) AS value FROM outbox");
        assert_eq!(mails.unwrap(), 0);
        // Ids go on behind those that were taken.
        let highest = |table: &str| {
            let sql = format!("SELECT max(id) AS value FROM {table}");
            server.database().count(&sql).unwrap()
        };
        let before = (highest("users"), highest("groups"));
        let invited = json!({"email": "new@x.io", "role": "viewer"});
        api.post("/users/invite.json", invited).await.expect(200);
        let group = json!({"group": {"name": "New"}});
        api.post("/groups.json", group).await.expect(200);
        assert_eq!(
            (highest("users"), highest("groups")),
            (before.0 + 1, before.1 + 1)
        );
    }

    pub(super) async fn a_tenant_moves_over_v2(backend: Backend) {
        let fixture = Fixture::new(backend).await;
        let users = async |api: &Api| {
            let answer = api.get("/api/v2/users?limit=100").await.expect(200).json();
            comparable(answer["users"].clone())
        };
        let before = users(&fixture.api).await;
        let ana = before[1]["id"].as_i64().unwrap();
        let set =
            json!({"settings": {"theme": "dark"}, "job_title": "CFO", "enable_export_data": true});
        let path = format!("/api/v2/users/{ana}");
        fixture
            .api
            .put(&path, json!({"user": set}))
            .await
            .expect(200);
        let region = create(&fixture.api, "Region", "string").await;
        let age = create(&fixture.api, "age", "number").await;
        let capital = group(before[1]["group_ids"][0].clone());
        let entries = [
            manual(&user(ana), age, &["7"]),
            typed(&user(ana), region, "inherit"),
            manual(&capital, region, &["eu", "us"]),
        ];
        upsert(&fixture.api, &entries).await.expect(200);

        let database = TestDatabase::empty(backend).unwrap();
        let printed = fixture.import("--from-v2", &database, "Moved").succeeded();
        assert_eq!(printed, "4 users and 3 groups imported, 0 skipped\n");
        let (_server, api) = fixture.moved(database);
        assert_eq!(users(&api).await, users(&fixture.api).await);
        for subject in [user(ana), capital] {
            let moved = computed(&api, &subject).await.expect(200).json();
            assert_eq!(
                moved,
                computed(&fixture.api, &subject).await.expect(200).json()
            );
            assert!(moved.to_string().contains("eu"), "{moved}");
        }
    }

    pub(super) async fn a_move_is_refused(backend: Backend) {
        let fixture = Fixture::new(backend).await;
        let database = TestDatabase::migrated(backend).unwrap();
        let text = fixture
            .import_with("rst_wrong", "--from-v1", &database, "Moved")
            .failed();
        assert!(
            text.contains("401") && !text.contains("rst_wrong"),
            "{text}"
        );
        let text = fixture
            .import_with("", "--from-v2", &database, "Moved")
            .failed();
        assert!(text.contains("there is no key"), "{text}");
        assert_eq!(
            database
                .count("SELECT count(*) AS value FROM tenants")
                .unwrap(),
            0
        );
        fixture.import("--from-v1", &database, "Moved").succeeded();
        let before = everything(&database);
        let text = fixture.import("--from-v2", &database, "Again").failed();
        let admin = fixture.tenant.admin.id;
        assert!(
            text.contains(&format!("user id {admin} belongs to another already")),
            "{text}"
        );
        assert!(text.contains("7 faults; nothing was imported"), "{text}");
        assert_eq!(everything(&database), before);
    }
}
