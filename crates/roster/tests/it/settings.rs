//! Settings: where they come from, which of them wins, and what is refused.

use crate::program::{roster, run};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn check_config(folder: &Path) -> Command {
    let mut command = roster(folder);
    command.arg("check-config");
    command
}

fn printed(command: &mut Command) -> toml::Table {
    let text = run(command).succeeded();
    text.parse().unwrap()
}

#[test]
fn defaults_are_printed() {
    let folder = folder();
    let settings = printed(&mut check_config(folder.path()));
    let expected = toml::toml! {
        listen = "127.0.0.1:8080"
        data_dir = "roster-data"
        database_url = "sqlite:roster-data/roster.db"
        sqlite_synchronous = "full"
        log = "info,actix_server=warn"
        head_seconds = 10
        body_seconds = 15
        keep_alive_seconds = 5
        long_lists_at_once = 100
        drain_seconds = 0
        stop_seconds = 30
        cors_origins = []
        trusted_proxies = []
        mail_from = "Roster <roster@localhost>"
        mail_give_up_hours = 72
        invitation_days = 7
        password_reset_minutes = 60
        session_idle_days = 14
        session_days = 90
        password_memory_kib = 19456
        password_iterations = 2
    };
    for (name, value) in &expected {
        assert_eq!(settings.get(name), Some(value), "{name}");
    }
    for name in ["workers", "password_hashes_at_once"] {
        assert!(settings[name].as_integer().unwrap() >= 1);
    }
    let processors = settings["workers"].as_integer();
    let connections = processors.map(|processors| (2 * processors).clamp(4, 32));
    assert_eq!(settings["database_pool_size"].as_integer(), connections);
    assert_eq!(settings.len(), expected.len() + 3);
    // Looking makes nothing.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// What is printed is a settings file that says the same.
#[test]
fn what_is_printed_can_be_read() {
    let folder = folder();
    for arguments in [
        &[][..],
        &["--workers", "3", "--log", "warn,x=trace"],
        &[
            "--smtp-host",
            "h",
            "--smtp-user",
            "u",
            "--smtp-password",
            "p",
        ],
        &[
            "--cors-origins",
            "https://a.io,https://b.io",
            "--trusted-proxies",
            "10.0.0.1, ::1",
            "--public-url",
            "https://h/",
        ],
    ] {
        let text = run(check_config(folder.path()).args(arguments)).succeeded();
        std::fs::write(folder.path().join("roster.toml"), &text).unwrap();
        let again = run(check_config(folder.path()).args(["--config", "roster.toml"])).succeeded();
        assert_eq!(again, text);
    }
}

/// A setting, its line in the file, and what stands there, in the variable and for the flag.
type Places = (&'static str, &'static str, [&'static str; 3]);

const PLACES: &[Places] = &[
    (
        "listen",
        "\"127.0.0.1:1\"",
        ["127.0.0.1:1", "127.0.0.1:2", "[::1]:3"],
    ),
    ("data_dir", "\"a\"", ["a", "b", "c d"]),
    (
        "database_url",
        "\"sqlite:a.db\"",
        ["sqlite:a.db", "sqlite:b.db", "sqlite:///c.db"],
    ),
    ("database_pool_size", "1", ["1", "2", "1000"]),
    (
        "sqlite_synchronous",
        "\"normal\"",
        ["normal", "full", "normal"],
    ),
    (
        "metrics_listen",
        "\"127.0.0.1:1\"",
        ["127.0.0.1:1", "127.0.0.1:2", "[::1]:3"],
    ),
    ("workers", "1", ["1", "2", "1024"]),
    ("head_seconds", "1", ["1", "2", "600"]),
    ("body_seconds", "1", ["1", "2", "600"]),
    ("keep_alive_seconds", "1", ["1", "2", "600"]),
    ("long_lists_at_once", "1", ["1", "2", "10000"]),
    ("requests_per_key", "1", ["1", "2", "1000000"]),
    ("requests_per_address", "1", ["1", "2", "1000000"]),
    ("drain_seconds", "1", ["1", "2", "600"]),
    ("stop_seconds", "1", ["1", "2", "600"]),
    ("log", "\"warn\"", ["warn", "error", "debug"]),
    ("log_format", "\"json\"", ["json", "text", "json"]),
    ("audit_retention_days", "1", ["1", "2", "36500"]),
    (
        "public_url",
        "\"http://a\"",
        ["http://a", "https://b", "https://c:8443"],
    ),
    (
        "cors_origins",
        "[\"https://a\", \"https://b\"]",
        ["https://a,https://b", "https://c", "http://localhost:1"],
    ),
    (
        "trusted_proxies",
        "\"10.0.0.0/8,fd00::/8\"",
        ["10.0.0.0/8,fd00::/8", "10.0.0.1/32", "::1/128"],
    ),
    ("smtp_host", "\"a\"", ["a", "b.example.com", "::1"]),
    ("smtp_port", "1", ["1", "2", "65535"]),
    ("smtp_security", "\"tls\"", ["tls", "starttls", "none"]),
    ("smtp_user", "\"a\"", ["a", "b", "c d"]),
    (
        "mail_from",
        "\"a@x.io\"",
        ["a@x.io", "B <b@x.io>", "\"C, D\" <c@x.io>"],
    ),
    ("mail_templates", "\".\"", [".", "..", "/"]),
    ("mail_give_up_hours", "1", ["1", "2", "720"]),
    ("invitation_days", "1", ["1", "2", "90"]),
    ("password_reset_minutes", "5", ["5", "6", "1440"]),
    ("session_idle_days", "1", ["1", "2", "90"]),
    ("session_days", "14", ["14", "15", "365"]),
    (
        "password_memory_kib",
        "19456",
        ["19456", "19457", "1048576"],
    ),
    ("password_iterations", "2", ["2", "3", "100"]),
    ("password_hashes_at_once", "1", ["1", "2", "64"]),
];

#[test]
fn flags_come_before_variables_before_the_file_before_defaults() {
    let folder = folder();
    let file = folder.path().join("roster.toml");
    for (name, toml, [low, middle, high]) in PLACES {
        let flag = format!("--{}", name.replace('_', "-"));
        let variable = format!("ROSTER_{}", name.to_uppercase());
        let value = |command: &mut Command| match &printed(command)[*name] {
            toml::Value::String(text) => text.clone(),
            toml::Value::Array(items) => {
                let texts: Vec<_> = items.iter().map(|item| item.as_str().unwrap()).collect();
                texts.join(",")
            }
            other => other.to_string(),
        };
        // What makes the other settings of mail mean something.
        let context = match *name {
            "smtp_port" | "smtp_security" => &[("ROSTER_SMTP_HOST", "h")][..],
            "smtp_user" => &[("ROSTER_SMTP_HOST", "h"), ("ROSTER_SMTP_PASSWORD", "p")],
            _ => &[],
        };
        std::fs::write(&file, format!("{name} = {toml}\n")).unwrap();
        let mut command = check_config(folder.path());
        command
            .env("ROSTER_CONFIG", &file)
            .envs(context.iter().copied());
        assert_eq!(value(&mut command), *low, "{name} of the file");
        command.env(&variable, middle);
        assert_eq!(value(&mut command), *middle, "{name} of the environment");
        command.args([&flag, *high]);
        assert_eq!(value(&mut command), *high, "{name} of the flag");
        // A flag may stand before the command too.
        let mut command = roster(folder.path());
        command
            .args([&flag, *high, "check-config"])
            .env(&variable, middle)
            .envs(context.iter().copied());
        assert_eq!(value(&mut command), *high, "{name} of the flag in front");
    }
    let mut command = check_config(folder.path());
    std::fs::write(&file, "workers = 1\n").unwrap();
    std::fs::write(folder.path().join("other.toml"), "workers = 2\n").unwrap();
    command
        .env("ROSTER_CONFIG", &file)
        .args(["--config", "other.toml"]);
    assert_eq!(printed(&mut command)["workers"].as_integer(), Some(2));
}

/// A list may be given whole, and emptied.
#[test]
fn lists_are_separated_by_commas() {
    let folder = folder();
    let file = folder.path().join("roster.toml");
    std::fs::write(&file, "trusted_proxies = [\"10.0.0.0/8\"]\n").unwrap();
    for (arguments, expected) in [
        (&[][..], &["10.0.0.0/8"][..]),
        (&["--trusted-proxies", ""], &[]),
        (
            &["--trusted-proxies", "10.1.2.3, 10.1.2.3/8 ,fd00::1/8"],
            &["10.1.2.3/32", "10.0.0.0/8", "fd00::/8"],
        ),
        (
            &["--trusted-proxies", "10.1.2.3", "--trusted-proxies", "::1"],
            &["10.1.2.3/32", "::1/128"],
        ),
    ] {
        let mut command = check_config(folder.path());
        command.env("ROSTER_CONFIG", &file).args(arguments);
        let printed = printed(&mut command);
        let proxies: Vec<_> = printed["trusted_proxies"].as_array().unwrap().to_vec();
        assert_eq!(
            proxies,
            expected
                .iter()
                .map(|text| toml::Value::from(*text))
                .collect::<Vec<_>>()
        );
    }
    std::fs::write(&file, "cors_origins = []\n").unwrap();
    let mut command = check_config(folder.path());
    let printed = printed(command.env("ROSTER_CONFIG", &file));
    assert_eq!(printed["cors_origins"].as_array().unwrap().len(), 0);
}

#[test]
fn the_port_for_mail_goes_by_the_security() {
    let folder = folder();
    for (security, port) in [("starttls", 587), ("tls", 465), ("none", 25)] {
        let mut command = check_config(folder.path());
        command.args(["--smtp-host", "h", "--smtp-security", security]);
        assert_eq!(printed(&mut command)["smtp_port"].as_integer(), Some(port));
    }
}

/// at-rest: the password for mail is not printed, wherever it comes from. Its file's line end is no part of it.
#[test]
fn the_password_for_mail_is_masked() {
    let folder = folder();
    std::fs::write(folder.path().join("secret"), "hunter2\n").unwrap();
    std::fs::write(
        folder.path().join("roster.toml"),
        "smtp_password = \"hunter2\"\n",
    )
    .unwrap();
    for arguments in [
        ["--smtp-password", "hunter2"],
        ["--smtp-password-file", "secret"],
        ["--config", "roster.toml"],
    ] {
        let mut command = check_config(folder.path());
        command.args(["--smtp-host", "h", "--smtp-user", "u"]);
        let settings = printed(command.args(arguments));
        assert_eq!(settings["smtp_password"].as_str(), Some("***"));
        assert!(!settings.to_string().contains("hunter2"));
    }
    let mut help = roster(folder.path());
    help.arg("--help").env("ROSTER_SMTP_PASSWORD", "hunter2");
    let help = run(&mut help).succeeded();
    assert!(!help.contains("hunter2"), "{help}");
}

/// at-rest: passwords are not printed.
#[test]
fn passwords_are_masked() {
    let folder = folder();
    for (url, masked) in [
        ("postgres://u:hunter2@h/db", "postgres://u:***@h/db"),
        (
            "postgresql://u:hunter2@h1:1,h2:2/db?sslmode=disable",
            "postgresql://u:***@h1:1,h2:2/db?sslmode=disable",
        ),
        ("postgres://u:p@hunter2@h/db", "postgres://u:***@h/db"),
        ("postgres://u:p:hunter2@h", "postgres://u:***@h"),
        ("postgres://u:p%2Fhunter2@h/db", "postgres://u:***@h/db"),
        (
            "postgres://u@h/db?password=hunter2",
            "postgres://u@h/db?password=***",
        ),
        (
            "postgres://u@h/db?a=b&password=hunter2&c=d",
            "postgres://u@h/db?a=b&password=***&c=d",
        ),
        (
            "postgres://u@h/db?sslpassword=hunter2&password=hunter2",
            "postgres://u@h/db?sslpassword=***&password=***",
        ),
        ("postgres://u@h/db", "postgres://u@h/db"),
    ] {
        let file = folder.path().join("url");
        std::fs::write(&file, format!("{url}\n")).unwrap();
        let by = |command: &mut Command| {
            printed(command)["database_url"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        for printed in [
            by(check_config(folder.path()).args(["--database-url", url])),
            by(check_config(folder.path()).env("ROSTER_DATABASE_URL", url)),
            by(check_config(folder.path()).env("ROSTER_DATABASE_URL_FILE", &file)),
            by(check_config(folder.path()).args(["--database-url-file", "url"])),
        ] {
            assert_eq!(printed, masked);
        }
    }
    // What libpq would take apart wrongly, and repeat, is refused with the mend.
    for url in ["postgres://u:p/hunter2@h/db", "postgres://u:p?hunter2@h/db"] {
        let refused = run(check_config(folder.path()).args(["--database-url", url])).failed();
        assert!(
            refused.contains("write @ / ? in a password as %40 %2F %3F"),
            "{refused}"
        );
        assert!(!refused.contains("hunter2"), "{refused}");
    }
    // The help shows the present values of variables, but not this one's.
    let mut help = roster(folder.path());
    help.arg("--help")
        .env("ROSTER_DATABASE_URL", "postgres://u:hunter2@h/db");
    let help = run(&mut help).succeeded();
    assert!(!help.contains("hunter2"), "{help}");
}

/// Variables of other programs, and of the other tools of this project, are no business of the server.
#[test]
fn foreign_variables_are_let_be() {
    let folder = folder();
    let mut command = check_config(folder.path());
    command
        .env("ROSTERS", "x")
        .env("ROSTER_API_KEY", "x")
        .env("DATABASE_URL", "x")
        .env("PORT", "x");
    printed(&mut command);
}

#[test]
fn the_help_lists_every_setting() {
    let folder = folder();
    for arguments in [
        &["--help"][..],
        &["serve", "--help"],
        &["check-config", "--help"],
        &["help"],
    ] {
        let help = run(roster(folder.path()).args(arguments)).succeeded();
        let others = [
            "config",
            "database_url_file",
            "smtp_password",
            "smtp_password_file",
        ];
        for name in PLACES.iter().map(|(name, ..)| *name).chain(others) {
            let flag = format!("--{} <", name.replace('_', "-"));
            assert!(help.contains(&flag), "{flag} in {help}");
            let variable = format!("[env: ROSTER_{}", name.to_uppercase());
            assert!(help.contains(&variable), "{variable} in {help}");
        }
    }
    let help = run(roster(folder.path()).arg("help")).succeeded();
    for command in ["serve", "migrate", "bootstrap", "keys", "check-config"] {
        assert!(
            help.contains(&format!("  {command} ")),
            "{command} in {help}"
        );
    }
    let version = run(roster(folder.path()).arg("--version")).succeeded();
    assert_eq!(version, format!("roster {}\n", env!("CARGO_PKG_VERSION")));
}
