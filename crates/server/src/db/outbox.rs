//! Mail to be sent, as rows of the transaction that wants it sent. No link stands here.

use super::conn::{Conn, directly};
use super::schema::{outbox, tenants, users};
use super::time;
use crate::error::{Error, Result};
use diesel::prelude::*;
use roster_domain::email::Email;
use roster_domain::id::{JobId, TenantId, UserId};
use roster_domain::link::LinkKind;
use roster_domain::name::Message;
use roster_domain::time::Timestamp;
use roster_domain::user::User;

const QUEUED: &str = "queued";
const CANCELLED: &str = "cancelled";

/// Queues a mail with a link for a user; the link will be of the user's present generation.
pub fn queue(
    conn: &mut Conn,
    kind: LinkKind,
    user: &User,
    sender: Option<UserId>,
    message: Option<&Message>,
    job: Option<JobId>,
    now: Timestamp,
) -> QueryResult<()> {
    let insert = diesel::insert_into(outbox::table).values((
        outbox::tenant_id.eq(user.tenant_id.0),
        outbox::user_id.eq(user.id.0),
        outbox::kind.eq(kind.as_str()),
        outbox::generation.eq(user.invitation_generation),
        outbox::sender_id.eq(sender.map(|id| id.0)),
        outbox::message.eq(message.map(Message::as_str)),
        outbox::job_id.eq(job.map(|id| id.0)),
        outbox::status.eq(QUEUED),
        outbox::created_at.eq(now.as_micros()),
    ));
    directly!(conn => insert.execute(conn)).map(|_| ())
}

/// Cancels the mails of a kind that are still queued for a user: their links would be dead.
pub fn cancel(conn: &mut Conn, kind: LinkKind, user: &User) -> QueryResult<()> {
    diesel::update(
        outbox::table.filter(
            outbox::tenant_id
                .eq(user.tenant_id.0)
                .and(outbox::user_id.eq(user.id.0))
                .and(outbox::kind.eq(kind.as_str()))
                .and(outbox::status.eq(QUEUED)),
        ),
    )
    .set(outbox::status.eq(CANCELLED))
    .execute(conn)
    .map(|_| ())
}

/// The message of the invitation sent last.
pub fn last_message(conn: &mut Conn, user: &User) -> QueryResult<Option<Message>> {
    outbox::table
        .filter(
            outbox::tenant_id
                .eq(user.tenant_id.0)
                .and(outbox::user_id.eq(user.id.0))
                .and(outbox::kind.eq(LinkKind::Invitation.as_str())),
        )
        .order(outbox::id.desc())
        .select(outbox::message)
        .limit(1)
        .get_result::<Option<String>>(conn)
        .optional()
        .map(|message| message.flatten().map(Message::from_stored))
}
/// Where a mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailStatus {
    /// It is to be sent, now or later.
    Queued,
    /// It has left.
    Sent,
    /// It was refused, or given up.
    Failed,
    /// It is no longer wanted.
    Cancelled,
}

impl MailStatus {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => QUEUED,
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Cancelled => CANCELLED,
        }
    }
}

/// A mail that somebody has taken to send it.
#[derive(Debug)]
pub struct Claimed {
    /// The row's id.
    pub id: i64,
    /// The tenant.
    pub tenant_id: TenantId,
    /// Whom it is for.
    pub user_id: UserId,
    /// What it is for.
    pub kind: LinkKind,
    /// The generation of its link.
    pub generation: i64,
    /// Who caused it, if it was a user.
    pub sender_id: Option<UserId>,
    /// What the sender says.
    pub message: Option<String>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// How often it was taken, this time included.
    pub attempts: i64,
}

/// Whether there is a mail to be sent now.
pub fn is_due(conn: &mut Conn, now: Timestamp) -> QueryResult<bool> {
    Ok(!due(conn, now, 1)?.is_empty())
}

/// How many mails are to be sent, now or later, and when the oldest of them was queued.
pub fn backlog(conn: &mut Conn) -> QueryResult<(i64, Option<Timestamp>)> {
    let (count, oldest) = outbox::table
        .filter(outbox::status.eq(QUEUED))
        .select((
            diesel::dsl::count_star(),
            diesel::dsl::min(outbox::created_at),
        ))
        .get_result(conn)?;
    Ok((count, time(oldest)))
}

