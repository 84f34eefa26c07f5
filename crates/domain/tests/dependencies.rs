//! What is in the trees of the crates that others build upon.
#![expect(
    clippy::unwrap_used,
    reason = "the lints' exemption for tests ends at the functions marked as tests"
)]

use std::process::Command;

/// The names of all that a package depends on.
fn tree(package: &str) -> Vec<String> {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--package", package, "--edges", "normal"])
        .args(["--prefix", "none", "--offline", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        tree.status.success(),
        "{}",
        String::from_utf8_lossy(&tree.stderr)
    );
    let tree = String::from_utf8(tree.stdout).unwrap();
    let names: Vec<String> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect();
    assert!(
        names.iter().any(|name| name == "serde"),
        "the tree was not read: {tree}"
    );
    names
}

/// The domain does no I/O, so nothing that does may be in its tree.
#[test]
fn no_runtime_server_client_or_database() {
    for name in tree("roster-domain") {
        let banned = ["tokio", "actix", "diesel", "reqwest", "getrandom", "async"];
        assert!(
            !banned.iter().any(|banned| name.starts_with(banned)),
            "roster-domain depends on {name}"
        );
    }
}

/// The schemas of the wire types are the server's affair.
#[test]
fn no_schemas_but_for_the_server() {
    for package in ["roster-domain", "roster-client"] {
        let names = tree(package);
        assert!(!names.iter().any(|name| name == "utoipa"), "{package}");
    }
}
