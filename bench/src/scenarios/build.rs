//! What building takes.

use crate::failure::Result;
use crate::measure::timed;
use crate::number::{float, mib, show};
use crate::plan::{Plan, run as run_program};
use crate::progress::progress;
use crate::report::{Findings, Table};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// What changes for a warm build: the end of the tree, and a file that others depend on.
const CHANGED: [&str; 2] = [
    "crates/roster/src/main.rs",
    "crates/server/src/service/users/invite.rs",
];

/// Measures it.
pub(crate) fn run(plan: &Plan) -> Result<Findings> {
    let mut table = Table::new([
        "profile",
        "cold, s",
        "after a change of `main.rs`, s",
        "after a change of a use case, s",
        "binary, MiB",
    ]);
    for (profile, arguments) in [("release", &["--release"][..]), ("debug", &[])] {
        let folder = tempfile::tempdir_in(&plan.folder)?;
        let build = || -> Result<String> {
            let mut cargo = Command::new("cargo");
            cargo
                .args(["build", "--locked", "-p", "roster"])
                .args(arguments)
                .env("CARGO_TARGET_DIR", folder.path());
            let (took, _) = timed(|| run_program(&mut cargo))?;
            progress!("built ({profile}) in {} s", show(took.as_secs_f64()));
            Ok(show(took.as_secs_f64()))
        };
        let cold = build()?;
        let mut after = Vec::new();
        for file in CHANGED {
            run_program(Command::new("touch").arg(file))?;
            after.push(build()?);
        }
        let binary = std::fs::metadata(folder.path().join(profile).join("roster"))?.len();
        table.row([
            profile.to_owned(),
            cold,
            after.remove(0),
            after.remove(0),
            show(mib(binary)),
        ]);
    }
    let tree = run_program(Command::new("cargo").args([
        "tree", "--locked", "-p", "roster", "-e", "normal", "--prefix", "none",
    ]))?;
    let crates: BTreeSet<_> = tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .filter(|line| !line.is_empty())
        .collect();
    let locked = std::fs::read_to_string(Path::new("Cargo.lock"))?;
    let locked = locked.lines().filter(|line| *line == "[[package]]").count();
    let mut findings = Findings::default();
    findings.table(&table);
    findings.say(format_args!(
        "The server is built of {} crates, those of this workspace included; `Cargo.lock` has {}, with what tests, building and other systems need.",
        show(float(crates.len())),
        show(float(locked))
    ));
    findings.command("CARGO_TARGET_DIR=… cargo build --release --locked -p roster");
    Ok(findings)
}
