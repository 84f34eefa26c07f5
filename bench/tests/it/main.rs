//! The program, as `scripts/bench` calls it.

use std::process::Command;

#[test]
fn the_script_names_all_scenarios() {
    let nowhere = [
        "program",
        "folder",
        "postgres-programs",
        "postgres-socket",
        "postgres-log",
    ];
    let mut run = Command::new(env!("CARGO_BIN_EXE_roster-bench"));
    run.args(["run", "--only", "nothing"]);
    run.args(nowhere.map(|flag| format!("--{flag}=nowhere")));
    let said = String::from_utf8(run.output().unwrap().stderr).unwrap();
    let (_, names) = said.split_once("there are ").unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/bench");
    let script = std::fs::read_to_string(script).unwrap();
    let names = names.trim().replace(", ", " ");
    assert!(script.contains(&names), "{names}");
}
