//! Giving each case addresses and group names of its own, for servers that it shares with others.

use crate::{
    case::Case,
    dialect::Dialect,
    exchange::{Exchange, Texts},
    fill::map_texts,
};
use serde_json::Value;
use std::{collections::BTreeSet, convert::Infallible};

impl Case {
    /// The case with `example.com` under a label of its own and a suffix to group names. What stands
    /// before the `@` stays, so that the names and initials which come from it stay as well.
    #[must_use]
    pub fn isolated(&self, label: &str) -> Self {
        let texts = Isolation {
            label,
            group_names: self.group_names(),
        };
        let mut case = self.clone();
        for (_, group) in &mut case.given.groups {
            group.name = texts.group_name(&group.name);
        }
        for (_, user) in &mut case.given.users {
            user.email = texts.address(&user.email);
        }
        let mut exchanges = self.exchanges().map(|exchange| texts.exchange(&exchange));
        if let Some(first) = exchanges.next() {
            case.request = first.request;
            case.response = first.response;
        }
        case.then = exchanges.collect();
        case
    }

    /// The names of the groups that the case begins with, makes or renames.
    pub(crate) fn group_names(&self) -> BTreeSet<String> {
        let given = self.given.groups.iter().map(|(_, group)| &*group.name);
        let mut names: BTreeSet<_> = given.map(|name| name.trim().to_owned()).collect();
        for exchange in self.exchanges() {
            let body = exchange.request.body.as_ref();
            let name = body
                .and_then(|body| body.get("group")?.get("name")?.as_str())
                .map(|name| name.trim().to_owned());
            names.extend(name.filter(|name| !name.is_empty()));
        }
        names
    }
}

struct Isolation<'a> {
    label: &'a str,
    group_names: BTreeSet<String>,
}

impl Isolation<'_> {
    fn exchange(&self, exchange: &Exchange) -> Exchange {
        match exchange.substituted(self) {
            Ok(exchange) => exchange,
            Err(never) => match never {},
        }
    }

    fn address(&self, text: &str) -> String {
        const DOMAIN: &str = "example.com";
        // ASCII lower-casing leaves every byte where it is.
        let folded = text.to_ascii_lowercase();
        let mut isolated = String::new();
        let mut end = 0;
        for (at, _) in folded.match_indices(DOMAIN) {
            isolated.push_str(text.get(end..at).unwrap_or_default());
            isolated.push_str(self.label);
            isolated.push('.');
            end = at;
        }
        isolated + text.get(end..).unwrap_or_default()
    }

    fn group_name(&self, name: &str) -> String {
        let end = name.trim_end();
        let spaces = name.get(end.len()..).unwrap_or_default();
        format!("{end} {}{spaces}", self.label)
    }
}

impl Texts for Isolation<'_> {
    type Error = Infallible;

    fn path(&self, text: &str) -> Result<String, Infallible> {
        Ok(self.address(text))
    }

    fn plain(&self, text: &str) -> Result<String, Infallible> {
        Ok(self.address(text))
    }

    fn json(&self, _: Dialect, value: &Value) -> Result<Value, Infallible> {
        map_texts(value, &|member, text| {
            Ok(match member {
                "errors" | "message" | "reason" | "record" => text.into(),
                "name" if self.group_names.contains(text.trim()) => self.group_name(text).into(),
                _ => self.address(text).into(),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn addresses_and_group_names_get_a_mark() {
        let case: Case = serde_json::from_value(json!({
            "name": "A case",
            "given": {"groups": {"capital": {"name": "Capital"}}},
            "request": {
                "method": "POST", "path": "/x?email=ANA@EXAMPLE.COM",
                "body": {"group": {"name": " Test "}, "email": "ana@example.com", "name": "Ana"}
            },
            "response": {
                "status": 422,
                "body": {"name": "Test", "in": [{"name": "Capital"}], "errors": ["ana@example.com"]}
            }
        }))
        .unwrap();
        let isolated = case.isolated("r1");
        assert_eq!(isolated.given.groups[0].1.name, "Capital r1");
        assert_eq!(isolated.request.path, "/x?email=ANA@r1.EXAMPLE.COM");
        assert_eq!(
            isolated.request.body,
            Some(
                json!({"group": {"name": " Test r1 "}, "email": "ana@r1.example.com", "name": "Ana"})
            )
        );
        assert_eq!(
            isolated.response.body,
            Some(json!({
                "name": "Test r1", "in": [{"name": "Capital r1"}], "errors": ["ana@example.com"]
            }))
        );
    }
}
