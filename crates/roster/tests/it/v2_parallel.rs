//! Changes of v2 at the same moment, on all servers of a database.

use crate::harness::on_both;

on_both! {
    /// parallel-write: of many who insist on one version one succeeds.
    one_of_many_who_insist_succeeds
    /// parallel-write: without a version all succeed, and the end is what one of them wrote.
    many_writes_end_as_one_of_them
    /// parallel-write: memberships and lists of groups at once, from both sides.
    memberships_from_both_sides_at_once
}

mod body {
    use crate::caller::servers;
    use crate::harness::{Answer, Api, Backend, Method, TestServer, UserFixture};
    use crate::stored::audit_trail;
    use crate::v2_calls::{etag, found, invite, put, user, version, with_tag};
    use futures_util::future::join_all;
    use roster_domain::role::Role;
    use serde_json::{Value, json};

    fn counts(answers: &[Answer]) -> (usize, usize) {
        let of = |status: u16| {
            answers
                .iter()
                .filter(|answer| answer.status == status)
                .count()
        };
        (of(200), of(412))
    }

    fn api_of(servers: &[TestServer], client: &Api, key: &str, number: usize) -> Api {
        client.with_server(&servers[number % servers.len()].base_url(), key)
    }

    pub(super) async fn one_of_many_who_insist_succeeds(backend: Backend) {
        const WRITERS: usize = 30;
        let servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        let client = &Api::admin(&servers[0], &tenant);
        let ana = UserFixture::active("ana@x.io", Role::Viewer);
        let ana = tenant.user(ana).await.unwrap();
        let group = tenant.group("Capital").await.unwrap();
        for (path, field) in [
            (format!("/api/v2/users/{ana}"), "user"),
            (format!("/api/v2/groups/{group}"), "group"),
        ] {
            let tag = &version(client, &path).await;
            let answers = join_all((0..WRITERS).map(|number| {
                let api = api_of(&servers, client, &tenant.admin.key, number);
                let path = &path;
                async move {
                    let body = json!({field: {"name": format!("N{number}")}});
                    with_tag(&api, Method::PUT, path, tag, &body).await
                }
            }))
            .await;
            assert_eq!(counts(&answers), (1, WRITERS - 1), "{path}");
            let winner = answers.iter().find(|answer| answer.status == 200).unwrap();
            assert_eq!(etag(winner), version(client, &path).await);
            let read = client.get(&path).await.expect(200).json()[field]["name"].clone();
            let written = winner.json();
            assert_eq!(
                *written
                    .get("group")
                    .map_or(&written["name"], |group| &group["name"]),
                read
            );
        }
        let tag = &version(client, &format!("/api/v2/users/{ana}")).await;
        let answers = join_all((0..10).map(|number| {
            let api = api_of(&servers, client, &tenant.admin.key, number);
            let path = format!("/api/v2/users/{ana}");
            async move { with_tag(&api, Method::DELETE, &path, tag, &Value::Null).await }
        }))
        .await;
        let gone = answers.iter().filter(|answer| answer.status == 404).count();
        assert_eq!((counts(&answers).0, gone), (1, 9));
    }

    pub(super) async fn many_writes_end_as_one_of_them(backend: Backend) {
        const WRITERS: usize = 40;
        let servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        let client = &Api::admin(&servers[0], &tenant);
        let ana = UserFixture::active("ana@x.io", Role::Viewer);
        let ana = tenant.user(ana).await.unwrap();
        let mut groups = Vec::new();
        for number in 0..4 {
            groups.push(tenant.group(&format!("G{number}")).await.unwrap().0);
        }
        let groups = &groups;
        let fields = |number: usize| {
            let role = ["admin", "analyst", "explorer", "user"][number % 4];
            let first = number % 4;
            json!({"name": format!("N{number}"), "role": role, "group_ids": groups[first..]})
        };
        let answers = join_all((0..WRITERS).map(|number| {
            let api = api_of(&servers, client, &tenant.admin.key, number);
            async move { put(&api, ana, fields(number)).await }
        }))
        .await;
        assert_eq!(counts(&answers), (WRITERS, 0));
        let end = user(client, ana).await;
        let number: usize = end["name"].as_str().unwrap()[1..].parse().unwrap();
        for (field, value) in fields(number).as_object().unwrap() {
            assert_eq!(end[field], *value, "{field}");
        }
        // Each has begun where the one before ended.
        let mut name = Value::Null;
        for event in audit_trail(servers[0].database()) {
            if event["action"] == "user.update" {
                assert_eq!(event["before_change"]["name"], name);
                name = event["after_change"]["name"].clone();
            }
        }
        assert_eq!(name, end["name"]);
    }

    pub(super) async fn memberships_from_both_sides_at_once(backend: Backend) {
        let servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        let client = &Api::admin(&servers[0], &tenant);
        let mut groups = Vec::new();
        for number in 0..3 {
            groups.push(tenant.group(&format!("G{number}")).await.unwrap().0);
        }
        let emails = ["u0@x.io", "u1@x.io", "u2@x.io"];
        invite(client, &emails).await;
        let users = &found(client, "search_term=@x.io").await;
        let groups = &groups;
        for _ in 0..3 {
            let answers = join_all((0..72_usize).map(|number| {
                let api = api_of(&servers, client, &tenant.admin.key, number);
                let (user, group) = (users[number % 3], groups[number / 3 % 3]);
                async move {
                    match number / 9 % 4 {
                        0 => put(&api, user, json!({"group_ids": [group]})).await,
                        1 => put(&api, user, json!({"group_ids": groups, "role": "analyst"})).await,
                        2 => {
                            api.post(
                                &format!("/api/v2/groups/{group}/add_user/{user}"),
                                Value::Null,
                            )
                            .await
                        }
                        _ => {
                            api.post(
                                &format!("/api/v2/groups/{group}/remove_user/{user}"),
                                Value::Null,
                            )
                            .await
                        }
                    }
                }
            }))
            .await;
            for answer in answers {
                answer.expect(200);
            }
        }
        // Both sides say the same.
        for group in groups {
            let path = format!("/api/v2/groups/{group}?include_users=true");
            let members = client.get(&path).await.expect(200).json()["group"]["user_ids"].clone();
            let mut expected = Vec::new();
            for id in users {
                let ids = user(client, id).await["group_ids"].clone();
                if ids.as_array().unwrap().contains(&json!(group)) {
                    expected.push(*id);
                }
            }
            assert_eq!(members, json!(expected));
        }
    }
}
