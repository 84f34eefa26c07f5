//! What is counted is what is listed, whatever is asked for.

use crate::harness::on_both;

on_both! {
    /// count-is-list: users at random, and filters at random: the counters, the rows of all pages, and a filter of the
    /// test's own agree, forwards and backwards.
    counters_pages_and_the_filter_agree
}

mod body {
    use crate::harness::{Api, Backend, KeyFixture, TestTenant, UserFixture};
    use crate::v2_calls::{ids, pages, pages_before, start};
    use form_urlencoded::byte_serialize;
    use roster_domain::id::GroupId;
    use roster_domain::role::Role;
    use roster_domain::user::Status;
    use serde_json::{Value, json};
    use std::collections::BTreeMap;

    const USERS: u64 = 90;
    const QUERIES: usize = 90;

    /// Names with the keys that they should have, and those of their initials.
    const NAMES: [(&str, &str, &str); 9] = [
        ("Ana", "ana", "an"),
        ("ANA", "ana", "an"),
        ("Ａna", "ana", "an"),
        ("Ana Bo", "ana bo", "an"),
        ("Straße", "strasse", "st"),
        ("O'Brien", "o'brien", "ob"),
        ("100%", "100%", "10"),
        ("_x_ y", "_x_ y", "xy"),
        ("李雷", "李雷", "李雷"),
    ];
    const GROUPS: [(&str, &str); 3] = [
        ("Team_A", "team_a"),
        ("50% Ana", "50% ana"),
        ("Ёлка", "ёлка"),
    ];
    const TERMS: [&str; 12] = [
        "ana", "aN", "_", "%", "STRASSE", "@x.io", "1", "'", "ёл", "team", "an", "nobody",
    ];
    const STATUSES: [&str; 3] = ["pending", "active", "deleted"];
    const ROLES: [(&str, &str); 4] = [
        ("admin", "admin"),
        ("analyst", "analyst"),
        ("explorer", "explorer"),
        ("user", "viewer"),
    ];

    /// Numbers that are the same in each run (Vigna's splitmix64).
    struct Random(u64);

    impl Random {
        fn below(&mut self, end: u64) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (mixed ^ (mixed >> 31)) % end
        }

