//! Many at once: everybody gets a clear answer, and the end is the work of somebody.

use crate::harness::on_both;

on_both! {
    /// parallel-create: as many users as invitations.
    parallel_invitations_all_succeed

    /// parallel-create: of many invitations of one address, in any spelling, one succeeds.
    one_of_many_invitations_of_an_address_succeeds

    /// parallel-create: of many groups of one name, new or renamed, there is one.
    one_of_many_groups_of_a_name_is_made

    /// parallel-write: the role is in the end one of those written, each change built on the one before.
    parallel_role_changes_follow_each_other

    /// parallel-write: a membership is there once or not at all, as the last change said.
    parallel_memberships_follow_each_other

    /// parallel-write: deletions, memberships, roles and names of the same rows never wait for each other for ever.
    mixed_changes_do_not_deadlock
}

mod body {
    use crate::harness::{Answer, Api, Backend, TestServer};
    use crate::stored::{audit_trail, user_of};
    use futures_util::future::join_all;
    use roster_domain::role::Role;
    use serde_json::{Value, json};
    use std::sync::Arc;

    /// On PostgreSQL two servers share the database; an SQLite file has one.
    async fn servers(backend: Backend) -> Vec<TestServer> {
        let first = TestServer::start(backend).await.unwrap();
        match backend {
            Backend::Sqlite => vec![first],
            Backend::Postgres => {
                let second = TestServer::on(Arc::clone(first.database())).unwrap();
                vec![first, second]
            }
        }
    }

    fn counts(answers: &[Answer]) -> (usize, usize) {
        let with = |status: u16| answers.iter().filter(|a| a.status == status).count();
        (with(200), with(422))
    }

    pub(super) async fn parallel_invitations_all_succeed(backend: Backend) {
        let servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        let client = &Api::admin(&servers[0], &tenant);
        let answers = join_all((0..50).map(|number| {
            let server = &servers[number % servers.len()];
            let api = client.with_server(&server.base_url(), &tenant.admin.key);
            async move {
                let body = json!({"email": format!("u{number}@x.io"), "role": "user"});
                api.post("/users/invite.json", body).await
            }
        }))
        .await;
        for answer in answers {
            assert_eq!(answer.expect(200).json(), json!({"status": "ok"}));
        }
        let list = client.get("/users.json").await.expect(200).json();
        assert_eq!(list.as_array().unwrap().len(), 51);
        for number in 0..50 {
            user_of(&list, &format!("u{number}@x.io"));
        }
    }

