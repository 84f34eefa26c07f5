//! What a page costs: its statements, and how the databases carry out the one that reads it.

use crate::harness::on_both;

on_both! {
    /// depth-flat: every page, however deep, is read along an index in the order of its sort: nothing is sorted, and the
    /// place where it begins is found in the index.
    pages_are_read_along_an_index
    /// constant-sql: the statements of a page depend neither on its rows nor on what is in the tenant.
    a_page_takes_a_fixed_number_of_statements
}

mod body {
    use crate::harness::{Api, Backend, TestDatabase, TestServer, TestTenant};
    use crate::logged_server::LoggedServer;
    use crate::rows;
    use crate::v2_calls::add_users;
    use diesel::prelude::*;
    use diesel::sql_types::Text;
    use serde_json::Value;
    use std::time::{Duration, Instant};

    const FILTER: &str = "info,roster_server::sql=trace";

    /// The statements of a request, without those that begin and end a transaction, and without the looks for mails,
    /// which come by themselves.
    async fn statements(process: &LoggedServer, api: &Api, path: &str) -> (Vec<String>, Value) {
        const OTHERS: [&str; 4] = ["BEGIN", "ROLLBACK", "COMMIT", "outbox"];
        let before = process.log().lines().count();
        let body = api.get(path).await.expect(200).json();
        let log = process.log();
        let lines = log.lines().skip(before);
        let statements = lines
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter_map(|line| Some(line["fields"]["statement"].as_str()?.to_owned()))
            .filter(|text| !OTHERS.iter().any(|other| text.contains(other)));
        (statements.collect(), body)
    }

