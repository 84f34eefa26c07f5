//! The second dialect: the Holistics API v2. The account API prints users and faults as it does.

mod error;
mod user;

pub use error::{ErrorBody, ErrorType, NestedError};
pub use user::{Role, User};

use serde::{Deserialize, Serialize};

/// Where a page lies between others; each is to be passed as `before` or `after`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursors {
    /// For `before`; null on the first page.
    pub previous: Option<String>,
    /// For `after`; null on the last page.
    pub next: Option<String>,
}
