//! mail-outage: mails and a mail server that is down, refuses, is slow or hangs up.

use crate::harness::on_both;

on_both! {
    /// Down for a while: the pauses grow, and the mail arrives once.
    a_mail_waits_for_its_server

    /// 4xx: later.
    a_mail_that_is_put_off_is_sent_later

    /// 5xx: the mail has failed, for everybody to see, and a fresh one can be sent.
    a_refused_mail_has_failed

    /// A server that wants to know us first says nothing about the mail.
    a_server_that_refuses_us_is_tried_again

    /// A server that says nothing is left after a while.
    a_silent_server_is_left

    /// A connection that breaks before the mail is accepted.
    a_mail_that_was_cut_off_is_sent_again

    /// A connection that breaks when the mail is accepted: nobody can know, so it comes again under the same number.
    a_mail_whose_acceptance_was_lost_has_the_same_number

    /// Given up after the time that is set: the invitation stays, and can be sent again.
    a_mail_is_given_up_after_a_time
}

mod body {
    use crate::harness::{Api, Backend, TestServer, TestTenant};
    use crate::mail_server::{MailServer, SHORT, token};
    use crate::stored::{audit_trail, rows, user_of};
    use roster_server::mail::{Channel, MailSetup, Turn, Worker};
    use serde_json::{Value, json};
    use std::time::Duration;