/// Mails to be sent now, those that wait longest first: their ids, and how often each was taken.
pub fn due(conn: &mut Conn, now: Timestamp, limit: i64) -> QueryResult<Vec<(i64, i64)>> {
    let known: Vec<&str> = LinkKind::ALL.iter().map(|kind| kind.as_str()).collect();
    outbox::table
        .filter(
            outbox::status
                .eq(QUEUED)
                .and(outbox::next_attempt_at.le(now.as_micros()))
                // A newer server may queue mails that this one does not know.
                .and(outbox::kind.eq_any(known)),
        )
        .order((outbox::next_attempt_at, outbox::id))
        .limit(limit)
        .select((outbox::id, outbox::attempts))
        .load(conn)
}

/// Takes a mail that was taken so often, unless somebody else has done so meanwhile. Nobody takes it again before the
/// time given.
pub fn claim(
    conn: &mut Conn,
    (id, attempts): (i64, i64),
    until: Timestamp,
) -> Result<Option<Claimed>> {
    type Row = (i64, i64, String, i64, Option<i64>, Option<String>, i64, i64);
    let row: Option<Row> = diesel::update(outbox::table.filter(taken(id, attempts)))
        .set((
            outbox::attempts.eq(outbox::attempts + 1),
            outbox::next_attempt_at.eq(until.as_micros()),
        ))
        .returning((
            outbox::tenant_id,
            outbox::user_id,
            outbox::kind,
            outbox::generation,
            outbox::sender_id,
            outbox::message,
            outbox::created_at,
            outbox::attempts,
        ))
        .get_result(conn)
        .optional()?;
    row.map(
        |(tenant, user, kind, generation, sender, message, created_at, attempts)| {
            Ok(Claimed {
                id,
                tenant_id: TenantId(tenant),
                user_id: UserId(user),
                kind: LinkKind::parse(&kind)
                    .ok_or_else(|| Error::internal(format!("mail {id} is of an unknown kind")))?,
                generation,
                sender_id: sender.map(UserId),
                message,
                created_at: Timestamp::from_micros(created_at),
                attempts,
            })
        },
    )
    .transpose()
}

/// Whom a mail is for, as far as the mail has to know.
#[derive(Debug)]
pub struct Addressee {
    /// The address.
    pub email: Email,
    /// The name, if known.
    pub name: Option<String>,
    /// When the invitation was accepted.
    pub activated_at: Option<Timestamp>,
    /// When the user was deleted.
    pub deleted_at: Option<Timestamp>,
    /// Links of an older generation are dead.
    pub generation: i64,
    /// What the tenant is called.
    pub tenant_name: String,
}

/// Finds whom a mail is for.
pub fn addressee(conn: &mut Conn, mail: &Claimed) -> QueryResult<Option<Addressee>> {
    type Row = (
        String,
        String,
        Option<String>,
        Option<i64>,
        Option<i64>,
        i64,
        String,
    );
    let row: Option<Row> = users::table
        .inner_join(tenants::table)
        .filter(
            users::tenant_id
                .eq(mail.tenant_id.0)
                .and(users::id.eq(mail.user_id.0)),
        )
        .select((
            users::email,
            users::email_key,
            users::name,
            users::activated_at,
            users::deleted_at,
            users::invitation_generation,
            tenants::name,
        ))
        .get_result(conn)
        .optional()?;
    Ok(row.map(
        |(email, key, name, activated_at, deleted_at, generation, tenant_name)| Addressee {
            email: Email::from_stored(email, key),
            name,
            activated_at: time(activated_at),
            deleted_at: time(deleted_at),
            generation,
            tenant_name,
        },
    ))
}

