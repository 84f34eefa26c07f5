//! Mail to be sent, as rows of the transaction that wants it sent. No link stands here.

use super::conn::Conn;
use super::schema::outbox;
use diesel::prelude::*;
use roster_domain::id::UserId;
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
    now: Timestamp,
) -> QueryResult<()> {
    diesel::insert_into(outbox::table)
        .values((
            outbox::tenant_id.eq(user.tenant_id.0),
            outbox::user_id.eq(user.id.0),
            outbox::kind.eq(kind.as_str()),
            outbox::generation.eq(user.invitation_generation),
            outbox::sender_id.eq(sender.map(|id| id.0)),
            outbox::message.eq(message.map(Message::as_str)),
            outbox::status.eq(QUEUED),
            outbox::created_at.eq(now.as_micros()),
        ))
        .execute(conn)
        .map(|_| ())
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
