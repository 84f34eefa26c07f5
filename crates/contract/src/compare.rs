//! Comparing what came back with what must.

use serde_json::{Map, Value};
use std::fmt;

/// What an array that is a whole body says of the rows it does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// There are none: the tenant is the case's own.
    Exact,
    /// There may be any, between the named ones as well.
    Among,
}

/// One place where the two differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The place, as in `$[0].groups[1].name`.
    pub path: String,
    /// What must be there.
    pub expected: String,
    /// What is there.
    pub got: String,
}

impl Difference {
    pub(crate) fn new(
        path: impl Into<String>,
        expected: impl fmt::Display,
        got: impl fmt::Display,
    ) -> Self {
        Self {
            path: path.into(),
            expected: expected.to_string(),
            got: got.to_string(),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            expected,
            got,
        } = self;
        write!(
            f,
            "{path}\n        expected  {expected}\n        got       {got}"
        )
    }
}

/// All the differences between an expected body and the one that came.
pub fn compare(expected: &Value, got: &Value, rows: Rows) -> Vec<Difference> {
    let mut differences = Vec::new();
    match (expected, got, rows) {
        (Value::Array(expected), Value::Array(got), Rows::Among) => {
            among(expected, got, &mut differences);
        }
        _ => value("$", expected, got, &mut differences),
    }
    differences
}

/// Whether a text of an expected body is a matcher that [`compare`] knows, or none.
pub(crate) fn is_known_matcher(text: &str) -> bool {
    !(text.starts_with('<') && text.ends_with('>')) || matcher(text).is_some()
}

fn matcher(text: &str) -> Option<fn(&Value) -> bool> {
    Some(match text {
        "<id>" => |value| value.as_i64().is_some_and(|id| id > 0),
        "<timestamp>" => |value| value.as_str().is_some_and(is_timestamp),
        "<timestamp or null>" => {
            |value| value.is_null() || value.as_str().is_some_and(is_timestamp)
        }
        "<string>" => |value| value.as_str().is_some_and(|text| !text.is_empty()),
        "<string or null>" => |value| value.is_null() || value.is_string(),
        "<array>" => Value::is_array,
        "<object>" => Value::is_object,
        "<boolean>" => Value::is_boolean,
        _ => return None,
    })
}

/// Whether the text is a time in UTC with exactly three fractional digits and `Z`.
fn is_timestamp(text: &str) -> bool {
    const FORM: &str = "0000-00-00T00:00:00.000Z";
    text.len() == FORM.len()
        && text
            .bytes()
            .zip(FORM.bytes())
            .all(|(byte, form)| match form {
                b'0' => byte.is_ascii_digit(),
                _ => byte == form,
            })
}

fn is_match(pattern: &str, got: &Value) -> bool {
    if let Some(matches) = matcher(pattern) {
        return matches(got);
    }
    got.as_str()
        .is_some_and(|got| is_match_of_text(pattern, got))
}

/// Whether a text is the expected one, in which `<string>` stands for any.
pub(crate) fn is_match_of_text(pattern: &str, got: &str) -> bool {
    match pattern.split_once("<string>") {
        None => pattern == got,
        Some((before, behind)) => got
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(behind))
            .is_some_and(|middle| !middle.is_empty()),
    }
}

fn value(path: &str, expected: &Value, got: &Value, differences: &mut Vec<Difference>) {
    match (expected, got) {
        (Value::String(pattern), got) if is_match(pattern, got) => {}
        (Value::Object(expected), Value::Object(got)) => object(path, expected, got, differences),
        (Value::Array(expected), Value::Array(got)) => array(path, expected, got, differences),
        _ if expected == got => {}
        _ => differences.push(Difference::new(path, expected, got)),
    }
}

fn object(
    path: &str,
    expected: &Map<String, Value>,
    got: &Map<String, Value>,
    differences: &mut Vec<Difference>,
) {
    for (name, wanted) in expected {
        let path = format!("{path}.{name}");
        match got.get(name) {
            Some(got) => value(&path, wanted, got, differences),
            None => differences.push(Difference::new(path, wanted, "nothing")),
        }
    }
    let others = got.iter().filter(|(name, _)| !expected.contains_key(*name));
    differences.extend(
        others.map(|(name, got)| Difference::new(format!("{path}.{name}"), "nothing", got)),
    );
}

