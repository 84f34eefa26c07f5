//! Mail to be sent, as rows of the transaction that wants it sent. No link stands here.

use super::conn::Conn;
use super::schema::outbox;
use diesel::prelude::*;
use roster_domain::id::UserId;
use roster_domain::name::Message;
use roster_domain::time::Timestamp;
use roster_domain::user::User;

const INVITATION: &str = "invitation";
const QUEUED: &str = "queued";
const CANCELLED: &str = "cancelled";

/// Queues the mail that invites a user; its link will be of the user's present generation.
pub fn queue_invitation(
    conn: &mut Conn,
    invited: &User,
    sender: Option<UserId>,
    message: Option<&Message>,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::insert_into(outbox::table)
        .values((
            outbox::tenant_id.eq(invited.tenant_id.0),
            outbox::user_id.eq(invited.id.0),
            outbox::kind.eq(INVITATION),
            outbox::generation.eq(invited.invitation_generation),
            outbox::sender_id.eq(sender.map(|id| id.0)),
            outbox::message.eq(message.map(Message::as_str)),
            outbox::status.eq(QUEUED),
            outbox::created_at.eq(now.as_micros()),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Cancels what is still queued for a user: its link would be dead.
pub fn cancel_of_user(conn: &mut Conn, user: &User) -> QueryResult<()> {
    diesel::update(
        outbox::table.filter(
            outbox::tenant_id
                .eq(user.tenant_id.0)
                .and(outbox::user_id.eq(user.id.0))
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
                .and(outbox::kind.eq(INVITATION)),
        )
        .order(outbox::id.desc())
        .select(outbox::message)
        .limit(1)
        .get_result::<Option<String>>(conn)
        .optional()
        .map(|message| message.flatten().map(Message::from_stored))
}
