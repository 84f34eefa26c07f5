//! What a Terraform provider for the original sends, request by request, read as that client reads: a wrong type of
//! a field, or one that is missing, stops it.

use crate::harness::on_both;

on_both! {
    /// A person is made, changed, read, taken away and made again.
    a_person_from_its_making_to_its_end
    /// A group is made and filled, and read with its members.
    a_group_and_its_members
    /// What it makes of faults.
    faults_are_read_from_the_top_of_the_body
}

mod body {
    use crate::harness::{Answer, Api, Backend, Method, read};
    use crate::v2_calls::{add_users, start};
    use serde::Deserialize;
    use serde_json::{Value, json};

    /// A user as the client has it: what it reads has to be there, in these types.
    #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
    struct User {
        id: i64,
        email: String,
        name: Option<String>,
        role: String,
        title: Option<String>,
        job_title: Option<String>,
        is_deleted: bool,
        is_activated: bool,
        allow_authentication_token: bool,
        enable_export_data: bool,
    }

    #[derive(Debug, Deserialize)]
    struct UserPage {
        users: Vec<User>,
        cursors: Cursors,
    }

    #[derive(Debug, Deserialize)]
    struct Cursors {
        next: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    struct JobAnswer {
        job: Job,
    }

    #[derive(Debug, Deserialize)]
    struct Job {
        id: i64,
        status: String,
    }

    #[derive(Debug, Deserialize)]
    struct GroupAnswer {
        group: Group,
    }

    #[derive(Debug, Deserialize)]
    struct Group {
        id: i64,
        name: String,
        #[serde(default)]
        user_ids: Vec<i64>,
    }

    /// A fault as the client reads it.
    #[derive(Debug, Deserialize)]
    struct Fault {
        r#type: String,
        message: String,
    }

    #[track_caller]
    fn read_as<T: serde::de::DeserializeOwned>(answer: &Answer) -> T {
        assert!(answer.status.is_success(), "{}", answer.text);
        serde_json::from_str(&answer.text)
            .unwrap_or_else(|fault| panic!("{fault}: {}", answer.text))
    }

    /// The provider: it sends JSON with its type where there is a body, and nothing at all where there is none.
    struct Provider {
        api: Api,
    }

    impl Provider {
        async fn send(&self, method: Method, path: &str, body: Value) -> Answer {
            let request = self.api.request(method, &format!("/api/v2{path}"));
            let request = request.header("Accept", "application/json");
            read(match body {
                Value::Null => request,
                body => request.json(&body),
            })
            .await
        }

        /// All users, a hundred at a time.
        async fn list(&self) -> Vec<User> {
            let (mut users, mut path) = (Vec::new(), "/users?limit=100".to_owned());
            loop {
                let page: UserPage = read_as(&self.send(Method::GET, &path, Value::Null).await);
                users.extend(page.users);
                match page.cursors.next {
                    Some(next) => path = format!("/users?limit=100&after={next}"),
                    None => return users,
                }
            }
        }

        async fn find(&self, email: &str) -> Option<User> {
            let users = self.list().await;
            users
                .into_iter()
                .find(|user| user.email.eq_ignore_ascii_case(email))
        }

        /// Makes a user: whoever was deleted comes back, anybody else is invited; then sets what is wanted.
        async fn create(&self, email: &str, wanted: Value) -> User {
            let id = match self.find(email).await {
                Some(user) => {
                    assert!(user.is_deleted);
                    let path = format!("/users/{}/restore", user.id);
                    self.send(Method::POST, &path, Value::Null)
                        .await
                        .expect(200);
                    user.id
                }
                None => {
                    let body = json!({"emails": [email], "role": wanted["role"]});
                    let answer = self.send(Method::POST, "/users/invite", body).await;
                    let JobAnswer { job } = read_as(&answer);
                    assert!(job.id > 0 && job.status == "queued", "{job:?}");
                    self.find(email)
                        .await
                        .expect("the invited user is there at once")
                        .id
                }
            };
            self.update(id, wanted).await
        }

        async fn update(&self, id: i64, wanted: Value) -> User {
            let answer = self
                .send(
                    Method::PUT,
                    &format!("/users/{id}"),
                    json!({"user": wanted}),
                )
                .await;
            // Without an envelope: with one the client would read the id 0.
            let user: User = read_as(&answer);
            assert_eq!(user.id, id);
            user
        }

        /// Reads a user as it does for a plan: out of the list, by id.
        async fn read(&self, id: i64) -> Option<User> {
            let users = self.list().await;
            users
                .into_iter()
                .find(|user| user.id == id && !user.is_deleted)
        }

        /// Deletes a user; one that is gone is as good.
        async fn delete(&self, id: i64) {
            let answer = self
                .send(Method::DELETE, &format!("/users/{id}"), Value::Null)
                .await;
            assert!(
                [200, 404].contains(&answer.status.as_u16()),
                "{}",
                answer.text
            );
        }

        async fn group(&self, id: i64) -> Group {
            let path = format!("/groups/{id}?include_users=true");
            let answer: GroupAnswer = read_as(&self.send(Method::GET, &path, Value::Null).await);
            answer.group
        }
    }

