//! Long lists as JSON arrays: one chunk of rows in memory at a time, and no connection while the client is slow.

use crate::error::{Error, Result, Unavailable};
use actix_web::HttpResponse;
use actix_web::web::Bytes;
use futures_util::stream::try_unfold;
use serde::Serialize;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// What is left to print.
enum Rest<Row, Key> {
    /// A chunk that is read already.
    Read(Vec<Row>),
    /// The chunk behind this row.
    Behind(Key),
    /// Nothing.
    Done,
}

/// Prints the rows, and those that come behind them, as one array.
///
/// `first` is read already, so that what is wrong before the status line still gets a status; `next` reads the chunk
/// behind a row. When that fails the body ends without its closing bracket and without the end of its transfer
/// coding: no client can take it for a shorter list. Of those that are longer than a chunk only so many are sent at
/// once as there are places.
pub(super) fn array<Row, Wire, Key>(
    places: &Arc<Semaphore>,
    first: Vec<Row>,
    chunk: usize,
    key: fn(&Row) -> Key,
    next: impl AsyncFn(Key) -> Result<Vec<Row>> + Clone + 'static,
) -> HttpResponse
where
    Row: Into<Wire> + 'static,
    Wire: Serialize,
    Key: 'static,
{
    if first.len() < chunk {
        return match print::<Row, Wire>(first, b'[', true) {
            Ok(body) => HttpResponse::Ok().body(body),
            Err(error) => HttpResponse::from_error(error),
        };
    }
    let Ok(place) = Arc::clone(places).try_acquire_owned() else {
        return HttpResponse::from_error(Error::from(Unavailable::Busy));
    };
    let body = try_unfold(Rest::Read(first), move |rest| {
        let next = next.clone();
        // The place is the body's for as long as there is one.
        let _ = &place;
        async move {
            let (rows, opening) = match rest {
                Rest::Read(rows) => (rows, b'['),
                Rest::Behind(key) => (next(key).await.inspect_err(log)?, b','),
                Rest::Done => return Ok(None),
            };
            let following = match rows.last() {
                Some(last) if rows.len() >= chunk => Rest::Behind(key(last)),
                _ => Rest::Done,
            };
            let is_last = matches!(following, Rest::Done);
            let body = print::<Row, Wire>(rows, opening, is_last).inspect_err(log)?;
            Ok::<_, Error>(Some((body, following)))
        }
    });
    HttpResponse::Ok().streaming(Box::pin(body))
}

fn print<Row: Into<Wire>, Wire: Serialize>(
    rows: Vec<Row>,
    opening: u8,
    is_last: bool,
) -> Result<Bytes> {
    const BYTES_A_ROW: usize = 384;
    let mut body = Vec::with_capacity(rows.len() * BYTES_A_ROW + 2);
    let mut separator = opening;
    if rows.is_empty() && opening == b'[' {
        body.push(b'[');
    }
    for row in rows {
        body.push(separator);
        separator = b',';
        let wire: Wire = row.into();
        serde_json::to_writer(&mut body, &wire).map_err(Error::internal)?;
    }
    if is_last {
        body.push(b']');
    }
    Ok(body.into())
}

/// actix leaves no trace of a body that breaks off.
fn log(error: &Error) {
    tracing::error!(error = ?error, "a streamed list was cut off");
}
