//! The server keeps the contract: on both databases over a socket, and through the live runner.

use crate::{cases, report};
use roster_contract::{
    ApiSetup, GivenUser, Handle, Handles, Lasting, Link, Live, Outcome, Rows, Server, Setup,
    SetupError, Status, run_case,
};
use roster_domain::{
    id::{GroupId, UserId},
    link::LinkKind,
    role::Role,
    user,
};
use roster_server::testing::{
    Backend, Failure, KeyFixture, LinkFixture, TestServer, TestTenant, UserFixture,
};

/// Puts what a case begins with straight into the database; only deleting takes the way through the API.
struct Fixtures<'a> {
    tenant: &'a TestTenant,
    api: ApiSetup,
}

fn setup_error(failure: Failure) -> SetupError {
    SetupError(failure.to_string())
}

impl Setup for Fixtures<'_> {
    async fn group(&mut self, name: &str) -> Result<GroupId, SetupError> {
        self.tenant.group(name).await.map_err(setup_error)
    }

    async fn user(&mut self, given: &GivenUser, groups: &[GroupId]) -> Result<Handle, SetupError> {
        let fixture = UserFixture {
            email: given.email.clone(),
            name: given.name.clone(),
            title: given.title.clone(),
            role: Role::parse(&given.role).unwrap(),
            status: match given.status {
                Status::Pending => user::Status::Pending,
                Status::Active => user::Status::Active,
            },
            allow_authentication_token: given.allow_authentication_token,
            current_sign_in_at: given.current_sign_in_at,
            last_sign_in_at: given.last_sign_in_at,
        };
        let id = self.tenant.user(fixture).await.map_err(setup_error)?;
        for group in groups {
            let member = self.tenant.member(*group, id).await;
            member.map_err(setup_error)?;
        }
        let credentials = self.credentials(given, id).await;
        let handle = credentials.map_err(setup_error)?;
        if given.deleted {
            self.api.delete_user(id).await?;
        }
        Ok(handle)
    }
}

impl Fixtures<'_> {
    async fn credentials(&self, given: &GivenUser, id: UserId) -> Result<Handle, Failure> {
        let mut handle = Handle::user(id, &given.email);
        if let Some(key) = given.key {
            let fixture = match key {
                Lasting::Live => KeyFixture::Live,
                Lasting::Expired => KeyFixture::Expired,
            };
            let (key_id, key) = self.tenant.key_with_id(id, fixture).await?;
            handle = handle.with("key", key).with("key_id", key_id.0);
        }
        if let Some(password) = &given.password {
            self.tenant.password(id, password).await?;
        }
        if let Some(session) = given.session {
            let session = match session {
                Lasting::Live => self.tenant.session(id).await?,
                Lasting::Expired => self.tenant.expired_session(id).await?,
            };
            handle = handle
                .with("session", session.cookie)
                .with("session_id", session.id)
                .with("csrf_token", session.csrf_token);
        }
        for (name, link) in given.links.by_name() {
            let fixture = match link {
                Some(Link::Live) => LinkFixture::Live,
                Some(Link::Expired) => LinkFixture::Expired,
                Some(Link::Used) => LinkFixture::Used,
                Some(Link::Replaced) => LinkFixture::Replaced,
                None => continue,
            };
            let kind = LinkKind::parse(name).unwrap();
            let token = self.tenant.link_that_is(id, kind, fixture).await?;
            handle = handle.with(name, token);
        }
        Ok(handle)
    }
}

/// One server, and for each case a tenant of its own.
async fn keeps_the_contract(backend: Backend, runner: &str) {
    let server = TestServer::start(backend).await.unwrap();
    let sender = Server::new(&server.base_url()).unwrap();
    let cases = cases();
    let mut failures = Vec::new();
    for loaded in &cases {
        let tenant = server.tenant().await.unwrap();
        let mut handles = Handles::default();
        let admin = Handle::user(tenant.admin.id, &tenant.admin.email);
        handles.insert("admin", admin.with("key", &*tenant.admin.key));
        handles.insert("tenant", Handle::default().with("slug", &*tenant.slug));
        let mut fixtures = Fixtures {
            api: ApiSetup::new(sender.clone(), &tenant.admin.key),
            tenant: &tenant,
        };
        let result = run_case(&loaded.case, &sender, &mut fixtures, handles, Rows::Exact).await;
        if let Err(failure) = result {
            let file = loaded.file.display();
            failures.push(format!("{file}: {}\n{failure}", loaded.case.name));
        }
    }
    report(runner, cases.len(), &failures);
}

#[tokio::test]
async fn the_server_keeps_the_contract_on_sqlite() {
    keeps_the_contract(Backend::Sqlite, "server on SQLite").await;
}

#[tokio::test]
async fn the_server_keeps_the_contract_on_postgresql() {
    keeps_the_contract(Backend::Postgres, "server on PostgreSQL").await;
}

/// What the program `roster-contract` does, against a tenant that all cases share.
#[tokio::test]
async fn the_live_runner_finds_no_fault_and_leaves_nothing_behind() {
    let server = TestServer::start(Backend::Sqlite).await.unwrap();
    let tenant = server.tenant().await.unwrap();
    let (base_url, key) = (server.base_url(), tenant.admin.key.clone());
    let mut live = Live::connect(&base_url, &key, true).await.unwrap();
    let mut failures = Vec::new();
    let mut ran = 0;
    for (number, loaded) in cases().iter().enumerate() {
        match live.run(&loaded.case, number).await {
            Outcome::Passed => ran += 1,
            Outcome::Failed(failure) => {
                ran += 1;
                failures.push(format!("{}\n{failure}", loaded.case.name));
            }
            Outcome::Skipped(_) => {}
        }
    }
    let (groups, users) = live.clean_up().await.unwrap();
    assert!(groups > 0 && users > 0);
    assert_eq!(live.clean_up().await.unwrap(), (0, 0));
    report("live runner", ran, &failures);
}