    /// A server with an invited user.
    async fn invited(backend: Backend) -> (TestServer, TestTenant, Api) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        let body = json!({"email": "ana@x.io", "role": "user"});
        api.post("/users/invite.json", body).await.expect(200);
        (server, tenant, api)
    }

    /// The rows of the outbox.
    fn outbox(server: &TestServer) -> Vec<Value> {
        let columns = [
            "status",
            "attempts",
            "next_attempt_at",
            "finished_at",
            "last_error",
        ];
        rows(server.database(), &columns, "outbox", "id")
    }

    fn now(seconds: i64) -> i64 {
        TestServer::EPOCH_MICROS + seconds * 1_000_000
    }

    fn links(server: &TestServer) -> i64 {
        let count = "SELECT count(*) AS value FROM links";
        server.database().count(count).unwrap()
    }

    #[track_caller]
    fn failed_with(row: &Value, text: &str) {
        let error = row["last_error"].as_str().unwrap();
        assert!(error.contains(text), "{error}");
    }

    async fn turn(worker: &mut Worker) -> Turn {
        worker.turn().await.unwrap()
    }

    const SENT: Turn = Turn {
        sent: 1,
        postponed: 0,
        failed: 0,
        left: 0,
        were_others: false,
    };
    const POSTPONED: Turn = Turn {
        sent: 0,
        postponed: 1,
        ..SENT
    };
    const FAILED: Turn = Turn {
        sent: 0,
        failed: 1,
        ..SENT
    };

    /// The same settings with little patience.
    fn hasty(mut settings: MailSetup) -> MailSetup {
        if let Channel::Smtp(smtp) = &mut settings.channel {
            smtp.timeout = SHORT;
        }
        settings
    }

    pub(super) async fn a_mail_waits_for_its_server(backend: Backend) {
        let (server, ..) = invited(backend).await;
        let mut mail_server = MailServer::deaf(json!({}));
        let mut worker = server.mail_worker(&mail_server.setup()).unwrap();
        let mut passed = 0;
        for (attempt, pause) in [(1, 60), (2, 120), (3, 240)] {
            assert_eq!(turn(&mut worker).await, POSTPONED);
            let row = outbox(&server).remove(0);
            let expected = json!({"status": "queued", "attempts": attempt, "next_attempt_at": now(passed + pause),
                                  "finished_at": null, "last_error": row["last_error"]});
            assert_eq!(row, expected);
            failed_with(&row, "while connecting: ");
            // Not before its time.
            server.advance_seconds(pause - 1);
            assert_eq!(turn(&mut worker).await, Turn::default());
            server.advance_seconds(1);
            passed += pause;
        }
        // A token that nobody got is forgotten.
        assert_eq!(links(&server), 0);
        mail_server.listen();
        assert_eq!(turn(&mut worker).await, SENT);
        let row = json!({"status": "sent", "attempts": 4, "next_attempt_at": now(passed + 300),
                         "finished_at": now(passed), "last_error": null});
        assert_eq!(outbox(&server), [row]);
        server.advance_seconds(100_000);
        assert_eq!(turn(&mut worker).await, Turn::default());
        assert_eq!(mail_server.mails().len(), 1);
        assert_eq!(links(&server), 1);
    }

    pub(super) async fn a_mail_that_is_put_off_is_sent_later(backend: Backend) {
        let mut mail_server = MailServer::start();
        for at in ["greeting", "mail", "rcpt", "data", "content"] {
            let (server, ..) = invited(backend).await;
            mail_server.rules(json!([{"at": at, "do": "451 4.2.0 later, please", "times": 2}]));
            let mut worker = server.mail_worker(&mail_server.setup()).unwrap();
            for attempt in 1..=2 {
                assert_eq!(turn(&mut worker).await, POSTPONED, "{at}");
                let row = outbox(&server).remove(0);
                assert_eq!(row["attempts"], attempt);
                failed_with(&row, "451");
                server.advance_seconds(120);
            }
            assert_eq!(turn(&mut worker).await, SENT, "{at}");
            assert_eq!(mail_server.mails().len(), 1);
            assert_eq!(links(&server), 1);
        }
    }

    pub(super) async fn a_refused_mail_has_failed(backend: Backend) {
        let mut mail_server = MailServer::start();
        for at in ["rcpt", "data", "content"] {
            let (server, tenant, api) = invited(backend).await;
            mail_server.rules(json!([{"at": at, "do": "550 5.1.1 no such person"}]));
            let mut worker = server.mail_worker(&mail_server.setup()).unwrap();
            assert_eq!(turn(&mut worker).await, FAILED, "{at}");
            let row = outbox(&server).remove(0);
            let expected = json!({"status": "failed", "attempts": 1, "next_attempt_at": now(300),
                                  "finished_at": now(0), "last_error": row["last_error"]});
            assert_eq!(row, expected);
            failed_with(&row, "(550): 5.1.1 no such person");
            assert_eq!(links(&server), 0);

            let list = api.get("/users.json").await.expect(200).json();
            let ana = user_of(&list, "ana@x.io");
            assert_eq!(ana["is_activated"], false);
            let event = audit_trail(server.database()).pop().unwrap();
            let expected = json!({
                "tenant_id": tenant.id, "occurred_at": now(0), "actor_kind": "system", "actor_id": null,
                "actor_email": null, "action": "mail.fail", "target_type": "user", "target_id": ana["id"],
                "target_label": "ana@x.io", "before_change": null,
                "after_change": {"mail": "invitation", "attempts": 1, "error": row["last_error"]},
                "request_id": null, "ip": null, "via": "system",
            });
            assert_eq!(event, expected);

            mail_server.rules(json!([]));
            let path = format!("/users/{}/resend_invite.json", ana["id"]);
            api.post(&path, Value::Null).await.expect(200);
            assert_eq!(turn(&mut worker).await, SENT);
            let statuses: Vec<Value> = outbox(&server)
                .into_iter()
                .map(|row| row["status"].clone())
                .collect();
            assert_eq!(statuses, ["failed", "sent"]);
            assert_eq!(mail_server.mails().len(), 1);
        }
    }

    pub(super) async fn a_server_that_refuses_us_is_tried_again(backend: Backend) {
        let mut mail_server = MailServer::start();
        for (at, answer) in [
            ("greeting", "554 5.3.2 closed"),
            ("mail", "550 5.7.1 sender unknown"),
            ("rcpt", "530 5.7.0 sign in first"),
        ] {
            let (server, ..) = invited(backend).await;
            mail_server.rules(json!([{"at": at, "do": answer}]));
            let mut worker = server.mail_worker(&mail_server.setup()).unwrap();
            assert_eq!(turn(&mut worker).await, POSTPONED, "{at}");
            failed_with(&outbox(&server)[0], &answer[..3]);
            mail_server.rules(json!([]));
            server.advance_seconds(60);
            assert_eq!(turn(&mut worker).await, SENT, "{at}");
        }
    }

    pub(super) async fn a_silent_server_is_left(backend: Backend) {
        let mut mail_server = MailServer::start();
        for at in ["greeting", "rcpt", "content"] {
            let (server, ..) = invited(backend).await;
            mail_server.rules(json!([{"at": at, "do": "hang", "times": 1}]));
            let settings = mail_server.setup();
            let mut worker = server.mail_worker(&hasty(settings.clone())).unwrap();
            assert_eq!(turn(&mut worker).await, POSTPONED, "{at}");
            failed_with(&outbox(&server)[0], "no answer within");
            server.advance_seconds(60);
            let mut worker = server.mail_worker(&settings).unwrap();
            assert_eq!(turn(&mut worker).await, SENT, "{at}");
            assert_eq!(mail_server.mails().len(), 1);
        }
    }

    pub(super) async fn a_mail_that_was_cut_off_is_sent_again(backend: Backend) {
        let mut mail_server = MailServer::start();
        for at in ["greeting", "mail", "rcpt", "data", "content"] {
            let (server, ..) = invited(backend).await;
            mail_server.rules(json!([{"at": at, "do": "drop", "times": 1}]));
            let mut worker = server.mail_worker(&mail_server.setup()).unwrap();
            assert_eq!(turn(&mut worker).await, POSTPONED, "{at}");
            server.advance_seconds(60);
            assert_eq!(turn(&mut worker).await, SENT, "{at}");
            assert_eq!(mail_server.mails().len(), 1);
        }
    }

    pub(super) async fn a_mail_whose_acceptance_was_lost_has_the_same_number(backend: Backend) {
        let (server, ..) = invited(backend).await;
        let mut mail_server = MailServer::start();
        mail_server.rules(json!([{"at": "accepted", "do": "drop", "times": 1}]));
        let mut worker = server.mail_worker(&mail_server.setup()).unwrap();
        assert_eq!(turn(&mut worker).await, POSTPONED);
        server.advance_seconds(60);
        assert_eq!(turn(&mut worker).await, SENT);
        let mails = mail_server.mails();
        assert_eq!(mails.len(), 2);
        assert_eq!(
            mails[0]["headers"]["Message-ID"],
            mails[1]["headers"]["Message-ID"]
        );
        // Whichever of the two is read, its link works.
        for mail in mails {
            let path = format!("/api/account/invitations/{}", token(&mail));
            let api = Api::anonymous(&server.base_url());
            let invitation = api.get(&path).await.expect(200).json();
            assert_eq!(invitation["email"], "ana@x.io");
        }
    }

    pub(super) async fn a_mail_is_given_up_after_a_time(backend: Backend) {
        const HOUR: i64 = 3_600;
        let (server, _, api) = invited(backend).await;
        let mut mail_server = MailServer::deaf(json!({}));
        let settings = MailSetup {
            give_up: Duration::from_secs(24 * 3_600),
            ..mail_server.setup()
        };
        let mut worker = server.mail_worker(&settings).unwrap();
        let mut hours = 0;
        while turn(&mut worker).await == POSTPONED {
            server.advance_seconds(HOUR);
            hours += 1;
        }
        assert_eq!(hours, 24);
        let row = outbox(&server).remove(0);
        assert_eq!(row["status"], "failed");
        assert_eq!(row["finished_at"], now(24 * HOUR));
        failed_with(&row, "while connecting: ");
        let actions: Vec<Value> = audit_trail(server.database())
            .into_iter()
            .map(|event| event["action"].clone())
            .collect();
        assert_eq!(actions, ["tenant.create", "user.invite", "mail.fail"]);

        let list = api.get("/users.json").await.expect(200).json();
        let ana = user_of(&list, "ana@x.io");
        assert_eq!(
            (&ana["is_activated"], &ana["is_deleted"]),
            (&json!(false), &json!(false))
        );
        mail_server.listen();
        let path = format!("/users/{}/resend_invite.json", ana["id"]);
        api.post(&path, Value::Null).await.expect(200);
        assert_eq!(turn(&mut worker).await, SENT);
        assert_eq!(mail_server.mails().len(), 1);
    }
}
