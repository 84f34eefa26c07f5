//! Servers with a database of their own, and rows put straight into it: for tests.

use crate::clock::Clock;
use crate::db::url::{DatabaseUrl, Synchronous};
use crate::db::{Conn, Database, Purpose, api_keys, groups, memberships, users};
use crate::http;
use crate::service::{State, tenants};
use actix_web::dev::ServerHandle;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use roster_domain::credential::ApiKey;
use roster_domain::email::Email;
use roster_domain::id::{GroupId, TenantId, UserId};
use roster_domain::name::Name;
use roster_domain::role::Role;
use roster_domain::tenant::CreateTenant;
use roster_domain::time::Timestamp;
use roster_domain::user::{Status, User};
use std::net::TcpListener;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

/// Why a test cannot go on.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The variable that names a PostgreSQL server on which tests may make and drop databases.
pub const POSTGRES_VARIABLE: &str = "ROSTER_TEST_POSTGRES_URL";

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// A database that is gone with this value.
pub struct TestDatabase {
    url: String,
    _folder: Option<tempfile::TempDir>,
    name: Option<String>,
}

impl TestDatabase {
    /// Makes a database whose schema is up to date.
    pub fn migrated(backend: Backend) -> Result<Self, Failure> {
        match backend {
            Backend::Sqlite => {
                let database = Self::empty(backend)?;
                Database::migrate(&database.parsed()?)?;
                Ok(database)
            }
            Backend::Postgres => Self::of_template(Some(template()?)),
        }
    }

    /// Makes a database with nothing in it.
    pub fn empty(backend: Backend) -> Result<Self, Failure> {
        match backend {
            Backend::Sqlite => {
                let folder = tempfile::tempdir()?;
                Ok(Self {
                    url: format!("sqlite://{}", folder.path().join("roster.db").display()),
                    _folder: Some(folder),
                    name: None,
                })
            }
            Backend::Postgres => Self::of_template(None),
        }
    }

    fn of_template(template: Option<&str>) -> Result<Self, Failure> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "roster_test_{}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let template = template.unwrap_or("template0");
        administer(&format!("CREATE DATABASE {name} TEMPLATE {template}"))?;
        Ok(Self {
            url: url_of(&name)?,
            _folder: None,
            name: Some(name),
        })
    }

    /// Its URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its URL, understood.
    pub fn parsed(&self) -> Result<DatabaseUrl, Failure> {
        Ok(DatabaseUrl::parse(&self.url, Synchronous::Full)?)
    }

    /// A connection beside those of the servers.
    pub fn connect(&self) -> Result<Conn, Failure> {
        Ok(Conn::open(&self.parsed()?, Purpose::Write)?)
    }

    /// Runs statements.
    pub fn execute(&self, sql: &str) -> Result<(), Failure> {
        match self.connect()? {
            Conn::Sqlite(mut conn) => conn.batch_execute(sql)?,
            Conn::Postgres(mut conn) => conn.batch_execute(sql)?,
        }
        Ok(())
    }

    /// Runs a query with one text a row, called `value`.
    pub fn query(&self, sql: &str) -> Result<Vec<String>, Failure> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::Text)]
            value: String,
        }
        let rows: Vec<Row> = diesel::sql_query(sql).load(&mut self.connect()?)?;
        Ok(rows.into_iter().map(|row| row.value).collect())
    }

    /// Runs a query whose one row is a number called `value`.
    pub fn count(&self, sql: &str) -> Result<i64, Failure> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            value: i64,
        }
        let row: Row = diesel::sql_query(sql).get_result(&mut self.connect()?)?;
        Ok(row.value)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            // The server of the tests goes away anyway; until then this keeps its disk free.
            let _ = administer(&format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "tests have no settings")]
fn postgres_url() -> Result<String, Failure> {
    std::env::var(POSTGRES_VARIABLE).map_err(|_| {
        format!("{POSTGRES_VARIABLE} is not set: run the tests with scripts/test, which starts a PostgreSQL of its own")
            .into()
    })
}

/// The URL of the server's administration database is `postgres://user@host:port/postgres[?…]`.
fn url_of(database: &str) -> Result<String, Failure> {
    Ok(postgres_url()?.replacen("/postgres?", &format!("/{database}?"), 1))
}

fn administer(sql: &str) -> Result<(), Failure> {
    PgConnection::establish(&postgres_url()?)?.batch_execute(sql)?;
    Ok(())
}

/// The database of which the others are copies: migrating each would take longer.
fn template() -> Result<&'static str, Failure> {
    static TEMPLATE: OnceLock<Result<String, String>> = OnceLock::new();
    let made = TEMPLATE.get_or_init(|| {
        let make = || {
            let name = format!("roster_template_{}", std::process::id());
            administer(&format!("CREATE DATABASE {name} TEMPLATE template0"))?;
            Database::migrate(&DatabaseUrl::parse(&url_of(&name)?, Synchronous::Full)?)?;
            Ok::<_, Failure>(name)
        };
        make().map_err(|failure| failure.to_string())
    });
    made.as_deref().map_err(|failure| failure.as_str().into())
}

