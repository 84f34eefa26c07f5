//! What mails say, and mails as files.

use crate::harness::on_both;

on_both! {
    /// Both parts, the link, the time at which it really ends, and what the inviter wrote.
    a_mail_says_what_is_stored

    /// A mail that resets a password.
    a_reset_mail_leads_to_its_page

    /// Templates of the operator.
    templates_are_replaced_by_files

    /// Without a mail server mails are files.
    without_a_server_mails_are_files

    /// at-rest: a token stands in its mail, and nowhere else.
    a_token_is_in_the_mail_alone
}

mod body {
    use crate::harness::{Api, Backend, Method, TestServer, TestTenant, read};
    use crate::mail_server::{MailServer, PUBLIC_URL, link, setup, token};
    use crate::rows;
    use crate::stored::rows as stored;
    use chrono::DateTime;
    use roster_server::mail::{Channel, MailSetup};
    use serde_json::{Value, json};
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    async fn start(backend: Backend) -> (TestServer, TestTenant, Api) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        (server, tenant, api)
    }

    /// Sends what is queued, and gives the mails.
    async fn sent(server: &TestServer, mail_server: &mut MailServer) -> Vec<Value> {
        let mut worker = server.mail_worker(&mail_server.setup()).unwrap();
        worker.turn().await.unwrap();
        mail_server.mails()
    }

    #[track_caller]
    fn holds(text: &Value, parts: &[&str]) {
        let text = text.as_str().unwrap();
        for part in parts {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    pub(super) async fn a_mail_says_what_is_stored(backend: Backend) {
        let (server, ..) = start(backend).await;
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        // Seconds, so that the end of the link has to be rounded.
        server.advance_seconds(7);
        let body = json!({"email": "Ana@x.io", "role": "user", "name": "Ana <3",
                          "message": "Hello,\n\n<b>welcome</b> & \"enjoy\""});
        let invite = api.request(Method::POST, "/users/invite.json");
        read(invite.header("Host", "evil.example").json(&body))
            .await
            .expect(200);
        let mut mail_server = MailServer::start();
        let mail = sent(&server, &mut mail_server).await.remove(0);

        let expires_at = "SELECT expires_at AS value FROM links";
        let expires_at = server.database().count(expires_at).unwrap();
        let week = 7 * 86_400;
        assert_eq!(
            expires_at,
            TestServer::EPOCH_MICROS + (week + 60) * 1_000_000
        );
        let expires_at = DateTime::from_timestamp_micros(expires_at).unwrap();
        let printed = expires_at.format("%A, %-d %B %Y, %H:%M UTC").to_string();
        assert_eq!(printed, "Thursday, 8 January 2026, 00:01 UTC");

        let link = link(&mail);
        assert_eq!(link, format!("{PUBLIC_URL}/invitations/{}", token(&mail)));
        assert_eq!(token(&mail).len(), 43);
        let name = stored(server.database(), &["name"], "tenants WHERE id > 1", "id");
        let name = name[0]["name"].as_str().unwrap();
        assert_eq!(
            mail["headers"]["Subject"],
            format!("Admin invites you to {name}")
        );
        assert_eq!(mail["headers"]["To"], "\"Ana <3\" <Ana@x.io>");
        assert_eq!(mail["headers"]["From"], "Roster <roster@people.example>");
        assert_eq!(mail["headers"]["Message-ID"], "<outbox-1@people.example>");
        assert_eq!(mail["headers"]["Auto-Submitted"], "auto-generated");
        assert_eq!(mail["headers"]["Date"], "Thu, 01 Jan 2026 00:00:07 +0000");
        assert_eq!(
            (&mail["from"], &mail["to"]),
            (&json!("roster@people.example"), &json!(["Ana@x.io"]))
        );
        let invites = format!("Admin invites you to {name}");
        holds(
            &mail["text"],
            &[
                &link,
                &printed,
                &invites,
                "Hello Ana <3,",
                "<b>welcome</b> & \"enjoy\"",
            ],
        );
        holds(
            &mail["html"],
            &[
                &link,
                &printed,
                "Hello <bdi>Ana &lt;3</bdi>,",
                "&lt;b&gt;welcome&lt;&#x2f;b&gt; &amp; &quot;enjoy&quot;",
            ],
        );
        for part in ["text", "html"] {
            assert!(!mail[part].as_str().unwrap().contains("evil"), "{mail}");
        }
        // The link is good until that moment.
        let path = format!("/api/account/invitations/{}", token(&mail));
        let anonymous = Api::anonymous(&server.base_url());
        server.advance_seconds(week + 52);
        anonymous.get(&path).await.expect(200);
        server.advance_seconds(1);
        anonymous.get(&path).await.expect(410);
    }

    pub(super) async fn a_reset_mail_leads_to_its_page(backend: Backend) {
        let (server, tenant, _) = start(backend).await;
        let anonymous = Api::anonymous(&server.base_url());
        let body = json!({"tenant": tenant.slug, "email": tenant.admin.email});
        anonymous
            .post("/api/account/password_resets", body)
            .await
            .expect(202);
        let mut mail_server = MailServer::start();
        let mail = sent(&server, &mut mail_server).await.remove(0);
        let page = format!("{PUBLIC_URL}/password_resets/{}", token(&mail));
        assert_eq!(link(&mail), page);
        holds(
            &mail["text"],
            &[&tenant.admin.email, "1 January 2026, 01:00 UTC"],
        );
        holds(&mail["html"], &[&page]);
    }

    pub(super) async fn templates_are_replaced_by_files(backend: Backend) {
        let (server, _, api) = start(backend).await;
        let body = json!({"email": "ana@x.io", "role": "user", "message": "a\nb"});
        api.post("/users/invite.json", body).await.expect(200);
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        file("invitation.subject.txt", "{{ recipient }}: {{ message }}");
        file(
            "invitation.txt",
            "Ciao {{ recipient_name or 'tu' }}, {{ link }} {{ expires_at_rfc3339 }}",
        );
        let mut mail_server = MailServer::start();
        let templates = format!("mail_templates = '{}'", folder.path().display());
        let settings = mail_server.setup_with(&format!("smtp_security = 'none'\n{templates}"));
        server.mail_worker(&settings).unwrap().turn().await.unwrap();
        let mail = mail_server.mails().remove(0);
        assert_eq!(mail["headers"]["Subject"], "ana@x.io: a b");
        holds(
            &mail["text"],
            &[
                "Ciao tu, https://people.example/",
                "2026-01-08T00:00:00.000Z",
            ],
        );
        holds(&mail["html"], &["Accept the invitation"]);

        file("invitation.txt", "{{ link }}\n{% if %}");
        let fault = server.mail_worker(&settings).err().unwrap().to_string();
        assert!(fault.contains("invitation.txt, line 2"), "{fault}");
    }

    fn files(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    pub(super) async fn without_a_server_mails_are_files(backend: Backend) {
        let (server, _, api) = start(backend).await;
        for email in ["ana@x.io", "bob@x.io"] {
            let body = json!({"email": email, "role": "user"});
            api.post("/users/invite.json", body).await.expect(200);
        }
        let data_dir = tempfile::tempdir().unwrap();
        let setup = setup(&format!("data_dir = '{}'", data_dir.path().display()));
        let mut worker = server.mail_worker(&setup).unwrap();
        assert_eq!(worker.turn().await.unwrap().sent, 2);
        let folder = data_dir.path().join("mail");
        let names = ["20260101T000000Z-1.eml", "20260101T000000Z-2.eml"];
        assert_eq!(files(&folder), names);
        assert_eq!(mode(&folder), 0o700);
        let path = folder.join(names[0]);
        assert_eq!(mode(&path), 0o600);
        let first = std::fs::read_to_string(&path).unwrap();
        assert!(first.contains("\r\nTo: ana@x.io\r\n"), "{first}");
        assert!(first.trim_end().ends_with("--"), "{first}");

        // As if the process had died before it could report.
        let again = "UPDATE outbox SET status = 'queued', next_attempt_at = 0 WHERE id = 1";
        server.database().execute(again).unwrap();
        server.advance_seconds(60);
        assert_eq!(worker.turn().await.unwrap().sent, 1);
        assert_eq!(files(&folder), names);
        assert_ne!(std::fs::read_to_string(&path).unwrap(), first);

        // A folder that cannot be written is no reason to lose a mail.
        let blocked = data_dir.path().join("file");
        std::fs::write(&blocked, "").unwrap();
        let setup = MailSetup {
            channel: Channel::Folder(blocked.join("mail")),
            ..setup
        };
        server.database().execute(again).unwrap();
        let mut worker = server.mail_worker(&setup).unwrap();
        assert_eq!(worker.turn().await.unwrap().postponed, 1);
    }

    pub(super) async fn a_token_is_in_the_mail_alone(backend: Backend) {
        let (server, _, api) = start(backend).await;
        let body = json!({"email": "ana@x.io", "role": "user"});
        api.post("/users/invite.json", body.clone())
            .await
            .expect(200);
        let mut mail_server = MailServer::start();
        // A filter for spam may repeat what it does not like.
        mail_server
            .rules(json!([{"at": "content", "do": "451 4.7.1 {link} is listed", "times": 1}]));
        let mails = sent(&server, &mut mail_server).await;
        assert!(mails.is_empty());
        let errors = stored(server.database(), &["last_error"], "outbox", "id");
        holds(
            &errors[0]["last_error"],
            &["451", "https://people.example/invitations/… is listed"],
        );
        server.advance_seconds(60);
        let token = token(&sent(&server, &mut mail_server).await[0]);
        let dump = rows::dump(backend, server.database(), None).join("\n");
        assert!(dump.contains("outbox") && dump.contains("links"), "{dump}");
        assert!(
            !dump.to_lowercase().contains(&token.to_lowercase()),
            "{dump}"
        );
    }
}
