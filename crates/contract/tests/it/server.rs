//! The server keeps the contract: on both databases over a socket, and through the live runner.

use crate::{cases, report};
use roster_contract::{
    ApiSetup, GivenUser, Handle, Key, Live, Outcome, Rows, Server, Setup, SetupError, Status,
    run_case,
};
use roster_domain::{
    id::{GroupId, UserId},
    role::Role,
    user,
};
use roster_server::testing::{Backend, Failure, KeyFixture, TestServer, TestTenant, UserFixture};

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

    async fn user(
        &mut self,
        given: &GivenUser,
        groups: &[GroupId],
    ) -> Result<(UserId, Option<String>), SetupError> {
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
        let key = match given.key {
            Some(Key::Live) => Some(self.tenant.key(id, KeyFixture::Live).await),
            Some(Key::Expired) => Some(self.tenant.key(id, KeyFixture::Expired).await),
            None => None,
        };
        let key = key.transpose().map_err(setup_error)?;
        if given.deleted {
            self.api.delete_user(id).await?;
        }
        Ok((id, key))
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
        let admin = Handle::User {
            id: tenant.admin.id,
            email: tenant.admin.email.clone(),
            key: Some(tenant.admin.key.clone()),
        };
        let mut fixtures = Fixtures {
            api: ApiSetup::new(sender.clone(), &tenant.admin.key),
            tenant: &tenant,
        };
        let result = run_case(&loaded.case, &sender, &mut fixtures, admin, Rows::Exact).await;
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
