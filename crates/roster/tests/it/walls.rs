//! Walls: between tenants, and between roles. Both walk all routes.

use crate::harness::on_both;

on_both! {
    /// tenant-wall: every route with an id or an address of another tenant finds nothing and changes nothing.
    another_tenant_is_out_of_reach
    /// tenant-wall: lists and the key's own user are those of the tenant.
    lists_end_at_the_wall
    /// role-matrix: every route lets in whom the table lets in, over whom it says, and nobody else.
    every_route_keeps_to_the_table
}

mod body {
    use crate::harness::{Api, Backend, Method, TestServer, TestTenant, TestUser, UserFixture};
    use crate::rows;
    use roster_domain::id::{GroupId, UserId};
    use roster_domain::permission::{CredentialKind, Over, TABLE};
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use roster_server::http::route::Route;
    use roster_server::http::v1::ROUTES;
    use roster_server::http::{account, v2};
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    /// What a request is about.
    #[derive(Clone, Copy)]
    struct Named<'a> {
        user: UserId,
        email: &'a str,
        group: GroupId,
    }

    /// A request to a route that has nothing wrong with it but perhaps what it names. A route that is new has
    /// to be added here.
    fn request(route: &Route, named: Named<'_>) -> (Method, String, Value) {
        let Named { user, email, group } = named;
        let body = match (route.method, route.pattern) {
            ("POST", "/users/invite") => json!({"email": "new@x.io", "role": "viewer"}),
            ("POST", "/users/restore") => json!({"id": user}),
            ("POST", "/users/change_user_role") => {
                json!({"id": user, "user": {"role": "explorer", "remove_groups": true}})
            }
            ("PATCH", "/users/{id}") => {
                json!({"allow_authentication_token": false, "name": "Changed"})
            }
            ("POST", "/groups") => json!({"group": {"name": "New"}}),
            ("PUT", "/groups/{id}") => json!({"group": {"name": "Changed"}}),
            ("GET", "/users" | "/user" | "/users/info" | "/groups")
            | ("GET", "/users/check_holistics_user" | "/users/get_user")
            | ("POST", "/users/{id}/resend_invite" | "/users/{id}/revoke_authentication_token")
            | ("DELETE", "/users/{id}" | "/groups/{id}")
            | ("PUT" | "DELETE", "/groups/{group_id}/user/{user_id}") => Value::Null,
            other => panic!("{other:?} is missing here"),
        };
        let id = if route.pattern.starts_with("/groups") {
            group.to_string()
        } else {
            user.to_string()
        };
        let path = route
            .pattern
            .replace("{id}", &id)
            .replace("{group_id}", &group.to_string())
            .replace("{user_id}", &user.to_string());
        let query = match route.pattern {
            "/users/check_holistics_user" | "/users/get_user" => format!("?email={email}"),
            _ => String::new(),
        };
        let method = route.method.parse().unwrap();
        (method, format!("{path}{query}"), body)
    }

    /// The routes that name a row.
    fn names_a_row(route: &Route) -> bool {
        route.pattern.contains('{')
            || [
                "/users/restore",
                "/users/change_user_role",
                "/users/check_holistics_user",
                "/users/get_user",
            ]
            .contains(&route.pattern)
    }

    /// A user in each state, with keys, each in a group.
    async fn populate(tenant: &TestTenant, domain: &str) -> (Vec<(UserId, String)>, GroupId) {
        let group = tenant.group("Capital").await.unwrap();
        let mut users = vec![(tenant.admin.id, tenant.admin.email.clone())];
        for status in [Status::Active, Status::Pending, Status::Deleted] {
            let email = format!("{status:?}@{domain}").to_lowercase();
            let user = UserFixture {
                status,
                name: Some("Ana".to_owned()),
                ..UserFixture::active(&email, Role::Analyst)
            };
            let id = tenant.user(user).await.unwrap();
            tenant.member(group, id).await.unwrap();
            users.push((id, email));
        }
        (users, group)
    }

    pub(super) async fn another_tenant_is_out_of_reach(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let (own, other) = (
            server.tenant().await.unwrap(),
            server.tenant().await.unwrap(),
        );
        let (own_users, own_group) = populate(&own, "own.io").await;
        let (other_users, other_group) = populate(&other, "other.io").await;
        let api = Api::admin(&server, &own);
        let rows = || rows::dump(backend, server.database(), Some(other.id.0));
        let before = rows();
        // A tenant, its admin with a key, three users with a membership each, a group.
        assert!(before.len() >= 11, "{before:?}");
        let mut refused = 0;
        for route in ROUTES.iter().filter(|route| names_a_row(route)) {
            for (user, email) in &other_users[1..] {
                let theirs = Named {
                    user: *user,
                    email,
                    group: other_group,
                };
                let mut named = vec![theirs];
                if route.pattern.contains("{group_id}") {
                    let (user, email) = &own_users[1];
                    named.push(Named {
                        group: own_group,
                        ..theirs
                    });
                    named.push(Named {
                        user: *user,
                        email,
                        ..theirs
                    });
                }
                for named in named {
                    let (method, path, body) = request(route, named);
                    let answer = api.send(method, &path, &body).await;
                    if route.pattern == "/users/check_holistics_user" {
                        assert_eq!(answer.expect(200).json(), json!({"is_already_user": false}));
                    } else {
                        let answer = answer.expect(404);
                        assert_eq!(answer.errors(), ["Resource not found"], "{path}");
                    }
                    assert_eq!(rows(), before, "{path}");
                    refused += 1;
                }
            }
        }
        assert_eq!(refused, 3 * (12 + 2 * 2), "routes that name a row");
        // What is taken there is free here.
        let (_, email) = &other_users[1];
        let invite = json!({"email": email, "role": "viewer"});
        api.post("/users/invite.json", invite).await.expect(200);
        assert_eq!(rows(), before);
    }

    pub(super) async fn lists_end_at_the_wall(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let (own, other) = (
            server.tenant().await.unwrap(),
            server.tenant().await.unwrap(),
        );
        populate(&other, "other.io").await;
        let (own_users, own_group) = populate(&own, "own.io").await;
        populate(&server.tenant().await.unwrap(), "third.io").await;
        let api = Api::admin(&server, &own);
        let users = api.get("/users.json").await.expect(200);
        assert!(!users.text.contains("other.io") && !users.text.contains("third.io"));
        let ids: Vec<i64> = users
            .json()
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["id"].as_i64().unwrap())
            .collect();
        let own_ids: Vec<i64> = own_users.iter().map(|(id, _)| id.0).collect();
        assert_eq!(ids, own_ids);
        for user in users.json().as_array().unwrap() {
            for group in user["groups"].as_array().unwrap() {
                assert_eq!(group["tenant_id"], own.id.0);
            }
        }
        let groups = api.get("/groups.json").await.expect(200).json();
        // Of the three members one is deleted.
        assert_eq!(
            groups,
            json!([{"id": own_group, "name": "Capital", "num_user": 2}])
        );
        let info = api.get("/users/info.json").await.expect(200).json();
        assert_eq!(info["id"], own.admin.id.0);
    }

    pub(super) async fn every_route_keeps_to_the_table(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let mut reached = BTreeSet::new();
        for route in ROUTES {
            let row = TABLE.iter().find(|row| row.action == route.action).unwrap();
            reached.insert(row.action);
            for role in Role::ALL {
                for is_self in [true, false] {
                    let tenant = server.tenant().await.unwrap();
                    let actor = tenant.user_with_key("actor@x.io", role).await.unwrap();
                    let other = tenant.user_with_key("other@x.io", role).await.unwrap();
                    let over = row.over(role, CredentialKind::ApiKey);
                    let is_allowed = match over {
                        Over::Nobody => false,
                        Over::Everyone => true,
                        // Who names nobody means oneself.
                        Over::Oneself => is_self || !names_a_row(route),
                    };
                    let subject = if is_self { &actor } else { &other };
                    keeps(
                        backend,
                        &server,
                        &tenant,
                        route,
                        (&actor, subject),
                        is_allowed,
                    )
                    .await;
                }
            }
        }
        let elsewhere: BTreeSet<_> = [account::ROUTES, v2::ROUTES]
            .concat()
            .iter()
            .map(|route| route.action)
            .filter(|action| !reached.contains(action))
            .collect();
        let by_key: BTreeSet<_> = TABLE
            .iter()
            .filter(|row| row.credentials.contains(&CredentialKind::ApiKey))
            .map(|row| row.action)
            .filter(|action| !elsewhere.contains(action))
            .collect();
        assert_eq!(reached, by_key);
    }

    async fn keeps(
        backend: Backend,
        server: &TestServer,
        tenant: &TestTenant,
        route: &Route,
        (actor, subject): (&TestUser, &TestUser),
        is_allowed: bool,
    ) {
        let group = tenant.group("Capital").await.unwrap();
        let named = Named {
            user: subject.id,
            email: &subject.email,
            group,
        };
        let (method, path, body) = request(route, named);
        let rows = || rows::dump(backend, server.database(), Some(tenant.id.0));
        let before = (!is_allowed).then(rows);
        let api = Api::new(&server.base_url(), &actor.key);
        let answer = api.send(method, &path, &body).await;
        let what = format!("{} {path} by {actor:?} about {subject:?}", route.method);
        if is_allowed {
            // That a rule is broken, as by deleting oneself, is said to those only who may.
            assert!(
                [200, 422].contains(&answer.status.as_u16()),
                "{what}: {}",
                answer.text
            );
            return;
        }
        assert_eq!(answer.status, 403, "{what}: {}", answer.text);
        assert_eq!(
            answer.errors(),
            ["You do not have permission to perform this action"]
        );
        assert_eq!(Some(rows()), before, "{what}");
    }
}