    pub(super) async fn one_of_many_invitations_of_an_address_succeeds(backend: Backend) {
        let servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        let client = &Api::admin(&servers[0], &tenant);
        let spellings = ["ana@x.io", "ANA@x.io", "ana@X.IO", "ａｎａ@x.io"];
        let answers = join_all((0..50).map(|number| {
            let server = &servers[number % servers.len()];
            let api = client.with_server(&server.base_url(), &tenant.admin.key);
            async move {
                let email = spellings[number % spellings.len()];
                let body = json!({"email": email, "role": "user"});
                api.post("/users/invite.json", body).await
            }
        }))
        .await;
        assert_eq!(counts(&answers), (1, 49));
        for refused in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(refused.errors(), ["Email already existed"]);
        }
        let database = servers[0].database();
        for (table, rows) in [("users", 2), ("outbox", 1), ("audit_events", 2)] {
            let sql = format!("SELECT count(*) AS value FROM {table}");
            assert_eq!(database.count(&sql).unwrap(), rows, "{table}");
        }
    }

    pub(super) async fn one_of_many_groups_of_a_name_is_made(backend: Backend) {
        let servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        let client = &Api::admin(&servers[0], &tenant);
        let mut groups = Vec::new();
        for number in 0..10 {
            groups.push(tenant.group(&format!("Old {number}")).await.unwrap().0);
        }
        let answers = join_all((0..40).map(|number| {
            let server = &servers[number % servers.len()];
            let api = client.with_server(&server.base_url(), &tenant.admin.key);
            let renamed = groups.get(number / 2).copied().filter(|_| number % 2 == 0);
            async move {
                let name = ["Capital", "CAPITAL", " capital "][number % 3];
                let body = json!({"group": {"name": name}});
                match renamed {
                    Some(id) => api.put(&format!("/groups/{id}.json"), body).await,
                    None => api.post("/groups.json", body).await,
                }
            }
        }))
        .await;
        assert_eq!(counts(&answers), (1, 39));
        for refused in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(refused.errors(), ["Group name already existed"]);
        }
        let sql = "SELECT count(*) AS value FROM groups WHERE name_key = 'capital'";
        assert_eq!(servers[0].database().count(sql).unwrap(), 1);
    }

    pub(super) async fn parallel_role_changes_follow_each_other(backend: Backend) {
        let servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        let client = &Api::admin(&servers[0], &tenant);
        let user = tenant
            .user_with_key("ana@x.io", Role::Viewer)
            .await
            .unwrap();
        let answers = join_all((0..40).map(|number| {
            let server = &servers[number % servers.len()];
            let api = client.with_server(&server.base_url(), &tenant.admin.key);
            let id = user.id.0;
            async move {
                let role = ["admin", "analyst", "explorer", "user"][number % 4];
                let body = json!({"id": id, "user": {"role": role}});
                api.post("/users/change_user_role.json", body).await
            }
        }))
        .await;
        assert_eq!(counts(&answers), (40, 0));
        let mut role = json!("viewer");
        for event in audit_trail(servers[0].database()) {
            if event["action"] == "user.change_role" {
                assert_eq!(event["before_change"], json!({"role": role}));
                role = event["after_change"]["role"].clone();
            }
        }
        let sql = format!("SELECT role AS value FROM users WHERE id = {}", user.id.0);
        let stored = servers[0].database().query(&sql).unwrap();
        assert_eq!(stored, [role.as_str().unwrap()]);
    }

    pub(super) async fn parallel_memberships_follow_each_other(backend: Backend) {
        let servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        let client = &Api::admin(&servers[0], &tenant);
        let user = tenant.admin.id.0;
        let group = tenant.group("Capital").await.unwrap().0;
        let answers = join_all((0..60).map(|number| {
            let server = &servers[number % servers.len()];
            let api = client.with_server(&server.base_url(), &tenant.admin.key);
            async move {
                let path = format!("/groups/{group}/user/{user}");
                if number % 3 == 0 {
                    api.delete(&path).await
                } else {
                    api.put(&path, Value::Null).await
                }
            }
        }))
        .await;
        assert_eq!(counts(&answers), (60, 0));
        let mut is_member = false;
        for event in audit_trail(servers[0].database()) {
            match event["action"].as_str().unwrap() {
                "group.add_user" => assert!(!std::mem::replace(&mut is_member, true)),
                "group.remove_user" => assert!(std::mem::replace(&mut is_member, false)),
                other => assert_eq!(other, "tenant.create"),
            }
        }
        let list = client.get("/users.json").await.expect(200).json();
        let groups = list[0]["groups"].as_array().unwrap().len();
        assert_eq!(groups, usize::from(is_member));
    }

    pub(super) async fn mixed_changes_do_not_deadlock(backend: Backend) {
        let servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        let client = &Api::admin(&servers[0], &tenant);
        let mut users = Vec::new();
        for number in 0..4 {
            let email = format!("u{number}@x.io");
            users.push(
                tenant
                    .user_with_key(&email, Role::Analyst)
                    .await
                    .unwrap()
                    .id
                    .0,
            );
        }
        for round in 0..4 {
            let mut groups = Vec::new();
            for number in 0..4 {
                let group = tenant.group(&format!("G {round} {number}")).await.unwrap();
                groups.push(group.0);
                for user in &users {
                    tenant
                        .member(group, roster_domain::id::UserId(*user))
                        .await
                        .unwrap();
                }
            }
            let answers = join_all((0..96).map(|number: usize| {
                let server = &servers[number % servers.len()];
                let api = client.with_server(&server.base_url(), &tenant.admin.key);
                let user = users[number / 3 % users.len()];
                let group = groups[number / 7 % groups.len()];
                async move {
                    let membership = format!("/groups/{group}/user/{user}");
                    let (user_path, group_path) = (
                        format!("/users/{user}.json"),
                        format!("/groups/{group}.json"),
                    );
                    match number % 8 {
                        0 | 1 => api.put(&membership, Value::Null).await,
                        2 => api.delete(&membership).await,
                        3 => {
                            let role = ["admin", "analyst"][number / 8 % 2];
                            let body =
                                json!({"id": user, "user": {"role": role, "remove_groups": true}});
                            api.post("/users/change_user_role.json", body).await
                        }
                        4 => {
                            api.patch(&user_path, json!({"title": number.to_string()}))
                                .await
                        }
                        5 => {
                            let body = json!({"group": {"name": format!("N {round} {number}")}});
                            api.put(&group_path, body).await
                        }
                        6 => api.delete(&user_path).await,
                        _ if number > 80 => api.delete(&group_path).await,
                        _ => api.post("/users/restore.json", json!({"id": user})).await,
                    }
                }
            }))
            .await;
            for answer in answers {
                let status = answer.status.as_u16();
                assert!(
                    [200, 404, 422].contains(&status),
                    "{status}: {}",
                    answer.text
                );
            }
        }
        let sql = "SELECT count(*) AS value FROM memberships m
                   WHERE NOT EXISTS (SELECT 1 FROM groups g WHERE g.id = m.group_id AND g.tenant_id = m.tenant_id)";
        assert_eq!(servers[0].database().count(sql).unwrap(), 0);
    }
}
