//! Reading the audit trail by pages: which events a filter lets through.

use crate::harness::on_both;

on_both! {
    /// count-is-list: each filter, and any of them together, gives what a filter over the whole gives.
    filters_give_what_they_say
    /// shape-stable: the pages together are the set, forward and backward, however many rows there are.
    pages_together_are_the_set
    /// cursor-fuzz: a cursor that is damaged, or of another list, is refused.
    a_damaged_cursor_is_refused
    /// audit-complete: what is wrong with a query is told, all of it.
    a_faulty_query_is_refused
}

pub(crate) mod body {
    use crate::audit_settled::settled;
    use crate::harness::{Answer, Api, Backend, TestServer, TestTenant};
    use serde_json::Value;

    pub(crate) const PATH: &str = "/api/audit_events";

    pub(crate) async fn start(backend: Backend) -> (TestServer, TestTenant, Api) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        (server, tenant, api)
    }

    const ACTIONS: [&str; 4] = ["user.update", "user.delete", "group.create", "key.revoke"];
    const TARGETS: [&str; 4] = ["user", "group", "key", "tenant"];

    /// The SQL of events, of which the `n`-th is made of the digits of its number.
    pub(crate) fn insertion(tenant: &TestTenant, count: usize) -> String {
        let rows: Vec<String> = (0..count)
            .map(|n| {
                let actor = match n % 4 {
                    0 => "'system', NULL, NULL".to_owned(),
                    actor => format!("'user', {}, 'u{actor}@x.io'", 100 + actor),
                };
                let (action, target) = (ACTIONS[n / 2 % 4], TARGETS[n / 3 % 4]);
                let second = TestServer::EPOCH_MICROS + i64::try_from(n / 5).unwrap() * 1_000_000;
                format!(
                    "({}, {second}, {actor}, '{action}', '{target}', {}, 'x', '{{\"a\": {n}}}', NULL, 'v1')",
                    tenant.id,
                    n % 3
                )
            })
            .collect();
        format!(
            "INSERT INTO audit_events (tenant_id, occurred_at, actor_kind, actor_id, actor_email, action,
                 target_type, target_id, target_label, before_change, after_change, via) VALUES {}",
            rows.join(", ")
        )
    }

    fn events(answer: &Answer) -> Vec<Value> {
        let body = answer.json();
        assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
        let cursors = body["cursors"].as_object().unwrap();
        assert_eq!(cursors.len(), 2);
        for name in ["previous", "next"] {
            assert!(cursors[name].is_string() || cursors[name].is_null());
        }
        body["audit_events"].as_array().unwrap().clone()
    }

    pub(crate) fn cursor(answer: &Answer, name: &str) -> Option<String> {
        answer.json()["cursors"][name].as_str().map(str::to_owned)
    }

    /// All events that a query gives, page by page to the last.
    pub(crate) async fn all(api: &Api, query: &str, limit: usize) -> Vec<Value> {
        let mut found = Vec::new();
        let mut after = String::new();
        loop {
            let path = format!("{PATH}?limit={limit}{query}{after}");
            let answer = api.get(&path).await.expect(200);
            found.extend(events(&answer));
            match cursor(&answer, "next") {
                Some(next) => after = format!("&after={next}"),
                None => return found,
            }
        }
    }

    /// Whether an event is among those that the parameters ask for.
    fn is_asked_for(event: &Value, parameters: &[(&str, String)]) -> bool {
        parameters.iter().all(|(name, value)| {
            let text = |value: &Value| match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let at = text(&event["occurred_at"]);
            match *name {
                "actor_id" => text(&event["actor"]["id"]) == *value,
                "target_type" => text(&event["target"]["type"]) == *value,
                "target_id" => text(&event["target"]["id"]) == *value,
                "action" => text(&event["action"]) == *value,
                // All times here are of one length, with a zero for the offset.
                "from" => at >= *value,
                "to" => at < *value,
                other => panic!("{other}"),
            }
        })
    }

    pub(super) async fn filters_give_what_they_say(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        server.database().execute(&insertion(&tenant, 240)).unwrap();
        settled(server.database()).await;
        let whole = all(&api, "", 100).await;
        assert_eq!(whole.len(), 241);
        let time = |second: usize| format!("2026-01-01T00:00:{second:02}.000Z");
        let choices: [(&str, Vec<String>); 6] = [
            (
                "actor_id",
                ["101", "102", "103", "4711"].map(str::to_owned).to_vec(),
            ),
            ("target_type", TARGETS.map(str::to_owned).to_vec()),
            (
                "target_id",
                ["0", "1", "2", "-1"].map(str::to_owned).to_vec(),
            ),
            ("action", ACTIONS.map(str::to_owned).to_vec()),
            ("from", [0, 9, 20, 48].map(time).to_vec()),
            ("to", [0, 9, 20, 48].map(time).to_vec()),
        ];
        let mut seen = 0;
        // Each set of filters, with values that are others each time.
        for set in 0..64_usize {
            for round in 0..4 {
                let parameters: Vec<(&str, String)> = choices
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| set & (1 << at) != 0)
                    .map(|(at, (name, values))| {
                        (
                            *name,
                            values[(set / 7 + round * (at + 1)) % values.len()].clone(),
                        )
                    })
                    .collect();
                let query: String = parameters
                    .iter()
                    .map(|(name, value)| format!("&{name}={value}"))
                    .collect();
                let expected: Vec<_> = whole
                    .iter()
                    .filter(|event| is_asked_for(event, &parameters))
                    .cloned()
                    .collect();
                assert_eq!(all(&api, &query, 100).await, expected, "{query}");
                seen += expected.len();
            }
        }
        assert!(seen > 1_000, "{seen}");
        // An offset is understood, and `to` is where a later `from` goes on.
        let here = all(&api, "&from=2026-01-01T01:00:20%2B01:00", 100).await;
        assert_eq!(here, all(&api, &format!("&from={}", time(20)), 100).await);
        let there = all(&api, &format!("&to={}", time(20)), 100).await;
        assert_eq!([there, here].concat(), whole);
    }

    pub(super) async fn pages_together_are_the_set(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let limit = 5;
        for count in [0, 1, limit - 1, limit, limit + 1, 2 * limit, 3 * limit + 1] {
            let database = server.database();
            database.execute("DELETE FROM audit_events").unwrap();
            if count > 0 {
                database.execute(&insertion(&tenant, count)).unwrap();
            }
            settled(database).await;
            let sql = "SELECT CAST(id AS TEXT) AS value FROM audit_events ORDER BY id";
            let ids: Vec<i64> = database
                .query(sql)
                .unwrap()
                .iter()
                .map(|id| id.parse().unwrap())
                .collect();
            let id = |event: &Value| event["id"].as_i64().unwrap();
            let mut forward = Vec::new();
            let mut answer = api.get(&format!("{PATH}?limit={limit}")).await.expect(200);
            assert_eq!(cursor(&answer, "previous"), None);
            let mut pages = 1;
            loop {
                let page = events(&answer);
                assert!(page.len() <= limit);
                forward.extend(page.iter().map(id));
                let Some(next) = cursor(&answer, "next") else {
                    break;
                };
                assert_eq!(page.len(), limit);
                answer = api
                    .get(&format!("{PATH}?limit={limit}&after={next}"))
                    .await
                    .expect(200);
                assert!(cursor(&answer, "previous").is_some());
                pages += 1;
            }
            assert_eq!(forward, ids);
            assert_eq!(pages, count.div_ceil(limit).max(1));
            let mut backward: Vec<i64> = events(&answer).iter().map(id).collect();
            while let Some(previous) = cursor(&answer, "previous") {
                answer = api
                    .get(&format!("{PATH}?limit={limit}&before={previous}"))
                    .await
                    .expect(200);
                assert!(cursor(&answer, "next").is_some());
                let page: Vec<i64> = events(&answer).iter().map(id).collect();
                backward.splice(0..0, page);
            }
            assert_eq!(backward, ids, "{count}");
            // A reader who comes back later goes on where it ended.
            if let Some(last) = ids.last() {
                let end = format!("{PATH}?limit=100");
                let answer = api.get(&end).await.expect(200);
                assert_eq!(events(&answer).last().map(id), Some(*last));
            }
        }
        // Without a word about it a page has twenty.
        let database = server.database();
        database.execute(&insertion(&tenant, 30)).unwrap();
        settled(database).await;
        assert_eq!(events(&api.get(PATH).await.expect(200)).len(), 20);
    }

    pub(super) async fn a_damaged_cursor_is_refused(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        server.database().execute(&insertion(&tenant, 30)).unwrap();
        settled(server.database()).await;
        let first = api.get(&format!("{PATH}?limit=5")).await.expect(200);
        let good = cursor(&first, "next").unwrap();
        for name in ["after", "before"] {
            let path = format!("{PATH}?limit=5&{name}={good}");
            api.get(&path).await.expect(200);
        }
        let mut damaged: Vec<String> = ["", "0", "zz", "%00", "%ff", "5", "null", "[]", "é"]
            .map(str::to_owned)
            .to_vec();
        damaged.push(good[1..].to_owned());
        damaged.push(format!("{good}00"));
        damaged.push("a".repeat(10_000));
        for at in 0..good.len() {
            let digit = if &good[at..=at] == "0" { "1" } else { "0" };
            let mut other = good.clone();
            other.replace_range(at..=at, digit);
            damaged.push(other);
        }
        for cursor in damaged {
            for name in ["after", "before"] {
                let answer = api.get(&format!("{PATH}?{name}={cursor}")).await;
                let (kind, text) = answer.expect(400).fault();
                assert_eq!(kind, "InvalidParameterError");
                assert!(
                    text.starts_with(&format!("{name} must be a cursor")),
                    "{text}"
                );
            }
        }
        // It belongs to its filters, not to the number of rows.
        api.get(&format!("{PATH}?limit=7&after={good}"))
            .await
            .expect(200);
        for other in ["action=user.update", "actor_id=101", "target_type=user"] {
            api.get(&format!("{PATH}?{other}&after={good}"))
                .await
                .expect(400);
        }
    }

    pub(super) async fn a_faulty_query_is_refused(backend: Backend) {
        let (_server, _, api) = start(backend).await;
        for (query, field) in [
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("limit=", "limit"),
            ("limit=-1", "limit"),
            ("limit=99999999999999999999", "limit"),
            ("actor_id=ana", "actor_id"),
            ("target_id=1.5", "target_id"),
            ("target_id=9223372036854775808", "target_id"),
            ("target_type=king", "target_type"),
            ("action=user.crown", "action"),
            ("action=%00", "action"),
            ("from=yesterday", "from"),
            ("to=2026-13-01T00:00:00Z", "to"),
            ("from=2026-01-01", "from"),
        ] {
            let (kind, text) = api
                .get(&format!("{PATH}?{query}"))
                .await
                .expect(400)
                .fault();
            assert_eq!(kind, "InvalidParameterError");
            assert!(text.starts_with(field), "{query}: {text}");
        }
        let both = api.get(&format!("{PATH}?limit=0&from=x")).await.expect(400);
        let (_, text) = both.fault();
        assert!(
            text.starts_with("from ") && text.contains("; limit "),
            "{text}"
        );
        // What nobody knows is let pass, and of two the first counts.
        api.get(&format!("{PATH}?limit=1&limit=0&nonsense=1"))
            .await
            .expect(200);
        for far in [
            "from=0001-01-01T00:00:00Z",
            "to=9999-12-31T23:59:59Z",
            "from=-262143-01-01T00:00:00Z",
        ] {
            let status = api.get(&format!("{PATH}?{far}")).await.status.as_u16();
            assert!([200, 400].contains(&status), "{far}: {status}");
        }
    }
}
