//! Cursors: those that a list did not give, and those of another list.

use crate::harness::on_both;

on_both! {
    /// cursor-fuzz: any bytes, and a good cursor with any bit turned.
    any_bytes_are_refused
    /// cursor-fuzz: a cursor of another sort, filter or list.
    a_cursor_belongs_to_its_list
    /// Limits and directions that cannot be.
    limits_are_from_1_to_100
    /// tenant-wall: a cursor of another tenant shows nothing of it.
    a_cursor_of_another_tenant_shows_the_callers_rows
}

mod body {
    use crate::harness::{Api, Backend, TestServer};
    use crate::rows;
    use crate::v2_calls::{add_users, ids, start};
    use form_urlencoded::byte_serialize;
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
    use serde_json::Value;

    const LISTS: [&str; 4] = [
        "/api/v2/users?limit=1",
        "/api/v2/users?limit=1&sort=name_desc",
        "/api/v2/users?limit=1&sort=initials_asc&status=pending",
        "/api/v2/groups?limit=1",
    ];

    async fn populated(backend: Backend) -> (TestServer, Api) {
        let (server, tenant, api) = start(backend).await;
        add_users(&server, &tenant, 5, "'viewer'");
        rows::add_groups(&server, &tenant, 5, "g");
        (server, api)
    }

    async fn next(api: &Api, list: &str) -> String {
        let page = api.get(list).await.expect(200).json();
        page["cursors"]["next"].as_str().unwrap().to_owned()
    }

    async fn is_refused(api: &Api, list: &str, cursor: &[u8]) {
        let typed: String = byte_serialize(cursor).collect();
        for parameter in ["after", "before"] {
            let answer = api.get(&format!("{list}&{parameter}={typed}")).await;
            let (kind, text) = answer.expect(400).fault();
            assert_eq!(kind, "InvalidParameterError", "{typed}");
            let expected = format!("{parameter} must be a cursor that this list gave");
            assert!(text.starts_with(&expected), "{text}");
        }
    }

    pub(super) async fn any_bytes_are_refused(backend: Backend) {
        let (_server, api) = populated(backend).await;
        let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let mut runner = TestRunner::new_with_rng(Config::default(), random);
        for list in LISTS {
            let bytes = proptest::collection::vec(any::<u8>(), 0..40);
            for _ in 0..25 {
                let value = bytes.new_tree(&mut runner).unwrap().current();
                is_refused(&api, list, &value).await;
            }
            for text in ["", "null", "[]", "0", "00000000", "\0", "a&after=b", "٣"] {
                is_refused(&api, list, text.as_bytes()).await;
            }
            let good = next(&api, list).await;
            for at in 0..good.len() {
                // Another bit at each place.
                let mut bytes = good.clone().into_bytes();
                bytes[at] ^= 1 << (at % 8);
                // The case of a digit says nothing.
                if !bytes.eq_ignore_ascii_case(good.as_bytes()) {
                    is_refused(&api, list, &bytes).await;
                }
            }
            for cut in (0..good.len()).step_by(3) {
                is_refused(&api, list, &good.as_bytes()[..cut]).await;
            }
            is_refused(&api, list, format!("{good}00").as_bytes()).await;
        }
    }

    pub(super) async fn a_cursor_belongs_to_its_list(backend: Backend) {
        let (_server, api) = populated(backend).await;
        let lists = [
            "/api/v2/users?limit=1",
            "/api/v2/users?limit=1&sort=id_desc",
            "/api/v2/users?limit=1&sort=name_asc",
            "/api/v2/users?limit=1&sort=name_desc",
            "/api/v2/users?limit=1&sort=initials_asc",
            "/api/v2/users?limit=1&role=user",
            "/api/v2/users?limit=1&status=pending",
            "/api/v2/users?limit=1&exclude_deleted=true",
            "/api/v2/users?limit=1&search_term=x.io",
            "/api/v2/users?limit=1&ids[]=1&ids[]=2&ids[]=3",
            "/api/v2/users?limit=1&has_authentication_token=false",
            "/api/v2/groups?limit=1",
            "/api/v2/groups?limit=1&sort=id_desc",
        ];
        for of in lists {
            let cursor = next(&api, of).await;
            for list in lists {
                if list == of {
                    let path = format!("{list}&after={cursor}&limit=3&counters=false");
                    api.get(&path).await.expect(200);
                } else {
                    is_refused(&api, list, cursor.as_bytes()).await;
                }
            }
        }
        // The same filters in another spelling are the same list.
        let cursor = next(
            &api,
            "/api/v2/users?limit=1&statuses[]=active&status=pending",
        )
        .await;
        for spelling in [
            "sort=natural&exclude_deleted=true",
            "statuses=pending&statuses=active&statuses=pending",
            "sort=id_asc&statuses%5B%5D=pending&statuses%5B%5D=active",
        ] {
            let path = format!("/api/v2/users?{spelling}&after={cursor}");
            let page = api.get(&path).await.expect(200).json();
            assert_eq!(page["users"].as_array().unwrap().len(), 5);
        }
        let both = format!(
            "/api/v2/users?limit=1&after={0}&before={0}",
            next(&api, lists[0]).await
        );
        let (kind, text) = api.get(&both).await.expect(400).fault();
        assert_eq!(kind, "InvalidParameterError");
        assert_eq!(text, "before and after cannot both be given");
    }

    pub(super) async fn limits_are_from_1_to_100(backend: Backend) {
        let (_server, api) = populated(backend).await;
        for list in ["/api/v2/users", "/api/v2/groups"] {
            for limit in [
                "0",
                "101",
                "-1",
                "1.0",
                "",
                "x",
                "1e2",
                "99999999999999999999",
                "%00",
            ] {
                let answer = api.get(&format!("{list}?limit={limit}")).await.expect(400);
                let fault = answer.fault();
                assert_eq!(fault.0, "InvalidParameterError");
                assert_eq!(fault.1, "limit must be a number from 1 to 100");
            }
            for limit in ["1", "100"] {
                api.get(&format!("{list}?limit={limit}")).await.expect(200);
            }
        }
    }

    pub(super) async fn a_cursor_of_another_tenant_shows_the_callers_rows(backend: Backend) {
        let (server, api) = populated(backend).await;
        let other = server.tenant().await.unwrap();
        add_users(&server, &other, 5, "'viewer'");
        let theirs = Api::admin(&server, &other);
        for list in &LISTS[..3] {
            let own = ids(&crate::v2_calls::pages(&api, list).await, "users");
            for parameter in ["after", "before"] {
                let path = format!("{list}&{parameter}={}", next(&theirs, list).await);
                let page: Value = api.get(&path).await.expect(200).json();
                for id in ids(&[page], "users") {
                    assert!(own.contains(&id));
                }
            }
        }
    }
}
