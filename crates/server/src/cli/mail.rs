//! `roster mail`: whether mails arrive, and those that wait or have failed.

use super::{Failure, open, parse_email, parse_name, print};
use crate::config::{PublicUrl, Settings};
use crate::mail::{Delivery, Letters, MailSetup};
use crate::service::{MailRow, MailStatus, State, mail_chunk, tenants};
use clap::{Args, Subcommand, ValueEnum};
use roster_domain::email::Email;
use roster_domain::name::Name;
use roster_domain::time::Timestamp;
use std::io::{BufWriter, ErrorKind, Write};

#[derive(Debug, Subcommand)]
pub(super) enum Mail {
    /// Send a mail as the server would, and say what came of it
    Test {
        /// Where to
        #[arg(long, value_name = "ADDRESS", value_parser = parse_email)]
        to: Email,
    },
    /// Print the mails that wait or have failed, one a line: id, kind, user's id, status, attempts, next attempt, last
    /// error
    List(List),
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Those of this tenant only
    #[arg(long, value_name = "NAME", value_parser = parse_name)]
    tenant: Option<Name>,

    /// Those in this state instead
    #[arg(long, value_name = "STATUS")]
    status: Option<Status>,
}

/// Where a mail stands, as it is asked for.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Status {
    Queued,
    Sent,
    Failed,
    Cancelled,
}

impl From<Status> for MailStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Queued => Self::Queued,
            Status::Sent => Self::Sent,
            Status::Failed => Self::Failed,
            Status::Cancelled => Self::Cancelled,
        }
    }
}

impl Mail {
    pub(super) async fn run(self, settings: &Settings) -> Result<(), Failure> {
        match self {
            Self::Test { to } => test(settings, &to).await,
            Self::List(list) => list.run(settings).await,
        }
    }
}

/// Sends a mail. The database has no part in it.
async fn test(settings: &Settings, to: &Email) -> Result<(), Failure> {
    let http = &settings.http;
    let public_url = match &http.public_url {
        Some(url) => url.clone(),
        None => PublicUrl::parse(&format!("http://{}", http.listen))
            .map_err(|_| Failure::new("public_url is missing"))?,
    };
    let setup = MailSetup::of(settings, &public_url)?;
    let now = crate::clock::Clock::System.now();
    let letter = Letters::new(&setup)?.write_test(to, now)?;
    match Delivery::new(&setup)?.deliver(&letter).await {
        Ok(receipt) => {
            print(&format!("{receipt}\n"));
            Ok(())
        }
        Err(failure) => Err(Failure::new(format!(
            "the mail was not sent: {}",
            failure.reason
        ))),
    }
}

impl List {
    async fn run(self, settings: &Settings) -> Result<(), Failure> {
        let state = open(settings)?;
        let tenant = match self.tenant {
            Some(name) => Some(find_tenant(&state, name).await?),
            None => None,
        };
        let statuses = match self.status {
            Some(status) => vec![status.into()],
            None => vec![MailStatus::Queued, MailStatus::Failed],
        };
        let mut out = BufWriter::new(std::io::stdout().lock());
        let mut after = 0;
        loop {
            let mails = mail_chunk(&state, tenant, statuses.clone(), after)
                .await
                .map_err(Failure::of)?;
            let Some(last) = mails.last() else {
                break;
            };
            after = last.id;
            for mail in &mails {
                match writeln!(out, "{}", line(mail)) {
                    Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
                    written => written?,
                }
            }
        }
        Ok(out.flush()?)
    }
}

async fn find_tenant(state: &State, name: Name) -> Result<roster_domain::id::TenantId, Failure> {
    let tenant = state
        .database
        .read_tx(move |conn| tenants::choose(conn, Some(&name)))
        .await
        .map_err(Failure::of)?;
    let tenant = tenant.ok_or_else(|| Failure::new("no such tenant"))?;
    Ok(tenant.id)
}

/// The columns, with a tab between each two.
fn line(mail: &MailRow) -> String {
    let next = if mail.status == MailStatus::Queued.as_str() {
        // One that was never tried is due since it was queued.
        Timestamp::from_micros(mail.next_attempt_at.max(mail.created_at)).to_string()
    } else {
        "-".to_owned()
    };
    [
        mail.id.to_string(),
        mail.kind.clone(),
        mail.user_id.to_string(),
        mail.status.clone(),
        mail.attempts.to_string(),
        next,
        mail.last_error.clone().unwrap_or_else(|| "-".to_owned()),
    ]
    .join("\t")
}
