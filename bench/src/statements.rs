//! The very statements that Roster sends, taken from PostgreSQL's log and turned into a script for pgbench.

use crate::failure::{Required, Result};
use crate::postgres::Script;

/// A statement of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    process: u32,
    sql: String,
    /// `None` is NULL.
    parameters: Vec<Option<String>>,
}

/// Something in the parameters that differs from run to run, and what takes its place.
#[derive(Debug, Clone)]
pub(crate) struct Changing {
    text: String,
    whole: String,
    part: String,
    /// What takes the place of a list that has nothing else.
    list: String,
}

impl Changing {
    /// An id that stands in the log, and the variable of pgbench that takes its place.
    pub(crate) fn id(logged: u64, variable: &str) -> Self {
        Self {
            text: logged.to_string(),
            whole: format!(":{variable}"),
            part: format!("CAST(:{variable} AS text)"),
            list: format!("ARRAY[CAST(:{variable} AS bigint)]"),
        }
    }

    /// An address that stands in the log, and how others begin, which go on with the variable `number`.
    pub(crate) fn address(logged: &str, start: &str, end: &str) -> Self {
        let others = format!("('{start}' || CAST(:number AS text) || '{end}')");
        Self {
            text: logged.to_owned(),
            whole: others.clone(),
            list: format!("ARRAY[{others}]"),
            part: others,
        }
    }
}

/// The statements in a log, as they follow each other.
pub(crate) fn logged(log: &str) -> Vec<Statement> {
    let mut entries: Vec<(u32, String)> = Vec::new();
    for line in log.lines() {
        match entry(line) {
            Some(entry) => entries.push(entry),
            // What a statement goes on with begins with a tab.
            None => {
                if let Some((_, text)) = entries.last_mut() {
                    text.push('\n');
                    text.push_str(line.trim_start_matches('\t'));
                }
            }
        }
    }
    let mut statements: Vec<Statement> = Vec::new();
    for (process, text) in entries {
        let (level, text) = text.split_once(":  ").unwrap_or(("", &text));
        match level {
            "LOG" => statements.extend(statement(process, text)),
            "DETAIL" => {
                let of = statements
                    .iter_mut()
                    .rev()
                    .find(|statement| statement.process == process);
                if let Some((statement, parameters)) = of.zip(parameters(text)) {
                    statement.parameters = parameters;
                }
            }
            _ => {}
        }
    }
    statements
}

/// `2026-11-29 02:10:00.123 UTC [4711] LOG:  …`, which is how PostgreSQL logs unless it is told otherwise.
fn entry(line: &str) -> Option<(u32, String)> {
    let (head, text) = line.split_once("] ")?;
    let (time, process) = head.rsplit_once('[')?;
    let is_time = time.starts_with(|c: char| c.is_ascii_digit());
    is_time.then(|| Some((process.parse().ok()?, text.to_owned())))?
}

fn statement(process: u32, text: &str) -> Option<Statement> {
    let sql = text.strip_prefix("statement: ").or_else(|| {
        let (_, sql) = text.strip_prefix("execute ")?.split_once(": ")?;
        Some(sql)
    })?;
    let (sql, parameters) = (sql.trim().trim_end_matches(';').to_owned(), Vec::new());
    Some(Statement {
        process,
        sql,
        parameters,
    })
}

/// `parameters: $1 = 'it''s', $2 = NULL`
fn parameters(text: &str) -> Option<Vec<Option<String>>> {
    let (name, mut rest) = text.split_once(": ")?;
    if !name.eq_ignore_ascii_case("parameters") {
        return None;
    }
    let mut parameters = Vec::new();
    while let Some((_, value)) = rest.split_once(" = ") {
        let value = value.trim_start();
        if let Some(behind) = value.strip_prefix("NULL") {
            parameters.push(None);
            rest = behind;
            continue;
        }
        let mut value = value.strip_prefix('\'')?;
        let mut parameter = String::new();
        loop {
            let (part, behind) = value.split_once('\'')?;
            parameter.push_str(part);
            let Some(more) = behind.strip_prefix('\'') else {
                rest = behind;
                break;
            };
            parameter.push('\'');
            value = more;
        }
        parameters.push(Some(parameter));
    }
    Some(parameters)
}

