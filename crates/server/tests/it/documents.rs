//! What the documents list is what there is.

use crate::program::{roster, run};
use roster_server::http::v1::ROUTES;

const README: &str = include_str!("../../../../README.md");
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
