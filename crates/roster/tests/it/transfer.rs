//! `roster export` and `roster import`: users and groups in files.

use crate::harness::on_both;

on_both! {
    /// What was exported is imported and exported again as it was; nobody is mailed, and each user is one event.
    an_export_is_imported

    /// All faults are told with line and field, and nothing is imported, nor by a dry run.
    faults_are_told_by_line

    /// A password goes on to work whose hash came with its user.
    a_password_comes_with_its_hash

    /// atomic: chunks before a fault are kept, the fault's own is not, and the rest can be done later.
    many_rows_come_in_chunks

    /// PostgreSQL plans its checks of foreign keys for a table of many rows, though it was empty a moment ago.
    postgres_knows_of_many_rows
}

mod body {
    use crate::harness::{Api, Backend, TestServer, TestTenant, UserFixture};
    use crate::program::{Ended, roster, run};
    use crate::stored::{audit_trail, everything};
    use roster_domain::password::Password;
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use roster_server::hasher::Hasher;
    use serde_json::json;
    use std::path::{Path, PathBuf};

    struct Fixture {
        server: TestServer,
        tenant: TestTenant,
        api: Api,
        folder: tempfile::TempDir,
    }

    impl Fixture {
        async fn new(backend: Backend) -> Self {
            let server = TestServer::start(backend).await.unwrap();
            let tenant = server.tenant().await.unwrap();
            let api = Api::admin(&server, &tenant);
            let folder = tempfile::tempdir().unwrap();
            Self {
                server,
                tenant,
                api,
                folder,
            }
        }

        fn roster(&self, arguments: &[&str]) -> Ended {
            let url = ["--database-url", self.server.database().url()];
            run(roster(self.folder.path()).args(arguments).args(url))
        }

        /// The name of the fixture's tenant.
        fn name(&self) -> String {
            let sql = format!(
                "SELECT name AS value FROM tenants WHERE id = {}",
                self.tenant.id
            );
            self.server.database().query(&sql).unwrap().remove(0)
        }

        fn import(&self, file: &Path, arguments: &[&str]) -> Ended {
            let (file, name) = (file.to_str().unwrap(), self.name());
            let to = match arguments.contains(&"--new-tenant") {
                true => vec!["import", file],
                false => vec!["import", file, "--tenant", &name],
            };
            self.roster(&[&to, arguments].concat())
        }

        fn file(&self, name: &str, content: &str) -> PathBuf {
            let path = self.folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            path
        }

        async fn populate(&self) {
            let sales = self.tenant.group("Sales, \"EMEA\"").await.unwrap();
            let ops = self.tenant.group("Ольга & Co; =1+1").await.unwrap();
            for (email, name, status) in [
                ("ana@x.io", Some("O'Brien, \"Ana\""), Status::Active),
                ("ольга@x.io", None, Status::Pending),
                ("gone@x.io", Some("true"), Status::Deleted),
            ] {
                let fixture = UserFixture {
                    name: name.map(str::to_owned),
                    title: Some("Dr.".to_owned()),
                    status,
                    allow_authentication_token: status == Status::Active,
                    ..UserFixture::active(email, Role::Viewer)
                };
                let user = self.tenant.user(fixture).await.unwrap();
                for group in [sales, ops] {
                    self.tenant.member(group, user).await.unwrap();
                }
                if status == Status::Active {
                    let path = format!("/api/v2/users/{user}");
                    let set = json!({"settings": {"a": [1, "\u{e9}\n"]}, "enable_export_data": true, "job_title": "CFO"});
                    self.api.put(&path, json!({"user": set})).await.expect(200);
                }
            }
        }
    }

