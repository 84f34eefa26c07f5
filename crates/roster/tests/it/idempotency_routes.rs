//! Every POST of v1 and v2 may be sent again under a key.

use crate::harness::on_both;

on_both! {
    /// once: a walk over all routes, each answered twice and carried out once.
    every_post_may_be_sent_again
}

mod body {
    use crate::changes::start;
    use crate::harness::{Api, Backend, KeyFixture, Method, TestTenant, UserFixture, read};
    use crate::idempotency::{KEPT, is_replayed, post};
    use crate::stored::everything;
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use roster_server::http::route::Route;
    use roster_server::http::{v1, v2};
    use serde_json::{Value, json};

    /// A request to a route that can be done once at least, on rows of its own. A route that is new has to be added here.
    async fn request(route: &Route, tenant: &TestTenant, number: usize) -> (String, Value) {
        let user = async |state: &str, status: Status| {
            let fixture = UserFixture {
                status,
                ..UserFixture::active(&format!("{state}{number}@x.io"), Role::Analyst)
            };
            tenant.user(fixture).await.unwrap()
        };
        let active = user("active", Status::Active).await;
        let deleted = user("deleted", Status::Deleted).await;
        let pending = user("pending", Status::Pending).await;
        let group = tenant.group(&format!("Old {number}")).await.unwrap();
        let (id, body) = match route.pattern {
            "/users/invite" => {
                let email = format!("new{number}@x.io");
                (active, json!({"email": email, "role": "user"}))
            }
            "/api/v2/users/invite" => {
                let emails = [format!("new{number}@x.io")];
                (active, json!({"emails": emails, "role": "viewer"}))
            }
            "/users/restore" => (deleted, json!({"id": deleted})),
            "/users/change_user_role" => {
                let user = json!({"role": "explorer"});
                (active, json!({"id": active, "user": user}))
            }
            "/groups" | "/api/v2/groups" => {
                let name = format!("New {number}");
                (active, json!({"group": {"name": name}}))
            }
            "/api/v2/user_attributes" => {
                let attribute =
                    json!({"name": format!("a{number}"), "attribute_type": "string", "label": "A"});
                (active, json!({"user_attribute": attribute}))
            }
            "/api/v2/users/{id}/restore" => (deleted, Value::Null),
            "/users/{id}/resend_invite" | "/api/v2/users/{id}/resend_invite" => {
                (pending, Value::Null)
            }
            "/users/{id}/revoke_authentication_token"
            | "/api/v2/users/{id}/revoke_authentication_token" => {
                tenant.key(active, KeyFixture::Live).await.unwrap();
                (active, Value::Null)
            }
            "/api/v2/groups/{group_id}/add_user/{user_id}" => (active, Value::Null),
            "/api/v2/groups/{group_id}/remove_user/{user_id}" => {
                tenant.member(group, active).await.unwrap();
                (active, Value::Null)
            }
            other => panic!("{other} is missing here"),
        };
        let path = route
            .pattern
            .replace("{id}", &id.to_string())
            .replace("{group_id}", &group.to_string())
            .replace("{user_id}", &id.to_string());
        (path, body)
    }

    async fn is_refused_with_a_bad_key(api: &Api, path: &str, body: &Value) {
        for key in ["", "two words"] {
            let refused = post(api, key, path, body).await.expect(400);
            assert!(refused.text.contains("Idempotency-Key must be "), "{path}");
        }
        let twice = api
            .request(Method::POST, path)
            .header("Idempotency-Key", "a")
            .header("Idempotency-Key", "b");
        read(twice).await.expect(400);
    }

    pub(super) async fn every_post_may_be_sent_again(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let database = server.database();
        let routes = v1::ROUTES.iter().chain(v2::ROUTES);
        let mut walked = 0;
        for (number, route) in routes.filter(|route| route.method == "POST").enumerate() {
            let (path, body) = request(route, &tenant, number).await;
            let untouched = everything(database);
            is_refused_with_a_bad_key(&api, &path, &body).await;
            assert_eq!(everything(database), untouched, "{path}");

            let first = post(&api, &path, &path, &body).await;
            assert!(first.status.is_success(), "{path}: {}", first.text);
            assert!(!is_replayed(&first), "{path}");
            let done = everything(database);
            assert_ne!(done, untouched, "{path}");
            let again = post(&api, &path, &path, &body).await;
            assert!(is_replayed(&again), "{path}: {}", again.text);
            assert_eq!((again.status, &again.text), (first.status, &first.text));
            assert_eq!(everything(database), done, "{path}");

            walked += 1;
            assert_eq!(database.count(KEPT).unwrap(), walked, "{path}");
            // Without a key it is carried out, or refused as done before, and nothing is kept.
            let anew = api.send(Method::POST, &path, &body).await;
            assert!(!is_replayed(&anew), "{path}");
            assert_eq!(database.count(KEPT).unwrap(), walked, "{path}");
        }
        assert!(walked >= 13, "{walked} routes");
    }
}