    pub(super) async fn a_person_from_its_making_to_its_end(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        // So many that the list has several pages.
        add_users(&server, &tenant, 230, "'viewer'");
        let provider = Provider { api };
        let wanted = json!({
            "role": "analyst", "name": "Zoe", "title": "Dr", "job_title": "Chief",
            "allow_authentication_token": true, "enable_export_data": false,
        });
        let made = provider.create("Zoe@example.com", wanted.clone()).await;
        let expected = User {
            id: made.id,
            email: "Zoe@example.com".to_owned(),
            name: Some("Zoe".to_owned()),
            role: "analyst".to_owned(),
            title: Some("Dr".to_owned()),
            job_title: Some("Chief".to_owned()),
            is_deleted: false,
            is_activated: false,
            allow_authentication_token: true,
            enable_export_data: false,
        };
        assert_eq!(made, expected);
        // The next plan finds nothing to be done.
        assert_eq!(provider.read(made.id).await, Some(expected.clone()));
        let only_role = provider.update(made.id, json!({"role": "explorer"})).await;
        let changed = User {
            role: "explorer".to_owned(),
            ..expected.clone()
        };
        assert_eq!(only_role, changed);

        provider.delete(made.id).await;
        assert_eq!(provider.read(made.id).await, None);
        // Another run deletes what is gone already.
        provider.delete(made.id).await;
        // In another case it is the same person, who comes back under the same id.
        let again = provider.create("zoe@EXAMPLE.com", wanted).await;
        assert_eq!(again, expected);
        assert_eq!(provider.list().await.len(), 232);
    }

    pub(super) async fn a_group_and_its_members(backend: Backend) {
        let (_server, _tenant, api) = start(backend).await;
        let provider = Provider { api };
        let mut users = Vec::new();
        for email in ["a@x.io", "b@x.io", "c@x.io"] {
            users.push(provider.create(email, json!({"role": "user"})).await.id);
        }
        let body = json!({"group": {"name": "Singapore"}});
        let answer = provider
            .send(Method::POST, "/groups", body)
            .await
            .expect(201);
        let GroupAnswer { group } = read_as(&answer);
        assert_eq!(group.name, "Singapore");
        for user in &users {
            let path = format!("/groups/{}/add_user/{user}", group.id);
            for _ in 0..2 {
                provider
                    .send(Method::POST, &path, Value::Null)
                    .await
                    .expect(200);
            }
        }
        assert_eq!(provider.group(group.id).await.user_ids, users);
        let path = format!("/groups/{}/remove_user/{}", group.id, users[1]);
        provider
            .send(Method::POST, &path, Value::Null)
            .await
            .expect(200);
        provider.delete(users[2]).await;
        assert_eq!(provider.group(group.id).await.user_ids, users[..1]);
        let body = json!({"group": {"name": "Asia"}});
        let path = format!("/groups/{}", group.id);
        let GroupAnswer { group: renamed } =
            read_as(&provider.send(Method::PUT, &path, body).await);
        assert_eq!((renamed.id, renamed.name.as_str()), (group.id, "Asia"));
        provider
            .send(Method::DELETE, &path, Value::Null)
            .await
            .expect(200);
        let gone = provider
            .send(Method::GET, &path, Value::Null)
            .await
            .expect(404);
        let fault: Fault = serde_json::from_str(&gone.text).unwrap();
        assert_eq!(fault.r#type, "BaseError");
    }

    pub(super) async fn faults_are_read_from_the_top_of_the_body(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let provider = Provider { api };
        let admin = format!("/users/{}", tenant.admin.id);
        let taken = json!({"emails": [tenant.admin.email], "role": "user"});
        let group = json!({"group": {"name": "Asia"}});
        provider
            .send(Method::POST, "/groups", group.clone())
            .await
            .expect(201);
        for (method, path, body, status, kind) in [
            (
                Method::POST,
                "/users/invite",
                taken,
                422,
                "InvalidEmailsInvitationError",
            ),
            (
                Method::POST,
                "/users/invite",
                json!({"emails": ["a@x.io"]}),
                422,
                "RecordError",
            ),
            (
                Method::PUT,
                &admin,
                json!({"user": {"role": "growth_admin"}}),
                422,
                "RecordError",
            ),
            (
                Method::PUT,
                &admin,
                json!({"user": {"role": "user"}}),
                422,
                "InvalidOperationError",
            ),
            (
                Method::DELETE,
                &admin,
                Value::Null,
                422,
                "InvalidOperationError",
            ),
            (Method::POST, "/groups", group, 422, "InvalidOperationError"),
            (
                Method::POST,
                "/groups/4711/add_user/4711",
                Value::Null,
                404,
                "BaseError",
            ),
            (
                Method::GET,
                "/users?limit=1000",
                Value::Null,
                400,
                "InvalidParameterError",
            ),
            (Method::GET, "/nowhere", Value::Null, 404, "BaseError"),
            (
                Method::PATCH,
                &admin,
                Value::Null,
                405,
                "InvalidParameterError",
            ),
        ] {
            let answer = provider.send(method, path, body).await.expect(status);
            let fault: Fault = serde_json::from_str(&answer.text).unwrap();
            assert_eq!(fault.r#type, kind, "{path}");
            assert!(!fault.message.is_empty());
        }
        let stranger = Provider {
            api: provider.api.without_key(&server.base_url()),
        };
        let answer = stranger
            .send(Method::GET, "/users", Value::Null)
            .await
            .expect(401);
        let fault: Fault = serde_json::from_str(&answer.text).unwrap();
        assert_eq!(fault.r#type, "AuthError");
    }
}
