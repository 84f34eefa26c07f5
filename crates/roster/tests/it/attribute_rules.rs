//! Rules of user attributes.

use crate::harness::on_both;

on_both! {
    /// An attribute is made, read, changed and deleted; only what is given changes.
    an_attribute_lives_and_dies

    /// The attributes of the system are there in every tenant and do not change.
    those_of_the_system_are_fixed

    /// A tenant from before has the attributes of the system that a new one gets.
    those_of_the_system_are_the_same_in_old_tenants

    /// Names are compared by their key, within the tenant.
    names_are_taken_by_their_key

    /// A type changes where the values fit, be they those of many entries.
    a_type_changes_where_the_values_fit

    /// Pages follow each other by cursors, each attribute once.
    pages_follow_each_other

    /// audit-complete: one event for each attribute that changed, and none for what changed nothing.
    each_change_leaves_one_event

    /// A deleted attribute takes its entries along, and its name is free.
    a_deleted_attribute_takes_its_entries_along
}

mod body {
    use crate::attribute_requests::{
        ATTRIBUTES, computed, create, entries, manual, new_attribute, start, typed, upsert, user,
    };
    use crate::harness::{Api, Backend, TestDatabase, TestServer};
    use crate::schema::migrations;
    use crate::stored::{audit_trail, everything, rows};
    use diesel_migrations::{FileBasedMigrations, MigrationHarness};
    use roster_server::db::{Conn, Database};
    use serde_json::{Value, json};
    use std::sync::Arc;

    fn path(id: i64) -> String {
        format!("{ATTRIBUTES}/{id}")
    }

    pub(super) async fn an_attribute_lives_and_dies(backend: Backend) {
        let (_server, _tenant, api) = start(backend).await;
        let body = json!({"user_attribute": {
            "name": "region", "attribute_type": "string", "label": "Region", "description": "Where\nsales are",
        }});
        let made = api.post(ATTRIBUTES, body).await.expect(200).json();
        assert_eq!(made["status"], "created");
        let mut attribute = made["user_attribute"].clone();
        let id = attribute["id"].as_i64().unwrap();
        assert_eq!(
            attribute,
            json!({
                "id": id, "name": "region", "attribute_type": "string", "label": "Region",
                "description": "Where\nsales are", "is_system_attribute": false,
            })
        );
        for (change, field, value) in [
            (json!({}), "name", json!("region")),
            (json!({"name": "Region"}), "name", json!("Region")),
            (json!({"label": "Regions"}), "label", json!("Regions")),
            (
                json!({"attribute_type": "date"}),
                "attribute_type",
                json!("date"),
            ),
            (json!({"description": null}), "description", json!(null)),
        ] {
            let body = json!({"user_attribute": change});
            let answer = api.put(&path(id), body).await.expect(200).json();
            attribute[field] = value;
            assert_eq!(answer, json!({"user_attribute": attribute}));
            assert_eq!(api.get(&path(id)).await.expect(200).json(), answer);
        }
        let deleted = api.delete(&path(id)).await.expect(200).json();
        assert_eq!(deleted, json!({"message": "User attribute deleted"}));
        for answer in [
            api.get(&path(id)).await,
            api.delete(&path(id)).await,
            api.put(&path(id), json!({"user_attribute": {}})).await,
            api.put(&path(id), json!({"user_attribute": {"label": ""}}))
                .await,
        ] {
            assert_eq!(answer.expect(404).json()["type"], "BaseError");
        }
    }

