//! The types of user attributes, and which texts are values of them.

use crate::{error::Fault, name::CONTROL, time::Timestamp};
use chrono::NaiveDate;

/// Stands for every value where values are printed. No value of its own, so that nobody is given everything by accident.
pub const EVERY_VALUE: &str = "*";

/// What the values of a user attribute are. All are kept as texts, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttributeType {
    /// Any text but [`EVERY_VALUE`].
    String,
    /// A decimal number without an exponent: `-12.50`.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A day of the calendar: `2026-01-31` (ISO 8601, four digits of year).
    Date,
    /// A point in time with its offset: `2026-01-31T08:30:00+07:00` (RFC 3339).
    Datetime,
}

impl AttributeType {
    /// All types.
    pub const ALL: [Self; 5] = [
        Self::String,
        Self::Number,
        Self::Boolean,
        Self::Date,
        Self::Datetime,
    ];

    /// The longest value, in characters.
    pub const MAX_CHARACTERS: usize = 255;

    /// Reads the word for a type.
    ///
    /// # Errors
    /// There is no such type; the message lists those that there are.
    pub fn parse(word: &str) -> Result<Self, Fault> {
        let types = Self::ALL.into_iter();
        types
            .clone()
            .find(|kind| kind.as_str() == word)
            .ok_or(Fault::new(
                "unknown",
                "must be one of string, number, boolean, date, datetime",
            ))
    }

    /// The word for the type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Datetime => "datetime",
        }
    }

    /// Says what is wrong with a text that should be a value of the type.
    ///
    /// # Errors
    /// It is none, is empty, is longer than [`Self::MAX_CHARACTERS`] or has a control character.
    pub fn check(self, value: &str) -> Result<(), Fault> {
        if value.is_empty() {
            return Err(Fault::new("blank", "must not be empty"));
        }
        if value.chars().nth(Self::MAX_CHARACTERS).is_some() {
            return Err(Fault::too_long(Self::MAX_CHARACTERS));
        }
        if value.chars().any(char::is_control) {
            return Err(CONTROL);
        }
        let (is_value, message) = match self {
            Self::String => (
                value != EVERY_VALUE,
                "must not be *, which stands for every value; for that use the input_type all",
            ),
            Self::Number => (
                is_number(value),
                "must be a decimal number, such as 42 or -12.50",
            ),
            Self::Boolean => (
                matches!(value, "true" | "false"),
                "must be \"true\" or \"false\"",
            ),
            Self::Date => (is_date(value), "must be a date, such as 2026-01-31"),
            Self::Datetime => (
                Timestamp::parse(value).is_ok(),
                "must be a time with its offset, such as 2026-01-31T08:30:00+07:00",
            ),
        };
        match is_value {
            true => Ok(()),
            false => Err(Fault::new("value", message)),
        }
    }
}

fn is_number(text: &str) -> bool {
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let digits = text.strip_prefix('-').unwrap_or(text);
    match digits.split_once('.') {
        Some((whole, fraction)) => are_digits(whole) && are_digits(fraction),
        None => are_digits(digits),
    }
}

fn is_date(text: &str) -> bool {
    // Years beyond four digits and months of one digit are read, but not printed so.
    text.len() == "2026-01-31".len()
        && text
            .parse::<NaiveDate>()
            .is_ok_and(|date| date.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_is_a_value_or_refused(text: String) {
            for kind in AttributeType::ALL {
                if kind.check(&text).is_ok() {
                    // What fits any type is a text.
                    prop_assert!(AttributeType::String.check(&text).is_ok());
                }
            }
        }

        #[test]
        fn every_decimal_is_a_number(whole: i64, fraction: u32) {
            for text in [format!("{whole}"), format!("{whole}.{fraction}")] {
                prop_assert!(AttributeType::Number.check(&text).is_ok());
                prop_assert!(text.parse::<f64>().unwrap().is_finite());
            }
        }
    }

    #[test]
    fn types_have_values_of_their_own() {
        for (kind, good, bad) in [
            (
                AttributeType::String,
                &["a", " ", "李雷", "a,b", "**"][..],
                &["", "*", "a\0b", "a\nb", "\u{85}"][..],
            ),
            (
                AttributeType::Number,
                &["0", "-1", "007", "12.50", "-0.0"],
                &[
                    "", "*", "-", ".", "1.", ".5", "+1", "1e3", "1,5", "NaN", "inf", "--1",
                    "1.2.3", " 1", "١",
                ],
            ),
            (
                AttributeType::Boolean,
                &["true", "false"],
                &["True", "1", "0", "yes", "*", ""],
            ),
            (
                AttributeType::Date,
                &["2026-01-31", "2024-02-29", "0001-01-01"],
                &[
                    "2026-02-29",
                    "2026-1-31",
                    "20260131",
                    "+2026-01-1",
                    "2026-01-31T00:00:00Z",
                    "2026/01/31",
                    "31-01-2026",
                    "",
                ],
            ),
            (
                AttributeType::Datetime,
                &["2026-01-31T08:30:00Z", "2026-01-31T08:30:00.123456+07:00"],
                &[
                    "2026-01-31",
                    "2026-01-31T08:30:00",
                    "2026-01-31T25:00:00Z",
                    "2026-02-30T00:00:00Z",
                    "",
                ],
            ),
        ] {
            assert_eq!(AttributeType::parse(kind.as_str()), Ok(kind));
            for value in good {
                assert_eq!(kind.check(value), Ok(()), "{value:?} as {kind:?}");
            }
            for value in bad {
                assert!(kind.check(value).is_err(), "{value:?} as {kind:?}");
            }
        }
    }

    #[test]
    fn limits_count_characters() {
        let check = |count| AttributeType::String.check(&"é".repeat(count));
        assert_eq!(check(255), Ok(()));
        assert_eq!(check(256), Err(Fault::too_long(255)));
        let digits = "9".repeat(255);
        assert_eq!(AttributeType::Number.check(&digits), Ok(()));
    }

    #[test]
    fn an_unknown_type_lists_the_known_ones() {
        let fault = AttributeType::parse("text").unwrap_err();
        for kind in AttributeType::ALL {
            assert!(fault.message.contains(kind.as_str()));
        }
    }
}
