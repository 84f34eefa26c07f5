//! What a process takes that does nothing, how soon it answers, and how large the program is.

use crate::dataset::{Kind, Set};
use crate::failure::Result;
use crate::measure::Series;
use crate::number::{mib, millis, show};
use crate::plan::{Plan, pause};
use crate::progress::progress;
use crate::report::{Findings, Table, Target};
use crate::server::Server;
use std::time::Duration;

/// Measures it.
pub(crate) fn run(plan: &Plan) -> Result<Findings> {
    let mut findings = Findings::default();
    let rest = Duration::from_secs(plan.quick_or(1, 30));
    let mut table = Table::new([
        "database",
        "start to first answer, ms",
        "memory then, MiB",
        "at rest, MiB",
        "of it no file's, MiB",
    ]);
    let size = mib(std::fs::metadata(&plan.program)?.len());
    for kind in Kind::ALL {
        let set = Set::get(plan, kind, 0)?;
        let mut starts = Series::default();
        for _ in 0..plan.rounds.max(2) {
            let server = Server::start(plan, &set.url, &[])?;
            starts.push(millis(server.start));
            server.stop()?;
        }
        let server = Server::start(plan, &set.url, &[])?;
        let begun = server.memory()?;
        pause(rest);
        let idle = server.memory()?;
        server.stop()?;
        let resident = mib(idle.resident);
        progress!(
            "footprint on {}: {} MiB, {} ms",
            kind.name(),
            show(resident),
            starts.show("")
        );
        table.row([
            kind.name().to_owned(),
            starts.show(""),
            show(mib(begun.resident)),
            show(resident),
            show(mib(idle.anonymous)),
        ]);
        let row = |what: &str, roster: String, target: &str, is_met: bool| Target {
            what: format!("{what}, {}", kind.name()),
            yardstick: String::new(),
            roster,
            ratio: String::new(),
            target: target.to_owned(),
            is_met,
        };
        findings.targets.push(row(
            "idle memory",
            format!("{} MiB", show(resident)),
            "≤ 20 MiB",
            resident <= 20.0,
        ));
        findings.targets.push(row(
            "start to first answer",
            starts.show("ms"),
            "≤ 150 ms",
            starts.median() <= 150.0,
        ));
    }
    findings.targets.push(Target {
        what: "the stripped binary".to_owned(),
        yardstick: String::new(),
        roster: format!("{} MiB", show(size)),
        ratio: String::new(),
        target: "≤ 25 MiB".to_owned(),
        is_met: size <= 25.0,
    });
    findings.say(format_args!(
        "On a database that is there and has no user but an admin. At rest is {} s after the start; the memory is `VmRSS` and `RssAnon` of \
         `/proc/PID/status`.",
        rest.as_secs()
    ));
    findings.table(&table);
    Ok(findings)
}