impl Statement {
    fn mentions(&self, text: &str) -> bool {
        self.parameters
            .iter()
            .flatten()
            .any(|parameter| parameter.contains(text))
    }

    fn begins(&self) -> bool {
        self.sql.to_ascii_uppercase().starts_with("BEGIN")
    }

    fn ends(&self) -> bool {
        ["COMMIT", "ROLLBACK"].contains(&self.sql.to_ascii_uppercase().as_str())
    }
}

/// The statements of the one request that mentions a text: its transaction or, where it has none, what its connection did.
pub(crate) fn of_request(statements: &[Statement], text: &str) -> Result<Vec<Statement>> {
    let missing = || format!("a statement about {text} in PostgreSQL's log");
    let first = statements
        .iter()
        .find(|statement| statement.mentions(text))
        .or_missing(missing())?;
    let ours = statements
        .iter()
        .filter(|statement| statement.process == first.process);
    let ours: Vec<_> = ours.cloned().collect();
    let at = ours
        .iter()
        .position(|statement| statement.mentions(text))
        .or_missing(missing())?;
    let (before, behind) = ours.split_at(at);
    let begun = before
        .iter()
        .rposition(|statement| statement.begins() || statement.ends());
    let begun = begun.filter(|begun| before.get(*begun).is_some_and(Statement::begins));
    let Some(begun) = begun else {
        // No transaction: single statements up to the next one that has one.
        let start = before
            .iter()
            .rposition(Statement::ends)
            .map_or(0, |end| end + 1);
        let end = behind
            .iter()
            .position(Statement::begins)
            .unwrap_or(behind.len());
        return Ok(ours.iter().take(at + end).skip(start).cloned().collect());
    };
    let end = behind
        .iter()
        .position(Statement::ends)
        .or_missing("the end of the transaction")?;
    Ok(ours
        .iter()
        .take(at + end + 1)
        .skip(begun)
        .cloned()
        .collect())
}

/// A script that sends these statements, with the same parameters but for what changes. Ids that they return become the
/// variables `{table}_id`.
pub(crate) fn script(beginning: &str, statements: &[Statement], changing: &[Changing]) -> Script {
    let mut script = Script {
        text: format!("{beginning}\n"),
        values: Vec::new(),
    };
    for statement in statements {
        let sql = with_parameters(statement, changing, &mut script.values);
        script.text.push_str(&sql);
        match returned_to(&statement.sql) {
            Some(table) => script.text.push_str(&format!(" \\gset {table}_\n")),
            None => script.text.push_str(";\n"),
        }
    }
    script
}

/// The table into which a statement inserts a row whose id it returns.
fn returned_to(sql: &str) -> Option<&str> {
    let rest = sql.strip_prefix("INSERT INTO \"")?;
    let (table, rest) = rest.split_once('"')?;
    rest.contains(" RETURNING ").then_some(table)
}

/// `$1` and its like become expressions of pgbench's variables, which pgbench sends as parameters.
fn with_parameters(
    statement: &Statement,
    changing: &[Changing],
    values: &mut Vec<(String, String)>,
) -> String {
    let mut sql = String::new();
    let mut pieces = statement.sql.split('$');
    sql.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let end = piece
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(piece.len());
        let (number, rest) = piece.split_at(end);
        let at = number
            .parse::<usize>()
            .ok()
            .and_then(|number| number.checked_sub(1));
        match at.and_then(|at| statement.parameters.get(at)) {
            None => sql.push_str(&format!("${number}")),
            Some(None) => sql.push_str("NULL"),
            Some(Some(value)) => sql.push_str(&expression(value, changing, values)),
        }
        sql.push_str(rest);
    }
    sql
}

