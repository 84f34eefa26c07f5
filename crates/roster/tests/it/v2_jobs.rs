//! Jobs: they stand as their mails do.

use crate::harness::on_both;

on_both! {
    /// jobs-follow-their-mails: queued, then running, then done with.
    a_job_succeeds_when_its_mails_are_sent
    /// One mail that is refused for good, and the job has failed, whatever became of the others.
    a_job_fails_with_one_mail
    /// Mails whose links would be dead are cancelled.
    a_job_is_cancelled_with_its_mails
    /// What is asked for, and what is left out.
    jobs_are_asked_for_by_their_ids
}

mod body {
    use crate::harness::{Api, Backend};
    use crate::mail_server::MailServer;
    use crate::v2_calls::{found, invite, refused, start};
    use roster_domain::role::Role;
    use serde_json::{Value, json};

    /// A job in each of its four forms, which have to agree; gives the first.
    async fn job(api: &Api, id: &Value) -> Value {
        let path = format!("/api/v2/jobs/{id}");
        let job = api.get(&path).await.expect(200).json()["job"].clone();
        let listed = api.get(&format!("/api/v2/jobs?ids[]={id}")).await;
        assert_eq!(listed.expect(200).json(), json!({"jobs": [job]}));
        let result = api.get(&format!("{path}/result")).await.expect(200).json();
        assert_eq!(result["status"], job["status"]);
        assert_eq!(result["result"].is_null(), job["end_time"].is_null());
        for (name, value) in [
            ("cancellable", json!(false)),
            ("data_source_stats", Value::Null),
            ("source", json!("invitation")),
            ("existing_job_id", Value::Null),
        ] {
            assert_eq!(job[name], value);
        }
        job
    }

    async fn logs(api: &Api, id: &Value) -> Vec<(String, String)> {
        let answer = api
            .get(&format!("/api/v2/jobs/{id}/logs"))
            .await
            .expect(200);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let body = answer.json();
        let logs = body["job_logs"].as_array().unwrap().iter();
        logs.map(|log| {
            assert!(log["timestamp"].is_string());
            (text(&log["level"]), text(&log["message"]))
        })
        .collect()
    }

    pub(super) async fn a_job_succeeds_when_its_mails_are_sent(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let mut mail_server = MailServer::start();
        let id = &invite(&api, &["ana@x.io", "bob@x.io"]).await["id"];
        let queued = job(&api, id).await;
        assert_eq!(
            (&queued["status"], &queued["user_id"]),
            (&json!("queued"), &json!(tenant.admin.id))
        );
        assert_eq!(queued["start_time"], "2026-01-01T00:00:00.000Z");
        assert_eq!(
            (&queued["end_time"], &queued["last_error_log"]),
            (&Value::Null, &Value::Null)
        );
        let users = found(&api, "search_term=@x.io").await;
        let [ana, bob] = users[..] else {
            panic!("{users:?}")
        };

        // One is put off, the other is sent.
        mail_server.rules(json!([{"at": "rcpt", "do": "451 4.2.0 later, please", "times": 1}]));
        let mut worker = server.mail_worker(&mail_server.setup()).unwrap();
        server.advance_seconds(1);
        let turn = worker.turn().await.unwrap();
        assert_eq!((turn.sent, turn.postponed), (1, 1));
        let running = job(&api, id).await;
        assert_eq!(
            (&running["status"], &running["end_time"]),
            (&json!("running"), &Value::Null)
        );
        assert!(running["last_error_log"].as_str().unwrap().contains("451"));
        let levels: Vec<String> = logs(&api, id)
            .await
            .into_iter()
            .map(|(level, _)| level)
            .collect();
        assert_eq!(levels.iter().filter(|level| *level == "ERROR").count(), 1);

        server.advance_seconds(120);
        assert_eq!(worker.turn().await.unwrap().sent, 1);
        let done = job(&api, id).await;
        assert_eq!(
            (&done["status"], &done["end_time"]),
            (&json!("success"), &json!("2026-01-01T00:02:01.000Z"))
        );
        assert_eq!(done["last_error_log"], Value::Null);
        let result = api
            .get(&format!("/api/v2/jobs/{id}/result"))
            .await
            .expect(200);
        let expected = json!({"status": "success", "error": null, "result": {"sent": 2}});
        assert_eq!(result.json(), expected);
        let mut texts: Vec<String> = logs(&api, id)
            .await
            .into_iter()
            .map(|(_, text)| text)
            .collect();
        texts.sort_unstable();
        let expected = [
            format!("The mail to user {ana} was queued"),
            format!("The mail to user {ana} was sent"),
            format!("The mail to user {bob} was queued"),
            format!("The mail to user {bob} was sent"),
        ];
        assert_eq!(texts, expected);
    }

