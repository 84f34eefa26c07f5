//! Walls around user attributes: between tenants, and between roles. Both walk the routes.

use crate::harness::on_both;

on_both! {
    /// tenant-wall: attributes, users and groups of another tenant are not there, and nothing of it changes.
    another_tenant_is_out_of_reach
    /// role-matrix: every route lets in whom the table lets in, and nobody else.
    every_route_keeps_to_the_table
}

mod body {
    use crate::attribute_requests::{
        ATTRIBUTES, UPSERT, add_user, create, group, manual, new_attribute, start, upsert, user,
    };
    use crate::harness::{Api, Backend, Method};
    use crate::stored::everything;
    use roster_domain::permission::{CredentialKind, Over, TABLE};
    use roster_domain::role::Role;
    use roster_server::http::route::Route;
    use roster_server::http::v2::ROUTES;
    use serde_json::{Value, json};

    fn routes() -> Vec<&'static Route> {
        let is_ours = |route: &&Route| route.pattern.starts_with("/api/v2/user_attribute");
        let routes: Vec<_> = ROUTES.iter().filter(is_ours).collect();
        assert_eq!(routes.len(), 8);
        routes
    }

    /// A request to a route that has nothing wrong with it but perhaps what it names. A route that is new has to be added
    /// here.
    fn request(route: &Route, attribute: i64, subject: &Value) -> (Method, String, Value) {
        let of = format!(
            "?subject_type={}&subject_id={}",
            subject["subject_type"].as_str().unwrap(),
            subject["subject_id"]
        );
        let (query, body) = match (route.method, route.pattern) {
            ("GET", "/api/v2/user_attributes" | "/api/v2/user_attributes/{id}")
            | ("DELETE", "/api/v2/user_attributes/{id}") => (String::new(), Value::Null),
            ("POST", ATTRIBUTES) => (String::new(), new_attribute("new", "string")),
            ("PUT", "/api/v2/user_attributes/{id}") => (
                String::new(),
                json!({"user_attribute": {"label": "Changed"}}),
            ),
            ("GET", _) => (of, Value::Null),
            ("PUT", UPSERT) => {
                let entries = [manual(subject, attribute, &["changed"])];
                (String::new(), json!({"user_attribute_entries": entries}))
            }
            other => panic!("{other:?} is missing here"),
        };
        let path = route.pattern.replace("{id}", &attribute.to_string());
        (route.method.parse().unwrap(), path + &query, body)
    }

    pub(super) async fn another_tenant_is_out_of_reach(backend: Backend) {
        let (server, other, their_admin) = start(backend).await;
        let theirs = create(&their_admin, "region", "string").await;
        let their_user = user(add_user(&other, "ana@x.io").await);
        let their_group = group(other.group("Capital").await.unwrap().0);
        for subject in [&their_user, &their_group] {
            upsert(&their_admin, &[manual(subject, theirs, &["eu"])])
                .await
                .expect(200);
        }
        let own = server.tenant().await.unwrap();
        let api = Api::admin(&server, &own);
        let ours = create(&api, "city", "string").await;
        let own_user = user(own.admin.id.0);
        let rows = || everything(server.database());
        let before = rows();
        let mut refused = 0;
        for route in routes() {
            let names_attribute = route.pattern.contains("{id}") || route.pattern == UPSERT;
            let names_subject = route.pattern.contains("entries");
            for (attribute, subject) in [
                (theirs, &own_user),
                (theirs, &their_user),
                (ours, &their_user),
                (ours, &their_group),
            ] {
                if (names_attribute && attribute == theirs)
                    || (names_subject && *subject != own_user)
                {
                    let (method, path, body) = request(route, attribute, subject);
                    let answer = api.send(method, &path, &body).await;
                    let status = if route.pattern == UPSERT { 422 } else { 404 };
                    let text = answer.expect(status).text;
                    assert!(
                        !text.contains("region") && !text.contains("\"eu\""),
                        "{text}"
                    );
                    assert_eq!(rows(), before, "{path}");
                    refused += 1;
                }
            }
        }
        // Three routes by the attribute, two by the subject, and one by either.
        assert_eq!(refused, 3 * 2 + 2 * 3 + 4);
        let mut by_name = manual(&own_user, ours, &["eu"]);
        by_name.as_object_mut().unwrap().remove("user_attribute_id");
        by_name["user_attribute_name"] = json!("region");
        upsert(&api, &[by_name]).await.expect(422);
        let list = api.get(ATTRIBUTES).await.expect(200).json();
        let list = list["user_attributes"].as_array().unwrap();
        let names: Vec<_> = list.iter().map(|a| a["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["h_email", "h_name", "h_role", "city"]);
        assert_eq!(rows(), before);
    }

    pub(super) async fn every_route_keeps_to_the_table(backend: Backend) {
        let (server, tenant, admin) = start(backend).await;
        let ana = user(add_user(&tenant, "ana@x.io").await);
        let nobody = Api::anonymous(&server.base_url());
        for role in Role::ALL {
            let email = format!("{}@x.io", role.as_str());
            let actor = tenant.user_with_key(&email, role).await.unwrap();
            let api = admin.with_server(&server.base_url(), &actor.key);
            for route in routes() {
                let attribute = create(&admin, &format!("{role:?} {route:?}"), "string").await;
                let row = TABLE.iter().find(|row| row.action == route.action).unwrap();
                let is_allowed = row.over(role, CredentialKind::ApiKey) == Over::Everyone;
                let (method, path, body) = request(route, attribute, &ana);
                let before = everything(server.database());
                nobody.send(method.clone(), &path, &body).await.expect(401);
                if is_allowed {
                    api.send(method, &path, &body).await.expect(200);
                } else {
                    let refused = api.send(method.clone(), &path, &body).await.expect(403);
                    assert_eq!(refused.json()["type"], "PermissionDeniedError");
                    // What is wrong with the rest is told to those only who may.
                    api.send(method, &path, &json!({"x": 1})).await.expect(403);
                    let after = everything(server.database());
                    assert_eq!(after, before, "{path} by {role:?}");
                }
            }
        }
    }
}