    pub(super) async fn an_export_is_imported(backend: Backend) {
        let fixture = Fixture::new(backend).await;
        fixture.populate().await;
        let name = fixture.name();
        for format in ["ndjson", "csv"] {
            let export = |tenant: &str| {
                let arguments = ["export", "--format", format, "--tenant", tenant];
                fixture.roster(&arguments).succeeded()
            };
            let exported = export(&name);
            assert!(
                exported.contains("Sales") && exported.contains("CFO"),
                "{exported}"
            );
            let file = fixture.file(&format!("export.{format}"), &exported);
            let moved = format!("Moved by {format}");
            let arguments = ["--new-tenant", moved.as_str()];
            // A dry run says the same and does nothing.
            let before = everything(fixture.server.database());
            let printed = fixture.import(&file, &[&arguments[..], &["--dry-run"]].concat());
            assert_eq!(
                printed.succeeded(),
                "4 users and 2 groups would be imported, 0 would be skipped\n"
            );
            assert_eq!(everything(fixture.server.database()), before);
            let printed = fixture.import(&file, &arguments).succeeded();
            assert_eq!(printed, "4 users and 2 groups imported, 0 skipped\n");
            assert_eq!(export(&moved), exported);
            // Once more there is nothing to do.
            let again = ["--tenant", moved.as_str(), "--skip-existing"];
            let file = file.to_str().unwrap();
            let ended = fixture.roster(&[&["import", file], &again[..]].concat());
            assert!(ended.stderr.contains("line 2: skipped"), "{}", ended.stderr);
            assert_eq!(
                ended.succeeded(),
                "0 users and 0 groups imported, 6 skipped\n"
            );
        }
        let mails = fixture
            .server
            .database()
            .count("SELECT count(*) AS value FROM outbox");
        assert_eq!(mails.unwrap(), 0);
        let trail = audit_trail(fixture.server.database());
        let count = |action: &str| {
            trail
                .iter()
                .filter(|event| event["action"] == action)
                .count()
        };
        assert_eq!((count("user.import"), count("group.create")), (8, 4));
        let ana = trail
            .iter()
            .find(|event| event["action"] == "user.import" && event["target_label"] == "ana@x.io");
        let ana = ana.unwrap();
        assert_eq!(ana["actor_kind"], "cli");
        assert_eq!(ana["after_change"]["groups"].as_array().unwrap().len(), 2);
    }

