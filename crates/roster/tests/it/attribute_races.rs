//! User attributes and their entries, changed by many at once.

use crate::harness::on_both;

on_both! {
    /// parallel-create: of many attributes of one name, in any spelling, one is made.
    one_of_many_attributes_of_a_name_is_made

    /// parallel-write: an entry is there once, each change built on the one before.
    parallel_entries_follow_each_other

    /// parallel-write: whatever wins, the values fit the type.
    a_type_and_the_values_fit_in_the_end

    /// parallel-write: entries, attributes, groups and users that change at once never wait for each other for ever.
    mixed_changes_do_not_deadlock
}

mod body {
    use crate::attribute_requests::{
        ATTRIBUTES, add_user, create, group, manual, new_attribute, upsert, user,
    };
    use crate::caller::servers;
    use crate::harness::{Answer, Api, Backend};
    use crate::stored::audit_trail;
    use futures_util::future::join_all;
    use serde_json::{Value, json};

    fn count(answers: &[Answer], status: u16) -> usize {
        answers
            .iter()
            .filter(|answer| answer.status == status)
            .count()
    }

    pub(super) async fn one_of_many_attributes_of_a_name_is_made(backend: Backend) {
        let servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        let client = &Api::admin(&servers[0], &tenant);
        let spellings = ["region", "REGION", "ｒｅｇｉｏｎ", " Region"];
        let answers = join_all((0..40).map(|number| {
            let server = &servers[number % servers.len()];
            let api = client.with_server(&server.base_url(), &tenant.admin.key);
            let body = new_attribute(spellings[number % spellings.len()], "string");
            async move { api.post(ATTRIBUTES, body).await }
        }))
        .await;
        assert_eq!((count(&answers, 200), count(&answers, 422)), (1, 39));
    }

    pub(super) async fn parallel_entries_follow_each_other(backend: Backend) {
        let servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        let client = &Api::admin(&servers[0], &tenant);
        let region = create(client, "region", "number").await;
        let of = [
            user(add_user(&tenant, "ana@x.io").await),
            user(add_user(&tenant, "bo@x.io").await),
            group(tenant.group("Capital").await.unwrap().0),
        ];
        let answers = join_all((0..40).map(|number| {
            let server = &servers[number % servers.len()];
            let api = client.with_server(&server.base_url(), &tenant.admin.key);
            let value = number.to_string();
            // In either order, so that those who lock as they come would wait for each other.
            let mut entries: Vec<Value> = of
                .iter()
                .map(|subject| manual(subject, region, &[&value]))
                .collect();
            if number % 2 == 0 {
                entries.reverse();
            }
            async move { upsert(&api, &entries).await }
        }))
        .await;
        assert_eq!(count(&answers, 200), 40);
        let events = audit_trail(servers[0].database());
        for subject in &of {
            let kind = subject["subject_type"].as_str().unwrap().to_lowercase();
            let mut last = json!({});
            let mut changes = 0;
            for event in &events {
                let is_set = event["action"] == "user_attribute_entry.upsert";
                if is_set
                    && event["target_type"] == kind
                    && event["target_id"] == subject["subject_id"]
                {
                    assert_eq!(event["before_change"], last);
                    last = event["after_change"].clone();
                    changes += 1;
                }
            }
            assert_eq!(changes, 40);
        }
        let sql = "SELECT count(*) AS value FROM user_attribute_entries";
        assert_eq!(servers[0].database().count(sql).unwrap(), 3);
    }

    pub(super) async fn a_type_and_the_values_fit_in_the_end(backend: Backend) {
        let servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        let client = &Api::admin(&servers[0], &tenant);
        let region = create(client, "region", "string").await;
        let path = format!("{ATTRIBUTES}/{region}");
        for round in 0..8 {
            let ana = user(add_user(&tenant, &format!("u{round}@x.io")).await);
            let to = |kind: &str| json!({"user_attribute": {"attribute_type": kind}});
            client.put(&path, to("string")).await.expect(200);
            let answers = join_all((0..4).map(|number: usize| {
                let server = &servers[number / 2 % servers.len()];
                let api = client.with_server(&server.base_url(), &tenant.admin.key);
                let (path, ana) = (path.clone(), ana.clone());
                async move {
                    match number % 2 {
                        0 => api.put(&path, to("number")).await,
                        _ => upsert(&api, &[manual(&ana, region, &["x"])]).await,
                    }
                }
            }))
            .await;
            assert_eq!(count(&answers, 200) + count(&answers, 422), 4);
            let attribute = client.get(&path).await.expect(200).json();
            let values =
                "SELECT count(*) AS value FROM user_attribute_entries WHERE entry_values <> '[]'";
            let values = servers[0].database().count(values).unwrap();
            match attribute["user_attribute"]["attribute_type"]
                .as_str()
                .unwrap()
            {
                "number" => assert_eq!(values, 0),
                _ => assert_eq!(values, 1),
            }
            upsert(client, &[manual(&ana, region, &[])])
                .await
                .expect(200);
        }
    }

    pub(super) async fn mixed_changes_do_not_deadlock(backend: Backend) {
        let servers = servers(backend).await;
        let tenant = servers[0].tenant().await.unwrap();
        let client = &Api::admin(&servers[0], &tenant);
        let id = add_user(&tenant, "ana@x.io").await;
        for round in 0..4 {
            let attributes = [
                create(client, &format!("a{round}"), "string").await,
                create(client, &format!("b{round}"), "string").await,
            ];
            let groups = [
                tenant.group(&format!("A{round}")).await.unwrap().0,
                tenant.group(&format!("B{round}")).await.unwrap().0,
            ];
            let answers = join_all((0..48).map(|number: usize| {
                let server = &servers[number % servers.len()];
                let api = client.with_server(&server.base_url(), &tenant.admin.key);
                let (attribute, in_group) = (attributes[number % 2], groups[number / 2 % 2]);
                let value = number.to_string();
                let mut entries: Vec<Value> = attributes
                    .iter()
                    .flat_map(|attribute| {
                        [user(id), group(groups[0]), group(groups[1])]
                            .map(|subject| manual(&subject, *attribute, &[&value]))
                    })
                    .collect();
                if number.is_multiple_of(3) {
                    entries.reverse();
                }
                async move {
                    let user = format!("/api/v2/users/{id}");
                    match number % 8 {
                        0 => api.delete(&user).await,
                        1 => api.post(&format!("{user}/restore"), Value::Null).await,
                        2 => {
                            let body = json!({"user": {"group_ids": [in_group]}});
                            api.put(&user, body).await
                        }
                        3 if number > 32 => api.delete(&format!("/api/v2/groups/{in_group}")).await,
                        4 if number > 32 => api.delete(&format!("{ATTRIBUTES}/{attribute}")).await,
                        5 => {
                            let body = json!({"user_attribute": {"label": value}});
                            api.put(&format!("{ATTRIBUTES}/{attribute}"), body).await
                        }
                        _ => upsert(&api, &entries).await,
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
    }
}
