//! Points in time, in UTC and whole microseconds: what both databases can store.

use crate::error::Fault;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::time::Duration;

/// A point in time, in microseconds since 1970-01-01T00:00:00Z.
///
/// On the wire it is RFC 3339 in UTC with exactly three fractional digits:
///
/// ```
/// use roster_domain::time::Timestamp;
///
/// let at = Timestamp::from_micros(1_540_265_747_353_999);
/// assert_eq!(at.to_string(), "2018-10-23T03:35:47.353Z");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// The time that many microseconds after 1970; what no calendar holds becomes the nearest that one does.
    pub fn from_micros(micros: i64) -> Self {
        let nearest = if micros < 0 {
            DateTime::<Utc>::MIN_UTC
        } else {
            DateTime::<Utc>::MAX_UTC
        };
        Self(DateTime::from_timestamp_micros(micros).unwrap_or(nearest))
    }

    /// Reads a time with its offset, as RFC 3339 writes it.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        DateTime::parse_from_rfc3339(text)
            .map(|time| time.with_timezone(&Utc).into())
            .map_err(|_| Fault::new("time", "must be a time as in 2018-10-23T03:35:47.353Z"))
    }

    /// Microseconds since 1970.
    pub fn as_micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// This time and a while more; the end of the calendar if that is beyond it.
    pub fn plus(self, more: Duration) -> Self {
        TimeDelta::from_std(more)
            .ok()
            .and_then(|delta| self.0.checked_add_signed(delta))
            .map_or(Self(DateTime::<Utc>::MAX_UTC), Self)
    }

    /// This time and a while less; the beginning of the calendar if that is before it.
    pub fn minus(self, less: Duration) -> Self {
        TimeDelta::from_std(less)
            .ok()
            .and_then(|delta| self.0.checked_sub_signed(delta))
            .map_or(Self(DateTime::<Utc>::MIN_UTC), Self)
    }

    /// How long it is from this time until another; nothing if that has passed.
    pub fn until(self, other: Self) -> Duration {
        (other.0 - self.0).to_std().unwrap_or_default()
    }

    /// The whole seconds from this time until another, rounded up; 0 if that has passed.
    pub fn seconds_until(self, other: Self) -> u64 {
        let micros = other.as_micros().saturating_sub(self.as_micros());
        u64::try_from(micros).unwrap_or(0).div_ceil(1_000_000)
    }

    /// This time and some days more; `None` when that is beyond the calendar.
    pub fn plus_days(self, days: u32) -> Option<Self> {
        let delta = TimeDelta::try_days(days.into())?;
        self.0.checked_add_signed(delta).map(Self)
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(time: DateTime<Utc>) -> Self {
        Self::from_micros(time.timestamp_micros())
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .map_err(|_| de::Error::custom("expected a time as in 2018-10-23T03:35:47.353Z"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_three_digits_even_when_they_are_zero() {
        let at: Timestamp = serde_json::from_str("\"2018-10-23T03:35:47Z\"").unwrap();
        assert_eq!(
            serde_json::to_string(&at).unwrap(),
            "\"2018-10-23T03:35:47.000Z\""
        );
    }

    #[test]
    fn reads_other_offsets_as_utc() {
        let at: Timestamp = serde_json::from_str("\"2018-10-23T05:35:47.5+02:00\"").unwrap();
        assert_eq!(at.to_string(), "2018-10-23T03:35:47.500Z");
    }

    #[test]
    fn keeps_what_is_beyond_the_calendar_in_it() {
        assert_eq!(Timestamp::from_micros(i64::MAX).plus_days(1), None);
        let end = Timestamp::from_micros(i64::MAX);
        assert_eq!(end.plus(Duration::MAX), end);
    }

    #[test]
    fn seconds_are_rounded_up() {
        let at = Timestamp::from_micros;
        assert_eq!(at(0).seconds_until(at(1)), 1);
        assert_eq!(at(0).seconds_until(at(2_000_000)), 2);
        assert_eq!(at(1).seconds_until(at(0)), 0);
        assert_eq!(at(0).plus(Duration::from_micros(5)), at(5));
    }
}