/// What a sender is called: the name, or else the address.
pub fn sender_name(conn: &mut Conn, mail: &Claimed) -> QueryResult<Option<String>> {
    let Some(sender) = mail.sender_id else {
        return Ok(None);
    };
    let row: Option<(Option<String>, String)> = users::table
        .filter(
            users::tenant_id
                .eq(mail.tenant_id.0)
                .and(users::id.eq(sender.0)),
        )
        .select((users::name, users::email))
        .get_result(conn)
        .optional()?;
    Ok(row.map(|(name, email)| name.unwrap_or(email)))
}

/// Cancels a queued mail.
pub fn cancel_one(conn: &mut Conn, id: i64) -> QueryResult<()> {
    diesel::update(outbox::table.filter(outbox::id.eq(id).and(outbox::status.eq(QUEUED))))
        .set(outbox::status.eq(CANCELLED))
        .execute(conn)
        .map(|_| ())
}

/// Writes down that a mail has left. It has, whatever else was decided about it meanwhile and whoever took it since.
pub fn mark_sent(conn: &mut Conn, id: i64, now: Timestamp) -> QueryResult<()> {
    diesel::update(outbox::table.filter(outbox::id.eq(id)))
        .set((
            outbox::status.eq(MailStatus::Sent.as_str()),
            outbox::finished_at.eq(now.as_micros()),
            outbox::last_error.eq(None::<String>),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Puts a mail off whose taker is the one that took it so often, if that is still so.
pub fn postpone(
    conn: &mut Conn,
    (id, attempts): (i64, i64),
    until: Timestamp,
    error: &str,
) -> QueryResult<bool> {
    diesel::update(outbox::table.filter(taken(id, attempts)))
        .set((
            outbox::next_attempt_at.eq(until.as_micros()),
            outbox::last_error.eq(error),
        ))
        .execute(conn)
        .map(|count| count == 1)
}

/// Gives a mail up whose taker is the one that took it so often, if that is still so.
pub fn give_up(
    conn: &mut Conn,
    (id, attempts): (i64, i64),
    now: Timestamp,
    error: &str,
) -> QueryResult<bool> {
    diesel::update(outbox::table.filter(taken(id, attempts)))
        .set((
            outbox::status.eq(MailStatus::Failed.as_str()),
            outbox::finished_at.eq(now.as_micros()),
            outbox::last_error.eq(error),
        ))
        .execute(conn)
        .map(|count| count == 1)
}

/// The queued mail of that id, if nobody took it since it was taken so often.
#[diesel::dsl::auto_type]
fn taken(id: i64, attempts: i64) -> _ {
    let queued: &'static str = QUEUED;
    outbox::id
        .eq(id)
        .and(outbox::attempts.eq(attempts))
        .and(outbox::status.eq(queued))
}

/// A mail as operators see it.
#[derive(Debug, Queryable)]
pub struct MailRow {
    /// The row's id.
    pub id: i64,
    /// What it is for.
    pub kind: String,
    /// Whom it is for.
    pub user_id: i64,
    /// Where it stands.
    pub status: String,
    /// When it was queued, in microseconds since 1970.
    pub created_at: i64,
    /// How often it was taken.
    pub attempts: i64,
    /// When it is taken next, in microseconds since 1970.
    pub next_attempt_at: i64,
    /// Why it did not leave.
    pub last_error: Option<String>,
}

/// Mails behind one, ordered by id: those of a tenant or of all, in any of the states.
pub fn chunk(
    conn: &mut Conn,
    tenant: Option<TenantId>,
    statuses: &[MailStatus],
    after: i64,
    limit: i64,
) -> QueryResult<Vec<MailRow>> {
    let words: Vec<&str> = statuses.iter().map(|status| status.as_str()).collect();
    let (from, to) = tenant.map_or((i64::MIN, i64::MAX), |tenant| (tenant.0, tenant.0));
    outbox::table
        .filter(
            outbox::tenant_id
                .between(from, to)
                .and(outbox::status.eq_any(words))
                .and(outbox::id.gt(after)),
        )
        .order(outbox::id)
        .limit(limit)
        .select((
            outbox::id,
            outbox::kind,
            outbox::user_id,
            outbox::status,
            outbox::created_at,
            outbox::attempts,
            outbox::next_attempt_at,
            outbox::last_error,
        ))
        .load(conn)
}