/// A server in this process, with a database of its own and a clock that stands still.
pub struct TestServer {
    database: std::sync::Arc<TestDatabase>,
    state: State,
    clock: std::sync::Arc<AtomicI64>,
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
    pub fn on(database: std::sync::Arc<TestDatabase>) -> Result<Self, Failure> {
        const CONNECTIONS: u32 = 4;
        let clock = std::sync::Arc::new(AtomicI64::new(Self::EPOCH_MICROS));
        let state = State {
            database: Database::open(&database.parsed()?, CONNECTIONS)?,
            clock: Clock::Fixed(std::sync::Arc::clone(&clock)),
        };
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let (sender, receiver) = std::sync::mpsc::channel();
        let served = state.clone();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                match http::serve(listener, served, 2) {
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
    pub fn database(&self) -> &std::sync::Arc<TestDatabase> {
        &self.database
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
        let (id, admin) = self
            .state
            .database
            .write_tx(move |conn| {
                let id = tenants::create(conn, &command, now)?;
                let admin = users::find_by_email(conn, id, &command.admin_email)?;
                Ok((id, admin))
            })
            .await?;
        Ok(TestTenant {
            id,
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

/// A tenant of a test.
pub struct TestTenant {
    /// Its id.
    pub id: TenantId,
    /// Its first admin.
    pub admin: TestUser,
    state: State,
}

/// A user of a test, with a key.
#[derive(Debug, Clone)]
pub struct TestUser {
    /// The id.
    pub id: UserId,
    /// The address.
    pub email: String,
    /// A key that is accepted.
    pub key: String,
}

/// A user to be put into the database as it is.
#[derive(Debug, Clone)]
pub struct UserFixture {
    /// The address.
    pub email: String,
    /// The name, if there is one.
    pub name: Option<String>,
    /// The title, if there is one.
    pub title: Option<String>,
    /// The role.
    pub role: Role,
    /// Where the user stands; a deleted one was active before.
    pub status: Status,
    /// Whether the user's keys are accepted.
    pub allow_authentication_token: bool,
    /// The latest sign-in.
    pub current_sign_in_at: Option<Timestamp>,
    /// The sign-in before the latest.
    pub last_sign_in_at: Option<Timestamp>,
}

impl UserFixture {
    /// An active user whose keys are accepted.
    pub fn active(email: &str, role: Role) -> Self {
        Self {
            email: email.to_owned(),
            name: None,
            title: None,
            role,
            status: Status::Active,
            allow_authentication_token: true,
            current_sign_in_at: None,
            last_sign_in_at: None,
        }
    }
}

/// Whether a key is still good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFixture {
    /// It is.
    Live,
    /// It has expired.
    Expired,
}

impl TestTenant {
    /// Adds a user.
    pub async fn user(&self, fixture: UserFixture) -> Result<UserId, Failure> {
        let tenant_id = self.id;
        let email = parse(Email::parse(&fixture.email))?;
        let name = fixture.name.map(Name::from_stored);
        let title = fixture.title.map(Name::from_stored);
        let now = self.state.clock.now();
        let insert = move |conn: &mut Conn| {
            let new = users::NewUser {
                tenant_id,
                email: &email,
                name: name.as_ref(),
                role: fixture.role,
                allow_authentication_token: fixture.allow_authentication_token,
                activated_at: (fixture.status != Status::Pending).then_some(now),
            };
            let id = users::insert(conn, &new, now)?;
            if let Some(user) = users::find(conn, tenant_id, id)? {
                let user = User {
                    title: title.clone(),
                    deleted_at: (fixture.status == Status::Deleted).then_some(now),
                    current_sign_in_at: fixture.current_sign_in_at,
                    last_sign_in_at: fixture.last_sign_in_at,
                    ..user
                };
                users::update(conn, &user)?;
            }
            Ok(id)
        };
        Ok(self.state.database.write_tx(insert).await?)
    }

    /// Gives a user a key.
    pub async fn key(&self, owner: UserId, fixture: KeyFixture) -> Result<String, Failure> {
        let tenant = self.id;
        let key = new_key()?;
        let kept = key.clone();
        let now = self.state.clock.now();
        let expires_at = (fixture == KeyFixture::Expired).then_some(now);
        self.state
            .database
            .write_tx(move |conn| {
                Ok(api_keys::insert(
                    conn,
                    (tenant, owner),
                    &kept,
                    None,
                    expires_at,
                    now,
                )?)
            })
            .await?;
        Ok(key.expose().to_owned())
    }

    /// Adds an active user with a key.
    pub async fn user_with_key(&self, email: &str, role: Role) -> Result<TestUser, Failure> {
        let id = self.user(UserFixture::active(email, role)).await?;
        Ok(TestUser {
            id,
            email: email.to_owned(),
            key: self.key(id, KeyFixture::Live).await?,
        })
    }

    /// Adds a group.
    pub async fn group(&self, name: &str) -> Result<GroupId, Failure> {
        let tenant = self.id;
        let name = parse(Name::parse(name))?;
        let now = self.state.clock.now();
        let insert = move |conn: &mut Conn| Ok(groups::insert(conn, tenant, &name, now)?.id);
        Ok(self.state.database.write_tx(insert).await?)
    }

    /// Puts a user into a group.
    pub async fn member(&self, group: GroupId, user: UserId) -> Result<(), Failure> {
        let tenant = self.id;
        let insert = move |conn: &mut Conn| Ok(memberships::insert(conn, tenant, group, user)?);
        Ok(self.state.database.write_tx(insert).await?)
    }
}

fn new_key() -> Result<ApiKey, Failure> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(ApiKey::from_random(bytes))
}

fn parse<T>(result: Result<T, roster_domain::Fault>) -> Result<T, Failure> {
    result.map_err(|fault| fault.message.into_owned().into())
}
