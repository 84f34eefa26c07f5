//! Addresses: what counts as the same, what is refused, and that the rest is kept as typed.

use crate::harness::on_both;

on_both! {
    /// address-case: one address whatever its case, on every path.
    case_is_no_difference

    /// address-unicode: spellings that look alike are one address, on every path.
    spellings_are_one_address

    /// address-unicode: what cannot be seen is refused on every path, and makes no user.
    invisible_characters_are_refused

    /// address-odd: correct but unusual addresses are found when they are encoded.
    odd_addresses_are_found

    /// address-odd: what a query or a path holds by mistake is refused, not guessed.
    odd_requests_are_refused
}

mod body {
    use crate::harness::{Answer, Api, Backend, TestServer, read};
    use crate::stored::{everything, user_of};
    use reqwest::Method;
    use serde_json::{Value, json};

    async fn invite(api: &Api, email: &str) -> Answer {
        let body = json!({"email": email, "role": "analyst"});
        api.post("/users/invite.json", body).await
    }

    async fn look_up(api: &Api, path: &str, email: &str) -> Answer {
        let request = api.request(Method::GET, path).query(&[("email", email)]);
        read(request).await
    }

    async fn check(api: &Api, email: &str) -> Answer {
        look_up(api, "/users/check_holistics_user.json/", email).await
    }

    async fn get(api: &Api, email: &str) -> Answer {
        look_up(api, "/users/get_user.json/", email).await
    }

    /// Invites under the first spelling; every path has to know the others as the same.
    async fn expect_one_address(api: &Api, spellings: &[&str]) {
        let typed = spellings[0];
        invite(api, typed).await.expect(200);
        let id = get(api, typed).await.expect(200).json()["id"].clone();
        for step in ["pending", "deleted", "restored"] {
            match step {
                "deleted" => drop(api.delete(&format!("/users/{id}.json")).await.expect(200)),
                "restored" => {
                    let body = json!({"id": id});
                    api.post("/users/restore.json", body).await.expect(200);
                }
                _ => {}
            }
            for spelling in spellings {
                let again = invite(api, spelling).await.expect(422);
                assert_eq!(again.errors(), ["Email already existed"], "{spelling}");
                let checked = check(api, spelling).await.expect(200).json();
                assert_eq!(checked, json!({"is_already_user": true}), "{spelling}");
                let user = get(api, spelling).await.expect(200).json();
                assert_eq!(user["id"], id, "{spelling}");
                assert_eq!(user["email"], typed);
            }
        }
    }

    pub(super) async fn case_is_no_difference(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        expect_one_address(&api, &["A@x.io", "a@X.IO", "a@x.io", "A@X.Io"]).await;
        expect_one_address(&api, &["ОЛЬГА@x.io", "ольга@x.io", "Ольга@X.io"]).await;
        // The admin's own address was never typed in capitals.
        let admin = invite(&api, "ADMIN@Roster.Example").await.expect(422);
        assert_eq!(admin.errors(), ["Email already existed"]);
        let list = api.get("/users.json").await.expect(200).json();
        assert_eq!(list.as_array().unwrap().len(), 3);
    }

    pub(super) async fn spellings_are_one_address(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let addresses: &[&[&str]] = &[
            &["jose\u{301}@x.io", "josé@x.io", "JOSÉ@X.io"],
            &["ｊｏｈｎ@x.io", "john@x.io", "john＠x.io", "john@x。io"],
            &["STRASSE@x.io", "straße@x.io", "strasse@x.io"],
            &["ﬁn@x.io", "fin@x.io"],
            &[
                "a@bücher.example",
                "a@xn--bcher-kva.example",
                "A@BÜCHER.example",
            ],
            &["a@xn--e1afmkfd.xn--p1ai", "a@пример.рф"],
            &["Ω@x.io", "ω@x.io", "\u{2126}@x.io"],
        ];
        for spellings in addresses {
            expect_one_address(&api, spellings).await;
        }
        let list = api.get("/users.json").await.expect(200).json();
        assert_eq!(list.as_array().unwrap().len(), 1 + addresses.len());
    }

    pub(super) async fn invisible_characters_are_refused(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        invite(&api, "ana@x.io").await.expect(200);
        let before = everything(server.database());
        let text =
            "email must not contain spaces, control characters or other invisible characters";
        for c in [
            '\0',
            '\t',
            '\n',
            '\r',
            ' ',
            '\u{7f}',
            '\u{85}',
            '\u{a0}',
            '\u{ad}',
            '\u{34f}',
            '\u{115f}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{202e}',
            '\u{2028}',
            '\u{2060}',
            '\u{2800}',
            '\u{3000}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{e000}',
            '\u{e0041}',
        ] {
            for email in [
                format!("{c}ana@x.io"),
                format!("an{c}a@x.io"),
                format!("ana{c}@x.io"),
                format!("ana@x{c}.io"),
                format!("ana@x.io{c}"),
            ] {
                for answer in [
                    invite(&api, &email).await,
                    check(&api, &email).await,
                    get(&api, &email).await,
                ] {
                    assert_eq!(answer.expect(422).errors(), [text], "{email:?}");
                }
            }
        }
        assert_eq!(everything(server.database()), before);
    }

