//! Settings: where they come from, which of them wins, and what is refused.

use crate::program::{roster, run};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const SETTINGS: &[&str] = &[
    "config",
    "listen",
    "data-dir",
    "database-url",
    "database-url-file",
    "database-pool-size",
    "sqlite-synchronous",
    "workers",
    "log",
    "log-format",
];

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
        database_pool_size = 8
        sqlite_synchronous = "full"
        log = "info,actix_server=warn"
        log_format = "text"
    };
    for (name, value) in &expected {
        assert_eq!(settings.get(name), Some(value), "{name}");
    }
    assert!(settings["workers"].as_integer().unwrap() >= 1);
    assert_eq!(settings.len(), expected.len() + 1);
    // Looking makes nothing.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// What is printed is a settings file that says the same.
#[test]
fn what_is_printed_can_be_read() {
    let folder = folder();
    let text = run(check_config(folder.path()).args(["--workers", "3", "--log", "warn,x=trace"]))
        .succeeded();
    std::fs::write(folder.path().join("roster.toml"), &text).unwrap();
    let again = run(check_config(folder.path()).args(["--config", "roster.toml"])).succeeded();
    assert_eq!(again, text);
}

#[test]
fn flags_come_before_variables_before_the_file_before_defaults() {
    let folder = folder();
    let file = folder.path().join("roster.toml");
    for (name, toml, [low, middle, high]) in [
        (
            "listen",
            "\"127.0.0.1:1\"",
            ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"],
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
        ("workers", "1", ["1", "2", "1024"]),
        ("log", "\"warn\"", ["warn", "error", "debug"]),
        ("log_format", "\"json\"", ["json", "text", "json"]),
    ] {
        let flag = format!("--{}", name.replace('_', "-"));
        let variable = format!("ROSTER_{}", name.to_uppercase());
        let value = |command: &mut Command| match &printed(command)[name] {
            toml::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        std::fs::write(&file, format!("{name} = {toml}\n")).unwrap();
        let mut command = check_config(folder.path());
        command.env("ROSTER_CONFIG", &file);
        assert_eq!(value(&mut command), low, "{name} of the file");
        command.env(&variable, middle);
        assert_eq!(value(&mut command), middle, "{name} of the environment");
        command.args([&flag, high]);
        assert_eq!(value(&mut command), high, "{name} of the flag");
        // A flag may stand before the command too.
        let mut command = roster(folder.path());
        command
            .args([&flag, high, "check-config"])
            .env(&variable, middle);
        assert_eq!(value(&mut command), high, "{name} of the flag in front");
    }
    let mut command = check_config(folder.path());
    std::fs::write(&file, "workers = 1\n").unwrap();
    std::fs::write(folder.path().join("other.toml"), "workers = 2\n").unwrap();
    command
        .env("ROSTER_CONFIG", &file)
        .args(["--config", "other.toml"]);
    assert_eq!(printed(&mut command)["workers"].as_integer(), Some(2));
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
        for setting in SETTINGS {
            assert!(
                help.contains(&format!("--{setting} <")),
                "--{setting} in {help}"
            );
            let variable = format!("[env: ROSTER_{}", setting.to_uppercase().replace('-', "_"));
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