    pub(super) async fn faults_are_told_by_line(backend: Backend) {
        let fixture = Fixture::new(backend).await;
        fixture.populate().await;
        let file = fixture.file(
            "faulty.ndjson",
            r#"{"type": "group", "name": "sales, \"emea\""}

{"type": "user", "email": "new@x.io", "role": "viewer", "groups": ["Nowhere"]}
{"type": "user", "email": "NEW@x.io", "role": "king"}
{"type": "user", "email": "new@X.io", "role": "viewer"}
{"type": "user", "email": "Ana@x.io", "role": "viewer"}
{"type": "user", "email": "hash@x.io", "role": "viewer", "password_hash": "$1$salt$hash"}
not json
"#,
        );
        let before = everything(fixture.server.database());
        let told = [
            "line 1: name is in the tenant already",
            "line 3: groups must be names of groups of the tenant or of the import",
            "line 4: role must be one of admin, analyst, explorer, viewer, user, business, business_user",
            "line 5: email is the same as in line 3",
            "line 6: email is in the tenant already",
            "line 7: password_hash must be a hash of argon2id, as in $argon2id$v=19$m=19456,t=2,p=1$salt$hash, or of bcrypt, as in $2b$12$ and 53 characters",
            "line 8: the line is not valid JSON: expected ident at line 1 column 2",
            "roster: 7 faults; nothing was imported",
        ];
        for arguments in [&[][..], &["--dry-run"], &["--chunked"]] {
            let text = fixture.import(&file, arguments).failed();
            assert_eq!(text.lines().collect::<Vec<_>>(), told, "{arguments:?}");
            assert_eq!(everything(fixture.server.database()), before);
        }
        let table = "type,email,role,is_deleted\nuser,a@x.io,viewer,yes\nuser,\"b\n@x.io\",viewer,\nuser,c@x.io,,\n";
        let text = fixture.import(&fixture.file("a.csv", table), &[]).failed();
        for line in [
            "line 2: is_deleted must be true or false",
            "line 3: email must not contain",
            "line 5: role is required",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        for (name, table, part) in [
            ("b.csv", "type,email,mail\n", "\"mail\" is not"),
            ("c.csv", "type,email,email\n", "each once"),
            ("d.csv", "type,email\nuser\n", "line: 2"),
            ("missing.csv", "", "No such file"),
        ] {
            let file = fixture.file(name, table);
            if name.starts_with("missing") {
                std::fs::remove_file(&file).unwrap();
            }
            let text = fixture.import(&file, &[]).failed();
            assert!(text.contains(part), "{name}: {text}");
        }
        assert_eq!(everything(fixture.server.database()), before);
    }

    pub(super) async fn a_password_comes_with_its_hash(backend: Backend) {
        let fixture = Fixture::new(backend).await;
        let hasher = Hasher::new(64, 1, 1).unwrap();
        let password = "correct horse battery";
        let hash = hasher.hash(Password::typed(password)).await.unwrap();
        let hash = hash.as_str();
        // From the tests of jBCrypt; the password is "a".
        let bcrypt = "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe";
        let rows = format!(
            "type,email,role,password_hash\nuser,ana@x.io,viewer,\"{hash}\"\nuser,bo@x.io,viewer,{bcrypt}\n"
        );
        let file = fixture.file("a.csv", &rows);
        let ended = fixture.import(&file, &[]);
        assert!(!ended.stderr.contains("$2"), "{}", ended.stderr);
        assert!(!ended.stderr.contains("argon2id"), "{}", ended.stderr);
        assert_eq!(
            ended.succeeded(),
            "2 users and 0 groups imported, 0 skipped\n"
        );
        let nobody = Api::anonymous(&fixture.server.base_url());
        for (email, password) in [("ana@x.io", password), ("bo@x.io", "a"), ("bo@x.io", "a")] {
            let body = json!({"tenant": fixture.tenant.slug, "email": email, "password": password});
            nobody.post("/api/account/session", body).await.expect(200);
        }
        // Who has signed in has a hash of ours.
        let sql = "SELECT count(*) AS value FROM passwords WHERE hash LIKE '$2%'";
        assert_eq!(fixture.server.database().count(sql).unwrap(), 0);
        // at-rest: neither the trail nor an export has it.
        let trail = audit_trail(fixture.server.database());
        let imported = trail.iter().find(|event| event["action"] == "user.import");
        assert_eq!(imported.unwrap()["after_change"]["has_password"], true);
        for secret in ["argon2id", "$2a$"] {
            assert!(!format!("{trail:?}").contains(secret));
        }
        let name = fixture.name();
        let exported = fixture.roster(&["export", "--tenant", &name]).succeeded();
        assert!(exported.contains("ana@x.io") && !exported.contains("argon2id"));
    }

    fn rows(count: usize) -> String {
        (1..=count)
            .map(|i| format!("{{\"type\":\"user\",\"email\":\"u{i}@x.io\",\"role\":\"viewer\"}}\n"))
            .collect()
    }

    pub(super) async fn postgres_knows_of_many_rows(backend: Backend) {
        let fixture = Fixture::new(backend).await;
        let file = fixture.file("many.ndjson", &rows(600));
        assert_eq!(
            fixture.import(&file, &[]).succeeded(),
            "600 users and 0 groups imported, 0 skipped\n"
        );
        if backend == Backend::Postgres {
            let known =
                "SELECT reltuples::bigint AS value FROM pg_class WHERE oid = 'users'::regclass";
            assert!(fixture.server.database().count(known).unwrap() >= 500);
        }
    }

    pub(super) async fn many_rows_come_in_chunks(backend: Backend) {
        let fixture = Fixture::new(backend).await;
        let many = fixture.file("many.ndjson", &rows(10_001));
        let text = fixture.import(&many, &[]).failed();
        assert!(
            text.contains("10001 rows at once") && text.contains("--chunked"),
            "{text}"
        );
        let users = || {
            let sql = format!(
                "SELECT count(*) AS value FROM users WHERE tenant_id = {}",
                fixture.tenant.id
            );
            fixture.server.database().count(&sql).unwrap()
        };
        assert_eq!(users(), 1);
        let present = UserFixture::active("u1050@x.io", Role::Viewer);
        fixture.tenant.user(present).await.unwrap();
        let file = fixture.file("some.ndjson", &rows(1_100));
        let text = fixture.import(&file, &["--chunked"]).failed();
        let told = [
            "1000 of 1100 rows are done",
            "line 1050: email is in the tenant already",
            "roster: 1 faults; the 1000 rows of the chunks before are imported",
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), told);
        assert_eq!(users(), 1_002);
        let ended = fixture.import(&file, &["--chunked", "--skip-existing"]);
        assert!(
            ended.stderr.contains("1100 of 1100 rows are done"),
            "{}",
            ended.stderr
        );
        assert_eq!(
            ended.succeeded(),
            "99 users and 0 groups imported, 1001 skipped\n"
        );
        assert_eq!(users(), 1_101);
    }
}
