//! The page that lists the settings is made from their declarations.

use clap::{Arg, Args, Command};
use roster_server::config::{Given, Settings};
use std::error::Error;
use std::fmt::Write;
use std::path::Path;

const BEGINNING: &str = "# Settings

Printed from the declarations in `crates/server/src/config`; a test compares the two. In a file (`--config`) a setting has the name of its flag with
underscores, `data_dir = \"/var/lib/roster\"`, numbers are numbers, and those with commas may be arrays: `trusted_proxies = [\"10.0.0.5\", \"192.168.0.0/16\"]`. A flag
comes before a variable, and a variable before the file.
";

/// What is said in the help in place of a default that is no text: `[default: none]`.
fn said_default(help: &str) -> Option<(&str, &str)> {
    let (help, rest) = help.split_once(" [default: ")?;
    Some((help, rest.strip_suffix(']')?))
}

/// What a setting takes, as its parser says it to those who give something else.
fn accepted(command: &Command, arg: &Arg) -> String {
    let values = arg.get_value_parser().possible_values();
    if let Some(values) = values {
        let texts = values.map(|value| match value.get_help() {
            Some(help) => format!(
                "`{}`: {}",
                value.get_name(),
                help.to_string().trim_end_matches('.')
            ),
            None => format!("`{}`", value.get_name()),
        });
        return texts.collect::<Vec<_>>().join("<br>");
    }
    let flag = format!("--{}=\u{7f}", arg.get_long().unwrap());
    let Err(fault) = command.clone().try_get_matches_from(["roster", &flag]) else {
        return String::new();
    };
    let fault = fault.source().map(ToString::to_string).unwrap_or_default();
    fault
        .strip_prefix("must be ")
        .unwrap_or_default()
        .to_owned()
}

fn code(text: &str) -> String {
    match text {
        "" => String::new(),
        text => format!("`{text}`"),
    }
}

fn row(command: &Command, arg: &Arg, variable: &str) -> String {
    let help = arg.get_help().unwrap().to_string();
    let (help, default) = match said_default(&help) {
        Some((help, default)) => (help, default.to_owned()),
        None => {
            let default = arg.get_default_values().first();
            let default = default.map_or("", |value| value.to_str().unwrap());
            (help.as_str(), code(default))
        }
    };
    format!(
        "| `--{}` | `{variable}` | {default} | {help} | {} |\n",
        arg.get_long().unwrap(),
        accepted(command, arg)
    )
}

fn page() -> String {
    let declared = Settings::augment_args(Command::new("roster"));
    let given = Given::augment_args(Command::new("roster"));
    let mut page = BEGINNING.to_owned();
    let mut theme = None;
    for arg in declared.get_arguments() {
        if theme != arg.get_help_heading() {
            theme = arg.get_help_heading();
            let name = theme.unwrap().trim_end_matches(" settings");
            write!(
                page,
                "\n## {name}\n\n| flag | variable | default | what it is | accepted |\n"
            )
            .unwrap();
            page.push_str("| --- | --- | --- | --- | --- |\n");
        }
        let with_variable = given
            .get_arguments()
            .find(|given| given.get_id() == arg.get_id());
        let variable = with_variable.unwrap().get_env().unwrap();
        page.push_str(&row(&declared, arg, variable.to_str().unwrap()));
    }
    page
}

#[test]
fn the_page_of_settings_is_up_to_date() {
    let page = page();
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/settings.md");
    if std::fs::read_to_string(&committed).unwrap_or_default() != page {
        let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join("settings.md");
        std::fs::write(&fresh, page).unwrap();
        panic!(
            "docs/settings.md is out of date: cp {} docs/",
            fresh.display()
        );
    }
}
