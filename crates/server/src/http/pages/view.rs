//! What pages share: how they are answered, and how they print times.

use crate::error::{Error, Result};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use askama::Template;
use chrono::DateTime;
use roster_domain::time::Timestamp;

/// Answers with a page.
pub(super) fn page(status: StatusCode, template: &impl Template) -> Result<HttpResponse> {
    let html = template.render().map_err(Error::internal)?;
    Ok(HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .body(html))
}

/// Sends the browser to another page of this server, which it gets by GET.
pub(super) fn see_other(path: &'static str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, path))
        .finish()
}

/// A point in time as pages print it.
#[derive(Template)]
#[template(
    source = r#"<time datetime="{{ datetime }}">{{ text }}</time>"#,
    ext = "html"
)]
pub(super) struct Time {
    datetime: String,
    text: String,
}

/// It is HTML already.
impl askama::filters::HtmlSafe for Time {}

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        let date = DateTime::from_timestamp_micros(at.as_micros()).unwrap_or_default();
        Self {
            datetime: at.to_string(),
            text: date.format("%-d %B %Y, %H:%M UTC").to_string(),
        }
    }
}

/// How long somebody has to wait, in whole minutes.
pub(super) fn minutes(seconds: u64) -> String {
    match seconds.div_ceil(60) {
        0 | 1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_for_people_and_for_programs() {
        let time = Time::from(Timestamp::from_micros(1_796_203_800_000_000));
        assert_eq!(
            time.to_string(),
            r#"<time datetime="2026-12-02T09:30:00.000Z">2 December 2026, 09:30 UTC</time>"#
        );
    }

    #[test]
    fn waiting_is_told_in_minutes() {
        for (seconds, text) in [(0, "a minute"), (60, "a minute"), (61, "2 minutes")] {
            assert_eq!(minutes(seconds), text);
        }
    }
}
