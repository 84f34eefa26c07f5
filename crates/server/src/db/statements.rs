//! What is logged of statements: each at the level `trace`, slow ones as warnings. Never their values.

use diesel::connection::{Instrumentation, InstrumentationEvent};
use std::time::{Duration, Instant};

const SLOW: Duration = Duration::from_millis(500);

/// Watches one connection.
#[derive(Default)]
pub(super) struct Log {
    began: Option<Instant>,
}

impl Instrumentation for Log {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => self.began = Some(Instant::now()),
            InstrumentationEvent::FinishQuery { query, .. } => {
                let took = self.began.take().map(|began| began.elapsed());
                let is_slow = took.is_some_and(|took| took >= SLOW);
                if !is_slow
                    && !tracing::enabled!(target: "roster_server::sql", tracing::Level::TRACE)
                {
                    return;
                }
                let text = query.to_string();
                let statement = text.split(" -- binds:").next().unwrap_or_default();
                let took_ms = took.map_or(0, |took| took.as_millis());
                if is_slow {
                    tracing::warn!(statement, took_ms, "a statement was slow");
                } else {
                    tracing::trace!(target: "roster_server::sql", statement, took_ms, "statement");
                }
            }
            _ => {}
        }
    }
}
