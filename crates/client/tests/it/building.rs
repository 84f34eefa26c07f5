//! Which settings make a client.

use super::{KEY, client, ok, only_request, server, user};
use roster_client::{Client, Error};

fn refusal(url: &str, key: &str) -> String {
    match Client::builder(url, key).build().unwrap_err() {
        Error::Configuration { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_client_goes_to_any_task() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    fn sent<T: Send>(_: &T) {}
    let client = client("http://localhost");
    shared(&client);
    sent(&client.users().list());
}

#[test]
fn a_base_url_is_of_http() {
    assert_eq!(
        refusal("roster.example.com", KEY),
        "the base URL is none: relative URL without a base"
    );
    for url in ["ftp://example.com", "mailto:ana@example.com", "file:///etc"] {
        assert_eq!(refusal(url, KEY), "the base URL must be of http or https");
    }
    assert!(refusal("http://", KEY).starts_with("the base URL is none"));
}

#[test]
fn a_base_url_holds_no_credentials_query_or_fragment() {
    assert_eq!(
        refusal("https://ana:pa55@example.com", KEY),
        "the base URL must not hold credentials"
    );
    for url in ["https://example.com?a=b", "https://example.com/#users"] {
        assert_eq!(
            refusal(url, KEY),
            "the base URL must end with the host, the port or a path"
        );
    }
}

#[test]
fn a_key_stands_in_a_header() {
    let refused = |key| refusal("https://example.com", key);
    assert_eq!(refused(""), "the API key is empty");
    assert_eq!(
        refused("5ecret-key\n"),
        "the API key begins or ends with white space"
    );
    for key in ["5ecret\nX-Role: admin", "kľúč"] {
        assert_eq!(
            refused(key),
            "the API key has characters that cannot stand in a header"
        );
    }
}

#[tokio::test]
async fn a_path_of_the_base_url_is_kept() {
    for suffix in ["", "/"] {
        let server = server(ok(user())).await;
        let url = format!("{}/tools/roster{suffix}", server.uri());
        client(&url).users().me().await.unwrap();
        assert_eq!(
            only_request(&server).await.url.path(),
            "/tools/roster/users/info.json"
        );
    }
}
