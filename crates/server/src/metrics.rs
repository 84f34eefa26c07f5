//! What is counted and measured, for Prometheus. Nothing here is a name, an address or an id, and no label takes values
//! that a client chooses.

use crate::db::Load;
use crate::error::{Error, Result};
use prometheus::core::Collector;
use prometheus::process_collector::ProcessCollector;
use prometheus::{
    Gauge, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry,
    TextEncoder,
};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Upper bounds in seconds: from a read that is in memory to what has waited for everything.
const BUCKETS: [f64; 13] = [
    0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// The counters of this process.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    mails: IntCounterVec,
    sign_ins: IntCounterVec,
    /// What is looked up when somebody asks, one at a time.
    observed: Mutex<Observed>,
}

struct Observed {
    database_up: IntGauge,
    connections: IntGauge,
    connections_in_use: IntGauge,
    database_waiting: IntGauge,
    database_refused: IntCounterVec,
    outbox_mails: Gauge,
    outbox_age: Gauge,
    hashes: IntCounter,
    hashes_running: IntGauge,
    hashes_waiting: IntGauge,
}

/// A request that was answered.
#[derive(Debug)]
pub struct AnsweredRequest<'a> {
    /// The dialect of its path.
    pub dialect: &'static str,
    /// The method, one of those there are.
    pub method: &'static str,
    /// The route's pattern, or `none`.
    pub route: &'a str,
    /// The status of the answer.
    pub status: u16,
    /// How long it took until the head of the answer was ready.
    pub took: Duration,
}

/// What is looked up when somebody asks.
#[derive(Debug)]
pub struct Observation {
    /// How busy the database is.
    pub load: Load,
    /// How many mails wait and for how many seconds the oldest does; nothing where the database does not say.
    pub outbox: Option<(i64, f64)>,
    /// Passwords hashed so far, being hashed, and waiting for it.
    pub hashes: (u64, usize, usize),
}

impl Metrics {
    /// Counters that stand at zero.
    ///
    /// # Errors
    /// Two of them have one name.
    pub fn new() -> Result<Self> {
        Self::registered().map_err(Error::internal)
    }

    fn registered() -> prometheus::Result<Self> {
        let registry = Registry::new();
        registry.register(Box::new(ProcessCollector::for_self()))?;
        let build = Opts::new("roster_build_info", "The version that runs; always 1.")
            .const_label("version", env!("CARGO_PKG_VERSION"));
        add(&registry, IntGauge::with_opts(build)?)?.set(1);
        let requests = IntCounterVec::new(
            Opts::new(
                "roster_http_requests_total",
                "Requests answered, by dialect, method, route and status.",
            ),
            &["dialect", "method", "route", "status"],
        )?;
        let durations = HistogramVec::new(
            HistogramOpts::new(
                "roster_http_request_duration_seconds",
                "Time until the head of an answer was ready, by dialect, method and route.",
            )
            .buckets(BUCKETS.to_vec()),
            &["dialect", "method", "route"],
        )?;
        let by_result = |name: &str, help: &str, results: &[&str]| {
            let counters = IntCounterVec::new(Opts::new(name, help), &["result"])?;
            for result in results {
                // So that rates are known from the first event on.
                counters.with_label_values(&[result]).inc_by(0);
            }
            Ok::<_, prometheus::Error>(counters)
        };
        let mails = by_result(
            "roster_mails_total",
            "Attempts to hand a mail over, by what came of it.",
            &["sent", "postponed", "failed"],
        )?;
        let sign_ins = by_result(
            "roster_sign_ins_total",
            "Attempts to sign in with a password, by what came of it.",
            &["succeeded", "refused", "limited", "error"],
        )?;
        Ok(Self(Arc::new(Inner {
            requests: add(&registry, requests)?,
            durations: add(&registry, durations)?,
            mails: add(&registry, mails)?,
            sign_ins: add(&registry, sign_ins)?,
            observed: Mutex::new(Observed::registered(&registry)?),
            registry,
        })))
    }

