//! Two server processes on one PostgreSQL, against one.

use super::invitations;
use crate::dataset::{Kind, Set};
use crate::failure::{Result, ensure};
use crate::load::Lookups;
use crate::measure::{Paired, in_turn};
use crate::number::{float, show};
use crate::plan::Plan;
use crate::report::{Findings, Table};
use crate::server::Server;

/// Measures it.
pub(crate) fn run(plan: &Plan) -> Result<Findings> {
    let users = plan.usual()?;
    let mut table = Table::new(["what", "one process, /s", "two processes, /s", "ratio"]);
    let mut row = |what: String, paired: &Paired| {
        table.row([
            what,
            paired.yardstick.show(""),
            paired.roster.show(""),
            paired.ratio.show(""),
        ]);
    };
    row(
        format!("look-ups, {} users", show(float(users))),
        &lookups(plan, users)?,
    );
    let writers = invitations::WRITERS;
    row(format!("invitations, {writers} writers"), &invited(plan)?);
    let mut findings = Findings::default();
    findings.say("The same load on one process, and split between two of them on the same PostgreSQL and the same machine.");
    findings.table(&table);
    Ok(findings)
}

fn lookups(plan: &Plan, users: u64) -> Result<Paired> {
    let lookups = Lookups::over(plan, users)?;
    let set = Set::get(plan, Kind::Postgres, users)?;
    let key = &set.mark.key;
    let (first, second) = (
        Server::start(plan, &set.url, &[])?,
        Server::start(plan, &set.url, &[])?,
    );
    let one = || lookups.run(first.port, key);
    let two = || {
        let running = [&first, &second].map(|server| lookups.begin(server.port, key, 16));
        let ended = running.map(|running| running?.end());
        ended.into_iter().sum()
    };
    let paired = in_turn(plan.rounds, "look-ups, two processes against one", one, two)?;
    first.stop()?;
    second.stop()?;
    Ok(paired)
}

fn invited(plan: &Plan) -> Result<Paired> {
    let base = Set::get(plan, Kind::Postgres, plan.smallest()?)?;
    let by = |processes: usize| {
        let copy = base.copy(plan, "bench_processes")?;
        let servers = (0..processes)
            .map(|_| Server::start(plan, &copy.url, &[]))
            .collect::<Result<Vec<_>>>()?;
        let all: Vec<_> = servers.iter().collect();
        let done = invitations::load(plan, &all, &copy.mark.key)?;
        servers.into_iter().try_for_each(Server::stop)?;
        let kept = invitations::invited(plan, &copy)?;
        ensure!(
            kept == done.count(),
            "{} invitations were acknowledged, and {kept} are there",
            done.count()
        );
        copy.remove(plan)?;
        Ok(done.per_second)
    };
    in_turn(
        plan.rounds,
        "invitations, two processes against one",
        || by(1),
        || by(2),
    )
}