fn expression(value: &str, changing: &[Changing], values: &mut Vec<(String, String)>) -> String {
    for changing in changing {
        if value == changing.text {
            return changing.whole.clone();
        }
        let inner = value
            .strip_prefix('{')
            .and_then(|value| value.strip_suffix('}'));
        if inner == Some(&changing.text) {
            return changing.list.clone();
        }
    }
    let mut fixed = |text: &str| match values.iter().find(|(_, value)| value == text) {
        Some((name, _)) => format!(":{name}"),
        None => {
            let name = format!("value{}", values.len() + 1);
            values.push((name.clone(), text.to_owned()));
            format!(":{name}")
        }
    };
    let mut parts = Vec::new();
    let mut rest = value;
    let next = |rest: &str| {
        let found = changing
            .iter()
            .filter_map(|changing| Some((rest.find(&changing.text)?, changing)));
        found.min_by_key(|(at, _)| *at)
    };
    while let Some((at, found)) = next(rest) {
        let (before, behind) = rest.split_at(at);
        if !before.is_empty() {
            parts.push(format!("CAST({} AS text)", fixed(before)));
        }
        parts.push(found.part.clone());
        rest = behind.strip_prefix(&found.text).unwrap_or_default();
    }
    if parts.is_empty() {
        return fixed(rest);
    }
    if !rest.is_empty() {
        parts.push(format!("CAST({} AS text)", fixed(rest)));
    }
    format!("({})", parts.join(" || "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "2026-11-29 02:10:00.1 UTC [7] LOG:  statement: BEGIN
2026-11-29 02:10:00.1 UTC [9] LOG:  statement: BEGIN
2026-11-29 02:10:00.1 UTC [7] LOG:  execute s1: SELECT id FROM keys WHERE hash = $1
2026-11-29 02:10:00.1 UTC [9] LOG:  execute s1: SELECT 1
2026-11-29 02:10:00.1 UTC [7] DETAIL:  parameters: $1 = '\\x00ff'
2026-11-29 02:10:00.1 UTC [7] LOG:  execute s2: INSERT INTO \"users\" (email, note, name)
\tVALUES ($1, $2, $3) RETURNING \"users\".\"id\"
2026-11-29 02:10:00.1 UTC [7] DETAIL:  Parameters: $1 = 'probe4711@x.io', $2 = 'it''s <probe4711@x.io>, $9', $3 = NULL
2026-11-29 02:10:00.1 UTC [7] LOG:  execute s3: INSERT INTO \"outbox\" VALUES ($1, $2, $3)
2026-11-29 02:10:00.1 UTC [7] DETAIL:  Parameters: $1 = '770001', $2 = '1', $3 = '{770001}'
2026-11-29 02:10:00.1 UTC [7] LOG:  statement: COMMIT
2026-11-29 02:10:00.1 UTC [7] LOG:  statement: BEGIN
";

    #[test]
    fn a_request_becomes_a_script() {
        let statements = of_request(&logged(LOG), "probe4711").unwrap();
        assert_eq!(statements[1].parameters, [Some("\\x00ff".to_owned())]);
        let address = Changing::address("probe4711@x.io", "probe", "@y.io");
        let changing = [address, Changing::id(770_001, "users_id")];
        let script = script("\\set number 1", &statements, &changing);
        let wanted = "\\set number 1
BEGIN;
SELECT id FROM keys WHERE hash = :value1;
INSERT INTO \"users\" (email, note, name)
VALUES (('probe' || CAST(:number AS text) || '@y.io'), \
(CAST(:value2 AS text) || ('probe' || CAST(:number AS text) || '@y.io') || CAST(:value3 AS text)), NULL) RETURNING \"users\".\"id\" \\gset users_
INSERT INTO \"outbox\" VALUES (:users_id, :value4, ARRAY[CAST(:users_id AS bigint)]);
COMMIT;
";
        assert_eq!(script.text, wanted);
        let values: Vec<_> = script
            .values
            .iter()
            .map(|(_, value)| value.as_str())
            .collect();
        assert_eq!(values, ["\\x00ff", "it's <", ">, $9", "1"]);
    }

    #[test]
    fn single_statements_need_no_transaction() {
        let log: String = LOG
            .lines()
            .filter(|line| !line.ends_with("BEGIN") && !line.ends_with("COMMIT"))
            .map(|line| format!("{line}\n"))
            .collect();
        assert_eq!(of_request(&logged(&log), "probe4711").unwrap().len(), 3);
        assert!(of_request(&logged(&log), "nobody").is_err());
    }
}
