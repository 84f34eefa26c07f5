//! Secrets: what is kept of a key, and what the log says of a request.

use crate::harness::on_both;

on_both! {
    /// at-rest: no table holds a key in a form that can be used.
    no_table_holds_a_key
    /// at-rest: the log holds neither keys nor addresses nor bodies, whatever the level of the server's own.
    the_log_holds_no_secrets
}

mod body {
    use crate::harness::{Api, Backend, Method, TestDatabase, TestServer, read};
    use crate::leaks::{holds_none, usable};
    use crate::logged_server::LoggedServer;
    use crate::program::{roster, run};
    use crate::raw::Raw;
    use crate::rows;
    use roster_domain::credential::ApiKey;
    use roster_domain::role::Role;
    use serde_json::json;

    /// What a command prints, without the line's end.
    fn printed(database: &TestDatabase, arguments: &[&str]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let mut command = roster(folder.path());
        let command = command
            .args(arguments)
            .args(["--database-url", database.url()]);
        run(command).succeeded().trim_end().to_owned()
    }

    pub(super) async fn no_table_holds_a_key(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let database = server.database();
        let by_command = printed(
            database,
            &[
                "bootstrap",
                "--tenant",
                "Acme",
                "--admin-email",
                "ana@x.io",
                "--admin-name",
                "Ana",
            ],
        );
        let with_label = printed(
            database,
            &[
                "keys",
                "create",
                "--email",
                "ana@x.io",
                "--label",
                "laptop",
                "--expires",
                "9",
            ],
        );
        let tenant = server.tenant().await.unwrap();
        let user = tenant.user_with_key("a@x.io", Role::Admin).await.unwrap();
        let keys = [&by_command, &with_label, &tenant.admin.key, &user.key];
        for key in keys {
            assert_eq!(key.len(), 53);
            let api = Api::new(&server.base_url(), key);
            let invite = json!({"email": format!("{}@x.io", &key[4..10]), "role": "user"});
            api.post("/users/invite.json", invite).await.expect(200);
        }
        let admin = Api::admin(&server, &tenant);
        let path = format!("/users/{}", user.id);
        admin.delete(&format!("{path}.json")).await.expect(200);

        let dump = rows::dump(backend, database, None).join("\n");
        // What is shown of a key is there, so the search looks in the right place.
        assert!(dump.contains(&by_command[..ApiKey::DISPLAYED]), "{dump}");
        for key in keys {
            holds_none(&dump, &usable(key));
        }
        if backend == Backend::Sqlite {
            in_no_file(database, &keys);
        }
    }

    /// Pages that are no longer in use, and the journal, are part of what an attacker reads.
    fn in_no_file(database: &TestDatabase, keys: &[&String]) {
        let path = database.url().strip_prefix("sqlite://").unwrap();
        for end in ["", "-wal"] {
            let bytes = std::fs::read(format!("{path}{end}")).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            for key in keys {
                holds_none(&text, &usable(key));
            }
        }
    }

    pub(super) async fn the_log_holds_no_secrets(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        for (filter, format) in [
            ("roster_server=trace,info", "text"),
            ("roster_server=trace,debug", "json"),
            ("trace", "text"),
        ] {
            let process = LoggedServer::start(server.database(), filter, format).await;
            let admin = Api::new(process.base_url(), &tenant.admin.key);
            let secrets = ask(&admin, process.base_url(), &tenant.admin.key).await;
            let log = process.log();
            assert!(log.contains("roster_server::sql"), "{log}");
            assert!(log.contains("/users/{id}"), "{log}");
            holds_none(&log, &secrets);
        }
    }

    /// Asks in all the ways that could leave something in a log, and says what should not be there.
    async fn ask(admin: &Api, base_url: &str, key: &str) -> Vec<String> {
        let secret = |name: &str| format!("secret{name}");
        for path in ["/users.json", "/users/info.json", "/groups.json"] {
            admin.get(path).await.expect(200);
        }
        let address = "secretaddress@x.io";
        let found = format!("/users/get_user.json?email={address}");
        admin.get(&found).await;
        let invite = json!({
            "email": address, "role": "viewer", "name": secret("name"), "message": secret("message"),
        });
        // The second time it is there already.
        admin.post("/users/invite.json", invite.clone()).await;
        admin.post("/users/invite.json", invite).await.expect(422);
        admin.get(&found).await.expect(200);
        admin.get("/users/secretpath%40x.io.json").await.expect(405);
        admin
            .delete("/users/secretpath@x.io.json")
            .await
            .expect(404);
        admin.get("/secretroute").await.expect(404);
        admin
            .get("/users/check_holistics_user.json?email=secretquery")
            .await
            .expect(422);
        let wrong = json!({"group": {"name": ["secretvalue"]}, "secretfield": 1});
        admin.post("/groups.json", wrong.clone()).await.expect(422);
        admin.patch("/users/1.json", wrong).await;
        let request = admin.request(Method::POST, "/groups.json");
        read(request.body("{\"secretsyntax\": ")).await.expect(400);
        let stranger = Api::new(base_url, "rst_secretkey");
        stranger.get("/users.json").await.expect(401);
        let query = format!("/users.json?_utoken={key}");
        Api::anonymous(base_url).get(&query).await.expect(401);
        let bearer = Api::anonymous(base_url).request(Method::GET, "/users.json");
        let bearer = bearer.header("Authorization", format!("Bearer {key}"));
        read(bearer.header("Cookie", "secretcookie=1"))
            .await
            .expect(200);
        for noise in [
            format!("GET /secretnoise HTTP/9.9\r\nX-Holistics-Key: {key}\r\n\r\n"),
            format!("GET /users.json HTTP/1.1\r\nX-Holistics-Key {key}\r\n\r\n"),
            format!(
                "POST /groups.json HTTP/1.1\r\nHost: x\r\nX-Holistics-Key: {key}\r\nContent-Length: 99\r\n\r\n{{\"secretcut"
            ),
        ] {
            let mut client = Raw::connect(base_url).await;
            client.send(noise).await;
            client.finish_sending().await;
            client.read_to_end().await;
        }
        let mut secrets = usable(key);
        secrets.extend(
            [
                "address", "name", "message", "path", "route", "query", "value", "field", "syntax",
                "key", "cookie", "noise", "cut",
            ]
            .map(secret),
        );
        secrets
    }
}
