//! Invitations of v2: several at once, all or nobody, and those that are sent again.

use crate::harness::on_both;

on_both! {
    /// The invited are there at once, as they were invited.
    invited_users_are_there_at_once
    /// atomic: one bad address, and nobody is invited; each is named with its reason.
    one_bad_address_and_nobody_is_invited
    /// What is sent to a user who is no longer pending is refused.
    only_pending_users_are_invited_again
}

mod body {
    use crate::harness::{Backend, Method, UserFixture, read};
    use crate::v2_calls::{all_rows, found, invite, refused, start};
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use serde_json::{Value, json};

    pub(super) async fn invited_users_are_there_at_once(backend: Backend) {
        let (_server, tenant, api) = start(backend).await;
        let group = tenant.group("Capital").await.unwrap();
        let body = json!({
            "emails": ["Ana@x.io", "bob@x.io", "ANA@X.IO"], "role": "explorer", "message": "Hello",
            "allow_authentication_token": true, "enable_export_data": true, "group_ids": [group, group],
        });
        let answer = api.post("/api/v2/users/invite", body).await.expect(200);
        let job = answer.json()["job"].clone();
        assert!(job["id"].is_i64());
        assert_eq!(
            (&job["status"], &job["existing_job_id"]),
            (&json!("queued"), &Value::Null)
        );
        let page = api.get("/api/v2/users?limit=100").await.expect(200).json();
        let users = page["users"].as_array().unwrap();
        assert_eq!(users.len(), 3);
        for (user, email) in users[1..].iter().zip(["Ana@x.io", "bob@x.io"]) {
            let expected = json!({
                "id": user["id"], "email": email, "name": null, "initials": user["initials"], "role": "explorer",
                "is_deleted": false, "is_activated": false, "has_authentication_token": false,
                "allow_authentication_token": true, "enable_export_data": true, "current_sign_in_at": null,
                "last_sign_in_at": null, "created_at": "2026-01-01T00:00:00.000Z", "title": null,
                "job_title": null, "settings": {}, "group_ids": [group],
            });
            assert_eq!(*user, expected);
        }
        let capital = json!({group.to_string(): {"id": group, "name": "Capital"}});
        assert_eq!(page["groups"], capital);
        let most: Vec<String> = (0..50).map(|number| format!("u{number}@x.io")).collect();
        let most: Vec<&str> = most.iter().map(String::as_str).collect();
        invite(&api, &most).await;
        assert_eq!(found(&api, "limit=100").await.len(), 53);
    }

    pub(super) async fn one_bad_address_and_nobody_is_invited(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        for (email, status) in [
            ("taken@x.io", Status::Active),
            ("gone@x.io", Status::Deleted),
        ] {
            let fixture = UserFixture::active(email, Role::Viewer);
            tenant
                .user(UserFixture { status, ..fixture })
                .await
                .unwrap();
        }
        let before = all_rows(&server);
        let malformed = "must be an e-mail address, such as ana@example.com";
        let body = json!({"role": "user", "emails": ["new@x.io", "x", "TAKEN@x.io", "a@b", "x", "gone@x.io"]});
        let answer = api.post("/api/v2/users/invite", body).await;
        let text = "Some addresses cannot be invited; nobody was";
        refused(&answer, 422, "InvalidEmailsInvitationError", text);
        let data = json!([
            {"email": "x", "reason": malformed},
            {"email": "a@b", "reason": malformed},
            {"email": "TAKEN@x.io", "reason": "is already a user"},
            {"email": "gone@x.io", "reason": "is already a user"},
        ]);
        assert_eq!(answer.json()["data"], data);
        let many: Vec<String> = (0..51).map(|number| format!("u{number}@x.io")).collect();
        for (body, record) in [
            (
                json!({}),
                json!({"emails": ["is required"], "role": ["is required"]}),
            ),
            (
                json!({"emails": [], "role": "user"}),
                json!({"emails": ["must name somebody"]}),
            ),
            (
                json!({"emails": many, "role": "user"}),
                json!({"emails": ["must have at most 50 different addresses"]}),
            ),
            (
                json!({"emails": "a@x.io", "role": "growth_admin", "name": "Ana"}),
                json!({
                    "emails": ["must be an array of strings"],
                    "role": ["must be one of admin, analyst, explorer, viewer, user, business, business_user"],
                    "name": ["is not a known field"],
                }),
            ),
            (
                json!({"emails": ["a@x.io"], "role": "user", "group_ids": [4711]}),
                json!({"group_ids": ["must be ids of groups that there are"]}),
            ),
            (
                json!({"emails": ["a@x.io"], "role": "user", "message": "m".repeat(2_001)}),
                json!({"message": ["must have at most 2000 characters"]}),
            ),
        ] {
            let answer = api.post("/api/v2/users/invite", body).await.expect(422);
            assert_eq!(answer.fault().0, "RecordError");
            assert_eq!(answer.json()["record"], record);
        }
        assert_eq!(all_rows(&server), before);
    }

    pub(super) async fn only_pending_users_are_invited_again(backend: Backend) {
        let (_server, tenant, api) = start(backend).await;
        let ana = UserFixture::active("ana@x.io", Role::Viewer);
        let ana = tenant.user(ana).await.unwrap();
        // Without a body and without a `Content-Type`, as the original's client sends it.
        let again = async |id: i64| {
            let path = format!("/api/v2/users/{id}/resend_invite");
            read(api.request(Method::POST, &path)).await
        };
        refused(
            &again(ana.0).await,
            422,
            "InvalidOperationError",
            "Unable to locate invitation",
        );
        refused(&again(4711).await, 404, "BaseError", "Resource not found");
        let first = invite(&api, &["bob@x.io"]).await;
        let bob = found(&api, "search_term=bob").await[0];
        let job = again(bob).await.expect(200).json()["job"].clone();
        assert_eq!(job["status"], "queued");
        assert!(job["id"].as_i64() > first["id"].as_i64());
    }
}