    pub(super) async fn those_of_the_system_are_fixed(backend: Backend) {
        let (server, _tenant, api) = start(backend).await;
        let list = api.get(ATTRIBUTES).await.expect(200).json();
        let listed = list["user_attributes"].as_array().unwrap();
        let names: Vec<_> = listed.iter().map(|a| a["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["h_email", "h_name", "h_role"]);
        let before = everything(server.database());
        for attribute in listed {
            assert_eq!(attribute["is_system_attribute"], true);
            assert_eq!(attribute["attribute_type"], "string");
            let id = attribute["id"].as_i64().unwrap();
            for answer in [
                api.put(&path(id), json!({"user_attribute": {"label": "Mine"}}))
                    .await,
                api.put(&path(id), json!({"user_attribute": {}})).await,
                api.delete(&path(id)).await,
            ] {
                assert_eq!(answer.expect(403).json()["type"], "PermissionDeniedError");
            }
        }
        assert_eq!(everything(server.database()), before);
        let taken = api
            .post(ATTRIBUTES, new_attribute("H_EMAIL", "string"))
            .await;
        assert_eq!(
            taken.expect(422).json()["message"],
            "Attribute name already existed"
        );
    }

    pub(super) async fn those_of_the_system_are_the_same_in_old_tenants(backend: Backend) {
        let database = TestDatabase::empty(backend).unwrap();
        Database::migrate(&database.parsed().unwrap()).unwrap();
        let steps = FileBasedMigrations::from_path(migrations(backend)).unwrap();
        match database.connect().unwrap() {
            Conn::Sqlite(mut conn) => conn.revert_last_migration(steps).map(|_| ()).unwrap(),
            Conn::Postgres(mut conn) => conn.revert_last_migration(steps).map(|_| ()).unwrap(),
        }
        database
            .execute("INSERT INTO tenants (name, name_key, slug, created_at) VALUES ('Old', 'old', 'old', 7)")
            .unwrap();
        Database::migrate(&database.parsed().unwrap()).unwrap();
        let server = TestServer::on(Arc::new(database)).unwrap();
        let new = server.tenant().await.unwrap();
        let system = |tenant: i64| {
            let columns = [
                "name",
                "name_key",
                "attribute_type",
                "label",
                "description",
                "is_system",
            ];
            let of_tenant = format!("user_attributes WHERE tenant_id = {tenant}");
            rows(server.database(), &columns, &of_tenant, "id")
        };
        assert_eq!(system(new.id.0).len(), 3);
        assert_eq!(system(1), system(new.id.0));
    }

    pub(super) async fn names_are_taken_by_their_key(backend: Backend) {
        let (server, _tenant, api) = start(backend).await;
        let region = create(&api, "Region", "string").await;
        let other = create(&api, "Other", "string").await;
        for name in ["region", " REGION", "Ｒｅｇｉｏｎ"] {
            let body = new_attribute(name, "string");
            let refused = api.post(ATTRIBUTES, body.clone()).await.expect(422).json();
            assert_eq!(refused["type"], "InvalidOperationError");
            assert_eq!(refused["message"], "Attribute name already existed");
            api.put(&path(other), body.clone()).await.expect(422);
            api.put(&path(region), body).await.expect(200);
        }
        let elsewhere = server.tenant().await.unwrap();
        create(&Api::admin(&server, &elsewhere), "region", "string").await;
    }

    pub(super) async fn a_type_changes_where_the_values_fit(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let admin = user(tenant.admin.id.0);
        let id = create(&api, "age", "string").await;
        let to = async |attribute_type: &str| {
            let body = json!({"user_attribute": {"attribute_type": attribute_type}});
            api.put(&path(id), body).await
        };
        upsert(&api, &[manual(&admin, id, &["7", "-1.5"])])
            .await
            .expect(200);
        to("number").await.expect(200);
        for other in ["boolean", "date", "datetime"] {
            let refused = to(other).await.expect(422).json();
            assert_eq!(refused["type"], "RecordError");
            assert_eq!(
                refused["record"],
                json!({"user_attribute.attribute_type":
                    ["must fit the values that the attribute has; change those first"]})
            );
        }
        to("string").await.expect(200);
        // The one value that does not fit is that of the last of many.
        server
            .database()
            .execute(&format!(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
                 INSERT INTO groups (tenant_id, name, name_key, created_at, updated_at)
                 SELECT a.tenant_id, 'g' || i, 'g' || i, 0, 0 FROM n, user_attributes a WHERE a.id = {id};
                 INSERT INTO user_attribute_entries (tenant_id, user_attribute_id, group_id, input_type, entry_values)
                 SELECT g.tenant_id, {id}, g.id, 'manual', CASE g.name WHEN 'g1500' THEN '[\"x\"]' ELSE '[\"1\"]' END
                 FROM groups g ORDER BY g.id"
            ))
            .unwrap();
        to("number").await.expect(422);
        server
            .database()
            .execute("UPDATE user_attribute_entries SET entry_values = '[]' WHERE entry_values = '[\"x\"]'")
            .unwrap();
        to("number").await.expect(200);
        upsert(&api, &[typed(&admin, id, "all")]).await.expect(200);
        to("date").await.expect(422);
    }

    pub(super) async fn pages_follow_each_other(backend: Backend) {
        let (_server, tenant, api) = start(backend).await;
        let admin = user(tenant.admin.id.0);
        let mut ids = Vec::new();
        for number in 0..4 {
            ids.push(create(&api, &format!("a{number}"), "string").await);
        }
        let all: Vec<_> = ids.iter().map(|id| manual(&admin, *id, &["v"])).collect();
        upsert(&api, &all).await.expect(200);
        let of_admin = "subject_type=User&subject_id=";
        let of_admin = format!("{of_admin}{}", admin["subject_id"]);
        for (path, list, id, total) in [
            (format!("{ATTRIBUTES}?"), "user_attributes", "id", 7),
            (
                format!("/api/v2/user_attribute_entries?{of_admin}&"),
                "user_attribute_entries",
                "user_attribute_id",
                4,
            ),
        ] {
            let page = async |more: &str| {
                let page = api
                    .get(&format!("{path}limit=3{more}"))
                    .await
                    .expect(200)
                    .json();
                let rows = page[list].as_array().unwrap();
                let ids: Vec<i64> = rows.iter().map(|row| row[id].as_i64().unwrap()).collect();
                (ids, page["cursors"].clone())
            };
            let mut seen = Vec::new();
            let mut after = String::new();
            let mut firsts = Vec::new();
            loop {
                let (rows, cursors) = page(&after).await;
                firsts.push(rows.clone());
                seen.extend(rows);
                assert_eq!(cursors["previous"].is_null(), firsts.len() == 1);
                let Some(next) = cursors["next"].as_str() else {
                    // Backwards the pages are the same.
                    let previous = cursors["previous"].as_str().unwrap();
                    let (rows, _) = page(&format!("&before={previous}")).await;
                    assert_eq!(rows, firsts[firsts.len() - 2]);
                    break;
                };
                after = format!("&after={next}");
            }
            assert_eq!(seen.len(), total);
            assert!(seen.is_sorted());
            assert_eq!(seen[total - 4..], ids);
            // A cursor is of one list only, and of one subject.
            let (_, cursors) = page("").await;
            let next = cursors["next"].as_str().unwrap();
            for other in [
                format!("/api/v2/groups?after={next}"),
                format!(
                    "/api/v2/user_attribute_entries?subject_type=Group&subject_id=1&after={next}"
                ),
                format!("{path}after=x"),
                format!("{path}limit=0"),
                format!("{path}limit=101"),
            ] {
                let refused = api.get(&other).await.expect(400).json();
                assert_eq!(refused["type"], "InvalidParameterError", "{other}");
            }
        }
    }

    pub(super) async fn each_change_leaves_one_event(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let admin = user(tenant.admin.id.0);
        let events = || audit_trail(server.database());
        let before = events().len();
        let id = create(&api, "region", "string").await;
        let change = json!({"user_attribute": {"name": "area", "attribute_type": "date", "label": "region"}});
        api.put(&path(id), change.clone()).await.expect(200);
        api.put(&path(id), change).await.expect(200);
        api.put(&path(id), new_attribute("h_name", "date"))
            .await
            .expect(422);
        upsert(&api, &[typed(&admin, id, "all")]).await.expect(200);
        api.delete(&path(id)).await.expect(200);
        api.delete(&path(id)).await.expect(404);
        let told: Vec<Value> = events()[before..]
            .iter()
            .map(|event| {
                assert_eq!(event["actor_id"], admin["subject_id"]);
                json!([
                    event["action"],
                    event["target_type"],
                    event["target_label"],
                    event["before_change"],
                    event["after_change"],
                ])
            })
            .collect();
        let full = |name: &str, kind: &str| json!({"name": name, "attribute_type": kind, "label": "region", "description": null});
        let mut deleted = full("area", "date");
        deleted["entries"] = json!(1);
        assert_eq!(
            told,
            [
                json!([
                    "user_attribute.create",
                    "user_attribute",
                    "region",
                    null,
                    full("region", "string")
                ]),
                json!([
                    "user_attribute.update", "user_attribute", "area",
                    {"name": "region", "attribute_type": "string"}, {"name": "area", "attribute_type": "date"},
                ]),
                json!([
                    "user_attribute_entry.upsert", "user", "admin@roster.example",
                    {}, {"area": {"input_type": "all", "values": []}},
                ]),
                json!([
                    "user_attribute.delete",
                    "user_attribute",
                    "area",
                    deleted,
                    null
                ]),
            ]
        );
    }

    pub(super) async fn a_deleted_attribute_takes_its_entries_along(backend: Backend) {
        let (_server, tenant, api) = start(backend).await;
        let admin = user(tenant.admin.id.0);
        let gone = create(&api, "region", "string").await;
        let kept = create(&api, "city", "string").await;
        let both = [
            manual(&admin, gone, &["eu"]),
            manual(&admin, kept, &["Paris"]),
        ];
        upsert(&api, &both).await.expect(200);
        api.delete(&path(gone)).await.expect(200);
        let list = entries(&api, &admin).await.expect(200).json();
        let list = list["user_attribute_entries"].as_array().unwrap().clone();
        assert_eq!(
            (list.len(), &list[0]["user_attribute_id"]),
            (1, &json!(kept))
        );
        let values = computed(&api, &admin).await.expect(200).json();
        assert!(values["user_attribute_values"].get("region").is_none());
        let refused = upsert(&api, &[manual(&admin, gone, &["eu"])])
            .await
            .expect(422);
        assert!(
            refused
                .text
                .contains("user_attribute_entries[0].user_attribute_id")
        );
        let anew = create(&api, "region", "number").await;
        assert!(anew > gone, "ids are not used again");
        assert_eq!(
            crate::attribute_requests::computed_of(&api, &admin, "region").await,
            json!([])
        );
    }
}