    pub(super) async fn a_job_fails_with_one_mail(backend: Backend) {
        let (server, _tenant, api) = start(backend).await;
        let mut mail_server = MailServer::start();
        mail_server.rules(json!([{"at": "rcpt", "do": "550 5.1.1 no such person", "times": 1}]));
        let id = &invite(&api, &["ana@x.io", "bob@x.io"]).await["id"];
        let mut worker = server.mail_worker(&mail_server.setup()).unwrap();
        let turn = worker.turn().await.unwrap();
        assert_eq!((turn.sent, turn.failed), (1, 1));
        let failed = job(&api, id).await;
        assert_eq!(
            (&failed["status"], &failed["end_time"]),
            (&json!("failure"), &json!("2026-01-01T00:00:00.000Z"))
        );
        let error = failed["last_error_log"].as_str().unwrap();
        assert!(error.contains("no such person"), "{error}");
        let result = api
            .get(&format!("/api/v2/jobs/{id}/result"))
            .await
            .expect(200);
        let expected = json!({"status": "failure", "error": error, "result": {"sent": 1}});
        assert_eq!(result.json(), expected);
        let all = logs(&api, id).await;
        assert!(
            all.iter()
                .any(|(level, text)| level == "ERROR" && text.contains("no such person"))
        );
        assert!(all.iter().any(|(_, text)| text.ends_with("was given up")));
    }

    pub(super) async fn a_job_is_cancelled_with_its_mails(backend: Backend) {
        let (server, _tenant, api) = start(backend).await;
        let mut mail_server = MailServer::start();
        let first = &invite(&api, &["ana@x.io"]).await["id"];
        let ana = found(&api, "search_term=ana").await[0];
        let again = format!("/api/v2/users/{ana}/resend_invite");
        server.advance_seconds(1);
        let second = api.post(&again, Value::Null).await.expect(200).json()["job"]["id"].clone();
        let cancelled = job(&api, first).await;
        assert_eq!(cancelled["status"], "cancelled");
        assert!(cancelled["end_time"].is_string());
        let expected = json!({"status": "cancelled", "error": null, "result": {"sent": 0}});
        let result = api.get(&format!("/api/v2/jobs/{first}/result")).await;
        assert_eq!(result.expect(200).json(), expected);
        assert_eq!(job(&api, &second).await["status"], "queued");
        // Of an invitation of two one is deleted before the mails leave.
        let both = &invite(&api, &["bob@x.io", "eve@x.io"]).await["id"];
        let bob = found(&api, "search_term=bob").await[0];
        api.delete(&format!("/api/v2/users/{bob}"))
            .await
            .expect(200);
        assert_eq!(job(&api, both).await["status"], "queued");
        let mut worker = server.mail_worker(&mail_server.setup()).unwrap();
        assert_eq!(worker.turn().await.unwrap().sent, 2);
        assert_eq!(mail_server.mails().len(), 2);
        for id in [&second, both] {
            assert_eq!(job(&api, id).await["status"], "success");
        }
        // v1 invites with a job as well, which nobody has to know.
        let body = json!({"email": "old@x.io", "role": "user"});
        api.post("/users/invite.json", body).await.expect(200);
    }

    pub(super) async fn jobs_are_asked_for_by_their_ids(backend: Backend) {
        let (server, tenant, api) = start(backend).await;
        let mut ids = Vec::new();
        for number in 0..3 {
            let job = invite(&api, &[&format!("u{number}@x.io")]).await;
            ids.push(job["id"].as_i64().unwrap());
        }
        let path = format!(
            "/api/v2/jobs?ids%5B%5D={}&ids={}&ids[]=4711&ids[]=0",
            ids[2], ids[0]
        );
        let listed = api.get(&path).await.expect(200).json();
        assert_eq!(crate::v2_calls::ids(&[listed], "jobs"), [ids[0], ids[2]]);
        for (query, text) in [
            ("", "ids is required"),
            ("?ids[]=x", "ids must be an integer of at most 64 bits"),
            ("?ids[]=", "ids must be an integer of at most 64 bits"),
            (
                &format!("?{}", "ids=1&".repeat(101)),
                "ids must have at most 100 values",
            ),
        ] {
            let answer = api.get(&format!("/api/v2/jobs{query}")).await;
            refused(&answer, 400, "InvalidParameterError", text);
        }
        for end in ["", "/logs", "/result"] {
            for id in ["4711", "x", "0"] {
                let answer = api.get(&format!("/api/v2/jobs/{id}{end}")).await;
                refused(&answer, 404, "BaseError", "Resource not found");
            }
            let viewer = tenant
                .user_with_key(&format!("v{end}@x.io").replace('/', ""), Role::Viewer)
                .await
                .unwrap();
            let viewer = api.with_server(&server.base_url(), &viewer.key);
            let answer = viewer.get(&format!("/api/v2/jobs/{}{end}", ids[0])).await;
            assert_eq!(answer.expect(403).fault().0, "PermissionDeniedError");
        }
    }
}
