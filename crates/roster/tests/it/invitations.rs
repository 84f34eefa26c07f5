//! Invitations and the mails queued for them.

use crate::harness::on_both;

on_both! {
    /// A fresh invitation kills the older ones, and says what the first said.
    resending_replaces_the_queued_mail

    /// at-rest: a mail to be sent holds neither link nor token.
    the_outbox_holds_no_link
}

mod body {
    use crate::harness::{Api, Backend, TestServer};
    use crate::stored::{everything, rows, user_of};
    use serde_json::{Value, json};

    pub(super) async fn resending_replaces_the_queued_mail(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        for (email, message) in [
            ("ana@x.io", json!("Hello,\nwelcome")),
            ("bob@x.io", json!(null)),
        ] {
            let body = json!({"email": email, "role": "user", "message": message});
            api.post("/users/invite.json", body).await.expect(200);
        }
        let list = api.get("/users.json").await.expect(200).json();
        let (ana, bob) = (
            &user_of(&list, "ana@x.io")["id"],
            &user_of(&list, "bob@x.io")["id"],
        );
        server.advance_seconds(5);
        for (user, times) in [(ana, 2), (bob, 1)] {
            for _ in 0..times {
                let path = format!("/users/{user}/resend_invite.json");
                let resent = api.post(&path, Value::Null).await.expect(200);
                assert_eq!(resent.json(), json!({"status": "ok"}));
            }
        }
        let columns = ["user_id", "generation", "status", "message"];
        let mail = |user: &Value, generation: i64, status: &str, message: Value| json!({"user_id": user, "generation": generation, "status": status, "message": message});
        assert_eq!(
            rows(server.database(), &columns, "outbox", "user_id, id"),
            [
                mail(ana, 1, "cancelled", json!("Hello,\nwelcome")),
                mail(ana, 2, "cancelled", json!("Hello,\nwelcome")),
                mail(ana, 3, "queued", json!("Hello,\nwelcome")),
                mail(bob, 1, "cancelled", json!(null)),
                mail(bob, 2, "queued", json!(null)),
            ]
        );
        let generations = rows(
            server.database(),
            &["id", "invitation_generation"],
            "users WHERE activated_at IS NULL",
            "id",
        );
        assert_eq!(
            generations,
            [
                json!({"id": ana, "invitation_generation": 3}),
                json!({"id": bob, "invitation_generation": 2}),
            ]
        );
        // What is sent already is not called back.
        server
            .database()
            .execute("UPDATE outbox SET status = 'sent' WHERE status = 'queued'")
            .unwrap();
        api.post(&format!("/users/{bob}/resend_invite.json"), Value::Null)
            .await
            .expect(200);
        let statuses = rows(
            server.database(),
            &["status"],
            &format!("outbox WHERE user_id = {bob}"),
            "id",
        );
        assert_eq!(
            statuses,
            [
                json!({"status": "cancelled"}),
                json!({"status": "sent"}),
                json!({"status": "queued"})
            ]
        );
    }

    pub(super) async fn the_outbox_holds_no_link(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let body = json!({"email": "ana@x.io", "role": "user", "message": "Hello"});
        api.post("/users/invite.json", body).await.expect(200);
        let rows: Vec<String> = everything(server.database())
            .into_iter()
            .filter(|row| row.starts_with("outbox "))
            .collect();
        assert_eq!(rows.len(), 1);
        // Nothing in it is random: every value is known here.
        let columns = [
            "tenant_id",
            "user_id",
            "kind",
            "generation",
            "sender_id",
            "message",
            "status",
            "created_at",
        ];
        let row = crate::stored::rows(server.database(), &columns, "outbox", "id").remove(0);
        let list = api.get("/users.json").await.expect(200).json();
        assert_eq!(
            row,
            json!({"tenant_id": tenant.id, "user_id": user_of(&list, "ana@x.io")["id"],
                   "kind": "invitation", "generation": 1, "sender_id": tenant.admin.id, "message": "Hello",
                   "status": "queued", "created_at": TestServer::EPOCH_MICROS})
        );
        for sign in ["http", "token", "rst_", "/accept"] {
            assert!(!rows[0].contains(sign), "{}", rows[0]);
        }
    }
}