    /// The first use of a key is written down after its answer: what is looked at has to come behind that.
    async fn use_is_recorded(server: &TestServer, tenant: &TestTenant, api: &Api) {
        api.get("/api/v2/users/me").await.expect(200);
        let owner = tenant.admin.id;
        let sql = format!(
            "SELECT COUNT(*) AS value FROM api_keys WHERE user_id = {owner} AND last_used_at IS NOT NULL"
        );
        let deadline = Instant::now() + Duration::from_secs(60);
        while server.database().count(&sql).unwrap() == 0 {
            assert!(Instant::now() < deadline, "the use is never recorded");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }

    /// How the database carries out a statement with these values, a step a line.
    fn plan(
        backend: Backend,
        database: &TestDatabase,
        statement: &str,
        values: &[String],
    ) -> String {
        let steps: Vec<Step> = match backend {
            // It plans before it knows the values.
            Backend::Sqlite => diesel::sql_query(format!("EXPLAIN QUERY PLAN {statement}"))
                .load(&mut database.connect().unwrap())
                .unwrap(),
            Backend::Postgres => {
                let mut explained = format!("EXPLAIN {statement}");
                for (number, value) in values.iter().enumerate().rev() {
                    let place = format!("${}", number + 1);
                    explained = explained.replace(&place, &format!("'{value}'"));
                }
                assert!(!explained.contains('$'), "{explained}");
                diesel::sql_query("SELECT step AS detail FROM explained($1) AS step")
                    .bind::<Text, _>(explained)
                    .load(&mut database.connect().unwrap())
                    .unwrap()
            }
        };
        let steps: Vec<String> = steps.into_iter().map(|step| step.detail).collect();
        steps.join("\n")
    }

    /// A filter: its parameters, the values of its statement, and the beginnings of the index that suits it.
    struct Filter {
        query: &'static str,
        values: &'static [&'static str],
        indexes: &'static [&'static str],
    }

    const FILTERS: [Filter; 7] = [
        Filter {
            query: "",
            values: &[],
            indexes: &["users"],
        },
        Filter {
            query: "&status=pending",
            values: &["pending"],
            indexes: &["users_status"],
        },
        Filter {
            query: "&role=analyst",
            values: &["analyst"],
            indexes: &["users_role"],
        },
        Filter {
            query: "&exclude_deleted=true",
            values: &["deleted"],
            indexes: &["users"],
        },
        Filter {
            query: "&role=analyst&status=pending",
            values: &["pending", "analyst"],
            indexes: &["users_role", "users_status"],
        },
        Filter {
            query: "&search_term=x.io",
            values: &["x.io", "0"],
            indexes: &["users"],
        },
        Filter {
            query: "&search_term=g1",
            values: &["g1", "0"],
            indexes: &["users"],
        },
    ];

    pub(super) async fn pages_are_read_along_an_index(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let roles = "CASE i % 4 WHEN 0 THEN 'admin' WHEN 1 THEN 'analyst' WHEN 2 THEN 'explorer' ELSE 'viewer' END";
        add_users(&server, &tenant, 8_000, roles);
        rows::add_groups(&server, &tenant, 3, "g");
        rows::join(&server, &tenant, "u.id % 50 = 0");
        // Real tables have many users of many names, fewer of a name and more of the same initials than a page has, and PostgreSQL knows it.
        let names = match backend {
            Backend::Sqlite => {
                "UPDATE users SET name = 'N' || (id % 900), name_key = 'n' || (id % 900), initials_key = 'n' || substr(id % 900, 1, 1)"
            }
            Backend::Postgres => {
                "UPDATE users SET name = 'N' || id % 900, name_key = 'n' || id % 900, initials_key = 'n' || left((id % 900)::text, 1);
                 CREATE FUNCTION explained(statement TEXT) RETURNS SETOF TEXT LANGUAGE plpgsql AS
                     $$ BEGIN RETURN QUERY EXECUTE statement; END $$;
                 ANALYZE"
            }
        };
        server.database().execute(names).unwrap();
        let process = LoggedServer::start(server.database(), FILTER, "json").await;
        let api = Api::new(process.base_url(), &tenant.admin.key);
        use_is_recorded(&server, &tenant, &api).await;
        for sort in ["id", "name", "initials"] {
            for direction in ["asc", "desc"] {
                for filter in &FILTERS {
                    let list = format!(
                        "/api/v2/users?counters=false&limit=20&sort={sort}_{direction}{}",
                        filter.query
                    );
                    let mut path = list.clone();
                    // The first page, one behind it, and one before that.
                    for cursor in ["", "after", "before"] {
                        let (statements, page) = statements(&process, &api, &path).await;
                        let of_page: Vec<&String> = statements
                            .iter()
                            .filter(|text| {
                                let parts = ["ORDER BY", "LIMIT"];
                                parts.iter().all(|part| text.contains(part))
                            })
                            .collect();
                        let values = values(backend, &server, &tenant, filter, sort, cursor);
                        let bounds = bounds(backend, sort, cursor);
                        // Those who share the initials may fill the page.
                        let fewest = if sort == "initials" { 1 } else { bounds.len() };
                        let is_right = (fewest..=bounds.len()).contains(&of_page.len());
                        assert!(is_right, "{statements:?}");
                        for (statement, bounds) in of_page.into_iter().zip(bounds) {
                            let plan = plan(backend, server.database(), statement, &values);
                            is_flat(backend, &plan, filter, bounds, &path);
                        }
                        let beside = if cursor == "after" {
                            "previous"
                        } else {
                            "next"
                        };
                        let beside = page["cursors"][beside].as_str().unwrap();
                        let parameter = if cursor == "after" { "before" } else { "after" };
                        path = format!("{list}&{parameter}={beside}");
                    }
                }
            }
        }
    }

    /// The values of the statement of a page, in their order.
    fn values(
        backend: Backend,
        server: &TestServer,
        tenant: &TestTenant,
        filter: &Filter,
        sort: &str,
        cursor: &str,
    ) -> Vec<String> {
        let mut values = vec![match backend {
            Backend::Sqlite => tenant.id.to_string(),
            Backend::Postgres => format!("{{{}}}", tenant.id),
        }];
        values.extend(filter.values.iter().map(|value| (*value).to_owned()));
        if filter.query.ends_with("=g1") {
            values.push(tenant.id.to_string());
            let group = "SELECT id AS value FROM groups WHERE name = 'g1'";
            let group = server.database().count(group).unwrap();
            values.push(format!("{{{group}}}"));
        }
        let depth = "4000".to_owned();
        match (cursor, sort) {
            ("", _) => {}
            (_, "id") => values.push(depth),
            (_, "name") => values.extend(["n450".to_owned(), depth]),
            _ => values.extend(["n4".to_owned(), depth]),
        }
        values.push("21".to_owned());
        values
    }

    /// Where the index is entered by each of the statements that read a page: one of these.
    fn bounds(backend: Backend, sort: &str, cursor: &str) -> Vec<&'static [&'static str]> {
        match (cursor, sort, backend) {
            ("", ..) => vec![&[]],
            (_, "id", Backend::Sqlite) => vec![&[" AND id>?", " AND id<?"]],
            (_, "name", Backend::Sqlite) => vec![
                &[" AND name_key=? AND id>?", " AND name_key=? AND id<?"],
                &[" AND name_key>?", " AND name_key<?"],
            ],
            (_, _, Backend::Sqlite) => vec![
                &[
                    " AND initials_key=? AND id>?",
                    " AND initials_key=? AND id<?",
                ],
                &[" AND initials_key>?", " AND initials_key<?"],
            ],
            (_, "id", Backend::Postgres) => vec![&["(id > ", "(id < "]],
            (_, "name", Backend::Postgres) => vec![&["ROW(name_key, id)"]],
            (_, _, Backend::Postgres) => vec![&["ROW(initials_key, id)"]],
        }
    }

    /// Nothing is sorted, and a page that is not the first begins where the index is entered.
    #[track_caller]
    fn is_flat(backend: Backend, plan: &str, filter: &Filter, bounds: &[&str], path: &str) {
        let what = format!("{path}\n{plan}");
        let all = ["id>", "id<", "_key>", "_key<", "_key=", "(id ", "ROW("];
        let expected = if bounds.is_empty() { &all } else { bounds };
        let is_entered = |step: &str| expected.iter().any(|bound| step.contains(bound));
        match backend {
            Backend::Sqlite => {
                assert!(!plan.contains("TEMP B-TREE"), "{what}");
                let step = plan
                    .lines()
                    .find(|step| step.starts_with("SEARCH users USING"));
                let step = step.unwrap_or_else(|| panic!("{what}"));
                let is_suited = filter.indexes.iter().any(|index| step.contains(index));
                assert!(is_suited, "{what}");
                let is_search = filter.query.contains("search_term");
                assert!(!is_search || step.contains("COVERING INDEX"), "{what}");
                assert_eq!(is_entered(step), !bounds.is_empty(), "{what}");
            }
            Backend::Postgres => {
                assert!(
                    !plan.contains("Sort") && !plan.contains("Seq Scan on users"),
                    "{what}"
                );
                assert!(plan.contains("Index"), "{what}");
                let conditions: Vec<&str> = plan
                    .lines()
                    .filter(|line| line.contains("Index Cond"))
                    .collect();
                // Not even the first page begins with the users of other tenants.
                assert!(
                    conditions
                        .iter()
                        .any(|line| line.contains("tenant_id = ANY")),
                    "{what}"
                );
                let is_entered = conditions.iter().any(|line| is_entered(line));
                assert_eq!(is_entered, !bounds.is_empty(), "{what}");
            }
        }
    }

    pub(super) async fn a_page_takes_a_fixed_number_of_statements(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let process = LoggedServer::start(server.database(), FILTER, "json").await;
        let lists = [
            "/api/v2/users?limit=100&counters=false",
            "/api/v2/users?limit=100",
            "/api/v2/users?limit=100&search_term=x.io",
            "/api/v2/users?limit=100&has_authentication_token=false&sort=name_desc",
            "/api/v2/groups?limit=100",
            "/api/v2/groups?limit=100&include_users=true",
        ];
        let mut counts = vec![Vec::new(); lists.len()];
        for size in [1, 99, 300] {
            let tenant = server.tenant().await.unwrap();
            add_users(&server, &tenant, size, "'viewer'");
            rows::add_groups(&server, &tenant, size, "g");
            rows::join(
                &server,
                &tenant,
                "(u.id % 3 = g.id % 3 OR u.role = 'admin')",
            );
            let api = Api::new(process.base_url(), &tenant.admin.key);
            use_is_recorded(&server, &tenant, &api).await;
            for (path, counts) in lists.iter().zip(&mut counts) {
                let (statements, page) = statements(&process, &api, path).await;
                counts.push(statements.len());
                if size > 1 && path.ends_with("include_users=true") {
                    assert!(page["users"].as_object().unwrap().len() > 90);
                }
            }
        }
        for (path, counts) in lists.iter().zip(&counts) {
            assert!(
                counts.iter().all(|count| *count == counts[0]),
                "{path}: {counts:?}"
            );
            assert!((2..=7).contains(&counts[0]), "{path}: {counts:?}");
        }
    }
}
