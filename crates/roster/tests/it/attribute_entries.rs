//! What user attributes are for users and groups.

use crate::harness::on_both;

on_both! {
    /// What was set is answered, listed and replaced.
    entries_are_set_and_replaced

    /// All faults of all entries are told at their paths, and nothing is set.
    all_or_nothing

    /// restore-exact: a deleted user's entries are kept, cannot be set, and come back.
    entries_come_back_with_their_user

    /// audit-complete: one event for each subject, and none for what changed nothing.
    each_subject_has_one_event

    /// Setting entries and changing attributes raises no version.
    no_version_rises
}

mod body {
    use crate::attribute_requests::{
        ATTRIBUTES, UPSERT, add_user, computed, create, entries, group, manual, start, typed,
        upsert, user,
    };
    use crate::harness::Backend;
    use crate::stored::{audit_trail, everything};
    use serde_json::{Value, json};

    pub(super) async fn entries_are_set_and_replaced(backend: Backend) {
        let (_server, tenant, api) = start(backend).await;
        let region = create(&api, "Region", "string").await;
        let age = create(&api, "age", "number").await;
        let ana = user(add_user(&tenant, "ana@x.io").await);
        let capital = group(tenant.group("Capital").await.unwrap().0);
        let mut by_name = manual(&capital, region, &["eu", "us"]);
        by_name.as_object_mut().unwrap().remove("user_attribute_id");
        by_name["user_attribute_name"] = json!("REGION");
        let wanted = [
            by_name,
            manual(&ana, age, &["7"]),
            typed(&ana, region, "inherit"),
        ];
        let set = upsert(&api, &wanted).await.expect(200).json();
        let set = set["user_attribute_entries"].as_array().unwrap().clone();
        let expected = |entry: &Value,
                        attribute: i64,
                        name: &str,
                        input: &str,
                        values: Value,
                        subject: &Value| {
            json!({
                "id": entry["id"].as_i64().unwrap(), "user_attribute_id": attribute, "user_attribute_name": name,
                "input_type": input, "values": values,
                "subject_type": subject["subject_type"], "subject_id": subject["subject_id"],
            })
        };
        assert_eq!(set.len(), 3);
        assert_eq!(
            set[0],
            expected(
                &set[0],
                region,
                "Region",
                "manual",
                json!(["eu", "us"]),
                &capital
            )
        );
        assert_eq!(
            set[1],
            expected(&set[1], age, "age", "manual", json!(["7"]), &ana)
        );
        assert_eq!(
            set[2],
            expected(&set[2], region, "Region", "inherit", json!([]), &ana)
        );
        let list = async |subject: &Value| {
            let page = entries(&api, subject).await.expect(200).json();
            assert_eq!(page["cursors"], json!({"previous": null, "next": null}));
            page["user_attribute_entries"].clone()
        };
        assert_eq!(list(&ana).await, json!([set[2], set[1]]));
        assert_eq!(list(&capital).await, json!([set[0]]));
        // Set again they are the same rows.
        let again = [
            manual(&ana, age, &["8", "9"]),
            typed(&capital, region, "all"),
        ];
        let again = upsert(&api, &again).await.expect(200).json();
        let again = again["user_attribute_entries"].as_array().unwrap().clone();
        assert_eq!(again[0]["id"], set[1]["id"]);
        assert_eq!(again[0]["values"], json!(["8", "9"]));
        assert_eq!(again[1]["id"], set[0]["id"]);
        assert_eq!(
            (&again[1]["input_type"], &again[1]["values"]),
            (&json!("all"), &json!([]))
        );
        assert_eq!(list(&ana).await, json!([set[2], again[0]]));
        assert_eq!(list(&capital).await, json!([again[1]]));
        let nothing = upsert(&api, &[]).await.expect(200).json();
        assert_eq!(nothing, json!({"user_attribute_entries": []}));
    }

    pub(super) async fn all_or_nothing(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let region = create(&api, "region", "string").await;
        let age = create(&api, "age", "number").await;
        let list = api.get(ATTRIBUTES).await.expect(200).json();
        let system = list["user_attributes"][0]["id"].as_i64().unwrap();
        let ana = user(add_user(&tenant, "ana@x.io").await);
        let capital = group(tenant.group("Capital").await.unwrap().0);
        let good = manual(&ana, region, &["eu"]);
        let before = everything(server.database());
        let refused = async |entries: &[Value]| {
            let answer = upsert(&api, entries).await.expect(422).json();
            assert_eq!(answer["type"], "RecordError");
            assert_eq!(everything(server.database()), before);
            let record = answer["record"].as_object().unwrap();
            record.keys().cloned().collect::<Vec<_>>()
        };
        let at = |index: usize, field: &str| format!("user_attribute_entries[{index}].{field}");
        let mut other_name = manual(&ana, age, &["1"]);
        other_name["user_attribute_name"] = json!("region");
        let all = [
            good.clone(),
            manual(&user(4711), region, &["eu"]),
            manual(&ana, system, &["eu"]),
            manual(&capital, age, &["1", "x", "1e3"]),
            typed(&ana, 4711, "all"),
            other_name,
            typed(&capital, region, "inherit"),
            json!({"subject_type": "Robot", "subject_id": "1", "input_type": "x", "values": "eu", "user_attribute_id": 1}),
            good.clone(),
        ];
        let mut expected = vec![
            at(1, "subject_id"),
            at(2, "user_attribute_id"),
            at(3, "values[1]"),
            at(3, "values[2]"),
            at(4, "user_attribute_id"),
            at(5, "user_attribute_name"),
            at(6, "input_type"),
            at(7, "input_type"),
            at(7, "subject_id"),
            at(7, "subject_type"),
            at(7, "values"),
            "user_attribute_entries[8]".to_owned(),
        ];
        expected.sort();
        assert_eq!(refused(&all).await, expected);
        let too_many: Vec<Value> = (0..101).map(|_| good.clone()).collect();
        assert_eq!(refused(&too_many).await, ["user_attribute_entries"]);
        // What no row could hold is refused before, for every type.
        let hostile = ["a\u{0}b", "a\nb", "", "*", &"x".repeat(256)];
        let paths: Vec<_> = (0..hostile.len())
            .map(|i| at(0, &format!("values[{i}]")))
            .collect();
        assert_eq!(refused(&[manual(&ana, region, &hostile)]).await, paths);
        let longest = ["李".repeat(255)];
        let longest: Vec<&str> = longest
            .iter()
            .map(String::as_str)
            .cycle()
            .take(100)
            .collect();
        let set = upsert(&api, &[manual(&ana, region, &longest)])
            .await
            .expect(200)
            .json();
        assert_eq!(set["user_attribute_entries"][0]["values"], json!(longest));
        api.put(UPSERT, json!([])).await.expect(400);
    }

