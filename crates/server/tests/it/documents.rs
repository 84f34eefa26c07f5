//! What the documents list is what there is.

use crate::program::{roster, run};
use roster_server::http::v1::ROUTES;
use roster_server::http::v2;

const README: &str = include_str!("../../../../README.md");
const V2: &str = include_str!("../../../../docs/v2.md");
const OPERATION: &str = include_str!("../../../../docs/operation.md");

#[test]
fn the_readme_lists_every_route() {
    for route in ROUTES {
        let (method, pattern) = (route.method, route.pattern);
        let forms = [".json", "`"].map(|end| format!("{method} {pattern}{end}"));
        assert!(
            forms.iter().any(|form| README.contains(form)),
            "{method} {pattern}"
        );
    }
}

#[test]
fn the_page_on_v2_lists_every_route() {
    for route in v2::ROUTES {
        let (method, pattern) = (route.method, route.pattern);
        let forms = ["`", "?"].map(|end| format!("| `{method} {pattern}{end}"));
        assert!(
            forms.iter().any(|form| V2.contains(form)),
            "{method} {pattern}"
        );
    }
    assert!(README.contains("(docs/v2.md)"));
}

#[test]
fn the_page_on_operation_lists_every_setting_and_command() {
    let folder = tempfile::tempdir().unwrap();
    let help = run(roster(folder.path()).arg("--help")).succeeded();
    let (commands, options) = help.split_once("Options:").unwrap();
    let (_, commands) = commands.split_once("Commands:").unwrap();
    let names = commands
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(|name| format!("`roster {name}"));
    let flags = options
        .split_whitespace()
        .filter(|word| word.starts_with("--") && !["--help", "--version"].contains(word))
        .map(|flag| format!("`{flag}`"));
    let variables = options
        .split('[')
        .filter_map(|part| part.strip_prefix("env: ")?.split(['=', ']']).next())
        .map(|variable| format!("`{variable}`"));
    let all: Vec<String> = names.chain(flags).chain(variables).collect();
    assert!(all.len() > 20, "{all:?}");
    for name in all {
        assert!(OPERATION.contains(&name), "{name}");
    }
}

/// The cells of the row about a flag in the page's table of settings.
fn documented(flag: &str) -> Vec<&'static str> {
    let row = OPERATION
        .lines()
        .find(|line| line.starts_with(&format!("| `{flag}` |")));
    let row = row.unwrap_or_else(|| panic!("{flag} is not in the table"));
    row.split('|').map(str::trim).collect()
}

#[test]
fn the_page_on_operation_gives_the_variables_and_defaults_of_the_help() {
    let folder = tempfile::tempdir().unwrap();
    let help = run(roster(folder.path()).arg("--help")).succeeded();
    // One part a flag, with its lines joined.
    let parts: Vec<String> = help
        .split("\n      --")
        .skip(1)
        .map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert!(parts.len() > 25, "{parts:?}");
    let between = |part: &str, from: &str| {
        let (_, rest) = part.split_once(from)?;
        Some(rest.split_once(']').unwrap().0.to_owned())
    };
    for part in parts {
        let flag = format!("--{}", part.split(' ').next().unwrap());
        let row = documented(&flag);
        let variable = between(&part, "[env: ").unwrap();
        assert_eq!(row[2], format!("`{}`", variable.trim_end_matches('=')));
        let default = between(&part, "[default: ").unwrap_or_default();
        assert_eq!(row[3].replace('`', ""), default.trim_matches('"'), "{flag}");
    }
}
