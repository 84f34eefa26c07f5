//! Outgoing mail: what a mail says, how it leaves, and the worker that sees to it.
//!
//! ```text
//! worker ─► service::mail (takes rows, reports) ─► db
//!    └────► letter (template) ─► delivery (SMTP, or files in a folder)
//! ```
//! It knows no SQL and decides nothing about users. A token is in the mail alone: neither the log nor a fault's text
//! holds it, and the log names no address.

mod dates;
mod delivery;
mod folder;
mod letter;
mod plain;
mod setup;
mod smtp;
mod template;
mod worker;

pub use delivery::{Delivery, Failure, Receipt};
pub use letter::{Letter, Letters};
pub use setup::{Channel, MailFault, MailSetup, SmtpSetup};
pub use worker::{Turn, Worker, WorkerHandle};
