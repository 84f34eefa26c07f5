//! How cost grows with the number of users.

use crate::dataset::{Kind, Set};
use crate::failure::Result;
use crate::http::{Client, Request};
use crate::load::Lookups;
use crate::measure::{Series, timed};
use crate::number::{float, millis, show};
use crate::plan::Plan;
use crate::plot::Plot;
use crate::progress::progress;
use crate::report::{Findings, Table};
use crate::server::Server;

/// What was measured at one size.
struct Point {
    kind: Kind,
    users: u64,
    lookups: Series,
    page: Series,
    list: Series,
    import: f64,
    bytes: f64,
}

/// Something that grows: the name of its plot, its title, its unit, and where it stands in a [`Point`].
type Measure = (&'static str, &'static str, &'static str, fn(&Point) -> f64);

const MEASURES: [Measure; 5] = [
    (
        "growth-lookups",
        "Look-ups by the number of users",
        "a second",
        |point| point.lookups.median(),
    ),
    (
        "growth-page",
        "The first page by the number of users",
        "ms",
        |point| point.page.median(),
    ),
    (
        "growth-list",
        "The list by the number of users",
        "ms",
        |point| point.list.median(),
    ),
    (
        "growth-import",
        "The import by the number of users",
        "s",
        |point| point.import,
    ),
    (
        "growth-bytes",
        "A user's share of the database by the number of users",
        "bytes",
        |point| point.bytes,
    ),
];

/// Measures it.
pub(crate) fn run(plan: &Plan) -> Result<Findings> {
    let mut points = Vec::new();
    for kind in Kind::ALL {
        for users in &plan.sizes {
            points.push(measure(plan, kind, *users)?);
        }
    }
    let mut table = Table::new([
        "database",
        "users",
        "look-ups/s",
        "first page, ms",
        "list, ms",
        "list, µs a user",
        "import, s",
        "import, µs a user",
        "bytes a user",
    ]);
    for point in &points {
        let each = |total: f64| show(total / float(point.users));
        table.row([
            point.kind.name().to_owned(),
            show(float(point.users)),
            point.lookups.show(""),
            point.page.show(""),
            point.list.show(""),
            each(point.list.median() * 1e3),
            show(point.import),
            each(point.import * 1e6),
            show(point.bytes),
        ]);
    }
    let mut findings = Findings::default();
    findings.say(
        "Look-ups as above; the first page of `GET /api/v2/users` without counters; the whole body of `GET /users.json`; `roster import --offline` \
         of users in two groups each, as it was when the data set was made. The bytes are what the database has more than one without users, with indexes and audit events.",
    );
    findings.table(&table);
    for (file, title, unit, of) in MEASURES {
        let line = |kind: Kind| {
            let points = points.iter().filter(|point| point.kind == kind);
            (
                kind.name().to_owned(),
                points
                    .map(|point| (float(point.users), of(point)))
                    .collect(),
            )
        };
        let plot = Plot {
            title,
            across: "users",
            upwards: unit,
            lines: Kind::ALL.map(line).into(),
        };
        findings
            .plots
            .push((file.to_owned(), title.to_owned(), plot.draw()?));
    }
    Ok(findings)
}

fn measure(plan: &Plan, kind: Kind, users: u64) -> Result<Point> {
    let set = Set::get(plan, kind, users)?;
    let empty = Set::get(plan, kind, 0)?.bytes(plan)?;
    let bytes = float(set.bytes(plan)?.saturating_sub(empty)) / float(users);
    let import = set.mark.import_seconds;
    let server = Server::start(plan, &set.url, &[])?;
    let mut client = server.client(&set.mark.key)?;
    let lookups = Lookups::over(plan, users)?;
    let times = |client: &mut Client, path: &str, times: usize| -> Result<Series> {
        let once = |_| {
            Ok(millis(
                timed(|| client.send_into(Request::get(path), &mut std::io::sink()))?.0,
            ))
        };
        Ok(Series::of(
            (0..times).map(once).collect::<Result<Vec<_>>>()?,
        ))
    };
    let point = Point {
        kind,
        users,
        page: times(&mut client, "/api/v2/users?counters=false", plan.times(50))?,
        list: times(
            &mut client,
            "/users.json",
            plan.times(30).min(if users > 100_000 { 2 } else { 5 }),
        )?,
        lookups: {
            let rounds = (0..plan.rounds.min(3)).map(|_| lookups.run(server.port, &set.mark.key));
            Series::of(rounds.collect::<Result<Vec<_>>>()?)
        },
        import,
        bytes,
    };
    server.stop()?;
    progress!(
        "{} users on {}: {} look-ups/s, page {} ms, list {} ms",
        show(float(users)),
        kind.name(),
        point.lookups.show(""),
        point.page.show(""),
        point.list.show("")
    );
    Ok(point)
}
