//! What is forgotten when it has had its time, and what is not.

use crate::harness::on_both;

on_both! {
    /// Sessions go when they have ended, links a month after that, counters after a day.
    what_has_had_its_time_is_forgotten
    /// Audit events are kept unless a setting says for how long.
    old_events_go_where_that_is_set
}

mod body {
    use crate::harness::{Api, Backend, TestServer};
    use roster_domain::link::LinkKind;
    use roster_server::service::Forgotten;
    use serde_json::json;
    use std::time::Duration;

    const DAY: i64 = 86_400;

    pub(super) async fn what_has_had_its_time_is_forgotten(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let admin = tenant.admin.id;
        tenant.session(admin).await.unwrap();
        tenant.link(admin, LinkKind::PasswordReset).await.unwrap();
        let wrong = json!({"email": tenant.admin.email, "password": "wrong"});
        let nobody = Api::anonymous(&server.base_url());
        let sign_in = nobody.post("/api/account/session", wrong).await;
        sign_in.expect(401);
        let nothing = Forgotten::default();
        assert_eq!(server.tidy(None).await.unwrap(), nothing);
        // The address's counter, the machine's, and that of the records.
        server.advance_seconds(DAY + 1);
        let counters = Forgotten {
            counters: 3,
            ..nothing
        };
        assert_eq!(server.tidy(None).await.unwrap(), counters);
        server.advance_seconds(13 * DAY);
        tenant.session(admin).await.unwrap();
        let sessions = Forgotten {
            sessions: 1,
            ..nothing
        };
        assert_eq!(server.tidy(None).await.unwrap(), sessions);
        server.advance_seconds(10 * DAY);
        assert_eq!(server.tidy(None).await.unwrap(), nothing);
        server.advance_seconds(7 * DAY);
        let the_rest = Forgotten {
            sessions: 1,
            links: 1,
            ..nothing
        };
        assert_eq!(server.tidy(None).await.unwrap(), the_rest);
    }

    pub(super) async fn old_events_go_where_that_is_set(backend: Backend) {
        let server = TestServer::start(backend).await.unwrap();
        let tenant = server.tenant().await.unwrap();
        let admin = Api::admin(&server, &tenant);
        let make_group = async |name: &str| {
            let group = json!({"group": {"name": name}});
            admin.post("/groups.json", group).await.expect(200);
        };
        make_group("old").await;
        server.advance_seconds(10 * DAY);
        make_group("new").await;
        let days = |days: u64| Some(Duration::from_secs(days * 86_400));
        for (retention, expected) in [(None, 0), (days(11), 0), (days(9), 2), (days(9), 0)] {
            let forgotten = server.tidy(retention).await.unwrap();
            assert_eq!(forgotten.audit_events, expected, "{retention:?}");
        }
        let left = server
            .database()
            .query("SELECT target_label AS value FROM audit_events")
            .unwrap();
        assert_eq!(left, ["new"]);
    }
}
