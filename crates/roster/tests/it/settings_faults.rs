//! Settings that cannot be used: told by name, without secrets, before anything is begun.

use crate::program::{roster, run};
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn what_is_unknown_or_out_of_range_is_refused_by_name() {
    let folder = folder();
    let file = folder.path().join("roster.toml");
    /// Flags, variables, a file, and what the message says.
    type Case<'a> = (
        &'a [&'a str],
        &'a [(&'a str, &'a str)],
        &'a str,
        &'a [&'a str],
    );
    let cases: &[Case<'_>] = &[
        (&["--lisen", "x"], &[], "", &["--lisen"]),
        (&["serv"], &[], "", &["serv"]),
        (&[], &[("ROSTER_LISEN", "x")], "", &["ROSTER_LISEN"]),
        (
            &[],
            &[("ROSTER_A", "1"), ("ROSTER_B", "")],
            "",
            &["ROSTER_A", "ROSTER_B"],
        ),
        (&[], &[("ROSTER_", "x")], "", &["ROSTER_"]),
        (
            &[],
            &[],
            "workers = 1\n\nlisen = \"x\"\n[a]\nb = 1",
            &["unknown", "lisen (", "roster.toml, line 3), a (", "line 4)"],
        ),
        (&[], &[], "config = \"x\"", &["config"]),
        (&[], &[], "[server]\nlisten = \"x\"", &["server"]),
        (&[], &[], "listen = 1", &["listen", "line 1"]),
        (&[], &[], "listen = ", &["roster.toml", "line 1"]),
        (
            &[],
            &[],
            "workers = 1\nworkers = 2",
            &["roster.toml", "line 2", "duplicate key"],
        ),
        (
            &[],
            &[],
            "workers = [1]",
            &["workers must be a text in quotes or a whole number"],
        ),
        (
            &[],
            &[],
            "trusted_proxies = [1]",
            &["trusted_proxies must be a text in quotes or an array of such"],
        ),
        (
            &["--trusted-proxies", "10.0.0.0/8,10.0.0.0/33"],
            &[],
            "",
            &["trusted_proxies must be addresses", "not \"10.0.0.0/33\""],
        ),
        (&[], &[], "log_format = \"xml\"", &["log_format", "xml"]),
        (&["--config", "none.toml"], &[], "", &["none.toml"]),
        (&["--log-format", "xml"], &[], "", &["--log-format", "xml"]),
        (&[], &[("ROSTER_LOG_FORMAT", "xml")], "", &["xml"]),
        (
            &["--sqlite-synchronous", "off"],
            &[],
            "",
            &["--sqlite-synchronous", "off"],
        ),
        (
            &["--database-pool-size", "0"],
            &[],
            "",
            &["database_pool_size must be from 1 to 1000"],
        ),
        (
            &["--database-pool-size", "1001"],
            &[],
            "",
            &["database_pool_size must be from 1 to 1000"],
        ),
        (
            &[],
            &[("ROSTER_DATABASE_POOL_SIZE", "0")],
            "",
            &["database_pool_size must be from 1 to 1000"],
        ),
        (
            &[],
            &[],
            "database_pool_size = 0",
            &["database_pool_size must be from 1 to 1000"],
        ),
        (&[], &[], "database_pool_size = -1", &["database_pool_size"]),
        (
            &["--database-pool-size", "many"],
            &[],
            "",
            &["--database-pool-size", "many"],
        ),
        (
            &["--workers", "0"],
            &[],
            "",
            &["workers must be from 1 to 1024"],
        ),
        (
            &["--workers", "0", "--database-pool-size", "0"],
            &[],
            "",
            &["workers must be", "database_pool_size must be"],
        ),
        (
            &["--log", "a=b=c"],
            &[],
            "",
            &["roster: log must be a level", "not \"a=b=c\" (flag --log)"],
        ),
        (
            &["--database-url", "mysql://u:hunter2@h/db"],
            &[],
            "",
            &["database_url", "sqlite:", "postgres://"],
        ),
        (
            &["--database-url", ""],
            &[],
            "",
            &["database_url", "sqlite:"],
        ),
        (&["--database-url", "sqlite:"], &[], "", &["database_url"]),
        (
            &["--database-url", "sqlite::memory:"],
            &[],
            "",
            &["database_url"],
        ),
        (&["--database-url", "roster.db"], &[], "", &["database_url"]),
        (&["--database-url-file", "none"], &[], "", &["none"]),
        (
            &["--database-url", "sqlite:a", "--database-url-file", "b"],
            &[],
            "",
            &["database_url", "database_url_file"],
        ),
        (
            &[],
            &[
                ("ROSTER_DATABASE_URL", "sqlite:a"),
                ("ROSTER_DATABASE_URL_FILE", "b"),
            ],
            "",
            &["database_url", "database_url_file"],
        ),
    ];
    for (arguments, variables, toml, parts) in cases {
        std::fs::write(&file, toml).unwrap();
        for command in ["check-config", "migrate", "serve"] {
            let mut command = {
                let mut roster = roster(folder.path());
                roster.arg(command);
                roster
            };
            if !arguments.contains(&"--config") {
                command.env("ROSTER_CONFIG", &file);
            }
            let ended = run(command.args(*arguments).envs(variables.iter().copied()));
            let text = ended.failed();
            for part in *parts {
                assert!(
                    text.contains(part),
                    "{arguments:?} {variables:?} {toml}: {text}"
                );
            }
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
    // Nothing was begun.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Which of four places it was, when it can be more than one.
#[test]
fn it_is_told_where_a_value_came_from() {
    let folder = folder();
    let file = folder.path().join("roster.toml");
    std::fs::write(&file, "# first\nlog_format = \"xml\"\nworkers = 0\n").unwrap();
    let check = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = roster(folder.path());
        command
            .args(["check-config", "--config", "roster.toml"])
            .args(arguments)
            .envs(variables.iter().copied());
        run(&mut command).failed()
    };
    for (arguments, variables, expected) in [
        (
            &[][..],
            &[][..],
            "log_format must be one of text, json, not \"xml\" (roster.toml, line 2); \
             workers must be from 1 to 1024, not \"0\" (roster.toml, line 3)",
        ),
        (
            &[],
            &[("ROSTER_LOG_FORMAT", "x"), ("ROSTER_WORKERS", "1")],
            "log_format must be one of text, json, not \"x\" (variable ROSTER_LOG_FORMAT)",
        ),
        (
            &["--log-format", "y"],
            &[("ROSTER_LOG_FORMAT", "x"), ("ROSTER_WORKERS", "1")],
            "log_format must be one of text, json, not \"y\" (flag --log-format)",
        ),
        (
            &["--log-format", "text", "--session-days", "3"],
            &[("ROSTER_WORKERS", "1"), ("ROSTER_SESSION_IDLE_DAYS", "4")],
            "session_days (flag --session-days) must not be below session_idle_days (variable ROSTER_SESSION_IDLE_DAYS)",
        ),
        (
            &["--log-format", "text", "--workers", "1", "--data-dir", ""],
            &[],
            "data_dir must not be empty (flag --data-dir)",
        ),
        (
            &["--database-url-file", "none"],
            &[],
            "database_url_file (flag --database-url-file): none: No such file or directory (os error 2)",
        ),
    ] {
        let text = check(arguments, variables);
        assert_eq!(text, format!("roster: {expected}\n"));
    }
}

/// at-rest: no message repeats a secret, not even the one about a file that is no TOML.
#[test]
fn secrets_are_not_repeated() {
    let folder = folder();
    for toml in [
        "smtp_password = \"hunter2",
        "smtp_password = hunter2",
        "smtp_password = \"\\hunter2\"",
        "smtp_password = [\"hunter2\"]",
        "smtp_password = { hunter2 = 1 }",
        "smtp_password = \"hunter2\"",
        "smtp_password = \"hunter2\" x",
        "database_url = \"mysql://u:hunter2@h\"",
        "public_url = \"https://u:hunter2@h\"",
        "cors_origins = [\"https://u:hunter2@h\"]",
    ] {
        std::fs::write(folder.path().join("roster.toml"), toml).unwrap();
        let mut command = roster(folder.path());
        let text = run(command.args(["check-config", "--config", "roster.toml"])).failed();
        assert!(!text.contains("hunter2"), "{toml}: {text}");
        assert!(text.contains("roster.toml, line 1"), "{toml}: {text}");
    }
    for name in ["smtp_password", "database_url"] {
        let variable = format!("ROSTER_{}", name.to_uppercase());
        let mut command = roster(folder.path());
        command.arg("check-config").env(&variable, "");
        let text = run(&mut command).failed();
        assert!(text.contains(&format!("(variable {variable})")), "{text}");
    }
}

/// at-rest: a database out of reach is told in a line that names it, without its password.
#[test]
fn an_unreachable_database_is_told() {
    let folder = folder();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("postgres://u:hunter2@{address}/db");
    for arguments in [
        &["migrate"][..],
        &["serve", "--listen", "127.0.0.1:0"],
        &["keys", "create", "--email", "ana@x.io"],
        &[
            "bootstrap",
            "--tenant",
            "A",
            "--admin-email",
            "ana@x.io",
            "--admin-name",
            "A",
        ],
    ] {
        let text = run(roster(folder.path())
            .args(arguments)
            .args(["--database-url", &url]))
        .failed();
        assert!(!text.contains("hunter2"), "{text}");
        assert!(
            text.contains(&format!("postgres://u:***@{address}/db")),
            "{text}"
        );
        assert!(text.contains("Connection refused"), "{text}");
        assert!(text.contains("--database-url"), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
    // A file that cannot be one.
    std::fs::write(folder.path().join("file"), "no database").unwrap();
    for url in [
        "sqlite:file/roster.db",
        "sqlite:file",
        "sqlite:///dev/null/roster.db",
    ] {
        let text = run(roster(folder.path()).args(["migrate", "--database-url", url])).failed();
        assert!(
            text.contains("file") || text.contains("/dev/null"),
            "{url}: {text}"
        );
        assert!(text.contains("--database-url"), "{url}: {text}");
        assert_eq!(text.lines().count(), 1, "{url}: {text}");
    }
}
