//! The second dialect.

mod failures;
mod lists;
mod requests;
mod user_attributes;
mod versions;

use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{query_param, query_param_is_missing},
};

use super::{client, fault as v1_fault, ok, only_request, requests as sent, server};

fn user(id: i64) -> Value {
    json!({
        "id": id, "email": "ana@example.com", "name": null, "initials": "An", "role": "analyst",
        "is_deleted": false, "is_activated": true, "has_authentication_token": true,
        "allow_authentication_token": true, "enable_export_data": false,
        "current_sign_in_at": "2018-10-23T03:35:47.353Z", "last_sign_in_at": null,
        "created_at": "2018-10-23T03:35:47.353Z", "title": null, "job_title": null,
        "settings": {}, "group_ids": [33]
    })
}

fn user_page(ids: &[i64], next: Option<&str>) -> Value {
    json!({
        "counters": {"total": 3, "by_role": {"analyst": 3}},
        "users": ids.iter().map(|id| user(*id)).collect::<Vec<_>>(),
        "groups": {"33": {"id": 33, "name": "Capital"}},
        "cursors": {"previous": null, "next": next}
    })
}

fn group() -> Value {
    json!({"id": 33, "name": "Capital", "user_ids": [1, 2]})
}

fn job() -> Value {
    json!({
        "id": 7, "user_id": 1, "status": "queued", "start_time": "2018-10-23T03:35:47.353Z",
        "end_time": null, "cancellable": false, "last_error_log": null,
        "data_source_stats": null, "source": "invitation", "existing_job_id": null
    })
}

fn message() -> Value {
    json!({"message": "Done"})
}

fn fault(status: u16, kind: &str, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({
        "type": kind, "message": message,
        "error": {"type": kind, "message": message, "debug_id": "4711"}
    }))
}

/// A server of pages, each under the cursor that leads to it; the first has none.
async fn pages(pages: impl IntoIterator<Item = (Option<&str>, ResponseTemplate)>) -> MockServer {
    let server = MockServer::start().await;
    for (cursor, answer) in pages {
        let mock = match cursor {
            None => Mock::given(query_param_is_missing("after")),
            Some(cursor) => Mock::given(query_param("after", cursor)),
        };
        mock.respond_with(answer).mount(&server).await;
    }
    server
}
