//! mail-outage: several workers, workers that die or come late, and mails that are no longer wanted.

use crate::harness::on_both;

on_both! {
    /// Two workers on one database: each mail once.
    two_workers_share_the_mails

    /// A worker that dies with mails in its hands loses none.
    a_dead_workers_mails_are_sent_by_another

    /// What a worker that comes too late says of a failure counts no more.
    a_late_failure_changes_nothing

    /// What has been sent is sent, though somebody else has the mail meanwhile.
    a_late_success_counts

    /// A database that cannot be used when the mail has left: it is written down as soon as it can.
    what_has_left_is_written_down_later

    /// A mail that leaves while its user is deleted has left; its link is dead.
    a_mail_on_its_way_is_not_called_back

    /// Mails whose links would be of no use are cancelled.
    a_mail_that_is_no_longer_wanted_is_cancelled

    /// The worker of a server runs by itself, and ends what it has begun when it is told to stop.
    a_worker_runs_by_itself_until_told_to_stop
}

mod body {
    use crate::harness::{Api, Backend, TestServer, TestTenant};
    use crate::mail_server::{MailServer, token};
    use crate::stored::{rows, user_of};
    use roster_server::mail::{MailSetup, Turn, Worker};
    use serde_json::json;
    use std::collections::BTreeSet;
    use std::time::Duration;