    pub(super) async fn entries_come_back_with_their_user(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let region = create(&api, "region", "string").await;
        let id = add_user(&tenant, "ana@x.io").await;
        let ana = user(id);
        upsert(&api, &[manual(&ana, region, &["eu"])])
            .await
            .expect(200);
        let before = entries(&api, &ana).await.expect(200).json();
        let values = computed(&api, &ana).await.expect(200).json();
        api.delete(&format!("/api/v2/users/{id}")).await.expect(200);
        let rows = everything(server.database());
        let refused = upsert(&api, &[manual(&ana, region, &["us"])])
            .await
            .expect(422)
            .json();
        assert_eq!(
            refused["message"],
            "user_attribute_entries[0].subject_id is the id of a deleted user, who has to be restored first"
        );
        assert_eq!(everything(server.database()), rows);
        assert_eq!(entries(&api, &ana).await.expect(200).json(), before);
        api.post(&format!("/api/v2/users/{id}/restore"), Value::Null)
            .await
            .expect(200);
        assert_eq!(entries(&api, &ana).await.expect(200).json(), before);
        assert_eq!(computed(&api, &ana).await.expect(200).json(), values);
        upsert(&api, &[manual(&ana, region, &["us"])])
            .await
            .expect(200);
    }

    pub(super) async fn each_subject_has_one_event(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let region = create(&api, "region", "string").await;
        let city = create(&api, "city", "string").await;
        let (ana, bo) = (
            user(add_user(&tenant, "ana@x.io").await),
            user(add_user(&tenant, "bo@x.io").await),
        );
        let capital = group(tenant.group("Capital").await.unwrap().0);
        upsert(&api, &[manual(&bo, region, &["eu"])])
            .await
            .expect(200);
        let before = audit_trail(server.database()).len();
        let wanted = [
            manual(&capital, region, &["eu"]),
            manual(&ana, region, &["eu"]),
            manual(&bo, region, &["us"]),
            manual(&ana, city, &["Paris"]),
            typed(&bo, city, "inherit"),
        ];
        for _ in 0..2 {
            upsert(&api, &wanted).await.expect(200);
        }
        let events: Vec<Value> = audit_trail(server.database())[before..]
            .iter()
            .map(|event| {
                assert_eq!(event["action"], "user_attribute_entry.upsert");
                json!([
                    event["target_type"],
                    event["target_id"],
                    event["target_label"],
                    event["before_change"],
                    event["after_change"],
                ])
            })
            .collect();
        let says = |values: &[&str]| json!({"input_type": "manual", "values": values});
        let inherits = json!({"input_type": "inherit", "values": []});
        assert_eq!(
            events,
            [
                json!(["user", ana["subject_id"], "ana@x.io", {},
                    {"region": says(&["eu"]), "city": says(&["Paris"])}]),
                json!(["user", bo["subject_id"], "bo@x.io", {"region": says(&["eu"])},
                    {"region": says(&["us"]), "city": inherits}]),
                json!(["group", capital["subject_id"], "Capital", {}, {"region": says(&["eu"])}]),
            ]
        );
    }

    pub(super) async fn no_version_rises(backend: Backend) {
        let (_server, tenant, api) = start(backend).await;
        let id = add_user(&tenant, "ana@x.io").await;
        let in_group = tenant.group("Capital").await.unwrap().0;
        let tags = async || {
            let mut tags = Vec::new();
            for path in [
                format!("/api/v2/users/{id}"),
                format!("/api/v2/groups/{in_group}"),
            ] {
                let answer = api.get(&path).await.expect(200);
                tags.push(answer.headers["etag"].to_str().unwrap().to_owned());
            }
            tags
        };
        let before = tags().await;
        let region = create(&api, "region", "string").await;
        let both = [
            manual(&user(id), region, &["eu"]),
            manual(&group(in_group), region, &["eu"]),
        ];
        upsert(&api, &both).await.expect(200);
        let path = format!("{ATTRIBUTES}/{region}");
        api.put(&path, json!({"user_attribute": {"name": "area"}}))
            .await
            .expect(200);
        api.delete(&path).await.expect(200);
        assert_eq!(tags().await, before);
    }
}