fn array(path: &str, expected: &[Value], got: &[Value], differences: &mut Vec<Difference>) {
    for (index, pair) in (0_usize..).zip(pairs(expected, got)) {
        let path = format!("{path}[{index}]");
        match pair {
            (Some(expected), Some(got)) => value(&path, expected, got, differences),
            (Some(expected), None) => differences.push(Difference::new(path, expected, "nothing")),
            (None, Some(got)) => differences.push(Difference::new(path, "nothing", got)),
            (None, None) => {}
        }
    }
}

fn pairs<'a>(
    left: &'a [Value],
    right: &'a [Value],
) -> impl Iterator<Item = (Option<&'a Value>, Option<&'a Value>)> {
    (0..left.len().max(right.len())).map(|index| (left.get(index), right.get(index)))
}

/// Finds the expected rows among those that came, in their order.
fn among(expected: &[Value], got: &[Value], differences: &mut Vec<Difference>) {
    let mut rest = got;
    for (index, wanted) in (0_usize..).zip(expected) {
        let path = format!("$[{index}]");
        let differs = |got: &Value| {
            let mut differences = Vec::new();
            value(&path, wanted, got, &mut differences);
            differences
        };
        if let Some(at) = rest.iter().position(|got| differs(got).is_empty()) {
            rest = rest.get(at + 1..).unwrap_or_default();
        } else if let Some(same) = got.iter().find(|got| is_same_row(wanted, got)) {
            let found = differs(same);
            if found.is_empty() {
                differences.push(Difference::new(
                    path,
                    "a row after the one before",
                    "an earlier one",
                ));
            } else {
                differences.extend(found);
            }
        } else {
            differences.push(Difference::new(path, wanted, "no such row"));
        }
    }
}

fn is_same_row(expected: &Value, got: &Value) -> bool {
    ["id", "email", "name"].iter().any(|member| {
        let expected = expected.get(member);
        expected.is_some() && expected == got.get(member)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn paths(expected: &Value, got: &Value, rows: Rows) -> Vec<String> {
        let differences = compare(expected, got, rows);
        differences.into_iter().map(|found| found.path).collect()
    }

    #[test]
    fn every_difference_has_its_place() {
        let expected = json!([{"id": "<id>", "name": "Ana", "groups": [1, 2], "gone": 1}]);
        let got = json!([{"id": "7", "name": "Bob", "groups": [1], "new": 1}]);
        assert_eq!(
            paths(&expected, &got, Rows::Exact),
            [
                "$[0].gone",
                "$[0].groups[1]",
                "$[0].id",
                "$[0].name",
                "$[0].new"
            ]
        );
    }

    #[test]
    fn matchers_are_strict() {
        for (pattern, good, bad) in [
            ("<id>", json!(1), json!("1")),
            ("<id>", json!(1), json!(0)),
            ("<string>", json!("x"), json!("")),
            ("<array>", json!([]), json!({})),
            ("<object>", json!({}), json!([])),
            ("<boolean>", json!(false), json!(0)),
            ("<timestamp or null>", json!(null), json!("")),
            ("<string or null>", json!(null), json!(1)),
            ("at line <string>.", json!("at line 3."), json!("at line .")),
            (
                "<timestamp>",
                json!("2018-10-23T03:35:47.353Z"),
                json!("2018-10-23T03:35:47Z"),
            ),
            (
                "<timestamp>",
                json!("2018-10-23T03:35:47.000Z"),
                json!("2018-10-23T03:35:47.000+00"),
            ),
        ] {
            assert!(
                compare(&json!(pattern), &good, Rows::Exact).is_empty(),
                "{pattern}"
            );
            assert_eq!(
                compare(&json!(pattern), &bad, Rows::Exact).len(),
                1,
                "{pattern}"
            );
        }
        assert!(is_known_matcher("<id>") && is_known_matcher("x") && !is_known_matcher("<ids>"));
    }

    #[test]
    fn rows_are_found_among_others_in_their_order() {
        let row = |id: i64| json!({"id": id, "name": format!("n{id}")});
        let got = json!([row(1), row(2), row(3)]);
        assert!(compare(&json!([row(1), row(3)]), &got, Rows::Among).is_empty());
        assert_eq!(paths(&json!([row(3), row(1)]), &got, Rows::Among), ["$[1]"]);
        assert_eq!(paths(&json!([row(4)]), &got, Rows::Among), ["$[0]"]);
        assert_eq!(
            paths(&json!([{"id": 2, "name": "x"}]), &got, Rows::Among),
            ["$[0].name"]
        );
        assert_eq!(compare(&json!([row(1)]), &got, Rows::Exact).len(), 2);
    }
}
