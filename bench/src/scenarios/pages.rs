//! Pages of v2's list of users: each sort, filters and searches, at the beginning, in the middle and at the end.

use crate::dataset::{Kind, Set};
use crate::failure::{Required, Result};
use crate::http::{Client, Request, percent_encoded};
use crate::measure::{Series, timed};
use crate::number::{float, millis, show};
use crate::plan::Plan;
use crate::plot::Plot;
use crate::progress::progress;
use crate::report::{Findings, Table, Target};
use crate::server::Server;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A list: what it is called, and its query.
struct List {
    name: String,
    query: String,
}

/// Cursors that lead into a list, with the number of users before.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Depths {
    middle: (u64, String),
    end: (u64, String),
}

/// What pages of a list take, in milliseconds.
struct Times {
    list: List,
    first: Series,
    deep: Option<(Depths, Series, Series)>,
}

const SORTS: [&str; 6] = [
    "id_asc",
    "id_desc",
    "name_asc",
    "name_desc",
    "initials_asc",
    "initials_desc",
];

const FILTERS: [&str; 9] = [
    "status=active",
    "status=pending",
    "status=active&sort=name_asc",
    "exclude_deleted=true",
    "role=analyst",
    "role=analyst&sort=initials_asc",
    "status=deleted&role=explorer",
    "has_authentication_token=true",
    "has_authentication_token=false",
];

const SEARCHES: [(&str, &str); 6] = [
    ("in every address", "bench"),
    ("frequent", "müller"),
    ("two characters", "zo"),
    ("the name of a group", "team 07"),
    ("one user", "user77@"),
    ("nobody", "qqqqqq"),
];

fn lists() -> Vec<List> {
    let by_query = |query: &str| List {
        name: format!("`{query}`"),
        query: query.to_owned(),
    };
    let sorts = SORTS.iter().map(|sort| by_query(&format!("sort={sort}")));
    let ids: Vec<_> = (1..=50).map(|id| format!("ids[]={}", id * 7)).collect();
    let ids = List {
        name: "`ids[]`, 50 of them".to_owned(),
        query: ids.join("&"),
    };
    let searches = SEARCHES.iter().map(|(what, term)| List {
        name: format!("search: {what} (`{term}`)"),
        query: format!("search_term={}", percent_encoded(term)),
    });
    sorts
        .chain(FILTERS.iter().map(|query| by_query(query)))
        .chain([ids])
        .chain(searches)
        .collect()
}

/// Measures it.
pub(crate) fn run(plan: &Plan) -> Result<Findings> {
    let users = plan.quick_or(plan.smallest()?, plan.largest()?);
    let mut findings = Findings::default();
    findings.say(format_args!(
        "`GET /api/v2/users` of {} users through one connection, pages of 20 users, without counters but where the table says so. \
         Milliseconds, medians of as many requests as fit into {} s, {} at least; those of the first page, the middle and the end take turns.",
        show(float(users)),
        A_WHILE.as_secs(),
        plan.times(REPETITIONS)
    ));
    let mut lines = Vec::new();
    for kind in Kind::ALL {
        let set = Set::get(plan, kind, users)?;
        let times = measure(plan, &set)?;
        findings.say(format_args!("**{}**", kind.name()));
        findings.table(&table(&times));
        findings.targets.extend(target(kind, users, &times));
        for sort in ["id_asc", "name_asc", "initials_asc"] {
            let found = times
                .iter()
                .find(|times| times.list.query == format!("sort={sort}"));
            if let Some((Times { first, .. }, (depths, middle, end))) =
                found.and_then(|times| Some((times, times.deep.as_ref()?)))
            {
                let point = |depth: u64, series: &Series| (float(depth), series.median());
                let points = vec![
                    point(1, first),
                    point(depths.middle.0, middle),
                    point(depths.end.0, end),
                ];
                lines.push((format!("{}, {sort}", kind.name()), points));
            }
        }
    }
    let title = format!(
        "A page of 20 users by its depth, {} users",
        show(float(users))
    );
    let plot = Plot {
        title: &title,
        across: "users before the page",
        upwards: "ms",
        lines,
    };
    findings
        .plots
        .push(("pages".to_owned(), title.clone(), plot.draw()?));
    Ok(findings)
}

const REPETITIONS: usize = 50;
/// Within less of it a machine has moods.
const A_WHILE: Duration = Duration::from_secs(2);

fn measure(plan: &Plan, set: &Set) -> Result<Vec<Times>> {
    let server = Server::start(plan, &set.url, &[])?;
    let mut client = server.client(&set.mark.key)?;
    let note = set.note(plan, "cursors");
    let known = std::fs::read_to_string(&note).unwrap_or_default();
    // Cursors of an earlier run lead to the same places, unless they are refused.
    let mut known: BTreeMap<String, Option<Depths>> =
        serde_json::from_str(&known).unwrap_or_default();
    let mut all = Vec::new();
    for list in lists() {
        let is_refused = |client: &mut Client, depths: &Option<Depths>| {
            let cursor = depths.as_ref().map(|depths| depths.end.1.as_str());
            page(client, &list.query, cursor, false).is_err()
        };
        let depths = match known.get(&list.query) {
            Some(depths) if !is_refused(&mut client, depths) => depths.clone(),
            _ => walk(&mut client, &list.query)?,
        };
        known.insert(list.query.clone(), depths.clone());
        let times = time(plan, &mut client, list, depths)?;
        progress!(
            "pages on {}, {}: first {} ms",
            set.kind.name(),
            times.list.name,
            times.first.show("")
        );
        all.push(times);
    }
    let counted = List {
        name: "`sort=id_asc`, with counters".to_owned(),
        query: "sort=id_asc&counters=true".to_owned(),
    };
    all.push(time(plan, &mut client, counted, None)?);
    std::fs::write(note, serde_json::to_string(&known)?)?;
    server.stop()?;
    Ok(all)
}

