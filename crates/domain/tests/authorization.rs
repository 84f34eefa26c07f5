//! docs/authorization.md says what the authorization table says.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops where something is missing"
)]

use roster_domain::permission::{CredentialKind, Over, TABLE};
use std::fmt::Write;
use std::path::Path;

fn page() -> String {
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

fn over(over: Over) -> &'static str {
    match over {
        Over::Nobody => "no",
        Over::Oneself => "oneself",
        Over::Everyone => "yes",
    }
}

/// role-matrix
#[test]
fn the_page_is_up_to_date() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/authorization.md");
    let expected = page();
    if std::fs::read_to_string(&committed).unwrap_or_default() != expected {
        let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join("authorization.md");
        std::fs::write(&fresh, expected).unwrap();
        panic!(
            "docs/authorization.md is out of date: cp {} docs/",
            fresh.display()
        );
    }
}
