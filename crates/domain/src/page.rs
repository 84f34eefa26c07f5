//! Pages of long lists: where one begins, and the opaque cursors that say so.
//!
//! A cursor holds the sort values of a row and a checksum over them and over what the list was asked for, so that a damaged one, or
//! one of another sort or filter, is told from a good one. It holds nothing secret and needs no key.

use crate::error::Fault;

/// The most rows of a page that a caller may ask for.
pub const MAX_LIMIT: u32 = 100;
/// The rows of a page if nothing is said.
pub const DEFAULT_LIMIT: u32 = 20;

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position<K> {
    /// At the first row.
    Start,
    /// Behind the row of that key.
    After(K),
    /// It ends before the row of that key.
    Before(K),
}

/// Which rows of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page<K> {
    /// Where it begins.
    pub position: Position<K>,
    /// How many rows it has at most.
    pub limit: u32,
}

/// The rows of a page, and whether there are more on its two sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows<T> {
    /// The rows, in the list's order.
    pub rows: Vec<T>,
    /// Whether there are rows before the first.
    pub has_previous: bool,
    /// Whether there are rows behind the last.
    pub has_next: bool,
}

impl<T> Rows<T> {
    /// Makes them of what was read: up to one row more than the page has, in the direction of reading.
    pub fn of_read<K>(mut rows: Vec<T>, page: &Page<K>) -> Self {
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        match page.position {
            Position::Start => Self {
                rows,
                has_previous: false,
                has_next: has_more,
            },
            Position::After(_) => Self {
                rows,
                has_previous: true,
                has_next: has_more,
            },
            Position::Before(_) => {
                rows.reverse();
                Self {
                    rows,
                    has_previous: has_more,
                    has_next: true,
                }
            }
        }
    }
}

/// Reads the number of rows that a caller asks for.
///
/// # Errors
/// It is no number from 1 to [`MAX_LIMIT`].
pub fn parse_limit(typed: &str) -> Result<u32, Fault> {
    typed
        .parse()
        .ok()
        .filter(|limit| (1..=MAX_LIMIT).contains(limit))
        .ok_or(Fault::new("range", "must be a number from 1 to 100"))
}

/// Writes the cursor of a row of a list; `scope` says what the list was asked for.
///
/// ```
/// use roster_domain::page::{encode_cursor, decode_cursor};
///
/// let cursor = encode_cursor("users by name", &["Ana", "7"]);
/// assert_eq!(decode_cursor("users by name", &cursor).unwrap(), ["Ana", "7"]);
/// assert!(decode_cursor("users by id", &cursor).is_err());
/// ```
pub fn encode_cursor(scope: &str, values: &[&str]) -> String {
    let values = serde_json::Value::from(values).to_string();
    let checksum = checksum(scope, values.as_bytes());
    let bytes = checksum
        .to_be_bytes()
        .into_iter()
        .chain(values.into_bytes());
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a cursor of a list that was asked for by `scope`.
///
/// # Errors
/// It is damaged, or of another list.
pub fn decode_cursor(scope: &str, cursor: &str) -> Result<Vec<String>, Fault> {
    const DAMAGED: Fault = Fault::new(
        "cursor",
        "must be a cursor that this list gave for the same sort and filters",
    );
    let bytes: Option<Vec<u8>> = cursor
        .as_bytes()
        .chunks(2)
        .map(|pair| {
            let digits = std::str::from_utf8(pair)
                .ok()
                .filter(|pair| pair.len() == 2)?;
            let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)
        })
        .collect();
    let bytes = bytes.ok_or(DAMAGED)?;
    let (sum, values) = bytes.split_first_chunk::<4>().ok_or(DAMAGED)?;
    if checksum(scope, values).to_be_bytes() != *sum {
        return Err(DAMAGED);
    }
    serde_json::from_slice(values).map_err(|_| DAMAGED)
}

fn checksum(scope: &str, values: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(scope.as_bytes());
    hasher.update(b"\0");
    hasher.update(values);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// cursor-fuzz
        #[test]
        fn any_text_is_a_cursor_or_refused(text: String, scope: String) {
            let _ = decode_cursor(&scope, &text);
        }

        #[test]
        fn a_cursor_is_read_back_in_its_own_list_only(values: Vec<String>, scope: String, other: String) {
            let texts: Vec<&str> = values.iter().map(String::as_str).collect();
            let cursor = encode_cursor(&scope, &texts);
            prop_assert_eq!(decode_cursor(&scope, &cursor).unwrap(), values);
            prop_assert_eq!(decode_cursor(&other, &cursor).is_ok(), other == scope);
        }

        #[test]
        fn a_damaged_cursor_is_refused(at in 0_usize..20, digit in "[0-9a-f]") {
            let cursor = encode_cursor("list", &["4711"]);
            let at = at % cursor.len();
            let mut damaged = cursor.clone();
            damaged.replace_range(at..=at, &digit);
            prop_assert_eq!(decode_cursor("list", &damaged).is_ok(), damaged == cursor);
        }
    }

    #[test]
    fn limits_are_from_1_to_100() {
        assert_eq!((parse_limit("1"), parse_limit("100")), (Ok(1), Ok(100)));
        for typed in ["0", "-1", "101", "x", "", "1.0", "99999999999"] {
            assert!(parse_limit(typed).is_err(), "{typed}");
        }
    }

    /// shape-stable
    #[test]
    fn a_page_knows_its_sides() {
        let sides = |read: Vec<i64>, position| {
            let rows = Rows::of_read(read, &Page { position, limit: 2 });
            (rows.rows, rows.has_previous, rows.has_next)
        };
        assert_eq!(sides(vec![], Position::Start), (vec![], false, false));
        assert_eq!(
            sides(vec![1, 2], Position::Start),
            (vec![1, 2], false, false)
        );
        assert_eq!(
            sides(vec![1, 2, 3], Position::Start),
            (vec![1, 2], false, true)
        );
        assert_eq!(
            sides(vec![4, 5], Position::After(3)),
            (vec![4, 5], true, false)
        );
        assert_eq!(
            sides(vec![5, 4, 3], Position::Before(6)),
            (vec![4, 5], true, true)
        );
        assert_eq!(
            sides(vec![2, 1], Position::Before(3)),
            (vec![1, 2], false, true)
        );
    }
}
