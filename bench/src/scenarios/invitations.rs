//! Durable invitations by many writers at once, against the bare statements with the same durability.

use crate::bare_rows::Invitation;
use crate::dataset::{Kind, Set, connect};
use crate::failure::{Result, ensure};
use crate::http::{Client, Request};
use crate::measure::{Latencies, Series, in_parallel, in_turn};
use crate::number::{float, millis, show};
use crate::plan::Plan;
use crate::postgres::Script;
use crate::probe;
use crate::report::{Findings, Table, Target};
use crate::server::Server;
use crate::statements::{Changing, script};
use std::sync::atomic::{AtomicU64, Ordering};

/// How many write at once.
pub(super) const WRITERS: usize = 16;
const PROBE: &str = "probe-4711@bench.example";
const USER: u64 = 7_700_001;
const JOB: u64 = 8_800_001;

/// Measures it.
pub(crate) fn run(plan: &Plan) -> Result<Findings> {
    let mut findings = Findings::default();
    let mut table = Table::new([
        "database",
        "the bare statements/s",
        "invitations/s",
        "ratio",
        "p50, ms",
        "p99, ms",
        "p99.9, ms",
    ]);
    for kind in Kind::ALL {
        let base = Set::get(plan, kind, plan.smallest()?)?;
        let mut seen = Percentiles::default();
        let what = format!("invitations on {}", kind.name());
        let invite = || {
            let done = on_copy(plan, &base)?;
            seen.push(&done)?;
            Ok(done.per_second)
        };
        let (paired, wanted) = match kind {
            Kind::Sqlite => {
                let roster = probed_file(plan, &base)?;
                let bare = || bare_sqlite(plan, &base, &roster);
                let paired = in_turn(plan.rounds, &what, bare, invite)?;
                roster.remove(plan)?;
                (paired, 2.0)
            }
            Kind::Postgres => {
                let script = invitation_script(plan, &base)?;
                findings.say("The script of pgbench has the statements of one invitation, taken from PostgreSQL's log:");
                findings.say(format_args!("```sql\n{}```", script.text));
                let bare = || bare_postgres(plan, &base, &script);
                (in_turn(plan.rounds, &what, bare, invite)?, 0.7)
            }
        };
        table.row([
            kind.name().to_owned(),
            paired.yardstick.show(""),
            paired.roster.show(""),
            paired.ratio.show(""),
            seen.half.show(""),
            seen.most.show(""),
            seen.nearly_all.show(""),
        ]);
        findings.targets.push(Target {
            what: format!(
                "durable invitations/s, {WRITERS} in parallel, {}",
                kind.name()
            ),
            yardstick: format!("the bare statements: {}", show(paired.yardstick.median())),
            roster: show(paired.roster.median()),
            ratio: paired.ratio.show(""),
            target: format!("≥ {wanted:.1}"),
            is_met: paired.ratio.median() >= wanted,
        });
        findings.targets.push(Target {
            what: format!("their p99, {}", kind.name()),
            yardstick: String::new(),
            roster: seen.most.show("ms"),
            ratio: String::new(),
            target: "≤ 50 ms".to_owned(),
            is_met: seen.most.median() <= 50.0,
        });
    }
    findings.table(&table);
    findings.say(format_args!(
        "`POST /users/invite.json` by {WRITERS} connections, each with one request at a time, on fresh copies of {} users. The bare statements \
         run in {WRITERS} connections of their own, with the same flushes to the disk: on SQLite `BEGIN IMMEDIATE`, the look-ups of key and address, \
         the rows that Roster wrote for an invitation, `COMMIT`. Roster's mail worker runs as always, mints links, writes the mails into files \
         and marks them as sent; that is in Roster's numbers and not in those of the bare statements.",
        show(float(plan.smallest()?))
    ));
    findings.command(format_args!(
        "pgbench -n -M prepared -j 1 -c {WRITERS} -T {} -f invitation.sql …",
        plan.load.as_secs()
    ));
    Ok(findings)
}

#[derive(Default)]
struct Percentiles {
    half: Series,
    most: Series,
    nearly_all: Series,
}

impl Percentiles {
    fn push(&mut self, done: &Latencies) -> Result<()> {
        for (series, share) in [
            (&mut self.half, 0.5),
            (&mut self.most, 0.99),
            (&mut self.nearly_all, 0.999),
        ] {
            series.push(millis(done.percentile(share)?));
        }
        Ok(())
    }
}

