//! Mail as the processes do it: the server by itself, and the commands of the operator.

use crate::harness::on_both;

on_both! {
    /// at-rest: a token stands in its mail and neither in the log nor in the database; the log names the file.
    a_server_writes_mails_and_logs_no_secret

    /// A server that is told to stop ends the mail that it is sending, and takes no more.
    a_server_that_stops_finishes_its_mail

    /// What waits or has failed is listed.
    mails_are_listed
}

mod body {
    use crate::harness::{Api, Backend, TestDatabase, TestServer};
    use crate::logged_server::LoggedServer;
    use crate::mail_server::MailServer;
    use crate::program::{Ended, Process, roster, run};
    use crate::rows;
    use serde_json::json;
    use std::path::PathBuf;
    use std::time::{Duration, Instant};

    /// The one mail in a folder, as soon as it is there.
    async fn mail_in(folder: PathBuf) -> PathBuf {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let files = std::fs::read_dir(&folder).into_iter().flatten();
            let paths = files.map(|file| file.unwrap().path());
            if let Some(path) = paths
                .into_iter()
                .find(|path| path.extension().is_some_and(|end| end == "eml"))
            {
                return path;
            }
            assert!(Instant::now() < deadline, "no mail in {}", folder.display());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(super) async fn a_server_writes_mails_and_logs_no_secret(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let database = server.database();
        let process = LoggedServer::start(database, "trace", "text").await;
        let admin = Api::new(process.base_url(), &tenant.admin.key);
        let body =
            json!({"email": "secretaddress@x.io", "role": "user", "message": "secretmessage"});
        admin.post("/users/invite.json", body).await.expect(200);
        let path = mail_in(process.data_dir().join("mail")).await;
        let mail = std::fs::read_to_string(&path).unwrap();
        let mail = mail.replace("=\r\n", "");
        let (_, rest) = mail.split_once("/invitations/").unwrap();
        let token = &rest[..43];
        let link = format!("{}/invitations/{token}", process.base_url());
        assert!(mail.contains(&link), "{mail}");
        // Opened as people do, the link leaves nothing in the log either.
        let path_of_link = format!("/api/account/invitations/{token}");
        admin.get(&path_of_link).await.expect(200);
        let dump = rows::dump(backend, database, None).join("\n");
        assert!(!dump.contains(token), "{dump}");
        let deadline = Instant::now() + Duration::from_secs(60);
        let sign = path.display().to_string();
        while !process.log().contains(&sign) {
            assert!(Instant::now() < deadline, "{sign}: {}", process.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let log = process.log();
        for secret in [token, "secretaddress", "secretmessage"] {
            assert!(!log.contains(secret), "{secret} in {log}");
        }
    }

    pub(super) async fn a_server_that_stops_finishes_its_mail(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let database = server.database();
        let mut mail_server = MailServer::start();
        mail_server.rules(json!([{"at": "content", "do": "wait", "times": 1}]));
        let folder = tempfile::tempdir().unwrap();
        let mut process = Process::start(
            roster(folder.path())
                .args(["--listen", "127.0.0.1:0", "--smtp-host", "127.0.0.1"])
                .args(["--smtp-security", "none", "--smtp-port"])
                .arg(mail_server.port().to_string())
                .args(["--database-url", database.url(), "--data-dir"])
                .arg(folder.path()),
        );
        let admin = Api::new(&process.address().unwrap(), &tenant.admin.key);
        let body = json!({"email": "ana@x.io", "role": "user"});
        admin.post("/users/invite.json", body).await.expect(200);
        mail_server.is_waited_for();
        // For this one it is too late.
        let body = json!({"email": "bo@x.io", "role": "user"});
        admin.post("/users/invite.json", body).await.expect(200);
        process.terminate();
        assert!(process.told("stopping").is_some());
        mail_server.go_on();
        let ended = process.end();
        assert_eq!(ended.status.code(), Some(0), "{}", ended.stderr);
        assert_eq!(mail_server.mails().len(), 1);
        // Nobody has taken the other, so any server may at once.
        for (status, attempts) in [("sent", 1), ("queued", 0)] {
            let sql = format!(
                "SELECT count(*) AS value FROM outbox WHERE status = '{status}' AND attempts = {attempts}"
            );
            assert_eq!(database.count(&sql).unwrap(), 1, "{status}");
        }
    }

    fn list(database: &TestDatabase, arguments: &[&str]) -> Ended {
        let folder = tempfile::tempdir().unwrap();
        let mut command = roster(folder.path());
        command
            .args(["mail", "list"])
            .args(arguments)
            .args(["--database-url", database.url()]);
        run(&mut command)
    }

    pub(super) async fn mails_are_listed(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let database = server.database();
        let mut ids = Vec::new();
        let mut names = Vec::new();
        for email in ["ana@x.io", "bob@x.io", "cleo@x.io"] {
            let tenant = server.tenant().await.unwrap();
            let api = Api::admin(&server, &tenant);
            let body = json!({"email": email, "role": "user"});
            api.post("/users/invite.json", body).await.expect(200);
            let of = |what: &str, table: &str, condition: String| {
                let sql = format!("SELECT {what} AS value FROM {table} WHERE {condition}");
                database.query(&sql).unwrap().remove(0)
            };
            ids.push(of(
                "CAST(id AS TEXT)",
                "users",
                format!("email = '{email}'"),
            ));
            names.push(of("name", "tenants", format!("id = {}", tenant.id)));
        }
        let [ana, bob, cleo] = &ids[..] else {
            panic!("three users");
        };
        let waiting = |id: i64, user: &str| {
            format!("{id}\tinvitation\t{user}\tqueued\t0\t2026-01-01T00:00:00.000Z\t-\n")
        };
        let all = waiting(1, ana) + &waiting(2, bob) + &waiting(3, cleo);
        assert_eq!(list(database, &[]).succeeded(), all);
        let second = list(database, &["--tenant", &names[1]]).succeeded();
        assert_eq!(second, waiting(2, bob));

        let mut mail_server = MailServer::start();
        mail_server.rules(json!([
            {"at": "rcpt", "to": "ana@x.io", "do": "550 5.1.1 no such person"},
            {"at": "rcpt", "to": "bob@x.io", "do": "450 4.2.1 mailbox\tbusy"},
        ]));
        let mut worker = server.mail_worker(&mail_server.setup()).unwrap();
        worker.turn().await.unwrap();
        let ana = format!(
            "1\tinvitation\t{ana}\tfailed\t1\t-\tat the recipient: permanent error (550): 5.1.1 no such person\n"
        );
        let bob = format!(
            "2\tinvitation\t{bob}\tqueued\t1\t2026-01-01T00:01:00.000Z\tat the recipient: transient error (450): 4.2.1 mailbox busy\n"
        );
        let cleo = format!("3\tinvitation\t{cleo}\tsent\t1\t-\t-\n");
        assert_eq!(list(database, &[]).succeeded(), format!("{ana}{bob}"));
        for (status, expected) in [
            ("queued", &bob),
            ("failed", &ana),
            ("sent", &cleo),
            ("cancelled", &String::new()),
        ] {
            let listed = list(database, &["--status", status]).succeeded();
            assert_eq!(&listed, expected);
        }
        let fault = list(database, &["--tenant", "Nobody"]).failed();
        assert_eq!(fault, "roster: no such tenant\n");
        list(database, &["--status", "lost"]).failed();
    }
}

use crate::mail_server::MailServer;
use crate::program::{Ended, roster, run};
use std::path::Path;

fn send_test(folder: &Path, arguments: &[&str]) -> Ended {
    let mut command = roster(folder);
    command
        .args(["mail", "test", "--to", "ana@x.io"])
        .args(arguments);
    run(&mut command)
}

#[test]
fn a_test_mail_says_what_came_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let printed = send_test(folder.path(), &[]).succeeded();
    let path = printed.trim_end().strip_prefix("written to ").unwrap();
    let mail = std::fs::read_to_string(folder.path().join(path)).unwrap();
    assert!(mail.contains("\r\nTo: ana@x.io\r\n"), "{mail}");
    assert!(mail.contains("http://127.0.0.1:8080"), "{mail}");

    let mut server = MailServer::start();
    let port = server.port().to_string();
    let through = [
        "--smtp-host",
        "localhost",
        "--smtp-port",
        &port,
        "--smtp-security",
        "none",
        "--public-url",
        "https://people.example",
    ];
    let printed = send_test(folder.path(), &through).succeeded();
    assert_eq!(
        printed,
        format!("accepted by localhost:{port}: 250 OK: kept\n")
    );
    assert_eq!(server.mails().len(), 1);
    server.rules(serde_json::json!([{"at": "rcpt", "do": "550 5.1.1 no such person"}]));
    let fault = send_test(folder.path(), &through).failed();
    assert_eq!(
        fault,
        "roster: the mail was not sent: at the recipient: permanent error (550): 5.1.1 no such person\n"
    );
    drop(server);
    let fault = send_test(folder.path(), &through).failed();
    assert!(
        fault.starts_with("roster: the mail was not sent: while connecting: "),
        "{fault}"
    );
    assert_eq!(fault.lines().count(), 1, "{fault}");
}

/// A faulty template stops the start, before anything is made.
#[test]
fn a_faulty_template_stops_the_server() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("mails")).unwrap();
    std::fs::write(
        folder.path().join("mails/invitation.html"),
        "{{ link }}\n{{ lnk }}",
    )
    .unwrap();
    let mut command = roster(folder.path());
    command
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--mail-templates",
            "mails",
        ])
        .args(["--data-dir", "data"]);
    let fault = run(&mut command).failed();
    assert!(
        fault.contains("mail_templates mails/invitation.html, line 2: "),
        "{fault}"
    );
    assert!(!folder.path().join("data/first-admin-key").exists());
}