    async fn start(backend: Backend) -> (TestServer, TestTenant, Api) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let api = Api::admin(&server, &tenant);
        (server, tenant, api)
    }

    async fn invite(api: &Api, email: &str) {
        let body = json!({"email": email, "role": "user"});
        api.post("/users/invite.json", body).await.expect(200);
    }

    fn statuses(server: &TestServer) -> Vec<String> {
        let rows = rows(server.database(), &["status"], "outbox", "id");
        rows.iter()
            .map(|row| row["status"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Works until nothing is left to do.
    async fn work(mut worker: Worker) -> usize {
        let mut sent = 0;
        loop {
            let turn = worker.turn().await.unwrap();
            sent += turn.sent;
            if turn == Turn::default() {
                return sent;
            }
        }
    }

    pub(super) async fn two_workers_share_the_mails(backend: Backend) {
        const MAILS: usize = 60;
        let (server, _, api) = start(backend).await;
        for number in 0..MAILS {
            invite(&api, &format!("u{number}@x.io")).await;
        }
        let mut mail_server = MailServer::start();
        let settings = mail_server.setup();
        let worker = || server.mail_worker(&settings).unwrap();
        let (one, other) = tokio::join!(tokio::spawn(work(worker())), tokio::spawn(work(worker())));
        assert_eq!(one.unwrap() + other.unwrap(), MAILS);
        let mails = mail_server.mails();
        assert_eq!(mails.len(), MAILS);
        for what in ["to", "text"] {
            let different: BTreeSet<String> =
                mails.iter().map(|mail| mail[what].to_string()).collect();
            assert_eq!(different.len(), MAILS, "{what}");
        }
        assert_eq!(statuses(&server), vec!["sent"; MAILS]);
    }

    pub(super) async fn a_dead_workers_mails_are_sent_by_another(backend: Backend) {
        let (server, _, api) = start(backend).await;
        for email in ["ana@x.io", "bob@x.io"] {
            invite(&api, email).await;
        }
        let mut mail_server = MailServer::start();
        mail_server.rules(json!([{"at": "content", "do": "hang"}]));
        let mut dying = server.mail_worker(&mail_server.setup()).unwrap();
        let turn = tokio::spawn(async move { dying.turn().await });
        mail_server.is_waited_for();
        turn.abort();
        assert!(turn.await.unwrap_err().is_cancelled());

        mail_server.rules(json!([]));
        let mut other = server.mail_worker(&mail_server.setup()).unwrap();
        server.advance_seconds(299);
        assert_eq!(other.turn().await.unwrap(), Turn::default());
        server.advance_seconds(1);
        assert_eq!(other.turn().await.unwrap().sent, 2);
        assert_eq!(mail_server.mails().len(), 2);
        assert_eq!(statuses(&server), ["sent", "sent"]);
    }

    /// A turn of a worker whose mail waits at the mail server, while another has taken it and is to try again later.
    async fn overtaken(server: &TestServer, mail_server: &mut MailServer, at: &str) -> Running {
        mail_server.rules(json!([{"at": at, "do": "wait", "times": 1}]));
        let mut slow = server.mail_worker(&mail_server.setup()).unwrap();
        let slow = tokio::spawn(async move { slow.turn().await.unwrap() });
        mail_server.is_waited_for();
        server.advance_seconds(300);
        mail_server.rules(json!([{"at": "greeting", "do": "451 later"}]));
        let mut other = server.mail_worker(&mail_server.setup()).unwrap();
        assert_eq!(other.turn().await.unwrap().postponed, 1);
        slow
    }

    type Running = tokio::task::JoinHandle<Turn>;

    pub(super) async fn a_late_failure_changes_nothing(backend: Backend) {
        let (server, _, api) = start(backend).await;
        invite(&api, "ana@x.io").await;
        let mut mail_server = MailServer::start();
        let slow = overtaken(&server, &mut mail_server, "rcpt").await;
        mail_server.rules(json!([{"at": "data", "do": "550 no"}]));
        mail_server.go_on();
        assert_eq!(slow.await.unwrap().failed, 0);
        assert_eq!(statuses(&server), ["queued"]);
        mail_server.rules(json!([]));
        server.advance_seconds(120);
        let mut other = server.mail_worker(&mail_server.setup()).unwrap();
        assert_eq!(other.turn().await.unwrap().sent, 1);
        assert_eq!(mail_server.mails().len(), 1);
    }

    pub(super) async fn a_late_success_counts(backend: Backend) {
        let (server, _, api) = start(backend).await;
        invite(&api, "ana@x.io").await;
        let mut mail_server = MailServer::start();
        let slow = overtaken(&server, &mut mail_server, "content").await;
        mail_server.rules(json!([]));
        mail_server.go_on();
        assert_eq!(slow.await.unwrap().sent, 1);
        assert_eq!(statuses(&server), ["sent"]);
        server.advance_seconds(1_000);
        let other = server.mail_worker(&mail_server.setup()).unwrap();
        assert_eq!(work(other).await, 0);
        assert_eq!(mail_server.mails().len(), 1);
    }

    pub(super) async fn what_has_left_is_written_down_later(backend: Backend) {
        let (server, _, api) = start(backend).await;
        invite(&api, "ana@x.io").await;
        let mut mail_server = MailServer::start();
        mail_server.rules(json!([{"at": "accepted", "do": "wait"}]));
        let mut worker = server.mail_worker(&mail_server.setup()).unwrap();
        let turn = tokio::spawn(async move { worker.turn().await.unwrap() });
        mail_server.is_waited_for();
        let database = server.database();
        database
            .execute("ALTER TABLE outbox RENAME TO away")
            .unwrap();
        mail_server.go_on();
        let mut other = server.mail_worker(&mail_server.setup()).unwrap();
        assert!(other.turn().await.is_err());
        assert!(!turn.is_finished());
        database
            .execute("ALTER TABLE away RENAME TO outbox")
            .unwrap();
        assert_eq!(turn.await.unwrap().sent, 1);
        assert_eq!(statuses(&server), ["sent"]);
        server.advance_seconds(1_000);
        assert_eq!(work(other).await, 0);
        assert_eq!(mail_server.mails().len(), 1);
    }

    pub(super) async fn a_mail_on_its_way_is_not_called_back(backend: Backend) {
        let (server, _, api) = start(backend).await;
        invite(&api, "ana@x.io").await;
        let mut mail_server = MailServer::start();
        mail_server.rules(json!([{"at": "content", "do": "wait"}]));
        let mut worker = server.mail_worker(&mail_server.setup()).unwrap();
        let turn = tokio::spawn(async move { worker.turn().await.unwrap() });
        mail_server.is_waited_for();
        let list = api.get("/users.json").await.expect(200).json();
        let id = &user_of(&list, "ana@x.io")["id"];
        api.delete(&format!("/users/{id}.json")).await.expect(200);
        assert_eq!(statuses(&server), ["cancelled"]);
        mail_server.go_on();
        assert_eq!(turn.await.unwrap().sent, 1);
        assert_eq!(statuses(&server), ["sent"]);
        let token = token(&mail_server.mails()[0]);
        let path = format!("/api/account/invitations/{token}");
        let anonymous = Api::anonymous(&server.base_url());
        anonymous.get(&path).await.expect(404);
    }

    pub(super) async fn a_mail_that_is_no_longer_wanted_is_cancelled(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        for name in ["accepted", "resent", "deleted", "invited"] {
            invite(&api, &format!("{name}@x.io")).await;
        }
        let (tenant_id, admin) = (tenant.id, tenant.admin.id);
        // As if a use case had not cancelled them, or did so at this moment.
        let changes = format!(
            "UPDATE users SET activated_at = 1 WHERE email = 'accepted@x.io';
             UPDATE users SET invitation_generation = 2 WHERE email = 'resent@x.io';
             UPDATE users SET deleted_at = 1 WHERE email = 'deleted@x.io';
             INSERT INTO outbox (tenant_id, user_id, kind, generation, created_at)
             SELECT {tenant_id}, id, 'password_reset', 1, 1 FROM users WHERE email = 'invited@x.io';
             INSERT INTO outbox (tenant_id, user_id, kind, generation, created_at)
             VALUES ({tenant_id}, {admin}, 'password_reset', 1, 1);"
        );
        server.database().execute(&changes).unwrap();
        let mut mail_server = MailServer::start();
        let mut worker = server.mail_worker(&mail_server.setup()).unwrap();
        let turn = worker.turn().await.unwrap();
        assert_eq!((turn.sent, turn.were_others), (2, true));
        let expected = [
            "cancelled",
            "cancelled",
            "cancelled",
            "sent",
            "cancelled",
            "sent",
        ];
        assert_eq!(statuses(&server), expected);
        let mut sent: Vec<String> = mail_server
            .mails()
            .iter()
            .map(|mail| mail["to"][0].as_str().unwrap().to_owned())
            .collect();
        sent.sort();
        assert_eq!(sent, ["admin@roster.example", "invited@x.io"]);
        assert_eq!(worker.turn().await.unwrap(), Turn::default());
    }

    pub(super) async fn a_worker_runs_by_itself_until_told_to_stop(backend: Backend) {
        let (server, _, api) = start(backend).await;
        let mut mail_server = MailServer::start();
        mail_server.rules(json!([{"at": "content", "do": "wait"}]));
        let settings = MailSetup {
            poll: Duration::from_millis(5),
            ..mail_server.setup()
        };
        let running = server.mail_worker(&settings).unwrap().start();
        invite(&api, "ana@x.io").await;
        mail_server.is_waited_for();
        let mut stopping = Box::pin(running.stop());
        // Asked once, it has told the worker.
        tokio::select! {
            biased;
            () = &mut stopping => panic!("it has mails in its hands"),
            () = std::future::ready(()) => {}
        }
        invite(&api, "bob@x.io").await;
        mail_server.go_on();
        stopping.await;
        // What it had begun is done, and nothing else.
        assert_eq!(statuses(&server), ["sent", "queued"]);
        assert_eq!(mail_server.mails().len(), 1);
    }
}
