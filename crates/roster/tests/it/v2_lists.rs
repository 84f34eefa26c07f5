//! Lists of v2: their order, their pages, what is searched, and cursors that are none.

use crate::harness::on_both;

on_both! {
    /// stable-order: thousands of users of one transaction, with one name: all pages together are the set, in every sort.
    pages_together_are_the_set
    /// shape-stable: 0, 1, a row less than a page, a page, and a row more.
    every_number_of_rows_has_one_shape
    /// Users without a name come first, ties go by id, and both directions mirror each other.
    names_and_initials_order_by_their_keys
    /// literal-search: whatever is typed stands literally in what is found.
    what_is_searched_for_is_literal
    /// A search finds addresses as they are shown, and members of groups, in any case.
    a_search_looks_into_addresses_names_initials_and_groups
    /// Rows that come and go between two pages move no other row.
    pages_stand_though_rows_come_and_go
    /// Groups have pages as users have.
    groups_have_pages_in_both_directions
}

mod body {
    use crate::harness::{Api, Backend, TestServer, TestTenant, UserFixture};
    use crate::rows;
    use crate::v2_calls::{add_users, found, ids, pages, pages_before, put, start};
    use form_urlencoded::byte_serialize;
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use serde_json::{Value, json};
    use std::collections::BTreeSet;

    const SORTS: [&str; 7] = [
        "natural",
        "id_asc",
        "id_desc",
        "name_asc",
        "name_desc",
        "initials_asc",
        "initials_desc",
    ];

    async fn add(tenant: &TestTenant, email: &str, name: Option<&str>) -> i64 {
        let fixture = UserFixture {
            name: name.map(str::to_owned),
            ..UserFixture::active(email, Role::Viewer)
        };
        tenant.user(fixture).await.unwrap().0
    }

    pub(super) async fn pages_together_are_the_set(backend: Backend) {
        const USERS: usize = 2_500;
        let (server, tenant, api) = start(backend).await;
        add_users(&server, &tenant, USERS, "'viewer'");
        // Somebody else's, among them.
        add_users(&server, &server.tenant().await.unwrap(), 50, "'viewer'");
        for sort in SORTS {
            let path = format!("/api/v2/users?limit=100&counters=false&sort={sort}");
            let forwards = pages(&api, &path).await;
            assert_eq!(forwards.len(), USERS / 100 + 1);
            let listed = ids(&forwards, "users");
            let set: BTreeSet<i64> = listed.iter().copied().collect();
            assert_eq!((listed.len(), set.len()), (USERS + 1, USERS + 1), "{sort}");
            let mut backwards = pages_before(&api, &path, forwards.last().unwrap()).await;
            backwards.push(forwards.last().unwrap().clone());
            assert_eq!(ids(&backwards, "users"), listed, "{sort}");
            // Of those with one name, by id in the direction of the sort.
            let mut twins = listed.clone();
            twins.retain(|id| *id != tenant.admin.id.0);
            let is_upwards = !sort.ends_with("desc");
            assert!(twins.is_sorted_by(|a, b| (a < b) == is_upwards), "{sort}");
        }
    }

    pub(super) async fn every_number_of_rows_has_one_shape(backend: Backend) {
        const PAGE: usize = 5;
        let (server, _, _) = start(backend).await;
        for count in [0, 1, PAGE - 1, PAGE, PAGE + 1] {
            let tenant = server.tenant().await.unwrap();
            let api = Api::admin(&server, &tenant);
            add_users(&server, &tenant, count, "'viewer'");
            rows::add_groups(&server, &tenant, count, "g");
            let expected = count.div_ceil(PAGE).max(1);
            let path = format!("/api/v2/users?status=pending&limit={PAGE}");
            has_shape(&server, &tenant, &path, "users", expected, count).await;
            for with_users in [true, false] {
                let path = format!("/api/v2/groups?limit={PAGE}&include_users={with_users}");
                has_shape(&server, &tenant, &path, "groups", expected, count).await;
            }
            if count == 0 {
                let none = api.get("/api/v2/jobs?ids[]=4711").await.expect(200);
                assert_eq!(none.json(), json!({"jobs": []}));
            }
        }
    }

    async fn has_shape(
        server: &TestServer,
        tenant: &TestTenant,
        path: &str,
        list: &str,
        expected: usize,
        count: usize,
    ) {
        let api = Api::admin(server, tenant);
        let all = pages(&api, path).await;
        assert_eq!(all.len(), expected, "{path} with {count}");
        assert_eq!(ids(&all, list).len(), count);
        for page in &all {
            let names: Vec<_> = page.as_object().unwrap().keys().collect();
            match list {
                "users" => assert_eq!(names, ["counters", "cursors", "groups", "users"]),
                _ => assert_eq!(names, ["cursors", "groups", "users"]),
            }
            let cursors: Vec<_> = page["cursors"].as_object().unwrap().keys().collect();
            assert_eq!(cursors, ["next", "previous"]);
            if list == "users" {
                let counters = json!({"total": count, "by_role":
                                      {"admin": 0, "analyst": 0, "explorer": 0, "viewer": count}});
                assert_eq!(page["counters"], counters);
            }
        }
    }