    pub(super) async fn odd_addresses_are_found(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let odd = [
            "a+b@x.io",
            "+a@x.io",
            "o'brien@x.io",
            "a/b@x.io",
            "a%2Fb@x.io",
            "a%2fb%00@x.io",
            "a#b@x.io",
            "a?b@x.io",
            "a&email=c@x.io",
            "a=b@x.io",
            "a%b@x.io",
            "a_b@x.io",
            "a*b@x.io",
            "{a}@x.io",
            "a|b@x.io",
            "a`b@x.io",
            "-a@x.io",
            "$a@x.io",
        ];
        for (number, email) in odd.iter().enumerate() {
            let free = check(&api, email).await.expect(200).json();
            // `a%2Fb` and `a%2fb%00` and the like are addresses of their own.
            assert_eq!(free, json!({"is_already_user": false}), "{email}");
            get(&api, email).await.expect(404);
            invite(&api, email).await.expect(200);
            let taken = check(&api, email).await.expect(200).json();
            assert_eq!(taken, json!({"is_already_user": true}), "{email}");
            assert_eq!(get(&api, email).await.expect(200).json()["email"], *email);
            let list = api.get("/users.json").await.expect(200).json();
            assert_eq!(list.as_array().unwrap().len(), number + 2);
            assert_eq!(user_of(&list, email)["is_activated"], false);
        }
        // The same by hand, in the ways in which clients write a query.
        for (query, email) in [
            ("email=a%2Bb%40x.io", "a+b@x.io"),
            ("email=a%2bb@x.io", "a+b@x.io"),
            ("email=a%2Fb@x.io", "a/b@x.io"),
            ("email=a/b@x.io", "a/b@x.io"),
            ("email=a%252Fb@x.io", "a%2Fb@x.io"),
            ("email=a%23b@x.io", "a#b@x.io"),
            ("email=a?b@x.io", "a?b@x.io"),
            ("email=o%27brien@x.io", "o'brien@x.io"),
            ("email=a%26email%3Dc@x.io", "a&email=c@x.io"),
            ("email=a=b@x.io", "a=b@x.io"),
            ("email=a%25b@x.io", "a%b@x.io"),
            ("x=1&email=%61_b@x.io&email=other", "a_b@x.io"),
        ] {
            for path in ["/users/get_user.json/", "/users/get_user.json"] {
                let found = api.get(&format!("{path}?{query}")).await.expect(200);
                assert_eq!(found.json()["email"], email, "{query}");
            }
        }
    }

    pub(super) async fn odd_requests_are_refused(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        invite(&api, "a+b@x.io").await.expect(200);
        invite(&api, "a@x.io").await.expect(200);
        let before = everything(server.database());
        for query in [
            "",
            "?",
            "?email",
            "?email=",
            "?Email=a@x.io",
            "?email=a+b@x.io",
            "?email=a%20b@x.io",
            "?email=a%2520@x.io%20",
            "?email=+a@x.io",
            "?email=a@x.io+",
            "?email=a#@x.io",
            "?email=%00a@x.io",
            "?email=a%0A@x.io",
            "?email=%FFa@x.io",
            "?email=%C3%28@x.io",
            "?email=a%40x.io%2F",
            "?email[]=a@x.io",
            "?email=a@x.io,b@x.io",
            "?email=%",
        ] {
            for path in ["/users/get_user.json/", "/users/check_holistics_user.json"] {
                let answer = api.get(&format!("{path}{query}")).await.expect(422);
                assert!(
                    answer.errors()[0].starts_with("email "),
                    "{query}: {}",
                    answer.text
                );
            }
        }
        for id in [
            "a%2Fb",
            "1%2F2",
            "1%20",
            "%201",
            "%00",
            "1%00",
            "+1",
            "-1",
            "0x1",
            "1e3",
            "1.0",
            "1;2",
            "1%3F",
            "1%23",
            "9223372036854775808",
            "%F0",
            "o'brien",
            "..%2F..",
            "%2E%2E",
        ] {
            let path = format!("/users/{id}.json");
            for answer in [
                api.delete(&path).await,
                api.patch(&path, json!({"title": "x"})).await,
                api.post(&format!("/users/{id}/resend_invite.json"), Value::Null)
                    .await,
                api.put(&format!("/groups/{id}/user/4711"), Value::Null)
                    .await,
                api.delete(&format!("/groups/4711/user/{id}")).await,
            ] {
                assert!(
                    [404, 405].contains(&answer.status.as_u16()),
                    "{id}: {}",
                    answer.text
                );
                assert_eq!(answer.errors().len(), 1);
            }
        }
        assert_eq!(everything(server.database()), before);
    }
}
