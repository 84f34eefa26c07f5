//! No two admins who remove each other, or themselves, at the same moment leave a tenant without one.

use crate::harness::on_both;

on_both! {
    /// last-admin: each demotes the other.
    two_admins_demote_each_other

    /// last-admin: each deletes the other.
    two_admins_delete_each_other

    /// last-admin: one demotes, the other deletes.
    one_admin_demotes_and_the_other_deletes

    /// last-admin: each demotes itself.
    two_admins_demote_themselves

    /// last-admin: a pending or a deleted admin is none, and one without API access is one.
    only_active_admins_count
}

mod body {
    use crate::harness::{Answer, Api, Backend, TestServer, TestUser, UserFixture};
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use serde_json::json;
    use std::sync::Arc;

    const ROUNDS: usize = 40;

    #[derive(Clone, Copy)]
    enum Removal {
        Demote,
        Delete,
        DemoteOneself,
    }

    async fn remove(api: &Api, removal: Removal, other: &TestUser, oneself: &TestUser) -> Answer {
        let demote = async |id: i64| {
            let body = json!({"id": id, "user": {"role": "analyst"}});
            api.post("/users/change_user_role.json", body).await
        };
        match removal {
            Removal::Demote => demote(other.id.0).await,
            Removal::DemoteOneself => demote(oneself.id.0).await,
            Removal::Delete => api.delete(&format!("/users/{}.json", other.id.0)).await,
        }
    }

    /// On PostgreSQL each admin talks to a server of its own.
    async fn both_at_once(backend: Backend, removals: [Removal; 2]) {
        let first = TestServer::start(backend).await.unwrap();
        let second = match backend {
            Backend::Sqlite => None,
            Backend::Postgres => Some(TestServer::on(Arc::clone(first.database())).unwrap()),
        };
        let client = Api::anonymous(&first.base_url());
        for round in 0..ROUNDS {
            let tenant = first.tenant().await.unwrap();
            let ana = &tenant.admin;
            let bob = &tenant.user_with_key("bob@x.io", Role::Admin).await.unwrap();
            let apis = [
                client.with_server(&first.base_url(), &ana.key),
                client.with_server(&second.as_ref().unwrap_or(&first).base_url(), &bob.key),
            ];
            let mut calls = [
                (&apis[0], removals[0], bob, ana),
                (&apis[1], removals[1], ana, bob),
            ];
            if round % 2 == 1 {
                calls.reverse();
            }
            let [
                (api, removal, other, oneself),
                (api_2, removal_2, other_2, oneself_2),
            ] = calls;
            let (one, two) = tokio::join!(
                remove(api, removal, other, oneself),
                remove(api_2, removal_2, other_2, oneself_2),
            );
            let mut statuses = [one.status.as_u16(), two.status.as_u16()];
            statuses.sort_unstable();
            let texts = format!("round {round}: {} {}", one.text, two.text);
            assert_eq!(statuses[0], 200, "{texts}");
            // The other finds itself the last admin, or no admin any more where the first was quicker.
            assert!([401, 403, 422].contains(&statuses[1]), "{texts}");
            let left = first
                .database()
                .count(&format!(
                    "SELECT count(*) AS value FROM users WHERE tenant_id = {} AND role = 'admin'
                     AND activated_at IS NOT NULL AND deleted_at IS NULL",
                    tenant.id
                ))
                .unwrap();
            assert_eq!(left, 1, "{texts}");
        }
    }

    pub(super) async fn two_admins_demote_each_other(backend: Backend) {
        both_at_once(backend, [Removal::Demote, Removal::Demote]).await;
    }

    pub(super) async fn two_admins_delete_each_other(backend: Backend) {
        both_at_once(backend, [Removal::Delete, Removal::Delete]).await;
    }

    pub(super) async fn one_admin_demotes_and_the_other_deletes(backend: Backend) {
        both_at_once(backend, [Removal::Demote, Removal::Delete]).await;
        both_at_once(backend, [Removal::Delete, Removal::Demote]).await;
    }

    pub(super) async fn two_admins_demote_themselves(backend: Backend) {
        both_at_once(backend, [Removal::DemoteOneself, Removal::DemoteOneself]).await;
    }

    pub(super) async fn only_active_admins_count(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        for (email, status) in [("p@x.io", Status::Pending), ("d@x.io", Status::Deleted)] {
            let fixture = UserFixture::active(email, Role::Admin);
            tenant
                .user(UserFixture { status, ..fixture })
                .await
                .unwrap();
        }
        // Another tenant's admin does not help either.
        server.tenant().await.unwrap();
        let admin = tenant.admin.id.0;
        for role in ["analyst", "explorer", "business"] {
            for remove_groups in [false, true] {
                let body =
                    json!({"id": admin, "user": {"role": role, "remove_groups": remove_groups}});
                let refused = api
                    .post("/users/change_user_role.json", body)
                    .await
                    .expect(422);
                assert_eq!(refused.errors(), ["The last admin cannot be removed"]);
            }
        }
        let refused = api
            .delete(&format!("/users/{admin}.json"))
            .await
            .expect(422);
        assert_eq!(refused.errors(), ["You cannot delete yourself"]);
        // It stays one when its role is set to what it is.
        let body = json!({"id": admin, "user": {"role": "admin"}});
        api.post("/users/change_user_role.json", body)
            .await
            .expect(200);

        let off = UserFixture {
            allow_authentication_token: false,
            ..UserFixture::active("off@x.io", Role::Admin)
        };
        tenant.user(off).await.unwrap();
        let body = json!({"id": admin, "user": {"role": "analyst"}});
        api.post("/users/change_user_role.json", body)
            .await
            .expect(200);
        api.get("/users.json").await.expect(403);
    }
}
