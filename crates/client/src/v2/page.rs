//! Lists: from where a page begins, and the stream of all pages.

use super::Cursors;
use crate::Error;
use futures_util::{
    StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use std::collections::HashSet;

/// The most rows that a page may have.
pub(super) const MAX_LIMIT: u32 = 100;

/// From where a page of a list begins. The texts are [`Cursors`] that the same list gave, with the same filters and order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Position {
    /// From the beginning.
    #[default]
    Start,
    /// Behind this cursor, [`Cursors::next`].
    After(String),
    /// Before this cursor, [`Cursors::previous`].
    Before(String),
}

/// The parameters that ask for a page.
pub(super) fn parameters(
    limit: Option<u32>,
    position: &Position,
) -> impl Iterator<Item = (&'static str, String)> {
    let position = match position {
        Position::Start => None,
        Position::After(cursor) => Some(("after", cursor.clone())),
        Position::Before(cursor) => Some(("before", cursor.clone())),
    };
    limit
        .map(|limit| ("limit", limit.to_string()))
        .into_iter()
        .chain(position)
}

/// All rows of a list. A page is asked for when the rows before it are used up, and a fault ends the stream.
pub(super) fn rows<T, F>(
    page: impl Fn(Position) -> F + Send + 'static,
) -> BoxStream<'static, Result<T, Error>>
where
    T: Send + 'static,
    F: Future<Output = Result<(Vec<T>, Cursors), Error>> + Send + 'static,
{
    let start = (Some(Position::Start), HashSet::new(), page);
    let pages = stream::try_unfold(start, |(position, mut seen, page)| async move {
        let Some(position) = position else {
            return Ok(None);
        };
        let (rows, cursors) = page(position).await?;
        if let Some(cursor) = &cursors.next
            && !seen.insert(cursor.clone())
        {
            return Err(Error::RepeatedCursor);
        }
        let next = cursors.next.map(Position::After);
        let rows = stream::iter(rows.into_iter().map(Ok));
        Ok(Some((rows, (next, seen, page))))
    });
    pages.try_flatten().boxed()
}
