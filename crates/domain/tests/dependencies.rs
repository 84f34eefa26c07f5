//! The domain does no I/O, so nothing that does may be in its tree.

use std::process::Command;

#[test]
fn no_runtime_server_client_or_database() {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            "roster-domain",
            "--edges",
            "normal",
            "--prefix",
            "none",
        ])
        .args(["--offline", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        tree.status.success(),
        "{}",
        String::from_utf8_lossy(&tree.stderr)
    );
    let tree = String::from_utf8(tree.stdout).unwrap();
    let names: Vec<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(names.contains(&"serde"), "the tree was not read: {tree}");
    for name in names {
        let banned = ["tokio", "actix", "diesel", "reqwest", "getrandom", "async"];
        assert!(
            !banned.iter().any(|banned| name.starts_with(banned)),
            "roster-domain depends on {name}"
        );
    }
}