    /// Counts a request.
    pub fn request(&self, request: &AnsweredRequest<'_>) {
        let AnsweredRequest {
            dialect,
            method,
            route,
            status,
            took,
        } = request;
        let status = status.to_string();
        let labels = [*dialect, *method, *route, status.as_str()];
        self.0.requests.with_label_values(&labels).inc();
        let durations = &self.0.durations;
        durations
            .with_label_values(&[*dialect, *method, *route])
            .observe(took.as_secs_f64());
    }

    /// Counts mails of one result.
    pub fn mails(&self, result: &str, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.0.mails.with_label_values(&[result]).inc_by(count);
    }

    /// Counts an attempt to sign in.
    pub fn sign_in(&self, result: &str) {
        self.0.sign_ins.with_label_values(&[result]).inc();
    }

    /// All counters, with what is observed at this moment, as Prometheus reads them.
    ///
    /// # Errors
    /// They cannot be printed.
    pub fn render(&self, observation: &Observation) -> Result<String> {
        let observed = self.0.observed.lock();
        let observed = observed.unwrap_or_else(PoisonError::into_inner);
        observed.take(observation);
        TextEncoder::new()
            .encode_to_string(&self.0.registry.gather())
            .map_err(Error::internal)
    }
}

impl Observed {
    fn registered(registry: &Registry) -> prometheus::Result<Self> {
        let whole = |name: &str, help: &str| add(registry, IntGauge::new(name, help)?);
        let refused = IntCounterVec::new(
            Opts::new(
                "roster_database_refused_total",
                "Transactions that could not be carried out, by reason.",
            ),
            &["reason"],
        )?;
        Ok(Self {
            database_up: whole(
                "roster_database_up",
                "Whether the database answered when it was asked for these figures.",
            )?,
            connections: whole(
                "roster_database_connections",
                "Connections to the database that may be in use at once.",
            )?,
            connections_in_use: whole(
                "roster_database_connections_in_use",
                "Connections to the database that are in use.",
            )?,
            database_waiting: whole(
                "roster_database_waiting",
                "Callers that wait for a connection or, on SQLite, for their turn to write.",
            )?,
            database_refused: add(registry, refused)?,
            outbox_mails: add(
                registry,
                Gauge::new(
                    "roster_outbox_mails",
                    "Mails that wait to be sent, on all servers; NaN while the database does not say.",
                )?,
            )?,
            outbox_age: add(
                registry,
                Gauge::new(
                    "roster_outbox_oldest_age_seconds",
                    "How long the oldest mail has waited, 0 for none; NaN while the database does not say.",
                )?,
            )?,
            hashes: add(
                registry,
                IntCounter::new(
                    "roster_password_hashes_total",
                    "Passwords hashed or compared.",
                )?,
            )?,
            hashes_running: whole(
                "roster_password_hashes_running",
                "Passwords that are being hashed.",
            )?,
            hashes_waiting: whole(
                "roster_password_hashes_waiting",
                "Passwords that wait to be hashed.",
            )?,
        })
    }

    fn take(&self, observation: &Observation) {
        let Load {
            connections,
            in_use,
            waiting,
            refused,
        } = &observation.load;
        self.database_up.set(observation.outbox.is_some().into());
        self.connections.set(whole(*connections));
        self.connections_in_use.set(whole(*in_use));
        self.database_waiting.set(whole(*waiting));
        for (reason, count) in refused {
            raise(&self.database_refused.with_label_values(&[reason]), *count);
        }
        #[expect(
            clippy::as_conversions,
            reason = "no outbox has so many mails that the last digit matters"
        )]
        let (mails, age) = observation
            .outbox
            .map_or((f64::NAN, f64::NAN), |(mails, age)| (mails as f64, age));
        self.outbox_mails.set(mails);
        self.outbox_age.set(age);
        let (count, running, waiting) = observation.hashes;
        raise(&self.hashes, count);
        self.hashes_running.set(whole(running));
        self.hashes_waiting.set(whole(waiting));
    }
}

fn add<C: Collector + Clone + 'static>(registry: &Registry, metric: C) -> prometheus::Result<C> {
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

/// Brings a counter to what was counted elsewhere.
fn raise(counter: &IntCounter, count: u64) {
    counter.inc_by(count.saturating_sub(counter.get()));
}

fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