        fn one_of<'a, T>(&mut self, values: &'a [T]) -> &'a T {
            let end = u64::try_from(values.len()).unwrap();
            &values[usize::try_from(self.below(end)).unwrap()]
        }

        fn is_so(&mut self, one_in: u64) -> bool {
            self.below(one_in) == 0
        }
    }

    /// What the test knows of a user.
    #[derive(Debug)]
    struct Known {
        id: i64,
        status: &'static str,
        role: &'static str,
        has_token: bool,
        name: &'static str,
        initials: String,
        email: String,
        groups: Vec<&'static str>,
    }

    async fn add(
        tenant: &TestTenant,
        groups: &[GroupId],
        number: u64,
        random: &mut Random,
    ) -> Known {
        let email = format!("U{number}@x.io");
        let name = (!random.is_so(5)).then(|| *random.one_of(&NAMES));
        let (role_name, role) = *random.one_of(&ROLES);
        let status = *random.one_of(&STATUSES);
        let fixture = UserFixture {
            name: name.map(|name| name.0.to_owned()),
            status: Status::parse(status).unwrap(),
            allow_authentication_token: random.is_so(2),
            ..UserFixture::active(&email, Role::parse(role_name).unwrap())
        };
        let id = tenant.user(fixture).await.unwrap();
        let has_token = status != "deleted" && random.is_so(3);
        if has_token {
            tenant.key(id, KeyFixture::Live).await.unwrap();
        }
        if random.is_so(3) {
            tenant.key(id, KeyFixture::Expired).await.unwrap();
        }
        let mut of_groups = Vec::new();
        for (group, (_, key)) in groups.iter().zip(GROUPS) {
            if random.is_so(3) {
                tenant.member(*group, id).await.unwrap();
                of_groups.push(key);
            }
        }
        let first_two: String = email.to_lowercase().chars().take(2).collect();
        Known {
            id: id.0,
            status,
            role,
            has_token,
            name: name.map_or("", |name| name.1),
            initials: name.map_or(first_two, |name| name.2.to_owned()),
            email: email.to_lowercase(),
            groups: of_groups,
        }
    }

    type Wanted = Box<dyn Fn(&Known) -> bool>;

    /// A query, and which users it is to find.
    struct Asked {
        query: Vec<String>,
        is_wanted: Vec<Wanted>,
    }

    impl Asked {
        fn at_random(random: &mut Random, known: &[Known]) -> Self {
            let mut asked = Self {
                query: Vec::new(),
                is_wanted: Vec::new(),
            };
            if random.is_so(2) {
                let term = *random.one_of(&TERMS);
                let typed: String = byte_serialize(term.as_bytes()).collect();
                let key = term.to_lowercase();
                asked.add(format!("search_term={typed}"), move |user| {
                    let texts = [user.name, &user.initials, &user.email];
                    let mut texts = texts.iter().chain(&user.groups);
                    texts.any(|text| text.contains(&key))
                });
            }
            if random.is_so(2) {
                let wanted = [*random.one_of(&STATUSES), *random.one_of(&STATUSES)];
                let query = format!("status={}&statuses[]={}", wanted[0], wanted[1]);
                asked.add(query, move |user| wanted.contains(&user.status));
            }
            if random.is_so(3) {
                asked.add("exclude_deleted=true".to_owned(), |user| {
                    user.status != "deleted"
                });
            }
            if random.is_so(3) {
                let (typed, role) = *random.one_of(&ROLES);
                asked.add(format!("role={typed}"), move |user| user.role == role);
            }
            if random.is_so(3) {
                let has = random.is_so(2);
                asked.add(format!("has_authentication_token={has}"), move |user| {
                    user.has_token == has
                });
            }
            if random.is_so(4) {
                let ids: Vec<i64> = (0..40).map(|_| random.one_of(known).id).collect();
                let query: Vec<String> = ids.iter().map(|id| format!("ids%5B%5D={id}")).collect();
                asked.add(query.join("&"), move |user| ids.contains(&user.id));
            }
            asked
        }

        fn add(&mut self, query: String, is_wanted: impl Fn(&Known) -> bool + 'static) {
            self.query.push(query);
            self.is_wanted.push(Box::new(is_wanted));
        }

        fn finds(&self, user: &Known) -> bool {
            self.is_wanted.iter().all(|is_wanted| is_wanted(user))
        }
    }

    /// The ids in the order of a sort.
    fn ordered(mut users: Vec<&Known>, sort: &str) -> Vec<i64> {
        users.sort_by_key(|user| match sort.split('_').next().unwrap() {
            "name" => (user.name.to_owned(), user.id),
            "initials" => (user.initials.clone(), user.id),
            _ => (String::new(), user.id),
        });
        if sort.ends_with("_desc") {
            users.reverse();
        }
        users.iter().map(|user| user.id).collect()
    }

    pub(super) async fn counters_pages_and_the_filter_agree(backend: Backend) {
        let (_server, tenant, api) = start(backend).await;
        let mut groups = Vec::new();
        for (name, _) in GROUPS {
            groups.push(tenant.group(name).await.unwrap());
        }
        let random = &mut Random(2026);
        let mut known = vec![Known {
            id: tenant.admin.id.0,
            status: "active",
            role: "admin",
            has_token: true,
            name: "admin",
            initials: "ad".to_owned(),
            email: tenant.admin.email.clone(),
            groups: Vec::new(),
        }];
        for number in 0..USERS {
            known.push(add(&tenant, &groups, number, random).await);
        }
        let sorts = [
            "id_asc",
            "id_desc",
            "name_asc",
            "name_desc",
            "initials_asc",
            "initials_desc",
        ];
        let mut listed = 0;
        for _ in 0..QUERIES {
            let asked = Asked::at_random(random, &known);
            let (sort, limit) = (*random.one_of(&sorts), 1 + random.below(40));
            let query = [asked.query.join("&"), format!("sort={sort}&limit={limit}")].join("&");
            let expected: Vec<&Known> = known.iter().filter(|user| asked.finds(user)).collect();
            listed += expected.len();
            agrees(&api, &query, expected, sort).await;
        }
        assert!(
            listed > 1_000,
            "the filters let through too little: {listed}"
        );
    }

    async fn agrees(api: &Api, query: &str, expected: Vec<&Known>, sort: &str) {
        let path = format!("/api/v2/users?{}", query.trim_start_matches('&'));
        let mut by_role: BTreeMap<&str, usize> = ROLES.iter().map(|(_, role)| (*role, 0)).collect();
        for user in &expected {
            *by_role.entry(user.role).or_default() += 1;
        }
        let counters = json!({"total": expected.len(), "by_role": by_role});
        let in_order = ordered(expected, sort);
        let forwards = pages(api, &path).await;
        for page in &forwards {
            assert_eq!(page["counters"], counters, "{path}");
            has_its_groups(page);
        }
        assert_eq!(ids(&forwards, "users"), in_order, "{path}");
        let last = forwards.last().unwrap();
        let mut backwards = pages_before(api, &path, last).await;
        assert!(backwards.iter().all(|page| page["counters"] == counters));
        backwards.push(last.clone());
        assert_eq!(ids(&backwards, "users"), in_order, "{path}");
    }

    /// The groups of a page are those of its users, each once.
    #[track_caller]
    fn has_its_groups(page: &Value) {
        let users = page["users"].as_array().unwrap();
        let mut of_users: Vec<String> = users
            .iter()
            .flat_map(|user| user["group_ids"].as_array().unwrap())
            .map(ToString::to_string)
            .collect();
        of_users.sort_unstable();
        of_users.dedup();
        let mut groups: Vec<String> = page["groups"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        groups.sort_unstable();
        assert_eq!(groups, of_users);
    }
}