    pub(super) async fn names_and_initials_order_by_their_keys(backend: Backend) {
        let (_server, tenant, api) = start(backend).await;
        let zoe = add(&tenant, "a@x.io", Some("Zoë")).await;
        let upper = add(&tenant, "b@x.io", Some("ANA")).await;
        let none = add(&tenant, "zz@x.io", None).await;
        let lower = add(&tenant, "c@x.io", Some("ana")).await;
        let wide = add(&tenant, "d@x.io", Some("Ａna")).await;
        let longer = add(&tenant, "e@x.io", Some("ana b")).await;
        let none_too = add(&tenant, "aa@x.io", None).await;
        let han = add(&tenant, "f@x.io", Some("李雷")).await;
        let admin = tenant.admin.id.0;
        let by_name = vec![none, none_too, admin, upper, lower, wide, longer, zoe, han];
        // AA, AD, AN, ZO, ZZ, 李雷
        let by_initials = vec![none_too, admin, upper, lower, wide, longer, zoe, none, han];
        for (sort, expected) in [("name", by_name), ("initials", by_initials)] {
            for limit in [1, 2, 3, 100] {
                let listed = found(&api, &format!("sort={sort}_asc&limit={limit}")).await;
                assert_eq!(listed, expected, "{sort} {limit}");
                let mut listed = found(&api, &format!("sort={sort}_desc&limit={limit}")).await;
                listed.reverse();
                assert_eq!(listed, expected, "{sort} {limit}");
            }
        }
        // What is renamed moves.
        put(&api, zoe, json!({"name": null})).await.expect(200);
        let listed = found(&api, "sort=name_asc&limit=2").await;
        assert_eq!(listed[..3], [zoe, none, none_too]);
    }

    pub(super) async fn what_is_searched_for_is_literal(backend: Backend) {
        let (_server, tenant, api) = start(backend).await;
        let names = [
            "100% sure",
            "snake_case",
            "back\\slash",
            "st*r",
            "brack)et(",
            "quo\"te",
            "O'Brien",
            "two  spaces",
            "a;--b",
            "[ab]",
            "q?mark",
            "plain",
        ];
        let mut expected = Vec::new();
        for (number, name) in names.iter().enumerate() {
            expected.push(add(&tenant, &format!("u{number}@x.io"), Some(name)).await);
        }
        for term in [
            "%",
            "_",
            "\\",
            "*",
            ")",
            "\"",
            "'",
            "  ",
            ";--",
            "[ab]",
            "?",
            "% ",
            "e_c",
            "\\s",
            "t*",
            "h)",
            "%%",
            "__",
            "\\\\",
            "**",
            "'; DROP TABLE users; --",
            "$1",
            "%25",
        ] {
            let with_term: Vec<i64> = names
                .iter()
                .zip(&expected)
                .filter(|(name, _)| name.contains(term))
                .map(|(_, id)| *id)
                .collect();
            let typed: String = byte_serialize(term.as_bytes()).collect();
            let listed = found(&api, &format!("search_term={typed}")).await;
            if term.trim().is_empty() {
                assert_eq!(listed.len(), names.len() + 1, "blank is no term");
            } else {
                assert_eq!(listed, with_term, "{term}");
            }
        }
        // What cannot stand in a name is not searched for.
        for term in ["%00", "a%0Ab", "%0A", "%7F", "%C2%85"] {
            let answer = api.get(&format!("/api/v2/users?search_term={term}")).await;
            let (kind, text) = answer.expect(400).fault();
            assert_eq!(kind, "InvalidParameterError");
            assert_eq!(text, "search_term must not contain control characters");
        }
        let long = "a".repeat(200);
        assert!(found(&api, &format!("search_term={long}")).await.is_empty());
        let answer = api.get(&format!("/api/v2/users?search_term={long}a")).await;
        let (kind, text) = answer.expect(400).fault();
        assert_eq!(kind, "InvalidParameterError");
        assert_eq!(text, "search_term must have at most 200 characters");
    }

