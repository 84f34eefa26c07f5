//! Restoring in v2.

use crate::harness::on_both;

on_both! {
    /// restore-exact: restoring brings back role, flags, settings and groups, as they are by then.
    a_restored_user_is_what_it_was
}

mod body {
    use crate::harness::{Backend, UserFixture};
    use crate::v2_calls::{found, invite, put, start, user};
    use roster_domain::role::Role;
    use serde_json::{Value, json};

    pub(super) async fn a_restored_user_is_what_it_was(backend: Backend) {
        let (_server, tenant, api) = start(backend).await;
        let mut groups = Vec::new();
        for name in ["Kept", "Renamed", "Deleted"] {
            groups.push(tenant.group(name).await.unwrap().0);
        }
        let active = tenant
            .user(UserFixture::active("ana@x.io", Role::Analyst))
            .await
            .unwrap()
            .0;
        invite(&api, &["bob@x.io"]).await;
        let pending = found(&api, "search_term=bob").await[0];
        for id in [active, pending] {
            let fields = json!({"name": "Ana", "title": "Dr", "job_title": "Chief", "role": "explorer",
                                "allow_authentication_token": true, "enable_export_data": true,
                                "settings": {"a": [1, null]}, "group_ids": groups});
            let mut expected = put(&api, id, fields).await.expect(200).json();
            let path = format!("/api/v2/users/{id}");
            api.delete(&path).await.expect(200);
            expected["is_deleted"] = json!(true);
            assert_eq!(user(&api, id).await, expected);
            api.post(&format!("{path}/restore"), Value::Null)
                .await
                .expect(200);
            expected["is_deleted"] = json!(false);
            assert_eq!(user(&api, id).await, expected);
            api.delete(&path).await.expect(200);
        }
        let members = api
            .get(&format!("/api/v2/groups/{}?include_users=true", groups[0]))
            .await;
        assert_eq!(members.expect(200).json()["group"]["user_ids"], json!([]));
        let body = json!({"group": {"name": "Another"}});
        api.put(&format!("/api/v2/groups/{}", groups[1]), body)
            .await
            .expect(200);
        api.delete(&format!("/api/v2/groups/{}", groups[2]))
            .await
            .expect(200);
        for id in [active, pending] {
            api.post(&format!("/api/v2/users/{id}/restore"), Value::Null)
                .await
                .expect(200);
            assert_eq!(user(&api, id).await["group_ids"], json!(groups[..2]));
        }
        let path = format!("/api/v2/groups/{}?include_users=true", groups[1]);
        let group = api.get(&path).await.expect(200).json()["group"].clone();
        assert_eq!(
            group,
            json!({"id": groups[1], "name": "Another", "user_ids": [active, pending]})
        );
        // The invitation's older link is dead; a new one can be sent.
        let again = format!("/api/v2/users/{pending}/resend_invite");
        api.post(&again, Value::Null).await.expect(200);
    }
}
