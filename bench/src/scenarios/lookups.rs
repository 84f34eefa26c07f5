//! Look-ups of users by address: Roster against a bare web server and, on PostgreSQL, against the bare statements.

use crate::data::{EMAIL_END, EMAIL_START, email};
use crate::dataset::{Kind, Set};
use crate::failure::Result;
use crate::http::{Client, Request};
use crate::load::Lookups;
use crate::measure::{Paired, in_turn};
use crate::number::{float, show};
use crate::plan::Plan;
use crate::postgres::Script;
use crate::probe;
use crate::report::{Findings, Table, Target};
use crate::server::Server;
use crate::statements::{Changing, script};

const CLIENTS: usize = 32;

/// Measures it.
pub(crate) fn run(plan: &Plan) -> Result<Findings> {
    let users = plan.usual()?;
    let lookups = Lookups::over(plan, users)?;
    let mut findings = Findings::default();
    let mut table = Table::new([
        "database",
        "yardstick",
        "its answers/s",
        "Roster, as it logs by default",
        "ratio",
    ]);
    for kind in Kind::ALL {
        let set = Set::get(plan, kind, users)?;
        let what = format!("look-ups on {}", kind.name());
        let bare = against_bare(plan, &set, &lookups, &what, &[])?;
        let quiet = against_bare(
            plan,
            &set,
            &lookups,
            &format!("{what}, no log"),
            &["--log", "warn"],
        )?;
        let http = "a bare actix-web answer";
        row(&mut table, kind.name(), http, &bare);
        row(
            &mut table,
            &format!("{}, Roster with `--log warn`", kind.name()),
            http,
            &quiet,
        );
        if kind == Kind::Sqlite {
            findings.targets.push(target(&set, &bare, http, 0.60));
            continue;
        }
        let script = lookup_script(plan, &set)?;
        let statements = against_statements(plan, &set, &lookups, &script)?;
        row(
            &mut table,
            kind.name(),
            "pgbench with the same statements",
            &statements,
        );
        findings
            .targets
            .push(target(&set, &statements, "pgbench, transactions/s", 0.40));
        findings.say(format_args!(
            "`GET /users/get_user.json` by addresses all over {} users, {CLIENTS} connections. On PostgreSQL the script of pgbench has the \
             statements of one request, taken from PostgreSQL's log:",
            show(float(users))
        ));
        findings.say(format_args!("```sql\n{}```", script.text));
    }
    findings.table(&table);
    findings.command(lookups.command_line());
    findings.command(format_args!(
        "pgbench -n -M prepared -j 1 -c {CLIENTS} -T {} -f lookup.sql …",
        plan.load.as_secs()
    ));
    Ok(findings)
}

fn row(table: &mut Table, database: &str, yardstick: &str, paired: &Paired) {
    table.row([
        database.to_owned(),
        yardstick.to_owned(),
        paired.yardstick.show(""),
        paired.roster.show(""),
        paired.ratio.show(""),
    ]);
}

fn target(set: &Set, paired: &Paired, yardstick: &str, wanted: f64) -> Target {
    Target {
        what: format!(
            "look-ups/s, {}, {} users",
            set.kind.name(),
            show(float(set.users))
        ),
        yardstick: format!("{yardstick}: {}", show(paired.yardstick.median())),
        roster: show(paired.roster.median()),
        ratio: paired.ratio.show(""),
        target: format!("≥ {wanted:.2}"),
        is_met: paired.ratio.median() >= wanted,
    }
}

fn against_bare(
    plan: &Plan,
    set: &Set,
    lookups: &Lookups,
    what: &str,
    arguments: &[&str],
) -> Result<Paired> {
    let (bare, roster) = (
        Server::yardstick(plan)?,
        Server::start(plan, &set.url, arguments)?,
    );
    let key = &set.mark.key;
    if !plan.is_quick {
        lookups.run(roster.port, key)?;
    }
    let paired = in_turn(
        plan.rounds,
        what,
        || lookups.run(bare.port, key),
        || lookups.run(roster.port, key),
    )?;
    bare.stop()?;
    roster.stop()?;
    Ok(paired)
}

fn against_statements(
    plan: &Plan,
    set: &Set,
    lookups: &Lookups,
    script: &Script,
) -> Result<Paired> {
    let roster = Server::start(plan, &set.url, &[])?;
    let seconds = plan.load.as_secs().max(1);
    let paired = in_turn(
        plan.rounds,
        "look-ups against their statements",
        || {
            plan.postgres
                .pgbench(set.database(), script, CLIENTS, seconds)
        },
        || lookups.run(roster.port, &set.mark.key),
    )?;
    roster.stop()?;
    Ok(paired)
}

fn lookup_script(plan: &Plan, set: &Set) -> Result<Script> {
    let look_up = |client: &mut Client, address: &str| {
        let path = format!("/users/get_user.json?email={address}");
        client.send(Request::get(&path)).map(drop)
    };
    let address = email(77.min(set.users));
    let warm_up =
        |client: &mut Client| (1..=20).try_for_each(|number| look_up(client, &email(number)));
    let statements = probe::statements(plan, set, &address, warm_up, |client| {
        look_up(client, &address)
    })?;
    let beginning = format!("\\set number random(1, {})", set.users);
    let changing = [Changing::address(&address, EMAIL_START, EMAIL_END)];
    Ok(script(&beginning, &statements, &changing))
}
