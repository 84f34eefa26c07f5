//! Versions of rows: `ETag` on what is read, `If-Match` on what is changed (RFC 9110, 8.8.3 and 13.1.1).

use crate::error::Result;
use crate::service::Row;
use actix_web::dev::Payload;
use actix_web::http::header::{ETAG, HeaderValue, IF_MATCH};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use roster_domain::{Error as Refusal, Fault, FieldFault};
use serde::Serialize;
use std::convert::Infallible;
use std::future::{Ready, ready};

/// The version on which a change insists, if it does.
pub(super) struct IfMatch(Result<Option<i64>>);

impl IfMatch {
    /// The row, in the version on which the change insists.
    pub(super) fn of(&self, row: Row) -> Row {
        row.at(self.0.as_ref().ok().copied().flatten())
    }

    /// The version, or what is wrong with the header.
    pub(super) fn version(self) -> Result<Option<i64>> {
        self.0
    }
}

impl FromRequest for IfMatch {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let headers: Vec<&HeaderValue> = request.headers().get_all(IF_MATCH).collect();
        ready(Ok(Self(parse(&headers))))
    }
}

fn parse(headers: &[&HeaderValue]) -> Result<Option<i64>> {
    let text = match headers {
        [] => return Ok(None),
        [header] => header.to_str().unwrap_or_default().trim(),
        _ => "",
    };
    if text == "*" {
        return Ok(None);
    }
    let is_tag = text.len() >= 2
        && text.ends_with('"')
        && (text.starts_with('"') || text.starts_with("W/\""))
        && !text.contains(',');
    if !is_tag {
        let faults = vec![FieldFault {
            field: "If-Match".to_owned(),
            fault: Fault::new("malformed", "must be * or one ETag as it was given"),
        }];
        return Err(Refusal::Parameter(faults).into());
    }
    // What is no tag of ours, or a weak one, is the version of no row. Another spelling of the number is another tag.
    let version = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .and_then(|text| text.parse().ok())
        .filter(|version| tag(*version) == text);
    Ok(Some(version.unwrap_or(0)))
}

/// The tag of a version.
fn tag(version: i64) -> String {
    format!("\"{version}\"")
}

/// An answer with the version of what it shows.
pub(super) fn versioned(version: i64, body: impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((ETAG, tag(version)))
        .json(body)
}
