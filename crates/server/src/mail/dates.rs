//! Times as mails and their files say them.

use chrono::{DateTime, Utc};
use roster_domain::time::Timestamp;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What the file of a mail is called.
pub(super) fn file_name(time: Timestamp, number: &str) -> String {
    let time = calendar(time).format("%Y%m%dT%H%M%SZ");
    format!("{time}-{number}.eml")
}

/// As in `Wednesday, 2 December 2026, 09:30 UTC`. Nothing is lost: links expire at the end of a minute.
pub(super) fn for_people(time: Timestamp) -> String {
    calendar(time)
        .format("%A, %-d %B %Y, %H:%M UTC")
        .to_string()
}

fn calendar(time: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(time.as_micros()).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// As mail libraries have it.
pub(super) fn system_time(time: Timestamp) -> SystemTime {
    let since_1970 = u64::try_from(time.as_micros()).unwrap_or_default();
    UNIX_EPOCH + Duration::from_micros(since_1970)
}
