//! What goes over the wire, one module a dialect. The server and the client share these types.

pub mod account;
pub mod audit;
mod body;
#[cfg(feature = "openapi")]
mod openapi;
pub mod transfer;
pub mod v1;
pub mod v2;

pub use body::{Body, Field, SyntaxFault, parse_object};
