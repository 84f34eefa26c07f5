//! How queries are read, and pages of lists told.

use super::Cursors;
use crate::{
    error::{Error, Fault, FieldFault},
    page::{self, Page, Position, Rows},
};
use std::cell::RefCell;

/// The parameters of a query, in their order. Those that nobody asks for are ignored.
#[derive(Debug, Default)]
pub struct Parameters {
    pairs: Vec<(String, String)>,
    faults: RefCell<Vec<FieldFault>>,
}

impl Parameters {
    /// The most values that an array may have.
    const MAX_VALUES: usize = 1_000;

    /// Takes decoded names and values.
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self {
            pairs,
            faults: RefCell::default(),
        }
    }

    /// Reads one value; of several the first counts.
    pub fn one<T>(&self, name: &str, parse: impl FnOnce(&str) -> Result<T, Fault>) -> Option<T> {
        let (_, value) = self.pairs.iter().find(|(key, _)| key == name)?;
        self.take(name, parse(value))
    }

    /// Reads one value that has to be given.
    pub fn required<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Fault>,
    ) -> Option<T> {
        if !self.pairs.iter().any(|(key, _)| key == name) {
            self.refuse(name, Fault::REQUIRED);
        }
        self.one(name, parse)
    }

    /// Reads an array: `name[]=1&name[]=2` or `name=1&name=2`; `None` if there is none.
    pub fn many<T>(&self, name: &str, parse: impl Fn(&str) -> Result<T, Fault>) -> Option<Vec<T>> {
        let values = self.values(name);
        if values.len() > Self::MAX_VALUES {
            self.refuse(
                name,
                Fault::new("too_many", "must have at most 1000 values"),
            );
            return None;
        }
        let is_given = !values.is_empty();
        let read: Result<Vec<T>, Fault> = values.into_iter().map(parse).collect();
        self.take(name, read).filter(|_| is_given)
    }

    /// What is given for an array, unread.
    pub(super) fn values(&self, name: &str) -> Vec<&str> {
        let is_of = |key: &str| key == name || key.strip_suffix("[]") == Some(name);
        let of_array = self.pairs.iter().filter(|(key, _)| is_of(key));
        of_array.map(|(_, value)| value.as_str()).collect()
    }

    /// Adds a fault.
    pub fn refuse(&self, name: &str, fault: Fault) {
        self.faults.borrow_mut().push(FieldFault {
            field: name.to_owned(),
            fault,
        });
    }

    fn take<T>(&self, name: &str, read: Result<T, Fault>) -> Option<T> {
        read.map_err(|fault| self.refuse(name, fault)).ok()
    }

    /// The value, if no parameter had a fault.
    ///
    /// # Errors
    /// All the faults.
    pub fn finish<T>(self, value: T) -> Result<T, Error> {
        let faults = self.faults.into_inner();
        match faults.is_empty() {
            true => Ok(value),
            false => Err(Error::Parameter(faults)),
        }
    }

    /// Reads which page is wanted; `read` makes the key of a cursor's values.
    pub(super) fn page<K>(&self, scope: &str, read: impl Fn(&[String]) -> Option<K>) -> Page<K> {
        let limit = self.one("limit", page::parse_limit);
        let cursor = |text: &str| {
            let fault = Fault::new("cursor", "must be a cursor that this list gave");
            read(&page::decode_cursor(scope, text)?).ok_or(fault)
        };
        let position = match (self.one("after", cursor), self.one("before", cursor)) {
            (None, None) => Position::Start,
            (Some(key), None) => Position::After(key),
            (None, Some(key)) => Position::Before(key),
            (Some(_), Some(_)) => {
                let fault = Fault::new("contradiction", "and after cannot both be given");
                self.refuse("before", fault);
                Position::Start
            }
        };
        Page {
            position,
            limit: limit.unwrap_or(page::DEFAULT_LIMIT),
        }
    }
}

/// The cursors of a page.
pub(super) fn cursors<T>(
    rows: &Rows<T>,
    scope: &str,
    values: impl Fn(&T) -> Vec<String>,
) -> Cursors {
    let cursor = |row: Option<&T>| {
        row.map(|row| {
            let values = values(row);
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            page::encode_cursor(scope, &values)
        })
    };
    Cursors {
        previous: cursor(rows.rows.first().filter(|_| rows.has_previous)),
        next: cursor(rows.rows.last().filter(|_| rows.has_next)),
    }
}

/// Reads `true` or `false`.
pub(super) fn boolean(text: &str) -> Result<bool, Fault> {
    match text {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(Fault::new("type", "must be true or false")),
    }
}

/// Reads an integer.
pub(super) fn integer(text: &str) -> Result<i64, Fault> {
    let fault = Fault::new("type", "must be an integer of at most 64 bits");
    text.parse().map_err(|_| fault)
}
