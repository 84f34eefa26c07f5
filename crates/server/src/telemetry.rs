//! Logging, to stderr.

use crate::config::{LogFormat, Settings};
use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::IsTerminal;
use std::os::fd::AsFd;
use std::sync::Arc;
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// Begins to log.
///
/// # Errors
/// The filter cannot be understood, or there are no more open files.
pub fn start(settings: &Settings) -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::builder().parse(&settings.log)?;
    // Each line is one write, so threads need not wait for each other.
    let stderr = File::from(std::io::stderr().as_fd().try_clone_to_owned()?);
    let is_terminal = std::io::stderr().is_terminal();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Arc::new(stderr))
        .with_ansi(is_terminal);
    let format = settings.log_format.unwrap_or(match is_terminal {
        true => LogFormat::Text,
        false => LogFormat::Json,
    });
    match format {
        LogFormat::Text => subscriber.init(),
        LogFormat::Json => subscriber
            .fmt_fields(JsonFields::new())
            .event_format(JsonLine)
            .init(),
    }
    Ok(())
}

/// An event as a JSON object on a line of its own, with the span that it is in: the request's.
///
/// The fields of a span are JSON since it began. The format of the library reads them again for each event, and writes them anew.
struct JsonLine;

impl<S> FormatEvent<S, JsonFields> for JsonLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let (level, target) = (event.metadata().level(), event.metadata().target());
        writer.write_str("{\"timestamp\":\"")?;
        SystemTime.format_time(&mut writer)?;
        write!(
            writer,
            "\",\"level\":\"{level}\",\"target\":\"{target}\",\"fields\":"
        )?;
        context.format_fields(writer.by_ref(), event)?;
        if let Some(span) = context.lookup_current() {
            let extensions = span.extensions();
            let fields = extensions.get::<FormattedFields<JsonFields>>();
            let fields = fields.map_or("{}", |fields| fields.as_str());
            write!(writer, ",\"span\":{fields}")?;
        }
        writeln!(writer, "}}")
    }
}
