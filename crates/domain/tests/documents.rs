//! The pages that are printed from tables say what the tables say.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops where something is missing"
)]

use roster_domain::audit::Action;
use roster_domain::permission::{CredentialKind, Over, TABLE};
use std::fmt::Write;
use std::path::Path;

fn authorization() -> String {
    let mut page = String::from(
        "# Who may do what\n\n\
         Printed from the table in `crates/domain/src/permission.rs`; a test compares the two, and another walks every\n\
         route with every role. An action that a credential does not reach is refused with 403.\n\n\
         | action | `admin` | other roles | reached by |\n\
         | --- | --- | --- | --- |\n",
    );
    for row in TABLE {
        let credentials: Vec<&str> = row
            .credentials
            .iter()
            .map(|credential| match credential {
                CredentialKind::ApiKey => "API key",
                CredentialKind::Session => "session",
                CredentialKind::Link => "link",
                CredentialKind::Password => "password",
                CredentialKind::Nothing => "nothing",
                CredentialKind::CommandLine => "command line",
            })
            .collect();
        writeln!(
            page,
            "| `{}` | {} | {} | {} |",
            row.action,
            over(row.admins),
            over(row.others),
            credentials.join(", ")
        )
        .unwrap();
    }
    page
}

fn audit() -> String {
    let mut page = String::from(AUDIT);
    for action in Action::ALL {
        writeln!(
            page,
            "| `{}` | {} |",
            action.as_str(),
            action.meaning().trim()
        )
        .unwrap();
    }
    page
}

const AUDIT: &str = "# The audit trail

Each change is one event for each thing that changed, written in the change's own transaction: what did not happen has no event, and what
happened has one. An event says when, who (`user`, `system` or `cli`), what, to what, the fields that changed before and after, the request's id, the caller's
address and the way it came (`v1`, `account`, `pages`, `cli`, `system`). It never holds a secret.

- `GET /api/audit_events` gives an admin the events of the tenant, the oldest first: by session or by API key. `limit` is from 1 to 100;
  `after` and `before` take the cursors of an answer; `actor_id`, `target_type`, `target_id`, `action`, `from` and `to` (times, `to` excluded) filter, all at once.
- `roster audit export` prints all of a tenant's events, one JSON object a line.
- Readers never get past the oldest transaction that still runs, so that whoever goes on from the last id skips nothing.
- Of one caller's refused sign-ins at most 100 an hour are recorded. What was typed is not: people type their password into the wrong field.
- `--audit-retention-days` says after how many days events are deleted; without it they are kept. `roster users purge` takes a person's address, name and
  caller's address out of the events and keeps the rest.

The events, printed from the list in `crates/domain/src/audit.rs`; a test compares the two:

| action | |
| --- | --- |
";

fn over(over: Over) -> &'static str {
    match over {
        Over::Nobody => "no",
        Over::Oneself => "oneself",
        Over::Everyone => "yes",
    }
}

/// Compares a page with what is committed; a fresh one is left where it can be taken from.
fn is_up_to_date(name: &str, expected: &str) {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/{name}"));
    if std::fs::read_to_string(&committed).unwrap_or_default() != expected {
        let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&fresh, expected).unwrap();
        panic!("docs/{name} is out of date: cp {} docs/", fresh.display());
    }
}

/// role-matrix
#[test]
fn the_authorization_page_is_up_to_date() {
    is_up_to_date("authorization.md", &authorization());
}

/// audit-complete
#[test]
fn the_page_on_the_audit_trail_is_up_to_date() {
    is_up_to_date("audit.md", &audit());
}
