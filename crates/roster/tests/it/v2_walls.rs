//! Walls of v2: between tenants, and between roles. Both walk its routes.

use crate::harness::on_both;

on_both! {
    /// tenant-wall: every route with ids of another tenant finds nothing and changes nothing.
    another_tenant_is_out_of_reach
    /// tenant-wall: lists are the tenant's, and ids of another tenant are left out of them.
    lists_end_at_the_wall
    /// role-matrix: every route lets in whom the table lets in, over whom it says, and nobody else.
    every_route_keeps_to_the_table
    /// role-matrix: no session reaches a route of v2, and none gets in the way of a key.
    v2_looks_at_no_cookie
    /// last-admin: neither a PUT nor a DELETE takes the last admin, and of two who remove each other one remains.
    two_admins_remove_each_other
}

mod body {
    use crate::caller::{Caller, servers};
    use crate::harness::{Answer, Api, Backend, Method, TestTenant, TestUser, UserFixture};
    use crate::rows;
    use crate::v2_calls::{all_rows, found, invite, put, start};
    use roster_domain::permission::{CredentialKind, Over, TABLE};
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use roster_server::http::route::Route;
    use roster_server::http::v2::ROUTES;
    use serde_json::{Value, json};

    /// All routes but those of user attributes, which name other rows: `attribute_walls` walks them.
    fn routes() -> impl Iterator<Item = &'static Route> {
        let is_elsewhere = |route: &&Route| route.pattern.starts_with("/api/v2/user_attribute");
        ROUTES.iter().filter(move |route| !is_elsewhere(route))
    }

    /// What a request is about.
    #[derive(Debug, Clone, Copy)]
    struct Named {
        user: i64,
        group: i64,
        job: i64,
    }

    /// A request to a route that has nothing wrong with it but perhaps what it names. A route that is new has
    /// to be added here.
    fn request(route: &Route, named: Named) -> (Method, String, Value) {
        let pattern = route.pattern.strip_prefix("/api/v2").unwrap();
        let body = match (route.method, pattern) {
            ("POST", "/users/invite") => json!({"emails": ["new@x.io"], "role": "user"}),
            ("PUT", "/users/{id}") => json!({"user": {"name": "Changed", "role": "explorer"}}),
            ("POST", "/groups") => json!({"group": {"name": "New"}}),
            ("PUT", "/groups/{id}") => json!({"group": {"name": "Changed"}}),
            (
                "GET",
                "/users"
                | "/users/check_holistics_user"
                | "/users/me"
                | "/users/{id}"
                | "/groups"
                | "/groups/{id}"
                | "/jobs"
                | "/jobs/{id}"
                | "/jobs/{id}/logs"
                | "/jobs/{id}/result",
            )
            | ("DELETE", "/users/{id}" | "/groups/{id}")
            | (
                "POST",
                "/users/{id}/restore"
                | "/users/{id}/resend_invite"
                | "/users/{id}/revoke_authentication_token"
                | "/groups/{group_id}/add_user/{user_id}"
                | "/groups/{group_id}/remove_user/{user_id}",
            ) => Value::Null,
            other => panic!("{other:?} is missing here"),
        };
        let id = match pattern.split('/').nth(1) {
            Some("groups") => named.group,
            Some("jobs") => named.job,
            _ => named.user,
        };
        let query = match pattern {
            "/users/check_holistics_user" => "?email=nobody@x.io".to_owned(),
            "/jobs" => format!("?ids[]={}", named.job),
            _ => String::new(),
        };
        let path = route
            .pattern
            .replace("{id}", &id.to_string())
            .replace("{group_id}", &named.group.to_string())
            .replace("{user_id}", &named.user.to_string());
        (
            route.method.parse().unwrap(),
            format!("{path}{query}"),
            body,
        )
    }

    /// A user in each state, a group of them, and a job.
    async fn populate(api: &Api, tenant: &TestTenant, domain: &str) -> Vec<Named> {
        let group = tenant.group("Capital").await.unwrap();
        let job = invite(api, &[&format!("invited@{domain}")]).await;
        let job = job["id"].as_i64().unwrap();
        let mut all = Vec::new();
        for status in [Status::Active, Status::Pending, Status::Deleted] {
            let email = format!("{status:?}@{domain}").to_lowercase();
            let fixture = UserFixture::active(&email, Role::Analyst);
            let user = tenant
                .user(UserFixture { status, ..fixture })
                .await
                .unwrap();
            tenant.member(group, user).await.unwrap();
            let user = user.0;
            all.push(Named {
                user,
                group: group.0,
                job,
            });
        }
        all
    }

    pub(super) async fn another_tenant_is_out_of_reach(backend: Backend) {
        let (server, own, api) = start(backend).await;
        let other = server.tenant().await.unwrap();
        let ours = populate(&api, &own, "own.io").await;
        let theirs = populate(&Api::admin(&server, &other), &other, "other.io").await;
        let before = all_rows(&server);
        let mut refused = 0;
        for route in routes().filter(|route| route.pattern.contains('{')) {
            for their in &theirs {
                let mut named = vec![*their];
                if route.pattern.contains("{group_id}") {
                    named.push(Named {
                        group: ours[0].group,
                        ..*their
                    });
                    named.push(Named {
                        user: ours[0].user,
                        ..*their
                    });
                }
                for named in named {
                    let (method, path, body) = request(route, named);
                    let answer = api.send(method, &path, &body).await.expect(404);
                    let fault = answer.fault();
                    assert_eq!(
                        fault,
                        ("BaseError".to_owned(), "Resource not found".to_owned()),
                        "{path}"
                    );
                    assert_eq!(all_rows(&server), before, "{path}");
                    refused += 1;
                }
            }
        }
        assert_eq!(refused, 3 * (12 + 2 * 3), "routes that name a row");
        // Ids of theirs in a body.
        let group = theirs[0].group;
        let changed = json!({"role": "explorer", "group_ids": [ours[0].group, group]});
        put(&api, ours[0].user, changed).await.expect(422);
        let body = json!({"emails": ["new@own.io"], "role": "user", "group_ids": [group]});
        api.post("/api/v2/users/invite", body).await.expect(422);
        assert_eq!(all_rows(&server), before);
    }

    pub(super) async fn lists_end_at_the_wall(backend: Backend) {
        let (server, own, api) = start(backend).await;
        let other = server.tenant().await.unwrap();
        let theirs = populate(&Api::admin(&server, &other), &other, "other.io").await;
        let ours = populate(&api, &own, "own.io").await;
        rows::join(&server, &own, "u.role = 'admin'");
        let page = api.get("/api/v2/users?limit=100").await.expect(200);
        assert!(!page.text.contains("other.io"), "{}", page.text);
        assert_eq!(page.json()["counters"]["total"], 5);
        for query in [
            format!("ids[]={}&ids[]={}", theirs[0].user, theirs[1].user),
            "search_term=other.io".to_owned(),
        ] {
            assert!(found(&api, &query).await.is_empty(), "{query}");
        }
        let query = format!("ids={}&ids={}", theirs[0].user, ours[1].user);
        assert_eq!(found(&api, &query).await, [ours[1].user]);
        // A group's name finds its own members only, though another tenant has one of that name.
        let members = found(&api, "search_term=capital").await;
        assert!(members.len() >= 3 && !members.contains(&theirs[0].user));
        let groups = api
            .get("/api/v2/groups?include_users=true")
            .await
            .expect(200);
        assert!(!groups.text.contains("other.io"), "{}", groups.text);
        assert_eq!(groups.json()["groups"].as_array().unwrap().len(), 1);
        let path = format!(
            "/api/v2/jobs?ids[]={}&ids[]={}&ids[]=4711",
            theirs[0].job, ours[0].job
        );
        let jobs = api.get(&path).await.expect(200).json();
        assert_eq!(jobs["jobs"].as_array().unwrap().len(), 1);
        assert_eq!(jobs["jobs"][0]["id"], ours[0].job);
        let path = "/api/v2/users/check_holistics_user?email=active@other.io";
        assert_eq!(
            api.get(path).await.expect(200).json(),
            json!({"is_already_user": false})
        );
        let me = api.get("/api/v2/users/me").await.expect(200).json();
        assert_eq!(me["user"]["id"], own.admin.id.0);
    }

    pub(super) async fn every_route_keeps_to_the_table(backend: Backend) {
        let (server, _tenant, client) = start(backend).await;
        for route in routes() {
            let row = TABLE.iter().find(|row| row.action == route.action).unwrap();
            for role in Role::ALL {
                let tenant = server.tenant().await.unwrap();
                let admin = client.with_server(&server.base_url(), &tenant.admin.key);
                let job = invite(&admin, &["invited@x.io"]).await["id"]
                    .as_i64()
                    .unwrap();
                let actor = tenant.user_with_key("actor@x.io", role).await.unwrap();
                let other = tenant.user_with_key("other@x.io", role).await.unwrap();
                for subject in [&other, &actor] {
                    let group = tenant.group(&format!("G{}", subject.id)).await;
                    let group = group.unwrap().0;
                    let is_allowed = match row.over(role, CredentialKind::ApiKey) {
                        Over::Nobody => false,
                        Over::Everyone => true,
                        // Who names nobody means oneself.
                        Over::Oneself => subject.id == actor.id || !route.pattern.contains('{'),
                    };
                    let user = subject.id.0;
                    let (method, path, body) = request(route, Named { user, group, job });
                    let before = (!is_allowed).then(|| all_rows(&server));
                    let api = client.with_server(&server.base_url(), &actor.key);
                    let answer = api.send(method, &path, &body).await;
                    let what = format!("{route:?} by {role:?} about {path}: {}", answer.text);
                    if is_allowed {
                        // That a rule is broken, as by deleting oneself, is said to those only who may.
                        assert!([200, 201, 422].contains(&answer.status.as_u16()), "{what}");
                    } else {
                        assert_eq!(answer.status, 403, "{what}");
                        assert_eq!(answer.fault().0, "PermissionDeniedError");
                        assert_eq!(Some(all_rows(&server)), before, "{what}");
                    }
                }
            }
            let named = Named {
                user: 1,
                group: 1,
                job: 1,
            };
            let (method, path, body) = request(route, named);
            let nobody = client.without_key(&server.base_url());
            let answer = nobody.send(method.clone(), &path, &body).await.expect(401);
            assert_eq!(answer.fault().0, "AuthError");
            let stranger = client.with_server(&server.base_url(), "rst_unknown");
            stranger.send(method, &path, &body).await.expect(401);
        }
    }

    pub(super) async fn v2_looks_at_no_cookie(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let session = tenant.session(tenant.admin.id).await.unwrap();
        let caller = Caller::new(&server).with(&session);
        let named = Named {
            user: tenant.admin.id.0,
            group: 1,
            job: 1,
        };
        let before = all_rows(&server);
        for route in routes() {
            let (method, path, body) = request(route, named);
            let answer = caller.send(method, &path, &body).await.expect(401);
            assert_eq!(
                answer.fault(),
                ("AuthError".to_owned(), "API key is missing".to_owned())
            );
        }
        assert_eq!(all_rows(&server), before);
        caller.by(&api).get("/api/v2/users/me").await.expect(200);
    }

    /// What one admin does to the other.
    async fn remove(api: Api, number: usize, other: TestUser) -> Answer {
        match number {
            0 => put(&api, other.id, json!({"role": "analyst", "name": "Gone"})).await,
            _ => api.delete(&format!("/api/v2/users/{}", other.id)).await,
        }
    }

    pub(super) async fn two_admins_remove_each_other(backend: Backend) {
        const ROUNDS: usize = 24;
        let servers = servers(backend).await;
        let client = Api::anonymous(&servers[0].base_url());
        for round in 0..ROUNDS {
            let tenant = servers[0].tenant().await.unwrap();
            let ana = tenant.admin.clone();
            let bob = tenant.user_with_key("bob@x.io", Role::Admin).await.unwrap();
            let first = client.with_server(&servers[0].base_url(), &ana.key);
            let second = client.with_server(&servers[servers.len() - 1].base_url(), &bob.key);
            let (one, two) = tokio::join!(
                remove(first, round % 2, bob.clone()),
                remove(second, round / 2 % 2, ana.clone()),
            );
            let texts = format!("round {round}: {} {}", one.text, two.text);
            let mut statuses = [one.status.as_u16(), two.status.as_u16()];
            statuses.sort_unstable();
            assert_eq!(statuses[0], 200, "{texts}");
            // The other finds itself the last admin, or no admin any more where the first was quicker.
            assert!([401, 403, 422].contains(&statuses[1]), "{texts}");
            let sql = format!(
                "SELECT count(*) AS value FROM users WHERE tenant_id = {} AND role = 'admin' AND status = 'active'",
                tenant.id
            );
            assert_eq!(servers[0].database().count(&sql).unwrap(), 1, "{texts}");
        }
    }
}
