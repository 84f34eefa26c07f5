//! `GET /users.json`: its time against the same JSON made by the database alone, and what it costs in memory.

use crate::dataset::{Kind, Set, connect};
use crate::failure::{Required, Result, ensure};
use crate::http::Request;
use crate::measure::{Paired, Series, in_turn, timed};
use crate::number::{float, mib, millis, show};
use crate::plan::{Plan, run as run_program};
use crate::progress::progress;
use crate::report::{Findings, Table, Target};
use crate::server::Server;
use crate::yardstick::{POSTGRES_LIST, SQLITE_LIST};
use serde_json::Value;

const PATH: &str = "/users.json";
const READERS: usize = 8;

/// Measures it.
pub(crate) fn run(plan: &Plan) -> Result<Findings> {
    let users = plan.usual()?;
    let mut findings = Findings::default();
    let mut table = Table::new([
        "database",
        "users",
        "the database alone, ms",
        "Roster, ms",
        "ratio",
        "body, MiB",
        "memory grows by, MiB",
    ]);
    for kind in Kind::ALL {
        let set = Set::get(plan, kind, users)?;
        let (paired, growth, length) = measure(plan, &set)?;
        table.row([
            kind.name().to_owned(),
            show(float(users)),
            paired.yardstick.show(""),
            paired.roster.show(""),
            paired.ratio.show(""),
            show(mib(length)),
            show(growth),
        ]);
        let what = format!("list of {} users, {}", show(float(users)), kind.name());
        findings.targets.push(Target {
            what: what.clone(),
            yardstick: format!(
                "JSON of the database alone: {}",
                paired.yardstick.show("ms")
            ),
            roster: paired.roster.show("ms"),
            ratio: paired.ratio.show(""),
            target: "≤ 1.5".to_owned(),
            is_met: paired.ratio.median() <= 1.5,
        });
        findings.targets.push(Target {
            what: format!("memory that it takes, {}", kind.name()),
            yardstick: String::new(),
            roster: format!("{} MiB", show(growth)),
            ratio: String::new(),
            target: "< 32 MiB".to_owned(),
            is_met: growth < 32.0,
        });
    }
    findings.say(
        "The whole body of `GET /users.json` through one connection, against one statement that makes the same JSON: on SQLite within this \
         process, by the library that Roster has, on PostgreSQL through psql. Both are parsed and compared before the first round.",
    );
    findings.table(&table);
    findings.command(
        "psql -X -q -A -t -o /dev/null -c 'WITH shown AS (…) SELECT json_agg(row_to_json(…)) …'",
    );
    findings.table(&crowd(plan)?);
    Ok(findings)
}

/// Times, by how many MiB memory grew with the first list of a fresh server, and the length of a body.
fn measure(plan: &Plan, set: &Set) -> Result<(Paired, f64, u64)> {
    let server = Server::start(plan, &set.url, &[])?;
    let mut client = server.client(&set.mark.key)?;
    client.send(Request::get("/users/info.json"))?;
    let before = server.memory()?.resident;
    server.forget_peak()?;
    let body = client.send(Request::get(PATH))?;
    let growth = mib(server.memory()?.peak.saturating_sub(before));
    compare(&body, &by_database(plan, set)?, set.users)?;
    progress!(
        "{}: the lists of Roster and of the database are the same; memory grew by {} MiB",
        set.kind.name(),
        show(growth)
    );
    let length = u64::try_from(body.len())?;
    drop(body);
    let paired = in_turn(
        plan.rounds,
        &format!("list on {}, ms", set.kind.name()),
        || time_by_database(plan, set),
        || {
            Ok(millis(
                timed(|| client.send_into(Request::get(PATH), &mut std::io::sink()))?.0,
            ))
        },
    )?;
    server.stop()?;
    Ok((paired, growth, length))
}

fn by_database(plan: &Plan, set: &Set) -> Result<String> {
    match set.kind {
        Kind::Sqlite => Ok(connect(set.file())?.query_row(SQLITE_LIST, [], |row| row.get(0))?),
        Kind::Postgres => plan.postgres.ask(set.database(), POSTGRES_LIST),
    }
}

fn time_by_database(plan: &Plan, set: &Set) -> Result<f64> {
    let (took, ()) = match set.kind {
        Kind::Sqlite => {
            let conn = connect(set.file())?;
            timed(|| {
                let length =
                    conn.query_row(SQLITE_LIST, [], |row| Ok(row.get_ref(0)?.as_bytes()?.len()))?;
                ensure!(length > 0, "the list of the database is empty");
                Ok(())
            })?
        }
        Kind::Postgres => {
            let mut psql = plan.postgres.psql(set.database());
            psql.args(["-o", "/dev/null", "-c", POSTGRES_LIST]);
            timed(|| run_program(&mut psql).map(drop))?
        }
    };
    Ok(millis(took))
}

fn compare(ours: &[u8], theirs: &str, users: u64) -> Result<()> {
    let (ours, theirs): (Vec<Value>, Vec<Value>) =
        (serde_json::from_slice(ours)?, serde_json::from_str(theirs)?);
    // The admin is one of them.
    let wanted = usize::try_from(users)? + 1;
    ensure!(
        ours.len() == wanted,
        "the list has {} users of {wanted}",
        ours.len()
    );
    ensure!(
        theirs.len() == wanted,
        "the database's list has {} users of {wanted}",
        theirs.len()
    );
    for (ours, theirs) in ours.iter().zip(&theirs) {
        ensure!(
            ours == theirs,
            "Roster says {ours}, and the database {theirs}"
        );
    }
    Ok(())
}

/// Memory while several read the largest set at once.
fn crowd(plan: &Plan) -> Result<Table> {
    let users = plan.quick_or(plan.smallest()?, plan.largest()?);
    let mut table = Table::new([
        "database",
        "users",
        "readers at once",
        "seconds until all have it",
        "memory before, MiB",
        "peak, MiB",
        "at the end, MiB",
    ]);
    for kind in Kind::ALL {
        let set = Set::get(plan, kind, users)?;
        let server = Server::start(plan, &set.url, &[])?;
        server
            .client(&set.mark.key)?
            .send(Request::get("/users/info.json"))?;
        let before = server.memory()?;
        server.forget_peak()?;
        let (took, lengths) = timed(|| read_at_once(&server, &set))?;
        let first = lengths.first().copied().or_missing("a body")?;
        ensure!(
            lengths.iter().all(|length| *length == first),
            "the readers got bodies of different lengths: {lengths:?}"
        );
        let after = server.memory()?;
        let seconds = Series::of([took.as_secs_f64()]);
        let megabytes = |bytes| show(mib(bytes));
        progress!(
            "{READERS} readers of {} users on {}: {} s, peak {} MiB",
            show(float(users)),
            kind.name(),
            seconds.show(""),
            megabytes(after.peak)
        );
        table.row([
            kind.name().to_owned(),
            show(float(users)),
            READERS.to_string(),
            seconds.show(""),
            megabytes(before.resident),
            megabytes(after.peak),
            megabytes(after.resident),
        ]);
        server.stop()?;
    }
    Ok(table)
}

fn read_at_once(server: &Server, set: &Set) -> Result<Vec<u64>> {
    let read = || {
        server
            .client(&set.mark.key)?
            .send_into(Request::get(PATH), &mut std::io::sink())
    };
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS).map(|_| scope.spawn(read)).collect();
        let ended = readers
            .into_iter()
            .map(|reader| reader.join().ok().or_missing("the end of a reader")?);
        ended.collect()
    })
}
