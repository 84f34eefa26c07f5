//! Servers in this process.

use super::{Backend, Failure, TestDatabase, TestTenant, TestUser, new_key, parse};
use crate::clock::Clock;
use crate::config::{PublicUrl, Settings};
use crate::db::{Database, users};
use crate::hasher::Hasher;
use crate::http::{self, Limits, Site, Stopping};
use crate::mail::{MailSetup, Worker};
use crate::metrics::Metrics;
use crate::service::{Forgotten, State, TWIN_PATIENCE, tenants, tidy};
use actix_web::dev::ServerHandle;
use ipnet::IpNet;
use roster_domain::email::Email;
use roster_domain::name::Name;
use roster_domain::session::Lifetimes;
use roster_domain::tenant::CreateTenant;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

/// How long sessions and links last in tests.
pub const LIFETIMES: Lifetimes = Lifetimes {
    session_idle: Duration::from_secs(14 * 86_400),
    session: Duration::from_secs(90 * 86_400),
    invitation: Duration::from_secs(7 * 86_400),
    password_reset: Duration::from_secs(3_600),
};

/// How a server of a test differs from the others.
#[derive(Debug, Clone)]
pub struct TestOptions {
    /// The origin that people see, if it is not where the server answers.
    pub public_url: Option<String>,
    /// The origins whose pages may call the APIs from a browser.
    pub cors_origins: Vec<String>,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How much memory a hash takes, in KiB: the least that argon2 knows.
    pub hash_memory_kib: u32,
    /// Lines of a settings file that say what clients may take.
    pub limits: &'static str,
    /// How long a request waits for its twin.
    pub twin_patience: Duration,
}

impl Default for TestOptions {
    fn default() -> Self {
        Self {
            public_url: None,
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            hash_memory_kib: 8,
            limits: "",
            twin_patience: TWIN_PATIENCE,
        }
    }
}

/// A server in this process, with a database of its own and a clock that stands still.
pub struct TestServer {
    database: Arc<TestDatabase>,
    state: State,
    clock: Arc<AtomicI64>,
    base_url: String,
    handle: ServerHandle,
}

impl TestServer {
    /// When the clock begins: 2026-01-01T00:00:00Z.
    pub const EPOCH_MICROS: i64 = 1_767_225_600_000_000;

    /// Starts a server on a fresh database.
    pub async fn start(backend: Backend) -> Result<Self, Failure> {
        Self::on(TestDatabase::migrated(backend)?.into())
    }

    /// Starts one more server on a database.
    pub fn on(database: Arc<TestDatabase>) -> Result<Self, Failure> {
        Self::on_with(database, TestOptions::default())
    }

    /// Starts one more server on a database, which differs from the others.
    pub fn on_with(database: Arc<TestDatabase>, options: TestOptions) -> Result<Self, Failure> {
        const CONNECTIONS: u32 = 4;
        let clock = Arc::new(AtomicI64::new(Self::EPOCH_MICROS));
        let state = State {
            database: Database::open(&database.parsed()?, CONNECTIONS)?,
            clock: Clock::Fixed(Arc::clone(&clock)),
            lifetimes: LIFETIMES,
            hasher: Hasher::new(options.hash_memory_kib, 1, 4)?,
            twin_patience: options.twin_patience,
            metrics: Metrics::new()?,
        };
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let site = Site {
            public_url: PublicUrl::parse(options.public_url.as_deref().unwrap_or(&base_url))?,
            cors_origins: options.cors_origins,
            trusted_proxies: options.trusted_proxies,
            form_key: [7; 32],
            limits: Limits::of(&Settings::of_toml(options.limits)?.http),
            stopping: Stopping::within(Duration::from_secs(30)),
        };
        let (sender, receiver) = std::sync::mpsc::channel();
        let served = state.clone();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                match http::serve(listener, served, site, 2) {
                    Ok(server) => {
                        let _ = sender.send(Ok(server.handle()));
                        let _ = server.await;
                    }
                    Err(error) => {
                        let _ = sender.send(Err(error));
                    }
                }
            });
        });
        Ok(Self {
            handle: receiver.recv()??,
            database,
            state,
            clock,
            base_url,
        })
    }

    /// Where it answers, without a slash at the end.
    pub fn base_url(&self) -> String {
        self.base_url.clone()
    }

    /// Its database.
    pub fn database(&self) -> &Arc<TestDatabase> {
        &self.database
    }

    /// How many passwords were hashed or compared so far.
    pub fn hashes(&self) -> u64 {
        self.state.hasher.count()
    }

    /// A worker for the mails of the server's database, which goes by the server's clock.
    pub fn mail_worker(&self, settings: &MailSetup) -> Result<Worker, Failure> {
        Ok(Worker::new(self.state.clone(), settings)?)
    }

    /// Forgets what has had its time, as servers do every hour.
    pub async fn tidy(&self, retention: Option<Duration>) -> Result<Forgotten, Failure> {
        Ok(tidy(&self.state, retention).await?)
    }

    /// Moves the clock.
    pub fn advance_seconds(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    /// Makes a tenant with an active admin who has a key.
    pub async fn tenant(&self) -> Result<TestTenant, Failure> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let email = "admin@roster.example";
        let command = CreateTenant {
            name: parse(Name::parse(&format!("Tenant {number}")))?,
            admin_email: parse(Email::parse(email))?,
            admin_name: parse(Name::parse_optional("Admin"))?,
            key: new_key()?,
        };
        let key = command.key.clone();
        let now = self.state.clock.now();
        let (id, slug, admin) = self
            .state
            .database
            .write_tx(move |conn| {
                let id = tenants::create(conn, &command, now)?;
                let admin = users::find_by_email(conn, id, &command.admin_email)?;
                let tenant = crate::db::tenants::find(conn, id)?;
                let slug = tenant.map(|tenant| tenant.slug.as_str().to_owned());
                Ok((id, slug, admin))
            })
            .await?;
        Ok(TestTenant {
            id,
            slug: slug.ok_or("the tenant is missing")?,
            admin: TestUser {
                id: admin.ok_or("the admin is missing")?.id,
                email: email.to_owned(),
                key: key.expose().to_owned(),
            },
            state: self.state.clone(),
        })
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        // Telling it to stop is done by the call; nobody waits for the end.
        drop(self.handle.stop(false));
    }
}