/// Invites somebody.
fn invite(client: &mut Client, address: &str) -> Result<()> {
    let body = format!(r#"{{"email":"{address}","name":"Zoë Müller","role":"analyst"}}"#);
    client
        .send(Request::post("/users/invite.json", &body))
        .map(drop)
}

/// Invites different people through servers on one database, writers in turn at each of them.
pub(super) fn load(plan: &Plan, servers: &[&Server], key: &str) -> Result<Latencies> {
    let next = AtomicU64::new(1);
    let ports: Vec<_> = servers.iter().map(|server| server.port).collect();
    let connect = |writer: usize| {
        let port = ports
            .iter()
            .cycle()
            .nth(writer)
            .copied()
            .unwrap_or_default();
        Client::connect(port, key)
    };
    let write = |client: &mut Client| {
        let number = next.fetch_add(1, Ordering::Relaxed);
        invite(client, &format!("invited-{number}@bench.example"))
    };
    in_parallel(WRITERS, plan.load, connect, write)
}

/// Roster's turn: on a fresh copy, on which nothing that was acknowledged may be missing.
fn on_copy(plan: &Plan, base: &Set) -> Result<Latencies> {
    let copy = base.copy(plan, "bench_invitations")?;
    let server = Server::start(plan, &copy.url, &[])?;
    let done = load(plan, &[&server], &copy.mark.key)?;
    server.stop()?;
    let kept = invited(plan, &copy)?;
    ensure!(
        kept == done.count(),
        "{} invitations were acknowledged, and {kept} are there",
        done.count()
    );
    copy.remove(plan)?;
    Ok(done)
}

/// How many were invited by the load.
pub(super) fn invited(plan: &Plan, set: &Set) -> Result<u64> {
    let sql = "SELECT count(*) FROM users WHERE email LIKE 'invited-%'";
    match set.kind {
        Kind::Sqlite => Ok(u64::try_from(connect(set.file())?.query_row(
            sql,
            [],
            |row| row.get::<_, i64>(0),
        )?)?),
        Kind::Postgres => Ok(plan.postgres.ask(set.database(), sql)?.parse()?),
    }
}

/// A copy in which Roster has invited one person.
fn probed_file(plan: &Plan, base: &Set) -> Result<Set> {
    let copy = base.copy(plan, "bench_probe")?;
    let server = Server::start(plan, &copy.url, &[])?;
    invite(&mut server.client(&copy.mark.key)?, PROBE)?;
    server.stop()?;
    Ok(copy)
}

fn bare_sqlite(plan: &Plan, base: &Set, roster: &Set) -> Result<f64> {
    let copy = base.copy(plan, "bench_bare")?;
    // A copy has the journal of a new file.
    connect(copy.file())?.query_row("PRAGMA journal_mode = wal", [], |_| Ok(()))?;
    let rows = Invitation::of(PROBE, roster.file(), copy.file())?;
    let done = in_parallel(
        WRITERS,
        plan.load,
        |_| rows.connect(),
        |conn| rows.write(conn),
    )?;
    copy.remove(plan)?;
    Ok(done.per_second)
}

fn bare_postgres(plan: &Plan, base: &Set, script: &Script) -> Result<f64> {
    let copy = base.copy(plan, "bench_bare")?;
    let done =
        plan.postgres
            .pgbench(copy.database(), script, WRITERS, plan.load.as_secs().max(1))?;
    copy.remove(plan)?;
    Ok(done)
}

fn invitation_script(plan: &Plan, base: &Set) -> Result<Script> {
    let copy = base.copy(plan, "bench_probe")?;
    let warm_up = |client: &mut Client| {
        (1..=10)
            .try_for_each(|number| invite(client, &format!("before-{number}@bench.example")))?;
        // So that ids are found again among the parameters.
        let restart =
            |table: &str, id: u64| format!("ALTER TABLE {table} ALTER COLUMN id RESTART WITH {id}");
        for sql in [restart("users", USER), restart("jobs", JOB)] {
            plan.postgres.ask(copy.database(), &sql)?;
        }
        Ok(())
    };
    let statements =
        probe::statements(plan, &copy, PROBE, warm_up, |client| invite(client, PROBE))?;
    copy.remove(plan)?;
    let changing = [
        Changing::address(PROBE, "probe-", "@bench.example"),
        Changing::id(USER, "users_id"),
        Changing::id(JOB, "jobs_id"),
    ];
    Ok(script(
        "\\set number random(1, 9000000000000000000)",
        &statements,
        &changing,
    ))
}
