//! What the documents list is what there is.

use crate::program::{roster, run};
use roster_server::http::v1::ROUTES;
use roster_server::http::v2;

const README: &str = include_str!("../../../../README.md");
const V2: &str = include_str!("../../../../docs/v2.md");
const OPERATIONS: &str = include_str!("../../../../docs/operations.md");

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
fn the_page_on_operations_lists_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let help = run(roster(folder.path()).arg("--help")).succeeded();
    let (commands, _) = help.split_once("Options:").unwrap();
    let (_, commands) = commands.split_once("Commands:").unwrap();
    let names: Vec<&str> = commands
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        assert!(OPERATIONS.contains(&format!("`roster {name}")), "{name}");
    }
}
