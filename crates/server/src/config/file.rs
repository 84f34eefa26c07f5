//! The settings file: TOML, its keys the names of settings. What the values mean is not known here.

use super::error::ConfigError;
use super::given::Value;
use std::collections::BTreeMap;
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// What a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One value.
    One,
    /// Values separated by commas, which a file may also give as an array.
    List,
}

/// Takes the lines of a file apart, each with where it stands.
pub(super) fn parse(
    path: &Path,
    text: &str,
    known: &BTreeMap<String, Shape>,
) -> Result<BTreeMap<String, Value>, ConfigError> {
    let line_of = |offset: usize| {
        let before = text.get(..offset).unwrap_or(text);
        before.matches('\n').count() + 1
    };
    let table = DeTable::parse(text).map_err(|fault| ConfigError::Parse {
        path: path.to_owned(),
        line: line_of(fault.span().map_or(0, |span| span.start)),
        message: fault.message().to_owned(),
    })?;
    let mut values = BTreeMap::new();
    let (mut unknown, mut faults) = (Vec::new(), Vec::new());
    for (key, value) in table.get_ref() {
        let line = line_of(key.span().start);
        let origin = format!("{}, line {line}", path.display());
        let name = key.get_ref().as_ref();
        let Some(shape) = known.get(name) else {
            unknown.push((line, format!("{name} ({origin})")));
            continue;
        };
        match read(value.get_ref(), *shape) {
            Ok(text) => {
                let text = text.into();
                values.insert(name.to_owned(), Value { text, origin });
            }
            Err(accepted) => faults.push((line, format!("{name} {accepted} ({origin})"))),
        }
    }
    if !unknown.is_empty() {
        Err(ConfigError::UnknownKeys(by_line(unknown)))
    } else if !faults.is_empty() {
        Err(ConfigError::Invalid(by_line(faults)))
    } else {
        Ok(values)
    }
}

fn by_line(mut texts: Vec<(usize, String)>) -> Vec<String> {
    texts.sort();
    texts.into_iter().map(|(_, text)| text).collect()
}

/// The value as it would be written for a flag.
fn read(value: &DeValue<'_>, shape: Shape) -> Result<String, &'static str> {
    let accepted = match shape {
        Shape::One => "must be a text in quotes or a whole number",
        Shape::List => "must be a text in quotes or an array of such",
    };
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map(|number| number.to_string())
            .map_err(|_| accepted),
        DeValue::Array(items) if shape == Shape::List => {
            let texts: Option<Vec<&str>> =
                items.iter().map(|item| item.get_ref().as_str()).collect();
            texts.map(|texts| texts.join(",")).ok_or(accepted)
        }
        _ => Err(accepted),
    }
}
