//! Names, titles and messages: kept as typed, or refused.

use crate::harness::on_both;

on_both! {
    /// world-names: names are kept as typed through invite, list, get and update.
    names_are_kept_as_typed

    /// world-names: NUL and control characters are refused, and change nothing.
    control_characters_are_refused
}

mod body {
    use crate::harness::{Answer, Api, Backend, TestServer, read};
    use crate::stored::{everything, user_of};
    use reqwest::Method;
    use serde_json::json;

    async fn look_up(api: &Api, path: &str, email: &str) -> Answer {
        let request = api.request(Method::GET, path).query(&[("email", email)]);
        read(request).await
    }

    async fn get(api: &Api, email: &str) -> Answer {
        look_up(api, "/users/get_user.json/", email).await
    }

    const NAMES: &[&str] = &[
        "O'Brien",
        "Nguyễn Văn An",
        "Łukasz",
        "Ольга",
        "محمد",
        "李雷",
        "👩‍🚀 Zoë 🏳️‍🌈",
        "‏שלום עולם",
        "e\u{301}lan",
        "ﬁ ＦＵＬＬ",
        "Robert'); DROP TABLE users;--",
        "a\\b \"c\" %d_ {e} <f> & \u{a0}g",
        "İstanbul ß ǅ",
    ];

    pub(super) async fn names_are_kept_as_typed(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let long = "ö".repeat(200);
        let longest = "𝒜".repeat(255);
        let mut kept: Vec<(&str, &str)> = NAMES.iter().map(|name| (*name, *name)).collect();
        kept.extend([(long.as_str(), long.as_str()), (&longest, &longest)]);
        kept.extend([(" José ", "José"), ("\u{3000}李\u{3000}", "李")]);
        for (number, (typed, name)) in kept.iter().enumerate() {
            let email = format!("u{number}@x.io");
            let body = json!({"name": typed, "email": email, "role": "user", "message": typed});
            api.post("/users/invite.json", body).await.expect(200);
            let list = api.get("/users.json").await.expect(200).json();
            let user = user_of(&list, &email);
            assert_eq!(user["name"], *name);
            assert_eq!(get(&api, &email).await.expect(200).json()["name"], *name);
            let message = server
                .database()
                .query(&format!(
                    "SELECT message AS value FROM outbox WHERE user_id = {}",
                    user["id"]
                ))
                .unwrap();
            assert_eq!(message, [*name]);

            let path = format!("/users/{}.json", user["id"]);
            let changes = json!({"name": "x", "title": typed});
            api.patch(&path, changes).await.expect(200);
            let found = get(&api, &email).await.expect(200).json();
            assert_eq!(
                (&found["name"], &found["title"]),
                (&json!("x"), &json!(name))
            );
            api.patch(&path, json!({"name": typed})).await.expect(200);
            let found = get(&api, &email).await.expect(200).json();
            assert_eq!(
                (&found["name"], &found["title"]),
                (&json!(name), &json!(name))
            );

            let group = api
                .post("/groups.json", json!({"group": {"name": typed}}))
                .await;
            assert_eq!(group.expect(200).json()["name"], *name);
            let groups = api.get("/groups.json").await.expect(200).json();
            assert_eq!(groups[number]["name"], *name);
        }
    }

    pub(super) async fn control_characters_are_refused(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let group = tenant.group("Capital").await.unwrap().0;
        let before = everything(server.database());
        let admin = format!("/users/{}.json", tenant.admin.id.0);
        for c in [
            '\0', '\u{1}', '\u{8}', '\n', '\t', '\u{1b}', '\u{7f}', '\u{85}', '\u{9b}',
        ] {
            let text = format!("a{c}b");
            let text = text.as_str();
            let body = json!({"name": text, "email": "ana@x.io", "role": "user"});
            let refused = [
                ("name", api.post("/users/invite.json", body).await),
                ("name", api.patch(&admin, json!({"name": text})).await),
                ("title", api.patch(&admin, json!({"title": text})).await),
                (
                    "user.title",
                    api.patch(&admin, json!({"user": {"title": text}})).await,
                ),
                (
                    "group.name",
                    api.post("/groups.json", json!({"group": {"name": text}}))
                        .await,
                ),
                (
                    "group.name",
                    api.put(
                        &format!("/groups/{group}.json"),
                        json!({"group": {"name": text}}),
                    )
                    .await,
                ),
            ];
            for (field, answer) in refused {
                let text = format!("{field} must not contain control characters");
                assert_eq!(answer.expect(422).errors(), [text], "{c:?}");
            }
        }
        for c in ['\0', '\u{1b}', '\u{7f}'] {
            let body = json!({"email": "ana@x.io", "role": "user", "message": format!("a{c}b")});
            let answer = api.post("/users/invite.json", body).await.expect(422);
            assert_eq!(
                answer.errors(),
                ["message must not contain control characters"]
            );
        }
        // Half a surrogate pair is no text at all.
        let request = api
            .request(Method::POST, "/users/invite.json")
            .header("Content-Type", "application/json")
            .body(r#"{"name": "a\ud800b", "email": "ana@x.io", "role": "user"}"#);
        read(request).await.expect(400);
        assert_eq!(everything(server.database()), before);
    }
}