fn path(query: &str, cursor: Option<&str>, limit: u64) -> String {
    let counters = if query.contains("counters=") {
        ""
    } else {
        "&counters=false"
    };
    let after = cursor
        .map(|cursor| format!("&after={}", percent_encoded(cursor)))
        .unwrap_or_default();
    format!("/api/v2/users?{query}&limit={limit}{counters}{after}")
}

/// A page, of the largest size if it is only to get further: how many users are on it, and the cursor of the next.
fn page(
    client: &mut Client,
    query: &str,
    cursor: Option<&str>,
    is_large: bool,
) -> Result<(u64, Option<String>)> {
    let path = path(query, cursor, if is_large { 100 } else { 20 });
    let page = client.json(Request::get(&path))?;
    let users = page
        .pointer("/users")
        .and_then(Value::as_array)
        .or_missing("the users of the page")?
        .len();
    let next = page
        .pointer("/cursors/next")
        .and_then(Value::as_str)
        .map(str::to_owned);
    Ok((u64::try_from(users)?, next))
}

/// Goes through the whole list once; `None` if it is too short to have a middle.
fn walk(client: &mut Client, query: &str) -> Result<Option<Depths>> {
    let (took, cursors) = timed(|| {
        let mut cursors: Vec<(u64, String)> = Vec::new();
        let mut before = 0;
        loop {
            let cursor = cursors.last().map(|(_, cursor)| cursor.as_str());
            let (users, next) = page(client, query, cursor, true)?;
            before += users;
            match next {
                Some(next) => cursors.push((before, next)),
                None => return Ok(cursors),
            }
        }
    })?;
    if took.as_secs() >= 5 {
        progress!("walked through `{query}` in {} s", show(took.as_secs_f64()));
    }
    // Behind the last cursor but one there is a whole page at least.
    let at = |index: usize| cursors.get(index).cloned();
    let end = cursors.len().checked_sub(2).and_then(at);
    Ok(at(cursors.len() / 2)
        .zip(end)
        .map(|(middle, end)| Depths { middle, end }))
}

fn time(plan: &Plan, client: &mut Client, list: List, depths: Option<Depths>) -> Result<Times> {
    let first_path = path(&list.query, None, 20);
    let mut once = |path: &str| -> Result<f64> {
        let (took, _) = timed(|| client.send_into(Request::get(path), &mut std::io::sink()))?;
        Ok(millis(took))
    };
    once(&first_path)?;
    let [mut first, mut middle, mut end] = [(); 3].map(|()| Series::default());
    let deep_paths = depths.as_ref().map(|Depths { middle, end }| {
        [middle, end].map(|(_, cursor)| path(&list.query, Some(cursor), 20))
    });
    let begun = Instant::now();
    let is_long = || plan.is_quick || begun.elapsed() >= A_WHILE;
    for turn in 0.. {
        if turn >= plan.times(REPETITIONS) && is_long() {
            break;
        }
        first.push(once(&first_path)?);
        if let Some([middle_path, end_path]) = &deep_paths {
            middle.push(once(middle_path)?);
            end.push(once(end_path)?);
        }
    }
    let deep = depths.map(|depths| (depths, middle, end));
    Ok(Times { list, first, deep })
}

fn table(times: &[Times]) -> Table {
    let mut table = Table::new([
        "list",
        "first page",
        "middle",
        "end",
        "end / first",
        "users before the end",
    ]);
    for Times { list, first, deep } in times {
        let nothing = String::new;
        let (middle, end, ratio, depth) = match deep {
            None => (nothing(), nothing(), nothing(), nothing()),
            Some((depths, middle, end)) => (
                show(middle.median()),
                show(end.median()),
                show(end.median() / first.median()),
                show(float(depths.end.0)),
            ),
        };
        table.row([list.name.clone(), first.show(""), middle, end, ratio, depth]);
    }
    table
}

/// The sort whose end is dearest.
fn target(kind: Kind, users: u64, times: &[Times]) -> Option<Target> {
    let sorts = times.iter().filter(|times| {
        SORTS
            .iter()
            .any(|sort| times.list.query == format!("sort={sort}"))
    });
    let ratios = sorts.filter_map(|times| {
        let (_, _, end) = times.deep.as_ref()?;
        Some((end.median() / times.first.median(), times, end))
    });
    let (ratio, times, end) = ratios.max_by(|(a, ..), (b, ..)| a.total_cmp(b))?;
    Some(Target {
        what: format!(
            "page at the end of {} users, {}, the dearest sort: {}",
            show(float(users)),
            kind.name(),
            times.list.name
        ),
        yardstick: format!("the first page: {} ms", show(times.first.median())),
        roster: format!("{} ms", show(end.median())),
        ratio: show(ratio),
        target: "≤ 1.2".to_owned(),
        is_met: ratio <= 1.2,
    })
}
