//! What user attributes are in the end.

use crate::harness::on_both;

on_both! {
    /// A user's own entry, else those of the groups; every value; those of the system.
    values_are_computed

    /// A deleted group takes its entries along.
    a_deleted_group_takes_its_entries_along

    /// A query that names no subject, or one that there is not.
    a_query_needs_its_subject
}

mod body {
    use crate::attribute_requests::{
        add_user, computed, computed_of, create, entries, group, manual, start, typed, upsert, user,
    };
    use crate::harness::Backend;
    use serde_json::{Value, json};

    pub(super) async fn values_are_computed(backend: Backend) {
        let (_server, tenant, api) = start(backend).await;
        let region = create(&api, "region", "string").await;
        create(&api, "city", "string").await;
        let id = add_user(&tenant, "Ana@x.io").await;
        let ana = user(id);
        let mut groups = Vec::new();
        for name in ["One", "Two", "Apart"] {
            let id = tenant.group(name).await.unwrap();
            groups.push((id, group(id.0)));
        }
        for (joined, _) in &groups[..2] {
            tenant
                .member(*joined, roster_domain::id::UserId(id))
                .await
                .unwrap();
        }
        let (one, two, apart) = (&groups[0].1, &groups[1].1, &groups[2].1);
        let all = [
            manual(one, region, &["eu", "us"]),
            manual(two, region, &["us", "asia"]),
            manual(apart, region, &["moon"]),
        ];
        upsert(&api, &all).await.expect(200);
        let of_ana = async |entry: Value| {
            upsert(&api, &[entry]).await.expect(200);
            computed_of(&api, &ana, "region").await
        };
        let union = json!(["eu", "us", "asia"]);
        assert_eq!(computed_of(&api, &ana, "region").await, union);
        assert_eq!(
            of_ana(manual(&ana, region, &["mars", "mars"])).await,
            json!(["mars"])
        );
        assert_eq!(of_ana(manual(&ana, region, &[])).await, json!([]));
        assert_eq!(of_ana(typed(&ana, region, "all")).await, json!(["*"]));
        assert_eq!(of_ana(typed(&ana, region, "inherit")).await, union);
        assert_eq!(of_ana(typed(two, region, "all")).await, json!(["*"]));
        // Those of the system follow the user.
        let path = format!("/api/v2/users/{id}");
        let whole = async || computed(&api, &ana).await.expect(200).json();
        let expected = |name: Value, role: &str| {
            json!({"user_attribute_values": {
                "h_email": ["Ana@x.io"], "h_name": name, "h_role": [role], "region": ["*"], "city": [],
            }})
        };
        assert_eq!(whole().await, expected(json!([]), "user"));
        let change = json!({"user": {"name": "Ana", "role": "analyst"}});
        api.put(&path, change).await.expect(200);
        assert_eq!(whole().await, expected(json!(["Ana"]), "analyst"));
        for (subject, region) in [
            (one, json!(["eu", "us"])),
            (two, json!(["*"])),
            (apart, json!(["moon"])),
        ] {
            let values = computed(&api, subject).await.expect(200).json();
            assert_eq!(
                values,
                json!({"user_attribute_values": {"city": [], "region": region}})
            );
        }
    }

    pub(super) async fn a_deleted_group_takes_its_entries_along(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let region = create(&api, "region", "string").await;
        let id = tenant.group("Capital").await.unwrap();
        tenant.member(id, tenant.admin.id).await.unwrap();
        let (capital, admin) = (group(id.0), user(tenant.admin.id.0));
        upsert(&api, &[manual(&capital, region, &["eu"])])
            .await
            .expect(200);
        assert_eq!(computed_of(&api, &admin, "region").await, json!(["eu"]));
        api.delete(&format!("/api/v2/groups/{id}"))
            .await
            .expect(200);
        entries(&api, &capital).await.expect(404);
        computed(&api, &capital).await.expect(404);
        assert_eq!(computed_of(&api, &admin, "region").await, json!([]));
        let sql = "SELECT COUNT(*) AS value FROM user_attribute_entries";
        assert_eq!(server.database().count(sql).unwrap(), 0);
    }

    pub(super) async fn a_query_needs_its_subject(backend: Backend) {
        let (_server, tenant, api) = start(backend).await;
        let admin = tenant.admin.id;
        for path in ["", "/computed_values"] {
            let get = async |query: &str| {
                api.get(&format!("/api/v2/user_attribute_entries{path}{query}"))
                    .await
            };
            for (query, message) in [
                ("", "subject_type is required; subject_id is required"),
                ("?subject_type=User", "subject_id is required"),
                ("?subject_id=1", "subject_type is required"),
                (
                    "?subject_type=user&subject_id=x",
                    "subject_type must be one of User, Group; subject_id must be an integer of at most 64 bits",
                ),
            ] {
                let refused = get(query).await.expect(400).json();
                assert_eq!(refused["type"], "InvalidParameterError");
                assert_eq!(refused["message"], message, "{query}");
            }
            for unknown in [
                "User&subject_id=4711",
                "Group&subject_id=4711",
                "User&subject_id=-1",
            ] {
                let refused = get(&format!("?subject_type={unknown}"))
                    .await
                    .expect(404)
                    .json();
                assert_eq!(refused["type"], "BaseError");
            }
            get(&format!("?subject_type=User&subject_id={admin}"))
                .await
                .expect(200);
        }
    }
}
