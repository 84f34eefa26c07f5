//! Logging, to stderr.

use crate::config::{LogFormat, Settings};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

/// Begins to log.
///
/// # Errors
/// The filter cannot be understood.
pub fn start(settings: &Settings) -> Result<(), ParseError> {
    let filter = EnvFilter::builder().parse(&settings.log)?;
    let is_terminal = std::io::stderr().is_terminal();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(is_terminal);
    let format = settings.log_format.unwrap_or(match is_terminal {
        true => LogFormat::Text,
        false => LogFormat::Json,
    });
    match format {
        LogFormat::Text => subscriber.init(),
        // There is one span, the request's: naming it twice is of no use.
        LogFormat::Json => subscriber.json().with_span_list(false).init(),
    }
    Ok(())
}
