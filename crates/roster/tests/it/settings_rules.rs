//! Settings: what each accepts, and which do not go together.

use crate::program::{roster, run};
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn numbers_have_bounds() {
    let folder = folder();
    for (name, low, high) in [
        ("database_pool_size", 1, 1_000),
        ("workers", 1, 1_024),
        ("audit_retention_days", 1, 36_500),
        ("smtp_port", 1, 65_535),
        ("mail_give_up_hours", 1, 720),
        ("invitation_days", 1, 90),
        ("password_reset_minutes", 5, 1_440),
        ("session_idle_days", 1, 365),
        ("session_days", 1, 365),
        ("password_memory_kib", 19_456, 1_048_576),
        ("password_iterations", 2, 100),
        ("password_hashes_at_once", 1, 64),
    ] {
        let variable = format!("ROSTER_{}", name.to_uppercase());
        for value in [low - 1, high + 1] {
            let mut command = roster(folder.path());
            command
                .arg("check-config")
                .env(&variable, value.to_string());
            let text = run(&mut command).failed();
            assert_eq!(
                text,
                format!(
                    "roster: {name} must be from {low} to {high}, not \"{value}\" (variable {variable})\n"
                )
            );
        }
    }
}

#[test]
fn texts_have_a_form() {
    let folder = folder();
    for (name, refused) in [
        (
            "listen",
            &["", "x", "127.0.0.1", ":80", "h:", "h:65536"][..],
        ),
        (
            "public_url",
            &[
                "",
                "h",
                "ftp://h",
                "https://h/path",
                "https://h?q",
                "https://u@h",
            ],
        ),
        (
            "cors_origins",
            &["*", "h", "http://h", "https://h/x", "https://a,,https://b"],
        ),
        (
            "trusted_proxies",
            &["h", "10.0.0.0/33", "10.0.0", "10.0.0.1,", "::1/129"],
        ),
        ("smtp_host", &["", "h:25", "smtp://h", "a b", "1.2.3.4.5"]),
        ("smtp_security", &["", "ssl"]),
        ("smtp_user", &[""]),
        (
            "mail_from",
            &["", "Roster", "a@", "a <b", "a@x.io, b@x.io", "a\n <a@x.io>"],
        ),
        ("mail_templates", &["", "none", "roster.toml"]),
    ] {
        std::fs::write(folder.path().join("roster.toml"), "").unwrap();
        for value in refused {
            let flag = format!("--{}", name.replace('_', "-"));
            let mut command = roster(folder.path());
            command.args(["check-config", &format!("{flag}={value}")]);
            let text = run(&mut command).failed();
            assert!(
                text.starts_with(&format!("roster: {name} must ")),
                "{value}: {text}"
            );
            assert!(text.ends_with(&format!(" (flag {flag})\n")), "{text}");
            assert_eq!(text.trim().lines().count(), 1, "{text}");
        }
    }
}

#[test]
fn what_contradicts_is_refused() {
    let folder = folder();
    std::fs::write(folder.path().join("secret"), "hunter2").unwrap();
    const HOST: &str = "--smtp-host=mail.example.com";
    const USER: &str = "--smtp-user=u";
    const PASSWORD: &str = "--smtp-password=hunter2";
    const FILE: &str = "--smtp-password-file=secret";
    const CLEAR: &str = "--smtp-security=none";
    for (arguments, expected) in [
        (&[HOST, USER][..], "smtp_user (flag --smtp-user) needs"),
        (
            &[HOST, PASSWORD],
            "smtp_password (flag --smtp-password) needs smtp_user",
        ),
        (
            &[HOST, FILE],
            "smtp_password (secret, named by flag --smtp-password-file) needs smtp_user",
        ),
        (
            &[HOST, USER, PASSWORD, FILE],
            "smtp_password (flag --smtp-password) and smtp_password_file (flag --smtp-password-file) are both given",
        ),
        (
            &[HOST, USER, PASSWORD, CLEAR],
            "smtp_security must be starttls or tls, not \"none\"",
        ),
        (
            &["--smtp-port=25"],
            "smtp_port (flag --smtp-port) means nothing without smtp_host",
        ),
        (
            &["--smtp-security=starttls"],
            "smtp_security (flag --smtp-security) means nothing",
        ),
        (
            &[USER, FILE],
            "smtp_user (flag --smtp-user) means nothing without smtp_host; smtp_password (secret, named by",
        ),
        (
            &["--session-days=13"],
            "session_days (flag --session-days) must not be below session_idle_days (default)",
        ),
    ] {
        let text = run(roster(folder.path()).arg("check-config").args(arguments)).failed();
        assert!(text.contains(expected), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
    // On this machine nobody listens.
    for host in ["localhost", "127.0.0.1", "::1"] {
        let host = format!("--smtp-host={host}");
        run(roster(folder.path()).args(["check-config", &host, USER, PASSWORD, CLEAR])).succeeded();
    }
    run(roster(folder.path()).args(["check-config", HOST, CLEAR])).succeeded();
}