    pub(super) async fn a_search_looks_into_addresses_names_initials_and_groups(backend: Backend) {
        let (_server, tenant, api) = start(backend).await;
        let ana = add(&tenant, "Ana.Straße@BÜCHER.example", Some("ÅSA Nguyễn")).await;
        let bob = add(&tenant, "bob@x.io", Some("Bob  Olga")).await;
        let gone = UserFixture {
            status: Status::Deleted,
            ..UserFixture::active("gone@x.io", Role::Viewer)
        };
        let gone = tenant.user(gone).await.unwrap();
        let group = tenant.group("50% Ёлка_Team").await.unwrap();
        tenant.group("Empty").await.unwrap();
        tenant.member(group, gone).await.unwrap();
        let ana_too = roster_domain::id::UserId(ana);
        tenant.member(group, ana_too).await.unwrap();
        for (term, expected) in [
            ("åsa", vec![ana]),
            ("ÅSA", vec![ana]),
            ("nguyễn", vec![ana]),
            ("strasse", vec![ana]),
            ("STRASSE@", vec![ana]),
            ("bücher.EXAMPLE", vec![ana]),
            ("xn--bcher", vec![ana]),
            ("@x.io", vec![bob, gone.0]),
            ("bO", vec![bob]),
            ("bob  o", vec![bob]),
            ("ёлка_", vec![ana, gone.0]),
            ("50% ЁЛКА", vec![ana, gone.0]),
            ("empty", vec![]),
            // Nothing spans the texts that are looked into.
            ("x.iobob", vec![]),
            ("example ås", vec![]),
        ] {
            let typed: String = byte_serialize(term.as_bytes()).collect();
            let query = format!("search_term={typed}&sort=id_asc&limit=1");
            assert_eq!(found(&api, &query).await, expected, "{term}");
        }
        // All filters apply at once.
        let query = "search_term=team&exclude_deleted=true";
        assert_eq!(found(&api, query).await, [ana]);
    }

    pub(super) async fn pages_stand_though_rows_come_and_go(backend: Backend) {
        let (_server, tenant, api) = start(backend).await;
        let mut users = Vec::new();
        for number in 0..6 {
            users.push(add(&tenant, &format!("u{number}@x.io"), Some("Ana")).await);
        }
        let path = "/api/v2/users?sort=name_asc&limit=3&role=viewer&exclude_deleted=true";
        let first = api.get(path).await.expect(200).json();
        assert_eq!(ids(std::slice::from_ref(&first), "users"), users[..3]);
        // The very row behind which the next page begins, and one before it.
        for gone in [users[2], users[0]] {
            api.delete(&format!("/api/v2/users/{gone}"))
                .await
                .expect(200);
        }
        put(&api, users[1], json!({"name": "Zoe"}))
            .await
            .expect(200);
        let after = first["cursors"]["next"].as_str().unwrap();
        let next = api.get(&format!("{path}&after={after}")).await.expect(200);
        assert_eq!(ids(&[next.json()], "users"), users[3..]);
        // The moved one comes where it now stands, and the first page is what is left.
        let all = pages(&api, path).await;
        let expected = [&users[3..], &users[1..2]].concat();
        assert_eq!(ids(&all, "users"), expected);
    }

    pub(super) async fn groups_have_pages_in_both_directions(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        rows::add_groups(&server, &tenant, 205, "g");
        rows::add_groups(&server, &server.tenant().await.unwrap(), 10, "g");
        rows::join(&server, &tenant, "g.id % 2 = 0");
        let path = "/api/v2/groups?limit=100&include_users=true";
        let forwards = pages(&api, path).await;
        let listed = ids(&forwards, "groups");
        assert_eq!(listed.len(), 205);
        assert!(listed.is_sorted());
        let mut backwards = pages_before(&api, path, forwards.last().unwrap()).await;
        backwards.push(forwards.last().unwrap().clone());
        assert_eq!(ids(&backwards, "groups"), listed);
        let mut downwards = ids(
            &pages(&api, "/api/v2/groups?sort=id_desc&limit=7").await,
            "groups",
        );
        downwards.reverse();
        assert_eq!(downwards, listed);
        for page in &forwards {
            for group in page["groups"].as_array().unwrap() {
                let is_joined = group["id"].as_i64().unwrap() % 2 == 0;
                let expected = if is_joined {
                    json!([tenant.admin.id])
                } else {
                    json!([])
                };
                assert_eq!(group["user_ids"], expected);
            }
            let users = page["users"].as_object().unwrap();
            assert_eq!(users.len(), 1);
            let admin = &users[&tenant.admin.id.to_string()];
            let joined = listed.iter().filter(|id| **id % 2 == 0);
            assert_eq!(admin["group_ids"], json!(joined.collect::<Vec<_>>()));
        }
        let plain = api.get("/api/v2/groups").await.expect(200).json();
        assert_eq!(plain["groups"].as_array().unwrap().len(), 20);
        assert_eq!(plain["groups"][0].get("user_ids"), None);
        assert_eq!(plain["users"], json!({}));
        let answer = api.get("/api/v2/groups?sort=name_asc").await.expect(400);
        assert_eq!(answer.fault().0, "InvalidParameterError");
        let body: Value = answer.json();
        assert_eq!(body["record"], Value::Null);
    }
}
